"""Gait: the published rule on real legs, known motions, and known hidden Markov models."""

import weakref
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hmmlearn.hmm import CategoricalHMM
from scipy.io import loadmat

from leap_core import config, gait, skeleton
from leap_core.containers import Gait, Poses
from leap_core.errors import UserError
from leap_core.excerpts import steps
from leap_core.excerpts.steps import moving_mean
from leap_core.gait.body_motion import planted_feet
from leap_core.gait.foot_height import over_ground_level
from leap_core.gait.hmm import baum_welch, name_states
from leap_core.gait.kinematics import Kinematics
from leap_core.gait.lasting import stay_at_least
from leap_core.gait.model import decode
from leap_core.gait.profiles import PROFILE_COLUMNS, SWING_COLUMNS, swings
from leap_core.gait.step_fit import fitted
from leap_core.gait.steps import COLUMNS
from leap_core.timeseries import (
    bridged,
    difference,
    gaussian_weights,
    odd_window,
    runs,
    smooth,
)
from leap_core.validation.recording import whole_phases

SETTINGS = config.Gait(restarts=3)
FPS, SCALE = 100.0, 35.0
LEGS = ("LF", "LM", "LH", "RF", "RM", "RH")


def walker(skeleton, groups, frames=1200, speed=15.0, heading=0.3, recording="fly", stride=20):
    """Poses of legs that stand still on the ground for a share of each stride, then swing.

    ``groups``: leg -> (phase, share of the stride in stance).
    """
    time = np.arange(frames)
    positions = np.zeros((frames, len(skeleton), 2)) + 96.0
    in_stance = np.zeros((frames, len(groups)), bool)
    for i, (leg, tip) in enumerate(skeleton.leg_tips.items()):
        phase, duty = groups[leg]
        cycle = (time / stride + phase) % 1
        in_stance[:, i] = cycle < duty
        reach = speed * SCALE / FPS * stride * duty
        back = reach * (1 - cycle / duty)
        forth = reach * (cycle - duty) / (1 - duty)
        positions[:, tip, 0] += 10 * (i + 1) + np.where(in_stance[:, i], back, forth)
    center = time[:, None] * speed * SCALE / FPS * np.array([np.cos(heading), np.sin(heading)])
    poses = Poses(
        positions=positions,
        confidence=np.ones((frames, len(skeleton))),
        frame=np.arange(frames) + 7,
        valid=np.ones(frames, bool),
        center=center,
        heading=np.full(frames, heading),
        skeleton=skeleton,
        recording=recording,
        fps=FPS,
        px_per_mm=SCALE,
    )
    return poses, in_stance


# Leg -> (phase, share of the stride in stance).
TRIPOD = {leg: (0.0 if leg in ("LF", "RM", "LH") else 0.5, 0.5) for leg in LEGS}
TETRAPOD = {leg: (phase / 3, 2 / 3) for leg, phase in zip(LEGS, (0, 1, 2, 1, 2, 0), strict=True)}


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


def test_the_authors_tripod_example_is_called_tripod(data):
    example = loadmat(data / "fly_leap" / "gait" / "TripodExample.mat")
    counts = example["example_stance"].sum(axis=0).astype(int)
    emission = np.array([[0, 0, 0.1, 0.2, 0.6, 0.1, 0], [0.1, 0.2, 0.2, 0.1, 0.1, 0.2, 0.1]])
    emission = np.vstack([emission, np.bincount(counts, minlength=7) / len(counts)])
    order, names = name_states(emission)
    assert names[order.tolist().index(2)] == "tripod"


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


def test_a_known_hidden_markov_model_is_recovered():
    truth = CategoricalHMM(3, n_features=7)
    truth.startprob_ = np.array([0.5, 0.3, 0.2])
    truth.transmat_ = np.array([[0.97, 0.02, 0.01], [0.03, 0.95, 0.02], [0.02, 0.04, 0.94]])
    truth.emissionprob_ = np.array(
        [
            [0.00, 0.01, 0.12, 0.74, 0.10, 0.03, 0.00],
            [0.00, 0.00, 0.02, 0.13, 0.70, 0.13, 0.02],
            [0.01, 0.04, 0.10, 0.20, 0.15, 0.30, 0.20],
        ]
    )
    sequences = [truth.sample(600, random_state=i)[0].ravel() for i in range(30)]
    best, scores = baum_welch(sequences, 3, 7, restarts=4, seed=0)
    order, names = name_states(best.emissionprob_)
    assert names == ["tripod", "tetrapod", "non-canonical"]
    assert np.abs(best.emissionprob_[order] - truth.emissionprob_).max() < 0.02
    assert np.abs(best.transmat_[np.ix_(order, order)] - truth.transmat_).max() < 0.01
    assert best.score(np.concatenate(sequences)[:, None], [600] * 30) == pytest.approx(scores.max())
    # Expectation-maximisation never does worse than the model that made the data.
    assert scores.max() >= truth.score(np.concatenate(sequences)[:, None], [600] * 30)


