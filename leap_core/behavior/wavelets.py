"""Morlet spectrograms: the amplitude of each channel at each frequency, frame by frame.

The wavelet of MotionMapper (paper: Unsupervised embedding), applied in the Fourier domain.
With omega0 and a frequency f its scale is s = (w0 + sqrt(2 + w0^2)) / (4 pi f) seconds and its
envelope a Gaussian of that standard deviation.  Amplitudes are divided by the scale, so that a
cosine of amplitude 1 reads the same (0.2004 for omega0 = 5) at every frequency.

A wavelet whose spectrum is cut at Nyquist rings on without end.  Here each is a finite kernel: its
ringing is faded out, which makes the cut a slope around Nyquist.  So a recording can be transformed
in pieces that give what the whole gives, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from leap_core import threads
from leap_core.errors import UserError

# Half-width of the wavelet, in standard deviations of its envelope; what lies outside is 2e-9.
SUPPORT = 6.0
RINGING = 512  # frames on either side of every kernel at least, over which ringing fades
FLAT = 5.0  # standard deviations of the envelope that stay as they are
SMOOTH = 8  # derivatives of the fade that vanish at its ends, plus one: a compact slope at Nyquist
# Blocks are transformed several at a time, so that overlaps are a small part of the work.
LENGTH = 4096  # samples of one transform, or what four overlaps need
MEMORY = 64 << 20  # bytes of the amplitudes of one transform of all channels
SCRATCH = 4 << 20  # bytes of spectra that one thread inverts at once: they stay in its cache
PRECISION = 16  # PyWavelets tabulates the wavelet's integral at 2^16 points

# (channel, n) and which of the n to keep, to the amplitudes (channel, frequency, kept)
Transform = Callable[[np.ndarray, slice], np.ndarray]


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
    """Half-width of the widest wavelet's envelope in frames, 6 standard deviations."""
    return int(np.ceil(SUPPORT * scales(frequencies, omega0).max() * fps))


def half_width(frequencies: np.ndarray, fps: float, omega0: float = 5.0) -> int:
    """Frames that the widest kernel reaches to either side: the overlap that blocks need."""
    return max(support(frequencies, fps, omega0), RINGING)


def gain(omega0: float = 5.0) -> float:
    """Factor of the normalisation: twice what a unit cosine reads where the wavelet peaks."""
    return float(np.exp((omega0 - np.sqrt(omega0**2 + 2)) ** 2 / 4) / np.sqrt(2 * np.pi))


def kernels(fps: float, frequencies: np.ndarray, omega0: float = 5.0) -> np.ndarray:
    """Wavelets in time with the normalisation of the amplitude, (frequency, half-width + 1).

    Lags from 0 frames on; those at negative lags are their complex conjugates.  Each is the
    integral of the formula in the Fourier domain up to Nyquist: the whole Morlet wavelet less the
    part beyond, which rings at Nyquist and falls off as 1 / lag.  It is unchanged up to 5 standard
    deviations of its envelope and fades to 0 at 6, or at 512 frames where that is more.  The
    longest gives the half-width of all.
    """
    from scipy import special

    width = scales(frequencies, omega0)[:, None] * fps
    frame = np.arange(half_width(frequencies, fps, omega0) + 1)
    lag = frame / width
    # Nyquist in standard deviations of the response, from its maximum.
    nyquist = np.pi * width - omega0
    beyond = np.exp(-(nyquist**2) / 2) * special.wofz((lag + 1j * nyquist) / np.sqrt(2))
    kernel = 2 * np.exp(1j * omega0 * lag - lag**2 / 2) - (1 - 2 * (frame % 2)) * beyond
    end = np.maximum(np.ceil(SUPPORT * width), RINGING)
    left = ((end - frame) / (end - FLAT * width)).clip(0, 1)
    fade = special.betainc(SMOOTH, SMOOTH, left)
    return gain(omega0) / (np.sqrt(8 * np.pi) * width) * kernel * fade


def responses(n: int, kernel: np.ndarray) -> np.ndarray:
    """Fourier transforms of :func:`kernels` padded to ``n``, (frequency, n) float32.

    They are real, and not quite 0 at negative frequencies: beside 0 by the tail of the Gaussian,
    beside Nyquist by the slope.
    """
    from scipy import fft

    return fft.hfft(kernel, n).astype(np.float32)


def _fourier(n: int, fps: float, frequencies: np.ndarray, omega0: float) -> Transform:
    from scipy import fft

    # Twice each, for the real and the imaginary part: a product of complex numbers is slow.
    response = responses(n, kernels(fps, frequencies, omega0)).repeat(2, axis=1)

    def transform(x: np.ndarray, keep: slice) -> np.ndarray:
        # In double precision, so that what is slow and large does not drown what is fast and small.
        found = fft.fft(x.astype(np.float64), n).astype(np.complex64).view(np.float32)
        spectrum = (found[:, None] * response).view(np.complex64)
        return np.abs(fft.ifft(spectrum, overwrite_x=True)[..., keep])

    return transform


