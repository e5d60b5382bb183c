"""Folders of images and arrays of a file as raw files: known by their content, not by dates."""

import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures import footage_kinds

from leap_core import config, sources
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.provenance import hashes, raw_files, records

KEPT = "results/x/raw/v"
SOURCE = config.Video(id="v", path="images", fps=50)
# few small images are compared by content, many large ones by blocks and dates
SIDES = {"small": 24, "large": 600}


@pytest.fixture(params=SIDES)
def folder(request, tmp_path, monkeypatch):
    """A folder of images that was brought in, and its images."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LEAP_DATA", raising=False)
    side = SIDES[request.param]
    images = list(np.random.default_rng(0).integers(0, 255, (6, side, side), dtype=np.uint8))
    folder = footage_kinds.numbered(Path("images"), images, ".bmp")
    (folder / "notes.txt").write_text("x")
    assert sources.fetch(SOURCE, KEPT) is None
    size = sum(file.stat().st_size for file in folder.iterdir())
    assert (size > raw_files.SMALL_BYTES) == (request.param == "large")
    return folder


def redate(folder):
    for file in folder.iterdir():
        os.utime(file, ns=(1, file.stat().st_mtime_ns + 3_600_000_000_000))


def test_what_is_brought_in_is_read_in_place_of_the_folder(folder):
    info = video.probe(KEPT)
    assert len(info) == 6
    pairs = zip(video.read_frames(KEPT), video.read_frames(folder), strict=True)
    assert all((a == b).all() for (_, a), (_, b) in pairs)
    assert [path.name for path in records.results_below("results/x")] == ["v"]
    assert raw_files.sha256(KEPT) == hashes.file_sha256(KEPT)
    assert str(folder.resolve()) not in Path(KEPT).read_text()


def test_dates_and_other_files_are_no_new_content(folder):
    before, digest = raw_files.state(folder, KEPT), hashes.file_sha256(KEPT)
    (folder / "notes.txt").write_text("more")
    assert raw_files.state(folder, KEPT) == before
    redate(folder)
    assert raw_files.held(folder, KEPT) == digest
    sources.fetch(SOURCE, KEPT)
    assert hashes.file_sha256(KEPT) == raw_files.held(folder, KEPT) == digest


@pytest.mark.parametrize("change", ["pixels", "removed", "added", "renamed"])
def test_another_image_is_new_content(folder, change):
    before, digest = raw_files.state(folder, KEPT), hashes.file_sha256(KEPT)
    image = folder / "img_0003.bmp"
    if change == "pixels":
        content = bytearray(image.read_bytes())
        content[-1000] ^= 1
        image.write_bytes(content)
        os.utime(image, ns=(1, 1))
    elif change == "removed":
        image.unlink()
    elif change == "added":
        shutil.copy(image, folder / "img_0006.bmp")
    else:
        (folder / "img_0005.bmp").rename(folder / "img_0006.bmp")
    assert raw_files.state(folder, KEPT) != before
    small = sum(file.stat().st_size for file in folder.iterdir()) < raw_files.SMALL_BYTES
    if small or change != "pixels":
        assert raw_files.held(folder, KEPT) is None
    sources.fetch(SOURCE, KEPT)
    assert hashes.file_sha256(KEPT) != digest
    if change == "removed":
        assert video.probe(KEPT).dropped == (3,)


def test_a_folder_that_moved_is_found_again(folder, monkeypatch):
    state, digest = raw_files.state(folder, KEPT), hashes.file_sha256(KEPT)
    shutil.move(folder, "elsewhere/images")
    with pytest.raises(UserError, match="LEAP_DATA"):
        video.probe(KEPT)
    monkeypatch.setenv("LEAP_DATA", "elsewhere")
    found = sources.behind("images", KEPT)
    assert raw_files.state(found, KEPT) == state
    raw_files.point_to(KEPT, found)
    assert len(video.probe(KEPT)) == 6 and hashes.file_sha256(KEPT) == digest


def test_a_folder_that_is_still_being_copied_is_not_taken_for_whole(folder):
    """What arrives while its images are read would be missing for good."""
    late = folder / "img_0003.bmp"
    content = late.read_bytes()
    late.unlink()
    os.mkfifo(late)

    def arrive():
        with late.open("wb") as pipe:  # somebody reads the images now
            shutil.copy(folder / "img_0005.bmp", folder / "img_0006.bmp")
            pipe.write(content)

    copying = threading.Thread(target=arrive)
    copying.start()
    with pytest.raises(UserError, match="images: has changed while it was read; wait"):
        sources.fetch(SOURCE, KEPT)
    copying.join()
    late.unlink()
    late.write_bytes(content)
    sources.fetch(SOURCE, KEPT)
    assert len(video.probe(KEPT)) == 7


def test_images_that_were_altered_since_are_named(folder):
    assert raw_files.altered(KEPT) is None and raw_files.altered(folder / "notes.txt") is None
    image = folder / "img_0002.bmp"
    content = image.read_bytes()
    image.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert "img_0002.bmp was altered" in raw_files.altered(KEPT)
    image.unlink()
    assert "img_0002.bmp, which it lists, is gone" in raw_files.altered(KEPT)
    shutil.rmtree(folder)
    assert "is gone" in raw_files.altered(KEPT)


def test_a_checksum_in_the_config(folder):
    sources.fetch(replace(SOURCE, sha256=hashes.file_sha256(KEPT)), KEPT)
    with pytest.raises(UserError, match=r"correct `sha256`"):
        sources.fetch(replace(SOURCE, sha256="0" * 64), KEPT)


def test_an_array_of_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images = [np.full((9, 11), k, np.uint8) for k in range(4)]
    path = footage_kinds.hdf5(Path("a.h5"), images, "one")
    footage_kinds.hdf5(path, images[::-1], "two")
    digests = {}
    for name in ("one", "two"):
        source = config.Video(id="v", path="a.h5", fps=50, dataset=name)
        assert sources.fetch(source, KEPT) == path
        assert sources.reads_the_same(source, KEPT)
        digests[name] = raw_files.sha256(KEPT)
        first = next(video.read_frames(KEPT))[1]
        assert first.max() == (0 if name == "one" else 3)
    assert digests["one"] != digests["two"]
    assert not sources.reads_the_same(replace(source, dataset="one"), KEPT)
    assert not sources.reads_the_same(replace(source, dataset=None), KEPT)
    assert sources.origin(source)["dataset"] == "two"


def test_folders_that_are_no_video(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    with pytest.raises(UserError, match="without numbered images"):
        sources.fetch(replace(SOURCE, path="empty"), KEPT)
    labels = {"sources": [{"id": "l", "path": "empty"}]}
    value = {"dataset": "x", "skeleton": "s.yaml", "labels": labels}
    with pytest.raises(UserError, match="'l' is a folder; name a file"):
        sources.check_paths(config.from_dict(value, "c.yaml"))


def test_a_list_that_is_damaged_or_copied_alone(folder):
    Path("copy").write_bytes(Path(KEPT).read_bytes())
    with pytest.raises(UserError, match="name the footage itself"):
        video.probe("copy")
    Path(KEPT).write_bytes(Path(KEPT).read_bytes()[:-20])
    with pytest.raises(UserError, match="damaged list"):
        video.probe(KEPT)
    cv2.imwrite("images/img_0001.bmp", np.zeros((3, 3), np.uint8))
    sources.fetch(SOURCE, KEPT)
    assert [k for k, image in video.read_frames(KEPT) if image is None] == [1]
