"""Poses as NWB files, opened by pynwb, checked by its schema and by nwbinspector."""

import os
import subprocess
import sys
from dataclasses import replace

import h5py
import numpy as np
import pynwb
import pytest
from fixtures.export import ANIMALS, FPS, FRAMES, HEIGHT, THREE, WIDTH, alone, poses
from nwbinspector import Importance, inspect_nwbfile

from leap_core.errors import UserError
from leap_core.export import nwb
from leap_core.skeleton import Skeleton


@pytest.fixture
def opened():
    """Opens a file; all are closed at the end."""
    files = []

    def open_it(path):
        files.append(pynwb.NWBHDF5IO(str(path), "r"))
        return files[-1].read()

    yield open_it
    for file in files:
        file.close()


def estimation(file):
    return file.processing["behavior"]["PoseEstimation"]


def values(file, parts=THREE.parts):
    """(frame, part, axis) and (frame, part) as pynwb gives them, parts in the order asked for."""
    series = [estimation(file)[part] for part in parts]
    return np.stack([s.data[:] for s in series], 1), np.stack([s.confidence[:] for s in series], 1)


def test_what_pynwb_reads_is_what_was_written(tmp_path, opened):
    wanted = alone()
    nwb.write_poses(wanted, tmp_path / "film.nwb")
    file = opened(tmp_path / "film.nwb")
    positions, confidence = values(file)
    np.testing.assert_allclose(positions, wanted.positions[:, 0], atol=1e-4)
    np.testing.assert_allclose(confidence, wanted.confidence[:, 0], atol=1e-6)
    assert np.isnan(positions[5]).all() and np.isnan(positions[2, 1]).all()
    for series in estimation(file).pose_estimation_series.values():
        assert (series.rate, series.starting_time, len(series.data)) == (FPS, 0.0, FRAMES)
        assert series.unit == "pixels"
        assert "middle of the first (top left) pixel of the video's frame" in series.reference_frame
    skeleton = estimation(file).skeleton
    assert skeleton is file.processing["behavior"]["Skeletons"]["three"]
    assert tuple(skeleton.nodes) == THREE.parts
    assert skeleton.edges[:].tolist() == [[0, 1], [0, 2]]
    assert file.subject.subject_id == ANIMALS[0]


def test_the_video_is_named_from_where_the_file_lies(tmp_path, opened):
    video = tmp_path / "videos" / "film.mp4"
    nwb.write_poses(alone(video=video), tmp_path / "out" / "film.nwb")
    file = opened(tmp_path / "out" / "film.nwb")
    found = estimation(file).source_video
    assert found is file.acquisition["source_video"]
    assert list(found.external_file) == ["../videos/film.mp4"]
    assert (found.rate, found.num_samples) == (FPS, FRAMES)
    assert list(found.dimension) == [WIDTH, HEIGHT]


def test_each_animal_has_a_file(tmp_path, opened):
    lines = nwb.write_poses(poses(), tmp_path / "film.nwb")
    names = [f"film.{animal}.nwb" for animal in ANIMALS]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert all(name in lines[0] for name in names)
    identifiers = set()
    for k, name in enumerate(names):
        file = opened(tmp_path / name)
        np.testing.assert_allclose(values(file)[0], poses().positions[:, k], atol=1e-4)
        identifiers.add(file.identifier)
    assert len(identifiers) == 2


def test_three_axes_of_a_crop_in_millimeters(tmp_path, opened):
    flat = alone()
    deep = np.concatenate([flat.positions, flat.positions[..., :1] + 1], -1)
    wanted = replace(flat, positions=deep, reference="egocentric mm", video=None)
    nwb.write_poses(wanted, tmp_path / "film.nwb")
    file = opened(tmp_path / "film.nwb")
    np.testing.assert_allclose(values(file)[0], deep[:, 0], atol=1e-4)
    series = estimation(file)["head"]
    assert series.unit == "millimeters"
    assert "animal's crop" in series.reference_frame and "z as" in series.reference_frame
    assert "10 px of the video are 1 mm" in estimation(file).description
    assert not file.acquisition


def test_confidence_stays_within_its_limits(tmp_path, opened):
    wanted = alone()
    nwb.write_poses(replace(wanted, confidence=wanted.confidence + 0.05), tmp_path / "film.nwb")
    confidence = values(opened(tmp_path / "film.nwb"))[1]
    assert np.nanmax(confidence) == 1.0
    np.testing.assert_allclose(confidence[:, 2], wanted.confidence[:, 0, 2] + 0.05, atol=1e-6)


