"""Shared fixtures: where the repository, the real data, and the run that all share are."""

import os
from pathlib import Path

import pytest
from fixtures import tiny

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


@pytest.fixture(scope="session")
def undisturbed(root) -> Path:
    """The run of config/tiny.yaml to its figures and experiments that all share; not to change."""
    return tiny.shared_run(root)


@pytest.fixture(scope="session")
def expected(undisturbed) -> dict[str, str]:
    """Checksum of every result of that run to its figures, before the experiments."""
    found = tiny.bytes_of(undisturbed, "figures")
    assert len(found) > 300, "results and their records"
    return found


@pytest.fixture(scope="session")
def everything(undisturbed) -> dict[str, str]:
    """Checksum of every result, those of the experiments too."""
    return tiny.bytes_of(undisturbed, "all")


@pytest.fixture
def fresh(undisturbed, tmp_path) -> Path:
    """A copy of the same code in which nothing has run yet."""
    return tiny.code_of(undisturbed, tmp_path / "fresh")


@pytest.fixture
def finished(undisturbed, tmp_path) -> Path:
    """A copy of the shared run, to be disturbed."""
    return tiny.copy_of(undisturbed, tmp_path / "copy")
