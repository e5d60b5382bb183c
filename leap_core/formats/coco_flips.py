"""Mirror partners that COCO files name in the ways of several tools."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leap_core import sides

# one entry for each part: the part (index or name) that takes its place in a mirror image
LISTS = (
    *("flip_idx", "flip_indices", "flip_index", "flip_inds", "hflip_inds", "hflip_indices"),
    *("swap", "swaps", "keypoint_flip_indices", "keypoints_flip", "flip_map", "keypoint_flip_map"),
)
# pairs of indices or names
PAIRS = ("flip_pairs", "swap_pairs", "symmetry", "symmetries", "keypoint_symmetry", "mirror_pairs")


def pairs(
    path: Path, content: dict[str, Any], category: dict[str, Any], parts: Sequence[str]
) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """Names of mirror partners, and what to say where a list cannot be understood."""
    for place in (category, content, content.get("info") or {}):
        for key in (*LISTS, *PAIRS) if isinstance(place, dict) else ():
            if not place.get(key):
                continue
            found = _read(place[key], key in LISTS, parts)
            if found is None:
                return (), [
                    f"WARNING: {path}: its mirror partners ({key}) do not fit its {len(parts)} "
                    "parts and are not used; list the pairs in `symmetry` of the skeleton"
                ]
            return found, []
    return (), []


def _read(value: Any, each: bool, parts: Sequence[str]) -> tuple[tuple[str, str], ...] | None:
    """Pairs of names, or None where they are no pairs of these parts."""
    if isinstance(value, dict):
        given = list(value.items())
    elif each and isinstance(value, list) and len(value) == len(parts):
        given = list(zip(_counted(value, parts), value, strict=True))
    elif isinstance(value, list) and all(isinstance(p, list) and len(p) == 2 for p in value):
        given = [tuple(pair) for pair in value]
    else:
        return None
    flat = [item for pair in given for item in pair if item not in ("", None)]
    if all(isinstance(item, str) for item in flat):
        named = [(a, b) for a, b in given if b]
        return _checked(named, parts) if set(flat) <= set(parts) else None
    if not all(isinstance(item, int) and not isinstance(item, bool) for item in flat):
        return None
    fits = [base for base in (0, 1) if min(flat) >= base and max(flat) < len(parts) + base]
    read = [_checked([(parts[a - b], parts[c - b]) for a, c in given], parts) for b in fits]
    if len(read) > 1:  # counted from 0 or from 1: no name of a side gets another partner
        read = [found for found in read if found is not None and _agree(found, parts)]
    return read[0] if len(read) == 1 else None


def _counted(value: list, parts: Sequence[str]) -> list:
    """The part that each entry of a list is of, told as the entries tell parts."""
    if any(isinstance(item, str) for item in value):
        return list(parts)
    whole = [item for item in value if isinstance(item, int)]
    base = 1 if whole and 0 not in whole and max(whole) == len(parts) else 0
    return list(range(base, base + len(parts)))


def _checked(
    found: list[tuple[str, str]], parts: Sequence[str]
) -> tuple[tuple[str, str], ...] | None:
    """Each pair once, in the order of the parts; None where a part has two partners."""
    partner: dict[str, str] = {}
    for a, b in found:
        if partner.get(a, b) != b or partner.get(b, a) != a:
            return None
        partner[a], partner[b] = b, a
    return tuple((a, partner[a]) for a in parts if a in partner and _first(a, partner[a], parts))


def _first(a: str, b: str, parts: Sequence[str]) -> bool:
    return parts.index(a) < parts.index(b)


def _agree(found: Sequence[tuple[str, str]], parts: Sequence[str]) -> bool:
    """Whether pairs leave those alone that the names tell."""
    named = {
        a: parts[j] for a, j in zip(parts, sides.read(parts).swap, strict=True) if a != parts[j]
    }
    return all(named.get(a, b) == b and named.get(b, a) == a for a, b in found)
