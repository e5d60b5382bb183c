"""The file that shows a map of behavior, as a person opens it: from a disk, without a network."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from fixtures import explored
from playwright.sync_api import expect

from leap_core.web.explore import standalone

FRAMES = 1400
EACH = FRAMES // explored.BOUTS  # frames of a bout
ALL = 3 * (FRAMES - explored.LOST)
NAMES, ROW, RULER = 118, 17, 18  # css px of the ethogram


@pytest.fixture(scope="module")
def contents():
    return explored.make(FRAMES)


@pytest.fixture(scope="module")
def file(contents, tmp_path_factory):
    path = tmp_path_factory.mktemp("explore") / "explore.html"
    path.write_text(standalone.render(contents), encoding="utf-8")
    return path


@pytest.fixture
def page(context, file):
    return opened(context, file)


def opened(context, file):
    """The file, once the map is drawn; whatever it asks for is in `asked`."""
    page = context.new_page()
    page.asked = []
    page.route(re.compile(r"^(https?|wss?|ftp):"), lambda route: route.abort())
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(file.as_uri())
    expect(page.locator("body")).to_have_attribute("data-ready", "true")
    return page


def written(contents, tmp_path):
    path = tmp_path / "explore.html"
    path.write_text(standalone.render(contents), encoding="utf-8")
    return path


def headed(contents, **changes):
    """Contents with another head."""
    return replace(contents, head=contents.head | changes)


def screen(page, x, y):
    """A place of the map (its units) on the screen."""
    found = page.locator("#map").evaluate("map => ({...map.dataset})")
    box = page.locator("#map").bounding_box()
    left, bottom, each = (float(found[name]) for name in ("left", "bottom", "each"))
    bins = [(v + explored.HALF) / (2 * explored.HALF) * explored.BINS for v in (x, y)]
    return box["x"] + left + bins[0] * each, box["y"] + bottom - bins[1] * each


def to_region(page, number, click=False):
    page.mouse.move(*screen(page, *explored.CENTERS[number - 1]))
    if click:
        page.mouse.down()
        page.mouse.up()


def to_time(page, recording, frame):
    """A frame of a recording on its strip; frames of one are at 1 / FPS s."""
    found = page.locator("#ethogram").evaluate("map => ({...map.dataset})")
    box = page.locator("#strips").bounding_box()
    share = (frame / explored.FPS - float(found["from"])) / float(found["across"])
    page.mouse.move(
        box["x"] + NAMES + share * (box["width"] - NAMES), box["y"] + (recording + 0.5) * ROW
    )


def brush(page, recording, first, last):
    to_time(page, recording, first)
    page.mouse.down()
    to_time(page, recording, last)
    page.mouse.up()


def brushed(page):
    """Name, first and last frame."""
    text = page.locator("#ethogram").get_attribute("data-brush")
    name, _, frames = text.rpartition(":")
    return name, *(int(v) for v in frames.split("-"))


def expect_points(page, count):
    expect(page.locator("#map")).to_have_attribute("data-points", str(count))


def inked(page, canvas, least=1, step=1):
    """Where a canvas has ink (alpha): (n, 2) places in map units, and (n, 4) colours."""
    pixels = page.locator(canvas).evaluate(
        """(canvas, [least, step]) => {
          const {width, height} = canvas;
          const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
          const found = [];
          for (let k = 0; k < data.length; k += 4 * step)
            if (data[k + 3] >= least)
              found.push([k / 4 % width, Math.floor(k / 4 / width), ...data.slice(k, k + 4)]);
          return {found, css: canvas.clientWidth / width};
        }""",
        [least, step],
    )
    found = np.array(pixels["found"], float).reshape(-1, 6)
    place = page.locator("#map").evaluate("map => ({...map.dataset})")
    left, bottom, each = (float(place[name]) for name in ("left", "bottom", "each"))
    middles = (found[:, :2] + 0.5) * pixels["css"]
    bins = np.column_stack([(middles[:, 0] - left) / each, (bottom - middles[:, 1]) / each])
    return bins / explored.BINS * 2 * explored.HALF - explored.HALF, found[:, 2:]


def test_every_frame_with_a_place_is_drawn_in_the_colour_of_its_region(page, contents):
    expect_points(page, ALL)
    expect(page.locator("#map")).to_have_attribute("data-visible", str(ALL))
    places, colours = inked(page, "#points")
    for k, center in enumerate(explored.CENTERS):
        near = np.hypot(*(places - center).T) < explored.STAY
        assert near.sum() > 300
        hexed = contents.head["colours"][str(k + 1)]
        expected = [int(hexed[i : i + 2], 16) for i in (1, 3, 5)]
        solid = near & (colours[:, 3] > 100)  # faint ones are rounded by the canvas
        assert np.abs(colours[solid, :3] - expected).max() <= 3
    away = np.hypot(*(places[:, None] - explored.CENTERS).transpose(2, 0, 1)).min(axis=1)
    assert away.max() < explored.STAY + 0.4, "ink where no frame is"


def test_the_file_asks_for_nothing(page):
    to_region(page, 2, click=True)
    expect(page.locator("#clips video").first).to_be_visible()
    brush(page, 0, 100, 300)
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_a_click_on_a_region_keeps_its_facts(page, contents):
    region = contents.head["regions"][1]
    facts = page.locator("#facts")
    expect(page.locator("#totals")).to_contain_text(f"{3 * FRAMES:,}")
    expect(page.locator("#map-notes")).to_have_text("fly9: no spectra; left out")
    to_region(page, 2)
    expect(facts).to_have_attribute("data-region", "2")
    to_region(page, 2, click=True)
    to_region(page, 5)  # elsewhere: it stays
    expect(facts).to_have_attribute("data-pinned", "true")
    expect(page.locator("#region-title")).to_have_text("Region 2")
    expect(page.locator("#region-name")).to_have_text("walking")
    expect(page.locator("#share")).to_have_text(
        f"{100 * region['occupancy']:.1f} % of frames · locomotor"
    )
    expect(page.locator("#words")).to_contain_text(explored.EVIDENCE)
    shares = page.locator("#gait .bar").evaluate_all(
        "all => all.map(bar => [bar.dataset.state, bar.querySelector('.number').textContent])"
    )
    assert shares == [["tripod", "60 %"], ["tetrapod", "30 %"], ["non-canonical", "10 %"]]
    expect(page.locator("#speed svg")).to_have_attribute(
        "aria-label", "Density of forward speed; typically 14.0 mm/s"
    )
    page.mouse.click(*screen(page, 0, 12.5))  # outside all of them
    expect(facts).to_have_attribute("data-pinned", "false")


def test_the_spectrum_tells_channel_and_frequency(page):
    for number in (1, 2, 4):
        page.locator(f"#regions [data-number='{number}']").click()
        row, column = explored.peak(number)
        hertz = explored.FREQUENCIES[column]
        said = f"{explored.CHANNELS[row]}, {hertz:.{0 if hertz >= 10 else 1}f} Hz"
        expect(page.locator("#spectrum .told")).to_contain_text(said)
    field = page.locator("#spectrum .field")
    box = field.bounding_box()
    unknown = explored.CHANNELS.index("wing y")
    page.mouse.move(
        box["x"] + box["width"] * 0.5 / len(explored.FREQUENCIES),
        box["y"] + box["height"] * (unknown + 0.5) / len(explored.CHANNELS),
    )
    expect(page.locator("#spectrum .told")).to_have_text("wing y, 1.0 Hz: left out")


def test_what_is_not_known_is_said(page):
    page.locator("#regions [data-number='7']").click()
    expect(page.locator("#clips")).to_have_text("No clip of this region.")
    page.locator("#regions [data-number='1']").click()
    expect(page.locator("#gait")).to_have_text("Gait is not known.")


def test_a_brushed_stretch_draws_its_path(page):
    bout = 6  # of fly2, that begins with region 2
    first, last = bout * EACH + 20, (bout + 1) * EACH - 20
    region = explored.bouts(FRAMES, 1)[first]
    brush(page, 1, first, last)
    name, a, b = brushed(page)
    assert name == "fly2" and abs(a - first) <= 2 and abs(b - last) <= 2
    expect(page.locator("#map")).to_have_attribute("data-brush", str(b - a + 1))
    expect(page.locator("#map")).to_have_attribute("data-line", "true")
    expect(page.locator("#brushed")).to_contain_text(f"{b - a + 1} frames")
    places, _ = inked(page, "#bright")
    away = np.hypot(*(places - explored.CENTERS[region - 1]).T)
    assert len(places) > 60 and away.max() < explored.STAY + 0.4
    page.locator("#brush-clear").click()
    expect(page.locator("#map")).to_have_attribute("data-brush", "0")
    assert len(inked(page, "#bright")[0]) == 0


def test_a_click_on_a_strip_keeps_the_region_there(page):
    frame = 4 * EACH + EACH // 2
    to_time(page, 2, frame)
    expect(page.locator("#under")).to_contain_text("· fly3 · frame ")
    page.mouse.down()
    page.mouse.up()
    region = explored.bouts(FRAMES, 2)[frame]
    expect(page.locator("#facts")).to_have_attribute("data-region", str(region))
    expect(page.locator("#facts")).to_have_attribute("data-pinned", "true")
    expect(page.locator("#ethogram")).to_have_attribute("data-brush", "")


def test_a_long_stretch_is_drawn_as_points(context, tmp_path):
    page = opened(context, written(explored.make(9000, clips=False), tmp_path))
    brush(page, 1, 1000, 8000)
    _, first, last = brushed(page)
    expect(page.locator("#map")).to_have_attribute("data-brush", str(last - first + 1))
    expect(page.locator("#map")).to_have_attribute("data-line", "false")
    expect(page.locator("#brushed")).to_contain_text("as points")


def test_frames_without_a_place_are_no_part_of_a_path(page):
    brush(page, 0, 0.5, 60)
    _, first, last = brushed(page)
    assert first < explored.LOST
    drawn = last + 1 - explored.LOST
    expect(page.locator("#map")).to_have_attribute("data-brush", str(drawn))
    to_time(page, 0, 2.5)
    expect(page.locator("#under")).to_contain_text("no place on the map · fly1 · frame 2 ·")


def test_a_brush_is_moved_and_resized(page):
    brush(page, 2, 500, 600)
    _, first, last = brushed(page)
    to_time(page, 2, (first + last) / 2)
    page.mouse.down()
    to_time(page, 2, (first + last) / 2 + 300)
    page.mouse.up()
    name, moved, end = brushed(page)
    assert name == "fly3" and end - moved == last - first and abs(moved - first - 300) <= 2
    to_time(page, 2, end + 1)
    page.mouse.down()
    to_time(page, 2, 1300)
    page.mouse.up()
    assert brushed(page)[1] == moved and abs(brushed(page)[2] - 1300) <= 2


def test_recordings_groups_and_far_frames_are_left_away(page):
    one = FRAMES - explored.LOST
    page.get_by_role("checkbox", name="fly1").uncheck()
    expect_points(page, 2 * one)
    expect(page.locator("#ethogram")).to_have_attribute("data-rows", "2")
    expect(page.locator("[data-group='wild type']")).to_have_js_property("indeterminate", True)
    page.get_by_role("checkbox", name="mutant").uncheck()
    expect_points(page, one)
    expect(page.get_by_role("checkbox", name="fly3")).not_to_be_checked()
    page.get_by_role("button", name="Show no recording").click()
    expect_points(page, 0)
    assert len(inked(page, "#points")[0]) == 0
    page.get_by_role("button", name="Show all recordings").click()
    expect_points(page, ALL)
    page.get_by_role("checkbox", name="Far frames").uncheck()
    far = 3 * sum(k % 20 == 0 for k in range(explored.LOST, FRAMES))
    expect_points(page, ALL - far)


def test_a_brush_goes_with_its_recording(page):
    brush(page, 1, 300, 400)
    page.get_by_role("checkbox", name="fly2").uncheck()
    expect(page.locator("#ethogram")).to_have_attribute("data-brush", "")
    expect(page.locator("#map")).to_have_attribute("data-brush", "0")


def test_points_by_group_have_the_colours_of_the_groups(page):
    page.get_by_label("Color").select_option("group")
    page.get_by_role("checkbox", name="wild type").uncheck()
    expect_points(page, FRAMES - explored.LOST)
    _, colours = inked(page, "#points")
    solid = colours[colours[:, 3] > 100, :3]
    shown = page.locator("label:has([data-group='mutant']) .swatch").evaluate(
        "swatch => getComputedStyle(swatch).backgroundColor"
    )
    expected = [int(v) for v in re.findall(r"\d+", shown)]
    assert len(solid) and np.abs(solid - expected).max() <= 3


def test_the_density_lies_where_the_frames_are(page):
    expect(page.locator("#field")).to_have_js_property("width", 1)
    page.get_by_label("Color").select_option("density")
    expect(page.locator("#legend")).to_be_visible()
    expect(page.locator("#field")).not_to_have_js_property("width", 1)
    dense, _ = inked(page, "#field", least=250, step=23)
    away = np.hypot(*(dense[:, None] - explored.CENTERS).transpose(2, 0, 1))
    assert away.min(axis=1).max() < explored.RADIUS and away.min(axis=0).max() < 1


def test_clips_play_and_pause(page):
    page.locator("#regions [data-number='2']").click()
    videos = page.locator("#clips video")
    expect(videos).to_have_count(3)
    page.wait_for_function(
        """() => [...document.querySelectorAll("#clips video")].every(
             video => video.readyState >= 2 && !video.paused && video.videoWidth === 160)"""
    )
    assert videos.evaluate_all("all => all.every(({muted, loop}) => muted && loop)")
    page.get_by_role("button", name="Pause the clips").click()
    assert videos.evaluate_all("all => all.every(({paused}) => paused)")


def test_clips_stand_where_motion_is_not_wanted(context, file):
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(file.as_uri())
    page.locator("#regions [data-number='2']").click()
    page.wait_for_function(
        """() => [...document.querySelectorAll("#clips video")].some(v => v.readyState >= 2)"""
    )
    assert page.locator("#clips video").evaluate_all("all => all.every(({paused}) => paused)")
    expect(page.get_by_role("button", name="Play the clips")).to_be_visible()


def test_zoom_keeps_the_place_under_the_mouse(page):
    center = np.array(screen(page, *explored.CENTERS[2]))
    at = np.floor(center)  # as the wheel tells it
    page.mouse.move(*at)
    for _ in range(3):
        page.mouse.wheel(0, -200)
    expect(page.locator("#map")).to_have_attribute("data-zoom", re.compile(r"3\.3"))
    expected = at + (center - at) * np.exp(600 / 500)
    assert np.allclose(screen(page, *explored.CENTERS[2]), expected, atol=0.5)
    expect(page.locator("#map")).to_have_attribute("data-region", "3")
    assert int(page.locator("#map").get_attribute("data-visible")) < ALL
    page.mouse.dblclick(*at)
    expect(page.locator("#map")).to_have_attribute("data-zoom", "1.000")


def test_the_keyboard_reaches_everything(page):
    def tab_to(selector):
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches({json.dumps(selector)})"):
                return
        raise AssertionError(f"Tab never reaches {selector}")

    tab_to("[data-recording=fly1]")
    page.keyboard.press("Space")
    expect_points(page, 2 * (FRAMES - explored.LOST))
    page.keyboard.press("Space")
    tab_to("#regions")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#facts")).to_have_attribute("data-region", "2")
    expect(page.locator("#regions [data-number='2']")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("n")
    expect(page.locator("#facts")).to_have_attribute("data-region", "3")
    tab_to("#map")
    page.keyboard.press("+")
    expect(page.locator("#map")).to_have_attribute("data-zoom", "1.250")
    before = page.locator("#map").get_attribute("data-left")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#map")).not_to_have_attribute("data-left", before)
    page.keyboard.press("r")
    expect(page.locator("#map")).to_have_attribute("data-zoom", "1.000")
    tab_to("#clips-pause")
    tab_to("#spectrum .field")
    page.keyboard.press("ArrowDown")
    tab_to("#ethogram")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#map")).not_to_have_attribute("data-brush", "0")
    name, first, last = brushed(page)
    assert name == "fly1"
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#ethogram")).not_to_have_attribute("data-brush", f"fly1:{first}-{last}")
    name, same, longer = brushed(page)
    assert same == first and longer > last
    page.keyboard.press("ArrowDown")
    expect(page.locator("#ethogram")).to_have_attribute("data-brush", f"fly2:{first}-{longer}")
    page.keyboard.press("Home")
    expect(page.locator("#ethogram")).to_have_attribute("data-brush", f"fly2:0-{longer - first}")
    page.keyboard.press("Escape")
    expect(page.locator("#ethogram")).to_have_attribute("data-brush", "")
    expect(page.locator("#facts")).to_have_attribute("data-pinned", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#facts")).to_have_attribute("data-pinned", "false")
    panels = ["recordings", "regions", "map", "ethogram", "top", "recordings"]
    page.locator("#top button").last.focus()
    for panel in panels:  # without a region there is nothing to do at the right
        page.keyboard.press("F6")
        assert page.evaluate(
            f"document.getElementById({json.dumps(panel)}).contains(document.activeElement)"
        )
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_all_that_takes_the_focus_has_a_name(page):
    page.locator("#regions [data-number='2']").click()
    brush(page, 0, 200, 300)
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]

    def focusable(node):
        return any(p["name"] == "focusable" and p["value"]["value"] for p in node["properties"])

    found = [n for n in nodes if not n["ignored"] and n.get("properties") and focusable(n)]
    nameless = [n["role"]["value"] for n in found if not n.get("name", {}).get("value", "").strip()]
    assert len(found) > 25 and nameless == []
    slider = page.get_by_role("slider", name="Brushed stretch")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^fly1 · \d\.\d\d s – "))
    expect(page.get_by_role("option", name="region 2, walking")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1024, 700), (1280, 800)])
def test_nothing_is_cut_off_from_1024_px_on(context, tmp_path, scheme, size):
    many = [(f"courtship_2026_11_{k}", "group" * (k % 5 + 1)) for k in range(120)]
    page = context.new_page()
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    page.emulate_media(color_scheme=scheme)
    page.goto(written(explored.make(300, many), tmp_path).as_uri())
    page.locator("#regions [data-number='2']").click()
    brush(page, 0, 100, 200)
    wide = page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll("body, main, aside, "
             + "#facts, #top, #above, #bottom, .heading")]
             .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth)
             .map(one => one.id || one.className + one.parentElement.id || one.tagName)"""
    )
    assert wide == []


