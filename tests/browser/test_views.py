"""All labels over one another, and the editor of the skeleton, by real clicks and keys."""

import shutil

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from fixtures import labeled, labeling
from fixtures.pages import SIDE, goto, marker, shown
from playwright.sync_api import expect

from leap_core import geometry, skeleton

MIDDLE = (SIDE - 1) / 2
SKELETON = "config/skeletons/fly32.yaml"


@pytest.fixture
def checking(odd_server, context):
    page = context.new_page()
    page.goto(odd_server.link + "#check")
    page.locator("[data-view=check]").click()
    expect(page.locator("#check-view")).to_have_attribute("data-frames", str(len(odd_server.made)))
    return page


def edited(server, context):
    """The editor of a server."""
    server.start()
    page = context.new_page()
    page.goto(server.link)
    page.locator("[data-view=skeleton]").click()
    expect(page.locator("#posing image[href]")).to_be_attached()
    return page


def on(page, name, x, y) -> tuple[float, float]:
    """Where a px of the crop is on the screen: the crop fills the shorter side, in the middle."""
    box = page.locator(name).bounding_box()
    each = min(box["width"], box["height"]) / SIDE
    left = box["x"] + (box["width"] - SIDE * each) / 2
    top = box["y"] + (box["height"] - SIDE * each) / 2
    return left + (x + 0.5) * each, top + (y + 0.5) * each


def draft(page, part):
    return page.locator(f"#draft-parts [data-draft-part={part}] .name")


def new_part(page, name, x, y):
    page.mouse.click(*on(page, "#posing", x, y))
    page.get_by_label("Name of the part").fill(name)
    page.keyboard.press("Enter")
    expect(draft(page, name)).to_be_visible()


def save(page):
    page.locator("#skeleton-save").click()
    expect(page.locator("#skeleton-next")).to_be_visible()
    expect(page.locator("#skeleton-view[data-dirty]")).to_have_count(0)


def points_of(server):
    """Key -> its labels, as they lie on the disk."""
    return {item.key: item.points for item in server.kept().labeled}


def key_of(server, number):
    return list(server.made)[number]


# ----- all labels over one another


def test_an_odd_label_is_a_click_away(checking, odd_server):
    key, (part, _) = key_of(odd_server, 2), labeled.ODD
    checking.mouse.move(*on(checking, "#cloud", *odd_server.made[key][part]))
    recording, frame, _ = key.split(".")
    expect(checking.locator(".where")).to_contain_text(f"{part} · {recording} · frame {frame}")
    checking.mouse.down()
    checking.mouse.up()
    shown(checking, key)
    expect(checking.locator(f"[data-part-row={part}]")).to_have_attribute("aria-selected", "true")
    expect(checking.locator("#label-view")).to_be_visible()


def test_what_looks_wrong_is_listed_and_opens(checking, odd_server):
    far, swapped = key_of(odd_server, 2), key_of(odd_server, 5)
    expect(
        checking.locator(f"[data-suspect=outlier][data-key='{far}'][data-part=thorax]")
    ).to_be_visible()
    for part in labeled.SWAPPED:
        suspect = checking.locator(f"[data-suspect='left/right'][data-key='{swapped}']")
        suspect.and_(checking.locator(f"[data-part={part}]")).click()
        shown(checking, swapped)
        row = checking.locator(f"[data-part-row={part}]")
        expect(row).to_have_attribute("aria-selected", "true")
        checking.locator("[data-view=check]").click()


def test_parts_that_are_hidden_cannot_be_hit(checking, odd_server):
    key, (part, _) = key_of(odd_server, 2), labeled.ODD
    count = sum(map(len, odd_server.made.values()))
    expect(checking.locator("#cloud")).to_have_attribute("data-points", str(count))
    at = on(checking, "#cloud", *odd_server.made[key][part])
    checking.get_by_role("button", name="None").click()
    checking.mouse.click(*at)
    expect(checking.locator("#check-view")).to_be_visible()
    checking.locator(f"[data-check-part={part}] input").check()
    checking.mouse.click(*at)
    shown(checking, key)


