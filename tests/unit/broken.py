"""Damage to files, and a child process that reads them: a reader may crash or hang there.

As a program it is the child: each line of its input is a JSON list ``[reader, path]``, each line
of its output is ``{"end": "read" | "refused" | "bug", "text": ...}``.
"""

from __future__ import annotations

import json
import re
import resource
import select
import subprocess
import sys
import traceback
from pathlib import Path

import h5py
import numpy as np

MEMORY = 6 << 30  # address space of the child: what its libraries map, and 2 GB
SECONDS = 300

# --- damage to bytes ------------------------------------------------------------------------

TOKENS = [
    *(b"", b"\0", b"\xff\xfe", b"\n", b",", b",,,,,", b'"', b"'", b"[", b"]", b"{", b"}", b": "),
    *(b"nan", b"inf", b"-1", b"1e999", b"9" * 30, b"9" * 5000, b"null", b"true", b"0", b"\xc3"),
    *(b"[" * 5000, b"{" * 5000, b'{"a":' * 5000, b"- " * 3000, b"!!python/object/apply:os.system"),
    b"[1]: [2]\n",
    b"a: &a [x, x, x, x, x, x, x, x, x]\n"
    + b"".join(
        f"{chr(98 + k)}: &{chr(98 + k)} [{', '.join(['*' + chr(97 + k)] * 9)}]\n".encode()
        for k in range(8)
    ),
    b"<<: *a\n",
    b"2024-13-45",
]
BYTE_OPS = ("cut", "flip", "set", "zero", "repeat", "move", "token", "count")


def damage(data: bytes, op: str, at: float, length: float, value: int, own: bool = False) -> bytes:
    """One change.  ``at`` and ``length`` are shares of the file, ``value`` is 0 to 255.

    ``own``: bytes of HDF5's global heaps stay as they are, because the HDF5 library may loop for
    ever on damaged ones; only files of other tools are taken apart in a child first.
    """
    start = min(int(at * len(data)), max(len(data) - 1, 0))
    stop = min(start + 1 + int(length**4 * len(data)), len(data))
    if own and op != "cut":
        for heap in re.finditer(b"GCOL", data):
            if start - 8 < heap.start() + 4096 and heap.start() < stop + 8:
                return data
    head, part, tail = data[:start], data[start:stop], data[stop:]
    if op == "cut":
        return head
    if op == "flip":
        return head + bytes([part[0] ^ (1 << value % 8)]) + data[start + 1 :] if part else data
    if op == "set":
        return head + bytes([value]) + data[start + 1 :]
    if op == "zero":
        return head + bytes(len(part)) + tail
    if op == "repeat":
        return head + part * 2 + tail
    if op == "move":
        return part + head + tail
    if op == "count":  # eight bytes that may be a size or an address
        wild = [0, 1, 2**31, 2**32, 2**40, 2**63 - 1, 2**64 - 1, len(data)][value % 8]
        return head + wild.to_bytes(8, "little") + data[start + 8 :]
    return head + TOKENS[value % len(TOKENS)] + data[start:]


# --- damage to the contents of HDF5 ---------------------------------------------------------

SWAPS = {
    "scalar": lambda v: np.float32(7),
    "empty": lambda v: np.zeros(0),
    "none": lambda v: h5py.Empty("f4"),
    "more axes": lambda v: np.zeros((*np.shape(v), 1)),
    "fewer axes": lambda v: np.ravel(v),
    "one less": lambda v: np.asarray(v)[:-1] if np.ndim(v) else v,
    "turned": lambda v: np.asarray(v).T,
    "text": lambda v: np.full(np.shape(v), b"x"),
    "bad text": lambda v: np.full(np.shape(v), b"\xff\xfe"),
    "long text": lambda v: "[" * 30_000,
    "nan": lambda v: np.full(np.shape(v), np.nan),
    "inf": lambda v: np.full(np.shape(v), np.inf),
    "wild": lambda v: np.full(np.shape(v), 2**63 - 1),
    "minus": lambda v: np.full(np.shape(v), -1),
    "huge": lambda v: np.full(np.shape(v), 1e300),
    "zero": lambda v: np.zeros(np.shape(v), np.uint8),
    "complex": lambda v: np.zeros(np.shape(v), complex),
    "bool": lambda v: np.ones(np.shape(v), bool),
    "compound": lambda v: np.zeros(np.shape(v), [("a", "f4"), ("b", "i8")]),
    "void": lambda v: np.zeros(np.shape(v), "V5"),
    "references": lambda v: np.zeros(np.shape(v), h5py.ref_dtype),
}
H5_OPS = ("remove", "claim", "group", "soft", "external", "unattribute", "attribute", *SWAPS)


