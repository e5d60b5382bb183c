"""Behavior over time in every recording (no figure of the paper)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from leap_core.containers import Behavior, BehaviorMap
from leap_core.figures import skipped, style

BINS = 600  # most time bins drawn
PANELS = 6  # with more recordings, each is one strip


@style.styled
def draw(behaviors: Sequence[Behavior], map: BehaviorMap) -> Figure:
    """Region over time; few recordings get one row per region, many get one strip each.

    Colour is the region's, its strength the share of the time bin spent there; no data is grey.
    """
    behaviors = [b for b in behaviors if len(b.region)]
    regions = len(map.occupancy)
    if not behaviors or not regions:
        reason = "the behavior map has no regions" if behaviors else "no frame was projected"
        return skipped.draw("Ethogram", reason)
    strips = len(behaviors) > PANELS
    height = 4.0 if strips else max(16.0, 2.6 * regions)
    fig = style.figure(
        style.DOUBLE, (26 if strips else 14) + (height + (0 if strips else 6)) * len(behaviors)
    )
    panels = fig.subplots(len(behaviors), 1, squeeze=False, sharex=True)[:, 0]
    timed = all(np.isfinite(b.fps) and b.fps > 0 for b in behaviors)
    longest = max(len(b.region) / (b.fps if timed else 1) for b in behaviors)
    for ax, behavior in zip(panels, behaviors, strict=True):
        share, missing = shares(behavior.region, regions)
        end = len(behavior.region) / (behavior.fps if timed else 1)
        picture = _strip(share, missing) if strips else _rows(share, missing)
        ax.imshow(picture, aspect="auto", extent=(0, end, regions + 0.5, 0.5))
        if strips:
            ax.set_yticks([])
            ax.tick_params(axis="x", length=2.5 if ax is panels[-1] else 0)
            ax.set_ylabel(behavior.recording, rotation=0, ha="right", va="center")
            ax.spines[:].set_visible(False)
        else:
            step = max(1, -(-regions // 30))
            ax.set_yticks(range(1, regions + 1, step))
            ax.tick_params(axis="y", labelsize=style.SMALL, length=1.5)
            ax.set_ylabel("region")
            between = np.mean(behavior.region == 0)
            empty = np.mean(behavior.region < 0)
            text = f"{behavior.recording}: {between:.0%} between regions, {empty:.0%} no data"
            ax.set_title(text, fontsize=style.TEXT)
    if strips and regions <= 30:
        handles = [Patch(color=style.region_colour(k), label=str(k)) for k in range(1, regions + 1)]
        key = {"ncols": min(regions, 15), "handlelength": 0.8, "columnspacing": 0.9}
        fig.legend(handles=handles, title="region", loc="outside lower center", **key)
    panels[-1].set_xlim(0, longest)
    panels[-1].set_xlabel("time (s)" if timed else "frame")
    return fig


def shares(region: np.ndarray, regions: int) -> tuple[np.ndarray, np.ndarray]:
    """Share of each time bin spent in each region, and without data.

    Args:
        region: (frame,) region numbers; 0 = between regions, -1 = no data.

    Returns:
        (region, bin) and (bin,); at most 600 bins.

    >>> shares(np.array([1, 1, 2, -1]), 2)
    (array([[1., 1., 0., 0.],
           [0., 0., 1., 0.]]), array([0., 0., 0., 1.]))
    """
    bins = min(BINS, len(region))
    which = np.arange(len(region)) * bins // len(region)
    counts = np.zeros((regions + 2, bins))
    np.add.at(counts, (np.clip(region, -1, regions) + 1, which), 1)
    counts /= counts.sum(axis=0)
    return counts[2:], counts[0]


def _rows(share: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """(region, bin, rgb): white to the region's colour; at least a third so that bouts show."""
    colours = np.array([style.region_colour(k + 1) for k in range(len(share))])
    strength = np.where(share > 0, 0.35 + 0.65 * share, 0)[..., None]
    empty = (missing > 0.5)[None, :, None]
    paper = np.where(empty, 0.9, 1.0)
    return paper * (1 - strength) + colours[:, None] * strength


def _strip(share: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """(1, bin, rgb): the region that fills most of the bin; white between regions."""
    most = np.where(share.max(axis=0) > 0, share.argmax(axis=0) + 1, 0)
    colours = np.array([style.region_colour(int(k)) if k else (1.0, 1.0, 1.0) for k in most])
    colours[missing > 0.5] = 0.85
    return colours[None]
