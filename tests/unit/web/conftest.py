"""A dataset to label, made once; each test has its own server on a copy."""

import pytest
from fixtures import labeling
from fixtures.label_server import Server, copy_of
from fixtures.once import once


@pytest.fixture(scope="session")
def made(tmp_path_factory, root):
    """Folder of a dataset that is ready to be labeled; not to change."""
    return once(tmp_path_factory, "lab", lambda folder: labeling.make(folder, root))


@pytest.fixture
def lab(made, tmp_path):
    """A copy of it."""
    return copy_of(made, tmp_path / "lab")


@pytest.fixture
def server(lab):
    with Server(lab) as running:
        yield running
