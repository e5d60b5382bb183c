"""Labels of every format against published counts, files written by hand, and known motions."""

import csv
import json
from dataclasses import replace

import h5py
import numpy as np
import pandas
import pytest
import scipy.io

from leap_core import config, containers, labels, skeleton
from leap_core.errors import UserError
from leap_core.formats import raw_labels
from leap_core.labels import alignment, reading

MIDLINE = ("head", "neck", "thorax", "abdomen")
OPENFIELD = "labels/dlc/openfield-Pranav-2018-10-30/labeled-data/m4s1/CollectedData_Pranav"
TINY = skeleton.from_dict(
    {"name": "tiny", "parts": ["head", "tail", "legL", "legR"], "roles": {"axis": ["tail", "head"]}}
)


def make(positions, images=None, tiny=TINY, **fields):
    """Labels of one source "a" with the tiny skeleton."""
    positions = np.asarray(positions, dtype=float)
    count = len(positions)
    if images is None:
        images = np.random.default_rng(0).integers(0, 255, (count, 8, 8, 1))
    values = {
        "images": images,
        "positions": positions,
        "status": np.isfinite(positions[..., 0]),
        "source": np.array(["a"] * count, dtype=str),
        "frame": np.arange(count),
        "split": np.full(count, -1),
        "skeleton": tiny,
    }
    return containers.Labels(**{**values, **fields})


def counts(found):
    report = labels.report(found)
    return report["complete"], report["partial"], report["empty"]


def fails(*needed):
    """Expect one line that names everything needed."""
    return pytest.raises(UserError, match="".join(f"(?=.*{n})" for n in needed) + r"^[^\n]*$")


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


# --- files written here ----------------------------------------------------------------------


def write_mat(folder, positions, box):
    """LEAP labels as MAT v5 and v7.3 with the box file they name, in folders v5 and v73."""
    names, edges = ["head", "tail", "legL", "legR"], [[1, 2], [2, 3], [2, 4]]
    stored = np.transpose(positions, (1, 2, 0)).astype(np.float32) + 1
    guess = np.full_like(stored, 3)
    for version in ("v5", "v73"):
        (folder / version).mkdir()
        with h5py.File(folder / version / "session.h5", "w") as file:
            file["box"] = box.transpose(0, 3, 2, 1)  # MATLAB: (y, x, channel, frame), reversed
    content = {
        "positions": stored,
        "initialization": guess,
        "boxPath": r"D:\data\session.h5",
        "skeleton": {"nodes": np.array(names, dtype=object), "edges": np.array(edges, np.uint8)},
    }
    scipy.io.savemat(folder / "v5" / "x.labels.mat", content)
    with h5py.File(folder / "v73" / "x.labels.mat", "w", userblock_size=512) as file:
        text = lambda value: np.array([[ord(c)] for c in value], np.uint16)  # noqa: E731
        file["positions"], file["initialization"] = stored.T, guess.T
        file["boxPath"] = text(content["boxPath"])
        cells = [file.create_dataset(f"#refs#/{k}", data=text(n)) for k, n in enumerate(names)]
        nodes = file.create_dataset("skeleton/nodes", (1, len(cells)), h5py.ref_dtype)
        nodes[0] = [cell.ref for cell in cells]
        file["skeleton/edges"] = np.array(edges, np.uint8).T
    with (folder / "v73" / "x.labels.mat").open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file")


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


def write_deepposekit(path, positions, annotated, size=8):
    with h5py.File(path, "w") as file:
        file["images"] = np.zeros((len(positions), size, size, 1), np.uint8)
        file["annotations"], file["annotated"] = positions, annotated
        file["skeleton"] = np.array([[-1, -1], [0, -1], [1, 3], [1, 2]], np.int32)


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


