"""What a courting male does: chase, orient, circle, sing, mount and part, round a female's path.

He goes through rounds.  In each he first minds his own business, then comes near, faces her, sings
with one wing, goes behind her, climbs on her and leaves.  Where he wants to be is told in polar
coordinates around her; his body follows with the speeds and turns of a walking fly.  Lengths are
pixels of the reference fly, as in :mod:`path`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from leap_core.synthetic.anatomy import BEHAVIORS, PX_PER_MM, Fly
from leap_core.synthetic.path import DT, SPEED, Path, drift, wander

COURTSHIP = ("chase", "orient", "circle", "sing_left", "sing_right", "mount", "part")
PAIR_BEHAVIORS = BEHAVIORS + COURTSHIP

# what he does on his own, by its odds
_OWN = {
    "stand": 0.2, "walk_slow": 0.12, "walk_medium": 0.2, "walk_fast": 0.08, "turn": 0.1,
    "groom_front": 0.15, "groom_abdomen": 0.05, "groom_wing_left": 0.05, "groom_wing_right": 0.05,
}  # fmt: skip
_OWN_S = (0.9, 1.8)  # s of a bout on his own
_AROUND = (108.0, 128.0)  # px between both centers while he courts: a gap between the bodies
_TAP = 84.0  # px: his forelegs and head reach her abdomen
_ON = 26.0  # px: he sits on her, his center behind hers
_NEAR = 150.0  # px: the chase has come to its end
_PERSONAL = 112.0  # px: nearer than that he gives way, where he does not court
_SLOW_ENOUGH = 8.0  # mm/s of hers: a faster female is not mounted
_PATIENCE = 3.0  # s that he waits for it
_FASTEST = 33.0  # mm/s of his chase
_LEAVES = 14.0  # mm/s
_SIDEWAYS = 12.0  # mm/s, most
_GRIP = 7.0  # 1/s, how quickly he makes up for a distance
_TURNS = 10.0  # rad/s, most
_EXTENDED = (1.1, 1.4)  # rad of the wing that sings
_PULSE = 0.05  # rad, by which it shakes
_UNFOLDS = 0.06  # s
_WALL = 0.8  # of the arena's radius: farther out he turns inward


@dataclass(frozen=True)
class Suit:
    """A male's path and song.

    Attributes:
        path: ``behavior`` is an index into PAIR_BEHAVIORS, ``speed`` that over the ground in any
            direction, as the feet feel it.
        forward: (substep,) mm/s along his heading.
        wings: (substep, 2) rad, opening of the left and right wing by his song.
    """

    path: Path
    forward: np.ndarray
    wings: np.ndarray


# what a step is called in the truth, where that is not its own name
_CALLED = {"tap": "orient", "behind": "circle"}


@dataclass
class _Course:
    """What he does now and next.

    Attributes:
        coming: the rest of the round, (step, longest duration in s).
        step: what he does; left: s until its end.
        distance: px from her at which he courts; spin: the side to which he goes round; opening:
            rad of a wing that sings.
    """

    coming: list[tuple[str, float]]
    step: str
    left: float
    distance: float
    spin: float
    opening: float

    @classmethod
    def begin(cls, rng: np.random.Generator) -> _Course:
        coming = _round(rng)
        step, left = coming.pop(0)
        # both are seen apart at first
        return cls(coming, step, max(left, 1.2), rng.uniform(*_AROUND), 1.0, _extension(rng))

    def go_on(self, rng: np.random.Generator) -> None:
        self.coming = self.coming or _round(rng)
        self.step, self.left = self.coming.pop(0)
        self.distance, self.spin = rng.uniform(*_AROUND), float(rng.choice((-1.0, 1.0)))
        self.opening = _extension(rng)

    def is_over(self, gap: float, rear: float, her_speed: float) -> bool:
        """Whether the step ends: by time, by what he reached, or because she came too near.

        Args:
            gap: px between both centers; rear: rad from his bearing to her hind end.
        """
        over = self.left <= 0
        if self.step == "chase":
            return over or gap < _NEAR
        if self.step == "behind":
            # he does not jump on a female that runs away; one that does not stop is left alone
            ready = abs(rear) < 0.5 and her_speed < _SLOW_ENOUGH
            if over and not ready:
                self.coming = [("part", 0.5)]
            return over or ready
        if self.step in _OWN and gap < _PERSONAL:
            self.coming = [("part", 0.4), *self.coming]
            return True
        return over

    def around(self, rear: float, bearing: float, sway: float) -> tuple[float, float, float]:
        """Where he wants to be: px from her center, rad on from his bearing; and his heading."""
        face = bearing + math.pi + sway
        if self.step == "mount":
            # the side that he is on is soon hers behind
            return _ON, max(min(rear, 0.7), -0.7), face
        if self.step == "tap":
            return _TAP, max(min(rear, 0.3), -0.3), face
        if self.step == "behind":
            return self.distance, max(min(rear, 0.5), -0.5), face
        if self.step == "chase":
            return self.distance, max(min(rear, 0.2), -0.2), face
        return self.distance, 0.3 * self.spin if self.step == "circle" else 0.08 * self.spin, face

    def alone(
        self, fly: Fly, heading: float, bearing: float, gap: float, x: float, y: float,
        radius: float, whim: float,
    ) -> tuple[float, float]:  # fmt: skip
        """His speed (mm/s) and the heading that he wants, on his own or on his way from her."""
        leaves = self.step == "part"
        speed = _LEAVES if leaves else SPEED[BEHAVIORS.index(self.step)] * fly.pace
        if self.step == "turn":
            return speed, heading + 0.7 * self.spin
        if leaves or (speed and gap < 1.4 * _PERSONAL):
            return speed, bearing
        if speed and math.hypot(x, y) > _WALL * radius:
            return speed, math.atan2(-y, -x)
        return speed, heading + whim * min(1.0, speed / 5.0)


def _round(rng: np.random.Generator) -> list[tuple[str, float]]:
    """The steps of one round, each with its longest duration (s)."""
    own = str(rng.choice(list(_OWN), p=list(_OWN.values())))
    sings = str(rng.choice(["sing_left", "sing_right"]))
    steps = [(own, rng.uniform(*_OWN_S)), ("chase", 4.0), ("orient", rng.uniform(0.3, 0.8))]
    steps += [(sings, rng.uniform(0.6, 1.8))]
    if rng.random() < 0.6:
        steps += [("circle", rng.uniform(0.5, 1.0))]
    if rng.random() < 0.4:
        steps += [("tap", rng.uniform(0.25, 0.5))]
    steps += [("behind", _PATIENCE), ("mount", rng.uniform(1.5, 2.8))]
    return [*steps, ("part", rng.uniform(0.6, 1.0))]


def court(female: Path, fly: Fly, side: float, rng: np.random.Generator) -> Suit:
    """Let a male court her.

    Args:
        female: where she goes, whatever he does.
        fly: the male; side: diameter of the arena, px.
    """
    count = len(female.heading)
    middle = (side - 1) / 2
    radius = side / 2 - 70.0 * fly.scale
    her = female.position - middle
    velocity = np.gradient(her, DT, axis=0)
    noise = np.stack([wander(count, sd, 0.3, DT, rng) for sd in (0.12, 0.06, 0.9)], -1)
    x, y = _start(her[0], radius, rng)
    heading, turn, vx, vy = float(rng.uniform(-math.pi, math.pi)), 0.0, 0.0, 0.0
    now = _Course.begin(rng)
    rows, doing = np.empty((count, 5)), np.empty(count, np.int8)
    wings = np.zeros((count, 2))
    for k in range(count):
        hx, hy = her[k]
        gap, bearing = math.hypot(x - hx, y - hy), math.atan2(y - hy, x - hx)
        rear = _wrapped(female.heading[k] + math.pi - bearing)
        now.left -= DT
        if now.is_over(gap, rear, female.speed[k]):
            now.go_on(rng)
        if now.step in _OWN or now.step == "part":
            speed, face = now.alone(fly, heading, bearing, gap, x, y, radius, noise[k, 2])
            least = -0.6 if now.step == "part" else 0.0
            ahead = speed * PX_PER_MM * max(math.cos(_wrapped(face - heading)), least)
            goal_x, goal_y = ahead * math.cos(heading), ahead * math.sin(heading)
        else:
            away, on, face = now.around(rear, bearing, noise[k, 0])
            if now.step == "mount":
                face = female.heading[k] + noise[k, 1]
            place = _within(
                hx + away * math.cos(bearing + on), hy + away * math.sin(bearing + on), radius
            )
            goal_x = velocity[k, 0] + _GRIP * (place[0] - x)
            goal_y = velocity[k, 1] + _GRIP * (place[1] - y)
        goal_x, goal_y = _bounded(goal_x, goal_y, heading, now.step == "mount")
        vx += (goal_x - vx) * (DT / 0.05)
        vy += (goal_y - vy) * (DT / 0.05)
        x, y = _within(x + vx * DT, y + vy * DT, radius)
        wanted = max(min(8 * _wrapped(face - heading), _TURNS), -_TURNS)
        turn += (wanted - turn) * (DT / 0.03)
        heading += turn * DT
        forward = (vx * math.cos(heading) + vy * math.sin(heading)) / PX_PER_MM
        rows[k] = x, y, heading, forward, turn
        doing[k] = PAIR_BEHAVIORS.index(_CALLED.get(now.step, now.step))
        if now.step.startswith("sing"):
            wings[k, int(now.step == "sing_right")] = now.opening
    return _suit(rows, doing, wings, middle, rng)


def _within(x: float, y: float, radius: float) -> tuple[float, float]:
    """The nearest place in the arena."""
    far = math.hypot(x, y)
    return (x * radius / far, y * radius / far) if far > radius else (x, y)


def _start(her: np.ndarray, radius: float, rng: np.random.Generator) -> tuple[float, float]:
    """A place far from hers."""
    while True:
        rho, phi = 0.8 * radius * math.sqrt(rng.random()), rng.uniform(-math.pi, math.pi)
        x, y = rho * math.cos(phi), rho * math.sin(phi)
        if math.hypot(x - her[0], y - her[1]) > 2 * _PERSONAL:
            return x, y


def _extension(rng: np.random.Generator) -> float:
    return float(rng.uniform(*_EXTENDED))


def _wrapped(angle: float) -> float:
    return math.remainder(angle, 2 * math.pi)


def _bounded(vx: float, vy: float, heading: float, carried: bool) -> tuple[float, float]:
    """A velocity (px/s) that legs can make: slower sideways; on her back hers is his."""
    cos, sin = math.cos(heading), math.sin(heading)
    along, across = vx * cos + vy * sin, vy * cos - vx * sin
    if not carried:
        most = _SIDEWAYS * PX_PER_MM
        across = max(min(across, most), -most)
    most = _FASTEST * PX_PER_MM
    along = max(min(along, most), -most if carried else -0.5 * most)
    return along * cos - across * sin, along * sin + across * cos


def _suit(
    rows: np.ndarray, doing: np.ndarray, wings: np.ndarray, middle: float, rng: np.random.Generator
) -> Suit:
    count = len(rows)
    place = rows[:, :2]
    velocity = np.gradient(place, DT, axis=0)
    speed = np.linalg.norm(velocity, axis=1) / PX_PER_MM
    sway = np.stack([drift(count, sd, 0.3, DT, rng) for sd in (0.35, 0.35, 0.004)], -1)
    path = Path(
        behavior=doing,
        position=place + middle + sway[:, :2],
        heading=rows[:, 2] + sway[:, 2],
        speed=np.where(speed < 0.3, 0.0, speed),
        turning=rows[:, 4],
    )
    # a wing takes its time to unfold; the song itself is faster than the camera
    keep = math.exp(-DT / _UNFOLDS)
    open_ = np.empty_like(wings)
    state = np.zeros(2)
    for k in range(count):
        state = keep * state + (1 - keep) * wings[k]
        open_[k] = state
    shake = np.stack([wander(count, _PULSE, 0.01, DT, rng) for _ in range(2)], -1)
    return Suit(path, rows[:, 3], open_ * (1 + shake))
