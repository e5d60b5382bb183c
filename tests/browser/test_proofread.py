"""Tracks are mended on the page of `leap proofread`, by keys, clicks and drags."""

import shutil
import statistics

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from fixtures import proofreading
from fixtures.label_server import copy_of
from fixtures.once import once
from fixtures.proofreader import Person, kinds
from fixtures.proofreading import FAULTS, ProofreadServer
from playwright.sync_api import expect


@pytest.fixture(scope="session")
def pair(tmp_path_factory, root):
    return once(tmp_path_factory, "pair", lambda folder: proofreading.make(folder, root))


@pytest.fixture(scope="module")
def served(browser, pair, tmp_path_factory):
    made = ProofreadServer(copy_of(pair, tmp_path_factory.mktemp("served") / "pair"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def server(served):
    """The server that all share, with nothing corrected and nothing accepted."""
    shutil.rmtree(served.table.parent, ignore_errors=True)
    return served


@pytest.fixture
def own_server(browser, pair, tmp_path):
    """A server to be killed."""
    made = ProofreadServer(copy_of(pair, tmp_path / "pair"))
    made.start()
    yield made
    made.stop()


def opened(server, context):
    page = context.new_page()
    page.goto(server.link)
    expect(page.locator("body")).to_have_attribute("data-busy", "false")
    expect(page.locator("#pane-here.loading")).to_have_count(0)
    return page


def test_a_person_mends_twenty_faults(server, context, capsys):
    person = Person(opened(server, context), proofreading.truth(), server.mended)
    person.mend()
    now, truth = server.mended(), proofreading.truth()
    wrong = [kinds(now, truth, frame) for frame in range(proofreading.FRAMES)]
    assert not [frame for frame, told in enumerate(wrong) if any(told)]
    with capsys.disabled():
        print(f"\n{len(person.spent)} lines, {person.keys} keys: {sorted(person.spent)}")
    assert len(person.spent) == len(FAULTS)
    assert statistics.median(person.spent) < 10
