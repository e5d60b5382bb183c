"""Where the feet are: a kinematic walking pattern with planted feet, and front-leg grooming.

A foot in stance keeps its place in the arena; a foot in swing goes from where it lifted off to
the front of its range in the time of a swing.  Each leg has a phase that is pulled towards its
place in the coordination pattern of the current speed: metachronal waves from hind to front leg
whose lag grows with speed (wave-like, tetrapod, tripod).
"""

from __future__ import annotations

import numpy as np

from leap_core.synthetic.anatomy import FORELEGS, HEAD, LEGS, PX_PER_MM, Fly
from leap_core.synthetic.path import DT, SUBSTEPS, Path

GROOM_HZ = 9.0
_KNOTS = np.array([5.0, 12.0, 25.0])  # mm/s: slow, medium, fast
_LAG = np.array([1 / 6, 1 / 3, 1 / 2])  # of a leg behind the one behind it, in cycles
_SIDES = np.array([1 / 2, 1 / 3, 1 / 2])  # of the left side behind the right, in cycles
_PULL = 8.0  # 1/s, coupling of each leg to the pattern
_SLOWEST_STEP = 1.0  # mm/s: below, no new swing begins
_PLANTED, _SWING, _GROOM = 0, 1, 2


def step_frequency(speed: float) -> float:
    """Leg frequency in Hz: 5.1 at 5 mm/s to 11.5 at 25 mm/s (paper, Fig. 4), concave."""
    if speed < 5.0:
        return 5.1 * np.sqrt(max(speed, 0.0) / 5.0)
    return 5.1 + 6.4 * (1 - np.exp(-(speed - 5.0) / 8.0)) / (1 - np.exp(-20.0 / 8.0))


def swing_duration(speed: float) -> float:
    """Duration of a swing in s: nearly constant, 44 ms when slow, 36 ms when fast."""
    return 0.044 - 0.008 * min(max(speed - 5.0, 0.0) / 20.0, 1.0)


def offsets(speed: float) -> np.ndarray:
    """Phase by which each leg starts its swing after the right hind leg, in cycles."""
    lag, side = np.interp(speed, _KNOTS, _LAG), np.interp(speed, _KNOTS, _SIDES)
    order = np.array([{"H": 0, "M": 1, "F": 2}[leg[1]] for leg in LEGS])
    return order * lag + side * np.array([leg[0] == "L" for leg in LEGS])


def _grooming(time: float) -> np.ndarray:
    """Tips of left and right foreleg, rubbing against one another before the head."""
    angle = 2 * np.pi * GROOM_HZ * time
    swing = np.array([np.sin(angle), -np.sin(angle)])
    side = np.array([-1.0, 1.0])
    return np.stack(
        [HEAD[0] + 11 + 7.0 * swing, side * (4.0 + 2.5 * np.cos(angle) * side)], axis=-1
    )


def walk_feet(
    path: Path, fly: Fly, rng: np.random.Generator, groom: int
) -> tuple[np.ndarray, np.ndarray]:
    """Feet at every frame.

    Args:
        groom: index of front-leg grooming among the behaviors.

    Returns:
        tips (frame, leg, xy) in the body frame, px of the reference fly, and stance (frame, leg).
    """
    unit = PX_PER_MM / fly.scale  # px of the reference fly per mm
    count = len(path.heading)
    cos, sin = np.cos(path.heading), np.sin(path.heading)
    place = path.position / fly.scale
    fore = np.isin(np.arange(len(LEGS)), FORELEGS)
    state = np.full(len(LEGS), _PLANTED)
    tip = fly.homes + rng.normal(0, 3.0, fly.homes.shape)
    foot = _to_arena(tip, cos[0], sin[0], place[0])
    lift, progress = tip.copy(), np.ones(len(LEGS))
    miss = rng.normal(0, 1.5, fly.homes.shape)
    master = float(rng.random())
    phase = master - offsets(5.0)
    tips = np.empty((count // SUBSTEPS, len(LEGS), 2))
    stance = np.empty((count // SUBSTEPS, len(LEGS)), dtype=bool)
    for k in range(count):
        speed, turn = path.speed[k], path.turning[k]
        frequency, swing_time = step_frequency(speed), swing_duration(speed)
        master += frequency * DT
        apart = master - offsets(speed) - phase
        pull = _PULL * (apart - np.round(apart)) * min(1.0, frequency / 5.0)
        before = np.floor(phase)
        phase += np.clip(frequency + pull, 0.3 * frequency, 1.7 * frequency) * DT
        lifts = (state == _PLANTED) & (np.floor(phase) > before) & (speed > _SLOWEST_STEP)
        grooming = path.behavior[k] == groom and speed < _SLOWEST_STEP
        grooms = fore & (state != _GROOM) & grooming
        ends = (state == _GROOM) & (path.behavior[k] != groom)
        begins = lifts | grooms | ends
        if begins.any():
            state[lifts | ends], state[grooms] = _SWING, _GROOM
            lift[begins], progress[begins] = tip[begins], 0.0
            miss[begins] = rng.normal(0, 1.5, (int(begins.sum()), 2))
        # a planted foot at `homes` passes under the body with this velocity, reversed
        flow = np.stack([speed * unit - turn * fly.homes[:, 1], turn * fly.homes[:, 0]], axis=-1)
        reach = max(1 / max(frequency, 3.0) - swing_time, 0.02)
        front = fly.homes + flow * (reach / 2) + miss
        swinging, rubbing = state == _SWING, state == _GROOM
        progress[swinging] += DT / swing_time
        progress[rubbing] += DT / 0.12
        share = np.minimum(progress, 1.0)[:, None]
        eased = 0.6 * share + 0.4 * share * share * (3 - 2 * share)
        planted = _to_body(foot, cos[k], sin[k], place[k])
        target = front.copy()
        if rubbing.any():
            target[list(FORELEGS)] = _grooming(k * DT)
        moving = swinging | rubbing
        tip = np.where(moving[:, None], lift + (target - lift) * eased, planted)
        lands = swinging & (progress >= 1)
        if lands.any():
            state[lands] = _PLANTED
            foot[lands] = _to_arena(tip, cos[k], sin[k], place[k])[lands]
        if (k + 1) % SUBSTEPS == 0:
            tips[k // SUBSTEPS], stance[k // SUBSTEPS] = tip, state == _PLANTED
    return tips, stance


def _to_arena(tip, cos, sin, place) -> np.ndarray:
    x, y = tip[:, 0], tip[:, 1]
    return np.stack([cos * x - sin * y, sin * x + cos * y], -1) + place


def _to_body(foot, cos, sin, place) -> np.ndarray:
    x, y = (foot - place).T
    return np.stack([cos * x + sin * y, cos * y - sin * x], -1)
