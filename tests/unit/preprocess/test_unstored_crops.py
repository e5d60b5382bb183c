"""Crops that are not stored are, bit by bit, those that are."""

import json
import os
from dataclasses import replace

import av
import h5py
import numpy as np
import pytest
from fixtures import numbered

from leap_core import config, containers, preprocess, synthetic
from leap_core.containers.crops import rows
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.preprocess import corrections, cropping, mending

FRAMES = 150
ROWS = ("frame", "valid", "center", "heading")


@pytest.fixture(scope="module")
def fly(tmp_path_factory, fly32):
    """A synthetic fly with a key frame every 12 frames, and its track by recipe ``radon``."""
    folder = tmp_path_factory.mktemp("fly")
    settings = config.Synthetic(frames=FRAMES, size=300)
    synthetic.render(folder / "once.mp4", folder / "fly.h5", 4, settings, fly32)
    path = folder / "fly.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=100)
        stream.width = stream.height = 300
        stream.pix_fmt, stream.options = "yuv420p", {"g": "12", "bf": "2", "crf": "14"}
        for _, image in video.read_frames(folder / "once.mp4"):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="gray")))
        container.mux(stream.encode())
    return path, preprocess.track(path, config.Track(), px_per_mm=30.0)


def spoil(path, numbers):
    """A copy of a video in which the packets of some frames are zeros."""
    with av.open(str(path)) as container:
        packets = sorted((p.pts, p.pos, p.size) for p in container.demux(video=0) if p.size)
    data = bytearray(path.read_bytes())
    for k in numbers:
        _, position, size = packets[k]
        data[position : position + size] = bytes(size)
    spoiled = path.with_name(f"spoiled_{path.name}")
    spoiled.write_bytes(data)
    return spoiled


def both(tmp_path, path, track, settings, **more):
    """The two files: with images and without."""
    names = tmp_path / "crops" / "stored.h5", tmp_path / "crops" / "unstored.h5"
    for name, store in zip(names, (True, False), strict=True):
        preprocess.crop(path, track, 0, replace(settings, store=store), "r", name, **more)
    return names


