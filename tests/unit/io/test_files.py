"""Atomic writing, containers, provenance and raw sources."""

import hashlib
import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import h5py
import numpy as np
import pytest
from fixtures import disks

from leap_core import config, containers, sources
from leap_core.cli import checks
from leap_core.errors import UserError
from leap_core.io import atomic, hdf5
from leap_core.provenance import hashes


def poses(skeleton, frames=5):
    rng = np.random.default_rng(0)
    joints = len(skeleton)
    return containers.Poses(
        positions=rng.normal(size=(frames, joints, 2)),
        confidence=rng.random((frames, joints)),
        frame=np.arange(frames),
        valid=np.ones(frames, bool),
        skeleton=skeleton,
        recording="a",
        fps=100.0,
    )


def test_container_round_trip_and_equal_bytes(tmp_path, fly32):
    one = poses(fly32)
    for name in ("a.h5", "b.h5"):
        one.write(tmp_path / name, {"seed": 1})
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    back = containers.Poses.read(tmp_path / "a.h5")
    np.testing.assert_array_equal(back.positions, one.positions)
    assert (back.skeleton, back.fps, back.recording) == (fly32, 100.0, "a")
    assert back.center is None and np.isnan(back.px_per_mm)
    with h5py.File(tmp_path / "a.h5") as file:
        assert json.loads(file["positions"].attrs["dims"]) == ["frame", "joint", "axis"]
        assert file["positions"].attrs["units"] == "px"
        assert json.loads(file.attrs["provenance"]) == {"seed": 1}


def test_wrong_shapes_are_refused(fly32):
    with pytest.raises(ValueError, match="axis 'joint' has 3 entries, positions has 32"):
        containers.Poses(
            positions=np.zeros((4, 32, 2)),
            confidence=np.zeros((4, 3)),
            frame=np.arange(4),
            valid=np.ones(4, bool),
        )


def test_another_kind_of_file_is_named(tmp_path, fly32):
    poses(fly32).write(tmp_path / "p.h5")
    with pytest.raises(UserError, match="expected format leap-crops/1, got leap-poses/1"):
        containers.Crops.read(tmp_path / "p.h5")
    (tmp_path / "q.h5").write_bytes(b"no hdf5 at all")
    with pytest.raises(UserError, match="q.h5: not a readable HDF5 file"):
        containers.Poses.read(tmp_path / "q.h5")


def test_crops_written_in_blocks_equal_crops_written_whole(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (10, 8, 8, 1), np.uint8)
    rows = (np.arange(10), np.arange(10) % 3 > 0, rng.normal(size=(10, 2)), rng.normal(size=10))
    with containers.create_crops(tmp_path / "c.h5", (8, 8, 1)) as writer:
        writer.set(recording="r", fps=50.0)
        for part in (slice(0, 4), slice(4, 10)):
            writer.append(images[part], *(r[part] for r in rows))
    back = containers.Crops.read(tmp_path / "c.h5")
    np.testing.assert_array_equal(back.images, images)
    np.testing.assert_array_equal(back.valid, rows[1])
    np.testing.assert_allclose(back.center, rows[2], rtol=1e-6)
    with containers.open_crops(tmp_path / "c.h5") as crops:
        assert [crops.images[b].shape[0] for b in crops.blocks(4)] == [4, 4, 2]


@pytest.mark.parametrize(
    "page", [("config", "config"), ("formats", "formats"), ("messages", "troubleshooting")]
)
def test_reference_pages_are_up_to_date(root, page):
    from leap_core.cli import reference

    name, file = page
    text = (root / "docs" / f"{file}.md").read_text()
    # the page of troubles begins with some that the program cannot know
    assert (
        text.partition(f"{reference.NOTE}\n")[2]
        == reference.PAGES[name]().partition(f"{reference.NOTE}\n")[2]
    )


def test_a_failing_writer_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError):
        with hdf5.create(tmp_path / "x.h5", "leap-x/1") as file:
            file["half"] = [1, 2]
            raise RuntimeError("power cut")
    assert list(tmp_path.iterdir()) == []


def test_a_failing_writer_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.json"
    atomic.write_json(path, {"a": np.float32(1), "b": np.nan})
    assert json.loads(path.read_text()) == {"a": 1.0, "b": None}
    with pytest.raises(TypeError):
        atomic.write_json(path, {"a": object()})
    assert json.loads(path.read_text())["a"] == 1.0


