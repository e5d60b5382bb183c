"""``estimates.json``: what the last network proposes, item by item; never labels.

``{"format", "model", "frames", "network", "items": {key: {part: [x, y, confidence]}}}`` with x and
y in pixels of the video.  The file is replaced whole.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from leap_core.errors import UserError
from leap_core.io import atomic, journal
from leap_core.labels import edits

FORMAT = "leap-estimates/1"


def write(folder: str | Path, content: dict[str, Any]) -> None:
    """Write the estimates of a folder of labels atomically, a line an item."""
    head = json.dumps({k: v for k, v in content.items() if k != "items"}, ensure_ascii=False)
    rows = (
        f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(points, ensure_ascii=False)}"
        for key, points in content["items"].items()
    )
    text = head[:-1] + ', "items": {\n' + ",\n".join(rows) + "\n}}\n"
    atomic.write_text(Path(folder) / edits.ESTIMATES, text)


def read(folder: str | Path) -> dict[str, Any] | None:
    """The estimates of a folder of labels; None without any.

    Raises:
        UserError: the file is damaged.
    """
    path = Path(folder) / edits.ESTIMATES
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT or not isinstance(found["items"], dict):
            raise ValueError
        str(found["model"]), int(found["frames"])
        return found
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{path}: is damaged; remove it and train again") from None


def next_name(folder: str | Path, regime: str) -> str:
    """A name for the next network, ``<regime>-<number>``: one more than any before had."""
    names = [
        line.get("model")
        for line, _ in journal.lines(Path(folder) / edits.JOURNAL)
        if line.get("op") == "model"
    ]
    try:
        names.append((read(folder) or {}).get("model"))
    except UserError as error:
        print(error)  # it is about to be replaced
    numbers = [int(found[1]) for name in names if (found := re.fullmatch(r"\w+-(\d+)", str(name)))]
    return f"{regime}-{max(numbers, default=0) + 1}"
