"""What two flies on a mesh look like: lit from above, bright on dark, one upon the other.

The shapes are those of :mod:`shapes`; here what holds back light covers what lies below with a
grey level of its own.  Levels are those of published videos of courting flies: the head is the
brightest, the abdomen half as bright, wings and mesh are faint.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from leap_core.synthetic import anatomy, picture, scene
from leap_core.synthetic.anatomy import Fly
from leap_core.synthetic.picture import Layers, Pose
from leap_core.synthetic.shapes import CENTER, HALF_WINDOW, OVER, SIDE

_LENS = 0.8  # px, standard deviation
_GLOW, _WIDE = 0.05, 4.0  # share of the light that is scattered, px
_RINGS = 0.12  # contrast of the abdomen's plates
_RING_PX = 9.0
_NOISE = 1.2  # grey levels
_FLOOR = 2.0  # grey level between the patches of mesh
# the mesh: patches of square openings between thin bars (px at 30 px/mm)
_PATCH, _EVERY, _CELL, _BAR, _RIM = (126, 231), (290, 335), 21, 3, 2
_BARS, _RIMS = 3.0, 20.0  # grey levels of the bars and of the rims of the openings
_SHINES = 0.03  # share of the openings that reflect
_SHINE = (15.0, 110.0)  # grey levels of these


@dataclass(frozen=True)
class Tones:
    """Grey levels of an animal's parts; the legs' is that of a thick place."""

    head: float
    thorax: float
    abdomen: float
    wing: float
    leg: float


def tones(female: bool, rng: np.random.Generator) -> Tones:
    """Draw the levels of one fly: males are brighter but for the head."""
    common = (222.0, 182.0, 120.0) if female else (218.0, 200.0, 142.0)
    head, thorax, abdomen = np.array(common) * (1 + rng.normal(0, 0.03, 3))
    wing, leg = rng.uniform(95, 120), rng.uniform(125, 150)
    return Tones(float(head), float(thorax), float(abdomen), float(wing), float(leg))


@dataclass(frozen=True)
class Look:
    """All that does not move of one fly: its layers, its levels, the shade of its abdomen."""

    fly: Fly
    layers: Layers
    tones: Tones
    plates: np.ndarray


def look(fly: Fly, tones: Tones) -> Look:
    """Draw one fly; equal flies look alike."""
    axis = (np.arange(OVER * SIDE, dtype=np.float32) - CENTER) / OVER
    x, y = np.meshgrid(axis, axis)
    rings = np.cos(2 * np.pi * (x + 0.006 * y**2) / _RING_PX)
    # the abdomen dims towards its end
    shade = 1 + _RINGS * rings + 0.004 * np.clip(x + 24, -24, 24)
    plates = np.clip(tones.abdomen * shade, 0, 255).astype(np.uint8)
    return Look(fly, picture.layers(fly), tones, plates)


def paint(frame: np.ndarray, look: Look, pose: Pose) -> None:
    """Lay a fly on an image (y, x) uint8, in place; what lies outside is left out."""
    fly, layers = look.fly, look.layers
    corner = np.floor(pose.position).astype(int) - HALF_WINDOW
    top, left = np.maximum(corner[::-1], 0)
    bottom, right = np.minimum(corner[::-1] + SIDE, frame.shape)
    if top >= bottom or left >= right:
        return
    covered: np.ndarray = picture.draw_legs(fly, pose, corner).astype(np.float32) * (1 / 255)
    light: np.ndarray = covered * np.float32(look.tones.leg)
    angles = anatomy.wing_angles(fly, pose.wings)
    for image, tone, angle, pivot in (
        (layers.abdomen, look.plates, pose.abdomen_yaw, (0.0, 0.0)),
        (layers.wings[0], look.tones.wing, angles[0], anatomy.WING_HINGE * (1, -1)),
        (layers.wings[1], look.tones.wing, angles[1], anatomy.WING_HINGE),
        (layers.thorax, look.tones.thorax, 0.0, (0.0, 0.0)),
        (layers.head, look.tones.head, pose.head_yaw, anatomy.NECK),
    ):
        matrix = picture.placing(fly, pose, corner, angle, pivot)

        def placed(layer: np.ndarray, matrix: np.ndarray = matrix) -> np.ndarray:
            return cv2.warpAffine(layer, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR)

        share = placed(image).astype(np.float32) * (1 / 255)
        level = placed(tone).astype(np.float32) if isinstance(tone, np.ndarray) else tone
        light += share * (level - light)
        covered += share * (1 - covered)
    light, covered = _seen(light), _seen(covered)
    inner = np.s_[top - corner[1] : bottom - corner[1], left - corner[0] : right - corner[0]]
    view = frame[top:bottom, left:right]
    view[:] = cv2.convertScaleAbs(view * (1 - covered[inner]) + light[inner])


def _seen(image: np.ndarray) -> np.ndarray:
    """What the lens makes of it."""
    sharp = cv2.GaussianBlur(image, (5, 5), _LENS)
    return cv2.addWeighted(sharp, 1 - _GLOW, cv2.GaussianBlur(image, (25, 25), _WIDE), _GLOW, 0)


def mesh(size: int, fly: Fly, rng: np.random.Generator) -> scene.Scene:
    """A floor with patches of mesh, dust and hairs, and the noise of the camera."""
    plain = scene.light(rng) + scene.dust(rng)
    floor = _FLOOR + scene.window(plain, (0, 0), size, size)
    origin = rng.integers(60, 180, 2)
    for top in range(int(origin[1]), size, _EVERY[1]):
        for left in range(int(origin[0]), size, _EVERY[0]):
            patch = _patch(rng)
            view = floor[top : top + _PATCH[1], left : left + _PATCH[0]]
            view += patch[: view.shape[0], : view.shape[1]]
    noise = rng.normal(0, _NOISE, (scene.NOISE_TILE, scene.NOISE_TILE)).astype(np.float32)
    return scene.Scene(floor=np.maximum(floor, 0).astype(np.float32), noise=noise)


def _patch(rng: np.random.Generator) -> np.ndarray:
    """One patch of mesh (y, x): bars around openings, some of which shine."""
    out = np.zeros((_PATCH[1], _PATCH[0]), np.float32)
    uneven = cv2.resize(rng.uniform(0.4, 1.5, (4, 3)).astype(np.float32), (_PATCH[0], _PATCH[1]))
    for top in range(0, _PATCH[1], _CELL):
        for left in range(0, _PATCH[0], _CELL):
            cell = out[top : top + _CELL - 1, left : left + _CELL - 1]
            cell[:] = _BARS * rng.uniform(0.6, 1.4)
            rim = cell[_BAR:-_BAR, _BAR:-_BAR]
            rim[:] = _RIMS * rng.uniform(0.4, 1.2, rim.shape)
            opening = rim[_RIM:-_RIM, _RIM:-_RIM]
            opening[:] = rng.uniform(*_SHINE) if rng.random() < _SHINES else -_FLOOR
    soft: np.ndarray = cv2.GaussianBlur(out * uneven, (0, 0), 1.2)
    return soft
