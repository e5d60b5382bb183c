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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leap_core import config, containers, environment, skeleton
from leap_core.errors import UserError
from leap_core.io import atomic, full_disk
from leap_core.labels import edits, ordering, placing, splitting
from leap_core.labels.edits import LabelSet
from leap_core.provenance import hashes
from leap_core.stopping import Stopped, on_sigterm
from leap_core.web.label import estimates, progress
from leap_core.web.label.progress import Progress

if TYPE_CHECKING:
    from leap_core.pose.calibration import Calibration
    from leap_core.pose.model import ModelCard

REGIMES = ("fast", "config")
LEAST_FRAMES = 2  # one to learn from, one to watch
# of the paper's fast training; few frames are labeled yet, and none may be lost in gaps
SPLIT = config.Split(train=0.9, validation=0.1, test=0, by="frame")
# what a training that a person waits for takes at most: the paper's 15 epochs ...
FAST = {"epochs": 15, "batches": 50, "batch_size": 32, "validation_batches": 4}
# ... and, without a GPU, a network that gets through them in about a minute
FAST_SIDE, FAST_FILTERS = 96, 16


@dataclass(frozen=True)
class Dataset:
    """Where everything lies.

    Attributes:
        labels: folder of the labels made in the browser.
        results: results/<dataset>.
        recordings: name -> (video, animal).
    """

    labels: Path
    results: Path
    recordings: dict[str, tuple[str, int]]
    skeleton: skeleton.Skeleton

    def crops(self, recording: str) -> Path:
        """Where the crops of a recording lie."""
        return self.results / "crops" / f"{recording}.h5"

    def track(self, video: str) -> Path:
        """Where the track of a video lies."""
        return self.results / "tracks" / f"{video}.h5"

    @property
    def training(self) -> Path:
        """The folder of the network, its log and its progress."""
        return self.labels / progress.FOLDER


@dataclass(frozen=True)
class Settings:
    """The sections of the config that count here."""

    model: config.Model
    training: config.Training
    prediction: config.Prediction
    seed: int


def dataset(whole: config.Config, folder: str | Path) -> Dataset:
    """The dataset of a config, below the working folder."""
    return Dataset(
        labels=Path(folder),
        results=Path("results", whole.dataset),
        recordings=whole.recordings,
        skeleton=skeleton.read(whole.skeleton),
    )


def settings(whole: config.Config) -> Settings:
    """The sections of a config that count here."""
    return Settings(whole.model, whole.training, whole.prediction, whole.seed)


def bounded(regime: str, given: Settings, size: int, gpu: bool = False) -> Settings:
    """What a regime makes of the config's settings.

    ``config`` takes them as they are.  ``fast`` bounds the training (:data:`FAST`), and where
    there is no GPU the network too: :data:`FAST_FILTERS` filters, images of :data:`FAST_SIDE` px.

    Args:
        size: side of the crops, px.

    Raises:
        UserError: no such regime.
    """
    if regime not in REGIMES:
        raise UserError(f"training: no regime {regime!r}; choose one of {', '.join(REGIMES)}")
    if regime == "config":
        return given
    least = {key: min(most, getattr(given.training, key)) for key, most in FAST.items()}
    net = given.model
    if not gpu:
        multiple = config.MULTIPLE_OF[net.network]
        side = FAST_SIDE // multiple * multiple
        scale = side / size if size * net.input_scale > side else net.input_scale
        net = replace(net, filters=min(net.filters, FAST_FILTERS), input_scale=scale)
    # a narrower network cannot begin with the weights of a wide one
    start = given.training.start if net.filters == given.model.filters else None
    return replace(given, model=net, training=replace(given.training, start=start, **least))


