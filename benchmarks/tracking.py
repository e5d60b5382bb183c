"""Tracking of videos, reading of the file included: beside decoding them, or an older version.

    .venv/bin/python benchmarks/tracking.py
    .venv/bin/python benchmarks/tracking.py --before CHECKOUT [--rounds 3] [--frames 2000] [--audit]

Two flies at 1024 x 1024 px are those of config/fly_courtship.yaml, the mouse at 640 x 480 px that
of config/mouse_arena.yaml, found in $LEAP_DATA; boxes of 200 px and a simulated pair are made.
With ``--before`` both versions take turns, each in a process of its own with the threads that it
takes by itself; the median of the rounds counts.  Imports of packages are not in it.  ``--audit``
runs the audit before, as the workflow does, with the files that one leaves to the other, and has a
row for both together and one for the track.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from table import show

from leap_core import config, skeleton, sources
from leap_core.io import video
from leap_core.preprocess import tracking
from leap_core.synthetic import animals

REPEATS = 3
ONE = """
import json, resource, sys, time
from pathlib import Path
import numpy as np
from leap_core import config
from leap_core.io import atomic
from leap_core.preprocess import auditing, tracking
path, settings, animals, out, audit = sys.argv[1:]
def spent():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)
def clocks():
    return np.array([time.perf_counter(), spent()])
start = clocks()
known = {}
report, stills = Path(out + ".json"), Path(out + ".h5")
if audit == "yes" and hasattr(auditing, "examine"):
    found = auditing.examine(path)
    atomic.write_json(report, found.report)
    found.stills.write(stills)
    del found
elif audit == "yes":
    atomic.write_json(report, auditing.audit(path))
between = clocks()
if stills.exists():
    known = {"audited": auditing.read(report, stills)}
made = tracking.track(path, config.Track(**json.loads(settings)), int(animals), **known)
took = clocks() - [start, between]
np.savez(out, took=took, centroid=made.centroid, heading=made.heading, valid=made.valid)
"""


class Case(NamedTuple):
    """A video, how it is tracked, and how many animals are in it."""

    name: str
    path: Path
    settings: config.Track
    animals: int


def cases(folder: Path, frames: int) -> Iterator[Case]:
    """Real videos that are there, and simulated ones."""
    for name in ("fly_courtship", "mouse_arena"):
        whole = config.read(f"config/{name}.yaml")
        film = whole.videos[0]
        path = sources.find_source(film.path)
        if path is None:
            print(f"{name}: {film.path} is not in LEAP_DATA, left out")
            continue
        yield Case(f"{name}, {whole.track.recipe}", path, whole.track, film.animals)
    fly = skeleton.read("config/skeletons/fly32.yaml")
    pair, boxes = folder / "pair.mp4", folder / "boxes.mp4"
    settings = config.Synthetic(frames=frames, size=1024, animal="pair")
    animals.render_animals(pair, [folder / f"{k}.h5" for k in range(2)], 1, settings, fly)
    yield Case("simulated pair, mesh", pair, config.Track(recipe="mesh"), 2)
    settings = config.Synthetic(frames=frames, size=200, camera="closed_loop")
    animals.render_animals(
        boxes, [folder / "truth.h5"], 1, settings, fly, camera_path=folder / "camera.csv"
    )
    for recipe in ("radon", "moments", "mesh"):
        yield Case(f"boxes of 200 px, {recipe}", boxes, config.Track(recipe=recipe), 1)


def rate(run: Callable[[], object], frames: int) -> float:
    """Frames a second, the best of some runs."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return frames / best


def beside_decoding(case: Case) -> tuple:
    """One row: tracked, decoded, and their ratio."""
    frames = len(video.probe(case.path))
    decoded = rate(lambda: sum(1 for _ in video.read_frames(case.path)), frames)
    tracked = rate(lambda: tracking.track(case.path, case.settings, case.animals), frames)
    return case.name, frames, f"{tracked:.0f}", f"{decoded:.0f}", f"{tracked / decoded:.2f}"


def beside(before: Path, case: Case, rounds: int, folder: Path, audit: bool) -> list[tuple]:
    """Both versions, their ratios, and how far their tracks are apart; with the audit two rows."""
    runs = [[], []]
    for _ in range(rounds):
        for k, root in enumerate((before, Path.cwd())):
            out = folder / f"{k}.npz"
            out.with_name(f"{out.name}.h5").unlink(missing_ok=True)
            given = [case.path, json.dumps(asdict(case.settings)), case.animals, out]
            given.append("yes" if audit else "no")
            subprocess.run(
                [sys.executable, "-P", "-c", ONE, *map(str, given)],
                check=True, env=os.environ | {"PYTHONPATH": str(root)},
            )  # fmt: skip
            runs[k].append(np.load(out)["took"])
    medians = np.array([np.median(run, axis=0) for run in runs])  # [version, part, clock]
    old, new = (np.load(folder / f"{k}.npz") for k in range(2))
    frames = old["valid"].shape[1]
    turn = np.angle(np.exp(1j * (old["heading"] - new["heading"])))
    apart = (
        int(np.sum(old["valid"] != new["valid"])),
        f"{np.nanmax(np.abs(old['centroid'] - new['centroid'])):.2g}",
        f"{np.degrees(np.nanmax(np.abs(turn))):.2g}",
    )
    rows = []
    for part in (0, 1) if audit else (1,):
        (wall, cpu), (now_wall, now_cpu) = medians[:, part]
        rows.append((
            case.name + (", with its audit" if part == 0 else ""), frames,
            f"{frames / wall:.0f}", f"{frames / now_wall:.0f}", f"{wall / now_wall:.1f}",
            f"{1000 * cpu / frames:.2f}", f"{1000 * now_cpu / frames:.2f}", f"{cpu / now_cpu:.1f}",
            *apart,
        ))  # fmt: skip
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, help="checkout of an older version")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=2000, help="of simulated videos")
    parser.add_argument("--audit", action="store_true", help="with the audit of each video")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.before is None:
            rows = [beside_decoding(case) for case in cases(folder, options.frames)]
            header = ("video, recipe", "frames", "tracked/s", "decoded/s", "ratio")
        else:
            rows = [
                row
                for case in cases(folder, options.frames)
                for row in beside(
                    options.before.resolve(), case, options.rounds, folder, options.audit
                )
            ]
            header = (
                "video, recipe", "frames", "before/s", "now/s", "ratio", "CPU before, ms",
                "CPU now, ms", "ratio", "valid differs", "center, px", "heading, deg",
            )  # fmt: skip
    show("tracking", rows, header)


if __name__ == "__main__":
    main()