def write_dlc(folder, sizes=((8, 8), (8, 8)), cell="2.5"):
    """A table of two animals with the image path over three columns, as newer DLC writes it."""
    import cv2

    frames = folder / "labeled-data" / "clip"
    frames.mkdir(parents=True)
    for k, size in enumerate(sizes):
        cv2.imwrite(str(frames / f"img{k}.png"), np.full((*size, 3), (255, 0, 0), np.uint8))
    who, parts = ["m1"] * 4 + ["m2"] * 4, ["tail", "tail", "head", "head"] * 2
    lines = [["scorer", "", "", *["me"] * 8], ["individuals", "", "", *who]]
    lines += [["bodyparts", "", "", *parts], ["coords", "", "", *["x", "y"] * 4]]
    lines.append(["labeled-data", "clip", "img0.png", "1", cell, "3", "4", "5", "6", "", ""])
    lines.append(["labeled-data", "clip", "img1.png", *[""] * 6, "7", "7.5"])
    with (frames / "CollectedData_me.csv").open("w", newline="") as file:
        csv.writer(file).writerows(lines)
    return frames / "CollectedData_me.csv"


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
    made.write(tmp_path / "labels.h5")
    turned = replace(TINY, parts=("legR", "legL", "tail", "head", "extra"), swap=(1, 0, 2, 3, 4))
    found = labels.read(tmp_path / "labels.h5", turned, rows=[1, 3])
    assert found.split.tolist() == [1, 2]
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
    with fails("8 x 9 px", "8 x 8", "crop"):
        labels.read(write_dlc(tmp_path / "sizes", sizes=((8, 8), (9, 8))))
    (table.parent / "img1.png").unlink()
    with fails("row 1", "img1.png", "missing"):
        labels.read(table)


# --- report, exclusions ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def fly(data, fly32):
    """The 70 real images as they are."""
    return labels.read(data / "fly_leap/fly_annotations_000-069.h5", fly32, "auto", None, "fly")


def test_report_finds_known_defects(fly):
    found = labels.report(fly)
    assert [item["parts"] for item in found["coincident"]] == [["midlegR2", "midlegR3"]]
    assert found["outside"] == []
    assert len(found["swapped"]) <= 1  # nearly all of 70 x 28 sided labels are on their side
    swapped = fly.positions.copy()
    one, other = fly.skeleton.index("hindlegL4"), fly.skeleton.index("hindlegR4")
    swapped[12, [one, other]] = swapped[12, [other, one]]
    swapped[5, 0] = 200, 10
    images = fly.images.copy()
    images[33] = images[7]
    found = labels.report(replace(fly, positions=swapped, images=images))
    assert {i["part"] for i in found["swapped"] if i["row"] == 12} == {"hindlegL4", "hindlegR4"}
    assert found["outside"] == [{"source": "fly", "row": 5, "part": "head", "x": 200.0, "y": 10.0}]
    assert [[r["row"] for r in rows] for rows in found["duplicates"]] == [[7, 33]]
    text = labels.format_report(found)
    for words in ("fly row 12: hindlegL4", "outside the image: fly row 5, head", "midlegR3"):
        assert words in text
    json.dumps(found)


def test_report_suspects_counting_from_one():
    grid = np.array([[[0, 0], [7, 7], [3, 4], [2, 5]]] * 2)
    assert labels.report(make(grid))["index_base"] == ""
    assert "from 1" in labels.report(make(grid + 1))["index_base"]
    assert "twice" in labels.report(make(grid - 1))["index_base"]


def test_published_exclusions(fly, root):
    path = root / "config/exclusions/fly_leap.csv"
    found = labels.exclude(fly, path, source_id="fly_annotations")
    status = {p: (found.status[:, k] == 2).sum() for k, p in enumerate(fly.skeleton.parts)}
    expected = {"midlegR3": 70, "midlegR4": 8, "midlegL4": 6, "forelegR4": 1, "hindlegL3": 1}
    assert {p: n for p, n in status.items() if n} == expected
    assert np.isnan(found.positions[26, fly.skeleton.index("hindlegL3")]).all()
    assert (np.isnan(found.positions[..., 0]) == (found.status == 2)).all()
    assert labels.report(found)["complete"] == 70  # an excluded label is not a missing one
    assert (fly.status == 1).all()  # the input is untouched