def test_names_do_not_depend_on_the_order_of_the_states():
    emission = np.array(
        [[0, 0, 0, 0.6, 0.4, 0, 0], [0, 0, 0, 0.5, 0.5, 0, 0], [0.2, 0.2, 0.2, 0, 0, 0.2, 0.2]]
    )
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        found, names = name_states(emission[order])
        assert names == ["tripod", "tetrapod", "non-canonical"]
        assert np.array_equal(emission[order][found], emission)
    assert name_states(np.full((2, 5), 0.2))[1] == ["mode 1", "mode 2"]


def test_two_gaits_are_told_apart_and_the_same_seed_gives_the_same_model(fly32):
    tripod, _ = walker(fly32, TRIPOD, recording="a")
    tetrapod, _ = walker(fly32, TETRAPOD, recording="b")
    settings = replace(SETTINGS, states=2)
    models = [gait.fit_model([tripod, tetrapod], settings, 0.2, seed=3) for _ in range(2)]
    assert np.array_equal(models[0].emission, models[1].emission)
    assert np.array_equal(models[0].transition, models[1].transition)
    assert models[0].states == ["tripod", "tetrapod"]
    for poses, expected in ((tripod, 0), (tetrapod, 1)):
        result, tables = gait.analyse(poses, models[0], settings, 0.2)
        assert (result.state == expected).mean() > 0.95
        assert np.allclose(result.posterior.sum(axis=1), 1, atol=1e-4)
        assert tables.steps.gait.mode()[0] == models[0].states[expected]


def test_recordings_of_other_frame_rates_or_legs_are_refused(fly32):
    first, _ = walker(fly32, TRIPOD, frames=200, recording="a")
    second = replace(first, recording="b", fps=50.0)
    with pytest.raises(UserError, match="b: 50 frames/s, but a has 100.*separate datasets") as info:
        gait.fit_model([first, second], SETTINGS, 0.2, 0)
    assert "\n" not in str(info.value)
    almost = replace(second, fps=99.97)  # as video files round it
    assert gait.fit_model([first, almost], SETTINGS, 0.2, 0).frames == 400
    fewer = {leg: tip for leg, tip in fly32.legs.items() if leg != "LF"}
    other = replace(first, recording="b", skeleton=replace(fly32, legs=fewer))
    with pytest.raises(UserError, match="b: its legs .* of a;"):
        gait.fit_model([first, other], SETTINGS, 0.2, 0)


def test_recordings_may_come_one_at_a_time(fly32):
    """Each is released before the next is asked for."""
    made = []

    def one_by_one():
        for name in "abc":
            poses, _ = walker(fly32, TRIPOD, frames=200, recording=name)
            made.append(weakref.ref(poses))
            assert all(ref() is None for ref in made[:-2])
            yield poses
            del poses

    found = gait.fit_model(one_by_one(), SETTINGS, 0.2, 0)
    whole = [walker(fly32, TRIPOD, frames=200, recording=name)[0] for name in "abc"]
    assert np.array_equal(found.emission, gait.fit_model(whole, SETTINGS, 0.2, 0).emission)


def test_training_takes_at_most_bout_frames_of_long_bouts(fly32):
    poses, _ = walker(fly32, TRIPOD)
    assert gait.fit_model([poses], replace(SETTINGS, bout_frames=500), 0.2, 0).frames == 500
    confidence = poses.confidence.copy()
    confidence[::40] = 0
    confidence[1::40] = 0  # no stretch longer than 0.5 s is left
    hurt = replace(poses, confidence=confidence)
    assert gait.fit_model([hurt], SETTINGS, 0.2, 0).frames == 1200 - 2  # bridged, but the start
    model = gait.fit_model([hurt], replace(SETTINGS, max_gap_s=0.01), 0.2, 0)
    assert model.frames == 0 and "fly: no walking bout" in model.note


