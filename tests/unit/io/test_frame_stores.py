"""Folders, stacks, arrays and files of fly rigs: the frames and grey levels that went in."""

from dataclasses import replace

import cv2
import h5py
import numpy as np
import pytest
import tifffile
from fixtures import deep, footage_kinds
from PIL import Image

from leap_core.errors import UserError
from leap_core.io import video
from leap_core.io.frame_cache import Cache
from leap_core.io.pixels import Depth
from leap_core.io.readers import opening
from leap_core.io.seeking import Frames

LUMA = np.array([0.299, 0.587, 0.114])


def film(frames=7, bits=8, colour=False):
    """Images that differ in every pixel from frame to frame; odd sides, so that none is padded."""
    rng = np.random.default_rng(bits)
    kind = np.uint8 if bits == 8 else np.uint16
    shape = (frames, 37, 53, 3) if colour else (frames, 37, 53)
    images = rng.integers(0, 1 << bits, shape).astype(kind)
    images[0].flat[0] = (1 << bits) - 1
    return list(images)


def read(path, **options):
    info = video.settle(video.probe(path, **options), Depth())
    found = list(video.read_frames(path, info))
    assert [k for k, _ in found] == list(range(len(info)))
    return [image for _, image in found]


def assert_levels(path, images, bits=8, **options):
    """Every frame is the image that was written, its white stretched to 255; in any order."""
    info = video.settle(video.probe(path, **options), Depth())
    assert (len(info), info.height, info.width) == (len(images), *images[0].shape[:2])
    wanted = [np.rint(image * (255 / ((1 << bits) - 1))) for image in images]
    for found, image in zip(read(path, **options), wanted, strict=True):
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, image)
    assert [k for k, _ in video.read_frames(path, info, stride=3)] == [*range(0, len(images), 3)]
    with opening.frames_of(info) as reader:
        for k in (len(images) - 1, 0, 3):
            np.testing.assert_array_equal(reader.frame(k), wanted[k])


def stacks(place, images):
    """A film that its recorder has cut into files, the tenth of which comes after the ninth."""
    folder = place / "f"
    folder.mkdir()
    for k, start in enumerate(range(0, len(images), 2), 8):
        footage_kinds.tiff(folder / f"cam_{k}.tif", images[start : start + 2])
    return folder


WRITERS = {
    "png": lambda p, i: footage_kinds.numbered(p / "f", i),
    "bmp": lambda p, i: footage_kinds.numbered(p / "f", i, ".bmp", "{}"),
    "tif": lambda p, i: footage_kinds.numbered(p / "f", i, ".tif", "cam1 {:06}"),
    "stack": lambda p, i: footage_kinds.tiff(p / "a.tif", i),
    "big": lambda p, i: footage_kinds.tiff(p / "a.tif", i, bigtiff=True, byteorder=">"),
    "one channel": lambda p, i: footage_kinds.tiff(p / "a.tif", [each[..., None] for each in i]),
    "imagej": lambda p, i: footage_kinds.tiff(p / "a.tif", i, imagej=True, photometric=None),
    "stacks": stacks,
    "ome": lambda p, i: footage_kinds.tiff(p / "a.ome.tif", i, metadata={"axes": "TYX"}),
    "one page": lambda p, i: footage_kinds.tiff(p / "a.tif", i, metadata={}, truncate=True),
    "deflate": lambda p, i: footage_kinds.tiff(p / "a.tif", i, compression="zlib", predictor=2),
    "tiles": lambda p, i: footage_kinds.tiff(p / "a.tif", i, tile=(16, 32), compression="zlib"),
    "npy": lambda p, i: footage_kinds.npy(p / "a.npy", i),
    "hdf5": lambda p, i: footage_kinds.hdf5(p / "a.h5", i),
    "chunked": lambda p, i: footage_kinds.hdf5(p / "a.h5", i, chunks=(4, 37, 20), compression=1),
    "fmf": lambda p, i: footage_kinds.fmf(p / "a.fmf", i),
    "fmf 1": lambda p, i: footage_kinds.fmf(p / "a.fmf", i, version=1),
    "ufmf": lambda p, i: footage_kinds.ufmf(p / "a.ufmf", i),
}
DEEP = [name for name in WRITERS if name != "bmp" and "fmf" not in name]


