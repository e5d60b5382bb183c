"""Train a network on what is labeled so far, and let it propose the rest.

Runs in a process of its own, on this machine or as a job of a cluster, and tells how far it is in
``training/progress.jsonl`` of the folder of labels: a line an epoch, and one at the end.  What it
proposes replaces ``estimates.json`` whole; labels are only read.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from leap_core import config, containers, environment
from leap_core.errors import UserError
from leap_core.io import atomic, full_disk
from leap_core.labels import edits, ordering, placing
from leap_core.labels.edits import LabelSet
from leap_core.stopping import Stopped, on_sigterm
from leap_core.web.label import estimates, progress, proposers
from leap_core.web.label.progress import Progress
from leap_core.web.label.proposers import Proposer
from leap_core.web.label.regimes import LEAST_FRAMES, REGIMES, Dataset, Settings, dataset, settings


def countable(found: LabelSet, start: str | None = None) -> int:
    """How many frames a network can learn from: those with a part that has a place.

    Args:
        start: network to begin with, which can propose without any labels.

    Raises:
        UserError: too few, and no such network.
    """
    count = sum(any(p.x is not None for p in item.points.values()) for item in found.labeled)
    if count < LEAST_FRAMES and not start:
        raise UserError(
            f"training: too few labeled frames ({count}); label at least {LEAST_FRAMES}, better 10"
        )
    return count


def propose(data: Dataset, given: Settings, regime: str) -> dict[str, Any]:
    """Train, estimate every item, write ``estimates.json``; returns what it holds.

    The network and its history lie in ``training/`` afterwards.  A training that fails or is
    stopped leaves network and estimates as they were.

    Raises:
        UserError: too few labels, and as training and reading; the progress tells it too.
    """
    with progress.alone(data.training):
        how_far = Progress(data.training / progress.NAME)
        try:
            return _propose(data, given, regime, how_far)
        except Stopped:
            how_far.end("stopped")
            raise
        except BaseException as error:
            how_far.end("failed", message=told(error, data.training) or f"a bug: {error!r}")
            raise
        finally:
            shutil.rmtree(data.training / "unfinished", ignore_errors=True)


def _propose(data: Dataset, given: Settings, regime: str, how_far: Progress) -> dict[str, Any]:
    found = edits.read(data.labels)
    count = countable(found, given.training.start)
    sample = data.results / "sampling" / "frames.h5"
    places = ordering.arrange(found, sample, data.recordings, data.crops, data.track).places
    unfinished = data.training / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    if count < LEAST_FRAMES:
        network = proposers.untrained(data, given, found, unfinished)
    else:
        network = proposers.trained(data, given, regime, found, places, unfinished, how_far)
    how_far.tell("estimating")
    made = {
        "format": estimates.FORMAT,
        "model": network.about["model"],
        "frames": network.about["frames"],
        "network": network.about,
        # of the crops, px of the video: by them a changed track is told
        "centers": {key: list(p.center) for key, p in places.items() if not isinstance(p, str)},
        "items": _estimates(data, places, network),
    }
    for file in sorted(unfinished.iterdir()):
        os.replace(file, data.training / file.name)
    estimates.write(data.labels, made)
    how_far.end("done", **network.about)
    return made


def _estimates(data: Dataset, places, network: Proposer) -> dict[str, dict[str, list[float]]]:
    """Item -> part -> x, y (px of the video), confidence; none of parts that were not learned."""
    by_recording: dict[str, list[tuple[str, placing.Place]]] = {}
    for key, place in places.items():
        if isinstance(place, str):
            print(f"{key}: no estimate, {place}")
        elif place.size != network.size:
            print(
                f"{key}: no estimate, its crop is of {place.size} px and the network's images "
                f"of {network.size}"
            )
        else:
            by_recording.setdefault(place.recording, []).append((key, place))
    items = {}
    for recording, group in by_recording.items():
        with containers.open_crops(data.crops(recording)) as crops:
            images = np.stack([crops.images[place.row] for _, place in group])
        positions, heights = network.predict(images)
        confidence = network.known.probability(heights)
        for (key, place), points, sure in zip(group, positions, confidence, strict=True):
            there = place.to_video(points)
            items[key] = {
                part: [round(float(x), 3), round(float(y), 3), round(float(c), 4)]
                for part, (x, y), c in zip(network.parts, there, sure, strict=True)
                if part in network.taught
            }
    return {key: items[key] for key in places if key in items}


def told(error: BaseException, place: Path) -> str | None:
    """The line of what is no bug: bad input, or a disk that refuses."""
    for cause in full_disk.causes(error):
        if isinstance(cause, UserError):
            return str(cause)
    if refusal := full_disk.refusal(error):
        return f"{place}: cannot be written ({refusal}); make room there and train again"
    return None


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the process: status 2 after one line of bad input, 143 when stopped."""
    parser = argparse.ArgumentParser(prog="fit", description="Train on what is labeled so far.")
    parser.add_argument("--config", required=True)
    parser.add_argument("--labels", required=True, help="folder of the labels")
    parser.add_argument("--regime", default="fast", choices=REGIMES)
    options = parser.parse_args(arguments)
    environment.apply()
    os.nice(5)  # the page beside it stays quick
    folder = Path(options.labels) / progress.FOLDER
    try:
        with on_sigterm(), _logged(folder / progress.LOG):
            whole = config.read(options.config)
            propose(dataset(whole, options.labels), settings(whole), options.regime)
    except Stopped:
        print("error: stopped", file=sys.stderr)
        return 143
    except Exception as error:
        line = told(error, folder)
        print(f"error: {line}" if line else traceback.format_exc(), file=sys.stderr)
        return 2 if line else 1
    return 0


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """What this process and its libraries say goes to a file."""
    atomic.check_writable([path])
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = [os.dup(number) for number in (1, 2)]
    with open(path, "w", encoding="utf-8") as log:
        for number in (1, 2):
            os.dup2(log.fileno(), number)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    try:
        yield
    except BaseException as error:
        print(told(error, path.parent) or traceback.format_exc(), file=sys.stderr)
        raise
    finally:
        for number, before in zip((1, 2), kept, strict=True):
            with suppress(OSError):
                (sys.stdout, sys.stderr)[number - 1].flush()
            os.dup2(before, number)
            os.close(before)


if __name__ == "__main__":
    sys.exit(main())
