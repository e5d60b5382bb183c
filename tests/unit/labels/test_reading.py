"""Labels of every format against published counts and files written by hand."""

from dataclasses import replace

import cv2
import h5py
import numpy as np
import pandas
import pytest
import scipy.io
from fixtures.labels import TINY, counts, fails, make, write_deepposekit, write_dlc, write_mat

from leap_core import labels, skeleton
from leap_core.errors import UserError
from leap_core.io import pixels

MIDLINE = ("head", "neck", "thorax", "abdomen")
OPENFIELD = "labels/dlc/openfield-Pranav-2018-10-30/labeled-data/m4s1/CollectedData_Pranav"


# --- real files with published numbers -------------------------------------------------------


def test_leap_mat_counts_only_what_a_person_placed(data):
    path = data / "labels/leap_mat/catnect_labels.labels.mat"
    found = labels.read(path)
    assert counts(found) == (41, 2, 207)
    labeled = found.status == 1
    partial = np.flatnonzero(labeled.any(axis=1) & ~labeled.all(axis=1))
    assert partial.tolist() == [40, 144]
    assert [np.flatnonzero(labeled[k]).tolist() for k in partial] == [[0], [0]]
    assert found.skeleton.parts == ("head", "neck", "tailBase", "tailTip", "earL", "earR")
    assert found.skeleton.swap == (0, 1, 2, 3, 5, 4)
    assert found.skeleton.edges[0] == (0, 1)
    stored = scipy.io.loadmat(path, variable_names=["positions"])["positions"]
    np.testing.assert_allclose(found.positions[0], stored[:, :, 0] - 1)  # MATLAB counts from 1
    assert found.images.shape == (250, 0, 0, 1)


def test_sleap_package_with_two_animals_in_one_frame(data):
    found = labels.read(data / "labels/sleap/minimal_instance.pkg.slp")
    assert found.images.shape == (2, 384, 384, 1)
    assert found.positions.shape == (2, 2, 2)
    assert found.frame.tolist() == [0, 0]
    np.testing.assert_array_equal(found.images[0], found.images[1])
    np.testing.assert_allclose(found.positions[0, 0], [92.6522, 202.7260], atol=1e-3)
    assert found.images.max() > 100


def test_sleap_project_without_its_video(data):
    found = labels.read(data / "labels/sleap/courtship_labels.slp")
    assert len(found.positions) == 149 * 2
    # 49 of the 149 labeled frames are there twice, with the same labels
    frames, animals = np.unique(found.frame, return_counts=True)
    assert np.bincount(animals).tolist() == [0, 0, 51, 0, 49]
    assert len(labels.report(found)["repeated"]) == 49 * 2
    assert len(found.skeleton) == 13
    assert found.images.shape == (298, 0, 0, 1)


def test_sleap_video_beside_the_project(data):
    found = labels.read(data / "videos/fly_single.slp", rows=[5, 8])
    assert found.images.shape == (3, 1024, 1024, 1)
    assert found.frame.tolist() == [5, 6, 7]
    thorax = found.positions[:, found.skeleton.index("thorax")].round().astype(int)
    for image, (x, y) in zip(found.images[..., 0], thorax, strict=True):
        near = image[y - 3 : y + 4, x - 3 : x + 4].mean()
        assert abs(near - np.median(image)) > 30  # a fly differs from its floor


def test_predictions_are_not_labels(data):
    with fails("fly_centered_pair_predictions.slp", "only predictions"):
        labels.read(data / "videos/fly_centered_pair_predictions.slp")


def test_coco(data, fly32):
    found = labels.read(data / "labels/coco/fly/test_fly.json", fly32)
    assert found.images.shape == (2, 192, 192, 1)
    assert counts(found) == (2, 0, 0)
    np.testing.assert_allclose(found.positions[0, 0], [146, 95])
    assert found.skeleton is fly32


def test_dlc_keeps_missing_points(data):
    path = data / "labels/dlc/mirror-mouse/CollectedData.csv"
    found = labels.read(path)
    table = pandas.read_csv(path, header=[0, 1, 2], index_col=0).to_numpy()
    assert found.positions.shape == (59, 17, 2)
    np.testing.assert_allclose(found.positions.reshape(59, 34), table, rtol=1e-6)
    assert found.images.shape == (59, 406, 396, 1)
    assert (found.status == 0).sum() * 2 == np.isnan(table).sum() > 0


