"""The animal's mean picture, and how an image is turned and shifted against it.

An image of the body is small, square and *bright on black*; its angle comes from the magnitude
of its Radon transform's spectrum, which a shift leaves alone, and its place from the correlation
of the turned image with the template.  Formulas: docs/alignment.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import fft

from leap_core import geometry
from leap_core.numerics import parabola_peak
from leap_core.preprocess import segmentation
from leap_core.preprocess.segmentation import Blob

SIDE = 80  # px of the small images
_BODY = 44.0  # px of the body's length in them
_PADDED = 2 * SIDE  # px, period of the spectrum: fine enough to read between its samples
_MARGIN_SAMPLES = 2  # samples around the spectrum, for the interpolation
_ANGLES = 180  # of the Radon transform, over half a turn
_FREQUENCIES = np.arange(1.0, 33.0)  # along the offset, cycles per padded side
_REACH_PX = SIDE // 4  # px, largest shift
_ROUNDS = 2
# times the body's median light that its brightest hundredths have: a mark; 1.2 to 2.0 on real and
# simulated flies, 3.3 of a drawn mark of twice the body's grey
_MARKED = 2.0
_ALIKE = 0.15  # difference in area of the bodies that make the template


@dataclass(frozen=True)
class Template:
    """What images of one animal are compared with.

    Attributes:
        image: (SIDE, SIDE) float32, the mean body, its long axis along x and its centroid in the
            middle; which end is the head is not known.
        scale: px of it per px of the video.
        marked: bodies bear a bright mark, so that light above their median is cut to it.
        slices: (frequency of the angle, _FREQUENCIES) conjugate transform of its Radon spectrum.
        spectrum: conjugate 2-D transform of the image.
    """

    image: np.ndarray
    scale: float
    marked: bool
    slices: np.ndarray
    spectrum: np.ndarray


@dataclass(frozen=True)
class Fit:
    """Where the template lies in one frame.

    Attributes:
        angle: rad, modulo pi.
        center: (2, xy) px, of the template's middle if its +x points along ``angle``, and if it
            points the other way.
        match: (2,) correlation with the template in both cases, -1..1.
    """

    angle: float
    center: np.ndarray
    match: np.ndarray


def body_light(blob: Blob, threshold: float, marked: bool = False) -> np.ndarray:
    """The body alone, as the square of its light above the threshold: (y, x) float32.

    It is zero where the body's mask ends, so that a pixel more or less of the mask changes
    nothing; the square is for wings, which reach into the mask but are much fainter.

    Args:
        threshold: signal level of the body.
        marked: cut the light to the body's median, so that a mark weighs no more than the body.
    """
    mask = cv2.dilate(blob.body.view(np.uint8), segmentation.disc(3))
    light = np.maximum(blob.signal.astype(np.float32) - np.float32(threshold), 0)
    if marked:
        light = np.minimum(light, np.median(light[blob.body]))
    return light * light * mask


def place(light: np.ndarray, center: np.ndarray, angle: float, scale: float) -> np.ndarray:
    """Small image (SIDE, SIDE) of a body: ``center`` in the middle, ``angle`` along +x.

    Args:
        center: (x, y) in ``light``; scale: small px per px of ``light``.
    """
    if scale < 0.7:
        light = cv2.GaussianBlur(light, (0, 0), 0.4 / scale)
    matrix = geometry.rotation(angle) / scale
    matrix = np.column_stack([matrix, center - matrix @ geometry.middle(SIDE)])
    return cv2.warpAffine(
        light, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )


def _waves() -> np.ndarray:
    """Transform along one side about its middle, at whole frequencies up to past the highest."""
    reach = int(_FREQUENCIES[-1]) + _MARGIN_SAMPLES
    offset = np.arange(SIDE) - (SIDE - 1) / 2
    frequency = np.arange(-reach, reach + 1) / _PADDED
    return np.exp(-2j * np.pi * np.outer(frequency, offset)).astype(np.complex64)


def _polar() -> tuple[np.ndarray, np.ndarray]:
    """Where the slices lie in the transform by :func:`_waves`."""
    angle = np.arange(_ANGLES)[:, None] * (np.pi / _ANGLES)
    middle = _FREQUENCIES[-1] + _MARGIN_SAMPLES
    x, y = _FREQUENCIES * np.cos(angle) + middle, _FREQUENCIES * np.sin(angle) + middle
    return x.astype(np.float32), y.astype(np.float32)


_WAVES, _POLAR = _waves(), _polar()


def radon_spectrum(image: np.ndarray) -> np.ndarray:
    """Magnitude of the Fourier transform, along the offset, of the Radon transform.

    By the projection-slice theorem it is that of the image's 2-D transform along the line at the
    projection's angle, which is read there without any projection.

    Args:
        image: (SIDE, SIDE).

    Returns:
        (_ANGLES, frequency) float32; row ``a`` is the line at ``a`` degrees.
    """
    spectrum = _WAVES @ image.astype(np.complex64) @ _WAVES.T
    parts = np.stack([spectrum.real, spectrum.imag], -1)
    parts = cv2.remap(parts, *_POLAR, cv2.INTER_CUBIC)
    return np.hypot(parts[..., 0], parts[..., 1])


def bright_mark(blobs: list[Blob], threshold: float) -> bool:
    """Whether bodies bear a mark that is much brighter than they are, in most of the frames."""
    ratios = []
    for blob in blobs:
        light = blob.signal[blob.body] - float(threshold)
        ratios.append(np.percentile(light, 98) / max(float(np.median(light)), 1.0))
    return bool(np.median(ratios) > _MARKED)


def make(image: np.ndarray, scale: float, marked: bool = False) -> Template:
    """The template with this picture; everything that is the same for all frames is done here."""
    return Template(
        image=image,
        scale=scale,
        marked=marked,
        slices=np.conj(fft.rfft(radon_spectrum(image), axis=0)),
        spectrum=np.conj(fft.rfft2(image)),
    )


def turn(image: np.ndarray, template: Template) -> float:
    """Angle (rad, modulo pi) by which the template must be turned to lie like the image."""
    product = (fft.rfft(radon_spectrum(image), axis=0) * template.slices).sum(1)
    likeness = fft.irfft(product, _ANGLES)
    best = int(np.argmax(likeness))
    before, here, after = likeness[best - 1], likeness[best], likeness[(best + 1) % _ANGLES]
    return (best + _peak(before, here, after)) * np.pi / _ANGLES


def shift(image: np.ndarray, template: Template) -> tuple[np.ndarray, float]:
    """How far (x, y) px the image lies from the template, and their correlation there."""
    likeness = fft.irfft2(fft.rfft2(image) * template.spectrum, (SIDE, SIDE))
    likeness = np.roll(likeness, (_REACH_PX, _REACH_PX), (0, 1))[
        : 2 * _REACH_PX + 1, : 2 * _REACH_PX + 1
    ]
    y, x = np.unravel_index(np.argmax(likeness[1:-1, 1:-1]), (2 * _REACH_PX - 1,) * 2)
    y, x = y + 1, x + 1
    dx = _peak(*likeness[y, x - 1 : x + 2])
    dy = _peak(*likeness[y - 1 : y + 2, x])
    norm = np.linalg.norm(image) * np.linalg.norm(template.image)
    return np.array([x + dx, y + dy]) - _REACH_PX, float(likeness[y, x] / max(norm, 1e-9))


def _peak(before: float, here: float, after: float) -> float:
    """Place of the maximum between values at -1, 0, 1; no more than half a step off."""
    return float(np.clip(parabola_peak(before, here, after), -0.5, 0.5))


def fit(blob: Blob, threshold: float, template: Template) -> Fit:
    """Find the template in one frame.

    The template comes from the same video, so one scale serves all frames; bringing each body to
    the template's area would turn every touch of a leg or wing into a shift.

    Args:
        blob: the animal; threshold: signal level of its body.
    """
    center = segmentation.ellipse(blob.body)[0]
    light = body_light(blob, threshold, template.marked)
    scale = template.scale
    angle = turn(place(light, center, 0.0, scale), template)
    turned = place(light, center, angle, scale)
    centers, match = np.zeros((2, 2)), np.zeros(2)
    for way, image in enumerate((turned, np.ascontiguousarray(turned[::-1, ::-1]))):
        moved, match[way] = shift(image, template)
        centers[way] = center + geometry.rotation(angle + np.pi * way) @ moved / scale
    return Fit(angle, centers + blob.corner, match)


def outline(image: np.ndarray) -> np.ndarray:
    """The body in a template's picture: (SIDE, SIDE) bool, at least half of the most light."""
    return image > image.max() / 4  # the picture holds squares


