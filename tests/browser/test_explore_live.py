"""Regions edited on the live page: what stands in the file, and in a second window."""

import time

import pytest
from fixtures import dancing
from fixtures.label_server import Server, copy_of
from fixtures.once import once
from playwright.sync_api import expect

from leap_core.behavior import region_edits


@pytest.fixture
def server(browser, tmp_path_factory, tmp_path, root):
    """A dataset whose map is there, live."""
    made = once(tmp_path_factory, "dance", lambda folder: dancing.make(folder, root))
    with Server(copy_of(made, tmp_path / "dance"), dataset=dancing.NAME, page="explore") as running:
        yield running


def opened(server, context):
    page = context.new_page()
    page.goto(server.link)
    expect(page.locator("#regions [role=option]").first).to_be_visible()
    return page


def choose(page, number):
    page.locator("#regions [role=option]").nth(number - 1).click()
    expect(page.locator("#region-title")).to_have_text(f"Region {number}")


def saved(page):
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
    expect(page.locator("body")).to_have_attribute("data-busy", "false")


def plays(clip):
    """It runs, in its size; asked again and again, as the page lets no test wait inside it."""
    told = "clip => [clip.readyState, clip.videoWidth, clip.currentTime, String(clip.error)]"
    until = time.monotonic() + 10
    while time.monotonic() < until:
        ready, width, now, error = clip.evaluate(told)
        assert error == "null"
        if ready >= 2 and width == 160 and now > 0:
            return
        time.sleep(0.05)
    raise AssertionError((ready, width, now))


def lines(server):
    return region_edits.read(server.labels / "region_edits.csv")


def test_an_edit_reaches_the_other_window(server, context):
    page, other = opened(server, context), opened(server, context)
    choose(page, 2)
    page.locator("#region-rename").fill("grooming")
    page.keyboard.press("Enter")
    saved(page)
    assert [edit.text for edit in lines(server)] == ["name 2 'grooming'"]
    for window in (page, other):
        expect(window.locator("#regions [role=option]").nth(1)).to_contain_text("grooming")


def test_clips_of_a_region_and_of_a_frame_play(server, context):
    page = opened(server, context)
    choose(page, 1)
    clips = page.locator("#clips video")
    expect(clips.first).to_be_visible()
    plays(clips.first)
    # a click on the map shows the nearest frame
    box = page.locator("#map").bounding_box()
    for step in range(400):
        at = box["x"] + 20 + step % 20 * 35, box["y"] + 20 + step // 20 * 30
        page.mouse.move(*at)
        if "dancer" in page.locator("#under").inner_text():
            page.mouse.click(*at)
            break
    expect(page.locator("#moment")).to_be_visible()
    plays(page.locator("#moment video"))
    frame = int(page.locator("#moment").get_attribute("data-frame"))
    assert dancing.FIRST < frame < dancing.FIRST + dancing.FRAMES


def test_lines_by_hand_reach_the_page_and_wrong_ones_are_said(server, context):
    page = opened(server, context)
    file = server.labels / "region_edits.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    head = ",".join(region_edits.HEADER)
    file.write_text(f"{head}\n000000000000,name,1,,,,,,another,\n")
    expect(page.locator("#edit-problem")).to_contain_text("1 line was made on another map")
    file.write_text(f"{head}\n000000000000,paint,1,,,,,,x,\n")
    expect(page.locator("#edit-problem")).to_contain_text("no action 'paint'")