def test_missing_legs_are_missing_and_split_the_bout(fly32):
    poses, _ = walker(fly32, TRIPOD)
    positions, confidence = poses.positions.copy(), poses.confidence.copy()
    tip = fly32.leg_tips["LF"]
    confidence[100:200, tip] = 0.1
    positions[300:310, fly32.index("thorax")] = np.nan
    valid = poses.valid.copy()
    valid[400:410] = False
    hurt = replace(poses, positions=positions, confidence=confidence, valid=valid)
    model = gait.fit_model([poses], SETTINGS, 0.2, 0)
    result, tables = gait.analyse(hurt, model, SETTINGS, 0.2)
    assert not result.valid[100:200, 0].any() and result.valid[100:200, 1:].all()
    assert not result.swing[~result.valid].any()
    assert np.isnan(result.tip_velocity[~result.valid]).all()
    gone = np.flatnonzero(result.state < 0)
    assert gone.tolist() == [*range(100, 200), *range(300, 310), *range(400, 410)]
    assert np.isnan(result.posterior[gone]).all()
    # Steps beside missing data are not whole: two for LF's own gap, two for each common gap,
    # and the two ends.
    ours = tables.steps[tables.steps.leg == "LF"]
    assert (~ours.whole).sum() == 8


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
    with pytest.raises(UserError, match="roles.center"):
        gait.leg_kinematics(replace(poses, skeleton=replace(fly32, center=None)), SETTINGS, 0.2)


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


# ---------------------------------------------------------------- speed from the feet


def planted(forward, side, turn, frames=120, fps=FPS):
    """Six feet that stand on the ground under a body of constant motion, closed form, in px."""
    homes = np.array([[57, -21], [-2, -58], [-57, -38], [57, 21], [-2, 58], [-57, 38]], float)
    place, heading = 0j, 0.0
    path, angle = [], []
    for _ in range(frames):
        path.append(place)
        angle.append(heading)
        place += np.exp(1j * (heading + turn / fps / 2)) * (forward + 1j * side) / fps
        heading += turn / fps
    path, angle = np.array(path), np.array(angle)
    feet = homes @ (1, 1j)
    middle = frames // 2
    feet = path[middle] + np.exp(1j * angle[middle]) * feet
    seen = (feet - path[:, None]) * np.exp(-1j * angle[:, None])
    return np.stack([seen.real, seen.imag], axis=-1)


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


@pytest.fixture(scope="module")
def flies(fly32):
    """Simulated flies with jitter of every part, the center too: truth, poses without a track."""
    from leap_core.synthetic import anatomy, movie

    made = []
    for seed in (41, 42, 43, 44):
        rng = np.random.default_rng(seed)
        fly = anatomy.individual(rng)
        settings = config.Synthetic(frames=6000, size=200, camera="closed_loop")
        truth = movie.truth(movie.simulate(settings, fly, rng), fly, fly32)
        turn = np.exp(-1j * truth.heading.astype(float))[:, None]
        places = truth.positions.astype(float) @ (1, 1j)
        body = (places - places[:, [fly32.index("thorax")]]) * turn
        jitter = rng.normal(0, 0.6, (6000, 32, 2))
        for t in range(1, 6000):  # partly correlated from frame to frame
            jitter[t] = 0.5 * jitter[t - 1] + np.sqrt(0.75) * jitter[t]
        poses = Poses(
            positions=np.stack([body.real, body.imag], axis=-1) + 95.5 + jitter,
            confidence=np.ones((6000, 32)),
            frame=np.arange(6000),
            valid=np.ones(6000, bool),
            skeleton=fly32,
            recording=f"fly{seed}",
            fps=FPS,
            px_per_mm=SCALE,
            tracked=False,
        )
        made.append((truth, poses))
    return made


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


HOMES = np.array([[57, -21], [-2, -58], [-57, -38], [57, 21], [-2, 58], [-57, 38]], float)
PHASES = np.array([0, 0.5, 0, 0.5, 0, 0.5])  # tripods


