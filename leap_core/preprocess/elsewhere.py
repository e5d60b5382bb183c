"""What else changes in the pictures, away from the tracked animals: a witness that no recipe is.

A track can be smooth and still be that of a mark, a rim, a reflection or another animal.  Then the
animal moves elsewhere.  Sampled frames are compared with their median picture, whatever the
polarity, threshold or recipe say; a thing as large as the animal and at least half as far from the
median picture as the animal is from the floor is a thing that the track should explain.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from leap_core.containers import Track
from leap_core.numerics import median_image
from leap_core.preprocess import components, segmentation
from leap_core.preprocess.recipe import over
from leap_core.preprocess.track_moments import Animal

_FEW = 5  # sampled frames: the median of fewer shows an animal, not the floor
_CONTRAST = 0.5  # of the animal's: a soft shadow has less
_LEAST = 12.0  # grey levels: less is noise and compression
_OF_IT = 0.35  # of the lengths of a thing and an animal, between their middles: it is the animal
_HOME = 0.2  # of the sampled frames: where the animal is so often, the median picture may show it
_OPENING = 0.3  # of the body's width: what survives is no leg, mesh, or edge of the floor
_COARSE = 4  # px between the pixels that tell how an image is lit


def witnessed(track: Track, samples: np.ndarray, frame: np.ndarray) -> Track:
    """The track with what the sampled frames show elsewhere.

    Args:
        samples: (sample, y, x) uint8; frame: (sample,) their numbers in the video.
    """
    animals = [Animal.of(track, k) for k in range(len(track.valid))]
    length = float(np.median([a.body for a in animals if np.isfinite(a.body)] or [np.nan]))
    width = float(np.median([a.wide for a in animals if np.isfinite(a.wide)] or [np.nan]))
    if len(samples) < _FEW or not np.isfinite([length, width]).all():
        return track
    places = np.stack([animal.center[frame] for animal in animals])
    return replace(track, sampled=frame, elsewhere=largest(samples, places, length, width))


def largest(samples: np.ndarray, places: np.ndarray, length: float, width: float) -> np.ndarray:
    """The largest thing of each frame that is off the median picture and at no animal, px^2.

    Args:
        samples: (sample, y, x) uint8.
        places: (animal, sample, xy) px, NaN = not found.
        length, width: of an animal's body, px.
    """
    area = np.zeros(len(samples))
    middle = median_image(samples)
    level = max(_CONTRAST * _contrast(samples, places, width), _LEAST)
    opening = segmentation.disc(max(3, int(_OPENING * width) | 1))
    home = places[np.isfinite(places).all(-1)]
    for k, image in enumerate(samples):
        off = cv2.absdiff(image, middle)
        lamp = _median(off)
        mask = cv2.morphologyEx(over(off, level + lamp).view(np.uint8), cv2.MORPH_OPEN, opening)
        for thing, corner, size in components.pieces(mask):
            if size <= area[k]:
                continue
            inside, _, long, _ = segmentation.ellipse(thing)
            place = inside + corner
            own = min(length, long)
            at = np.linalg.norm(places[:, k] - place, axis=-1)
            near = np.linalg.norm(home - place, axis=-1) < own / 2
            if not (at < _OF_IT * (long + own)).any() and near.sum() < _HOME * len(samples):
                area[k] = size
    return area


def _contrast(samples: np.ndarray, places: np.ndarray, width: float) -> float:
    """How far the middles of the animals are from the frames' median grey level."""
    half = max(1, int(width / 4))
    found = []
    for k, image in enumerate(samples):
        base = _median(image)
        for place in places[:, k]:
            if not np.isfinite(place).all():
                continue
            x, y = np.rint(place).astype(int)
            part = image[max(y - half, 0) : y + half + 1, max(x - half, 0) : x + half + 1]
            if part.size:
                found.append(abs(float(np.median(part)) - base))
    return float(np.median(found)) if found else 0.0


def _median(image: np.ndarray) -> float:
    """Grey level of an image, of some of its pixels."""
    part = np.ascontiguousarray(image[::_COARSE, ::_COARSE])
    return segmentation.median_level(segmentation.levels(part[None]))
