"""Readings of the real fly, from the results of `make real`, for its page of the docs.

    .venv/bin/python benchmarks/real_flies.py [--write]

Test error, confidence, gait by both rules of stance, regions and how they hold.  There is no truth
here but the labels.  Gait is read again from the poses, once by each rule.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from table import markdown, put, show

from leap_core import config
from leap_core.containers import Gait, Poses, Stability
from leap_core.gait import fit_model, stage
from leap_core.numerics import CLOSE_PX

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "real_flies.md"
SPEEDS = (5, 7.5, 10, 15, 20, 25, 30)  # edges of the rows, mm/s
LIMITS = (0.02, 0.6)  # of confidence: missing, doubtful
RULES: tuple[Literal["levels", "paper"], ...] = ("levels", "paper")


def main() -> None:
    """Print the tables; with --write put them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default=ROOT / "config" / "fly_leap.yaml")
    parser.add_argument("--write", action="store_true", help="put the tables into the docs")
    parser.add_argument("--results", type=Path, help="of another run")
    options = parser.parse_args()
    whole = config.read(options.config)
    folder = options.results or ROOT / "results" / whole.dataset
    poses = Poses.read(folder / "poses" / f"{whole.videos[0].id}.h5")
    gaits = by_rules(poses, whole)
    tables = {
        "accuracy": (ACCURACY, accuracy(folder)),
        "confidence": (CONFIDENCE, confidence(poses)),
        "durations": (DURATIONS, durations(gaits)),
        "modes": (MODES, modes(gaits)),
        "regions": (REGIONS, regions(folder)),
        "agreement": (AGREEMENT, agreement(folder)),
        "pixels": (PIXELS, pixels(folder)),
    }
    for name, (header, rows) in tables.items():
        show(name, rows, header)
        if options.write:
            put(PAGE, f"real_flies.py {name}", markdown(rows, header))


ACCURACY = ("test images", "labels", "median px", "< 2.5 px", "< 5 px", "calibration error")


def accuracy(folder: Path) -> list[tuple]:
    """Errors of the test labels, and what their confidence is worth."""
    table = pd.read_csv(folder / "models/main/calibration.csv")
    found = json.loads((folder / "models/main/calibration.json").read_text(encoding="utf-8"))
    own = table[table["split"] == "test"]
    error = own["error_px"]
    return [(
        own["sample"].nunique(), len(own), f"{error.median():.2f}", share(error < CLOSE_PX),
        share(error < 5), f"{found['error']:.3f}",
    )]  # fmt: skip


CONFIDENCE = ("parts", "all frames: median", *(f"below {limit:g}" for limit in LIMITS))


def confidence(poses: Poses) -> list[tuple]:
    """How often the groups of parts are doubtful."""
    parts = poses.skeleton.parts
    groups = {
        f"tips of the {name} legs": [p for p in parts if p.startswith(start) and p.endswith("4")]
        for name, start in (("fore", "foreleg"), ("middle", "midleg"), ("hind", "hindleg"))
    }
    rest = [p for p in parts if not any(p in own for own in groups.values())]
    rows = []
    for name, own in (groups | {"all others": rest}).items():
        value = poses.confidence[:, [parts.index(p) for p in own]]
        rows.append((name, f"{np.nanmedian(value):.2f}", *(share(value < v) for v in LIMITS)))
    return rows


def by_rules(poses: Poses, whole: config.Config) -> dict[str, tuple[Gait, stage.Tables]]:
    """The gait analysis by the default rule of swing and stance, and by the paper's."""
    limit = whole.poses.limit
    found = {}
    for rule in RULES:
        own = dataclasses.replace(whole.gait, stance_rule=rule)
        model = fit_model([poses], own, limit, whole.seed)
        found[rule] = stage.analyse(poses, model, own, limit)
    return found


DURATIONS = (
    "speed, mm/s", "stance, ms", "swing, ms", "whole steps", "paper's rule: stance", "swing",
    "steps",
)  # fmt: skip


def durations(gaits: dict[str, tuple[Gait, stage.Tables]]) -> list[tuple]:
    """Mean durations of whole swings and stances by speed."""
    rows = []
    for low, high in zip(SPEEDS[:-1], SPEEDS[1:], strict=True):
        row: list[object] = [f"{low:g} to {high:g}"]
        for _, tables in gaits.values():
            steps = tables.steps[
                tables.steps["whole"]
                & tables.steps["mean_speed"].between(low, high, inclusive="left")
            ]
            mean = steps.groupby("kind", observed=True)["duration_ms"].mean()
            row += [f"{mean.get(kind, np.nan):.0f}" for kind in ("stance", "swing")]
            row.append(f"{len(steps):,}")
        rows.append(tuple(row))
    return rows


MODES = ("rule", "mode", "walking frames", "mean speed, mm/s", "mean legs in stance", "uncertain")


def modes(gaits: dict[str, tuple[Gait, stage.Tables]]) -> list[tuple]:
    """Gait modes, as many frames as have one."""
    rows = []
    for rule, (gait, _) in gaits.items():
        standing = (~gait.swing).sum(axis=1)
        for k, name in enumerate(gait.states):
            own = gait.state == k
            if own.any():
                rows.append((
                    rule, name, share(own[gait.state >= 0]),
                    f"{gait.forward_velocity[own].mean():.1f}", f"{standing[own].mean():.1f}",
                    share(gait.uncertain[own]),
                ))  # fmt: skip
    return rows


REGIONS = ("region", "frames", "found", "group", "speed, mm/s", "what moves", "tripod")


def regions(folder: Path) -> list[tuple]:
    """The map's regions, as the table that the pipeline writes has them."""
    table = pd.read_csv(folder / "behavior/regions.csv")
    return [
        (
            str(row.region), share(row.occupancy), f"{row.found:.1f}", str(row.merge_group),
            f"{row.speed:.1f}", row.evidence.rsplit("; ", 1)[0], share(row.gait_tripod),
        )
        for row in table.itertuples()
    ]  # fmt: skip


AGREEMENT = (
    "maps of", "r, each part on its own map", "r, the same frames on both", "on the joint map",
    "information shared",
)  # fmt: skip


def agreement(folder: Path) -> list[tuple]:
    """Two maps of one recording, each of its own part."""
    rows = []
    for cut in ("halves", "blocks"):
        found = Stability.read(folder / f"behavior/stability/{cut}.h5")
        values = (found.r, found.r_same, found.r_joint, found.information)
        rows.append((cut, *(f"{value:.2f}" for value in values)))
    return rows


PIXELS = (
    "map of",
    "regions",
    "area filled",
    "half of the frames in visits of",
    "left open by the other",
)


def pixels(folder: Path) -> list[tuple]:
    """The map of pixels beside that of poses."""
    found = json.loads((folder / "pixels/comparison.json").read_text(encoding="utf-8"))
    return [
        (
            name, str(own["regions"]), share(own["area"]), f"{own['dwell_s']:.1f} s or more",
            share(own["left_open"]),
        )
        for name, own in found.items() if name in ("poses", "pixels")
    ]  # fmt: skip


def share(value: object) -> str:
    """A share, or that of the true ones, in percent."""
    return f"{100 * float(np.mean(np.asarray(value, float))):.1f} %"


if __name__ == "__main__":
    main()
