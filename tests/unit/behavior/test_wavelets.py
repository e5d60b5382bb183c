"""Wavelet amplitudes read what their definition says, in blocks of any size."""

import tracemalloc

import h5py
import numpy as np
import pytest
import pywt
from fixtures.waves import FPS, RATES, blocks, direct, error, formula, response

from leap_core import behavior
from leap_core.behavior.wavelets import normalize_rows
from leap_core.errors import UserError

# Frequencies and amplitudes


def test_frequencies_are_dyadic_and_never_above_nyquist():
    f = behavior.frequency_axis(1, 50, 25, FPS)
    assert f[0] == 1 and f[-1] == pytest.approx(50) and np.ptp(f[1:] / f[:-1]) < 1e-12
    assert behavior.frequency_axis(1, 50, 25, 30.0)[-1] == pytest.approx(15)
    with pytest.raises(UserError, match="behavior.fmin"):
        behavior.frequency_axis(20, 50, 25, 30.0)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("odd", [0, 1])
def test_a_unit_cosine_reads_the_same_at_every_frequency(fps, odd):
    """Further from the ends than the widest kernel reaches, 1609 frames at 330 per second."""
    frequencies = behavior.frequency_axis(1, 0.9 * fps / 2, 25, fps)
    time = np.arange(8000 + odd) / fps
    x = np.cos(2 * np.pi * np.outer(time, frequencies) + 0.3)
    inside = slice(1700, 6300)
    for found in (behavior.morlet_amplitudes(x, fps, frequencies), blocks(x, fps, frequencies)):
        read = found[inside].diagonal(axis1=1, axis2=2)
        assert np.abs(read / 0.2004 - 1).max() < 1e-3