def test_exclusions_name_their_line(tmp_path):
    made = make(np.full((6, 4, 2), 2.0), frame=np.arange(10, 16))
    path = tmp_path / "out.csv"

    def lines(*rows):
        path.write_text("# why\nfile,row,part,reason\n" + "\n".join(rows) + "\n")
        return path

    found = labels.exclude(made, lines("*,11,*,blurred", "a,*,legL,hidden"))
    assert np.argwhere(found.status == 2).tolist() == sorted(
        [[1, 0], [1, 1], [1, 3], *([k, 2] for k in range(6))]
    )
    with fails("out.csv line 4", "unknown part 'legX'"):
        labels.exclude(made, lines("a,11,head,x", "a,12,legX,x"))
    with fails("out.csv line 3", "row 9 is not", "10 to 15"):
        labels.exclude(made, lines("a,9,head,x"))
    with fails("out.csv line 3", "no source 'b'"):
        labels.exclude(made, lines("b,11,head,x"))
    # a source of its own: lines for others wait, rows that were not read are skipped
    found = labels.exclude(made, lines("b,11,head,x", "a,3,head,x"), "a", rows=[10, 16])
    assert (found.status == 1).all()
    path.write_text("row,part\n")
    with fails("out.csv line 1", "header"):
        labels.exclude(made, path)
    with fails("none.csv", "no such"):
        labels.exclude(made, tmp_path / "none.csv")


# --- alignment -------------------------------------------------------------------------------


def animal(heading, center, size=96, levels=(200, 200)):
    """A drawn animal and its points (head, tail, legL, legR), from the formula of each pixel.

    A long body, translucent ``wings`` to one side behind (``levels[1]`` of brightness where it
    differs from the body) and a thin leg.
    """
    y, x = np.mgrid[:size, :size].astype(float)
    cos, sin = np.cos(heading), np.sin(heading)
    u = cos * (x - center[0]) + sin * (y - center[1])
    v = -sin * (x - center[0]) + cos * (y - center[1])
    soft = lambda d: np.clip(d + 0.5, 0, 1)  # noqa: E731  edges one pixel wide
    body = soft((1 - np.hypot(u / 26, v / 9)) * 9)
    wing = soft((1 - np.hypot((u + 22) / 16, (v + 9) / 7)) * 7)
    leg = soft(1 - np.abs(u - 8)) * soft((v > 0) * (24 - v))
    image = levels[0] * body
    if levels[1] != levels[0]:
        image = np.maximum(image, levels[1] * wing)
    image = np.maximum(image, 190 * leg)
    points = np.array([[26, 0], [-26, 0], [0, -9], [8, 24]], float)
    turn = np.array([[cos, -sin], [sin, cos]])
    return image.round().astype(np.uint8), np.asarray(center) + points @ turn.T


@pytest.mark.parametrize("levels", [(200, 200), (200, 60)])
def test_align_recovers_known_headings(levels):
    rng = np.random.default_rng(3)
    headings = np.concatenate([np.arange(-180, 180, 30), rng.uniform(-180, 180, 6)])
    drawn = [animal(np.radians(h), 47.5 + rng.uniform(-4, 4, 2), levels=levels) for h in headings]
    images = np.stack([image for image, _ in drawn])[..., None]
    points = np.stack([p for _, p in drawn])
    points[3, 0] = np.nan  # head unlabeled: the other parts tell
    points[4] = np.nan
    out = labels.align(make(points, images))
    model, places = animal(0, (47.5, 47.5), levels=levels)
    known = np.setdiff1d(np.arange(len(points)), [4])
    error = (out.positions - places)[known]
    assert np.nanmax(np.abs(error)) < 0.4
    assert np.isfinite(error).sum() == 2 * (4 * len(known) - 1)
    axis = out.positions[known, 0] - out.positions[known, 1]
    assert np.nanmax(np.abs(np.degrees(np.arctan2(axis[:, 1], axis[:, 0])))) < 0.5
    # the images turned with the labels: they are the animal drawn upright
    difference = np.abs(out.images[known, ..., 0].astype(int) - model).mean(axis=(1, 2))
    assert difference.max() < 2  # of 255


def test_align_real_flies(fly, data):
    out = labels.align(fly, size=200)
    assert out.images.shape == (70, 200, 200, 1)
    found = labels.report(out)
    assert found["axis_deg"]["median"] < 1
    assert found["axis_deg"]["largest"] < 3  # so no head and tail are confused
    again = labels.align(out)
    moved = np.abs(again.positions - out.positions)
    assert moved.max() < 1  # an aligned image stays where it is
    # labels keep their pixels: grey levels under them are those of the source
    inner = fly.skeleton.index("thorax")

    def under(one):
        at = one.positions[:, inner].round().astype(int)
        return one.images[np.arange(70), at[:, 1], at[:, 0], 0].astype(int)

    assert np.abs(under(out) - under(fly)).max() <= 10


