"""AVI files as cameras' programs write them: uncompressed, of 8 to 16 bits, and Motion JPEG."""

import re
import subprocess

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from leap_core.errors import UserError
from leap_core.io import video
from leap_core.io.pixels import Depth

HEIGHT, WIDTH, FRAMES, RATE = 38, 54, 9, 80


def film(bits=8, channels=1):
    rng = np.random.default_rng(channels)
    shape = (FRAMES, HEIGHT, WIDTH, channels) if channels > 1 else (FRAMES, HEIGHT, WIDTH)
    return rng.integers(0, 1 << bits, shape).astype(np.uint8 if bits == 8 else np.uint16)


def written(path, images, given, stored, codec="rawvideo", *options):
    """By ffmpeg, from raw samples of pixel format ``given``."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "rawvideo", "-pix_fmt", given]
    command += ["-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-", "-c:v", codec]
    command += ["-pix_fmt", stored, "-q:v", "2", *options, path]
    subprocess.run(command, input=images.tobytes(), check=True)
    return path


def read(path, bits=None):
    info = video.settle(video.probe(path), Depth(bits))
    assert (len(info), info.fps) == (FRAMES, RATE)
    return np.stack([image for _, image in video.read_frames(path, info)])


def test_uncompressed_grey(tmp_path):
    images = film()
    np.testing.assert_array_equal(read(written(tmp_path / "a.avi", images, "gray", "gray")), images)


def deep(path, images, coding=b"Y16 "):
    """As a recorder writes it; ffmpeg has no name for such samples, so that it gets one here."""
    tag = ("-tag:v", "GREY")
    written(path, images, "gray16le", "gray16le", "rawvideo", *tag)
    content = path.read_bytes()
    assert content.count(b"GREY") == 2
    path.write_bytes(content.replace(b"GREY", coding))
    return path


@pytest.mark.parametrize("coding", [b"Y16 ", b"Y1\0\x10", b"GREY"])
@pytest.mark.parametrize("bits", [12, 16])
def test_uncompressed_grey_of_16_bits(tmp_path, bits, coding):
    images = film(bits)
    images[0, 0, 0] = (1 << bits) - 1
    path = deep(tmp_path / "a.avi", images, coding)
    wanted = np.rint(images * (255 / ((1 << bits) - 1)))
    np.testing.assert_array_equal(read(path), wanted)
    np.testing.assert_array_equal(read(path, bits), wanted)
    with pytest.raises(UserError, match="set `bits`"):
        video.settle(video.probe(path), Depth(ask=True))


def test_16_bits_that_are_cut_off_dropped_or_have_no_name(tmp_path):
    images = film(12)
    path = deep(tmp_path / "a.avi", images)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(UserError, match="cut off or damaged after frame [45]"):
        video.probe(path)
    chunks = [found.start() for found in re.finditer(b"00dc|00db", content)]
    place = [start for start in chunks if start > content.index(b"movi")][4]
    size = 2 * HEIGHT * WIDTH
    assert content[place + 4 : place + 8] == size.to_bytes(4, "little")
    empty = content[: place + 4] + bytes(4) + content[place + 8 + size :]
    path.write_bytes(empty)  # lists and index are too long now, as after a crash
    info = video.probe(path)
    assert (len(info), info.dropped) == (FRAMES, (4,))
    found = [image for _, image in video.read_frames(path, info)]
    assert found[4] is None and found[5].max() > 200
    path = written(tmp_path / "b.avi", images, "gray16le", "gray16le")
    with pytest.raises(UserError, match="16 bits and no name"):
        video.probe(path)


def test_uncompressed_colour(tmp_path):
    images = film(channels=3)
    luma = images @ np.array([0.114, 0.587, 0.299])  # blue first
    ours = read(written(tmp_path / "a.avi", images, "bgr24", "bgr24"))
    assert abs(ours - luma).max() < 2
    path = tmp_path / "b.avi"
    writer = cv2.VideoWriter(str(path), 0, RATE, (WIDTH, HEIGHT))
    for image in images:
        writer.write(image)
    writer.release()
    # OpenCV stores planes of half the colours
    assert abs(read(path).mean(0) - luma.mean(0)).mean() < 3


def test_motion_jpeg(tmp_path):
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    images = np.stack([np.hypot(y - 19, x - 5 * k) * 4 for k in range(FRAMES)]).astype(np.uint8)
    path = written(tmp_path / "a.avi", images, "gray", "yuvj420p", "mjpeg")
    assert abs(read(path).astype(int) - images).max() <= 12
    kept = [cv2.imencode(".jpg", image)[1].tobytes() for image in images]
    (tmp_path / "b.mjpeg").write_bytes(b"".join(kept))
    info = video.probe(tmp_path / "b.mjpeg")
    assert len(info) == FRAMES and np.isnan(info.fps)
    for (_, image), jpeg in zip(video.read_frames(info.path, info), kept, strict=True):
        theirs = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert abs(image.astype(int) - theirs).max() <= 2
