"""SLEAP's projects and analysis files."""

import json

import h5py
import numpy as np
import pytest
import sleap_io
from fixtures.tracks import FLY13, PARTS, fails, project, take, walk

from leap_core import imported_poses, skeleton


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