def test_align_says_what_is_missing():
    image, points = animal(0.3, (47.5, 47.5))
    with fails("without images"):
        labels.align(make(points[None], np.zeros((1, 0, 0, 1))))
    with fails("skeleton tiny", "roles.axis"):
        labels.align(make(points[None], image[None, ..., None], replace(TINY, axis=None)))
    blank = np.stack([image, image * 0])[..., None]
    with fails("a row 1", "nothing brighter"):
        labels.align(make([points, points], blank))


def drawn(count=12):
    """Bright animals at known headings, far from the middle of images of 130 x 110 px."""
    rng = np.random.default_rng(5)
    found = [animal(h, (60, 50) + rng.uniform(-6, 6, 2), 130) for h in rng.uniform(-3, 3, count)]
    images = np.stack([image[:110] for image, _ in found])[..., None]
    return images, np.stack([points for _, points in found])


def test_align_by_labels_is_off_as_a_track_would_be():
    images, points = drawn()
    wall = 255 - images  # a dark animal, and a wall as dark on one side
    wall[:, :, 118:] = 0
    out = labels.align(make(points, wall), 96, by="labels")
    head, tail = out.positions[:, 0], out.positions[:, 1]
    turned = np.degrees(np.arctan2(*(head - tail).T[::-1]))
    assert np.abs(turned).max() < 15 and turned.std() > 4
    off = (head + tail) / 2 - 47.5
    assert np.abs(off).max() <= np.sqrt(2) * 0.1 * 52 + 0.01 and off.std() > 1
    # a turn and a shift: the animal keeps its shape, and its pixels go with it
    shape = lambda p: np.linalg.norm(p[:, :, None] - p[:, None], axis=-1)  # noqa: E731
    np.testing.assert_allclose(shape(out.positions), shape(points), atol=1e-3)
    for along, dark in ((0.05, True), (0.95, True), (-0.1, False), (1.1, False)):
        x, y = (tail + along * (head - tail)).round().astype(int).T
        assert ((out.images[np.arange(12), y, x, 0] < 120) == dark).all()
    # what is drawn depends on the row alone
    some = labels.align(reading.select(make(points, wall), [7, 2]), 96, by="labels")
    np.testing.assert_array_equal(some.images, out.images[[7, 2]])


def test_align_by_labels_without_an_axis_part():
    images, points = drawn()
    whole = labels.align(make(points, images), 96, by="labels")
    points[1, 0], points[2, [1, 2]], points[3] = np.nan, np.nan, np.nan
    out = labels.align(make(points, images), 96, by="labels")
    known = np.isfinite(points)
    np.testing.assert_allclose(out.positions[known], whole.positions[known], atol=2e-3)
    np.testing.assert_array_equal(np.isfinite(out.positions), known)
    points[4, 1:] = np.nan
    with fails("a row 4", "label tail and head"):
        labels.align(make(points, images), 96, by="labels")
    points[:, 0] = np.nan
    with fails("no row has both tail and head"):
        labels.align(make(points, images), 96, by="labels")


def test_align_says_that_it_found_something_else():
    images, points = drawn()
    dark = 255 - np.pad(images, ((0, 0), (200, 0), (0, 0), (0, 0)))
    with fails("labels a", "crops of 64 px", "labels.invert"):
        labels.align(make(points + [0, 200], dark), 64)


@pytest.mark.parametrize(("width", "height"), [(6, 4), (8, 8), (5, 8)])
def test_padded_images_keep_pixels_and_labels(width, height):
    images = np.random.default_rng(0).integers(1, 255, (2, height, width, 1), dtype=np.uint8)
    points = np.array([[[0, 0], [width - 1, height - 1], [2, 3], [np.nan, np.nan]]] * 2)
    found = make(points, images)
    if width % 2 == 0:
        out = alignment.pad(found, 8)
        x, y = (8 - width) // 2, (8 - height) // 2
        np.testing.assert_array_equal(out.images[:, y : y + height, x : x + width], images)
        assert out.images.sum() == images.sum()
        np.testing.assert_allclose(out.positions, points + [x, y])
    else:  # the middle lies between two pixels, as in crops
        out = alignment.pad(found, 9)
        np.testing.assert_allclose(out.positions, points + [2, 0.5])
    with fails("labels a", f"{width} x {height} px", "`crop.size` 4"):
        alignment.pad(found, 4 if width > 4 else 3)


