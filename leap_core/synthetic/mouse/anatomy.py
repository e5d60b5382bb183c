"""The simulated mouse's body: its measures, its spine and tail, and how one mouse differs.

Lengths are mm.  In the body's own frame +x points to the head and +y to the animal's left, since it
is seen from below with y down; z is the height above the glass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leap_core.errors import UserError
from leap_core.skeleton import Skeleton

FPS = 50.0
VIEW_MM = 416.0  # mm across the picture
ARENA_MM = 200.0  # mm, radius of the floor
BEHAVIORS = ("stand", "sniff", "walk_slow", "walk_fast", "turn", "rear", "groom_face")
LEGS = ("LF", "LH", "RF", "RH")

BODY = 77.0  # mm from the base of the tail to the tip of the snout
TAIL = 72.0  # mm
SPINE = np.linspace(0, 1, 29)  # share of the body's length: 0 = base of the tail, 1 = snout
TAIL_POINTS = 17
HIP, CHEST, NECK = 4, 16, 19  # points of the spine that bear hind legs, forelegs and head
# half width of the body along the spine: rump, hips, waist, shoulders, neck, ears, snout
_WIDTH_AT = np.array([0.0, 0.05, 0.16, 0.3, 0.42, 0.56, 0.67, 0.75, 0.84, 0.93, 1.0])
_HALF_WIDTH = np.array([3.2, 7.5, 13.6, 15.2, 14.6, 12.4, 9.4, 9.4, 7.4, 4.2, 1.8])  # mm
# where a paw rests, from its girdle; a hind one lies where the foot's ball is
_HOME = {"F": (9.0, 10.0), "H": (10.0, 16.5)}
_BASE = {"F": (1.0, 7.5), "H": (1.0, 8.0)}  # where the leg leaves the body
FOOT = 8.5  # mm from heel to ball of a hind foot
_SPLAY = 0.35  # rad, by which hind feet point outward
_ELBOW = {"F": 0.35, "H": 0.0}  # of the length of a foreleg, by which its elbow lies behind


def _sided(values: dict[str, tuple[float, float]]) -> np.ndarray:
    return np.array([(values[n[1]][0], values[n[1]][1] * (1 if n[0] == "L" else -1)) for n in LEGS])


HOMES = _sided(_HOME)
BASES = _sided(_BASE)
SIDES = np.array([1 if name[0] == "L" else -1 for name in LEGS])


@dataclass(frozen=True)
class Mouse:
    """One individual.

    Attributes:
        scale: size relative to the reference mouse; girth: width relative to that.
        tail: length of the tail, mm.
        belly, skin: grey levels of lit fur and of paws and tail.
        homes: (leg, xy) mm, where each paw rests, from its girdle.
        eagerness: how its bout lengths and choices deviate, one factor per behavior.
        pace: its speed relative to the average mouse's.
    """

    scale: float
    girth: float
    tail: float
    belly: float
    skin: float
    homes: np.ndarray
    eagerness: np.ndarray
    pace: float

    @property
    def half_width(self) -> np.ndarray:
        """Half width of the body at each point of the spine, mm."""
        return np.interp(SPINE, _WIDTH_AT, _HALF_WIDTH) * self.scale * self.girth


def individual(rng: np.random.Generator) -> Mouse:
    """Draw one mouse."""
    scale = float(rng.uniform(0.93, 1.05))
    return Mouse(
        scale=scale,
        girth=float(rng.uniform(0.94, 1.08)),
        tail=TAIL * scale * float(rng.uniform(0.94, 1.06)),
        belly=float(rng.uniform(17, 26)),
        skin=float(rng.uniform(135, 185)),
        homes=HOMES * scale + rng.normal(0, 0.8, HOMES.shape),
        eagerness=rng.uniform(0.75, 1.3, len(BEHAVIORS)),
        pace=float(rng.uniform(0.9, 1.1)),
    )


@dataclass(frozen=True)
class Posture:
    """How the mouse holds its body, one value per step.

    Attributes:
        heading: rad, of its hips; bend: rad, from there to its chest.
        head: rad, of the head against the chest.
        length: of its trunk, relative to a stretched one.
        rise: rad, by which its back stands up; nod: rad, of the head against the back, up.
    """

    heading: np.ndarray
    bend: np.ndarray
    head: np.ndarray
    length: np.ndarray
    rise: np.ndarray
    nod: np.ndarray


def _smooth(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


# how far along the spine the back has bent, the head turned, the back risen
_BENT = np.clip((SPINE - 0.08) / 0.5, -0.16, 1.0)
_TURNED = _smooth((SPINE - 0.58) / 0.16)
_RISEN = _smooth((SPINE - 0.02) / 0.3)
_NODDED = _smooth((SPINE - 0.6) / 0.12)


def spines(posture: Posture, mouse: Mouse) -> tuple[np.ndarray, np.ndarray]:
    """The spine in every step, from the point between the hips.

    Returns:
        points (step, point, xyz) mm, turned by the heading; directions (step, point) rad.
    """
    yaw = posture.heading[:, None] + np.outer(posture.bend, _BENT) + np.outer(posture.head, _TURNED)
    pitch = np.outer(posture.rise, _RISEN) + np.outer(posture.nod, _NODDED)
    step = BODY * mouse.scale / (len(SPINE) - 1)
    trunk = SPINE < SPINE[NECK]
    pieces = step * np.where(trunk, posture.length[:, None], 1.0)
    flat = pieces * np.cos(pitch)
    moves = np.stack([flat * np.cos(yaw), flat * np.sin(yaw), pieces * np.sin(pitch)], -1)
    middle = (moves[:, 1:] + moves[:, :-1]) / 2
    points = np.concatenate([np.zeros((len(yaw), 1, 3)), np.cumsum(middle, 1)], 1)
    points -= points[:, HIP : HIP + 1] * (1, 1, 0)
    points[..., 2] = np.maximum(points[..., 2], 0)
    return points, yaw


def legs(girdle: np.ndarray, direction: np.ndarray, paws: np.ndarray, mouse: Mouse) -> np.ndarray:
    """The three points of each leg: where it leaves the body, heel or elbow, paw.

    Args:
        girdle: (frame, leg, xy) mm, the point of the spine that bears the leg.
        direction: (frame, leg) rad, of the spine there.
        paws: (frame, leg, xy) mm.

    Returns:
        (frame, leg, 3, xy) mm.
    """
    bases = girdle + turned(BASES * mouse.scale, direction)
    line = paws - bases
    forward = np.stack([np.cos(direction), np.sin(direction)], -1)
    elbow = bases + 0.5 * line - _ELBOW["F"] * 8.0 * mouse.scale * forward
    heel = paws - turned(np.array([FOOT * mouse.scale, 0.0]), foot_direction(direction))
    hind = np.array([name[1] == "H" for name in LEGS])[:, None]
    return np.stack([bases, np.where(hind, heel, elbow), paws], 2)


def foot_direction(direction: np.ndarray) -> np.ndarray:
    """Where the feet point, (frame, leg) rad, from the direction of the spine there."""
    return direction + _SPLAY * SIDES


def turned(points: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Points (..., xy) turned by ``angle`` (...) from +x towards +y."""
    cos, sin = np.cos(angle), np.sin(angle)
    x, y = points[..., 0], points[..., 1]
    return np.stack([cos * x - sin * y, sin * x + cos * y], -1)


