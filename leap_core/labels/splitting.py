"""Divide labeled samples among training, validation and test.

Neighbouring frames of a video look alike: where some train and others test, errors flatter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np

from leap_core import config
from leap_core.containers import SPLITS, Labels
from leap_core.errors import UserError
from leap_core.labels import blocks, merging

ENOUGH_VIDEOS = 10  # from so many on they are divided whole, where nothing is said
UNEVEN = 2.0  # unless a split becomes so many times as large or as small as asked for
ASSUMED_FPS = 100.0  # of videos whose frame rate is not known: a gap is long enough for slower ones
FLATTERING = "neighbouring frames of one video on both sides: errors may flatter"
NONE = blocks.NONE


def in_videos(labels: Labels, recordings: Mapping[str, Sequence]) -> Labels:
    """The labels with the video of each sample, by which all animals of a video stay together.

    Args:
        recordings: sources that are recordings of this dataset -> (video, number of the animal).
    """
    found = [
        str(recordings[source][0]) if video and source in recordings else str(video)
        for source, video in zip(map(str, labels.source), merging.videos(labels), strict=True)
    ]
    return replace(labels, video=np.array(found, dtype=str))


def split(
    labels: Labels, settings: config.Split, seed: int, rates: Mapping[str, float] | None = None
) -> Labels:
    """Divide the samples that have a label; samples without stay in no split.

    What stays together is said by ``settings.by``; how it was done stands in ``division`` and
    ``note`` of the result.  Byte-identical images are never in two splits.  Every split with a
    share above zero gets at least one sample.  The order of the samples makes no difference.

    Args:
        rates: frames per second of videos; :data:`ASSUMED_FPS` for others.

    Raises:
        UserError: fewer images, frames of videos, or recordings than splits to fill.
    """
    shares = {n: getattr(settings, n) for n in ("train", "validation", "test")}
    shares = {name: share for name, share in shares.items() if share > 0}
    samples = _samples(labels)
    _check_enough(labels, samples, len(np.unique(samples.image)), "images", shares)
    side, facts = _divide(labels, samples, settings, shares, seed, rates or {})
    note = facts.pop("note")
    numbers = np.array([SPLITS[name] for name in shares])
    found = np.full(len(labels.positions), SPLITS["none"], dtype=np.int8)
    found[samples.row] = np.where(side == NONE, SPLITS["none"], numbers[side])
    return replace(labels, split=found, division=facts, note=note)


@dataclass(frozen=True)
class _Samples:
    """Labeled samples in an order that does not depend on that of the labels, videos first.

    Attributes:
        row: in the labels.
        image: index of the first sample with the same image.
        video: index in ``names``: the video, or the source where frames are only rows.
        numbered: whether ``frame`` is the frame of the video.
    """

    row: np.ndarray
    image: np.ndarray
    video: np.ndarray
    frame: np.ndarray
    numbered: np.ndarray
    names: list[str]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def first(self) -> np.ndarray:
        """Whether a sample is the first with its image."""
        return self.image == np.arange(len(self))


def _samples(labels: Labels) -> _Samples:
    videos, found = merging.videos(labels), []
    for k in np.flatnonzero((labels.status == 1).any(axis=1)):
        image, source, frame = labels.images[k], str(labels.source[k]), int(labels.frame[k])
        key = sha256(image.tobytes()).hexdigest() if image.size else f"{source} {frame}"
        found.append((not videos[k], str(videos[k]) or source, frame, source, key, int(k)))
    found.sort()
    names = sorted({item[1] for item in found})
    number = {name: k for k, name in enumerate(names)}
    first: dict[str, int] = {}
    return _Samples(
        row=np.array([item[-1] for item in found], int),
        image=np.array([first.setdefault(item[4], k) for k, item in enumerate(found)], int),
        video=np.array([number[item[1]] for item in found], int),
        frame=np.array([item[2] for item in found], int),
        numbered=np.array([not item[0] for item in found], bool),
        names=names,
    )


def _divide(
    labels: Labels,
    samples: _Samples,
    settings: config.Split,
    shares: dict[str, float],
    seed: int,
    rates: Mapping[str, float],
) -> tuple[np.ndarray, dict[str, Any]]:
    """Index of every sample's split among the shares, or NONE, and what is to be said of it."""
    # a video of copies alone goes where its originals go
    by, videos, why = settings.by, len(np.unique(samples.video[samples.first])), ""
    if by == "recording":
        _check_enough(labels, samples, videos, "recordings", shares)
    if by == "recording" or (by == "auto" and videos >= ENOUGH_VIDEOS):
        side = _by_recording(samples, shares, seed)
        if by == "recording" or _even(side, shares):
            note = f"whole recordings: the labels of {videos} videos, each in one split"
            return side, _facts("recording", None, side, note)
        why = f"; the {videos} recordings have too different numbers of labels to stay whole"
    if by != "frame":
        moments = _moments(samples)
        if len(moments) >= len(shares) or (len(moments) and samples.numbered.all()):
            _check_enough(labels, samples, len(moments), "frames of videos", shares)
            return _by_block(samples, settings.gap, shares, seed, rates, why)
        few = f"only {len(moments)} of" if len(moments) else "none of"
        why += f"; {few} the labels have frame numbers of videos"
    side = _fill(samples.image, _counts(len(samples), list(shares.values())), seed)
    return side, _facts("frame", None, side, f"frames at random, {FLATTERING}{why}", True)


