"""From a track as it was found to the one that all else reads: mended by people, then judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from leap_core.containers import Track
from leap_core.preprocess import corrections, plausibility
from leap_core.preprocess.corrections import Correction


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
