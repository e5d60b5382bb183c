"""Spectrograms: closed forms, direct sums, PyWavelets, and a real fly in three dimensions."""

import tracemalloc
from dataclasses import replace

import h5py
import numpy as np
import pytest
import pywt

from leap_core import behavior, config
from leap_core.behavior.wavelets import normalize_rows
from leap_core.containers import Poses
from leap_core.errors import UserError
from leap_core.skeleton import Skeleton

FPS = 100.0
RATES = (25.0, 30.0, 100.0, 330.0)
SETTINGS = config.Behavior()


def blocks(x, fps, frequencies, **options):
    """All blocks joined, (frame, channel, frequency)."""
    rows = [r for _, r in behavior.amplitude_blocks(x, fps, frequencies, **options)]
    return np.concatenate(rows).reshape(*x.shape, len(frequencies))


def response(at, frequency, omega0=5.0):
    """Closed form (Methods of MotionMapper) of the amplitude of exp(i 2 pi at t)."""
    root = np.sqrt(omega0**2 + 2)
    s = (omega0 + root) / (4 * np.pi * frequency)
    gain = np.exp((omega0 - root) ** 2 / 4) / np.sqrt(2 * np.pi)
    return gain * np.exp(-((2 * np.pi * at * s - omega0) ** 2) / 2)


def direct(x, fps, frequency):
    """The wavelet written in time and summed sample by sample, (frame,)."""
    s = fps * (5 + np.sqrt(27)) / (4 * np.pi * frequency)
    lag = np.subtract.outer(np.arange(len(x)), np.arange(len(x)))
    kernel = np.exp(-(lag**2) / (2 * s**2) + 5j * lag / s) / (s * np.sqrt(2 * np.pi))
    return np.abs(kernel @ x) * np.exp((5 - np.sqrt(27)) ** 2 / 4) / np.sqrt(2 * np.pi)


