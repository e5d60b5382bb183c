"""LEAP label files that we write, read back by other programs' readers and by our own."""

import hashlib
from dataclasses import replace

import h5py
import numpy as np
import pytest
import scipy.io

from leap_core import containers, labels, skeleton, synthetic
from leap_core.errors import UserError
from leap_core.formats import leap_writer
from leap_core.formats.leap_writer import write_leap

VERSIONS = ("v5", "v7.3")
PARTS = ["head", "tail", "legL", "legR"]
SMALL = skeleton.from_dict(
    {"name": "small", "parts": PARTS, "edges": [["head", "tail"], ["tail", "legL"]]}
)


@pytest.fixture
def made():
    """Five samples of 12 x 8 px: complete ones, a partial and an empty one."""
    rng = np.random.default_rng(3)
    positions = rng.uniform(0, 8, (5, 4, 2)).astype(np.float32)
    positions[1, 2:] = np.nan
    positions[3] = np.nan
    return containers.Labels(
        images=rng.integers(0, 255, (5, 8, 12, 1)),
        positions=positions,
        status=np.isfinite(positions[..., 0]),
        source=np.array(["fly1"] * 5),
        frame=np.array([40, 7, 123, 9, 2]),
        split=np.full(5, -1),
        skeleton=SMALL,
    )


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_link_to_labels_finds_the_images_beside_the_file(made, tmp_path):
    (tmp_path / "mine").mkdir()
    path, _ = write_leap(tmp_path / "mine" / "fly1.labels.mat", made)
    link = tmp_path / "linked.mat"
    link.symlink_to(path)
    there, found = labels.read(path), labels.read(link)
    assert found.images.shape == made.images.shape
    np.testing.assert_array_equal(found.images, there.images)
    assert set(found.source) == {"linked"}


@pytest.mark.parametrize("version", VERSIONS)
def test_round_trip_keeps_everything_that_leap_has(made, tmp_path, version):
    path, _ = write_leap(tmp_path / "fly1.labels.mat", made, version)
    found = labels.read(path, SMALL, "leap-mat", None, "fly1")
    np.testing.assert_allclose(found.positions, made.positions, atol=2e-6)
    for name in ("images", "status", "source", "frame", "split"):
        np.testing.assert_array_equal(getattr(found, name), getattr(made, name))
    assert set(found.video) == {"fly1"}  # whose frames these are
    named = labels.read(path).skeleton
    assert (named.parts, named.edges) == (SMALL.parts, SMALL.edges)
    some = labels.read(path, SMALL, rows=[1, 3])
    assert some.frame.tolist() == [7, 123]
    np.testing.assert_array_equal(some.images, made.images[1:3])


def test_v5_as_scipy_sees_it(made, tmp_path):
    path, box = write_leap(tmp_path / "fly1.labels.mat", made, "v5")
    found = scipy.io.loadmat(path)
    assert found["positions"].dtype == np.float32
    np.testing.assert_array_equal(
        found["positions"].transpose(2, 0, 1), made.positions + np.float32(1)
    )
    assert found["initialization"].shape == (4, 2, 5)
    assert np.isnan(found["initialization"]).all()
    inner = found["skeleton"][0, 0]
    assert [str(cell[0]) for cell in inner["nodes"][:, 0]] == PARTS
    assert inner["edges"].tolist() == [[1, 2], [2, 3]]
    assert inner["refI"].shape == (8, 12)
    assert found["boxPath"].tolist() == [box.name]
    assert path.read_bytes()[:19] == b"MATLAB 5.0 MAT-file"
    assert b"2018" in found["__header__"]


def test_v73_follows_matlabs_layout(made, tmp_path):
    """The rules by which MATLAB marks HDF5: header, reversed axes, classes, cells by reference."""
    path, _ = write_leap(tmp_path / "fly1.labels.mat", made, "v7.3")
    head = path.read_bytes()[:520]
    assert head[:19] == b"MATLAB 7.3 MAT-file" and head[124:128] == b"\0\2IM"
    assert head[512:] == b"\x89HDF\r\n\x1a\n"
    with h5py.File(path) as file:
        kinds = {name: item.attrs["MATLAB_class"] for name, item in file.items() if name[0] != "#"}
        assert kinds["positions"] == kinds["initialization"] == b"single"
        assert kinds["skeleton"] == kinds["config"] == b"struct"
        assert kinds["boxPath"] == b"char" and kinds["session"] == b"double"
        points = file["positions"][()]
        assert points.shape == (5, 2, 4) and points.dtype == np.float32
        np.testing.assert_array_equal(points.transpose(0, 2, 1), made.positions + np.float32(1))
        box = file["boxPath"]
        assert box.dtype == np.uint16 and box.shape == (7, 1)
        assert box.attrs["MATLAB_int_decode"] == 2
        assert bytes(box[:, 0].astype(np.uint8)) == b"fly1.h5"
        assert file["skeletonPath"].attrs["MATLAB_empty"] == 1
        assert file["skeletonPath"][()].tolist() == [0, 0]
        nodes = file["skeleton/nodes"]
        assert nodes.attrs["MATLAB_class"] == b"cell" and nodes.shape == (1, 4)
        texts = [file[ref] for ref in nodes[0]]
        assert [bytes(t[:, 0].astype(np.uint8)).decode() for t in texts] == PARTS
        assert all(t.parent.name == "/#refs#" for t in texts)
        assert [t.attrs["H5PATH"].decode() for t in texts] == [t.name for t in texts]
        assert file["skeleton/edges"][()].T.tolist() == [[1, 2], [2, 3]]