@pytest.mark.parametrize("kind", WRITERS)
def test_grey_levels_of_8_bits(tmp_path, kind):
    assert_levels(WRITERS[kind](tmp_path, film()), film())


@pytest.mark.parametrize("bits", [12, 16])
@pytest.mark.parametrize("kind", DEEP)
def test_grey_levels_of_more_bits(tmp_path, kind, bits):
    path = WRITERS[kind](tmp_path, film(bits=bits))
    assert_levels(path, film(bits=bits), bits)
    # one that leaves the depth open is asked for it beside others, as videos are
    with pytest.raises(UserError, match="set `bits` in the config"):
        video.settle(video.probe(path), Depth(ask=True))
    given = video.settle(video.probe(path), Depth(16))
    (_, image), *_ = video.read_frames(path, given)
    np.testing.assert_array_equal(image, np.rint(film(bits=bits)[0] / 257))


@pytest.mark.parametrize("kind", ["png", "stack", "planes", "npy", "hdf5", "fmf", "ufmf"])
def test_colour_becomes_the_luma_of_the_standard(tmp_path, kind):
    images = film(colour=True)
    if kind == "png":
        path = footage_kinds.numbered(tmp_path / "f", [image[..., ::-1] for image in images])
    elif kind == "stack":
        path = footage_kinds.tiff(tmp_path / "a.tif", images, photometric="rgb")
    elif kind == "planes":
        planes = [np.moveaxis(image, 2, 0) for image in images]
        options = {"photometric": "rgb", "planarconfig": "separate"}
        path = footage_kinds.tiff(tmp_path / "a.tif", planes, **options)
    elif "fmf" in kind:
        coding = b"RGB24" if kind == "ufmf" else b"RGB8"
        path = getattr(footage_kinds, kind)(tmp_path / "a", images, coding=coding)
    else:
        path = WRITERS[kind](tmp_path, images)
    for found, image in zip(read(path), images, strict=True):
        assert abs(found - image @ LUMA).max() < 1.5  # OpenCV's own weights are whole numbers


def test_readers_of_others_see_the_same(tmp_path):
    images = film()
    folder = footage_kinds.numbered(tmp_path / "f", images, ".jpg")
    for found, file in zip(read(folder), sorted(folder.iterdir()), strict=True):
        assert abs(found.astype(int) - np.asarray(Image.open(file).convert("L"))).max() <= 1
    path = footage_kinds.tiff(tmp_path / "a.tif", images)
    np.testing.assert_array_equal(np.stack(read(path)), tifffile.imread(path))
    path = tmp_path / "b.tif"
    assert cv2.imwritemulti(str(path), images)  # LZW
    np.testing.assert_array_equal(
        np.stack(read(path)), np.stack(cv2.imreadmulti(str(path), flags=-1)[1])
    )
    first, *more = (Image.fromarray(image) for image in images)
    first.save(path, save_all=True, append_images=more, compression="packbits")
    np.testing.assert_array_equal(np.stack(read(path)), np.stack(images))
    first.save(path, save_all=True, append_images=more, compression="jpeg")
    with Image.open(path) as theirs:
        for k, found in enumerate(read(path)):
            theirs.seek(k)
            assert abs(found.astype(int) - np.asarray(theirs)).max() <= 1


@pytest.mark.parametrize("kind", ["png", "stack", "stacks", "chunked", "ufmf"])
def test_frames_in_any_order(tmp_path, kind):
    images = film(40)
    frames = Frames(WRITERS[kind](tmp_path, images), cache=Cache(5 * images[0].nbytes))
    for k in np.random.default_rng(0).integers(0, 40, 90):
        np.testing.assert_array_equal(frames.read(k), images[k])
    with pytest.raises(IndexError):
        frames.read(40)
    frames.close()


