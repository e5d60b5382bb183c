"""Which regions come back when the map is made again: animals of known habits, closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.maps import make_behavior

from leap_core import config
from leap_core.behavior import refits
from leap_core.behavior.embedding import embed, project
from leap_core.behavior.importance import sample
from leap_core.behavior.refits import map_refits, of_map
from leap_core.behavior.regions import assign, build_map
from leap_core.containers import Channels, Refits
from leap_core.errors import UserError

SETTINGS = replace(
    config.Behavior(), fmax=20.0, frequencies=8, per_recording=300, total=500, perplexity=30.0,
    exaggeration=4.0, sigma=1.2, clip=[0.0005, 1.0], bins=101, refits=3,
)  # fmt: skip
RATES = (2.5, 6.5, 15.0)


def animal(movements, seed=0, name="a", seconds=60.0, fps=50.0):
    """Channels of an animal that does one thing for 10 s and then another, or only trembles."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * fps)) / fps
    doing = (time // 10 % max(movements, 1)).astype(int)
    x = rng.normal(0, 0.1, (len(time), 4))
    for k, rate in enumerate(RATES[:movements]):
        now = doing == k
        x[now, k] += 1.5 * np.sin(2 * np.pi * rate * time[now])
        x[now, 3] += np.cos(2 * np.pi * rate * time[now])
    return Channels(
        x=x,
        usable=np.ones(len(time), bool),
        frame=np.arange(len(time)),
        channels=[f"part{k} x" for k in range(4)],
        dropped=[],
        recording=name,
        fps=fps,
    )


def joint_map(channels, settings):
    embedding = embed([sample(channels, settings, 1, settings.total)], settings, 1)
    behavior = project(channels, embedding, settings)
    map = build_map(embedding, [behavior], settings)
    return map, assign(behavior, map)


def refitted(channels, behavior, settings=SETTINGS, seed=1):
    return map_refits(lambda: iter([channels]), [behavior], settings, seed)


@pytest.fixture(scope="module")
def three():
    """Three movements that nobody would confuse: their map, and what its refits say."""
    channels = animal(3)
    map, behavior = joint_map(channels, SETTINGS)
    assert len(map.occupancy) == 3
    return map, refitted(channels, behavior)


def cut(found, region, *shares):
    """What the refits say of a joint map that cuts one region in pieces, from left to right.

    The last piece keeps the region's number, the others follow the last region.
    """
    joint = found.joint.copy()
    rows = np.flatnonzero(joint == region)
    rows = rows[np.argsort(found.z[rows, 0], kind="stable")]
    ends = np.round(np.cumsum(shares) * len(rows)).astype(int)
    for number, piece in enumerate(np.split(rows, ends)[:-1]):
        joint[piece] = 4 + number
    occupancy = np.bincount(joint[joint >= 0])[1:] / (joint >= 0).sum()
    return replace(found, **refits.verdict(joint, found.refitted, occupancy))


def test_behaviors_that_are_clearly_apart_come_back_every_time(three, tmp_path):
    map, found = three
    assert found.found.tolist() == [1, 1, 1] and (found.overlap > 0.9).all()
    assert sorted(found.group) == [1, 2, 3] and found.group[map.occupancy.argmax()] == 1
    assert (found.together[~np.eye(3, dtype=bool)] < 0.1).all()
    assert found.refitted.shape == (3000, 3)
    assert found.perplexity == pytest.approx([21, 30, 42])
    found.write(tmp_path / "r.h5")
    read = Refits.read(tmp_path / "r.h5")
    np.testing.assert_array_equal(read.together, found.together)
    # the regions that the map has: told anew, it is the same
    again = of_map(read, map)
    for name in ("joint", "overlap", "found", "together", "group"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))


@pytest.mark.parametrize("region", [1, 2, 3])
def test_a_behavior_cut_in_two_is_one_group_and_its_piece_is_not_found(three, region):
    halves = cut(three[1], region, 0.4)
    assert halves.together[region - 1, 3] > 0.9
    assert halves.group[region - 1] == halves.group[3] and len(set(halves.group)) == 3
    others = [k for k in range(3) if k != region - 1]
    assert halves.found[3] == 0 and (halves.found[others] == 1).all()
    # its larger half has most of the behavior, and is found for it
    assert halves.found[region - 1] == 1


def test_none_of_three_pieces_is_found(three):
    pieces = cut(three[1], 1, 0.33, 0.33)
    assert pieces.found.tolist() == [0, 1, 1, 0, 0]
    assert len(set(pieces.group[[0, 3, 4]])) == 1 and len(set(pieces.group)) == 3


