"""What the simulated mouse does, where it goes, and how it holds its body meanwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from leap_core.synthetic import habits
from leap_core.synthetic.mouse.anatomy import (
    ARENA_MM,
    BEHAVIORS,
    BODY,
    CHEST,
    FPS,
    HIP,
    SPINE,
    Mouse,
    Posture,
)
from leap_core.synthetic.path import drift, wander

SUBSTEPS = 4
DT = 1 / (FPS * SUBSTEPS)

# one row per behavior, in the order of BEHAVIORS
_SPEED = np.array([0.0, 0.0, 70.0, 170.0, 35.0, 0.0, 0.0])  # mm/s
_MEAN_BOUT = np.array([1.6, 2.0, 2.0, 1.5, 0.9, 1.25, 2.8])  # s, and so the limits
_LIMITS = np.array([(0.8, 3), (0.9, 4), (0.9, 4), (0.7, 2.5), (0.5, 1.3), (0.9, 2.2), (1.4, 5)])
_SHARE = np.array([0.13, 0.18, 0.20, 0.14, 0.07, 0.14, 0.14])  # of the time
_NEXT = np.array(
    [
        [0.0, 0.40, 0.25, 0.05, 0.12, 0.08, 0.10],
        [0.15, 0.0, 0.35, 0.10, 0.15, 0.17, 0.08],
        [0.10, 0.25, 0.0, 0.30, 0.12, 0.18, 0.05],
        [0.05, 0.20, 0.55, 0.0, 0.12, 0.08, 0.0],
        [0.05, 0.25, 0.40, 0.20, 0.0, 0.10, 0.0],
        [0.10, 0.35, 0.25, 0.05, 0.15, 0.0, 0.10],
        [0.35, 0.35, 0.20, 0.0, 0.10, 0.0, 0.0],
    ]
)
_PATIENCE = 1.5  # s of a behavior too much or too little that change its odds by e

# how the body is held: trunk's length, rise of the back and nod of the head, rad
_LENGTH = np.array([0.82, 0.92, 0.98, 1.06, 0.84, 0.95, 0.72])
_RISE = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.05, 0.42])
_NOD = np.array([0.0, 0.05, 0.0, 0.0, 0.0, -0.1, -0.75])
_HEAD = np.array([0.06, 0.30, 0.13, 0.08, 0.1, 0.2, 0.06])  # rad, spread of the head's turns
_STIFF = 0.95  # rad, furthest that a head turns
_SETTLES = 0.09  # s, time constant of each of two low passes of how the body is held

_WALL = 27.0  # mm from wall to spine of a mouse that walks along it
_NEAR = 52.0  # mm from the wall, at which a walker turns along it
_REACH = 40.0  # mm from the chest to where the snout must not meet the wall
_CAREFUL = 6.0  # mm/s for each mm of that
_YAW = (2.4, 4.2)  # rad/s of a turning bout
_SHARPEST = 0.9  # rad between hips and chest
_PIVOT = 3.0  # 1/s, by which hips follow a chest that turns on the spot


@dataclass(frozen=True)
class Route:
    """The body at every substep (``SUBSTEPS`` per frame).

    Attributes:
        behavior: (substep,) index into BEHAVIORS.
        hips: (substep, xy) mm from the middle of the arena.
        speed: (substep,) mm/s of the chest along its way.
        posture: how the body is held.
    """

    behavior: np.ndarray
    hips: np.ndarray
    speed: np.ndarray
    posture: Posture


def bouts(frames: int, mouse: Mouse, rng: np.random.Generator) -> np.ndarray:
    """Behavior of each frame: gamma-distributed bouts; the odds of one rise while it is not shown.

    The first bouts are one round through all behaviors, so that short videos show many of them.
    """
    lively = np.sqrt(mouse.eagerness)
    share = _SHARE * lively
    mean = np.asarray(_MEAN_BOUT) * lively
    limits = np.asarray(_LIMITS)
    own = habits.Habits(share / share.sum(), _PATIENCE, mean, limits, np.asarray(_NEXT))
    return habits.sequence(frames, own, FPS, rng)


def settled(wanted: np.ndarray) -> np.ndarray:
    """A value of the body that follows what is wanted, as fast as a body can."""
    keep = math.exp(-DT / _SETTLES)
    for _ in range(2):
        wanted = lfilter([1 - keep], [1.0, -keep], wanted, zi=[keep * wanted[0]])[0]
    return wanted


def _per_bout(behavior: np.ndarray, draw) -> np.ndarray:
    """One value of ``draw(bouts)`` for each bout, at every step of it."""
    first = np.flatnonzero(np.diff(behavior, prepend=-1))
    return np.repeat(draw(len(first)), np.diff(np.append(first, len(behavior))))


def live(frames: int, mouse: Mouse, rng: np.random.Generator) -> Route:
    """Let the mouse live in its round arena for some frames."""
    behavior = np.repeat(bouts(frames, mouse, rng), SUBSTEPS)
    count = len(behavior)
    wanted = _SPEED[behavior] * mouse.pace
    wanted *= _per_bout(behavior, lambda n: np.exp(rng.normal(0, 0.15, n)))
    wanted *= np.maximum(1 + wander(count, 0.12, 0.3, DT, rng), 0.3)
    yaw = _per_bout(behavior, lambda n: rng.uniform(*_YAW, n) * rng.choice((-1, 1), n))
    yaw = np.where(behavior == BEHAVIORS.index("turn"), yaw, 0.0)
    whim = wander(count, 1.1, 0.5, DT, rng)
    hips, heading, bend, speed = _walk(wanted, yaw, whim, mouse, rng)
    head = settled(_HEAD[behavior]) * wander(count, 1.0, 0.28, DT, rng)
    head = np.clip(settled(head + 0.2 * bend), -_STIFF, _STIFF)
    tall = _per_bout(behavior, lambda n: rng.uniform(0.75, 1.2, n))
    size = _per_bout(behavior, lambda n: rng.normal(1, 0.03, n))
    posture = Posture(
        heading=heading + drift(count, 0.012, 0.4, DT, rng),
        bend=bend + drift(count, 0.05, 0.7, DT, rng),
        head=head,
        length=settled(_LENGTH[behavior] * size) + drift(count, 0.015, 0.4, DT, rng),
        rise=settled(_RISE[behavior] * tall),
        nod=settled(_NOD[behavior]) + drift(count, 0.06, 0.4, DT, rng),
    )
    return Route(behavior=behavior, hips=hips, speed=speed, posture=posture)


def _walk(
    wanted: np.ndarray, yaw: np.ndarray, whim: np.ndarray, mouse: Mouse, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The chest leads, the hips follow: (hips xy, heading, bend, speed) at every substep."""
    trunk = BODY * mouse.scale * float(SPINE[CHEST] - SPINE[HIP])
    rho, phi = 0.6 * ARENA_MM * math.sqrt(rng.random()), rng.uniform(-math.pi, math.pi)
    x, y = rho * math.cos(phi), rho * math.sin(phi)
    front = hind = rng.uniform(-math.pi, math.pi)
    speed = turn = 0.0
    side = 0.0  # of the present turning bout
    rows = np.empty((len(wanted), 5))
    for k, (goal, spin, wish) in enumerate(
        zip(wanted.tolist(), yaw.tolist(), whim.tolist(), strict=True)
    ):
        gap = ARENA_MM - math.hypot(x, y)
        out = math.atan2(y, x)
        facing = math.remainder(front - out, math.tau)  # 0 = into the wall
        ahead = ARENA_MM - math.hypot(x + _REACH * math.cos(front), y + _REACH * math.sin(front))
        around = math.copysign(1.0, facing)
        if spin:
            # never with the head across the wall: from there to whichever side is nearer
            side = side or spin
            if gap < _NEAR + 10 and abs(facing) < 2 and side * facing < 0:
                side = around
            command = math.copysign(abs(spin), side)
        elif gap < _NEAR and abs(facing) < 2.0 and goal:
            side = 0.0
            along = math.pi / 2 + 0.03 * (_WALL - gap)
            command = 5.0 * (around * along - facing) + 0.3 * wish
            command = math.copysign(min(abs(command), 1.2 + speed / 40.0), command)
        else:
            side = 0.0
            command = wish * min(1.0, speed / 60.0) if goal else 0.0
        goal = min(goal, _CAREFUL * max(ahead, 0.0) / max(math.cos(facing), 0.15))
        speed += (goal - speed) * (DT / (0.12 if goal > speed else 0.06))
        if goal == 0 and speed < 2.0:
            speed = 0.0
        turn += (command - turn) * (DT / 0.07)
        bend = front - hind
        if abs(bend) > _SHARPEST and turn * bend > 0:
            turn *= 1 - min(1.0, 10 * (abs(bend) - _SHARPEST))
        front += turn * DT
        # hips are drawn behind the chest, and the trunk turns about them in sharp turns
        pull = speed * math.sin(bend) / trunk
        pivot = _PIVOT * math.sin(bend) * min(1.0, abs(turn) / 1.5)
        swing = 0.5 * trunk * pivot
        x += (speed * math.cos(front) - swing * math.sin(hind)) * DT
        y += (speed * math.sin(front) + swing * math.cos(hind)) * DT
        hind += (pull + pivot) * DT
        rows[k] = x - trunk * math.cos(hind), y - trunk * math.sin(hind), hind, front - hind, speed
    return rows[:, :2], rows[:, 2], rows[:, 3], rows[:, 4]