def test_depth_that_images_state(tmp_path):
    images = film(bits=12)
    folder = tmp_path / "f"
    folder.mkdir()
    for k, image in enumerate(images):
        png = deep.with_chunk(cv2.imencode(".png", image)[1].tobytes(), b"sBIT", b"\x0c")
        (folder / f"{k}.png").write_bytes(png)
    assert video.settle(video.probe(folder), Depth(ask=True)).bits is None  # nothing is left open
    assert_levels(folder, images, 12)
    packed = tmp_path / "packed"
    packed.mkdir()
    even = [image[:, :52] for image in images]
    for k, image in enumerate(even):
        (packed / f"{k}.tif").write_bytes(deep.packed_tiff(image))
    assert_levels(packed, even, 12)
    stated = footage_kinds.tiff(tmp_path / "a.tif", images, extratags=[(281, 3, 1, 4095, False)])
    assert video.probe(stated).pixel_format == "gray12le"
    assert_levels(stated, images, 12)


def test_numbers_count_and_gaps_stay_free(tmp_path):
    images = film(5)
    folder = footage_kinds.numbered(
        tmp_path / "f", images, name="a{}_cam2", numbers=[8, 9, 11, 12, 13]
    )
    (folder / "notes.txt").write_text("x")
    cv2.imwrite(str(folder / "background.png"), images[0])
    info = video.probe(folder)
    assert (len(info), info.dropped) == (6, (2,))
    assert any("2 other files" in line and "notes.txt" in line for line in info.remarks)
    assert any("a8_cam2.png" in line for line in info.remarks)
    found = read(folder)
    assert found[2] is None
    for image, wanted in zip(found[:2] + found[3:], images, strict=True):
        np.testing.assert_array_equal(image, wanted)


def test_times_give_the_rate(tmp_path):
    for write in (footage_kinds.fmf, footage_kinds.ufmf):
        info = video.probe(write(tmp_path / "a", film()))
        assert info.fps == pytest.approx(footage_kinds.RATE, rel=1e-6) and info.even
    late = footage_kinds.times(7) + np.array([0, 0, 0, 0, 1, 1, 1])
    info = video.probe(footage_kinds.fmf(tmp_path / "b.fmf", film(), seconds=late))
    assert not info.even and info.fps == pytest.approx(6 / (1 + 6 / footage_kinds.RATE))
    back = video.probe(footage_kinds.fmf(tmp_path / "c.fmf", film(), seconds=-late))
    assert np.isnan(back.fps)
    assert np.isnan(video.probe(footage_kinds.npy(tmp_path / "a.npy", film())).fps)


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("index", [True, False])
def test_ufmf_lays_boxes_on_the_background(tmp_path, version, index):
    images = film(9)
    boxes = [[(k, 2 * k, 5, 3), (30, 20, 7, 11)][: k % 3] for k in range(9)]
    path = footage_kinds.ufmf(
        tmp_path / "a.ufmf",
        images,
        version,
        boxes,
        means=3,
        index=index,
        mean="f",
        at=4 + version % 2 * 4,
    )
    below = np.rint(np.median(np.stack(images), axis=0))
    for found, image, parts in zip(read(path), images, boxes, strict=True):
        wanted = below.copy()
        for x, y, w, h in parts:
            wanted[y : y + h, x : x + w] = image[y : y + h, x : x + w]
        np.testing.assert_array_equal(found, wanted)


def test_the_array_that_the_config_names(tmp_path):
    first, second = film(7), film(5, bits=12)
    path = footage_kinds.hdf5(tmp_path / "a.h5", first, "raw/movie")
    footage_kinds.hdf5(path, second, "raw/deep")
    with h5py.File(path, "a") as file:
        file["poses"] = np.zeros((7, 32, 2))
    with pytest.raises(UserError, match="'raw/deep', 'raw/movie'.*`dataset`"):
        video.probe(path)
    assert_levels(path, first, dataset="raw/movie")
    assert_levels(path, second, 12, dataset="raw/deep")
    with pytest.raises(UserError, match="no array 'moive'"):
        video.probe(path, "moive")


