"""Accuracy from few real labels, from random weights and from a network that was trained before.

    .venv/bin/python benchmarks/few_labels.py FOLDER [--start best.keras] [--figure few_labels.png]

Fold k of the labels of config/fly_leap.yaml (images k, k + folds, ...) is the test.  Of the others
the first 5, 10, 20, 40, 56 of one order are learned, drawn once for every fold, so that larger sets
hold the smaller ones.  All trainings are equally long, and end with their last weights.  Each
leaves its errors in FOLDER, and a run that was interrupted goes on with the next.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import held_out
import numpy as np
from table import markdown, put, show

from leap_core import config
from leap_core.containers import Labels
from leap_core.figures import style
from leap_core.numerics import CLOSE_PX
from leap_core.pose import bootstrap

PAPER = {10: 0.74, 100: 0.85}  # share within 2.5 px (paper: Fig. 2d), one network, one view
PAGE = Path(__file__).resolve().parents[1] / "docs" / "training.md"
DRAWS = 2000
VIEWS = {"one view": {"mirror": False, "turns": []}, "six views": {}}
HEAD = ("begins with", "labels", "views", "median px", "< 2.5 px", "95 %", "< 5 px", "minutes")


def main() -> None:
    """Train what is not there yet, then show all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", default="config/fly_leap.yaml")
    parser.add_argument("--start", help="network of the same kind to begin with")
    parser.add_argument("--sizes", type=int, nargs="+", default=[5, 10, 20, 40, 56])
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--only", type=int, nargs="*", help="these folds only")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--figure", type=Path, help="draw the curves there")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    options = parser.parse_args()
    whole = config.read(options.config)
    labels = Labels.read(f"results/{whole.dataset}/labels/labels.h5")
    how = replace(whole.training, epochs=options.epochs)
    beginnings = {"random weights": None} | ({"a network": options.start} if options.start else {})
    found: dict[tuple[str, int], list[dict[str, np.ndarray]]] = {}
    spent: dict[tuple[str, int], list[float]] = {}
    for fold in options.only or range(options.folds):
        for size in options.sizes:
            for name, start in beginnings.items():
                kept = options.folder / f"{fold}_{size}_{'start' if start else 'random'}.npz"
                own, minutes = held_out.errors(
                    learned(labels, fold, options.folds, size), whole, replace(how, start=start),
                    VIEWS, kept,
                )  # fmt: skip
                found.setdefault((name, size), []).append(own)
                spent.setdefault((name, size), []).append(minutes)
                print(kept.name, f"{np.nanmedian(own['six views']):.2f} px", flush=True)
    rows = []
    for (name, size), parts in found.items():
        for views in VIEWS:
            pooled = np.concatenate([part[views] for part in parts])
            rows.append((name, size, views, *told(pooled), float(np.mean(spent[name, size]))))
    show("accuracy from few labels, test images of every fold", rows, HEAD)
    if options.write:
        put(PAGE, "few_labels.py", markdown(rows, HEAD))
    if options.figure:
        draw(rows, options.figure)


def learned(labels: Labels, fold: int, folds: int, size: int) -> Labels:
    """The labels with the images of a fold as test, and ``size`` of the others to learn."""
    held = np.arange(len(labels.images)) % folds == fold
    order = np.random.default_rng([0, fold]).permutation(np.flatnonzero(~held))
    return replace(labels, split=held_out.split(len(held), np.flatnonzero(held), order[:size]))


def told(errors: np.ndarray) -> tuple[str, ...]:
    """Median, share within 2.5 px with its interval, share within 5 px."""
    known = errors[np.isfinite(errors)]
    counts = bootstrap.draw(len(errors), DRAWS, 0)
    low, high = bootstrap.intervals(errors, counts, CLOSE_PX)["within_2.5px"]
    return (
        f"{np.median(known):.2f}", f"{100 * np.mean(known < CLOSE_PX):.1f}",
        f"{100 * low:.1f} to {100 * high:.1f}", f"{100 * np.mean(known < 5):.1f}",
    )  # fmt: skip


@style.styled
def draw(rows: list[tuple], path: Path) -> None:
    """Share within 2.5 px against the number of labels, beside the paper's."""
    fig = style.figure(style.SINGLE, 70)
    lowest = 10 * np.floor((min(float(row[4]) for row in rows) - 5) / 10)
    ax = fig.add_subplot()
    for name, colour in (("random weights", style.GREY), ("a network", style.BLUE)):
        for views, dashes in (("six views", "-"), ("one view", ":")):
            own = [row for row in rows if (row[0], row[2]) == (name, views)]
            if not own:
                continue
            size, share = [row[1] for row in own], [float(row[4]) for row in own]
            ends = np.array([[float(v) for v in row[5].split(" to ")] for row in own])
            ax.plot(
                size,
                share,
                dashes,
                marker="o",
                ms=3,
                color=colour,
                label=f"begins with {name}, {views}",
            )
            if views == "six views":
                ax.fill_between(size, *ends.T, color=colour, alpha=0.15, lw=0)
    paper = {"ls": "none", "marker": "D", "ms": 5, "mfc": "white", "mec": style.BLACK}
    ax.plot(list(PAPER), [100 * share for share in PAPER.values()], **paper,
            label="Pereira et al. 2018, 10 and 100 images")  # fmt: skip
    sizes = sorted({row[1] for row in rows} | set(PAPER))
    ax.set_xscale("log")
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.minorticks_off()
    ax.set(xlabel="labeled images", ylabel=f"labels within {CLOSE_PX:g} px (%)", ylim=(lowest, 100))
    ax.legend(loc="lower right", fontsize=style.SMALL)
    style.save(fig, path)


if __name__ == "__main__":
    main()
