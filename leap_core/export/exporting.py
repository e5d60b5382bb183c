"""From results' files to one file or folder of another program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from leap_core.containers import Behavior, Gait, Labels, Track
from leap_core.errors import UserError
from leap_core.export.collect import poses_of
from leap_core.export.label_images import labels_of
from leap_core.export.origins import Film
from leap_core.export.registry import Format
from leap_core.export.tables import region_names
from leap_core.io import hdf5


def poses(
    paths: Sequence[Path],
    film: Film,
    made: Format,
    out: Path,
    reference: str = "video",
    *,
    scorer: str | None = None,
) -> list[str]:
    """Export poses of one film's animals (see :func:`leap_core.export.collect.poses_of`).

    Args:
        scorer: for formats that name one; None = theirs.

    Returns:
        What was written, and a line for all that was lost.
    """
    content, notes = poses_of(paths, film, reference)
    lost = made.load().write_poses(content, out, **_named(made, scorer))
    frames, animals = content.positions.shape[:2]
    known = np.isfinite(content.positions).all(-1).mean() if content.positions.size else 0.0
    written = out.with_name(f"{out.stem}.*{out.suffix}") if made.single and animals > 1 else out
    return [
        f"{written}: poses of {', '.join(content.animals)}: {frames} frames, {animals} "
        f"animal{'s' * (animals > 1)}, {len(content.skeleton)} parts, {known:.1%} of them known; "
        f"{reference.removesuffix(' mm')}, {content.units}",
        *notes,
        *lost,
    ]


def labels(
    path: Path,
    films: Sequence[Film],
    made: Format,
    out: Path,
    reference: str = "video",
    animals: Sequence[str] | None = None,
    *,
    scorer: str | None = None,
) -> list[str]:
    """Export labels (see :func:`leap_core.export.label_images.labels_of`); returns as above."""
    found = Labels.read(path)
    content, notes = labels_of(path, found, films, reference, animals)
    lost = made.load().write_labels(content, out, **_named(made, scorer))
    count = sum(len(image.animals) for image in content.images)
    what = "whole frames" if content.reference == "video" else "crops"
    return [
        f"{out}: {count} labeled animals in {len(content.images)} images ({what})",
        *notes,
        *lost,
    ]


def _named(made: Format, scorer: str | None) -> dict[str, str]:
    return {"scorer": scorer} if made.scored and scorer else {}


def track(
    path: Path, recordings: Mapping[str, int], made: Format, out: Path, reference: str = "video"
) -> list[str]:
    """Export the track of a film; returns as above.

    Args:
        recordings: name -> number of the animal in the track.
    """
    found = Track.read(path)
    animals, frames = found.valid.shape
    if missing := [name for name, number in recordings.items() if number >= animals]:
        raise UserError(
            f"{path}: has {animals} animals, so none is {missing[0]!r}; name the config of its "
            "dataset"
        )
    lost = made.load().write_track(found, recordings, out, reference)
    return [f"{out}: track of {', '.join(recordings)}: {frames} frames", *lost]


def behavior(paths: Sequence[Path], made: Format, out: Path, regions: Path | None) -> list[str]:
    """Export what one animal does, frame by frame; returns as above.

    Args:
        paths: its gait, its behavior, or both.
        regions: table of regions, for their names; None = there is none.
    """
    kinds = [hdf5.kind(path) for path in paths]
    gaits = [Gait.read(p) for p, kind in zip(paths, kinds, strict=True) if kind == Gait.FORMAT]
    maps = [Behavior.read(p) for p, kind in zip(paths, kinds, strict=True) if kind != Gait.FORMAT]
    if len(gaits) > 1 or len(maps) > 1:
        raise UserError(f"{paths[1]}: is a second recording; export one animal at a time")
    names = region_names(regions) if regions else {}
    its_map, its_gait = next(iter(maps), None), next(iter(gaits), None)
    lost = made.load().write_behavior(its_map, its_gait, out, names)
    first: Behavior | Gait = maps[0] if maps else gaits[0]
    what = " and ".join(["behavior"] * len(maps) + ["gait"] * len(gaits))
    return [f"{out}: {what} of {first.recording}: {len(first.frame)} frames", *lost]
