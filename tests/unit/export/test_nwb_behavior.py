"""Behavior as tables of intervals, opened by pynwb."""

import numpy as np
import pynwb
import pytest
from nwbinspector import Importance, inspect_nwbfile

from leap_core.containers import Behavior, Gait
from leap_core.errors import UserError
from leap_core.export import nwb

NONE = float("nan")
# frames 10 to 12 and 15 to 17 of the video: 13 and 14 are missing
FRAME = np.array([10, 11, 12, 15, 16, 17])


def behavior(**changes):
    """Region 3 up to the gap and after it, then between regions, then region 1."""
    values = {
        "z": np.zeros((6, 2), np.float32),
        "error": np.zeros(6, np.float32),
        "far": np.array([True, False, False, False, False, False]),
        "region": np.array([3, 3, -1, 3, 0, 1], np.int16),
        "frame": FRAME,
        "recording": "fly",
        "fps": 10.0,
        "reach": 0.5,
    }
    return Behavior(**(values | changes))


def gait(**changes):
    """Two legs: the left one stands but for frame 11, the right one is known in 16 and 17 alone."""
    swing = np.zeros((6, 2), bool)
    swing[1, 0] = True
    valid = np.ones((6, 2), bool)
    valid[:4, 1] = False
    values = {
        "tip_velocity": np.zeros((6, 2), np.float32),
        "swing": swing,
        "valid": valid,
        "forward_velocity": np.ones(6, np.float32),
        "walking": np.array([True, True, True, False, False, True]),
        "state": np.array([0, 0, 1, -1, -1, 1], np.int8),
        "posterior": np.full((6, 2), NONE, np.float32),
        "frame": FRAME,
        "legs": ["L", "R"],
        "states": ["tripod", "tetrapod"],
        "recording": "fly",
        "fps": 10.0,
    }
    return Gait(**(values | changes))


@pytest.fixture
def intervals(tmp_path):
    """Writes, and gives name -> rows of every table as pynwb reads it."""

    def read(*args):
        path = tmp_path / "fly.nwb"
        nwb.write_behavior(*args[:2], path, *args[2:])
        with pynwb.NWBHDF5IO(str(path), "r") as file:
            tables = file.read().intervals or {}
            return {name: table.to_dataframe().to_dict("list") for name, table in tables.items()}

    return read


def test_stays_in_regions_end_at_missing_frames(intervals):
    found = intervals(behavior(), None, {3: "grooming"})
    assert set(found) == {"behavior_regions"}
    table = found["behavior_regions"]
    np.testing.assert_allclose(table["start_time"], [1.0, 1.5, 1.7])
    np.testing.assert_allclose(table["stop_time"], [1.2, 1.6, 1.8])
    assert table["region"] == [3, 3, 1]
    assert table["label"] == ["grooming", "grooming", "1"]
    assert table["far"] == [0.5, 0.0, 0.0]


def test_gait_as_walking_modes_and_stances(intervals):
    found = intervals(None, gait())
    assert set(found) == {"walking", "gait_modes", "stances"}
    np.testing.assert_allclose(found["walking"]["start_time"], [1.0, 1.7])
    np.testing.assert_allclose(found["walking"]["stop_time"], [1.3, 1.8])
    assert found["gait_modes"]["mode"] == ["tripod", "tetrapod", "tetrapod"]
    np.testing.assert_allclose(found["gait_modes"]["start_time"], [1.0, 1.2, 1.7])
    stances = list(zip(*found["stances"].values(), strict=True))
    expected = [(1.0, 1.1, "L"), (1.2, 1.3, "L"), (1.5, 1.8, "L"), (1.6, 1.8, "R")]
    assert [leg for *_, leg in stances] == [leg for *_, leg in expected]
    np.testing.assert_allclose([t[:2] for t in stances], [t[:2] for t in expected])


def test_both_in_one_file_that_the_inspector_accepts(intervals, tmp_path):
    assert len(intervals(behavior(), gait())) == 4
    path = tmp_path / "fly.nwb"
    first = path.read_bytes()
    assert pynwb.validate(path=str(path)) == []
    most = Importance.BEST_PRACTICE_SUGGESTION.value
    above = [m for m in inspect_nwbfile(nwbfile_path=path) if m.importance.value > most]
    assert [each.check_function_name for each in above] == ["check_subject_species_exists"]
    nwb.write_behavior(behavior(), gait(), path)
    assert path.read_bytes() == first


def test_of_what_there_is_none_there_is_no_table(intervals):
    still = gait(walking=np.zeros(6, bool), state=np.full(6, -1, np.int8))
    assert set(intervals(behavior(region=np.full(6, -1, np.int16)), still)) == {"stances"}


def test_far_is_unknown_without_a_reach(intervals):
    assert np.isnan(intervals(behavior(reach=NONE), None)["behavior_regions"]["far"]).all()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ((None, None), "neither gait nor behavior"),
        ((behavior(), gait(recording="other")), "'fly', gait of 'other'"),
        ((behavior(fps=NONE), None), "unknown frame rate"),
    ],
)
def test_what_cannot_be_written(tmp_path, files, message):
    with pytest.raises(UserError, match=message):
        nwb.write_behavior(*files, tmp_path / "fly.nwb")
    assert not list(tmp_path.iterdir())
