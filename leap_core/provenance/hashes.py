"""How a file came to be: hashes of its configuration, code and inputs, the seed, versions.

The record holds nothing that differs between two equal runs: no times, host names or absolute
paths.  Each input's hash covers that input's own record, so the files form a hash chain.
"""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from leap_core.io.readers.numbered import in_folder

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = (
    *("numpy", "scipy", "pandas", "pyarrow", "h5py", "tensorflow", "keras", "openvino"),
    *("scikit-learn", "scikit-image", "opencv-python-headless", "hmmlearn", "pywavelets"),
    *("openTSNE", "av", "sleap-io", "matplotlib"),
)


def file_sha256(path: str | Path) -> str:
    """Checksum of a file's bytes; read once per process while the file stays as it is.

    Of a folder: of the names and the content of its numbered images.
    """
    path = Path(path).resolve()
    if path.is_dir():
        found = [f"{name}\0{content_sha256(path / name)}" for name in in_folder(path).present]
        return hashlib.sha256("\n".join(found).encode()).hexdigest()
    state = path.stat()
    return _sha256(path, state.st_ino, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=1024)  # every module of the package, and more
def _sha256(path: Path, *state: int) -> str:
    return content_sha256(path)


def content_sha256(path: str | Path) -> str:
    """Checksum of a file's bytes, read now."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(
    paths: Iterable[str | Path], checksum: Callable[[Path], str] = file_sha256
) -> dict[str, str]:
    """Checksums of files, by :func:`shown_name`."""
    return {shown_name(p): checksum(p) for p in map(Path, paths)}


def shown_name(path: Path) -> str:
    """A file's relative path; of an absolute one that of our own code, else its name alone."""
    if not path.is_absolute():
        return path.as_posix()
    inner = path.relative_to(CHECKOUT).as_posix() if path.is_relative_to(CHECKOUT) else path.name
    return inner if inner.startswith(("leap_core/", "scripts/")) else path.name


def loaded_code() -> dict[str, str]:
    """Checksums of the modules of this package that the process has loaded, by "leap_core/..."."""
    package = Path(__file__).parents[1]
    files = (
        Path(file)
        for name, module in sys.modules.items()
        if name.partition(".")[0] == package.name and (file := getattr(module, "__file__", None))
    )
    return {p.relative_to(package.parent).as_posix(): file_sha256(p) for p in sorted(files)}


def value_sha256(value: Any) -> str:
    """Checksum of a plain value (its canonical JSON)."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of the packages whose results end up in files."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    found |= {package: known for package in PACKAGES if (known := _version(package))}
    return found


@functools.cache
def _version(package: str) -> str | None:
    """The version of an installed package: a file to read, once per process."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def record(
    section: Any = None,
    inputs: Iterable[str | Path] = (),
    code: Iterable[str | Path] = (),
    seed: int | None = None,
) -> dict[str, Any]:
    """The provenance attribute of a file.

    Args:
        section: the part of the config that the file depends on (plain builtins).
        inputs: files it was made from; named by their relative path, else by name only.
        code: modules and scripts that made it.
        seed: the random seed in use, if any.
    """

    return {
        "config": value_sha256(section),
        "inputs": digests(inputs),
        "code": digests(code),
        "seed": seed,
        "versions": versions(),
    }
