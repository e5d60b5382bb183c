"""Frames in any order are those that reading forward gives, number by number, pixel by pixel."""

import subprocess
import threading

import imageio_ffmpeg
import numpy as np
import pytest
from fixtures import numbered

from leap_core.errors import UserError
from leap_core.io import video
from leap_core.io.frame_cache import Cache
from leap_core.io.seeking import Closed, Frames

FRAMES = 120
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov"}
SHORT = {"g": "12"}
HEVC = {
    "codec": "libx265",
    "preset": "ultrafast",
    "x265-params": "keyint=12:bframes=3:open-gop=1:log-level=none",
}
KINDS = [
    ("a.mp4", SHORT | {"bf": "0"}),
    ("b.mp4", SHORT | {"bf": "3"}),
    ("whole.mp4", {}),
    ("sound.mp4", SHORT | {"sound_s": 2.0}),
    ("late.mp4", SHORT | {"late_s": 0.5, "bf": "2"}),
    ("open.mp4", {"x264-params": "open-gop=1:keyint=12:bframes=3"}),
    ("open.mkv", {"x264-params": "open-gop=1:keyint=12:bframes=3"}),
    ("healing.mp4", {"x264-params": "intra-refresh=1:keyint=12:bframes=0"}),
    ("interlaced.mkv", {"x264-params": "interlaced=1:keyint=12"}),
    ("fragments.mp4", SHORT | {"muxer_options": FRAGMENTS}),
    ("a.mkv", SHORT | {"bf": "2"}),
    ("sound.mkv", SHORT | {"sound_s": 2.0}),
    ("a.ts", SHORT | {"bf": "2"}),
    ("mpeg2.ts", {"codec": "mpeg2video", "g": "12", "bf": "2"}),
    ("a.mpg", {"codec": "mpeg1video", "g": "12"}),
    ("a.flv", SHORT),
    ("a.avi", {"codec": "mpeg4", "qscale": "3", "g": "12"}),
    ("b.avi", {"codec": "mpeg4", "bf": "2", "g": "12"}),
    ("a.mov", {"codec": "mpeg4", "bf": "2", "g": "12"}),
    ("h264.avi", SHORT | {"bf": "2"}),
    ("mjpeg.avi", {"codec": "mjpeg", "pixels": "yuvj420p"}),
    ("a.mjpeg", {"codec": "mjpeg", "pixels": "yuvj420p"}),
    ("ffv1.mkv", {"codec": "ffv1", "g": "12"}),
    ("raw.avi", {"codec": "rawvideo"}),
    ("a.webm", {"codec": "libvpx", "deadline": "realtime", "g": "12"}),
    ("vp9.webm", {"codec": "libvpx-vp9", "deadline": "realtime", "cpu-used": "8", "g": "12"}),
    ("hevc.mp4", HEVC),
    ("hevc.mkv", HEVC),
    ("hevc.ts", HEVC),
    ("av1.mp4", {"codec": "libsvtav1", "g": "12", "preset": "11"}),
    ("prores.mov", {"codec": "prores_ks", "pixels": "yuv422p10le"}),
    ("old.avi", {"codec": "msvideo1", "pixels": "rgb555le", "g": "12"}),
    ("live.mkv", SHORT | {"muxer_options": {"live": "1"}}),
    ("uneven.mp4", SHORT | {"bf": "2", "times": [20 * k + k % 3 * 7 for k in range(FRAMES)]}),
    ("twins.mkv", SHORT | {"bf": "0", "rate": 2000}),
    ("slices.ts", {"x264-params": "slices=4:keyint=12:aud=1:repeat-headers=1", "bf": "2"}),
]
LEFT_OUT = [("a.mkv", SHORT), ("a.ts", SHORT), ("a.avi", {"codec": "mpeg4", "g": "12"})]


