"""What is doubtful in a track, for people."""

from __future__ import annotations

import numpy as np

from leap_core.containers import Track

_SELDOM = 0.5  # of the frames: an animal that is found in fewer may not be there
_CROWDED = 0.1  # of the frames show more animals than asked for: more than dirt or a reflection
_UNNAMED = 0.01  # of the frames


def warnings_of(track: Track) -> list[str]:
    """Lines that say what is doubtful in a track; none if nothing is."""
    lines = []
    for animal, valid in enumerate(track.valid):
        share = np.mean(valid) if len(valid) else 0
        if share < _SELDOM:
            lines.append(f"animal {animal} is found in {share:.1%} of the frames only")
    if track.crowded > _CROWDED:
        lines.append(
            f"{track.crowded:.1%} of the frames show more animals than the {len(track.valid)} "
            "asked for; correct `animals` of the video"
        )
    if track.unnamed > _UNNAMED:
        lines.append(
            f"who is who is not sure in {track.unnamed:.1%} of the frames: nothing tells the "
            "animals apart, or there are more than 4; look at them where they met, and mend by "
            "`corrections`"
        )
    return lines
