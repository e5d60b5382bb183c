"""What can be said of a fly's legs at 25 to 400 frames/s.

    .venv/bin/python benchmarks/gait_frame_rates.py [--figure docs/images/gait_frame_rates.png]

Simulated flies are sampled at each rate: leg tips in the body's frame with 0.6 px of jitter.  While
they walk faster than 2 mm/s: leg-frames with the true swing or stance, the mean duration of swings,
and frames with the true gait mode of a model learned from all flies at that rate.
"""

import argparse
from pathlib import Path as File

import numpy as np
from matplotlib.figure import Figure
from table import show

from leap_core import config, gait
from leap_core.figures import style
from leap_core.synthetic import anatomy, camera, coordination, grooming, legs, path
from leap_core.timeseries import runs

FPS = 400.0  # of the simulation's substeps
EVERY = (1, 2, 3, 4, 5, 6, 8, 12, 16)
JITTER, KEPT = 0.6, 0.5  # px; and the share that is left after a hundredth of a second
WALKS = 2.0  # mm/s
NAMES = ["LF", "LM", "LH", "RF", "RM", "RH"]
RULES = ("levels", "paper")
SHOWN = {"levels": "levels (default)", "paper": "the paper's rule"}
HEAD = ("frames/s", "rule", "leg-frames right", "worst fly", "swing off, ms", "modes", "worst fly")


def simulate(seed: int, frames: int) -> tuple[np.ndarray, ...]:
    """Tips (substep, leg, xy) px, stance, gait mode and walking of a fly."""
    rng = np.random.default_rng(seed)
    fly = anatomy.individual(rng)
    route = path.walk(frames, camera.ARENA_SIDE, 112, fly, rng)
    phase = coordination.phases(route, rng)
    strokes = grooming.strokes(route.behavior, rng)
    lifts = coordination.lifts(phase, route)
    tips, stance = legs.feet(route, lifts, strokes.tips, fly, rng, every=1)
    noise = rng.normal(0, JITTER, tips.shape)
    kept = KEPT ** (100 / FPS)
    for k in range(1, len(noise)):
        noise[k] = kept * noise[k - 1] + np.sqrt(1 - kept**2) * noise[k]
    mode = np.repeat(coordination.gait(phase), path.SUBSTEPS)
    walks = (route.speed > WALKS) & (route.behavior != path.TURN)
    order = [anatomy.LEGS.index(name) for name in NAMES]
    return (tips + noise)[:, order], stance[:, order], mode, walks


def sampled(fly: tuple[np.ndarray, ...], every: int) -> tuple[np.ndarray, ...]:
    """Every so many substeps."""
    return tuple(part[every - 1 :: every] for part in fly)


def bouts(walks: np.ndarray, fps: float) -> np.ndarray:
    """Walking of more than half a second, rows (start, stop)."""
    found = runs(walks)
    return found[found[:, 1] - found[:, 0] > 0.5 * fps]


def duration(stance: np.ndarray, walks: np.ndarray, fps: float) -> float:
    """Mean duration in ms of the swings that begin and end while the fly walks."""
    lengths = []
    for leg in stance.T:
        swings = runs(~leg)
        inside = [walks[max(a - 1, 0) : b + 1].all() for a, b in swings]
        lengths += (swings[inside, 1] - swings[inside, 0]).tolist()
    return 1000 * float(np.mean(lengths)) / fps


def modes(stances: list[np.ndarray], flies: list[tuple[np.ndarray, ...]], fps: float) -> list:
    """Of each fly the share of walking frames with the true mode."""
    spans = [bouts(fly[3], fps) for fly in flies]
    parts = [s[a:b] for s, found in zip(stances, spans, strict=True) for a, b in found]
    model, state, _ = gait.modes(
        np.concatenate(parts), [len(p) for p in parts], config.Gait(restarts=4), 0, fps, legs=NAMES
    )
    right, at = [], 0
    for fly, found in zip(flies, spans, strict=True):
        true = np.concatenate([fly[2][a:b] for a, b in found])
        own = np.array(model.states)[state[at : at + len(true)]]
        right.append(float(np.mean(own == np.array(coordination.GAITS)[true])))
        at += len(true)
    return right


def at_rate(whole: list[tuple[np.ndarray, ...]], every: int, rule: str) -> tuple:
    """The row of a frame rate and a rule."""
    fps = FPS / every
    flies = [sampled(fly, every) for fly in whole]
    found = [gait.detect_stance(fly[0], fps, rule=rule) for fly in flies]
    right = [float((s == f[1])[f[3]].mean()) for s, f in zip(found, flies, strict=True)]
    off = [
        duration(s, f[3], fps) - duration(w[1], w[3], FPS)
        for s, f, w in zip(found, flies, whole, strict=True)
    ]
    known = modes(found, flies, fps)
    return fps, rule, np.mean(right), min(right), float(np.mean(off)), np.mean(known), min(known)


@style.styled
def draw(rows: list[tuple]) -> Figure:
    """Three panels against the frame rate: stance, swings, modes."""
    fig = style.figure(style.DOUBLE, 56)
    panels = fig.subplots(1, 3)
    shown = (
        (2, 100, "leg-frames right (%)"), (4, 1, "swings too long by (ms)"),
        (5, 100, "gait modes right (%)"),
    )  # fmt: skip
    for ax, (column, scale, label), letter in zip(panels, shown, "abc", strict=True):
        for rule, colour in zip(RULES, (style.BLUE, style.GREY), strict=True):
            own = [row for row in rows if row[1] == rule]
            rates = [row[0] for row in own]
            ax.plot(rates, [scale * row[column] for row in own], "-o", ms=3, color=colour,
                    label=SHOWN[rule])  # fmt: skip
            if column != 4:
                low = [scale * row[column + 1] for row in own]
                ax.plot(rates, low, ":", color=colour, label="worst fly")
        ax.set_xscale("log")
        ax.set_xticks([25, 50, 100, 200, 400], ["25", "50", "100", "200", "400"])
        ax.minorticks_off()
        ax.set(xlabel="frames/s", ylabel=label)
        style.letter(ax, letter)
    panels[1].axhline(0, color=style.BLACK, lw=0.5)
    panels[0].legend(loc="lower right", fontsize=style.SMALL)
    return fig


def main() -> None:
    """Simulate, sample, look."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[61, 62, 63, 64])
    parser.add_argument("--frames", type=int, default=6000, help="hundredths of a second")
    parser.add_argument("--figure", type=File)
    options = parser.parse_args()
    whole = [simulate(seed, options.frames) for seed in options.seeds]
    rows = [at_rate(whole, every, rule) for every in EVERY for rule in RULES]
    show("gait at different frame rates", rows, HEAD)
    if options.figure:
        style.save(draw(rows), options.figure)


if __name__ == "__main__":
    main()