def test_names_that_nwb_does_not_take(tmp_path, opened):
    odd = replace(THREE, parts=("head", "eye/L", "scorer"))
    lines = nwb.write_poses(alone(skeleton=odd), tmp_path / "film.nwb")
    assert any("eye/L as eye_L, scorer as scorer_" in line for line in lines)
    file = opened(tmp_path / "film.nwb")
    assert tuple(estimation(file).skeleton.nodes) == ("head", "eye_L", "scorer_")
    found = values(file, ("head", "eye_L", "scorer_"))[0]
    np.testing.assert_allclose(found, alone().positions[:, 0], atol=1e-4)
    alike = replace(THREE, parts=("head", "eye/L", "eye:L"))
    with pytest.raises(UserError, match="eye/L and eye:L would both be 'eye_L'.*; rename one"):
        nwb.write_poses(alone(skeleton=alike), tmp_path / "other.nwb")
    assert not (tmp_path / "other.nwb").exists()


def test_edges_of_more_parts_than_a_byte_counts(tmp_path):
    parts = tuple(f"part{k}" for k in range(260))
    positions = np.zeros((2, 1, 260, 2))
    many = alone(
        skeleton=Skeleton(parts, edges=((0, 259),), name="many"),
        positions=positions,
        confidence=positions[..., 0],
    )
    nwb.write_poses(many, tmp_path / "film.nwb")
    with h5py.File(tmp_path / "film.nwb") as file:
        assert file["processing/behavior/Skeletons/many/edges"][:].tolist() == [[0, 259]]


def test_times_need_a_rate(tmp_path):
    with pytest.raises(UserError, match="film.nwb: film: unknown frame rate"):
        nwb.write_poses(alone(fps=float("nan")), tmp_path / "film.nwb")


AGAIN = """
import sys
from pathlib import Path
import ndx_multisubjects  # an extension that the file does not use
from leap_core.export import nwb
from fixtures.export import alone
nwb.write_poses(alone(), Path(sys.argv[1]))
"""


def test_equal_poses_are_equal_bytes(tmp_path, root):
    path = tmp_path / "film.nwb"
    nwb.write_poses(alone(), path)
    first = path.read_bytes()
    environment = os.environ | {
        "PYTHONHASHSEED": "1",
        "PYTHONPATH": f"{root}:{root / 'tests'}",
        "TZ": "UTC5",
    }
    subprocess.run([sys.executable, "-c", AGAIN, path], check=True, env=environment)
    assert path.read_bytes() == first
    nwb.write_poses(alone(name="another"), path)
    assert path.read_bytes() != first


def test_schema_and_inspector_agree(tmp_path):
    video = tmp_path / "film.mp4"
    video.touch()  # the inspector looks whether it is there
    nwb.write_poses(alone(video=video), tmp_path / "film.nwb")
    assert pynwb.validate(path=str(tmp_path / "film.nwb")) == []
    found = list(inspect_nwbfile(nwbfile_path=tmp_path / "film.nwb"))
    assert found  # it was looked at
    above = [
        each for each in found if each.importance.value > Importance.BEST_PRACTICE_SUGGESTION.value
    ]
    assert [each.check_function_name for each in above] == ["check_subject_species_exists"]
    assert above[0].importance == Importance.BEST_PRACTICE_VIOLATION


def test_what_a_recording_does_not_know_is_put_in_as_the_page_says(
    tmp_path, root, opened, monkeypatch
):
    text = (root / "docs" / "exports.md").read_text().partition("## NWB")[2]
    code = text.partition("```python\n")[2].partition("```")[0]
    (tmp_path / "film.mp4").touch()
    nwb.write_poses(alone(video=tmp_path / "film.mp4"), tmp_path / "fly1.nwb")
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    found = inspect_nwbfile(nwbfile_path=tmp_path / "fly1.nwb")
    assert {each.check_function_name for each in found} == {
        *("check_experimenter_exists", "check_experiment_description", "check_institution")
    }
    file = opened(tmp_path / "fly1.nwb")
    assert file.session_start_time.isoformat() == "2026-05-04T14:30:00+02:00"
    assert (file.subject.species, file.subject.age) == ("Drosophila melanogaster", "P5D")
    np.testing.assert_allclose(values(file)[0], alone().positions[:, 0], atol=1e-4)