def _pywavelets(n: int, fps: float, frequencies: np.ndarray, omega0: float) -> Transform:
    import pywt

    # With bandwidth 2 the envelope's standard deviation is the scale itself, in samples.
    wavelet = pywt.ContinuousWavelet(f"cmor2.0-{omega0 / (2 * np.pi):.12f}", dtype=np.float32)
    scale = scales(frequencies, omega0) * fps
    factor = (gain(omega0) / np.sqrt(scale))[:, None, None]

    def transform(x: np.ndarray, keep: slice) -> np.ndarray:
        found, _ = pywt.cwt(x, scale, wavelet, method="fft", precision=PRECISION)
        return (np.abs(found[..., keep]) * factor).swapaxes(0, 1)

    return transform


ENGINES = {"fft": _fourier, "pywavelets": _pywavelets}


def transform_length(frames: int) -> int:
    """The smallest 2^k, 3 2^k, 5 2^k, 9 2^k or 15 2^k that is no less: the fastest to transform.

    >>> [transform_length(n) for n in (1, 4046, 5070)]
    [1, 4096, 5120]
    """
    return min(m << max(0, int(np.ceil(np.log2(frames / m)))) for m in (1, 3, 5, 9, 15))


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
    n = transform_length(frames + 2 * half_width(frequencies, fps, omega0))
    transform = _fourier(n, fps, frequencies, omega0)
    out = np.empty((frames, channels, len(frequencies)), np.float32)
    for channel in range(channels):
        out[:, channel] = transform(x[:, channel][None], slice(frames))[0].T
    return out


def amplitude_blocks(
    x: np.ndarray,
    fps: float,
    frequencies: np.ndarray,
    omega0: float = 5.0,
    block: int = 1024,
    engine: str = "fft",
    workers: int | None = None,
) -> Iterator[tuple[slice, np.ndarray]]:
    """The same amplitudes in consecutive blocks of frames, by overlap-save.

    What is transformed at once overlaps by the kernels' half-width: 6 standard deviations of the
    lowest wavelet's envelope on either side (4.9 s at 1 Hz and omega0 = 5), at least 512 frames.
    The kernels end there, so the result equals that of :func:`morlet_amplitudes` up to the rounding
    of single precision, on any signal.  Memory does not depend on the number of frames.  The bytes
    do not depend on ``workers``; with ``block`` they change by rounding.

    Args:
        x: (frame, channel), no NaN; an array, an HDF5 dataset or whatever has a shape and can be
            sliced by frames, which is read piece by piece.
        fps: frames per second.
        frequencies: Hz, none above Nyquist.
        omega0: Morlet parameter.
        block: frames per block.
        engine: ``fft``, or ``pywavelets``: slower, and above 8 Hz at 100 frames per second more
            than 1 % low.
        workers: threads; absent, the environment's OMP_NUM_THREADS or all cores.

    Yields:
        The block's slice of frames and its rows (n, channel * frequency) float32, the
        frequencies of the first channel first.

    Raises:
        UserError: unknown engine, or missing values in ``x``.
    """
    if engine not in ENGINES:
        raise UserError(f"behavior.engine {engine!r}: unknown; use one of {', '.join(ENGINES)}")
    frames, channels = x.shape
    overlap = half_width(frequencies, fps, omega0)
    row = channels * len(frequencies)
    room = max(LENGTH, transform_length(4 * overlap)) - 2 * overlap
    span = block * max(1, min(room, MEMORY // (4 * max(row, 1))) // block)
    n = transform_length(min(span, frames) + 2 * overlap)
    transform = ENGINES[engine](n, fps, frequencies, omega0)
    together = int(np.clip(SCRATCH // (8 * n * len(frequencies)), 1, 4))
    with ThreadPoolExecutor(threads.count(workers)) as pool:
        for start in range(0, frames, span):
            stop = min(start + span, frames)
            piece = _read(x, start - overlap, stop + overlap)
            out = np.empty((stop - start, channels, len(frequencies)), np.float32)

            def work(first: int, piece: np.ndarray = piece, out: np.ndarray = out) -> None:
                some = slice(first, first + together)
                found = transform(piece[some], slice(overlap, overlap + len(out)))
                out[:, some] = found.transpose(2, 0, 1)

            list(pool.map(work, range(0, channels, together)))
            out = out.reshape(stop - start, row)
            for first in range(start, stop, block):
                here = slice(first, min(first + block, stop))
                yield here, out[here.start - start : here.stop - start]


def _read(x: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Frames ``start`` to ``stop`` as (channel, frame) float32; 0 outside the recording."""
    first = max(start, 0)
    found = np.asarray(x[first : min(stop, x.shape[0])], np.float32)
    if not np.isfinite(found).all():
        at = first + int(np.argmin(np.isfinite(found).all(axis=1)))
        raise UserError(f"spectrogram: frame {at} of the channels is NaN or infinite; fill gaps")
    out = np.zeros((found.shape[1], stop - start), np.float32)
    out[:, first - start : first - start + len(found)] = found.T
    return out


def normalize_rows(rows: np.ndarray) -> np.ndarray:
    """Divide each row by its sum; a row of zeros becomes uniform.

    >>> normalize_rows(np.array([[1.0, 3.0], [0.0, 0.0]])).tolist()
    [[0.25, 0.75], [0.5, 0.5]]
    """
    total = rows.sum(axis=1, keepdims=True, dtype=np.float64)
    empty = total <= 0
    out = (rows * (1 / np.where(empty, 1, total)).astype(np.float32)).astype(np.float32)
    out[empty[:, 0]] = 1 / rows.shape[1]
    return out
