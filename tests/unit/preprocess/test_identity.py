"""Names of animals: exchanges are found, and none is made."""

import itertools

import numpy as np
import pytest

from leap_core.preprocess import identity


def nats_of(looks, names, states):
    """(frame, state) evidence of the model: each animal's looks are normal about its own mean.

    One spread for all; in a frame all states together weigh nothing, none more than 1 nat, and a
    frame in which an animal is not seen tells nothing.  One frame per second: each is a look.
    """
    frames = np.arange(looks.shape[1])
    named = looks[names.T, frames]
    seen = np.isfinite(named).all((0, 2))
    means = named[:, seen].mean(1)
    spread = np.cov((named[:, seen] - means[:, None]).reshape(-1, looks.shape[2]).T)
    weight = np.linalg.inv(np.atleast_2d(spread) + 1e-6 * np.eye(looks.shape[2]))
    off = looks[states.T][..., :] - means[:, None, None]  # (animal, state, frame, feature)
    nats = -np.einsum("asfi,ij,asfj->fs", off, weight, off) / 2
    nats[~seen] = 0
    return np.clip(nats - nats.mean(1, keepdims=True), -1, 1)


@pytest.mark.parametrize(("animals", "frames"), [(2, 14), (3, 7)])
def test_names_and_their_certainty_equal_enumeration(animals, frames):
    """Best path and posterior of the permutations, against all paths of a short video."""
    states = np.array(list(itertools.permutations(range(animals))))
    paths = np.array(list(itertools.product(range(len(states)), repeat=frames)))
    exchanged, doubtful = 0, 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        looks = rng.normal(0, 0.7, (animals, frames, 2))
        looks[..., 0] += np.arange(animals)[:, None]
        contact = np.zeros(frames, bool)
        contact[frames // 2] = True
        if seed % 2:
            looks[:, frames // 2 :] = np.roll(looks[:, frames // 2 :], -1, axis=0)
        looks[:, contact] = np.nan
        names, certainty = identity.swaps(looks, contact, 1.0)
        nats = nats_of(looks, names, states)
        # an exchange costs 5 nats in contact and 60 elsewhere
        cost = np.where(contact[1:] | contact[:-1], 5.0, 60.0)
        score = nats[np.arange(frames), paths].sum(1) - (np.diff(paths, axis=1) != 0) @ cost
        found = [int(np.flatnonzero((states == row).all(1))[0]) for row in names]
        mine = score[(paths == found).all(1)]
        assert mine == pytest.approx(score.max())
        weight = np.exp(score - score.max())
        here = [weight[paths[:, k] == s].sum() / weight.sum() for k, s in enumerate(found)]
        np.testing.assert_allclose(certainty, here, atol=1e-9)
        exchanged += len(set(found)) > 1
        doubtful += certainty.min() < 0.9
    assert exchanged and doubtful, "what the data are for"


def test_a_swap_in_contact_is_undone_and_no_other_is_made():
    """Sizes differ by one standard deviation; rows are exchanged in the second contact."""
    rng = np.random.default_rng(3)
    frames = 3000
    contact = np.zeros(frames, bool)
    contact[700:740] = contact[1800:1850] = True
    looks = rng.normal(0, 1, (2, frames, 1)) + np.array([0.0, 1.0])[:, None, None]
    looks[:, 1825:] = looks[::-1, 1825:].copy()
    looks[:, contact] = np.nan
    names, certainty = identity.swaps(looks, contact, 25.0)
    expected = np.where(np.arange(frames) < 1825, 0, 1)
    assert (names[:, 0] == expected)[~contact].all()
    assert certainty[~contact].min() > 0.99


@pytest.mark.parametrize("seconds", [60, 600])
@pytest.mark.parametrize("share", [0.03, 0.1, 0.3, 0.5, 0.7, 0.97])
def test_a_swap_is_found_wherever_it_lies(seconds, share):
    """Sizes ten standard deviations apart; names of the first frame stay its own."""
    rng = np.random.default_rng(0)
    frames = 25 * seconds
    at = int(share * frames)
    looks = rng.normal(0, 0.03, (2, frames, 2))
    looks[0, :, 0] += 0.3
    looks[:, at:] = looks[::-1, at:].copy()
    contact = np.zeros(frames, bool)
    contact[at - 12 : at + 12] = True
    looks[:, contact] = np.nan
    names, certainty = identity.swaps(looks, contact, 25.0)
    assert (names[: at - 12] == [0, 1]).all() and (names[at + 12 :] == [1, 0]).all()
    assert certainty[~contact].mean() > 0.99


def test_with_nothing_to_tell_them_by_many_contacts_exchange_no_names():
    """Equal animals, thirty contacts: slow noise of the looks is no evidence."""
    rng = np.random.default_rng(5)
    frames = 25 * 120
    slow = rng.normal(0, 1, (2, frames, 2)).cumsum(1) * 0.05
    looks = (
        slow
        - np.apply_along_axis(lambda v: np.convolve(v, np.ones(50) / 50, "same"), 1, slow)
        + rng.normal(0, 0.1, slow.shape)
    )
    contact = np.zeros(frames, bool)
    for start in range(60, frames - 60, 100):
        contact[start : start + 20] = True
    looks[:, contact] = np.nan
    names, _ = identity.swaps(looks, contact, 25.0)
    assert (names == [0, 1]).all()


def test_equal_animals_keep_the_names_of_their_places():
    rng = np.random.default_rng(4)
    looks = rng.normal(0, 1, (2, 2000, 2))
    contact = np.zeros(2000, bool)
    contact[900:950] = True
    names, _ = identity.swaps(looks, contact, 25.0)
    assert (names == [0, 1]).all()


def test_assignment_goes_by_place():
    expected = np.array([[0.0, 0.0], [50.0, 0.0]])
    centers = np.array([[48.0, 2.0], [3.0, 1.0], [200.0, 90.0]])
    fresh = np.array([True, True])
    found = identity.assign(expected, centers, np.full(3, 100.0), np.full(2, 100.0), 10.0, fresh)
    assert found.tolist() == [1, 0]
    one = identity.assign(expected, centers[:1], np.full(1, 100.0), np.full(2, 100.0), 10.0, fresh)
    assert one.tolist() == [-1, 0]
    # a body goes to the animal that was seen of late, though the gone one was nearer
    fresh = np.array([False, True])
    gone = np.array([[48.0, 2.0], [38.0, 0.0]])
    one = identity.assign(gone, centers[:1], np.full(1, 100.0), np.full(2, 100.0), 10.0, fresh)
    assert one.tolist() == [-1, 0]
    never = np.array([[np.nan, np.nan], [38.0, 0.0]])
    one = identity.assign(never, centers[:1], np.full(1, 100.0), np.full(2, np.nan), 10.0, fresh)
    assert one.tolist() == [-1, 0]
