"""Settings of the behavior map for the recordings at hand, from their frame rate and length."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from leap_core import config
from leap_core.config.declared import changed
from leap_core.containers import Poses
from leap_core.errors import UserError
from leap_core.timeseries import require_fps

# Points of the joint map, of so much time, s, and the most: the paper's.
POINTS, OF_S, MOST_POINTS = 3000, 180.0, 35000
LEAST_POINTS = 1000
# The same of each recording's first map.
OWN_POINTS, OWN_S, MOST_OWN = 1500, 60.0, 10000
CANDIDATES = 1.5
# A neighborhood holds the points of so much time, s, at a lowest frequency of 1 Hz: more than the
# 4.9 s that the widest wavelet of the paper spans.
NEIGHBORHOOD_S = 6.0
LEAST_PERPLEXITY = 32.0  # MotionMapper's
LEAST_SIGMA = 0.65
HIGHEST_HZ = 50.0  # the paper's
CLIP = (0.5e-3, 2.75e-3)  # MotionMapper's, and none above


@dataclass(frozen=True)
class Footage:
    """What there is of all recordings that make a map.

    Attributes:
        fps: of the slowest, frames per second.
        seconds: in which the animal was found, of all together.
        frames: in which the animal was found.
        recordings: how many.
    """

    fps: float
    seconds: float
    frames: int
    recordings: int


@dataclass(frozen=True)
class Choice:
    """The value of one key of section ``behavior``, and why it is that."""

    value: Any
    why: str


def footage(recordings: Iterable[Poses], min_confidence: float) -> Footage:
    """How fast and how long the recordings are.

    A frame counts in which at least one part is known and has ``min_confidence``.

    Raises:
        UserError: a recording without frame rate, or no frame of an animal.
    """
    rates, seconds, frames = [], 0.0, 0
    for poses in recordings:
        require_fps(poses.fps, f"recording {poses.recording}")
        found = int((poses.valid & (poses.confidence >= min_confidence).any(axis=1)).sum())
        rates.append(float(poses.fps))
        seconds += found / poses.fps
        frames += found
    if not frames:
        raise UserError(
            "behavior: no frame of any recording shows a part, so nothing can be chosen; look at "
            "the poses, or name recordings in `behavior.map_recordings`"
        )
    return Footage(min(rates), seconds, frames, len(rates))


def choose(settings: config.Behavior, found: Footage) -> dict[str, Choice]:
    """Every key that ``settings.auto`` leaves open, by :data:`RULES` in their order.

    A key that is given is taken as it is: the rules of others see it.

    Raises:
        UserError: the lowest frequency, given or chosen, is not below the highest.
    """
    out: dict[str, Choice] = {}
    for key, rule in RULES.items():
        if key in settings.auto:
            out[key] = rule(settings, found)
            settings = changed(settings, **{key: out[key].value})
    if settings.fmin >= settings.fmax:
        raise UserError(
            f"behavior: lowest frequency {settings.fmin:g} Hz is not below {settings.fmax:g} Hz, "
            f"the highest of recordings at {found.fps:g} frames/s; lower `behavior.fmin`, or leave "
            "it to `auto`"
        )
    return out


def settled(settings: config.Behavior, found: Footage) -> config.Behavior:
    """The section with what :func:`choose` chooses in it."""
    chosen = choose(settings, found)
    return changed(settings, **{key: one.value for key, one in chosen.items()})


def _lowest(settings: config.Behavior, found: Footage) -> Choice:
    """1 Hz, the paper's; of slow films lower, so that a few octaves are left below the highest."""
    given = "fmax" not in settings.auto
    most = min(found.fps / 10, settings.fmax / 5) if given else found.fps / 10
    why = "the paper's 1 Hz, at most a tenth of the frame rate" + " and a fifth of `fmax`" * given
    return Choice(min(1.0, most), why)


def _highest(settings: config.Behavior, found: Footage) -> Choice:
    why = f"the paper's 50 Hz, at most half of {found.fps:g} frames/s, the slowest recording's"
    return Choice(min(HIGHEST_HZ, found.fps / 2), why)


