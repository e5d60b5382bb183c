"""Declaring config sections as dataclasses: one declaration gives schema, defaults and checks."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import jsonschema

_EXPONENT = re.compile(r"^[+-]?\d+(\.\d*)?[eE][+-]?\d+$")


def option(
    default: Any = dataclasses.MISSING, doc: str = "", effort: bool = False, **limits: Any
) -> Any:
    """Declare a config key: its default, meaning, and JSON-schema limits.

    Args:
        effort: it changes how long a result takes, how much memory, or where something lies whose
            content counts by itself, but not the result, or the workflow alone reads it: no rule
            runs again for its sake.
    """
    metadata = {"doc": doc, "limits": limits, "effort": effort}
    if isinstance(default, (list, dict)):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    if isinstance(default, type):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


_JSON_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean"}


def _type_schema(hint: Any) -> dict[str, Any]:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return {"enum": list(args)}
    if origin in (typing.Union, types.UnionType):
        inner = _type_schema(next(a for a in args if a is not type(None)))
        if "enum" in inner:
            inner["enum"].append(None)
        if "type" in inner:
            inner["type"] = [inner["type"], "null"]
        return inner
    if origin is list:
        return {"type": "array", "items": _type_schema(args[0])}
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return class_schema(hint)
    return {"type": _JSON_TYPES[hint]}


def class_schema(cls: type) -> dict[str, Any]:
    """JSON schema of a section declared with :func:`option`."""
    hints = typing.get_type_hints(cls)
    properties, required = {}, []
    for item in dataclasses.fields(cls):
        entry = _type_schema(hints[item.name]) | item.metadata["limits"]
        if item.metadata["doc"]:
            entry["description"] = item.metadata["doc"]
        if item.default is not dataclasses.MISSING:
            entry["default"] = item.default
        elif item.default_factory is dataclasses.MISSING:
            required.append(item.name)
        elif not dataclasses.is_dataclass(item.default_factory):
            entry["default"] = item.default_factory()
        properties[item.name] = entry
    out = {
        "type": "object",
        "description": " ".join((cls.__doc__ or "").split()),
        "properties": properties,
        "additionalProperties": False,
    }
    return out | ({"required": required} if required else {})


def explain(error: jsonschema.ValidationError) -> str:
    """A validation error in one line: the key's path, what is expected, the nearest key."""
    path = ".".join(str(p) for p in error.absolute_path)
    where = f"`{path}`" if path else "top level"
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = sorted(set(error.instance) - set(known), key=str)[0]
        near = difflib.get_close_matches(str(unknown), known, n=1, cutoff=0.5)
        full = f"{path}.{unknown}" if path else str(unknown)
        hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
        return f"unknown key `{full}`; {hint}"
    if error.validator == "required":
        missing = next(k for k in error.schema["required"] if k not in error.instance)
        meaning = error.schema["properties"][missing].get("description", "")
        return f"{where}: missing key {missing!r} ({meaning})"
    if error.validator == "enum":
        return f"{where}: {not_one_of(error)}"
    hint = ""
    if isinstance(error.instance, str) and _EXPONENT.match(error.instance):
        hint = "; YAML reads it as text: write the number with a dot, as in 1.0e-4"
    return f"{where}: {error.message[:300]}{hint}"


def not_one_of(error: jsonschema.ValidationError) -> str:
    """The words of a schema for a value that is none of those allowed."""
    allowed = [value for value in error.validator_value if value is not None]
    return f"{error.instance!r} is not one of {allowed}"


def _inner(hint: Any) -> tuple:
    """Element types of ``list[...]``, also inside ``... | None``."""
    lists = [hint, *typing.get_args(hint)]
    return tuple(a for h in lists if typing.get_origin(h) is list for a in typing.get_args(h))


# a thousand rows of a sheet are a thousand sections of one class
_hints = functools.cache(typing.get_type_hints)


def build(cls: type, value: dict[str, Any]) -> Any:
    """A section from a mapping that its schema has accepted."""
    return cls(**typed(cls, value))


def typed(cls: type, value: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a section's mapping with the types that its class declares."""
    hints = _hints(cls)
    values = {}
    for name, entry in value.items():
        hint = hints[name]
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            entry = build(hint, entry)
        elif typing.get_origin(hint) is list and dataclasses.is_dataclass(typing.get_args(hint)[0]):
            entry = [build(typing.get_args(hint)[0], e) for e in entry]
        elif isinstance(entry, list):
            number = float if float in _inner(hint) else int if int in _inner(hint) else None
            entry = [number(e) for e in entry] if number else entry
        elif isinstance(entry, (int, float)) and not isinstance(entry, bool):
            # JSON schema takes 2 for 2.0 and 2.0 for 2
            entry = float(entry) if float in (hint, *typing.get_args(hint)) else int(entry)
        values[name] = entry
    return values
