"""Poses in every frame of reference: the pixel of the film where a part was drawn comes back."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures import exported_results as made
from fixtures.labels import fails

from leap_core import config
from leap_core.containers import Poses, Track
from leap_core.export import collect, origins
from leap_core.imported_poses import stage
from leap_core.preprocess import cropping
from leap_core.provenance import hashes


@pytest.fixture
def results(tmp_path):
    return made.make(tmp_path)


def film_of(paths):
    return origins.film_of_all({Poses.read(path).recording: path for path in paths})


def known():
    """(frame, animal, part, xy): where parts are drawn, NaN where the animal is not tracked."""
    at = made.places().astype(float)
    for animal, frame in made.LOST:
        at[frame, animal] = np.nan
    return at


@pytest.mark.parametrize("camera", [False, True])
def test_positions_of_the_film_are_those_of_its_pixels(tmp_path, camera):
    results = made.make(tmp_path, camera)
    film = film_of(results.poses)
    found, notes = collect.poses_of(results.poses, film)
    np.testing.assert_allclose(found.positions, known(), atol=2e-3)
    lit = made.film()
    for frame, animal in np.argwhere(np.isfinite(found.positions).all((2, 3))):
        x, y = np.rint(found.positions[frame, animal]).astype(int).T
        assert (lit[frame, y, x] == 220).all()
    assert (found.name, found.fps, found.units) == ("film", made.FPS, "px")
    assert (found.width, found.height) == (made.WIDTH, made.HEIGHT)
    assert found.animals == made.ANIMALS and found.video.samefile(results.film)
    assert np.nanmax(found.confidence) == 1
    np.testing.assert_array_equal(np.isnan(found.confidence), np.isnan(found.positions).any(-1))
    assert notes == [
        "film_animal0: not there in 1 of 10 frames",
        "film_animal1: not there in 2 of 10 frames",
    ]


def test_one_animal_alone_has_the_same_rows(results):
    found, _ = collect.poses_of(results.poses[1:], film_of(results.poses[1:]))
    np.testing.assert_allclose(found.positions[:, 0], known()[:, 1], atol=2e-3)


def test_rows_are_frames_of_the_film_where_poses_begin_late_and_end_early(results):
    poses = Poses.read(results.poses[0])
    cut = {
        name: getattr(poses, name)[3:8]
        for name in ("positions", "confidence", "frame", "valid", "center", "heading")
    }
    film = film_of(results.poses[:1])
    replace(poses, **cut).write(results.poses[0])
    found, _ = collect.poses_of(results.poses[:1], film)
    assert len(found.positions) == made.FRAMES
    expected = known()[:, 0]
    expected[:3], expected[8:] = np.nan, np.nan
    np.testing.assert_allclose(found.positions[:, 0], expected, atol=2e-3)


def test_crops_and_millimetres(results, tmp_path):
    film = film_of(results.poses)
    inside, _ = collect.poses_of(results.poses, film, "egocentric")
    stored = [Poses.read(path) for path in results.poses]
    for animal, poses in enumerate(stored):
        there = poses.valid
        np.testing.assert_array_equal(inside.positions[there, animal], poses.positions[there])
        assert np.isnan(inside.positions[~there, animal]).all()
    assert (inside.width, inside.height) == (made.SIDE, made.SIDE)
    for reference in ("video", "egocentric"):
        px, _ = collect.poses_of(results.poses, film, reference)
        mm, _ = collect.poses_of(results.poses, film, f"{reference} mm")
        np.testing.assert_allclose(mm.positions, px.positions / made.SCALE, rtol=1e-6)
        assert mm.units == "mm"
    other = made.make(tmp_path / "unscaled", px_per_mm=float("nan"))
    with fails("film_animal0.h5", "px_per_mm", "--reference video$"):
        collect.poses_of(other.poses, film_of(other.poses), "video mm")


def test_without_crops_or_track_no_place_is_guessed(results):
    film = film_of(results.poses)
    with fails("film_animal0.h5", "track", "--config", "--reference egocentric"):
        collect.poses_of(results.poses, replace(film, track=None))
    for path in (results.folder / "results/x/crops").iterdir():
        path.unlink()
    with fails("film_animal0.h5", "crops", "--config", "--reference egocentric"):
        collect.poses_of(results.poses[:1], film_of(results.poses[:1]))


def test_another_track_than_that_of_the_crops_is_refused(results):
    track = Track.read(results.track)
    replace(track, centroid=track.centroid + 0.5).write(results.track)
    with fails("film_animal0.h5", "another track"):
        collect.poses_of(results.poses, film_of(results.poses))
    short = {
        name: getattr(track, name)[:, :6]
        for name in ("centroid", "heading", "valid", "area", "quality")
    }
    replace(track, **short).write(results.track)
    with fails("film_animal0.h5", "frame 9", "only 6 frames"):
        collect.poses_of(results.poses, film_of(results.poses))


def test_crops_that_were_cut_anew_are_not_those_of_the_poses(results):
    """Their size, which the way into the film depends on, may be another one."""
    film = film_of(results.poses)
    cut = film.crops["film_animal0"]
    size = config.Crop(size=made.SIDE + 4)
    cropping.crop(results.film, Track.read(results.track), 0, size, "film_animal0", cut)
    with fails("film_animal0.h5", "other crops than", "make the poses again"):
        collect.poses_of(results.poses, film)


def test_animals_of_two_films_or_one_twice_are_refused(results, tmp_path):
    other = made.make(tmp_path / "more")
    both = {"film_animal0": results.poses[0], "film_animal1": other.poses[1]}
    with fails("film_animal1.h5", "another video"):
        origins.film_of_all(both)
    with fails("film_animal0.h5", "twice"):
        collect.poses_of([results.poses[0]] * 2, film_of(results.poses))


def test_a_recording_whose_name_is_a_path_is_refused(results):
    film = film_of(results.poses[:1])
    for name in ("../../fly", ""):
        replace(Poses.read(results.poses[0]), recording=name).write(results.poses[0])
        with fails("film_animal0.h5", "recording is called", "make the poses again"):
            collect.poses_of(results.poses[:1], film)
    path, _ = imported(results.folder, moves=True, name="Fliege 1, früh")
    found, _ = collect.poses_of([path], origins.film_of(path, "Fliege 1, früh"))
    assert found.animals == ("Fliege 1, früh",)


def predicted(results, monkeypatch):
    """Poses as `leap predict film.npy` writes them: made of the film and a model, no crops."""
    monkeypatch.chdir(results.folder)
    names = ["results/x/raw/film.npy", "best.keras"]
    record = hashes.record() | {"inputs": dict.fromkeys(names, "")}
    path = results.folder / "new.h5"
    replace(Poses.read(results.poses[0]), recording="new").write(path, record)
    return path


def settings_of(root, **video):
    film = {"id": "film", "path": "results/x/raw/film.npy", "fps": 50} | video
    skeleton = str(root / "config/skeletons/fly32.yaml")
    value = {"dataset": "y", "skeleton": skeleton, "videos": [film], "crop": {"size": made.SIDE}}
    return config.from_dict(value, "y.yaml")


def test_poses_of_a_video_outside_of_a_dataset_need_its_config(results, root, monkeypatch):
    path = predicted(results, monkeypatch)
    with fails("new.h5", "crops", "--config"):
        collect.poses_of([path], origins.film_of(path, "new"))
    found, _ = collect.poses_of([path], origins.film_of(path, "new", settings_of(root)))
    np.testing.assert_allclose(found.positions, known()[:, :1], atol=2e-3)
    assert (found.width, found.height) == (made.WIDTH, made.HEIGHT)
    assert found.video.samefile(results.film)
    with fails("new.h5", "camera moved", "'film'", "--reference egocentric"):
        origins.film_of(path, "new", settings_of(root, camera_track="box.csv"))
    with fails("film_animal0.h5", "'film_animal0', which the config has not"):
        origins.film_of(results.poses[0], "film_animal0", settings_of(root))


def imported(tmp_path, moves, name="fly"):
    """Poses of another program, of a walk through the image or in boxes around the animal."""
    at = made.places()[:, 0].astype(float)
    if not moves:
        at = at - at[:, :1] + 50
    np.save(tmp_path / "other.npy", at)
    video = config.Video(id="fly", path="other.npy", poses="array", fps=25)
    poses = stage.import_file(tmp_path / "other.npy", video, 0, name, made.SKELETON, 64, 0.1, 0.2)
    path = tmp_path / f"{name}.h5"
    poses.write(path, hashes.record(None, [tmp_path / "other.npy"]))
    return path, at


def test_imported_poses_go_back_to_where_they_were(tmp_path):
    path, at = imported(tmp_path, moves=True)
    found, notes = collect.poses_of([path], origins.film_of(path, "fly"))
    np.testing.assert_allclose(found.positions[:, 0], at, atol=1e-3)
    assert (found.name, found.video, found.fps, notes) == ("fly", None, 25, [])


def test_imported_boxes_have_no_place_in_a_video(tmp_path):
    path, _ = imported(tmp_path, moves=False)
    film = origins.film_of(path, "fly")
    with fails("fly.h5", "without the animal's place", "--reference egocentric"):
        collect.poses_of([path], film)
    found, _ = collect.poses_of([path], film, "egocentric")
    np.testing.assert_array_equal(found.positions[:, 0], Poses.read(path).positions)


def test_three_axes_do_not_lie_on_a_video(results):
    flat = Poses.read(results.poses[0])
    deep = np.concatenate([flat.positions, flat.positions[..., :1]], -1)
    film = film_of(results.poses[:1])
    path = results.folder / "deep.h5"
    replace(flat, positions=deep).write(path)
    with fails("deep.h5", "3 axes", "--reference egocentric"):
        collect.poses_of([path], film)
    found, _ = collect.poses_of([path], film, "egocentric")
    assert found.positions.shape[-1] == 3


def test_a_scale_or_rate_of_zero_is_none(results):
    film = film_of(results.poses[:1])
    replace(Poses.read(results.poses[0]), px_per_mm=0.0, fps=0.0).write(results.poses[0])
    film = replace(film, crops={}, side=made.SIDE, imported=False)
    found, _ = collect.poses_of(results.poses[:1], film)
    assert np.isnan(found.px_per_mm) and np.isnan(found.fps)
    with fails("film_animal0.h5", "scale is not known"):
        collect.poses_of(results.poses[:1], film, "video mm")
