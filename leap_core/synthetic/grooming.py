"""Grooming strokes: what the legs, the wings, the head and the abdomen do while the fly cleans.

Places are complex numbers x + iy in the body frame (px of the reference fly): +x to the head,
+y to the animal's right, so that the conjugate is the mirror image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leap_core.synthetic.anatomy import BEHAVIORS, LEGS, WING_HINGE
from leap_core.synthetic.path import DT, drift, starts

_FRONT = (LEGS.index("LF"), LEGS.index("RF"))
_HIND = (LEGS.index("LH"), LEGS.index("RH"))
_JOIN = 0.12  # s from one kind of stroke into another, and of a foot from the ground into a stroke
_FADE = 0.15  # s in which wings, head and abdomen begin and end


@dataclass(frozen=True)
class Grooming:
    """All grooming of one life.

    Attributes:
        tips: (substep, leg) complex, body frame; NaN where the leg does not groom.
        head, abdomen: (substep,) rad; wings: (substep, 2) rad, opening of left and right wing.
    """

    tips: np.ndarray
    head: np.ndarray
    abdomen: np.ndarray
    wings: np.ndarray


def strokes(behavior: np.ndarray, rng: np.random.Generator) -> Grooming:
    """Draw the strokes of every grooming bout of ``behavior`` (substep,).

    Behaviors beyond those of BEHAVIORS groom nothing.
    """
    count = len(behavior)
    tips = np.full((count, len(LEGS)), np.nan + 0j)
    head, abdomen, wings = np.zeros(count), np.zeros(count), np.zeros((count, 2))
    first = starts(behavior)
    legs: Sequence[int]
    for start, stop in zip(first, [*first[1:], count], strict=True):
        name = BEHAVIORS[behavior[start]] if behavior[start] < len(BEHAVIORS) else ""
        if not name.startswith("groom"):
            continue
        bout, n = slice(start, stop), stop - start
        if name == "groom_front":
            legs, drawn, head[bout] = _FRONT, *front(n, rng)
        elif name == "groom_abdomen":
            legs, drawn, abdomen[bout] = _HIND, *rear(n, rng)
        else:
            right = name == "groom_wing_right"
            stroke, wings[bout, int(right)] = wing(n, rng)
            legs, drawn = _HIND[right : right + 1], [stroke if right else stroke.conj()]
        for leg, path in zip(legs, drawn, strict=True):
            if start and np.isfinite(tips[start - 1, leg]):
                path = joined(tips[start - 1, leg], path)
            tips[bout, leg] = path
    return Grooming(tips, head, abdomen, wings)


def eased(share: np.ndarray) -> np.ndarray:
    """From 0 to 1 with a parabolic velocity: 3 s^2 - 2 s^3, ``share`` clipped to 0..1."""
    share = np.clip(share, 0.0, 1.0)
    return share * share * (3 - 2 * share)


def joined(tip: complex, path: np.ndarray) -> np.ndarray:
    """``path`` (substep,), led smoothly from the place ``tip`` instead of from its own start."""
    left = 1 - eased(np.arange(len(path)) * (DT / _JOIN))
    return path + (tip - path[0]) * left


def _edges(count: int) -> np.ndarray:
    """0 at both ends, 1 between."""
    k = np.arange(count)
    return eased(np.minimum(k, count - 1 - k) * (DT / _FADE))


def _phase(rate: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Angle of an oscillation whose frequency (Hz) changes."""
    return 2 * np.pi * (np.cumsum(rate) * DT + rng.random())


def _switch(count: int, tau: float, rng: np.random.Generator) -> np.ndarray:
    """A share between 0 and 1 that goes back and forth between the two."""
    return 0.5 + 0.5 * np.tanh(3 * drift(count, 1.0, tau, DT, rng))


def front(count: int, rng: np.random.Generator) -> tuple[list[np.ndarray], np.ndarray]:
    """Both forelegs at about 9 Hz: rubbing before the head, or sweeping over it.

    Returns:
        Tips of left and right foreleg, each (substep,), and the head's yaw (substep,) rad.
    """
    rate = np.clip(rng.normal(9.0, 0.25) + drift(count, 0.2, 0.4, DT, rng), 8.3, 9.7)
    angle = _phase(rate, rng)
    size = np.clip(1 + drift(count, 0.15, 0.3, DT, rng), 0.6, 1.4)
    sweep = _switch(count, 0.4, rng)
    # a whole bout has the legs alternate, or move together
    apart = rng.choice((np.pi, 0.0)) + rng.normal(0, 0.25)
    tips = []
    for sign in (-1, 1):
        own = angle + (apart if sign < 0 else 0.0)
        rub = 59 + 7 * size * np.sin(own) + 1j * (4.0 + 2.5 * size * np.cos(own))
        along = 0.5 + 0.5 * size * np.sin(own)
        over = 43 + 15 * along + 1j * (13.0 - 9.0 * along)
        tip = (1 - sweep) * rub + sweep * over
        tips.append(tip if sign > 0 else tip.conj())
    bob = drift(count, 0.03, 0.3, DT, rng) + 0.02 * size * sweep * np.sin(angle)
    return tips, bob * _edges(count)


def rear(count: int, rng: np.random.Generator) -> tuple[list[np.ndarray], np.ndarray]:
    """Both hind legs at 3 to 7 Hz: stroking the end of the abdomen, or one another behind it.

    Returns:
        Tips of left and right hind leg, each (substep,), and the abdomen's yaw (substep,) rad.
    """
    rate = np.clip(rng.uniform(4.0, 6.0) + drift(count, 1.3, 0.15, DT, rng), 3.0, 7.0)
    angle = _phase(rate, rng)
    size = np.clip(1 + drift(count, 0.2, 0.2, DT, rng), 0.5, 1.5)
    rub = _switch(count, 0.4, rng)
    tips = []
    for sign in (-1, 1):
        along = 0.5 + 0.5 * size * np.sin(angle + rng.normal(0, 0.2))
        stroke = -37 - 17 * along + 1j * (14.0 - 10.0 * along)
        other = angle + (np.pi if sign < 0 else 0)
        against = -60 + 7 * size * np.sin(other) + 1j * (4.0 + 2.0 * size * np.cos(other))
        tip = (1 - rub) * stroke + rub * against
        tips.append(tip if sign > 0 else tip.conj())
    sway = drift(count, 0.03, 0.2, DT, rng) + 0.03 * size * np.sin(angle)
    return tips, sway * _edges(count)


def wing(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The right hind leg strokes the right wing, which folds out and in at about 1.5 Hz.

    Stroke frequencies wander over 1 to 8 Hz, so that their spectrum is broad.

    Returns:
        Tip of the right hind leg (substep,) and opening of the right wing (substep,) rad.
    """
    fold = _phase(rng.uniform(1.35, 1.65) + drift(count, 0.06, 0.5, DT, rng), rng)
    widest = rng.uniform(0.12, 0.26)
    opening = widest * (0.5 - 0.5 * np.cos(fold)) * _edges(count)
    rate = np.clip(3.2 * np.exp(drift(count, 0.7, 0.12, DT, rng)), 1.0, 8.0)
    angle = _phase(rate, rng)
    size = np.clip(1 + drift(count, 0.25, 0.2, DT, rng), 0.4, 1.5)
    hinge = complex(*WING_HINGE)
    # along the blade from its middle to near its tip, across from its rim inward
    along = 66 + 17 * size * np.sin(angle) + drift(count, 3.0, 0.3, DT, rng)
    across = 7 + 4 * size * np.sin(angle + 1.0)
    return hinge + (-along + 1j * across) * np.exp(-1j * opening), opening
