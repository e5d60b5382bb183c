"""Where the paws are: on the glass in stance, through the air in swing, up to rear and to groom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leap_core.synthetic.grooming import eased
from leap_core.synthetic.mouse.anatomy import BEHAVIORS, LEGS, SIDES, Mouse
from leap_core.synthetic.mouse.route import DT, SUBSTEPS, Route, settled
from leap_core.synthetic.path import drift

_LIFT = 5.0  # mm, height of a swing
_MISS = 1.2  # mm, by which a paw misses its place
_STRETCH = 9.0  # mm from its resting place: a paw that far steps before its time
_BRIEF = 0.3  # share of a stance that a paw stays down at least
_FORESIGHT = 0.3  # s, longest stance that a swing foresees
_SLOWEST = 12.0  # mm/s of a paw's home over the ground: slower ones do not step in rhythm
_RETURN = 0.12  # s, of the way back to the glass
_UP = 0.5  # of the way to a behavior that a forepaw leaves the glass for
_LEVER = 18.0  # mm, by which a turn moves the paws


@dataclass(frozen=True)
class Paws:
    """The paws at every frame.

    Attributes:
        place: (frame, leg, xy) mm in the arena.
        height: (frame, leg) mm above the glass.
        stance: (frame, leg) bool.
    """

    place: np.ndarray
    height: np.ndarray
    stance: np.ndarray


def step_frequency(pace: np.ndarray) -> np.ndarray:
    """Steps per second at a speed of the paws, mm/s."""
    return 1.7 + 0.013 * pace


def swing_duration(pace: np.ndarray) -> np.ndarray:
    """s; a little shorter in fast walks."""
    return np.maximum(0.125 - 1.8e-4 * pace, 0.085)


def lags(pace: np.ndarray) -> np.ndarray:
    """Phase of each leg (substep, leg): a lateral sequence that nears a trot as the mouse hurries.

    A forepaw follows the hind paw of its side by a quarter of a step, and by nearly half in a trot.
    """
    fore = 0.25 + 0.18 * np.clip((pace - 70) / 100, 0, 1)
    of = {"LH": 0 * fore, "LF": fore, "RH": 0 * fore + 0.5, "RF": fore + 0.5}
    return np.stack([of[leg] for leg in LEGS], -1)


def walk(
    route: Route,
    girdles: np.ndarray,
    directions: np.ndarray,
    mouse: Mouse,
    rng: np.random.Generator,
) -> Paws:
    """The paws of a mouse that goes a way.

    A paw in stance keeps its place on the glass.  A swing leads to where the body will carry the
    paw's resting place in the middle of the coming stance.

    Args:
        girdles: (substep, leg, xy) mm in the arena, the point of the spine that bears each leg.
        directions: (substep, leg) rad, of the spine there.
    """
    turning = np.abs(np.gradient(directions.mean(1), DT))
    pace = settled(route.speed + _LEVER * turning)
    phase = np.cumsum(step_frequency(pace)) * DT + rng.random()
    phase = phase[:, None] - lags(pace)
    begins = np.diff(np.floor(phase), axis=0, prepend=np.floor(phase[:1])) > 0
    begins &= (pace > _SLOWEST)[:, None]
    swing = swing_duration(pace)
    stance = np.minimum(1 / step_frequency(pace) - swing, _FORESIGHT)
    strokes, heights, held = _held(route, mouse, rng)
    places, ups, downs = [], [], []
    for leg in range(len(LEGS)):
        ground = _Ground(girdles[:, leg] @ (1, 1j), np.exp(1j * directions[:, leg]), swing, stance)
        fore = LEGS[leg][1] == "F"
        place, up, down = _paw(
            ground,
            complex(*mouse.homes[leg]),
            begins[:, leg],
            held if fore else np.zeros(len(held), bool),
            strokes[:, leg],
            heights,
            rng,
        )
        places.append(np.stack([place.real, place.imag], -1))
        ups.append(up)
        downs.append(down)
    at = slice(SUBSTEPS - 1, None, SUBSTEPS)
    return Paws(np.stack(places, 1)[at], np.stack(ups, 1)[at], np.stack(downs, 1)[at])


@dataclass(frozen=True)
class _Ground:
    """One girdle over the ground, per substep: complex place, mm, and direction."""

    place: np.ndarray
    turn: np.ndarray
    swing: np.ndarray
    stance: np.ndarray

    def landing(self, home: complex, lands: int, rng: np.random.Generator) -> complex:
        """Where the body will carry the resting place in the middle of the coming stance."""
        last = len(self.place) - 1
        middle = min(lands + round(self.stance[min(lands, last)] / 2 / DT), last)
        miss = _MISS * complex(*rng.normal(0, 1, 2))
        return self.place[middle] + self.turn[middle] * (home + miss)

    def rested(self, lands: int) -> int:
        """The earliest that a paw which landed then lifts again."""
        last = len(self.place) - 1
        return min(lands + round(_BRIEF * self.stance[min(lands, last)] / DT), last + 1)

    def seen(self, spot: complex, start: int, stop: int) -> np.ndarray:
        """A fixed spot in the girdle's frame."""
        return (spot - self.place[start:stop]) * self.turn[start:stop].conj()


