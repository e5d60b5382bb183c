"""Quality picture of one video's track (no figure of the paper)."""

from __future__ import annotations

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from leap_core.containers import Track
from leap_core.figures import style
from leap_core.timeseries import known_fps, runs

ANIMALS = (style.BLACK, style.SKY, style.GREEN, style.PURPLE, style.GOLD, style.BLUE)
LEAST_SIDE_PX = 20.0  # px, smallest side of the picture of the arena
MOST_POINTS = 20_000  # points drawn per animal; longer videos are thinned at a fixed stride


@style.styled
def draw(track: Track, min_quality: float = 0.5) -> Figure:
    """Trajectory coloured by time; heading, speed and what is missing, over time.

    Headings whose head-versus-tail quality is below ``min_quality`` are flagged.  Where the
    camera follows the animal, places and speeds are those in the arena.
    """
    animals, frames = track.valid.shape
    known = known_fps(track.fps)
    time = np.arange(frames) / (track.fps if known else 1)
    unit = "s" if known else "frames"
    step = max(1, -(-frames // MOST_POINTS))
    fig = style.figure(style.DOUBLE, 88)
    left, right = style.sheets(fig, 1, 2, width_ratios=[1, 1.25])
    _trajectory(left, track, time, unit, step)
    heading, speed, missing = right.subplots(
        3, 1, sharex=True, height_ratios=[2.2, 2, 0.35 + 0.25 * animals]
    )
    flagged = 0
    for animal in range(animals):
        colour = ANIMALS[animal % len(ANIMALS)]
        valid = track.valid[animal]
        low = valid & ~(track.quality[animal] >= min_quality)
        flagged += int(low.sum())
        angle = np.degrees(np.angle(np.exp(1j * track.heading[animal])))  # within half a turn
        dots = {"ls": "", "marker": ".", "rasterized": True}
        good = np.flatnonzero(valid & ~low)[::step]
        heading.plot(time[good], angle[good], ms=1.2, color=colour, **dots)
        bad = np.flatnonzero(low)[::step]
        heading.plot(time[bad], angle[bad], ms=2.6, color=style.FLAG, zorder=3, **dots)
        values = _speed(track, animal)
        marker = "." if frames < 100 else ""
        thin = {"lw": 0.6, "marker": marker, "ms": 2, "rasterized": True}
        speed.plot(time[::step], values[::step], color=colour, **thin)
        for values, tint in ((~valid, style.BLACK), (low, style.FLAG)):
            begin, end = runs(values).T
            bars = np.c_[begin, end - begin] / (track.fps if known else 1)
            missing.broken_barh(bars, (animal - 0.4, 0.8), color=tint, lw=0.4)
    heading.set(ylabel="heading (deg)", ylim=(-190, 190), yticks=(-180, -90, 0, 90, 180))
    heading.set_title(f"head unsure (quality < {min_quality:g}): {flagged} frames",
                      color=style.FLAG, fontsize=style.TEXT)  # fmt: skip
    scaled = known and np.isfinite(track.px_per_mm)
    speed.set(ylabel=f"speed ({'mm/s' if scaled else 'px/s' if known else 'px/frame'})")
    speed.set_ylim(bottom=0)
    if not np.isfinite(time).any() or frames < 2:
        style.message(speed, "fewer than two frames")
    missing.set(xlabel=f"time ({unit})", ylim=(animals - 0.4, -0.6))
    missing.set_xlim(0, max(time[-1], time.max()) if frames > 1 else 1)
    missing.set_yticks(range(animals), [f"animal {k}" for k in range(animals)])
    missing.tick_params(axis="y", length=0)
    for animal, name in enumerate(missing.get_yticklabels()):
        name.set_color(ANIMALS[animal % len(ANIMALS)])
    missing.set_title("not found", fontsize=style.SMALL, color=style.BLACK, loc="left", pad=2)
    missing.set_title("head unsure", fontsize=style.SMALL, color=style.FLAG, loc="right", pad=2)
    right.align_ylabels()
    return fig


def _trajectory(fig, track: Track, time: np.ndarray, unit: str, step: int) -> None:
    ax = fig.subplots()
    line = None
    share = []
    several = len(track.valid) > 1
    for animal in range(len(track.valid)):
        xy = _places(track, animal)[::step]
        pairs = np.stack([xy[:-1], xy[1:]], axis=1)
        here = np.isfinite(pairs).all(axis=(1, 2))
        colour = ANIMALS[animal % len(ANIMALS)]
        line = LineCollection(pairs[here], lw=0.9, rasterized=True)
        if several:
            line.set(color=colour, lw=0.6)
        else:
            line.set_cmap(style.TIME)
            line.set_array(time[::step][:-1][here])
            line.set_clim(time[0] if len(time) else 0, time[-1] if len(time) > 1 else 1)
        ax.add_collection(line)
        found = np.flatnonzero(np.isfinite(xy).all(axis=1))
        if len(found):
            start = xy[found[0]]
            ax.plot(*start, "o", ms=4, mfc="white", mec=colour, mew=0.8, zorder=4)
            if several:
                text = {"textcoords": "offset points", "color": colour, "zorder": 5}
                ax.annotate(str(animal), start, (4, 3), **text)
                ax.plot(*xy[found[-1]], "s", ms=3.5, mfc=colour, mec="white", mew=0.6, zorder=4)
        share.append(f"{np.mean(track.valid[animal]) if len(time) else 0:.1%}")
    ax.set_aspect("equal")
    ax.spines[:].set_visible(True)
    if track.camera is None:
        ax.set(xlim=(-0.5, max(track.width, 1) - 0.5), ylim=(max(track.height, 1) - 0.5, -0.5))
        ax.set(xlabel="x (px)", ylabel="y (px)")
    else:
        _square(ax)
        ax.set(xlabel="arena x (px)", ylabel="arena y (px)")
    ax.set_title(f"found in {', '.join(share)} of {len(time)} frames", fontsize=style.TEXT)
    if track.crowded > 0.01:
        title = f"{ax.get_title()}\nmore animals in {track.crowded:.0%} of them"
        ax.set_title(title, fontsize=style.TEXT)
    if several:
        ax.set_xlabel(f"{ax.get_xlabel()}; circle = start, square = end")
        return
    bar = fig.colorbar(line, ax=ax, orientation="horizontal", shrink=0.7, pad=0.03, aspect=35)
    bar.set_label(f"time ({unit}); circle = start")
    bar.outline.set_linewidth(0.4)


def _places(track: Track, animal: int) -> np.ndarray:
    """Centroid (frame, xy) px in the arena; NaN = not found."""
    xy = track.centroid[animal]
    xy = xy if track.camera is None else xy + track.camera
    return np.where(track.valid[animal][:, None], xy, np.nan)


def _square(ax) -> None:
    """Limits of a square around what is drawn, y down: a short walk is not blown up."""
    ax.autoscale_view()
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    half = max(right - left, top - bottom, LEAST_SIDE_PX) / 2
    x, y = (left + right) / 2, (bottom + top) / 2
    ax.set(xlim=(x - half, x + half), ylim=(y + half, y - half))


def _speed(track: Track, animal: int) -> np.ndarray:
    """Centroid speed between neighbouring frames, in the units that the track allows."""
    xy = _places(track, animal)
    speed = np.full(len(xy), np.nan)
    speed[1:] = np.hypot(*np.diff(xy, axis=0).T)
    if known_fps(track.fps):
        speed *= track.fps
        if np.isfinite(track.px_per_mm):
            speed /= track.px_per_mm
    return speed
