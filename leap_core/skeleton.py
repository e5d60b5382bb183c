"""The skeleton: which parts an animal has, how they connect, what mirrors what.

A skeleton is a small YAML file::

    name: fly32
    parts: [head, eyeL, eyeR, ...]        # order = order of the joints in every array
    edges: [[head, eyeL], ...]
    symmetry: auto                        # or pairs: [[eyeL, eyeR], ...]
    roles:
      center: thorax                      # subtracted for egocentric coordinates; without one
                                          # the middle of the axis is
      axis: [abdomen, head]               # tail end, head end
      legs: {LF: [forelegL1, ..., forelegL4], ...}   # last part is the tip
    groups: {body: [...], wings: [...]}   # for tables and figures
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leap_core.errors import UserError
from leap_core.io import untrusted, yamlfile

_SIDED = re.compile(r"^(.*)([LR])(\d*)$")


@dataclass(frozen=True)
class Skeleton:
    """Parts (joints) in array order, edges and mirror partner by index.

    Attributes:
        parts: part names, unique.
        edges: pairs of part indices.
        swap: for each part the index of its mirror image (itself when it lies on the midline).
        center: part that is the origin of egocentric coordinates, or None.
        axis: (tail part, head part) that give heading and body length, or None.
        legs: leg name -> parts from body to tip.
        groups: group name -> parts, for tables and figures.
    """

    parts: tuple[str, ...]
    edges: tuple[tuple[int, int], ...] = ()
    swap: tuple[int, ...] = ()
    name: str = "skeleton"
    center: str | None = None
    axis: tuple[str, str] | None = None
    legs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def ends(self) -> tuple[int, int]:
        """Index of the tail part and of the head part; UserError where no axis is named."""
        if self.axis is None:
            raise UserError(f"skeleton {self.name}: names no tail and head; add roles.axis")
        tail, head = self.axis
        return self.index(tail), self.index(head)

    @property
    def origin(self) -> tuple[str, ...]:
        """Parts whose mean is the origin of egocentric coordinates; empty where none is named.

        The center, else both ends of the axis.

        >>> Skeleton(("tail", "head"), axis=("tail", "head")).origin
        ('tail', 'head')
        """
        return (self.center,) if self.center else self.axis or ()

    def __len__(self) -> int:
        return len(self.parts)

    def index(self, part: str) -> int:
        """Position of ``part`` in the arrays; UserError names the part and what exists."""
        try:
            return self.parts.index(part)
        except ValueError:
            known = ", ".join(self.parts)
            raise UserError(
                f"skeleton {self.name}: unknown part {part!r}; its parts are {known}"
            ) from None

    @property
    def leg_tips(self) -> dict[str, int]:
        """Leg name -> index of its tip."""
        return {leg: self.index(parts[-1]) for leg, parts in self.legs.items()}

    @property
    def part_sets(self) -> dict[str, tuple[str, ...]]:
        """The groups, then the segments of all legs together, from the body to the tip.

        >>> Skeleton(("a", "b"), legs={"L": ("a", "b")}).part_sets
        {'leg bases': ('a',), 'leg tips': ('b',)}
        """
        longest = max((len(parts) for parts in self.legs.values()), default=0)
        names = ["leg bases", *(f"leg joints {k}" for k in range(2, longest)), "leg tips"]
        segments: dict[str, list[str]] = {}
        for parts in self.legs.values() if longest > 1 else ():
            for name, part in zip([*names[: len(parts) - 1], names[-1]], parts, strict=True):
                segments.setdefault(name, []).append(part)
        found = {name: tuple(segments[name]) for name in names if name in segments}
        return self.groups | {k: v for k, v in found.items() if k not in self.groups}

    def to_json(self) -> str:
        """The skeleton as one JSON line, as stored in files."""
        return json.dumps(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """The skeleton as the mapping that :func:`from_dict` reads."""
        names = self.parts
        pairs = [[names[i], names[j]] for i, j in enumerate(self.swap) if i < j]
        roles: dict[str, Any] = {"legs": {k: list(v) for k, v in self.legs.items()}}
        if self.center:
            roles["center"] = self.center
        if self.axis:
            roles["axis"] = list(self.axis)
        return {
            "name": self.name,
            "parts": list(names),
            "edges": [[names[a], names[b]] for a, b in self.edges],
            "symmetry": pairs,
            "roles": roles,
            "groups": {k: list(v) for k, v in self.groups.items()},
        }


def symmetry_by_name(parts: tuple[str, ...]) -> tuple[int, ...]:
    """Mirror partners by name: ``...L<digits>`` with ``...R<digits>`` (methods of LEAP).

    >>> symmetry_by_name(("head", "eyeL", "eyeR", "legL2", "legR2"))
    (0, 2, 1, 4, 3)
    """
    swap = []
    for i, part in enumerate(parts):
        match = _SIDED.match(part)
        partner = i
        if match:
            stem, side, digits = match.groups()
            other = f"{stem}{'R' if side == 'L' else 'L'}{digits}"
            partner = parts.index(other) if other in parts else i
        swap.append(partner)
    return tuple(swap)


def check_involution(parts: tuple[str, ...], swap: tuple[int, ...], where: str) -> None:
    """Mirroring twice must give every part back.

    Raises:
        UserError: names the first part whose partner's partner is another part.
    """
    for i, j in enumerate(swap):
        if swap[j] != i:
            raise UserError(
                f"{where}: symmetry is not an involution: {parts[i]} -> {parts[j]} -> "
                f"{parts[swap[j]]}; pair each part with exactly one other"
            )


def from_dict(value: dict[str, Any], where: str = "skeleton") -> Skeleton:
    """Build and check a skeleton from its YAML/JSON mapping.

    Raises:
        UserError: unknown keys or parts, duplicates, or a symmetry that is not an involution.
    """
    if not isinstance(value, dict) or not value.get("parts"):
        raise UserError(f"{where}: a skeleton needs a list `parts`")
    unknown = set(value) - {"name", "parts", "edges", "symmetry", "roles", "groups"}
    if unknown:
        raise UserError(f"{where}: unknown key {sorted(unknown)[0]!r} in skeleton")
    if not isinstance(value["parts"], list):
        raise UserError(f"{where}: `parts` is a list of names, got {value['parts']!r}")
    parts = tuple(str(p) for p in value["parts"])
    twice = sorted({p for p in parts if parts.count(p) > 1})
    if twice:
        raise UserError(f"{where}: part {twice[0]!r} is listed twice; part names are unique")

    def known(part: Any, use: str) -> str:
        if part not in parts:
            raise UserError(f"{where}: {use} names unknown part {part!r}; add it to `parts`")
        return str(part)

    symmetry = value.get("symmetry", "auto")
    roles = value.get("roles") or {}
    if not isinstance(roles, dict) or set(roles) - {"center", "axis", "legs"}:
        raise UserError(f"{where}: `roles` takes center, axis and legs, got {roles!r}")
    legs, groups = roles.get("legs") or {}, value.get("groups") or {}
    for name, pairs in (
        ("edges", value.get("edges", [])),
        ("symmetry", [] if symmetry == "auto" else symmetry),
        ("roles.axis", [roles["axis"]] if roles.get("axis") else []),
    ):
        if not isinstance(pairs, list) or not all(
            isinstance(p, list) and len(p) == 2 for p in pairs
        ):
            raise UserError(f"{where}: `{name}` takes pairs of parts, got {pairs!r}")
    for name, lists in (("roles.legs", legs), ("groups", groups)):
        if not isinstance(lists, dict) or not all(
            isinstance(v, list) and v for v in lists.values()
        ):
            raise UserError(f"{where}: `{name}` takes lists of parts by name, got {lists!r}")
    edges = tuple(
        (parts.index(known(a, "edges")), parts.index(known(b, "edges")))
        for a, b in value.get("edges", [])
    )
    if symmetry == "auto":
        swap = symmetry_by_name(parts)
    else:
        partner = list(range(len(parts)))
        for a, b in symmetry:
            i, j = parts.index(known(a, "symmetry")), parts.index(known(b, "symmetry"))
            for one, other in ((i, j), (j, i)):
                if partner[one] not in (one, other):
                    raise UserError(
                        f"{where}: symmetry is not an involution: {parts[one]} is paired with "
                        f"{parts[partner[one]]} and {parts[other]}; pair each part once"
                    )
                partner[one] = other
        swap = tuple(partner)
    check_involution(parts, swap, where)
    axis = roles.get("axis")
    return Skeleton(
        parts=parts,
        edges=edges,
        swap=swap,
        name=str(value.get("name", "skeleton")),
        center=known(roles["center"], "roles.center") if roles.get("center") else None,
        axis=(known(axis[0], "roles.axis"), known(axis[1], "roles.axis")) if axis else None,
        legs={
            leg: tuple(known(p, f"roles.legs.{leg}") for p in names) for leg, names in legs.items()
        },
        groups={
            group: tuple(known(p, f"groups.{group}") for p in names)
            for group, names in groups.items()
        },
    )


def from_json(text: str, where: str = "skeleton") -> Skeleton:
    """Read the JSON form that files carry."""
    return from_dict(json.loads(text), where)


def read(path: str | Path) -> Skeleton:
    """Read a skeleton YAML file (see the module's text for its layout)."""
    value = yamlfile.read(path, "skeleton", "config/skeletons/")
    with untrusted.reading(path, "skeleton", "see config/skeletons/"):
        return from_dict(value, str(path))
