"""Tracks are mended on the page of `leap proofread`, by keys, clicks and drags."""

import math
import re
import shutil
import signal
import statistics
from contextlib import suppress

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from fixtures import proofreading
from fixtures.label_server import copy_of
from fixtures.once import once
from fixtures.proofread_page import (
    animal,
    drag,
    expect_frame,
    frame_of,
    goto,
    lines,
    opened,
    place_of,
    prepared,
    screen,
    settled,
)
from fixtures.proofreader import Person, kinds
from fixtures.proofreading import FAULTS, FRAMES, ProofreadServer
from fixtures.scenes import degrees
from playwright.sync_api import Error, expect

from leap_core import containers
from leap_core.errors import UserError
from leap_core.preprocess import corrections

TRUTH = proofreading.truth()


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


@pytest.fixture
def page(server, context):
    """At the most doubtful moment."""
    return opened(server, context)


def told(server):
    """The corrections on the disk: action, first, last, animal, other."""
    return [(c.action, c.first, c.stop - 1, c.animal, c.other) for c in server.lines()]


def is_at(page, number, frame, of=None):
    """Whether an animal is drawn, soon, where it, or another one, really is in a frame."""
    real = number if of is None else of
    for _ in range(50):
        if animal(page, number).get_attribute("data-valid") == "true":
            x, y, turn = place_of(page, number)
            near = math.dist((x, y), TRUTH.centroid[real, frame]) < 1
            if near and degrees(math.radians(turn) - TRUTH.heading[real, frame]) < 2:
                return True
        page.wait_for_timeout(100)
    return False


def test_a_person_mends_twenty_faults(server, context, capsys):
    person = Person(opened(server, context), TRUTH, server.mended)
    person.mend()
    now = server.mended()
    assert not [frame for frame in range(FRAMES) if any(kinds(now, TRUTH, frame))]
    with capsys.disabled():
        spent = sorted(person.spent)
        print(f"\n{len(spent)} corrections, {person.keys} keys in all, for each {spent}")
    assert len(person.spent) == len(FAULTS)
    assert statistics.median(person.spent) < 10


def test_swap_to_the_end_is_one_key_and_shown_before_it_is_saved(page, server):
    goto(page, 850)
    assert is_at(page, 0, 850, of=1)
    page.route("**/lines", lambda route: None)  # no answer yet
    page.keyboard.press("Shift+S")
    expect(page.locator("#lines [data-state=waiting][data-action=swap]")).to_be_visible()
    expect(page.locator("#saved")).to_have_attribute("data-state", "saving")
    assert is_at(page, 0, 850) and is_at(page, 1, 850)
    assert not server.lines()
    page.on("dialog", lambda dialog: dialog.accept())  # "leave? 1 correction waits"
    page.unroute("**/lines")
    expect(page).to_have_url(re.compile("/850$"))  # which follows a little later
    page.reload()
    settled(page)
    assert lines(page) == [["swap", "saved"]]
    assert told(server) == [("swap", 850, FRAMES - 1, 0, 1)]
    assert is_at(page, 0, 850) and is_at(page, 1, 850)


def test_this_frame_until_and_to_the_end(page, server):
    goto(page, 320)
    page.keyboard.press("0")
    page.keyboard.press("f")
    assert prepared(page) == (310, 352), "what turns round at both ends"
    page.keyboard.press("f")
    assert prepared(page) == (320, 320)
    page.keyboard.press("f")
    assert prepared(page) == (320, FRAMES - 1)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    assert prepared(page) == (320, 331)
    page.keyboard.press("Escape")
    expect(page.locator("#strip")).to_be_hidden()
    page.keyboard.press("i")
    page.locator("#strip [data-way]", has_text="this frame").click()
    page.locator("#strip [data-do]").click()
    settled(page)
    assert told(server) == [("drop", 331, 331, 0, None)]
    expect(animal(page, 0)).to_have_attribute("data-valid", "false")


def test_an_kis_dragged_to_its_place_and_its_nose_turned(page, server):
    goto(page, 141)
    x, y, _ = place_of(page, 0)
    real, turn = TRUTH.centroid[0, 141], float(TRUTH.heading[0, 141])
    drag(page, (x, y), real)
    assert prepared(page) == (141, 141)
    half = proofreading.LONG / 2
    nose = [real[0] + half * math.cos(turn), real[1] + half * math.sin(turn)]
    far = [real[0] + 40 * math.cos(turn + 0.5), real[1] + 40 * math.sin(turn + 0.5)]
    drag(page, nose, far)
    page.keyboard.press("Enter")
    settled(page)
    [line] = server.lines()
    assert (line.action, line.first, line.stop, line.animal) == ("place", 141, 142, 0)
    assert math.dist((line.x, line.y), real) < 0.7
    assert degrees(line.heading - turn - 0.5) < 3
    assert place_of(page, 0)[:2] == pytest.approx((line.x, line.y), abs=0.01)


