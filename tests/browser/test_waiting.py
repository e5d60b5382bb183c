"""Edits that wait, and what may change meanwhile: crops, other tabs, the skeleton."""

import dataclasses
import re
import signal

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
import yaml
from fixtures import labeling
from fixtures.label_server import at
from fixtures.pages import (
    choose,
    click,
    drag,
    expect_at,
    expect_saved,
    goto,
    item_of,
    marker,
    on_crop,
    opened,
    place_of,
    shown,
)
from playwright.sync_api import expect

from leap_core import config, containers, geometry

SIDE = 192  # px of a crop


def turned(folder, video):
    """Cut the crops of a video again, head to the left; returns the track as it was."""
    track = containers.Track.read(folder / "results" / labeling.NAME / "tracks" / f"{video}.h5")
    around = np.float32(np.pi)
    labeling.recut(
        folder,
        video,
        dataclasses.replace(track, heading=track.heading + around),
        config.from_dict(labeling.CONFIG).crop,
    )
    return track


def rename(server, old, new):
    """Give a part another name, behind the page's back."""
    path = server.folder / labeling.CONFIG["skeleton"]
    text = re.sub(rf"\b{old}\b(?!:)", new, path.read_text())
    body = {"skeleton": yaml.safe_load(text), "renamed": {old: new}}
    status, answer = server.client().send("/api/skeleton", "PUT", **body)
    assert status == 200, answer


def test_what_waited_while_crops_were_cut_again_stays_at_its_place(own_server, context, said):
    server, page = own_server, opened(own_server, context)
    key = item_of(page)
    video, frame, _ = key.rsplit(".", 2)
    click(page, 60, 70)
    expect_saved(page)
    server.stop(signal.SIGKILL)
    click(page, 100, 40)
    expect(page.locator("#saved")).to_have_attribute("data-state", "trouble")
    track = turned(server.folder, video)
    server.start()
    expect_saved(page)
    shown(page, key)
    for part, x, y in (("head", 60, 70), ("eyeL", 100, 40)):
        expect(marker(page, part)).to_have_attribute("data-state", "placed")
        assert place_of(page, part) == pytest.approx((SIDE - 1 - x, SIDE - 1 - y), abs=1e-2)
    click(page, 140, 30)
    expect_at(page, "eyeR", 140, 30)
    expect_saved(page)
    center, heading = track.centroid[0, int(frame)], track.heading[0, int(frame)]
    points = server.kept().items[key].points
    for part, place in (("head", (60, 70)), ("eyeL", (100, 40)), ("eyeR", (51, 161))):
        expected = geometry.to_video([place], center, heading, SIDE)[0]
        assert (points[part].x, points[part].y) == pytest.approx(expected, abs=1e-2), part
    said.clear()  # the browser itself writes that nobody answered


def test_crops_that_are_cut_again_during_a_drag(own_server, context, said):
    server, page = own_server, opened(own_server, context)
    key = item_of(page)
    video, frame, _ = key.rsplit(".", 2)
    click(page, 60, 70)
    expect_saved(page)
    drag(page, (60, 70), (80, 50), drop=False)
    track = turned(server.folder, video)
    page.wait_for_timeout(2500)  # the page hears of it
    expect_at(page, "head", 80, 50)
    page.mouse.up()
    expect_at(page, "head", SIDE - 1 - 80, SIDE - 1 - 50)
    shown(page, key)
    choose(page, "eyeL")
    click(page, 140, 30)
    expect_at(page, "eyeL", 140, 30)
    expect_saved(page)
    center, heading = track.centroid[0, int(frame)], track.heading[0, int(frame)]
    points = server.kept().items[key].points
    for part, place in (("head", (80, 50)), ("eyeL", (SIDE - 1 - 140, SIDE - 1 - 30))):
        expected = geometry.to_video([place], center, heading, SIDE)[0]
        assert (points[part].x, points[part].y) == pytest.approx(expected, abs=1e-2), part
    assert all("409" in line for line in said), said  # a picture that was there no more
    said.clear()


