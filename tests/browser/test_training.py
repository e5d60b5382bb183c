"""A training from the page: a real one, of a small network."""

import pytest
import yaml

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from fixtures import labeling
from fixtures.pages import click, expect_at, expect_saved, goto, opened
from playwright.sync_api import expect

from leap_core import skeleton
from leap_core.pose import model, networks

LONG = 120_000  # ms that four epochs may take on a machine that does other things


@pytest.mark.slow
def test_a_network_is_trained_and_its_estimates_come_least_sure_first(own_server, context):
    server = own_server
    server.stop()
    proposed = list(labeling.propose(server.folder, server.labels, *labeling.FLIES))[:10]
    server.start()
    page = opened(server, context)
    for key in proposed:
        goto(page, key)
        page.keyboard.press("Enter")
        expect(page.locator(f"[data-key='{key}']")).to_have_attribute("data-status", "done")
    expect_saved(page)
    train = page.locator("#train")
    expect(train.locator(".offer")).to_contain_text("10 frames are done")
    train.locator("[data-action=train]").click()
    expect(train).to_have_attribute("data-state", "running")
    page.locator("#frames [data-status=untouched]").first.click()
    click(page, 60, 60)  # the page goes on meanwhile
    expect_at(page, "head", 60, 60)
    expect(train).to_have_attribute("data-state", "done", timeout=LONG)
    expect(train).to_contain_text("fast-2")
    page.locator("#notices button", has_text="Least sure first").click()
    first = page.locator("#frames [data-key]").first
    expect(first).to_have_attribute("aria-selected", "true")
    expect(first.locator(".sure")).not_to_be_empty()
    done = {key for key, item in server.kept().items.items() if item.done}
    assert done == set(proposed), "estimates are no labels"


def test_before_the_first_label_the_network_to_begin_with_proposes(own_server, context):
    server = own_server
    server.stop()
    path = server.folder / server.config
    value = yaml.safe_load(path.read_text())
    animal = skeleton.read(server.folder / value["skeleton"])
    network = networks.build("leap_cnn", len(animal), 8)
    card = model.ModelCard(animal, "leap_cnn", 8, 0.25, 192, 5.0, 1, 0.0)
    model.write(network, card, server.folder / "known" / "best.keras")
    value["training"]["start"] = "known/best.keras"
    path.write_text(yaml.safe_dump(value))
    server.start()
    page = opened(server, context)
    train = page.locator("#train")
    train.locator("[data-action=train]").click()
    expect(train).to_have_attribute("data-state", "done", timeout=LONG)
    expect(train).to_contain_text("start-1")
    expect(train).to_contain_text("Not trained")
    page.locator("#notices button", has_text="Least sure first").click()
    expect(page.locator("#frames [data-key]").first.locator(".sure")).not_to_be_empty()
    assert not server.kept().labeled, "estimates are no labels"


def test_a_training_that_cannot_be_says_why(own_server, context, said):
    page = opened(own_server, context)
    page.locator("#train [data-action=train]").click()
    expect(page.locator("#notices")).to_contain_text("label")
    expect(page.locator("#train")).not_to_have_attribute("data-state", "running")
    said.clear()  # the browser notes the refusal
