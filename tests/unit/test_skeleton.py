import pytest

from leap_core import skeleton
from leap_core.errors import UserError
from leap_core.io import atomic


def test_fly_swaps_fourteen_pairs_and_nothing_on_the_midline(fly32):
    pairs = {
        tuple(sorted((fly32.parts[i], fly32.parts[j]))) for i, j in enumerate(fly32.swap) if i != j
    }
    assert len(pairs) == 14
    midline = [p for i, p in enumerate(fly32.parts) if fly32.swap[i] == i]
    assert midline == ["head", "neck", "thorax", "abdomen"]
    assert fly32.parts[fly32.swap[fly32.index("midlegR3")]] == "midlegL3"


def test_json_round_trip_keeps_the_order_of_the_legs(fly32, tmp_path):
    assert skeleton.from_json(fly32.to_json()) == fly32
    atomic.write_json(tmp_path / "s.json", fly32.to_dict())
    back = skeleton.from_json((tmp_path / "s.json").read_text())
    assert list(back.legs) == list(fly32.legs) == ["LF", "LM", "LH", "RF", "RM", "RH"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"parts": ["a", "b", "c"], "symmetry": [["a", "b"], ["b", "c"]]}, "not an involution"),
        ({"parts": ["a", "a"]}, "listed twice"),
        ({"parts": ["a"], "edges": [["a", "z"]]}, "unknown part 'z'"),
        ({"parts": ["a"], "roles": {"center": "q"}}, "unknown part 'q'"),
        ({"parts": ["a"], "colour": 1}, "unknown key 'colour'"),
        ({}, "needs a list `parts`"),
        ({"parts": "ab"}, "`parts` is a list"),
        ({"parts": ["a", "b"], "edges": [["a", "b", "a"]]}, "`edges` takes pairs"),
        ({"parts": ["a", "b"], "symmetry": None}, "`symmetry` takes pairs"),
        ({"parts": ["a", "b"], "roles": {"centre": "a"}}, "`roles` takes center"),
        ({"parts": ["a", "b"], "roles": {"axis": ["a"]}}, "`roles.axis` takes pairs"),
        ({"parts": ["a", "b"], "roles": {"legs": {"L": []}}}, "`roles.legs` takes lists"),
    ],
)
def test_bad_skeletons_are_named(value, words):
    with pytest.raises(UserError, match=words):
        skeleton.from_dict(value, "s.yaml")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match="no such skeleton file"):
        skeleton.read(tmp_path / "none.yaml")


def test_shipped_skeletons_keep_their_pairs(root):
    """As the rule of LEAP gave them: names that end in L or R and digits."""
    pairs = {path.stem: skeleton.read(path).pairs for path in (root / "config/skeletons").iterdir()}
    for found in pairs.values():
        for a, b in found:
            assert a.translate(str.maketrans("LR", "RL")) == b or (a, b) == ("leftear", "rightear")
    assert {name: len(found) for name, found in pairs.items()} == {
        "fly32": 14,
        "fly_forelegs3d": 7,
        "mouse16": 6,
        "mouse_bsoid6": 2,
        "mouse_mirror17": 0,
        "mouse_oft17": 4,
        "openfield_mouse": 1,
    }


def test_pairs_of_a_file_fill_in_what_names_do_not_tell():
    parts = ["nose", "ohr_links", "ohr_rechts", "left_eye", "right_eye", "tailL"]
    named = skeleton.from_dict({"parts": parts}, "s.yaml")
    stored = [("ohr_rechts", "ohr_links"), ("left_eye", "right_eye"), ("other", "nose")]
    found, notes = skeleton.with_pairs(named, stored, "x.slp")
    assert found.pairs == [("ohr_links", "ohr_rechts"), ("left_eye", "right_eye")]
    assert not notes and found.unpaired == ("tailL",)
    # names win over the file, and this is said
    found, notes = skeleton.with_pairs(named, [("left_eye", "nose")], "x.slp")
    assert found is named
    assert len(notes) == 1 and "x.slp" in notes[0] and "left_eye/nose" in notes[0]


def test_listed_pairs_win_over_names_and_files():
    parts = ["nose", "left_ear", "right_ear"]
    for listed, pairs in (([], []), ([["nose", "left_ear"]], [("nose", "left_ear")])):
        given = skeleton.from_dict({"parts": parts, "symmetry": listed})
        found, notes = skeleton.with_pairs(given, [("left_ear", "right_ear")], "x.slp")
        assert found.pairs == pairs
        assert "the skeleton lists others" in notes[0]
        assert skeleton.check_mirror(given, "s.yaml", "training.mirror") == ""


def test_a_side_without_partner_stops_mirroring_or_is_told():
    def check(**value):
        return skeleton.check_mirror(skeleton.from_dict(value), "s.yaml", "training.mirror")

    assert check(parts=["nose", "left_ear", "right_ear"]) == ""
    with pytest.raises(UserError, match=r"^s.yaml: part 'left_ear'.*training.mirror: false`$"):
        check(parts=["nose", "left_ear"])
    told = check(parts=["body", "tailL"])
    assert told.startswith("WARNING") and "tailL" in told and "\n" not in told
    # a file of labels or of a model keeps the doubt
    kept = skeleton.from_json(skeleton.from_dict({"parts": ["body", "tailL"]}).to_json())
    assert kept.unpaired == ("tailL",)
    assert skeleton.check_mirror(kept, "s", "prediction.mirror")


@pytest.mark.parametrize(
    "pairs, line", [((), "symmetry: auto"), ((("nose", "tail"),), "left_ear, right_ear]")]
)
def test_a_file_that_is_written_is_read_as_the_same(tmp_path, pairs, line):
    """Pairs that only a file of labels told are listed: names would not bring them back."""
    value = {
        "name": "é",
        "parts": ["left_ear", "right_ear", "nose", "tail"],
        "groups": {"g": ["nose"]},
    }
    made, _ = skeleton.with_pairs(skeleton.from_dict(value), pairs, "x.json")
    text = skeleton.to_yaml(made)
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    assert skeleton.read(tmp_path / "s.yaml") == made
    assert line in text and "roles" not in text and "pose" not in text
