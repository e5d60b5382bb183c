"""What the simulated fly does and where it goes: bouts of behavior and a path in the arena."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from leap_core.synthetic.anatomy import BEHAVIORS, FPS, PX_PER_MM, Fly

SUBSTEPS = 4
DT = 1 / (FPS * SUBSTEPS)
SPEED = np.array([0.0, 5.0, 12.0, 25.0, 0.0])  # mm/s
_MEAN_BOUT = np.array([0.8, 1.5, 1.5, 1.2, 1.1])  # s
_SHORTEST_BOUT = 0.35
_NEXT = np.array(
    [
        [0.0, 0.35, 0.20, 0.10, 0.35],
        [0.25, 0.0, 0.40, 0.15, 0.20],
        [0.20, 0.25, 0.0, 0.40, 0.15],
        [0.20, 0.15, 0.55, 0.0, 0.10],
        [0.45, 0.25, 0.20, 0.10, 0.0],
    ]
)
MARGIN = 74.0  # px between thorax and image border: keeps feet and wings of a wall-follower in view
_LARGEST_TURN = 11.0  # rad/s: a faster fly slows down to turn
_STEER = 1.7  # needed curvature, in units of the wall's, at which the fly turns from the wall
_TIGHTEST = 2.6  # curvature of the tightest turn, same units


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

    The first bouts are one round through all behaviors, so that short videos show each of them.
    """
    likes = _NEXT * fly.eagerness
    likes /= likes.sum(1, keepdims=True)
    sequence = np.empty(frames, dtype=np.int8)
    first = [int(k) for k in rng.permutation(len(BEHAVIORS))]
    start, state = 0, 0
    while start < frames:
        state = first.pop() if first else int(rng.choice(len(BEHAVIORS), p=likes[state]))
        mean = _MEAN_BOUT[state] * fly.eagerness[state] - _SHORTEST_BOUT
        length = _SHORTEST_BOUT + rng.gamma(2.0, mean / 2.0)
        stop = start + max(1, round(length * FPS))
        sequence[start:stop] = state
        start = stop
    return sequence


def wander(count: int, sd: float, tau: float, step: float, rng: np.random.Generator) -> np.ndarray:
    """Ornstein-Uhlenbeck noise: standard deviation ``sd``, correlation time ``tau`` (s)."""
    keep = math.exp(-step / tau)
    kicks = rng.normal(0, sd * math.sqrt(1 - keep * keep), count)
    out = np.empty(count)
    value = rng.normal(0, sd)
    for k in range(count):
        value = keep * value + kicks[k]
        out[k] = value
    return out


def _wanted_speed(behavior: np.ndarray, fly: Fly, rng: np.random.Generator) -> np.ndarray:
    """Each bout has its own speed (mm/s) around that of its behavior."""
    starts = np.flatnonzero(np.diff(behavior, prepend=-1))
    draws = np.exp(rng.normal(0, 0.10, len(starts)))
    bout = np.cumsum(np.diff(behavior, prepend=-1) != 0) - 1
    return SPEED[behavior] * fly.pace * draws[bout]


def _escape(x: float, y: float, heading: float, radius: float) -> tuple[float, float]:
    """How to turn so as to stay in the circle: side (+-1) and curvature in units of 1/radius.

    The widest circle that passes the fly on its side and touches the wall from inside has radius
    (R^2 - d^2) / (2 (R + d . n)), d its place and n the unit vector to that side.
    """
    across = x * -math.sin(heading) + y * math.cos(heading)
    side = -1.0 if across > 0 else 1.0
    room = radius * radius - x * x - y * y
    if room <= 0:
        return side, _TIGHTEST
    return side, min(2 * radius * (radius - abs(across)) / room, _TIGHTEST)


def walk(frames: int, size: int, fly: Fly, rng: np.random.Generator) -> Path:
    """Integrate the path of the body: speed follows the bout, the wall turns the fly aside.

    When the wall comes up the fly turns so that its path touches it: it follows the wall, as
    flies do.
    In tight turns, and so in small arenas, it is slower than its bout asks for.
    """
    behavior = np.repeat(bouts(frames, fly, rng), SUBSTEPS)
    count = len(behavior)
    radius = size / 2 - MARGIN * fly.scale
    wanted = _wanted_speed(behavior, fly, rng)
    wanted = wanted * (1 + wander(count, 0.06, 0.15, DT, rng))
    whim = wander(count, 1.2, 0.25, DT, rng)
    middle = (size - 1) / 2
    rho, phi = radius * 0.5 * math.sqrt(rng.random()), rng.uniform(-math.pi, math.pi)
    x, y = rho * math.cos(phi), rho * math.sin(phi)
    heading, speed, turn = rng.uniform(-math.pi, math.pi), 0.0, 0.0
    position, headings = np.empty((count, 2)), np.empty(count)
    speeds, turns = np.empty(count), np.empty(count)
    for k in range(count):
        side, needed = _escape(x, y, heading, radius)
        goal = wanted[k]
        if needed > _STEER:  # slower in tight turns
            goal = min(goal, _LARGEST_TURN * radius / (PX_PER_MM * needed))
        speed += (goal - speed) * (DT / 0.05)
        if goal == 0 and speed < 0.3:
            speed = 0.0
        bend = speed * PX_PER_MM / radius
        command = whim[k] * min(1.0, speed / 5.0)
        if needed > _STEER:
            command = side * max(1.1 * needed * bend, side * command)
        limit = max(_TIGHTEST * bend, 0.01)
        command = min(max(command, -limit), limit)
        turn += (command - turn) * (DT / 0.02)
        heading += turn * DT
        x += speed * PX_PER_MM * DT * math.cos(heading)
        y += speed * PX_PER_MM * DT * math.sin(heading)
        position[k] = x + middle, y + middle
        headings[k], speeds[k], turns[k] = heading, speed, turn
    return Path(behavior, position, headings, speeds, turns)