def test_an_array_with_time_on_another_axis_is_told(tmp_path):
    images = film(60)
    for path in (
        footage_kinds.npy(tmp_path / "a.npy", list(np.stack(images).transpose(1, 2, 0))),
        footage_kinds.hdf5(tmp_path / "a.h5", list(np.stack(images).transpose(1, 2, 0))),
    ):
        assert "37 frames, 60 px wide and 53 px high" in video.probe(path).remarks[-1]
    assert not video.probe(footage_kinds.npy(tmp_path / "b.npy", images)).remarks


def test_matlab_files_are_read_as_matlab_shows_them(tmp_path):
    images = film()
    path = tmp_path / "a.mat"
    with h5py.File(path, "w") as file:  # (y, x, frame) there
        data = file.create_dataset("movie", data=np.stack([image.T for image in images]))
        data.attrs["MATLAB_class"] = np.bytes_("uint8")
    assert_levels(path, images)


def test_frames_that_were_never_written_are_not_black(tmp_path):
    """A recorder makes room for more frames than come."""
    images = film()
    for chunks in ((1, 37, 53), (3, 20, 53)):
        path = tmp_path / f"{chunks[0]}.h5"
        with h5py.File(path, "w") as file:
            data = file.create_dataset("movie", (12, 37, 53), np.uint8, chunks=chunks)
            data[:6] = np.stack(images[:6])
        found = read(path)
        assert [image is None for image in found] == [False] * 6 + [True] * 6
        np.testing.assert_array_equal(np.stack(found[:6]), np.stack(images[:6]))


def test_a_page_or_image_that_is_damaged_is_missing_alone(tmp_path):
    images = film()
    folder = footage_kinds.numbered(tmp_path / "f", images)
    file = sorted(folder.iterdir())[2]
    file.write_bytes(file.read_bytes()[:-200])
    cv2.imwrite(str(sorted(folder.iterdir())[4]), images[4][:-1])
    (folder / "img_0005.png").unlink()
    (folder / "img_0005.png").symlink_to("nowhere")
    tifffile.imwrite(tmp_path / "two.tif", np.stack(images[:2]))
    found = read(folder)
    assert [k for k, image in enumerate(found) if image is None] == [2, 4, 5]
    np.testing.assert_array_equal(found[6], images[6])

    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        for k, image in enumerate(images):
            writer.write(image[:20] if k == 3 else image, compression="zlib" if k == 5 else None)
    with tifffile.TiffFile(path) as file:
        place = file.pages[5].dataoffsets[0]
    content = bytearray(path.read_bytes())
    content[place : place + 40] = bytes(40)
    path.write_bytes(content)
    found = read(path)
    assert [k for k, image in enumerate(found) if image is None] == [3, 5]
    np.testing.assert_array_equal(found[6], images[6])

    path = footage_kinds.hdf5(
        tmp_path / "a.h5", images, chunks=(2, 37, 53), compression=1, shuffle=False
    )
    with h5py.File(path) as file:
        place = file["movie/frames"].id.get_chunk_info(1).byte_offset
    content = bytearray(path.read_bytes())
    content[place : place + 40] = bytes(40)
    path.write_bytes(content)
    assert [k for k, image in enumerate(read(path)) if image is None] == [2, 3]

    path = footage_kinds.ufmf(tmp_path / "a.ufmf", images)
    content = path.read_bytes()
    at = content.index(b"\1" + np.float64(footage_kinds.times(7)[3]).tobytes())
    path.write_bytes(content[: at + 11] + b"\xff\xff" + content[at + 13 :])
    assert [k for k, image in enumerate(read(path)) if image is None] == [3]

    path = footage_kinds.fmf(tmp_path / "a.fmf", images, frames=0)  # a recorder that was stopped
    path.write_bytes(path.read_bytes()[:-9])
    assert [k for k, image in enumerate(read(path)) if image is None] == [6]


def test_a_film_that_changes_meanwhile_is_not_read_on(tmp_path):
    path = footage_kinds.npy(tmp_path / "a.npy", film())
    info = video.probe(path)
    footage_kinds.npy(path, film(5))
    with pytest.raises(UserError, match="has changed"):
        list(video.read_frames(path, info))
    assert len(list(video.read_frames(path, replace(video.probe(path))))) == 5
