"""Label images of more than 8 bits: the same grey levels as the video they were taken from."""

import shutil

import cv2
import h5py
import numpy as np
import pytest
import scipy.io
import sleap_io
from fixtures import deep
from fixtures.labels import TINY, write_deepposekit

from leap_core import config, labels
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.io.pixels import Depth
from leap_core.labels import reporting

SCENES = [deep.ramp(9 * k) * scale for k, scale in enumerate((0.2, 0.95, 0.5))]
TWELVE = [np.rint(scene * 4095).astype(np.uint16) for scene in SCENES]
LEVELS = [np.rint(image * (255 / 4095)).astype(np.uint8) for image in TWELVE]


def write_table(folder, images):
    """DeepLabCut labels of images (y, x)."""
    folder.mkdir()
    rows = ["scorer,me,me,me,me", "bodyparts,head,head,tail,tail", "coords,x,y,x,y"]
    for k, image in enumerate(images):
        assert cv2.imwrite(str(folder / f"img{k}.png"), image)
        rows.append(f"img{k}.png,30,20,10,20")
    (folder / "CollectedData_me.csv").write_text("\n".join(rows) + "\n")
    return folder / "CollectedData_me.csv"


def shown(path, depth=None):
    info = video.settle(video.probe(path), depth)
    return [image for _, image in video.read_frames(path, info)]


@pytest.mark.parametrize("pixel_format", ["gray12le", "gray16le"])
def test_labels_and_video_of_a_12_bit_camera_have_equal_levels(tmp_path, pixel_format):
    film = shown(deep.write(tmp_path / "a.mkv", TWELVE, pixel_format))
    table = write_table(tmp_path / "labels", TWELVE)
    found = labels.read(table).images[..., 0]
    np.testing.assert_array_equal(found, film)
    np.testing.assert_array_equal(found, LEVELS)


def test_one_number_serves_sources_that_differ_in_light(tmp_path):
    """By itself, the dark source would be taken for 10 bits."""
    dark = write_table(tmp_path / "dark", TWELVE[:1])
    film = shown(deep.write(tmp_path / "a.mkv", TWELVE, "gray16le"), Depth(12))
    found = labels.read(dark, depth=Depth(12)).images[0, ..., 0]
    np.testing.assert_array_equal(found, film[0])


def test_a_job_of_a_dataset_asks_and_the_report_tells(tmp_path):
    table = write_table(tmp_path / "labels", TWELVE)
    with pytest.raises(UserError, match=r"CollectedData_me\.csv: .* set `bits` in the config"):
        labels.import_file(table, None, depth=Depth(ask=True))
    _, report = labels.import_file(table, None, depth=Depth(12, ask=True))
    assert "images: 12 bits a pixel" in reporting.format_report(report)
    eight = write_table(tmp_path / "eight", LEVELS)
    found, report = labels.import_file(eight, None, depth=Depth(ask=True))
    np.testing.assert_array_equal(found.images[..., 0], LEVELS)
    assert report["depth"] == []


def test_stated_bits_need_no_word(tmp_path):
    table = write_table(tmp_path / "labels", TWELVE[:1])
    image = table.parent / "img0.png"
    image.write_bytes(deep.with_chunk(image.read_bytes(), b"sBIT", bytes([12])))
    found, _ = labels.import_file(table, None, depth=Depth(ask=True))
    np.testing.assert_array_equal(found.images[0, ..., 0], LEVELS[0])


def write_box(path, box):
    """A LEAP box, its axes as they are given to h5py."""
    with h5py.File(path, "w") as file:
        file["box"] = box
    return path


@pytest.mark.parametrize("kind", ["u2", "f8", "i8"])
def test_boxes_of_every_type(tmp_path, kind):
    box = np.stack(TWELVE).astype(kind)
    matlab = write_box(tmp_path / "matlab.h5", box.transpose(0, 2, 1)[:, None])
    python = write_box(tmp_path / "python.h5", box[..., None])
    for path in (matlab, python):
        np.testing.assert_array_equal(labels.read(path, TINY).images[..., 0], LEVELS)


