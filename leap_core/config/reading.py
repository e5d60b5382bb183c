"""Reading and checking a config, or a whole YAML of it.

``schema()`` is derived from the sections (``workflow/schemas/`` holds a copy for editors), so a
typo, a wrong type or a value out of range is named with its path.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from leap_core.config import chosen, learning, rules, sheet
from leap_core.config.declare import build, class_schema, explain
from leap_core.config.footage import Video
from leap_core.config.sections import Config
from leap_core.errors import UserError
from leap_core.io import yamlfile

# keys of earlier versions
MOVED = {"prediction.min_confidence": "poses.min_confidence"}


def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a config file, with defaults and meanings."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "LEAP dataset"}
    out = head | class_schema(Config)
    out["properties"]["behavior"]["type"] = ["object", "string"]  # `behavior: auto`
    return out


def from_dict(value: dict[str, Any], where: str = "config") -> Config:
    """Validate a mapping, fill in the defaults, and add the rows of ``video_sheet`` to ``videos``.

    Raises:
        UserError: names ``where``, the key's path and what is expected (or the nearest key); in a
            sheet its file, line and column.
    """
    import jsonschema  # slow to import, and jobs do without

    for old, new in MOVED.items():
        section, key = old.split(".")
        if isinstance(value.get(section), dict) and key in value[section]:
            raise UserError(f"{where}: `{old}` is now `{new}`; write it there")
    if "behavior" in value:
        value = value | {"behavior": chosen.written_out(value["behavior"], where)}
    errors = list(jsonschema.Draft202012Validator(schema()).iter_errors(value))
    if errors:
        best = min(errors, key=lambda e: (e.validator != "additionalProperties", str(e.path)))
        raise UserError(f"{where}: {explain(best)}")
    if "training" in value:
        given = value["training"]
        value = value | {"training": learning.REGIMES[given.get("regime", "best")] | given}
    config, places = _with_sheet(build(Config, value), where)
    foreign = any(video.poses for video in config.videos)
    config = dataclasses.replace(config, poses=config.poses.resolved(calibrated=not foreign))
    rules.check(config, where, places)
    return config


def _with_sheet(config: Config, where: str) -> tuple[Config, dict[str, str]]:
    """The config with its sheet's rows among the videos; video id -> where its row stands."""
    if config.video_sheet is None:
        return config, {}
    places = {video.id: f"`videos` of {where}" for video in config.videos}
    rows = sheet.read(config.video_sheet, Video)
    for row in rows:
        id = row.values["id"]
        if id in places:
            raise UserError(
                f"{row.place}, column 'id': {id!r} is in {places[id]} already; ids are unique"
            )
        places[id] = row.place
    videos = [*config.videos, *(build(Video, row.values) for row in rows)]
    # without the sheet's name: read again, a resolved config must not count its videos twice
    resolved = dataclasses.replace(config, videos=videos, video_sheet=None)
    return resolved, {row.values["id"]: row.place for row in rows}


def read(path: str | Path) -> Config:
    """Read and validate a config YAML.

    Raises:
        UserError: missing file, broken YAML, or invalid content.
    """
    value = yamlfile.read(path, "config", "config/README.md")
    if not isinstance(value, dict):
        raise UserError(f"{path}: expected a mapping of keys; see config/README.md")
    return from_dict(value, str(path))


def to_dict(value: Any) -> Any:
    """A config, one of its sections or a single value as plain builtins."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value
