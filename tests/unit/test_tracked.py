"""Poses of other tools: real files, files written by those tools' own writers, known motions."""

import json
import lzma
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import sleap_io
from hypothesis import given, settings
from hypothesis import strategies as st

from leap_core import behavior, cli, config, imported_poses, skeleton
from leap_core.containers import Poses
from leap_core.errors import UserError
from leap_core.formats.raw_poses import frame_numbers
from leap_core.timeseries import bridged

FPS = 50.0
PARTS = ("snout", "earL", "earR", "tail")
MOUSE = skeleton.from_dict(
    {"name": "mouse4", "parts": list(PARTS), "roles": {"center": "earL", "axis": ["tail", "snout"]}}
)
FLY13 = {
    "name": "fly13",
    "parts": "head thorax abdomen wingL wingR forelegL4 forelegR4 midlegL4 midlegR4 hindlegL4 "
    "hindlegR4 eyeL eyeR".split(),
    "roles": {"center": "thorax", "axis": ["abdomen", "head"]},
}
COMPASS = np.array([[30.0, 0], [0, -8], [1, 9], [-40, 0]])  # MOUSE looking along +x, px


def take(path, format, parts=MOUSE, animal=0, fps=FPS, size=101, gap=0.1, limit=0.2, **video):
    film = config.Video(id="m", path=str(path), poses=format, fps=fps, **video)
    return imported_poses.import_file(path, film, animal, "m", parts, size, gap, limit)


def fails(*words):
    return pytest.raises(UserError, match="(?s)" + ".*".join(words))


def dlc_table(positions, likelihood=None, frames=None, parts=PARTS, who=None):
    """A DataFrame as DeepLabCut makes it: (frame, part, xy) and (frame, part)."""
    names, levels = ["scorer", "bodyparts", "coords"], [["DLC"], list(parts)]
    if who:
        names, levels = (
            ["scorer", "individuals", "bodyparts", "coords"],
            [["DLC"], who, *levels[1:]],
        )
    coords = ["x", "y"] + (["likelihood"] if likelihood is not None else [])
    values = positions if likelihood is None else np.dstack([positions, likelihood])
    columns = pd.MultiIndex.from_product([*levels, coords], names=names)
    return pd.DataFrame(values.reshape(len(values), -1), index=frames, columns=columns)


def walk(frames=80, seed=0):
    """MOUSE on a winding path with its ears moving: video points, centers, headings, body."""
    rng = np.random.default_rng(seed)
    heading = np.cumsum(rng.normal(0.1, 0.15, frames))  # several turns round
    center = np.cumsum(rng.normal(0, 3, (frames, 2)), axis=0) + 300
    body = COMPASS + rng.normal(0, 1, (frames, 4, 2))
    body[:, [0, 3], 1] = body[:, 1:2, 1] = -8  # the axis stays along +x
    body -= body[:, 1:2]
    turn = np.exp(1j * heading)[:, None]
    points = (body[..., 0] + 1j * body[..., 1]) * turn
    points = np.stack([points.real, points.imag], axis=-1) + center[:, None]
    return points, center, heading, body


# Turning


def test_moving_animal_becomes_its_own_body(tmp_path):
    """Rotation by complex numbers, written by pandas, read and turned back."""
    points, center, heading, body = walk()
    dlc_table(points).to_csv(tmp_path / "a.csv")
    found = take(tmp_path / "a.csv", "dlc")
    np.testing.assert_allclose(found.positions, body + 50, atol=1e-3)  # middle of 101 px
    np.testing.assert_allclose(found.center, center, atol=1e-3)
    off = np.angle(np.exp(1j * (found.heading - heading)))
    np.testing.assert_allclose(off, 0, atol=1e-5)
    assert found.valid.all() and found.tracked
    assert (found.confidence == 1).all()


