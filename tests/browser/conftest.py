"""A page as people open it: a server of its own on a copy of a made dataset, a real browser."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest
from fixtures import labeled, labeling
from fixtures.once import once

from leap_core.labels import edits

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",  # it refuses one when it is started by root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START = 60  # s until a server answers, on a machine that does other things


@dataclass
class Server:
    """`leap label` in a folder, to be killed and started again on the same port."""

    folder: Path
    root: Path
    port: int
    more: tuple[str, ...] = ()
    process: subprocess.Popen | None = None
    link: str = ""
    log: list[str] = field(default_factory=list)
    proposed: dict = field(default_factory=dict)  # key -> the estimates of its parts
    fresh: list[str] = field(default_factory=list)  # keys that no test has touched
    made: dict = field(default_factory=dict)  # key -> the labels of its parts, px of the crop

    @property
    def labels(self) -> Path:
        return self.folder / "labels" / labeling.NAME

    def start(self) -> None:
        command = [sys.executable, "-m", "leap_core.cli", "label", "--config", "config/lab.yaml"]
        command += ["--no-browser", "--port", str(self.port), *self.more]
        self.process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.root), "XDG_STATE_HOME": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in self.process.stdout:
            self.log.append(line)
            if found := re.search(r"http://\S+token=\S+", line):
                self.link = found[0]
                break
        assert self.link, "".join(self.log)
        end = time.monotonic() + START
        while time.monotonic() < end and self.process.poll() is None:
            try:
                urlopen(f"http://localhost:{self.port}/", timeout=5).close()
            except OSError as error:
                if getattr(error, "code", None) == 401:
                    return  # it answers, and asks for its token
                time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)
        if self.process:
            self.process.stdout.close()

    def kept(self) -> edits.LabelSet:
        """What lies on the disk, read as the pipeline reads it."""
        return edits.read(self.labels)


@pytest.fixture(scope="session")
def dataset(tmp_path_factory, root) -> Path:
    return once(tmp_path_factory, "labeling", lambda folder: labeling.make(folder, root))


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


def _copy(dataset: Path, folder: Path, root: Path) -> Server:
    shutil.copytree(dataset, folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Server(folder, root, port, ("--frames", f"fly1:0-{labeling.FRAMES - 1}"))


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