def test_a_lost_kis_drawn_from_its_middle_to_its_nose(page, server):
    goto(page, 64)
    page.keyboard.press("1")
    expect(animal(page, 1)).to_have_attribute("data-valid", "false")
    page.keyboard.press("p")
    expect(page.locator("#strip [data-do]")).to_be_disabled()
    drag(page, (100, 60), (100, 90))
    page.keyboard.press("Enter")
    settled(page)
    [line] = server.lines()
    assert (line.action, line.first, line.stop) == ("place", 64, 65)
    assert (line.x, line.y) == pytest.approx((100, 60), abs=0.7)
    assert math.degrees(line.heading) == pytest.approx(90, abs=3)


def test_fragments_are_joined_and_deleted(page, server):
    goto(page, 285)
    page.keyboard.press("0")
    page.keyboard.press("j")
    expect(page.locator("#strip")).to_contain_text("0 ← 1")
    page.locator("#strip [data-way]", has_text="this frame").click()
    page.keyboard.press("Enter")
    settled(page)
    assert is_at(page, 0, 285, of=1)
    expect(animal(page, 1)).to_have_attribute("data-valid", "false")
    goto(page, 300)
    page.keyboard.press("Delete")
    assert prepared(page) == (291, 309), "from where it is found to where it turns round"
    page.keyboard.press("Enter")
    settled(page)
    assert told(server) == [("join", 285, 285, 0, 1), ("drop", 291, 309, 0, None)]


def test_lines_are_taken_back_and_made_again_with_their_reasons(page, server):
    goto(page, 20)
    page.keyboard.press("/")
    page.keyboard.type("walks backwards")
    page.keyboard.press("Enter")
    page.keyboard.press("f")
    page.keyboard.press("Enter")
    settled(page)
    expect(page.locator("#lines .line")).to_contain_text("walks backwards")
    goto(page, 64)
    page.keyboard.press("1")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    settled(page)
    assert [c.reason for c in server.lines()] == ["walks backwards", ""]
    goto(page, 600)
    page.keyboard.press("Control+z")
    expect_frame(page, 60)  # what changes is shown
    settled(page)
    assert [action for action, *_ in told(server)] == ["flip"]
    page.keyboard.press("Control+y")
    settled(page)
    assert [action for action, *_ in told(server)] == ["flip", "bridge"]
    page.locator("#lines [data-remove='0']").click()
    settled(page)
    assert told(server) == [("bridge", 60, 68, 1, None)]
    assert not lines(page) == [] and is_at(page, 1, frame_of(page))
    page.keyboard.press("Control+y")
    settled(page)
    assert [(c.action, c.reason) for c in server.lines()][0] == ("flip", "walks backwards")


def test_an_accepted_moment_is_never_asked_again(page, server):
    before = int(page.locator("#left").get_attribute("data-left"))
    moment = page.locator("body").get_attribute("data-moment")
    page.keyboard.press("Enter")
    expect(page.locator("body")).not_to_have_attribute("data-moment", moment)
    settled(page)
    expect(page.locator("#left")).to_have_attribute("data-left", str(before - 1))
    page.keyboard.press("0")
    goto(page, 64)
    page.keyboard.press("Shift+I")  # a line elsewhere: the list is made anew
    settled(page)
    page.keyboard.press("Control+z")
    settled(page)
    page.reload()
    settled(page)
    expect(page.locator(f"#moments [data-moment='{moment}']")).to_have_count(0)
    page.locator("#filter").select_option("accepted")
    expect(page.locator(f"#moments [data-moment='{moment}']")).to_be_visible()
    assert not server.lines()