@settings(deadline=None)
@given(st.floats(-np.pi, np.pi), st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_place_and_direction_of_the_camera_do_not_matter(angle, x, y):
    points, _, _, _ = walk(frames=12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    seen = np.ones(points.shape[:2], bool)
    first, _, heading = imported_poses.align(points, seen, MOUSE, 5, 192)
    second, _, other = imported_poses.align(points @ turn.T + [x, y], seen, MOUSE, 5, 192)
    np.testing.assert_allclose(
        second, first, atol=1e-4
    )  # directions snap to 90 degrees within 1e-6
    np.testing.assert_allclose(np.exp(1j * other), np.exp(1j * (heading + angle)), atol=1e-9)


def test_short_gaps_of_the_axis_are_bridged_and_long_ones_invalid(tmp_path):
    """A steady turn through the seam of angles at pi: the straight line in between is exact."""
    frames = 40
    heading = np.pi - 0.3 + 0.05 * np.arange(frames)
    points = (
        COMPASS[None]
        @ np.stack(
            [[np.cos(heading), np.sin(heading)], [-np.sin(heading), np.cos(heading)]]
        ).transpose(2, 0, 1)
        + 100
    )
    likelihood = np.ones((frames, 4))
    likelihood[3:8, 0] = 0.1  # 0.1 s: bridged
    likelihood[20:26, 3] = 0.1  # longer
    points[30] = np.nan
    dlc_table(points, likelihood).to_csv(tmp_path / "a.csv")
    found = take(tmp_path / "a.csv", "dlc")
    bad = np.isin(np.arange(frames), np.arange(20, 26))
    assert (found.valid == ~bad).all()
    off = np.angle(np.exp(1j * (found.heading - heading)))
    np.testing.assert_allclose(off[~bad], 0, atol=1e-6)
    assert np.isnan(found.heading[bad]).all() and np.isnan(found.positions[bad]).all()
    # the uncertain snout itself is kept with its confidence, the missing frame is missing
    np.testing.assert_allclose(found.positions[5, 0], COMPASS[0] - COMPASS[1] + 50, atol=1e-3)
    np.testing.assert_allclose(found.confidence[5], [0.1, 1, 1, 1], rtol=1e-6)
    assert np.isnan(found.positions[30]).all() and (found.confidence[30] == 0).all()


def test_bridge_holds_the_ends():
    nan = np.nan
    np.testing.assert_array_equal(bridged(np.array([nan, 1, nan, nan]), 2, ends=True), [1, 1, 1, 1])
    np.testing.assert_array_equal(
        bridged(np.array([nan, 1, nan, nan]), 1, ends=True), [1, 1, nan, nan]
    )
    assert np.isnan(bridged(np.full(3, nan), 9, ends=True)).all()


def test_head_and_tail_on_one_spot_tell_no_direction():
    points = np.repeat(COMPASS[None] + 9, 5, axis=0)
    points[2, 0] = points[2, 3]
    seen = np.ones((5, 4), bool)
    assert np.isnan(imported_poses.align(points, seen, MOUSE, 0, 11)[2]).tolist() == [0, 0, 1, 0, 0]
    assert (imported_poses.align(points, seen, MOUSE, 1, 11)[2] == 0).all()


def test_without_center_the_middle_of_the_axis_is_one():
    bare = skeleton.from_dict(
        {"name": "b", "parts": list(PARTS), "roles": {"axis": ["tail", "snout"]}}
    )
    found, center, _ = imported_poses.align(COMPASS[None] + 7.0, np.ones((1, 4), bool), bare, 0, 21)
    np.testing.assert_allclose(center, [[2, 7]])
    np.testing.assert_allclose(found[0], COMPASS + [5, 0] + 10)


def test_animal_kept_in_the_middle_has_no_path(tmp_path):
    """A predicted center trembles by 1 to 3 % of the body in a crop, and sometimes jumps."""
    points, center, _, _ = walk(frames=400)
    rng = np.random.default_rng(6)
    still = points - np.round(center)[:, None] + 200 + rng.normal(0, 1, points.shape)
    still[rng.permutation(400)[:8]] += 60  # blunders
    np.save(tmp_path / "a.npy", still)
    np.save(tmp_path / "b.npy", points)
    for name, moves in (("a.npy", False), ("b.npy", True)):
        found = take(tmp_path / name, "array")
        assert found.tracked == moves
        text = imported_poses.summary(found, 0.2)
        assert ("so there is no path" in text) != moves
        assert ("--egocentric" if moves else "--no-egocentric") in text
        assert f"`egocentric: {str(moves).lower()}`" in text
        # the range of the center, from the points as they were made
        spot = np.load(tmp_path / name)[:, 1]
        span = np.ptp(np.percentile(spot, [5, 95], axis=0), axis=0).max()
        assert f"ranges over {span:.1f} px, {'more' if moves else 'not more'} than" in text
        for said in (True, False):
            found = take(tmp_path / name, "array", egocentric=said)
            assert found.tracked != said
            assert "if wrong" not in imported_poses.summary(found, 0.2, said)


def test_real_crops_have_no_path(data, tmp_path, fly32):
    """The authors' labels of crops: the thorax lies within some pixels of one place."""
    with h5py.File(data / "fly_leap/fly_annotations_000-069.h5") as file:
        points = file["annotations"][()].reshape(-1, 32, 2)
    np.save(tmp_path / "a.npy", points)
    assert np.nanmax(np.ptp(points[:, fly32.index("thorax")], axis=0)) > 1
    assert not take(tmp_path / "a.npy", "array", fly32).tracked


def test_without_axis_there_is_no_path_to_ask_for(tmp_path):
    np.save(tmp_path / "a.npy", walk()[0])
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    assert not take(tmp_path / "a.npy", "array", plain, egocentric=True).tracked
    with fails("a.npy", "names no axis", "egocentric: false"):
        take(tmp_path / "a.npy", "array", plain, egocentric=False)


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
    packed = Path(__file__).parent / "files" / f"dlc_{layout}.h5.xz"
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


# SLEAP


def project(points, tracks=("a", "b"), scores=None, corrected=()):
    """sleap-io Labels of predictions: (track, frame, part, xy), NaN = absent."""
    bones = sleap_io.Skeleton(list(PARTS))
    named = [sleap_io.Track(name) for name in tracks]
    film = sleap_io.Video("film.mp4", open_backend=False)
    frames = []
    for frame in range(points.shape[1]):
        found = []
        for k, whole in enumerate(points[:, frame]):
            if np.isnan(whole).all():
                continue
            kwargs = {"skeleton": bones, "track": named[k] if named else None}
            if (k, frame) in corrected:
                found.append(sleap_io.Instance.from_numpy(whole, **kwargs))
            else:
                rating = np.full(4, 0.9) if scores is None else scores[k, frame]
                found.append(
                    sleap_io.PredictedInstance.from_numpy(whole, point_scores=rating, **kwargs)
                )
        frames.append(sleap_io.LabeledFrame(video=film, frame_idx=frame, instances=found))
    return sleap_io.Labels(frames, videos=[film], skeletons=[bones], tracks=named)


@pytest.fixture
def pair():
    """Two animals that walk, with scores; the second is absent in the first two frames."""
    points = np.stack([walk(10, 3)[0], walk(10, 4)[0]])
    points[1, :2] = np.nan
    return points, np.random.default_rng(5).uniform(0.3, 1, (2, 10, 4))


def test_sleap_project_tracks_become_animals(tmp_path, pair):
    points, scores = pair
    sleap_io.save_slp(project(points, scores=scores, corrected=[(0, 4)]), str(tmp_path / "a.slp"))
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    scores[0, 4], scores[1, :2] = 1, 0  # a person's points; absent ones
    for animal in (0, 1):
        found = take(tmp_path / "a.slp", "sleap", plain, animal, animals=2)
        np.testing.assert_allclose(found.positions, points[animal], rtol=1e-6)
        np.testing.assert_allclose(found.confidence, scores[animal], rtol=1e-6)
    assert found.valid.tolist() == [False] * 2 + [True] * 8
    with fails("a.slp", "holds 2 tracks", "'a' in 10 frames, 'b' in 8", "`animals` is 1"):
        take(tmp_path / "a.slp", "sleap", plain)


@pytest.mark.parametrize("preset", ["matlab", "standard"])
def test_sleap_analysis_in_both_axis_orders(tmp_path, pair, preset):
    points, scores = pair
    made = project(points, scores=scores)
    sleap_io.save_analysis_h5(made, str(tmp_path / "a.analysis.h5"), preset=preset)
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    for animal in (0, 1):
        found = take(tmp_path / "a.analysis.h5", "sleap", plain, animal, animals=2)
        np.testing.assert_allclose(found.positions, points[animal], rtol=1e-6)
        there = np.isfinite(points[animal, :, 0, 0])
        np.testing.assert_allclose(found.confidence[there], scores[animal][there], rtol=1e-6)


def test_sleap_scores_of_an_analysis_file(tmp_path, pair):
    """Some peaks exceed 1; a score alone is missing; a corrected animal has none; or no scores."""
    points, scores = pair[0][:1], pair[1][:1]
    sleap_io.save_analysis_h5(
        project(points, tracks=("a",), scores=scores), str(tmp_path / "a.h5"), preset="standard"
    )
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        axes = json.loads(file["point_scores"].attrs["dims"])
        held = np.moveaxis(
            file["point_scores"][()], [axes.index(a) for a in ("frame", "node")], [0, 1]
        )[..., 0]
        held[2, 1], held[4, 3], held[6] = 1.35, np.nan, np.nan
        file["point_scores"][...] = np.moveaxis(
            held[..., None], [0, 1], [axes.index(a) for a in ("frame", "node")]
        )
    expected = scores[0].copy()
    expected[2, 1], expected[4, 3], expected[6] = 1, 0, 1
    found = take(tmp_path / "a.h5", "sleap", plain)
    np.testing.assert_allclose(found.confidence, expected, rtol=1e-6)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file["point_scores"][...] = 90
    with fails("a.h5", "frame 0, part 'snout': confidence 90"):
        take(tmp_path / "a.h5", "sleap", plain)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        del file["point_scores"]
    assert imported_poses.read(tmp_path / "a.h5", "sleap").confidence is None
    assert (take(tmp_path / "a.h5", "sleap", plain).confidence == 1).all()


@pytest.mark.parametrize("suffix", ["slp", "analysis.h5"])
def test_sleap_pieces_of_one_animal_are_joined(tmp_path, suffix):
    whole = walk(10, 3)[0]
    points = np.full((2, *whole.shape), np.nan)
    points[0, :4], points[1, 5:] = whole[:4], whole[5:]
    save = sleap_io.save_slp if suffix == "slp" else sleap_io.save_analysis_h5
    save(project(points), str(tmp_path / f"a.{suffix}"))
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    found = take(tmp_path / f"a.{suffix}", "sleap", plain)
    whole[4] = np.nan
    np.testing.assert_allclose(found.positions, whole, rtol=1e-6)


def test_sleap_animals_without_track(tmp_path, pair):
    one, two = tmp_path / "one.slp", tmp_path / "two.slp"
    sleap_io.save_slp(project(pair[0][:1], tracks=()), str(one))
    sleap_io.save_slp(project(pair[0], tracks=()), str(two))
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    found = take(one, "sleap", plain)
    np.testing.assert_allclose(found.positions, pair[0][0], rtol=1e-6)
    with fails("two.slp", "18 animals belong to no track"):
        take(two, "sleap", plain, animals=2)


def test_real_sleap_files(data):
    fly = skeleton.from_dict(FLY13)
    path = data / "videos/fly_courtship_frames0000-1499.analysis.h5"
    with h5py.File(path) as file:
        tracks = file["tracks"][()]  # (track, xy, node, frame)
    for animal in (0, 1):
        found = take(path, "sleap", fly, animal, fps=25, animals=2)
        missing = np.isnan(tracks[animal]).any(axis=0).T
        np.testing.assert_array_equal(found.confidence == 0, missing)
        length = np.linalg.norm(tracks[animal, :, 0] - tracks[animal, :, 2], axis=0)
        axis = found.positions[:, 0] - found.positions[:, 2]
        told = np.isfinite(length)
        np.testing.assert_allclose(axis[told, 0], length[told], rtol=1e-4)
        np.testing.assert_allclose(axis[told, 1], 0, atol=1e-2)
    assert found.tracked
    single = take(data / "videos/fly_single.slp", "sleap", fly, fps=25)
    assert single.positions.shape == (128, 13, 2) and single.valid.all()
    # left and right eye lie on their sides of a fly seen from above (y down)
    eyes = [single.skeleton.index(p) for p in ("eyeL", "eyeR")]
    assert (single.positions[:, eyes[0], 1] < single.positions[:, eyes[1], 1]).mean() > 0.9
    with fails("fly_centered_pair_predictions.slp", "27 tracks", "'1' in 1100 frames"):
        take(data / "videos/fly_centered_pair_predictions.slp", "sleap", fly, animals=2)


# Arrays


def test_npz_joins_in_file_order_and_holds_single_frames(tmp_path):
    rng = np.random.default_rng(3)
    one, two, neck = rng.normal(size=(9, 2, 3)), rng.normal(size=(9, 1, 3)), rng.normal(size=3)
    two[4, 0, 1] = np.inf
    np.savez(tmp_path / "a.npz", z=one, a=two, neck=neck[None, None], fps=80, note=["x"])
    parts = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    found = take(tmp_path / "a.npz", "array", parts, fps=None)
    two[4] = np.nan
    whole = np.concatenate([one, two, np.tile(neck, (9, 1, 1))], axis=1)
    np.testing.assert_allclose(found.positions, whole, rtol=1e-6)
    assert found.fps == 80
    np.testing.assert_array_equal(found.confidence, np.isfinite(whole).all(axis=2))


@pytest.mark.parametrize(
    "arrays, words",
    [
        ({"a": np.zeros((5, 4, 2)), "b": np.zeros((6, 1, 2))}, "do not fit together"),
        ({"a": np.zeros((5, 3, 2)), "b": np.zeros((5, 1, 3))}, "do not fit together"),
        ({"a": np.zeros((5, 4, 4))}, "array 'a' has the shape"),
        ({"a": np.zeros((5, 8))}, "do not fit together"),
        ({"a": np.zeros((0, 4, 2))}, "no frames"),
        ({"a": np.zeros((5, 3, 2))}, "3 unnamed parts, skeleton mouse4 has 4"),
        ({"a": np.full((5, 4, 2), None)}, "not a readable"),
    ],
)
def test_bad_arrays_say_so(tmp_path, arrays, words):
    np.savez(tmp_path / "a.npz", **arrays)
    with fails("a.npz", words):
        take(tmp_path / "a.npz", "array")


def test_three_dimensions_stay_and_are_never_turned(tmp_path):
    points = np.random.default_rng(4).normal(size=(7, 4, 3))
    np.save(tmp_path / "a.npy", points)
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS), "roles": {"center": "tail"}})
    found = take(tmp_path / "a.npy", "array", plain, px_per_mm=1.0)
    np.testing.assert_allclose(found.positions, points, rtol=1e-6)
    assert found.heading is None and found.px_per_mm == 1
    with fails("a.npy", "three dimensions", "roles.axis"):
        take(tmp_path / "a.npy", "array")


