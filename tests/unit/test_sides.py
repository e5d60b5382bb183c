"""Mirror partners by name: all usual styles, nothing where no side is named."""

import itertools

import pytest

from leap_core import sides

STEMS = ("ear", "hind_paw", "Wing", "legTip")
# each takes a stem, the side's word and its letter
STYLES = {
    "before_": lambda s, w, c: f"{w}_{s}",
    "after_": lambda s, w, c: f"{s}_{w}",
    "before-": lambda s, w, c: f"{w}-{s}",
    "after.": lambda s, w, c: f"{s}.{w}",
    "blank": lambda s, w, c: f"{w} {s}",
    "glued": lambda s, w, c: f"{w}{s.lower()}",
    "glued after": lambda s, w, c: f"{s.lower()}{w}",
    "camel": lambda s, w, c: w + s[0].upper() + s[1:],
    "camel after": lambda s, w, c: s + w.capitalize(),
    "capitals": lambda s, w, c: f"{s}_{w}".upper(),
    "Words": lambda s, w, c: f"{w} {s}".title(),
    "inside": lambda s, w, c: f"mid_{w}_{s}",
    "letter_": lambda s, w, c: f"{c}_{s}",
    "letter after": lambda s, w, c: f"{s}_{c}",
    "Letter-": lambda s, w, c: f"{c.upper()}-{s}",
    "Letter after": lambda s, w, c: s + c.upper(),
    "LetterCamel": lambda s, w, c: c.upper() + s[0].upper() + s[1:],
    "LEAP": lambda s, w, c: f"{s}{c.upper()}2",
    "number": lambda s, w, c: f"{w}{s.lower()}_3",
    "letter, number": lambda s, w, c: f"{c}_{s}_2",
    "row": lambda s, w, c: f"{c.upper()}F_{s}",
    "row after": lambda s, w, c: f"{s} H{c.upper()}",
    "row of leg": lambda s, w, c: f"{c}ml_{s}",
    "row of paw": lambda s, w, c: f"{s}{c.upper()}FP",
    "l is leg": lambda s, w, c: f"l_2_{s}_{c}",
}
UNSIDED = (
    *("nose", "tail", "labrum", "rostrum", "collar", "pupil", "ball", "body", "tail1", "tail2"),
    *("clypeus", "pedicel", "cleft", "upright", "bright_spot", "antenna", "rear", "floor", "led"),
    *("thorax", "Butt/Proximal Tail", "obs_top", "A", "B", "part10", "center", "mid_leg"),
)


@pytest.mark.parametrize("style", STYLES)
def test_both_sides_find_each_other_in_every_style(style):
    make = STYLES[style]
    lefts, rights = ([make(s, *side) for s in STEMS] for side in (("left", "l"), ("right", "r")))
    parts = [*UNSIDED[:9], *rights, *UNSIDED[9:], *lefts]
    found = sides.read(parts)
    pairs = {frozenset((parts[i], parts[j])) for i, j in enumerate(found.swap) if i != j}
    assert pairs == {frozenset(pair) for pair in zip(lefts, rights, strict=True)}
    assert all(found.swap[j] == i for i, j in enumerate(found.swap))
    assert not found.certain and not found.doubtful


@pytest.mark.parametrize("one, other", itertools.combinations(("before_", "camel", "LEAP"), 2))
def test_styles_in_one_skeleton_do_not_disturb_each_other(one, other):
    parts = [
        STYLES[style](stem, *side)
        for style, stem in ((one, "ear"), (other, "paw"))
        for side in (("left", "l"), ("right", "r"))
    ]
    assert sides.read(parts).swap == (1, 0, 3, 2)


def test_names_without_sides_never_pair():
    found = sides.read(UNSIDED)
    assert found.swap == tuple(range(len(UNSIDED)))
    assert not found.certain and not found.doubtful
    letters = [chr(k) for k in range(ord("a"), ord("z") + 1)]
    marks = [f"mark_{letter}" for letter in letters]
    for names in (letters, marks):  # an alphabet has an l and an r
        found = sides.read(names)
        assert found.swap == tuple(range(26)) and not found.certain and not found.doubtful


@pytest.mark.parametrize(
    "left, right",
    [("Left_ear", "right_Ear"), ("L_ear", "rightEar"), ("kneeL2", "knee_R_2"), ("l1", "R1")],
)
def test_spelling_may_differ_between_sides(left, right):
    assert sides.read(["nose", left, right]).swap == (0, 2, 1)


def test_two_sides_in_one_name_turn_together():
    parts = ["left_arm_left", "left_arm_right", "right_arm_left", "right_arm_right"]
    assert sides.read(parts).swap == (3, 2, 1, 0)


@pytest.mark.parametrize(
    "parts, certain, doubtful",
    [
        (["nose", "left_ear"], ["left_ear"], []),
        (["nose", "rightEar", "earR"], ["rightEar"], ["earR"]),
        (["left_ear", "rigth_ear"], ["left_ear"], []),
        (["left_ear", "ear_right"], ["left_ear", "ear_right"], []),
        (["earL", "eyeR"], ["earL", "eyeR"], []),
        (["body", "tailL"], [], ["tailL"]),
        (["legL1", "legL2", "head"], [], ["legL1", "legL2"]),
        (["LF_claw", "RF_claw", "LM_claw"], [], ["LM_claw"]),
        (["paw1LH", "paw4RH", "nose"], ["paw1LH", "paw4RH"], []),
        (["lpaw", "rpaw", "snout"], [], ["lpaw", "rpaw"]),
        (["armLtip", "armRtip", "snout"], [], ["armLtip", "armRtip"]),
        (["left_ear", "right_ear", "l_ear"], [], ["l_ear"]),
    ],
)
def test_names_of_one_side_are_told(parts, certain, doubtful):
    found = sides.read(parts)
    assert (list(found.certain), list(found.doubtful)) == (certain, doubtful)
    assert all(found.swap[parts.index(name)] == parts.index(name) for name in certain + doubtful)
