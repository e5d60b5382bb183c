"""The dataset to be labeled, made once."""

import shutil

import pytest
from fixtures import labeling
from fixtures.once import once


@pytest.fixture(scope="session")
def made(root, tmp_path_factory):
    """A dataset that is ready to be labeled; not to change."""
    return once(tmp_path_factory, "lab", lambda folder: labeling.make(folder, root))


@pytest.fixture
def lab(made, tmp_path):
    """A copy of it, to be labeled."""
    return shutil.copytree(made, tmp_path / "lab")