def learn(blobs: list[Blob], threshold: float) -> Template:
    """The template of some frames.

    The bodies are laid on one another by their second moments, each the way round in which it is
    more like the others, and averaged; then twice more after a fit to that average.  Those much
    smaller or larger than the median one do not take part.

    Args:
        blobs: at least one; threshold: signal level of the body.
    """
    areas = np.array([float(blob.body.sum()) for blob in blobs])
    typical = float(np.sort(areas)[len(areas) // 2])
    blobs = [blobs[k] for k in np.flatnonzero(np.abs(areas / typical - 1) <= _ALIKE)]
    shapes = [segmentation.ellipse(blob.body) for blob in blobs]
    marked = bright_mark(blobs, threshold)
    lights = [body_light(blob, threshold, marked) for blob in blobs]
    scale = _BODY / float(np.median([length for _, _, length, _ in shapes]))
    centers = [center for center, _, _, _ in shapes]
    angles = [angle for _, angle, _, _ in shapes]

    def images() -> list[np.ndarray]:
        placed = [place(*item, scale) for item in zip(lights, centers, angles, strict=True)]
        return [image / max(image.mean(), 1e-9) for image in placed]

    for first in (True, False):
        placed = images()
        reference = placed[0] if first else np.mean(placed, axis=0)
        for k, image in enumerate(placed):
            if (image * reference).sum() < (image[::-1, ::-1] * reference).sum():
                angles[k] += np.pi
    for _ in range(_ROUNDS):
        template = make(np.mean(images(), axis=0), scale, marked)
        offset, tilt, _, _ = segmentation.ellipse(outline(template.image))
        offset = offset - geometry.middle(SIDE)
        for k, blob in enumerate(blobs):
            found = fit(blob, threshold, template)
            way = int(np.argmax(found.match))
            angle = found.angle + np.pi * way
            moved = geometry.rotation(angle) @ offset / scale
            centers[k] = found.center[way] - blob.corner + moved
            angles[k] = angle + tilt
    return make(np.mean(images(), axis=0), scale, marked)
