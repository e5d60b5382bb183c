"""The animal's mean picture, and how an image is turned and shifted against it.

An image of the body is small, square and *bright on black*; its angle comes from the magnitude
of its Radon transform's spectrum, which a shift leaves alone, and its place from the correlation
of the turned image with the template.  Formulas: docs/alignment.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from scipy import fft

from leap_core import geometry
from leap_core.preprocess import segmentation
from leap_core.preprocess.recipe import Box
from leap_core.preprocess.segmentation import Blob

SIDE = 80  # px of the small images
_BODY = 44.0  # px of the body's length in them
_PADDED = 2 * SIDE  # px, period of the spectrum: fine enough to read between its samples
_MARGIN_SAMPLES = 2  # samples around the spectrum, for the interpolation
_ANGLES = 180  # of the Radon transform, over half a turn
_FREQUENCIES = np.arange(1.0, 33.0)  # along the offset, cycles per padded side
_REACH_PX = SIDE // 4  # px, largest shift
_ROUNDS = 2
_SHRUNK = 0.7  # small px per px: below, finer things are smoothed away first
_KERNEL = 2.0  # px over the scale, at least half of the smoothing kernel: 4 standard deviations
_MIDDLE = geometry.middle(SIDE)
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
        spectrum: (2, SIDE, SIDE // 2 + 1) conjugate 2-D transform of the image, and what it must
            be multiplied by for an image that is turned by half a turn.
        norm: root of the image's sum of squares.
    """

    image: np.ndarray
    scale: float
    marked: bool
    slices: np.ndarray
    spectrum: np.ndarray
    norm: float


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
    return _laid(_smooth(light, scale), center, angle, scale)


def _smooth(light: np.ndarray, scale: float) -> np.ndarray:
    """Light without what is finer than the pixels of a small image."""
    return cv2.GaussianBlur(light, (0, 0), 0.4 / scale) if scale < _SHRUNK else light


def _laid(light: np.ndarray, center: np.ndarray, angle: float, scale: float) -> np.ndarray:
    matrix = geometry.rotation(angle) / scale
    matrix = np.column_stack([matrix, center - matrix @ _MIDDLE])
    return cv2.warpAffine(
        light, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )


def _waves(lowest: int) -> np.ndarray:
    """Transform along one side about its middle, at whole frequencies up to past the highest.

    Returns:
        (2 * frequency, SIDE) float32, real parts and then imaginary ones.
    """
    reach = int(_FREQUENCIES[-1]) + _MARGIN_SAMPLES
    offset = np.arange(SIDE) - (SIDE - 1) / 2
    frequency = np.arange(lowest, reach + 1) / _PADDED
    phase = 2 * np.pi * np.outer(frequency, offset)
    return np.concatenate([np.cos(phase), -np.sin(phase)]).astype(np.float32)


def _polar() -> tuple[np.ndarray, np.ndarray]:
    """Where the slices lie in the half of the transform that is read."""
    angle = np.arange(_ANGLES)[:, None] * (np.pi / _ANGLES)
    x = _FREQUENCIES * np.cos(angle) + _FREQUENCIES[-1] + _MARGIN_SAMPLES
    y = _FREQUENCIES * np.sin(angle) + _MARGIN_SAMPLES
    return x.astype(np.float32), y.astype(np.float32)


_ACROSS = np.ascontiguousarray(_waves(-int(_FREQUENCIES[-1]) - _MARGIN_SAMPLES).T)
_DOWN, _POLAR = _waves(-_MARGIN_SAMPLES), _polar()


def radon_spectrum(image: np.ndarray) -> np.ndarray:
    """Magnitude of the Fourier transform, along the offset, of the Radon transform.

    By the projection-slice theorem it is that of the image's 2-D transform along the line at the
    projection's angle, which is read there without any projection.  Half of the transform has all
    of these lines.

    Args:
        image: (SIDE, SIDE).

    Returns:
        (_ANGLES, frequency) float32; row ``a`` is the line at ``a`` degrees.
    """
    both = _DOWN @ image.astype(np.float32, copy=False) @ _ACROSS
    down, across = len(_DOWN) // 2, _ACROSS.shape[1] // 2
    parts = np.empty((down, across, 2), np.float32)
    np.subtract(both[:down, :across], both[down:, across:], out=parts[..., 0])
    np.add(both[:down, across:], both[down:, :across], out=parts[..., 1])
    squares = np.square(cv2.remap(parts, *_POLAR, cv2.INTER_CUBIC))
    return np.sqrt(squares[..., 0] + squares[..., 1])


def bright_mark(blobs: list[Blob], threshold: float) -> bool:
    """Whether bodies bear a mark that is much brighter than they are, in most of the frames."""
    ratios = []
    for blob in blobs:
        light = blob.signal[blob.body] - float(threshold)
        ratios.append(np.percentile(light, 98) / max(float(np.median(light)), 1.0))
    return bool(np.median(ratios) > _MARKED)


