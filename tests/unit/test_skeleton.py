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
