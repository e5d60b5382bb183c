"""Does the body go where its feet say?  Not on a treadmill, a ball, or a tether."""

from __future__ import annotations

import numpy as np

from leap_core.timeseries import runs

# Of the way that the feet tell, the track of a free animal shows nearly all: 0.75 or more in each
# piece of the walking of six simulated flies, and 1.0 in the median of a real mouse (one of its 29
# pieces, badly tracked, is below).  Half lies midway to a body that stays.
_STAYS = 0.5
# Share of the walking that must be such: 0 on the flies, 0.02 on the mouse.
_OFTEN = 0.1
_PIECE_S = 1.0  # walking is judged in pieces of about this length: a belt may stop and go


def stays_behind(
    feet: np.ndarray,
    track: np.ndarray,
    min_speed: float,
    *,
    units: str,
    min_bout_s: float,
    fps: float,
) -> str:
    """Words where feet sweep back under a body that stays; "" where it goes as they say.

    Bouts longer than ``min_bout_s`` in which the stance legs say walking are looked at in pieces of
    about a second: in a tenth of that time or more the track covers less than half of the way.

    Args:
        feet, track: (frame,) forward velocity by the stance legs and by the body's track; NaN =
            unknown.
        min_speed: walking is faster.
        units: of these.
        min_bout_s: s.
        fps: frames per second.
    """
    known = np.isfinite(feet) & np.isfinite(track)
    walks = known & (np.where(known, feet, 0.0) > min_speed)
    pieces = [
        rows
        for a, b in runs(walks)
        if b - a > min_bout_s * fps
        for rows in np.array_split(np.arange(a, b), max(round((b - a) / (_PIECE_S * fps)), 1))
    ]
    stays = [rows for rows in pieces if track[rows].sum() < _STAYS * feet[rows].sum()]
    total, less = (sum(len(rows) for rows in some) for some in (pieces, stays))
    if not less or less < _OFTEN * total:
        return ""
    rows = np.concatenate(stays)
    return (
        f"feet sweep back under a body that stays: in {less / fps:.1f} of the {total / fps:.1f} s "
        f"in which the stance legs say walking, they tell {np.median(feet[rows]):.1f} {units} and "
        f"the body track {np.median(track[rows]):.1f}; for an animal on a treadmill, a ball or a "
        "tether take the speed from the stance legs: set `gait.speed: stance` (leap gait --speed "
        "stance)"
    )
