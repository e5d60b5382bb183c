"""SLEAP's projects and analysis files."""

import json

import h5py
import numpy as np
import pandas as pd
import pytest
import sleap_io
from fixtures.tracks import FLY13, PARTS, fails, project, take, walk

from leap_core import imported_poses, labels, skeleton
from leap_core.io import video


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


# SLEAP's analysis CSV


def table(points, scores, tracks=("a", "b"), names=PARTS):
    """As SLEAP exports it: a line for every animal in every frame."""
    rows = []
    for frame in range(points.shape[1]):
        for k, track in enumerate(tracks):
            if np.isnan(points[k, frame]).all():
                continue
            row = {"track": track, "frame_idx": frame, "instance.score": 0.9}
            for part, xy, score in zip(names, points[k, frame], scores[k, frame], strict=True):
                row |= {f"{part}.x": xy[0], f"{part}.y": xy[1], f"{part}.score": score}
            rows.append(row)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("mark", [",", ";"])
def test_sleap_analysis_csv(tmp_path, pair, mark):
    points, scores = pair
    point = "." if mark == "," else ","
    # tracks one after the other, as other programs sort them
    made = table(points, scores).sort_values(["track", "frame_idx"])
    made.to_csv(tmp_path / "a.csv", index=False, sep=mark, decimal=point)
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    for animal in (0, 1):
        found = take(tmp_path / "a.csv", "sleap", plain, animal, animals=2)
        np.testing.assert_allclose(found.positions, points[animal], rtol=1e-6)
        there = np.isfinite(points[animal, :, 0, 0])
        np.testing.assert_allclose(found.confidence[there], scores[animal][there], rtol=1e-6)
        assert not found.confidence[~there].any()


def test_sleap_csv_agrees_with_its_h5(tmp_path, pair):
    """Both written by sleap-io from one project."""
    made = project(pair[0], scores=pair[1])
    sleap_io.save_csv(made, str(tmp_path / "a.csv"), format="sleap")
    sleap_io.save_analysis_h5(made, str(tmp_path / "a.h5"), preset="standard")
    one, two = (imported_poses.read(tmp_path / f"a.{kind}", "sleap", 2) for kind in ("csv", "h5"))
    order = [two.parts.index(part) for part in one.parts]  # it sorts the parts in one of them
    positions, confidence = two.positions[:, :, order], two.confidence[:, :, order]
    np.testing.assert_allclose(one.positions, positions, rtol=1e-6)
    seen = np.isfinite(positions[..., 0])
    np.testing.assert_allclose(one.confidence[seen], confidence[seen], rtol=1e-6)
    assert one.frame.tolist() == two.frame.tolist()


def test_sleap_csv_without_tracks_and_from_a_later_frame(tmp_path, pair):
    made = table(pair[0][:1], pair[1][:1], tracks=("",))
    made["frame_idx"] += 100
    made = made[made["frame_idx"] != 104]
    made.to_csv(tmp_path / "a.csv", index=False)
    found = imported_poses.read(tmp_path / "a.csv", "sleap")
    assert found.frame.tolist() == list(range(100, 110))
    expected = pair[0][0].copy()
    expected[4] = np.nan
    np.testing.assert_allclose(found.positions[0], expected)


def test_bad_sleap_tables_say_so(tmp_path, pair):
    path = tmp_path / "a.csv"
    made = table(*pair)

    def bad(changed, *words):
        changed.to_csv(path, index=False)
        with fails("a.csv", *words):
            take(path, "sleap", animals=2)

    bad(made.assign(track=""), "without track", "2 times in frame 2")
    bad(pd.concat([made, made[:1]]), "track 'a' is there 2 times in frame 0")
    bad(made.drop(columns="earL.y"), "'earL' has no column")
    bad(made.drop(columns="frame_idx"), "neither a SLEAP project nor its analysis file")
    bad(made.assign(frame_idx=made["frame_idx"] + 0.5), "are not the numbers 0, 1, 2")
    bad(made.assign(**{"tail.x": ["far", *made["tail.x"][1:]]}), "row 0, tail.x: 'far'")
    bad(made[:0], "no animals")
    made.to_csv(path, index=False)
    with fails("a.csv", "SLEAP's analysis CSV", "`poses: sleap`"):
        take(path, "dlc", animals=2)
    with fails("a.csv", "predictions of SLEAP", "`poses: sleap`", "docs/labels.md"):
        labels.read(path)


def test_a_project_tracked_on_a_crop_gives_places_in_the_video(tmp_path, pair, capsys):
    made = project(pair[0][:1], tracks=("a",))
    film = tmp_path / "film.mp4"
    video.write_video(film, np.zeros((10, 96, 96), np.uint8), 25)
    made.replace_videos([made.videos[0]], [sleap_io.Video(str(film)).crop((30, 12, 90, 60))])
    sleap_io.save_slp(made, str(tmp_path / "a.slp"), embed=False, verbose=False)
    found = imported_poses.read(tmp_path / "a.slp", "sleap")
    np.testing.assert_allclose(found.positions[0], pair[0][0] + [30, 12], rtol=1e-6)
    assert "x = 30, y = 12" in capsys.readouterr().err
