"""Forward speed in each region, counted in narrow bins: memory does not grow with the frames."""

from __future__ import annotations

import numpy as np

from leap_core.containers import Gait

# Width of the narrow bins: medians and quantiles are right to this.
BIN_WIDTH = {"mm/s": 0.01, "px/s": 0.5}
REACH_BINS = 40000  # bins on either side of 0; what is faster counts in the last one
DENSITY_BINS = 60  # about, of the densities that are handed on


class Speeds:
    """Histograms of forward speed, one per region, filled recording by recording.

    Where any recording's speed is in mm/s, those in px/s count as unknown: pixels of different
    scales cannot be pooled with millimetres.

    Args:
        regions: of the map.
    """

    def __init__(self, regions: int):
        self._counts = {u: np.zeros((regions, 0), np.uint32) for u in BIN_WIDTH}
        self._recordings: dict[str, list[str]] = {u: [] for u in BIN_WIDTH}
        self._sources: dict[str, set[str]] = {u: set() for u in BIN_WIDTH}

    def add(self, gait: Gait, region: np.ndarray) -> None:
        """Count the frames of one recording; region (frame,)."""
        units = gait.velocity_units
        self._recordings[units].append(gait.recording)
        self._sources[units].update({gait.speed_source} - {""})
        if not self._counts[units].shape[1]:
            self._counts[units] = np.zeros((len(self._counts[units]), 2 * REACH_BINS), np.uint32)
        used = np.isfinite(gait.forward_velocity) & (region > 0)
        speed = gait.forward_velocity[used].astype(np.float64)
        at = np.floor(speed / BIN_WIDTH[units] + 1e-6)
        at = np.clip(at, -REACH_BINS, REACH_BINS - 1).astype(np.int64) + REACH_BINS
        np.add.at(self._counts[units], (region[used] - 1, at), 1)

    @property
    def units(self) -> str:
        """mm/s where the speed of any recording is, or where there is none at all."""
        return "px/s" if self._recordings["px/s"] and not self._recordings["mm/s"] else "mm/s"

    @property
    def unknown(self) -> list[str]:
        """Recordings whose speed is in other units, left out."""
        return [r for u, names in self._recordings.items() if u != self.units for r in names]

    @property
    def source(self) -> str:
        """What the speeds were measured on."""
        return "; ".join(sorted(self._sources[self.units]))

    def results(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Median of each region (region,), bin edges, and density (region, bin), in ``units``."""
        counts, width = self._counts[self.units].astype(np.int64), BIN_WIDTH[self.units]
        total = counts.sum(axis=0)
        low, high = (quantile(total, q) for q in (0.005, 0.995)) if total.any() else (0, 1 / width)
        step = max((high - low) * width, 1e-6) / DENSITY_BINS
        # A round width: 1, 2 or 5 times a power of ten, of whole narrow bins.
        power = 10.0 ** np.floor(np.log10(step))
        broad = power * next(m for m in (1, 2, 5, 10) if m * power >= 0.999 * step)
        join = max(int(round(broad / width)), 1)
        first, last = int(np.floor(low / join)), max(int(np.ceil(high / join)), 1)
        last = max(last, first + 1)
        regions = len(counts)
        median = np.full(regions, np.nan)
        density = np.full((regions, last - first), np.nan)
        for k, row in enumerate(counts):
            if not row.any():
                continue
            median[k] = quantile(row, 0.5) * width
            inside = row[max(first * join + REACH_BINS, 0) : last * join + REACH_BINS]
            inside = np.pad(inside, (max(-first * join - REACH_BINS, 0), 0))
            inside = np.pad(inside, (0, (last - first) * join - len(inside)))
            density[k] = inside.reshape(-1, join).sum(axis=1) / (row.sum() * join * width)
        return median, join * width * np.arange(first, last + 1), density


def quantile(counts: np.ndarray, share: float) -> float:
    """Quantile of what was counted, in bins from the middle of the axis, between bin edges.

    >>> quantile(np.array([0, 0, 4, 0]), 0.5)
    0.5
    """
    below = np.cumsum(counts)
    wanted = share * below[-1]
    at = int(np.searchsorted(below, wanted))
    before = below[at] - counts[at]
    return float(at + (wanted - before) / counts[at] - len(counts) // 2)