def bad_places(folder):
    """Targets that nobody, root included, can write as files."""
    (folder / "folder.h5").mkdir()
    (folder / "file").write_text("x")
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "pipe")
    return [
        folder / "folder.h5",
        folder / "pipe",
        folder / "file" / "x.h5",
        folder / "file" / "new" / "x.h5",
        folder / "loop" / "x.h5",
        folder / ("x" * 300) / "x.h5",
        folder / ("x" * 250 + ".h5"),
        Path("/proc/none/x.h5"),
    ]


def test_places_that_cannot_be_written_are_named(tmp_path):
    for path in bad_places(tmp_path):
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(UserError) as first:
            atomic.check_writable([tmp_path / "good.h5", path])
        with pytest.raises(UserError) as second:
            with atomic.atomic_path(path):
                pytest.fail("reached")
        for error in (first.value, second.value):
            assert str(error).startswith(f"{path}: ") and "choose another" in str(error)
        assert sorted(tmp_path.rglob("*")) == before


def test_a_place_lost_while_writing_is_named(tmp_path):
    with pytest.raises(UserError, match="x.h5: cannot be written .*; choose another place"):
        with atomic.atomic_path(tmp_path / "x.h5"):
            (tmp_path / "x.h5").mkdir()
    assert list(tmp_path.iterdir()) == [tmp_path / "x.h5"]


def test_trying_a_place_leaves_nothing_there(tmp_path):
    (tmp_path / "old.h5").write_text("old")
    before = sorted(tmp_path.rglob("*"))
    atomic.check_writable([tmp_path / "a" / "b" / "x.h5", tmp_path / "old.h5", tmp_path / "y"])
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "old.h5").read_text() == "old"


def test_errors_of_the_writer_itself_pass(tmp_path):
    with pytest.raises(FileNotFoundError):
        with atomic.atomic_path(tmp_path / "x.h5"):
            open(tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_appears_whole_and_replaces_nothing(tmp_path):
    place = tmp_path / "a" / "labels"
    with pytest.raises(ZeroDivisionError):
        with atomic.atomic_folder(place) as folder:
            (folder / "one").write_text(f"{1 / 0}")
    assert not list(place.parent.iterdir())
    with atomic.atomic_folder(place) as folder:
        (folder / "one").write_text("1")
        assert not place.exists()
    (tmp_path / "file").write_text("")
    for taken in (place, tmp_path / "file"):
        with pytest.raises(UserError, match=f"{taken.name}: is .*; .*choose another name"):
            with atomic.atomic_folder(taken):
                pytest.fail("reached")
    assert [path.name for path in place.parent.rglob("*")] == ["labels", "one"]


def test_an_output_is_no_input_however_it_is_spelled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.h5").write_text("x")
    (tmp_path / "link.h5").symlink_to(tmp_path / "a.h5")
    (tmp_path / "folder").symlink_to(tmp_path)
    names = ["a.h5", "sub/../a.h5", "link.h5", "folder/a.h5", tmp_path / "a.h5"]
    for output in names:
        for source in names:
            with pytest.raises(UserError, match="would replace its own input"):
                checks.refuse_own_input([None, "b.h5", output], [None, source])
    checks.refuse_own_input(["b.h5", "sub/a.h5"], names)


def test_only_files_of_earlier_runs_are_removed(tmp_path):
    old, used, folder = (tmp_path / name for name in ("old.csv", "used.csv", "folder.csv"))
    old.write_text("x"), used.write_text("x"), folder.mkdir()
    candidates = [old, used, folder, tmp_path / "absent.csv"]
    keep = [tmp_path / "folder.csv" / ".." / "used.csv", None]
    assert checks.remove_stale(candidates, keep) == [old]
    assert sorted(tmp_path.iterdir()) == [folder, used]


def test_provenance_changes_with_each_ingredient(tmp_path):
    path = tmp_path / "in.txt"
    path.write_text("one")
    first = hashes.record({"a": 1}, [path], [], 0)
    assert first == hashes.record({"a": 1}, [path], [], 0)
    assert str(tmp_path) not in json.dumps(first)
    path.write_text("two")
    assert hashes.record({"a": 1}, [path], [], 0)["inputs"] != first["inputs"]
    assert hashes.record({"a": 2}, [path], [], 0)["config"] != first["config"]


@pytest.fixture
def server(tmp_path):
    """A web server on this machine with one file, and its checksum."""
    folder = tmp_path / "www"
    folder.mkdir()
    (folder / "data.bin").write_bytes(b"frames" * 1000)

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as httpd:
        Thread(target=httpd.serve_forever, daemon=True).start()
        digest = hashlib.sha256(b"frames" * 1000).hexdigest()
        yield f"http://127.0.0.1:{httpd.server_address[1]}/data.bin", digest
        httpd.shutdown()


def test_a_source_on_disk_is_linked_and_checked(tmp_path, monkeypatch):
    (tmp_path / "v.mp4").write_bytes(b"video")
    monkeypatch.setenv("LEAP_DATA", str(tmp_path))
    digest = hashlib.sha256(b"video").hexdigest()
    out = tmp_path / "raw" / "a.mp4"
    sources.fetch(config.Video(id="a", path="v.mp4", sha256=digest), out)
    assert out.read_bytes() == b"video"
    with pytest.raises(UserError, match="v.mp4: its sha256 differs"):
        sources.fetch(config.Video(id="a", path="v.mp4", sha256="0" * 64), out)


def test_a_disk_without_links_and_rights_gets_copies(tmp_path):
    (tmp_path / "v.csv").write_bytes(b"labels")
    (tmp_path / "v.png").write_bytes(b"beside")
    os.utime(tmp_path / "v.csv", (4e9, 4e9))  # in the future, at which Snakemake stops
    code = """
import time
from pathlib import Path
from leap_core import config, sources
from leap_core.provenance import raw_files
out = Path("results/x/raw/a.csv")
sources.fetch(config.LabelSource(id="a", path="v.csv"), out)
assert not out.is_symlink() and out.read_bytes() == b"labels"
assert out.stat().st_mtime <= time.time()
print(raw_files.original(out).with_name("v.png").read_text())
"""
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"LEAP_DATA": ""} | disks.without(tmp_path, "links", "rights"),
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    assert told.stdout == (
        "results/x/raw/a.csv: is a copy of v.csv, since this disk has no links\nbeside\n"
    )


