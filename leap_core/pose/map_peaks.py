"""Points read from confidence maps that are arrays: what :func:`confmaps.peaks` does on the device.

Without TensorFlow, whose import takes longer than many a prediction.
"""

from __future__ import annotations

import math

import numpy as np

SMOOTHING = 0.6  # of the maps' sigma: best on flies among 0.4 to 1.6 (docs/training.md)


def find(
    maps: np.ndarray, refine: str = "quadratic", sigma: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Global maximum of every map, then a sub-pixel step.

    Args:
        maps: (batch, y, x, joint) float32.
        refine, sigma: as of :func:`leap_core.pose.confmaps.peaks`.

    Returns:
        positions (batch, joint, xy) px and the peak value (batch, joint), both float32.
    """
    images, height, width, joints = maps.shape
    image, joint = np.arange(images)[:, None], np.arange(joints)
    # the highest pixel's column, then its row: the maps are read once, along memory
    x = maps.max(axis=1).argmax(axis=1)
    y = maps[image, :, x, joint].argmax(axis=-1)
    value = maps[image, y, x, joint]
    if refine == "smooth":
        return _smoothed(maps, y, x, sigma), value
    xy = np.stack([x, y], axis=-1).astype(np.float32)
    if refine == "quadratic":
        left, right = (np.clip(x + step, 0, width - 1) for step in (-1, 1))
        above, below = (np.clip(y + step, 0, height - 1) for step in (-1, 1))
        aside = _vertex(maps[image, y, left, joint], value, maps[image, y, right, joint])
        down = _vertex(maps[image, above, x, joint], value, maps[image, below, x, joint])
        xy[..., 0] += np.where((x > 0) & (x < width - 1), aside, 0)
        xy[..., 1] += np.where((y > 0) & (y < height - 1), down, 0)
    return xy, value


def _vertex(low: np.ndarray, middle: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Where the parabola through three neighbours is highest, -0.5 to 0.5 px from the middle."""
    bend = 2 * middle - low - high
    bent = bend > 1e-6
    offset = np.where(bent, (high - low) / (2 * np.where(bent, bend, np.float32(1))), 0)
    return np.clip(offset, -0.5, 0.5)


def _smoothed(maps: np.ndarray, y: np.ndarray, x: np.ndarray, sigma: float) -> np.ndarray:
    """The peak of the smoothed map at most a pixel from (y, x), then its parabola."""
    images, height, width, joints = maps.shape
    image, joint = np.arange(images)[:, None], np.arange(joints)
    blur = SMOOTHING * sigma
    reach = math.ceil(3 * blur)
    steps = np.arange(-reach - 2, reach + 3)
    taps = np.exp(-((steps - np.arange(-2, 3)[:, None]) ** 2) / (2 * blur**2)).astype(np.float32)
    rows = np.clip(y[..., None] + steps, 0, height - 1)
    columns = np.clip(x[..., None] + steps, 0, width - 1)
    patch = maps[
        image[..., None, None],
        rows[..., :, None],
        columns[..., None, :],
        joint[:, None, None],
    ]
    near = taps @ patch @ taps.T  # 5 x 5 around the peak
    best = near[..., 1:4, 1:4].reshape(images, joints, 9).argmax(axis=-1)
    down, right = best // 3 + 1, best % 3 + 1

    def at(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        return near[image, joint, rows, columns]

    middle = at(down, right)
    found = np.stack(
        [
            x + right - 2 + _vertex(at(down, right - 1), middle, at(down, right + 1)),
            y + down - 2 + _vertex(at(down - 1, right), middle, at(down + 1, right)),
        ],
        axis=-1,
    )
    return np.clip(found, 0, [width - 1, height - 1]).astype(np.float32)