def _omega0(settings: config.Behavior, found: Footage) -> Choice:
    return Choice(3.0, "wavelets 0.6 times as long as the paper's smear the edges of bouts less")


def _total(settings: config.Behavior, found: Footage) -> Choice:
    """Grows with the cube root of time: 3,000 of 3 minutes, 8,143 of an hour, 35,000 of 79."""
    wanted = POINTS * (found.seconds / OF_S) ** (1 / 3)
    held = min(max(wanted, LEAST_POINTS), MOST_POINTS, found.frames / 2)
    return Choice(
        max(round(held), 50),
        f"{POINTS:,} points x ({found.seconds:.0f} s / {OF_S:g} s)^(1/3), {LEAST_POINTS:,} to "
        f"{MOST_POINTS:,}, at most half of the {found.frames:,} frames",
    )


def _per_recording(settings: config.Behavior, found: Footage) -> Choice:
    """More than are drawn from them, else rare behaviors would have no more than their share."""
    own = found.seconds / found.recordings
    wanted = min(OWN_POINTS * (own / OWN_S) ** (1 / 3), MOST_OWN)
    drawn = settings.total / found.recordings
    return Choice(
        max(round(wanted), round(CANDIDATES * drawn), 50),
        f"{OWN_POINTS:,} points x ({own:.0f} s of the mean recording / {OWN_S:g} s)^(1/3), at most "
        f"the paper's {MOST_OWN:,}, at least {CANDIDATES:g} times the {drawn:.0f} that are drawn",
    )


def _neighborhood(settings: config.Behavior, found: Footage) -> float:
    """How many points are neighbors in time."""
    return settings.total / found.seconds * NEIGHBORHOOD_S / settings.fmin


def _perplexity(settings: config.Behavior, found: Footage) -> Choice:
    reach = _neighborhood(settings, found)
    return Choice(
        round(max(min(reach, settings.total / 10), LEAST_PERPLEXITY), 1),
        f"the points of {NEIGHBORHOOD_S / settings.fmin:.3g} s ({reach:.3g}), so that a "
        f"neighborhood reaches beyond its bout; {LEAST_PERPLEXITY:g} to a tenth of all points",
    )


def _exaggeration(settings: config.Behavior, found: Footage) -> Choice:
    points = _neighborhood(settings, found) / NEIGHBORHOOD_S / 2
    return Choice(
        round(min(max(points, 1.0), 4.0), 2),
        f"the points of {0.5 / settings.fmin:.3g} s ({points:.3g}), 1 to 4: the more neighbors in "
        "time, the more the bouts of one behavior must be drawn together",
    )


def _sigma(settings: config.Behavior, found: Footage) -> Choice:
    value = LEAST_SIGMA + 0.05 * (settings.exaggeration - 1)
    return Choice(
        round(value, 3), "0.65 with exaggeration 1 to 0.8 with 4, whose islands are large"
    )


def _clip(settings: config.Behavior, found: Footage) -> Choice:
    low, high = CLIP
    if settings.exaggeration > 1:
        return Choice([low, 1.0], "none above: cut, the dense islands of exaggeration would merge")
    return Choice([low, high], "MotionMapper's")


RULES: dict[str, Callable[[config.Behavior, Footage], Choice]] = {
    "fmin": _lowest,
    "fmax": _highest,
    "omega0": _omega0,
    "total": _total,
    "per_recording": _per_recording,
    "perplexity": _perplexity,
    "exaggeration": _exaggeration,
    "sigma": _sigma,
    "clip": _clip,
}


def to_dict(chosen: dict[str, Choice], found: Footage) -> dict[str, Any]:
    """What :mod:`leap_core.config.chosen` reads: values, reasons, and what they rest on."""
    return {
        "values": {key: one.value for key, one in chosen.items()},
        "reasons": {key: one.why for key, one in chosen.items()},
        "footage": asdict(found),
    }


def told(chosen: dict[str, Choice], found: Footage) -> str:
    """The choice in lines for a log."""
    head = f"behavior, of {found.seconds:.0f} s at {found.fps:g} frames/s:"
    return "\n".join([head, *(f"  {k}: {one.value} ({one.why})" for k, one in chosen.items())])