def test_an_edited_map_is_told_of_without_another_refit(three):
    map, found = three
    joined = np.where(map.labels == 3, 2, map.labels)
    kept = {name: getattr(map, name)[:2] for name in ("peak", "spectrum", "points")}
    share = np.array([map.occupancy[0], map.occupancy[1:].sum()])
    edited = replace(map, labels=joined, occupancy=share, ids=None, **kept)
    told = of_map(found, edited)
    assert sorted(set(told.joint)) == [r for r in (-1, 0, 1, 2) if r in told.joint]
    np.testing.assert_array_equal(told.joint == 2, (found.joint == 2) | (found.joint == 3))
    # two behaviors of one size in one region: it meets itself in half of the cases
    assert told.overlap[0] == pytest.approx(found.overlap[0])
    assert told.overlap[1] == pytest.approx(0.5, abs=0.05)
    np.testing.assert_array_equal(told.refitted, found.refitted)


def test_regions_of_noise_do_not_come_back():
    settings = replace(SETTINGS, exaggeration=1.0, sigma=0.65)
    map, behavior = joint_map(animal(0), settings)
    assert len(map.occupancy) > 20  # a map always has regions
    found = refitted(animal(0), behavior, settings)
    assert (found.occupancy * found.found).sum() < 0.1 * found.occupancy.sum()
    assert found.overlap.mean() < 0.3


def test_a_seed_repeats_to_the_byte_and_another_one_does_not(tmp_path):
    channels = animal(3, seconds=30.0)
    few = replace(SETTINGS, per_recording=100, total=100, refits=2)
    behavior = joint_map(channels, few)[1]
    one, same, other = (refitted(channels, behavior, few, seed) for seed in (1, 1, 2))
    one.write(tmp_path / "one.h5")
    same.write(tmp_path / "same.h5")
    assert (tmp_path / "one.h5").read_bytes() == (tmp_path / "same.h5").read_bytes()
    assert (one.refitted != other.refitted).any()
    # nor do the refits of one seed repeat one another
    assert (one.refitted[:, 0] != one.refitted[:, 1]).any()


def test_frames_of_several_recordings_are_placed_evenly():
    made = [animal(3, k, "abc"[k], seconds) for k, seconds in enumerate((160.0, 80.0, 240.0))]
    made[1] = replace(made[1], usable=np.arange(4000) >= 2000)
    behaviors = [
        make_behavior(
            np.arange(n) % 3 + 1, name, 50.0, np.random.default_rng(n).normal(size=(n, 2))
        )
        for name, n in zip("abc", (8000, 4000, 12_000), strict=True)
    ]
    found = map_refits(lambda: iter(made), behaviors, replace(SETTINGS, refits=0), 1)
    # every 4.4th of 8,000, 2,000 and 12,000 usable frames
    assert [(found.source == n).sum() for n in "abc"] == [1819, 454, 2727]
    for channels, behavior in zip(made, behaviors, strict=True):
        mine = found.source == channels.recording
        own = found.frame[mine]
        assert channels.usable[own].all() and set(np.diff(own)) == {4, 5}
        np.testing.assert_array_equal(found.z[mine], behavior.z[own])
        np.testing.assert_array_equal(found.joint[mine], behavior.region[own])


# Closed forms


def test_what_two_regions_are_together():
    # both always one region of the refit, whose frames are a tenth of one and all of the other
    assert refits.together([np.array([[5, 0], [50, 0]])], 2).tolist() == [[1, 1], [1, 1]]
    # never
    assert refits.together([np.array([[5, 0], [0, 50]])], 2).tolist() == [[1, 0], [0, 1]]
    # at one refit of two
    both = [np.array([[5, 0], [50, 0]]), np.array([[5, 0], [0, 50]])]
    assert refits.together(both, 2).tolist() == [[1, 0.5], [0.5, 1]]
    # the first is scattered: two of its frames meet in 2 x 2 x 1 of 4 x 3 cases, and one of it
    # meets one of the second in half of all
    pair = refits.together([np.array([[2, 2], [9, 0]])], 2)[0, 1]
    assert pair == 1  # 0.5 over a third
    pair = refits.together([np.array([[4, 4], [3, 1]])], 2)[0, 1]
    assert pair == 1  # 1 / 2 over 3 / 7 of the first
    pair = refits.together([np.array([[8, 0], [5, 5]])], 2)[0, 1]
    assert pair == 1  # 1 / 2 over 4 / 9 of the second
    pair = refits.together([np.array([[80, 20], [20, 80]])], 2)[0, 1]
    assert pair == pytest.approx(0.32 / ((80 * 79 + 20 * 19) / (100 * 99)))
    # a region without frames meets nobody
    alone = refits.together([np.array([[5, 0], [0, 0]])], 2)
    assert alone[0, 0] == 1 and np.isnan(alone[[0, 1, 1], [1, 0, 1]]).all()


