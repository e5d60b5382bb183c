"""What the page that explores a map of behavior shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Contents:
    """All that the page is given.

    Attributes:
        head: what is JSON: the map, recordings, regions, clips and notes.
        arrays: name -> raw bytes, little-endian: ``points`` uint16 (xy, frame), ``far`` uint8
            (frame,), ``labels`` int16 (y, x), ``density`` uint8 (y, x), ``spectra`` uint8 (region,
            channel, frequency), ``speeds`` float32 (region, bin).
        clips: movies, MP4, that ``head`` refers to by number.
    """

    head: dict[str, Any]
    arrays: dict[str, bytes]
    clips: list[bytes]