def orders(count, seed=0):
    """Numbers of frames as people ask for them: at random, backwards, forwards from somewhere."""
    rng = np.random.default_rng(seed)
    return [
        *rng.integers(0, count, 40).tolist(),
        *range(count - 1, max(-1, count - 20), -1),
        *range(count // 2, min(count, count // 2 + 25)),
        *rng.permutation(count).tolist(),
    ]


def compare(path, limit=12 * numbered.WIDTH * numbered.HEIGHT, seed=0):
    """Every frame equals that of reading forward, though few are kept; returns the reader."""
    forward = dict(video.read_frames(path))
    frames = Frames(path, cache=Cache(limit))
    whole = all(image is not None or k in frames.info.dropped for k, image in forward.items())
    frames = Frames(path, cache=Cache(limit), sound=whole)
    assert len(frames.info) == len(forward)
    for number in orders(len(forward), seed):
        same(frames.read(number), forward[number], number)
    return frames


def same(image, expected, number):
    assert (image is None) == (expected is None), number
    assert image is None or np.array_equal(image, expected), number


@pytest.mark.parametrize(("name", "how"), KINDS)
def test_every_kind_of_file_gives_the_frame_that_was_asked_for(tmp_path, name, how):
    frames = compare(numbered.write(tmp_path / name, FRAMES, **how))
    for number in (0, 7, FRAMES - 1):
        assert numbered.number_of(frames.read(number)) == number


@pytest.mark.parametrize(("name", "how"), LEFT_OUT)
def test_frames_that_were_never_recorded_are_none(tmp_path, name, how):
    left_out = (7, 40, 41, 42, 90)
    frames = compare(numbered.write(tmp_path / name, FRAMES, left_out=left_out, **how))
    assert [k for k in range(FRAMES) if frames.read(k) is None] == list(left_out)


@pytest.mark.parametrize("name", ["a.mkv", "a.ts", "a.flv"])
@pytest.mark.parametrize("lost", [{40}, {36}, {37, 38, 60, 61}])
def test_lost_packets_void_the_same_frames(tmp_path, name, lost):
    whole = numbered.write(tmp_path / "whole.mkv", FRAMES, g="12", bf="0", tune="zerolatency")
    path = numbered.without_packet(whole, tmp_path / name, lost)
    frames = compare(path)
    assert any(frames.read(k) is None for k in range(FRAMES))


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.avi", "a.ts"])
@pytest.mark.parametrize("seed", range(3))
def test_damaged_bytes_void_the_same_frames(tmp_path, name, seed):
    how = {"codec": "mpeg4", "g": "12", "qscale": "3"} if name == "a.avi" else SHORT | {"bf": "2"}
    path = numbered.write(tmp_path / name, FRAMES, **how)
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for start in rng.integers(0.2 * len(content), 0.7 * len(content), 3):
        content[start : start + 40] = rng.bytes(40)
    path.write_bytes(bytes(content))
    try:
        list(video.read_frames(path))
    except UserError as error:  # the reader says the same
        with pytest.raises(UserError) as told:
            frames = Frames(path)
            for number in range(len(frames.info)):
                frames.read(number)
        assert str(told.value) == str(error)
        return
    compare(path, seed=seed)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "raw.h264"])
def test_files_cut_or_taken_out_without_encoding(tmp_path, name):
    source = numbered.write(tmp_path / "a.mp4", FRAMES, g="12", bf="2")
    start = () if name == "raw.h264" else ("-ss", "1.03")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *start, "-i", source]
    subprocess.run([*command, "-c", "copy", tmp_path / name], check=True)
    compare(tmp_path / name)


def test_turned_and_deep_frames_are_as_the_reader_gives_them(tmp_path):
    source = numbered.write(tmp_path / "a.mp4", 40, g="12")
    turned = tmp_path / "turned.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-display_rotation", "90"]
    subprocess.run([*command, "-i", source, "-c", "copy", turned], check=True)
    frames = compare(turned)
    assert frames.read(3).shape == (numbered.WIDTH, numbered.HEIGHT)
    deep = numbered.ffmpeg(source, tmp_path / "deep.mkv", "-c:v", "ffv1", "-pix_fmt", "gray12le")
    compare(deep)


def test_a_far_frame_does_not_wait_for_all_before_it(tmp_path):
    """Decoding begins at the key frame before it: frames of other stretches are not kept."""
    path = numbered.write(tmp_path / "a.mp4", 400, g="20")
    cache = Cache()
    assert numbered.number_of(Frames(path, cache=cache).read(390)) == 390
    assert cache.size <= 20 * numbered.WIDTH * numbered.HEIGHT


def test_a_frame_that_is_not_there(tmp_path):
    frames = Frames(numbered.write(tmp_path / "a.mp4", 10))
    for number in (-1, 10):
        with pytest.raises(IndexError):
            frames.read(number)


def test_kept_frames_stay_within_their_bytes(tmp_path):
    one = numbered.write(tmp_path / "a.mp4", 60, g="12")
    two = numbered.write(tmp_path / "b.mkv", 60, g="12")
    cache = Cache(10 * numbered.WIDTH * numbered.HEIGHT)
    films = [Frames(one, cache=cache), Frames(two, cache=cache)]
    for number in orders(60):
        for film in films:
            assert numbered.number_of(film.read(number)) == number
            assert cache.size <= cache.limit
    for film in films:
        film.close()
    assert cache.size == 0
    with pytest.raises(Closed):
        films[0].read(5)


def test_closing_does_not_wait_for_a_frame_that_is_far_away(tmp_path):
    """A stream that counts its frames is decoded forward; nobody waits for it once it is closed."""
    frames = Frames(numbered.write(tmp_path / "a.h264", 1000, g="250", bf="2"))
    ended = []

    def wait():
        try:
            ended.append(frames.read(999))
        except Closed:
            ended.append("closed")

    waiting = threading.Thread(target=wait)
    waiting.start()
    frames.close()
    waiting.join()
    assert len(ended) == 1 and (ended == ["closed"] or numbered.number_of(ended[0]) == 999)
    with pytest.raises(Closed):
        frames.read(0)


def test_many_threads_ask_at_once(tmp_path):
    path = numbered.write(tmp_path / "a.mp4", FRAMES, g="12", bf="2")
    frames = Frames(path, cache=Cache(20 * numbered.WIDTH * numbered.HEIGHT))
    wrong = []

    def watch(seed):
        asked = range(seed, FRAMES) if seed % 2 else orders(FRAMES, seed)
        for number in asked:
            if numbered.number_of(frames.read(number)) != number:
                wrong.append(number)

    threads = [threading.Thread(target=watch, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