def test_a_cosine_at_nyquist_reads_its_samples():
    """There cos(pi n + phase) is (-1)^n cos(phase): no filter can tell phase from amplitude."""
    frequencies = behavior.frequency_axis(1, 50, 25, FPS)
    phase = np.array([0.0, 0.5, 1.2])
    for frames in (8000, 8001):
        x = np.cos(np.pi * np.arange(frames)[:, None] + phase)
        for found in (behavior.morlet_amplitudes(x, FPS, frequencies), blocks(x, FPS, frequencies)):
            assert np.abs(found[frames // 2, :, -1] / np.cos(phase) / 0.2004 - 1).max() < 1e-3


def test_the_power_of_noise_is_the_area_below_the_response_which_nyquist_halves():
    frequencies = behavior.frequency_axis(1, 50, 25, FPS)
    x = np.random.default_rng(0).normal(size=(40_000, 12))
    power = (blocks(x, FPS, frequencies).astype(np.float64) ** 2).mean(axis=(0, 1))
    grid = (np.arange(50_000) + 0.5) / 1000
    area = (response(grid, frequencies[:, None]) ** 2).sum(axis=1) / 1000 / FPS
    # Six standard errors of a mean over 480,000 / 50 independent values, at 5 Hz.
    assert np.abs(power / area - 1)[frequencies > 5].max() < 0.06
    assert np.abs(power / area - 1)[frequencies > 15].max() < 0.03
    # Without the cut the area grows in proportion to the frequency; the wavelet's maximum lies
    # 2 % below its nominal frequency, so that a little more than half remains.
    assert area[-1] / 50 / (area[10] / frequencies[10]) == pytest.approx(0.555, abs=0.001)


@pytest.mark.parametrize("frames", [1, 2, 3, 100, 487, 975, 1024, 1501])
def test_short_and_odd_recordings_equal_the_sum_over_their_samples(frames):
    """Also where the wavelet is longer than the recording: no echo of the other end."""
    x = np.random.default_rng(frames).normal(size=(frames, 2))
    x[-1] += 10
    frequencies = np.array([1.0, 3.3, 20.0])
    truth = np.stack([[direct(x[:, c], FPS, f) for f in frequencies] for c in range(2)]).transpose(
        2, 0, 1
    )
    for found in (
        behavior.morlet_amplitudes(x, FPS, frequencies),
        blocks(x, FPS, frequencies),
        blocks(x, FPS, frequencies, block=100),
    ):
        assert found.shape == truth.shape and found.dtype == np.float32
        assert np.abs(found - truth).max() < 1e-5 * truth.max()


@pytest.mark.parametrize("frames", [1, 2, 8])
def test_a_few_samples_read_the_integral_over_the_band_that_ends_at_nyquist(frames):
    """The kernel at small lags, where its ringing is not yet faded."""
    x = np.random.default_rng(frames).normal(size=(frames, 1))
    frequencies = np.array([20.0, 36.0, 50.0])
    grid = (np.arange(20_000) + 0.5) / 20_000 - 0.5
    lag = np.subtract.outer(np.arange(frames), np.arange(frames))
    turn = np.exp(2j * np.pi * lag[..., None] * grid)
    for i, f in enumerate(frequencies):
        kernel = (turn * response(FPS * grid, f)).mean(axis=-1)
        truth = np.abs(kernel @ x[:, 0])
        for found in (
            behavior.morlet_amplitudes(x, FPS, frequencies),
            blocks(x, FPS, frequencies),
        ):
            assert np.abs(found[:, 0, i] - truth).max() < 1e-5 * truth.max()


def test_white_noise_reads_what_the_formula_says():
    """Up to half of Nyquist exactly; above, an infinite ringing is missing, as documented."""
    frequencies = behavior.frequency_axis(1, 50, 25, FPS)
    x = np.random.default_rng(4).normal(size=(6000, 4)).astype(np.float32)
    far = error(behavior.morlet_amplitudes(x, FPS, frequencies), formula(x, FPS, frequencies))
    assert far[frequencies <= 27].max() < 1e-5
    assert far[frequencies <= 31].max() < 1e-3
    assert far[frequencies <= 37].max() < 1e-2
    assert far.max() < 5e-2


# Blocks


def signals(fps, frequencies, frames):
    """What is hard for blocks, (frame, channel)."""
    rng = np.random.default_rng(1)
    time = np.arange(frames)[:, None] / fps
    cosines = np.cos(2 * np.pi * time * frequencies + rng.uniform(0, 6, len(frequencies)))
    decades = np.logspace(0, -4, len(frequencies))
    return np.stack(
        [
            rng.normal(size=frames),
            cosines.sum(axis=1),
            cosines @ decades,
            cosines @ decades[::-1],
            np.cos(np.pi * np.arange(frames)),
            np.cos(0.998 * np.pi * np.arange(frames)),
            np.cumsum(rng.normal(size=frames)),
            1000 + rng.normal(size=frames),
            np.arange(frames) == 4000,
        ],
        axis=1,
    ).astype(np.float32)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("block", [1000, 1024, 4096, 9000])
def test_blocks_equal_the_whole_signal(fps, block):
    """White noise, sums of cosines, a random walk, a step of 1000 and an impulse, up to Nyquist.

    The rounding of single precision remains, channel by channel.
    """
    frequencies = behavior.frequency_axis(1, fps / 2, 12, fps)
    x = signals(fps, frequencies, 9001)
    whole = behavior.morlet_amplitudes(x, fps, frequencies)
    slices = [s for s, _ in behavior.amplitude_blocks(x, fps, frequencies, block=block)]
    assert [s.start for s in slices] == list(range(0, 9001, block)) and slices[-1].stop == 9001
    found = blocks(x, fps, frequencies, block=block)
    for c in range(x.shape[1]):
        assert error(found[:, c : c + 1], whole[:, c : c + 1]).max() < 1e-5


@pytest.mark.parametrize("fps", RATES)
def test_the_other_frequencies_do_not_change_what_one_reads(fps):
    frequencies = behavior.frequency_axis(1, fps / 2, 25, fps)
    x = np.random.default_rng(1).normal(size=(5000, 2))
    together = blocks(x, fps, frequencies)
    for i in (0, 12, 22, 24):
        alone = blocks(x, fps, frequencies[[i]])
        assert error(alone, together[..., [i]]).max() < 1e-5


def test_equal_calls_give_equal_bytes_with_any_number_of_threads():
    frequencies = behavior.frequency_axis(1, 50, 25, FPS)
    x = np.random.default_rng(2).normal(size=(5000, 9)).astype(np.float32)
    first = blocks(x, FPS, frequencies, workers=1).tobytes()
    assert blocks(x, FPS, frequencies, workers=1).tobytes() == first
    assert blocks(x, FPS, frequencies, workers=3).tobytes() == first


def test_a_dataset_on_disk_is_read_piece_by_piece(tmp_path):
    frequencies = behavior.frequency_axis(1, 50, 25, FPS)
    x = np.random.default_rng(2).normal(size=(9000, 3)).astype(np.float32)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        data = file.create_dataset("x", data=x)
        assert blocks(data, FPS, frequencies).tobytes() == blocks(x, FPS, frequencies).tobytes()


def test_memory_does_not_depend_on_the_length():
    class Recording:
        """Channels that are made when they are read."""

        def __init__(self, frames):
            self.shape = (frames, 6)

        def __getitem__(self, part):
            return np.sin(np.arange(part.start, part.stop)[:, None] + np.arange(6))

    frequencies = behavior.frequency_axis(1, 50, 25, FPS)
    peaks = []
    for frames in (8000, 80_000):
        tracemalloc.start()
        seen = sum(
            len(rows)
            for _, rows in behavior.amplitude_blocks(Recording(frames), FPS, frequencies, workers=1)
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert seen == frames
    # The rows of all frames would be 43 MB more.
    assert peaks[1] - peaks[0] < 1e6


def test_what_cannot_be_transformed_is_named():
    x = np.zeros((3000, 2))
    with pytest.raises(UserError, match="behavior.engine 'fast'.*fft, pywavelets"):
        blocks(x, FPS, np.array([5.0]), engine="fast")
    x[2500, 1] = np.nan
    with pytest.raises(UserError, match="frame 2500"):
        blocks(x, FPS, np.array([5.0]))


# PyWavelets


def test_amplitudes_agree_with_pywavelets_at_low_frequencies():
    """The same wavelet, called without any code of ours.

    PyWavelets convolves with steps of the wavelet's integral, which averages over one sample:
    it reads sinc(f / fps) of a cosine, 0.99 at 8 Hz and 100 frames per second.
    """
    frequencies = behavior.frequency_axis(1, 8, 7, FPS)
    s = FPS * (5 + np.sqrt(27)) / (4 * np.pi * frequencies)
    gain = np.exp((5 - np.sqrt(27)) ** 2 / 4) / np.sqrt(2 * np.pi)
    cosines = np.cos(2 * np.pi * np.outer(np.arange(4000) / FPS, frequencies))
    inside = slice(600, -600)
    ours = behavior.morlet_amplitudes(cosines, FPS, frequencies)[inside]
    theirs, _ = pywt.cwt(
        cosines, s, f"cmor2.0-{5 / (2 * np.pi):.9f}", axis=0, method="fft", precision=14
    )
    theirs = np.abs(theirs) * (gain / np.sqrt(s))[:, None, None]
    theirs = theirs[:, inside].transpose(1, 2, 0)
    theirs, ours = (a.diagonal(axis1=1, axis2=2) for a in (theirs, ours))
    assert np.abs(theirs / ours - 1).max() < 0.0125


@pytest.mark.parametrize("fps", RATES)
def test_the_pywavelets_engine_has_the_same_normalisation(fps):
    """Less the average over one sample, sinc(f / fps), up to 0.6 of Nyquist."""
    frequencies = behavior.frequency_axis(1, 0.6 * fps / 2, 12, fps)
    x = np.cos(2 * np.pi * np.outer(np.arange(8000) / fps, frequencies))
    found = blocks(x, fps, frequencies, engine="pywavelets")[4000].diagonal()
    assert np.abs(found / np.sinc(frequencies / fps) / 0.2004 - 1).max() < 1e-3
    assert np.abs(found / 0.2004 - 1)[frequencies < 0.08 * fps].max() < 0.0125


def test_the_pywavelets_engine_works_in_blocks_and_on_short_recordings():
    """On noise: some of its wavelets lie half a sample off, 5 % of an envelope of 10 at 8 Hz."""
    frequencies = behavior.frequency_axis(1, 8, 10, FPS)
    x = np.random.default_rng(3).normal(size=(6001, 2))
    one = blocks(x, FPS, frequencies, engine="pywavelets")
    two = blocks(x, FPS, frequencies, engine="pywavelets", block=1500)
    assert one.dtype == np.float32 and np.abs(one - two).max() < 1e-4 * one.max()
    truth = behavior.morlet_amplitudes(x, FPS, frequencies)
    off = np.sqrt(((one - truth) ** 2).mean(axis=(0, 1)) / (truth**2).mean(axis=(0, 1)))
    assert off[frequencies < 5].max() < 0.01 and off.max() < 0.05
    for frames in (1, 50):
        short = blocks(x[:frames], FPS, frequencies, engine="pywavelets")
        truth = behavior.morlet_amplitudes(x[:frames], FPS, frequencies)
        assert np.abs(short - truth).max() < 0.03 * truth.max()


# Rows


def test_rows_sum_to_one_and_an_empty_row_is_uniform():
    rows = np.random.default_rng(0).random((50, 1550)).astype(np.float32)
    rows[7] = 0
    found = normalize_rows(rows)
    assert found.dtype == np.float32
    assert np.abs(found.sum(axis=1, dtype=np.float64) - 1).max() < 1e-6
    assert (found[7] == np.float32(1 / 1550)).all()
    assert np.allclose(found[3] / found[3, 0], rows[3] / rows[3, 0], rtol=1e-6)
