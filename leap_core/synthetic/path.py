"""What the simulated fly does and where it goes: bouts of behavior and a path in the arena."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from leap_core.synthetic.anatomy import BEHAVIORS, FPS, PX_PER_MM, Fly

SUBSTEPS = 4
DT = 1 / (FPS * SUBSTEPS)
SPEED = np.array([0.0, 5.0, 12.0, 25.0, 0.0])  # mm/s
_MEAN_BOUT = np.array([0.9, 1.3, 1.3, 0.9, 1.2])  # s
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
MARGIN = 88.0  # px between thorax and image border that keep wings and feet in view
_LARGEST_TURN = 6.0  # rad/s along the wall


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
    """Behavior of each frame from a semi-Markov chain with gamma-distributed bout lengths."""
    likes = _NEXT * fly.eagerness
    likes /= likes.sum(1, keepdims=True)
    sequence = np.empty(frames, dtype=np.int8)
    state, start = int(rng.integers(len(BEHAVIORS))), 0
    while start < frames:
        mean = _MEAN_BOUT[state] * fly.eagerness[state] - _SHORTEST_BOUT
        length = _SHORTEST_BOUT + rng.gamma(2.0, mean / 2.0)
        stop = start + max(1, round(length * FPS))
        sequence[start:stop] = state
        state, start = int(rng.choice(len(BEHAVIORS), p=likes[state])), stop
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


def walk(frames: int, size: int, fly: Fly, rng: np.random.Generator) -> Path:
    """Integrate the path of the body: speed follows the bout, the wall turns the fly aside.

    Near the wall the fly steers towards the wall's tangent, so it follows the wall, as flies do.
    In small arenas it walks no faster than its turning allows.
    """
    behavior = np.repeat(bouts(frames, fly, rng), SUBSTEPS)
    count = len(behavior)
    radius = size / 2 - MARGIN * fly.scale
    cap = _LARGEST_TURN * radius / PX_PER_MM
    wanted = np.minimum(_wanted_speed(behavior, fly, rng), cap)
    wanted = wanted * (1 + wander(count, 0.06, 0.15, DT, rng))
    whim = wander(count, 1.2, 0.25, DT, rng)
    middle = (size - 1) / 2
    rho, phi = radius * 0.5 * math.sqrt(rng.random()), rng.uniform(-math.pi, math.pi)
    x, y = rho * math.cos(phi), rho * math.sin(phi)
    heading, speed, turn = rng.uniform(-math.pi, math.pi), 0.0, 0.0
    position, headings = np.empty((count, 2)), np.empty(count)
    speeds, turns = np.empty(count), np.empty(count)
    for k in range(count):
        speed += (wanted[k] - speed) * (DT / 0.05)
        if wanted[k] == 0 and speed < 0.3:
            speed = 0.0
        distance = math.hypot(x, y) / radius
        curvature = speed * PX_PER_MM / radius
        command = whim[k] * min(1.0, speed / 5.0)
        near = min(max((distance - 0.3) / 0.6, 0.0), 1.0)
        if near:
            outward = math.atan2(y, x)
            off = math.remainder(heading - outward, math.tau)
            # tangent on the side to which it already goes, tilted inward close to the wall
            goal = math.copysign(math.pi / 2 + 0.6 * max(0.0, distance - 0.9) / 0.1, off)
            if abs(off) < abs(goal):
                pull = 3.0 * curvature * (goal - off)
                command = command * (1 - near) + near * pull
        limit = max(2.2 * curvature, 0.01)
        command = min(max(command, -limit), limit)
        turn += (command - turn) * (DT / 0.04)
        heading += turn * DT
        x += speed * PX_PER_MM * DT * math.cos(heading)
        y += speed * PX_PER_MM * DT * math.sin(heading)
        position[k] = x + middle, y + middle
        headings[k], speeds[k], turns[k] = heading, speed, turn
    return Path(behavior, position, headings, speeds, turns)
