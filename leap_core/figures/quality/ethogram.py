"""Behavior over time in every recording (no figure of the paper)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from leap_core.containers import Behavior, BehaviorMap, Truth
from leap_core.figures import placeholder, style
from leap_core.timeseries import known_fps

MOST_BINS = 600  # most time bins drawn
PANELS = 6  # with more recordings, each is one strip
MOST_STRIPS = 40  # strips on the page; of more recordings, evenly spaced ones are shown
MOST_TRUE = 16  # the same where the truth stands above each
LONG_S = 600.0  # s; longer recordings are drawn in minutes


@style.styled
def draw(
    behaviors: Sequence[Behavior], map: BehaviorMap, truths: Mapping[str, Truth] | None = None
) -> Figure:
    """Region over time; few recordings get one row per region, many get one strip each.

    Colour is the region's, its strength the share of the time bin spent there; no data is grey.

    Args:
        behaviors: one per recording.
        map: the regions.
        truths: by recording, where what the animal did is known.  Then every recording has a
            strip of the true behavior above one of the estimated region, in the colour of the
            behavior with which that region coincides most.  That choice is made on the frames
            drawn: the share of frames that agree, in the titles, is an upper bound.
    """
    behaviors = [b for b in behaviors if len(b.region)]
    regions = len(map.occupancy)
    if not behaviors or not regions:
        reason = "the behavior map has no regions" if behaviors else "no frame was projected"
        return placeholder.draw("Ethogram", reason)
    if truths and any(b.recording in truths for b in behaviors):
        return _with_truth(behaviors, map, truths)
    high = max(16.0, 2.6 * regions)
    strips = len(behaviors) > PANELS or (high + 6) * len(behaviors) > 220
    every, behaviors = len(behaviors), evenly(behaviors, MOST_STRIPS)
    height = 4.0 if strips else high
    fig = style.figure(
        style.DOUBLE, (26 if strips else 14) + (height + (0 if strips else 6)) * len(behaviors)
    )
    panels = fig.subplots(len(behaviors), 1, squeeze=False, sharex=True)[:, 0]
    clock = Clock(behaviors)
    for ax, behavior in zip(panels, behaviors, strict=True):
        share, missing = shares(behavior.region, regions)
        end = clock.end(behavior)
        picture = _strip(share, missing) if strips else _rows(share, missing)
        ax.imshow(picture, aspect="auto", extent=(0, end, regions + 0.5, 0.5))
        if strips:
            ax.set_yticks([])
            ax.tick_params(axis="x", length=2.5 if ax is panels[-1] else 0)
            ax.set_ylabel(behavior.recording, rotation=0, ha="right", va="center")
            ax.spines[:].set_visible(False)
        else:
            step = max(1, -(-regions // 30))
            shown = range(1, regions + 1, step)
            ax.set_yticks(shown, [map.title(k) for k in shown])
            ax.tick_params(axis="y", labelsize=style.SMALL, length=1.5)
            ax.set_ylabel("region")
            between = np.mean(behavior.region == 0)
            empty = np.mean(behavior.region < 0)
            text = f"{behavior.recording}: {between:.0%} between regions, {empty:.0%} no data"
            ax.set_title(text, fontsize=style.TEXT)
    if strips and regions <= 30:
        handles = [
            Patch(color=style.region_colour(k), label=map.title(k)) for k in range(1, regions + 1)
        ]
        columns = 4 if any(map.names) else 15
        key = {"ncols": min(regions, columns), "handlelength": 0.8, "columnspacing": 0.9}
        fig.legend(handles=handles, title="region", loc="outside lower center", **key)
    clock.label(panels, every)
    return fig


def _with_truth(
    behaviors: Sequence[Behavior], map: BehaviorMap, truths: Mapping[str, Truth]
) -> Figure:
    regions = len(map.occupancy)
    names = list(next(iter(truths.values())).behaviors)
    counts = coincidence(behaviors, truths, regions)
    colours = style.behavior_colours(names)
    means = np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), -1)
    of_region = [colours[m] if m >= 0 else style.BLACK for m in means]
    every, behaviors = len(behaviors), evenly(behaviors, MOST_TRUE)
    legend = 6 + 4 * -(-len(names) // 3)
    each = min(14.5, (220 - legend) / len(behaviors))
    fig = style.figure(style.DOUBLE, 10 + legend + each * len(behaviors))
    panels = fig.subplots(len(behaviors), 1, squeeze=False, sharex=True)[:, 0]
    clock = Clock(behaviors)
    for ax, behavior in zip(panels, behaviors, strict=True):
        end = clock.end(behavior)
        below = _strip(*shares(behavior.region, regions), of_region)
        ax.imshow(below, aspect="auto", extent=(0, end, 0, 1))
        ticks = {0.5: "region"}
        truth = truths.get(behavior.recording)
        title = behavior.recording
        if truth is not None:
            real = truth.behavior[behavior.frame] + 1
            above = _strip(*shares(np.where(real > 0, real, -1), len(names)), colours)
            ax.imshow(above, aspect="auto", extent=(0, end, 1.12, 2.12))
            ticks[1.62] = "true"
            inside = behavior.region > 0
            right = means[behavior.region[inside] - 1] == real[inside] - 1
            between = np.mean(~inside)
            agree = np.mean(right) if len(right) else 0
            title += f": {agree:.0%} of the frames in regions agree (upper bound), "
            title += f"{between:.0%} lie in none"
        ax.set_ylim(0, 2.12 if truth is not None else 1)
        ax.set_yticks(list(ticks), list(ticks.values()))
        ax.tick_params(axis="y", length=0)
        ax.tick_params(axis="x", length=2.5 if ax is panels[-1] else 0)
        ax.spines[:].set_visible(False)
        ax.set_title(title, fontsize=style.TEXT)
    handles = []
    for k, name in enumerate(names):
        mine = ", ".join(map.title(r + 1) for r in np.flatnonzero(means == k)[:12])
        handles.append(Patch(color=colours[k], label=f"{name} ({mine or 'no region'})"))
    key = {"ncols": 3, "handlelength": 0.8, "columnspacing": 1.2, "labelspacing": 0.3}
    fig.legend(
        handles=handles, title="behavior (the regions that coincide with it most)",
        loc="outside lower center", **key,
    )  # fmt: skip
    clock.label(panels, every)
    return fig


class Clock:
    """The common time axis: seconds, minutes for long recordings, frames where rates are unknown.

    Args:
        behaviors: all that are drawn.
    """

    def __init__(self, behaviors: Sequence[Behavior]):
        self.timed = all(known_fps(b.fps) for b in behaviors)
        self.scale, self.units = 1.0, "s" if self.timed else ""
        self.longest = max(self.end(b) for b in behaviors)
        if self.timed and self.longest > LONG_S:
            self.scale, self.units = 60.0, "min"
            self.longest /= 60

    def end(self, behavior: Behavior) -> float:
        """Where a recording ends on the axis."""
        return len(behavior.region) / (behavior.fps if self.timed else 1) / self.scale

    def label(self, panels: np.ndarray, recordings: int) -> None:
        """Limits and label of the axis; the width of a bin, and what of all is shown."""
        panels[-1].set_xlim(0, self.longest)
        text = f"time ({self.units})" if self.timed else "frame"
        wide = self.longest * self.scale / MOST_BINS
        if self.timed and wide > 0.5:
            text += f", at most {MOST_BINS} bins a recording: up to {wide:.2g} s each"
        if recordings > len(panels):
            text += f"; {len(panels)} of {recordings} recordings, evenly spaced"
        panels[-1].set_xlabel(text)


def evenly(behaviors: Sequence[Behavior], most: int) -> list[Behavior]:
    """At most ``most`` of the recordings, evenly spaced in their order."""
    count = min(most, len(behaviors))
    return [behaviors[k * len(behaviors) // count] for k in range(count)]


def coincidence(
    behaviors: Sequence[Behavior], truths: Mapping[str, Truth], regions: int
) -> np.ndarray:
    """Frames of each region in each true behavior, (region, behavior), over all recordings."""
    names = next(iter(truths.values())).behaviors
    counts = np.zeros((regions, len(names)), np.int64)
    for behavior in behaviors:
        if behavior.recording not in truths:
            continue
        real = truths[behavior.recording].behavior[behavior.frame]
        use = (behavior.region > 0) & (real >= 0)
        np.add.at(counts, (behavior.region[use] - 1, real[use]), 1)
    return counts


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
    bins = min(MOST_BINS, len(region))
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


def _strip(share: np.ndarray, missing: np.ndarray, colours: Sequence | None = None) -> np.ndarray:
    """(1, bin, rgb): the region that fills most of the bin; white between regions."""
    if colours is None:
        colours = [style.region_colour(k + 1) for k in range(len(share))]
    palette = np.array([(1.0, 1.0, 1.0), *(to_rgb(c) for c in colours)])
    out = palette[np.where(share.max(axis=0) > 0, share.argmax(axis=0) + 1, 0)]
    out[missing > 0.5] = 0.85
    return out[None]
