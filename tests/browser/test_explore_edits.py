"""Edits of regions in whatever way a person makes them, and none is lost without a word."""

import re

import numpy as np
import pytest
from fixtures import dancing
from fixtures.label_server import Server, copy_of
from fixtures.once import once
from playwright.sync_api import expect

from leap_core import containers
from leap_core.behavior import region_edits


@pytest.fixture(scope="session")
def danced(tmp_path_factory, root):
    return once(tmp_path_factory, "dance", lambda folder: dancing.make(folder, root))


@pytest.fixture
def server(browser, danced, tmp_path):
    copy = copy_of(danced, tmp_path / "dance")
    with Server(copy, dataset=dancing.NAME, page="explore") as running:
        yield running


@pytest.fixture
def page(server, context):
    return opened(server, context)


def opened(server, context):
    page = context.new_page()
    page.goto(server.link)
    expect(page.locator("body")).to_have_attribute("data-ready", "true")
    return page


def settled(page):
    """The last edit is saved and shown."""
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
    expect(page.locator("body")).to_have_attribute("data-busy", "false")


def pin(page, number):
    page.locator(f"#regions [data-number='{number}']").click()
    expect(page.locator("#facts")).to_have_attribute("data-region", str(number))


def rename(page, number, name):
    pin(page, number)
    page.locator("#region-rename").fill(name)
    page.keyboard.press("Enter")


def kept(server):
    """The edits on the disk."""
    path = server.labels / region_edits.FILE
    return region_edits.read(path) if path.exists() else []


def counted(page):
    return page.locator("#regions [role=option]").count()


def test_a_name_is_kept_and_shown(page, server):
    rename(page, 2, "grooming")
    settled(page)
    expect(page.locator("#region-name")).to_have_text("grooming")
    expect(page.get_by_role("option", name="region 2, grooming")).to_be_visible()
    (edit,) = kept(server)
    assert (edit.action, edit.region, edit.name) == ("name", 2, "grooming")
    page.reload()
    expect(page.get_by_role("option", name="region 2, grooming")).to_be_visible()
    rename(page, 2, "")
    settled(page)
    expect(page.locator("#region-name")).to_be_hidden()


def test_an_edit_of_somebody_else_while_the_page_loads_is_shown(server, context):
    client = server.client()
    head = client.get("/api/head")
    page, waiting, heads = context.new_page(), [True], []
    page.on("response", lambda answer: answer.url.endswith("/api/head") and heads.append(answer))

    def meanwhile(route):
        if waiting:
            waiting.pop()
            while not heads:  # what the page has seen is from before
                page.wait_for_timeout(20)
            version = head["edits"]["version"]
            client.send("/api/edits", version=version, action="merge", region=3, other=1)
        route.continue_()

    page.route("**/api/arrays/labels", meanwhile)
    page.goto(server.link)
    expect(page.locator("body")).to_have_attribute("data-ready", "true")
    assert not waiting and counted(page) == len(head["regions"]) - 1


def test_regions_are_merged_and_the_merge_is_taken_back(page, server):
    before = counted(page)
    share = page.locator("#share")
    pin(page, 1)
    own = float(re.match(r"[\d.]+", share.inner_text())[0])
    pin(page, 3)
    page.locator("#region-other").select_option("1")
    other = float(re.match(r"[\d.]+", share.inner_text())[0])
    page.get_by_role("button", name="Merge").click()
    expect(page.locator("#regions [role=option]")).to_have_count(before - 1)
    settled(page)
    (edit,) = kept(server)
    assert (edit.action, edit.region, edit.other) == ("merge", 3, 1)
    # what is left is looked at
    expect(page.locator("#facts")).to_have_attribute("data-pinned", "true")
    # frames on the line between them join them
    assert float(re.match(r"[\d.]+", share.inner_text())[0]) > own + other - 0.2
    expect(page.locator("#edit-last")).to_have_text("Last: merge 3 into 1")
    page.keyboard.press("Control+z")
    expect(page.locator("#regions [role=option]")).to_have_count(before)
    settled(page)
    assert kept(server) == []


def test_a_region_is_split_by_keys_alone(page, server):
    before = counted(page)
    page.locator("#regions").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("s")
    expect(page.locator("#map")).to_have_attribute("data-split", "1")
    expect(page.locator("#strip-words")).to_contain_text(re.compile(r"\d+ % of its frames"))
    for key in ("Shift+ArrowLeft", "ArrowUp", "f"):
        page.keyboard.press(key)
    line = [float(v) for v in page.locator("#map").get_attribute("data-cut").split()]
    page.keyboard.press("Enter")
    expect(page.locator("#regions [role=option]")).to_have_count(before + 1)
    settled(page)
    (edit,) = kept(server)
    assert (edit.action, edit.region) == ("split", 1)
    assert np.allclose(edit.line, line, atol=0.01)


