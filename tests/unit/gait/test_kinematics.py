"""Stance and speed: the published rule on real legs, and known motions."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.walkers import FPS, SETTINGS, TETRAPOD, TRIPOD, walker
from scipy.io import loadmat

from leap_core import gait, skeleton
from leap_core.errors import UserError
from leap_core.timeseries import bridged, difference, gaussian_weights, odd_window, smooth


def test_the_authors_stance_is_a_tip_velocity_below_zero(data):
    """Tips that move with the published velocities give the published stance, exactly."""
    example = loadmat(data / "fly_leap" / "gait" / "TripodExample.mat")
    velocity, published = example["example_vel"].T, example["example_stance"].T.astype(bool)
    assert ((velocity < 0) == published).all()
    # Tips whose central difference is the published (smoothed) velocity: every other frame.
    tips = np.zeros((len(velocity) + 2, 6, 2))
    for t, step in enumerate(velocity, start=1):
        tips[t + 1, :, 0] = tips[t - 1, :, 0] + 2 * step
    assert (gait.detect_stance(tips, FPS, smooth_s=0.0, rule="paper")[1:-1] == published).all()


def test_windows_are_odd_frame_counts_and_the_five_frame_gaussian_has_sigma_one():
    assert [odd_window(0.05, fps) for fps in (100, 330, 25, 60)] == [5, 17, 1, 3]
    weights = gaussian_weights(5)
    assert np.allclose(weights[3:] / weights[2], np.exp([-0.5, -2.0]))


def test_difference_and_smoothing_of_a_ramp_with_a_gap_are_exact():
    ramp = 3.0 * np.arange(30)[:, None]
    ramp[10:13] = np.nan
    ramp[14] = np.nan
    velocity = smooth(difference(ramp, FPS), gaussian_weights(5))
    known = np.isfinite(velocity[:, 0])
    assert np.allclose(velocity[known], 300)
    # Frame 13 stands alone between two gaps: nothing says how fast it moves.
    assert np.flatnonzero(~known).tolist() == [10, 11, 12, 13, 14]


def test_forward_velocity_is_the_component_along_the_heading():
    time = np.arange(200) / FPS
    for turn in (0.0, np.pi / 3, np.pi):
        heading = 3.1 + 0.5 * time
        direction = heading + turn
        velocity = 40 * np.stack([np.cos(direction), np.sin(direction)], axis=1)
        center = np.cumsum(velocity, axis=0) / FPS
        wrapped = (heading + np.pi) % (2 * np.pi) - np.pi
        found = gait.forward_velocity(center, wrapped, FPS)
        assert np.allclose(found, 40 * np.cos(turn), atol=0.3)


@pytest.mark.parametrize(("pattern", "legs", "name"), [(TRIPOD, 3, "tripod"), (TETRAPOD, 4, "")])
def test_kinematics_of_a_known_walk(fly32, pattern, legs, name):
    poses, truth = walker(fly32, pattern)
    found = gait.leg_kinematics(poses, SETTINGS, 0.2)
    assert found.units == "mm/s"
    assert found.walking.all()
    assert np.allclose(found.forward_velocity, 15, atol=0.01)
    assert found.legs == list(fly32.legs)
    assert ((found.phase < 0) == truth).mean() > 0.9
    paper = gait.leg_kinematics(poses, replace(SETTINGS, stance_rule="paper"), 0.2)
    assert np.array_equal(paper.phase < 0, found.tip_velocity < 0)
    assert ((paper.phase < 0) == truth).mean() > 0.9
    # In stance the tip goes backward at the body's speed.
    middle = np.abs(found.tip_velocity + 15) < 0.01
    assert (middle & truth).sum() > 0.5 * truth.sum()
    assert np.bincount((found.phase < 0).sum(axis=1)).argmax() == legs


def test_a_part_without_one_coordinate_is_missing(fly32):
    """A tip without y stands and swings nowhere; without the center's x no leg is known."""
    poses, _ = walker(fly32, TRIPOD, frames=300)
    positions = poses.positions.copy()
    positions[:, fly32.leg_tips["LM"], 1] = np.nan
    positions[100:120, fly32.index("thorax"), 0] = np.inf
    found = gait.leg_kinematics(replace(poses, positions=positions), SETTINGS, 0.2)
    seen = np.ones((300, 6), bool)
    seen[:, 1] = seen[100:120] = False
    assert np.array_equal(found.valid, seen)
    assert not found.phase[~seen].any() and found.phase[seen].all()


def test_bad_input_is_named(fly32):
    poses, _ = walker(fly32, TRIPOD, frames=100)
    with pytest.raises(UserError, match=r"fly.*videos\[\]\.fps"):
        gait.leg_kinematics(replace(poses, fps=float("nan")), SETTINGS, 0.2)
    for scale in (0.0, -35.0, np.inf, -np.inf):
        with pytest.raises(UserError, match="fly: .* px/mm is no scale; set .*px_per_mm"):
            gait.leg_kinematics(replace(poses, px_per_mm=scale), SETTINGS, 0.2)
    for frame in (poses.frame[::-1], 2 * poses.frame, np.r_[poses.frame[:-1], 0]):
        with pytest.raises(UserError, match="fly: frames are not consecutive .*; give") as info:
            gait.leg_kinematics(replace(poses, frame=frame), SETTINGS, 0.2)
        assert "\n" not in str(info.value)
    legless = skeleton.Skeleton(fly32.parts, center="thorax", name="snake")
    with pytest.raises(UserError, match="snake.*gait.enabled: false"):
        gait.leg_kinematics(replace(poses, skeleton=legless), SETTINGS, 0.2)
    nowhere = replace(fly32, center=None, axis=None)
    with pytest.raises(UserError, match="roles.center"):
        gait.leg_kinematics(replace(poses, skeleton=nowhere), SETTINGS, 0.2)


def test_the_middle_of_the_axis_serves_as_center(fly32):
    """Tips that swing about it; where one end is unseen there is no middle."""
    poses, truth = walker(fly32, TRIPOD)
    positions = poses.positions.copy()
    shift = np.random.default_rng(0).uniform(-30, 30, (len(positions), 1, 2))
    positions += shift
    tail, head = fly32.ends
    positions[:, tail], positions[:, head] = shift[:, 0] - [30, 5], shift[:, 0] + [40, 5]
    confidence = poses.confidence.copy()
    confidence[100:130, tail] = 0
    axis = replace(fly32, center=None)
    found = gait.leg_kinematics(
        replace(poses, positions=positions, confidence=confidence, skeleton=axis), SETTINGS, 0.2
    )
    assert not found.valid[100:130].any() and found.valid[:100].all()
    around = slice(200, None)
    assert ((found.phase[around] < 0) == truth[around]).mean() > 0.9


def test_gaps_are_bridged_along_a_line():
    ramp = np.stack([np.arange(12.0), -2 * np.arange(12.0)], axis=1)
    hurt = ramp.copy()
    hurt[[0, 4, 5, 11], 0] = np.nan
    hurt[6:9, 1] = np.nan
    found = bridged(np.asfortranarray(hurt), 2)
    assert np.allclose(found[1:11, 0], ramp[1:11, 0]) and np.isnan(found[[0, 11], 0]).all()
    assert np.isnan(found[6:9, 1]).all() and np.allclose(found[:6, 1], ramp[:6, 1])
    assert np.isnan(hurt[4, 0])