def test_dlc_csv_and_h5_agree(data, root):
    mouse = skeleton.read(root / "config/skeletons/openfield_mouse.yaml")
    one = labels.read(data / f"{OPENFIELD}.csv", mouse)
    two = labels.read(data / f"{OPENFIELD}.h5", mouse)
    assert one.images.shape == (116, 480, 640, 1)
    np.testing.assert_array_equal(one.images, two.images)
    np.testing.assert_allclose(one.positions, two.positions, atol=1e-3)
    np.testing.assert_allclose(one.positions[0, 0], [21.521, 265.428], rtol=1e-6)


def test_deepposekit_symmetry_is_by_name(data):
    found = labels.read(data / "fly_leap/fly_annotations_000-069.h5")
    assert found.positions.shape == (70, 32, 2)
    assert counts(found) == (70, 0, 0)  # `annotated` is all False there
    names = found.skeleton
    for k, part in enumerate(names.parts):  # both swap columns of the publisher are wrong here
        mirror = names.parts[names.swap[k]]
        assert mirror == (part if part in MIDLINE else part.translate(str.maketrans("LR", "RL")))
    with h5py.File(data / "fly_leap/fly_annotations_000-069.h5") as file:
        np.testing.assert_allclose(found.positions, file["annotations"][()], rtol=1e-6)
        np.testing.assert_array_equal(found.images, file["images"][()])


def test_skeleton_files(data, fly32):
    table = labels.read_skeleton(data / "fly_leap/skeleton.csv")
    assert (table.parts, table.swap) == (fly32.parts, fly32.swap)
    old = labels.read_skeleton(data / "labels/leap_mat/skeleton_legs.mat")  # names in nodeNames
    exported = labels.read_skeleton(data / "labels/sleap/fly_skeleton_legs.json")
    assert old.parts == exported.parts
    assert len(old) == 24
    assert {frozenset(e) for e in old.edges} == {frozenset(e) for e in exported.edges}


@pytest.mark.parametrize("count", [1, 5])
def test_both_mat_versions_give_the_same_labels(tmp_path, count):
    rng = np.random.default_rng(1)
    positions = rng.uniform(0, 11, (count, 4, 2))
    positions[0, 2] = np.nan
    box = rng.integers(0, 255, (count, 9, 12, 1), dtype=np.uint8)
    write_mat(tmp_path, positions, box)
    for version in ("v5", "v73"):
        found = labels.read(tmp_path / version / "x.labels.mat", format="leap-mat")
        np.testing.assert_allclose(found.positions, positions, atol=1e-5)
        np.testing.assert_array_equal(found.images, box)
        assert found.skeleton.parts == TINY.parts
        assert found.skeleton.edges == ((0, 1), (1, 2), (1, 3))
        assert found.status.tolist() == np.isfinite(positions[..., 0]).astype(int).tolist()
    box_only = labels.read(tmp_path / "v5" / "session.h5", TINY)
    np.testing.assert_array_equal(box_only.images, box)
    assert counts(box_only) == (0, 0, count)


def test_training_set_comes_without_mirrored_twins(tmp_path):
    rng = np.random.default_rng(2)
    images = rng.integers(0, 255, (6, 8, 8, 1), dtype=np.uint8)
    points = rng.uniform(1, 7, (6, 4, 2)).astype(np.float32)
    both = np.concatenate([images, images[:, ::-1]])
    joints = np.concatenate([points, points * 0]) + 1
    labeled = np.tile(np.arange(6), 2) + 1
    order = rng.permutation(12)
    with h5py.File(tmp_path / "train.h5", "w") as file:
        for place, take in ((file, order[:9]), (file.create_group("testing"), order[9:])):
            place["box"] = both[take].transpose(0, 3, 2, 1)
            place["joints"] = joints[take].transpose(0, 2, 1)
            place["labeledIdx"], place["shuffleIdx"] = labeled[take][None], take[None] + 1
        file.create_group("skeleton").attrs["jointNames"] = "\n".join(TINY.parts)
    found = labels.read(tmp_path / "train.h5")
    np.testing.assert_array_equal(found.images, images)
    np.testing.assert_allclose(found.positions, points, atol=1e-5)
    assert found.frame.tolist() == list(range(6))
    assert found.video is None  # numbers of images, not of frames


