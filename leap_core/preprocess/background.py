"""The floor behind bright animals: per pixel a normal, its mean from a low quantile of the video.

The paper's mesh arenas: each pixel's background is a normal across time with one variance for
all; a pixel is the animal's where the posterior says so.  A median would show an animal that sits
for half of the video; the mean that is reckoned from a low quantile does not.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import special

from leap_core.numerics import otsu, ranked
from leap_core.preprocess import components, segmentation
from leap_core.preprocess.recipe import Floor, Task, over

# of the sampled frames at each pixel: an animal may cover it in all of the rest
_QUANTILE = 0.05
_SECOND = 0.2  # what lies between both tells the noise, where no animal stays
_PRIOR = 0.01  # share of the image that is animal
_LEAST_SIGMA = 1.0  # grey levels: what rounding alone makes
_LEAST_FAINT = 6.0  # grey levels above the floor, against compression and flicker
_SPOT = 5  # px: smaller spots of the floor are dirt
_REST = 1.3  # times the size of a spot: what is seen there in the frames is an animal
_ALONE = 0.1  # of the frames
_MOST_BODIES = 2.5  # bodies for each animal: larger things are no animals that touch
_BODY = 0.6  # of the body's median light: the highest threshold
_SHARE = 0.7  # of the sampled frames must show as many animals as asked for
_GROWN = 0.35  # of a body's length: how far around a sitting animal its picture is taken out


def posterior_level(sigma: float, prior: float = _PRIOR) -> float:
    """Difference from the floor at which floor and animal are equally likely, grey levels.

    The floor is normal with this standard deviation, the animal uniform over 256 levels.

    >>> round(posterior_level(2.0), 1)
    8.3
    """
    odds = (1 - prior) / prior * 256 / (sigma * np.sqrt(2 * np.pi))
    return float(sigma * np.sqrt(2 * np.log(odds)))


def learn(task: Task, frames: np.ndarray) -> Floor:
    """Floor and thresholds from frames at a fixed stride (:func:`segmentation.sample`).

    Where an animal stays for longer than the quantile bears, it or a rest of it is part of the
    floor.  Bright spots of the floor are such rests if what is seen there in the frames is much
    larger (:func:`_without_rests`).  If even so fewer animals than asked for differ from it in
    most frames, blobs of an animal's size and brightness are taken out of it, in the middle of a
    followed animal's box, say.

    A ``threshold`` of the config is a grey level of the raw video and is used as it is.
    """
    settings = task.settings
    bright = settings.polarity == "bright"
    signals = frames if bright else 255 - frames
    low, sigma = _normal(signals)
    faint = max(posterior_level(sigma), _LEAST_FAINT)
    if settings.threshold is not None:
        level = settings.threshold if bright else 255 - settings.threshold
        floor = float(np.median(low))
        return Floor(None, level, min(floor + faint, level), bright)
    opening, least = settings.opening_px, settings.min_area_px
    plain = _body_level(
        segmentation.Without(signals, np.full_like(low, np.median(low))), faint, least
    )
    moved = segmentation.Without(signals, low)
    level = _body_level(moved, faint, least)
    body = _body_area(moved, level, opening, least)
    if np.isfinite(body):
        low = _without_rests(signals, low, plain, body * _MOST_BODIES * task.animals)
        level = _body_level(segmentation.Without(signals, low), faint, least)
    before = _animals(segmentation.Without(signals, low), level, opening, least, task.animals)
    if before < _SHARE:
        emptied = _taken_out(low, plain, opening, least)
        moved = segmentation.Without(signals, emptied)
        changed = _body_level(moved, faint, least)
        if _animals(moved, changed, opening, least, task.animals) > before:
            low, level = emptied, changed
    return Floor(low, level, min(faint, level), bright)


def plain(task: Task, frames: np.ndarray) -> Floor:
    """The same without any search for animals that are part of the floor; no ``threshold``.

    Bright pieces of an animal whose body is dim look to :func:`learn` like an animal that sits in
    the floor, or like none, and it takes bright things of the arena out.
    """
    bright = task.settings.polarity == "bright"
    signals = frames if bright else 255 - frames
    low, sigma = _normal(signals)
    faint = max(posterior_level(sigma), _LEAST_FAINT)
    moved = segmentation.Without(signals, low)
    return Floor(low, _body_level(moved, faint, task.settings.min_area_px), faint, bright)


def _normal(signals: np.ndarray) -> tuple[np.ndarray, float]:
    """Mean (y, x) uint8 of each pixel's floor, and the standard deviation of all.

    Two quantiles of a normal lie a known number of standard deviations apart; the median over
    pixels passes over those where an animal sits.
    """
    ranks = [int(q * (len(signals) - 1)) for q in (_QUANTILE, _SECOND)]
    both = np.stack([ranked(signals, rank) for rank in ranks]).astype(np.float32)
    # where each rank lies among the frames, in standard deviations (Blom's positions)
    at = special.ndtri((np.array(ranks) + 1 - 0.375) / (len(signals) + 0.25))
    sigma = _LEAST_SIGMA
    if at[1] > at[0]:
        sigma = max(sigma, float(np.mean(_middle(both[1] - both[0]))) / (at[1] - at[0]))
    return np.clip(np.rint(both[0] - at[0] * sigma), 0, 255).astype(np.uint8), sigma


def _middle(values: np.ndarray) -> np.ndarray:
    """The middle half of some values: their mean is finer than the median of whole numbers."""
    low, high = np.quantile(values, [0.25, 0.75])
    return values[(values >= low) & (values <= high)]


def _body_level(moved: segmentation.Images, faint: float, least: int) -> float:
    """Otsu's threshold among the pixels of animal-sized blobs: body against wings.

    An animal of one shade has no second class, and Otsu would cut it in the middle: the threshold
    is never above a share of what is brighter.
    """
    histogram = _animal_levels(moved, faint, least)
    if not histogram.any():
        return faint
    level = otsu(histogram)[0]
    above = histogram * (np.arange(256) > level)
    if above.any():
        median = int(np.searchsorted(np.cumsum(above), above.sum() / 2))
        level = min(level, _BODY * median)
    return max(level, faint)


def _animal_levels(moved: segmentation.Images, faint: float, least: int) -> np.ndarray:
    """Histogram (256,) of the pixels in blobs that are large enough for an animal."""
    histogram = np.zeros(256)
    for image in moved:
        for piece, (x, y), _ in components.pieces(over(image, faint), least):
            part = image[y : y + piece.shape[0], x : x + piece.shape[1]]
            own = piece.view(np.uint8)
            histogram += cv2.calcHist([part], [0], own, [256], [0, 256]).ravel()
    return histogram


def _body_area(moved: segmentation.Images, level: float, opening: int, least: int) -> float:
    """Median area of what moves, px^2; NaN if nothing does."""
    areas = [
        piece.sum()
        for image in moved
        for piece, _ in segmentation.opened_blobs(over(image, level), opening, least)
    ]
    return float(np.median(areas)) if areas else float("nan")


def _without_rests(signals: np.ndarray, low: np.ndarray, level: float, most: float) -> np.ndarray:
    """The floor without rests of animals.

    Args:
        level: of a body above the floor's median; most: px^2, larger things are no animals.

    A bright thing of the arena looks the same in floor and frames; the rest of an animal that
    turned on the spot is a part of a larger blob in most frames.
    """
    typical = float(np.median(low))
    spots = segmentation.opened_blobs(over(low, typical + level), _SPOT, _SPOT**2)
    if not spots:
        return low
    inner = np.array([np.argwhere(piece)[piece.sum() // 2] + [y, x] for piece, (x, y) in spots])
    seen = np.zeros((len(spots), len(signals)))
    for k, image in enumerate(signals):
        mask = over(image, typical + level).view(np.uint8)
        _, labels = cv2.connectedComponents(mask, connectivity=8)
        own = labels[inner[:, 0], inner[:, 1]]
        seen[:, k] = [np.count_nonzero(labels == name) if name else 0 for name in own]
    out = low.copy()
    for (piece, (x, y)), areas in zip(spots, seen, strict=True):
        alone = np.quantile(areas, _ALONE)  # a thing of the arena is seen alone in some frames
        if _REST * piece.sum() <= alone and np.median(areas) <= most:
            mask = np.zeros(low.shape, np.uint8)
            mask[y : y + piece.shape[0], x : x + piece.shape[1]] = piece
            reach = 1 + 2 * int(np.sqrt(np.median(areas)) / 2)
            around = cv2.dilate(mask, segmentation.disc(reach)) > 0
            out[around] = np.minimum(out[around], typical)
    return out


def _animals(
    moved: segmentation.Images, level: float, opening: int, least: int, wanted: int
) -> float:
    """Mean share of the wanted animals that the frames show."""
    found = [
        min(len(segmentation.opened_blobs(over(image, level), opening, least)), wanted)
        for image in moved
    ]
    return float(np.mean(found)) / wanted


def _taken_out(low: np.ndarray, level: float, opening: int, least: int) -> np.ndarray:
    """The floor with its animal-like blobs replaced by its median level."""
    typical = np.median(low)
    out = low.copy()
    for piece, (x, y) in segmentation.opened_blobs(
        low.astype(float) - typical > level, opening, least
    ):
        mask = np.zeros(low.shape, bool)
        mask[y : y + piece.shape[0], x : x + piece.shape[1]] = piece
        length = segmentation.ellipse(piece)[2]
        grown = cv2.dilate(mask.view(np.uint8), segmentation.disc(1 + 2 * int(_GROWN * length)))
        out[grown > 0] = np.minimum(out[grown > 0], typical)
    return out
