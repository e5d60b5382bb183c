"""A frame that was never recorded voids its own place; one that was lost, all that builds on it."""

from fractions import Fraction

import av
import numpy as np
import pytest
from fixtures import numbered

from leap_core.errors import UserError
from leap_core.io import video

FRAMES = 100
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov"}
KEEP_TIMES = [
    ("a.mkv", {"bf": "0"}),
    ("a.mkv", {}),
    ("sound.mkv", {"sound_s": 2.0}),
    ("a.mkv", {"codec": "mpeg4", "bf": "2"}),
    ("a.mkv", {"x264-params": "open-gop=1:keyint=12"}),
    ("a.mkv", {"x264-params": "cqm=jvt", "profile": "high"}),
    ("a.mkv", {"x264-params": "interlaced=1"}),
    ("a.mkv", {"codec": "ffv1"}),
    ("a.webm", {"codec": "libvpx", "deadline": "realtime"}),
    ("a.ts", {}),
    ("a.ts", {"codec": "mpeg2video"}),
    ("a.mts", {"muxer": "mpegts", "muxer_options": {"mpegts_m2ts_mode": "1"}}),
    ("a.flv", {}),
    ("a.avi", {"codec": "mpeg4", "qscale": "3"}),
    ("a.avi", {"codec": "mpeg4", "bf": "2"}),
    ("a.avi", {"codec": "mjpeg", "pixels": "yuvj420p"}),
    ("a.avi", {"bf": "0"}),
    ("a.avi", {"bf": "2"}),
    ("fragments.mp4", {"codec": "mpeg4", "muxer_options": FRAGMENTS}),
]


@pytest.mark.parametrize(("name", "how"), KEEP_TIMES)
@pytest.mark.parametrize("left_out", [(20,), (7, 40, 41, 42, 90)])
def test_frames_that_the_camera_left_out_void_only_their_places(tmp_path, name, how, left_out):
    path = numbered.write(tmp_path / name, FRAMES, left_out=left_out, **how)
    info = video.probe(path)
    assert info.dropped == left_out
    assert (info.fps, info.even) == (numbered.RATE, True)
    assert numbered.read(path, info) == [None if k in left_out else k for k in range(FRAMES)]


@pytest.mark.parametrize(
    ("name", "how"), [("a.mkv", {}), ("a.avi", {"codec": "mpeg4", "qscale": "3"})]
)
def test_every_third_frame_left_out(tmp_path, name, how):
    left_out = tuple(range(3, FRAMES - 1, 3))
    path = numbered.write(tmp_path / name, FRAMES, left_out=left_out, **how)
    assert video.probe(path).dropped == left_out
    assert numbered.read(path) == [None if k in left_out else k for k in range(FRAMES)]


@pytest.mark.parametrize("suffix", ["mkv", "avi", "ts", "flv"])
@pytest.mark.parametrize("between", ["0", "2"])
def test_copies_of_a_file_with_an_index_keep_the_places(tmp_path, suffix, between):
    source = numbered.write(tmp_path / "a.mp4", FRAMES, left_out=(20, 50, 51), bf=between)
    path = numbered.ffmpeg(source, tmp_path / f"copy.{suffix}", "-c", "copy")
    info = video.probe(path)
    assert info.dropped == (20, 50, 51)
    assert info.fps == pytest.approx(numbered.RATE, rel=1e-3)
    assert numbered.read(path, info) == [None if k in info.dropped else k for k in range(FRAMES)]


def test_places_left_free_come_with_a_stride_too(tmp_path):
    path = numbered.write(tmp_path / "a.mkv", FRAMES, left_out=(20, 21, 45))
    seen = {
        k: image if image is None else numbered.number_of(image)
        for k, image in video.read_frames(path, stride=5)
    }
    assert seen == {k: None if k in (20, 45) else k for k in range(0, FRAMES, 5)}


