import subprocess

import av
import imageio_ffmpeg
import numpy as np
import pytest

from leap_core.errors import UserError
from leap_core.io import video

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


def convert(source, target, *options):
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", source]
    subprocess.run([*command, *options, target], check=True)
    return target


@pytest.fixture
def long_movie(tmp_path):
    """120 frames of a drifting texture whose mean grey level is the frame's number + 60."""
    texture = np.random.default_rng(0).integers(-30, 30, (64, 96))
    texture -= round(texture.mean())
    path = tmp_path / "long.mp4"
    frames = (np.roll(texture, k, 1) + k + 60 for k in range(120))
    video.write_video(path, (f.astype(np.uint8) for f in frames), 30)
    return path


def spoil(path, start=0.45, stop=0.5):
    """Overwrite a stretch of the file with zeros."""
    content = bytearray(path.read_bytes())
    begin, end = int(start * len(content)), int(stop * len(content))
    content[begin:end] = bytes(end - begin)
    path.write_bytes(bytes(content))


def wrong_frames(path):
    """Indices whose picture is not that frame's, and the number of missing pictures."""
    found = list(video.read_frames(path))
    assert [k for k, _ in found] == list(range(120))
    wrong = [k for k, i in found if i is not None and abs(i.mean() - k - 60) > 1.5]
    return wrong, sum(i is None for _, i in found)


ENCODINGS = [
    ("a.mp4", "libx264"),
    ("a.mkv", "libx264"),
    ("a.avi", "libx264"),
    ("a.avi", "mpeg4"),
    ("a.avi", "mjpeg"),
    ("a.mov", "mpeg4"),
]


@pytest.mark.parametrize(("name", "codec"), ENCODINGS)
def test_every_container_gives_each_frame_its_own_picture(long_movie, tmp_path, name, codec):
    path = convert(long_movie, tmp_path / name, "-c:v", codec, "-q:v", "3", "-g", "30")
    assert wrong_frames(path) == ([], 0)


@pytest.mark.parametrize(("name", "codec"), ENCODINGS)
def test_a_damaged_middle_never_gives_a_wrong_picture(long_movie, tmp_path, name, codec):
    path = convert(long_movie, tmp_path / name, "-c:v", codec, "-q:v", "3", "-g", "30")
    spoil(path)
    try:
        wrong, missing = wrong_frames(path)
    except UserError as error:  # containers that cannot tell which frames are lost
        assert "damaged" in str(error) or "cannot be decoded" in str(error)
        return
    assert wrong == []
    assert 0 < missing < 60


@pytest.mark.parametrize(("name", "codec"), ENCODINGS)
def test_a_truncated_file_is_refused(long_movie, tmp_path, name, codec):
    path = convert(long_movie, tmp_path / name, "-c:v", codec, "-q:v", "3")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UserError, match="cut off"):
        list(video.read_frames(path))


def test_a_clip_cut_without_encoding_is_read(long_movie, tmp_path):
    whole = convert(long_movie, tmp_path / "whole.mp4", "-g", "30")
    tool = imageio_ffmpeg.get_ffmpeg_exe()
    clip = tmp_path / "clip.mp4"
    command = [tool, "-v", "error", "-ss", "1.5", "-i", whole, "-c", "copy", clip]
    subprocess.run(command, check=True)
    means = [image.mean() for _, image in video.read_frames(clip)]
    assert len(means) == 75
    np.testing.assert_allclose(means, np.arange(45, 120) + 60, atol=1.5)


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
    source, front = data / "videos" / "fly_centered_pair_small.mp4", tmp_path / "front.mp4"
    convert(source, front, "-c", "copy", "-movflags", "+faststart")
    front.write_bytes(front.read_bytes()[: front.stat().st_size * 2 // 3])
    with pytest.raises(UserError, match=r"cut off or damaged after frame \d+ of 1100"):
        video.probe(front)


def test_equal_frames_give_equal_bytes(tmp_path):
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (10, 64, 64), np.uint8)
    paths = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for path in paths:
        video.write_video(path, frames, 30)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_list_of_other_files_is_no_video(tmp_path):
    video.write_video(tmp_path / "other.mp4", [np.zeros((16, 16), np.uint8)] * 3, 10)
    other = f"file://{tmp_path / 'other.mp4'}"
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:1,", other, "#EXT-X-ENDLIST", ""]
    (tmp_path / "list.m3u8").write_text("\n".join(lines))
    with pytest.raises(UserError, match="list.m3u8: is a list of other files"):
        video.probe(tmp_path / "list.m3u8")
    (tmp_path / "list.mp4").write_text(f"ffconcat version 1.0\nfile {tmp_path / 'other.mp4'}\n")
    with pytest.raises(UserError, match="list.mp4: not a readable video"):
        video.probe(tmp_path / "list.mp4")
