"""Heading and base of the tail of simulated mice, through recipe `mouse_below` as it is.

    .venv/bin/python benchmarks/mice.py [--seeds 101 102 103] [--frames 6000] [--folder FOLDER]

Ends with status 1 where a target is missed.  The three seeds were used for nothing else.  Videos
are kept where a folder is named, and used again from there.
"""

import sys
from pathlib import Path

import numpy as np
from seeds import measured_seeds
from table import show

from leap_core import config, containers, skeleton
from leap_core.io import video
from leap_core.preprocess.recipe import Task
from leap_core.preprocess.tracking import RECIPES
from leap_core.synthetic.mouse import movie
from leap_core.timeseries import runs
from leap_core.validation import of_animals

SIZE = 520  # px: 1.25 px/mm, the scale of the targets
NEAR = 5.0  # px
TARGETS = {key.name: key for key in of_animals(tailed=True)}
LEAST_REARS = 10  # in each film of two minutes: fewer prove nothing


def measured(seed: int, frames: int, folder: Path) -> dict:
    """Render one mouse, track it, and compare."""
    film = folder / f"mouse{seed}_{frames}.mp4"
    known = film.with_suffix(".truth.h5")
    if not known.exists():
        settings = config.Synthetic(animal="mouse", frames=frames, size=SIZE)
        movie.render(film, known, seed, settings, skeleton.read("config/skeletons/mouse16.yaml"))
    truth, settings = containers.Truth.read(known), config.Track(recipe="mouse_below")
    found = RECIPES["mouse_below"](Task(film, video.probe(film), settings, 1, truth.fps))
    assert found.tail is not None
    turn = np.degrees(np.abs(np.angle(np.exp(1j * (found.heading[0] - truth.heading)))))
    off = found.tail[0] - truth.positions[:, truth.skeleton.index("tailbase")]
    return {
        "errors": np.where(found.valid[0], turn, np.nan),
        "valid": found.valid[0],
        "off": np.linalg.norm(off, axis=1),
        "rears": truth.behavior == truth.behaviors.index("rear"),
    }


def row(name: str, found: list[dict]) -> tuple:
    """One line of the table, of one mouse or of all together."""
    errors, valid, off, rears = (
        np.concatenate([one[key] for one in found]) for key in ("errors", "valid", "off", "rears")
    )
    known = errors[np.isfinite(errors)]
    return (
        name,
        sum(len(runs(one["rears"])) for one in found),
        f"{100 * valid.mean():.1f}",
        f"{np.median(known):.2f} / {np.quantile(known, 0.95):.1f} / {known.max():.0f}",
        f"{np.nanmedian(errors[rears]):.2f}",
        int((known > 90).sum()),
        f"{100 * np.isfinite(off).mean():.1f}",
        f"{np.nanmedian(off):.1f}",
        f"{100 * (off <= NEAR).mean():.1f}",
    )


def main() -> None:
    options, found = measured_seeds(__doc__, measured)
    rows = [row(f"seed {seed}", [one]) for seed, one in zip(options.seeds, found, strict=True)]
    columns = (
        *("mouse", "rears", "valid, %", "heading, median / p95 / most, deg", "rearing", "flips"),
        *("base seen, %", "off, px", "within 5 px, %"),
    )
    show("mice", [*rows, row("all", found)], columns)
    sys.exit(verdict(found, options.frames))


def verdict(found: list[dict], frames: int) -> int:
    """0 where all targets are met by each mouse, and say so."""
    missed = []
    for one in found:
        values = {
            "heading_median_deg": float(np.nanmedian(one["errors"])),
            "heading_flips": float(np.sum(one["errors"] > 90)),
            "tail_base_within_5px": float(np.mean(one["off"] <= NEAR)),
        }
        missed += [name for name, value in values.items() if not TARGETS[name].verdict(value)]
        if len(runs(one["rears"])) < LEAST_REARS * frames / 6000:
            missed.append(f"{LEAST_REARS} rearings to judge by")
    print(f"missed: {', '.join(missed)}" if missed else "all targets met by each mouse")
    return int(bool(missed))


if __name__ == "__main__":
    main()
