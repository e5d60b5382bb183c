"""Leave single labels out by a small CSV that people can review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from leap_core.containers import Labels
from leap_core.errors import UserError
from leap_core.io import csv_lines

HEADER = ["file", "row", "part", "reason"]
EXCLUDED = 2


def exclude(
    labels: Labels,
    csv_path: str | Path,
    source_id: str | None = None,
    rows: Sequence[int] | None = None,
) -> Labels:
    """Set the labels listed in a CSV (``file,row,part,reason``) to NaN and their status to 2.

    ``file`` is a source id or a pattern (``*`` = any), ``row`` a row or frame of the source or
    ``*``, ``part`` a part name or ``*``.  Empty lines and lines that start with ``#`` are skipped.

    Args:
        source_id: ``labels`` are those of this source only; lines for other files wait for
            theirs.  None: every line must name a source that is there.
        rows: the ``[first, last]`` that was read of this source; lines outside are skipped.

    Raises:
        UserError: names the line with an unknown file, row or part.
    """
    path = Path(csv_path)
    positions, status = labels.positions.copy(), labels.status.copy()
    occluded = None if labels.occluded is None else labels.occluded.copy()
    for number, (file, row, part, _) in csv_lines.entries(path, HEADER, 3, "labels.exclusions"):
        names = np.unique(labels.source) if source_id is None else [*labels.source, source_id]
        if not any(fnmatchcase(str(name), file) for name in names):
            if source_id is None:
                known = ", ".join(map(str, names))
                raise UserError(
                    f"{path} line {number}: no source {file!r} (there are {known}); correct `file`"
                )
            continue
        whole = source_id is not None and fnmatchcase(source_id, file)
        samples = np.array([whole or fnmatchcase(str(s), file) for s in labels.source], dtype=bool)
        if row != "*":
            samples = _at_row(path, number, labels, samples, row, rows)
        if part != "*" and part not in labels.skeleton.parts:
            known = ", ".join(labels.skeleton.parts)
            raise UserError(
                f"{path} line {number}: unknown part {part!r}; correct it to one of {known}"
            )
        joints = slice(None) if part == "*" else [labels.skeleton.index(part)]
        for sample in np.flatnonzero(samples):
            positions[sample, joints] = np.nan
            status[sample, joints] = EXCLUDED
            if occluded is not None:
                occluded[sample, joints] = False
    return replace(labels, positions=positions, status=status, occluded=occluded)


def _at_row(path, number, labels, samples, row, rows) -> np.ndarray:
    if not row.isdecimal():
        raise UserError(f"{path} line {number}: row {row!r} is not a number from 0 or `*`")
    hit = samples & (labels.frame == int(row))
    outside = rows is not None and not rows[0] <= int(row) < rows[1]
    if not hit.any() and not outside:
        frames = labels.frame[samples]
        span = f"{frames.min()} to {frames.max()}" if len(frames) else "none"
        raise UserError(
            f"{path} line {number}: row {row} is not in the source (rows {span}); correct `row`"
        )
    return hit
