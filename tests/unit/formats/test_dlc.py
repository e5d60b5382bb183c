"""DeepLabCut's tables as CSV and HDF5."""

import lzma
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from fixtures.tracks import FPS, PARTS, dlc_table, fails, take, walk

from leap_core import imported_poses, skeleton
from leap_core.formats.raw_poses import frame_numbers

# DeepLabCut


def test_dlc_csv_with_likelihood_and_other_order(tmp_path):
    rng = np.random.default_rng(1)
    points, likelihood = rng.uniform(0, 400, (30, 4, 2)), rng.uniform(0.3, 1, (30, 4))
    order = [2, 0, 3, 1]
    table = dlc_table(points[:, order], likelihood[:, order], parts=[PARTS[k] for k in order])
    table.to_csv(tmp_path / "a.csv")
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    found = take(tmp_path / "a.csv", "dlc", plain)
    np.testing.assert_allclose(found.positions, points, rtol=1e-6)
    np.testing.assert_allclose(found.confidence, likelihood, rtol=1e-6)
    assert found.center is None and not found.tracked and found.fps == FPS


def test_dlc_individuals_become_animals(tmp_path):
    both = np.random.default_rng(2).uniform(0, 400, (20, 8, 2))
    dlc_table(both, who=["one", "two"]).to_csv(tmp_path / "a.csv")
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    for animal in (0, 1):
        found = take(tmp_path / "a.csv", "dlc", plain, animal, animals=2)
        np.testing.assert_allclose(found.positions, both[:, 4 * animal : 4 * animal + 4], rtol=1e-6)
    with fails("a.csv", "holds 2 animals", "`animals` is 1"):
        take(tmp_path / "a.csv", "dlc", plain)
    dlc_table(both[:, :4], who=["one"]).to_csv(tmp_path / "b.csv")
    found = take(tmp_path / "b.csv", "dlc", plain)
    np.testing.assert_allclose(found.positions, both[:, :4], rtol=1e-6)


def test_dlc_frames_left_out_are_missing(tmp_path):
    points, _, _, body = walk(frames=6)
    dlc_table(points, frames=[4, 5, 6, 8, 9, 10]).to_csv(tmp_path / "a.csv")
    found = take(tmp_path / "a.csv", "dlc")
    assert found.frame.tolist() == list(range(4, 11))
    assert np.isnan(found.positions[3]).all() and found.valid.all()
    np.testing.assert_allclose(found.positions[4], body[3] + 50, atol=1e-3)


def test_missing_likelihood_is_no_confidence(tmp_path):
    points, likelihood = walk(frames=8)[0], np.full((8, 4), 0.9)
    likelihood[3, 2] = np.nan
    dlc_table(points, likelihood).to_csv(tmp_path / "a.csv")
    found = take(tmp_path / "a.csv", "dlc")
    assert np.isfinite(found.positions[3, 2]).all()
    np.testing.assert_allclose(found.confidence, np.nan_to_num(likelihood), rtol=1e-6)


@pytest.mark.parametrize("score", [-0.5, 1.01, 90, np.inf])
def test_likelihood_outside_0_to_1_is_named(tmp_path, score):
    points, likelihood = walk(frames=8)[0], np.full((8, 4), 0.9)
    likelihood[5, 2] = score
    dlc_table(points, likelihood, frames=range(10, 18)).to_csv(tmp_path / "a.csv")
    with fails("a.csv", "frame 15, part 'earR'", f"{score:g}", "0 to 1"):
        take(tmp_path / "a.csv", "dlc")


@pytest.mark.parametrize("column", ["y", "likelihood"])
def test_dlc_part_without_a_column_is_named(tmp_path, column):
    table = dlc_table(walk(frames=8)[0], np.ones((8, 4)))
    table.drop(columns=[("DLC", "earR", column)]).to_csv(tmp_path / "a.csv")
    with fails("a.csv", "part 'earR' has no column", column):
        take(tmp_path / "a.csv", "dlc")


def test_dlc_unique_parts_are_no_animal(tmp_path):
    """`single` holds what belongs to no animal; an only individual of that name is one."""
    both = np.random.default_rng(2).uniform(0, 400, (20, 5, 2))
    table = dlc_table(both, parts=[*PARTS, "corner"], who=["one"])
    names = [(d, "single" if p == "corner" else w, p, c) for d, w, p, c in table.columns]
    table.columns = pd.MultiIndex.from_tuples(names, names=table.columns.names)
    table.to_csv(tmp_path / "a.csv")
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    found = take(tmp_path / "a.csv", "dlc", plain)
    np.testing.assert_allclose(found.positions, both[:, :4], rtol=1e-6)
    dlc_table(both[:, :4], who=["single"]).to_csv(tmp_path / "b.csv")
    found = take(tmp_path / "b.csv", "dlc", plain)
    np.testing.assert_allclose(found.positions, both[:, :4], rtol=1e-6)


