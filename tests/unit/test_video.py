import av
import numpy as np
import pytest

from leap_core import video
from leap_core.errors import UserError

LEVELS = [10 * k + 5 for k in range(24)]


@pytest.fixture
def movie(tmp_path):
    """24 frames, each of one known grey level, with noise-free structure in a corner."""
    path = tmp_path / "movie.mp4"
    frames = (np.full((48, 64), level, np.uint8) for level in LEVELS)
    assert video.write_video(path, frames, 50) == 24
    return path


def levels(path):
    return [None if i is None else int(round(i.mean())) for _, i in video.read_frames(path)]


def test_frames_come_back_in_order_with_their_grey_levels(movie):
    info = video.probe(movie)
    assert (len(info), info.width, info.height, info.fps) == (24, 64, 48, 50)
    np.testing.assert_allclose(levels(movie), LEVELS, atol=2)


def test_luma_plane_equals_ffmpegs_own_grey(data):
    path = data / "videos" / "fly_centered_pair_small.mp4"
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        np.testing.assert_array_equal(video.grey(frame), frame.to_ndarray(format="gray"))


def corrupt(path, start, stop):
    """Overwrite the coded data of frames [start, stop) with zeros."""
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
    content = bytearray(path.read_bytes())
    for packet in packets[start:stop]:
        content[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    path.write_bytes(bytes(content))


def test_unreadable_middle_leaves_a_gap_and_shifts_nothing(movie):
    corrupt(movie, 8, 11)
    found = levels(movie)
    assert len(found) == 24
    assert found.count(None) >= 1
    np.testing.assert_allclose(found[:4], LEVELS[:4], atol=2)
    indices = [k for k, _ in video.read_frames(movie)]
    assert indices == list(range(24))


@pytest.mark.parametrize("content", [b"", b"this is no video" * 100])
def test_empty_and_foreign_files(tmp_path, content):
    path = tmp_path / "bad.mp4"
    path.write_bytes(content)
    with pytest.raises(UserError, match="bad.mp4"):
        video.probe(path)


def test_missing_and_truncated_files(movie, tmp_path):
    with pytest.raises(UserError, match="no such video"):
        video.probe(tmp_path / "none.mp4")
    whole = movie.read_bytes()
    movie.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="cut off"):
        video.probe(movie)


def test_truncated_file_with_its_index_in_front(data, tmp_path):
    import subprocess

    import imageio_ffmpeg

    source, front = data / "videos" / "fly_centered_pair_small.mp4", tmp_path / "front.mp4"
    tool = imageio_ffmpeg.get_ffmpeg_exe()
    command = [tool, "-v", "error", "-i", source, "-c", "copy", "-movflags", "+faststart", front]
    subprocess.run(command, check=True)
    front.write_bytes(front.read_bytes()[: front.stat().st_size * 2 // 3])
    with pytest.raises(UserError, match=r"cut off after frame \d+ of 1100"):
        video.probe(front)


def test_equal_frames_give_equal_bytes(tmp_path):
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (10, 64, 64), np.uint8)
    paths = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for path in paths:
        video.write_video(path, frames, 30)
    assert paths[0].read_bytes() == paths[1].read_bytes()
