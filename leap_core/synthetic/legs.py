"""Where the feet are: planted in stance, through the air in swing, stroking while grooming."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leap_core.synthetic.anatomy import LEGS, Fly
from leap_core.synthetic.coordination import (
    SLOWEST_STEP,
    foot_speed,
    stance_duration,
    swing_duration,
)
from leap_core.synthetic.grooming import eased, joined
from leap_core.synthetic.path import DT, SUBSTEPS, Path

_MISS = 1.5  # px, by which a foot misses its place
_OUTWARD = 2.0  # px, by which a swing bulges outward
_HASTE = 0.07  # relative spread of swing durations
_RETURN = 0.055  # s, of the swing from grooming back to the ground
_STILL = 1.0  # mm/s: a faster fly does not groom yet
_STRETCH = 28.0  # px from its resting place: a foot that far steps before its time
_BRIEF = 0.35  # share of a stance that a foot stays down at least
_OUT_OF_STEP = 3  # steps before their time, one after the other
_FORESIGHT = 0.17  # s, longest stance that a swing foresees


@dataclass(frozen=True)
class _Ground:
    """The body over the ground, per substep: complex place and direction, px of the reference."""

    place: np.ndarray
    turn: np.ndarray
    swing: np.ndarray
    stance: np.ndarray
    moves: np.ndarray

    def landing(self, home: complex, lands: int, rng: np.random.Generator) -> complex:
        """Where the body will carry the resting place in the middle of the coming stance."""
        last = len(self.place) - 1
        middle = min(lands + round(self.stance[min(lands, last)] / 2 / DT), last)
        return self.at(middle, home) + _MISS * complex(*rng.normal(0, 1, 2))

    def at(self, k: int, body: complex) -> complex:
        return self.place[k] + self.turn[k] * body

    def rested(self, lands: int) -> int:
        """The earliest that a foot which landed then lifts again."""
        last = len(self.place) - 1
        return min(lands + round(_BRIEF * self.stance[min(lands, last)] / DT), last + 1)

    def seen(self, spot: complex, start: int, stop: int) -> np.ndarray:
        """A fixed spot in the body frame."""
        return (spot - self.place[start:stop]) * self.turn[start:stop].conj()


def feet(
    path: Path, lifts: np.ndarray, strokes: np.ndarray, fly: Fly, rng: np.random.Generator,
    every: int = SUBSTEPS,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Feet at every frame.

    A foot in stance keeps its place in the arena.  A swing leads to where the body will carry
    the foot's resting place in the middle of the coming stance; its velocity is parabolic in
    time (paper, Fig. 3c).  A grooming leg follows its strokes and comes back by a swing.

    Args:
        lifts: (substep, leg) bool, where a leg begins a step.
        strokes: (substep, leg) complex, grooming tips in the body frame; NaN = not grooming.
        every: substeps of a frame; 1 = a camera of 400 frames/s.

    Returns:
        tips (frame, leg, xy) in the body frame, px of the reference fly, and stance (frame, leg).
    """
    pace = foot_speed(path)
    ground = _Ground(
        place=path.position @ (1, 1j) / fly.scale,
        turn=np.exp(1j * path.heading),
        swing=swing_duration(pace),
        stance=np.minimum(stance_duration(pace), _FORESIGHT),
        moves=pace > SLOWEST_STEP,
    )
    grooms = np.isfinite(strokes) & (path.speed < _STILL)[:, None]
    frames = slice(every - 1, None, every)
    tips, stance = [], []
    for leg in range(len(LEGS)):
        home = complex(*fly.homes[leg])
        tip, down = _foot(ground, home, lifts[:, leg], grooms[:, leg], strokes[:, leg], rng)
        tip = (tip - ground.place) * ground.turn.conj()
        tips.append(np.stack([tip.real, tip.imag], -1)[frames])
        stance.append(down[frames])
    return np.stack(tips, 1), np.stack(stance, 1)


def _foot(
    ground: _Ground,
    home: complex,
    lifts: np.ndarray,
    grooms: np.ndarray,
    strokes: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """One foot at every substep: its place in the arena (complex) and whether it is down."""
    count = len(grooms)
    tip, down = np.empty(count, complex), np.ones(count, bool)
    spot = ground.at(0, home + 3.0 * complex(*rng.normal(0, 1, 2)))
    at = 0  # the foot is on its spot from here on
    early = 0  # steps before their time since the last that was its phase's
    events = _events(lifts, grooms)
    start, stop = next(events)
    while True:
        rested = ground.rested(at)
        far = np.abs(ground.seen(spot, rested, start) - home) > _STRETCH
        far &= ground.moves[rested:start]
        if far.any():
            lift = end = rested + int(far.argmax())
            early += 1
        else:
            lift, end, step = max(start, at), stop, start == stop
            start, stop = next(events, (count, count))
            if lift >= count:
                break
            # a fast fly's foot would step out of its phase for good: it stumbles back into it
            if lift > end or (step and lift < rested and early < _OUT_OF_STEP):
                continue
            early = 0
        tip[at:lift] = spot
        origin, duration = spot, ground.swing[lift] * np.exp(rng.normal(0, _HASTE))
        if end > lift:
            stroke = joined(ground.seen(spot, lift, lift + 1)[0], strokes[lift:end])
            tip[lift:end] = ground.place[lift:end] + ground.turn[lift:end] * stroke
            origin, duration = tip[end - 1], _RETURN
        lands = min(end + int(np.ceil(duration / DT)), count)
        spot = ground.landing(home, lands, rng)
        share = np.arange(lands - end) * (DT / duration)
        outward = 1j * np.sign(home.imag) * ground.turn[end:lands]
        bulge = outward * _OUTWARD * 4 * share * (1 - share)
        tip[end:lands] = origin + (spot - origin) * eased(share) + bulge
        down[lift:lands] = False
        at = lands
    tip[at:] = spot
    return tip, down


def _events(lifts: np.ndarray, grooms: np.ndarray):
    """What takes a foot off the ground: (start, stop) of grooming, start = stop for a step."""
    edges = np.flatnonzero(np.diff(grooms, prepend=False, append=False)).reshape(-1, 2)
    steps = np.flatnonzero(lifts & ~grooms)
    both = [(k, k) for k in steps.tolist()] + [(a, b) for a, b in edges.tolist()]
    return iter(sorted(both) + [(len(lifts), len(lifts))])