def test_another_window_shows_its_lines_and_none_is_overwritten(page, server, context, said):
    other = opened(server, context)
    for window, frame in ((other, 20), (page, 310)):
        goto(window, frame)
        window.keyboard.press("0")
    # the other one's line arrives while this page hears of nothing
    page.route("**/api/videos/pair/queue", lambda route: route.abort())
    page.route("**/api/videos/pair/track*", lambda route: route.abort())
    other.keyboard.press("Shift+F")
    settled(other)
    page.keyboard.press("Shift+F")
    expect(page.locator("#refused")).to_contain_text("1 correction was refused")
    expect(page.locator("#lines .foreign")).to_contain_text("new, from elsewhere")
    page.unroute("**/api/videos/pair/queue")
    page.unroute("**/api/videos/pair/track*")
    assert told(server) == [("flip", 20, FRAMES - 1, 0, None)]
    page.locator("#refused [data-retry]").click()
    settled(page)
    expect(page.locator("#refused")).to_be_hidden()
    both = [("flip", 20, FRAMES - 1, 0, None), ("flip", 310, FRAMES - 1, 0, None)]
    assert told(server) == both
    expect(other.locator("#lines .line")).to_have_count(2)
    said.clear()  # the browser itself writes of what was refused


def test_a_file_edited_by_hand_is_read_again(page, server):
    server.table.parent.mkdir(parents=True, exist_ok=True)
    server.table.write_text("action,first,last,animal,other,reason\nflip,20,44,0,,by hand\n")
    expect(page.locator("#lines .line")).to_contain_text("by hand")
    settled(page)
    goto(page, 30)
    assert is_at(page, 0, 30)


def test_lines_made_while_the_server_is_away_arrive_afterwards(own_server, context, said):
    server, page = own_server, opened(own_server, context)
    goto(page, 850)
    server.stop(signal.SIGKILL)
    page.keyboard.press("Shift+S")
    page.keyboard.press("Shift+I")
    expect(page.locator("#saved")).to_have_text("Not saved: 2 corrections wait")
    expect(page.locator("#banner")).to_be_visible()
    assert lines(page) == [["drop", "waiting"], ["swap", "waiting"]]
    server.start()
    settled(page)
    assert [action for action, *_ in told(server)] == ["swap", "drop"]
    said.clear()  # the browser itself writes that nobody answered


def test_a_full_disk_is_said_and_the_line_is_kept(page, server, said):
    goto(page, 850)
    page.route("**/lines", lambda route: route.fulfill(status=507, json={"error": "disk full"}))
    page.keyboard.press("Shift+S")
    expect(page.locator("#banner")).to_contain_text("disk full")
    expect(page.locator("#lines [data-state=waiting]")).to_be_visible()
    page.unroute("**/lines")
    page.evaluate("dispatchEvent(new Event('focus'))")  # who comes back need not wait
    settled(page)
    assert told(server) == [("swap", 850, FRAMES - 1, 0, 1)]
    said.clear()


def test_the_page_stays_usable_while_frames_come_slowly(page, server):
    waiting = []
    page.route("**/frames/*.jpg", lambda route: waiting.append(route))
    goto_only = page.locator("#frame-number")
    goto_only.fill("665")
    goto_only.press("Enter")
    expect(page.locator("#told-here")).to_have_text("Frame 665 is loading …")
    expect(animal(page, 0)).not_to_be_visible()  # nothing is drawn onto another frame's picture
    page.keyboard.press("Shift+S")
    expect(page.locator("#notices")).to_contain_text("still loading")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#told-here")).to_have_text("Frame 666 is loading …")
    page.keyboard.press("n")
    expect(page.locator("#moments [aria-selected=true]")).to_be_visible()
    page.unroute("**/frames/*.jpg")
    for route in waiting:
        with suppress(Error):  # one that nobody waits for any more
            route.continue_()
    goto(page, 665)
    page.keyboard.press("Shift+S")
    settled(page)
    assert told(server) == [("swap", 665, FRAMES - 1, 0, 1)]


def test_zoom_and_pan_stay_when_the_frame_changes(page):
    goto(page, 30)
    x, y, _ = place_of(page, 0)
    at = screen(page, x, y)
    page.mouse.move(*at)
    for _ in range(8):
        page.mouse.wheel(0, -100)
    expect(page.locator("#pane-here")).to_have_attribute("data-zoom", re.compile("[4-9]"))
    middle = (
        """e => [e.getBoundingClientRect()].map(r => [r.x + r.width / 2, r.y + r.height / 2])[0]"""
    )
    for _ in range(50):
        body = animal(page, 0).locator(".middle").evaluate(middle)
        if near := math.dist(body, at) < 4:
            break
        page.wait_for_timeout(100)
    assert near, "about the cursor"
    zoom = page.locator("#pane-here").get_attribute("data-zoom")
    page.keyboard.press("ArrowRight")
    expect_frame(page, 31)
    expect(page.locator("#pane-here")).to_have_attribute("data-zoom", zoom)
    page.keyboard.press("r")
    expect(page.locator("#pane-here")).to_have_attribute("data-zoom", "1")


