"""Names as patterns of a wildcard, short enough for a thousand of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from itertools import groupby

NOTHING = "(?!)"  # matches no text; an empty pattern would match all


def one_of(names: Iterable[str]) -> str:
    """A regular expression that matches these names and no others.

    What names have in common stands in it once: Snakemake keeps the pattern's text in every output
    of a rule and goes through it for every file of a plan.

    >>> one_of(["fly01", "fly02", "fly12", "fly1"])
    'fly(?:0[12]|1(?:2)?)'
    """
    ordered = sorted(set(names))
    return _branch(ordered) if ordered else NOTHING


def _branch(names: list[str]) -> str:
    """The pattern of sorted, different names."""
    common = os.path.commonprefix(names)
    ends = names[0] == common  # the shortest is the beginning of all others
    rest = [name[len(common) :] for name in names[ends:]]
    if not rest:
        return re.escape(common)
    branches = [_branch(list(group)) for _, group in groupby(rest, key=lambda name: name[0])]
    if len(branches) > 1 and all(len(name) == 1 for name in rest):
        inner = f"[{''.join(map(re.escape, rest))}]"
    else:
        inner = f"(?:{'|'.join(branches)})"
    return re.escape(common) + inner + ("?" if ends else "")
