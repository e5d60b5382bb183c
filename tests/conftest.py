"""Shared fixtures: where the repository and the real data are."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """Top folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of the real recordings and label files; skips where there is none."""
    candidates = [os.environ.get("LEAP_DATA"), ROOT.parent / "shared" / "data"]
    for folder in candidates:
        if folder and Path(folder).is_dir():
            return Path(folder)
    pytest.skip("real data absent: set LEAP_DATA to its folder")


@pytest.fixture(scope="session")
def fly32(root):
    """The 32-part fly skeleton."""
    from leap_core import skeleton

    return skeleton.read(root / "config" / "skeletons" / "fly32.yaml")