def test_deepposekit_initial_places_are_no_labels(tmp_path):
    annotated = np.ones((3, 4), bool)
    annotated[1], annotated[2, 0] = False, False
    write_deepposekit(tmp_path / "a.h5", np.full((3, 4, 2), 2.0), annotated)
    found = labels.read(tmp_path / "a.h5", TINY)
    np.testing.assert_array_equal(found.status == 1, annotated)
    np.testing.assert_array_equal(np.isfinite(found.positions[..., 0]), annotated)
    bare = labels.read(tmp_path / "a.h5")
    assert bare.skeleton.parts == ("part1", "part2", "part3", "part4")
    assert bare.skeleton.edges == ((0, 1), (1, 2), (1, 3))


def test_parts_are_matched_by_name_and_animals_become_samples(tmp_path):
    found = labels.read(write_dlc(tmp_path), TINY)
    nan = np.nan
    first = [[3, 4], [1, 2.5], [nan, nan], [nan, nan]]
    second = [[nan, nan], [5, 6], [nan, nan], [nan, nan]]
    third = [[7, 7.5], [nan, nan], [nan, nan], [nan, nan]]
    np.testing.assert_allclose(found.positions, [first, second, third])
    assert found.frame.tolist() == [0, 0, 1]
    assert set(np.unique(found.images)) == {29}  # pure blue: 0.114 x 255


