"""Moments of a track that deserve a look."""

from __future__ import annotations

from dataclasses import dataclass

from leap_core.containers import Track
from leap_core.excerpts import doubtful_frames

KINDS = {"head unsure": ("head", 0.6), "turn": ("turn", 0.7), "step": ("jump", 0.8)}
KINDS |= {"size": ("size", 0.3)}


@dataclass(frozen=True)
class Doubt:
    """A moment: frames ``first`` to ``last``, both included."""

    kind: str
    animal: int
    first: int
    last: int
    severity: float
    text: str
    other: int | None = None
    warn: bool = False
    key: str = ""


def doubts(track: Track, *, crop_size: int | None = None) -> list[Doubt]:
    """The moments, most doubtful first."""
    found = []
    for animal in range(len(track.valid)):
        for reason, frames in doubtful_frames.rank(track, animal).items():
            if reason in KINDS:
                kind, severity = KINDS[reason]
                for rank, frame in enumerate(frames.tolist()):
                    share = severity / (1 + rank / 10)
                    found.append(Doubt(kind, animal, frame, frame, share, reason))
    return sorted(found, key=lambda doubt: -doubt.severity)