def test_a_disk_without_locks_is_read_and_written(tmp_path):
    code = """
import sys
from leap_core import environment
environment.apply()  # as every command and every run of the workflow does
import h5py
from leap_core.io import hdf5
with hdf5.create("a.h5", "leap-x/1") as file:
    file["value"] = 5
with hdf5.opened("a.h5", "leap-x/1") as file:
    print(file["value"][()])
"""

    def run(code):
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env=os.environ | {"HDF5_USE_FILE_LOCKING": "TRUE"} | disks.without(tmp_path, "locks"),
            capture_output=True,
            text=True,
        )

    told = run(code)
    assert told.returncode == 0, told.stderr[-2000:]
    assert told.stdout == "5\n"
    # a program of the user's own keeps its settings
    told = run("from leap_core.io import hdf5; hdf5.kind('a.h5')")
    assert "UserError: a.h5: cannot be locked: another program writes it, or its" in told.stderr


def test_a_source_not_on_disk_is_downloaded_and_checked(tmp_path, server, monkeypatch):
    monkeypatch.delenv("LEAP_DATA", raising=False)
    url, digest = server
    out = tmp_path / "raw" / "data.bin"
    source = config.LabelSource(id="d", path="absent.bin", sha256="1" * 64, url=url)
    with pytest.raises(UserError, match="the download's sha256 is"):
        sources.fetch(source, out)
    assert not out.exists()
    sources.fetch(config.LabelSource(id="d", url=url, url_sha256=digest), out)
    assert out.read_bytes() == b"frames" * 1000


def test_a_download_that_breaks_off_is_noticed(tmp_path):
    class Short(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x" * 300)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Short) as httpd:
        Thread(target=httpd.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{httpd.server_address[1]}/v.mp4"
        with pytest.raises(UserError, match="cannot be downloaded"):
            sources.fetch(config.Video(id="a", url=url), tmp_path / "out.mp4")
        httpd.shutdown()
    assert list(tmp_path.iterdir()) == []


def test_a_source_found_nowhere_says_where_it_was_sought(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAP_DATA", str(tmp_path / "gone"))
    with pytest.raises(UserError, match="looked at .*gone.*set LEAP_DATA"):
        sources.fetch(config.Video(id="a", path="v.mp4"), tmp_path / "out.mp4")
    dead = config.Video(id="a", url="http://127.0.0.1:9/v.mp4")
    with pytest.raises(UserError, match="cannot be downloaded"):
        sources.fetch(dead, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
