"""Morlet spectrograms: the amplitude of each channel at each frequency, frame by frame.

The wavelet of MotionMapper (paper: Unsupervised embedding), applied in the Fourier domain.
With omega0 and a frequency f its scale is s = (w0 + sqrt(2 + w0^2)) / (4 pi f) seconds and its
envelope a Gaussian of that standard deviation.  Amplitudes are divided by the scale, so that a
cosine of amplitude 1 reads the same (0.2004 for omega0 = 5) at every frequency.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pywt
from scipy import fft

from leap_core.errors import UserError

# Half-width of the wavelet, in standard deviations of its envelope; what lies outside is 2e-9.
SUPPORT = 6.0
# Blocks are transformed several at a time, so that overlaps are a small part of the work.
LENGTH = 4096  # samples of one transform, or what four overlaps need
RINGING = 512  # frames of overlap at least: a wavelet that is cut at Nyquist rings on
FADE = 6  # the overlap's outer 1/6, beyond 5 standard deviations, is faded to ring less
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
    """Half-width of the widest wavelet in frames: the overlap that blocks need."""
    return int(np.ceil(SUPPORT * scales(frequencies, omega0).max() * fps))


def gain(omega0: float = 5.0) -> float:
    """Factor of the normalisation: twice what a unit cosine reads where the wavelet peaks."""
    return float(np.exp((omega0 - np.sqrt(omega0**2 + 2)) ** 2 / 4) / np.sqrt(2 * np.pi))


def responses(n: int, fps: float, frequencies: np.ndarray, omega0: float = 5.0) -> np.ndarray:
    """Wavelets in the Fourier domain with the normalisation of the amplitude, (frequency, n//2+1).

    Only frequencies from 0 to Nyquist: the wavelet is analytic.  Nyquist itself belongs to both
    halves of the spectrum and counts half, as in an analytic signal.
    """
    omega = 2 * np.pi * fft.rfftfreq(n, 1 / fps)
    s = scales(frequencies, omega0)[:, None]
    out = gain(omega0) * np.exp(-((s * omega - omega0) ** 2) / 2)
    if n % 2 == 0:
        out[:, -1] /= 2
    return out.astype(np.float32)


def _fourier(n: int, fps: float, frequencies: np.ndarray, omega0: float) -> Transform:
    response = responses(n, fps, frequencies, omega0)

    def transform(x: np.ndarray, keep: slice) -> np.ndarray:
        half = fft.rfft(x, n)
        spectrum = np.empty((len(x), len(response), n), np.complex64)
        np.multiply(half[:, None], response, out=spectrum[..., : half.shape[1]])
        spectrum[..., half.shape[1] :] = 0
        return np.abs(fft.ifft(spectrum, overwrite_x=True)[..., keep])

    return transform


def _pywavelets(n: int, fps: float, frequencies: np.ndarray, omega0: float) -> Transform:
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
    # Half the length on either side as in MotionMapper, more where the wavelet is longer.
    n = transform_length(frames + 2 * max(frames // 2, support(frequencies, fps, omega0)))
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

    What is transformed at once overlaps by the support of the lowest wavelet (6 standard
    deviations of its envelope on either side: 4.9 s at 1 Hz and omega0 = 5) and at least 512
    frames, so that the result equals :func:`morlet_amplitudes`.  Only wavelets whose spectrum is
    cut at Nyquist ring longer and differ slightly.  Memory does not depend on the number of
    frames.  The bytes do not depend on ``workers``; with ``block`` they change by rounding.

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
    overlap = max(support(frequencies, fps, omega0), RINGING)
    row = channels * len(frequencies)
    room = max(LENGTH, transform_length(4 * overlap)) - 2 * overlap
    span = block * max(1, min(room, MEMORY // (4 * max(row, 1))) // block)
    n = transform_length(min(span, frames) + 2 * overlap)
    transform = ENGINES[engine](n, fps, frequencies, omega0)
    together = int(np.clip(SCRATCH // (8 * n * len(frequencies)), 1, 4))
    with ThreadPoolExecutor(workers or _cores()) as pool:
        for start in range(0, frames, span):
            stop = min(start + span, frames)
            piece = _read(x, start - overlap, stop + overlap, n, overlap // FADE)
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


def _read(x: np.ndarray, start: int, stop: int, n: int, fade: int) -> np.ndarray:
    """Frames ``start`` to ``stop`` as (channel, n) float32; 0 outside the recording and after.

    The outer ``fade`` frames rise from 0 and fall to 0.
    """
    first = max(start, 0)
    found = np.asarray(x[first : min(stop, x.shape[0])], np.float32)
    if not np.isfinite(found).all():
        at = first + int(np.argmin(np.isfinite(found).all(axis=1)))
        raise UserError(f"spectrogram: frame {at} of the channels is NaN or infinite; fill gaps")
    out = np.zeros((found.shape[1], n), np.float32)
    out[:, first - start : first - start + len(found)] = found.T
    rise = np.sin(np.pi / 2 * (np.arange(fade, dtype=np.float32) + 0.5) / fade) ** 2
    out[:, :fade] *= rise
    out[:, stop - start - fade : stop - start] *= rise[::-1]
    return out


def _cores() -> int:
    """Threads this process may use."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted):
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


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
