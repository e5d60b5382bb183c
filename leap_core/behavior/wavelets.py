"""Morlet spectrograms: the amplitude of each channel at each frequency, frame by frame.

The wavelet of MotionMapper (paper: Unsupervised embedding), applied in the Fourier domain.
With omega0 and a frequency f its scale is s = (w0 + sqrt(2 + w0^2)) / (4 pi f) seconds and its
envelope a Gaussian of that standard deviation.  Amplitudes are divided by the scale, so that a
cosine of amplitude 1 reads the same (0.2004 for omega0 = 5) at every frequency.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import fft

from leap_core.errors import UserError

# Half-width of the wavelet, in standard deviations of its envelope; what lies outside is 2e-9.
SUPPORT = 6.0


def frequency_axis(fmin: float, fmax: float, n: int, fps: float) -> np.ndarray:
    """``n`` dyadically spaced frequencies, f_i = fmin (fmax/fmin)^(i/(n-1)), in Hz.

    ``fmax`` above the Nyquist frequency is lowered to it.

    Raises:
        UserError: ``fmin`` is not below the Nyquist frequency.
    """
    top = min(fmax, fps / 2)
    if fmin >= top:
        raise UserError(
            f"behavior: lowest frequency {fmin:g} Hz is not below {top:g} Hz (half of {fps:g} "
            "frames per second); lower `behavior.fmin`"
        )
    return fmin * (top / fmin) ** (np.arange(n) / (n - 1))


def scales(frequencies: np.ndarray, omega0: float = 5.0) -> np.ndarray:
    """Standard deviation of each wavelet's envelope, seconds."""
    return (omega0 + np.sqrt(2 + omega0**2)) / (4 * np.pi * np.asarray(frequencies, float))


def support(frequencies: np.ndarray, fps: float, omega0: float = 5.0) -> int:
    """Half-width of the widest wavelet in frames: the overlap that blocks need."""
    return int(np.ceil(SUPPORT * scales(frequencies, omega0).max() * fps))


def responses(n: int, fps: float, frequencies: np.ndarray, omega0: float = 5.0) -> np.ndarray:
    """Wavelets in the Fourier domain with the normalisation of the amplitude, (frequency, n//2+1).

    Only frequencies from 0 up to, not including, Nyquist: the wavelet is analytic.
    """
    omega = 2 * np.pi * fft.rfftfreq(n, 1 / fps)
    s = scales(frequencies, omega0)[:, None]
    gain = np.exp((omega0 - np.sqrt(omega0**2 + 2)) ** 2 / 4) / np.sqrt(2 * np.pi)
    out = gain * np.exp(-((s * omega - omega0) ** 2) / 2)
    if n % 2 == 0:
        out[:, -1] = 0
    return out.astype(np.float32)


def _transform(x: np.ndarray, response: np.ndarray, n: int) -> np.ndarray:
    """Amplitudes (frequency, n) of one zero-padded channel of at most n samples."""
    half = fft.rfft(x, n)
    spectrum = np.zeros((len(response), n), np.complex64)
    spectrum[:, : len(half)] = half * response
    return np.abs(fft.ifft(spectrum, axis=1, overwrite_x=True))


def morlet_amplitudes(
    x: np.ndarray, fps: float, frequencies: np.ndarray, omega0: float = 5.0
) -> np.ndarray:
    """Morlet amplitudes of a whole recording at once.

    Args:
        x: (frame, channel), no NaN.
        fps: frames per second.
        frequencies: Hz, none above Nyquist.
        omega0: Morlet parameter.

    Returns:
        (frame, channel, frequency) float32.  Outside the recording x counts as 0.
    """
    x = np.asarray(x, np.float32)
    frames, channels = x.shape
    # Half the length on either side as in MotionMapper, more where the wavelet is longer.
    n = fft.next_fast_len(frames + 2 * max(frames // 2, support(frequencies, fps, omega0)))
    response = responses(n, fps, frequencies, omega0)
    out = np.empty((frames, channels, len(response)), np.float32)
    for channel in range(channels):
        out[:, channel] = _transform(x[:, channel], response, n)[:, :frames].T
    return out


def amplitude_blocks(
    x: np.ndarray, fps: float, frequencies: np.ndarray, omega0: float = 5.0, block: int = 1024
) -> Iterator[tuple[slice, np.ndarray]]:
    """The same amplitudes in consecutive blocks of frames, by overlap-save.

    Neighbouring blocks overlap by the support of the lowest wavelet (6 standard deviations of
    its envelope on either side: 4.9 s at 1 Hz and omega0 = 5), so that the result equals
    :func:`morlet_amplitudes`.  Only wavelets whose spectrum is cut at Nyquist ring longer and
    differ slightly.

    Args:
        x: (frame, channel), no NaN.
        fps: frames per second.
        frequencies: Hz, none above Nyquist.
        omega0: Morlet parameter.
        block: frames per block.

    Yields:
        The block's slice of frames and its rows (n, channel * frequency) float32, the
        frequencies of the first channel first.
    """
    x = np.asarray(x, np.float32)
    frames, channels = x.shape
    overlap = support(frequencies, fps, omega0)
    n = fft.next_fast_len(min(block, frames) + 2 * overlap)
    response = responses(n, fps, frequencies, omega0)
    for start in range(0, frames, block):
        stop = min(start + block, frames)
        first, last = max(start - overlap, 0), min(stop + overlap, frames)
        lead = overlap - (start - first)
        piece = np.zeros((channels, n), np.float32)
        piece[:, lead : lead + last - first] = x[first:last].T
        out = np.empty((stop - start, channels, len(response)), np.float32)
        for channel in range(channels):
            found = _transform(piece[channel], response, n)
            out[:, channel] = found[:, overlap : overlap + stop - start].T
        yield slice(start, stop), out.reshape(stop - start, -1)


def normalize_rows(rows: np.ndarray) -> np.ndarray:
    """Divide each row by its sum; a row of zeros becomes uniform.

    >>> normalize_rows(np.array([[1.0, 3.0], [0.0, 0.0]])).tolist()
    [[0.25, 0.75], [0.5, 0.5]]
    """
    total = rows.sum(axis=1, keepdims=True, dtype=np.float64)
    safe = np.where(total > 0, total, 1)
    return np.where(total > 0, rows / safe, 1 / rows.shape[1]).astype(np.float32)