def test_a_box_of_colour_images_that_python_wrote(tmp_path):
    path = write_box(tmp_path / "a.h5", np.stack([np.stack(TWELVE)] * 3, axis=-1))
    found = labels.read(path, TINY).images[..., 0].astype(int)
    assert np.abs(found - np.stack(LEVELS)).max() <= 1


def test_labels_find_a_box_that_python_wrote(tmp_path):
    write_box(tmp_path / "a.h5", np.stack(TWELVE)[..., None])
    skeleton = {"nodes": np.array(["head", "tail"], object), "edges": np.array([[1, 2]])}
    content = {"positions": np.full((2, 2, 3), 5.0), "boxPath": "a.h5", "skeleton": skeleton}
    scipy.io.savemat(tmp_path / "a.labels.mat", content)
    found = labels.read(tmp_path / "a.labels.mat")
    np.testing.assert_array_equal(found.images[..., 0], LEVELS)


@pytest.mark.parametrize(
    "box",
    [
        np.zeros((3, 8, 9), np.uint8),  # x before y, or y before x
        np.zeros((8, 9, 1, 3), np.uint8),  # as MATLAB counts the axes
        np.zeros((3, 3, 9, 3), np.uint8),
        np.zeros((3, 8, 9, 2), np.uint8),
    ],
)
def test_boxes_whose_axes_leave_doubt_are_refused(tmp_path, box):
    path = write_box(tmp_path / "a.h5", box)
    with pytest.raises(UserError, match=r"a\.h5: axes of `box`, of shape .* save it"):
        labels.read(path, TINY)


def test_deepposekit_images_of_16_bits(tmp_path):
    path = tmp_path / "dpk.h5"
    write_deepposekit(path, np.full((3, 4, 2), 2.0), np.ones((3, 4), bool))
    with h5py.File(path, "r+") as file:
        del file["images"]
        file["images"] = np.stack(TWELVE)[..., None]
    np.testing.assert_array_equal(labels.read(path, TINY).images[..., 0], LEVELS)


def write_project(folder, film):
    skeleton = sleap_io.Skeleton(["head", "tail"])
    frames = [
        sleap_io.LabeledFrame(
            video=film,
            frame_idx=k,
            instances=[sleap_io.Instance.from_numpy(np.full((2, 2), 9.0), skeleton=skeleton)],
        )
        for k in range(3)
    ]
    project = sleap_io.Labels(frames, videos=[film], skeletons=[skeleton])
    project.save(str(folder / "a.slp"), embed=False)
    return folder / "a.slp"


def test_sleap_projects_with_deep_images_or_a_deep_video(tmp_path):
    pictures = write_table(tmp_path / "pictures", TWELVE).parent
    files = [str(pictures / f"img{k}.png") for k in range(3)]
    path = write_project(tmp_path, sleap_io.Video.from_filename(files))
    np.testing.assert_array_equal(labels.read(path).images[..., 0], LEVELS)
    film = deep.write(tmp_path / "film.mkv", TWELVE, "gray16le")
    shutil.rmtree(pictures)
    path = write_project(tmp_path, sleap_io.Video(str(film), open_backend=False))
    np.testing.assert_array_equal(labels.read(path).images[..., 0], LEVELS)
    with pytest.raises(UserError, match=r"film\.mkv: .* set `bits`"):
        labels.read(path, depth=Depth(ask=True))


def test_bits_are_a_key_of_the_dataset():
    base = {"dataset": "a", "skeleton": "a.yaml", "videos": [{"id": "a", "path": "a.mp4"}]}
    assert config.from_dict(base, "c.yaml").bits is None
    assert config.from_dict(base | {"bits": 12}, "c.yaml").bits == 12
    with pytest.raises(UserError, match="bits"):
        config.from_dict(base | {"bits": 32}, "c.yaml")
