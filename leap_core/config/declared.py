"""What a rule of the workflow declares of the config, and nothing else.

``params.section`` of a rule is what it depends on: Snakemake runs the rule again when it changes,
and the record of every output holds it.  A job's settings are built from it alone, so that no
script can read a key whose change would not make its result again.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, TypeVar

from leap_core.config import footage, sections
from leap_core.config.declare import typed

# sections of a rule that are no section of a config file
OTHER = {"video": footage.Video, "source": footage.Footage}


class Declared:
    """The declared sections as attributes: dataclasses of :mod:`leap_core.config.sections`.

    A section may hold some of its keys only; ``video`` and ``source`` are one of the config's.

    Raises:
        LookupError: a section or key is read that the rule does not declare.
    """

    def __init__(self, rule: str, section: Mapping[str, Any], effort: Mapping[str, Any]):
        """
        Args:
            rule: its name, for messages.
            section: the rule's ``params.section``, plain builtins.
            effort: the config as it was given, of which only keys are taken that change how a
                result is computed, but not the result (``option(effort=True)``).
        """
        self._rule = rule
        self._section = dict(section)
        self._effort = effort

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._section:
            raise LookupError(undeclared(self._rule, name))
        value = self._section[name]
        cls = OTHER.get(name) or SECTIONS.get(name)
        if cls is None:
            return value
        own = self._effort.get(name)
        own = own if isinstance(own, Mapping) else {}  # `behavior: auto` is a word
        given = {key: own.get(key, default) for key, default in efforts(cls)}
        return partial(cls, given | value, f"{self._rule}: {name}")


def alone(config: Mapping[str, Any]) -> bool:
    """Whether one raw file at most brings pictures into a dataset: a video, or label images.

    Args:
        config: of the dataset, as plain builtins.
    """
    films = [v for v in config.get("videos") or () if v.get("synthetic") is None]
    films = [v for v in films if not v.get("poses")]
    sources = (config.get("labels") or {}).get("sources") or ()
    return not config.get("video_sheet") and len(films) + len(sources) < 2


def undeclared(place: str, name: str) -> str:
    """The words for a bug in a rule."""
    return f"rule {place}: reads `{name}`, which its params.section does not declare"


def efforts(cls: type) -> list[tuple[str, Any]]:
    """Keys of a section that change no result, with their defaults."""
    return [(f.name, f.default) for f in dataclasses.fields(cls) if f.metadata.get("effort")]


def partial(cls: type, values: Mapping[str, Any], place: str) -> Any:
    """A section of which some keys are known; reading another is a LookupError."""
    missing = frozenset(f.name for f in dataclasses.fields(cls)).difference(values)
    if not missing:
        return cls(**typed(cls, values))
    out: Any = object.__new__(_narrowed(cls, missing, place))
    for name, value in typed(cls, values).items():
        object.__setattr__(out, name, value)
    return out


Section = TypeVar("Section")


def changed(section: Section, **values: Any) -> Section:
    """A section with other values of some keys: ``dataclasses.replace``, which reads all keys.

    >>> changed(sections.Behavior(), perplexity=5.0).perplexity
    5.0
    """
    out = copy.copy(section)
    for name, value in values.items():
        getattr(section, name)  # a key that is not declared stays one
        object.__setattr__(out, name, value)
    return out


@functools.cache
def _narrowed(cls: type, missing: frozenset[str], place: str) -> type:
    def refusing(name: str) -> property:
        def refuse(self: Any) -> Any:
            raise LookupError(undeclared(place, name))

        return property(refuse)

    return type(cls.__name__, (cls,), {name: refusing(name) for name in missing})


_made: dict[str, Any] = {f.name: f.default_factory for f in dataclasses.fields(sections.Config)}
SECTIONS: dict[str, type] = {
    name: made for name, made in _made.items() if isinstance(made, type) and is_dataclass(made)
}
