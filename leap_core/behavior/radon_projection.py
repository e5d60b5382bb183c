"""The Radon transform of small images as one sparse matrix."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def disc(side: int) -> np.ndarray:
    """(side, side) True where a pixel's centre lies in the image's inscribed circle."""
    at = np.arange(side) - (side - 1) / 2
    return at[:, None] ** 2 + at**2 <= (side / 2) ** 2


def radon_matrix(side: int, angles: int) -> sparse.csr_array:
    """The Radon transform of a square image as a matrix.

    Row ``k * side + j`` is the integral along the line whose normal points at the angle
    ``pi * k / angles`` and whose distance from the image's middle, along that normal, is
    ``j - (side - 1) / 2`` px: the sum of bilinear interpolations at steps of 1 px.  What lies
    outside the image is 0.

    Returns:
        (angles * side, side * side) float64; columns are pixels row by row.
    """
    at = np.arange(side) - (side - 1) / 2
    line, step = np.meshgrid(at, at, indexing="ij")
    rows, columns, weights = [], [], []
    for k in range(angles):
        cos, sin = np.cos(np.pi * k / angles), np.sin(np.pi * k / angles)
        x = line * cos - step * sin + (side - 1) / 2
        y = line * sin + step * cos + (side - 1) / 2
        left, top = np.floor(x).astype(int), np.floor(y).astype(int)
        row = np.broadcast_to(k * side + np.arange(side)[:, None], line.shape)
        for px, wx in ((left, left + 1 - x), (left + 1, x - left)):
            for py, wy in ((top, top + 1 - y), (top + 1, y - top)):
                inside = (px >= 0) & (px < side) & (py >= 0) & (py < side) & (wx * wy > 0)
                rows.append(row[inside])
                columns.append((py * side + px)[inside])
                weights.append((wx * wy)[inside])
    parts = [np.concatenate(p) for p in (weights, rows, columns)]
    shape = (angles * side, side * side)
    return sparse.coo_array((parts[0], (parts[1], parts[2])), shape=shape).tocsr()
