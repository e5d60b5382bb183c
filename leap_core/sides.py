"""Left and right in the names of parts: which two names are mirror images of each other.

A name is cut into words (``mid_left_leg``, ``leftEar2``, ``legL1``, ``L-ear``); a word that means a
side is turned into the other side, and the partner is the part that has this name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# words that mean a side; the first two do so wherever they stand
WORDS = ("left", "right")
LETTERS = [("l", "r"), ("lt", "rt"), ("lhs", "rhs")]
# L or R with the row of the leg: front, middle, hind, back (LF, RM, hl, ...), and rear left; and
# with leg or paw behind (LFL, RHP)
CODES = [(f"l{row}", f"r{row}") for row in "fmhb"] + [(f"{row}l", f"{row}r") for row in "fmhbr"]
CODES += [(f"l{row}{limb}", f"r{row}{limb}") for row in "fmhb" for limb in "lp"]
_OTHER = dict([WORDS, *LETTERS, *CODES]) | {b: a for a, b in [WORDS, *LETTERS, *CODES]}
_CERTAIN, _LETTER, _CODE = range(3)
_KIND = (
    {word: _CODE for pair in CODES for word in pair}
    | {word: _LETTER for pair in LETTERS for word in pair}
    | dict.fromkeys(WORDS, _CERTAIN)
)
# between letters an alphabet is counted: points k, l, m, ... have no sides
_BEFORE = {"l": "k", "r": "q"}
GLUED = 3  # letters that must be left of a word whose l or r has no mark (lpaw, earl; not led)


@dataclass(frozen=True)
class Names:
    """What the names of a skeleton's parts tell of its two sides.

    Attributes:
        swap: for each part the index of its partner (itself where there is none).
        certain: parts that have a side beyond doubt, and no partner.
        doubtful: parts that may have a side, and no partner.
    """

    swap: tuple[int, ...]
    certain: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


def read(parts: Sequence[str]) -> Names:
    """Pairs by name, and the names that look as if they had a partner.

    >>> read(("nose", "left_ear", "right_ear", "legL2", "legR2")).swap
    (0, 2, 1, 4, 3)
    >>> read(("nose", "left_ear")).certain
    ('left_ear',)
    """
    words = [_words(part) for part in parts]
    sided = [_sided(words, k) for k in range(len(parts))]
    proposed = [_partner(words, sided, k) for k in range(len(parts))]
    swap = tuple(k if j is None or proposed[j] != k else j for k, j in enumerate(proposed))
    paired = [k for k, j in enumerate(swap) if j != k]
    alone = {k: sided[k] for k in range(len(parts)) if sided[k] and swap[k] == k}
    certain = [k for k, at in alone.items() if _kind(words[k], at) == _CERTAIN]
    doubtful = set(_glued(words, swap))
    for kind in (_LETTER, _CODE):
        mine = [k for k, at in alone.items() if _kind(words[k], at) == kind]
        # one letter alone may mean anything; an L here and an R there are sides
        if len({_side(words[k], alone[k]) for k in mine}) > 1:
            certain += mine
        elif kind == _LETTER or any(_kind(words[k], sided[k]) == kind for k in paired):
            doubtful |= set(mine)
    doubtful -= set(certain)
    name = [tuple(parts[k] for k in sorted(found)) for found in (certain, doubtful)]
    return Names(swap, *name)


def _words(name: str) -> list[str]:
    """Words, numbers and what stands between them, in order; together they are the name."""
    shape = "".join(
        "0" if c.isdigit() else "-" if not c.isalpha() else "A" if c.isupper() else "a"
        for c in name
    )
    found = (m.span() for m in re.finditer(r"A+(?!a)|A?a+|0+|-+", shape))
    return [name[start:stop] for start, stop in found]


def _sided(words: list[list[str]], k: int) -> list[int]:
    """Which words of name ``k`` mean a side."""
    mine = words[k]
    found = []
    for at, word in enumerate(mine):
        low = word.lower()
        if low in _OTHER:
            before = _BEFORE.get(low)
            counted = before and any(_same_but(mine, other, at, before) for other in words)
            if not counted:
                found.append(at)
        elif _turned(word) and (low.startswith(WORDS) or _there(words, mine, at)):
            found.append(at)
    return found


def _same_but(one: list[str], other: list[str], at: int, word: str) -> bool:
    """Whether two names differ in word ``at`` only, which is ``word`` in the other one."""
    low = [[w.lower() for w in words] for words in (one, other)]
    return len(one) == len(other) and low[1] == [*low[0][:at], word, *low[0][at + 1 :]]


def _turned(word: str) -> str | None:
    """A word with ``left`` or ``right`` inside, turned: leftear, midrightleg; or WINGL."""
    if word.isupper() and len(word) > 1 and word[-1] in "LR":
        return word[:-1] + _OTHER[word[-1].lower()].upper()
    found = re.search("left|right", word, re.IGNORECASE)
    if not found or len(found[0]) == len(word):
        return None
    return word[: found.start()] + _like(found[0], _OTHER[found[0].lower()]) + word[found.end() :]


def _there(words: list[list[str]], mine: list[str], at: int) -> bool:
    """The other side of a word such as ``earleft`` is there; ``cleft``, ``bright`` have none."""
    other = _turned(mine[at])
    return other is not None and any(_same_but(mine, o, at, other.lower()) for o in words)


def _like(word: str, other: str) -> str:
    """``other`` in the letters' size of ``word``."""
    if word.isupper() and (len(word) > 1 or len(other) == 1):
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


