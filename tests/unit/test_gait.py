"""Gait: the published rule on real legs, known motions, and known hidden Markov models."""

from dataclasses import replace

import numpy as np
import pytest
from hmmlearn.hmm import CategoricalHMM
from scipy.io import loadmat

from leap_core import config, gait, skeleton
from leap_core.containers import Poses
from leap_core.errors import UserError
from leap_core.gait.hmm import baum_welch, name_states
from leap_core.gait.stance import difference, gaussian_weights, odd_window, smooth
from leap_core.gait.steps import COLUMNS

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
    assert (gait.stance(tips, FPS, smooth_s=0.0)[1:-1] == published).all()


def test_the_authors_tripod_example_is_called_tripod(data):
    example = loadmat(data / "fly_leap" / "gait" / "TripodExample.mat")
    counts = example["example_stance"].sum(axis=0).astype(int)
    emission = np.array([[0, 0, 0.1, 0.2, 0.6, 0.1, 0], [0.1, 0.2, 0.2, 0.1, 0.1, 0.2, 0.1]])
    emission = np.vstack([emission, np.bincount(counts, minlength=7) / len(counts)])
    order, names = name_states(emission)
    assert names[order.tolist().index(2)] == "tripod"


def test_stance_agrees_with_ground_contact_of_a_real_fly(data):
    """Contact of a tethered fly while it walks: at least 88 % of leg-frames."""
    fly = np.load(data / "gait" / "nely_fly1_pose_contact_frames000-449.npz")
    found = gait.stance(fly["xyz_mm"][:, :, 4], float(fly["fps"]))
    agreement = (found == fly["contact"].astype(bool))[300:449].mean()
    print(f"agreement with contact: {agreement:.3f}")
    assert agreement >= 0.88


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
    found = gait.kinematics(poses, SETTINGS, 0.2)
    assert found.units == "mm/s"
    assert found.walking.all()
    assert np.allclose(found.forward_velocity, 15, atol=0.01)
    assert found.legs == list(fly32.legs)
    assert ((~found.swing) == truth).mean() > 0.9
    # In stance the tip goes backward at the body's speed.
    middle = np.abs(found.tip_velocity + 15) < 0.01
    assert (middle & truth).sum() > 0.5 * truth.sum()
    assert np.bincount(found.legs_in_stance).argmax() == legs


def test_durations_of_a_known_walk(fly32):
    poses, _ = walker(fly32, TETRAPOD, stride=24)
    model = gait.fit_model([poses], SETTINGS, 0.2, seed=0)
    result, table = gait.analyse(poses, model, SETTINGS, 0.2)
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
        result, table = gait.analyse(poses, models[0], settings, 0.2)
        assert (result.state == expected).mean() > 0.95
        assert np.allclose(result.posterior.sum(axis=1), 1, atol=1e-4)
        assert table.gait.mode()[0] == models[0].states[expected]


def test_training_takes_at_most_bout_frames_of_long_bouts(fly32):
    poses, _ = walker(fly32, TRIPOD)
    assert gait.fit_model([poses], replace(SETTINGS, bout_frames=500), 0.2, 0).frames == 500
    confidence = poses.confidence.copy()
    confidence[::40] = 0  # no stretch longer than 0.5 s is left
    model = gait.fit_model([replace(poses, confidence=confidence)], SETTINGS, 0.2, 0)
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
    result, table = gait.analyse(hurt, model, SETTINGS, 0.2)
    assert not result.valid[100:200, 0].any() and result.valid[100:200, 1:].all()
    assert not result.swing[~result.valid].any()
    assert np.isnan(result.tip_velocity[~result.valid]).all()
    gone = np.flatnonzero(result.state < 0)
    assert gone.tolist() == [*range(100, 200), *range(300, 310), *range(400, 410)]
    assert np.isnan(result.posterior[gone]).all()
    # Steps beside missing data are not whole: two for LF's own gap, two for each common gap,
    # and the two ends.
    ours = table[table.leg == "LF"]
    assert (~ours.whole).sum() == 8


@pytest.mark.parametrize("change", [{"tracked": False}, {"px_per_mm": float("nan")}])
def test_without_track_or_scale_nothing_walks_and_the_note_says_why(fly32, change, tmp_path):
    poses = replace(walker(fly32, TRIPOD, frames=300)[0], **change)
    model = gait.fit_model([poses], SETTINGS, 0.2, 0)
    assert model.frames == 0 and model.note
    assert np.allclose(model.emission.sum(axis=1), 1) and len(model.states) == 3
    result, table = gait.analyse(poses, model, SETTINGS, 0.2)
    assert not result.walking.any() and (result.state == -1).all()
    assert result.walking_source.startswith("none") and result.note
    assert len(table) and (table.gait == "").all()
    unscaled = "px_per_mm" in change
    assert result.velocity_units == ("px/s" if unscaled else "mm/s")
    assert np.isnan(result.forward_velocity).all() != unscaled
    assert table.mean_speed.isna().all() != unscaled
    result.write(tmp_path / "gait.h5")
    model.write(tmp_path / "model.h5")


def test_bad_input_is_named(fly32):
    poses, _ = walker(fly32, TRIPOD, frames=100)
    with pytest.raises(UserError, match=r"fly.*videos\[\]\.fps"):
        gait.kinematics(replace(poses, fps=float("nan")), SETTINGS, 0.2)
    legless = skeleton.Skeleton(fly32.parts, center="thorax", name="snake")
    with pytest.raises(UserError, match="snake.*gait.enabled: false"):
        gait.kinematics(replace(poses, skeleton=legless), SETTINGS, 0.2)
    with pytest.raises(UserError, match="roles.center"):
        gait.kinematics(replace(poses, skeleton=replace(fly32, center=None)), SETTINGS, 0.2)


def test_a_recording_of_no_frames_gives_empty_results(fly32):
    poses, _ = walker(fly32, TRIPOD)
    model = gait.fit_model([poses], SETTINGS, 0.2, 0)
    none = {k: getattr(poses, k)[:0] for k in ("positions", "confidence", "frame", "valid")}
    none |= {"center": poses.center[:0], "heading": poses.heading[:0]}
    result, table = gait.analyse(replace(poses, **none), model, SETTINGS, 0.2)
    assert len(result.frame) == 0 and len(table) == 0
