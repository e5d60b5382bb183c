"""SLEAP projects, opened by sleap-io and by our own readers."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import sleap_io
from fixtures import export as given
from fixtures.labels import fails

from leap_core import imported_poses, labels
from leap_core.export import slp
from leap_core.export.contents import COVERED, HIDDEN
from leap_core.io import video


def film(path, marks):
    """A film whose frames are bright at (x, y) of ``marks``, by frame."""
    frames = [np.full((given.HEIGHT, given.WIDTH), 50, np.uint8) for _ in range(given.FRAMES)]
    for frame, points in marks.items():
        for x, y in points:
            frames[frame][int(y), int(x)] = 220
    path.parent.mkdir(exist_ok=True)
    video.write_video(path, frames, given.FPS, crf=0)


def crops():
    """The labeled animals of ``given.labels`` as images of their own."""
    every = given.labels()
    images = [
        replace(
            image,
            positions=image.positions[[a]],
            visible=image.visible[[a]],
            animals=(name,),
            video=None,
        )
        for image in every.images
        for a, name in enumerate(image.animals)
    ]
    return replace(every, images=tuple(images), reference="egocentric")


def test_predictions_with_tracks_skeleton_and_film(tmp_path):
    poses = given.poses()
    assert slp.write_poses(poses, tmp_path / "a.slp") == []
    for load in (sleap_io.load_slp, sleap_io.load_file):
        found = load(str(tmp_path / "a.slp"))
        table = found.numpy(return_confidence=True)
        np.testing.assert_allclose(table[..., :2], poses.positions, atol=1e-4)
        there = np.isfinite(poses.positions[..., 0])
        np.testing.assert_allclose(table[..., 2][there], poses.confidence[there], atol=1e-6)
    assert [track.name for track in found.tracks] == list(given.ANIMALS)
    (bones,) = found.skeletons
    assert bones.name == "three" and bones.node_names == ["head", "eyeL", "eyeR"]
    assert [tuple(edge) for edge in bones.edge_inds] == [(0, 1), (0, 2)]
    assert [{node.name for node in pair.nodes} for pair in bones.symmetries] == [{"eyeL", "eyeR"}]
    (shown,) = sleap_io.load_slp(str(tmp_path / "a.slp"), open_videos=False).videos
    assert Path(shown.filename) == Path("videos/film.mp4")
    assert tuple(shown.shape) == (8, 48, 64, 1) and shown.fps == given.FPS


def test_absent_parts_are_invisible_and_have_no_nan_score(tmp_path):
    slp.write_poses(given.poses(), tmp_path / "a.slp")
    found = sleap_io.load_slp(str(tmp_path / "a.slp"))
    frames = {frame.frame_idx: frame for frame in found.labeled_frames}
    assert [len(frames[k].instances) for k in range(8)] == [1, 2, 2, 2, 2, 1, 2, 1]
    every = [one for frame in found.labeled_frames for one in frame.instances]
    assert {type(one) for one in every} == {sleap_io.PredictedInstance}
    assert all(
        np.isfinite([one.score, one.tracking_score, *one.points["score"]]).all() for one in every
    )
    first = frames[2].instances[0].points
    assert first["visible"].tolist() == [True, False, True]
    assert np.isnan(first["xy"][1]).all() and first["score"][1] == 0
    # the mean of head and eyeR: 1 - 0.02 and 0.8 - 0.02
    assert frames[2].instances[0].score == pytest.approx(0.88)


def test_our_own_reader_of_poses_loses_nothing(tmp_path):
    poses = given.poses()
    slp.write_poses(poses, tmp_path / "a.slp")
    found = imported_poses.read(tmp_path / "a.slp", "sleap", 2)
    np.testing.assert_array_equal(found.positions, poses.positions.transpose(1, 0, 2, 3))
    there = np.isfinite(found.positions[..., 0])
    expected = poses.confidence.transpose(1, 0, 2)
    np.testing.assert_allclose(found.confidence[there], expected[there], atol=1e-6)
    assert found.fps == given.FPS and found.parts == given.THREE.parts and not found.notes


def test_frames_without_animals_at_both_ends_still_count(tmp_path):
    positions = given.alone().positions.copy()
    positions[[0, 6, 7]] = np.nan
    slp.write_poses(given.alone(positions=positions), tmp_path / "a.slp")
    found = sleap_io.load_slp(str(tmp_path / "a.slp"))
    assert found.numpy().shape[0] == given.FRAMES
    assert [frame.frame_idx for frame in found.labeled_frames] == [1, 2, 3, 4]
    nobody = given.alone(positions=np.full_like(positions, np.nan))
    slp.write_poses(nobody, tmp_path / "none.slp")
    assert len(sleap_io.load_slp(str(tmp_path / "none.slp")).labeled_frames) == 0


def test_points_lie_on_the_bright_pixels_of_the_film(tmp_path, monkeypatch):
    poses = given.poses()
    positions = np.floor(poses.positions)
    marks = {k: p[np.isfinite(p[:, 0])] for k, p in enumerate(positions.reshape(8, -1, 2))}
    film(tmp_path / "videos/film.mp4", marks)
    slp.write_poses(given.poses(positions=positions), tmp_path / "a.slp")
    monkeypatch.chdir(tmp_path)  # films are named from the working folder
    found = sleap_io.load_slp("a.slp")
    for frame in found.labeled_frames:
        image = found.videos[0][frame.frame_idx][..., 0]
        points = np.concatenate([one.numpy() for one in frame.instances])
        x, y = points[np.isfinite(points[:, 0])].astype(int).T
        assert image[y, x].min() > 180 and np.median(image) < 90
        assert (image > 120).sum() == len(set(zip(x, y, strict=True)))


def test_labels_of_films(tmp_path, monkeypatch):
    every = given.labels()
    for name in ("film", "other"):
        marks = {
            image.frame: image.positions[np.isfinite(image.positions[..., 0])]
            for image in every.images
            if image.name == name
        }
        film(tmp_path / f"videos/{name}.mp4", marks)
    (told,) = slp.write_labels(every, tmp_path / "a.slp")
    assert "2 covered parts" in told
    monkeypatch.chdir(tmp_path)
    found = sleap_io.load_slp("a.slp")
    assert [Path(v.filename).name for v in found.videos] == ["film.mp4", "other.mp4"]
    assert len(found.user_labeled_frames) == 3
    for frame, image in zip(found.labeled_frames, every.images, strict=True):
        assert Path(frame.video.filename).stem == image.name and frame.frame_idx == image.frame
        assert [one.track.name for one in frame.instances] == list(image.animals)
        for a, one in enumerate(frame.instances):
            assert type(one) is sleap_io.Instance
            np.testing.assert_array_equal(one.points["xy"], image.positions[a])
            hidden = np.isin(image.visible[a], (HIDDEN, COVERED))
            np.testing.assert_array_equal(one.points["visible"], ~hidden)
            x, y = one.points["xy"][np.isfinite(one.points["xy"][:, 0])].astype(int).T
            assert frame.video[frame.frame_idx][y, x, 0].min() > 180
    # ours takes invisible parts as absent, as SLEAP's training does
    read = labels.read(tmp_path / "a.slp")
    assert read.positions.shape == (4, 3, 2) and read.skeleton.swap == (0, 2, 1)
    np.testing.assert_array_equal(read.positions[0], [[10, 20], [14, 18], [np.nan] * 2])
    assert read.images[0, 20, 10, 0] > 180 and read.frame.tolist() == [3, 3, 7, 0]


def test_crops_become_a_folder_of_images_beside_the_project(tmp_path, monkeypatch):
    every = crops()
    told = slp.write_labels(every, tmp_path / "mine.slp")
    assert "mine_images" in told[0]
    place = tmp_path / "mine_images/film_animal1/img0000003.png"
    assert cv2.imread(str(place), cv2.IMREAD_GRAYSCALE)[30, 40] == 200
    read = labels.read(tmp_path / "mine.slp")
    np.testing.assert_array_equal(read.positions[2, :2], [[40, 30], [44, 28]])
    assert read.images[2, 30, 40, 0] == 200 and len(read.positions) == 4
    monkeypatch.chdir(tmp_path)
    found = sleap_io.load_slp("mine.slp")
    assert [len(v) for v in found.videos] == [2, 1, 1]
    for frame in found.labeled_frames:
        points = frame.instances[0].points["xy"]
        x, y = points[np.isfinite(points[:, 0])].astype(int).T
        assert frame.image[y, x, 0].tolist() == [200] * len(x)
    with fails("mine_images", "there already", "another name"):
        slp.write_labels(every, tmp_path / "mine.slp")


def test_equal_poses_and_labels_give_equal_bytes(tmp_path, fly32):
    rng = np.random.default_rng(0)
    poses = given.alone(
        positions=rng.uniform(0, 40, (4, 1, 32, 2)),
        confidence=rng.uniform(0, 1, (4, 1, 32)),
        skeleton=fly32,
    )
    assert len(fly32.pairs) > 10
    for k in range(4):
        slp.write_poses(poses, tmp_path / f"p{k}.slp")
        slp.write_labels(given.labels(), tmp_path / f"l{k}.slp")
    for kind in "pl":
        assert len({path.read_bytes() for path in tmp_path.glob(f"{kind}*.slp")}) == 1
    pairs = sleap_io.load_slp(str(tmp_path / "p0.slp")).skeletons[0].symmetries
    assert {frozenset(n.name for n in pair.nodes) for pair in pairs} == {
        frozenset(pair) for pair in fly32.pairs
    }


def test_poses_that_do_not_lie_on_the_film_are_refused(tmp_path):
    for reference in ("egocentric", "video mm"):
        with fails("a.slp", reference, "analysis"):
            slp.write_poses(given.poses(reference=reference), tmp_path / "a.slp")
    deep = np.zeros((8, 2, 3, 3))
    with fails("a.slp", "3 axes", "csv"):
        slp.write_poses(given.poses(positions=deep), tmp_path / "a.slp")
    with fails("a.slp", "no labels"):
        slp.write_labels(given.labels(images=()), tmp_path / "a.slp")
    assert not list(tmp_path.iterdir())


def test_unknown_confidence_is_certain_and_told(tmp_path):
    unknown = np.full((8, 2, 3), np.nan)
    (told,) = slp.write_poses(given.poses(confidence=unknown), tmp_path / "a.slp")
    assert "38 parts" in told and "(1)" in told
    table = sleap_io.load_slp(str(tmp_path / "a.slp")).numpy(return_confidence=True)
    there = np.isfinite(given.poses().positions[..., 0])
    assert there.sum() == 38 and (table[..., 2][there] == 1).all()
