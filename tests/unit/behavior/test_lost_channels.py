"""A part that some recordings lack must not split the map by recording."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.dancers import SMALL, dancer

from leap_core import behavior
from leap_core.behavior.lost_channels import shared
from leap_core.behavior.stability import common
from leap_core.containers import BehaviorSample
from leap_core.errors import UserError

TINY = replace(SMALL, per_recording=60, total=120, bins=101, frequencies=8)


def lose(poses, part, share=0.6):
    """The same recording with the parts of that name unseen in most of its frames."""
    confidence = poses.confidence.copy()
    hidden = np.arange(len(confidence)) % 100 < 100 * share
    named = [p.startswith(part) for p in poses.skeleton.parts]
    confidence[np.ix_(hidden, named)] = 0
    return replace(poses, confidence=confidence)


@pytest.fixture(scope="module")
def halves(fly32):
    """One recording cut in two; the animal does each of three things equally long in both."""
    poses, truth = dancer(fly32, frames=3000, seed=36)
    for half in (truth[:1500], truth[1500:]):
        assert np.bincount(half).tolist() == [500, 500, 500]
    names = ("positions", "confidence", "valid")
    out = []
    for k in (0, 1):
        own = slice(1500 * k, 1500 * (k + 1))
        arrays = {name: getattr(poses, name)[own] for name in names}
        out.append(replace(poses, **arrays, frame=np.arange(1500), recording=f"half{k}"))
    return out


def mapped(recordings, settings=TINY):
    """Embedding, placed recordings and map."""
    channels = [behavior.pose_channels(p, settings, 0.2) for p in recordings]
    points = settings.total // len(channels)
    samples = [behavior.sample(c, settings, 0, points) for c in channels]
    embedding = behavior.embed(samples, settings, 0)
    found = [behavior.project(c, embedding, settings) for c in channels]
    area = behavior.build_map(embedding, found, settings)
    return embedding, [behavior.assign(b, area) for b in found], area


def occupancy(found, area):
    """Share of each recording's frames in each region, (region, recording)."""
    most = len(area.occupancy) + 1
    visits = [np.bincount(b.region[b.region > 0], minlength=most)[1:] for b in found]
    return np.stack([v / v.sum() for v in visits], axis=1)


@pytest.fixture(scope="module")
def whole(halves):
    """Share of frames that the halves have in common, by region, with all parts."""
    return common(occupancy(*mapped(halves)[1:]))


@pytest.mark.parametrize("part", ["hindlegR", "midlegL"])
def test_half_a_recording_without_a_part_visits_the_regions_of_the_other_half(halves, whole, part):
    """Also where the part is one of those that tell the behaviors apart."""
    embedding, found, area = mapped([halves[0], lose(halves[1], part)])
    overlap = common(occupancy(found, area))
    print(f"{part}: overlap {overlap:.3f}, {whole:.3f} with it")
    assert whole > 0.9 and overlap >= 0.9 * whole
    gone = [c for c in embedding.channels if c.startswith(part)]
    assert embedding.dropped == gone and len(gone) == 8
    assert f"made without {', '.join(gone)}, which half1 of 2 recordings lacks" in embedding.note
    assert "behavior.map_recordings" in embedding.note
    assert f"made without {', '.join(gone)}" in area.note
    assert max(b.far.mean() for b in found) < 0.05


def sampled(*dropped, points=12):
    """One sample of 12 rows for each recording that lacks these of the channels a, b, c."""
    rng = np.random.default_rng(0)
    out = []
    for k, own in enumerate(dropped):
        rows = rng.uniform(0.5, 1.5, (points, 3, 4)).astype(np.float32)
        rows[:, [name in own for name in "abc"]] = 0
        rows = rows.reshape(points, 12)
        out.append(
            BehaviorSample(
                features=rows / rows.sum(axis=1, keepdims=True),
                frame=np.arange(points) * 100, region_size=np.ones(points, int),
                channels=["a", "b", "c"], dropped=list(own), frequencies=[1.0, 2.0, 4.0, 8.0],
                recording=f"r{k}", fps=10.0, omega0=5.0,
            )
        )  # fmt: skip
    return out


def test_few_recordings_that_lack_a_part_do_not_make_the_map():
    """Under a fifth: 1 of 6 stays out, 1 of 5 costs the channel."""
    samples = sampled("", "b", "", "", "", "")
    embedding = behavior.embed(samples, TINY, 0)
    assert set(embedding.source) == {"r0", "r2", "r3", "r4", "r5"}
    assert embedding.dropped == []
    rest = np.concatenate([s.features for k, s in enumerate(samples) if k != 1])
    assert np.array_equal(embedding.features, rest)
    assert embedding.note.startswith("r1 is placed on the map but does not make it: it lacks b")
    five = behavior.embed(samples[:5], TINY, 0)
    assert set(five.source) == {f"r{k}" for k in range(5)} and five.dropped == ["b"]


def test_what_is_left_of_rows_without_a_channel_has_sum_one(caplog):
    samples = sampled("", "b", "b")
    embedding = behavior.embed(samples, TINY, 0)
    assert embedding.dropped == ["b"]
    rows = np.concatenate([s.features for s in samples]).reshape(-1, 3, 4).astype(float)
    rows[:, 1] = 0
    rows = rows.reshape(-1, 12) / rows.sum(axis=(1, 2))[:, None]
    assert np.allclose(embedding.features, rows, atol=1e-6)
    said = "the map is made without b, which r1, r2 of 3 recordings lack; to keep them, name"
    assert embedding.note.startswith(said) and said in caplog.text


def test_all_that_are_left_out_together_are_under_a_fifth():
    """Each of three parts is lost in few of 11 recordings, but in three of them in all."""
    embedding = behavior.embed(sampled(*[""] * 8, "a", "b", "c"), TINY, 0)
    out = {f"r{k}" for k in range(11)} - set(embedding.source)
    assert out == {"r8", "r9"} and embedding.dropped == ["c"]
    none = shared(sampled("c", "c", "c"))
    assert none.dropped == [] and none.notes == [] and none.recordings == [0, 1, 2]


def test_a_recording_that_lacks_much_is_left_out_before_one_that_lacks_little():
    embedding = behavior.embed(sampled("a", *[""] * 5, "bc"), TINY, 0)
    assert {f"r{k}" for k in range(7)} - set(embedding.source) == {"r6"}
    assert embedding.dropped == ["a"]


def test_recordings_without_a_common_channel_are_refused_in_one_line():
    with pytest.raises(UserError, match="no channel is in all recordings.*map_recordings") as info:
        behavior.embed(sampled("ab", "c"), TINY, 0)
    assert "\n" not in str(info.value)


def test_a_recording_that_has_none_of_the_maps_channels_is_not_placed(halves):
    channels = [behavior.pose_channels(p, TINY, 0.2) for p in halves]
    legs = [c for c in channels[0].channels if not c.startswith("wing")]
    blank = channels[1].x.copy()
    blank[:, [c in legs for c in channels[1].channels]] = 0
    wings = replace(channels[1], x=blank, dropped=legs)
    embedding = behavior.embed([behavior.sample(channels[0], TINY, 0, 60)], TINY, 0)
    rows = embedding.features.copy()
    rows[:, np.repeat([c.startswith("wing") for c in embedding.channels], 8)] = 0
    still = replace(embedding, features=rows / rows.sum(axis=1, keepdims=True))
    found = behavior.project(wings, still, TINY)
    assert np.isnan(found.z).all()
    assert "no frame is placed: it has none of the map's channels" in found.note
