"""Stacks, folders and single pictures in place of a video: each refused, with its remedy."""

import shlex
import subprocess
import sys

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
import tifffile
from fixtures import deep

from leap_core import config, sources
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.io.pixels import Depth

PAGES = [np.rint(deep.ramp(5 * k) * 4095).astype(np.uint16) for k in range(7)]


def refusal(path):
    with pytest.raises(UserError) as caught:
        video.probe(path)
    text = str(caught.value)
    assert text.startswith(str(path)) and "\n" not in text
    return text


def follow(text, folder):
    """Run the commands that a refusal names, for 50 frames per second; the video that they make."""
    commands = text.split("rate: ", 1)[1].replace("FPS", "50").split(" && ")
    for command in commands:
        words = shlex.split(command)
        tools = {"ffmpeg": imageio_ffmpeg.get_ffmpeg_exe(), "python": sys.executable}
        subprocess.run([tools.get(words[0], words[0]), *words[1:]], cwd=folder, check=True)
    return folder / "OUT.mkv"


def assert_pages(path, pages, white):
    info = video.settle(video.probe(path), Depth())
    assert (len(info), info.fps) == (len(pages), 50)
    for (_, image), page in zip(video.read_frames(path, info), pages, strict=True):
        np.testing.assert_array_equal(image, np.rint(page * (255 / white)))


@pytest.mark.parametrize("kind", ["plain", "packed", "imagej"])
def test_a_stack_names_the_commands_that_make_a_video_of_it(tmp_path, kind):
    path = tmp_path / "a stack.tif"
    if kind == "packed":
        assert cv2.imwritemulti(str(path), PAGES)
    else:
        tifffile.imwrite(path, np.stack(PAGES), imagej=kind == "imagej")
    text = refusal(path)
    assert "TIFF stack of 7 pages" in text
    assert_pages(follow(text, tmp_path), PAGES, 4095)


def test_a_stack_that_is_no_grey_film(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((5, 2, 8, 8), np.uint8), photometric="minisblack")
    assert "save it as grey pages" in refusal(path)
    tifffile.imwrite(path, np.zeros((5, 8, 8), np.float32))
    assert "float32" in refusal(path)


@pytest.mark.parametrize(("names", "first"), [("img{:03}.png", 0), ("f {}.png", 8)])
def test_numbered_images_and_their_folder(tmp_path, names, first):
    folder = tmp_path / "100% images"
    folder.mkdir()
    pages = [np.rint(page / 16).astype(np.uint8) for page in PAGES]
    files = [folder / names.format(first + k) for k in range(len(pages))]
    for file, page in zip(files, pages, strict=True):
        assert cv2.imwrite(str(file), page)
    (folder / "notes.txt").write_text("x")
    assert "one of 7 numbered images" in refusal(files[4])
    text = refusal(folder)
    assert f"({files[0].name} to {files[-1].name})" in text
    assert_pages(follow(text, tmp_path), pages, 255)
    files[3].unlink()
    assert "some numbers are missing" in refusal(folder)


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


def test_a_pattern_and_an_empty_folder(tmp_path):
    assert "ffmpeg -framerate FPS -i " in refusal(tmp_path / "img%04d.png")
    assert "-pattern_type glob" in refusal(tmp_path / "img*.png")
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


def test_a_folder_in_the_config_is_refused_with_the_same_words(tmp_path):
    for k in range(3):
        cv2.imwrite(str(tmp_path / f"{k}.png"), np.zeros((8, 8), np.uint8))
    source = config.Source(id="a", path=str(tmp_path))
    with pytest.raises(UserError, match="a folder of 3 numbered images"):
        sources.fetch(source, tmp_path / "out")
