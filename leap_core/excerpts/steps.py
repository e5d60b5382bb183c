"""Stretches worth showing, chosen by rule (paper: Figure 3a, f, g)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from leap_core.containers import Gait
from leap_core.timeseries import runs


@dataclass(frozen=True)
class GaitExcerpt:
    """A piece of one recording.

    Attributes:
        gait: the recording's gait file.
        start, stop: rows in it.
        leg: index of the leg to show; -1 = all.
    """

    gait: Gait
    start: int
    stop: int
    leg: int = -1


def mode_examples(
    gaits: Sequence[Gait],
    states: tuple[str, ...] = ("tripod", "tetrapod"),
    least_s: float = 0.3,
    most_s: float = 0.8,
) -> dict[str, GaitExcerpt | None]:
    """A bout of each gait mode: the longest, and of those the one with the surest mode.

    A bout is an unbroken stretch of one mode of at least ``least_s``; of one longer than
    ``most_s`` that long a piece is taken where the mean posterior is highest.

    Returns:
        Mode -> stretch; None where no bout is long enough.
    """
    found: dict[str, GaitExcerpt | None] = {}
    for name in states:
        best, rank = None, (0.0, 0.0)
        for gait in gaits:
            if name not in gait.states:
                continue
            mode = list(gait.states).index(name)
            sure = np.nan_to_num(gait.posterior[:, mode].astype(float))
            for start, stop in runs(gait.state == mode):
                length = int(min(stop - start, round(most_s * gait.fps)))
                if length < least_s * gait.fps:
                    continue
                means = moving_mean(sure[start:stop], length)
                at = int(np.argmax(means))
                if (length / gait.fps, means[at]) > rank:
                    rank = (length / gait.fps, means[at])
                    best = GaitExcerpt(gait, int(start) + at, int(start) + at + length)
        found[name] = best
    return found


def steady_steps(
    gaits: Iterable[Gait], seconds: float = 0.6, swings: int = 3
) -> GaitExcerpt | None:
    """The steadiest walk and its most regular leg.

    Of all stretches of this length with every leg seen, in which every leg begins a swing and
    one begins ``swings`` of them, that in which the speed varies least for its mean; there the
    leg, of those with that many swings, whose swings are the most equally fast.

    Returns:
        The stretch with its leg; None if there is none.
    """
    best, least = None, np.inf
    for gait in gaits:
        length = round(seconds * gait.fps)
        onset = np.diff(gait.swing.astype(int), axis=0, prepend=gait.swing[:1]) > 0
        whole = gait.walking & gait.valid.all(axis=1) & np.isfinite(gait.forward_velocity)
        for start, stop in runs(whole):
            if stop - start < length:
                continue
            speed = gait.forward_velocity[start:stop].astype(float)
            mean = moving_mean(speed, length)
            spread = np.sqrt(np.maximum(moving_mean(speed**2, length) - mean**2, 0)) / mean
            # without the first frame: the onset itself is to be seen
            count = moving_mean(onset[start + 1 : stop].astype(float), length - 1) * (length - 1)
            count = np.rint(count)
            enough = (count.min(axis=1) >= 1) & (count.max(axis=1) >= swings)
            spread = np.where(enough, spread, np.inf)
            at = int(np.argmin(spread))
            if spread[at] < least:
                least, first = float(spread[at]), int(start) + at
                legs = np.flatnonzero(count[at] >= swings)
                uneven = [unevenness(gait, first, first + length, int(k)) for k in legs]
                best = GaitExcerpt(gait, first, first + length, int(legs[np.argmin(uneven)]))
    return best


def unevenness(gait: Gait, start: int, stop: int, leg: int) -> float:
    """Standard deviation over mean of the peak velocity of a leg's swings in a stretch."""
    velocity = gait.tip_velocity[start:stop, leg]
    peaks = [velocity[a:b].max() for a, b in runs(gait.swing[start:stop, leg])]
    return float(np.std(peaks) / max(np.mean(peaks), 1e-9))


def moving_mean(x: np.ndarray, length: int) -> np.ndarray:
    """Means of all ``length`` successive values along the first axis."""
    total = np.cumsum(np.concatenate([np.zeros((1, *x.shape[1:])), x]), axis=0)
    return (total[length:] - total[:-length]) / length
