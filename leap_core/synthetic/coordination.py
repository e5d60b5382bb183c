"""When the legs step: frequency by speed, and the phase of each leg in a coordination pattern.

A pattern is a metachronal wave from hind to front leg on each side: its lag tells how much later
in the cycle a leg lifts than the one behind it, its side how much later the left legs lift than
the right ones.  Durations follow the published ones (paper, Fig. 3b): swing 44.4 to 36.7 ms,
stance 78.7 ms near 7.7 mm/s and 47.9 ms near 27 mm/s.
"""

from __future__ import annotations

import numpy as np

from leap_core.synthetic.anatomy import LEGS
from leap_core.synthetic.path import DT, SUBSTEPS, Path, wander

GAITS = ("tripod", "tetrapod", "non-canonical")
SLOWEST_STEP = 1.0  # mm/s: below, no new swing begins
_LAGS = np.array([1 / 2, 1 / 3, 1 / 3, 1 / 6])  # of a leg behind the one behind it, in cycles
_SIDES = np.array([1 / 2, 1 / 3, 2 / 3, 1 / 2])  # of the left side behind the right, in cycles
_GAIT = np.array([0, 1, 1, 2])  # tripod, two mirrored tetrapods, wave
_LEAST_COHERENCE = 0.8
_TO_TETRAPOD, _TO_TRIPOD = 8.0, 18.5  # mm/s
_HYSTERESIS = 1.5  # mm/s
_AHEAD = 0.1  # s: a bout has one pattern from its first step to its last
_PULL = 12.0  # 1/s, coupling of each leg to the pattern
_LEVER = 1.78  # mm, from the thorax-abdomen junction to a resting foot

_ORDER = np.array([{"H": 0, "M": 1, "F": 2}[leg[1]] for leg in LEGS])
_LEFT = np.array([leg[0] == "L" for leg in LEGS])
PATTERNS = _LAGS[:, None] * _ORDER + _SIDES[:, None] * _LEFT
"""(pattern, leg): cycles by which a leg lifts after the right hind leg."""


def swing_duration(speed: np.ndarray) -> np.ndarray:
    """Duration of a swing in s at a speed in mm/s."""
    return np.interp(speed, (7.7, 27.0, 37.0), (0.0444, 0.0367, 0.0345))


def stance_duration(speed: np.ndarray) -> np.ndarray:
    """Duration of a stance in s at a speed in mm/s: through the published points."""
    return 0.0431 + 0.9326 * np.maximum(speed, SLOWEST_STEP) ** -1.6


def step_frequency(speed: np.ndarray) -> np.ndarray:
    """Steps per second of one leg: about 5 at 4 mm/s to 11.5 at 25 mm/s."""
    slow = np.minimum(speed / SLOWEST_STEP, 1.0)
    return slow / (swing_duration(speed) + stance_duration(speed))


def foot_speed(path: Path) -> np.ndarray:
    """How fast the ground passes under the feet (substep,), mm/s: walking and turning."""
    return np.hypot(path.speed, _LEVER * path.turning)


def phases(path: Path, rng: np.random.Generator) -> np.ndarray:
    """Phase of each leg (substep, leg) in cycles; a leg lifts where its phase passes an integer.

    All legs run at the frequency of the speed and are pulled to their place in its pattern.
    At rest they fall into place for the next start.
    """
    pace = foot_speed(path)
    count = len(pace)
    noise = np.stack([wander(count, 0.05, 0.1, DT, rng) for _ in LEGS], -1)
    rate = step_frequency(pace)[:, None] * (1 + noise + wander(count, 0.04, 0.3, DT, rng)[:, None])
    moving = (pace > SLOWEST_STEP).tolist()
    kinds = _kinds(pace)
    out = np.empty((count, len(LEGS)))
    phase, kind = rng.random(len(LEGS)), -1
    for k in range(count):
        if kinds[k] != kind:
            kind = kinds[k]
            choices = PATTERNS[_GAIT == kind]
            offset = choices[np.argmax(_coherence(phase, choices))]
        turns = np.exp(2j * np.pi * (phase + offset))
        apart = np.angle(turns.sum() * turns.conj()) * (1 / (2 * np.pi))
        velocity = rate[k] + _PULL * apart
        if moving[k]:
            velocity = np.minimum(np.maximum(velocity, 0.3 * rate[k]), 1.7 * rate[k])
        phase = phase + velocity * DT
        out[k] = phase
    return out


def _kinds(pace: np.ndarray) -> list[int]:
    """Index into GAITS of the pattern that the legs aim at, from the fastest of its surroundings.

    Looking around by ``_AHEAD`` keeps the short speeding up and slowing down at the ends of a
    bout from passing through all patterns.
    """
    reach = round(_AHEAD / DT)
    padded = np.pad(pace, reach, mode="edge")
    fastest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(1)
    kinds, kind = [], 2
    for speed in fastest.tolist():
        low = _TO_TETRAPOD + (_HYSTERESIS if kind == 2 else -_HYSTERESIS)
        high = _TO_TRIPOD + (-_HYSTERESIS if kind == 0 else _HYSTERESIS)
        kind = 2 if speed < low else 0 if speed > high else 1
        kinds.append(kind)
    return kinds


def _coherence(phase: np.ndarray, patterns: np.ndarray) -> np.ndarray:
    """How well phases (..., leg) fit each pattern: (..., pattern), 1 = exactly, 0 = not at all."""
    return np.abs(np.exp(2j * np.pi * (phase[..., None, :] + patterns)).mean(-1))


def lifts(phase: np.ndarray, path: Path) -> np.ndarray:
    """Where each leg begins a swing: (substep, leg) bool."""
    passes = np.diff(np.floor(phase), axis=0, prepend=np.floor(phase[:1])) > 0
    return passes & (foot_speed(path) > SLOWEST_STEP)[:, None]


def gait(phase: np.ndarray) -> np.ndarray:
    """The pattern that the legs show at every frame: index into GAITS.

    That of the pattern (tripod, one of two mirrored tetrapods, wave) whose phase differences are
    nearest: the largest length of the mean over legs of exp(2 pi i (phase + offset)).  The wave,
    and anything that fits no pattern to 0.8, is non-canonical.
    """
    fit = _coherence(phase[SUBSTEPS - 1 :: SUBSTEPS], PATTERNS)
    return np.where(fit.max(-1) < _LEAST_COHERENCE, 2, _GAIT[fit.argmax(-1)]).astype(np.int8)