def test_markers_are_hidden_while_a_key_is_held_and_the_tone_stays(page):
    page.keyboard.down("h")
    expect(page.locator("#animals-here [data-animal]")).to_have_count(0)
    page.keyboard.up("h")
    expect(page.locator("#animals-here [data-animal]")).to_have_count(2)
    page.locator("#tone summary").click()
    page.locator("#gamma").fill("2")
    page.reload()
    expect(page.locator("#gamma")).to_have_value("2")
    expect(page.locator("#picture-here")).to_have_attribute("style", re.compile("tone-filter"))


def test_playing_a_loop_around_the_moment_and_two_frames(page):
    goto(page, 510)
    page.keyboard.press("v")
    expect(page.locator("#speed")).to_have_text("½×")
    page.keyboard.press("l")
    expect(page.locator("#loop")).to_have_attribute("aria-pressed", "true")
    for _ in range(2):  # it comes round
        expect(page.locator("#pane-here")).to_have_attribute("data-frame", re.compile("^(49|50)"))
        expect(page.locator("#pane-here")).to_have_attribute("data-frame", re.compile("^5[1-4]"))
    page.keyboard.press("l")
    expect_frame(page, 510)
    page.keyboard.press("t")
    expect(page.locator("#pane-before")).to_be_visible()
    expect(page.locator("#pane-before")).to_have_attribute("data-frame", "509")
    expect(animal(page, 0, "before")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator("#pane-here")).to_have_attribute("data-frame", re.compile("^5[2-9]"))
    page.keyboard.press("Space")
    expect(page.locator("#pane-before")).to_have_attribute("data-frame", "509")


def test_the_timeline_goes_where_it_is_clicked(page):
    box = page.locator("#lanes").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.click(box["x"] + 76 + (box["width"] - 76) / 2, middle)
    settled(page)
    assert frame_of(page) == pytest.approx(FRAMES / 2, abs=3)
    page.mouse.move(box["x"] + box["width"] - 2, middle)
    for _ in range(6):
        page.mouse.wheel(0, -200)
    expect(page.locator("#timeline")).to_have_attribute("data-across", re.compile(r"^\d\d(\.|$)"))
    page.mouse.down()
    page.mouse.move(box["x"] + 77, middle, steps=5)
    page.mouse.up()
    settled(page)
    assert 800 < frame_of(page) < 880


def test_keys_are_shown_and_can_be_chosen(page, server):
    page.keyboard.press("?")
    dialog = page.locator("dialog#keys")
    dialog.locator("[data-rebind=swap-end]").click()
    page.keyboard.press("k")
    expect(dialog.locator("[data-action-row=swap-end] kbd")).to_have_text("K")
    page.keyboard.press("Escape")
    page.reload()
    settled(page)
    goto(page, 850)
    page.keyboard.press("k")
    settled(page)
    assert told(server) == [("swap", 850, FRAMES - 1, 0, 1)]


@pytest.mark.parametrize(("frame", "other"), [(100, 1), (500, 2)])
def test_a_swap_far_from_the_moment_is_with_the_nearest_animal(page, frame, other):
    """Three animals, of which 0 and 1 were met at frame 100, and 2 is the nearest one."""
    written = page.evaluate(
        """async (frame) => {
            const { openOperations } = await import("/page/operations.js");
            const written = [];
            const place = [0, 300, 20];
            const store = {
                video: { animals: 3, frames: 1000, fps: 25 }, frame, animal: 0,
                chosen: { animal: 0, other: 1, first: 100, last: 110 }, moments: [],
                track: {
                    size: { length: 40, width: 16 },
                    at: (_, k) => ({ x: place[k], y: 0, heading: 0, valid: true }),
                    need: async () => {},
                },
                emit() {}, write: (line) => written.push(line),
            };
            const operations = openOperations(store, {
                notify() {}, ready: () => true, reason: { take: () => "" },
            });
            await operations.arm("swap");
            operations.act();
            await operations.toEnd("swap");
            return written.map(({ animal, other, first }) => [animal, other, first]);
        }""",
        frame,
    )
    assert written == [[0, other, frame]] * 2


