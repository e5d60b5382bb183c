"""Behavior map: closed forms, an independent wavelet transform, and animals of known motion."""

from dataclasses import replace

import numpy as np
import pytest
import pywt
from sklearn.metrics import homogeneity_score, normalized_mutual_info_score

from leap_core import behavior, config
from leap_core.behavior import neighbors, regions
from leap_core.behavior.embedding import place
from leap_core.behavior.importance import allocate
from leap_core.behavior.wavelets import support
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
    samples = [behavior.sample(behavior.channels(p, SMALL, 0.2), SMALL, 0, 150) for p in poses]
    embedding = behavior.embed(samples, SMALL, 0)
    found = [behavior.project(behavior.channels(p, SMALL, 0.2), embedding, SMALL) for p in poses]
    area = behavior.build_map(embedding, found, SMALL)
    found = [behavior.assign(b, area) for b in found]
    return poses, truths, samples, embedding, found, area


# Wavelets


def test_a_unit_cosine_reads_the_same_at_every_frequency():
    frequencies = behavior.frequency_axis(1, 44, 25, FPS)
    for frames in (3000, 3001):
        time = np.arange(frames) / FPS
        x = np.cos(2 * np.pi * np.outer(time, frequencies) + 0.3)
        amplitude = behavior.morlet_amplitudes(x, FPS, frequencies)
        peak = amplitude[frames // 2].diagonal()
        assert np.abs(peak / 0.20043 - 1).max() < 1e-3


def test_frequencies_are_dyadic_and_never_above_nyquist():
    f = behavior.frequency_axis(1, 50, 25, FPS)
    assert f[0] == 1 and f[-1] == pytest.approx(50) and np.ptp(f[1:] / f[:-1]) < 1e-12
    assert behavior.frequency_axis(1, 50, 25, 30.0)[-1] == pytest.approx(15)
    with pytest.raises(UserError, match="behavior.fmin"):
        behavior.frequency_axis(20, 50, 25, 30.0)


def test_amplitudes_agree_with_pywavelets_at_low_frequencies():
    """cmor with bandwidth 2 is the same wavelet; its amplitude differs by one known factor."""
    frequencies = behavior.frequency_axis(1, 8, 7, FPS)
    x = np.random.default_rng(0).normal(size=(4000, 2))
    name = "cmor2.0-0.795775"
    scale = pywt.frequency2scale(name, frequencies / FPS, precision=14)
    theirs, _ = pywt.cwt(
        x, scale, name, sampling_period=1 / FPS, axis=0, method="fft", precision=14
    )
    cosine = np.cos(2 * np.pi * np.outer(np.arange(4000) / FPS, frequencies))
    one, _ = pywt.cwt(
        cosine, scale, name, sampling_period=1 / FPS, axis=0, method="fft", precision=14
    )
    unit = np.array([np.abs(one[i, 2000, i]) for i in range(7)])
    theirs = np.abs(theirs) / unit[:, None, None] * 0.20043
    ours = np.moveaxis(behavior.morlet_amplitudes(x, FPS, frequencies), 2, 0)
    inside = slice(600, -600)
    difference = np.abs(ours - theirs)[:, inside].max(axis=(1, 2))
    assert (difference / theirs[:, inside].max(axis=(1, 2)) < 0.04).all()


def test_blocks_equal_the_whole_signal():
    """Where the wavelet's spectrum ends before Nyquist, also at the ends of the recording."""
    frequencies = behavior.frequency_axis(1, 50, 25, FPS)
    x = np.random.default_rng(1).normal(size=(5001, 3))
    whole = behavior.morlet_amplitudes(x, FPS, frequencies)
    for block in (1000, 4096, 9000):
        slices, rows = zip(
            *behavior.amplitude_blocks(x, FPS, frequencies, block=block), strict=True
        )
        assert [s.start for s in slices] == list(range(0, 5001, block))
        found = np.concatenate(rows).reshape(whole.shape)
        assert found.dtype == np.float32
        clear = frequencies < 28
        assert np.abs(found - whole)[..., clear].max() < 1e-5 * 0.2
    assert support(frequencies, FPS) == 487


def test_a_recording_shorter_than_the_wavelet_has_no_echo_of_its_other_end():
    frequencies = np.array([1.0, 4.0])
    x = np.zeros((100, 1))
    x[-1] = 1
    alone = np.zeros((2000, 1))
    alone[1099] = 1
    expected = behavior.morlet_amplitudes(alone, FPS, frequencies)[1000:1100]
    assert np.abs(behavior.morlet_amplitudes(x, FPS, frequencies) - expected).max() < 1e-6


# Channels


def test_channels_are_relative_to_the_center_and_z_scored(fly32):
    poses, _ = dancer(fly32, frames=400)
    drift = np.cumsum(np.ones((400, 1, 2)), axis=0) * 5
    found = behavior.channels(poses, SMALL, 0.2)
    x, names, usable, dropped = found.x, found.channels, found.usable, found.dropped
    moved = behavior.channels(replace(poses, positions=poses.positions + drift), SMALL, 0.2).x
    assert np.abs(x - moved).max() < 1e-2
    assert x.shape == (400, 62) and x.dtype == np.float32
    assert names[:4] == ["head x", "head y", "eyeL x", "eyeL y"]
    assert not any(n.startswith("thorax") for n in names)
    assert np.abs(x.mean(axis=0)).max() < 1e-4 and np.abs(x.std(axis=0) - 1).max() < 1e-4
    assert usable.all() and dropped == []


def test_short_gaps_are_bridged_and_long_ones_are_not_usable(fly32):
    poses, _ = dancer(fly32, frames=400)
    positions, confidence = poses.positions.copy(), poses.confidence.copy()
    head = fly32.index("head")
    positions[:, head, 0] = 100 + np.arange(400) / 7
    positions[:, fly32.index("thorax")] = 90
    confidence[50:60, head] = 0.1  # 0.1 s: bridged
    positions[100:111, head] = np.nan  # 0.11 s
    valid = poses.valid.copy()
    valid[200:260] = False
    confidence[300:305, fly32.index("thorax")] = np.nan
    found = behavior.channels(
        replace(poses, positions=positions, confidence=confidence, valid=valid), SMALL, 0.2
    )
    lost = np.flatnonzero(~found.usable)
    assert lost.tolist() == [*range(100, 111), *range(200, 260)]
    assert np.isfinite(found.x).all()
    # A straight line is bridged by itself.
    assert np.abs(np.diff(found.x[:, 0], 2)).max() < 1e-3


def test_constant_and_mostly_missing_parts_stay_as_zeros_and_are_listed(fly32):
    poses, _ = dancer(fly32, frames=300)
    positions, confidence = poses.positions.copy(), poses.confidence.copy()
    positions[:, fly32.index("neck")] = positions[:, fly32.index("thorax")] + 3
    confidence[:200, fly32.index("wingL")] = 0
    found = behavior.channels(
        replace(poses, positions=positions, confidence=confidence), SMALL, 0.2
    )
    assert found.dropped == ["neck x", "neck y", "wingL x", "wingL y"]
    columns = [found.channels.index(n) for n in found.dropped]
    assert (found.x[:, columns] == 0).all() and found.x.shape[1] == 62
    assert found.usable.all()


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
        x = behavior.channels(pose, SMALL, 0.2).x
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
    _, _, samples, embedding, found, _ = mapped
    z = np.concatenate([b.z[s.frame] for b, s in zip(found, samples, strict=True)])
    moved = np.linalg.norm(z - embedding.z, axis=1) / np.abs(embedding.z).max()
    print(f"landing: median {np.median(moved):.2e}, largest {moved.max():.2e} of the radius")
    assert np.median(moved) < 0.01 and np.percentile(moved, 90) < 0.04
    again = np.concatenate([b.error[s.frame] for b, s in zip(found, samples, strict=True)])
    assert again.max() < 1e-4
    assert np.nanmax(found[0].error) <= 1


def test_one_seed_gives_the_same_map_twice(mapped, tmp_path):
    poses, _, samples, embedding, found, area = mapped
    again = [behavior.sample(behavior.channels(p, SMALL, 0.2), SMALL, 0, 150) for p in poses]
    for one, other in zip(samples, again, strict=True):
        assert np.array_equal(one.features, other.features)
    twin = behavior.embed(again, SMALL, 0)
    assert np.array_equal(twin.z, embedding.z)
    projected = [behavior.project(behavior.channels(p, SMALL, 0.2), twin, SMALL) for p in poses]
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
    found = behavior.project(behavior.channels(poses, SMALL, 0.2), embedding, SMALL)
    assert np.isnan(found.z[300:500]).all() and np.isfinite(found.z[:300]).all()
    assert "200 of 1500 frames left out" in found.note
    chosen = behavior.sample(behavior.channels(poses, SMALL, 0.2), SMALL, 0, 150)
    assert not ((chosen.frame >= 300) & (chosen.frame < 500)).any()


def test_too_few_frames_are_all_taken_and_said(fly32, caplog):
    poses, _ = dancer(fly32, frames=60)
    chosen = behavior.sample(behavior.channels(poses, SMALL, 0.2), SMALL, 0, 150)
    assert len(chosen.frame) == 60 and "60 usable frames for 150 points" in caplog.text
    embedding = behavior.embed([chosen], SMALL, 0)
    assert embedding.perplexity == pytest.approx(59 / 3)
    found = behavior.project(behavior.channels(poses, SMALL, 0.2), embedding, SMALL)
    assert np.isfinite(found.z).all()
    behavior.build_map(embedding, [found], SMALL)


def test_an_unusable_recording_is_stated_and_does_not_stop_the_others(fly32, mapped):
    samples, embedding = mapped[2], mapped[3]
    poses, _ = dancer(fly32, frames=200)
    blind = replace(poses, confidence=np.zeros_like(poses.confidence), recording="blind")
    chosen = behavior.sample(behavior.channels(blind, SMALL, 0.2), SMALL, 0, 50)
    assert chosen.features.shape == (0, 1550)
    assert len(behavior.embed([*samples, chosen], SMALL, 0).z) == 300
    found = behavior.project(behavior.channels(blind, SMALL, 0.2), embedding, SMALL)
    assert np.isnan(found.z).all() and "no frame is usable" in found.note
    with pytest.raises(UserError, match="min_confidence"):
        behavior.embed([chosen], SMALL, 0)
    with pytest.raises(UserError, match="no frame of any recording"):
        behavior.build_map(embedding, [found], SMALL)


def test_recordings_that_do_not_match_are_named(fly32, mapped):
    samples, embedding = mapped[2], mapped[3]
    slow, _ = dancer(fly32, frames=200, seed=9, fps=50.0)
    other = behavior.sample(behavior.channels(slow, SMALL, 0.2), SMALL, 0, 50)
    with pytest.raises(UserError, match="dancer1 and dancer9.*behavior.fmax to 25"):
        behavior.embed([samples[0], other], SMALL, 0)
    with pytest.raises(UserError, match="dancer1 and dancer2: their channels differ"):
        behavior.embed([samples[0], replace(samples[1], channels=["a x"])], SMALL, 0)
    with pytest.raises(UserError, match="dancer9"):
        behavior.project(behavior.channels(slow, SMALL, 0.2), embedding, SMALL)
    poses, _ = dancer(fly32, frames=50)
    with pytest.raises(UserError, match=r"dancer1.*videos\[\]\.fps"):
        behavior.channels(replace(poses, fps=float("nan")), SMALL, 0.2)
    with pytest.raises(UserError, match="roles.center"):
        behavior.channels(replace(poses, skeleton=replace(fly32, center=None)), SMALL, 0.2)


def test_kullback_leibler_separates_the_behaviors_too(fly32):
    settings = replace(SMALL, metric="kl")
    poses, truth = dancer(fly32)
    chosen = behavior.sample(behavior.channels(poses, settings, 0.2), settings, 0, 200)
    embedding = behavior.embed([chosen], settings, 0)
    found = behavior.project(behavior.channels(poses, settings, 0.2), embedding, settings)
    area = behavior.build_map(embedding, [found], settings)
    region = behavior.assign(found, area).region
    assert homogeneity_score(truth[region > 0], region[region > 0]) > 0.7
