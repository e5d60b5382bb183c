"""The page by real clicks and keys, and what then lies on the disk."""

import re
import signal

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from fixtures import labeling
from fixtures.pages import (
    choose,
    click,
    drag,
    expect_at,
    expect_saved,
    following,
    goto,
    item_of,
    marker,
    on_crop,
    opened,
    place_of,
    shown,
    zoom_to,
)
from playwright.sync_api import expect

SAMPLED = 20  # frames that stand first in the list


@pytest.fixture
def page(server, context):
    """The page at a frame that has neither labels nor estimates, nor has the next one."""
    page = opened(server, context)
    if not server.fresh:
        keys = [row.get_attribute("data-key") for row in page.locator("#frames [data-key]").all()]
        server.fresh = keys[SAMPLED:]
    goto(page, server.fresh.pop(0))
    server.fresh.pop(0)
    return page


@pytest.fixture
def proposing(server, context):
    """The page at a frame for which a network has proposed a pose."""
    page = opened(server, context)
    goto(page, page.locator("#frames [data-status=estimated]").first.get_attribute("data-key"))
    return page


def test_a_click_on_the_middle_of_a_pixel_is_that_pixel_at_every_zoom(page, server):
    # eyes and head, so that no marker is where the next click goes
    for zoom, part, at in ((1, "head", (10, 20)), (2.5, "eyeL", (150, 171)), (8, "eyeR", (77, 5))):
        choose(page, part)
        zoom_to(page, zoom, *at)
        click(page, *at)
        expect_at(page, part, *at)
    expect_saved(page)
    kept = on_crop(server, item_of(page))
    assert kept["head"] == pytest.approx((10, 20), abs=1e-3)
    assert kept["eyeL"] == pytest.approx((150, 171), abs=1e-3)
    assert kept["eyeR"] == pytest.approx((77, 5), abs=1e-3)
    assert server.kept().items[item_of(page)].seconds > 0, "work is counted"


def test_clicks_place_one_part_after_the_other(page):
    parts = page.locator("#parts [aria-selected=true]")
    for part, at in (("head", (170, 96)), ("eyeL", (160, 80)), ("eyeR", (160, 110))):
        expect(parts).to_have_attribute("data-part-row", part)
        click(page, *at)
        expect(marker(page, part)).to_have_attribute("data-state", "placed")
    expect(parts).to_have_attribute("data-part-row", "neck")
    expect_saved(page)


def test_a_drag_moves_one_part_and_is_sent_when_it_ends(page, server):
    click(page, 60, 60)
    expect_saved(page)
    before = (server.labels / "journal.jsonl").read_text()
    drag(page, (60, 60), (90, 70), drop=False)
    expect_at(page, "head", 90, 70)
    assert (server.labels / "journal.jsonl").read_text() == before
    page.mouse.up()
    expect_saved(page)
    assert on_crop(server, item_of(page))["head"] == pytest.approx((90, 70), abs=1e-3)


def test_escape_ends_a_drag_without_an_edit(page, server):
    click(page, 60, 60)
    expect_saved(page)
    drag(page, (60, 60), (90, 70), drop=False)
    page.keyboard.press("Escape")
    expect_at(page, "head", 60, 60)
    page.mouse.up()
    expect_saved(page)
    assert server.kept().items[item_of(page)].revision == 1


def test_what_is_dragged_out_stays_on_the_picture(page):
    click(page, 60, 60)
    drag(page, (60, 60), (-20, 60))
    expect_at(page, "head", 0, 60)


def test_alt_drag_moves_the_whole_and_makes_labels_of_estimates(proposing, server):
    page = proposing
    before = {part: place_of(page, part) for part in ("head", "wingL", "hindlegR4")}
    page.keyboard.down("Alt")
    drag(page, (90, 20), (93, 22))
    page.keyboard.up("Alt")
    for part, (x, y) in before.items():
        expect(marker(page, part)).to_have_attribute("data-state", "placed")
        assert place_of(page, part) == pytest.approx((x + 3, y + 2), abs=2e-4)
    expect_saved(page)
    assert not server.kept().items[item_of(page)].done


def test_arrows_move_by_one_five_and_a_tenth(page, server):
    click(page, 60, 60)
    choose(page, "head")
    page.locator("#canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+ArrowLeft")
    expect_at(page, "head", 60.9, 65)
    expect_saved(page)
    assert server.kept().items[item_of(page)].revision == 2, "held arrows are one edit"


def test_undo_and_redo_show_the_frame_that_they_change(page):
    first = item_of(page)
    click(page, 60, 60)
    following(page)
    second = item_of(page)
    click(page, 100, 100)
    expect_saved(page)
    page.keyboard.press("Control+z")
    expect(marker(page, "head")).to_have_attribute("data-state", "unset")
    page.keyboard.press("Control+z")
    shown(page, first)
    expect(marker(page, "head")).to_have_attribute("data-state", "unset")
    page.keyboard.press("Control+Shift+z")
    expect_at(page, "head", 60, 60)
    page.keyboard.press("Control+y")
    expect(page.locator("body")).to_have_attribute("data-item", second)
    expect_at(page, "head", 100, 100)