def test_an_edit_of_a_closed_tab_does_not_win_over_a_later_one(own_server, context, said):
    server = own_server
    older, newer = opened(server, context), opened(server, context)
    key = item_of(newer)
    assert item_of(older) == key
    server.stop(signal.SIGKILL)
    click(older, 60, 60)
    click(newer, 90, 90)
    expect(older.locator("#saved")).to_have_text("Not saved: 1 edit waits")
    older.close()
    expect(newer.locator("#saved")).to_have_text("Not saved: 2 edits wait")
    server.start()
    expect_saved(newer)
    expect(newer.locator("#conflict")).to_be_visible()
    assert on_crop(server, key)["head"] == pytest.approx((90, 90), abs=1e-3)
    newer.locator("[data-keep=mine]").click()
    expect(newer.locator("#conflict")).not_to_be_visible()
    expect_saved(newer)
    assert on_crop(server, key)["head"] == pytest.approx((60, 60), abs=1e-3)
    said.clear()


def test_an_answer_that_comes_late_hides_no_edit_of_others(own_server, context, said):
    server, page = own_server, opened(own_server, context)
    key = item_of(page)

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/edits", lose)
    click(page, 60, 60)
    expect(page.locator("#saved")).to_have_attribute("data-state", "trouble")
    assert server.kept().items[key].revision == 1
    status, _ = server.client().edit(key, 1, {"eyeL": at(20, 30)})
    assert status == 200
    click(page, 100, 100)  # eyeL, which this page has not seen there
    page.unroute("**/edits")
    expect_saved(page)
    expect(page.locator("#conflict")).to_be_visible()
    kept = on_crop(server, key)
    assert kept["head"] == pytest.approx((60, 60), abs=1e-3)
    assert kept["eyeL"] == pytest.approx((20, 30), abs=1e-3)
    said.clear()


def test_a_refused_edit_is_kept_until_a_person_decides(own_server, context, said):
    server, page = own_server, opened(own_server, context)
    key = item_of(page)
    refused = page.locator("#refused")
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/edits", lambda route: route.abort())
    click(page, 60, 60)
    expect(page.locator("#saved")).to_have_attribute("data-state", "trouble")
    rename(server, "head", "snout")
    page.unroute("**/edits")
    expect_saved(page)
    expect(refused).to_contain_text("1 edit was refused")
    expect(refused).to_contain_text("no part 'head'")
    assert key not in server.kept().items, "nothing was put under another name"
    page.reload()
    expect(refused).to_be_visible()
    refused.get_by_role("button", name="Try again").click()
    expect_saved(page)
    expect(refused).to_contain_text("1 edit was refused")
    rename(server, "snout", "head")
    refused.get_by_role("button", name="Try again").click()
    expect(refused).to_be_hidden()
    expect_saved(page)
    expect_at(page, "head", 60, 60)
    assert on_crop(server, key)["head"] == pytest.approx((60, 60), abs=1e-3)
    said.clear()


def test_an_undo_of_a_refused_edit_takes_back_no_other(own_server, context, said):
    server, page = own_server, opened(own_server, context)
    key = item_of(page)
    page.on("dialog", lambda dialog: dialog.accept())
    click(page, 60, 60)
    expect_saved(page)
    page.route("**/edits", lambda route: route.abort())
    choose(page, "eyeL")
    click(page, 100, 100)
    expect(page.locator("#saved")).to_have_attribute("data-state", "trouble")
    page.keyboard.press("Control+z")
    expect(page.locator("#saved")).to_have_attribute("data-pending", "2")
    page.route("**/edits", lambda route: route.fulfill(status=400, json={"error": "no"}))
    expect_saved(page)
    expect(page.locator("#notices")).to_contain_text("undo or redo was left out")
    assert set(server.kept().items[key].points) == {"head"}
    page.locator("#refused").get_by_role("button", name="Discard").click()
    expect(page.locator("#refused")).to_be_hidden()
    said.clear()


def test_poses_of_an_older_network_are_not_accepted(idle_server, context, said):
    server = idle_server
    key = next(iter(labeling.propose(server.folder, server.labels, "fly2")))
    server.start()
    page = opened(server, context)
    goto(page, key)
    server.stop(signal.SIGKILL)
    page.keyboard.press("Enter")
    expect(page.locator("#saved")).to_have_attribute("data-state", "trouble")
    file = server.labels / "estimates.json"
    file.write_text(file.read_text().replace("fast-1", "fast-2"))
    server.start()
    expect_saved(page)
    expect(page.locator("#notices")).to_contain_text("another network")
    expect(page.locator(f"[data-key='{key}']")).to_have_attribute("data-status", "estimated")
    assert key not in server.kept().items
    goto(page, key)
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-key='{key}']")).to_have_attribute("data-status", "done")
    expect_saved(page)
    assert {point.model for point in server.kept().items[key].points.values()} == {"fast-2"}
    said.clear()