@pytest.mark.parametrize(
    "numbers",
    [[33, 66, 100, 133, 166, 200], [0, 1, 2, 3, 4, 4000000000], [0, 1, 2, 3, 4, 1e300]],
)
def test_times_and_wild_numbers_are_no_frames(tmp_path, numbers):
    dlc_table(walk(frames=6)[0], frames=numbers).to_csv(tmp_path / "a.csv")
    with fails("a.csv", "6 rows are numbered", "not by time"):
        take(tmp_path / "a.csv", "dlc")


def test_half_of_the_frames_is_enough():
    even = np.arange(10, 30, 2)
    assert frame_numbers(Path("x.csv"), even).tolist() == even.tolist()
    with fails("x.csv", "10 rows are numbered 10 to 30"):
        frame_numbers(Path("x.csv"), np.append(even[:-1], 30))
    with fails("x.csv", "too high"):
        frame_numbers(Path("x.csv"), np.array([1e300]))


@pytest.mark.parametrize("layout", ["table", "fixed"])
def test_dlc_h5_as_pandas_writes_it(tmp_path, layout):
    """Written by pandas 3.1 with PyTables 3.11 (which is not needed here), then compressed."""
    packed = Path(__file__).parents[1] / "files" / f"dlc_{layout}.h5.xz"
    (tmp_path / "a.h5").write_bytes(lzma.decompress(packed.read_bytes()))
    values = np.arange(60.0).reshape(5, 4, 3) / 4
    values[2, 1] = np.nan
    found = imported_poses.read(tmp_path / "a.h5", "dlc")
    np.testing.assert_allclose(found.positions[0], values[..., :2])
    np.testing.assert_allclose(found.confidence[0], values[..., 2])
    assert found.parts == PARTS
    assert found.frame.tolist() == [0, 1, 2, 3, 4]