def _facts(
    by: str, gap_s: float | None, side: np.ndarray, note: str, flatters: bool = False
) -> dict[str, Any]:
    left_out = int(np.sum(side == NONE))
    if left_out:
        note += f"; {left_out} of {len(side)} labeled images are in no split"
    facts = {"by": by, "gap_s": gap_s, "left_out": left_out, "flatters": flatters}
    return facts | {"note": note}


def _by_recording(samples: _Samples, shares: dict[str, float], seed: int) -> np.ndarray:
    """Whole videos to one side."""
    first = samples.first
    side = np.full(len(samples), NONE)
    counts = _counts(int(first.sum()), list(shares.values()))
    side[first] = _fill(samples.video[first], counts, seed)
    forever = np.full(len(samples.names), np.iinfo(np.int64).max)
    return _with_copies(samples, side, forever, np.ones(len(samples), bool))


def _moments(samples: _Samples) -> np.ndarray:
    """(moment, video frame) labeled frames of videos, each once."""
    mine = samples.first & samples.numbered
    return np.unique(np.stack([samples.video[mine], samples.frame[mine]], axis=1), axis=0)


def _by_block(
    samples: _Samples,
    gap_s: float,
    shares: dict[str, float],
    seed: int,
    rates: Mapping[str, float],
    why: str,
) -> tuple[np.ndarray, dict[str, Any]]:
    """Blocks of time of videos; images that are known by a row only at random."""
    first, numbered = samples.first, samples.numbered
    placed = np.flatnonzero(first & numbered)
    at = np.stack([samples.video[placed], samples.frame[placed]], axis=1)
    moments, back, weight = np.unique(at, axis=0, return_inverse=True, return_counts=True)
    videos, video = np.unique(moments[:, 0], return_inverse=True)
    fps = np.array([rates.get(name, np.nan) for name in samples.names], float)
    unknown = [samples.names[v] for v in videos if not fps[v] > 0]
    fps = np.where(fps > 0, fps, ASSUMED_FPS)
    frames = blocks.Frames(video, moments[:, 1], weight, fps[videos])
    wanted = list(shares.values())
    made = blocks.divide(frames, _counts(len(placed), wanted), gap_s, seed)
    side = np.full(len(samples), NONE)
    side[placed] = made.side[back.reshape(-1)]
    rows = first & ~numbered
    if rows.any():
        left = np.array(_counts(int(first.sum()), wanted))
        left -= np.array([np.sum(side == k) for k in range(len(left))])
        side[rows] = _fill(samples.image[rows], left.tolist(), seed)
    gaps = blocks.gap_frames(made.gap_s, fps)
    side = _with_copies(samples, side, gaps, numbered)
    note = f"blocks of time, frames of different splits at least {made.gap_s:.3g} s apart"
    if made.gap_s < gap_s:
        note = (
            f"blocks of time, frames of different splits only {made.gap_s:.3g} s apart: "
            f"{gap_s:g} s would leave out more than a tenth of the labels, errors may flatter"
        )
    if rows.any():
        note += f"; {rows.sum()} images without frame number at random, {FLATTERING}"
    if unknown:
        note += f"; {ASSUMED_FPS:g} frames count as a second of {', '.join(unknown)}"
    return side, _facts(
        "block", made.gap_s, side, note + why, made.gap_s < gap_s or bool(rows.any())
    )


