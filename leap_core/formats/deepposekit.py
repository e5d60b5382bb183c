"""DeepPoseKit annotation sets (HDF5) and skeleton tables (CSV)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats.raw_labels import Head, RawLabels, SkeletonParts, row_slice, stack
from leap_core.io import pixels
from leap_core.io.pixels import Depth
from leap_core.io.untrusted import open_hdf5


def recognizes(head: Head) -> bool:
    """An annotation set has images and annotations of the same rows."""
    return {"images", "annotations"} <= head.keys


def recognizes_skeleton(head: Head) -> bool:
    """A skeleton table starts with name,parent."""
    return head.start.replace(b" ", b"").startswith(b"name,parent")


def read_labels(path: Path, rows: Sequence[int] | None, depth: Depth) -> RawLabels:
    """Read an annotation set; names come from a ``skeleton.csv`` beside it, where there is one.

    Points are labels where ``annotated`` says so.  Some public sets leave that array all False
    although every point was placed: then every finite point counts.
    """
    with open_hdf5(path) as file:
        take = row_slice(path, rows, len(file["annotations"]))
        positions = file["annotations"][take].astype(np.float64)
        images = file["images"][take]
        if "annotated" in file and np.any(file["annotated"][()]):
            annotated = file["annotated"][take]
            annotated = annotated.reshape(len(annotated), -1)
            positions[~np.broadcast_to(annotated, positions.shape[:2])] = np.nan
        parents = file["skeleton"][:, 0] if "skeleton" in file else []
    edges = tuple((int(p), k) for k, p in enumerate(parents) if p >= 0)
    parts = None
    table = path.parent / "skeleton.csv"
    if table.is_file():
        named, _, _ = read_skeleton(table)
        parts = named if len(named) == positions.shape[1] else None
    grey = [pixels.luma(image, f"{path} row {take.start + k}") for k, image in enumerate(images)]
    return RawLabels(
        positions=positions,
        images=stack(grey, path, depth)[0],
        frame=np.arange(take.start, take.stop),
        parts=parts,
        edges=edges,
    )


def read_skeleton(path: Path) -> SkeletonParts:
    """Names and edges of a skeleton table; its swap column is not trusted (see docs)."""
    with path.open(newline="", encoding="utf-8") as file:
        table = [row for row in csv.DictReader(file) if row.get("name")]
    names = tuple(row["name"].strip() for row in table)
    edges = []
    for k, row in enumerate(table):
        parent = (row.get("parent") or "").strip()
        if parent and parent not in names:
            raise UserError(
                f"{path}: parent {parent!r} of {names[k]!r} is no part; correct the name"
            )
        if parent:
            edges.append((names.index(parent), k))
    return names, tuple(edges), ()