def test_missing_rate_file_or_content(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((5, 4, 2)))
    with fails("a.npy", "frame rate", r"videos\[\].fps"):
        take(tmp_path / "a.npy", "array", fps=None)
    with fails("a.npy", "scale is inf px per mm"):
        take(tmp_path / "a.npy", "array", px_per_mm=float("inf"))
    with fails("b.npy", "no such file"):
        take(tmp_path / "b.npy", "array")
    (tmp_path / "c.csv").touch()
    with fails("c.csv", "0 bytes"):
        take(tmp_path / "c.csv", "dlc")
    for format in ("dlc", "sleap"):
        with fails("a.npy", "again"):
            take(tmp_path / "a.npy", format)


# Real recordings


@pytest.mark.parametrize("name", ["mouse_bsoid", "mouse_oft", "fly_grooming3d"])
def test_configured_recordings_feed_the_behavior_stage(name, data, root):
    dataset = config.read(root / f"config/{name}.yaml")
    parts = skeleton.read(root / dataset.skeleton)
    for film in dataset.videos:
        poses = take(data / film.path, film.poses, parts, fps=film.fps, size=192)
        assert poses.valid.mean() > 0.9
        found = behavior.pose_channels(poses, dataset.behavior, dataset.poses.min_confidence)
        assert found.usable.mean() > 0.9 and np.isfinite(found.x).all()
        assert dataset.behavior.fmax < film.fps / 2