def test_zoom_and_pan_stay_when_the_frame_changes(page):
    zoom_to(page, 3, 50, 60)
    page.keyboard.down("Space")
    drag(page, (60, 60), (50, 55))
    page.keyboard.up("Space")
    there = page.locator("#view").get_attribute("transform")
    following(page)
    assert page.locator("#view").get_attribute("transform") == there
    page.keyboard.press("r")
    expect(page.locator("#view")).to_have_attribute("transform", "translate(0 0) scale(1)")


def test_occluded_and_absent_are_two_states(page, server):
    click(page, 60, 60)
    choose(page, "head")
    page.keyboard.press("o")
    expect(marker(page, "head")).to_have_attribute("data-state", "occluded")
    choose(page, "eyeL")
    page.keyboard.press("a")
    expect(page.locator("[data-part-row=eyeL]")).to_have_attribute("data-state", "absent")
    expect(marker(page, "eyeL")).not_to_be_visible()
    expect_saved(page)
    points = server.kept().items[item_of(page)].points
    assert (points["head"].state, points["eyeL"].state) == ("occluded", "absent")
    choose(page, "head")
    page.keyboard.press("Delete")
    expect_saved(page)
    assert set(server.kept().items[item_of(page)].points) == {"eyeL"}


def test_copy_takes_what_the_frame_before_has_and_this_one_lacks(page, server):
    for at in ((60, 60), (70, 70)):
        click(page, *at)
    following(page)
    click(page, 100, 100)
    page.keyboard.press("c")
    expect_at(page, "eyeL", 70, 70)
    expect_at(page, "head", 100, 100)
    expect_saved(page)
    how = {part: point.how for part, point in server.kept().items[item_of(page)].points.items()}
    assert how == {"head": "place", "eyeL": "copy"}


def test_mirror_swaps_labels_of_partners(page, server):
    for at in ((60, 60), (70, 40), (70, 80)):  # head, eyeL, eyeR
        click(page, *at)
    page.keyboard.press("m")
    expect_at(page, "eyeL", 70, 80)
    expect_at(page, "eyeR", 70, 40)
    expect_at(page, "head", 60, 60)
    expect_saved(page)


def test_accept_takes_estimates_and_never_default_places(page, server):
    key = list(server.proposed)[1]  # the network has not found its head
    click(page, 10, 10)  # from now on the head has a usual place
    expect_saved(page)
    goto(page, key)
    expect(marker(page, "head")).to_be_visible()
    expect(marker(page, "head")).to_have_attribute("data-state", "unset")
    page.keyboard.press("Enter")
    expect(page.locator("body")).not_to_have_attribute("data-item", key)
    expect_saved(page)
    item = server.kept().items[key]
    assert item.done
    assert set(item.points) == set(server.proposed[key]) and "head" not in item.points
    assert {point.how for point in item.points.values()} == {"accepted"}
    expect(page.locator(f"[data-key='{key}']")).to_have_attribute("data-status", "done")


def test_an_estimate_that_is_moved_is_a_label_and_the_others_are_not(proposing, server):
    page = proposing
    choose(page, "head")
    page.keyboard.press("ArrowUp")
    expect(marker(page, "head")).to_have_attribute("data-state", "placed")
    expect(marker(page, "neck")).to_have_attribute("data-state", "estimate")
    expect_saved(page)
    points = server.kept().items[item_of(page)].points
    assert set(points) == {"head"} and points["head"].model == "fast-1"


def test_least_sure_comes_first(page, server):
    least = list(server.proposed)[-1]
    page.keyboard.press("l")
    expect(page.locator("body")).to_have_attribute("data-item", least)
    page.keyboard.press("s")
    expect(page.locator("#frames [data-key]").first).to_have_attribute("data-key", least)


def test_a_reload_shows_the_same_frame_as_it_was(page):
    key = item_of(page)
    click(page, 60, 61)
    expect_saved(page)
    page.reload()
    shown(page, key)
    expect_at(page, "head", 60, 61)


def test_edits_of_another_tab_appear(page, server, context):
    other = opened(server, context)
    goto(other, item_of(page))
    click(other, 44, 55)
    expect_saved(other)
    expect_at(page, "head", 44, 55)