def test_text_of_a_dataset_is_text(context, contents, tmp_path):
    odd = "</script><b id=odd>&amp;"
    regions = [region | {"name": odd} for region in contents.head["regions"]]
    path = written(headed(contents, dataset=odd, regions=regions, notes=[odd]), tmp_path)
    page = opened(context, path)
    expect(page.locator("#dataset")).to_have_text(odd)
    expect(page.locator("#map-notes")).to_have_text(odd)
    expect(page.locator("#odd")).to_have_count(0)
    assert page.title() == f"{odd} · behavior map"


def test_without_a_frame_rate_time_is_in_frames(context, contents, tmp_path):
    slow = [one | {"fps": None, "first": 500} for one in contents.head["recordings"]]
    page = opened(context, written(headed(contents, recordings=slow), tmp_path))
    expect(page.locator("#ethogram")).to_have_attribute("data-across", str(FRAMES + 500))
    page.locator("#ethogram").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#brushed")).to_contain_text("fly1 · frame")


def test_a_map_without_regions_and_frames_says_so(context, contents, tmp_path):
    empty = {name: b"" for name in ("points", "far", "spectra", "speeds")}
    flat = {name: bytes(len(contents.arrays[name])) for name in ("labels", "density")}
    head = contents.head | {"regions": [], "recordings": [], "clips": {}, "total": 0, "colours": {}}
    bare = replace(contents, head=head, arrays=empty | flat, clips=[])
    page = opened(context, written(bare, tmp_path))
    expect(page.locator("#regions")).to_have_text("The map has no regions.")
    expect_points(page, 0)
