"""The skeleton: which parts an animal has, how they connect, what mirrors what.

A skeleton is a small YAML file::

    name: fly32
    parts: [head, eyeL, eyeR, ...]        # order = order of the joints in every array
    edges: [[head, eyeL], ...]
    symmetry: auto                        # by name, or pairs: [[eyeL, eyeR], ...]
    roles:
      center: thorax                      # subtracted for egocentric coordinates; without one
                                          # the middle of the axis is
      axis: [abdomen, head]               # tail end, head end
      legs: {LF: [forelegL1, ..., forelegL4], ...}   # last part is the tip
    groups: {body: [...], wings: [...]}   # for tables and figures
    pose: {head: [60, 0], ...}            # where parts first stand on the labeling page
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from leap_core import sides
from leap_core.errors import UserError
from leap_core.io import untrusted, yamlfile

# of a skeleton file
KEYS = ("name", "parts", "edges", "symmetry", "roles", "groups", "pose")
ROLES = ("center", "axis", "legs")


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
        pose: part -> (x, y) px from the middle of a crop, head to the right: where the labeling
            page shows parts that nobody has placed yet.
        unpaired: parts whose names tell a side, but whose partners nobody knows; None where the
            pairs were listed instead of read off the names.
    """

    parts: tuple[str, ...]
    edges: tuple[tuple[int, int], ...] = ()
    swap: tuple[int, ...] = ()
    name: str = "skeleton"
    center: str | None = None
    axis: tuple[str, str] | None = None
    legs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pose: dict[str, tuple[float, float]] = field(default_factory=dict, compare=False)
    unpaired: tuple[str, ...] | None = field(default=None, compare=False)

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

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The mirror partners, each pair once."""
        return [(self.parts[i], self.parts[j]) for i, j in enumerate(self.swap) if i < j]

    def to_json(self) -> str:
        """The skeleton as one JSON line, as stored in files."""
        return json.dumps(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """The skeleton as the mapping that :func:`from_dict` reads."""
        names = self.parts
        roles: dict[str, Any] = {"legs": {k: list(v) for k, v in self.legs.items()}}
        if self.center:
            roles["center"] = self.center
        if self.axis:
            roles["axis"] = list(self.axis)
        unpaired = {"unpaired": list(self.unpaired)} if self.unpaired else {}
        pose = {"pose": {k: list(v) for k, v in self.pose.items()}} if self.pose else {}
        return (
            unpaired
            | pose
            | {
                "name": self.name,
                "parts": list(names),
                "edges": [[names[a], names[b]] for a, b in self.edges],
                "symmetry": [list(pair) for pair in self.pairs],
                "roles": roles,
                "groups": {k: list(v) for k, v in self.groups.items()},
            }
        )


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
    unknown = set(value) - {*KEYS, "unpaired"}
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
    if not isinstance(roles, dict) or set(roles) - set(ROLES):
        raise UserError(f"{where}: `roles` takes center, axis and legs, got {roles!r}")
    legs, groups = roles.get("legs") or {}, value.get("groups") or {}
    pose = value.get("pose") or {}
    if not isinstance(pose, dict):
        raise UserError(f"{where}: `pose` takes [x, y] by part, got {pose!r}")
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
    unpaired = value.get("unpaired")
    if symmetry == "auto":
        named = sides.read(parts)
        swap, unpaired = named.swap, [*named.certain, *named.doubtful]
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
        unpaired=None if unpaired is None else tuple(known(p, "unpaired") for p in unpaired),
        pose={known(part, "pose"): _place(part, at, where) for part, at in pose.items()},
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


def _place(part: str, at: Any, where: str) -> tuple[float, float]:
    numbers = isinstance(at, list) and all(isinstance(v, int | float) for v in at)
    if not numbers or len(at) != 2 or not all(map(math.isfinite, at)):
        raise UserError(f"{where}: `pose` of {part!r} is [x, y] in px, got {at!r}")
    return float(at[0]), float(at[1])


def with_pairs(
    skeleton: Skeleton, pairs: Sequence[tuple[str, str]], where: str
) -> tuple[Skeleton, list[str]]:
    """Take over the mirror partners that a file stores, where the skeleton knows of none.

    Pairs that the skeleton lists, or its names tell, win.

    Args:
        pairs: names; of parts that the skeleton does not have they are left aside.
        where: the file, for the notes.

    Returns:
        the skeleton, and a line for the log where pairs are not taken.
    """
    swap, against = list(skeleton.swap), []
    for a, b in pairs:
        if a == b or not {a, b} <= set(skeleton.parts):
            continue
        i, j = skeleton.index(a), skeleton.index(b)
        if (swap[i], swap[j]) == (i, j) and skeleton.unpaired is not None:
            swap[i], swap[j] = j, i
        elif swap[i] != j:
            against.append(f"{a}/{b}")
    notes = []
    if against:
        own = (
            "the names of the parts tell others"
            if skeleton.unpaired is not None
            else ("the skeleton lists others")
        )
        notes.append(
            f"WARNING: {where}: stores {', '.join(against)} as mirror images, but {own}; these of "
            "the file are not used: look which are right, and list them in `symmetry` of the "
            "skeleton"
        )
    if tuple(swap) == skeleton.swap:
        return skeleton, notes
    left = skeleton.unpaired and tuple(
        part for part in skeleton.unpaired if swap[skeleton.index(part)] == skeleton.index(part)
    )
    return replace(skeleton, swap=tuple(swap), unpaired=left), notes


def pairs_text(skeleton: Skeleton) -> str:
    """Which parts swap places in a mirror image, for people.

    >>> pairs_text(Skeleton(("nose", "earL", "earR"), swap=(0, 2, 1)))
    'earL/earR change places, nose stays on the midline'
    """
    names = skeleton.parts
    middle = ", ".join(names[i] for i, j in enumerate(skeleton.swap) if i == j)
    stays = f"{middle} stay{'' if ',' in middle else 's'} on the midline" if middle else ""
    swapped = ", ".join("/".join(pair) for pair in skeleton.pairs)
    return ", ".join(filter(None, [f"{swapped} change places" if swapped else "", stays]))


def check_mirror(skeleton: Skeleton, where: str, key: str) -> str:
    """Whether left and right are known, which mirrored images need.

    Args:
        where: the skeleton's file or name, for messages.
        key: the config key that asks for mirrored images.

    Returns:
        A line for the log where there must be no mirrored images, because a part may have a side;
        empty where all is well.

    Raises:
        UserError: a part has a side beyond doubt and no partner.
    """
    if not skeleton.unpaired:
        return ""
    sure = [part for part in skeleton.unpaired if part in sides.read(skeleton.parts).certain]
    remedy = (
        f"name both sides alike (earL and earR, left_ear and right_ear), list the pairs in "
        f"`symmetry` of the skeleton (`symmetry: []`: there are none), or set `{key}: false`"
    )
    if sure:
        raise UserError(
            f"{where}: part {sure[0]!r} has the name of one side and no partner, so mirrored "
            f"images would show it on the wrong side; {remedy}"
        )
    names = ", ".join(skeleton.unpaired)
    return (
        f"WARNING: no mirrored images, `{key}` is off: {names} may lie on one side of the animal "
        f"and have no partner; {remedy}"
    )


def to_tidy(skeleton: Skeleton) -> dict[str, Any]:
    """The mapping of a skeleton file, without what says nothing."""
    stored = skeleton.to_dict()
    # read off the names, and so it stays
    if skeleton.unpaired is not None and sides.read(skeleton.parts).swap == skeleton.swap:
        stored["symmetry"] = "auto"
    roles = {k: stored["roles"][k] for k in ROLES if stored["roles"].get(k)}
    value = {k: (stored | {"roles": roles}).get(k) for k in KEYS}
    return {k: v for k, v in value.items() if v or k in ("parts", "symmetry")}


def to_yaml(skeleton: Skeleton) -> str:
    """The text of a skeleton file."""
    return yaml.safe_dump(
        to_tidy(skeleton), sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )


def from_json(text: str, where: str = "skeleton") -> Skeleton:
    """Read the JSON form that files carry."""
    return from_dict(json.loads(text), where)


def read(path: str | Path) -> Skeleton:
    """Read a skeleton YAML file (see the module's text for its layout)."""
    hint = "config/skeletons/, or make one on a frame with `leap label --config CONFIG`"
    value = yamlfile.read(path, "skeleton", hint)
    with untrusted.reading(path, "skeleton", "see config/skeletons/"):
        return from_dict(value, str(path))