def _held(
    route: Route, mouse: Mouse, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Forepaws of a mouse that rears or grooms, from its chest.

    Returns:
        (substep, leg) complex mm in the chest's frame; (substep,) mm of height; (substep,) bool.
    """
    count = len(route.behavior)
    rears = settled((route.behavior == BEHAVIORS.index("rear")).astype(float))
    grooms = settled((route.behavior == BEHAVIORS.index("groom_face")).astype(float))
    rate = 5.2 * np.exp(0.12 * drift(count, 1.0, 0.8, DT, rng))
    beat = 2 * np.pi * np.cumsum(rate) * DT
    wide = 0.55 + 0.45 * np.sin(2 * np.pi * np.cumsum(0.5 + 0 * rate) * DT + rng.uniform(0, 6))
    apart = 0.25 * drift(count, 1.0, 0.5, DT, rng)
    strokes = np.zeros((count, len(LEGS)), complex)
    for leg, side in enumerate(SIDES):
        swing = beat + side * apart
        along = 15.5 + 3.6 * wide * np.cos(swing)
        across = 3.4 + 2.3 * wide * (1 + np.sin(swing))
        face = along + 1j * side * across
        hangs = 9.0 + 1.5 * drift(count, 1.0, 0.6, DT, rng) + 1j * side * 6.0
        strokes[:, leg] = mouse.scale * np.where(grooms > rears, face, hangs)
    heights = np.where(grooms > rears, 10.0 * grooms, 30.0 * rears)
    return strokes, heights, np.maximum(rears, grooms) > _UP


def _paw(
    ground: _Ground,
    home: complex,
    begins: np.ndarray,
    held: np.ndarray,
    strokes: np.ndarray,
    heights: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One paw at every substep: its place (complex), height, and whether it is down."""
    count = len(held)
    place, up, down = np.empty(count, complex), np.zeros(count), np.ones(count, bool)
    spot = ground.place[0] + ground.turn[0] * (home + 2.0 * complex(*rng.normal(0, 1, 2)))
    at = 0  # the paw is on its spot from here on
    events = _events(begins, held)
    start, stop = next(events)
    while True:
        rested = min(ground.rested(at), count)
        far = np.abs(ground.seen(spot, rested, start) - home) > _STRETCH
        if far.any():
            lift = end = rested + int(far.argmax())
        else:
            lift, end, step = max(start, at), stop, start == stop
            if lift >= count:
                break
            start, stop = next(events)
            if lift > end or (step and lift < rested):
                continue
        place[at:lift] = spot
        origin, duration, above = spot, float(ground.swing[lift]), 0.0
        if end > lift:
            joins = eased(np.arange(end - lift) * (DT / _RETURN))
            off = ground.seen(spot, lift, lift + 1)[0] - strokes[lift]
            stroke = strokes[lift:end] + off * (1 - joins)
            place[lift:end] = ground.place[lift:end] + ground.turn[lift:end] * stroke
            up[lift:end] = heights[lift:end] * joins
            origin, duration, above = place[end - 1], _RETURN, up[end - 1]
        lands = min(end + int(np.ceil(duration / DT)), count)
        spot = ground.landing(home, lands, rng)
        share = np.arange(lands - end) * (DT / duration)
        place[end:lands] = origin + (spot - origin) * eased(share)
        up[end:lands] = above * (1 - eased(share)) + _LIFT * 4 * share * (1 - share)
        down[lift:lands] = False
        at = lands
    place[at:] = spot
    return place, up, down


def _events(begins: np.ndarray, held: np.ndarray):
    """What takes a paw off the glass: (start, stop) of being held up, start = stop for a step."""
    edges = np.flatnonzero(np.diff(held, prepend=False, append=False)).reshape(-1, 2)
    steps = np.flatnonzero(begins & ~held)
    both = [(k, k) for k in steps.tolist()] + [(a, b) for a, b in edges.tolist()]
    return iter(sorted(both) + [(len(held), len(held))])
