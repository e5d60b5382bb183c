"""From a track as it was found to the one that all else reads: mended by people, then judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from leap_core.containers import Track
from leap_core.preprocess import corrections, plausibility
from leap_core.preprocess.corrections import Correction

_ROUND = np.radians(120)  # a turn from one frame to the next by which head and tail change places
_LONG = 2.0  # length of a body by the root of its area


def finished(track: Track, lines: list[Correction]) -> Track:
    """The track with its corrections made, and its quality lowered where it can be no body's.

    It is judged after it was mended: steps and sizes that a person has mended make no frame unsure
    any more.  Frames whose heading a person has set stay sure.

    Raises:
        UserError: as :func:`corrections.apply`.
    """
    made = corrections.apply(track, lines)
    doubted = replace(track, quality=np.where(track.valid, 0.0, np.nan))
    by_hand = corrections.apply(doubted, lines).quality == 1
    sound = np.where(by_hand, 1.0, plausibility.soundness(made))
    return replace(made, quality=np.minimum(made.quality, sound))


def misfits(track: Track, lines: list[Correction]) -> Iterator[str]:
    """Lines that spoil the track at their ends and mend it at none, as when it was made again.

    Frames and animals of a line are those of the track that a person has looked at.  After another
    recipe, threshold or number of animals they may be others: a swap where nothing was exchanged.

    Args:
        track: as found.
    """
    for item in lines:
        ends = [k for k in (item.first, item.stop) if 0 < k < track.valid.shape[1]]
        if item.action == "flip":
            found = [_turned(track, k, item.animal) for k in ends]
        elif item.action == "swap":
            found = [_exchanged(track, k, item) for k in ends]
        else:
            found = []
        if "spoiled" in found and "mended" not in found:
            what = "turn round" if item.action == "flip" else "leave its place"
            yield (
                f"{item.where or item.action}: {item.action} makes animal {item.animal} {what} at "
                f"frame {ends[found.index('spoiled')]}, where it did not before: was the line "
                "written for another track? Look at it, and correct or remove the line"
            )
        track = corrections.apply(track, [item])


def _turned(track: Track, frame: int, animal: int) -> str:
    """What a flip that begins or ends at a frame does there."""
    if not track.valid[animal, frame - 1 : frame + 1].all():
        return ""
    one, two = track.heading[animal, frame - 1 : frame + 1]
    turn = abs(np.angle(np.exp(1j * (two - one))))
    return "mended" if turn > _ROUND else "spoiled" if turn < np.pi - _ROUND else ""


def _exchanged(track: Track, frame: int, item: Correction) -> str:
    """What a swap that begins or ends at a frame does there."""
    pair = [item.animal, item.animal if item.other is None else item.other]
    if not track.valid[pair, frame - 1 : frame + 1].all():
        return ""
    before, after = track.centroid[pair, frame - 1], track.centroid[pair, frame]
    kept, crossed = (
        float(np.linalg.norm(to - before, axis=-1).sum()) for to in (after, after[::-1])
    )
    body = np.sqrt(np.nanmedian(track.area[pair])) * _LONG
    if crossed > body and kept < crossed / 2:
        return "spoiled"
    return "mended" if crossed < kept else ""
