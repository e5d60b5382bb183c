"""How a file came to be: hashes of its configuration, code and inputs, the seed, versions.

The record holds nothing that differs between two equal runs: no times, host names or absolute
paths.  Each input's hash covers that input's own record, so the files form a hash chain.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "scipy", "h5py", "tensorflow", "keras", "scikit-learn", "hmmlearn", "openTSNE")


def file_sha256(path: str | Path) -> str:
    """Checksum of a file's bytes, read in blocks."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def value_sha256(value: Any) -> str:
    """Checksum of a plain value (its canonical JSON)."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of the packages whose results end up in files."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


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

    def named(paths: Iterable[str | Path]) -> dict[str, str]:
        hashes = {}
        for path in map(Path, paths):
            hashes[path.name if path.is_absolute() else path.as_posix()] = file_sha256(path)
        return hashes

    return {
        "config": value_sha256(section),
        "inputs": named(inputs),
        "code": named(code),
        "seed": seed,
        "versions": versions(),
    }
