"""Behavior map: closed forms and animals of known motion."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import homogeneity_score, normalized_mutual_info_score
from threadpoolctl import threadpool_limits

from leap_core import behavior, cli, config
from leap_core.behavior import neighbors, regions
from leap_core.behavior.embedding import place, reach
from leap_core.behavior.importance import allocate
from leap_core.containers import Behavior, BehaviorMap, BehaviorSample, Embedding, Poses
from leap_core.errors import UserError

FPS = 100.0
SMALL = config.Behavior(per_recording=400, total=300, sigma=1.5, exaggeration=4, bins=201)
LEGS = ("forelegL", "midlegL", "hindlegL")
RATES = (9.0, 5.0, 2.0)


def dancer(skeleton, frames=1500, seed=1, fps=FPS):
    """Poses of an animal that moves one leg at a time, each at its own rate; and which."""
    rng = np.random.default_rng(seed)
    time = np.arange(frames) / fps
    truth = np.repeat(rng.permutation(np.arange(frames // 250 + 1) % 3), 250)[:frames]
    positions = np.repeat(rng.uniform(40, 150, (1, len(skeleton), 2)), frames, axis=0)
    for kind, (leg, rate) in enumerate(zip(LEGS, RATES, strict=True)):
        for part in (i for i, p in enumerate(skeleton.parts) if p.startswith(leg)):
            turn = 2 * np.pi * rate * time + part
            move = np.stack([8 * np.cos(turn), 4 * np.sin(turn)], axis=1)
            positions[:, part] += move * (truth == kind)[:, None]
    positions += rng.normal(0, 0.3, positions.shape)
    poses = Poses(
        positions=positions,
        confidence=np.ones((frames, len(skeleton))),
        frame=np.arange(frames),
        valid=np.ones(frames, bool),
        skeleton=skeleton,
        recording=f"dancer{seed}",
        fps=fps,
    )
    return poses, truth


@pytest.fixture(scope="module")
def mapped(fly32):
    """Two dancers all the way through: poses, truths, samples, embedding, behaviors, map."""
    poses, truths = zip(*(dancer(fly32, seed=s) for s in (1, 2)), strict=True)
    samples = [behavior.sample(behavior.pose_channels(p, SMALL, 0.2), SMALL, 0, 150) for p in poses]
    embedding = behavior.embed(samples, SMALL, 0)
    found = [
        behavior.project(behavior.pose_channels(p, SMALL, 0.2), embedding, SMALL) for p in poses
    ]
    area = behavior.build_map(embedding, found, SMALL)
    found = [behavior.assign(b, area) for b in found]
    return poses, truths, samples, embedding, found, area


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


def test_a_search_among_candidates_puts_frames_where_a_search_of_all_does(mapped):
    poses, _, _, embedding, found, area = mapped
    exact = replace(SMALL, search="exact")
    for pose, fast in zip(poses, found, strict=True):
        full = behavior.project(behavior.pose_channels(pose, SMALL, 0.2), embedding, exact)
        assert (behavior.assign(full, area).region == fast.region).mean() >= 0.97
        assert (fast.error >= full.error).all()
        assert np.mean(fast.error == full.error) >= 0.97


def test_neighbours_do_not_depend_on_the_rows_that_are_searched_with_them(mapped):
    rows = mapped[3].features
    query = np.concatenate([rows[:40], np.roll(rows, 7, axis=1)])
    for metric in ("hellinger", "kl"):
        train = neighbors.prepare(rows, metric)
        index, distance = neighbors.nearby(query, train, 11)
        for size in (1, 33, 256):
            parts = [
                neighbors.nearby(query[i : i + size], train, 11) for i in range(0, len(query), size)
            ]
            assert np.array_equal(np.concatenate([p[0] for p in parts]), index)
            assert np.array_equal(np.concatenate([p[1] for p in parts]), distance)
        assert np.array_equal(index[:40, 0], np.arange(40)) and (distance[:40, 0] == 0).all()
        assert (np.diff(distance, axis=1) >= 0).all()


def test_all_rows_are_candidates_when_there_are_few():
    rng = np.random.default_rng(0)
    rows, query = rng.dirichlet(np.ones(30), 40), rng.dirichlet(np.ones(30), 9)
    for metric in ("hellinger", "kl"):
        few = neighbors.nearby(query, neighbors.prepare(rows, metric), 5)
        full = neighbors.nearest(query, rows, 5, metric)
        assert np.array_equal(few[0], full[0]) and np.allclose(few[1], full[1], atol=1e-6)


def test_equal_training_rows_hide_no_other_and_come_in_order():
    """200 rows, each ten times, shuffled: ties go to the first of them."""
    rng = np.random.default_rng(0)
    few = rng.dirichlet(np.full(50, 0.3), 200).astype(np.float32)
    which = rng.permutation(np.repeat(np.arange(200), 10))
    rows, query = few[which], rng.dirichlet(np.full(50, 0.3), 40).astype(np.float32)
    p, q = query.astype(float)[:, None], few.astype(float)
    hellinger = np.sqrt(0.5 * ((np.sqrt(p) - np.sqrt(q)) ** 2).sum(axis=2))
    kl = (p * np.log(np.maximum(p, 1e-12) / np.maximum(q, 1e-12))).sum(axis=2)
    for metric, between in (("hellinger", hellinger), ("kl", kl)):
        truth = np.argsort(between[:, which], axis=1, kind="stable")[:, :25]
        for index, distance in (
            neighbors.nearby(query, neighbors.prepare(rows, metric), 25),
            neighbors.nearest(query, rows, 25, metric),
        ):
            assert np.array_equal(index, truth)
            assert np.allclose(distance, np.take_along_axis(between[:, which], truth, 1), atol=1e-5)


def test_candidates_for_kl_hold_the_nearest_rows_where_recordings_lack_a_channel(mapped):
    """Half of the training rows and half of the queries without one leg; all rows compared."""
    embedding = mapped[3]
    rng = np.random.default_rng(0)
    legs = np.repeat([c.startswith("hindlegL") for c in embedding.channels], 25)

    def some_without(rows):
        rows = rows * np.where(legs & (np.arange(len(rows)) % 2 == 0)[:, None], 0, 1)
        return (rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)

    rows = some_without(embedding.features)
    noisy = embedding.features * rng.uniform(0.7, 1.3, embedding.features.shape)
    query = some_without(np.roll(noisy, 1, axis=0))
    for metric in ("hellinger", "kl"):
        fast, _ = neighbors.nearby(query, neighbors.prepare(rows, metric), 11)
        full, _ = neighbors.nearest(query, rows, 11, metric)
        print(f"{metric}: {(fast == full).mean():.4f} equal, first {(fast == full)[:, 0].mean()}")
        assert (fast[:, 0] == full[:, 0]).mean() >= 0.99
        assert (fast == full).mean() >= 0.98


def test_training_rows_are_prepared_alike_with_any_number_of_threads(mapped):
    rows = mapped[3].features
    made = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            made.append(neighbors.prepare(rows, "hellinger"))
    assert made[0].axes.tobytes() == made[1].axes.tobytes()
    assert made[0].scores.tobytes() == made[1].scores.tobytes()


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


def test_distances_equal_their_definitions():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(40), 5), rng.dirichlet(np.ones(40), 70)
    h = np.sqrt(0.5 * ((np.sqrt(p)[:, None] - np.sqrt(q)[None]) ** 2).sum(axis=2))
    kl = (p[:, None] * np.log(p[:, None] / q[None])).sum(axis=2)
    for metric, truth in (("hellinger", h), ("kl", kl)):
        assert np.allclose(neighbors.distances(p, q, metric), truth, atol=1e-6)
        index, distance = neighbors.nearest(p, q, 7, metric)
        assert np.array_equal(index, np.argsort(truth, axis=1)[:, :7])
        assert np.allclose(distance, np.sort(truth, axis=1)[:, :7], atol=1e-6)


def test_a_row_between_two_islands_is_placed_on_one_of_them():
    z = np.array([[[-15, 0], [15, 0], [-15, 1], [-14, 0], [15, 1], [0, 0]]], float)
    found = place(z, np.array([[0.10, 0.10, 0.12, 0.12, 0.14, 0.2]]))[0]
    assert np.linalg.norm(found - (-15, 0)) < 1
    exact = place(z, np.array([[0.0, 0.10, 0.12, 0.12, 0.14, 0.2]]))[0]
    assert np.allclose(exact, (-15, 0), atol=1e-6)
    equal = place(z, np.full((1, 6), 0.2))[0]
    assert np.isfinite(equal).all() and np.linalg.norm(equal - (-15, 0)) < 1


# Regions


def test_density_of_one_point_is_the_gaussian_and_integrates_to_one():
    height = regions.density(np.array([[4.0, -6.0]]), 401, 0.65)
    width = 40 / 401
    assert height.sum() * width**2 == pytest.approx(1)
    assert height.max() == pytest.approx(1 / (2 * np.pi * 0.65**2), rel=0.01)
    row, column = np.unravel_index(height.argmax(), height.shape)
    assert (column + 0.5) * width - 20 == pytest.approx(4, abs=width)
    assert (row + 0.5) * width - 20 == pytest.approx(-6, abs=width)


def test_regions_of_known_hills():
    y, x = np.mgrid[:101, :101]

    def hill(cx, cy, height, spread=8):
        return height * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * spread**2))

    height = hill(25, 50, 1.0) + hill(75, 50, 0.8) + hill(50, 5, 0.01, 2)
    labels = regions.watershed_regions(height, 0.05)
    assert labels.max() == 2 and labels[5, 50] == 0
    assert labels[50, 25] != labels[50, 75] and min(labels[50, 25], labels[50, 75]) > 0
    # A line of zeros parts the two everywhere, also diagonally.
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        one, other = labels, np.roll(labels, (-dy, -dx), (0, 1))
        assert not ((one != other) & (one > 0) & (other > 0)).any()
    # Flat tops that touch are one seed: clipping below the saddle merges the hills.
    saddle = height[50, 25:76].min()
    merged = regions.watershed_regions(height, 1e-3, 0.9 * saddle)
    assert merged[50, 25] == merged[50, 75] > 0 and merged.max() == 2


def test_a_clip_above_all_density_leaves_no_region_and_says_so(mapped, tmp_path):
    *_, embedding, found, area = mapped
    high = 2 * float(area.density.max())
    bare = behavior.build_map(embedding, found, replace(SMALL, clip=[high, 2 * high]))
    assert not bare.labels.any() and len(bare.occupancy) == 0 and area.note == ""
    assert bare.note == (
        f"no density above behavior.clip[0] = {high:g}; the highest is {high / 2:.3g}; lower it"
    )
    bare.write(tmp_path / "bare.h5")
    assert BehaviorMap.read(tmp_path / "bare.h5").note == bare.note


@pytest.mark.parametrize("clip", [[0.003, 0.001], [0.001, 0.001], [-0.1, 1]])
def test_a_clip_that_is_no_range_is_refused(clip):
    value = {"dataset": "a", "skeleton": "b", "videos": [{"id": "v", "path": "v.mp4"}]}
    config.from_dict(value, "config")
    with pytest.raises(UserError, match=r"config: `behavior.clip` is \[.*0 <= low < high"):
        config.from_dict(value | {"behavior": {"clip": clip}}, "config")


def test_occupancy_counts_frames_and_no_data_is_minus_one(mapped):
    *_, found, area = mapped
    region = np.concatenate([b.region for b in found])
    share = np.bincount(region, minlength=len(area.occupancy) + 1)[1:] / len(region)
    assert np.allclose(area.occupancy, share)
    assert (np.diff(area.occupancy) <= 0).all()
    z = found[0].z.copy()
    z[:5] = np.nan
    assert (behavior.assign(replace(found[0], z=z), area).region[:6] >= 0).tolist() == [
        False
    ] * 5 + [True]
    for i, (px, py) in enumerate(area.peak):
        column, row = (int(np.searchsorted(area.edges_x, v)) - 1 for v in (px, py))
        assert area.labels[row, column] == i + 1


# Bad and little data


def test_missing_stretches_are_left_out_and_noted(fly32, mapped):
    embedding = mapped[3]
    poses, _ = dancer(fly32, seed=1)
    positions = poses.positions.copy()
    positions[300:500, fly32.index("head")] = np.nan
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


# One recording more


@pytest.fixture
def dataset(mapped, root, tmp_path):
    """A map on disk, poses of a third dancer, and the config of both."""
    poses, _ = dancer(mapped[0][0].skeleton, frames=700, seed=5)
    poses.write(tmp_path / "poses.h5")
    (tmp_path / "map").mkdir()
    mapped[3].write(tmp_path / "map" / "embedding.h5")
    mapped[5].write(tmp_path / "map" / "map.h5")
    lines = [
        "dataset: dancers",
        f"skeleton: {root / 'config/skeletons/fly32.yaml'}",
        "videos: [{id: dancer1, path: none.mp4}]",
        "behavior: {total: 300, sigma: 1.5, bins: 201}",
    ]
    (tmp_path / "config.yaml").write_text("\n".join(lines))
    return tmp_path


def add(folder, *changes):
    options = {
        "--map": folder / "map",
        "--config": folder / "config.yaml",
        "-o": folder / "out.h5",
    }
    options |= dict(zip(changes[::2], changes[1::2], strict=True))
    poses = options.pop("poses", folder / "poses.h5")
    return cli.main(["behavior", str(poses), *(str(v) for o in options.items() for v in o)])


def test_a_recording_is_added_without_changing_the_map(dataset, mapped, capsys):
    before = {path: path.read_bytes() for path in (dataset / "map").iterdir()}
    assert add(dataset) == 0
    assert {path: path.read_bytes() for path in (dataset / "map").iterdir()} == before
    text = capsys.readouterr().out
    found = Behavior.read(dataset / "out.h5")
    poses = Poses.read(dataset / "poses.h5")
    channels = behavior.pose_channels(poses, SMALL, config.Prediction().min_confidence)
    same = behavior.assign(behavior.project(channels, mapped[3], SMALL), mapped[5])
    for name in ("z", "error", "far", "region", "frame"):
        assert np.array_equal(getattr(found, name), getattr(same, name)), name
    assert found.note == same.note and found.recording == "dancer5"
    assert "dancer5: 700 frames" in text
    assert f"in regions        {100 * (found.region > 0).mean():5.1f} %" in text
    top = np.bincount(found.region[found.region > 0]).argmax()
    assert f"region {top} " in text
    again = (dataset / "out.h5").read_bytes()
    assert add(dataset, "--map", dataset / "map" / "map.h5") == 0
    assert (dataset / "out.h5").read_bytes() == again


def test_what_cannot_be_added_is_said_in_one_line(dataset, mapped, fly32, capsys):
    def fails(*words, **changes):
        assert add(dataset, *(v for c in changes.items() for v in c)) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1 and all(word in lines[0] for word in words), lines

    slow, _ = dancer(fly32, frames=200, seed=9, fps=50.0)
    slow.write(dataset / "slow.h5")
    fails("dancer9", "1 to 25 Hz", "behavior.fmin", poses=dataset / "slow.h5")
    centered = replace(slow, fps=FPS, skeleton=replace(fly32, center="head"))
    centered.write(dataset / "centered.h5")
    fails("channel 'thorax x'", "behavior.center", poses=dataset / "centered.h5")
    fails("none.h5: no such file", poses=dataset / "none.h5")
    options = {"--map": dataset / "nothing"}
    fails("nothing/embedding.h5: no such file", "folder", **options)
    fails("would replace its own input", **{"-o": dataset / "map" / "map.h5"})
    text = (dataset / "config.yaml").read_text()
    (dataset / "config.yaml").write_text(text.replace("{total", "{omega0: 6, total"))
    fails("behavior.omega0 is 6, the map's is 5")
    (dataset / "config.yaml").write_text(text)
    replace(mapped[5], channels=["a x"]).write(dataset / "map" / "map.h5")
    fails("different channels or frequencies", "one dataset")