def formula(x, fps, frequencies):
    """The whole signal at once with every wavelet cut at Nyquist and nothing else, as published.

    Zeros on either side, many times half its length: what rings comes round weakly.
    """
    n = 8 * len(x)
    omega = np.fft.fftfreq(n, 1 / fps)
    omega[n // 2] *= -1
    spectrum = np.fft.fft(x.astype(np.float64), n, axis=0)
    found = [
        np.fft.ifft(spectrum * response(omega, f)[:, None], axis=0)[: len(x)] for f in frequencies
    ]
    return np.abs(found).transpose(1, 2, 0)


def error(found, truth):
    """Largest difference at each frequency, as a share of the largest amplitude there."""
    return np.abs(found - truth).max(axis=(0, 1)) / truth.max(axis=(0, 1))


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


# Channels


def mover(skeleton, frames=400, fps=FPS, axes=2, seed=1):
    """Poses whose parts jitter about fixed places."""
    rng = np.random.default_rng(seed)
    place = rng.uniform(40, 150, (1, len(skeleton), axes))
    return Poses(
        positions=place + rng.normal(0, 2, (frames, len(skeleton), axes)),
        confidence=np.ones((frames, len(skeleton))),
        frame=np.arange(frames),
        valid=np.ones(frames, bool),
        skeleton=skeleton,
        recording="mover",
        fps=fps,
    )


def bare(*parts):
    """A skeleton of named parts whose first is the center."""
    return Skeleton(parts=parts, swap=tuple(range(len(parts))), center=parts[0])


def test_channels_are_relative_to_the_center_and_z_scored(fly32):
    poses = mover(fly32)
    drift = np.cumsum(np.ones((400, 1, 2)), axis=0) * 5
    found = behavior.pose_channels(poses, SETTINGS, 0.2)
    moved = behavior.pose_channels(replace(poses, positions=poses.positions + drift), SETTINGS, 0.2)
    assert np.abs(found.x - moved.x).max() < 1e-2
    assert found.x.shape == (400, 62) and found.x.dtype == np.float32
    assert found.channels[:4] == ["head x", "head y", "eyeL x", "eyeL y"]
    assert not any(n.startswith("thorax") for n in found.channels)
    assert np.abs(found.x.mean(axis=0)).max() < 1e-4
    assert np.abs(found.x.std(axis=0) - 1).max() < 1e-4
    assert found.usable.all() and found.dropped == []


def test_short_gaps_are_bridged_and_long_ones_are_not_usable(fly32):
    poses = mover(fly32)
    positions, confidence = poses.positions.copy(), poses.confidence.copy()
    head = fly32.index("head")
    positions[:, head, 0] = 100 + np.arange(400) / 7
    positions[:, fly32.index("thorax")] = 90
    confidence[50:60, head] = 0.1  # 0.1 s: bridged
    positions[100:111, head] = np.nan  # 0.11 s
    valid = poses.valid.copy()
    valid[200:260] = False
    confidence[300:305, fly32.index("thorax")] = np.nan
    gappy = replace(poses, positions=positions, confidence=confidence, valid=valid)
    found = behavior.pose_channels(gappy, SETTINGS, 0.2)
    lost = np.flatnonzero(~found.usable)
    assert lost.tolist() == [*range(100, 111), *range(200, 260)]
    assert "71 of 400 frames left out" in found.note
    assert np.isfinite(found.x).all()
    # A straight line is bridged by itself.
    assert np.abs(np.diff(found.x[:, 0], 2)).max() < 1e-3
    # The limit is in seconds: at 330 frames per second 11 frames are short, 60 are not.
    fast = behavior.pose_channels(replace(gappy, fps=330.0), SETTINGS, 0.2)
    assert np.flatnonzero(~fast.usable).tolist() == list(range(200, 260))
    slow = behavior.pose_channels(replace(gappy, fps=30.0), SETTINGS, 0.2)
    assert (~slow.usable).sum() == 10 + 11 + 60 + 5


def test_constant_and_mostly_missing_parts_stay_as_zeros_and_are_listed(fly32):
    poses = mover(fly32, frames=300)
    positions, confidence = poses.positions.copy(), poses.confidence.copy()
    # Far from the origin single precision rounds to 1e-4 px: no movement either.
    positions += np.linspace(0, 3000, 300)[:, None, None]
    positions[:, fly32.index("neck")] = positions[:, fly32.index("thorax")] + 3.3
    confidence[:200, fly32.index("wingL")] = 0
    found = behavior.pose_channels(
        replace(poses, positions=positions.astype(np.float32), confidence=confidence),
        SETTINGS,
        0.2,
    )
    assert found.dropped == ["neck x", "neck y", "wingL x", "wingL y"]
    columns = [found.channels.index(n) for n in found.dropped]
    assert (found.x[:, columns] == 0).all() and found.x.shape[1] == 62
    assert found.usable.all() and "channels set to 0: neck x" in found.note


def test_units_do_not_matter(fly32):
    poses = mover(fly32)
    found = behavior.pose_channels(poses, SETTINGS, 0.2)
    metres = behavior.pose_channels(replace(poses, positions=poses.positions * 1e-6), SETTINGS, 0.2)
    assert metres.dropped == [] and np.abs(metres.x - found.x).max() < 1e-3


def test_nothing_seen_is_said_and_leaves_no_usable_frame(fly32):
    poses = mover(fly32)
    for blind in (
        replace(poses, confidence=np.zeros_like(poses.confidence)),
        replace(poses, positions=np.full_like(poses.positions, np.nan)),
        replace(poses, valid=np.zeros_like(poses.valid)),
        mover(fly32, frames=1),
    ):
        found = behavior.pose_channels(blind, SETTINGS, 0.2)
        assert not found.usable.any() and not found.x.any() and len(found.dropped) == 62
        assert "no frame is usable" in found.note
    empty = behavior.pose_channels(mover(fly32, frames=0), SETTINGS, 0.2)
    assert empty.x.shape == (0, 62) and empty.usable.shape == (0,)


def test_a_recording_shorter_than_the_longest_wavelet_says_so(fly32):
    """At 1 Hz and 100 frames per second it spans 2 x 487 + 1 frames."""
    assert behavior.pose_channels(mover(fly32, frames=975), SETTINGS, 0.2).note == ""
    note = behavior.pose_channels(mover(fly32, frames=400), SETTINGS, 0.2).note
    assert "400 frames are fewer than the 975 of the wavelet at 1 Hz" in note
    assert "below 2.44 Hz" in note
    assert behavior.pose_channels(mover(fly32, frames=400, fps=25.0), SETTINGS, 0.2).note == ""


@pytest.mark.parametrize("frames", [2, 5, 10, 19])
def test_a_recording_shorter_than_every_wavelet_has_no_usable_frame(fly32, frames):
    """The shortest wavelet, at 50 Hz, is 975 / 50 = 19.5 frames long."""
    found = behavior.pose_channels(mover(fly32, frames=frames), SETTINGS, 0.2)
    assert not found.usable.any() and "too short for any frequency" in found.note
    one_more = behavior.pose_channels(mover(fly32, frames=20), SETTINGS, 0.2)
    assert one_more.usable.all() and "below 48.8 Hz are uncertain" in one_more.note
    # At 25 per second the highest frequency is 12.5 Hz, and its wavelet as long.
    slow = behavior.pose_channels(mover(fly32, frames=frames, fps=25.0), SETTINGS, 0.2)
    assert not slow.usable.any()
    assert behavior.pose_channels(mover(fly32, frames=20, fps=25.0), SETTINGS, 0.2).usable.all()


def test_a_gap_in_the_frame_numbers_is_refused(fly32):
    poses = mover(fly32)
    for frame in (
        np.r_[np.arange(200), np.arange(1200, 1400)],
        np.arange(400) * 2,
        np.arange(400)[::-1],
    ):
        jump = int(np.flatnonzero(np.diff(frame) != 1)[0])
        with pytest.raises(UserError) as error:
            behavior.pose_channels(replace(poses, frame=frame), SETTINGS, 0.2)
        said = str(error.value)
        assert (
            f"mover: frames are not consecutive ({frame[jump + 1]} follows {frame[jump]});" in said
        )
        assert "\n" not in said
    late = behavior.pose_channels(replace(poses, frame=np.arange(400) + 7), SETTINGS, 0.2)
    assert late.frame[0] == 7 and late.usable.all()


def test_a_frame_rate_is_required(fly32):
    for fps in (float("nan"), 0.0):
        with pytest.raises(UserError, match=r"mover.*videos\[\]\.fps"):
            behavior.pose_channels(replace(mover(fly32), fps=fps), SETTINGS, 0.2)


def test_a_center_is_required(fly32):
    with pytest.raises(UserError, match="roles.center"):
        poses = replace(mover(fly32), skeleton=replace(fly32, center=None))
        behavior.pose_channels(poses, SETTINGS, 0.2)
    other = behavior.pose_channels(mover(fly32), replace(SETTINGS, center="head"), 0.2)
    assert "head x" not in other.channels and "thorax x" in other.channels


# Three dimensions


def turned(yaw, pitch):
    """Rotation by ``yaw`` about z, then ``pitch`` about y."""
    a, b = np.cos([yaw, pitch]), np.sin([yaw, pitch])
    first = np.array([[a[0], -b[0], 0], [b[0], a[0], 0], [0, 0, 1]])
    return np.array([[a[1], 0, b[1]], [0, 1, 0], [-b[1], 0, a[1]]]) @ first


def test_a_circle_in_a_tilted_plane_gives_three_cosines_of_known_phase():
    """A part circles at 6 Hz in the plane z = 0, turned by R: x_i = R_i0 cos + R_i1 sin."""
    time = np.arange(1500) / FPS
    circle = np.stack([np.cos(12 * np.pi * time), np.sin(12 * np.pi * time), 0 * time], axis=1)
    turn = turned(0.7, 0.5)
    positions = np.zeros((1500, 3, 3)) + np.array([3.0, -2.0, 9.0])
    positions += (np.sin(time) * 4)[:, None, None]
    positions[:, 1] += 2 * circle @ turn.T
    positions[:, 2] += 2 * circle
    poses = replace(mover(bare("body", "tilted", "flat"), 1500, axes=3), positions=positions)
    found = behavior.pose_channels(poses, SETTINGS, 0.2)
    assert found.channels == [f"{p} {a}" for p in ("tilted", "flat") for a in "xyz"]
    assert found.dropped == ["flat z"]
    phase = np.arctan2(turn[:, 1], turn[:, 0])
    truth = np.sqrt(2) * np.cos(12 * np.pi * time[:, None] - phase)
    assert np.abs(found.x[:, :3] - truth).max() < 1e-3
    read = behavior.morlet_amplitudes(found.x, FPS, np.array([6.0]))[750, :, 0]
    assert np.abs(read[:5] / (np.sqrt(2) * 0.2004) - 1).max() < 1e-3 and read[5] == 0


@pytest.fixture(scope="module")
def groomer(data):
    """A real fly that grooms: forelegs and antennae in three dimensions, mm, 100 fps, 30 s."""
    found = np.load(data / "behaviour" / "nely_aJO_grooming_frames0000-2999.npz")
    arrays = [found[k] for k in ("RF_leg", "LF_leg", "R_head", "L_head")]
    neck = np.repeat(found["Neck"], len(arrays[0]), axis=0)
    positions = np.concatenate([neck, *arrays], axis=1)
    names = [f"{k}{i}" for k, a in zip("RLrl", arrays, strict=True) for i in range(a.shape[1])]
    poses = mover(bare("neck", *names), len(positions), axes=3)
    return replace(poses, positions=positions)


def test_a_real_fly_in_three_dimensions(groomer):
    """Its coxae are fixed to the neck; the rest has the energy that Parseval's theorem tells."""
    found = behavior.pose_channels(groomer, SETTINGS, 0.2)
    assert found.x.shape == (3000, 42) and found.usable.all()
    assert found.dropped == [f"{part} {axis}" for part in ("R0", "L0") for axis in "xyz"]
    # Faded in and out, so that no wavelet reaches over the ends.
    fade = np.clip((1500 - np.abs(np.arange(3000) - 1500) - 500) / 200, 0, 1)
    x = found.x * (fade**2 * (3 - 2 * fade))[:, None]
    frequencies = behavior.frequency_axis(1, 50, 25, FPS)
    energy = (blocks(x, FPS, frequencies).astype(np.float64) ** 2).sum(axis=0)
    spectrum = np.abs(np.fft.rfft(x.astype(np.float64), axis=0)) ** 2 / 3000
    expected = (response(np.fft.rfftfreq(3000, 1 / FPS), frequencies[:, None]) ** 2 @ spectrum).T
    moving = found.x.any(axis=0)
    low = frequencies < 26
    assert moving.sum() == 36
    assert np.abs(energy / np.maximum(expected, 1e-9) - 1)[moving][:, low].max() < 1e-3


def test_blocks_of_a_real_fly_equal_the_whole_recording(groomer):
    x = behavior.pose_channels(groomer, SETTINGS, 0.2).x
    frequencies = behavior.frequency_axis(1, 50, 25, FPS)
    whole = behavior.morlet_amplitudes(x, FPS, frequencies)
    assert error(blocks(x, FPS, frequencies), whole).max() < 1e-5
    # Little of its movement is near Nyquist, so the formula is close everywhere.
    far = error(whole, formula(x, FPS, frequencies))
    assert far[frequencies <= 27].max() < 1e-5 and far.max() < 5e-3


def test_the_view_of_a_real_fly_does_not_change_the_power_of_its_parts(groomer):
    """Summed over axes and in mm, power belongs to the movement, not to the camera."""
    frequencies = np.array([2.0, 5.0, 9.0])
    sums = []
    for turn in (np.eye(3), turned(0.7, 0.5)):
        positions = groomer.positions @ turn.T
        x = behavior.pose_channels(replace(groomer, positions=positions), SETTINGS, 0.2).x
        spread = (positions[:, 1:] - positions[:, :1]).astype(np.float64).std(axis=0)
        read = behavior.morlet_amplitudes(x, FPS, frequencies).reshape(3000, 14, 3, 3)
        sums.append(((read * spread[:, :, None]) ** 2).sum(axis=2))
    assert np.abs(sums[1] - sums[0]).max() < 1e-4 * sums[0].max()