def test_dlc_h5_cannot_run_code(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs["pandas_type"] = "frame_table"
        group.attrs["non_index_axes"] = np.bytes_(b"cos\nsystem\n(S'true'\ntR.")
        group["table"] = np.zeros(2, [("index", "i8"), ("values_block_0", "f8", (3,))])
    with fails("a.h5", "os.system is not allowed"):
        take(tmp_path / "a.h5", "dlc")


def test_bad_dlc_files_say_so(tmp_path, data):
    points, _, _, _ = walk(frames=5)
    path = tmp_path / "a.csv"
    dlc_table(points, frames=[0, 1, 1, 2, 3]).to_csv(path)
    with fails("a.csv", "row 2", "frame 1 is there twice"):
        take(path, "dlc")
    dlc_table(points, frames=[0, 1, 3, 2, 4]).to_csv(path)
    with fails("a.csv", "row 3", "frame 2 comes after 3"):
        take(path, "dlc")
    dlc_table(points, parts=["snout", "earL", "ear_R", "tail"]).to_csv(path)
    with fails("a.csv", "'earR' of the skeleton", "nearest: 'ear_R'"):
        take(path, "dlc")
    more = np.concatenate([points, points[:, :1]], axis=1)
    dlc_table(more, parts=[*PARTS, "tail2"]).to_csv(path)
    with fails("a.csv", "'tail2' of the file", "nearest: 'tail'"):
        take(path, "dlc")
    dlc_table(more, parts=[*PARTS, "tail"]).to_csv(path)
    with fails("a.csv", "'tail' has two columns 'x'"):
        take(path, "dlc")
    dlc_table(points).to_csv(path)
    text = path.read_text()
    path.write_text(text[: text.rindex(",")])
    with fails("a.csv", "row 4 has 8 cells, the header 9"):
        take(path, "dlc")
    lines = text.splitlines()
    lines[4] = lines[4].replace(lines[4].split(",")[3], "far", 1)
    path.write_text("\n".join(lines))
    with fails("a.csv", "row 1, part 'earL': 'far' is not a number"):
        take(path, "dlc")
    path.write_text("\n".join(text.splitlines()[:3]) + "\n")
    with fails("a.csv", "no frames"):
        take(path, "dlc")
    path.write_text("a,b\n1,2\n")
    with fails("a.csv", "header lines"):
        take(path, "dlc")
    labels = data / "labels/dlc/openfield-Pranav-2018-10-30/labeled-data/m4s1/CollectedData_Pranav"
    for suffix, word in ((".csv", "is not a number"), (".h5", "holds labels")):
        with fails("CollectedData_Pranav", word):
            take(f"{labels}{suffix}", "dlc")


@pytest.mark.parametrize("numbers", [[0.5, 1.5], [-1, 0], [np.nan, 1], ["a", "b"], []])
def test_frame_numbers_are_whole_and_from_0(numbers):
    with fails("x.csv", "frame"):
        frame_numbers(Path("x.csv"), np.array(numbers))


# Tables of other tools in the same form

ENSEMBLE = ("x_ens_median", "y_ens_median", "x_ens_var", "y_ens_var")
ENSEMBLE += ("x_posterior_var", "y_posterior_var")


def ensemble(points, likelihood):
    """Nine columns a part, as an ensemble's Kalman smoother writes them."""
    table = dlc_table(points, likelihood)
    more = [(*column[:2], name) for column in table.columns[::3] for name in ENSEMBLE]
    table[pd.MultiIndex.from_tuples(more)] = 0.5
    order = [c for part in PARTS for c in table.columns if c[1] == part]
    return table[order]


def test_columns_of_an_ensemble_are_left_aside(tmp_path, capsys):
    points, likelihood = walk(frames=8)[0], np.full((8, 4), 0.9)
    ensemble(points, likelihood).to_csv(tmp_path / "a.csv")
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    found = take(tmp_path / "a.csv", "dlc", plain)
    np.testing.assert_allclose(found.positions, points, rtol=1e-6)
    np.testing.assert_allclose(found.confidence, 0.9)
    told = capsys.readouterr().err
    assert "x_ens_median" in told and told.count("\n") == 1
    # without likelihood one of these columns might be the confidence
    table = ensemble(points, likelihood)
    table.drop(columns=[c for c in table.columns if c[2] == "likelihood"]).to_csv(
        tmp_path / "b.csv"
    )
    with fails("b.csv", "columns are x, y, x_ens_median"):
        take(tmp_path / "b.csv", "dlc", plain)


def test_a_column_that_says_what_was_trained_on(tmp_path):
    table = dlc_table(walk(frames=8)[0], np.full((8, 4), 0.9))
    table[("set", "", "")] = ["train"] * 4 + ["unused"] * 4
    table.to_csv(tmp_path / "a.csv")
    assert take(tmp_path / "a.csv", "dlc").valid.all()


@pytest.mark.parametrize("made", [dlc_table, ensemble])
@pytest.mark.parametrize("score", [0, 0.1])
def test_likelihoods_that_are_all_too_low_are_refused(tmp_path, made, score):
    points = walk(frames=8)[0]
    made(points, np.full((8, 4), score)).to_csv(tmp_path / "a.csv")
    with fails("a.csv", "all confidences are 0|no confidence is above 0.1", "min_confidence: 0"):
        take(tmp_path / "a.csv", "dlc")
    found = take(tmp_path / "a.csv", "dlc", limit=0)
    assert found.valid.all() and np.isfinite(found.positions).all()


def test_empty_likelihoods_are_none(tmp_path, capsys):
    dlc_table(walk(frames=8)[0], np.full((8, 4), np.nan)).to_csv(tmp_path / "a.csv")
    found = take(tmp_path / "a.csv", "dlc")
    assert (found.confidence == 1).all() and found.valid.all()
    assert "likelihoods are empty" in capsys.readouterr().err


@pytest.mark.parametrize("mark, point", [(";", ","), (";", "."), ("\t", ",")])
def test_predictions_that_a_spreadsheet_saved(tmp_path, mark, point):
    points, likelihood = walk(frames=8)[0], np.full((8, 4), 0.875)
    points[3, 1] = np.nan
    table = dlc_table(points, likelihood)
    table.to_csv(tmp_path / "a.csv", sep=mark, decimal=point)
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    found = take(tmp_path / "a.csv", "dlc", plain)
    np.testing.assert_allclose(found.positions, points, rtol=1e-6)
    np.testing.assert_allclose(found.confidence[4], 0.875)


def test_tables_of_other_programs_are_named(tmp_path):
    flat = {"head_x": [1.0], "head_y": [2.0], "head_z": [0.0], "head_error": [0.1], "fnum": [0]}
    pd.DataFrame(flat).to_csv(tmp_path / "a.csv", index=False)
    with fails("a.csv", "Anipose", "`poses: array`"):
        take(tmp_path / "a.csv", "dlc")
