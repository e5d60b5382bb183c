"""Gait modes of plain arrays: decoding is exact, known gaits are told apart."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from fixtures.stances import LEGS, PATTERNS, stepping
from scipy.io import loadmat

from leap_core import config, gait
from leap_core.containers import GaitModel
from leap_core.errors import UserError
from leap_core.gait.decoding import decode_stances
from leap_core.gait.symbols import alphabet


def two_modes(rng):
    """A model of the number of three legs in stance."""
    return GaitModel(
        start=np.array([0.6, 0.4]),
        transition=np.array([[0.8, 0.2], [0.3, 0.7]]),
        emission=rng.dirichlet(np.ones(4), 2),
        log_likelihood=np.zeros(1),
        states=["mode 1", "mode 2"],
        frames=100,
    )


@pytest.mark.parametrize(("decoding", "frames"), [("viterbi", 1.0), ("posterior", 2.5)])
def test_decoding_is_exact(decoding, frames):
    """States and posterior against the sum over all paths of two short bouts.

    By the posterior 2.5 frames say together what one does: each counts to the power 1 / 2.5.
    """
    rng = np.random.default_rng(2)
    model = replace(two_modes(rng), swing_frames=2.5)
    stance = rng.random((13, 3)) < 0.5
    settings = config.Gait(decoding=decoding)
    same, state, posterior = gait.modes(stance, [6, 7], settings, model=model)
    assert same is model and state.dtype == np.int8
    for part in (slice(0, 6), slice(6, 13)):
        counts = stance[part].sum(axis=1)
        paths = np.array(list(itertools.product((0, 1), repeat=len(counts))))
        seen = model.emission[paths, counts].prod(axis=1) ** (1 / frames)
        chance = model.start[paths[:, 0]] * seen
        chance *= model.transition[paths[:, :-1], paths[:, 1:]].prod(axis=1)
        exact = (chance[:, None] * (paths == 1)).sum(axis=0) / chance.sum()
        wanted = paths[chance.argmax()] if decoding == "viterbi" else exact > 0.5
        assert state[part].tolist() == wanted.tolist()
        np.testing.assert_allclose(posterior[part, 1], exact, atol=1e-5)


def test_a_leg_that_is_not_seen_may_stand_or_swing():
    """The posterior is that of all patterns it may be, those of one number equally likely."""
    rng = np.random.default_rng(3)
    model = two_modes(rng)
    stance, known = rng.random((6, 3)) < 0.5, rng.random((6, 3)) < 0.7
    patterns = np.array(list(itertools.product((False, True), repeat=3)))
    ways = np.array([1, 3, 3, 1])[patterns.sum(axis=1)]
    each = model.emission[:, patterns.sum(axis=1)] / ways
    may_be = ((patterns[None] == stance[:, None]) | ~known[:, None]).all(axis=2)
    seen = may_be @ each.T
    paths = np.array(list(itertools.product((0, 1), repeat=6)))
    chance = model.start[paths[:, 0]] * seen[np.arange(6), paths].prod(axis=1)
    chance *= model.transition[paths[:, :-1], paths[:, 1:]].prod(axis=1)
    exact = (chance[:, None] * (paths == 1)).sum(axis=0) / chance.sum()
    state, posterior = decode_stances(stance, known, [6], model, alphabet(3))
    np.testing.assert_allclose(posterior[:, 1], exact, atol=1e-5)
    assert state.tolist() == (exact > 0.5).tolist()


def test_modes_of_two_known_gaits():
    tripod = ~stepping(PATTERNS["tripod"], 12, 6, 400)
    tetrapod = ~stepping(PATTERNS["tetrapod"], 12, 4, 300)
    settings = config.Gait(states=2, restarts=3)
    stance = np.concatenate([tripod, tetrapod])
    model, state, posterior = gait.modes(stance, [400, 300], settings, seed=1)
    assert model.states == ["tripod", "tetrapod"] and model.frames == 700
    assert (state[:400] == 0).all() and (state[400:] == 1).all()
    assert posterior[:400, 0].min() > 0.99
    again = gait.modes(stance, [400, 300], settings, seed=1)
    assert np.array_equal(again[0].emission, model.emission)
    assert np.array_equal(again[2], posterior)


def test_a_single_gait_keeps_its_name():
    """Two of three states have nothing to say; the one that does is the tripod."""
    for legs in (None, LEGS):
        stance = ~stepping(PATTERNS["tripod"], 12, 5, 400)
        model, state, _ = gait.modes(stance, legs=legs)
        assert (state == model.states.index("tripod")).mean() > 0.95


def test_patterns_tell_gaits_of_one_leg_count_apart():
    """Always three legs stand: a tripod, or the three of one side; the count cannot tell."""
    tripod = np.zeros((300, 6), bool)
    tripod[:, [0, 4, 2]] = True
    tripod[np.arange(300) // 6 % 2 == 1] ^= True
    side = np.repeat([[1, 1, 1, 0, 0, 0]], 300, axis=0).astype(bool)
    side[np.arange(300) // 6 % 2 == 1] ^= True
    stance, settings = np.concatenate([tripod, side]), config.Gait(states=2, restarts=3)
    model, state, posterior = gait.modes(stance, [300, 300], settings, legs=LEGS)
    assert (state[:300] != state[300]).all() and (state[300:] == state[300]).all()
    assert model.legs == LEGS and model.patterns.shape == (2, 36)
    assert np.allclose(model.emission[:, 3], 1, atol=1e-3)  # by their number both are alike
    mirrored = stance[:, [3, 4, 5, 0, 1, 2]]
    assert np.array_equal(gait.modes(mirrored, [300, 300], model=model, legs=LEGS)[1], state)
    blind = gait.modes(stance, [300, 300], replace(settings, symbols="count"), legs=LEGS)[0]
    assert blind.patterns is None and blind.legs == []
    assert gait.modes(stance, settings=settings, legs=[f"paw{k}" for k in range(6)])[0].legs == []
    with pytest.raises(UserError, match="stance: legs a, .* but the gait model has LF, LM"):
        gait.modes(stance, model=model, legs=list("abcdef"))
    with pytest.raises(UserError, match="legs: 2 names for 6 legs"):
        gait.modes(stance, legs=["LF", "RF"])


def test_bad_arrays_are_named():
    stance = np.ones((10, 6), bool)
    for lengths in ([4, 5], [10, 0], [-1, 11]):
        with pytest.raises(UserError, match="lengths: 2 bouts of"):
            gait.modes(stance, lengths)
    for wrong in (np.ones(10), np.zeros((0, 6)), np.full((10, 6), np.nan), np.full((10, 6), 2)):
        with pytest.raises(UserError, match="stance: expected .frame, leg. of 0 and 1"):
            gait.modes(wrong)
    model = gait.modes(stance, settings=config.Gait(restarts=1))[0]
    with pytest.raises(UserError, match="stance: 200 frames/s, but the gait model has 100"):
        gait.modes(stance, fps=200, model=model)
    with pytest.raises(UserError, match="stance: 4 legs, but the gait model has 6"):
        gait.modes(stance[:, :4], model=model)


@pytest.mark.parametrize("legs", [None, LEGS])
def test_the_authors_example_is_called_tripod_by_a_model_of_other_flies(true_stance, data, legs):
    """Learned from the contact of two tethered flies and the true stance of simulated ones."""
    fly = np.load(data / "gait" / "nely_fly1_pose_contact_frames000-449.npz")
    other = np.load(data / "gait" / "nely_fly2_contact.npz")
    parts = [fly["contact"][200:], other["contact"]]
    for truth, stance in true_stance:
        edges = np.flatnonzero(np.diff(truth.forward_velocity > 2, prepend=False, append=False))
        parts += [stance[a:b] for a, b in edges.reshape(-1, 2) if b - a > 50]
    lengths = [len(part) for part in parts]
    settings = config.Gait(restarts=4)
    model, _, _ = gait.modes(np.concatenate(parts).astype(bool), lengths, settings, legs=legs)
    example = loadmat(data / "fly_leap" / "gait" / "TripodExample.mat")
    published = example["example_stance"].T.astype(bool)
    assert np.array_equal(example["example_vel"].T < 0, published)
    _, state, posterior = gait.modes(published, model=model, legs=legs)
    tripod = model.states.index("tripod")
    print(f"tripod: {(state == tripod).mean():.3f}, posterior {posterior[:, tripod].mean():.3f}")
    assert (state == tripod).mean() >= 0.95
