"""Single pictures, patterns and folders that are no film: each refused, with its remedy."""

import re
import subprocess

import cv2
import h5py
import imageio_ffmpeg
import numpy as np
import pytest
import tifffile
from fixtures import footage_kinds

from leap_core.errors import UserError
from leap_core.io import video

PAGES = [np.full((8, 12), 20 * k, np.uint8) for k in range(7)]


def refusal(path, **options):
    with pytest.raises(UserError) as caught:
        video.probe(path, **options)
    text = str(caught.value)
    assert text.startswith(str(path)) and "\n" not in text and "; " in text
    return text


@pytest.mark.parametrize(
    ("shape", "options", "told"),
    [
        ((5, 2, 8, 8), {}, "5 on axis 0, 2 on axis 1"),
        ((5, 2, 8, 8), {"imagej": True, "metadata": {"axes": "TCYX"}}, "2 channels, 5 frames"),
        ((5, 4, 8, 8), {"ome": True, "metadata": {"axes": "TZYX"}}, "4 slices, 5 frames"),
        ((3, 8, 8), {"imagej": True, "metadata": {"axes": "CYX"}}, "3 channels"),
    ],
)
def test_a_stack_of_more_than_time_is_no_film(tmp_path, shape, options, told):
    images = np.zeros(shape, np.uint8)
    text = refusal(footage_kinds.tiff(tmp_path / "a.tif", list(images), **options))
    assert told in text and "save it as grey pages" in text


@pytest.mark.parametrize("kind", [np.float32, np.int16, np.uint32])
def test_samples_that_are_no_pixels(tmp_path, kind):
    images = [image.astype(kind) for image in PAGES]
    assert "save" in refusal(footage_kinds.tiff(tmp_path / "a.tif", images))
    assert "of uint8 or uint16" in refusal(footage_kinds.npy(tmp_path / "a.npy", images))
    assert "of uint8 or uint16" in refusal(footage_kinds.hdf5(tmp_path / "a.h5", images))


@pytest.mark.parametrize("shape", [(8, 8), (1, 8, 8), (8, 8, 3), (5, 8, 8, 2), (0, 8, 8)])
def test_arrays_that_are_no_film(tmp_path, shape):
    np.save(tmp_path / "a.npy", np.zeros(shape, np.uint8))
    assert "save" in refusal(tmp_path / "a.npy")


def test_arrays_that_are_not_read(tmp_path):
    np.save(tmp_path / "a.npy", np.asfortranarray(np.stack(PAGES)))
    assert "ascontiguousarray" in refusal(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.array([{}] * 3), allow_pickle=True)
    assert "of uint8 or uint16" in refusal(tmp_path / "b.npy")


def test_masks_of_matlab_are_no_footage(tmp_path):
    """Bytes of 0 and 1, which would be darkness."""
    with h5py.File(tmp_path / "a.mat", "w") as file:
        data = file.create_dataset("movie", data=np.stack(PAGES) > 50, dtype=np.uint8)
        data.attrs["MATLAB_class"] = np.bytes_("logical")
    assert "bool" in refusal(tmp_path / "a.mat")
    assert "bool" in refusal(tmp_path / "a.mat", dataset="movie")


def test_names_that_do_not_count_frames(tmp_path):
    def made(*names):
        folder = tmp_path / f"f{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for name, page in zip(names, PAGES, strict=False):
            cv2.imwrite(str(folder / name), page)
        return folder

    assert "in steps of 10" in refusal(made("10.png", "20.png", "30.png"))
    assert "do not count frames" in refusal(made("1.png", "2.png", "1700000000.png"))
    assert "holds 2 series" in refusal(made("a1.png", "a2.png", "b1.png", "b2.png"))
    assert "holds 2 series" in refusal(made("1.png", "2.png", "1.jpg", "2.jpg"))
    assert "more than one number differs" in refusal(made("1_7.png", "2_9.png"))
    assert "the same number" in refusal(made("1.png", "01.png", "2.png"))
    assert "save them as PNG" in refusal(made("1.webp", "2.webp"))
    mixed = made("0.tif", "1.tif", "2.tif")
    footage_kinds.tiff(mixed / "0.tif", PAGES)
    assert "different numbers of pages" in refusal(mixed)
    cv2.imwrite(str(mixed / "0.tif"), PAGES[0])
    footage_kinds.tiff(mixed / "1.tif", PAGES)
    assert [image is None for _, image in video.read_frames(mixed)] == [False, True, False]


@pytest.mark.parametrize(
    ("first", "next"),
    [("a.tif", "a_X{}.tif"), ("a.tif", "a@000{}.tif"), ("a1.ome.tif", "a1_{}.ome.tif")],
)
def test_a_first_file_without_a_number_is_not_left_out(tmp_path, first, next):
    """As Andor's, PCO's and Micro-Manager's programs name them."""
    for name in (first, next.format(2), next.format(3)):
        footage_kinds.tiff(tmp_path / name, PAGES)
    assert f"{first} has no number and may belong before {next.format(2)}" in refusal(tmp_path)
    (tmp_path / first).rename(tmp_path / next.format(1))
    assert len(video.probe(tmp_path)) == 3 * len(PAGES)
    cv2.imwrite(str(tmp_path / "background.tif"), PAGES[0])
    assert len(video.probe(tmp_path)) == 3 * len(PAGES)


