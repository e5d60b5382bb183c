"""Which stretch of a recording shows a behavior well: for pictures, by rule, from poses alone.

Leg tips are told apart by how fast they move in the egocentric crop (paper: Figure 1d, e).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from leap_core.containers import Poses

SECONDS = 1.0  # length of a bout that is shown
STEP_S = 0.02  # over which a tip's speed is measured: longer than trembling, shorter than a stride
MOVING = 0.5  # body lengths per second: a faster tip moves
PARTS = 8  # a movement goes on in each of so many parts of the bout
GOES_ON = 0.6  # moving tips move in at least this share of each part
RESTS = 0.2  # resting tips move in at most this share of each part
SEEN = 0.8  # of each part's steps must be known

NO_WALKING = (
    f"no stretch of {SECONDS:g} s in which all leg tips are seen and keep moving, or the skeleton "
    "has no legs and body axis, or the frame rate is unknown"
)
NO_GROOMING = (
    f"no stretch of {SECONDS:g} s in which the front leg tips keep moving at the head while the "
    "others are still, or the skeleton has no legs and body axis"
)


@dataclass(frozen=True)
class Bout:
    """A stretch of one recording and what its leg tips do.

    Attributes:
        rows: rows of the poses.
        time: (frame,) s from the first row.
        distance: (frame, leg) of each tip from its own mean place in the crop; NaN = not seen.
        units: of ``distance``, "mm" where the scale is known, else "px".
        legs: leg names.
        shown: rows of the poses that show different postures, in order.
    """

    rows: slice
    time: np.ndarray
    distance: np.ndarray
    units: str
    legs: tuple[str, ...]
    shown: np.ndarray


def best_walking(
    poses: Poses, min_confidence: float, walks: np.ndarray | None = None, pictures: int = 6
) -> Bout | None:
    """The best tracked second in which all leg tips keep moving.

    Args:
        walks: (frame,) bool; where it is True somewhere, only stretches inside count.
        pictures: how many frames to show.

    Returns:
        None where there are no legs, body axis or frame rate, or the legs never move.
    """
    moving = _moving(poses, min_confidence)
    if moving is None:
        return None
    fits = _over_parts(poses, moving, np.min).min(axis=1) >= GOES_ON
    if walks is not None and np.any(walks):
        length = _length(poses)
        fits &= np.convolve(np.asarray(walks, float), np.ones(length), "valid") > length - 0.5
    return _bout(poses, min_confidence, fits, pictures)


def head_grooming(poses: Poses, min_confidence: float, pictures: int = 6) -> Bout | None:
    """The best tracked second in which the front tips move at the head while the others are still.

    The front legs are those whose tips lie furthest ahead on average; they are at the head when
    nearer to it than usual.

    Returns:
        None where there are fewer than four legs, no body axis or frame rate, or no such second.
    """
    moving = _moving(poses, min_confidence)
    axis = poses.skeleton.axis
    if moving is None or axis is None or moving.shape[1] < 4:
        return None
    tips = leg_tips(poses, min_confidence)
    order = np.argsort(-np.nanmean(tips[..., 0], axis=0), kind="stable")
    front, others = order[:2], order[2:]
    goes_on = _over_parts(poses, moving[:, front], np.min).min(axis=1) >= GOES_ON
    rests = _over_parts(poses, moving[:, others], np.max).max(axis=1) <= RESTS
    head = poses.positions[:, poses.skeleton.index(axis[1])]
    away = np.hypot(*np.moveaxis(tips[:, front] - head[:, None], -1, 0)).max(axis=1)
    at_head = np.where(np.isfinite(away), away < np.nanmedian(away), np.nan)[:, None]
    stays = _over_parts(poses, at_head, np.min)[:, 0] >= GOES_ON
    return _bout(poses, min_confidence, stays & goes_on & rests, pictures)


def example_frame(poses: Poses, min_confidence: float) -> int:
    """A row with legs spread and every part sure: for a picture of the network's maps.

    Of the tenth of all frames whose least certain part is most certain, the one whose leg tips
    (all parts, without legs) lie furthest from their middle.
    """
    surest = np.where(poses.valid, poses.confidence.min(axis=1), np.nan)
    if not np.isfinite(surest).any():
        return 0
    good = surest >= max(np.nanquantile(surest, 0.9), min(min_confidence, np.nanmax(surest)))
    parts = list(poses.skeleton.leg_tips.values()) or list(range(len(poses.skeleton)))
    points = poses.positions[:, parts].astype(float)
    reach = np.hypot(*np.moveaxis(points - points.mean(axis=1, keepdims=True), -1, 0)).mean(axis=1)
    return int(np.nanargmax(np.where(good, reach, -1)))


def leg_tips(poses: Poses, min_confidence: float) -> np.ndarray:
    """Leg tips (frame, leg, xy) in crop px; NaN = missing or not sure."""
    index = list(poses.skeleton.leg_tips.values())
    tips = poses.positions[:, index].astype(float)
    tips[~(poses.confidence[:, index] >= min_confidence)] = np.nan
    return tips


def spread_out(points: np.ndarray, count: int) -> np.ndarray:
    """Rows of ``points`` (frame, value), one from the middle of each of ``count`` stretches.

    Each is as far as can be from the ones before (the first from the mean).  A value that lasts
    for one frame only is taken for an error: rows are compared by medians over three frames.

    >>> spread_out(np.array([[0.0], [0.0], [9.0], [0.0], [1.0], [5.0], [5.0], [5.0]]), 2).tolist()
    [1, 5]
    """
    known = np.isfinite(points).all(axis=1)
    ends = points[[0, *range(len(points)), -1]]
    smooth = np.median(np.stack([ends[:-2], points, ends[2:]]), axis=0)
    mean = smooth[known].mean(axis=0) if known.any() else np.zeros(points.shape[1])
    chosen: list[int] = []
    for part in np.array_split(np.arange(len(points)), min(count, len(points))):
        edge = len(part) // 4
        part = part[edge : len(part) - edge]
        part = part[np.isfinite(smooth[part]).all(axis=1)]
        others = smooth[chosen] if chosen else mean[None]
        away = np.linalg.norm(smooth[part][:, None] - others[None], axis=-1).min(axis=1)
        if len(part):
            chosen.append(int(part[np.argmax(away)]))
    return np.array(chosen, dtype=int)


def _length(poses: Poses) -> int:
    return max(2 * PARTS, round(SECONDS * poses.fps))


def _lag(poses: Poses) -> int:
    return max(1, round(STEP_S * poses.fps))


def _moving(poses: Poses, min_confidence: float) -> np.ndarray | None:
    """Whether each tip moves (step, leg): 1, 0, NaN = not seen; None where it has no meaning."""
    axis = poses.skeleton.axis
    if not poses.skeleton.legs or axis is None or not np.isfinite(poses.fps):
        return None
    tail, head = (poses.positions[:, poses.skeleton.index(part)] for part in axis)
    body = np.hypot(*(head - tail).T)
    tips = leg_tips(poses, min_confidence)
    seen = np.isfinite(tips[..., 0]).any(axis=0).all() and np.isfinite(body).any()
    if not seen or len(poses.frame) < _length(poses):
        return None
    lag = _lag(poses)
    steps = tips[lag:] - tips[:-lag]
    speed = np.hypot(steps[..., 0], steps[..., 1]) * poses.fps / lag / np.nanmedian(body)
    return np.where(np.isfinite(speed), speed >= MOVING, np.nan)


def _mean(values: np.ndarray, length: int) -> np.ndarray:
    """Mean over ``length`` rows from each row on; NaN where too few of them are known."""
    known = np.isfinite(values)
    ends = np.zeros((1, values.shape[1]))
    total = np.cumsum(np.concatenate([ends, np.where(known, values, 0.0)]), axis=0)
    count = np.cumsum(np.concatenate([ends, known]), axis=0)
    total, count = total[length:] - total[:-length], count[length:] - count[:-length]
    return np.where(count >= SEEN * length, total / np.maximum(count, 1), np.nan)


def _over_parts(poses: Poses, moving: np.ndarray, which: Callable) -> np.ndarray:
    """Share of moving steps (row, leg) in the stillest (liveliest) part of the bout from a row."""
    length = _length(poses)
    part = (length - _lag(poses)) // PARTS
    share = _mean(moving, part)
    count = len(poses.frame) - length + 1
    return which([share[k * part : k * part + count] for k in range(PARTS)], axis=0)


def _bout(poses: Poses, min_confidence: float, fits: np.ndarray, pictures: int) -> Bout | None:
    """Of the stretches that fit, by their first row, the one whose leg tips are most certain."""
    if not fits.any():
        return None
    length = _length(poses)
    index = list(poses.skeleton.leg_tips.values())
    certain = _mean(poses.confidence[:, index].astype(float), length).mean(axis=1)
    start = int(np.nanargmax(np.where(fits, certain, -np.inf)))
    rows = slice(start, start + length)
    tips = leg_tips(poses, min_confidence)[rows]
    from_mean = tips - np.nanmean(tips, axis=0)
    scaled = np.isfinite(poses.px_per_mm)
    scale = poses.px_per_mm if scaled else 1.0
    return Bout(
        rows=rows,
        time=(poses.frame[rows] - poses.frame[start]) / poses.fps,
        distance=np.hypot(from_mean[..., 0], from_mean[..., 1]) / scale,
        units="mm" if scaled else "px",
        legs=tuple(poses.skeleton.legs),
        shown=start + spread_out(tips.reshape(len(tips), -1), pictures),
    )