def test_a_stretch_longer_than_what_is_at_hand_ends_where_a_moment_tells(page):
    """Head and tail are exchanged from 20,000 to 30,000; another one jumps in between."""
    found = page.evaluate(
        """async () => {
            const { breakOf, breaksOf, stretchOf } = await import("/page/stretches.js");
            const at = (frame) => ({
                x: 0, y: 0, heading: frame >= 20000 && frame < 30000 ? 3.1 : 0,
                valid: frame < 40000 || frame > 40009,
            });
            const one = (kind, animal, first, last) => ({ kind, animal, first, last });
            const moments = [
                one("turn", 0, 20000, 20000), one("turn", 0, 30000, 30000),
                one("jump", 1, 25000, 25000), one("close", 0, 26000, 26100),
                one("lost", 0, 40000, 40009),
                { ...one("turn", 0, 0, 89999), whole: true },
            ];
            const broken = (frame) => breakOf(at(frame - 1), at(frame), 40);
            return [20000, 25000, 29999, 35000, 39000, 60000].map((frame) => {
                const known = breaksOf(moments, [0]);
                const { first, last } = stretchOf(frame, 90000, broken, known);
                return [first, last];
            }).concat([breaksOf(moments, [0, 1])]);
        }"""
    )
    flipped, right = [20000, 29999], [30000, 39999]
    assert found == [flipped] * 3 + [right] * 2 + [[40010, 89999], []]


def test_nothing_is_done_before_the_animals_are_drawn(page, server):
    held = []
    page.route("**/track?*", lambda route: held.append(route))
    page.reload()
    expect(page.locator("#pane-here[data-frame]:not(.loading)")).to_be_visible()
    page.keyboard.press("Shift+S")
    expect(page.locator("#notices")).to_contain_text("still loading")
    page.keyboard.press("Enter")
    assert told(server) == [] and not page.locator("#lines [data-line]").count()
    page.unroute("**/track?*")
    page.reload()
    expect(page.locator("#animals-here [data-animal]")).to_have_count(2)


def random_lines(rng, track, count):
    """Corrections of a track that can be made one after the other."""
    animals, frames = track.valid.shape
    found = []
    while len(found) < count:
        action = str(rng.choice(corrections.ACTIONS))
        one, two = map(int, rng.permutation(animals)[:2])
        first, last = sorted(map(int, rng.integers(0, frames, 2)))
        place = rng.uniform(0, 100, 2).tolist() + [rng.uniform(-3, 3)]
        x, y, heading = place if action == "place" else (None, None, None)
        other = two if action in ("swap", "join") else None
        line = corrections.Correction(action, first, last + 1, one, other, x, y, heading)
        with suppress(UserError):
            corrections.apply(track, [*found, line])
            found.append(line)
    return found


def test_what_is_shown_before_it_is_saved_is_what_the_pipeline_makes(page):
    rng = np.random.default_rng(11)
    shape = (3, 60)
    valid = rng.random(shape) > 0.1
    values = {"area": np.ones(shape), "quality": rng.random(shape)}
    values |= {"heading": rng.uniform(-3, 3, shape)}
    values = {name: np.where(valid, value, np.nan) for name, value in values.items()}
    centers = np.where(valid[..., None], rng.uniform(0, 100, (*shape, 2)), np.nan)
    track = containers.Track(centroid=centers, valid=valid, fps=30, **values)
    lines = random_lines(rng, track, 25)
    assert {line.action for line in lines} == set(corrections.ACTIONS)
    whole = [
        {name: getattr(line, name) for name in ("action", "first", "animal", "other", "x", "y")}
        | {"last": line.stop - 1, "heading_deg": math.degrees(line.heading or 0)}
        for line in lines
    ]
    base = [
        [
            {
                "x": float(centers[k, f, 0]),
                "y": float(centers[k, f, 1]),
                "heading": float(values["heading"][k, f]),
                "quality": float(values["quality"][k, f]),
                "valid": True,
            }
            if valid[k, f]
            else {"valid": False}
            for f in range(shape[1])
        ]
        for k in range(shape[0])
    ]
    shown = page.evaluate(
        """async ({base, lines}) => {
            const { corrected } = await import("/page/track.js");
            return base.map((frames, animal) => frames.map((_, frame) =>
                corrected((at, who) => base[who][at], lines, frame, animal)));
        }""",
        {"base": base, "lines": whole},
    )
    made = corrections.apply(track, lines)
    for k in range(shape[0]):
        for frame in range(shape[1]):
            there = shown[k][frame]
            assert there["valid"] == bool(made.valid[k, frame]), (k, frame)
            if there["valid"]:
                place = there["x"], there["y"], there["quality"]
                real = *made.centroid[k, frame], made.quality[k, frame]
                assert place == pytest.approx(real, abs=1e-3), (k, frame)
                assert degrees(there["heading"] - made.heading[k, frame]) < 0.01