@pytest.mark.parametrize(
    ("counts", "numbers", "size", "told"),
    [
        ((4, 3, 2), (0, 1, 2), 8, "different numbers of pages"),
        ((4, 4, 5), (0, 1, 2), 8, "different numbers of pages"),
        ((4, 4, 2), (0, 1, 3), 8, "the stack with the number 2 is missing"),
        ((4, 4, 2), (0, 1, 2), 9, "another size or depth"),
    ],
)
def test_stacks_that_may_not_be_one_film(tmp_path, counts, numbers, size, told):
    for count, number in zip(counts, numbers, strict=True):
        images = [page[: size if number else 8] for page in [np.zeros((9, 12), np.uint8)] * count]
        footage_kinds.tiff(tmp_path / f"a_{number:03}.tif", images)
    assert told in refusal(tmp_path)


def test_one_of_many_images_names_their_folder(tmp_path):
    folder = footage_kinds.numbered(tmp_path / "f", PAGES)
    text = refusal(folder / "img_0004.png")
    assert "one of 7 numbered images (img_0000.png to img_0006.png)" in text
    assert len(video.probe(text.rsplit(", ", 1)[1])) == 7
    assert str(folder) in refusal(folder / "img_%04d.png")
    assert str(folder) in refusal(folder / "img_*.png")
    tifffile.imwrite(folder / "a.tif", PAGES[0])
    assert "is a single picture" in refusal(folder / "a.tif")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp", ".gif", ".ppm"])
def test_a_single_picture_is_no_video(tmp_path, suffix):
    path = tmp_path / f"one{suffix}"
    assert cv2.imwrite(str(path), np.full((16, 16, 3), 99, np.uint8))
    assert "is a single picture" in refusal(path)
    renamed = path.rename(tmp_path / "one.mp4")
    assert "is a single picture" in refusal(renamed)


def test_pictures_that_move_are_videos(tmp_path):
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"]
    command += ["-i", "testsrc2=s=64x48:r=25:d=0.2"]
    for name in ("a.gif", "a.apng", "a.mjpeg", "stream.png"):
        options = ["-f", "image2pipe"] if name == "stream.png" else []
        subprocess.run([*command, *options, tmp_path / name], check=True)
        assert len(list(video.read_frames(tmp_path / name))) == 5


def test_an_empty_folder(tmp_path):
    assert "without numbered images" in refusal(tmp_path)


def test_a_cover_image_is_not_taken_for_the_video(tmp_path):
    tool = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"]
    cv2.imwrite(str(tmp_path / "c.png"), np.zeros((16, 16, 3), np.uint8))
    command = [*tool, "-i", "c.png", "-f", "lavfi", "-i", "sine=d=0.2", "-c:v", "copy"]
    command += ["-disposition:v", "attached_pic", "song.m4a"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert "is a cover image" in refusal(tmp_path / "song.m4a")
    video.write_video(tmp_path / "v.mp4", [np.full((16, 16), 9, np.uint8)] * 3, 25)
    command = [*tool, "-i", "c.png", "-i", "v.mp4", "-map", "0", "-map", "1", "-c", "copy"]
    command += ["-disposition:v:0", "attached_pic", "both.mp4"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert [image[0, 0] for _, image in video.read_frames(tmp_path / "both.mp4")] == [9, 9, 9]


def test_footage_that_is_cut_off_is_refused(tmp_path):
    rng = np.random.default_rng(0)
    noise = list(rng.integers(0, 255, (7, 32, 48), dtype=np.uint8))
    made = {
        "a.tif": footage_kinds.tiff,
        "b.npy": footage_kinds.npy,
        "c.fmf": footage_kinds.fmf,
        "d.ufmf": footage_kinds.ufmf,
    }
    for name, write in made.items():
        path = write(tmp_path / name, noise)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        assert re.search("cut off or damaged after frame [3-6]", refusal(path)), name
    path = tmp_path / "g.tif"
    assert cv2.imwritemulti(str(path), noise)
    path.write_bytes(path.read_bytes()[:-3000])
    assert "cut off or damaged after frame" in refusal(path)
    path = footage_kinds.tiff(tmp_path / "e.tif", noise, metadata={}, truncate=True)
    path.write_bytes(path.read_bytes()[:-2000])
    assert "cut off or damaged after frame 5 of 7" in refusal(path)
    path = footage_kinds.hdf5(tmp_path / "f.h5", noise)
    path.write_bytes(path.read_bytes()[:-3000])
    refusal(path)


def test_datasets_are_of_hdf5_alone(tmp_path):
    video.write_video(tmp_path / "v.mp4", [np.full((16, 16), 9, np.uint8)] * 3, 25)
    folder = footage_kinds.numbered(tmp_path / "f", PAGES)
    for path in (tmp_path / "v.mp4", folder, footage_kinds.npy(tmp_path / "a.npy", PAGES)):
        assert "leave `dataset` out" in refusal(path, dataset="frames")
