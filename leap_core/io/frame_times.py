"""From time stamps to frame numbers: the rate of a video, and the slots that its frames take.

Clocks of containers are coarse: Matroska's has milliseconds, so that frames at 960 per second come
1 or 2 ticks apart, and two at 2,000 per second share a stamp.  A frame that was left out is told
from rounding by how far all stamps lie from an even grid.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

_JITTER = 0.5  # of the interval, between the earliest and the latest frame of an even recording
_STEP_OFF = 0.3  # of the interval: steps farther from a whole number tell no gap
_FEWEST_EVEN = 0.9  # of the steps: else no rate is typical
_FEWEST_STATED = 0.5  # the same where the file states the rate
_COARSE = 3  # ticks: below, rounding takes a step for two
_SEED = 48  # frames that tell how rounding falls; 2 periods of it at 960 per second
_PAUSE = 1000  # frames: more missing ones than this and those that are there are a pause


def slots(
    times: np.ndarray, stated: Fraction | None, fill: bool = True
) -> tuple[np.ndarray, Fraction | float, bool]:
    """Number of every frame, the interval between frames, and whether it is even.

    Args:
        times: (frame,) time stamps, ascending, in ticks; equal ones are frames of one tick.
        stated: interval that the file names, in ticks; None = it names none.
        fill: leave numbers free where frames are missing; else 0, 1, 2, ... whatever the times.

    Returns:
        Numbers (frame,), ascending from 0; ticks per frame: the stated ones where the stamps agree
        with them, else what fits all stamps best if they are even, else their mean (NaN where there
        is one time only and none is stated); False for a variable rate, whose frames are numbered
        in order.
    """
    t = (times - times[0]).astype(float)
    plain = np.arange(len(t))
    mean = float(t[-1]) / max(len(t) - 1, 1)
    if not mean > 0:
        return plain, stated or float("nan"), True
    if stated and np.ptp(t - plain * float(stated)) <= _tolerance(stated):
        return plain, stated, True
    if stated and fill:
        found = _on_grid(t, stated)
        if found is not None:
            return found, stated, True
    if np.ptp(t - plain * mean) <= max(1.05, _JITTER * mean):
        return plain, _slope(t), True
    typical = float(np.median(np.diff(t)))
    if fill and typical > 1:  # of 1 and 2, rounding makes steps of both
        steps = np.diff(t) / typical
        whole = np.rint(steps).astype(np.int64)
        filled = np.concatenate([[0], np.cumsum(whole)])
        even = np.mean(whole == 1) >= _FEWEST_EVEN and np.abs(steps - whole).max() <= _STEP_OFF
        if even and whole.min() > 0:
            if filled[-1] > _longest(t):
                return plain, typical, False  # a pause, or a damaged time
            return filled, float(t[-1]) / int(filled[-1]), True
    agrees = stated and abs(t[-1] / float(stated) - len(t) + 1) <= 1
    return plain, stated if stated and agrees else mean, False


def _longest(t: np.ndarray) -> int:
    return 2 * len(t) + _PAUSE


def _slope(t: np.ndarray) -> float:
    """Ticks per frame, by all stamps: the first and the last alone are rounded."""
    k = np.arange(len(t)) - (len(t) - 1) / 2
    return float(k @ t / (k @ k))


def _tolerance(interval: Fraction) -> float:
    """Ticks between the earliest and the latest frame, each against an even grid."""
    # multiples of a/q, rounded to whole ticks, are off by multiples of 1/q
    return max(1.1 - 1 / interval.denominator, _JITTER * float(interval))


def _on_grid(t: np.ndarray, interval: Fraction) -> np.ndarray | None:
    """Numbers of frames on a grid that is known, with gaps; None where they do not lie on it."""
    step = float(interval)
    if step >= _COARSE:
        whole = np.maximum(np.rint(np.diff(t) / step), 1).astype(np.int64)
    else:
        whole = _rounded_steps(t, step)
    number = np.concatenate([[0], np.cumsum(whole)])
    off = np.ptp(t - number * step)
    if np.mean(whole == 1) < _FEWEST_STATED or number[-1] > _longest(t):
        return None
    return number if off <= max(_tolerance(interval), 1.6 if step < _COARSE else 0) else None


def _rounded_steps(t: np.ndarray, step: float) -> np.ndarray:
    """Slots from each frame to the next where a slot is hardly longer than the clock's tick.

    A stretch without gaps tells how rounding falls; from there the grid is followed both ways.
    """
    plain = t - np.arange(len(t)) * step
    span = min(_SEED, len(t))
    windows = np.lib.stride_tricks.sliding_window_view(plain, span)
    spread = np.ptp(windows, axis=1)
    at = int(np.argmin(spread))
    middle = (windows[at].min() + windows[at].max()) / 2
    limit = max(step / 2, spread[at] / 2) + 1e-6
    residual = plain - middle
    ahead = _gaps(residual[at:], step, limit)
    behind = _gaps(-residual[: at + 1][::-1], step, limit)[::-1]
    return 1 + np.concatenate([behind, ahead])


def _gaps(residual: np.ndarray, step: float, limit: float) -> np.ndarray:
    """Free slots before each frame but the first, ``residual`` from the grid growing with each."""
    gaps = np.zeros(len(residual) - 1, np.int64)
    total = 0.0
    for k, late in enumerate(residual[1:]):
        if late - total > limit:
            gaps[k] = np.ceil((late - total - limit) / step)
            total += gaps[k] * step
    return gaps
