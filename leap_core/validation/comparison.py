"""All recordings against their truth: the summary, and the table by recording."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from leap_core.containers import Panels
from leap_core.errors import UserError
from leap_core.validation import measures
from leap_core.validation.keys import KEYS, of_animals
from leap_core.validation.panels import count_panels as count
from leap_core.validation.recording import Recording


def validate(
    recordings: Mapping[str, Recording], held_out: Collection[str]
) -> tuple[dict[str, dict], pd.DataFrame]:
    """Hold every measure against its target, on animals whose frames were never labeled.

    Args:
        recordings: by name.
        held_out: names of those never labeled; they alone make the summary, pooled by frame.

    Returns:
        Summary: key -> value, target, pass, units, what, better.  ``pass`` is None for keys
        without target and where the truth offers nothing to compare; a missed target is False.
        Table: one row per recording and key, columns ``recording``, ``labeled`` ("yes" or "no"),
        ``key``, ``value``.

    Raises:
        UserError: ``held_out`` names an unknown recording.
    """
    values = measures.measure(chosen(recordings, held_out))
    several = any(recording.names is not None for recording in recordings.values())
    tailed = any(recording.tailed for recording in recordings.values())
    summary = {key.name: key.entry(values[key.name]) for key in of_animals(several, tailed)}
    rows = []
    for name, recording in recordings.items():
        values = measures.measure([recording])
        labeled = "no" if name in held_out else "yes"
        rows += [(name, labeled, key.name, values[key.name]) for key in KEYS]
    return summary, pd.DataFrame(rows, columns=["recording", "labeled", "key", "value"])


def behaviors(recordings: Mapping[str, Recording], held_out: Collection[str]) -> pd.DataFrame:
    """The table of :func:`leap_core.validation.measures.behaviors`, of the held-out recordings."""
    return measures.behaviors(chosen(recordings, held_out))


def make_panels(recordings: Mapping[str, Recording], held_out: Collection[str]) -> Panels:
    """The counts that the figure draws, of the held-out recordings."""
    return count(chosen(recordings, held_out))


def chosen(recordings: Mapping[str, Recording], held_out: Collection[str]) -> list[Recording]:
    """The held-out recordings; UserError names one that is not there."""
    for name in held_out:
        if name not in recordings:
            raise UserError(f"validation: no recording {name!r} with a truth; check the videos")
    return [recording for name, recording in recordings.items() if name in held_out]