def stepping(fps, seconds=6.0, speed=300.0, swing=0.04, rest=0.08, height=20.0, shift=0.0):
    """Six feet of a straight walker in closed form: tips (frame, leg, 3) px and stance.

    Feet on the ground go back with the body's speed; those in the air go forward with a
    velocity, and rise and fall with a height, that are parabolas in time.
    """
    time = np.arange(round(seconds * fps)) / fps + shift
    cycle = (time[:, None] / (swing + rest) + PHASES) % 1 * (swing + rest)
    share = np.clip((cycle - rest) / swing, 0, 1)
    way = 3 * share**2 - 2 * share**3
    x = speed * (rest / 2 - cycle + (swing + rest) * way)
    tips = np.zeros((len(time), 6, 3))
    tips[..., :2] = HOMES
    tips[..., 0] += x
    tips[..., 2] = height * 4 * share * (1 - share)
    return tips, cycle < rest


@pytest.mark.parametrize("fps", [60.0, 100.0, 200.0, 330.0, 400.0])
@pytest.mark.parametrize("axes", [2, 3])
def test_steps_of_a_known_walk_at_any_frame_rate(fps, axes):
    """Noisy feet, in the plane and with their height: each swing once, as long as it is."""
    tips, truth = stepping(fps, shift=0.0011)
    tips += np.random.default_rng(0).normal(0, 0.5, tips.shape)
    found = gait.detect_stance(tips[..., :axes], fps)
    inside = slice(round(0.1 * fps), -round(0.1 * fps))
    # half a frame (or 3 ms) at each end of a swing; with a height a swing begins up to a frame
    # before the foot is seen off the ground
    wrong = max((1 if axes == 2 else 1.5) / fps, 0.006)
    assert (found != truth)[inside].mean() < wrong / 0.12
    within = np.zeros(len(tips), bool)
    within[inside] = True
    lengths = [np.concatenate([whole_phases(~leg, within)[0] for leg in s.T])
               for s in (found, truth)]  # fmt: skip
    # at most each leg's first and last swing are cut by the ends in one and not in the other
    assert abs(len(lengths[0]) - len(lengths[1])) <= 12
    assert abs(lengths[0].mean() - lengths[1].mean()) < (0.5 if axes == 2 else 1)


def ends(found, truth, fps):
    """Mean error, ms, of the onsets and of the landings of each leg's whole swings."""
    errors = []
    for was, is_ in zip(truth.T, found.T, strict=True):
        swings = runs(~is_)
        for swing in runs(~was)[1:-1]:
            nearest = np.abs(swings.mean(axis=1) - swing.mean()).argmin()
            errors.append(swings[nearest] - swing)
    return 1000 * np.mean(errors, axis=0) / fps


@pytest.mark.parametrize("fps", [60.0, 100.0, 330.0, 400.0])
@pytest.mark.parametrize("swing", [0.03, 0.04, 0.06])
def test_height_tells_lift_off_and_landing(fps, swing):
    """Landing within 2 ms; a central difference may see the rise up to a frame early."""
    tips, truth = stepping(fps, swing=swing, rest=2.11 * swing, speed=12 / swing, shift=0.0011)
    tips += np.random.default_rng(0).normal(0, 0.5, tips.shape)
    onset, landing = ends(gait.detect_stance(tips, fps), truth, fps)
    assert abs(landing) < 2
    assert -1000 / fps < onset < 2


@pytest.mark.parametrize("fps", [60.0, 100.0, 330.0])
@pytest.mark.parametrize("legs", [(0, 1, 2, 3, 4, 5), (0, 2, 3, 5)])
@pytest.mark.parametrize("swing", [0.04, 0.06, 0.09, 0.12, 0.15, 0.2])
def test_swings_last_as_long_as_they_do_in_slow_and_fast_animals(fps, swing, legs):
    """Mean duration within a frame, and as many leg-frames right as by the paper's rule."""
    tips, truth = stepping(
        fps, seconds=12, swing=swing, rest=1.53 * swing, speed=16 / swing, shift=0.0011
    )
    tips, truth = tips[:, legs, :2], truth[:, legs]
    tips = tips + np.random.default_rng(0).normal(0, 0.3, tips.shape)
    found, paper = (gait.detect_stance(tips, fps, rule=rule) for rule in ("levels", "paper"))
    lasted, last = (
        np.mean([stop - start for leg in s.T for start, stop in runs(~leg)[1:-1]])
        for s in (found, truth)
    )
    assert abs(lasted - last) < 1
    assert (found == truth).mean() >= min((paper == truth).mean(), 0.99)


