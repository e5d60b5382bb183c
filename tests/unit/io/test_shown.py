"""Frames as they are shown: depth and range, turn, cropped edges, shape of pixels."""

import subprocess
from fractions import Fraction

import av
import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from fixtures import deep

from leap_core.errors import UserError
from leap_core.io import video
from leap_core.io.pixels import Depth

EXACT = deep.ramp()
LEVELS = EXACT * 255


def first(path, depth=None):
    info = video.settle(video.probe(path), depth)
    return next(image for _, image in video.read_frames(path, info))


def samples(bits, frames=4):
    return [np.rint(deep.ramp(k) * ((1 << bits) - 1)) for k in range(frames)]


def limited(bits, frames=4):
    """As ITU-R BT.2100 has it: black is 16, white 235, times 2 for every bit above 8."""
    scale = 1 << (bits - 8)
    return [np.rint((16 + 219 * deep.ramp(k)) * scale) for k in range(frames)]


@pytest.mark.parametrize(
    ("pixel_format", "images"),
    [
        ("gray", samples(8)),
        ("gray9le", samples(9)),
        ("gray10le", samples(10)),
        ("gray12le", samples(12)),
        ("gray14le", samples(14)),
        ("gray16le", samples(16)),
        ("gbrp10le", samples(10)),
        ("gbrp12le", samples(12)),
        ("gbrp16le", samples(12)),
        ("yuv420p", limited(8)),
        ("yuv420p10le", limited(10)),
        ("yuv422p12le", limited(12)),
        ("yuv444p16le", limited(16)),
    ],
)
def test_a_scene_has_the_same_levels_in_every_depth(tmp_path, pixel_format, images):
    path = deep.write(tmp_path / "a.mkv", images, pixel_format)
    found = [image for _, image in video.read_frames(path)]
    assert len(found) == 4
    for k, image in enumerate(found):
        # the sample and the level are rounded
        step = 255 / np.ptp(images[k])
        assert np.abs(image - 255 * deep.ramp(k)).max() <= 0.5 + step / 2 + 1e-6


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_samples_of_a_camera_in_16_bits(tmp_path, bits):
    path = deep.write(tmp_path / "a.mkv", samples(bits), "gray16le")
    depth = Depth()
    np.testing.assert_allclose(first(path, depth), LEVELS, atol=0.63)  # two roundings
    assert f"{bits} bits" in depth.notes[0]
    big = deep.write(tmp_path / "a.mov", samples(bits), "gray16be", codec="png")
    np.testing.assert_allclose(first(big), LEVELS, atol=0.63)  # two roundings
    with pytest.raises(UserError, match=rf"a\.mkv: .*no value above {(1 << bits) - 1}; set `bits`"):
        video.settle(video.probe(path), Depth(ask=True))


def test_given_bits_hold_for_all_frames_and_never_clip(tmp_path):
    dark = [0.2 * image for image in samples(12)]
    path = deep.write(tmp_path / "dark.mkv", dark, "gray16le")
    np.testing.assert_allclose(first(path, Depth(12, ask=True)), 0.2 * LEVELS, atol=0.6)
    stated = deep.write(tmp_path / "stated.mkv", samples(10), "gray12le")
    np.testing.assert_allclose(first(stated, Depth(10)), LEVELS, atol=0.63)  # two roundings
    late = deep.write(tmp_path / "late.mkv", [*dark, samples(14)[0]], "gray16le")
    info = video.settle(video.probe(late), Depth(12))
    with pytest.raises(UserError, match=r"late\.mkv: holds the value 16383, .* 14 or more"):
        list(video.read_frames(late, info))


def test_white_of_video_is_no_matter_of_bits(tmp_path):
    path = deep.write(tmp_path / "a.mkv", limited(10), "yuv420p10le")
    np.testing.assert_array_equal(first(path, Depth(12)), first(path))


@pytest.fixture(scope="module")
def patches(tmp_path_factory):
    """An mp4 of large patches of known grey levels, and its first picture."""
    texture = np.random.default_rng(0).integers(30, 220, (6, 8)).astype(np.uint8)
    picture = np.kron(texture, np.ones((8, 8), np.uint8))
    path = tmp_path_factory.mktemp("patches") / "patches.mp4"
    video.write_video(path, [np.roll(picture, k, 1) for k in range(6)], 25, crf=1)
    return path, picture


