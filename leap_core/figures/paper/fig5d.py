"""Power spectra of the legs in the locomotor regions (paper: Figure 5d)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from leap_core.containers import RegionStats
from leap_core.figures import style
from leap_core.figures.paper.fig5ab import chosen_of_all, colours, nothing, slow_to_fast

HARMONICS = (2, 3)


@style.styled
def draw(stats: RegionStats) -> Figure:
    """Mean wavelet power of the leg tips: a dot on each peak, small ticks at 2 and 3 times it."""
    rows = slow_to_fast(stats)
    if not len(rows):
        return nothing(stats, "Leg power spectra")
    colour_of = colours(stats)
    fig = style.figure(60, 66)
    ax = fig.add_subplot()
    frequencies = np.asarray(stats.frequencies, float)
    for k in rows:
        colour = colour_of[int(k)]
        power, peak = stats.power[k], float(stats.peak_frequency[k])
        label = f"{k + 1}: {peak:.1f} Hz" if np.isfinite(peak) else f"{k + 1}: no peak"
        ax.plot(frequencies, power, color=colour, label=label)
        if not np.isfinite(peak):
            continue
        ax.plot(peak, np.interp(peak, frequencies, power), "o", ms=3.5, mfc=colour, mec="white",
                mew=0.4, zorder=4)  # fmt: skip
        for times in HARMONICS:
            if times * peak < frequencies[-1]:
                height = np.interp(times * peak, frequencies, power)
                ax.plot(times * peak, height, "|", ms=6, color=colour, mew=1.0, zorder=4)
    ax.plot([], [], "|", ms=6, color=style.GREY, mew=1.0, label="2x, 3x the peak")
    ax.set(yscale="log", xlim=(0, frequencies[-1]), xlabel="frequency (Hz)")
    low, high = np.log10(ax.get_ylim())
    ax.set_ylim(top=10 ** (high + 0.07 * (len(rows) + 2) * (high - low)))  # for the legend
    ax.set_ylabel("mean power of leg tips along x (px$^2$)")
    ax.set_title(chosen_of_all(stats, rows), fontsize=style.SMALL, color=style.GREY, loc="right")
    ax.legend(title="region: peak, slow to fast", loc="upper right", handlelength=1.1,
              labelspacing=0.25, fontsize=style.SMALL, title_fontsize=style.SMALL)  # fmt: skip
    return fig