def damage_hdf5(path: Path, op: str, at: float, value: int) -> None:
    """One change to an object or attribute; a file that cannot hold it stays as it is."""
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        if op in ("unattribute", "attribute"):
            pairs = [(n, key) for n in ("/", *names) for key in file[n].attrs]
            if not pairs:
                return
            name, key = pairs[int(at * len(pairs)) % len(pairs)]
            if op == "unattribute":
                del file[name].attrs[key]
                return
            swap = list(SWAPS)[value % len(SWAPS)]
            try:
                file[name].attrs[key] = SWAPS[swap](file[name].attrs[key])
            except (TypeError, ValueError, OSError):
                pass
            return
        if not names:
            return
        name = names[int(at * len(names)) % len(names)]
        old = file.get(name)
        if old is None:  # a link that an earlier change has broken
            return
        numbers = isinstance(old, h5py.Dataset) and (old.size or 0) < 1_000_000
        try:
            content = SWAPS[op](old[()]) if op in SWAPS and numbers else None
        except (TypeError, ValueError):
            return
        shape = old.shape or (1,) if numbers else (1,)
        attributes = dict(old.attrs)
        del file[name]
        if op == "claim":
            shape = (1 << 40, *shape[1:])
            file.create_dataset(name, shape, "f4", chunks=tuple(min(n, 1024) or 1 for n in shape))
        elif op == "group":
            file.create_group(name)
        elif op == "soft":
            file[name] = h5py.SoftLink("/nowhere")
        elif op == "external":
            file[name] = h5py.ExternalLink("/etc/passwd", "/x")
        elif content is not None:
            try:
                file[name] = content
                file[name].attrs.update(attributes)
            except (TypeError, ValueError, OSError):
                pass


# --- reading --------------------------------------------------------------------------------


def _container(path: Path) -> None:
    from leap_core import containers
    from leap_core.io import hdf5

    stated = hdf5.kind(path)
    for kind in containers.KINDS:
        if kind.FORMAT == stated or kind.__name__ == path.name.split("-")[0]:
            found = kind.read(path)
            assert hasattr(found, "skeleton") is ("skeleton" in kind.__dataclass_fields__)
            return


def _crops(path: Path) -> None:
    from leap_core import containers

    with containers.open_crops(path) as crops:
        for block in crops.blocks(2):
            assert crops.images[block].ndim == 4


def _labels(path: Path) -> None:
    from leap_core import labels

    found = labels.read(path)
    assert found.images.ndim == 4 and len(found.skeleton) == found.positions.shape[1]


def _images(path: Path) -> None:
    from leap_core import labels, skeleton

    four = skeleton.from_dict({"parts": ["head", "tail", "legL", "legR"]})
    assert labels.read(path, four).images.ndim == 4


def _label_skeleton(path: Path) -> None:
    from leap_core import labels

    assert labels.read_skeleton(path).parts


def _tracked(format: str):
    def read(path: Path) -> None:
        from leap_core import imported_poses

        assert imported_poses.read(path, format).positions.ndim == 4

    return read


def _camera(path: Path) -> None:
    from leap_core.preprocess.camera import read_camera

    assert read_camera(path, 6).shape == (6, 2)


def _exclusions(path: Path) -> None:
    from leap_core import labels

    labels.exclude(labels.read(path.parent / "own.h5"), path)


def _skeleton(path: Path) -> None:
    from leap_core import skeleton

    assert skeleton.read(path).to_json()


def _config(path: Path) -> None:
    from leap_core import config

    assert config.to_dict(config.read(path))


def _video(path: Path) -> None:
    from leap_core.io import video

    info = video.probe(path)
    assert [k for k, _ in video.read_frames(path, info)] == list(range(len(info)))


READERS = {
    "container": _container,
    "crops": _crops,
    "labels": _labels,
    "images": _images,
    "label skeleton": _label_skeleton,
    "dlc": _tracked("dlc"),
    "sleap": _tracked("sleap"),
    "array": _tracked("array"),
    "camera": _camera,
    "exclusions": _exclusions,
    "skeleton": _skeleton,
    "config": _config,
    "video": _video,
}


def serve() -> None:
    """Read files until the input ends."""
    from leap_core.errors import UserError

    answers = sys.stdout
    sys.stdout = sys.stderr  # libraries may print
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        reader, path = json.loads(line)
        try:
            READERS[reader](Path(path))
            answer = {"end": "read", "text": ""}
        except UserError as error:
            answer = {"end": "refused", "text": str(error)}
        except BaseException:
            answer = {"end": "bug", "text": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


class Child:
    """A child that reads files; it is replaced when it dies or does not answer."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None

    def read(self, reader: str, path: Path) -> dict[str, str]:
        """How reading ended: "read", "refused", "bug", "crash" or "hang", and a text."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        process = self._process
        process.stdin.write(json.dumps([reader, str(path)]) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], SECONDS)
        answer = process.stdout.readline() if ready else ""
        if answer:
            return json.loads(answer)
        self.close()
        if ready:
            return {"end": "crash", "text": f"the process ended with {process.returncode}"}
        return {"end": "hang", "text": f"no answer for {SECONDS} s"}

    def close(self) -> None:
        """End the child."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None


if __name__ == "__main__":
    serve()
