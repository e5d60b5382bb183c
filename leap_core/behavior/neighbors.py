"""Nearest neighbours among spectrogram rows: all rows compared, or the likeliest of them."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from leap_core import threads

# Logarithms of rows are cut here: a channel that one recording lacks costs its share x 27.
TINY = 1e-12
# Queries at a time: the distances to 35,000 training rows then take 70 MB.
BLOCK_QUERIES = 512
# Principal components in which candidates are sought, how many candidates are then compared in
# all features, and the rows that the components are computed from (docs/behavior.md, Speed).
COMPONENTS = 127
CANDIDATES = {"hellinger": 48, "kl": 192}
FITTED = 5000
# Queries of one search of candidates, the last one filled up with zeros: the shape of a matrix
# product changes its last digits.
CHUNK_QUERIES = 256
# The nearest rows are sought in groups of this many, by the nearest of each.
GROUP_ROWS = 16


@dataclass(frozen=True)
class Training:
    """Training rows made ready for :func:`nearby`.

    Attributes:
        rows: (distinct row, feature) float32, sum 1.
        metric: "hellinger" or "kl".
        prepared: (distinct row, feature) their square roots, or logarithms for "kl".
        mean, axes: (feature,) and (feature, component) of the square roots.
        scores: (component + 1, distinct row) so that the product with a query's components and
            a 1 is their squared distance, less what is the same for all rows; filled up to whole
            groups with rows that are far from everything.
        copies: indices of the rows equal to each distinct one, ascending.
    """

    rows: np.ndarray
    metric: str
    prepared: np.ndarray
    mean: np.ndarray
    axes: np.ndarray
    scores: np.ndarray
    copies: list[np.ndarray]


def distances(query: np.ndarray, train: np.ndarray, metric: str) -> np.ndarray:
    """Distances between two sets of rows that each sum to 1, (query, train) float32.

    ``hellinger``: sqrt(1 - sum sqrt(p q)), 0 to 1, a metric.
    ``kl``: Kullback-Leibler divergence of the query from the training row, in nats.
    """
    return _between(query, _prepared(train, metric), metric)


def _prepared(train: np.ndarray, metric: str) -> np.ndarray:
    return np.log(np.maximum(train, TINY)) if metric == "kl" else np.sqrt(train)


def _between(query: np.ndarray, prepared: np.ndarray, metric: str) -> np.ndarray:
    if metric == "kl":
        own = np.einsum("ij,ij->i", query, np.log(np.maximum(query, TINY)))
        out = own[:, None] - query @ prepared.T
        return np.maximum(out, 0, out=out)
    out = np.sqrt(query) @ prepared.T
    np.subtract(1, out, out=out)
    return np.sqrt(np.maximum(out, 0, out=out), out=out)


def nearest(
    query: np.ndarray, train: np.ndarray, k: int, metric: str, same: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest training rows of every query row, all of them compared.

    Args:
        query: (query, feature) rows that sum to 1.
        train: (point, feature) rows that sum to 1.
        k: neighbours, at most the number of (other) training rows.
        metric: "hellinger" or "kl".
        same: query and train are the same rows; a row is not its own neighbour.

    Returns:
        Indices (query, k), nearest first, and their distances: exactly 0 to an equal row.  Equal
        rows come in order, the first of them when not all are among the k; where ``same``, any.
    """
    if not same:
        copies = _copies(train)
        if len(copies) < len(train):
            most = min(k, len(copies))
            one = np.array([c[0] for c in copies])
            return _spread(*nearest(query, train[one], most, metric), copies, k)
    index = np.empty((len(query), k), np.int64)
    found = np.empty((len(query), k), np.float32)
    prepared = _prepared(train, metric)
    # A few more than asked: the products that find them are less exact than what ranks them.
    count = min(k + 4, len(train) - same)
    for start in range(0, len(query), BLOCK_QUERIES):
        part = slice(start, start + BLOCK_QUERIES)
        d = _between(query[part], prepared, metric)
        if same:
            d[np.arange(len(d)), start + np.arange(len(d))] = np.inf
        # row by row, in parts: numbers of all rows take twice the memory of the distances
        parts = np.array_split(d, 8)
        close = np.concatenate([np.argpartition(p, count - 1, axis=1)[:, :count] for p in parts])
        index[part], found[part] = _ranked(query[part], prepared, close, k, metric)
    return index, found