def test_dlc_h5_in_pandas_fixed_layout(tmp_path):
    """Written as pandas' ``to_hdf(format="fixed")`` lays it out."""
    write_dlc(tmp_path)
    path = tmp_path / "labeled-data/clip/CollectedData_me.h5"
    levels = {"axis0": [["me"], ["head", "tail"], ["x", "y"]], "axis1": [["img0.png", "img1.png"]]}
    codes = {"axis0": [[0] * 4, [1, 1, 0, 0], [0, 1, 0, 1]], "axis1": [[0, 1]]}
    levels["block0_items"], codes["block0_items"] = levels["axis0"], codes["axis0"]
    with h5py.File(path, "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs["pandas_type"] = np.bytes_("frame")
        for axis, names in levels.items():
            for k, values in enumerate(names):
                group[f"{axis}_level{k}"] = np.array(values, dtype="S")
                group[f"{axis}_label{k}"] = np.array(codes[axis][k], np.int8)
        group["block0_values"] = [[1.0, 2.5, 3, 4], [np.nan, np.nan, 5, 6]]
    found = labels.read(path)
    assert found.skeleton.parts == ("tail", "head")
    np.testing.assert_allclose(found.positions[0], [[1, 2.5], [3, 4]])
    assert found.status.tolist() == [[1, 1], [0, 1]]


def test_own_labels_keep_everything(tmp_path):
    made = make(np.full((3, 4, 2), 2.0), split=[0, 1, 2], status=np.full((3, 4), 2))
    made = replace(made, video=["x", "y", ""])
    made.write(tmp_path / "labels.h5")
    turned = replace(TINY, parts=("legR", "legL", "tail", "head", "extra"), swap=(1, 0, 2, 3, 4))
    found = labels.read(tmp_path / "labels.h5", turned, rows=[1, 3])
    assert found.split.tolist() == [1, 2]
    assert found.video.tolist() == ["y", ""]
    assert found.frame.tolist() == [1, 2]
    assert found.status.tolist() == [[2, 2, 2, 2, 0]] * 2


# --- errors ----------------------------------------------------------------------------------


def test_broken_files_are_one_line(tmp_path, data):
    with fails("none.h5", "no such label file"):
        labels.read(tmp_path / "none.h5")
    for source, remedy in (
        ("fly_leap/fly_annotations_000-069.h5", "HDF5"),
        ("labels/sleap/minimal_instance.pkg.slp", "HDF5"),
        ("labels/leap_mat/catnect_labels.labels.mat", "MATLAB"),
        ("labels/coco/fly/test_fly.json", "JSON"),
    ):
        content = (data / source).read_bytes()
        cut = tmp_path / f"cut{(data / source).suffix}"
        cut.write_bytes(content[: len(content) * 2 // 3])
        with fails("cut", remedy, "copy or download it again"):
            labels.read(cut)
    (tmp_path / "empty.h5").touch()
    with fails("empty.h5", "0 bytes"):
        labels.read(tmp_path / "empty.h5")
    (tmp_path / "notes.txt").write_text("hello")
    with fails("notes.txt", "no label format", "dlc"):
        labels.read(tmp_path / "notes.txt")
    with fails("skeleton.csv", "skeleton, not labels"):
        labels.read(data / "fly_leap/skeleton.csv")


def test_images_of_two_sizes_are_filled_up_and_points_stay(tmp_path, capsys):
    table = write_dlc(tmp_path, sizes=((8, 8), (9, 10)))
    light = np.full((8, 8), 200, np.uint8)
    light[2, 3] = 90
    cv2.imwrite(str(table.parent / "img0.png"), light)
    found = labels.read(table, TINY)
    assert found.images.shape == (3, 9, 10, 1)
    np.testing.assert_array_equal(found.images[0, :8, :8, 0], light)
    # its border goes on: black would be an edge that no image has
    assert (found.images[0, 8:] == 200).all() and (found.images[0, :, 8:] == 200).all()
    np.testing.assert_allclose(found.positions[0, 0], [3, 4])
    told = capsys.readouterr().err
    assert "CollectedData_me.csv" in told and "8 x 8 px" in told and "10 x 9 px" in told


def test_one_missing_image_is_left_out_and_told(tmp_path, capsys):
    table = write_dlc(tmp_path)
    (table.parent / "img0.png").unlink()
    found = labels.read(table, TINY)
    assert found.frame.tolist() == [1]  # rows keep their numbers
    np.testing.assert_allclose(found.positions[0, 0], [7, 7.5])
    told = capsys.readouterr().err
    assert "1 of 2 rows" in told and "clip/img0.png" in told


def test_wrong_requests_are_one_line(tmp_path):
    path = tmp_path / "a.h5"
    write_deepposekit(path, np.zeros((3, 4, 2)), np.ones((3, 4), bool))
    with fails("a.h5", "this is deepposekit, not dlc"):
        labels.read(path, format="dlc")
    with fails("a.h5", r"rows \[2, 9\]", "which has 3"):
        labels.read(path, rows=[2, 9])
    with fails("a.h5", "has 4 unnamed parts", "two has 2"):
        labels.read(path, skeleton.from_dict({"name": "two", "parts": ["a", "b"]}))
    table = write_dlc(tmp_path / "dlc")
    with fails("CollectedData_me.csv", "'head'", "skeleton two", "rename"):
        labels.read(table, skeleton.from_dict({"name": "two", "parts": ["tail", "nose"]}))
    with fails("CollectedData_me.csv", "row 0", "'tail'", "'about 2'"):
        labels.read(write_dlc(tmp_path / "text", cell="about 2"))
    for image in table.parent.glob("*.png"):
        image.unlink()
    with fails("row 0", "img0.png", "missing"):
        labels.read(table)


def test_float_images_keep_their_grey_levels():
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for image in (grey / 255, grey.astype(float), grey):
        (found,) = pixels.grey([pixels.luma(image, "x")], "x")
        np.testing.assert_array_equal(found, grey)


def test_pixels_that_are_no_numbers_are_named(tmp_path):
    dpk, box = tmp_path / "dpk.h5", tmp_path / "box.h5"
    write_deepposekit(dpk, np.full((5, 4, 2), 2.0), np.ones((5, 4), bool))
    with h5py.File(dpk, "r+") as file:
        del file["images"]
        file["images"] = np.full((5, 8, 8, 1), 0.5, np.float32)
        file["images"][3, :2, 0] = np.nan
    for rows in (None, [2, 5]):
        with fails("dpk.h5 row 3", "2 of 64 pixel", "uint8"):
            labels.read(dpk, TINY, rows=rows)
    assert (labels.read(dpk, TINY, rows=[0, 3]).images == 128).all()
    with h5py.File(box, "w") as file:
        file["box"] = np.full((4, 1, 8, 8), np.inf)
    with fails("box.h5 row 1", "64 of 64"):
        labels.read(box, TINY, rows=[1, 3])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"scorer,me\nbodyparts,head\ncoords,\n", "names no coordinates"),
        (b"scorer,m\xe9\nbodyparts,head,head\ncoords,x,y\n", "UTF-8"),
    ],
)
def test_broken_dlc_tables_are_named(tmp_path, content, words):
    (tmp_path / "CollectedData.csv").write_bytes(content)
    with pytest.raises(UserError, match=words):
        labels.read(tmp_path / "CollectedData.csv", format="dlc")
