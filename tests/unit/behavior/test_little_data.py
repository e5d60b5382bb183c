"""Maps of bad and of little data: what is missing is said."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.dancers import SMALL, dancer
from sklearn.metrics import homogeneity_score

from leap_core import behavior
from leap_core.behavior import neighbors
from leap_core.errors import UserError

# Bad and little data


def test_missing_stretches_are_left_out_and_noted(fly32, mapped):
    embedding = mapped[3]
    poses, _ = dancer(fly32, seed=1)
    positions = poses.positions.copy()
    for part in ("head", "eyeL", "eyeR", "neck"):
        positions[300:500, fly32.index(part)] = np.nan
    poses = replace(poses, positions=positions)
    found = behavior.project(behavior.pose_channels(poses, SMALL, 0.2), embedding, SMALL)
    assert np.isnan(found.z[300:500]).all() and np.isfinite(found.z[:300]).all()
    assert "200 of 1500 frames left out" in found.note
    chosen = behavior.sample(behavior.pose_channels(poses, SMALL, 0.2), SMALL, 0, 150)
    assert not ((chosen.frame >= 300) & (chosen.frame < 500)).any()


def test_too_few_frames_are_all_taken_and_said(fly32, caplog):
    poses, _ = dancer(fly32, frames=60)
    chosen = behavior.sample(behavior.pose_channels(poses, SMALL, 0.2), SMALL, 0, 150)
    assert len(chosen.frame) == 60 and "60 usable frames for 150 points" in caplog.text
    embedding = behavior.embed([chosen], SMALL, 0)
    assert embedding.perplexity == pytest.approx(59 / 3)
    found = behavior.project(behavior.pose_channels(poses, SMALL, 0.2), embedding, SMALL)
    assert np.isfinite(found.z).all()
    behavior.build_map(embedding, [found], SMALL)


def test_an_unusable_recording_is_stated_and_does_not_stop_the_others(fly32, mapped):
    samples, embedding = mapped[2], mapped[3]
    poses, _ = dancer(fly32, frames=200)
    blind = replace(poses, confidence=np.zeros_like(poses.confidence), recording="blind")
    chosen = behavior.sample(behavior.pose_channels(blind, SMALL, 0.2), SMALL, 0, 50)
    assert chosen.features.shape == (0, 1550)
    assert len(behavior.embed([*samples, chosen], SMALL, 0).z) == 300
    found = behavior.project(behavior.pose_channels(blind, SMALL, 0.2), embedding, SMALL)
    assert np.isnan(found.z).all() and "no frame is usable" in found.note
    with pytest.raises(UserError, match="min_confidence"):
        behavior.embed([chosen], SMALL, 0)
    with pytest.raises(UserError, match="no frame of any recording"):
        behavior.build_map(embedding, [found], SMALL)


def test_recordings_that_do_not_match_are_named(fly32, mapped):
    samples, embedding = mapped[2], mapped[3]
    slow, _ = dancer(fly32, frames=200, seed=9, fps=50.0)
    other = behavior.sample(behavior.pose_channels(slow, SMALL, 0.2), SMALL, 0, 50)
    with pytest.raises(UserError, match="dancer1 and dancer9.*behavior.fmax to 25"):
        behavior.embed([samples[0], other], SMALL, 0)
    with pytest.raises(UserError, match="dancer1 and dancer2: their channels differ"):
        behavior.embed([samples[0], replace(samples[1], channels=["a x"])], SMALL, 0)
    with pytest.raises(UserError, match="dancer9"):
        behavior.project(behavior.pose_channels(slow, SMALL, 0.2), embedding, SMALL)


def test_kullback_leibler_separates_the_behaviors_too(fly32):
    settings = replace(SMALL, metric="kl")
    poses, truth = dancer(fly32)
    channels = behavior.pose_channels(poses, settings, 0.2)
    embedding = behavior.embed([behavior.sample(channels, settings, 0, 200)], settings, 0)
    found = behavior.project(channels, embedding, settings)
    area = behavior.build_map(embedding, [found], settings)
    region = behavior.assign(found, area).region
    assert homogeneity_score(truth[region > 0], region[region > 0]) > 0.7
    exact = behavior.project(channels, embedding, replace(settings, search="exact"))
    assert (behavior.assign(exact, area).region == region).mean() >= 0.97


def test_thirty_usable_frames_and_a_recording_without_any_are_stated(fly32):
    settings = replace(SMALL, max_missing=1.0)
    poses, _ = dancer(fly32, frames=600)
    valid = np.arange(600) < 30
    short = behavior.pose_channels(replace(poses, valid=valid), settings, 0.2)
    none = behavior.pose_channels(
        replace(poses, valid=np.zeros(600, bool), recording="blind"), settings, 0.2
    )
    samples = [behavior.sample(c, settings, 0, 150) for c in (short, none)]
    embedding = behavior.embed(samples, settings, 0)
    assert len(embedding.z) == 30 and np.isfinite(embedding.z).all()
    for words in ("blind: no usable frame", "perplexity 9.67 instead of 32", "far is unknown"):
        assert words in embedding.note
    assert np.isnan(embedding.reach)
    found = [behavior.project(c, embedding, settings) for c in (short, none)]
    area = behavior.build_map(embedding, found, settings)
    regions_found = [behavior.assign(b, area).region for b in found]
    assert (regions_found[0][:30] >= 0).all() and (regions_found[1] == -1).all()
    assert not any(b.far.any() for b in found) and np.isnan(found[0].reach)
    assert "far: unknown (the map has no reach)" in found[0].note
    said = behavior.summary(found[0])
    assert "far: unknown" in said and "far from the map" not in said
    assert "570 of 600 frames left out" in found[0].note


@pytest.mark.parametrize("frames", [2, 5, 10])
def test_a_few_frames_get_no_region_and_make_no_map(fly32, mapped, frames):
    embedding, area = mapped[3], mapped[5]
    poses, _ = dancer(fly32, frames=frames)
    channels = behavior.pose_channels(poses, SMALL, 0.2)
    found = behavior.assign(behavior.project(channels, embedding, SMALL), area)
    assert (found.region == -1).all() and "too short" in found.note
    with pytest.raises(UserError, match="0 usable frames in all of 1 recordings"):
        behavior.embed([behavior.sample(channels, SMALL, 0, 150)], SMALL, 0)


def test_equal_rows_are_one_place(fly32, mapped):
    sample = mapped[2][0]
    equal = replace(sample, features=np.repeat(sample.features[:1], 150, axis=0))
    embedding = behavior.embed([equal], SMALL, 0)
    assert "all 150 rows are equal" in embedding.note and not embedding.z.any()
    found = behavior.project(behavior.pose_channels(mapped[0][0], SMALL, 0.2), embedding, SMALL)
    assert not found.z.any()
    area = behavior.build_map(embedding, [found], SMALL)
    assert area.labels.max() == 1 and area.occupancy.tolist() == [1]
    # Half of them equal: a map, with these at one place of it.
    rows = sample.features.copy()
    rows[:75] = rows[0]
    embedding = behavior.embed([replace(sample, features=rows)], SMALL, 0)
    assert np.isfinite(embedding.z).all() and embedding.note == ""
    train = neighbors.prepare(rows, "hellinger")
    assert np.array_equal(neighbors.nearby(rows[:1], train, 11)[0][0], np.arange(11))


def test_an_animal_that_never_moves_has_no_map(fly32):
    poses, _ = dancer(fly32, frames=300)
    still = replace(poses, positions=np.repeat(poses.positions[:1], 300, axis=0))
    sample = behavior.sample(behavior.pose_channels(still, SMALL, 0.2), SMALL, 0, 100)
    assert "every part is constant" in sample.note
    with pytest.raises(UserError, match="0 usable frames"):
        behavior.embed([sample], SMALL, 0)
