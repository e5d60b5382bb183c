"""Known behaviors come back as regions of the map."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.dancers import FPS, LEGS, RATES, SMALL, dancer
from sklearn.metrics import homogeneity_score, normalized_mutual_info_score

from leap_core import behavior
from leap_core.behavior.embedding import reach
from leap_core.behavior.importance import allocate
from leap_core.containers import Behavior, BehaviorMap, BehaviorSample, Embedding

# Sampling, map, projection


def test_points_are_shared_near_proportionally_and_at_least_one_each():
    rng = np.random.default_rng(0)
    for _ in range(50):
        sizes = rng.integers(1, 200, rng.integers(2, 40))
        count = int(rng.integers(1, sizes.sum() + 20))
        taken = allocate(sizes, count)
        assert taken.sum() == min(count, sizes.sum())
        assert (taken <= sizes).all()
        if count >= len(sizes):
            assert (taken >= 1).all()
    sizes = np.array([500, 300, 200])
    assert allocate(sizes, 100).tolist() == [50, 30, 20]


def test_a_sample_holds_rows_of_sum_one_from_its_own_frames(mapped):
    poses, _, samples, *_ = mapped
    for pose, chosen in zip(poses, samples, strict=True):
        assert chosen.features.shape == (150, 62 * 25)
        assert np.allclose(chosen.features.sum(axis=1), 1, atol=1e-5)
        assert (np.diff(chosen.frame) > 0).all()
        x = behavior.pose_channels(pose, SMALL, 0.2).x
        frequencies = np.array(chosen.frequencies)
        whole = behavior.morlet_amplitudes(x, FPS, frequencies)[chosen.frame]
        clear = frequencies < 28
        mine = chosen.features.reshape(whole.shape)[..., clear]
        truth = whole[..., clear]
        assert np.allclose(
            mine / mine.sum(axis=(1, 2), keepdims=True),
            truth / truth.sum(axis=(1, 2), keepdims=True),
            atol=1e-7,
        )


def test_known_behaviors_are_separated_by_the_map(mapped):
    _, truths, _, _, found, area = mapped
    truth = np.concatenate(truths)
    region = np.concatenate([b.region for b in found])
    # Near a switch the slowest wavelets see both behaviors.
    switch = np.concatenate(
        [np.convolve(np.diff(t, prepend=t[0]) != 0, np.ones(81), "same") for t in truths]
    )
    clear = (switch == 0) & (region > 0)
    score = normalized_mutual_info_score(truth[clear], region[clear])
    pure = homogeneity_score(truth[clear], region[clear])
    print(f"NMI {score:.3f}, homogeneity {pure:.3f}, {len(area.occupancy)} regions")
    assert clear.mean() > 0.5
    assert score > 0.7 and pure > 0.9


def test_the_spectrum_of_a_region_peaks_at_the_leg_and_rate_of_its_behavior(mapped):
    _, truths, _, _, found, area = mapped
    truth = np.concatenate(truths)
    region = np.concatenate([b.region for b in found])
    for kind, (leg, rate) in enumerate(zip(LEGS, RATES, strict=True)):
        # Region 1 is the most visited, so the first majority region is a big one.
        inside = region[truth == kind]
        best = np.bincount(inside[inside > 0]).argmax()
        channel, frequency = np.unravel_index(area.spectrum[best - 1].argmax(), (62, 25))
        assert area.channels[channel].startswith(leg)
        assert area.frequencies[frequency] == pytest.approx(rate, rel=0.2)


def test_training_points_projected_again_land_where_they_were(mapped):
    poses, _, samples, embedding, found, _ = mapped
    exact = replace(SMALL, search="exact")
    compared = [
        behavior.project(behavior.pose_channels(p, SMALL, 0.2), embedding, exact) for p in poses
    ]
    for way in (found, compared):
        z = np.concatenate([b.z[s.frame] for b, s in zip(way, samples, strict=True)])
        error = np.concatenate([b.error[s.frame] for b, s in zip(way, samples, strict=True)])
        assert np.abs(z - embedding.z).max() < 1e-6 * np.abs(embedding.z).max()
        assert (error == 0).all()
    assert np.nanmax(found[0].error) <= 1


# Error and far


def lose(poses, part):
    """The same recording with every part of that name unseen."""
    confidence = poses.confidence.copy()
    confidence[:, [p.startswith(part) for p in poses.skeleton.parts]] = 0
    return replace(poses, confidence=confidence)


@pytest.mark.parametrize("search", ["fast", "exact"])
def test_a_lost_leg_changes_neither_the_place_nor_the_error_of_training_rows(mapped, search):
    poses, _, samples, embedding, found, _ = mapped
    settings = replace(SMALL, search=search)
    channels = behavior.pose_channels(lose(poses[0], "forelegR"), settings, 0.2)
    assert len(channels.dropped) == 8
    lost = behavior.project(channels, embedding, settings)
    at = samples[0].frame
    assert np.abs(lost.error[at]).max() < 1e-5
    assert np.abs(lost.z[at] - found[0].z[at]).max() < 1e-3
    assert "compared without the 8 channels set to 0" in lost.note
    # By definition: rows without these features, each with sum 1.
    kept = np.repeat([not c.startswith("forelegR") for c in embedding.channels], 25)
    rows = embedding.features[:, kept].astype(float)
    rows /= rows.sum(axis=1, keepdims=True)
    source = np.unique(embedding.source, return_inverse=True)[1]
    lasting = 6 * (5 + np.sqrt(27)) / (4 * np.pi)  # 6 standard deviations at 1 Hz
    limit = reach(rows, source, embedding.frame / FPS, lasting, "hellinger")
    assert lost.reach == pytest.approx(limit, rel=1e-4)
    assert np.array_equal(lost.far, lost.error > lost.reach)


def test_a_lost_leg_makes_a_new_recording_no_farther(mapped, fly32):
    embedding = mapped[3]
    poses, _ = dancer(fly32, seed=7)
    whole = behavior.project(behavior.pose_channels(poses, SMALL, 0.2), embedding, SMALL)
    for part in ("hindlegR1", "hindlegR"):
        channels = behavior.pose_channels(lose(poses, part), SMALL, 0.2)
        found = behavior.project(channels, embedding, SMALL)
        print(f"{part}: {found.far.mean():.3f} far, {whole.far.mean():.3f} with it")
        assert found.far.mean() < whole.far.mean() + 0.05


def test_reach_is_the_distance_to_rows_of_other_times_or_recordings():
    """Rows on a line of known Hellinger distances: (cos a, sin a) squared."""
    angle = np.array([0.0, 0.1, 0.5, 0.6])
    rows = np.stack([np.cos(angle) ** 2, np.sin(angle) ** 2], axis=1)
    between = np.sqrt(1 - np.cos(angle[:, None] - angle))
    one = np.zeros(4, int)

    def found(source, time):
        return reach(rows, np.array(source), np.array(time, float), 5.0, "hellinger")

    # 0 and 1 lie within 5 s of each other, and 2 and 3: only the others count.
    nearest = [between[0, 2], between[1, 2], between[2, 1], between[3, 1]]
    assert found(one, [0, 1, 100, 101]) == pytest.approx(np.percentile(nearest, 99), rel=1e-4)
    # Another recording counts at any time.
    nearest = [between[0, 1], between[1, 0], between[2, 3], between[3, 2]]
    assert found([0, 1, 0, 1], [0, 0, 1, 1]) == pytest.approx(nearest[0], rel=1e-4)
    assert np.isnan(found(one, [0, 1, 2, 3]))


def test_frames_of_a_behavior_that_the_map_has_not_are_far(fly32):
    """One behavior is kept out of the map's rows, in both recordings that make it."""
    samples = []
    for seed in (1, 2):
        poses, truth = dancer(fly32, frames=3000, seed=seed)
        whole = behavior.pose_channels(poses, SMALL, 0.2)
        samples.append(behavior.sample(replace(whole, usable=truth != 2), SMALL, 0, 300))
    embedding = behavior.embed(samples, SMALL, 0)
    assert embedding.reach > 0
    poses, truth = dancer(fly32, frames=3000, seed=3)
    found = behavior.project(behavior.pose_channels(poses, SMALL, 0.2), embedding, SMALL)
    # At a switch the slowest wavelets see both behaviors.
    steady = np.convolve(np.diff(truth, prepend=truth[0]) != 0, np.ones(81), "same") == 0
    held_out, known = found.far[steady & (truth == 2)], found.far[steady & (truth != 2)]
    print(f"far: {held_out.mean():.3f} of the new behavior, {known.mean():.3f} of the others")
    assert held_out.mean() > 0.9 and known.mean() < 0.05
    assert np.array_equal(found.far, found.error > embedding.reach)
    count = int(found.far.sum())
    assert f"{count} of 3000 frames on the map ({count / 30:.1f} %) are far" in found.note


