"""What the simulated fly looks like: a backlit fly, inverted, as in the paper's images.

Light passes through wings and legs and hardly through the body.  Body and wings are drawn once
per fly and turned into place in every frame, legs are drawn anew.  Transmissions multiply, so
that two wings on top of each other are brighter than one; the picture is the light that is
missing, spread by the lens.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from leap_core.synthetic import anatomy, shapes
from leap_core.synthetic.anatomy import Fly
from leap_core.synthetic.shapes import CENTER, HALF_WINDOW, OVER, SIDE

_SUBPIXEL = 6  # bits
# a leg from coxa to tip: which segment, from and to along it, width (px) and absorption at both
_PIECES = (
    (0, 0.0, 0.5, 4.2, 4.4, 0.75, 0.70),
    (0, 0.5, 1.0, 4.4, 3.0, 0.70, 0.64),
    (1, 0.0, 0.5, 2.7, 2.8, 0.66, 0.64),
    (1, 0.5, 1.0, 2.8, 2.2, 0.64, 0.60),
    (2, 0.0, 0.4, 2.3, 1.9, 0.54, 0.46),
    (2, 0.4, 0.7, 1.8, 1.5, 0.46, 0.38),
    (2, 0.7, 1.0, 1.4, 1.2, 0.38, 0.30),
)
_KNOBS = ((1, 3.4, 0.68), (2, 2.9, 0.64), (3, 1.2, 0.30))  # joint, width (px), absorption
# the lens: a sharp core and the light scattered around it (share, standard deviation in px)
_CORE = 0.9
_GLOW = ((0.27, 3.2), (0.19, 6.5))
_COARSE = 4  # the scattered light is reckoned on pixels so many times larger


@dataclass(frozen=True)
class Layers:
    """Absorption images (uint8, 255 = opaque) in the body frame, origin in the middle."""

    head: np.ndarray
    thorax: np.ndarray
    abdomen: np.ndarray
    wings: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Pose:
    """One frame of the fly.

    Attributes:
        position: (xy) px of the image; heading: rad of the thorax.
        head_yaw, abdomen_yaw: rad, relative to the thorax.
        wings: (2,) rad, opening of the left and right wing beyond ``fly.wing_spread``.
        joints: (leg, 4, xy) in the body frame, px of the reference fly.
    """

    position: np.ndarray
    heading: float
    head_yaw: float
    abdomen_yaw: float
    wings: np.ndarray
    joints: np.ndarray


def layers(fly: Fly) -> Layers:
    """Draw body and wings of one fly; equal flies get equal layers."""
    parts = shapes.body(fly)
    wings = parts["wingL"], parts["wingR"]
    return Layers(parts["head"], parts["thorax"], parts["abdomen"], wings)


def placing(fly: Fly, pose: Pose, corner: np.ndarray, angle: float, pivot) -> np.ndarray:
    """2 x 3 map from layer pixels to window pixels for a part turned about its pivot."""
    total = pose.heading + angle
    cos, sin = np.cos(total) * fly.scale / OVER, np.sin(total) * fly.scale / OVER
    linear = np.array([[cos, -sin], [sin, cos]])
    pivot = np.asarray(pivot, dtype=float)
    anchored = anatomy.turned(pivot * fly.scale, pose.heading) + pose.position - corner
    return np.column_stack([linear, anchored - linear @ (OVER * pivot + CENTER)])


def draw_legs(fly: Fly, pose: Pose, corner: np.ndarray) -> np.ndarray:
    """Absorption of the legs (y, x) uint8 in the window."""
    canvas = np.zeros((OVER * SIDE, OVER * SIDE), np.uint8)
    points = anatomy.turned(pose.joints * fly.scale, pose.heading) + pose.position - corner
    unit = OVER * (1 << _SUBPIXEL)
    points = points * unit + (OVER - 1) / 2 * (1 << _SUBPIXEL)
    half = 0.5 * fly.scale * unit
    # thin and faint first, so that what is drawn over another is the darker one
    for segment, start, stop, wide, wide2, dark, dark2 in reversed(_PIECES):
        first, last = points[:, segment], points[:, segment + 1]
        along = last - first
        length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)[:, None]
        across = np.stack([-along[:, 1], along[:, 0]], -1) / length * half
        a, b = first + start * along, first + stop * along
        sides = [a + across * wide, b + across * wide2, b - across * wide2, a - across * wide]
        tone = 255 * (dark + dark2) / 2
        for quad in np.rint(np.stack(sides, 1)).astype(np.int32):
            cv2.fillConvexPoly(canvas, quad, tone, cv2.LINE_AA, _SUBPIXEL)
        for joint, width, absorption in _KNOBS:
            if joint == segment + 1 and stop == 1.0:
                for x, y in np.rint(last).astype(int).tolist():
                    size, tone = round(width * half), 255 * absorption
                    cv2.circle(canvas, (x, y), size, tone, -1, cv2.LINE_AA, _SUBPIXEL)
    return cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def _spread(missing: np.ndarray) -> np.ndarray:
    """The image that the lens makes of the missing light."""
    small = SIDE // _COARSE
    coarse = cv2.resize(missing, (small, small), interpolation=cv2.INTER_AREA)
    glow = sum(share * cv2.GaussianBlur(coarse, (0, 0), sd / _COARSE) for share, sd in _GLOW)
    out = cv2.resize(np.asarray(glow), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    sharp = cv2.GaussianBlur(missing, (5, 5), _CORE)
    return cv2.scaleAdd(sharp, 1 - sum(share for share, _ in _GLOW), out)


def paint(frame: np.ndarray, fly: Fly, layers: Layers, pose: Pose) -> None:
    """Draw the fly into an image (y, x) uint8, in place; what lies outside is left out."""
    corner = np.floor(pose.position).astype(int) - HALF_WINDOW
    top, left = np.maximum(corner[::-1], 0)
    bottom, right = np.minimum(corner[::-1] + SIDE, frame.shape)
    if top >= bottom or left >= right:
        return
    light: np.ndarray = (255 - draw_legs(fly, pose, corner)).astype(np.float32)
    angles = anatomy.wing_angles(fly, pose.wings)
    for image, angle, pivot in (
        (layers.thorax, 0.0, (0.0, 0.0)),
        (layers.abdomen, pose.abdomen_yaw, (0.0, 0.0)),
        (layers.head, pose.head_yaw, anatomy.NECK),
        (layers.wings[0], angles[0], anatomy.WING_HINGE * (1, -1)),
        (layers.wings[1], angles[1], anatomy.WING_HINGE),
    ):
        matrix = placing(fly, pose, corner, angle, pivot)
        placed = cv2.warpAffine(image, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
        light = cv2.multiply(light, cv2.bitwise_not(placed), scale=1 / 255, dtype=cv2.CV_32F)
    missing = _spread(1 - light * np.float32(1 / 255))
    missing = missing[top - corner[1] : bottom - corner[1], left - corner[0] : right - corner[0]]
    view = frame[top:bottom, left:right]
    floor = view.astype(np.float32)
    view[:] = cv2.convertScaleAbs(floor + missing * (np.float32(255 * fly.brightness) - floor))