def test_real_mouse_is_turned_as_its_file_says(data, root):
    """B-SOID's mouse, read by numpy alone: distances stay, the snout is ahead of the tail."""
    path = data / "behaviour/bsoid_mouse_clip1_dlc.csv"
    table = np.loadtxt(path, delimiter=",", skiprows=3)[:, 1:].reshape(-1, 6, 3)
    found = take(path, "dlc", skeleton.read(root / "config/skeletons/mouse_bsoid6.yaml"), fps=60)
    np.testing.assert_allclose(found.confidence, table[..., 2], rtol=1e-6)
    apart = np.linalg.norm(table[:, 1:5, :2] - table[:, 5:6, :2], axis=2)
    turned = np.linalg.norm(found.positions[:, 1:5] - found.positions[:, 5:6], axis=2)
    np.testing.assert_allclose(turned[found.valid], apart[found.valid], atol=0.01)
    sure = (table[:, [0, 5], 2] > 0.9).all(axis=1)
    ahead = found.positions[sure, 0] - found.positions[sure, 5]
    np.testing.assert_allclose(np.abs(np.arctan2(ahead[:, 1], ahead[:, 0])), 0, atol=1e-3)
    # seen from below, the left paws lie at larger y
    sides = np.nanmedian(found.positions[sure, 1:5, 1], axis=0)
    assert sides[1] > sides[0] and sides[3] > sides[2]
    assert found.tracked


