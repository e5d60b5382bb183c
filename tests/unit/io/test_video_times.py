"""Rate, number of frames and end of a video from its time stamps."""

import struct

import cv2
import numpy as np
import pytest
from fixtures import numbered

from leap_core.errors import UserError
from leap_core.io import video

FRAGMENTS = {"movflags": "frag_keyframe+empty_moov"}
LONGER = {"sound_s": 1.4}  # than the picture's 1.2 s
LATE = {"late_s": 0.5}
WHOLE = [
    (name, how)
    for name in ("a.mkv", "a.ts", "a.flv", "a.mp4", "a.mov", "fragments.mp4")
    for how in (LONGER, LATE, LONGER | LATE)
    if name != "fragments.mp4" or len(how) == 1  # FFmpeg writes a wrong time of its first frame
] + [("a.mts", {"muxer": "mpegts", **LONGER}), ("a.mpg", {"codec": "mpeg1video", **LATE})]


def made(tmp_path, name, how, frames=60):
    if name.startswith("fragments"):
        how = how | {"muxer_options": FRAGMENTS}
    return numbered.write(tmp_path / name, frames, **how)


@pytest.mark.parametrize(("name", "how"), WHOLE)
def test_sound_after_the_picture_and_late_pictures_are_whole(tmp_path, name, how):
    path = made(tmp_path, name, how)
    info = video.probe(path)
    assert (len(info), info.fps, info.dropped, info.even) == (60, numbered.RATE, (), True)
    assert numbered.read(path, info) == list(range(60))


CUT = [("a.mkv", how, left) for how in (LONGER, LATE, LONGER | LATE, {}) for left in (0.5, 0.85)]
CUT += [("a.flv", how, 0.5) for how in (LONGER, LATE, LONGER | LATE, {})] + [("a.flv", {}, 0.85)]
CUT += [("a.mp4", how, 0.5) for how in (LONGER, LATE)] + [("a.avi", {"codec": "mpeg4"}, 0.85)]


@pytest.mark.parametrize(("name", "how", "left"), CUT)
def test_the_same_files_cut_off_are_refused(tmp_path, name, how, left):
    path = made(tmp_path, name, how)
    path.write_bytes(path.read_bytes()[: int(left * path.stat().st_size)])
    with pytest.raises(UserError, match="cut off"):
        list(video.read_frames(path))


@pytest.mark.parametrize("default", [True, False])
def test_a_browser_recording_has_the_rate_of_its_time_stamps(tmp_path, default):
    """Whole ms with jitter, and 1,000 frames per second or none in the header."""
    rng = np.random.default_rng(3)
    times = [0] + [round(1000 * k / 30 + rng.uniform(-5, 5)) for k in range(1, 90)]
    path = tmp_path / "browser.webm"
    numbered.write(path, 90, codec="libvpx", rate=1000, times=times, deadline="realtime")
    if not default:
        content = bytearray(path.read_bytes())
        at = content.find(b"\x23\xe3\x83")  # DefaultDuration becomes a void element
        size = 4 + (content[at + 3] & 0x7F)
        content[at : at + size] = bytes([0xEC, 0x80 | (size - 2)]) + bytes(size - 2)
        path.write_bytes(content)
    info = video.probe(path)
    assert info.fps == pytest.approx(30, rel=2e-3)
    assert numbered.read(path, info) == list(range(90))


@pytest.mark.parametrize("rate", [240, 960, 2000])
@pytest.mark.parametrize("between", ["0", "2"])
def test_all_frames_of_a_fast_camera_in_a_clock_of_milliseconds(tmp_path, rate, between):
    path = numbered.write(tmp_path / "fast.mkv", 480, rate=rate, bf=between)
    info = video.probe(path)
    assert (len(info), info.fps, info.dropped) == (480, rate, ())
    assert numbered.read(path, info) == list(range(480))


def test_frames_left_out_by_a_fast_camera(tmp_path):
    path = numbered.write(tmp_path / "fast.mkv", 480, rate=960, left_out=(30, 200, 201))
    info = video.probe(path)
    assert (info.fps, info.dropped) == (960, (30, 200, 201))
    assert numbered.read(path, info) == [None if k in info.dropped else k for k in range(480)]


