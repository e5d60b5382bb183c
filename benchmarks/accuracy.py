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
from table import markdown, put, show

from leap_core import config
from leap_core.containers import Labels

TURNS = [10, -10]
VIEWS = {
    "one view": {"mirror": False, "turns": []},
    "with the mirror image": {"mirror": True, "turns": []},
    "turned": {"mirror": False, "turns": TURNS},
    "six views": {"mirror": True, "turns": TURNS},
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
    parser.add_argument("--write", type=Path, help="put the tables into this page of the docs")
    options = parser.parse_args()
    whole = config.read(options.config)
    labels = Labels.read(f"results/{whole.dataset}/labels/labels.h5")
    ways = ways_of(whole)
    folds, minutes = {}, []
    for fold in options.only or range(options.folds):
        folds[fold], spent = one(labels, whole, ways, fold, options.folds, options.save)
        minutes.append(spent)
        for name, errors in folds[fold].items():
            print(*line(f"fold {fold}, {name}", errors), flush=True)
    pooled = {name: np.concatenate([found[name] for found in folds.values()]) for name in ways}
    own = next(name for name, how in ways.items() if configured(whole, how))
    tables = {
        "as the config predicts": [line(f"fold {k}", found[own]) for k, found in folds.items()],
        "all folds": [line(name, errors) for name, errors in pooled.items()],
        "part, as the config predicts": by_part(pooled[own], labels.skeleton.parts),
    }
    title = f"{whole.dataset}: test images of every fold, trained {np.mean(minutes):.0f} minutes"
    for name, rows in tables.items():
        show(title, rows, (name, *HEAD))
    if options.write:
        text = [markdown(rows, (name, *HEAD)) for name, rows in tables.items()]
        put(options.write, f"accuracy.py {whole.dataset}", "\n".join(text))


HEAD = ("labels", "median px", "< 2.5 px", "< 5 px", "90 % below, px", "largest, px")


def ways_of(whole: config.Config) -> dict[str, dict]:
    """Ways to predict, as changes to the config's; mirror images only where training has them."""
    found = {
        f"{views}, {refine}": how | {"refine": refine}
        for refine, (views, how) in itertools.product(("quadratic", "smooth"), VIEWS.items())
        if whole.training.mirror or not how["mirror"]
    }
    own = any(configured(whole, how) for how in found.values())
    return found if own else found | {"the config's way": {}}


def configured(whole: config.Config, how: dict) -> bool:
    """The config predicts in that way."""
    return replace(whole.prediction, **how) == whole.prediction


def by_part(errors: np.ndarray, parts: list[str]) -> list[tuple]:
    """A row for every part with labels of errors (test image, joint), the worst first."""
    rows = [
        line(part, own[:, None])
        for part, own in zip(parts, errors.T, strict=True)
        if np.isfinite(own).any()
    ]
    return sorted(rows, key=lambda row: -float(row[2].split()[0]))


def line(name: str, errors: np.ndarray) -> tuple:
    """One row of a table, with 95 % bootstrap intervals over the images (image, joint)."""
    found = held_out.accuracy(errors)
    (low, high), (least, most) = found.median_interval, found.close_interval
    return (
        name, found.labels, f"{found.median:.2f} ({low:.2f} to {high:.2f})",
        f"{100 * found.close:.1f} % ({100 * least:.1f} to {100 * most:.1f})",
        f"{100 * found.within_5:.1f} %", f"{found.below_90:.2f}", f"{found.largest:.1f}",
    )  # fmt: skip


def one(
    labels: Labels,
    whole: config.Config,
    ways: dict[str, dict],
    fold: int,
    folds: int,
    save: Path | None,
) -> tuple[dict[str, np.ndarray], float]:
    """Errors (test image, joint) px of one fold, by way of prediction; minutes of training."""
    held = np.flatnonzero(np.arange(len(labels.images)) % folds == fold)
    kept = save / f"{fold}.npz" if save else None
    labels = replace(labels, split=held_out.split(len(labels.images), held))
    return held_out.errors(labels, whole, whole.training, ways, kept, network=True)


if __name__ == "__main__":
    main()
