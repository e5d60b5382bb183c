"""DeepLabCut's tables and folders, opened as DeepLabCut and others that know its tables do."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from fixtures import export as given
from fixtures.labels import fails

from leap_core import imported_poses, labels
from leap_core.export import dlc
from leap_core.export.contents import HIDDEN


def as_readers_do(path):
    """Headers by the second line, rows by frame: so do keypoint-MoSeq, movement and others."""
    with open(path) as file:
        second = list(islice(file, 2))[1]
    levels = 4 if second.startswith("individuals") else 3
    return pd.read_csv(path, header=list(range(levels)), index_col=0)


@pytest.mark.parametrize("animals", [1, 2])
def test_poses_as_others_read_them(tmp_path, animals):
    poses = given.poses() if animals == 2 else given.alone()
    assert dlc.write_poses(poses, tmp_path / "a.csv") == []
    table = as_readers_do(tmp_path / "a.csv")
    assert table.index.tolist() == list(range(8))
    assert table.columns.names[-2:] == ["bodyparts", "coords"]
    assert set(table.columns.get_level_values("scorer")) == {"leap"}
    for a, name in enumerate(poses.animals):
        one = table.xs(name, axis=1, level="individuals") if animals == 2 else table
        assert one.columns.get_level_values("bodyparts").unique().tolist() == list(
            given.THREE.parts
        )
        cube = one.to_numpy().reshape(8, 3, 3)  # keypoint-MoSeq: x, y, then confidence
        np.testing.assert_allclose(cube[..., :2], poses.positions[:, a], atol=1e-4)
        expected = np.nan_to_num(poses.confidence[:, a])
        np.testing.assert_allclose(cube[..., 2], expected, atol=1e-6)
    ours = imported_poses.read(tmp_path / "a.csv", "dlc", animals)
    np.testing.assert_array_equal(ours.positions, poses.positions.transpose(1, 0, 2, 3))
    np.testing.assert_array_equal(
        ours.confidence, np.nan_to_num(poses.confidence.transpose(1, 0, 2))
    )
    assert ours.parts == given.THREE.parts and ours.frame.tolist() == list(range(8))


def test_a_first_frame_without_animal_is_no_header(tmp_path):
    """pandas takes a first row without numbers for names of the index."""
    positions = given.alone().positions.copy()
    positions[:2] = np.nan
    dlc.write_poses(given.alone(positions=positions), tmp_path / "a.csv", scorer="DLC_me")
    table = as_readers_do(tmp_path / "a.csv")
    assert len(table) == 8 and (table.loc[0, ("DLC_me", "head", "likelihood")]) == 0
    np.testing.assert_array_equal(table.to_numpy().reshape(8, 3, 3)[..., :2], positions[:, 0])


def test_unknown_confidence_and_coordinates_off_the_film_are_told(tmp_path):
    poses = given.alone(confidence=np.full((8, 1, 3), np.nan), reference="egocentric")
    told = dlc.write_poses(poses, tmp_path / "a.csv")
    assert "20 parts" in told[0] and "egocentric" in told[1] and len(told) == 2
    assert as_readers_do(tmp_path / "a.csv").loc[2, ("leap", "eyeR", "likelihood")] == 1
    with fails("a.csv", "3 axes"):
        dlc.write_poses(given.poses(positions=np.zeros((8, 2, 3, 3))), tmp_path / "a.csv")


def test_labels_of_several_animals(tmp_path):
    every = given.labels()
    told = dlc.write_labels(every, tmp_path / "project", scorer="me")
    assert "2 covered parts" in told[0]
    for name, count in (("film", 2), ("other", 1)):
        home = tmp_path / f"project/labeled-data/{name}"
        table = pd.read_csv(home / "CollectedData_me.csv", header=[0, 1, 2, 3], index_col=[0, 1, 2])
        assert table.columns.names == ["scorer", "individuals", "bodyparts", "coords"]
        assert set(table.columns.get_level_values("scorer")) == {"me"}
        who = table.columns.get_level_values("individuals").unique().tolist()
        assert who == [f"individual{k + 1}" for k in range(count)]
        mine = [image for image in every.images if image.name == name]
        assert len(table) == len(mine)
        for (*folders, file), image in zip(table.index, mine, strict=True):
            assert folders == ["labeled-data", name] and file == f"img{image.frame:07d}.png"
            pixels = cv2.imread(str(home / file), cv2.IMREAD_GRAYSCALE)
            row = table.loc[(*folders, file)].to_numpy().reshape(count, 3, 2)
            for a in range(count):
                here = a < len(image.animals)
                expected = image.positions[a] if here else np.full((3, 2), np.nan)
                np.testing.assert_allclose(row[a], expected, atol=1e-4)
                for x, y in row[a][np.isfinite(row[a][:, 0])].astype(int):
                    assert pixels[y, x] == 200
        read = labels.read(home / "CollectedData_me.csv")
        seen = [p for image in mine for p in image.positions]
        np.testing.assert_array_equal(read.positions, seen)


def test_individuals_have_the_order_of_the_animals_not_of_their_labels(tmp_path):
    """The first labeled frame shows only the eleventh animal."""
    both = given.labels().images[0]
    names = ("film_animal2", "film_animal10")
    late = replace(both, frame=1, positions=both.positions[:1], visible=both.visible[:1])
    images = (replace(late, animals=names[1:]), replace(both, animals=names))
    dlc.write_labels(replace(given.labels(), images=images), tmp_path / "project")
    path = tmp_path / "project/labeled-data/film/CollectedData_leap.csv"
    table = pd.read_csv(path, header=[0, 1, 2, 3], index_col=[0, 1, 2])
    found = table["leap"].xs("x", axis=1, level="coords").xs("head", axis=1, level="bodyparts")
    np.testing.assert_array_equal(found["individual1"], [np.nan, 10])
    np.testing.assert_array_equal(found["individual2"], [10, 40])


def one_animal(**changes):
    """Labels of the first animal of each image."""
    every = given.labels()
    images = [
        replace(
            image,
            positions=image.positions[:1],
            visible=image.visible[:1],
            animals=image.animals[:1],
            **changes,
        )
        for image in every.images
    ]
    return replace(every, images=tuple(images))


def test_labels_of_single_animals_are_rows_that_deeplabcut_converts(tmp_path):
    """Its converter tells the columns of the index by the last of the first five lines."""
    dlc.write_labels(one_animal(video=Path("day1/cam 2.mp4")), tmp_path / "project")
    path = tmp_path / "project/labeled-data/cam_2/CollectedData_leap.csv"
    with path.open() as file:
        head = list(islice(file, 5))
    assert "individuals" not in head[1] and head[-1].split(",")[0] == "labeled-data"
    table = pd.read_csv(path, header=[0, 1, 2], index_col=[0, 1, 2])
    assert len(table) == 3
    assert table.iloc[0].tolist() == [10, 20, 14, 18, 14, 22]
    assert table.columns.get_level_values("bodyparts").unique().tolist() == ["head", "eyeL", "eyeR"]


def test_a_scorer_stands_in_names_of_files(tmp_path):
    dlc.write_labels(one_animal(), tmp_path / "project", scorer="dr. no")
    home = tmp_path / "project/labeled-data/film"
    table = pd.read_csv(home / "CollectedData_dr. no.csv", header=[0, 1, 2], index_col=[0, 1, 2])
    assert set(table.columns.get_level_values("scorer")) == {"dr. no"}
    with fails("other", "'../me' cannot stand"):
        dlc.write_labels(one_animal(), tmp_path / "other", scorer="../me")


def test_films_of_one_file_name_have_folders_of_their_own(tmp_path):
    every = one_animal()
    images = [replace(i, video=Path(f"{i.name}/cam.mp4")) for i in every.images]
    dlc.write_labels(replace(every, images=tuple(images)), tmp_path / "project")
    homes = sorted(p.name for p in (tmp_path / "project/labeled-data").iterdir())
    assert homes == ["film", "other"]


def test_an_image_without_placed_parts_has_no_row(tmp_path):
    """pandas would take its row for a header, where it comes first."""
    every = one_animal()
    first = every.images[0]
    none = replace(
        first, positions=np.full((1, 3, 2), np.nan), visible=np.full((1, 3), HIDDEN), frame=1
    )
    every = replace(every, images=(none, *every.images))
    told = dlc.write_labels(every, tmp_path / "project")
    assert any("1 images without" in line for line in told)
    home = tmp_path / "project/labeled-data/film"
    table = pd.read_csv(home / "CollectedData_leap.csv", header=[0, 1, 2], index_col=[0, 1, 2])
    assert len(table) == 2 and (home / "img0000001.png").is_file()


def test_a_folder_in_which_people_label_is_not_replaced(tmp_path):
    dlc.write_labels(given.labels(), tmp_path / "project")
    kept = sorted((p, p.stat().st_mtime_ns) for p in (tmp_path / "project").rglob("*"))
    with fails("project", "there already"):
        dlc.write_labels(given.labels(), tmp_path / "project")
    assert sorted((p, p.stat().st_mtime_ns) for p in (tmp_path / "project").rglob("*")) == kept
    with fails("new", "no labels"):
        dlc.write_labels(given.labels(images=()), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_equal_poses_and_labels_give_equal_bytes(tmp_path):
    for name in "ab":
        dlc.write_poses(given.poses(), tmp_path / name / "p.csv")
        dlc.write_labels(given.labels(), tmp_path / name / "l")
    files = [sorted(p for p in (tmp_path / name).rglob("*") if p.is_file()) for name in "ab"]
    assert len(files[0]) >= 6
    for one, other in zip(*files, strict=True):
        assert one.relative_to(tmp_path / "a") == other.relative_to(tmp_path / "b")
        assert one.read_bytes() == other.read_bytes(), one


def test_hdf5_where_pytables_is_installed(tmp_path):
    pytest.importorskip("tables", reason="PyTables is not installed")
    for name in "ab":
        dlc.write_poses(given.poses(), tmp_path / f"{name}.h5")
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    dlc.write_poses(given.poses(), tmp_path / "a.csv")
    whole = pd.read_hdf(tmp_path / "a.h5", key="df_with_missing")
    pd.testing.assert_frame_equal(whole, as_readers_do(tmp_path / "a.csv"), check_index_type=False)
    ours = imported_poses.read(tmp_path / "a.h5", "dlc", 2)
    np.testing.assert_array_equal(ours.positions, given.poses().positions.transpose(1, 0, 2, 3))
    assert len(dlc.write_labels(given.labels(), tmp_path / "project")) == 1
    read = labels.read(tmp_path / "project/labeled-data/film/CollectedData_leap.h5")
    np.testing.assert_array_equal(read.positions[0], given.labels().images[0].positions[0])


def test_hdf5_without_pytables_says_what_to_do(tmp_path):
    try:
        import tables  # noqa: F401
    except ImportError:
        with fails("a.h5", "PyTables", r"\.csv", "pip install tables"):
            dlc.write_poses(given.poses(), tmp_path / "a.h5")
        told = dlc.write_labels(given.labels(), tmp_path / "project", scorer="me")
        assert "convertcsv2h5" in told[-1] and "scorer is 'me'" in told[-1]
    else:
        pytest.skip("PyTables is installed")