def test_labels_of_another_window_appear(checking, odd_server, context):
    other = context.new_page()
    other.goto(f"{odd_server.link.partition('?')[0]}#label/{key_of(odd_server, 0)}")
    thorax = other.locator("[data-part-row=thorax]")
    expect(thorax).to_have_attribute("data-state", "placed")  # the frame's labels are there
    thorax.click()
    expect(thorax).to_have_attribute("aria-selected", "true")
    count = sum(map(len, odd_server.made.values()))
    for key, state, left in (("Delete", "unset", count - 1), ("Control+z", "placed", count)):
        other.bring_to_front()
        other.keyboard.press(key)
        expect(thorax).to_have_attribute("data-state", state)
        expect(other.locator("#saved")).to_have_attribute("data-pending", "0")
        checking.bring_to_front()
        expect(checking.locator("#cloud")).to_have_attribute("data-points", str(left))


# ----- the skeleton


def test_a_renamed_part_keeps_its_labels_and_a_deleted_one_hides_them(idle_server, context):
    labeled.label(idle_server.folder)
    before = points_of(idle_server)
    page = edited(idle_server, context)
    draft(page, "head").click()
    page.keyboard.press("F2")
    page.keyboard.type("eyeL")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("a part eyeL already")
    page.keyboard.press("Control+a")
    page.keyboard.type("snout")
    page.keyboard.press("Enter")
    expect(page.locator("#skeleton-view .told")).to_contain_text("head is renamed to snout")
    expect(page.locator("#yaml")).to_contain_text("parts: [snout, eyeL")
    save(page)
    old = skeleton.read(idle_server.root / SKELETON)
    now = skeleton.read(idle_server.folder / SKELETON)
    assert now.parts == ("snout", *old.parts[1:])
    assert (now.edges, now.swap, now.axis) == (old.edges, old.swap, ("abdomen", "snout"))
    assert now.unpaired == ()  # still read off the names
    names = {part: "snout" if part == "head" else part for part in old.parts}
    assert points_of(idle_server) == {
        key: {names[part]: point for part, point in points.items()}
        for key, points in before.items()
    }
    # hidden, not lost
    draft(page, "wingL").click()
    page.keyboard.press("Delete")
    expect(page.locator("#skeleton-save")).to_have_text(f"Save, hide {len(before)} labels")
    expect(page.locator("#roles .warning")).to_contain_text("wingR")
    save(page)
    assert "wingL" not in skeleton.read(idle_server.folder / SKELETON).parts
    assert all("wingL" in points for points in points_of(idle_server).values())
    page.locator("[data-view=label]").click()
    goto(page, next(iter(before)))
    expect(page.locator("[data-part-row=snout]")).to_have_attribute("data-state", "placed")
    expect(page.locator("[data-part-row=wingL]")).to_have_count(0)


def test_a_part_is_added_joined_and_taken_back(idle_server, context):
    labeled.label(idle_server.folder)
    before = points_of(idle_server)
    page = edited(idle_server, context)
    new_part(page, "antenna", 170, 60)
    page.keyboard.press("Control+z")
    expect(draft(page, "antenna")).to_have_count(0)
    page.keyboard.press("Control+y")
    expect(draft(page, "antenna")).to_have_count(1)
    page.locator("[data-choose=edges]").click()
    for part in ("antenna", "head"):
        draft(page, part).click()
    # dragged by so much
    page.locator("[data-choose=parts]").click()
    page.mouse.move(*on(page, "#posing", 170, 60))
    page.mouse.down()
    page.mouse.move(*on(page, "#posing", 180, 50), steps=4)
    page.mouse.up()
    save(page)
    now = skeleton.read(idle_server.folder / SKELETON)
    old = skeleton.read(idle_server.root / SKELETON)
    assert now.parts == (*old.parts, "antenna")
    assert now.edges == (*old.edges, (32, 0))
    assert now.pose["antenna"] == pytest.approx((180 - MIDDLE, 50 - MIDDLE), abs=0.01)
    assert points_of(idle_server) == before
    page.locator("[data-view=label]").click()
    expect(marker(page, "antenna")).to_have_attribute("data-state", "unset")
    at = [float(marker(page, "antenna").get_attribute(f"data-{axis}")) for axis in "xy"]
    assert at == pytest.approx([180, 50], abs=0.01)


