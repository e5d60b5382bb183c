"""One recording from poses to steps and states."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.walkers import SETTINGS, TETRAPOD, TRIPOD, walker

from leap_core import gait
from leap_core.excerpts import steps
from leap_core.gait.steps import COLUMNS


def test_durations_of_a_known_walk(fly32):
    poses, _ = walker(fly32, TETRAPOD, stride=24)
    model = gait.fit_model([poses], SETTINGS, 0.2, seed=0)
    result, tables = gait.analyse(poses, model, SETTINGS, 0.2)
    table = tables.steps
    assert list(table.columns) == list(COLUMNS)
    whole = table[table.whole]
    mean = whole.groupby("kind").duration_ms.mean()
    assert mean["swing"] == pytest.approx(80, abs=10)
    assert mean["stance"] == pytest.approx(160, abs=10)
    assert mean.sum() == pytest.approx(240, abs=0.5)
    assert whole.mean_speed.to_numpy() == pytest.approx(15, abs=0.01)
    assert whole[whole.kind == "swing"].peak_velocity.mean() == pytest.approx(30, abs=0.5)
    # The first and last of each leg are cut by the recording's ends.
    assert (~table.whole).sum() == 12
    assert table.start_frame.min() == 7
    assert set(table.units) == {"mm/s"}
    assert set(result.state) <= {0, 1, 2}


def test_missing_legs_are_missing_and_split_the_bout(fly32):
    """The mode goes on by the other legs where one or two are missing, not where three are."""
    poses, _ = walker(fly32, TRIPOD)
    positions, confidence = poses.positions.copy(), poses.confidence.copy()
    tip = fly32.leg_tips["LF"]
    confidence[100:200, tip] = 0.1
    confidence[120:150, fly32.leg_tips["RM"]] = 0.1
    confidence[140:150, fly32.leg_tips["RH"]] = 0.1
    positions[300:310, fly32.index("thorax")] = np.nan
    valid = poses.valid.copy()
    valid[400:410] = False
    hurt = replace(poses, positions=positions, confidence=confidence, valid=valid)
    model = gait.fit_model([poses], SETTINGS, 0.2, 0)
    result, tables = gait.analyse(hurt, model, SETTINGS, 0.2)
    assert not result.valid[100:200, 0].any() and result.valid[160:200, 1:].all()
    assert not result.swing[~result.valid].any()
    assert np.isnan(result.tip_velocity[~result.valid]).all()
    gone = np.flatnonzero(result.state < 0)
    assert gone.tolist() == [*range(140, 150), *range(300, 310), *range(400, 410)]
    assert np.isnan(result.posterior[gone]).all()
    assert {result.states[k] for k in result.state[100:140]} == {"tripod"}
    # Steps beside missing data are not whole: two for LF's own gap, two for each common gap,
    # and the two ends.
    ours = tables.steps[tables.steps.leg == "LF"]
    assert (~ours.whole).sum() == 8


@pytest.mark.parametrize("change", [{"tracked": False}, {"px_per_mm": float("nan")}])
def test_without_track_or_scale_nothing_walks_and_the_note_says_why(fly32, change, tmp_path):
    poses = replace(walker(fly32, TRIPOD, frames=300)[0], **change)
    settings = replace(SETTINGS, speed="track")
    model = gait.fit_model([poses], settings, 0.2, 0)
    assert model.frames == 0 and model.note
    assert np.allclose(model.emission.sum(axis=1), 1) and len(model.states) == 3
    result, tables = gait.analyse(poses, model, settings, 0.2)
    table, swung = tables.steps, tables.swings
    assert not result.walking.any() and (result.state == -1).all()
    assert result.walking_source.startswith("none") and result.note
    assert len(table) and (table.gait == "").all()
    unscaled = "px_per_mm" in change
    assert set(table.units) == {result.velocity_units}
    assert result.velocity_units == ("px/s" if unscaled else "mm/s")
    assert np.isnan(result.forward_velocity).all() != unscaled
    assert table.mean_speed.isna().all() != unscaled
    assert result.speed_source == ("body track" if unscaled else "")
    assert len(swung) and len(gait.swing_profiles(swung)) == 0
    result.write(tmp_path / "gait.h5")
    model.write(tmp_path / "model.h5")


def test_a_recording_of_no_frames_gives_empty_results(fly32):
    poses, _ = walker(fly32, TRIPOD)
    model = gait.fit_model([poses], SETTINGS, 0.2, 0)
    none = {k: getattr(poses, k)[:0] for k in ("positions", "confidence", "frame", "valid")}
    none |= {"center": poses.center[:0], "heading": poses.heading[:0]}
    for speed in ("track", "stance"):
        settings = replace(SETTINGS, speed=speed)
        result, tables = gait.analyse(replace(poses, **none), model, settings, 0.2)
        assert len(result.frame) == 0 and all(len(t) == 0 for t in vars(tables).values())
        assert len(gait.swing_profiles(tables.swings)) == 0 and steps.steady_steps([result]) is None