def test_a_leg_whose_movements_are_no_steps_keeps_them():
    """A drift that never rests: longer than any duration that is tried."""
    path = np.outer(np.arange(400.0), (1.0, 0.0))
    moves = np.array([[start, start + 4] for start in range(20, 380, 40)])
    assert np.array_equal(fitted(moves, path, np.ones(399, bool), 0.1), moves)


@pytest.mark.parametrize("fps", [25.0, 40.0])
def test_slow_cameras_are_no_worse_than_the_papers_rule(fps):
    tips, truth = stepping(fps, seconds=20, swing=0.05, rest=0.23, speed=150)
    tips += np.random.default_rng(0).normal(0, 0.5, tips.shape)
    found, paper = (gait.detect_stance(tips, fps, rule=rule) for rule in ("levels", "paper"))
    assert (found == truth).mean() >= (paper == truth).mean() > 0.8
    still = HOMES + np.random.default_rng(1).normal(0, 0.5, (500, 6, 2))
    assert gait.detect_stance(still, fps).all()
    assert gait.detect_stance(still, fps, rule="paper").mean() < 0.6


def test_lift_off_and_landing_of_a_known_step_are_found_between_frames():
    """Places of one foot without noise: the fitted frames are the first after each moment."""
    frames = np.arange(40.0)
    for lift, duration in ((15.3, 4.1), (17.8, 3.0), (16.0, 6.4), (16.6, 4.9)):
        share = np.clip((frames - lift) / duration, 0, 1)
        path = np.outer(3 * share**2 - 2 * share**3, (30.0, -4.0))
        moves = fitted(np.array([[15, 22]]), path, np.ones(39, bool), 0.1)
        begin, end = int(np.ceil(lift)), int(np.ceil(lift + duration))
        assert np.abs(moves - [[begin, end]]).max() <= (0 if begin - lift > 0.15 else 1)
    # without a rest after it, or longer than a swing: as it was
    cut = np.arange(39) < 20
    for move, linked in (([15, 22], cut), ([5, 30], np.ones(39, bool))):
        assert fitted(np.array([move]), path, linked, 0.1).tolist() == [move]


