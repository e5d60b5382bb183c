"""Regions named, merged and split by hand: a small map of known squares, and one that was made."""

import numpy as np
import pytest
from fixtures.dancers import SMALL
from scipy.ndimage import maximum_filter

from leap_core import behavior
from leap_core.behavior import region_edits, regions
from leap_core.behavior.region_edits import HEADER, Edit
from leap_core.containers import BehaviorMap
from leap_core.errors import UserError

EDGES = np.linspace(-20, 20, 41)  # a bin is a map unit


def squares():
    """1 and 2 side by side with a line between them, 3 apart; nothing else inside."""
    found = np.zeros((40, 40), np.int16)
    found[5:15, 5:15], found[5:15, 16:26], found[25:35, 5:15] = 1, 2, 3
    density = np.where(found > 0, 1.0, 0.0)
    density[5:15, 15] = 1.0
    return found, density


def applied(*edits):
    found, density = squares()
    return region_edits.apply(found, EDGES, density, [Edit("k", *edit) for edit in edits])


def test_a_merge_takes_the_line_between_and_nothing_around():
    made = applied(("merge", 2, 1))
    assert made.ids.tolist() == [1, 3] and made.origins == ["1+2", "3"]
    whole = np.zeros((40, 40), bool)
    whole[5:15, 5:26] = True
    assert ((made.labels == 1) == whole).all()
    far = applied(("merge", 3, 1))
    assert (far.labels == 1).sum() == 200 and far.labels[10, 15] == 0


def test_a_merge_leaves_all_other_regions_as_they_were():
    # many regions, so that lines meet: bins there touch one region alone
    crowd = np.random.default_rng(3).uniform(-18, 18, (400, 2))
    height = regions.density(crowd, 201, 1.2)
    found = regions.watershed_regions(height, 1e-5).astype(np.int16)
    edges = np.linspace(-20, 20, 202)
    beside = [
        (a, b)
        for a in range(1, 9)
        for b in range(a + 1, int(found.max()) + 1)
        if (grown(found == a) & grown(found == b)).sum() > 5
    ]
    assert len(beside) > 10
    for a, b in beside:
        made = region_edits.apply(found, edges, height, [Edit("k", "merge", b, a)]).labels
        both = np.isin(found, (a, b))
        assert (made[both] == a).all()
        assert (made[~both & (found > 0)] == found[~both & (found > 0)]).all()
        new = (made > 0) & (found == 0)
        assert new.any() and (made[new] == a).all()
        # a line between regions that were merged, up to where it meets another
        touches = np.stack([grown(found == k) for k in range(1, int(found.max()) + 1)])[:, new]
        assert not np.delete(touches, [a - 1, b - 1], axis=0).any()


def grown(part):
    return maximum_filter(part, 3)


def test_a_line_through_merged_regions_loses_no_bin():
    # along the row through the middle of both, over the line between them
    merged = applied(("merge", 2, 1)).labels == 1
    made = applied(("merge", 2, 1), ("split", 1, None, (-20, -10, 20, -10)))
    assert made.ids.tolist() == [1, 3, 4]
    assert (np.isin(made.labels, (1, 4)) == merged).all()


def test_left_of_the_line_becomes_a_region_of_its_own():
    # from left to right through the middle of region 3 (y from 5 to 15): the upper half is left
    made = applied(("split", 3, None, (-20, 10, 20, 10)))
    assert made.ids.tolist() == [1, 2, 3, 4]
    assert (made.labels[25:30, 5:15] == 3).all() and (made.labels[30:35, 5:15] == 4).all()
    back = applied(("split", 3, None, (20, 10, -20, 10)))
    assert (back.labels[25:30, 5:15] == 4).all() and back.origins[2:] == ["3 (part)"] * 2
    again = applied(("split", 3, None, (-20, 10, 20, 10)), ("merge", 4, 3))
    assert (again.labels == squares()[0]).all()


