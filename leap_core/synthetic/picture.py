"""What the simulated fly looks like: a backlit fly, inverted, as in the paper's images.

Light passes through wings and legs and hardly through the body.  Every layer is an absorption
between 0 and 1; layers multiply their transmissions, and the picture is the light that is
missing.  Body layers are drawn once per fly and turned into place in every frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from leap_core.synthetic import anatomy
from leap_core.synthetic.anatomy import Fly

HALF = 112  # half the window that holds the fly, px
_SIDE = 2 * HALF
_SUBPIXEL = 4  # bits
_LEG_WIDTH = (3, 3, 2)
_LEG_ABSORPTION = (120, 96, 76)


@dataclass(frozen=True)
class Layers:
    """Absorption images (uint8, 255 = opaque) in the body frame, origin in the middle."""

    head: np.ndarray
    thorax: np.ndarray
    abdomen: np.ndarray
    wings: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Pose:
    """One frame of the fly: arena px, rad, and the legs in the body frame."""

    position: np.ndarray
    heading: float
    head_yaw: float
    abdomen_yaw: float
    wings: np.ndarray
    joints: np.ndarray


def _grid() -> tuple[np.ndarray, np.ndarray]:
    axis = np.arange(_SIDE, dtype=np.float32) - (_SIDE - 1) / 2
    return np.meshgrid(axis, axis)


def _blob(center, semi, power: float = 2.0, soft: float = 1.1) -> np.ndarray:
    """Superellipse with soft edges, 0..1."""
    x, y = _grid()
    u, v = np.abs(x - center[0]) / semi[0], np.abs(y - center[1]) / semi[1]
    radius = (u**power + v**power) ** (1 / power)
    return 1 / (1 + np.exp(np.minimum((radius - 1) * (min(semi) / soft), 50)))


def _halo(mask: np.ndarray) -> np.ndarray:
    """Light scattered around an opaque part."""
    wide = cv2.GaussianBlur(mask, (0, 0), 5.0)
    return np.maximum(mask, 0.10 * wide)


def _wing(sign: float) -> np.ndarray:
    """A blade with veins and a darker rim, hinge to tip along -x."""
    x, y = _grid()
    hinge = anatomy.WING_HINGE * (1, sign)
    t = np.clip((hinge[0] - x) / (anatomy.WING_LENGTH + 1.5), 0, 1)
    inside = ((hinge[0] - x) > 0) & (t < 1)
    rounded = 16.5 * np.sqrt(np.clip(1 - ((t - 0.68) / 0.32) ** 2, 0, 1))
    rising = 16.5 * np.sin(np.pi / 2 * np.clip(t / 0.68, 0, 1)) ** 1.1
    half = np.where(t < 0.68, rising, rounded)
    across = (y - hinge[1]) * sign - 1.5 * t
    depth = np.where(inside, half - np.abs(across), -9.0)
    blade = 1 / (1 + np.exp(-depth / 0.9))
    out = 0.23 * blade + 0.12 * np.exp(-((depth / 1.3) ** 2))
    for slope in (-0.55, -0.1, 0.4):
        vein = (across - slope * half) / 1.0
        out += 0.06 * blade * np.exp(-(vein**2))
    return out * np.clip(t * 3, 0, 1)


def layers(fly: Fly) -> Layers:
    """Draw the body layers of one fly."""
    x, _ = _grid()
    head = np.maximum(_blob((39.5, 0), (10.0, 14.0), 2.5), _blob((46.5, 0), (4.5, 7.0)))
    for sign in (-1, 1):
        head = np.maximum(head, _blob((37.5, 9.0 * sign), (7.0, 7.0)))
        head = np.maximum(head, 0.75 * _spike((48.0, 3.5 * sign), (54.5, 7.5 * sign), 1.2))
    thorax = np.maximum(_blob((10.0, 0), (21.0, 14.5), 2.8), _blob((30.0, 0), (4.0, 8.0)))
    abdomen = _blob((-20.0, 0), (30.0, 14.5), 2.5)
    bands = 1 - 0.012 * (1 + np.cos(x * (2 * np.pi / 8.5)))
    shade = 0.91 + 0.08 / (1 + np.exp((x - 25.0) / 6.0))
    tone = fly.brightness
    parts = [tone * m * shade for m in (head, thorax, abdomen * bands)]
    wings = tuple(_wing(sign) for sign in (-1.0, 1.0))
    body = [_bytes(_halo(p.astype(np.float32))) for p in parts]
    return Layers(*body, wings=tuple(_bytes(w) for w in wings))


def _spike(start, stop, width: float) -> np.ndarray:
    x, y = _grid()
    a, d = np.asarray(start), np.subtract(stop, start)
    t = np.clip(((x - a[0]) * d[0] + (y - a[1]) * d[1]) / (d @ d), 0, 1)
    away = np.hypot(x - a[0] - t * d[0], y - a[1] - t * d[1])
    return np.exp(-((away / (width * (1.2 - 0.6 * t))) ** 2))


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)


def _placing(fly: Fly, pose: Pose, corner: np.ndarray, angle: float, pivot) -> np.ndarray:
    """2 x 3 map from layer pixels to window pixels for a part turned about its pivot."""
    total = pose.heading + angle
    cos, sin = np.cos(total) * fly.scale, np.sin(total) * fly.scale
    linear = np.array([[cos, -sin], [sin, cos]])
    pivot = np.asarray(pivot, dtype=float)
    anchored = anatomy.turned(pivot * fly.scale, pose.heading) + pose.position - corner
    return np.column_stack([linear, anchored - linear @ (pivot + (_SIDE - 1) / 2)])


def paint(frame: np.ndarray, fly: Fly, images: Layers, pose: Pose) -> None:
    """Draw the fly into an arena image (y, x) uint8, in place."""
    corner = np.floor(pose.position).astype(int) - HALF
    legs = np.zeros((_SIDE, _SIDE), np.uint8)
    points = anatomy.turned(pose.joints * fly.scale, pose.heading) + pose.position - corner
    points = np.rint(points * (1 << _SUBPIXEL)).astype(np.int32)
    for segment in (2, 1, 0):
        for leg in range(len(points)):
            start, stop = points[leg, segment], points[leg, segment + 1]
            color, width = _LEG_ABSORPTION[segment], _LEG_WIDTH[segment]
            cv2.line(legs, start.tolist(), stop.tolist(), color, width, cv2.LINE_AA, _SUBPIXEL)
    legs = cv2.GaussianBlur(legs, (5, 5), 0.9)
    placed = []
    angles = anatomy.wing_angles(fly, pose.wings)
    for image, angle, pivot in (
        (images.thorax, 0.0, (0.0, 0.0)),
        (images.abdomen, pose.abdomen_yaw, (0.0, 0.0)),
        (images.head, pose.head_yaw, anatomy.NECK),
        (images.wings[0], angles[0], anatomy.WING_HINGE * (1, -1)),
        (images.wings[1], angles[1], anatomy.WING_HINGE),
    ):
        matrix = _placing(fly, pose, corner, angle, pivot)
        placed.append(cv2.warpAffine(image, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR))
    opaque = cv2.max(cv2.max(placed[0], placed[1]), placed[2])
    light = 255.0 - opaque.astype(np.float32)
    for layer in (placed[3], placed[4], legs):
        light *= (255.0 - layer.astype(np.float32)) * np.float32(1 / 255)
    top, left = max(corner[1], 0), max(corner[0], 0)
    bottom = min(corner[1] + _SIDE, frame.shape[0])
    right = min(corner[0] + _SIDE, frame.shape[1])
    view = frame[top:bottom, left:right]
    light = light[top - corner[1] : bottom - corner[1], left - corner[0] : right - corner[0]]
    floor = view.astype(np.float32)
    view[:] = (255.0 - light + floor * light * np.float32(1 / 255) + 0.5).astype(np.uint8)
