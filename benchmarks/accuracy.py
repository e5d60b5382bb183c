"""Cross-validated accuracy of a config on its own labels, and how long the training takes.

Every labeled image is a test image once: fold k holds out images k, k + folds, ...  Needs the
labels of the config: `snakemake --cores 2 results/<dataset>/labels/labels.h5 --configfile ...`.
Folds that --save has kept are not trained again: an interrupted run goes on with the next fold.
"""

from __future__ import annotations

import argparse
import itertools
from dataclasses import replace
from pathlib import Path

import held_out
import numpy as np
from table import show

from leap_core import config
from leap_core.containers import Labels
from leap_core.numerics import CLOSE_PX
from leap_core.pose import bootstrap

DRAWS = 2000
TURNS = [10, -10]
VIEWS = {
    "": {"mirror": False, "turns": []},
    " + mirror": {"mirror": True, "turns": []},
    " + turns": {"mirror": False, "turns": TURNS},
    " + mirror + turns": {"mirror": True, "turns": TURNS},
}


def main() -> None:
    """Train on all folds but one, each in turn; print the error of the pooled test images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config/fly_leap.yaml")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--only", type=int, nargs="*", help="these folds only")
    parser.add_argument(
        "--save", type=Path, help="folder for the errors and the network of each fold"
    )
    options = parser.parse_args()
    whole = config.read(options.config)
    labels = Labels.read(f"results/{whole.dataset}/labels/labels.h5")
    pooled: dict[str, list[np.ndarray]] = {}
    rows = []
    for fold in options.only or range(options.folds):
        found, minutes = one(labels, whole, fold, options.folds, options.save)
        for name, errors in found.items():
            pooled.setdefault(name, []).append(errors)
            rows.append(line(f"fold {fold}, {name}", errors[np.isfinite(errors)], minutes))
            print(*rows[-1], flush=True)
    for name, parts in pooled.items():
        every = np.concatenate(parts)
        rows.append(line(f"all, {name}", every[np.isfinite(every)], None))
        counts = bootstrap.draw(len(every), DRAWS, 0)
        found = bootstrap.intervals(every, counts, CLOSE_PX)
        (low, high), (least, most) = found["median_px"], found["within_2.5px"]
        print(f"{name}: 95 % bootstrap over images: median {low:.2f} to {high:.2f} px, "
              f"within 2.5 px {least:.1%} to {most:.1%}")  # fmt: skip
    show("accuracy, test images of every fold", rows, HEAD)
    for name in dict.fromkeys(list(pooled)[k] for k in (0, len(pooled) // 2 - 1)):
        by_part(name, np.concatenate(pooled[name]), labels.skeleton.parts)


HEAD = ("", "labels", "median px", "mean px", "< 2.5 px", "< 5 px", "training, min")


def by_part(name: str, errors: np.ndarray, parts: list[str]) -> None:
    """Table of every part's errors (test image, joint), the worst first."""
    rows = []
    for part, own in zip(parts, errors.T, strict=True):
        known = own[np.isfinite(own)]
        if len(known):
            far = f"{np.quantile(known, 0.9):.2f}", f"{known.max():.1f}"
            rows.append((*line(part, known, None)[:-1], *far))
    rows.sort(key=lambda row: -float(row[2]))
    show(f"every part, {name}", rows, ("part", *HEAD[1:-1], "90 % below, px", "largest, px"))


def line(name: str, known: np.ndarray, minutes: float | None) -> tuple:
    """One row of the table."""
    shares = [f"{100 * np.mean(known < limit):.1f} %" for limit in (2.5, 5)]
    return (
        name, len(known), f"{np.median(known):.3f}", f"{known.mean():.3f}", *shares, minutes,
    )  # fmt: skip


def one(
    labels: Labels, whole: config.Config, fold: int, folds: int, save: Path | None
) -> tuple[dict[str, np.ndarray], float]:
    """Errors (test image, joint) px of one fold, by way of prediction; minutes of training."""
    held = np.flatnonzero(np.arange(len(labels.images)) % folds == fold)
    known = {n: how for n, how in VIEWS.items() if whole.training.mirror or not how["mirror"]}
    ways = {
        f"{refine}{views}": how | {"refine": refine}
        for refine, (views, how) in itertools.product(("quadratic", "smooth"), known.items())
    }
    kept = save / f"{fold}.npz" if save else None
    labels = replace(labels, split=held_out.split(len(labels.images), held))
    return held_out.errors(labels, whole, whole.training, ways, kept, network=True)


if __name__ == "__main__":
    main()