def test_a_region_is_split_by_a_line_that_is_drawn(page, server):
    before = counted(page)
    pin(page, 1)
    page.get_by_role("button", name="Split by a line").click()
    box = page.locator("#map").bounding_box()
    head = page.evaluate("fetch('/api/head').then(answer => answer.json())")
    place = page.locator("#map").evaluate("map => ({...map.dataset})")
    region, bins, half = head["regions"][0], head["map"]["bins"], head["map"]["half"]
    left, bottom, each = (float(place[name]) for name in ("left", "bottom", "each"))
    x = box["x"] + left + (region["x"] + half) / (2 * half) * bins * each
    y = box["y"] + bottom - (region["y"] + half) / (2 * half) * bins * each
    page.mouse.move(x - 30, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=4)
    page.mouse.up()
    drawn = [float(v) for v in page.locator("#map").get_attribute("data-cut").split()]
    middle = (drawn[0] + drawn[2]) / 2, (drawn[1] + drawn[3]) / 2
    assert np.allclose(middle, (region["x"], region["y"]), atol=0.2)
    page.get_by_role("button", name="Split Enter").click()
    expect(page.locator("#regions [role=option]")).to_have_count(before + 1)
    settled(page)
    assert np.allclose(kept(server)[0].line, drawn, atol=0.01)


def test_a_strip_shows_the_frame_and_how_far_it_is(page, server):
    box = page.locator("#strips").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + 8)
    moment = page.locator("#moment")
    expect(moment).to_have_attribute("data-frame", re.compile(r"\d+"))
    frame = int(moment.get_attribute("data-frame"))
    place = server.folder / "results" / dancing.NAME / "behavior" / "dancer1.h5"
    found = containers.Behavior.read(place)
    row = frame - dancing.FIRST
    expect(page.locator("#moment-said")).to_contain_text(f"dancer1 · frame {frame:,}")
    expect(page.locator("#facts")).to_have_attribute("data-region", str(found.region[row]))
    away = float(re.match(r"[\d.e-]+", moment.locator(".empty").inner_text())[0])
    assert np.isclose(away, found.error[row], rtol=0.06)
    expect(moment.locator(".told")).to_contain_text("strongest: ")


def test_a_prepared_split_is_let_go(page, server):
    pin(page, 1)
    page.keyboard.press("s")
    expect(page.locator("#strip")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#strip")).to_be_hidden()
    expect(page.locator("#facts")).to_have_attribute("data-pinned", "true")
    assert kept(server) == []


def test_an_edit_over_one_that_was_not_seen_is_refused_and_made_by_hand(page, server, said):
    page.route("**/api/events", lambda route: route.abort())
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-ready", "true")
    client = server.client()
    version = client.get("/api/head")["edits"]["version"]
    client.send("/api/edits", version=version, action="name", region=1, name="theirs")
    rename(page, 2, "mine")
    refused = page.locator("#refused")
    expect(refused).to_contain_text("1 edit was refused")
    expect(page.get_by_role("option", name="region 1, theirs")).to_be_visible()
    assert [edit.name for edit in kept(server)] == ["theirs"]
    refused.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("option", name="region 2, mine")).to_be_visible()
    expect(refused).to_be_hidden()
    settled(page)
    assert [edit.name for edit in kept(server)] == ["theirs", "mine"]
    said.clear()  # a browser itself tells what is refused and aborted


def test_an_edit_waits_for_a_server_that_is_gone(page, server, said):
    server.kill()
    rename(page, 2, "kept")
    expect(page.locator("#saved")).to_have_attribute("data-state", "trouble")
    expect(page.locator("#banner")).to_contain_text("Not saved yet")
    expect(page.get_by_role("button", name="Merge")).to_be_disabled()
    server.start()
    settled(page)
    expect(page.get_by_role("option", name="region 2, kept")).to_be_visible()
    assert [edit.name for edit in kept(server)] == ["kept"]
    said.clear()


def test_an_edit_reaches_the_other_window(page, server, context):
    other = opened(server, context)
    rename(page, 2, "grooming")
    for window in (page, other):
        expect(window.get_by_role("option", name="region 2, grooming")).to_be_visible()


def plays(clip):
    """It runs, in its size."""
    expect(clip).to_have_js_property("videoWidth", 160)
    expect(clip).not_to_have_js_property("currentTime", 0)
    expect(clip).to_have_js_property("error", None)


def test_clips_of_a_region_and_of_a_frame_play(page):
    pin(page, 1)
    plays(page.locator("#clips video").first)
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
    assert dancing.FIRST <= frame < dancing.FIRST + dancing.FRAMES


def test_lines_by_hand_reach_the_page_and_wrong_ones_are_said(page, server):
    file = server.labels / region_edits.FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    head = ",".join(region_edits.HEADER)
    file.write_text(f"{head}\n000000000000,name,1,,,,,,another,\n")
    expect(page.locator("#edit-problem")).to_contain_text("1 line was made on another map")
    file.write_text(f"{head}\n000000000000,paint,1,,,,,,x,\n")
    expect(page.locator("#edit-problem")).to_contain_text("no action 'paint'")
