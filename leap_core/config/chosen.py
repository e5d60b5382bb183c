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
from leap_core.config.sections import Behavior, Config
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
        UserError: a word other than ``auto``, nothing left to choose, or a value of a key that is
            listed as left to it.

    >>> written_out({"auto": True, "sigma": 1.0}, "")["auto"][-2:]
    ['exaggeration', 'clip']
    """
    if given == "auto":
        given = {"auto": True}
    if isinstance(given, str):
        raise UserError(f"{where}: `behavior` is {given!r}; write `auto`, or keys and values")
    if not isinstance(given, Mapping) or "auto" not in given:
        return given
    if not isinstance(given["auto"], bool):
        return _unopposed(given, where)
    if not given["auto"]:
        return {**given, "auto": []}
    left = [key for key in CHOSEN if key not in given]
    if not left:
        raise UserError(
            f"{where}: `behavior.auto` is true, but every key is given that it would choose; "
            "remove the ones to be chosen, or `auto`"
        )
    # parts are bridged when poses come in, before anything of the recordings is known
    return {"max_gap_s": GAP_S, **given, "auto": left}


def _unopposed(given: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """A section whose list ``auto`` is written out, as a resolved config has it."""
    usual = dataclasses.asdict(Behavior())
    listed = given["auto"] if isinstance(given["auto"], list) else []
    for key in listed:
        if key in usual and given.get(key, usual[key]) != usual[key]:
            raise UserError(
                f"{where}: `behavior.{key}` is given and left to `behavior.auto`, too; take it out "
                "of one of them"
            )
    return given


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
    if lacking := [key for key in settings.auto if key not in values]:
        raise UserError(
            f"{file}: says nothing of {', '.join(lacking)}, which `behavior.auto` leaves to it; "
            "use the config that the map was made with, or run the workflow again"
        )
    return dataclasses.replace(settings, **{key: values[key] for key in settings.auto})


def as_made(settings: Config, out: str | Path) -> dict[str, Any]:
    """A config as plain builtins, with the values that were chosen in the place of ``auto``.

    Where nothing was chosen yet it is as it was given.

    Args:
        out: folder of the dataset's results.
    """
    found = dataclasses.asdict(settings)
    folder = Path(out) / "behavior"
    if settings.behavior.auto and (folder / NAME).is_file():
        found["behavior"] = dataclasses.asdict(of_map(settings.behavior, folder)) | {"auto": []}
    return found