@pytest.mark.parametrize("version", VERSIONS)
def test_sleap_reads_it(made, tmp_path, version):
    pytest.importorskip("pymatreader")
    sleap_io = pytest.importorskip("sleap_io")
    path, _ = write_leap(tmp_path / "fly1.labels.mat", made, version)
    found = sleap_io.load_leap(str(path))
    assert found.skeleton.node_names == PARTS
    assert [tuple(e) for e in found.skeleton.edge_inds] == [(0, 1), (1, 2)]
    frames = {frame.frame_idx: frame.instances[0].numpy() for frame in found}
    assert sorted(frames) == [0, 1, 2, 4]
    for row, points in frames.items():  # that reader keeps MATLAB's counting from 1
        np.testing.assert_allclose(points, made.positions[row] + 1, atol=2e-6)


def test_box_as_leap_has_it(made, tmp_path):
    _, path = write_leap(tmp_path / "fly1.labels.mat", made, "v5")
    with h5py.File(path) as file:
        assert file["box"].shape == (5, 1, 12, 8) and file["box"].dtype == np.uint8
        np.testing.assert_array_equal(file["box"][2, 0].T, made.images[2, ..., 0])
        assert file["framesIdx"][()].tolist() == [[41, 8, 124, 10, 3]]
        assert file["exptID"][()].tolist() == [[1, 1, 1, 1, 1]]
    alone = labels.read(path, SMALL)
    assert alone.frame.tolist() == made.frame.tolist() and not alone.status.any()


@pytest.mark.parametrize("version", VERSIONS)
def test_equal_labels_give_equal_bytes(made, tmp_path, version):
    names = [tmp_path / folder / "fly1.labels.mat" for folder in "ab"]
    for name in names:
        write_leap(name, made, version)
    assert digest(names[0]) == digest(names[1])
    assert digest(tmp_path / "a/fly1.h5") == digest(tmp_path / "b/fly1.h5")


def test_frames_of_several_recordings_stay_apart(made, tmp_path):
    """One frame number in two recordings is two images."""
    both = replace(made, source=np.array(["b", "b", "a", "a", "b"]), frame=[4, 7, 4, 9, 2])
    path, _ = write_leap(tmp_path / "both.labels.mat", both)
    found = labels.read(path)
    assert found.frame.tolist() == [4, 7, 4, 9, 2]
    assert found.source.tolist() == ["both/1", "both/1", "both/2", "both/2", "both/1"]


def test_a_box_that_names_a_frame_twice_is_counted_by_rows(made, tmp_path):
    path, box = write_leap(tmp_path / "fly1.labels.mat", made)
    with h5py.File(box, "r+") as file:
        file["framesIdx"][0, 1] = 41
    assert labels.read(path).frame.tolist() == [0, 1, 2, 3, 4]


def test_real_labels_survive_in_both_versions(data, tmp_path):
    """A file that LEAP's users made: 41 complete, 2 partial and 207 empty frames."""
    real = labels.read(data / "labels/leap_mat/catnect_labels.labels.mat")
    noise = np.random.default_rng(0).integers(0, 255, (250, 192, 192, 1))
    real = replace(real, images=noise)
    reports = []
    for version in VERSIONS:
        path = tmp_path / version / "cat.labels.mat"
        write_leap(path, real, version)
        found = labels.read(path)
        reports.append(labels.report(found))
        assert (found.skeleton.parts, found.skeleton.edges) == (
            real.skeleton.parts,
            real.skeleton.edges,
        )
        np.testing.assert_allclose(found.positions, real.positions, atol=1e-4)
    assert reports[0] == reports[1]
    assert [reports[0][key] for key in ("complete", "partial", "empty")] == [41, 2, 207]


def test_one_sample_and_no_edges(made, tmp_path):
    bare = skeleton.from_dict({"name": "bare", "parts": ["head"]})
    one = replace(
        labels.reading.select(made, np.array([2])),
        positions=made.positions[2:3, :1],
        status=made.status[2:3, :1],
        skeleton=bare,
    )
    for version in VERSIONS:
        path, _ = write_leap(tmp_path / f"{version[1]}.labels.mat", one, version)
        found = labels.read(path, bare)
        np.testing.assert_allclose(found.positions, one.positions, atol=2e-6)
        assert found.frame.tolist() == [123] and labels.read(path).skeleton.edges == ()


def test_errors(made, tmp_path):
    with pytest.raises(UserError, match=r"fly\.mat: .*\.labels\.mat"):
        write_leap(tmp_path / "fly.mat", made)
    with pytest.raises(UserError, match="v6.*v5 or v7.3"):
        write_leap(tmp_path / "fly.labels.mat", made, "v6")
    empty = labels.reading.select(made, np.arange(0))
    with pytest.raises(UserError, match="no labeled images"):
        write_leap(tmp_path / "fly.labels.mat", empty)
    assert list(tmp_path.iterdir()) == []


def test_one_recordings_rows(made):
    both = replace(made, source=np.array(["b", "b", "a", "a", "b"]))
    found = synthetic.of_recording(both, "a")
    assert found.frame.tolist() == [123, 9] and set(found.source) == {"a"}
    np.testing.assert_array_equal(found.images, made.images[2:4])
    with pytest.raises(UserError, match="none of the 5 labeled frames comes from c"):
        synthetic.of_recording(both, "c")


def test_dates_do_not_depend_on_the_clock(made, tmp_path):
    path, _ = write_leap(tmp_path / "fly1.labels.mat", made, "v5")
    found = scipy.io.loadmat(path, variable_names=["createdOn", "lastModified"])
    assert found["createdOn"].tolist() == found["lastModified"].tolist() == [leap_writer.DATE]