def compare(stored, unstored):
    """Rows, and images in order, from the middle, at random, and by any index; returns both."""
    whole = containers.Crops.read(stored)
    with containers.open_crops(unstored) as reader:
        for name in ROWS:
            assert getattr(reader, name).tobytes() == getattr(whole, name).tobytes(), name
            assert getattr(reader, name).dtype == getattr(whole, name).dtype
        about = (reader.recording, reader.fps, reader.px_per_mm, reader.tracked)
        np.testing.assert_equal(about, (whole.recording, whole.fps, whole.px_per_mm, whole.tracked))
        images, count = whole.images, len(whole.frame)
        assert reader.images.shape == images.shape and reader.images.dtype == images.dtype
        inside = list(reader.blocks(16, count // 3, count - 5))
        for block in [*reader.blocks(16), *inside]:
            assert reader.images[block].tobytes() == images[block].tobytes(), block
        for row in np.random.default_rng(0).permutation(count)[:40]:
            assert reader.images[row].tobytes() == images[row].tobytes(), row
        for key in (
            *([5, 2, 90, 2], np.array([70, 71]), np.arange(count) % 29 == 3, slice(90, 20, -7), -1),
            *((..., 0), (slice(3, 9), ..., 0), (7, ..., 0), (slice(0, 4), slice(2, 9), 3)),
        ):
            np.testing.assert_array_equal(reader.images[key], images[key], str(key))
        with pytest.raises(IndexError):
            reader.images[count]
    np.testing.assert_array_equal(containers.Crops.read(unstored).images, images)
    return whole


def test_a_tracked_fly(fly, tmp_path):
    files = both(tmp_path, *fly, config.Crop(64))
    whole = compare(*files)
    assert whole.valid.sum() > FRAMES - 10 and whole.images[whole.valid].max((1, 2, 3)).min() > 90
    with h5py.File(files[1]) as file:
        assert "images" not in file and "place" not in file
    assert files[1].stat().st_size < 100 * FRAMES + 12_000  # of which few grow with the video
    wanted = np.array([3, 140, 77, -1, FRAMES])
    for one, other in zip(rows(files[0], wanted), rows(files[1], wanted), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_frame_takes_less_than_a_hundred_bytes(fly, tmp_path):
    path, track = fly
    preprocess.crop(path, track, 0, config.Crop(64, store=False), "r", tmp_path / "c.h5")
    with h5py.File(tmp_path / "c.h5") as file:
        held = sum(each.id.get_storage_size() for each in file.values())
    assert 10 * FRAMES < held < 100 * FRAMES


def test_a_dark_fly_that_a_camera_follows(fly, tmp_path):
    """Its images are cut at its place in the video; the centre that is kept is in the arena."""
    path, track = fly
    moved = np.cumsum(np.random.default_rng(1).normal(0, 3, (FRAMES, 2)), 0)
    followed = replace(track, camera=moved)
    files = both(tmp_path, path, followed, config.Crop(64, invert=True))
    whole = compare(*files)
    good = whole.valid
    offset = whole.center[good] - track.centroid[0, good]
    np.testing.assert_allclose(offset, moved[good], atol=1e-3)
    with h5py.File(files[1]) as file:
        np.testing.assert_array_equal(file["place"][good], track.centroid[0, good])


@pytest.mark.parametrize("pad", [False, True])
def test_precropped_boxes(tmp_path, pad):
    path = tmp_path / "boxes.mkv"
    numbered.write(path, 120, g="12", bf="3")
    track = preprocess.track(path, config.Track(recipe="precropped", head="up"))
    files = both(tmp_path, path, track, config.Crop(80 if pad else 48, pad=pad))
    assert not compare(*files).tracked


@pytest.mark.parametrize("audited", [True, False])
def test_frames_that_cannot_be_decoded(fly, tmp_path, audited):
    """Also where a person has put the animal into such a frame."""
    path = spoil(fly[0], range(60, 63))
    report = preprocess.audit(path)
    lost = report["unreadable"]
    assert 61 in lost and len(lost) < 30
    track = preprocess.track(path, config.Track())
    line = corrections.Correction("place", 61, 62, 0, x=150.0, y=150.0, heading=0.5)
    track = mending.finished(track, [line])
    assert track.valid[0, 61]
    more = {"undecodable": lost} if audited else {}
    whole = compare(*both(tmp_path, path, track, config.Crop(64), **more))
    assert not whole.valid[lost].any() and not whole.images[lost].any()


def test_frames_that_were_never_recorded(tmp_path):
    path = tmp_path / "gaps.mkv"
    numbered.write(path, 100, g="12", bf="2", left_out=(30, 31, 55))
    track = preprocess.track(path, config.Track(recipe="precropped"))
    whole = compare(*both(tmp_path, path, track, config.Crop(64, pad=True)))
    assert np.flatnonzero(~whole.valid).tolist() == [30, 31, 55]
    seen = [numbered.number_of(image[8:-8]) for image in whole.images[[29, 32, 99], ..., 0]]
    assert seen == [29, 32, 99]


def test_frames_that_are_stored_one_by_one(tmp_path):
    path = tmp_path / "deep.npy"
    pixels = np.random.default_rng(0).integers(0, 4000, (100, 48, 64)).astype(np.uint16)
    np.save(path, pixels)
    track = preprocess.track(path, config.Track(recipe="precropped"), fps=50)
    files = both(tmp_path, path, track, config.Crop(48))
    compare(*files)
    with containers.open_crops(files[1]) as reader:
        assert reader.images.source.bits == 12  # looked for once, when it was cut


def test_one_array_of_several(tmp_path):
    path = tmp_path / "several.h5"
    with h5py.File(path, "w") as file:
        for name in ("left", "right"):
            seed = len(name)
            file[name] = np.random.default_rng(seed).integers(0, 255, (100, 48, 64), np.uint8)
    track = preprocess.track(path, config.Track(recipe="precropped"), fps=50, dataset="right")
    compare(*both(tmp_path, path, track, config.Crop(48), dataset="right"))


def test_results_that_are_moved_find_their_video(fly, tmp_path):
    place = tmp_path / "results"
    (place / "raw").mkdir(parents=True)
    os.link(fly[0], place / "raw/fly.mp4")
    files = both(place, place / "raw/fly.mp4", fly[1], config.Crop(64))
    place.rename(tmp_path / "elsewhere")
    compare(*(tmp_path / "elsewhere/crops" / file.name for file in files))


def test_a_video_that_is_gone_or_another_one(fly, tmp_path):
    path, track = tmp_path / "fly.mp4", fly[1]
    data = fly[0].read_bytes()
    path.write_bytes(data)
    _, file = both(tmp_path, path, track, config.Crop(64))
    path.rename(tmp_path / "away.mp4")
    gone = r"unstored\.h5: holds no images, and .*fly\.mp4.* is gone; put the video back"
    with pytest.raises(UserError, match=gone), containers.open_crops(file):
        pass
    path.write_bytes(data + b"0")
    other = rf"unstored\.h5: was cut from a video of {len(data)} bytes, but .*fly\.mp4 has"
    with pytest.raises(UserError, match=other), containers.open_crops(file):
        pass
    with pytest.raises(UserError, match=other):
        containers.Crops.read(file)


def test_a_video_of_the_same_bytes_and_another_length(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((40, 64, 48), np.uint8))
    track = preprocess.track(path, config.Track(recipe="precropped"), fps=50)
    _, file = both(tmp_path, path, track, config.Crop(48))
    np.save(path, np.zeros((20, 64, 96), np.uint8))
    told = r"was cut from 40 frames of 48x64 px, but .*a\.npy has 20 frames of 96x64 px; put the"
    with containers.open_crops(file) as reader, pytest.raises(UserError, match=told):
        reader.images[0]


def test_equal_videos_give_equal_files(fly, tmp_path):
    path, track = fly
    for name in ("a.h5", "b.h5"):
        cropping.crop(path, track, 0, config.Crop(64, store=False), "r", tmp_path / name)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_crops_without_background_are_stored(fly, tmp_path):
    path, track = fly
    settings = config.Crop(64, background="remove", store=False)
    with pytest.raises(UserError, match=r"fly\.mp4: .*set `crop\.background: keep`"):
        cropping.crop(path, track, 0, settings, "r", tmp_path / "c.h5")


@pytest.mark.parametrize(
    "change",
    [
        {"size": 1 << 40},
        {"size": "64"},
        {"video": 3},
        {"frames": 10},
        {"more": 1},
        {"video": "a\0b"},
    ],
)
def test_a_damaged_source_is_told(fly, tmp_path, change):
    preprocess.crop(*fly, 0, config.Crop(64, store=False), "r", tmp_path / "c.h5")
    with h5py.File(tmp_path / "c.h5", "r+") as file:
        file.attrs["source"] = json.dumps(json.loads(file.attrs["source"]) | change)
    with pytest.raises(UserError, match=r"c\.h5"), containers.open_crops(tmp_path / "c.h5"):
        pass


def test_readers_of_several_files(fly, tmp_path):
    """Also of one that is made again meanwhile, and of more than stay open."""
    path, track = fly
    files = [tmp_path / f"{k}.h5" for k in range(5)]
    for k, file in enumerate(files):
        preprocess.crop(path, track, 0, config.Crop(48 + 4 * k, store=k % 2 > 0), "r", file)
    readers = containers.CropReaders(most=2)
    for _ in range(2):
        for k, file in enumerate(files):
            with readers.of(file) as reader, containers.open_crops(file) as expected:
                assert reader.images.shape[1] == 48 + 4 * k
                np.testing.assert_array_equal(reader.images[20], expected.images[20])
    preprocess.crop(path, track, 0, config.Crop(100, store=False), "r", files[-1])
    with readers.of(files[-1]) as reader:
        assert reader.images[20].shape == (100, 100, 1)
    with pytest.raises(UserError, match="no such file"), readers.of(tmp_path / "none.h5"):
        pass
    readers.close()
