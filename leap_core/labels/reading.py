"""One ``read`` for every label format: detect by content, match parts by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from leap_core import containers, skeleton
from leap_core.errors import UserError
from leap_core.formats import coco, deepposekit, dlc, leap, sleap
from leap_core.formats.raw_labels import Head, RawLabels, peek, row_slice, tell
from leap_core.io import untrusted
from leap_core.io.pixels import Depth
from leap_core.skeleton import Skeleton

OWN = "leap-labels"
# A new format is one module with `recognizes` and `read_labels`, and one line here.
FORMATS = {
    "deepposekit": deepposekit,
    "sleap": sleap,
    "dlc": dlc,
    "leap-mat": leap,
    "coco": coco,
}
SKELETONS = (deepposekit, leap, sleap)


def read(
    path: str | Path,
    skeleton: Skeleton | None = None,
    format: str = "auto",
    rows: Sequence[int] | None = None,
    source_id: str | None = None,
    *,
    depth: Depth | None = None,
) -> containers.Labels:
    """Read labels made elsewhere.

    Args:
        path: DeepPoseKit HDF5, LEAP ``.labels.mat``, box or training HDF5, DeepLabCut
            ``CollectedData`` csv or h5, SLEAP ``.slp``, COCO keypoints, or our own labels.
        skeleton: the order of parts to bring the labels into; parts that the file does not have
            stay unlabeled.  None: the file's own parts, mirrored by name.  Mirror partners that
            the file stores are added where the skeleton tells none.
        format: a name in :data:`FORMATS`, ``leap-labels`` or ``auto`` (by content).
        rows: ``[first, last]`` keeps rows ``first..last-1`` of the file.
        source_id: what to call this source; the file's name without endings when None.
        depth: how images of more than 8 bits become grey levels; what was found is noted in it.

    What is doubtful or left out is printed to the error stream, a line each.

    Raises:
        UserError: missing or broken file, another format, parts unknown to the skeleton, rows
            that are not there, or images that are not those that were labeled.
    """
    path = Path(path)
    source = source_id or path.name.split(".")[0]
    # images lie beside the file itself, not beside a link to it, such as those below raw/
    path = path.resolve() if path.is_symlink() else path
    head = peek(path)
    with untrusted.reading(path, "label file", "export it again"):
        found = detect(head)
    if format not in ("auto", found):
        raise UserError(f"{path}: this is {found}, not {format}; say `format: auto`")
    if found == OWN:
        return _read_own(path, skeleton, rows)
    # images that lie in or beside it included
    errors = (*untrusted.DAMAGE, cv2.error)
    with untrusted.reading(path, f"{found} file", "export it again", errors):
        raw = FORMATS[found].read_labels(path, rows, depth or Depth())
    count, shape = len(raw.frame), raw.images.shape
    if raw.positions.shape[::2] != (count, 2) or shape[:1] != (count,) or len(shape) != 4:
        raise UserError(
            f"{path}: positions {raw.positions.shape}, images {shape} and {count} frame numbers do "
            "not fit together as (sample, part, xy) and (sample, y, x, 1); export it again"
        )
    raw, skeleton, told = _match(path, raw, skeleton)
    tell((*raw.notes, *told))
    positions = raw.positions.copy()
    positions[~np.isfinite(positions).all(axis=2)] = np.nan
    sources = np.array(
        [f"{source}/{group}" for group in raw.group] or [source] * len(positions), dtype=str
    )
    return containers.Labels(
        images=raw.images,
        positions=positions,
        status=np.isfinite(positions[..., 0]).astype(np.int8),
        source=sources,
        frame=raw.frame,
        split=np.full(len(positions), containers.SPLITS["none"]),
        occluded=raw.occluded,
        video=sources if raw.numbered else None,
        skeleton=skeleton,
    )


def read_skeleton(path: str | Path) -> Skeleton:
    """A skeleton from a DeepPoseKit table, a LEAP ``.mat`` or a SLEAP JSON file, or from labels.

    Left and right are paired by name, and as a SLEAP file stores them; swap columns of
    DeepPoseKit are not used (those of the public fly set are wrong).
    """
    path = Path(path)
    head = peek(path)
    with untrusted.reading(path, "skeleton", "export it again"):
        for module in SKELETONS:
            if module.recognizes_skeleton(head):
                found, notes = _build(path, *module.read_skeleton(path))
                tell(notes)
                return found
    return read(path).skeleton


def detect(head: Head) -> str:
    """The format of a file, by its content.

    Raises:
        UserError: none of the known ones.
    """
    if head.format == containers.Labels.FORMAT:
        return OWN
    if head.format.startswith("leap-"):
        raise UserError(f"{head.path}: is a {head.format} file, not labels; name another file")
    if any(module.recognizes_skeleton(head) for module in SKELETONS):
        raise UserError(f"{head.path}: is a skeleton, not labels; name the labels")
    for name, module in FORMATS.items():
        if module.recognizes(head):
            return name
    if sleap.recognizes_poses(head):
        raise UserError(
            f"{head.path}: holds predictions of SLEAP, no labels; to analyze it, name it in "
            "`videos` with `poses: sleap`; to train on it, correct frames in SLEAP and name the "
            "project, see docs/labels.md"
        )
    known = ", ".join([*FORMATS, OWN])
    raise UserError(f"{head.path}: no label format that can be read ({known}); export as one")


def _build(
    path: Path,
    parts: Sequence[str],
    edges: Sequence[tuple[int, int]],
    pairs: Sequence[tuple[str, str]],
) -> tuple[Skeleton, list[str]]:
    """A skeleton of what a file tells, and what it tells wrongly."""
    for a, b in edges:
        if not (0 <= a < len(parts) and 0 <= b < len(parts)):
            raise UserError(
                f"{path}: an edge joins parts {a} and {b}, counted from 0, but there are "
                f"{len(parts)}; correct its edges"
            )
    value = {
        "name": path.name.split(".")[0],
        "parts": list(parts),
        "edges": [[parts[a], parts[b]] for a, b in edges],
    }
    return skeleton.with_pairs(skeleton.from_dict(value, str(path)), pairs, str(path))


def _match(
    path: Path, raw: RawLabels, wanted: Skeleton | None
) -> tuple[RawLabels, Skeleton, list[str]]:
    """Bring the parts into the order of ``wanted``, and add the pairs that the file stores."""
    count = raw.positions.shape[1]
    if wanted is None:
        parts = raw.parts or tuple(f"part{k + 1}" for k in range(count))
        if not parts:
            raise UserError(f"{path}: names no parts; give the skeleton")
        return raw, *_build(path, parts, raw.edges, raw.pairs)
    if raw.parts is None:
        if count == 0:  # images only
            blank = np.full((len(raw.positions), len(wanted), 2), np.nan)
            return replace(raw, positions=blank), wanted, []
        if count != len(wanted):
            raise UserError(
                f"{path}: has {count} unnamed parts, skeleton {wanted.name} has {len(wanted)}; "
                "name the skeleton that was labeled"
            )
        return raw, wanted, []
    _check_known(path, raw.parts, wanted)
    order = [wanted.index(part) for part in raw.parts]
    positions = np.full((len(raw.positions), len(wanted), 2), np.nan)
    positions[:, order] = raw.positions
    occluded = raw.occluded
    if occluded is not None:
        occluded = np.zeros(positions.shape[:2], bool)
        occluded[:, order] = raw.occluded
    raw = replace(raw, positions=positions, occluded=occluded)
    return raw, *skeleton.with_pairs(wanted, raw.pairs, str(path))


def _check_known(path: Path, parts: Sequence[str], wanted: Skeleton) -> None:
    unknown = [part for part in parts if part not in wanted.parts]
    if unknown:
        more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        raise UserError(
            f"{path}: part {unknown[0]!r}{more} is not in skeleton {wanted.name} "
            f"({', '.join(wanted.parts)}); rename it in the file or add it to the skeleton"
        )


def _read_own(path: Path, wanted: Skeleton | None, rows: Sequence[int] | None) -> containers.Labels:
    """Our own labels keep their sources, splits and exclusions."""
    labels = containers.Labels.read(path)
    take = row_slice(path, rows, len(labels.positions))
    labels = select(labels, np.arange(take.start, take.stop))
    if wanted is None or wanted == labels.skeleton:
        return labels
    own = labels.skeleton.parts
    _check_known(path, own, wanted)
    order = [wanted.index(part) for part in own]
    positions = np.full((len(labels.positions), len(wanted), 2), np.nan)
    status = np.zeros(positions.shape[:2])
    positions[:, order], status[:, order] = labels.positions, labels.status
    occluded = labels.occluded
    if occluded is not None:
        occluded = np.zeros(status.shape, bool)
        occluded[:, order] = labels.occluded
    wanted, notes = skeleton.with_pairs(wanted, labels.skeleton.pairs, str(path))
    tell(notes)
    labels = replace(labels, positions=positions, status=status, skeleton=wanted)
    return replace(labels, occluded=occluded)


def select(labels: containers.Labels, index: np.ndarray) -> containers.Labels:
    """The samples at ``index``."""
    names = ("images", "positions", "status", "source", "frame", "split", "occluded", "video")
    found = {name: getattr(labels, name) for name in names}
    return replace(labels, **{k: v[index] for k, v in found.items() if v is not None})
