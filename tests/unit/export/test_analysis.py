"""SLEAP's analysis files, opened as their readers do."""

import h5py
import numpy as np
import pytest
import sleap_io
from fixtures import export as given
from fixtures.labels import fails

from leap_core import imported_poses
from leap_core.export import analysis


@pytest.mark.parametrize("animals", [1, 2])
def test_sleap_io_and_our_reader_find_all(tmp_path, animals):
    poses = given.poses() if animals == 2 else given.alone()
    assert analysis.write_poses(poses, tmp_path / "a.analysis.h5") == []
    found = sleap_io.load_file(str(tmp_path / "a.analysis.h5"))
    table = found.numpy(return_confidence=True)
    assert [track.name for track in found.tracks] == list(poses.animals)
    rows = len(table)  # it has no frames after the last animal
    np.testing.assert_allclose(table[..., :2], poses.positions[:rows], atol=1e-4)
    np.testing.assert_allclose(table[..., 2], poses.confidence[:rows], atol=1e-6)
    bones = found.skeletons[0]
    assert bones.node_names == ["head", "eyeL", "eyeR"]
    assert [tuple(edge) for edge in bones.edge_inds] == [(0, 1), (0, 2)]
    assert [{n.name for n in pair.nodes} for pair in bones.symmetries] == [{"eyeL", "eyeR"}]
    ours = imported_poses.read(tmp_path / "a.analysis.h5", "sleap", animals)
    np.testing.assert_array_equal(ours.positions, poses.positions.transpose(1, 0, 2, 3))
    there = np.isfinite(ours.positions[..., 0])
    expected = poses.confidence.transpose(1, 0, 2)
    np.testing.assert_array_equal(ours.confidence[there], expected[there])
    assert ours.frame.tolist() == list(range(8)) and ours.parts == given.THREE.parts


def test_keypoint_moseq_finds_frames_parts_and_confidence(tmp_path):
    """It takes the axes as (track, xy, node, frame) whatever their names."""
    poses = given.poses()
    analysis.write_poses(poses, tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as file:
        places = np.moveaxis(file["tracks"][()], (0, 3, 2, 1), (0, 1, 2, 3))
        certain = np.moveaxis(file["point_scores"][()], 2, 1)
        parts = [name.decode() for name in file["node_names"]]
        assert file["track_occupancy"].shape == (8, 2)
        occupied = file["track_occupancy"][()].astype(bool)
        assert file["video_path"][()].decode() == "videos/film.mp4"
    assert parts == ["head", "eyeL", "eyeR"]
    for animal in (0, 1):
        np.testing.assert_array_equal(places[animal], poses.positions[:, animal])
        np.testing.assert_array_equal(certain[animal], poses.confidence[:, animal])
    np.testing.assert_array_equal(occupied, np.isfinite(poses.positions).any(axis=(2, 3)))


def test_points_off_the_film_name_no_film_and_are_told(tmp_path):
    (told,) = analysis.write_poses(given.poses(reference="egocentric mm"), tmp_path / "a.h5")
    assert "egocentric mm" in told
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["video_path"][()] == b""


def test_equal_bytes_and_a_third_axis(tmp_path):
    for name in "ab":
        analysis.write_poses(given.poses(), tmp_path / f"{name}.h5")
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    with fails("c.h5", "3 axes"):
        analysis.write_poses(given.poses(positions=np.zeros((8, 2, 3, 3))), tmp_path / "c.h5")