def test_numbers_stay_while_a_person_edits():
    made = applied(
        ("name", 1, None, None, "walking"),
        ("merge", 1, 2),
        ("split", 3, None, (-20, 10, 20, 10)),
        ("name", 4, None, None, "rearing"),
        ("name", 3, None, None, "sniffing"),
        ("name", 3),
    )
    assert dict(zip(made.ids.tolist(), made.names, strict=True)) == {
        2: "walking", 3: "", 4: "rearing",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("edits", "why"),
    [
        ([("name", 4, None, None, "walking")], "no region 4"),
        ([("merge", 2, 1), ("name", 2, None, None, "gone")], "no region 2"),
        ([("merge", 2, 2)], "with itself"),
        ([("split", 1, None, (0, 0, 0, 1))], "does not cross region 1"),
    ],
)
def test_what_cannot_be_carried_out_is_refused(edits, why):
    with pytest.raises(UserError, match=why):
        applied(*edits)


def test_a_file_is_read_as_it_was_written_and_comments_stay(tmp_path):
    edits = [
        Edit("k1", "name", 1, None, None, "walks, fast", "ann"),
        Edit("k2", "merge", 2, 1),
        Edit("k1", "split", 3, None, (-3.5, 2.0, 4.25, 1.0)),
    ]
    text = "# with Ann\n"
    for edit in edits:
        text = region_edits.added(text, edit)
    path = tmp_path / "region_edits.csv"
    path.write_text(text, encoding="utf-8")
    assert region_edits.read(path) == edits
    assert region_edits.of_map(edits, "k1") == ([edits[0], edits[2]], 1)
    less = region_edits.without_last(text, "k1")
    path.write_text(less, encoding="utf-8")
    assert region_edits.read(path) == edits[:2] and less.startswith("# with Ann\n")
    assert region_edits.without_last(less, "k3") == less


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("k,rename,1,,,,,,x,", "no action 'rename'"),
        ("k,merge,1,,,,,,,", "other '' is no region"),
        ("k,merge,0,1,,,,,,", "region '0' is no region"),
        ("k,name,1,2,,,,,x,", "name takes no other"),
        ("k,merge,1,2,,,,,x,", "merge takes no name"),
        ("k,split,1,,0,0,1,,,", "a number for y2"),
        ("k,split,1,,0,0,inf,1,,", "a number for x2"),
        ("k,split,1,,2,3,2,3,,", "one place"),
        (f"k,name,1,,,,,,{'x' * 61},", "too long"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, line, why):
    path = tmp_path / "region_edits.csv"
    path.write_text(",".join(HEADER) + "\n# a comment\n" + line + "\n", encoding="utf-8")
    with pytest.raises(UserError, match=f"region_edits.csv line 3: .*{why}"):
        region_edits.read(path)


def test_a_map_is_made_with_the_edits_of_its_own_regions_only(mapped, tmp_path):
    *_, embedding, found, area = mapped
    plain = behavior.build_map(embedding, found, SMALL)
    assert (plain.labels == plain.found).all() and not any(plain.names)
    assert plain.key == region_edits.key_of(plain.labels)
    count = len(plain.occupancy)
    assert count > 2
    mine = [
        Edit(plain.key, "merge", count, 1),
        Edit(plain.key, "name", 2, None, None, "turning"),
        Edit("0" * 12, "merge", 2, 1),
    ]
    made = behavior.build_map(embedding, found, SMALL, mine)
    made.write(tmp_path / "map.h5")
    made = BehaviorMap.read(tmp_path / "map.h5")
    assert made.key == plain.key and (made.found == plain.labels).all()
    assert "region_edits.csv: edits of another map are not applied (1)" in made.note
    assert len(made.occupancy) == count - 1
    # numbers go by visits again: no frame that was in a region is lost
    assert (np.diff(made.occupancy) <= 0).all()
    both = plain.occupancy[0] + plain.occupancy[-1]
    assert both - 1e-6 <= made.occupancy[0] < both + 0.02
    assert made.title(made.ids.tolist().index(2) + 1).endswith("turning")
    assert made.origins[0] == f"1+{count}"
    placed = [behavior.assign(b, made).region for b in found]
    share = np.mean(np.concatenate(placed) == 1)
    known = np.concatenate([np.isfinite(b.z[:, 0]) for b in found]).mean()
    assert share == pytest.approx(made.occupancy[0] * known, rel=1e-6)
    # what is compared with other maps stays as it was found
    for one, other in zip(regions.as_found(found, SMALL), found, strict=True):
        assert (one.region == behavior.assign(other, plain).region).all()
