"""DeepLabCut's tables of labels as people have them, and the images that they name."""

import cv2
import numpy as np
import pytest
from fixtures.labels import fails

from leap_core import labels

HEAD = ("scorer,me,me,me,me", "bodyparts,head,head,tail,tail", "coords,x,y,x,y")


def images(folder, level, count=3):
    """Images of one grey level each: what is read tells where it came from."""
    folder.mkdir(parents=True)
    for k in range(count):
        cv2.imwrite(str(folder / f"img{k:03}.png"), np.full((20, 30), level + k, np.uint8))


def table(folder, rows, head=HEAD):
    path = folder / "CollectedData_me.csv"
    path.write_text("\n".join([*head, *rows]) + "\n")
    return path


def row(name, y=5.5):
    return f"{name},10.5,{y},3.25,{y}"


def levels(found):
    return found.images[:, 0, 0, 0].tolist()


@pytest.mark.parametrize("style", ["slashes", "backslashes", "columns", "elsewhere"])
def test_rows_of_an_absent_folder_take_no_other_images(tmp_path, capsys, style):
    folder = tmp_path / "project/labeled-data/camA"
    images(folder, 50)
    head = HEAD
    if style == "columns":
        head = [line.replace(",", ",,,", 1) for line in HEAD]
    mark = {"backslashes": "\\", "columns": ","}.get(style, "/")
    before = "C:/Users/x/old/" if style == "elsewhere" else ""
    rows = [
        row(before + mark.join(["labeled-data", cam, f"img{k:03}.png"]), 5 + k)
        for cam in ("camB", "camA")
        for k in (0, 1)
    ]
    found = labels.read(table(folder, rows, head))
    assert levels(found) == [50, 51]
    assert found.frame.tolist() == [2, 3]
    np.testing.assert_allclose(found.positions[1], [[10.5, 6], [3.25, 6]])
    told = capsys.readouterr().err
    assert "2 of 4 rows" in told and "camB/img000.png" in told and told.count("\n") == 1
    # once the folder is there, its own images are taken
    images(folder.parent / "camB", 150)
    assert levels(labels.read(folder / "CollectedData_me.csv")) == [150, 151, 50, 51]


def test_a_table_in_another_videos_folder_is_refused(tmp_path):
    folder = tmp_path / "labeled-data/camA"
    images(folder, 50)
    path = table(folder, [row("labeled-data/camB/img000.png")])
    with fails("CollectedData_me.csv row 0", "camB/img000.png", "missing"):
        labels.read(path)


def test_a_table_moved_out_of_its_project_with_its_images(tmp_path, capsys):
    images(tmp_path / "mine", 50)
    found = labels.read(table(tmp_path / "mine", [row("labeled-data/camB/img001.png")]))
    assert levels(found) == [51]
    told = capsys.readouterr().err
    assert "taken from mine" in told and "camB" in told
    # two videos in one folder: nobody knows whose img001.png this is
    both = [row(f"labeled-data/{cam}/img001.png") for cam in ("camA", "camB")]
    with fails("camA/img001.png", "missing"):
        labels.read(table(tmp_path / "mine", both))


def test_names_without_folders_lie_beside_the_table(tmp_path, capsys):
    images(tmp_path / "labeled-data/camA", 50)
    found = labels.read(table(tmp_path / "labeled-data/camA", [row("img002.png")]))
    assert levels(found) == [52] and not capsys.readouterr().err


TWO = ("scorer,me,me,me,me,you,you,you,you", "bodyparts" + ",head,head,tail,tail" * 2)


def test_two_scorers_never_overwrite_each_other(tmp_path, capsys):
    images(tmp_path / "v", 50)
    head = [*TWO, "coords" + ",x,y" * 4]
    path = table(tmp_path / "v", ["img000.png,1,2,3,4,,,,", "img001.png,1,2,3,4,5,6,7,8"], head)
    with fails("CollectedData_me.csv", "row 1", "'head'", "me, you"):
        labels.read(path)
    # rows of either person
    path = table(tmp_path / "v", ["img000.png,1,2,3,4,,,,", "img001.png,,,,,5,6,7,8"], head)
    found = labels.read(path)
    np.testing.assert_allclose(found.positions, [[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
    assert "me, you" in capsys.readouterr().err


def test_parts_of_the_scene_are_no_animal(tmp_path, capsys):
    images(tmp_path / "v", 50)
    head = (
        "scorer" + ",me" * 8,
        "individuals" + ",m1" * 4 + ",single" * 4,
        "bodyparts,head,head,tail,tail,corner1,corner1,corner2,corner2",
        "coords" + ",x,y" * 4,
    )
    found = labels.read(table(tmp_path / "v", ["img000.png,1,2,3,4,0,0,9,9"], head))
    assert found.skeleton.parts == ("head", "tail")
    np.testing.assert_allclose(found.positions, [[[1, 2], [3, 4]]])
    assert "corner1, corner2" in capsys.readouterr().err


@pytest.mark.parametrize("mark", [";", "\t"])
@pytest.mark.parametrize("point", [",", "."])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_tables_that_a_spreadsheet_saved(tmp_path, mark, point, start):
    images(tmp_path / "v", 50)
    path = tmp_path / "v/CollectedData_me.csv"
    lines = [*HEAD, row("img000.png"), "img001.png,NA,NaN,3,"]
    cells = [mark.join(cell.replace(".", point) for cell in line.split(",")) for line in lines]
    text = "\n".join(cells).replace(f"{point}png", ".png")
    path.write_text(f"{start}{text}\n{4 * mark}\n", encoding="utf-8")  # and an empty line
    found = labels.read(path)
    np.testing.assert_allclose(found.positions[0], [[10.5, 5.5], [3.25, 5.5]])
    assert found.status.tolist() == [[1, 1], [0, 0]]


def test_decimal_commas_between_commas_are_refused(tmp_path):
    images(tmp_path / "v", 50)
    with fails("CollectedData_me.csv", "row 0", "'10,5' is not a number"):
        labels.read(table(tmp_path / "v", ['img000.png,"10,5",1,2,3']))


def test_predictions_point_to_their_use(tmp_path):
    head = ("scorer,n,n,n", "bodyparts,head,head,head", "coords,x,y,likelihood")
    with fails("CollectedData_me.csv", "predictions", "`poses: dlc`", "docs/labels.md"):
        labels.read(table(tmp_path, ["0,1,2,0.9"], head))
