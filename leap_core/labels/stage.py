"""The stage's function: one label file in, checked and cleaned labels out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from leap_core import config, sources
from leap_core.containers import Labels
from leap_core.io.pixels import Depth
from leap_core.labels.alignment import align, pad
from leap_core.labels.exclusions import exclude
from leap_core.labels.reading import read
from leap_core.labels.reporting import report
from leap_core.provenance import hashes
from leap_core.skeleton import Skeleton


def find_source(settings: config.Labels, path: str | Path) -> config.LabelSource | None:
    """The label source of the config that is this file: by its place, else by its checksum."""
    path = Path(path)
    if not path.is_file():
        return None
    digest = None
    for source in settings.sources:
        found = sources.find_source(source.path)
        if found and found.resolve() == path.resolve():
            return source
        digest = digest or hashes.file_sha256(path)
        if digest in (source.sha256, source.url_sha256):
            return source
    return None


def import_file(
    path: str | Path,
    skeleton: Skeleton | None,
    source: config.LabelSource | None = None,
    settings: config.Labels | None = None,
    crop: config.Crop | None = None,
    *,
    depth: Depth | None = None,
    track: config.Track | None = None,
) -> tuple[Labels, dict[str, Any]]:
    """Read a label file, leave out what the exclusions list, bring images into form, and report.

    Args:
        skeleton: order of the parts; None takes the file's own.
        source: format, rows and id as the config declares them; without it the format is found
            by content and only exclusions for any file (``*``) apply.
        settings: section ``labels``; None reads only.
        crop: section ``crop``: side of aligned images, and whether others are padded to it.
        depth: how images of more than 8 bits become grey levels.
        track: section ``track``: aligned images are turned as it turns those of the videos.

    Returns:
        labels, and :func:`report` with ``depth`` (sentences on how deep images were read) and
        ``padded_from`` (width, height) where images were padded.

    Raises:
        UserError: as the single steps.
    """
    source = source or config.LabelSource(id=Path(path).stem)
    depth = depth or Depth()
    labels = read(path, skeleton, source.format, source.rows, source.id, depth=depth)
    more: dict[str, Any] = {"depth": depth.notes}
    if settings and settings.exclusions:
        labels = exclude(labels, settings.exclusions, source.id, source.rows)
    if settings and settings.invert:
        labels = replace(labels, images=255 - labels.images)
    height, width = labels.images.shape[1:3]
    if settings and settings.align:
        size = crop.size if crop else None
        labels = align(labels, size, settings.align_by, track=track)
    elif crop and crop.pad:
        padded = pad(labels, crop.size)
        if padded is not labels:
            return padded, report(padded) | more | {"padded_from": [width, height]}
    return labels, report(labels) | more
