"""COCO keypoints: sizes, photos that EXIF turns, missing images, mirror partners."""

import json

import cv2
import numpy as np
import pytest
from fixtures.labels import fails
from PIL import Image

from leap_core import labels, skeleton

W, H = 60, 40
POINTS = np.array([[50, 10], [20, 30]])
ORIENTATION = 0x0112
# corner in the stored image -> where a viewer shows it (EXIF 2.3), for x, y from 0 to w, h
SHOWN = {
    1: lambda x, y: (x, y),
    2: lambda x, y: (W - 1 - x, y),
    3: lambda x, y: (W - 1 - x, H - 1 - y),
    4: lambda x, y: (x, H - 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (H - 1 - y, x),
    7: lambda x, y: (H - 1 - y, W - 1 - x),
    8: lambda x, y: (y, W - 1 - x),
}


def picture():
    """Dark, with a bright block at each point, the second one less bright."""
    image = np.full((H, W), 20, np.uint8)
    for (x, y), level in zip(POINTS, (240, 150), strict=True):
        image[y - 3 : y + 4, x - 3 : x + 4] = level
    return image


def coco(path, file, size, points, category=None, **more):
    width, height = size
    values = [float(v) for point in points for v in (*point, 2)]
    names = ["head", "tail"] if category is None else category.pop("keypoints")
    entry = {"id": 1, "file_name": file, "width": width, "height": height}
    note = {"id": 1, "image_id": 1, "category_id": 1, "keypoints": values}
    kind = {"id": 1, "name": "fly", "keypoints": names, "skeleton": []} | (category or {})
    content = {"images": [entry], "categories": [kind], "annotations": [note], **more}
    path.write_text(json.dumps(content))
    return path


def levels(found):
    return [
        int(found.images[0, round(float(y)), round(float(x)), 0]) for x, y in found.positions[0]
    ]


@pytest.mark.parametrize("tag", SHOWN)
@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("labeled", ["stored", "shown"])
def test_photos_that_exif_turns(tmp_path, capsys, tag, suffix, labeled):
    exif = Image.Exif()
    exif[ORIENTATION] = tag
    Image.fromarray(picture()).save(tmp_path / f"a.{suffix}", exif=exif.tobytes(), quality=95)
    points, size = POINTS, (W, H)
    if labeled == "shown":
        points = [SHOWN[tag](x, y) for x, y in POINTS]
        size = (H, W) if tag > 4 else size
    found = labels.read(coco(tmp_path / "a.json", f"a.{suffix}", size, points))
    told = capsys.readouterr().err
    if tag in (2, 3, 4):  # of one size either way
        assert "EXIF" in told and "a." in told
        if labeled == "stored":
            return
    else:
        assert not told
    assert found.images.shape[1:3] == size[::-1]
    np.testing.assert_allclose(levels(found), [240, 150], atol=8)


@pytest.mark.parametrize("size", [(120, 80), (30, 20), (40, 60)])
def test_images_of_another_size_are_refused(tmp_path, size):
    cv2.imwrite(str(tmp_path / "a.png"), picture())
    with fails("a.json", "a.png", "60 x 40 px", f"{size[0]} x {size[1]} px"):
        labels.read(coco(tmp_path / "a.json", "a.png", size, POINTS))


@pytest.mark.parametrize("size", [(0, 0), (None, None), (60, 40)])
def test_sizes_that_a_tool_left_out_are_not_compared(tmp_path, size):
    cv2.imwrite(str(tmp_path / "a.png"), picture())
    assert levels(labels.read(coco(tmp_path / "a.json", "a.png", size, POINTS))) == [240, 150]


def test_a_missing_image_is_left_out(tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "a.png"), picture())
    path = coco(tmp_path / "a.json", "a.png", (W, H), POINTS)
    content = json.loads(path.read_text())
    content["images"].insert(0, {"id": 2, "file_name": "gone.png", "width": W, "height": H})
    content["annotations"].append(content["annotations"][0] | {"id": 2, "image_id": 2})
    path.write_text(json.dumps(content))
    found = labels.read(path)
    assert found.frame.tolist() == [1] and levels(found) == [240, 150]
    assert "1 of 2 images" in (told := capsys.readouterr().err) and "gone.png" in told
    (tmp_path / "a.png").unlink()
    with fails("a.json", "gone.png is missing"):
        labels.read(path)


