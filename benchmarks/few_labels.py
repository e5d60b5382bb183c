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

PAPER = {10: 0.74, 100: 0.85}  # share within 2.5 px (paper: Fig. 2d), one network, one view
PAGE = Path(__file__).resolve().parents[1] / "docs" / "training.md"
VIEWS = {"one view": {"mirror": False, "turns": []}, "six views": {}}
HEAD = (
    "begins with",
    "labels",
    "views",
    "median px",
    "< 2.5 px",
    "95 %",
    "< 5 px",
    "least minutes",
)


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
    pooled = {
        (*key, views): held_out.accuracy(np.concatenate([part[views] for part in parts]))
        for key, parts in found.items()
        for views in VIEWS
    }
    # another program beside a training makes it longer, nothing makes it shorter
    rows = [(*key, *told(result), f"{min(spent[key[:2]]):.1f}") for key, result in pooled.items()]
    show("accuracy from few labels, test images of every fold", rows, HEAD)
    if options.write:
        put(PAGE, "few_labels.py", markdown(rows, HEAD))
    if options.figure:
        draw(pooled, options.figure)


def learned(labels: Labels, fold: int, folds: int, size: int) -> Labels:
    """The labels with the images of a fold as test, and ``size`` of the others to learn."""
    held = np.arange(len(labels.images)) % folds == fold
    order = np.random.default_rng([0, fold]).permutation(np.flatnonzero(~held))
    return replace(labels, split=held_out.split(len(held), np.flatnonzero(held), order[:size]))


def told(found: held_out.Accuracy) -> tuple[str, ...]:
    """Median, share within 2.5 px with its interval, share within 5 px."""
    low, high = found.close_interval
    return (
        f"{found.median:.2f}", f"{100 * found.close:.1f}",
        f"{100 * low:.1f} to {100 * high:.1f}", f"{100 * found.within_5:.1f}",
    )  # fmt: skip


@style.styled
def draw(pooled: dict[tuple[str, int, str], held_out.Accuracy], path: Path) -> None:
    """Share within 2.5 px against the number of labels, beside the paper's.

    Args:
        pooled: (begins with, labels, views) -> accuracy.
    """
    fig = style.figure(style.SINGLE, 70)
    lowest = 10 * np.floor(10 * min(found.close for found in pooled.values()) - 0.5)
    ax = fig.add_subplot()
    for name, colour in (("random weights", style.GREY), ("a network", style.BLUE)):
        for views, dashes in (("six views", "-"), ("one view", ":")):
            own = {key[1]: v for key, v in pooled.items() if (key[0], key[2]) == (name, views)}
            if not own:
                continue
            share = [100 * found.close for found in own.values()]
            label = f"begins with {name}, {views}"
            ax.plot([*own], share, dashes, marker="o", ms=3, color=colour, label=label)
            if views == "six views":
                ends = 100 * np.array([found.close_interval for found in own.values()])
                ax.fill_between([*own], *ends.T, color=colour, alpha=0.15, lw=0)
    paper = {"ls": "none", "marker": "D", "ms": 5, "mfc": "white", "mec": style.BLACK}
    ax.plot(list(PAPER), [100 * share for share in PAPER.values()], **paper,
            label="Pereira et al. 2018, 10 and 100 images")  # fmt: skip
    sizes = sorted({key[1] for key in pooled} | set(PAPER))
    ax.set_xscale("log")
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.minorticks_off()
    ax.set(xlabel="labeled images", ylabel=f"labels within {CLOSE_PX:g} px (%)", ylim=(lowest, 100))
    ax.legend(loc="lower right", fontsize=style.SMALL)
    style.save(fig, path)


if __name__ == "__main__":
    main()
