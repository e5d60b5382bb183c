"""Average spectrograms of the locomotor regions from slow to fast (paper: Figure 5c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from leap_core.containers import BehaviorMap, RegionStats
from leap_core.figures import style
from leap_core.figures.paper.fig4ch import spectrograms
from leap_core.figures.paper.fig5ab import MOST_REGIONS, nothing, slow_to_fast

if TYPE_CHECKING:
    import pandas as pd


@style.styled
def draw(map: BehaviorMap, stats: RegionStats, table: pd.DataFrame | None = None) -> Figure:
    """Parts x frequencies of the most visited locomotor regions, the slowest first."""
    rows = slow_to_fast(stats)
    if not len(rows):
        return nothing(stats, "Average spectrograms of locomotion")
    return spectrograms(map, rows, table, columns=MOST_REGIONS)
