"""Which rows and channels make a map where recordings lack channels.

Rows that lack a channel are far from rows that have it, whatever the animals do: a map of both is
a map of who lacks what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leap_core.behavior.wavelets import normalize_rows
from leap_core.containers import BehaviorSample
from leap_core.errors import UserError

# Recordings that lack a channel are left out of the map's rows where they are fewer than this
# share of all: four fifths of the recordings still make the map.  Else the channel is left out.
FEW = 0.2
NAMED = 6  # recordings that a note names


@dataclass(frozen=True)
class Shared:
    """What the rows of a map are made of.

    Attributes:
        recordings: numbers of the samples whose rows make the map.
        dropped: channels that no row holds, because too many recordings lack them.
        notes: what was left out, why, and what to do about it.
    """

    recordings: list[int]
    dropped: list[str]
    notes: list[str]


def shared(samples: Sequence[BehaviorSample]) -> Shared:
    """Leave out recordings or channels until all rows have the same channels.

    A set of channels that some recordings lack (constant, or mostly missing) leaves these
    recordings out of the rows, as long as all that are left out are fewer than a fifth of the
    recordings with rows; sets with most channels per recording come first.  Other sets are left
    out of every row.  What all lack is no loss.

    Args:
        samples: of all recordings, in their order, with the same channels.

    Raises:
        UserError: no channel is left.
    """
    with_rows = [k for k, s in enumerate(samples) if len(s.frame)]
    names = list(samples[0].channels)
    lacking: dict[frozenset[int], list[str]] = {}
    for name in names:
        who = frozenset(k for k in with_rows if name in samples[k].dropped)
        if 0 < len(who) < len(with_rows):
            lacking.setdefault(who, []).append(name)
    away: set[int] = set()
    for who in sorted(lacking, key=lambda w: -len(lacking[w]) / len(w)):
        if len(away | who) < FEW * len(with_rows):
            away |= who
    lost = {who: own for who, own in lacking.items() if not who <= away}
    dropped = [name for name in names if any(name in own for own in lost.values())]
    notes = []
    for k in sorted(away):
        own = [n for who, found in lacking.items() if k in who for n in found if n not in dropped]
        notes.append(
            f"{samples[k].recording} is placed on the map but does not make it: it lacks "
            f"{', '.join(own)}"
        )
    for who, own in lost.items():
        missing = _named([samples[k].recording for k in sorted(who)])
        notes.append(
            f"the map is made without {', '.join(own)}, which {missing} of {len(with_rows)} "
            f"recordings lack{'s' * (len(who) == 1)}; to keep them, name the other recordings in "
            "behavior.map_recordings"
        )
    never = {n for n in names if all(n in samples[k].dropped for k in with_rows)}
    if dropped and not set(names) - set(dropped) - never:
        raise UserError(
            f"behavior map: no channel is in all recordings: {notes[-1]}, or leave them out of "
            "`videos`"
        )
    return Shared([k for k in range(len(samples)) if k not in away], dropped, notes)


def _named(recordings: list[str]) -> str:
    more = len(recordings) - NAMED
    listed = ", ".join(recordings[:NAMED])
    return f"{listed} and {more} more" if more > 0 else listed


def features_of(channels: list, frequencies: list, some: Sequence[str]) -> np.ndarray:
    """(feature,) True where a row holds one of ``some`` channels."""
    return np.repeat(np.isin(channels, list(some)), len(frequencies))


def without(rows: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Rows (row, feature) with 0 in the ``lost`` features and sum 1 in the others."""
    if not lost.any():
        return rows
    out = np.zeros_like(rows)
    out[:, ~lost] = normalize_rows(rows[:, ~lost])
    return out
