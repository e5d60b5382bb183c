"""A page as people open it: a server of its own on a copy of a made dataset, a real browser."""

import shutil
from pathlib import Path

import pytest
from fixtures import labeled, labeling
from fixtures.chromium import CHROMIUM, FLAGS
from fixtures.label_server import Server
from fixtures.once import once


class PageServer(Server):
    """A server, and what its dataset holds.

    Attributes:
        proposed: key -> the estimates of its parts.
        fresh: keys that no test has touched.
        made: key -> the labels of its parts, px of the crop.
    """

    def __init__(self, folder: Path, root: Path, *options: str):
        super().__init__(folder, *options)
        self.root = root
        self.proposed: dict = {}
        self.fresh: list[str] = []
        self.made: dict = {}


@pytest.fixture(scope="session")
def dataset(tmp_path_factory, root) -> Path:
    return once(tmp_path_factory, "lab", lambda folder: labeling.make(folder, root))


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: {CHROMIUM} is not there")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def _copy(dataset: Path, folder: Path, root: Path) -> PageServer:
    shutil.copytree(dataset, folder)
    return PageServer(folder, root, "--frames", f"fly1:0-{labeling.FRAMES - 1}")


@pytest.fixture(scope="session")
def server(browser, dataset, tmp_path_factory, root):
    """The server that most tests share: each takes frames that no other one has touched."""
    made = _copy(dataset, tmp_path_factory.mktemp("page") / "lab", root)
    made.proposed = labeling.propose(made.folder, made.labels, "fly2")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def idle_server(browser, dataset, tmp_path, root):
    """One that is yet to be started, on a copy of its own, with no estimates."""
    made = _copy(dataset, tmp_path / "lab", root)
    yield made
    made.stop()


@pytest.fixture
def own_server(idle_server):
    """A server to be killed, on a copy of its own, with no estimates."""
    idle_server.start()
    return idle_server


@pytest.fixture(scope="module")
def odd_server(browser, dataset, tmp_path_factory, root):
    """A server of labels of which some are wrong (fixtures.labeled.odd); only to look at."""
    made = _copy(dataset, tmp_path_factory.mktemp("odd") / "lab", root)
    made.made = labeled.odd(made.folder)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def said() -> list[str]:
    """What pages wrote to the console; a test may clear what it expects."""
    return []


@pytest.fixture
def context(browser, said):
    opened = browser.new_context(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(10_000)
    opened.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    opened.on("weberror", lambda error: said.append(f"error: {error.error}"))
    yield opened
    opened.close()
    assert said == [], "the console stays empty"
