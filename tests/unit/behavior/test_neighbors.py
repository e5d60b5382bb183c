"""Neighbours in the map: searches equal their definitions."""

from dataclasses import replace

import numpy as np
from fixtures.dancers import SMALL
from threadpoolctl import threadpool_limits

from leap_core import behavior
from leap_core.behavior import neighbors
from leap_core.behavior.embedding import place


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
