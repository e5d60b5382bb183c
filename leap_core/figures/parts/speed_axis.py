"""How a figure names forward speed and what it was measured on."""

from __future__ import annotations

from collections.abc import Iterable


def label(units: str, sources: Iterable[str]) -> str:
    """Axis label of forward speed.

    Args:
        units: "mm/s" or "px/s".
        sources: of each recording, as in the gait files; "" = unknown.

    >>> label("mm/s", ["stance legs"])
    'forward speed (mm/s), from the stance legs'
    >>> label("mm/s", ["body track", "stance legs"])
    'forward speed (mm/s), from the body track or stance legs'
    """
    named = sorted({s for s in sources if s})
    return f"forward speed ({units})" + (f", from the {' or '.join(named)}" if named else "")
