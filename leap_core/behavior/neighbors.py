"""Exact nearest neighbours among spectrogram rows, in blocks of matrix products."""

from __future__ import annotations

import numpy as np

# Logarithms of rows are cut here: a channel that one recording lacks costs its share x 27.
TINY = 1e-12
# Queries at a time: the distances to 35,000 training rows then take 70 MB.
BLOCK = 512


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
    out = 1 - np.sqrt(query) @ prepared.T
    return np.sqrt(np.maximum(out, 0, out=out), out=out)


def nearest(
    query: np.ndarray, train: np.ndarray, k: int, metric: str, same: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest training rows of every query row.

    Args:
        query: (query, feature) rows that sum to 1.
        train: (point, feature) rows that sum to 1.
        k: neighbours, at most the number of (other) training rows.
        metric: "hellinger" or "kl".
        same: query and train are the same rows; a row is not its own neighbour.

    Returns:
        Indices (query, k), nearest first and ties by index, and their distances.
    """
    index = np.empty((len(query), k), np.int64)
    found = np.empty((len(query), k), np.float32)
    prepared = _prepared(train, metric)
    for start in range(0, len(query), BLOCK):
        d = _between(query[start : start + BLOCK], prepared, metric)
        if same:
            d[np.arange(len(d)), start + np.arange(len(d))] = np.inf
        near = np.sort(np.argpartition(d, k - 1, axis=1)[:, :k], axis=1)
        value = np.take_along_axis(d, near, axis=1)
        order = np.argsort(value, axis=1, kind="stable")
        index[start : start + BLOCK] = np.take_along_axis(near, order, axis=1)
        found[start : start + BLOCK] = np.take_along_axis(value, order, axis=1)
    return index, found