def test_a_fast_camera_whose_frames_share_stamps_loses_no_time(tmp_path):
    """Which of the two frames of one ms is missing nothing tells; all later ones are in place."""
    path = numbered.write(tmp_path / "fast.mkv", 480, rate=2000, left_out=(201, 300), bf="0")
    seen = numbered.read(path)
    assert len(seen) == 480 and seen.count(None) == 2
    assert all(k is None or abs(k - at) <= 1 for at, k in enumerate(seen))
    assert seen[203:299] == list(range(203, 299)) and seen[303:] == list(range(303, 480))


@pytest.mark.parametrize("between", ["0", "3"])
def test_an_avi_copied_from_an_mp4_is_whole(tmp_path, between):
    source = numbered.write(tmp_path / "a.mp4", 120, bf=between)
    path = numbered.ffmpeg(source, tmp_path / "copy.avi", "-c", "copy")
    info = video.probe(path)
    assert (len(info), info.fps, info.dropped) == (120, numbered.RATE, ())
    assert numbered.read(path, info) == list(range(120))


def test_a_rate_that_changes_is_told_and_frames_keep_their_order(tmp_path):
    rng = np.random.default_rng(1)
    times = np.cumsum(rng.integers(10, 120, 60)).tolist()
    path = numbered.write(tmp_path / "phone.mp4", 60, rate=30, times=times)
    info = video.probe(path)
    assert (len(info), info.even) == (60, False)
    assert info.fps == pytest.approx(59 / (times[-1] - times[0]) * 1000, rel=0.02)
    assert numbered.read(path, info) == list(range(60))


def test_a_camera_at_half_the_rate_that_the_file_states(tmp_path):
    times = [round(1000 * k / 30) for k in range(60)]
    path = numbered.write(tmp_path / "dark.mkv", 60, rate=60, times=times)
    info = video.probe(path)
    assert info.fps == pytest.approx(30, rel=1e-4) and len(info) == 60 and info.even


def mjpeg_avi(path, frames, empty, stated=None):
    """An AVI as cameras write it: an empty chunk for each frame that was left out."""
    pictures = [
        b"" if k in empty else cv2.imencode(".jpg", numbered.picture(k))[1].tobytes()
        for k in range(frames)
    ]

    def chunk(name, data):
        return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    body, index, at = b"", b"", 4
    for data in pictures:
        index += b"00dc" + struct.pack("<III", 0x10, at, len(data))
        body += chunk(b"00dc", data)
        at = 4 + len(body)
    width, height, count = numbered.WIDTH, numbered.HEIGHT, stated or frames
    head = struct.pack("<14I", 20000, 0, 0, 0x10, count, 0, 1, 0, width, height, 0, 0, 0, 0)
    rates = (0, 0, 0, 0, 1, 50, 0, count, 0, 0xFFFFFFFF, 0, 0, 0, width, height)
    stream = b"vidsMJPG" + struct.pack("<IHHIIIIIIIIhhhh", *rates)
    shape = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", 0, 0, 0, 0, 0)
    streams = chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", shape))
    header = chunk(b"LIST", b"hdrl" + chunk(b"avih", head) + streams)
    content = b"AVI " + header + chunk(b"LIST", b"movi" + body) + chunk(b"idx1", index)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(content)) + content)
    return path


def test_frames_left_out_at_the_end_of_an_avi_are_no_cut(tmp_path):
    path = mjpeg_avi(tmp_path / "a.avi", 40, empty={8, 20, 21, 38, 39})
    info = video.probe(path)
    assert (len(info), info.dropped) == (40, (8, 20, 21, 38, 39))
    assert numbered.read(path, info) == [None if k in info.dropped else k for k in range(40)]
    path = mjpeg_avi(tmp_path / "cut.avi", 40, empty={8, 20}, stated=42)
    with pytest.raises(UserError, match="cut off or damaged after frame 40 of 42"):
        video.probe(path)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("pi.h264", {"muxer": "h264"}),
        ("pi.h264", {"muxer": "h264", "bf": "0"}),
        ("pi.mjpeg", {"codec": "mjpeg", "pixels": "yuvj420p", "muxer": "mjpeg"}),
        ("pi.m2v", {"codec": "mpeg2video", "muxer": "mpeg2video", "bf": "2"}),
    ],
)
def test_a_stream_without_time_stamps_has_all_its_frames_and_no_rate(tmp_path, name, how):
    path = numbered.write(tmp_path / name, 60, rate=90 if "m2v" not in name else 60, **how)
    info = video.probe(path)
    assert len(info) == 60 and np.isnan(info.fps)
    assert numbered.read(path, info) == list(range(60))
