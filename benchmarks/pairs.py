"""Who is who, and heading, of simulated courting pairs, through recipe `mesh` as it is.

    .venv/bin/python benchmarks/pairs.py [--seeds 101 102 103] [--frames 6000] [--folder FOLDER]

Ends with status 1 where a target is missed.  The three seeds were used for nothing else.  Videos
are kept where a folder is named, and used again from there.
"""

import sys
from pathlib import Path

import numpy as np
from seeds import measured_seeds
from table import show

from leap_core import config, containers, skeleton
from leap_core.preprocess import tracking
from leap_core.synthetic import pair
from leap_core.timeseries import runs
from leap_core.validation import Names, names_of, of_animals

SIZE = 1024
TARGETS = {key.name: key for key in of_animals(several=True)}
LEAST_CONTACTS, LEAST_SECONDS = 20, 40.0  # in all: fewer prove nothing


def measured(seed: int, frames: int, folder: Path) -> dict:
    """Render one pair, track it, and compare."""
    film = folder / f"pair{seed}_{frames}.mp4"
    files = [film.with_suffix(f".{k}.truth.h5") for k in range(2)]
    if not files[-1].exists():
        settings = config.Synthetic(animal="pair", frames=frames, size=SIZE)
        pair.render(film, files, seed, settings, skeleton.read("config/skeletons/fly32.yaml"))
    truths = [containers.Truth.read(file) for file in files]
    track = tracking.track(film, config.Track(recipe="mesh"), 2)
    names = names_of(track, truths)
    contact = np.asarray(truths[0].contact)
    errors = np.full(track.heading.shape, np.nan)
    for k, of in enumerate(names.order):
        turn = np.exp(1j * (track.heading[k] - truths[of].heading))
        errors[k] = np.where(track.valid[k], np.degrees(np.abs(np.angle(turn))), np.nan)
    return {"names": names, "errors": errors, "contact": contact, "valid": track.valid}


def row(name: str, found: list[dict]) -> tuple:
    """One line of the table, of one pair or of all together."""
    contact = np.concatenate([one["contact"] for one in found])
    errors = np.concatenate([one["errors"] for one in found], axis=1)
    valid = np.concatenate([one["valid"] for one in found], axis=1)
    count = sum(len(runs(one["contact"])) for one in found)
    known = errors[np.isfinite(errors)]
    return (
        name,
        f"{len(contact) / 100:.0f}",
        count,
        f"{contact.sum() / 100:.1f}",
        sum(one["names"].apart for one in found),
        sum(one["names"].contact for one in found),
        *(f"{100 * np.mean(valid[:, which]):.1f}" for which in (~contact, contact)),
        f"{np.median(known):.2f} / {np.quantile(known, 0.95):.1f}",
        int((known > 90).sum()),
    )


def main() -> None:
    options, found = measured_seeds(__doc__, measured)
    rows = [row(f"seed {seed}", [one]) for seed, one in zip(options.seeds, found, strict=True)]
    columns = (
        *("pair", "s", "contacts", "s of contact", "swaps apart", "swaps in contact"),
        *("valid apart, %", "valid in contact, %", "heading, median / p95, deg", "flips"),
    )
    show("pairs", [*rows, row("all", found)], columns)
    sys.exit(verdict(found))


def verdict(found: list[dict]) -> int:
    """0 where all targets are met, and say so."""
    names: list[Names] = [one["names"] for one in found]
    errors = np.concatenate([one["errors"].ravel() for one in found])
    minutes = sum(name.minutes for name in names)
    values = {
        "swaps_apart": sum(name.apart for name in names),
        "swaps_contact_per_min": sum(name.contact for name in names) / max(minutes, 1e-9),
        "heading_median_deg": float(np.nanmedian(errors)),
    }
    missed = [name for name, value in values.items() if not TARGETS[name].verdict(value)]
    contacts = sum(len(runs(one["contact"])) for one in found)
    if contacts < LEAST_CONTACTS or minutes * 60 < LEAST_SECONDS:
        missed.append(f"{LEAST_CONTACTS} contacts and {LEAST_SECONDS:g} s of contact to judge by")
    print(f"missed: {', '.join(missed)}" if missed else "all targets met")
    return int(bool(missed))


if __name__ == "__main__":
    main()