def copy(source, target, change=None, crops=""):
    """The packets of a video in another file."""
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        stream = read.streams.video[0]
        out = written.add_stream_from_template(stream)
        if change:
            change(out)
        bits = BitStreamFilterContext(f"h264_metadata={crops}", stream, out) if crops else None
        for packet in read.demux(stream):
            for each in bits.filter(packet if packet.size else None) if bits else [packet]:
                if each.size:
                    each.stream = out
                    written.mux(each)
    return target


def by_ffmpeg(path):
    """The first frame as ffmpeg shows it."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, "-frames:v", "1"]
    command += ["-f", "image2pipe", "-c:v", "png", "-"]
    shown = subprocess.run(command, check=True, capture_output=True).stdout
    return cv2.imdecode(np.frombuffer(shown, np.uint8), cv2.IMREAD_GRAYSCALE)


def assert_same(image, wanted):
    assert image.shape == wanted.shape
    assert np.abs(image.astype(int) - wanted).mean() < 2


@pytest.mark.parametrize(("degrees", "quarters"), [(90, 1), (180, 2), (270, 3)])
def test_the_display_matrix_turns_frames_as_other_programs_do(tmp_path, patches, degrees, quarters):
    path, picture = patches
    turned = copy(path, tmp_path / "t.mp4", lambda stream: stream.set_display_rotation(degrees))
    image, info = first(turned), video.probe(turned)
    assert (info.height, info.width) == image.shape
    assert_same(image, np.rot90(picture, quarters))
    assert_same(image, by_ffmpeg(turned))
    done, shown = cv2.VideoCapture(str(turned)).read()
    assert done
    assert_same(image, shown[..., 0])
    assert sum(each is not None for _, each in video.read_frames(turned, info)) == 6
    assert (info.turn.degrees, info.turn.mirrored) == ((360 - degrees) % 360, False)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("flips", [{"hflip": True}, {"vflip": True}])
def test_mirrored_frames_are_as_ffmpeg_shows_them(tmp_path, patches, degrees, flips):
    path, _ = patches

    def mirror(stream):
        stream.set_display_rotation(degrees, **flips)

    mirrored = copy(path, tmp_path / "m.mp4", mirror)
    assert_same(first(mirrored), by_ffmpeg(mirrored))
    assert video.probe(mirrored).turn.mirrored


def test_an_angle_between_is_left_out(tmp_path, patches):
    path, picture = patches
    turned = copy(path, tmp_path / "t.mp4", lambda stream: stream.set_display_rotation(30))
    assert_same(first(turned), picture)
    assert video.probe(turned).turn.oblique


@pytest.mark.parametrize(
    ("left", "right", "top", "bottom"), [(16, 16, 0, 0), (2, 0, 6, 0), (10, 2, 2, 4), (0, 6, 0, 2)]
)
def test_edges_that_h264_crops_are_cut_to_the_pixel(tmp_path, patches, left, right, top, bottom):
    path, picture = patches
    crops = f"crop_left={left}:crop_right={right}:crop_top={top}:crop_bottom={bottom}"
    cropped = copy(path, tmp_path / "c.mp4", crops=crops)
    frames = [image for _, image in video.read_frames(cropped)]
    assert len(frames) == 6
    for k, image in enumerate(frames):
        whole = np.roll(picture, k, 1)
        assert_same(image, whole[top : 48 - bottom, left : 64 - right])
    assert_same(frames[0], by_ffmpeg(cropped))


def test_a_cropped_video_that_is_turned(tmp_path, patches):
    path, picture = patches
    cropped = copy(path, tmp_path / "c.mp4", crops="crop_left=16:crop_right=2")
    turned = copy(cropped, tmp_path / "t.mp4", lambda stream: stream.set_display_rotation(90))
    assert_same(first(turned), np.rot90(picture[:, 16:62]))


@pytest.mark.parametrize(("degrees", "aspect"), [(0, 2.0), (90, 0.5)])
def test_pixels_that_are_not_square_keep_their_number(tmp_path, degrees, aspect):
    wide = deep.write(tmp_path / "w.mp4", samples(8), "yuv420p", "libx264", aspect=Fraction(2, 1))
    path = copy(wide, tmp_path / "t.mp4", lambda stream: stream.set_display_rotation(degrees))
    info = video.probe(path)
    assert info.aspect == aspect
    assert sorted((info.width, info.height)) == [48, 64]


def test_interlaced_footage_is_known(tmp_path):
    options = {"flags": "+ildct+ilme", "x264opts": "tff=1"}
    path = deep.write(tmp_path / "i.mp4", samples(8), "yuv420p", "libx264", options=options)
    assert video.probe(path).interlaced
    path = deep.write(tmp_path / "p.mp4", samples(8), "yuv420p", "libx264")
    assert not video.probe(path).interlaced
