"""Coordination by body speed, over all recordings of a dataset."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leap_core.gait import speed_bins

PAIR_COLUMNS = {
    "leg": str,
    "other": str,
    "speed_low": float,
    "speed_high": float,
    "units": str,
    "n": np.int64,
    "phase": float,
    "concentration": float,
}
STRENGTH_COLUMNS = {
    "tripod": str,
    "speed_low": float,
    "speed_high": float,
    "units": str,
    "n": np.int64,
    "strength": float,
    "sd": float,
}

# Phases are kept to so many decimals: the rounding of their mean must not turn 0 into 1.
DECIMALS = 9
# With a shorter mean vector the phases cancel, and its direction is rounding.
CANCELLED = 1e-6


def mean_phases(phases: pd.DataFrame, edges: tuple[float, ...] | None = None) -> pd.DataFrame:
    """Mean phase of every pair of legs in bins of body speed.

    Phases are angles: with R e^(2 pi i m) the mean of e^(2 pi i phase), ``phase`` is m (from 0,
    always below 1; NaN where the phases cancel) and ``concentration`` is R, 1 = always the same,
    0 = no preferred phase.

    Args:
        phases: rows of :func:`leap_core.gait.coordination.phases`, of any number of recordings.
        edges: of the speed bins, mm/s; None = those that suit the speeds
            (:func:`leap_core.gait.speed_bins.edges`).  Strides in px/s belong to none.

    Returns:
        Columns ``leg``, ``other``, ``speed_low``, ``speed_high``, ``units``, ``n`` (lift-offs),
        ``phase``, ``concentration``; pairs and bins without any are left out.
    """
    rows = []
    for low, high, inside in _bins(phases, edges):
        for (leg, other), own in inside.groupby(["leg", "other"], sort=True, observed=True):
            phase, concentration = circular_mean(own["phase"].to_numpy())
            rows.append((leg, other, low, high, "mm/s", len(own), phase, concentration))
    return _table(rows, PAIR_COLUMNS)


def circular_mean(phases: np.ndarray) -> tuple[float, float]:
    """Mean phase, at least 0 and below 1 (NaN where the phases cancel), and its concentration.

    >>> circular_mean(np.array([0.1, 0.9]))[0], circular_mean(np.array([0.0, 0.5]))[0]
    (0.0, nan)
    """
    mean = np.exp(2j * np.pi * np.asarray(phases, float)).mean()
    if abs(mean) < CANCELLED:
        return float("nan"), float(abs(mean))
    return float(np.round(np.angle(mean) / (2 * np.pi), DECIMALS) % 1), float(abs(mean))


def mean_strength(tripods: pd.DataFrame, edges: tuple[float, ...] | None = None) -> pd.DataFrame:
    """Mean tripod coordination strength in bins of body speed.

    Args:
        tripods: rows of :func:`leap_core.gait.coordination.tripods`, of any number of
            recordings.
        edges: of the speed bins, mm/s; None = those that suit the speeds.  Steps in px/s belong to
            none.

    Returns:
        Columns ``tripod``, ``speed_low``, ``speed_high``, ``units``, ``n`` (steps),
        ``strength``, ``sd`` (NaN for a single step).
    """
    rows = []
    for low, high, inside in _bins(tripods, edges):
        for name, own in inside.groupby("tripod", sort=True, observed=True):
            values = own["strength"]
            rows.append((name, low, high, "mm/s", len(own), values.mean(), values.std()))
    return _table(rows, STRENGTH_COLUMNS)


def _bins(table: pd.DataFrame, edges: tuple[float, ...] | None):
    known = table[table["units"] == "mm/s"]
    edges = edges or speed_bins.edges(known["mean_speed"].to_numpy(float))
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        yield low, high, known[(known["mean_speed"] >= low) & (known["mean_speed"] < high)]


def _table(rows: list[tuple], columns: dict) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)
