"""Settings of the behavior map that a run has chosen: their file, and a section with them.

The rule is :func:`leap_core.behavior.choice.choose`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leap_core.config.names import CHOSEN
from leap_core.config.sections import Behavior
from leap_core.errors import UserError
from leap_core.io import untrusted

NAME = "settings.json"
# The longest gap that `auto` bridges, s: half a period of the lowest frequency, 1 Hz.
GAP_S = 0.5


def written_out(given: Any, where: str) -> Any:
    """Section ``behavior`` as it was given, with the list of keys that ``auto`` stands for.

    Args:
        given: ``auto``, or keys and values, of which ``auto`` may be true.
        where: begins the message.

    Raises:
        UserError: a word other than ``auto``.

    >>> written_out({"auto": True, "sigma": 1.0}, "")["auto"][-2:]
    ['exaggeration', 'clip']
    """
    if given == "auto":
        given = {"auto": True}
    if isinstance(given, str):
        raise UserError(f"{where}: `behavior` is {given!r}; write `auto`, or keys and values")
    if not isinstance(given, Mapping) or not isinstance(given.get("auto"), bool):
        return given
    if not given["auto"]:
        return {**given, "auto": []}
    # parts are bridged when poses come in, before anything of the recordings is known
    return {"max_gap_s": GAP_S, **given, "auto": [key for key in CHOSEN if key not in given]}


def read(path: str | Path) -> dict[str, Any]:
    """Key -> value, from the file that the rule ``behavior_settings`` writes.

    Raises:
        UserError: no such file, or a damaged one.
    """
    with untrusted.reading(path, "choice of settings", "remove it and run again"):
        values = json.loads(Path(path).read_text(encoding="utf-8"))["values"]
        return {key: values[key] for key in CHOSEN if key in values}


def of_map(settings: Behavior, folder: str | Path) -> Behavior:
    """The section as a map was made with it.

    Args:
        settings: as the config gives it.
        folder: of the map's files.

    Raises:
        UserError: keys are left to ``auto``, and no file in the folder says what was chosen.
    """
    file = Path(folder) / NAME
    if not settings.auto:
        return settings
    if not file.is_file():
        raise UserError(
            f"{file}: no such file, and `behavior.auto` leaves {', '.join(settings.auto)} to it; "
            "keep it beside the map, or write the values into the config"
        )
    values = read(file)
    return dataclasses.replace(settings, **{key: values[key] for key in settings.auto})