@pytest.mark.parametrize("inside", ["", "images"])
def test_folders_tell_images_of_one_name_apart(tmp_path, capsys, inside):
    path = coco(tmp_path / "a.json", "camA/a.png", (W, H), POINTS)
    content = json.loads(path.read_text())
    content["images"].append(content["images"][0] | {"id": 2, "file_name": "camB/a.png"})
    content["annotations"].append(content["annotations"][0] | {"id": 2, "image_id": 2})
    path.write_text(json.dumps(content))
    (tmp_path / inside / "camB").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / inside / "a.png"), picture())
    cv2.imwrite(str(tmp_path / inside / "camB/a.png"), 255 - picture())
    found = labels.read(path)
    assert found.frame.tolist() == [1] and levels(found) == [15, 105]
    assert "camA/a.png" in capsys.readouterr().err


NAMES = ["mid", "one", "two", "left_eye", "right_eye"]


@pytest.mark.parametrize(
    "key, value, pairs",
    [
        ("flip_idx", [0, 2, 1, 4, 3], 2),
        ("flip_indices", [1, 3, 2, 5, 4], 2),  # counted from 1
        ("swap", ["", "two", "one", "right_eye", "left_eye"], 2),
        ("flip_pairs", [[1, 2], [3, 4]], 2),  # from 0: the eyes tell
        ("flip_pairs", [[2, 3], [4, 5]], 2),  # from 1
        ("symmetry", [["one", "two"]], 2),
        ("keypoint_flip_map", {"one": "two", "two": "one"}, 2),
        ("flip_idx", [0, 1, 2, 3, 4], 1),
        ("other", [0, 2, 1, 4, 3], 1),
    ],
)
def test_mirror_partners_that_the_file_names(tmp_path, capsys, key, value, pairs):
    cv2.imwrite(str(tmp_path / "a.png"), picture())
    category = {"keypoints": NAMES, key: value}
    points = [[5, 5 * k] for k in range(5)]
    found = labels.read(coco(tmp_path / "a.json", "a.png", (W, H), points, category))
    all_pairs = [("one", "two"), ("left_eye", "right_eye")]
    assert found.skeleton.pairs == all_pairs[2 - pairs :]
    assert not capsys.readouterr().err


@pytest.mark.parametrize(
    "value", [[0, 2, 1], [0, 2, 3, 1, 4], [0, 9, 1, 4, 3], "one", [[0, 0.5]], [0, 4, 2, 3, 1]]
)
def test_mirror_partners_that_do_not_fit_are_told(tmp_path, capsys, value):
    cv2.imwrite(str(tmp_path / "a.png"), picture())
    category = {"keypoints": NAMES, "flip_idx": value}
    points = [[5, 5 * k] for k in range(5)]
    found = labels.read(coco(tmp_path / "a.json", "a.png", (W, H), points, category))
    assert found.skeleton.pairs == [("left_eye", "right_eye")]
    told = capsys.readouterr().err
    assert told.startswith("WARNING") and "a.json" in told and told.count("\n") == 1


def test_parts_that_are_not_labeled_or_covered(tmp_path):
    """v = 0 is no label, whatever place stands there; v = 1 is one, and known to be covered."""
    cv2.imwrite(str(tmp_path / "a.png"), picture())
    path = coco(tmp_path / "l.json", "a.png", (W, H), POINTS)
    assert labels.read(path).occluded is None, "2 throughout tells nothing"
    content = json.loads(path.read_text())
    names = ["head", "tail", "wing"]
    content["categories"][0]["keypoints"] = names
    content["annotations"][0]["keypoints"] = [50, 10, 1, 20, 30, 2, 33, 17, 0]
    path.write_text(json.dumps(content))
    parts = [names[k] for k in (2, 1, 0)] + ["leg"]  # in another order, and one more
    for known, order in ((None, [0, 1, 2]), (skeleton.Skeleton(tuple(parts)), [2, 1, 0])):
        found = labels.read(path, known)
        np.testing.assert_array_equal(found.positions[0, order], [[50, 10], [20, 30], [np.nan] * 2])
        assert found.status[0, order].tolist() == [1, 1, 0]
        assert found.occluded[0, order].tolist() == [True, False, False]
        assert found.occluded.sum() == 1
        assert labels.report(found)["occluded"] == 1


@pytest.mark.parametrize("edges", [[[1, 2], [3, 2]], [[0, 1], [2, 1]]])
def test_edges_count_from_1_or_where_there_is_a_0_from_0(tmp_path, edges):
    cv2.imwrite(str(tmp_path / "a.png"), picture())
    category = {"keypoints": ["head", "neck", "tail"], "skeleton": edges}
    path = coco(tmp_path / "l.json", "a.png", (W, H), [*POINTS, (9, 9)], category)
    assert labels.read(path).skeleton.edges == ((0, 1), (2, 1))


def test_a_program_that_says_no_edges(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), picture())
    category = {"keypoints": ["head", "tail"], "skeleton": None}
    path = coco(tmp_path / "l.json", "a.png", (W, H), POINTS, category)
    assert labels.read(path).skeleton.edges == ()
