"""The simulated mouse's tail: it is dragged over the glass, stiff at its base, and curls."""

from __future__ import annotations

import cmath

import numpy as np

from leap_core.synthetic.mouse.anatomy import ARENA_MM, FPS, TAIL_POINTS, Mouse
from leap_core.synthetic.path import drift

_AT_BASE = 0.55  # rad, most between the body and the tail
_BETWEEN = 0.26  # rad, most between two of its pieces
_RECOVERS = 1.2  # s, in which a dragged tail comes back to the curl that it holds
_STRAIGHTENS = 30.0  # mm of way, in which a hook in a dragged tail opens
_CURL = 0.08  # rad per piece, spread
_MARGIN = 1.5  # mm from the wall


def follow(
    base: np.ndarray, backward: np.ndarray, mouse: Mouse, rng: np.random.Generator
) -> np.ndarray:
    """The tail at every frame, (frame, point, xy) mm; its first point is the base.

    A point stays where it lies until the one before it pulls.  Pieces bend towards a curl that
    wanders, and no further than a tail bends.

    Args:
        base: (frame, xy) mm; backward: (frame,) rad, where the body's end points.
    """
    count, pieces = len(base), TAIL_POINTS - 1
    piece = mouse.tail / pieces
    along = np.arange(pieces) / (pieces - 1) - 0.4
    even, tip = (drift(count, _CURL, tau, 1 / FPS, rng) for tau in (1.6, 0.9))
    curl = even[:, None] + 1.4 * tip[:, None] * along
    curl[:, 0] = 0.25 * drift(count, 1.0, 1.2, 1 / FPS, rng)
    limit = np.full(pieces, _BETWEEN)
    limit[0] = _AT_BASE
    gone = np.hypot(*np.diff(base, axis=0, prepend=base[:1]).T)
    recovers = np.minimum(1 / (_RECOVERS * FPS) + gone / _STRAIGHTENS, 1.0).tolist()
    points = np.empty((count, TAIL_POINTS, 2))
    points[:, 0] = base
    lay, bends, most = [0j] * pieces, curl[0].tolist(), limit.tolist()
    for k in range(count):
        spot, angle, wanted = complex(*base[k]), float(backward[k]), curl[k].tolist()
        for j in range(pieces):
            bend = bends[j]
            if k:
                bend = cmath.phase((lay[j] - spot) * cmath.rect(1, -angle))
                bend += (wanted[j] - bend) * recovers[k]
            bends[j] = bend = min(max(bend, -most[j]), most[j])
            angle += bend
            spot += cmath.rect(piece, angle)
            out = abs(spot)
            if out > ARENA_MM - _MARGIN:
                spot *= (ARENA_MM - _MARGIN) / out
            lay[j] = spot
        points[k, 1:] = np.array(lay).view(float).reshape(-1, 2)
    return points