def test_command_writes_poses(tmp_path, root, data, capsys):
    source = data / "behaviour/bsoid_mouse_clip1_dlc.csv"
    out = tmp_path / "mouse.h5"
    skeleton_path = root / "config/skeletons/mouse_bsoid6.yaml"
    command = ["import-poses", str(source), "--format", "dlc", "--skeleton", str(skeleton_path)]
    assert cli.main([*command, "--fps", "60", "-o", str(out)]) == 0
    assert "7200 frames, 120.0 s" in capsys.readouterr().out
    first = out.read_bytes()
    found = Poses.read(out)
    assert found.recording == "mouse" and found.positions.shape == (7200, 6, 2)
    assert cli.main([*command, "--fps", "60", "-o", str(out)]) == 0
    assert out.read_bytes() == first
    assert cli.main([*command, "-o", str(out)]) == 2
    assert "frame rate" in capsys.readouterr().err


@pytest.fixture
def command(tmp_path):
    """The start of a command that works, but for its output; and the folder's content."""
    (tmp_path / "s.yaml").write_text(
        f"name: mouse4\nparts: [{', '.join(PARTS)}]\nroles: {{center: earL, axis: [tail, snout]}}\n"
    )
    np.save(tmp_path / "a.npy", walk()[0])
    words = [str(tmp_path / "a.npy"), "--format", "array", "--skeleton", str(tmp_path / "s.yaml")]
    return ["import-poses", *words, "--fps", "50"]