def test_one_seed_gives_the_same_map_twice(mapped, tmp_path):
    poses, _, samples, embedding, found, area = mapped
    again = [behavior.sample(behavior.pose_channels(p, SMALL, 0.2), SMALL, 0, 150) for p in poses]
    for one, other in zip(samples, again, strict=True):
        assert np.array_equal(one.features, other.features)
    twin = behavior.embed(again, SMALL, 0)
    assert np.array_equal(twin.z, embedding.z)
    projected = [
        behavior.project(behavior.pose_channels(p, SMALL, 0.2), twin, SMALL) for p in poses
    ]
    assert np.array_equal(projected[0].z, found[0].z)
    behavior.build_map(twin, projected, SMALL).write(tmp_path / "twin.h5")
    area.write(tmp_path / "map.h5")
    assert (tmp_path / "twin.h5").read_bytes() == (tmp_path / "map.h5").read_bytes()
    samples[0].write(tmp_path / "sample.h5")
    assert BehaviorSample.read(tmp_path / "sample.h5").channels == samples[0].channels
    embedding.write(tmp_path / "embedding.h5")
    assert np.array_equal(Embedding.read(tmp_path / "embedding.h5").z, embedding.z)
    found[0].write(tmp_path / "fly.h5")
    assert Behavior.read(tmp_path / "fly.h5").region.dtype == np.int16
    assert BehaviorMap.read(tmp_path / "map.h5").labels.max() == len(area.occupancy)
