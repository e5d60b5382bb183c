"""Speed from the feet that stand, of known walks and of simulated flies."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.walkers import FPS, SCALE, SETTINGS, TETRAPOD, TRIPOD, planted, walker

from leap_core import gait
from leap_core.gait.body_motion import planted_feet
from leap_core.validation.recording import whole_phases


@pytest.mark.parametrize("motion", [(400, 0, 0), (400, 40, 3), (150, 0, -6), (-200, 0, 0)])
def test_planted_feet_give_the_motion_of_the_body(motion):
    tips = planted(*motion)
    found = gait.motion_of_body(tips, FPS)
    scale = np.array([400, 400, 6])
    assert np.abs((found - motion) / scale).max() < 0.05
    assert np.array_equal(gait.stance_velocity(tips, FPS, 0.05), found[:, 0])
    levels = gait.detect_stance(tips, FPS)
    assert np.array_equal(gait.detect_stance(tips, FPS, feet=planted_feet(tips, FPS)), levels)
    # A third coordinate, a lost leg and two waving legs change nothing.
    tips = np.concatenate([tips, np.ones((*tips.shape[:2], 1))], axis=2)
    tips[:, 1] = np.nan
    wave = 12 * np.sin(2 * np.pi * 9 * np.arange(len(tips)) / FPS)
    tips[:, 0, 0] += wave
    tips[:, 3, 0] -= wave
    hurt = gait.stance_velocity(tips, FPS)
    assert np.abs(np.median(hurt) - motion[0]) < 20


def test_standing_and_grooming_legs_have_no_speed_and_lost_legs_no_answer():
    rng = np.random.default_rng(0)
    tips = planted(0, 0, 0, frames=600) + rng.normal(0, 0.6, (600, 6, 2))
    beat = 2 * np.pi * 9 * np.arange(600) / FPS
    tips[300:, [0, 3], 0] += 10 * np.sin(beat[300:, None] + [0, np.pi])
    found = gait.stance_velocity(tips, FPS)
    for part in (found[:290], found[310:]):
        assert np.abs(np.median(part)) < 1 * SCALE  # half of what counts as walking
        assert (part > 2 * SCALE).mean() < 0.02
    assert gait.detect_stance(tips, FPS)[:290].mean() > 0.99
    tips[100:110, :4] = np.nan  # two legs left of six
    found = gait.stance_velocity(tips, FPS)
    assert np.flatnonzero(np.isnan(found)).tolist() == list(range(100, 110))
    assert np.isnan(gait.stance_velocity(np.full((5, 6, 2), np.nan), FPS)).all()
    assert len(gait.stance_velocity(np.zeros((0, 6, 2)), FPS)) == 0
    assert np.isnan(gait.stance_velocity(np.zeros((1, 6, 2)), FPS)).all()


@pytest.mark.parametrize("pattern", [TRIPOD, TETRAPOD])
def test_a_walk_without_a_track_is_as_good_as_one_with(fly32, pattern):
    poses, truth = walker(fly32, pattern)
    positions = poses.positions + np.random.default_rng(1).normal(0, 0.5, poses.positions.shape)
    for i, tip in enumerate(fly32.leg_tips.values()):  # feet to the sides, not all on one line
        positions[:, tip, 1] += (-40, -60, -40, 40, 60, 40)[i]
    blind = replace(poses, positions=positions, tracked=False, center=None, heading=None)
    result = gait.leg_kinematics(blind, SETTINGS, 0.2)
    assert result.speed_source == "stance legs" and "stance legs" in result.walking_source
    assert result.walking.all() and not result.note
    assert np.median(result.forward_velocity) == pytest.approx(15, abs=0.5)
    assert ((result.phase < 0) == truth).mean() > 0.9
    tracked = gait.leg_kinematics(replace(poses, positions=positions), SETTINGS, 0.2)
    assert tracked.speed_source == "body track"


def test_speed_of_simulated_flies_from_their_feet(flies):
    """Median error below 0.5 mm/s, bias at every speed too, hardly any false walking."""
    for truth, poses in flies:
        found = gait.leg_kinematics(poses, SETTINGS, 0.2)
        speed, error = truth.forward_velocity, found.forward_velocity - truth.forward_velocity
        behavior = np.array(truth.behaviors)[truth.behavior]
        walks, still = speed > 2, speed < 0.5
        assert np.median(np.abs(error[walks])) < 0.5
        for low, high in ((2, 5), (5, 10), (10, 15), (20, 35)):
            assert np.abs(np.median(error[(speed >= low) & (speed < high)])) < 0.5
        assert found.walking[walks].mean() > 0.98
        assert found.walking[still & (behavior == "stand")].mean() < 0.02
        assert found.walking[still & np.char.startswith(behavior, "groom")].mean() < 0.03


def test_stance_of_simulated_flies(flies):
    """Each leg's truth, while walking: at least 96 % of leg-frames, and more than the paper's."""
    for truth, poses in flies:
        walks = truth.forward_velocity > 2
        order = [truth.legs.index(leg) for leg in poses.skeleton.legs]
        right = {}
        for rule in ("levels", "paper"):
            found = gait.leg_kinematics(poses, replace(SETTINGS, stance_rule=rule), 0.2)
            right[rule] = ((found.phase < 0) == truth.stance[:, order])[walks].mean()
        assert right["levels"] >= 0.96
        assert right["levels"] > right["paper"]


def test_swings_and_stances_of_simulated_flies_last_as_long_as_they_do(flies):
    """Mean durations within one frame, in slow, medium and fast walks."""
    for truth, poses in flies:
        order = [truth.legs.index(leg) for leg in poses.skeleton.legs]
        found = gait.leg_kinematics(poses, SETTINGS, 0.2).phase < 0
        behavior = np.array(truth.behaviors)[truth.behavior]
        for name in {b for b in behavior if b.startswith("walk")}:
            walks = (behavior == name) & (truth.forward_velocity > 2)
            lengths = [
                [duration for leg in stood.T for duration in whole_phases(~leg, walks)[kind]]
                for kind in (0, 1)
                for stood in (found, truth.stance[:, order])
            ]
            swing, true_swing, stance, true_stance = (np.mean(x) for x in lengths)
            assert abs(swing - true_swing) < 1 and abs(stance - true_stance) < 1