def _flip(word: str) -> str:
    other = _OTHER.get(word.lower())
    return _like(word, other) if other else _turned(word) or word


def _partner(words: list[list[str]], sided: list[list[int]], k: int) -> int | None:
    """The one part that has the name of ``k`` with its sides turned, spelled as it is or nearly."""
    ways = [sided[k]] if len(sided[k]) < 2 else [sided[k], *([at] for at in sided[k])]
    for way in ways if sided[k] else []:
        turned = [_flip(w) if at in way else w for at, w in enumerate(words[k])]
        for spelled in ("".join, _plain):
            same = [j for j, other in enumerate(words) if spelled(other) == spelled(turned)]
            twins = sum(spelled(other) == spelled(words[k]) for other in words)
            if len(same) == 1 and twins == 1 and same[0] != k:
                return same[0]
    return None


def _plain(words: Sequence[str]) -> str:
    """Spelled without capitals and signs, numbers and sides apart from words."""
    spelled = [w.lower() for w in words if w[0].isalnum()]
    return "-".join({"l": "left", "r": "right"}.get(w, w) for w in spelled)


def _kind(words: list[str], at: list[int]) -> int | None:
    kinds = [_KIND.get(words[k].lower(), _CERTAIN) for k in at]
    return min(kinds, default=None)


def _side(words: list[str], at: list[int]) -> str:
    """ "l" or "r", of the first word that means a side."""
    word = words[at[0]].lower()
    return word[0] if word[0] in "lr" and word not in ("rl", "rr") else word[-1]


def _glued(words: list[list[str]], swap: Sequence[int]) -> Iterator[int]:
    """Pairs such as lpaw and rpaw, earl and earr, armLtip and armRtip: sides, or only words."""
    for k, mine in enumerate(words):
        for at, word in enumerate(mine if swap[k] == k else ()):
            low = word.lower()
            if len(low) <= GLUED or not low.isalpha():
                continue
            turned = [_OTHER[low[0]] + low[1:]] if low[0] in "lr" else []
            turned += [low[:-1] + _OTHER[low[-1]]] if low[-1] in "lr" else []
            if any(_same_but(mine, other, at, way) for way in turned for other in words):
                yield k