def countable(found: LabelSet) -> int:
    """How many frames a network can learn from: those with a part that has a place.

    Raises:
        UserError: too few.
    """
    count = sum(any(p.x is not None for p in item.points.values()) for item in found.labeled)
    if count < LEAST_FRAMES:
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
    from leap_core.pose import inference, model, runtime, training

    found = edits.read(data.labels)
    countable(found)
    sample = data.results / "sampling" / "frames.h5"
    places = ordering.arrange(found, sample, data.recordings, data.crops, data.track).places
    labels, lost = placing.to_labels(found, places, data.skeleton, data.crops)
    for line in lost:
        print(line)
    labels = splitting.split(labels, SPLIT, given.seed)
    size = labels.images.shape[1]
    how = bounded(regime, given, size, gpu=bool(runtime.gpus()))
    frames = int(np.sum(labels.split != containers.SPLITS["none"]))
    about: dict[str, Any] = {"model": estimates.next_name(data.labels, regime), "regime": regime}
    about |= {"frames": frames, "labels": found.digest(), "settings": _digest(how)}
    print(f"{about['model']}: {frames} labeled frames, {how}")
    if given.training.start and not how.training.start:
        print("training.start is left out: it is wider than the network of a fast training")
    how_far.tell("training", **about, epoch=0, epochs=how.training.epochs)
    watcher = _Watcher(labels, how, how_far)
    unfinished = data.training / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    training.train(labels, how.model, how.training, how.seed, unfinished, about, watch=watcher)
    how_far.tell("estimating")
    network, card = model.read(unfinished / "best.keras", runtime.policy(how.training.precision))
    predict = inference.predictor(network, card, how.prediction)
    known = watcher.calibration(predict, card)
    taught = {part["part"] for part in card.parts if part["labels"]}
    about["error_px"] = watcher.errors.get(card.epoch)
    made = {
        "format": estimates.FORMAT,
        "model": about["model"],
        "frames": frames,
        "network": about,
        # of the crops, px of the video: by them a changed track is told
        "centers": {key: list(p.center) for key, p in places.items() if not isinstance(p, str)},
        "items": _estimates(data, places, predict, known, taught, size),
    }
    for file in sorted(unfinished.iterdir()):
        os.replace(file, data.training / file.name)
    estimates.write(data.labels, made)
    how_far.end("done", **about)
    return made


class _Watcher:
    """After every epoch: how far the network is off in the frames that it does not learn from."""

    def __init__(self, labels: containers.Labels, how: Settings, how_far: Progress):
        rows = labels.select("validation")
        self._images, self._truth = labels.images[rows], labels.positions[rows]
        self._once = replace(how.prediction, mirror=False, turns=[])  # it is only watched
        self._how_far, self._epochs = how_far, how.training.epochs
        self._predict: Callable | None = None
        self.errors: dict[int, float | None] = {}  # epoch -> median distance, px

    def __call__(self, network, card, loss: float) -> None:
        from leap_core.pose import evaluation, inference

        if self._predict is None:  # one compiled graph serves all epochs
            self._predict = inference.predictor(network, card, self._once)
        off = evaluation.distances(self._predict(self._images)[0], self._truth)
        known = off[np.isfinite(off)]
        self.errors[card.epoch] = round(float(np.median(known)), 3) if len(known) else None
        self._how_far.tell(
            "training",
            epoch=card.epoch,
            epochs=self._epochs,
            loss=loss,
            validation=card.loss,
            error_px=self.errors[card.epoch],
        )

    def calibration(self, predict: Callable, card: ModelCard) -> Calibration:
        """What peaks are worth by the frames that it does not learn from, few as they are."""
        from leap_core.pose import calibration, evaluation

        positions, heights = predict(self._images)
        errors = evaluation.distances(positions, self._truth)
        return calibration.fit(heights, errors, card.skeleton.parts, card.foreground_weight)


def _estimates(
    data: Dataset, places, predict: Callable, known: Calibration, taught: set[str], size: int
) -> dict[str, dict[str, list[float]]]:
    """Item -> part -> x, y (px of the video), confidence; none of parts that have no label."""
    by_recording: dict[str, list[tuple[str, placing.Place]]] = {}
    for key, place in places.items():
        if isinstance(place, str):
            print(f"{key}: no estimate, {place}")
        elif place.size != size:
            print(f"{key}: no estimate, its crop is of {place.size} px and the labeled of {size}")
        else:
            by_recording.setdefault(place.recording, []).append((key, place))
    items = {}
    for recording, group in by_recording.items():
        with containers.open_crops(data.crops(recording)) as crops:
            images = np.stack([crops.images[place.row] for _, place in group])
        positions, heights = predict(images)
        confidence = known.probability(heights)
        for (key, place), points, sure in zip(group, positions, confidence, strict=True):
            there = place.to_video(points)
            items[key] = {
                part: [round(float(x), 3), round(float(y), 3), round(float(c), 4)]
                for part, (x, y), c in zip(data.skeleton.parts, there, sure, strict=True)
                if part in taught
            }
    return {key: items[key] for key in places if key in items}


def _digest(how: Settings) -> str:
    sections = (how.model, how.training, how.prediction, how.seed)
    return hashes.value_sha256([config.to_dict(section) for section in sections])


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
