"""The simulated fly's body: where its 32 parts are, and how one fly differs from another.

Lengths are pixels of a reference fly at 35 px/mm (paper, Methods: Datasets), in the body's own
frame: origin at the thorax-abdomen junction, +x to the head, +y to the animal's right (seen from
above with y down).  Proportions follow the median of published labels of real flies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leap_core.errors import UserError
from leap_core.skeleton import Skeleton

PX_PER_MM = 35.0
FPS = 100.0
BEHAVIORS = (
    "stand",
    "walk_slow",
    "walk_medium",
    "walk_fast",
    "turn",
    "groom_front",
    "groom_abdomen",
    "groom_wing_left",
    "groom_wing_right",
)
LEGS = ("LF", "LM", "LH", "RF", "RM", "RH")

NECK = np.array([31.0, 0.0])
HEAD = np.array([48.0, 0.0])
EYE = np.array([38.0, 14.0])
ABDOMEN = np.array([-47.0, 0.0])
WING_HINGE = np.array([16.0, 9.0])
WING_LENGTH = 93.0
_COXA = {"F": (21.0, 11.5), "M": (10.0, 11.5), "H": (-4.5, 10.0)}
_HOME = {"F": (57.0, 21.0), "M": (-2.0, 58.0), "H": (-57.0, 38.0)}
_REACH = {"F": 62.0, "M": 78.0, "H": 88.0}
_KNEE = {"F": 0.07, "M": 0.10, "H": -0.07}
_NAMES = {"F": "foreleg", "M": "midleg", "H": "hindleg"}
# where along the line from coxa to tip the two joints between them appear from above
_JOINTS = (0.34, 0.56)
# a leg whose tip comes near the midline bends outward at its two joints by these shares of the
# length that is folded away
_ELBOW = (0.30, 0.16)


def _sided(values: dict[str, tuple[float, float]]) -> np.ndarray:
    return np.array([(values[n[1]][0], values[n[1]][1] * (-1 if n[0] == "L" else 1)) for n in LEGS])


COXAE = _sided(_COXA)
HOMES = _sided(_HOME)
REACH = np.array([_REACH[n[1]] for n in LEGS])
KNEES = np.array([_KNEE[n[1]] * (1 if n[0] == "L" else -1) for n in LEGS])


@dataclass(frozen=True)
class Fly:
    """One individual.

    Attributes:
        scale: size relative to the reference fly.
        brightness: grey level of an opaque body, as a share of 255.
        floor: grey level of the arena floor.
        wing_spread: angle of each wing away from the midline, rad (left, right).
        homes: (leg, xy) resting position of each foot, px of the reference fly.
        eagerness: how its bout lengths and choices deviate, one factor per behavior.
        pace: its speed relative to the average fly's.
    """

    scale: float
    brightness: float
    floor: float
    wing_spread: tuple[float, float]
    homes: np.ndarray
    eagerness: np.ndarray
    pace: float


def individual(rng: np.random.Generator) -> Fly:
    """Draw one fly."""
    return Fly(
        scale=float(rng.uniform(0.95, 1.05)),
        brightness=float(rng.uniform(0.78, 0.85)),
        floor=float(rng.uniform(3, 8)),
        wing_spread=tuple(rng.uniform(-0.02, 0.05, 2)),
        homes=HOMES + rng.normal(0, 1.5, HOMES.shape),
        eagerness=rng.uniform(0.7, 1.4, len(BEHAVIORS)),
        pace=float(rng.uniform(0.93, 1.07)),
    )


def turned(points: np.ndarray, angle: np.ndarray | float, pivot=(0.0, 0.0)) -> np.ndarray:
    """Points (..., xy) turned by ``angle`` (...) about ``pivot`` (image axes: +x towards +y)."""
    offset = np.asarray(points, dtype=float) - pivot
    cos, sin = np.cos(angle), np.sin(angle)
    x = cos * offset[..., 0] - sin * offset[..., 1]
    y = sin * offset[..., 0] + cos * offset[..., 1]
    return np.stack([x, y], -1) + pivot


def leg_joints(tips: np.ndarray) -> np.ndarray:
    """The four labeled points of each leg from its tip: (..., leg, xy) -> (..., leg, 4, xy).

    A leg that is drawn in bends at its knees: they leave the line from coxa to tip by a share
    of the length that is folded away.  A grooming leg, whose tip is near the midline, bends
    outward.
    """
    line = tips - COXAE
    length = np.linalg.norm(line, axis=-1, keepdims=True)
    across = np.stack([-line[..., 1], line[..., 0]], -1) / np.maximum(length, 1e-9)
    folded = np.sqrt(np.maximum(REACH[:, None] ** 2 - length**2, 0))
    side = np.sign(COXAE[:, 1])
    # 0 for a tip at its resting distance from the midline, 1 for one at the midline or beyond
    inward = np.clip(1.25 - 2 * side * tips[..., 1] / np.abs(HOMES[:, 1]), 0, 1)[..., None]
    knees = (1 - inward) * KNEES[:, None]
    outward = inward * np.sign(across[..., 1:]) * side[:, None]
    first = COXAE + _JOINTS[0] * line + across * folded * (knees + _ELBOW[0] * outward)
    second = COXAE + _JOINTS[1] * line + across * folded * (-0.35 * knees + _ELBOW[1] * outward)
    coxae = np.broadcast_to(COXAE, tips.shape)
    return np.stack([coxae, first, second, tips], -2)


def body_parts(
    fly: Fly, tips: np.ndarray, head_yaw: np.ndarray, abdomen_yaw: np.ndarray, wings: np.ndarray
) -> dict[str, np.ndarray]:
    """All parts in the body frame of the reference fly.

    Args:
        tips: (frame, leg, xy) foot positions.
        head_yaw, abdomen_yaw: (frame,) rad.
        wings: (frame, 2) rad, opening of the left and right wing beyond ``fly.wing_spread``.

    Returns:
        Part name -> (frame, xy).
    """
    still = np.zeros(len(tips))
    parts = {
        "head": turned(HEAD, head_yaw, NECK),
        "eyeL": turned(EYE * (1, -1), head_yaw, NECK),
        "eyeR": turned(EYE, head_yaw, NECK),
        "neck": turned(NECK, still),
        "thorax": turned(np.zeros(2), still),
        "abdomen": turned(ABDOMEN, abdomen_yaw),
    }
    joints = leg_joints(tips)
    for k, leg in enumerate(LEGS):
        for j in range(4):
            parts[f"{_NAMES[leg[1]]}{leg[0]}{j + 1}"] = joints[:, k, j]
    for k, (side, sign) in enumerate((("L", -1.0), ("R", 1.0))):
        hinge = WING_HINGE * (1, sign)
        angle = wing_angles(fly, wings)[:, k]
        parts[f"wing{side}"] = turned(hinge - (WING_LENGTH, 0), angle, hinge)
    return parts


def wing_angles(fly: Fly, wings: np.ndarray) -> np.ndarray:
    """Angle of each wing (frame, left/right): a positive one opens the left wing to -y."""
    return (np.asarray(wings) + fly.wing_spread) * (1.0, -1.0)


def check(skeleton: Skeleton) -> None:
    """The skeleton must ask for parts and legs that this fly has.

    Raises:
        UserError: names the first part or leg that it has not.
    """
    fly = Fly(1, 1, 0, (0, 0), HOMES, np.ones(len(BEHAVIORS)), 1)
    zero = np.zeros(1)
    known = body_parts(fly, HOMES[None], zero, zero, np.zeros((1, 2)))
    for part in skeleton.parts:
        if part not in known:
            raise UserError(
                f"skeleton {skeleton.name}: the synthetic fly has no part {part!r}; "
                "use config/skeletons/fly32.yaml"
            )
    for leg in skeleton.legs:
        if leg not in LEGS:
            raise UserError(
                f"skeleton {skeleton.name}: the synthetic fly has no leg {leg!r}; "
                f"its legs are {', '.join(LEGS)}"
            )
