"""What the gait model sees of a frame: how many legs stand, or which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from leap_core.gait.legs import leg_place, partners, tripods_of

# 2^8 patterns are 136 symbols: with more legs there are too many to learn from walking bouts
MOST_LEGS = 8


@dataclass(frozen=True)
class Alphabet:
    """Symbols of the legs in stance.

    Attributes:
        kind: "count" or "patterns".
        lookup: "patterns": (2^legs,) symbol of each pattern, leg k being bit k.
        standing: (symbol,) legs in stance.
        legs: how many there are.
    """

    kind: str
    lookup: np.ndarray | None
    standing: np.ndarray
    legs: int

    def __len__(self) -> int:
        return len(self.standing)

    def read(self, stance: np.ndarray) -> np.ndarray:
        """Symbol (frame,) of legs in stance (frame, leg) bool."""
        stance = np.asarray(stance, int)
        if self.lookup is None:
            return stance.sum(axis=1)
        return self.lookup[stance @ (1 << np.arange(self.legs))]

    def enough(self, known: np.ndarray) -> np.ndarray:
        """(frame,) whether so many legs (frame, leg) are known that a frame says something.

        At most a third may be missing; of more than ``MOST_LEGS`` legs none.
        """
        missing = self.legs // 3 if self.legs <= MOST_LEGS else 0
        return known.sum(axis=1) >= self.legs - missing

    def seen(
        self, emission: np.ndarray, stance: np.ndarray, known: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Probability of what is seen of some frames, where some legs are not known.

        It is the sum over all patterns that this may be; the patterns of a symbol are equally
        likely.

        Args:
            emission: (state, symbol).
            stance, known: (frame, leg) bool.

        Returns:
            (state, thing seen); (frame,) which of them is seen.
        """
        if self.legs > MOST_LEGS:
            return emission, self.read(stance)
        bits = 1 << np.arange(self.legs)
        pattern = np.arange(1 << self.legs)
        symbol = self.read((pattern[:, None] & bits) > 0)
        each = emission[:, symbol] / np.bincount(symbol)[symbol]
        codes = np.stack([(stance & known) @ bits, known @ bits], axis=1)
        things, index = np.unique(codes, axis=0, return_inverse=True)
        may_be = (pattern & things[:, 1:]) == things[:, :1]
        return each @ may_be.T, index.ravel()

    def by_count(self, emission: np.ndarray) -> np.ndarray:
        """Probabilities (state, symbol) summed to those of 0 to all legs in stance."""
        return emission @ (self.standing[:, None] == np.arange(self.legs + 1))


def alphabet(
    legs: int, names: list[str] | None = None, kind: Literal["patterns", "count"] = "count"
) -> Alphabet:
    """The symbols that a gait model is learned from.

    ``count``: the number of legs in stance, 0 to all (paper: Gait analysis).  ``patterns``: which
    legs stand; a pattern and its mirror image are one symbol, 36 for six legs.  Three legs on the
    ground are a tripod, or they are not: the count cannot tell.  Where the names do not pair left
    with right, or there are more than eight legs, it is the count.

    Args:
        legs: how many.
        names: of the legs; None = unknown.
        kind: of symbols wanted.

    >>> both = alphabet(2, ["LF", "RF"], "patterns")
    >>> both.read(np.array([[0, 0], [1, 0], [0, 1], [1, 1]])).tolist(), both.standing.tolist()
    ([0, 1, 1, 2], [0, 1, 2])
    """
    opposite = partners(names) if names and legs <= MOST_LEGS else None
    if kind == "count" or opposite is None:
        return Alphabet("count", None, np.arange(legs + 1), legs)
    pattern = np.arange(1 << legs)
    bits = (pattern[:, None] >> np.arange(legs)) & 1
    mirrored = bits[:, opposite] @ (1 << np.arange(legs))
    kept, symbol = np.unique(np.minimum(pattern, mirrored), return_inverse=True)
    return Alphabet("patterns", symbol, bits[kept].sum(axis=1), legs)


def canonical(symbols: Alphabet, names: list[str]) -> np.ndarray | None:
    """Which symbols are the very patterns of a tripod and of a tetrapod gait.

    Tripod: the legs of one tripod stand, those of the other swing.  Tetrapod: a leg does what the
    opposite one of the row before it does (a front leg what the hind leg does), and no other: such
    a pair swings alone, or stands alone where swings seem longer than they are (slow cameras).

    Returns:
        (symbol, 2) bool; None where the model does not know which legs stand, or legs have no
        place.
    """
    groups = tripods_of(names)
    if symbols.lookup is None or not groups:
        return None
    every = (1 << symbols.legs) - 1
    out = np.zeros((len(symbols), 2), bool)
    for group in groups:
        out[symbols.lookup[sum(1 << leg for leg in group)], 0] = True
    at = {leg_place(name): k for k, name in enumerate(names)}
    for side, other in ("LR", "RL"):
        for row in range(3):
            pair = 1 << at[side, row] | 1 << at[other, (row - 1) % 3]
            out[symbols.lookup[[pair, every - pair]], 1] = True
    return out