def parts(spine: np.ndarray, tail: np.ndarray, joints: np.ndarray) -> dict[str, np.ndarray]:
    """All parts by name -> (frame, xy), from the spine (frame, point, xy), tail and leg joints."""
    found = {
        "snout": spine[:, -1],
        "neck": spine[:, NECK],
        "tailbase": spine[:, 0],
        "tailtip": tail[:, -1],
    }
    for k, leg in enumerate(LEGS):
        kind = "foreleg" if leg[1] == "F" else "hindleg"
        for j in range(3):
            found[f"{kind}{leg[0]}{j + 1}"] = joints[:, k, j]
    return found


def check(skeleton: Skeleton) -> None:
    """The skeleton must ask for parts and legs that this mouse has.

    Raises:
        UserError: names the first part or leg that it has not.
    """
    zero = np.zeros((1, 1, 2))
    known = parts(np.zeros((1, len(SPINE), 2)), zero, np.zeros((1, len(LEGS), 3, 2)))
    for part in skeleton.parts:
        if part not in known:
            raise UserError(
                f"skeleton {skeleton.name}: the synthetic mouse has no part {part!r}; "
                "use config/skeletons/mouse16.yaml"
            )
    for leg in skeleton.legs:
        if leg not in LEGS:
            raise UserError(
                f"skeleton {skeleton.name}: the synthetic mouse has no leg {leg!r}; "
                f"its legs are {', '.join(LEGS)}"
            )
