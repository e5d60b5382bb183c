"""A map made from a part of every recording, and frames of all of it placed there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from leap_core import config
from leap_core.behavior.embedding import embed, project
from leap_core.behavior.importance import sample
from leap_core.behavior.regions import assign
from leap_core.containers import Behavior, BehaviorMap, Channels, Embedding
from leap_core.errors import UserError

BLOCK_S = 5.0  # of interleaved blocks: the reach of the slowest wavelet

Recordings = Callable[[], Iterable[Channels]]
# (frame,) True in the part, or the frame's rows that are wanted
Chosen = Callable[[Channels], np.ndarray]


def block_of(frames: int, fps: float) -> np.ndarray:
    """(frame,) in which block of ``BLOCK_S`` each frame lies, from 0.

    >>> block_of(4, 0.4).tolist()
    [0, 0, 1, 1]
    """
    return np.arange(frames) // max(round(BLOCK_S * fps), 1)


def embedded(
    channels: Recordings, own: Chosen, settings: config.Behavior, seed: int, points: int
) -> Embedding:
    """The joint t-SNE of one part of every recording, by all steps of the joint map.

    Channels are not cut, only the frames that are used: wavelets near a cut see up to their
    support of the other part, and z-scores are those of the whole recording.

    Args:
        channels: called once, gives the recordings one at a time.
        own: (frame,) True in the part.
        settings: section ``behavior``.
        seed: of t-SNE and drawing.
        points: of each recording's sample, at most.

    Raises:
        UserError: too few usable frames, or recordings that do not fit together.
    """
    samples = [
        sample(replace(found, usable=found.usable & own(found)), settings, seed, points)
        for found in channels()
    ]
    return embed(samples, settings, seed)


def placed(
    channels: Recordings, rows: Chosen, embedding: Embedding, settings: config.Behavior
) -> list[Behavior]:
    """Some usable frames of every recording on a map, and no others.

    Args:
        channels: called once, gives the recordings one at a time.
        rows: which frames of a recording, by row.
        embedding: the map.
        settings: section ``behavior``.
    """
    out = []
    for found in channels():
        chosen = rows(found)
        wanted = np.zeros(len(found.frame), bool)
        wanted[chosen] = True
        everything = project(replace(found, usable=found.usable & wanted), embedding, settings)
        out.append(rows_of(everything, chosen))
    return out


def rows_of(behavior: Behavior, rows: np.ndarray) -> Behavior:
    """Some of the frames of a recording."""
    names = ("z", "error", "far", "region", "frame")
    return replace(behavior, **{name: getattr(behavior, name)[rows] for name in names})


def regions_on(map: BehaviorMap, behaviors: Sequence[Behavior]) -> tuple[np.ndarray, np.ndarray]:
    """Region of every placed frame, (frame,), and whether it is far: 0, 1, NaN = unknown."""
    region = np.concatenate([assign(b, map).region for b in behaviors])
    far = [np.where(np.isnan(b.reach), np.nan, b.far) for b in behaviors]
    return region, np.concatenate(far)


def check_recordings(names: Sequence[str], placed_names: Sequence[str], what: str) -> None:
    """Nothing where channels and behavior files are of the same recordings.

    Raises:
        UserError: no recordings, or other ones; ``what`` begins the message.
    """
    if not names:
        raise UserError(f"{what}: no recordings; name at least one in `videos`")
    if list(names) != list(placed_names):
        raise UserError(
            f"{what}: behavior files of {', '.join(placed_names) or 'no recording'} for channels "
            f"of {', '.join(names)}; make them again"
        )