def make(image: np.ndarray, scale: float, marked: bool = False) -> Template:
    """The template with this picture; everything that is the same for all frames is done here."""
    spectrum = np.conj(fft.rfft2(image))
    return Template(
        image=image,
        scale=scale,
        marked=marked,
        slices=np.conj(fft.rfft(radon_spectrum(image), axis=0)),
        spectrum=np.stack([spectrum, spectrum * _HALF_TURN]),
        norm=float(np.linalg.norm(image)),
    )


def _half_turn() -> np.ndarray:
    """The transform of an image turned by half a turn is the conjugate one, times this."""
    down, across = fft.fftfreq(SIDE), fft.rfftfreq(SIDE)
    return np.exp(2j * np.pi * np.add.outer(down, across)).astype(np.complex64)


_HALF_TURN = _half_turn()


def turn(image: np.ndarray, template: Template) -> float:
    """Angle (rad, modulo pi) by which the template must be turned to lie like the image."""
    product = (fft.rfft(radon_spectrum(image), axis=0) * template.slices).sum(1)
    likeness = fft.irfft(product, _ANGLES).tolist()
    best = likeness.index(max(likeness))
    before, here, after = likeness[best - 1], likeness[best], likeness[(best + 1) % _ANGLES]
    return (best + _peak(before, here, after)) * np.pi / _ANGLES


def shifts(image: np.ndarray, template: Template) -> tuple[np.ndarray, np.ndarray]:
    """How far an image lies from the template, as it is and turned by half a turn.

    Returns:
        (2, xy) px, and (2,) the correlations there.
    """
    spectrum = fft.rfft2(image)
    both = np.stack([spectrum, np.conj(spectrum)]) * template.spectrum
    likeness = fft.irfft2(both, (SIDE, SIDE)).reshape(2, -1)[:, _NEAR]
    moved, match = np.zeros((2, 2)), np.zeros(2)
    norm = max(float(np.linalg.norm(image)) * template.norm, 1e-9)
    for way, near in enumerate(likeness):
        y, x = divmod(int(np.argmax(near[1:-1, 1:-1])), 2 * _REACH_PX - 1)
        row, column = near[y + 1, x : x + 3].tolist(), near[y : y + 3, x + 1].tolist()
        moved[way] = x + 1 + _peak(*row) - _REACH_PX, y + 1 + _peak(*column) - _REACH_PX
        match[way] = row[1] / norm
    return moved, match


def _near() -> np.ndarray:
    """Places of all shifts within reach in a correlation, whose first value is that of none."""
    shift = np.arange(-_REACH_PX, _REACH_PX + 1) % SIDE
    return np.add.outer(shift * SIDE, shift)


_NEAR = _near()


def _peak(before: float, here: float, after: float) -> float:
    """Place of the maximum between values at -1, 0, 1; no more than half a step off."""
    bend = before - 2 * here + after
    return min(max(0.5 * (before - after) / bend, -0.5), 0.5) if bend < 0 else 0.0


def fit(
    blob: Blob, threshold: float, template: Template, *, middle: np.ndarray | None = None
) -> Fit:
    """Find the template in one frame.

    The template comes from the same video, so one scale serves all frames; bringing each body to
    the template's area would turn every touch of a leg or wing into a shift.

    Args:
        blob: the animal; threshold: signal level of its body.
        middle: of the body in the blob's part, if it is known.
    """
    center = segmentation.ellipse(blob.body)[0] if middle is None else middle
    scale = template.scale
    box = _lit(blob.body, scale)
    light = body_light(_cut(blob, box), threshold, template.marked)
    light, inner = _smooth(light, scale), center - [box[1].start, box[0].start]
    angle = turn(_laid(light, inner, 0.0, scale), template)
    moved, match = shifts(_laid(light, inner, angle, scale), template)
    back = geometry.rotation(angle) @ moved.T / scale
    back[:, 1] *= -1  # of what is turned by half a turn
    return Fit(angle, center + blob.corner + back.T, match)


def _lit(body: np.ndarray, scale: float) -> Box:
    """The box of a body's light, and of what smoothing makes of it."""
    x, y, width, height = cv2.boundingRect(body.view(np.uint8))
    room = 2 + (math.ceil(_KERNEL / scale) if scale < _SHRUNK else 0)
    return (
        slice(max(y - room, 0), y + height + room),
        slice(max(x - room, 0), x + width + room),
    )


def _cut(blob: Blob, box: Box) -> Blob:
    return Blob(blob.signal[box], blob.body[box], blob.whole[box], blob.corner, blob.area)


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
        offset = offset - _MIDDLE
        for k, blob in enumerate(blobs):
            found = fit(blob, threshold, template)
            way = int(np.argmax(found.match))
            angle = found.angle + np.pi * way
            moved = geometry.rotation(angle) @ offset / scale
            centers[k] = found.center[way] - blob.corner + moved
            angles[k] = angle + tilt
    return make(np.mean(images(), axis=0), scale, marked)
