"""One call of t-SNE for both maps, on a fixed scale."""

from __future__ import annotations

import numpy as np

# Every map is the square from -20 to 20 (methods: sigma and the clip refer to it); its points
# fill it up to a margin of 10 %, as in MotionMapper.
HALF_SIDE = 20.0
MARGIN_FACTOR = 1.1
# Fewer points than this are no map.
FEWEST_POINTS = 10


def effective_perplexity(perplexity: float, points: int) -> float:
    """The perplexity that ``points`` allow: at most a third of the other points."""
    return min(perplexity, (points - 1) / 3)


def embed_points(
    rows: np.ndarray, metric: str, perplexity: float, seed: int, exaggeration: float = 1.0
) -> np.ndarray:
    """Embed spectrogram rows in the plane.

    Exact neighbours, start from the first two principal components of the square roots,
    250 iterations with exaggeration 12 and 500 with ``exaggeration``.  One thread, so that
    one seed repeats exactly (given one number of BLAS threads in the neighbour search).

    Args:
        rows: (point, feature) rows that sum to 1; at least ``FEWEST_POINTS``.
        metric: "hellinger" or "kl".
        perplexity: lowered to a third of the other points.
        seed: of the t-SNE.
        exaggeration: of the attractive forces in the final phase.

    Returns:
        (point, 2) centred, largest coordinate 20/1.1; zeros when all rows are equal.
    """
    import openTSNE
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    from leap_core.behavior.neighbors import nearest

    allowed = effective_perplexity(perplexity, len(rows))
    k = min(len(rows) - 1, int(np.ceil(3 * allowed)))
    index, distance = nearest(rows, rows, k, metric, same=True)
    if not distance.any():  # all rows equal: one place
        return np.zeros((len(rows), 2))
    start = _start(rows, seed)  # before the affinities: it needs the rows once more
    affinities = PerplexityBasedNN(
        knn_index=PrecomputedNeighbors(index, distance.astype(float)),
        perplexity=min(allowed, k / 3),
        n_jobs=1,
        random_state=seed,
    )
    machine = openTSNE.TSNE(n_jobs=1, random_state=seed, exaggeration=exaggeration)
    z = np.asarray(machine.fit(affinities=affinities, initialization=start), np.float64)
    z = z - (z.max(axis=0) + z.min(axis=0)) / 2
    return z * (HALF_SIDE / MARGIN_FACTOR / np.abs(z).max())


def _start(rows: np.ndarray, seed: int) -> np.ndarray:
    """(point, 2) that t-SNE starts from: openTSNE's, without the copies of the rows that makes."""
    from openTSNE import initialization
    from sklearn.decomposition import PCA

    start = PCA(2, random_state=seed, copy=False).fit_transform(np.sqrt(rows))
    initialization.rescale(start, inplace=True)
    initialization.jitter(start, inplace=True, random_state=seed)
    return np.ascontiguousarray(start)
