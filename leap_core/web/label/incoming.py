"""What a page sends, checked: nothing of it is taken on trust."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from leap_core.labels.edits import STATES
from leap_core.web.incoming import LONGEST_ID, Refused, person

LONGEST_ACTION = 20


def action(body: dict[str, Any]) -> str:
    """By what an edit was made, such as ``drag``."""
    return str(body.get("how", ""))[:LONGEST_ACTION]


def seconds(body: dict[str, Any]) -> float:
    """Seconds of work that go with an edit."""
    found = body.get("seconds") or 0.0
    if not isinstance(found, int | float) or not 0 <= found < 1e6:
        raise Refused(400, "seconds of work that are no number")
    return round(float(found), 2)


def who(body: dict[str, Any]) -> dict[str, Any]:
    """What every line of the journal tells of its maker."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"id": str(body.get("id", ""))[:LONGEST_ID], "by": person(body), "time": now}


def crop(key: str, shown: Any) -> tuple[float, float, float, int]:
    """The crop on which an edit was made: x, y px of the video, heading rad, size px."""
    try:
        x, y, heading = (float(value) for value in shown[:3])
        (size,) = shown[3:]
        if not np.isfinite([x, y, heading]).all() or not isinstance(size, int) or size < 1:
            raise ValueError
    except (TypeError, ValueError):
        raise Refused(400, f"{key}: an edit of a crop that is none; reload the page") from None
    return x, y, heading, size


def points(
    key: str, given: Any, parts: Sequence[str], size: int
) -> dict[str, tuple[np.ndarray | None, str] | None]:
    """Part -> place on the crop, clamped to it (None where absent), and state; None unlabels.

    Raises:
        Refused: no such part, no such state, or no place.
    """
    if not isinstance(given, dict):
        raise Refused(400, f"{key}: points are given by part")
    found: dict[str, tuple[np.ndarray | None, str] | None] = {}
    for part, point in given.items():
        if part not in parts:
            raise Refused(400, f"{key}: no part {part[:40]!r} in the skeleton; reload the page")
        if point is None:
            found[part] = None
            continue
        state = point.get("state", "placed") if isinstance(point, dict) else None
        if state not in STATES:
            raise Refused(400, f"{key}: {part} has no state of {', '.join(STATES)}")
        at = None
        if state != "absent":
            try:
                at = np.array([float(point["x"]), float(point["y"])])
            except (KeyError, TypeError, ValueError):
                at = np.array([np.nan])
            if not np.isfinite(at).all():
                raise Refused(400, f"{key}: {part} has no place")
            at = np.clip(at, -0.5, size - 0.5)
        found[part] = at, state
    return found
