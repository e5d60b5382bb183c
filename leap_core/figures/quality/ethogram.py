"""Behavior over time in every recording (no figure of the paper)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
    behaviors: Iterable[Behavior], map: BehaviorMap, truths: Mapping[str, Truth] | None = None
) -> Figure:
    """Region over time; few recordings get one row per region, many get one strip each.

    Colour is the region's, its strength the share of the time bin spent there; no data is grey.

    Args:
        behaviors: one per recording; read once, so that a generator needs the memory of one.
        map: the regions.
        truths: by recording, where what the animal did is known.  Then every recording has a
            strip of the true behavior above one of the estimated region, in the colour of the
            behavior with which that region coincides most.  That choice is made on the frames
            drawn: the share of frames that agree, in the titles, is an upper bound.
    """
    truths = truths or {}
    regions = len(map.occupancy)
    strips = list(reduced(behaviors, truths, regions)) if regions else []
    if not strips:
        reason = "no frame was projected" if regions else "the behavior map has no regions"
        return placeholder.draw("Ethogram", reason)
    if any(strip.coincides is not None for strip in strips):
        names = list(next(iter(truths.values())).behaviors)
        return _with_truth(strips, map, names)
    high = max(16.0, 2.6 * regions)
    thin = len(strips) > PANELS or (high + 6) * len(strips) > 220
    every, strips = len(strips), evenly(strips, MOST_STRIPS)
    height = 4.0 if thin else high
    fig = style.figure(
        style.DOUBLE, (26 if thin else 14) + (height + (0 if thin else 6)) * len(strips)
    )
    panels = fig.subplots(len(strips), 1, squeeze=False, sharex=True)[:, 0]
    clock = Clock(strips)
    for ax, strip in zip(panels, strips, strict=True):
        picture = _strip(*strip.region) if thin else _rows(*strip.region)
        ax.imshow(picture, aspect="auto", extent=(0, clock.end(strip), regions + 0.5, 0.5))
        if thin:
            ax.set_yticks([])
            ax.tick_params(axis="x", length=2.5 if ax is panels[-1] else 0)
            ax.set_ylabel(strip.recording, rotation=0, ha="right", va="center")
            ax.spines[:].set_visible(False)
        else:
            step = max(1, -(-regions // 30))
            shown = range(1, regions + 1, step)
            ax.set_yticks(shown, [style.plain(map.title(k)) for k in shown])
            ax.tick_params(axis="y", labelsize=style.SMALL, length=1.5)
            ax.set_ylabel("region")
            between, empty = strip.between / strip.frames, strip.empty / strip.frames
            text = f"{strip.recording}: {between:.0%} between regions, {empty:.0%} no data"
            ax.set_title(text, fontsize=style.TEXT)
    if thin and regions <= 30:
        handles = [
            Patch(color=style.region_colour(k), label=style.plain(map.title(k)))
            for k in range(1, regions + 1)
        ]
        columns = 4 if any(map.names) else 15
        key = {"ncols": min(regions, columns), "handlelength": 0.8, "columnspacing": 0.9}
        fig.legend(handles=handles, title="region", loc="outside lower center", **key)
    clock.label(panels, every)
    return fig


def _with_truth(strips: list[Strip], map: BehaviorMap, names: list[str]) -> Figure:
    """Above each strip that of the true behavior, one of ``names``."""
    counts = np.sum([s.coincides[:, :-1] for s in strips if s.coincides is not None], axis=0)
    colours = style.behavior_colours(names)
    means = np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), -1)
    of_region = [colours[m] if m >= 0 else style.BLACK for m in means]
    every, strips = len(strips), evenly(strips, MOST_TRUE)
    legend = 6 + 4 * -(-len(names) // 3)
    each = min(14.5, (220 - legend) / len(strips))
    fig = style.figure(style.DOUBLE, 10 + legend + each * len(strips))
    panels = fig.subplots(len(strips), 1, squeeze=False, sharex=True)[:, 0]
    clock = Clock(strips)
    for ax, strip in zip(panels, strips, strict=True):
        end = clock.end(strip)
        ax.imshow(_strip(*strip.region, of_region), aspect="auto", extent=(0, end, 0, 1))
        ticks = {0.5: "region"}
        title = strip.recording
        if strip.true is not None and strip.coincides is not None:
            above = _strip(*strip.true, colours)
            ax.imshow(above, aspect="auto", extent=(0, end, 1.12, 2.12))
            ticks[1.62] = "true"
            inside = strip.coincides.sum()
            right = strip.coincides[np.arange(len(means)), means].sum()
            agree = right / inside if inside else 0
            title += f": {agree:.0%} of the frames in regions agree (upper bound), "
            title += f"{(strip.frames - inside) / strip.frames:.0%} lie in none"
        ax.set_ylim(0, 2.12 if strip.true is not None else 1)
        ax.set_yticks(list(ticks), list(ticks.values()))
        ax.tick_params(axis="y", length=0)
        ax.tick_params(axis="x", length=2.5 if ax is panels[-1] else 0)
        ax.spines[:].set_visible(False)
        ax.set_title(title, fontsize=style.TEXT)
    handles = []
    for k, name in enumerate(names):
        mine = ", ".join(style.plain(map.title(r + 1)) for r in np.flatnonzero(means == k)[:12])
        handles.append(Patch(color=colours[k], label=f"{name} ({mine or 'no region'})"))
    key = {"ncols": 3, "handlelength": 0.8, "columnspacing": 1.2, "labelspacing": 0.3}
    fig.legend(
        handles=handles, title="behavior (the regions that coincide with it most)",
        loc="outside lower center", **key,
    )  # fmt: skip
    clock.label(panels, every)
    return fig


@dataclass(frozen=True)
class Strip:
    """What is drawn of one recording: little, however long it is.

    Attributes:
        recording, fps: its own.
        frames, between, empty: all, those between regions and those without data.
        region: (region, bin) and (bin,) of :func:`shares`.
        true: the same of the true behavior; None where it is unknown.
        coincides: (region, behavior + 1) frames of each region in each true behavior, those of an
            unknown one last; None where no truth is.
    """

    recording: str
    fps: float
    frames: int
    between: int
    empty: int
    region: tuple[np.ndarray, np.ndarray]
    true: tuple[np.ndarray, np.ndarray] | None = None
    coincides: np.ndarray | None = None


def reduced(
    behaviors: Iterable[Behavior], truths: Mapping[str, Truth], regions: int
) -> Iterator[Strip]:
    """Recording by recording, those without a frame left out."""
    behaviors_known = len(next(iter(truths.values())).behaviors) if truths else 0
    for behavior in behaviors:
        region = behavior.region
        if not len(region):
            continue
        true = coincides = None
        if behavior.recording in truths:
            doing = truths[behavior.recording].behavior[behavior.frame]
            true = shares(np.where(doing >= 0, doing + 1, -1), behaviors_known)
            coincides = np.zeros((regions, behaviors_known + 1), np.int64)
            inside = region > 0
            np.add.at(coincides, (region[inside] - 1, doing[inside]), 1)
        yield Strip(
            recording=behavior.recording,
            fps=behavior.fps,
            frames=len(region),
            between=int((region == 0).sum()),
            empty=int((region < 0).sum()),
            region=shares(region, regions),
            true=true,
            coincides=coincides,
        )


class Clock:
    """The common time axis: seconds, minutes for long recordings, frames where rates are unknown.

    Args:
        strips: all that are drawn.
    """

    def __init__(self, strips: Sequence[Strip]):
        self.timed = all(known_fps(s.fps) for s in strips)
        self.scale, self.units = 1.0, "s" if self.timed else ""
        self.longest = max(self.end(s) for s in strips)
        if self.timed and self.longest > LONG_S:
            self.scale, self.units = 60.0, "min"
            self.longest /= 60

    def end(self, strip: Strip) -> float:
        """Where a recording ends on the axis."""
        return strip.frames / (strip.fps if self.timed else 1) / self.scale

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


def evenly(strips: Sequence[Strip], most: int) -> list[Strip]:
    """At most ``most`` of the recordings, evenly spaced in their order."""
    count = min(most, len(strips))
    return [strips[k * len(strips) // count] for k in range(count)]


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
