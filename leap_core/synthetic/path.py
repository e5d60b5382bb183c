"""What the simulated fly does and where it goes: bouts of behavior and a path in the arena."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from leap_core.synthetic import habits
from leap_core.synthetic.anatomy import BEHAVIORS, FPS, PX_PER_MM, Fly

SUBSTEPS = 4
DT = 1 / (FPS * SUBSTEPS)
TURN = BEHAVIORS.index("turn")

# one row per behavior, in the order of BEHAVIORS
SPEED = np.array([0.0, 3.8, 12.0, 26.0, 0.0, 0.0, 0.0, 0.0, 0.0])  # mm/s
_MEAN_BOUT = np.array([1.2, 1.6, 1.6, 1.5, 0.7, 1.6, 1.4, 1.3, 1.3])  # s
_SHARE = np.array([0.11, 0.12, 0.12, 0.12, 0.09, 0.12, 0.10, 0.11, 0.11])  # of the time
_NEXT = np.array(
    [
        [0.0, 0.30, 0.15, 0.05, 0.10, 0.26, 0.06, 0.04, 0.04],
        [0.25, 0.0, 0.35, 0.05, 0.15, 0.10, 0.04, 0.03, 0.03],
        [0.10, 0.30, 0.0, 0.35, 0.17, 0.05, 0.03, 0.0, 0.0],
        [0.10, 0.10, 0.70, 0.0, 0.10, 0.0, 0.0, 0.0, 0.0],
        [0.15, 0.30, 0.35, 0.20, 0.0, 0.0, 0.0, 0.0, 0.0],
        [0.30, 0.22, 0.12, 0.03, 0.10, 0.0, 0.15, 0.04, 0.04],
        [0.10, 0.06, 0.03, 0.0, 0.06, 0.05, 0.0, 0.35, 0.35],
        [0.10, 0.06, 0.0, 0.0, 0.06, 0.03, 0.40, 0.0, 0.35],
        [0.10, 0.06, 0.0, 0.0, 0.06, 0.03, 0.40, 0.35, 0.0],
    ]
)
_BOUT_LIMITS = (0.8, 2.5)  # s
_TURN_LIMITS = (0.4, 1.0)
_PATIENCE = 0.7  # s of a behavior too much or too little that change its odds by e

MARGIN_PX = (
    82.0  # px between thorax and image border: keeps feet and wings of a wall-follower in view
)
_LARGEST_TURN = 11.0  # rad/s: a faster walker slows down to turn
_YAW = (4.0, 8.0)  # rad/s of a turning bout
_WHIM = 3.0  # rad/s, most that a walker turns without a wall
_FACING_WALL = 4.0  # rad/s, of one that has to turn before it can walk on
_TIGHTEST = 2.6  # curvature of a walker's tightest turn, in units of the wall's
_TIGHTEST_RADIUS = 200.0  # px: in large arenas its tightest turn has this radius
_STEER = 0.65  # share of the tightest curvature at which the fly turns from the wall


@dataclass(frozen=True)
class Path:
    """The body at every substep (``SUBSTEPS`` per frame).

    Attributes:
        behavior: (substep,) index into BEHAVIORS.
        position: (substep, xy) px; heading: (substep,) rad, continuous.
        speed: (substep,) mm/s along the heading; turning: (substep,) rad/s.
    """

    behavior: np.ndarray
    position: np.ndarray
    heading: np.ndarray
    speed: np.ndarray
    turning: np.ndarray


def bouts(frames: int, fly: Fly, rng: np.random.Generator) -> np.ndarray:
    """Behavior of each frame from a semi-Markov chain with gamma-distributed bout lengths.

    The first bouts are one round through all behaviors, so that short videos show many of them.
    Later the odds of a behavior rise while it is not shown: the fly comes back to everything.
    """
    lively = np.sqrt(fly.eagerness)
    share = _SHARE * lively
    mean = np.asarray(_MEAN_BOUT) * lively
    limits = np.array([_TURN_LIMITS if k == TURN else _BOUT_LIMITS for k in range(len(BEHAVIORS))])
    own = habits.Habits(share / share.sum(), _PATIENCE, mean, limits, np.asarray(_NEXT))
    return habits.sequence(frames, own, FPS, rng)


def starts(behavior: np.ndarray) -> np.ndarray:
    """Where bouts begin."""
    return np.flatnonzero(np.diff(behavior, prepend=-1))


def wander(count: int, sd: float, tau: float, step: float, rng: np.random.Generator) -> np.ndarray:
    """Ornstein-Uhlenbeck noise: standard deviation ``sd``, correlation time ``tau`` (s)."""
    keep = math.exp(-step / tau)
    kicks = rng.normal(0, sd * math.sqrt(1 - keep * keep), count)
    return lfilter([1.0], [1.0, -keep], kicks, zi=[keep * rng.normal(0, sd)])[0]


def drift(count: int, sd: float, tau: float, step: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise: ``wander`` through one more low pass of the same time constant."""
    keep = math.exp(-step / tau)
    rough = wander(count, sd * math.sqrt(2), tau, step, rng)
    return lfilter([1 - keep], [1.0, -keep], rough, zi=[keep * rough[0] / 2])[0]


