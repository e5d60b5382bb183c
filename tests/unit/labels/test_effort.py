"""Work per frame from journals written by hand, whose answers are known."""

import json

import numpy as np
import pytest

from leap_core.errors import UserError
from leap_core.io import journal
from leap_core.labels import edits, effort


class Writer:
    """Lines as the page's server writes them."""

    def __init__(self, folder):
        self.folder = folder
        self._file = journal.Journal(folder / edits.JOURNAL)
        self._state = edits.LabelSet()

    def __call__(self, op, **line):
        line = {"op": op, "id": "1", "by": "ann", "time": "2026-01-02T03:04:05+00:00"} | line
        if "key" in line:
            video, frame, animal = line["key"].split(".")
            place = {"video": video, "frame": int(frame), "animal": int(animal)}
            line |= place | {"crop": [10, 10, 0, 20], "how": ""}
        self._file.append(line)
        self._state.apply(line)

    def edit(self, key, points, seconds=0.0, **more):
        """``points``: part -> what was done (None unlabels it), and the network shown."""
        item = self._state.items.get(key)
        told = {part: point(*what) if what else None for part, what in points.items()}
        was = item.done if item else False
        line = {"points": told, "revision": item.revision + 1 if item else 1}
        self("edit", key=key, **line | {"done": was, "was_done": was, "seconds": seconds} | more)

    def work(self):
        return effort.read(self.folder)


def point(how, model="", state="placed"):
    xy = None if state == "absent" else 5.0
    return {"x": xy, "y": xy, "state": state, "by": "ann", "how": how, "model": model}


@pytest.fixture
def write(tmp_path):
    return Writer(tmp_path)


def counts(work):
    return work.placed, work.moved, work.accepted, work.copied


def test_a_frame_placed_by_hand_and_one_with_estimates(write):
    write.edit("a.1.0", {"head": ("place",)}, 3.5)
    write("time", key="a.1.0", seconds=2.0)
    write.edit("a.1.0", {"tail": ("place",), "leg": ("state", "", "absent")}, 1.25)
    write.edit("a.1.0", {"tail": ("drag",)}, 0.25)
    write.edit("a.1.0", {}, 0.5, done=True)
    write("model", model="fast-1", frames=1)
    write.edit("b.7.2", {"head": ("drag", "fast-1")}, 1.0)
    accepted = {part: ("accepted", "fast-1") for part in ("tail", "leg")}
    write.edit("b.7.2", accepted, 0.5, done=True, by="bob")
    first, second = write.work()
    assert (first.key, first.person, first.seconds) == ("a.1.0", "ann", 7.5)
    assert counts(first) == (3, 0, 0, 0), "a part that was placed and dragged is one part"
    assert (first.learned_from, first.model, first.moves) == (0, "", 3)
    assert (second.key, second.person, second.seconds) == ("b.7.2", "bob", 1.5)
    assert counts(second) == (0, 1, 2, 0)
    assert (second.learned_from, second.model, second.moves) == (1, "fast-1", 1)


def test_what_was_undone_is_not_counted(write):
    write.edit("a.1.0", {"head": ("place",), "tail": ("place",)}, 4.0)
    write.edit("a.1.0", {"tail": None}, undo=True)
    write.edit("a.1.0", {}, 1.0, done=True)
    assert [counts(work) for work in write.work()] == [(1, 0, 0, 0)]


def test_a_frame_that_was_taken_back_counts_when_it_is_done_again(write):
    for key in ("a.1.0", "a.2.0"):
        write.edit(key, {"head": ("place",)}, 2.0)
        write.edit(key, {}, 1.0, done=True)
    write.edit("a.1.0", {}, done=False, undo=True)
    assert [work.key for work in write.work()] == ["a.2.0"]
    write.edit("a.1.0", {"tail": ("place",)}, 3.0)
    write.edit("a.1.0", {}, 1.0, done=True)
    last = write.work()[-1]
    assert [work.key for work in write.work()] == ["a.2.0", "a.1.0"]
    assert (last.placed, last.seconds) == (2, 7.0)


def test_work_after_a_frame_was_done_stands_apart(write):
    write.edit("a.1.0", {"head": ("place",)}, 2.0, done=True)
    write("model", model="fast-1", frames=1)
    write.edit("a.1.0", {"head": ("drag", "fast-1"), "tail": ("drag", "fast-1")}, 6.0)
    write("time", key="a.1.0", seconds=0.5)
    (work,) = write.work()
    assert (work.seconds, work.seconds_later) == (2.0, 6.5)
    assert counts(work) == (1, 0, 0, 0) and work.learned_from == 0


def test_the_last_of_several_networks_is_the_one_that_was_shown(write):
    write("model", model="fast-2", frames=10)
    write.edit("a.1.0", {"head": ("drag", "fast-2")})
    write("model", model="fast-10", frames=50)
    write.edit("a.1.0", {"tail": ("accepted", "fast-10")}, done=True)
    (work,) = write.work()
    assert (work.model, work.learned_from) == ("fast-10", 50)


def test_copied_parts_are_no_moves(write):
    write.edit("a.2.0", {part: ("copy",) for part in ("head", "tail", "leg")}, 1.0)
    write.edit("a.2.0", {"leg": ("drag",)}, 1.0, done=True)
    assert counts(write.work()[0]) == (1, 0, 0, 2)


def test_parts_that_are_renamed_stay_parts(write):
    write.edit("a.1.0", {"head": ("place",)}, 1.0)
    write("rename", parts={"head": "nose"})
    write.edit("a.1.0", {"nose": ("drag",)}, 1.0, done=True)
    assert counts(write.work()[0]) == (1, 0, 0, 0)


def test_a_network_of_which_the_journal_does_not_tell(write):
    write.edit("a.1.0", {"head": ("accepted", "old-3")}, 1.0, done=True)
    (work,) = write.work()
    assert work.model == "old-3" and np.isnan(work.learned_from)


def test_the_table_has_a_row_a_frame_and_its_columns_without_any(write, tmp_path):
    columns = ["key", "person", "seconds", "placed", "moved", "accepted", "copied"]
    columns += ["learned_from", "model", "seconds_later"]
    assert list(effort.table([]).columns) == columns
    write.edit("a.1.0", {"head": ("place",)}, 2.0)
    assert effort.read(tmp_path / "nowhere") == write.work() == [], "one frame, not done"
    before = effort.digest(write.work())
    write.edit("a.1.0", {}, 2.0, done=True)
    made = effort.table(write.work())
    assert list(made.columns) == columns and made.loc[0, "seconds"] == 4.0
    assert effort.digest(write.work()) != before


def test_a_table_comes_back_from_its_file_whatever_the_names(write, tmp_path):
    write.edit("a.1.0", {"head": ("place",)}, 2.0, done=True, by="NA")
    write.edit("a.2.0", {"head": ("accepted", "null")}, 2.0, done=True, by="007")
    made = effort.table(write.work())
    made.to_csv(tmp_path / "effort.csv", index=False)
    assert effort.read_table(tmp_path / "effort.csv").equals(made)


@pytest.mark.parametrize(
    "line", [{"op": "model"}, {"op": "edit", "key": "a.1.0"}, {"op": "from the future"}]
)
def test_a_journal_of_another_version_is_refused_by_name(tmp_path, line):
    (tmp_path / edits.JOURNAL).write_text(json.dumps(line) + "\n")
    with pytest.raises(UserError, match=r"journal\.jsonl"):
        effort.read(tmp_path)
