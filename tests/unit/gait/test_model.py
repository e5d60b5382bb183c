"""Gait modes: known hidden Markov models, known walks and real contact."""

import weakref
from dataclasses import replace

import numpy as np
import pytest
from fixtures.stances import LEGS, PATTERNS, stepping
from fixtures.walkers import SETTINGS, TETRAPOD, TRIPOD, walker
from hmmlearn.hmm import CategoricalHMM
from scipy.io import loadmat

from leap_core import config, gait
from leap_core.containers.gait import SURE_MODE
from leap_core.errors import UserError
from leap_core.gait.hmm import baum_welch, name_states
from leap_core.gait.lasting import stay_at_least
from leap_core.gait.model import decode
from leap_core.gait.symbols import alphabet, canonical
from leap_core.timeseries import runs


def test_the_authors_tripod_example_is_called_tripod(data):
    example = loadmat(data / "fly_leap" / "gait" / "TripodExample.mat")
    counts = example["example_stance"].sum(axis=0).astype(int)
    emission = np.array([[0, 0, 0.1, 0.2, 0.6, 0.1, 0], [0.1, 0.2, 0.2, 0.1, 0.1, 0.2, 0.1]])
    emission = np.vstack([emission, np.bincount(counts, minlength=7) / len(counts)])
    order, names = name_states(emission)
    assert names[order.tolist().index(2)] == "tripod"


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
    assert "is missing" not in model.note, "all legs are, for a moment"


def test_a_leg_that_hides_half_of_the_time_is_named(fly32):
    poses, _ = walker(fly32, TRIPOD)
    confidence = poses.confidence.copy()
    legs = fly32.legs
    for start in range(0, len(confidence), 40):
        confidence[start : start + 20, fly32.index(legs["LH"][-1])] = 0.1
    hidden = replace(poses, confidence=confidence)
    note = gait.fit_model([hidden], SETTINGS, 0.2, 0).note
    assert "fly: no walking bout" in note
    assert "LH is missing in 50% of the frames (`poses.min_confidence` is 0.2); lower it" in note
    assert gait.fit_model([hidden], SETTINGS, 0.02, 0).frames > 0


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
    """The mode is the true one in 95 % of walking frames, half of the errors uncertain."""
    settings = config.Gait(restarts=4)
    model = gait.fit_model([poses for _, poses in flies], settings, 0.2, 0)
    right, sure = [], []
    for truth, poses in flies:
        state, posterior = decode(gait.leg_kinematics(poses, settings, 0.2), model, settings)
        both = (state >= 0) & (truth.gait >= 0)
        names = np.array(model.states)[state[both]]
        right.append(names == np.array(truth.gaits)[truth.gait[both]])
        sure.append(posterior[both].max(axis=1))
        assert right[-1].mean() >= 0.95
    right, doubted = np.concatenate(right), np.concatenate(sure) < SURE_MODE
    assert doubted[~right].mean() >= 0.5 and doubted[right].mean() <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("every", [2, 4])
def test_modes_keep_their_names_before_a_slow_camera(flies, every):
    """At 50 and 25 frames/s swings seem longer, and a tetrapod no longer has 4 legs in stance.

    With names exchanged a third of the frames would be right.
    """
    stances, modes = [], []
    for truth, poses in flies:
        feet = [poses.skeleton.leg_tips[leg] for leg in truth.legs]
        tips = poses.positions[:, feet] - poses.positions[:, [poses.skeleton.index("thorax")]]
        found = gait.detect_stance(tips[::every], 100 / every)
        for a, b in runs(truth.gait[::every] >= 0):
            if b - a > 50 / every:
                stances.append(found[a:b])
                modes.append(truth.gait[::every][a:b])
    model, state, _ = gait.modes(
        np.concatenate(stances), [len(s) for s in stances], fps=100 / every, legs=truth.legs
    )
    true = np.array(truth.gaits)[np.concatenate(modes)]
    assert (np.array(model.states)[state] == true).mean() >= 0.8


def test_modes_of_a_fast_camera_are_those_of_a_slow_one(true_stance):
    """Each frame four times: 400 frames/s say no more than 100."""
    stance, mode = [], []
    for truth, stood in true_stance:
        for a, b in runs(truth.gait >= 0):
            if b - a > 50:
                stance.append(np.repeat(stood[a:b], 4, axis=0))
                mode.append(np.repeat(truth.gait[a:b], 4))
    settings, lengths = config.Gait(restarts=3), [len(s) for s in stance]
    model, state, _ = gait.modes(np.concatenate(stance), lengths, settings, 0, 400, legs=LEGS)
    true = np.array(truth.gaits)[np.concatenate(mode)]
    assert (np.array(model.states)[state] == true).mean() >= 0.95


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


@pytest.mark.parametrize("swing", [3, 4, 7])
def test_a_gaits_own_patterns_are_told_from_those_of_others(swing):
    """Whether swings take a quarter, a third or more than half of the cycle; mirrored, too."""
    symbols = alphabet(6, LEGS, "patterns")
    own = canonical(symbols, LEGS)
    share = {}
    for name in ("tripod", "tetrapod", "wave"):
        stance = ~stepping(PATTERNS[name], 12, swing, 120)
        mirrored = stance[:, [3, 4, 5, 0, 1, 2]]
        share[name] = own[symbols.read(stance)].mean(axis=0)
        assert np.array_equal(own[symbols.read(mirrored)].mean(axis=0), share[name])
    # when all stand, or all swing, nobody can tell
    assert share["tripod"].tolist() == [2 * min(swing, 12 - swing) / 12, 0]
    assert share["tetrapod"].tolist() == [0, {3: 0.75, 4: 1, 7: 1}[swing]]
    assert share["wave"][0] == 0 and share["wave"][1] <= share["tetrapod"][1] / 2
    assert canonical(alphabet(6, LEGS, "count"), LEGS) is None
    assert canonical(alphabet(4, ["LF", "LH", "RF", "RH"], "patterns"), ["LF"]) is None
