"""A dataset to label and tracks to mend, made once; each test has its own server on a copy."""

import pytest
from fixtures import arena, dancing, labeling, surfaces
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


@pytest.fixture(scope="session")
def tracked(tmp_path_factory, root):
    """Folder of a dataset whose tracks can be mended; not to change."""
    return once(tmp_path_factory, "arena", lambda folder: arena.make(folder, root))


@pytest.fixture
def ring(tracked, tmp_path):
    """A copy of it."""
    return copy_of(tracked, tmp_path / "arena")


@pytest.fixture
def mender(ring):
    """The page that mends tracks, of that copy."""
    with Server(ring, dataset=arena.NAME, page="proofread") as running:
        yield running


@pytest.fixture(scope="session")
def danced(tmp_path_factory, root):
    """Folder of a dataset with a map of behavior; not to change."""
    return once(tmp_path_factory, "dance", lambda folder: dancing.make(folder, root))


@pytest.fixture
def dance(danced, tmp_path):
    """A copy of it."""
    return copy_of(danced, tmp_path / "dance")


@pytest.fixture(params=surfaces.PAGES)
def surface(request):
    """Each page of ours, of a dataset of its own."""
    folder = request.getfixturevalue(
        {"label": "lab", "proofread": "ring", "explore": "dance"}[request.param]
    )
    return surfaces.PAGES[request.param](folder)


@pytest.fixture
def served(surface):
    """(page, running server, client that has the link)."""
    with surface.server() as running:
        client = running.client()
        yield surface.aimed(client), running, client