def settled(locator):
    """Wait until the page has laid it out: it grows once its picture is there."""
    before = None
    while (box := locator.bounding_box()) != before:
        before = box
        locator.page.wait_for_timeout(300)


def test_a_skeleton_from_nothing_on_a_frame_of_a_video(idle_server, context):
    folder = idle_server.folder
    (folder / SKELETON).unlink()
    for made in ("crops", "sampling", "tracks"):
        shutil.rmtree(folder / "results" / labeling.NAME / made)
    idle_server.options = ()
    idle_server.start()
    page = context.new_page()
    page.goto(idle_server.link)
    expect(page.locator("#skeleton-view")).to_be_visible()
    expect(page.locator(".aim-hint")).to_be_visible()
    # a line from tail to head of the animal of the first frame
    settled(page.locator("#posing"))
    truth = labeling.true_points(folder, "fly1", 0)
    tail, head = (np.array(truth[part]) for part in ("abdomen", "head"))
    for action, at in ((page.mouse.down, tail), (page.mouse.up, head)):
        page.mouse.move(*of_video(page, *at), steps=3)
        action()
    expect(page.locator(".aim-hint")).to_be_hidden()
    heading = np.arctan2(*(head - tail)[::-1])
    for part in ("head", "eyeL", "thorax", "forelegR4"):
        # the picture is turned as the pipeline turns crops
        expected = geometry.to_crop([truth[part]], (tail + head) / 2, heading, SIDE)[0]
        assert of_video(page, *truth[part]) == pytest.approx(on(page, "#posing", *expected), abs=1)
    places = {"nose": (150, 95), "tail": (40, 97), "ear1": (130, 70), "ear2": (130, 120)}
    for name, at in places.items():
        new_part(page, name, *at)
    page.locator("[data-choose=edges]").click()
    for name in ("tail", "nose", "ear1"):  # one after the other, as along a leg
        page.mouse.click(*on(page, "#posing", *places[name]))
    page.locator("#symmetry").select_option("listed")
    page.locator("#pair-two").click()
    for name in ("ear1", "ear2"):
        page.mouse.click(*on(page, "#posing", *places[name]))
    expect(page.locator("[data-pair='ear1 ear2']")).to_be_visible()
    page.locator("[data-role=tail]").select_option(label="tail")
    page.locator("[data-role=head]").select_option(label="nose")
    page.locator("[data-lists=groups] button", has_text="Add a group").click()
    for name in ("nose", "ear1"):
        page.mouse.click(*on(page, "#posing", *places[name]))
    expect(page.locator("#yaml")).to_contain_text("head: [nose, ear1]")
    save(page)
    expect(page.locator("#skeleton-next")).to_contain_text(
        "snakemake --cores all alignment --configfile config/lab.yaml"
    )
    found = skeleton.read(folder / SKELETON)
    assert found.parts == ("nose", "tail", "ear1", "ear2")
    assert found.edges == ((1, 0), (0, 2))
    assert found.pairs == [("ear1", "ear2")]
    assert (found.axis, found.center, found.legs) == (("tail", "nose"), None, {})
    assert found.groups == {"head": ("nose", "ear1")}
    for name, (x, y) in places.items():
        assert found.pose[name] == pytest.approx((x - MIDDLE, y - MIDDLE), abs=0.01)


def of_video(page, x, y):
    """Where the browser has drawn the middle of a px of the frame."""
    return page.locator("#posing image").evaluate(
        """(image, [x, y]) => {
          const at = new DOMPoint(x + 0.5, y + 0.5).matrixTransform(image.getScreenCTM());
          return [at.x, at.y];
        }""",
        [float(x), float(y)],
    )
