"""The arena from below: a dark glass floor with reflections, a bright rim, infrared light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from leap_core.synthetic.mouse.anatomy import ARENA_MM, VIEW_MM

_NOISE = 0.8  # grey levels
_ROOM = 96  # px by which the tile of noise is larger than a picture
_BITS = 4


@dataclass(frozen=True)
class Arena:
    """The empty arena as the camera sees it.

    Attributes:
        floor: (y, x) float32 grey levels, with the rim.
        rim: (y, x) float32 grey levels of the rim alone, which mirrors the mouse.
        lamp: (x, y) unit vector, from where the light comes.
        noise: (y, x) float32 grey levels around 0, of which each picture takes another part.
    """

    floor: np.ndarray
    rim: np.ndarray
    lamp: np.ndarray
    noise: np.ndarray

    @property
    def scale(self) -> float:
        """px/mm."""
        return len(self.floor) / VIEW_MM

    def pixels(self, places: np.ndarray) -> np.ndarray:
        """Places (..., xy) in mm from the middle as px of the picture."""
        return places * self.scale + (len(self.floor) - 1) / 2

    def light(self, place: np.ndarray) -> float:
        """How strong the light is at a place (x, y), mm, relative to the middle."""
        return 1 + 0.4 * float(place @ self.lamp) / ARENA_MM

    def shaken(self, picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The camera's noise on a picture (y, x) float32 -> uint8."""
        y, x = rng.integers(0, _ROOM, 2)
        side = len(picture)
        noisy = cv2.add(picture, self.noise[y : y + side, x : x + side])
        # the stubs know no scalars
        return cv2.convertScaleAbs(cv2.max(noisy, 0.0))  # type: ignore[call-overload]


def build(size: int, rng: np.random.Generator) -> Arena:
    """An arena whose picture has that side, px."""
    scale = size / VIEW_MM
    y, x = (np.mgrid[:size, :size] - (size - 1) / 2) / scale
    away, around = np.hypot(x, y), np.arctan2(y, x)
    angle = rng.uniform(-np.pi, np.pi)
    lamp = np.array([np.cos(angle), np.sin(angle)])
    floor = 4.5 + 3.5 * (x * lamp[0] + y * lamp[1]) / ARENA_MM
    floor += 1.2 * _clouds(size, 26 * scale, rng) + 0.5 * _clouds(size, 6 * scale, rng)
    floor += _reflections(size, scale, rng)
    floor[np.abs(away - rng.uniform(70, 110)) < 0.9] += 5
    floor += _dust(size, scale, rng)
    outside = away > ARENA_MM + 5
    floor = np.where(outside, 8 + 4 * _clouds(size, 14 * scale, rng), floor)
    bright = 70 + 185 * (0.5 + 0.5 * np.cos(around - angle + rng.uniform(-0.6, 0.6))) ** 1.5
    bright += 20 * np.cos(3 * around + rng.uniform(0, 6))
    rim = bright * np.exp(-(((away - ARENA_MM - 3.0) / 1.9) ** 4))
    rim += 0.12 * bright * np.exp(-(((away - ARENA_MM - 7.5) / 0.8) ** 2))
    noise = rng.normal(0, _NOISE, (size + _ROOM, size + _ROOM))
    return Arena(
        floor=np.maximum(floor, 0.5).astype(np.float32) + rim.astype(np.float32),
        rim=rim.astype(np.float32),
        lamp=lamp,
        noise=noise.astype(np.float32),
    )


def _clouds(size: int, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise of standard deviation 1, whose spots are as large as ``sigma``, px."""
    step = max(1, int(sigma / 3))
    side = size // step + 2
    rough = cv2.GaussianBlur(rng.normal(0, 1, (side, side)), (0, 0), sigma / step)
    smooth = cv2.resize(rough, None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
    return smooth[:size, :size] / rough.std()


def _reflections(size: int, scale: float, rng: np.random.Generator) -> np.ndarray:
    """Pale shapes of things below and above the glass, out of focus."""
    canvas = np.zeros((size, size), np.float32)
    for _ in range(6):
        shape = np.zeros((size, size), np.float32)
        place = (rng.uniform(-0.7, 0.7, 2) * ARENA_MM + VIEW_MM / 2) * scale
        sides = rng.uniform(4, 45, 2) * scale
        box = cv2.boxPoints((place.tolist(), sides.tolist(), float(rng.uniform(0, 180))))
        cv2.fillPoly(shape, [np.rint(box).astype(np.int32)], float(rng.uniform(0.8, 3.0)))
        canvas += cv2.GaussianBlur(shape, (0, 0), rng.uniform(0.8, 3.0) * scale)
    return canvas


def _dust(size: int, scale: float, rng: np.random.Generator) -> np.ndarray:
    """Droppings, drops and smears on the glass."""
    canvas = np.zeros((size, size), np.uint8)
    for _ in range(24):
        turn = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.5, 5))
        reach = float(np.clip(rng.lognormal(0.6, 0.8), 0.6, 12.0)) * scale / 5
        line = np.cumsum(np.stack([np.cos(turn), np.sin(turn)], -1) * reach, 0)
        line += rng.uniform(0, size, 2)
        tone = float(np.clip(rng.lognormal(2.4, 0.7), 5, 60))
        points = np.rint(line * (1 << _BITS)).astype(np.int32)
        cv2.polylines(canvas, [points], False, tone, 1, cv2.LINE_AA, _BITS)
    return cv2.GaussianBlur(canvas.astype(np.float32), (0, 0), 0.5 * scale)