def test_a_file_with_an_index_numbers_its_frames_in_order(tmp_path):
    path = numbered.write(tmp_path / "a.mp4", FRAMES, left_out=(20,))
    info = video.probe(path)
    assert (len(info), info.dropped, info.even) == (FRAMES - 1, (), False)
    assert info.fps == pytest.approx((FRAMES - 2) / ((FRAMES - 1) / numbered.RATE), rel=2e-3)
    assert numbered.read(path) == [k for k in range(FRAMES) if k != 20]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A texture that drifts, with an H.264 key frame at each 30th: parts build on one another."""
    rng = np.random.default_rng(0)
    texture = rng.integers(40, 200, (48, 64)).astype(np.uint8)
    path = tmp_path_factory.mktemp("film") / "whole.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.options = {"g": "30", "bf": "0", "preset": "veryfast", "x264-params": "scenecut=0"}
        for k in range(90):
            image = np.roll(texture, k, 1)
            frame = av.VideoFrame.from_ndarray(image, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = k, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path, [image for _, image in video.read_frames(path)]


def compare(path, whole):
    """Indices without picture; all others equal those of the whole file."""
    found = list(video.read_frames(path))
    assert [k for k, _ in found] == list(range(len(whole)))
    for k, image in found:
        assert image is None or np.array_equal(image, whole[k]), k
    return [k for k, image in found if image is None]


@pytest.mark.parametrize("name", ["a.mkv", "a.ts", "a.flv"])
def test_a_packet_lost_before_the_file_was_written_voids_up_to_the_next_key_frame(
    film, tmp_path, name
):
    path = numbered.without_packet(film[0], tmp_path / name, {40})
    assert video.probe(path).dropped == ()
    assert compare(path, film[1]) == list(range(40, 60))


def test_a_lost_key_frame_voids_all_that_builds_on_it(film, tmp_path):
    path = numbered.without_packet(film[0], tmp_path / "a.mkv", {30})
    assert compare(path, film[1]) == list(range(30, 60))


def test_a_lost_packet_in_a_file_with_an_index(film, tmp_path):
    """Its times are one frame longer there, which is all that a variable rate shows of it."""
    path = numbered.without_packet(film[0], tmp_path / "a.mp4", {40})
    found = [image for _, image in video.read_frames(path)]
    assert [k for k, image in enumerate(found) if image is None] == list(range(40, 59))
    left = [k for k in range(90) if k != 40]
    for k, image in enumerate(found):
        assert image is None or np.array_equal(image, film[1][left[k]])


def test_a_lost_picture_of_a_stream_without_times_cannot_be_placed(film, tmp_path):
    path = numbered.without_packet(film[0], tmp_path / "a.h264", {40}, muxer="h264")
    with pytest.raises(UserError, match=r"a\.h264: frames are lost and the file does not say"):
        video.probe(path)


CODED = [
    ("mkv", ("-c:v", "mpeg4", "-q:v", "3")),
    ("mkv", ("-c:v", "mpeg2video", "-q:v", "3", "-bf", "2")),
    ("webm", ("-c:v", "libvpx", "-deadline", "realtime", "-b:v", "1M")),
    ("ts", ("-c:v", "mpeg2video", "-q:v", "3")),
    ("ts", ("-c:v", "libx264")),
    ("flv", ("-c:v", "flv1", "-q:v", "3")),
]


def cut_out(path, first, last):
    """Take bytes out of a file, from within one packet to within another."""
    with av.open(str(path)) as container:
        at = [p.pos + p.size // 2 for p in container.demux(container.streams.video[0]) if p.size]
    content = path.read_bytes()
    path.write_bytes(content[: at[first]] + content[at[last] :])


@pytest.mark.parametrize(("suffix", "coding"), CODED)
def test_bytes_cut_out_of_a_file_void_all_that_builds_on_them(film, tmp_path, suffix, coding):
    path = numbered.ffmpeg(film[0], tmp_path / f"a.{suffix}", *coding, "-g", "30")
    whole = [image for _, image in video.read_frames(path)]
    assert len(whole) == 90 and all(image is not None for image in whole)
    cut_out(path, 40, 43)
    void = compare(path, whole)
    assert set(range(44, 58)) <= set(void) and len(void) < 35
    assert video.probe(path).dropped == ()


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "flv"])
def test_a_damaged_key_frame_voids_all_that_builds_on_it(film, tmp_path, suffix):
    path = numbered.ffmpeg(film[0], tmp_path / f"a.{suffix}", "-c", "copy")
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(container.streams.video[0]) if p.size]
        begin, size = packets[30].pos, packets[30].size
    content = bytearray(path.read_bytes())
    content[begin + size // 2 : begin + size // 2 + 200] = bytes(200)
    path.write_bytes(bytes(content))
    assert compare(path, film[1]) == list(range(30, 60))


@pytest.mark.parametrize("packets", [1, 5, 20])
def test_pictures_from_before_a_loss_never_stand_for_those_that_are_lost(tmp_path, packets):
    """A key frame that forbids no references to older pictures, as camcorders write them."""
    open_groups = {"x264-params": "open-gop=1:keyint=12:bframes=3"}
    path = numbered.write(tmp_path / "a.mkv", 120, **open_groups)
    cut_out(path, 54, 54 + packets)
    found = numbered.read(path)
    assert all(number in (None, k) for k, number in enumerate(found))
    assert found[:48] == list(range(48)) and found[100:] == list(range(100, 120))