# --- merge and split -------------------------------------------------------------------------


def test_merge_keeps_order_and_names_mismatches():
    one, two = make(np.full((2, 4, 2), 1.0)), make(np.full((3, 4, 2), 2.0))
    both = labels.merge([one, replace(two, source=np.array(["b"] * 3))])
    assert both.source.tolist() == ["a", "a", "b", "b", "b"]
    assert both.positions[:, 0, 0].tolist() == [1, 1, 2, 2, 2]
    with fails("8 x 8 px", "6 x 4 px"):
        labels.merge([one, make(np.ones((1, 4, 2)), np.zeros((1, 4, 6, 1)))])
    other = skeleton.from_dict({"name": "other", "parts": ["a", "b", "c", "d"]})
    with fails("tiny", "other"):
        labels.merge([one, make(np.ones((1, 4, 2)), tiny=other)])
    with fails("no sources"):
        labels.merge([])


@pytest.mark.parametrize(
    ("total", "shares", "expected"),
    [
        (70, (0.765, 0.135, 0.10), (54, 9, 7)),
        (1500, (0.765, 0.135, 0.10), (1147, 203, 150)),
        (10, (0.9, 0.1, 0.0), (9, 1, 0)),
        (3, (0.765, 0.135, 0.10), (1, 1, 1)),
    ],
)
def test_split_counts(total, shares, expected):
    images = np.arange(total * 64).reshape(total, 8, 8, 1) % 251
    images[:, 0, 0, 0], images[:, 0, 1, 0] = np.arange(total) % 256, np.arange(total) // 256
    found = labels.split(make(np.ones((total, 4, 2)), images), config.Split(*shares), seed=1)
    sizes = [len(found.select(name)) for name in ("train", "validation", "test")]
    assert sum(sizes) == total
    assert all(abs(a - b) <= 1 for a, b in zip(sizes, expected, strict=True))
    assert all((share > 0) == (size > 0) for share, size in zip(shares, sizes, strict=True))


def test_split_is_seeded_and_leaves_unlabeled_samples_out():
    points = np.ones((40, 4, 2))
    points[::4] = np.nan
    points[1::4, 1:] = np.nan  # partial labels count
    made = make(points)
    one, two, three = (labels.split(made, config.Split(), seed) for seed in (1, 1, 2))
    assert (one.split[::4] == -1).all()
    assert (np.delete(one.split, np.s_[::4]) >= 0).all()
    np.testing.assert_array_equal(one.split, two.split)
    assert (one.split != three.split).any()


def test_duplicates_never_cross_splits():
    rng = np.random.default_rng(4)
    owner = rng.integers(0, 12, 60)
    images = rng.integers(0, 255, (12, 8, 8, 1))[owner]
    for seed in range(20):
        found = labels.split(make(np.ones((60, 4, 2)), images), config.Split(), seed)
        assert {len(set(found.split[owner == k])) for k in set(owner)} == {1}
        assert set(found.split) == {0, 1, 2}


def test_too_few_labels():
    points = np.ones((5, 4, 2))
    points[2:] = np.nan
    with fails("2 of 5 samples", "at least 3"):
        labels.split(make(points), config.Split(), 1)
    with fails("0 of 5"):
        labels.split(make(points * np.nan), config.Split(), 1)
    same = np.zeros((5, 8, 8, 1))  # five copies of one image
    with fails("5 of 5", "1 different image"):
        labels.split(make(np.ones((5, 4, 2)), same), config.Split(), 1)


def test_labels_of_another_size_than_the_crops_are_refused_before_training(fly):
    with pytest.raises(UserError, match=r"images of 192 x 192 px, but crop.size is 64"):
        labels.merge([fly], 64)
    assert len(labels.merge([fly], 192).images) == 70


def test_float_images_keep_their_grey_levels():
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for image in (grey / 255, grey.astype(float), grey):
        np.testing.assert_array_equal(raw_labels.to_grey(image, "x"), grey)


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
