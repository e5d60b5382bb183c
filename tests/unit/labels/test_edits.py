"""A journal and its snapshot amount to the labels, and to a checksum of what is learned from."""

import json

import pytest
from fixtures import browser

from leap_core.errors import UserError
from leap_core.labels import edits
from leap_core.labels.edits import Item, Point

CROP = [100.0, 80.0, 0.5, 96]


def edit(frame=1, revision=1, crop=CROP, **points):
    return browser.edit(f"fly.{frame}.0", crop, points, revision=revision)


def other(operation, key="fly.1.0", **more):
    """A line that is no edit."""
    line = browser.edit(key, CROP, {}) | {"op": operation, "seconds": 0.0, "id": f"{operation}1"}
    return line | more


def read(folder, *lines):
    browser.append(folder, *lines)
    return edits.read(folder)


def test_a_folder_without_labels_is_empty(tmp_path):
    assert edits.read(tmp_path / "none").items == {}
    assert edits.read(tmp_path / "none").digest() == edits.LabelSet().digest()


def test_lines_are_carried_out_in_order(tmp_path):
    unlabel = edit(revision=2)
    unlabel["points"] = {"tail": None}
    moved = edit(revision=3, crop=[101.0, 82.0, -0.5, 128], head=(8, 9, "occluded"))
    found = read(
        tmp_path,
        edit(head=(1.5, 2.25), tail=(3, 4), ear=None),
        edit(frame=7, head=(5, 6)),
        unlabel,
        moved,
        other("time", seconds=4.0),
        other("add", "fly.9.1"),
    )
    assert list(found.items) == ["fly.1.0", "fly.7.0", "fly.9.1"]
    assert found.items["fly.1.0"] == Item(
        key="fly.1.0",
        video="fly",
        frame=1,
        animal=0,
        center=(101.0, 82.0),
        heading=-0.5,
        size=128,
        points={
            "head": Point(8, 9, "occluded", "ann", "drag"),
            "ear": Point(None, None, "absent", "ann", "drag"),
        },
        revision=3,
        done=True,
        seconds=11.5,
    )
    added = found.items["fly.9.1"]
    assert (added.animal, added.added, added.points, added.done) == (1, True, {}, False)
    assert [item.key for item in found.labeled] == ["fly.1.0", "fly.7.0"]


def test_both_sides_of_a_conflict_are_kept_until_a_person_chooses(tmp_path):
    late = other("conflict", id="c1", by="bob") | {"points": edit(head=(7, 7))["points"]}
    found = read(tmp_path, edit(head=(1, 1)), late, late | {"id": "c2"})
    item = found.items["fly.1.0"]
    assert (item.points["head"].x, item.revision) == (1, 1)
    assert [(c["id"], c["by"], c["points"]["head"]["x"]) for c in item.conflicts] == [
        ("c1", "bob", 7),
        ("c2", "bob", 7),
    ]
    found = read(tmp_path, other("resolve", conflict="c1"))
    assert [c["id"] for c in found.items["fly.1.0"].conflicts] == ["c2"]
    found = read(tmp_path, edit(revision=2, head=(7, 7)) | {"conflict": "c2"})
    item = found.items["fly.1.0"]
    assert item.conflicts == [] and item.points["head"].x == 7


def test_labels_go_with_the_new_names_of_parts(tmp_path):
    late = other("conflict", id="c1") | {"points": edit(left=(7, 7))["points"]}
    renamed = {"op": "rename", "parts": {"left": "right", "right": "left", "tip": "foot"}}
    found = read(
        tmp_path,
        edit(left=(1, 1), right=(2, 2), tip=(3, 3), foot=(9, 9), head=(4, 4)),
        late,
        renamed,
    )
    item = found.items["fly.1.0"]
    # `foot` was taken out of the skeleton before `tip` got its name
    assert {part: point.x for part, point in item.points.items()} == {
        "right": 1,
        "left": 2,
        "foot": 3,
        "head": 4,
    }
    assert list(item.conflicts[0]["points"]) == ["right"]


def test_a_snapshot_may_be_older_than_the_journal(tmp_path):
    read(tmp_path, edit(head=(1, 1)), edit(frame=2, head=(2, 2)))
    browser.snapshot(tmp_path)
    found = read(tmp_path, edit(revision=2, head=(3, 3)), other("time", seconds=2.0))
    item = found.items["fly.1.0"]
    assert (item.points["head"].x, item.seconds) == (3, 7.0)
    (tmp_path / edits.SNAPSHOT).unlink()
    assert edits.read(tmp_path) == found


def test_a_snapshot_without_its_journal_is_what_there_is(tmp_path):
    found = read(tmp_path, edit(head=(1, 1, "occluded"), tail=None), other("add", "fly.9.0"))
    browser.snapshot(tmp_path)
    (tmp_path / edits.JOURNAL).unlink()
    assert edits.read(tmp_path) == found