def _ranked(
    query: np.ndarray, prepared: np.ndarray, candidates: np.ndarray, k: int, metric: str
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest of each query's candidates, compared in all features."""
    candidates = np.sort(candidates, axis=1)
    found = np.empty(candidates.shape, np.float32)
    own = _prepared(query, metric)
    for i, rows in enumerate(candidates):
        away = prepared[rows]
        np.subtract(own[i], away, out=away)
        if metric == "kl":
            found[i] = np.maximum(away @ query[i], 0)
        else:
            found[i] = np.sqrt(0.5 * np.einsum("ij,ij->i", away, away))
    order = np.argsort(found, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(candidates, order, axis=1), np.take_along_axis(found, order, axis=1)


def _copies(train: np.ndarray) -> list[np.ndarray]:
    """Indices of the rows that are equal, one array for each distinct row, in order."""
    found: dict[bytes, list[int]] = {}
    for i, row in enumerate(train):
        found.setdefault(hashlib.blake2b(row.tobytes(), digest_size=16).digest(), []).append(i)
    return [np.array(same) for same in found.values()]


def _spread(
    index: np.ndarray, distance: np.ndarray, copies: list[np.ndarray], k: int
) -> tuple[np.ndarray, np.ndarray]:
    """From the nearest distinct rows to the k nearest rows, ties by index."""
    if all(len(c) == 1 for c in copies):
        rows = np.concatenate(copies)
        return rows[index[:, :k]], distance[:, :k]
    out, away = np.empty((len(index), k), np.int64), np.empty((len(index), k), np.float32)
    for i, (mine, d) in enumerate(zip(index, distance, strict=True)):
        members = [copies[j][:k] for j in mine]
        rows, d = np.concatenate(members), np.repeat(d, [len(m) for m in members])
        order = np.lexsort((rows, d))[:k]
        out[i], away[i] = rows[order], d[order]
    return out, away


def prepare(train: np.ndarray, metric: str) -> Training:
    """Make training rows, (point, feature) that sum to 1, ready for :func:`nearby`.

    With one thread: the principal components are then the same bytes on any number of cores.
    """
    train = np.asarray(train, np.float32)
    copies = _copies(train)
    if len(copies) < len(train):
        train = train[np.array([c[0] for c in copies])]
    with threads.limited():
        return _components(train, metric, copies)


def _components(train: np.ndarray, metric: str, copies: list[np.ndarray]) -> Training:
    roots = np.sqrt(train)
    step = -(-len(train) // FITTED)
    mean = roots[::step].mean(axis=0)
    centred = roots[::step] - mean
    features = train.shape[1]
    lowest = max(features - COMPONENTS, 0)
    _, axes = eigh((centred.T @ centred).astype(float), subset_by_index=[lowest, features - 1])
    axes = np.ascontiguousarray(axes, np.float32)

    points = -(-len(train) // GROUP_ROWS) * GROUP_ROWS
    scores = np.zeros((axes.shape[1] + 1, points), np.float32)
    scores[-1] = 1e6
    for start in range(0, len(train), FITTED):
        part = roots[start : start + FITTED] - mean
        to = slice(start, start + len(part))
        scores[:-1, to] = -2 * (part @ axes).T
        scores[-1, to] = np.einsum("ij,ij->i", part, part)
    prepared = _prepared(train, metric) if metric == "kl" else roots
    return Training(train, metric, prepared, mean, axes, scores, copies)


def nearby(query: np.ndarray, train: Training, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest training rows of every query row, sought among a few candidates.

    The Hellinger distance is Euclid's between square roots.  Candidates are nearest when the
    products of query and training row beyond the leading principal components, which are those
    of noise, count as 0; they are then compared in all features.  Equal training rows are one
    candidate.  What is found for a query depends on nothing but the query and the training rows.

    Args:
        query: (query, feature) rows that sum to 1.
        train: from :func:`prepare`.
        k: neighbours, at most the number of training rows.

    Returns:
        As :func:`nearest`, and the same but for the share given in docs/behavior.md, Speed.
    """
    query = np.asarray(query, np.float32)
    most = min(k, len(train.rows))
    index = np.empty((len(query), most), np.int64)
    found = np.empty((len(query), most), np.float32)

    def search(start: int) -> None:
        part = slice(start, start + CHUNK_QUERIES)
        close = _candidates(query[part], train, max(CANDIDATES[train.metric], 2 * most))
        index[part], found[part] = _ranked(query[part], train.prepared, close, most, train.metric)

    # One thread for each chunk: no result depends on how many there are.
    with threads.limited(), ThreadPoolExecutor(threads.count()) as pool:
        list(pool.map(search, range(0, len(query), CHUNK_QUERIES)))
    return _spread(index, found, train.copies, k)


def _candidates(query: np.ndarray, train: Training, count: int) -> np.ndarray:
    """Indices (query, count) of the nearest training rows in the leading components."""
    points = len(train.rows)
    if points <= count:
        return np.tile(np.arange(points), (len(query), 1))
    roots = np.zeros((CHUNK_QUERIES, query.shape[1]), np.float32)
    np.sqrt(query, out=roots[: len(query)])
    roots[: len(query)] -= train.mean
    own = np.ones((CHUNK_QUERIES, train.axes.shape[1] + 1), np.float32)
    np.matmul(roots, train.axes, out=own[:, :-1])
    d = (own @ train.scores)[: len(query)]
    # The nearest `count` rows lie in the `count` groups whose nearest row is nearest.
    groups = d.shape[1] // GROUP_ROWS
    least = d.reshape(len(d), GROUP_ROWS, groups).min(axis=1)
    if groups > count:
        best = np.argpartition(least, count - 1, axis=1)[:, :count]
    else:
        best = np.tile(np.arange(groups), (len(d), 1))
    inside = (best[:, None] + groups * np.arange(GROUP_ROWS)[:, None]).reshape(len(d), -1)
    # In the order of the rows: those at equal distance are then taken alike.
    inside.sort(axis=1)
    d = np.take_along_axis(d, inside, axis=1)
    near = np.argpartition(d, count - 1, axis=1)[:, :count]
    return np.take_along_axis(inside, near, axis=1)
