"""Power spectra of movements on a linear frequency grid, and their dominant peak."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.signal import find_peaks

from leap_core.behavior.wavelets import amplitude_blocks
from leap_core.numerics import parabola_peak

STEP_HZ = 0.25  # Hz between frequencies
BLOCK_FRAMES = 1024  # frames at once: memory does not grow with the recording
PROMINENCE = 1.3  # a rhythm's power over that of the valleys beside it


def linear_axis(fmin: float, fmax: float, fps: float, step: float = STEP_HZ) -> np.ndarray:
    """Frequencies from ``fmin`` in steps of ``step`` up to ``fmax`` and below Nyquist, Hz."""
    top = min(fmax, 0.98 * fps / 2)
    return fmin + step * np.arange(max(int(np.floor((top - fmin) / step + 1e-9)) + 1, 1))


def power_blocks(
    x: np.ndarray, fps: float, frequencies: np.ndarray, omega0: float = 5.0
) -> Iterator[tuple[slice, np.ndarray]]:
    """Wavelet power of each channel, block by block.

    Scaled so that a cosine of amplitude A has its maximum A^2 / 2, its mean square, at its own
    frequency: amplitudes are divided by the wavelet's reading of a unit cosine, and the
    wavelet's nominal frequency, 1 % off the cosine to which it responds most, is corrected.

    Args:
        x: (frame, channel), no NaN.
        fps: frames per second.
        frequencies: Hz, at most 0.98 of Nyquist.
        omega0: Morlet parameter.

    Yields:
        The block's slice of frames and (n, channel, frequency) float32 in squared units of x.
    """
    root = np.sqrt(omega0**2 + 2)
    tuned = np.asarray(frequencies, float) * (omega0 + root) / (2 * omega0)
    reading = np.exp((omega0 - root) ** 2 / 4) / (2 * np.sqrt(2 * np.pi))
    for block, rows in amplitude_blocks(x, fps, tuned, omega0, BLOCK_FRAMES):
        np.square(rows, out=rows)
        rows *= 0.5 / reading**2
        yield block, rows.reshape(len(rows), x.shape[1], len(tuned))


def band_power(power: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """Power over all frequencies, each octave with equal weight, along the last axis.

    A wavelet's bandwidth grows with its frequency: the sum of power / frequency is, up to a
    constant, the variance of the movement.
    """
    return (power / np.asarray(frequencies)).sum(axis=-1)


def peak(power: np.ndarray, frequencies: np.ndarray) -> float:
    """Frequency of the dominant rhythm in one spectrum, Hz; NaN without any.

    In wavelet power slow drift falls as 1/f, white noise of the positions rises as f, and a
    rhythm stands out between them: it is the highest local maximum that exceeds the valleys on
    both sides by ``PROMINENCE``, refined by a parabola through three points.  The low end of the
    axis is no maximum, however high drift makes it.  Harmonics are lower than their fundamental.

    Args:
        power: (frequency,); NaN gives NaN.
        frequencies: (frequency,) evenly spaced, Hz.
    """
    power = np.asarray(power, float)
    if not np.isfinite(power).all() or not power.any():
        return float("nan")
    level = np.log(power + 1e-12 * power.max())
    tops, _ = find_peaks(level, prominence=np.log(PROMINENCE))
    if not len(tops):
        return float("nan")
    at = int(tops[np.argmax(power[tops])])
    # In its logarithm the wavelet's response is a parabola.
    shift = parabola_peak(*level[at - 1 : at + 2])
    return float(frequencies[at] + shift * (frequencies[1] - frequencies[0]))