def test_sloping_ground_is_not_height():
    """Feet that walk uphill in their own frame: the height over the plane under the stances."""
    tips, _ = stepping(FPS, height=0.0)
    tips[..., 2] = 5 + 0.3 * tips[..., 0] - 0.2 * tips[..., 1]
    stands = np.ones(len(tips), bool)
    for leg in range(6):
        height = over_ground_level(tips[:, leg], stands, FPS)
        assert np.abs(height).max() < 0.2 < np.ptp(tips[:, leg, 2])
    assert np.isnan(over_ground_level(tips[:, 0], ~stands, FPS)).all()


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("fps", [25.0, 100.0, 330.0])
def test_nothing_is_invented_where_no_foot_moves(fps, axes):
    """Constant and trembling tips, few frames, gaps, a leg that is never seen."""
    for frames in (0, 1, 2, 3, 4, 5, 17, 400):
        constant = np.zeros((frames, 6, axes))
        constant[..., :2] = HOMES
        assert gait.detect_stance(constant, fps).all()
        assert not gait.detect_stance(np.full_like(constant, np.nan), fps).any()
        tips = constant + np.random.default_rng(frames).normal(0, 0.5, constant.shape)
        assert gait.detect_stance(tips, fps).all()
        tips[:, 1] = np.nan
        tips[frames // 3 : frames // 2, 4] = np.nan
        found = gait.detect_stance(tips, fps)
        assert np.array_equal(found, np.isfinite(tips[..., 0]))


def test_a_flickering_tip_does_not_step():
    """A tip that jumps between two places, as trackers' do: no swing; a way of that length is."""
    tips = HOMES + np.random.default_rng(3).normal(0, 0.2, (300, 6, 2))
    tips[100:130, 1, 1] += 9
    tips[180:, 1, 1] += 9
    assert gait.detect_stance(tips, FPS).all()
    share = np.clip((np.arange(300) - 250) / 5, 0, 1)
    tips[:, 3, 0] += 9 * (3 * share**2 - 2 * share**3)
    swing = ~gait.detect_stance(tips, FPS)
    assert swing[:, 3].any() and not np.delete(swing, 3, axis=1).any()
    assert abs(np.flatnonzero(swing[:, 3]).mean() - 252.5) < 1


def test_gaps_and_lost_legs_leave_the_other_steps_as_they_are():
    tips, truth = stepping(FPS, shift=0.003)  # no lift-off right at a frame
    tips = tips[..., :2] + np.random.default_rng(2).normal(0, 0.5, (len(tips), 6, 2))
    whole = gait.detect_stance(tips, FPS)
    hurt = tips.copy()
    hurt[:, 5] = np.nan
    hurt[200:260, 2] = np.nan
    found = gait.detect_stance(hurt, FPS)
    assert not found[:, 5].any() and not found[200:260, 2].any()
    assert (found[:, :5] == whole[:, :5])[300:].mean() > 0.97
    seen = np.isfinite(hurt[..., 0])
    assert (found == truth)[seen].mean() > 0.94


def test_bad_tips_are_refused():
    tips, _ = stepping(FPS, seconds=1.0)
    for fps in (np.nan, 0.0, -1.0, np.inf):
        with pytest.raises(UserError, match="unknown frame rate.*give frames per second"):
            gait.detect_stance(tips, fps)
    with pytest.raises(UserError, match="not .frame, leg, 2 or 3."):
        gait.detect_stance(tips[:, :, 0], FPS)
    with pytest.raises(UserError, match="rule 'best'"):
        gait.detect_stance(tips, FPS, rule="best")


def contact_counts(data):
    fly = np.load(data / "gait" / "nely_fly1_pose_contact_frames000-449.npz")
    other = np.load(data / "gait" / "nely_fly2_contact.npz")
    return [fly["contact"][200:].astype(int).sum(1), other["contact"].astype(int).sum(1)]


def example_share(model, states, data):
    """Share of the authors' tripod example that the model calls tripod."""
    example = loadmat(data / "fly_leap" / "gait" / "TripodExample.mat")["example_stance"]
    found = model.decode(example.sum(axis=0).astype(int)[:, None])[1]
    return (found == states.index("tripod")).mean()


@pytest.mark.slow
def test_gait_modes_of_simulated_flies(flies):
    """The mode's name is the true one in at least 90 % of walking frames."""
    settings = config.Gait(restarts=4)
    model = gait.fit_model([poses for _, poses in flies], settings, 0.2, 0)
    right = []
    for truth, poses in flies:
        state, _ = decode(gait.leg_kinematics(poses, settings, 0.2), model)
        both = (state >= 0) & (truth.gait >= 0)
        names = np.array(model.states)[state[both]]
        right.append(names == np.array(truth.gaits)[truth.gait[both]])
    assert np.concatenate(right).mean() >= 0.9


@pytest.mark.slow
def test_a_model_of_real_contact_and_simulated_flies_knows_the_authors_tripod(flies, data):
    counts = contact_counts(data)
    for _, poses in flies:
        found = gait.leg_kinematics(poses, SETTINGS, 0.2)
        legs = (found.phase < 0).sum(axis=1)
        counts += [legs[a:b] for a, b in found.bouts() if b - a > 50]
    best, _ = baum_welch(counts, 3, 7, restarts=4, seed=0, dwell=20)
    order, names = name_states(best.emissionprob_)
    assert example_share(best, [names[k] for k in np.argsort(order)], data) >= 0.95


def test_modes_of_real_contact_last_longer_than_a_step(data):
    """Unbounded, the likeliest states change within a step; bounded, they are gaits."""
    counts = contact_counts(data)
    share = {}
    for dwell in (1, 20):
        best, scores = baum_welch(counts, 3, 7, restarts=6, seed=0, dwell=dwell)
        order, names = name_states(best.emissionprob_)
        share[dwell] = example_share(best, [names[k] for k in np.argsort(order)], data)
        shortest = best.transmat_.diagonal().min()
        assert (shortest < 0.5) == (dwell == 1)
    assert shortest >= 0.95 - 1e-9
    assert share[1] < 0.95 <= share[20]


def test_bounding_the_diagonal_is_the_best_row_under_the_bound():
    """No other row with that much on the diagonal makes the counts likelier."""
    rng = np.random.default_rng(0)
    counts = rng.uniform(1, 50, (3, 3))
    found = stay_at_least(counts / counts.sum(1, keepdims=True), 0.9)
    assert np.allclose(found.sum(axis=1), 1) and found.diagonal().min() >= 0.9
    for i in range(3):
        other = rng.dirichlet(np.ones(2), 2000) * rng.uniform(0, 0.1, (2000, 1))
        rows = np.insert(other, i, 1 - other.sum(axis=1), axis=1)
        assert counts[i] @ np.log(found[i]) >= (np.log(rows) @ counts[i]).max()
    steady = np.array([[0.99, 0.01], [0.02, 0.98]])
    assert np.array_equal(stay_at_least(steady, 0.9), steady)


def test_names_prefer_states_that_peak_at_three_and_four_legs():
    slow = np.array(
        [
            [0, 0, 0.03, 0.72, 0.15, 0.07, 0.03],
            [0, 0, 0, 0.01, 0.63, 0.35, 0.01],  # a wave: most mass of all at 4
            [0, 0.01, 0.17, 0.24, 0.56, 0.02, 0],
        ]
    )
    assert name_states(slow)[0].tolist() == [0, 2, 1]
    fast = np.array(
        [
            [0, 0, 0.1, 0.56, 0.22, 0.1, 0.02],
            [0, 0, 0.01, 0.51, 0.27, 0.19, 0.02],
            [0, 0, 0.02, 0.13, 0.46, 0.3, 0.09],
        ]
    )
    assert name_states(fast)[0].tolist() == [0, 2, 1]


def test_gaps_are_bridged_along_a_line():
    ramp = np.stack([np.arange(12.0), -2 * np.arange(12.0)], axis=1)
    hurt = ramp.copy()
    hurt[[0, 4, 5, 11], 0] = np.nan
    hurt[6:9, 1] = np.nan
    found = bridged(np.asfortranarray(hurt), 2)
    assert np.allclose(found[1:11, 0], ramp[1:11, 0]) and np.isnan(found[[0, 11], 0]).all()
    assert np.isnan(found[6:9, 1]).all() and np.allclose(found[:6, 1], ramp[:6, 1])
    assert np.isnan(hurt[4, 0])


# ---------------------------------------------------------------- swing profiles and examples


def rows_of(peak, duration, speed, swings, seed=0, step=10.0):
    """Swings whose velocity is exactly a parabola of this peak and duration, frames at random."""
    rng = np.random.default_rng(seed)
    parts = []
    for k in range(swings):
        time = np.arange(rng.uniform(0.1, step), duration, step)
        velocity = 4 * peak * time / duration * (1 - time / duration)
        parts.append(
            pd.DataFrame({"recording": "a", "leg": "LF", "swing": k, "frame": 0, "time_ms": time,
                          "velocity": velocity, "mean_speed": speed, "units": "mm/s"})
        )  # fmt: skip
    return pd.concat(parts)[list(SWING_COLUMNS)]


def test_parabolas_of_known_swings_are_recovered():
    table = pd.concat([rows_of(20, 50, 7.0, 40), rows_of(35, 40, 31.0, 40), rows_of(9, 50, 12, 9)])
    found = gait.swing_profiles(table)
    assert list(found.columns) == list(PROFILE_COLUMNS)
    assert sorted(found.speed_low.unique()) == [5, 30]  # nine swings are too few
    for low, peak, middle in ((5, 20, 25), (30, 35, 20)):
        rows = found[found.speed_low == low]
        assert rows.peak.to_numpy() == pytest.approx(peak) and (rows.swings == 40).all()
        assert rows.peak_ms.to_numpy() == pytest.approx(middle)
        exact = 4 * peak * rows.time_ms / (2 * middle) * (1 - rows.time_ms / (2 * middle))
        assert np.allclose(rows.fit.dropna(), exact[rows.fit.notna()])
        assert np.abs(rows.velocity - exact).max() < 0.1 * peak  # means over 5 ms
    assert len(gait.swing_profiles(table.assign(units="px/s"))) == 0
    assert len(gait.swing_profiles(table.assign(mean_speed=np.nan))) == 0


def test_a_time_bin_counts_swings_not_frames():
    found = gait.swing_profiles(rows_of(20, 50, 7.0, 40, step=2.0))
    assert (found.n <= 40).all() and found.n.max() == 40


def test_a_forward_movement_is_listed_once_and_inside_its_bout():
    """One leg: a movement split into two phases, then one that the end of walking cuts."""
    velocity = np.r_[-5.0, -5, 4, 9, 9, 1, 9, 9, 4, -5, -5, 6, 9, 9, 9, -5, -5]
    phase = np.r_[-1, -1, 1, 1, 1, -1, 1, 1, 1, -1, -1, 1, 1, -1, 1, -1, -1]
    walking = np.arange(len(velocity)) < 14
    found = Kinematics(
        tip_velocity=velocity[:, None],
        phase=phase[:, None].astype(np.int8),
        valid=np.ones((len(velocity), 1), bool),
        forward_velocity=np.full(len(velocity), 7.0),
        walking=walking,
        units="mm/s",
        legs=["LF"],
        fps=FPS,
        walking_source="forward velocity > 2 mm/s",
        speed_source="body track",
        note="",
    )
    table = swings(found, "a", np.arange(len(velocity)))
    assert table.frame.tolist() == [*range(2, 9), 11, 12, 13]
    assert table.swing.tolist() == [0] * 7 + [1] * 3


def test_swing_onsets_lie_between_frames(fly32):
    """Feet that move as sines swing for half a period, from zero to zero of their velocity."""
    poses, _ = walker(fly32, TRIPOD)
    period, size = 12.7, 40.0
    angle = 2 * np.pi * np.arange(1200) / period
    positions = np.full_like(poses.positions, 96.0)
    for i, tip in enumerate(fly32.leg_tips.values()):
        positions[:, tip, 0] -= size * np.cos(angle - i)
    settings = replace(SETTINGS, stance_rule="paper")
    moving = replace(poses, positions=positions)
    model = gait.fit_model([moving], settings, 0.2, 0)
    table = gait.analyse(moving, model, settings, 0.2)[1].swings
    assert list(table.columns) == list(SWING_COLUMNS) and set(table.leg) == set(LEGS)
    fastest = table.velocity.max()
    exact = fastest * np.sin(2 * np.pi * table.time_ms / 10 / period)
    assert np.abs(table.velocity - exact).max() < 0.08 * fastest
    assert table.frame.min() >= 7 and (table.velocity > 0).all()
    assert 85 * 6 < table.groupby(["leg", "swing"]).ngroups < 95 * 6
    assert table.mean_speed.to_numpy() == pytest.approx(15, abs=0.1)


def states_file(states, posterior, **more):
    frames = len(states)
    rng = np.random.default_rng(0)
    values = {
        "tip_velocity": np.zeros((frames, 6)),
        "swing": np.zeros((frames, 6), bool),
        "valid": np.ones((frames, 6), bool),
        "forward_velocity": 10 + rng.normal(0, 1, frames),
        "walking": np.ones(frames, bool),
        "state": states,
        "posterior": posterior,
        "frame": np.arange(frames) + 100,
        "legs": list(LEGS),
        "states": ["tripod", "tetrapod"],
        "fps": FPS,
    }
    return Gait(**(values | more))


def test_examples_are_the_longest_and_surest_bouts():
    states = np.full(500, -1)
    states[10:60], states[100:190], states[200:280] = 0, 0, 1
    states[300:390] = 0
    sure = np.zeros((500, 2))
    sure[:, 0] = 0.7
    sure[305:385, 0] = 0.9  # 80 of its 90 frames
    sure[200:280, 1] = 1
    found = steps.mode_examples([states_file(states, sure)])
    assert (found["tripod"].start, found["tripod"].stop) == (305, 385)
    assert (found["tetrapod"].start, found["tetrapod"].stop) == (200, 280)
    short = np.where(np.arange(500) % 20 < 19, 0, -1)
    assert steps.mode_examples([states_file(short, sure)]) == {"tripod": None, "tetrapod": None}


def test_the_schematic_shows_the_steadiest_walk_and_its_most_regular_leg():
    frames = 400
    angle = 2 * np.pi * np.arange(frames) / 12
    swing = np.repeat((np.sin(angle) > 0)[:, None], 6, axis=1)
    velocity = np.where(swing, np.random.default_rng(0).uniform(10, 40, (frames, 6)), -10)
    velocity[:, 4] = np.where(swing[:, 4], 25 * np.sin(angle), -10)
    speed = 10 + np.random.default_rng(1).normal(0, 1, frames)
    speed[200:260] = 12
    file = states_file(
        np.zeros(frames), np.ones((frames, 2)), swing=swing, tip_velocity=velocity,
        forward_velocity=speed,
    )  # fmt: skip
    found = steps.steady_steps([file])
    assert (found.start, found.stop, found.leg) == (200, 260, 4)
    broken = replace(file, valid=np.repeat((np.arange(frames) % 50 > 0)[:, None], 6, axis=1))
    assert steps.steady_steps([broken]) is None
    assert moving_mean(np.arange(5.0), 2).tolist() == [0.5, 1.5, 2.5, 3.5]
