"""The report finds known defects of labels; exclusions do what their lines say."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fixtures.labels import fails, make

from leap_core import labels, skeleton


def test_report_finds_known_defects(fly):
    found = labels.report(fly)
    assert [item["parts"] for item in found["coincident"]] == [["midlegR2", "midlegR3"]]
    assert found["outside"] == []
    assert len(found["swapped"]) <= 1  # nearly all of 70 x 28 sided labels are on their side
    swapped = fly.positions.copy()
    one, other = fly.skeleton.index("hindlegL4"), fly.skeleton.index("hindlegR4")
    swapped[12, [one, other]] = swapped[12, [other, one]]
    swapped[5, 0] = 200, 10
    images = fly.images.copy()
    images[33] = images[7]
    found = labels.report(replace(fly, positions=swapped, images=images))
    assert {i["part"] for i in found["swapped"] if i["row"] == 12} == {"hindlegL4", "hindlegR4"}
    assert found["outside"] == [{"source": "fly", "row": 5, "part": "head", "x": 200.0, "y": 10.0}]
    assert [[r["row"] for r in rows] for rows in found["duplicates"]] == [[7, 33]]
    text = labels.format_report(found)
    for words in ("fly row 12: hindlegL4", "outside the image: fly row 5, head", "midlegR3"):
        assert words in text
    json.dumps(found)


def test_report_names_parts_that_a_mirror_image_would_misplace():
    rng = np.random.default_rng(0)
    body = np.array([[10.0, 0], [-10, 0], [4, -5], [4, 5], [1, 0.5]])
    turn = np.exp(1j * rng.uniform(-3, 3, 12))[:, None]
    points = (body @ [1, 1j]) * turn + 50 + 50j
    points = np.stack([points.real, points.imag], axis=-1)

    def of(parts):
        named = skeleton.from_dict({"parts": parts, "roles": {"axis": ["tail", "head"]}})
        return labels.report(make(points, np.zeros((12, 99, 99, 1)), named))

    found = of(["head", "tail", "ear1", "ear2", "spine"])
    assert found["beside"] == {"ear1": 0.25, "ear2": 0.25}
    assert "ear1 (0.25), ear2 (0.25)" in labels.format_report(found)
    assert "head, tail, ear1, ear2, spine stay on the midline" in found["mirror"]
    found = of(["head", "tail", "left_ear", "right_ear", "spine"])
    assert not found["beside"] and found["mirror"].startswith("left_ear/right_ear change places")
    assert of(["head", "tail", "earL", "chin", "spine"])["unpaired"] == ["earL"]


def test_a_label_far_off_is_an_outlier_and_no_other_one_is():
    # bodies of 40 px at all places and headings; labels scatter by 1 px
    rng = np.random.default_rng(3)
    body = np.array([[20.0, 0], [-20, 0], [5, -12], [5, 12]])
    turn = np.exp(1j * rng.uniform(-3, 3, 40))[:, None]
    at = (body @ [1, 1j] + rng.normal(0, 1, (40, 4)) + 1j * rng.normal(0, 1, (40, 4))) * turn
    points = np.stack([at.real, at.imag], axis=-1) + rng.uniform(60, 90, (40, 1, 2))
    assert labels.report(make(points))["outliers"] == []
    for away in (15.0, 30.0):
        moved = points.copy()
        moved[17, 2] += away * np.array([0.6, 0.8])
        (found,) = labels.report(make(moved))["outliers"]
        assert (found["source"], found["row"], found["part"]) == ("a", 17, "legL")
        # of two dimensions the median distance is 1.18 sigma, which heading and length add to
        assert found["away"] == pytest.approx(away / 1.18, rel=0.35)
        assert "a row 17: legL" in labels.format_report(labels.report(make(moved)))
    # of too few labels nobody knows what is typical
    assert labels.report(make(moved[10:19]))["outliers"] == []
    # a wrong end of the axis, from which places are measured, shows in all others
    moved = points.copy()
    moved[17, 0] += 20, -20
    assert {found["row"] for found in labels.report(make(moved))["outliers"]} == {17}


def test_published_labels_have_no_outliers(fly, data, root):
    # among them a fly that spreads its wings in few frames
    mouse = skeleton.read(root / "config/skeletons/mouse_mirror17.yaml")
    path = data / "labels/dlc/mirror-mouse/CollectedData.csv"
    for found in (fly, labels.read(path, mouse, "auto", None, "mouse")):
        assert labels.report(found)["outliers"] == []
    # a label of a part that hardly moves against the body, 10 % of its length away
    part = fly.skeleton.index("neck")
    moved = fly.positions.copy()
    moved[33, part] += 9, 12
    (odd,) = labels.report(replace(fly, positions=moved))["outliers"]
    assert (odd["row"], odd["part"]) == (33, "neck")


def test_report_suspects_counting_from_one():
    grid = np.array([[[0, 0], [7, 7], [3, 4], [2, 5]]] * 2)
    assert labels.report(make(grid))["index_base"] == ""
    assert "from 1" in labels.report(make(grid + 1))["index_base"]
    assert "twice" in labels.report(make(grid - 1))["index_base"]


def test_published_exclusions(fly, root):
    path = root / "config/exclusions/fly_leap.csv"
    found = labels.exclude(fly, path, source_id="fly_annotations")
    status = {p: (found.status[:, k] == 2).sum() for k, p in enumerate(fly.skeleton.parts)}
    expected = {"midlegR3": 70, "midlegR4": 8, "midlegL4": 6, "forelegR4": 1, "hindlegL3": 1}
    assert {p: n for p, n in status.items() if n} == expected
    assert np.isnan(found.positions[26, fly.skeleton.index("hindlegL3")]).all()
    assert (np.isnan(found.positions[..., 0]) == (found.status == 2)).all()
    assert labels.report(found)["complete"] == 70  # an excluded label is not a missing one
    assert (fly.status == 1).all()  # the input is untouched


def test_exclusions_name_their_line(tmp_path):
    made = make(np.full((6, 4, 2), 2.0), frame=np.arange(10, 16))
    path = tmp_path / "out.csv"

    def lines(*rows):
        path.write_text("# why\nfile,row,part,reason\n" + "\n".join(rows) + "\n")
        return path

    found = labels.exclude(made, lines("*,11,*,blurred", "a,*,legL,hidden"))
    assert np.argwhere(found.status == 2).tolist() == sorted(
        [[1, 0], [1, 1], [1, 3], *([k, 2] for k in range(6))]
    )
    with fails("out.csv line 4", "unknown part 'legX'"):
        labels.exclude(made, lines("a,11,head,x", "a,12,legX,x"))
    with fails("out.csv line 3", "row 9 is not", "10 to 15"):
        labels.exclude(made, lines("a,9,head,x"))
    with fails("out.csv line 3", "no source 'b'"):
        labels.exclude(made, lines("b,11,head,x"))
    # a source of its own: lines for others wait, rows that were not read are skipped
    found = labels.exclude(made, lines("b,11,head,x", "a,3,head,x"), "a", rows=[10, 16])
    assert (found.status == 1).all()
    path.write_text("row,part\n")
    with fails("out.csv line 1", "header"):
        labels.exclude(made, path)
    with fails("none.csv", "no such"):
        labels.exclude(made, tmp_path / "none.csv")


def test_covered_and_absent_parts_are_counted(tmp_path):
    points = np.full((3, 4, 2), 3.0)
    points[0, 1] = points[1, 2] = np.nan
    status = np.isfinite(points[..., 0]).astype(int)
    status[0, 1] = 3
    covered = np.zeros((3, 4), bool)
    covered[1, 3] = covered[2, 0] = True
    made = make(points, status=status, occluded=covered)
    found = labels.report(made)
    assert (found["occluded"], found["absent"]) == (2, 1)
    # nothing is left to label where a part is not there
    assert (found["complete"], found["partial"], found["empty"]) == (2, 1, 0)
    text = labels.format_report(found)
    assert "parts: 2 labeled though covered, 1 absent" in text
    assert "part tail: 2 labeled, 0 excluded, 1 absent" in text
    assert labels.report(make(points))["occluded"] is None
    (tmp_path / "e.csv").write_text("file,row,part,reason\na,2,head,wrong\n")
    found = labels.report(labels.exclude(made, tmp_path / "e.csv"))
    assert (found["occluded"], found["excluded"], found["absent"]) == (1, 1, 1)
