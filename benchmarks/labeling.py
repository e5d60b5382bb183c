"""Moves per frame against labels: how much of the work the network takes over.

A person who labels every part of a frame places each one: as many moves as there are parts.  With
estimates only those parts move that lie more than 3 px off.  Here the truth of synthetic flies
stands for the person, frames are labeled in the order of the sample, and moves are counted in the
sampled frames that are not labeled.  Needs the sample of the config, as the demo makes it:
`snakemake --cores 2 results/demo/sampling/frames.h5`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from table import show

from leap_core import config, containers
from leap_core.containers import tracks
from leap_core.io.journal import Journal
from leap_core.labels import edits
from leap_core.pose import runtime
from leap_core.web.label import fit, regimes

OFF_PX = 3.0  # farther off, and a person moves the part
LESS = 5.0  # times fewer moves with 50 labels than without any


def main() -> None:
    """Label more and more frames, train after each step, and print the moves that are left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config/config.yaml")
    parser.add_argument("--labels", type=int, nargs="*", default=[10, 25, 50, 100])
    parser.add_argument("--regime", default="fast", choices=regimes.REGIMES)
    options = parser.parse_args()
    whole = config.read(options.config)
    every = sampled(whole)
    parts = len(next(iter(every.values()))["points"])
    rows: list[tuple] = [(0, len(every), parts, None, None, None, None, None)]
    runtime.start()
    for count in options.labels:
        rows.append(one(whole, every, count, options.regime))
        print(*rows[-1], flush=True)
    show(f"moves per frame, {options.regime} training of {whole.dataset}", rows, HEAD)
    for count, _, moves, *_ in rows:
        if count == 50:
            less = parts / moves
            row = ("50 labels", f"{moves:.2f}", parts, less, f">= {LESS:g}", less >= LESS)
            show("moves per frame, against none labeled", [row])


HEAD = ("labels", "frames", "moves", "median px", "< 2.5 px", "no moves", "validation px", "s")


def sampled(whole: config.Config) -> dict[str, dict]:
    """Key -> the journal's line that labels a sampled frame with the truth, in their order."""
    data = regimes.dataset(whole, "unused")
    sample = containers.Sample.read(data.results / "sampling" / "frames.h5")
    truths = {}
    lines = {}
    for source, frame in zip(map(str, sample.source), map(int, sample.frame), strict=True):
        video, animal = data.recordings[source]
        if video not in truths:
            path = data.results / "synthetic" / f"{video}.truth.h5"
            truths[video] = containers.Truth.read(path)
        truth = truths[video]
        corner = 0 if truth.camera is None else truth.camera[frame]
        there = truth.positions[frame] - corner
        track = tracks.rows(data.track(video), np.array([frame]))
        size = whole.crop.size
        key = edits.key_of(video, frame, animal)
        lines[key] = {
            **{"op": "edit", "key": key, "video": video, "frame": frame, "animal": animal},
            "crop": [*map(float, track.centroid[animal, 0]), float(track.heading[animal, 0]), size],
            "points": {
                part: {"x": float(x), "y": float(y), "how": "place"}
                for part, (x, y) in zip(truth.skeleton.parts, there, strict=True)
            },
            **{"revision": 1, "done": True},
        }
    return lines


def one(whole: config.Config, every: dict[str, dict], count: int, regime: str) -> tuple:
    """One row: train on the first frames, count moves in the others."""
    labeled = list(every)[:count]
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / edits.JOURNAL)
        for key in labeled:
            journal.append(every[key])
        journal.close()
        start = time.perf_counter()
        made = fit.propose(regimes.dataset(whole, folder), regimes.settings(whole), regime)
        seconds = time.perf_counter() - start
    off = np.array(
        [
            [
                np.hypot(*np.subtract(made["items"][key][part][:2], [point["x"], point["y"]]))
                if part in made["items"][key]
                else np.inf
                for part, point in line["points"].items()
            ]
            for key, line in every.items()
            if key not in labeled
        ]
    )
    moves = (off > OFF_PX).sum(axis=1)
    return (
        count, len(off), float(moves.mean()), float(np.median(off)),
        f"{100 * np.mean(off < 2.5):.1f} %", f"{100 * np.mean(moves == 0):.0f} %",
        made["network"]["error_px"], f"{seconds:.0f}",
    )  # fmt: skip


if __name__ == "__main__":
    main()
