"""The arena's floor: uneven light, dust, hairs, and the noise of the camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from leap_core.synthetic.anatomy import Fly

TILE = 1024  # px after which the floor repeats
NOISE_TILE = 701  # the noise repeats elsewhere than the floor
_NOISE = 0.7  # grey levels
_LIGHT = 0.7  # grey levels
_SPECK_AREA = 8000  # px^2 of floor for each speck of dust
_BITS = 4


@dataclass(frozen=True)
class Scene:
    """A floor without end.

    Attributes:
        floor: (y, x) grey levels, a tile that fits its own opposite edges.
        noise: (y, x) grey levels around 0, of which every image takes another part.
    """

    floor: np.ndarray
    noise: np.ndarray

    def view(
        self, corner: tuple[int, int], size: int | tuple[int, int], rng: np.random.Generator
    ) -> np.ndarray:
        """The empty arena as the camera sees it.

        Args:
            corner: (x, y) arena px of the window's top-left pixel; any integers.
            size: (width, height) or the side of a square window, px.
            rng: of the camera's noise; two draws for each image.

        Returns:
            (y, x) uint8.
        """
        width, height = size if isinstance(size, tuple) else (size, size)
        shift = rng.integers(0, len(self.noise), 2)
        image = window(self.floor, corner, width, height)
        image = image + window(self.noise, shift, width, height)
        # the stubs know no scalars
        return cv2.convertScaleAbs(cv2.max(image, 0.0))  # type: ignore[call-overload]


def window(tile: np.ndarray, corner, width: int, height: int) -> np.ndarray:
    """Part of an endless plane made of copies of ``tile``."""
    x, y = int(corner[0]) % tile.shape[1], int(corner[1]) % tile.shape[0]
    if x + width <= tile.shape[1] and y + height <= tile.shape[0]:
        return tile[y : y + height, x : x + width]
    rows = np.arange(y, y + height) % tile.shape[0]
    columns = np.arange(x, x + width) % tile.shape[1]
    return tile.take(rows, 0).take(columns, 1)


def build(fly: Fly, rng: np.random.Generator) -> Scene:
    """The floor on which one fly is filmed; its mean grey level is about ``fly.floor``."""
    floor = np.float32(fly.floor) + light(rng) + dust(rng)
    noise = rng.normal(0, _NOISE, (NOISE_TILE, NOISE_TILE)).astype(np.float32)
    return Scene(floor=floor, noise=noise)


def light(rng: np.random.Generator) -> np.ndarray:
    """Slow changes of brightness: a few waves that fit into the tile."""
    turns = 2 * np.pi * np.arange(TILE, dtype=np.float32) / TILE
    out = np.zeros((TILE, TILE), np.float32)
    waves = [(i, j) for i in range(-3, 4) for j in range(4) if j > 0 or i > 0]
    for i, j in waves:
        amount, phase = rng.normal(0, _LIGHT * np.sqrt(2 / len(waves))), rng.uniform(0, 2 * np.pi)
        out += amount * np.cos(i * turns[None, :] + j * turns[:, None] + phase)
    return out


def dust(rng: np.random.Generator) -> np.ndarray:
    """Specks, crumbs and curved hairs, most of them faint and a little out of focus."""
    margin = 64
    side = TILE + 2 * margin
    sharp, soft = np.zeros((side, side), np.uint8), np.zeros((side, side), np.uint8)
    for _ in range(TILE * TILE // _SPECK_AREA):
        center = rng.uniform(margin, side - margin, 2)
        canvas = sharp if rng.random() < 0.6 else soft
        tone = float(np.clip(rng.lognormal(3.3, 0.6), 12, 140))
        kind = rng.random()
        if kind < 0.35:
            reach, steps, curl = rng.uniform(12, 38), 10, 0.25
        elif kind < 0.7:
            reach, steps, curl = rng.uniform(1, 7), 3, 0.8
        else:
            reach, steps, curl = rng.uniform(4, 10), 6, 1.6
        turn = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(rng.normal(0, 0.1), curl, steps))
        path = np.cumsum(np.stack([np.cos(turn), np.sin(turn)], -1) * reach / steps, 0)
        line = np.rint((center + path - path.mean(0)) * (1 << _BITS)).astype(np.int32)
        cv2.polylines(canvas, [line], False, tone, 1, cv2.LINE_AA, _BITS)
    image: np.ndarray = cv2.GaussianBlur(sharp.astype(np.float32), (0, 0), 0.9)
    image += 1.6 * cv2.GaussianBlur(soft.astype(np.float32), (0, 0), 1.8)
    # what crosses an edge of the tile comes in again on the other side
    for _ in range(2):
        image[margin : 2 * margin] += image[-margin:]
        image[-2 * margin : -margin] += image[:margin]
        image = image[margin:-margin].T
    return np.ascontiguousarray(image)
