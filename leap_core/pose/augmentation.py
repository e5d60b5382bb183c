"""Random views of labeled images: the image is warped, the points go through the same map.

Rotating points and rendering their maps afterwards is exact; the original rotated cached map
images.
"""

from __future__ import annotations

import cv2
import numpy as np

from leap_core import config

SPECK_PX = (1.0, 6.0)  # radius, px of the crop
SHARP = 0.2  # a Gaussian below this sigma (px) changes nothing


def shrink(images: np.ndarray, scale: float) -> np.ndarray:
    """Resize (sample, y, x, 1) uint8 images by ``scale``, averaging areas; float32 in 0..1."""
    if scale == 1:
        return images.astype(np.float32) / 255
    height, width = (round(n * scale) for n in images.shape[1:3])
    small = [cv2.resize(i, (width, height), interpolation=cv2.INTER_AREA) for i in images[..., 0]]
    return np.stack(small)[..., None].astype(np.float32) / 255


def shrink_points(points: np.ndarray, scale: float) -> np.ndarray:
    """Pixel positions after :func:`shrink` (pixel centres at whole numbers)."""
    return (points + 0.5) * scale - 0.5


def grow_points(points: np.ndarray, scale: float) -> np.ndarray:
    """Inverse of :func:`shrink_points`."""
    return (points + 0.5) / scale - 0.5


def mirror(points: np.ndarray, swap: np.ndarray, height: int) -> np.ndarray:
    """Points (..., joint, xy) of the image turned upside down, left and right parts swapped.

    The crop's body axis is horizontal, so the mirror image is y' = height - 1 - y.
    """
    flipped = points[..., swap, :].copy()
    flipped[..., 1] = height - 1 - flipped[..., 1]
    return flipped


def affine(angle: float, scale: float, shift: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """2 x 3 matrix that turns by ``angle`` (rad, x towards y), scales and shifts about the centre.

    The centre is ((W - 1) / 2, (H - 1) / 2); ``size`` is (W, H), ``shift`` in px.
    """
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    centre = (np.array(size) - 1) / 2
    linear = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([linear, centre - linear @ centre + shift])


def only_inside(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Points (..., xy) px, NaN where they lie outside an image of ``size`` (W, H)."""
    outside = (points < -0.5) | (points > np.array(size) - 0.5)
    return np.where(outside.any(axis=-1, keepdims=True), np.nan, points)


def augment(
    images: np.ndarray,
    points: np.ndarray,
    swap: np.ndarray,
    settings: config.Training,
    input_scale: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """One random view of every image of a batch: its place, then its light.

    Args:
        images: (batch, y, x, 1) float32 in 0..1, at network resolution.
        points: (batch, joint, xy) px at network resolution, NaN = unlabeled.
        swap: mirror partner of each joint.
        settings: ranges, in px and grey levels of the crop.
        input_scale: network pixels per crop pixel.

    Returns:
        New images and points of the same shapes.  Points that leave the image become NaN.
    """
    height, width = images.shape[1:3]
    out = np.empty_like(images)
    moved = np.empty_like(points)
    limit = np.deg2rad(settings.rotation_deg)
    for k in range(len(images)):
        image, xy = images[k, ..., 0], points[k]
        if settings.mirror and rng.random() < 0.5:
            image, xy = image[::-1], mirror(xy, swap, height)
        if settings.mask is not None and rng.random() < settings.mask_share:
            low, high = settings.mask
            image = np.where(image < rng.uniform(low, high) / 255, 0, image)
        matrix = affine(
            rng.uniform(-limit, limit),
            1 + rng.uniform(-settings.scale, settings.scale),
            rng.uniform(-settings.shift_px, settings.shift_px, 2) * input_scale,
            (width, height),
        )
        image = cv2.warpAffine(
            np.ascontiguousarray(image), matrix, (width, height), flags=cv2.INTER_LINEAR
        )
        out[k, ..., 0] = relight(image, settings, input_scale, rng)
        moved[k] = xy @ matrix[:, :2].T + matrix[:, 2]
    return out, only_inside(moved, (width, height))


def relight(
    image: np.ndarray, settings: config.Training, input_scale: float, rng: np.random.Generator
) -> np.ndarray:
    """Random specks of dirt, blur, contrast, brightness and noise, each where its setting is not 0.

    Args:
        image: (y, x) float32 in 0..1, at network resolution; not changed.

    Returns:
        (y, x) float32, which may leave 0..1 a little.
    """
    if settings.specks:
        image = image.copy()
        for _ in range(rng.integers(settings.specks + 1)):
            x, y = (int(rng.integers(n)) for n in reversed(image.shape))
            radius = max(1, round(rng.uniform(*SPECK_PX) * input_scale))
            cv2.circle(image, (x, y), radius, float(rng.random()), cv2.FILLED)
    if settings.blur_px:
        sigma = rng.uniform(0, settings.blur_px) * input_scale
        if sigma > SHARP:
            image = cv2.GaussianBlur(image, (0, 0), sigma)
    if settings.contrast:
        image = image * np.float32(1 + rng.uniform(-settings.contrast, settings.contrast))
    if settings.brightness:
        image = image + np.float32(rng.uniform(-settings.brightness, settings.brightness))
    if settings.noise:
        strength = rng.uniform(0, settings.noise)
        image = image + rng.standard_normal(image.shape, np.float32) * np.float32(strength)
    return image
