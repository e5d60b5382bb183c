"""All recordings against their truth: the summary, and the table by recording."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from leap_core.containers import Panels
from leap_core.errors import UserError
from leap_core.numerics import median
from leap_core.validation import measures, tally
from leap_core.validation.keys import KEYS, of_animals
from leap_core.validation.panels import count_panels as count
from leap_core.validation.recording import Recording


def validate(
    recordings: Mapping[str, Recording], held_out: Collection[str], min_speed: float = 2.0
) -> tuple[dict[str, dict], pd.DataFrame]:
    """Hold every measure against its target, on animals whose frames were never labeled.

    Args:
        recordings: by name.
        held_out: names of those never labeled; they alone make the summary, pooled by frame.
        min_speed: forward speed (mm/s) above which the gait analysis lets the animal walk.

    Returns:
        Summary: key -> value, target, pass, units, what, better.  ``pass`` is None for keys
        without target and where the truth offers nothing to compare; a missed target is False.
        Table: one row per recording and key, columns ``recording``, ``labeled`` ("yes" or "no"),
        ``key``, ``value``.

    Raises:
        UserError: ``held_out`` names an unknown recording.
    """
    own = chosen(recordings, held_out)
    several = tailed = False
    counted, rows = [], []
    for name in recordings:
        known = recordings[name]
        several, tailed = several or known.names is not None, tailed or known.tailed
        counts = tally.of_recording(known)
        del known  # before the next one is read
        values = measures.measure(counts)
        labeled = "no" if name in held_out else "yes"
        rows += [(name, labeled, key.name, values[key.name]) for key in KEYS]
        if name in held_out:
            counted.append(counts)
    all_counts = counted[0] if len(counted) == 1 else tally.added(counted)
    if len(counted) > 1:
        errors = median(lambda: (r.pose_errors() for r in own))
        all_counts = replace(all_counts, middle_error=errors)
    values = measures.measure(all_counts)
    keys = of_animals(several, tailed, min_speed)
    summary = {key.name: key.entry(values[key.name]) for key in keys}
    return summary, pd.DataFrame(rows, columns=["recording", "labeled", "key", "value"])


def behaviors(recordings: Mapping[str, Recording], held_out: Collection[str]) -> pd.DataFrame:
    """The table of :func:`leap_core.validation.measures.behaviors`, of the held-out recordings."""
    return measures.behaviors(*tally.doing(chosen(recordings, held_out)))


def make_panels(recordings: Mapping[str, Recording], held_out: Collection[str]) -> Panels:
    """The counts that the figure draws, of the held-out recordings."""
    return count(chosen(recordings, held_out))


def chosen(recordings: Mapping[str, Recording], held_out: Collection[str]) -> Chosen:
    """The held-out recordings; UserError names one that is not there."""
    for name in held_out:
        if name not in recordings:
            raise UserError(f"validation: no recording {name!r} with a truth; check the videos")
    return Chosen(recordings, [name for name in recordings if name in held_out])


class Chosen(Sequence[Recording]):
    """Some of the recordings, each taken from the mapping when it is asked for."""

    def __init__(self, recordings: Mapping[str, Recording], names: Sequence[str]):
        self.recordings, self.names = recordings, names

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, k):
        return self.recordings[self.names[k]]

    def __iter__(self) -> Iterator[Recording]:
        for name in self.names:  # holding none of them
            yield self.recordings[name]