def test_command_says_what_it_decided_and_obeys(command, tmp_path, capsys):
    out = tmp_path / "o.h5"
    for option, expected in (([], True), (["--egocentric"], False), (["--no-egocentric"], True)):
        assert cli.main([*command, *option, "-o", str(out)]) == 0
        assert Poses.read(out).tracked == expected
        assert ("or `egocentric: true`" in capsys.readouterr().out) == (not option)


def test_config_file_decides_too(tmp_path):
    text = "dataset: d\nskeleton: s.yaml\nvideos: [{id: m, path: a.csv, poses: dlc%s}]\n"
    for line, expected in (
        ("", None),
        (", egocentric: true", True),
        (", egocentric: false", False),
    ):
        (tmp_path / "c.yaml").write_text(text % line)
        assert config.read(tmp_path / "c.yaml").videos[0].egocentric is expected


@pytest.mark.parametrize("value", ["0", "-35", "nan", "inf"])
@pytest.mark.parametrize("option", ["--fps", "--px-per-mm"])
def test_command_wants_positive_numbers(command, tmp_path, capsys, option, value):
    before = sorted(tmp_path.iterdir())
    assert cli.main([*command, f"{option}={value}", "-o", str(tmp_path / "o.h5")]) == 2
    error = capsys.readouterr().err
    assert (
        error.startswith(f"error: {option}: expected a number above 0") and error.count("\n") == 1
    )
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["s.yaml", "a.npy", "x/../s.yaml"])
def test_command_does_not_write_over_its_inputs(command, tmp_path, capsys, name):
    (tmp_path / "x").mkdir()
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert cli.main([*command, "-o", str(tmp_path / name)]) == 2
    assert "would replace its own input" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
