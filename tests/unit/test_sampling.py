"""Cluster sampling against pools made from known groups, and against exact PCA."""

import numpy as np
import pytest

from leap_core import config, containers, sampling
from leap_core.errors import UserError

SIZE = 16


def write_crops(path, images, valid=None, recording=None):
    """A crops file whose video frames count in tens."""
    images = np.asarray(images, np.uint8)
    count = len(images)
    valid = np.ones(count, bool) if valid is None else valid
    with containers.create_crops(path, (*images.shape[1:3], 1)) as crops:
        frame = np.arange(count) * 10
        crops.append(
            images.reshape(*images.shape[:3], 1), frame, valid, np.zeros((count, 2)), frame
        )
        crops.set(recording=recording or path.stem)
    return path


def grouped(sizes, seed=0):
    """Images of well separated groups (a bright patch each) and the group of each, shuffled."""
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    images = rng.normal(40, 5, (len(group), SIZE, SIZE))
    for k, g in enumerate(group):
        images[k, 3 * g : 3 * g + 3] += 120
    return images.clip(0, 255).astype(np.uint8), group


def test_samples_every_group_and_cycles(tmp_path):
    images, group = grouped([60, 30, 30])
    half = len(images) // 2
    paths = [
        write_crops(tmp_path / "one.h5", images[:half]),
        write_crops(tmp_path / "two.h5", images[half:]),
    ]
    settings = config.Sampling(per_video=100, components=5, clusters=3, per_cluster=8)
    found = sampling.cluster_sample(paths, settings, seed=1)
    assert found.cluster.tolist() == [0, 1, 2] * 8
    assert found.sizes.tolist() == [60, 30, 30]
    assert found.note == ""
    where = found.frame // 10 + np.where(found.source == "two", half, 0)
    np.testing.assert_array_equal(found.images[..., 0], images[where])
    assert len(set(where)) == 24  # without replacement
    for k in range(3):  # a cluster is one group
        assert len(set(group[where[found.cluster == k]])) == 1
    again = sampling.cluster_sample(paths, settings, seed=1)
    for name in ("frame", "source", "cluster", "components", "centroids"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
    other = sampling.cluster_sample(paths, settings, seed=2)
    assert (other.frame != found.frame).any()


def test_small_clusters_give_all_and_others_fill(tmp_path):
    images, _ = grouped([40, 20, 4])
    path = write_crops(tmp_path / "one.h5", images)
    settings = config.Sampling(per_video=500, components=5, clusters=3, per_cluster=10)
    found = sampling.cluster_sample([path], settings, seed=1)
    taken = np.bincount(found.cluster)
    assert taken.sum() == 30
    assert taken[2] == 4
    assert found.cluster[:12].tolist() == [0, 1, 2] * 4
    assert "2 (4)" in found.note
    assert "6 filled" in found.note
    assert len(set(found.frame)) == 30
    everything = sampling.cluster_sample(
        [path], config.Sampling(500, 5, clusters=3, per_cluster=150), seed=1
    )
    assert sorted(everything.frame // 10) == list(range(64))  # never more than there is


def test_stride_skips_invalid_frames(tmp_path):
    rng = np.random.default_rng(5)
    images = rng.integers(0, 255, (90, SIZE, SIZE))
    valid = np.ones(90, bool)
    valid[30:60] = False
    path = write_crops(tmp_path / "one.h5", images, valid, recording="fly1")
    pool, source, frame = sampling.read_pool([path], 20)
    rows = frame // 10
    assert valid[rows].all()
    assert set(np.diff(np.searchsorted(np.flatnonzero(valid), rows))) == {3}  # fixed stride
    np.testing.assert_array_equal(pool[..., 0], images[rows])
    assert set(source) == {"fly1"}


def test_components_equal_exact_pca():
    rng = np.random.default_rng(6)
    scores = rng.normal(size=(1200, 6)) * [900, 600, 420, 300, 200, 120]
    modes, _ = np.linalg.qr(rng.normal(size=(400, 6)))
    pool = (128 + scores @ modes.T + rng.normal(0, 2, (1200, 400))).clip(0, 255).astype(np.uint8)
    mean, found, explained = sampling.principal_components(pool, 6, seed=0)
    centred = pool - pool.mean(axis=0, dtype=float)
    _, values, exact = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(mean, pool.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(explained, (values**2 / np.sum(values**2))[:6], rtol=1e-3)
    assert np.abs(np.sum(found * exact[:6], axis=1)).min() > 0.999
    np.testing.assert_allclose(found @ found.T, np.eye(6), atol=1e-4)
    projected = sampling.project(pool, mean, found)
    np.testing.assert_allclose(projected, centred @ found.T, atol=0.05)


def test_what_does_not_exist_is_clipped_and_noted(tmp_path):
    images, _ = grouped([4, 3])
    path = write_crops(tmp_path / "few.h5", images)
    found = sampling.cluster_sample([path], config.Sampling(), seed=0)
    assert len(found.frame) == 7
    assert len(found.explained) == 6  # seven images span six modes around their mean
    assert found.explained.sum() == pytest.approx(1, abs=1e-3)
    assert "6 of 50 components" in found.note
    assert "7 of 10 clusters" in found.note
    same = write_crops(tmp_path / "same.h5", np.full((5, SIZE, SIZE), 9))
    found = sampling.cluster_sample([same], config.Sampling(per_cluster=2), seed=0)
    assert len(found.frame) == 2  # one cluster
    assert found.components.shape == (0, SIZE, SIZE)
    found.write(tmp_path / "sample.h5")
    assert containers.Sample.read(tmp_path / "sample.h5").note == found.note


def test_real_recording_spreads_over_the_video(data, tmp_path):
    """Frames of one real fly: chosen images differ more than neighbours in time do."""
    from leap_core.io import video

    images = []
    for k, image in video.read_frames(data / "fly_leap/fly_leap_test.mp4"):
        if k == 1000:
            break
        images.append(255 - image[::4, ::4])
    path = write_crops(tmp_path / "fly.h5", images)
    settings = config.Sampling(per_video=250, components=20, clusters=10, per_cluster=3)
    found = sampling.cluster_sample([path], settings, seed=3)
    assert np.bincount(found.cluster).tolist() == [3] * 10
    assert 0.5 < found.explained.sum() < 1
    assert (np.diff(found.explained) <= 0).all()
    first_round = found.images[:10].reshape(10, -1).astype(float)
    apart = np.linalg.norm(first_round[:, None] - first_round, axis=-1)
    chosen = apart[np.triu_indices(10, 1)].min()
    pool = np.stack(images[:250]).reshape(250, -1).astype(float)
    assert chosen > 0.5 * np.median(np.linalg.norm(np.diff(pool, axis=0), axis=1))


def test_errors_are_one_line(tmp_path):
    one = write_crops(tmp_path / "one.h5", np.zeros((3, SIZE, SIZE)))
    two = write_crops(tmp_path / "two.h5", np.zeros((3, SIZE, 12)))
    none = write_crops(tmp_path / "none.h5", np.zeros((3, SIZE, SIZE)), np.zeros(3, bool))
    with pytest.raises(UserError, match=r"one\.h5 are 16 x 16 px, .*two\.h5 are 12 x 16"):
        sampling.cluster_sample([one, two], config.Sampling(), 0)
    with pytest.raises(UserError, match=r"no valid frame in .*none\.h5"):
        sampling.cluster_sample([none], config.Sampling(), 0)
    with pytest.raises(UserError, match="no recordings"):
        sampling.cluster_sample([], config.Sampling(), 0)
