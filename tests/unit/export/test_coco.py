"""COCO keypoints, opened by pycocotools and our own reader."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures import export as given
from fixtures.labels import fails
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from leap_core import labels
from leap_core.export import coco


@pytest.fixture
def written(tmp_path):
    assert coco.write_labels(given.labels(), tmp_path / "out") == []
    return tmp_path / "out"


def animals():
    """(image, animal) of all labels, in their order."""
    return [(image, a) for image in given.labels().images for a in range(len(image.animals))]


def test_pycocotools_finds_images_animals_and_keypoints(written):
    found = COCO(written / "labels.json")
    (kind,) = found.loadCats(found.getCatIds())
    assert kind["name"] == "three" and kind["keypoints"] == ["head", "eyeL", "eyeR"]
    assert kind["skeleton"] == [[1, 2], [1, 3]]
    pictures = found.loadImgs(sorted(found.getImgIds()))
    assert [(p["width"], p["height"]) for p in pictures] == [(64, 48)] * 3
    every = found.loadAnns(sorted(found.getAnnIds()))
    assert len(every) == 4
    for one, (image, a) in zip(every, animals(), strict=True):
        points = np.reshape(one["keypoints"], (3, 3))
        np.testing.assert_array_equal(points[:, 2], image.visible[a])
        placed = points[:, 2] > 0
        np.testing.assert_allclose(points[placed, :2], image.positions[a][placed], atol=1e-4)
        assert (points[~placed] == 0).all() and one["num_keypoints"] == placed.sum()
        low, high = points[placed, :2].min(0), points[placed, :2].max(0)
        assert one["bbox"] == [*low, *(high - low + 1)] and one["iscrowd"] == 0
        assert one["area"] == one["bbox"][2] * one["bbox"][3] > 0
        (listed,) = found.loadImgs(one["image_id"])
        assert (listed["film"], listed["frame"]) == (image.name, image.frame)
        assert one["recording"] == image.animals[a]
        pixels = cv2.imread(str(written / listed["file_name"]), cv2.IMREAD_GRAYSCALE)
        for x, y in points[placed, :2].astype(int):
            assert pixels[y, x] == 200


def test_pycocotools_rates_the_labels_themselves_as_perfect(written):
    """Boxes and areas are such that its measure of keypoints can be taken."""
    found = COCO(written / "labels.json")
    every = found.loadAnns(found.getAnnIds())
    guesses = [{**{k: a[k] for k in ("image_id", "category_id", "keypoints")}, "score": 1.0}
               for a in every]  # fmt: skip
    rated = COCOeval(found, found.loadRes(guesses), "keypoints")
    rated.params.kpt_oks_sigmas = np.full(3, 0.05)
    rated.params.areaRng = [[0, 1e10]]
    rated.params.areaRngLbl = ["all"]
    rated.evaluate()
    rated.accumulate()
    assert rated.eval["precision"].min() == 1


def test_our_own_reader_loses_nothing_but_the_covered(written):
    read = labels.read(written / "labels.json")
    np.testing.assert_array_equal(read.positions, [i.positions[a] for i, a in animals()])
    assert read.images.shape == (4, 48, 64, 1) and read.images[0, 20, 10, 0] == 200
    assert read.skeleton.swap == (0, 2, 1) and read.skeleton.edges == ((0, 1), (0, 2))


def test_images_of_other_sizes_and_colours_and_animals_without_a_place(tmp_path):
    every = given.labels()
    red = np.zeros((20, 30, 3), np.uint8)
    red[9, 4, 0] = 250
    nowhere = np.full((1, 3, 2), np.nan)
    point = nowhere.copy()
    point[0, 0] = 4, 9
    seen = np.array([[2, 0, 0]])
    images = (
        replace(every.images[1], read=lambda: red, width=30, height=20, positions=point,
                visible=seen),
        replace(every.images[2], positions=nowhere, visible=0 * seen),
    )  # fmt: skip
    coco.write_labels(replace(every, images=images), tmp_path / "out")
    content = json.loads((tmp_path / "out/labels.json").read_text())
    assert [(i["width"], i["height"]) for i in content["images"]] == [(30, 20), (64, 48)]
    (one,) = content["annotations"]
    assert one["bbox"] == [4, 9, 1, 1] and one["area"] == 1 and one["num_keypoints"] == 1
    pixels = cv2.imread(str(tmp_path / "out" / content["images"][0]["file_name"]))
    assert pixels[9, 4].tolist() == [0, 0, 250]  # OpenCV: blue, green, red


def test_equal_labels_give_equal_bytes(written, tmp_path):
    coco.write_labels(given.labels(), tmp_path / "again")
    files = sorted(p.relative_to(written) for p in written.rglob("*") if p.is_file())
    assert len(files) == 4
    for file in files:
        assert (written / file).read_bytes() == (tmp_path / "again" / file).read_bytes()
    with fails("again", "there already"):
        coco.write_labels(given.labels(), tmp_path / "again")
    with fails("new", "no labels"):
        coco.write_labels(given.labels(images=()), tmp_path / "new")


def test_no_two_images_share_a_file(tmp_path):
    every = given.labels()
    one = replace(every.images[2], read=lambda: np.full((9, 9), 10, np.uint8), animals=("lab/one",))
    two = replace(one, read=lambda: np.full((9, 9), 20, np.uint8), animals=("lab_one",))
    again = replace(one, read=lambda: np.full((9, 9), 30, np.uint8))
    crops = replace(every, images=(one, two, again), reference="egocentric")
    coco.write_labels(crops, tmp_path / "out")
    listed = json.loads((tmp_path / "out/labels.json").read_text())["images"]
    read = [cv2.imread(str(tmp_path / "out" / image["file_name"]), 0)[0, 0] for image in listed]
    assert read == [10, 20, 30]
    assert len({image["file_name"].lower() for image in listed}) == 3


def test_no_image_lies_above_its_folder(tmp_path):
    every = given.labels()
    odd = [replace(every.images[2], animals=(name,)) for name in ("..", ".", ".hidden", "a/../b")]
    coco.write_labels(replace(every, images=tuple(odd), reference="egocentric"), tmp_path / "out")
    listed = json.loads((tmp_path / "out/labels.json").read_text())["images"]
    folders = [Path(image["file_name"]).parts[1] for image in listed]
    assert len(set(folders)) == 4 and not any(name.startswith(".") for name in folders)
    assert all((tmp_path / "out" / image["file_name"]).is_file() for image in listed)