def test_two_versions_are_shown_and_one_is_chosen(page, server, context, said):
    first = item_of(page)
    other = opened(server, context)
    goto(other, first)
    # the other tab drags while this one places: its edit rests on what it saw
    click(other, 30, 30)
    expect_saved(other)
    expect_at(page, "head", 30, 30)
    drag(page, (30, 30), (60, 60), drop=False)
    drag(other, (30, 30), (90, 30))
    expect_saved(other)
    row = page.locator(f"[data-key='{first}'][data-status=partly]")
    expect(row).to_be_visible()
    page.mouse.up()
    expect(page.locator("#conflict")).to_be_visible()
    expect(page.locator(f"[data-key='{first}']")).to_have_attribute("data-status", "conflict")
    expect(page.locator("#versions .mine")).to_have_count(1)
    expect(page.locator("#versions .theirs")).to_have_count(1)
    assert on_crop(server, first)["head"] == pytest.approx((90, 30), abs=1e-3)
    page.keyboard.press("Enter")  # nothing is accepted before one is chosen
    page.locator("[data-keep=mine]").click()
    expect(page.locator("#conflict")).not_to_be_visible()
    assert not server.kept().items[first].done
    expect_at(page, "head", 60, 60)
    expect_saved(page)
    assert on_crop(server, first)["head"] == pytest.approx((60, 60), abs=1e-3)
    expect_at(other, "head", 60, 60)
    assert all("409" in line for line in said), said
    said.clear()


def test_edits_made_while_the_server_is_away_arrive_afterwards(own_server, context, said):
    server, page = own_server, opened(own_server, context)
    first = item_of(page)
    server.stop(signal.SIGKILL)
    for at in ((60, 60), (70, 40), (70, 80)):
        click(page, *at)
    expect(page.locator("#saved")).to_have_text("Not saved: 3 edits wait")
    expect(page.locator("#banner")).to_be_visible()
    server.start()
    expect_saved(page)
    assert set(server.kept().items[first].points) == {"head", "eyeL", "eyeR"}
    said.clear()  # the browser itself writes that nobody answered


def test_edits_that_wait_outlive_a_reload(page, server, said):
    first = item_of(page)
    page.on("dialog", lambda dialog: dialog.accept())  # "leave? 1 edit waits"
    page.route("**/edits", lambda route: route.abort())
    click(page, 60, 60)
    expect(page.locator("#saved")).to_have_attribute("data-state", "trouble")
    page.unroute("**/edits")
    page.route("**/edits", lambda route: route.fulfill(status=507, json={"error": "disk full"}))
    page.reload()
    expect_at(page, "head", 60, 60)
    expect(page.locator("#banner")).to_contain_text("disk full")
    page.unroute("**/edits")
    expect_saved(page)
    assert set(server.kept().items[first].points) == {"head"}
    assert server.kept().items[first].revision == 1
    said.clear()


def test_a_page_without_its_link_keeps_what_waits(page, server, context, said):
    first = item_of(page)
    context.clear_cookies()
    click(page, 60, 60)
    expect(page.locator("#banner")).to_contain_text("Open the link")
    expect(page.locator("#saved")).to_have_text("Not saved: 1 edit waits")
    opened(server, context)  # the link, in another tab
    expect_saved(page)
    assert set(server.kept().items[first].points) == {"head"}
    assert all("401" in line for line in said), said
    said.clear()


def test_keys_are_shown_and_can_be_chosen(page):
    page.keyboard.press("?")
    dialog = page.locator("dialog#keys")
    expect(dialog).to_be_visible()
    dialog.locator("[data-rebind=occluded]").click()
    page.keyboard.press("m")  # swaps left and right
    expect(dialog.locator(".warning")).to_contain_text("Swap left and right")
    dialog.locator("[data-take=occluded]").click()
    expect(dialog.locator("[data-action-row=occluded] kbd")).to_have_text("M")
    expect(dialog.locator("[data-action-row=mirror] .keys")).to_have_text("none")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#canvas.loading")).to_have_count(0)
    click(page, 60, 60)
    choose(page, "head")
    page.keyboard.press("m")
    expect(marker(page, "head")).to_have_attribute("data-state", "occluded")


def test_markers_are_hidden_while_a_key_is_held(page):
    click(page, 60, 60)
    expect(marker(page, "head")).to_be_visible()
    page.keyboard.down("h")
    expect(marker(page, "head")).not_to_be_visible()
    page.keyboard.up("h")
    expect(marker(page, "head")).to_be_visible()


def test_a_frame_of_ones_choice_is_added(page, server, said):
    page.keyboard.press("i")
    page.locator("#adding select").select_option("fly2")
    taken = {key for key in server.kept().items} | set(server.proposed)
    frame = next(n for n in range(labeling.FRAMES) if f"fly2.{n}.0" not in taken)
    page.locator("#adding input").fill(str(frame))
    page.keyboard.press("Enter")
    key = f"fly2.{frame}.0"
    shown(page, key)
    expect(page.locator(f"[data-key='{key}']")).to_be_visible()
    page.goto(page.url.partition("#")[0] + "#add/fly2/999")
    expect(page.locator("#adding .warning")).to_contain_text(re.compile("999"))
    page.keyboard.press("Escape")
    assert server.kept().items[key].added
    assert all("400" in line for line in said), said
    said.clear()


def test_the_tone_stays(page):
    page.locator("#gamma").fill("2")
    expect(page.locator("image#frame")).to_have_attribute("filter", "url(#tone)")
    page.reload()
    expect(page.locator("#gamma")).to_have_value("2")
    page.keyboard.press("b")
    expect(page.locator("#gamma")).to_have_value("1")
