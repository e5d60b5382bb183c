"""One film of a synthetic fly as every kind of footage: the same audit, track and crops."""

import numpy as np
import pytest
from fixtures import deep, footage_kinds

from leap_core import config, containers, synthetic
from leap_core.io import video
from leap_core.preprocess import auditing, cropping, tracking

FPS = 100
TRACK, CROP = config.Track(recipe="moments"), config.Crop(size=96)
KINDS = {
    "folder": lambda p, i: footage_kinds.numbered(p / "f", i),
    "tiff": lambda p, i: footage_kinds.tiff(p / "a.tif", i, compression="zlib"),
    "npy": lambda p, i: footage_kinds.npy(p / "a.npy", i),
    "hdf5": lambda p, i: footage_kinds.hdf5(p / "a.h5", i, compression=1),
    "fmf": lambda p, i: footage_kinds.fmf(p / "a.fmf", i),
    "ufmf": lambda p, i: footage_kinds.ufmf(p / "a.ufmf", i, means=2),
    "12 bits": lambda p, i: footage_kinds.npy(p / "a.npy", [_deep(image) for image in i]),
}


def _deep(image):
    """Samples of 12 bits that are the same grey levels."""
    return np.rint(image * (4095 / 255)).astype(np.uint16)


def made(path, out):
    track = tracking.track(path, TRACK, fps=FPS, bits=None)
    cropping.crop(path, track, 0, CROP, "a", out, {})
    return track, containers.Crops.read(out)


@pytest.fixture(scope="module")
def film(tmp_path_factory, fly32):
    """The images of a fly, and what is made of them as a lossless video."""
    folder = tmp_path_factory.mktemp("fly")
    settings = config.Synthetic(frames=60, size=288)
    synthetic.render(folder / "fly.mp4", folder / "fly.h5", 3, settings, fly32)
    images = [image for _, image in video.read_frames(folder / "fly.mp4")]
    path = deep.write(folder / "fly.mkv", images, "gray", rate=FPS)
    return images, auditing.audit(path), made(path, folder / "crops.h5")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_track_and_crops(tmp_path, film, kind):
    images, report, (track, crops) = film
    path = KINDS[kind](tmp_path, images)
    found = auditing.audit(path)
    for key in ("frames", "decoded", "unreadable", "width", "height", "content_sha256", "jumps"):
        assert found[key] == report[key], key
    other, cut = made(path, tmp_path / "crops.h5")
    assert track.valid.mean() > 0.9
    for name in ("centroid", "heading", "valid", "area", "quality"):
        np.testing.assert_array_equal(getattr(other, name), getattr(track, name), name)
    np.testing.assert_array_equal(cut.images, crops.images)
    np.testing.assert_array_equal(cut.valid, crops.valid)


def test_images_that_are_missing_and_damaged_leave_the_others_in_place(tmp_path, film):
    images, _, (track, _) = film
    folder = footage_kinds.numbered(tmp_path / "f", images)
    (folder / "img_0007.png").unlink()
    (folder / "img_0020.png").write_bytes(b"\x89PNG no more")
    report = auditing.audit(folder)
    assert (report["unreadable"], report["dropped"], report["decoded"]) == ([20], (7,), 58)
    told = auditing.warnings_of(report)
    assert any("1 frames cannot be decoded" in line for line in told)
    assert any("never recorded (7)" in line for line in told)
    other = tracking.track(folder, TRACK, fps=FPS)
    assert not other.valid[0, [7, 20]].any()
    good = np.delete(np.arange(len(images)), [7, 20])
    good = good[track.valid[0, good] & other.valid[0, good]]
    assert len(good) > 50
    np.testing.assert_allclose(other.centroid[0, good], track.centroid[0, good], atol=0.5)
