"""A training from the page: a real one, of a small network."""

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from fixtures import labeling
from fixtures.pages import click, expect_at, expect_saved, goto, opened
from playwright.sync_api import expect

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


def test_a_training_that_cannot_be_says_why(own_server, context, said):
    page = opened(own_server, context)
    page.locator("#train [data-action=train]").click()
    expect(page.locator("#notices")).to_contain_text("label")
    expect(page.locator("#train")).not_to_have_attribute("data-state", "running")
    said.clear()  # the browser notes the refusal
