"""Plain arrays: one ``.npy``, or the arrays of a ``.npz`` joined part after part."""

from __future__ import annotations

import tokenize
import zipfile
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.formats.raw_poses import NAN, RawPoses
from leap_core.io.untrusted import DAMAGE, FREE_BYTES, reading

SHAPE = "(frame, part, x y or x y z)"


MAGIC = b"\x93NUMPY"
MOST_PACKED = 100  # coordinates never shrink by more


def refuse_bomb(path: Path) -> None:
    """UserError where a small archive would unpack to very much."""
    with zipfile.ZipFile(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > FREE_BYTES and size > MOST_PACKED * path.stat().st_size:
        raise UserError(f"{path}: unpacks to {size:.3g} bytes, more than coordinates can; refused")


def _holds_objects(path: Path) -> bool:
    """Whether a ``.npy`` is a pickle."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return False
        file.seek(0)
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else (np.lib.format.read_array_header_2_0)
        )
        return bool(read(file)[2].hasobject)


def read_poses(path: Path) -> RawPoses:
    """Parts in the order of the skeleton, without names or confidence.

    Of a ``.npz`` the arrays with three axes are joined in the order of the file; one with a
    single frame is held for all frames.  A number named ``fps`` is the frame rate; what else is
    not of that shape (names, notes) is left aside.

    Raises:
        UserError: another shape, or arrays that do not fit together.
    """
    errors = (*DAMAGE, SyntaxError, tokenize.TokenError)
    with reading(path, ".npy or .npz of numbers", f"save arrays {SHAPE}", errors):
        if zipfile.is_zipfile(path):
            refuse_bomb(path)
        # mapped, a header that claims more than the file holds allocates nothing
        if _holds_objects(path):
            raise UserError(
                f"{path}: holds Python objects (as trajectories of idtracker.ai do), which could "
                f"run code and are not read; save arrays {SHAPE}"
            )
        loaded = np.load(path, mmap_mode="r", allow_pickle=False)
        named = dict(loaded) if isinstance(loaded, np.lib.npyio.NpzFile) else {"": loaded}
    kept = {name: values for name, values in named.items() if values.ndim == 3 or not name}
    for name, values in kept.items():
        if values.ndim != 3 or values.shape[2] not in (2, 3) or values.dtype.kind not in "iuf":
            where = f"{path}: array {name!r}" if name else str(path)
            raise UserError(
                f"{where} has the shape {values.shape} of {values.dtype}, not {SHAPE}; save it so"
            )
    lengths = {name: len(values) for name, values in kept.items() if len(values) != 1}
    if not kept or len({v.shape[2] for v in kept.values()}) > 1 or len(set(lengths.values())) > 1:
        shapes = ", ".join(f"{name or path.name} {v.shape}" for name, v in named.items())
        raise UserError(f"{path}: arrays {shapes} do not fit together as {SHAPE}; save them so")
    frames = next(iter(lengths.values()), 1)
    if not frames:
        raise UserError(f"{path}: holds no frames; save it again")
    whole = [np.broadcast_to(v, (frames, *v.shape[1:])).astype(float) for v in kept.values()]
    rate = named.get("fps")
    fps = float(rate) if rate is not None and rate.size == 1 and rate.dtype.kind in "iuf" else NAN
    return RawPoses(np.concatenate(whole, axis=1)[None], None, np.arange(frames), None, fps)