def test_a_snapshot_of_another_journal_is_refused(tmp_path):
    """As when one of the two comes from a backup: lines would be lost, or counted twice."""
    read(tmp_path, edit(head=(1, 1)), edit(frame=2, head=(2, 2)))
    browser.snapshot(tmp_path)
    lines = (tmp_path / edits.JOURNAL).read_bytes().splitlines(keepends=True)
    for content in (lines[0], lines[0] + lines[1][:-20] + lines[1]):
        (tmp_path / edits.JOURNAL).write_bytes(content)
        with pytest.raises(UserError, match=r"journal.jsonl: is not the journal of the snapshot"):
            edits.read(tmp_path)


def test_a_line_that_was_cut_off_is_none(tmp_path):
    before = read(tmp_path, edit(head=(1, 1)))
    with (tmp_path / edits.JOURNAL).open("ab") as file:
        file.write(b'{"op":"edit","key":"fly.1.0","poi')
    assert edits.read(tmp_path) == before
    after = read(tmp_path, edit(frame=2, head=(2, 2)))
    assert list(after.items) == ["fly.1.0", "fly.2.0"]
    for line in (tmp_path / edits.JOURNAL).read_text().splitlines():
        assert json.loads(line)["op"] == "edit"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"op": "edit", "key"\n', "journal.jsonl: the line that ends at byte .* is damaged"),
        (b"[1, 2]\n", "the line that ends at byte .* is damaged"),
        (b"\x00\x00\xff\n", "the line that ends at byte .* is damaged"),
        (b'{"op": "paint"}\n', "operation 'paint' that this version does not know"),
        (b'{"op": "edit", "key": "a.1.0"}\n', "not as this version writes it"),
    ],
)
def test_a_damaged_line_in_the_middle_is_named(tmp_path, line, told):
    read(tmp_path, edit(head=(1, 1)))
    with (tmp_path / edits.JOURNAL).open("ab") as file:
        file.write(line)
    browser.append(tmp_path, edit(frame=2, head=(2, 2)))
    with pytest.raises(UserError, match=told):
        edits.read(tmp_path)


@pytest.mark.parametrize(
    "point",
    [
        {"x": 1.0, "y": None, "state": "placed"},
        {"x": None, "y": None, "state": "occluded"},
        {"x": 1.0, "y": float("nan"), "state": "placed"},
        {"x": 1.0, "y": 2.0, "state": "absent"},
        {"x": 1.0, "y": 2.0, "state": "seen"},
        {"x": "1", "y": 2.0, "state": "placed"},
        {"x": 1.0, "y": 2.0, "state": "placed", "sure": True},
    ],
)
def test_a_point_that_is_none_is_refused(tmp_path, point):
    line = edit(head=(1, 1))
    line["points"]["head"] = point
    (tmp_path / edits.JOURNAL).write_text(json.dumps(line) + "\n")
    with pytest.raises(UserError, match="not as this version writes it"):
        edits.read(tmp_path)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"items": []}', '{"journal_bytes": 0, "format": "x"}']
)
def test_a_damaged_snapshot_is_named(tmp_path, text):
    (tmp_path / edits.SNAPSHOT).write_text(text)
    with pytest.raises(UserError, match=r"labels\.json"):
        edits.read(tmp_path)


def test_the_checksum_is_that_of_what_is_learned_from(tmp_path):
    one, two = edit(head=(1, 1)), edit(frame=2, tail=(5, 6))
    digest = read(tmp_path / "a", one, two).digest()
    # who, when, how long, in which order, and looks that label nothing
    told = one | {"by": "bob", "time": "2027-01-01T00:00:00+00:00", "seconds": 90.0}
    told["points"] = {"head": one["points"]["head"] | {"by": "bob", "how": "accepted"}}
    looks = other("time", seconds=3.0), other("add", "fly.8.0")
    again = edit(frame=2, revision=2, tail=(5, 6)) | {"done": False}
    assert read(tmp_path / "b", two, told, *looks, again).digest() == digest
    browser.snapshot(tmp_path / "b")
    assert edits.read(tmp_path / "b").digest() == digest
    for k, change in enumerate(
        [
            edit(revision=2, head=(1, 1.01)),
            edit(revision=2, head=(1, 1, "occluded")),
            edit(revision=2, head=None),
            edit(revision=2, nose=(1, 1)),
            edit(frame=3, head=(1, 1)),
            edit(revision=2, crop=[150.0, 80.0, 0.5, 96], head=(1, 1)),
        ]
    ):
        assert read(tmp_path / f"c{k}", one, two, change).digest() != digest