def _per_bout(behavior: np.ndarray, draw) -> np.ndarray:
    """One value of ``draw(bouts)`` for each bout, at every step of it."""
    first = starts(behavior)
    lengths = np.diff(np.append(first, len(behavior)))
    return np.repeat(draw(len(first)), lengths)


def _escape(x: float, y: float, heading: float, radius: float) -> tuple[float, float]:
    """How to turn so as to stay in the circle: side (+-1) and curvature in units of 1/radius.

    The widest circle that passes the fly on its side and touches the wall from inside has radius
    (R^2 - d^2) / (2 (R + d . n)), d its place and n the unit vector to that side.
    """
    cos, sin = math.cos(heading), math.sin(heading)
    across = y * cos - x * sin
    side = -1.0 if across > 0 else 1.0
    room = radius * radius - x * x - y * y
    if room > 0:
        return side, 2 * radius * (radius - abs(across)) / room
    return side, 1e6 if x * cos + y * sin > 0 else 0.0


def walk(frames: int, side: float, margin: float, fly: Fly, rng: np.random.Generator) -> Path:
    """Integrate the path of the body in a round arena.

    Speed follows the bout.  When the wall comes up the fly turns so that its path touches it: it
    follows the wall, as flies do.  In tight turns, and so in small arenas, it is slower than its
    bout asks for.  A turning bout turns the fly on the spot or in a tight curve, away from a
    near wall.

    Args:
        side: diameter of the arena, px.
        margin: closest that the body comes to the wall, px.
    """
    behavior = np.repeat(bouts(frames, fly, rng), SUBSTEPS)
    count = len(behavior)
    radius = side / 2 - margin
    tightest = max(_TIGHTEST, radius / _TIGHTEST_RADIUS)
    wanted = SPEED[behavior] * fly.pace
    wanted *= _per_bout(behavior, lambda n: np.exp(rng.normal(0, 0.10, n)))
    wanted *= 1 + wander(count, 0.06, 0.15, DT, rng)
    turns = behavior == TURN
    curve = _per_bout(behavior, lambda n: np.maximum(rng.uniform(-3, 4, n), 0))
    wanted[turns] = curve[turns]
    yaw = _per_bout(behavior, lambda n: rng.uniform(*_YAW, n) * rng.choice((-1, 1), n))
    yaw = np.where(turns, yaw * (1 + wander(count, 0.15, 0.1, DT, rng)), 0.0)
    whim = wander(count, 1.2, 0.25, DT, rng)
    rho, phi = radius * 0.5 * math.sqrt(rng.random()), rng.uniform(-math.pi, math.pi)
    x, y = rho * math.cos(phi), rho * math.sin(phi)
    heading, speed, turn = rng.uniform(-math.pi, math.pi), 0.0, 0.0
    rows = np.empty((count, 5))
    turned = 0.0  # side of the present turning bout
    for k, (goal, spin, wish) in enumerate(
        zip(wanted.tolist(), yaw.tolist(), whim.tolist(), strict=True)
    ):
        away, needed = _escape(x, y, heading, radius)
        wall = needed > _STEER * tightest
        bend = speed * PX_PER_MM / radius
        if spin:
            turned = turned or (away if wall else math.copysign(1.0, spin))
            if wall and turned != away:
                goal = 0.0
            command = turned * abs(spin)
        elif wall and (goal or speed > 1.0):
            turned = 0.0
            goal = min(goal, _LARGEST_TURN * radius / (PX_PER_MM * needed))
            least = _FACING_WALL if needed > tightest else away * wish * min(1.0, speed / 5.0)
            command = away * max(min(1.1 * needed * bend, _LARGEST_TURN), least)
        else:
            turned = 0.0
            limit = min(_WHIM, tightest * bend + 0.01)
            command = min(max(wish * min(1.0, speed / 5.0), -limit), limit)
        speed += (goal - speed) * (DT / (0.02 if needed > tightest else 0.05))
        if goal == 0 and speed < 0.3:
            speed = 0.0
        turn += (command - turn) * (DT / 0.02)
        heading += turn * DT
        x += speed * PX_PER_MM * DT * math.cos(heading)
        y += speed * PX_PER_MM * DT * math.sin(heading)
        rows[k] = x, y, heading, speed, turn
    # a living body is never quite still on its feet
    sway = np.stack([drift(count, sd, 0.3, DT, rng) for sd in (0.35, 0.35, 0.004)], -1)
    return Path(
        behavior=behavior,
        position=rows[:, :2] + (side - 1) / 2 + sway[:, :2],
        heading=rows[:, 2] + sway[:, 2],
        speed=rows[:, 3],
        turning=rows[:, 4],
    )