def test_groups_are_joined_by_their_average_and_numbered_by_their_share():
    # 1 and 2 are one; 3 is with 1 alone: 0.4 on average
    pairs = np.array([[1, 1, 0.8, 0], [1, 1, 0, 0], [0.8, 0, 1, 0], [0, 0, 0, 1]])
    share = np.array([0.1, 0.1, 0.5, 0.15])
    assert refits.grouped(pairs, share).tolist() == [2, 2, 1, 3]
    # of their frames more are in 1
    share[0] = 0.2
    assert refits.grouped(pairs, share).tolist() == [1, 1, 1, 2]
    # alike: the lower number first; unknown: apart
    unknown = np.full((3, 3), np.nan)
    assert refits.grouped(unknown, np.array([0.2, 0.2, 0.3])).tolist() == [2, 3, 1]
    assert refits.grouped(np.ones((3, 3)), np.zeros(3)).tolist() == [1, 1, 1]
    assert refits.grouped(np.ones((1, 1)), np.ones(1)).tolist() == [1]
    assert refits.grouped(np.zeros((0, 0)), np.zeros(0)).tolist() == []


def test_what_lies_between_two_behaviors_does_not_join_them():
    # frames of 3 are half with 1 and half with 2, which never meet
    shared = np.array([[200, 0], [0, 200], [10, 10]])
    pairs = refits.together([shared] * 5, 3)
    assert pairs[2].tolist() == [1, 1, 1] and pairs[0, 1] == 0
    group = refits.grouped(pairs, np.array([0.48, 0.48, 0.04]))
    assert group[0] != group[1] and group[2] in group[:2]


def test_frames_between_regions_and_far_ones_do_not_count():
    joint = np.array([1, 1, 1, 1, 2, 2, 0, -1])
    refit = np.array([[2, 2, 0, -1, 1, 2, 2, 1]]).T
    told = refits.verdict(joint, refit, np.array([0.6, 0.4]))
    # region 1 has 2 of the 3 frames of refit's 2; region 2 has the one of its 1, and one more
    assert told["overlap"].ravel().tolist() == [2 / 3, 0.5]
    assert told["found"].tolist() == [1, 1]
    nowhere = refits.verdict(joint, refit, np.array([0.5, 0.3, 0.2]))["found"]
    assert nowhere[:2].tolist() == [1, 1] and np.isnan(nowhere[2])


# What cannot be


def test_without_refits_or_regions_nothing_is_told():
    channels = animal(3, seconds=20.0)
    behavior = joint_map(channels, SETTINGS)[1]
    none = refitted(channels, behavior, replace(SETTINGS, refits=0))
    assert none.refitted.shape[1] == 0 and np.isnan(none.found).all()
    assert none.group.tolist() == list(range(1, len(none.found) + 1))
    bare = refitted(channels, replace(behavior, region=0 * behavior.region))
    assert bare.refitted.shape[1] == 0 and bare.note == "the joint map has no regions: no refit"
    assert bare.found.shape == (0,) and bare.together.shape == (0, 0)


def test_too_few_frames_are_said(tmp_path):
    channels = animal(3, seconds=20.0)
    behavior = joint_map(channels, SETTINGS)[1]
    blind = replace(channels, usable=np.arange(1000) < 12)
    found = refitted(blind, behavior)
    assert "usable frames, at least 10 make a map: no refit" in found.note
    assert found.refitted.shape == (12, 0) and np.isnan(found.found).all()
    found.write(tmp_path / "r.h5")
    assert Refits.read(tmp_path / "r.h5").note == found.note


def test_refits_refuse_what_does_not_belong_together():
    channels = animal(3, seconds=20.0)
    behavior = joint_map(channels, SETTINGS)[1]
    with pytest.raises(UserError, match="refits: behavior files of b for channels of a"):
        refitted(channels, replace(behavior, recording="b"))
    with pytest.raises(UserError, match="refits: no recordings"):
        map_refits(list, [], SETTINGS, 1)
