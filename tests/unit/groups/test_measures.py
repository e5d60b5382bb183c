"""Measures of recordings: what an animal did comes back as one number each."""

import numpy as np
import pandas as pd
import pytest

from leap_core import config
from leap_core.behavior.dynamics import region_dynamics
from leap_core.containers import Behavior, Gait, Poses
from leap_core.errors import UserError
from leap_core.groups import measures
from leap_core.skeleton import from_dict

FPS = 100.0


def behavior(region):
    count = len(region)
    return Behavior(
        z=np.zeros((count, 2)),
        error=np.zeros(count),
        far=np.zeros(count, bool),
        region=np.asarray(region),
        frame=np.arange(count),
        recording="a",
        fps=FPS,
    )


def values(found):
    return {(m.family, m.measure): m.value for m in found}


def test_regions_their_shares_and_what_follows():
    """1 for 0.3 s, 2 for 0.1 s, 1 for 0.3 s, 3 for 0.1 s, over and over; 0.05 s without data."""
    cycle = [1] * 30 + [2] * 10 + [1] * 30 + [3] * 10
    one = behavior([*([-1] * 5), *(cycle * 20)])
    alone, _ = region_dynamics([one], 4, config.Behavior())
    found = values(measures.of_behavior(one, alone))
    assert found[measures.OCCUPANCY, "region 1"] == pytest.approx(0.75)
    assert found[measures.OCCUPANCY, "region 4"] == 0
    assert found[measures.DWELL, "region 1"] == pytest.approx(0.3)
    assert found[measures.DWELL, "region 3"] == pytest.approx(0.1)
    assert np.isnan(found[measures.DWELL, "region 4"])
    pairs = measures.frequent([alone, alone], 5)
    assert pairs == [(0, 1), (0, 2), (1, 0), (2, 0)]
    assert measures.frequent([alone, alone], 25) == []
    follows = measures.of_transitions(alone, pairs)
    assert [m.measure for m in follows] == ["1 to 2", "1 to 3", "2 to 1", "3 to 1"]
    np.testing.assert_allclose([m.value for m in follows], [0.5, 0.5, 1, 1], atol=0.02)
    # one of both is the last, cut by the end
    assert [m.events for m in follows] == [40, 40, 20, 19]


def test_the_speed_along_a_path():
    """10 mm/s around a circle, at 20 px/mm, while the poses are valid."""
    time = np.arange(1000) / FPS
    angle = 10 * time / 15
    poses = Poses(
        positions=np.zeros((1000, 1, 2)),
        confidence=np.ones((1000, 1)),
        frame=np.arange(1000),
        valid=np.arange(1000) % 97 > 3,
        center=300 * np.column_stack([np.cos(angle), np.sin(angle)]),
        heading=angle,
        skeleton=from_dict({"parts": ["a"]}),
        recording="a",
        fps=FPS,
        px_per_mm=20.0,
    )
    [speed] = measures.of_path(poses)
    assert (speed.family, speed.units) == (measures.SPEED, "mm/s")
    assert speed.value == pytest.approx(10, rel=0.01)


def gait(**more):
    count = 1000
    walking = np.arange(count) % 100 >= 60
    known = {
        "tip_velocity": np.zeros((count, 2)),
        "swing": np.zeros((count, 2), bool),
        "valid": np.ones((count, 2), bool),
        "forward_velocity": np.where(walking, 12.0, 0.5),
        "walking": walking,
        "state": np.where(walking, np.where(np.arange(count) % 100 < 90, 0, 1), -1),
        "posterior": np.zeros((count, 2)),
        "frame": np.arange(count),
        "legs": ["L", "R"],
        "states": ["tripod", "tetrapod"],
        "fps": FPS,
        "velocity_units": "mm/s",
        "walking_source": "forward velocity > 2 mm/s",
    }
    return Gait(**(known | more))


def test_walking_and_its_modes():
    found = measures.of_gait(gait())
    assert values(found) == {
        (measures.SPEED, "share walking"): 0.4,
        (measures.SPEED, "walking"): 12,
        (measures.COORDINATION, "share tripod"): pytest.approx(0.75),
        (measures.COORDINATION, "share tetrapod"): pytest.approx(0.25),
    }
    assert [m.events for m in found] == [1000, 10, 10, 10]
    assert measures.of_gait(gait(walking_source="none: unknown scale")) == []


def test_steps_phases_and_strength():
    steps = pd.DataFrame(
        [("L", "swing", 30.0, True), ("L", "swing", 50.0, True), ("L", "swing", 900.0, False),
         ("R", "stance", 70.0, True)],
        columns=["leg", "kind", "duration_ms", "whole"],
    )  # fmt: skip
    phases = pd.DataFrame(
        [("L", "R", 0.9), ("L", "R", 0.1), ("R", "L", 0.5)], columns=["leg", "other", "phase"]
    )
    tripods = pd.DataFrame([("L-R", 0.4), ("L-R", 0.6)], columns=["tripod", "strength"])
    found = measures.of_steps(gait(), steps, phases, tripods)
    known = {key: value for key, value in values(found).items() if np.isfinite(value)}
    assert known == {
        (measures.STEPS, "swing L"): 40,
        (measures.STEPS, "stance R"): 70,
        (measures.PHASES, "R after L"): pytest.approx(0),
        (measures.COORDINATION, "concentration R after L"): pytest.approx(np.cos(0.2 * np.pi)),
        (measures.COORDINATION, "strength L-R"): 0.5,
    }


def member(name):
    return measures.Member(name, name, name, "control", "")


def test_the_table_is_complete_and_leaves_out_what_too_little_is_behind():
    made = [
        [measures.Measured(measures.STEPS, "swing L", "ms", 40.0, 5)],
        [measures.Measured(measures.STEPS, "swing L", "ms", 41.0, 4)],
        [measures.Measured(measures.OCCUPANCY, "region 1", "share", 0.5, 900)],
    ]
    table = measures.long_table([member(n) for n in "abc"], made, 5)
    assert list(table) == list(measures.COLUMNS)
    assert table["family"].tolist() == [measures.OCCUPANCY] * 3 + [measures.STEPS] * 3
    np.testing.assert_array_equal(table["value"], [np.nan, np.nan, 0.5, 40, np.nan, np.nan])
    assert table["events"].tolist() == [0, 0, 900, 5, 4, 0]
    with pytest.raises(UserError, match="no recording has .*; remove `group`"):
        measures.long_table([member("a")], [[]], 5)


def test_millimetres_and_pixels_are_not_one_measure():
    made = [
        [measures.Measured(measures.SPEED, "walking", units, 9.0, 50)]
        for units in ("mm/s", "px/s", "mm/s")
    ]
    table = measures.long_table([member(n) for n in "abc"], made, 5)
    assert set(table["units"]) == {"mm/s"}
    np.testing.assert_array_equal(table["value"], [9, np.nan, 9])
