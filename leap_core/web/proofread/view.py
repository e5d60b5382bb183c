"""What the page is told of a track."""

from __future__ import annotations

from typing import Any

import numpy as np

from leap_core.web.incoming import Refused
from leap_core.web.proofread import queue
from leap_core.web.proofread.film import Film

MOST_FRAMES = 4000  # of a track in one answer
MOST_BINS = 2000


def track(film: Film, first: int, last: int) -> dict[str, Any]:
    """A stretch of a track as it is mended now; ``last`` is included.

    Raises:
        Refused: there are no such frames, or too many.
    """
    found = film.track()
    last = min(last, found.valid.shape[1] - 1)
    if not 0 <= first <= last or last - first >= MOST_FRAMES:
        raise Refused(400, f"frames {first} to {last}: ask for 1 to {MOST_FRAMES} that are there")
    length, width = film.body()
    part = slice(first, last + 1)
    animals = [
        {
            "x": _numbers(found.centroid[k, part, 0], 2),
            "y": _numbers(found.centroid[k, part, 1], 2),
            "heading": _numbers(found.heading[k, part], 4),
            "valid": found.valid[k, part].tolist(),
            "area": _numbers(found.area[k, part], 1),
            "quality": _numbers(found.quality[k, part], 3),
        }
        for k in range(len(found.valid))
    ]
    sizes = {"body_length": _number(length), "body_width": _number(width)}
    return {"first": first, "last": last, "animals": animals} | sizes


def moments(film: Film) -> dict[str, Any]:
    """What to look at, and the lines so far."""
    found = film.moments()
    with film.lock:
        film.accepted.follow()
        accepted = film.accepted.covered(found, film.table.items)
        rows = [
            {
                "id": queue.name_of(one),
                "kind": one.kind,
                "animal": one.animal,
                "other": one.other,
                "first": one.first,
                "last": one.last,
                "severity": round(float(one.severity), 4),
                "text": one.text,
                "key": one.key,
                "warn": one.warn,
                "accepted": seen,
            }
            for one, seen in zip(found, accepted, strict=True)
        ]
        told = film.lines()
    told["problem"] = told["problem"] or film.accepted.problem
    return {"moments": rows} | told


def overview(film: Film) -> dict[str, Any]:
    """Where animals are lost, and how doubtful what nobody has accepted is, along the video."""
    found, asked = film.track(), film.moments()
    animals, frames = found.valid.shape
    bins = min(MOST_BINS, frames)
    edges = np.linspace(0, frames, bins + 1).astype(int)
    lost = np.add.reduceat(~found.valid, edges[:-1], axis=1) / np.diff(edges)
    doubt = np.zeros((animals, bins))
    with film.lock:
        film.accepted.follow()
        accepted = film.accepted.covered(asked, film.table.items)
    for one, seen in zip(asked, accepted, strict=True):
        if seen:
            continue
        first, last = np.searchsorted(edges, (one.first, one.last), side="right") - 1
        for animal in {one.animal, one.animal if one.other is None else one.other}:
            part = doubt[animal, first : last + 1]
            np.maximum(part, one.severity, out=part)
    return {
        "bins": bins,
        "animals": [
            {"lost": _numbers(lost[k], 3), "doubt": _numbers(doubt[k], 3)} for k in range(animals)
        ],
    }


def _numbers(values: np.ndarray, digits: int) -> list[float | None]:
    """Rounded; NaN, which is no JSON, as None."""
    rounded = values.astype(float).round(digits).tolist()
    return [None if value != value else value for value in rounded]


def _number(value: float) -> float | None:
    return round(value, 1) if value == value else None
