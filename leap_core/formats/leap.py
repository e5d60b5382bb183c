"""LEAP's own files: ``*.labels.mat`` (MAT v5 and v7.3), box HDF5 and training-set HDF5.

MATLAB counts from 1 and stores axes in reverse order; here everything is 0-based and row first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.formats.raw_labels import (
    Head,
    RawLabels,
    SkeletonParts,
    find_beside,
    no_images,
    row_slice,
    stack,
)
from leap_core.io import pixels
from leap_core.io.pixels import Depth
from leap_core.io.untrusted import DAMAGE, open_hdf5, reading, rehearse


def recognizes(head: Head) -> bool:
    """MATLAB label files, box files and training sets."""
    return _is_v5(head) or {"positions", "skeleton"} <= head.keys or "box" in head.keys


def recognizes_skeleton(head: Head) -> bool:
    """MATLAB skeleton files hold nodes and edges but no positions."""
    if _is_v5(head):
        return "positions" not in _load_v5(head.path)
    return {"nodes", "edges"} <= head.keys


def _is_v5(head: Head) -> bool:
    return head.start.startswith(b"MATLAB 5.0 MAT-file")


def read_labels(path: Path, rows: Sequence[int] | None, depth: Depth) -> RawLabels:
    """Read a label, box or training file; a box file gives samples without labels."""
    if not h5py.is_hdf5(path):
        return _labels(path, rows, _load_v5(path), depth)
    with open_hdf5(path) as file:
        if "positions" in file:
            return _labels(path, rows, _load_v73(file), depth)
        kind = _training if "joints" in file else _box
        return kind(path, file, rows, depth)


def read_skeleton(path: Path) -> SkeletonParts:
    """Names and edges of a skeleton file; older ones keep the names in ``nodeNames``."""
    if h5py.is_hdf5(path):
        with open_hdf5(path) as file:
            parts, edges = _skeleton(_group(file, file))
    else:
        parts, edges = _skeleton(_load_v5(path))
    if not parts:
        raise UserError(f"{path}: no part names in `nodes` or `nodeNames`; name another file")
    return parts, edges, ()


def _labels(
    path: Path, rows: Sequence[int] | None, content: dict[str, Any], depth: Depth
) -> RawLabels:
    """``positions`` (joint, xy, frame), 1-based.  ``initialization`` is never looked at."""
    positions = np.asarray(content.get("positions", np.zeros(0)), dtype=np.float64)
    if positions.ndim == 2:  # MATLAB drops the last axis of a single frame
        positions = positions[..., None]
    if positions.ndim != 3 or positions.shape[1] != 2:
        raise UserError(
            f"{path}: `positions` has shape {positions.shape}, expected (joints, 2, frames); "
            "save the labels again in LEAP"
        )
    take = row_slice(path, rows, positions.shape[2])
    parts, edges = _skeleton(content.get("skeleton", {}))
    return RawLabels(
        positions=positions.transpose(2, 0, 1)[take] - 1,
        parts=parts or None,
        edges=edges,
        **_box_of(path, str(content.get("boxPath", "")), take, positions.shape[2], depth),
    )


def _box_of(path: Path, recorded: str, take: slice, count: int, depth: Depth) -> dict[str, Any]:
    """Images and origin from the box file that the labels name, or that has their name."""
    stem = path.name.removesuffix(".mat").removesuffix(".labels")
    candidates = [find_beside(path, recorded, levels=0) if recorded else None]
    candidates += [path.parent / f"{stem}.h5"]
    for candidate in candidates:
        if candidate is None or not candidate.is_file():
            continue
        with open_hdf5(candidate) as file:
            if "box" not in file:
                continue
            _axes(file["box"])
            if len(file["box"]) != count:
                raise UserError(
                    f"{path}: has {count} frames but its box file {candidate.name} has "
                    f"{len(file['box'])}; put the box file beside it that it was made from"
                )
            return {"images": _images(file["box"], take, depth), **_origin(file, take)}
    frame = np.arange(take.start, take.stop)
    return {"images": no_images(len(frame)), "frame": frame}


def _origin(file: h5py.File, take: slice) -> dict[str, Any]:
    """Frame in the video and number of the video, where the box file tells them for every image.

    Boxes of sampled frames do; otherwise an image is known by its row.
    """
    count = len(file["box"])
    rows = np.arange(count)
    columns = {}
    for name in ("framesIdx", "exptID"):
        column = np.ravel(file[name][()]) if name in file else np.zeros(0)
        if column.dtype.kind in "iuf" and len(column) == count and np.isfinite(column).all():
            columns[name] = column.astype(int)
    if "framesIdx" not in columns:
        return {"frame": rows[take]}
    frame, video = columns["framesIdx"] - 1, columns.get("exptID", np.zeros(count, int))
    if len(np.unique(np.stack([video, frame]), axis=1).T) < count:
        return {"frame": rows[take]}  # not one image per frame: the row alone is unique
    several = len(np.unique(video)) > 1
    group = tuple(map(str, video[take])) if several else ()
    return {"frame": frame[take], "group": group, "numbered": True}


def _images(box: h5py.Dataset, take: slice, depth: Depth) -> np.ndarray:
    return stack(_pictures(box, take), Path(box.file.filename), depth)[0]


def _pictures(box: h5py.Dataset, take: slice) -> list[pixels.Picture]:
    axes, path = _axes(box), box.file.filename
    return [
        pixels.luma(image.transpose(axes), f"{path} row {take.start + k}")
        for k, image in enumerate(box[take])
    ]


def _axes(box: h5py.Dataset) -> tuple[int, int, int]:
    """Axes of an image of a box that are y, x and channel.

    A box of MATLAB, seen by h5py, is (frame, channel, x, y); one that Python wrote is told by its
    channel, which comes last.

    Raises:
        UserError: axes that leave doubt.
    """
    channels = [k for k in (1, 2, 3) if box.ndim == 4 and box.shape[k] in (1, 3)]
    if channels == [1]:
        return (2, 1, 0)
    if channels == [3]:
        return (0, 1, 2)
    raise UserError(
        f"{box.file.filename}: axes of `{box.name.strip('/')}`, of shape {box.shape}, cannot be "
        "told apart; save it in Python as (frame, y, x, 1), or in MATLAB as (y, x, 1, frame)"
    )


def _box(path: Path, file: h5py.File, rows: Sequence[int] | None, depth: Depth) -> RawLabels:
    take = row_slice(path, rows, len(file["box"]))
    parts, edges = _box_skeleton(file)
    count = take.stop - take.start
    return RawLabels(
        positions=np.full((count, len(parts) if parts else 0, 2), np.nan),
        images=_images(file["box"], take, depth),
        parts=parts,
        edges=edges,
        **_origin(file, take),
    )


def _training(path: Path, file: h5py.File, rows: Sequence[int] | None, depth: Depth) -> RawLabels:
    """A training set: train and test rows again in label order, without the mirrored twins.

    LEAP appends a mirrored copy of every image before it shuffles; copies have ``shuffleIdx``
    above half of the total.  A twin of a test image must not be trained on, so they are left out.
    """
    places = [file, file["testing"]] if "testing/box" in file else [file]
    joints = np.concatenate([p["joints"][()] for p in places]).astype(np.float64)
    pictures = [picture for p in places for picture in _pictures(p["box"], slice(0, len(p["box"])))]
    images = stack(pictures, path, depth)[0]
    frame = np.arange(len(joints))
    if all("labeledIdx" in p for p in places):
        frame = np.concatenate([np.ravel(p["labeledIdx"][()]) for p in places]).astype(int) - 1
    keep = np.arange(len(joints))
    if all("shuffleIdx" in p for p in places):
        shuffle = np.concatenate([np.ravel(p["shuffleIdx"][()]) for p in places])
        keep = keep[shuffle <= len(joints) // 2]
    keep = keep[np.argsort(frame[keep], kind="stable")]
    keep = keep[row_slice(path, rows, len(keep))]
    parts, edges = _box_skeleton(file)
    return RawLabels(
        positions=joints[keep].transpose(0, 2, 1) - 1,
        images=images[keep],
        frame=frame[keep],
        parts=parts,
        edges=edges,
    )


def _box_skeleton(file: h5py.File) -> tuple[tuple[str, ...] | None, tuple[tuple[int, int], ...]]:
    if "skeleton" not in file or "jointNames" not in file["skeleton"].attrs:
        return None, ()
    names = file["skeleton"].attrs["jointNames"]
    names = names.decode() if isinstance(names, bytes) else str(np.ravel(names)[0])
    parts = tuple(names.replace("\\n", "\n").split("\n"))
    edges = file["skeleton/edges"][()].T if "skeleton/edges" in file else ()
    return parts, _pairs(edges)


def _skeleton(content: dict[str, Any]) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """Names and 0-based edges; ``nodes`` holds the names, or (older) their number."""
    for key in ("nodes", "nodeNames"):
        names = np.ravel(np.asarray(content.get(key, []), dtype=object))
        if names.size and all(isinstance(name, str) for name in names):
            return tuple(str(name) for name in names), _pairs(content.get("edges", ()))
    return (), ()


def _pairs(edges: Any) -> tuple[tuple[int, int], ...]:
    pairs = np.asarray(edges, dtype=int).reshape(-1, 2) - 1
    return tuple((int(a), int(b)) for a, b in pairs)


def _loadmat(path: Path, **options: Any) -> dict[str, Any]:
    import scipy.io
    from scipy.io.matlab import MatReadError

    remedy = "copy or download it again"
    rehearse(path, "mat", remedy)
    # scipy stumbles over names that it has not set yet when a length is wrong
    with reading(path, "MATLAB file", remedy, (*DAMAGE, MatReadError, NameError)):
        return scipy.io.loadmat(path, **options)


def _load_v5(path: Path) -> dict[str, Any]:
    wanted = ["positions", "skeleton", "boxPath", "nodes", "nodeNames", "edges"]
    content = _loadmat(path, variable_names=wanted, squeeze_me=True, struct_as_record=False)
    for key, value in content.items():
        if hasattr(value, "_fieldnames"):
            content[key] = {name: getattr(value, name) for name in value._fieldnames}
    if "positions" in content and content["positions"].ndim < 3:
        # squeezing has eaten an axis (one joint or one frame): read that array as it is stored
        content["positions"] = _loadmat(path, variable_names=["positions"])["positions"]
    return content


def _load_v73(file: h5py.File) -> dict[str, Any]:
    content: dict[str, Any] = {"positions": file["positions"][()].T}
    content["skeleton"] = _group(file, file["skeleton"])
    if "boxPath" in file:
        content["boxPath"] = _text(file["boxPath"])
    return content


def _group(file: h5py.File, group: h5py.Group) -> dict[str, Any]:
    """Part names (a cell array: references to text) and edges of a skeleton structure."""
    content: dict[str, Any] = {}
    for key in ("nodes", "nodeNames"):
        if key in group and group[key].dtype == h5py.ref_dtype:
            content[key] = [_text(file[ref]) for ref in np.ravel(group[key][()])]
    if "edges" in group and group["edges"].ndim == 2:
        content["edges"] = group["edges"][()].T
    return content


def _text(dataset: h5py.Dataset) -> str:
    return "".join(chr(int(code)) for code in np.ravel(dataset[()].T) if code)
