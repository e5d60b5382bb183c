"""Channels of poses: relative to the center, bridged, scaled; in three dimensions, too."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.waves import FPS, SETTINGS, blocks, error, formula, response

from leap_core import behavior
from leap_core.containers import Poses
from leap_core.errors import UserError
from leap_core.skeleton import Skeleton

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
    every = replace(SETTINGS, max_lost=0.0)  # no part may be missing
    found = behavior.pose_channels(gappy, every, 0.2)
    lost = np.flatnonzero(~found.usable)
    assert lost.tolist() == [*range(100, 111), *range(200, 260)]
    assert "71 of 400 frames left out" in found.note
    assert np.isfinite(found.x).all()
    # A straight line is bridged by itself.
    assert np.abs(np.diff(found.x[:, 0], 2)).max() < 1e-3
    # The limit is in seconds: at 330 frames per second 11 frames are short, 60 are not.
    fast = behavior.pose_channels(replace(gappy, fps=330.0), every, 0.2)
    assert np.flatnonzero(~fast.usable).tolist() == list(range(200, 260))
    slow = behavior.pose_channels(replace(gappy, fps=30.0), every, 0.2)
    assert (~slow.usable).sum() == 10 + 11 + 60 + 5


def test_a_tenth_of_the_parts_may_be_missing_for_long(fly32):
    """Three of the fly's 31 parts beside its center: with a fourth a frame is left out."""
    poses = mover(fly32)
    confidence = poses.confidence.copy()
    names = ["hindlegL4", "hindlegL3", "hindlegL2", "hindlegL1"]
    for number, name in enumerate(names):
        confidence[100 + 20 * number : 200, fly32.index(name)] = 0.01
    hidden = replace(poses, confidence=confidence)
    found = behavior.pose_channels(hidden, SETTINGS, 0.2)
    assert np.flatnonzero(~found.usable).tolist() == [*range(160, 200)]
    assert "40 of 400 frames left out: more than 3 of 31 parts are missing" in found.note
    assert "60 frames are placed though up to 3 of 31 parts are missing" in found.note
    assert np.isfinite(found.x).all()
    assert behavior.pose_channels(hidden, replace(SETTINGS, max_lost=0.13), 0.2).usable.all()
    # without its center nothing is known of any part
    confidence[:, fly32.index("thorax")] = np.where(np.arange(400) < 50, 0.01, 1)
    blind = behavior.pose_channels(replace(poses, confidence=confidence), SETTINGS, 0.2)
    assert not blind.usable[:50].any() and blind.usable[50:160].all()
    nobody = replace(poses, valid=np.arange(400) >= 50)
    assert (
        not behavior.pose_channels(nobody, replace(SETTINGS, max_lost=1.0), 0.2).usable[:50].any()
    )


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
        told = f"mover: frames are not consecutive ({frame[jump + 1]} follows {frame[jump]});"
        assert told in said
        assert "\n" not in said
    late = behavior.pose_channels(replace(poses, frame=np.arange(400) + 7), SETTINGS, 0.2)
    assert late.frame[0] == 7 and late.usable.all()


def test_a_frame_rate_is_required(fly32):
    for fps in (float("nan"), 0.0):
        with pytest.raises(UserError, match=r"mover.*videos\[\]\.fps"):
            behavior.pose_channels(replace(mover(fly32), fps=fps), SETTINGS, 0.2)


def test_a_center_is_required(fly32):
    with pytest.raises(UserError, match="roles.center"):
        poses = replace(mover(fly32), skeleton=replace(fly32, center=None, axis=None))
        behavior.pose_channels(poses, SETTINGS, 0.2)
    other = behavior.pose_channels(mover(fly32), replace(SETTINGS, center="head"), 0.2)
    assert "head x" not in other.channels and "thorax x" in other.channels


def test_the_middle_of_the_axis_serves_as_center():
    """A mouse of four parts that runs: its ears swing about the middle between nose and tail."""
    parts = ("nose", "earL", "earR", "tail")
    mouse = Skeleton(parts=parts, swap=(0, 2, 1, 3), axis=("tail", "nose"))
    time = np.arange(400) / FPS
    middle = np.stack([100 + 30 * time, 80 - 10 * time], axis=1)
    swing = np.stack([np.sin(2 * np.pi * 3 * time), np.cos(2 * np.pi * 5 * time)], axis=1)
    half = np.stack([20 + np.sin(2 * np.pi * 2 * time), np.sin(2 * np.pi * time)], axis=1)
    positions = np.stack(
        [middle + half, middle + 3 * swing + 8, middle - 2 * swing, middle - half], axis=1
    )
    poses = replace(mover(mouse), positions=positions)
    confidence = poses.confidence.copy()
    confidence[50:55, 3] = 0.1  # without the tail there is no middle
    confidence[100:120, 0] = 0.1
    found = behavior.pose_channels(replace(poses, confidence=confidence), SETTINGS, 0.2)
    assert found.channels == ["nose x", "nose y", "earL x", "earL y", "earR x", "earR y"]
    assert np.flatnonzero(~found.usable).tolist() == list(range(100, 120))
    seen = (confidence > 0.2).all(axis=1)
    for column, truth in enumerate((*half.T, *swing.T, *-swing.T)):
        expected = (truth - truth[seen].mean()) / truth[seen].std()
        np.testing.assert_allclose(found.x[seen, column], expected[seen], atol=1e-4)


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