def _with_copies(
    samples: _Samples, side: np.ndarray, gaps: np.ndarray, timed: np.ndarray
) -> np.ndarray:
    """Samples whose image another one has go to its side, or nowhere if they lie near another.

    Args:
        side: of the first sample with each image.
        gaps: frames from one side to another, by video.
        timed: samples for which that counts.
    """
    side = side.copy()
    for k in np.flatnonzero(~samples.first):
        wanted = side[samples.image[k]]
        others = (samples.video == samples.video[k]) & (side != NONE) & (side != wanted) & timed
        away = np.abs(samples.frame[others] - samples.frame[k])
        if not timed[k] or not (away < max(1, gaps[samples.video[k]])).any():
            side[k] = wanted
    return side


def _fill(group: np.ndarray, counts: Sequence[int], seed: int) -> np.ndarray:
    """A side for every sample at random, one for all of a group; ``counts`` of each, none empty."""
    groups, back, sizes = np.unique(group, return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(groups))
    # large groups first, while there is room for them
    order = order[np.argsort(-sizes[order], kind="stable")]
    side, left, empty = np.zeros(len(groups), int), list(counts), set(range(len(counts)))
    for remaining, k in zip(range(len(groups), 0, -1), order, strict=True):
        among = [s for s in range(len(left)) if s in empty or remaining != len(empty)]
        side[k] = max(among, key=lambda s: left[s])
        left[side[k]] -= sizes[k]
        empty.discard(int(side[k]))
    return side[back.reshape(-1)]


def _counts(total: int, shares: Sequence[float]) -> list[int]:
    """Whole numbers near ``total * share`` that sum to ``total``, each at least 1."""
    exact = [share * total / sum(shares) for share in shares]
    counts = [max(1, int(value)) for value in exact]
    while sum(counts) != total:
        step = 1 if sum(counts) < total else -1
        can = [k for k in range(len(counts)) if step > 0 or counts[k] > 1]
        counts[max(can, key=lambda k: step * (exact[k] - counts[k]))] += step
    return counts


def _even(side: np.ndarray, shares: dict[str, float]) -> bool:
    """Whether every split is about as large as asked for."""
    wanted = np.array(list(shares.values())) * len(side) / sum(shares.values())
    got = np.array([np.sum(side == k) for k in range(len(wanted))])
    return bool(np.all((got * UNEVEN >= wanted) & (got <= wanted * UNEVEN)))


def _check_enough(
    labels: Labels, samples: _Samples, count: int, what: str, shares: dict[str, float]
) -> None:
    if count < len(shares):
        raise UserError(
            f"labels {merging.named(labels)}: {len(samples)} of {len(labels.positions)} samples "
            f"are labeled ({count} different {what}), too few for {len(shares)} splits "
            f"({', '.join(shares)}); label at least {len(shares)} {what}"
        )
