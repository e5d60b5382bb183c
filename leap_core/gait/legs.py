"""Which leg is where, by its name."""

from __future__ import annotations

import re

_SIDES = {"l": "L", "left": "L", "r": "R", "right": "R"}
_ROWS = {
    **dict.fromkeys(("f", "front", "fore", "1"), 0),
    **dict.fromkeys(("m", "mid", "middle", "2"), 1),
    **dict.fromkeys(("h", "hind", "rear", "back", "3"), 2),
}


def leg_place(name: str) -> tuple[str, int] | None:
    """Side ("L", "R") and row (0 front, 1 middle, 2 hind) of a leg by its name, else None.

    >>> [leg_place(n) for n in ("LF", "r2", "midlegR", "left_hind", "T1L", "paw")]
    [('L', 0), ('R', 1), ('R', 1), ('L', 2), ('L', 0), None]
    """
    words = [w.lower() for w in re.findall(r"[A-Z]?[a-z]+|[A-Z]|\d", name)]
    words = [w.removesuffix("leg") for w in words]
    words = [c for w in words for c in (w if len(w) == 2 else [w])]
    sides = {_SIDES[w] for w in words if w in _SIDES}
    rows = {_ROWS[w] for w in words if w in _ROWS}
    return (sides.pop(), rows.pop()) if len(sides) == len(rows) == 1 else None


def tripods_of(legs: list[str]) -> list[list[int]]:
    """The two tripods of six legs: indices (front, middle, hind), the middle of the other side.

    Returns:
        Left front, right middle, left hind, and their mirror image; empty for other animals.
    """
    places = {leg_place(name): k for k, name in enumerate(legs)}
    wanted = [[(a, 0), (b, 1), (a, 2)] for a, b in ("LR", "RL")]
    if len(legs) != 6 or not all(place in places for group in wanted for place in group):
        return []
    return [[places[place] for place in group] for group in wanted]


def partners(legs: list[str]) -> list[int] | None:
    """For each leg the index of the one opposite; None where a name says no place or none is there.

    >>> partners(["LF", "LH", "RH", "RF"]), partners(["LF", "LH", "RF"])
    ([3, 2, 1, 0], None)
    """
    places = [place for place in map(leg_place, legs) if place is not None]
    if len(set(places)) < len(legs):
        return None
    opposite = [({"L": "R", "R": "L"}[side], row) for side, row in places]
    if not all(place in places for place in opposite):
        return None
    return [places.index(place) for place in opposite]
