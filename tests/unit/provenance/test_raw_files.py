"""Raw files: a new date or place is no new content, and new content never goes unseen."""

import hashlib
import os
from pathlib import Path

import pytest

from leap_core import config, sources
from leap_core.errors import UserError
from leap_core.provenance import raw_files, records

KEPT = "results/x/raw/v.bin"
LARGE = 2 * raw_files.SMALL_BYTES
LATER_NS = 3_600_000_000_000


def write(path: str, size: int, byte: int = 7) -> Path:
    path = Path(path)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes([byte]) * size)
    return path


def redate(path: Path, by_ns: int = LATER_NS) -> None:
    date = path.stat().st_mtime_ns + by_ns
    os.utime(path, ns=(date, date))


def flip(path: Path, at: int) -> None:
    """Another byte at one place, and another date."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    redate(path)


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(params=[1000, LARGE], ids=["small", "large"])
def film(request, tmp_path, monkeypatch):
    """A raw file that was brought in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LEAP_DATA", raising=False)
    film = write("v.bin", request.param)
    sources.fetch(config.Video(id="v", path="v.bin"), KEPT)
    return film


def test_a_new_date_is_no_new_content(film):
    before = raw_files.state(film, KEPT)
    redate(film)
    assert raw_files.held(film, KEPT) == sha(film)
    # a large one is looked at by the job that brings it in, a small one at once
    assert (raw_files.state(film, KEPT) == before) == (film.stat().st_size < LARGE)
    sources.fetch(config.Video(id="v", path="v.bin"), KEPT)
    after = raw_files.state(film, KEPT)
    redate(film, -LATER_NS)
    redate(film)
    assert raw_files.state(film, KEPT) == after
    assert raw_files.held(film, KEPT) == sha(film)


@pytest.mark.parametrize("whole_seconds", [False, True])
def test_another_place_with_the_same_date_changes_nothing(film, whole_seconds):
    before, date = raw_files.state(film, KEPT), film.stat().st_mtime_ns
    moved = write("elsewhere/v.bin", 0)
    film.replace(moved)
    date -= date % 1_000_000_000 if whole_seconds else 0
    os.utime(moved, ns=(date, date))
    assert raw_files.state(moved, KEPT) == before and raw_files.held(moved, KEPT) == sha(moved)
    assert not Path(KEPT).exists()
    raw_files.point_to(KEPT, moved)
    assert Path(KEPT).resolve() == moved.resolve()


def test_a_changed_file_is_not_what_is_held(film):
    before = raw_files.state(film, KEPT)
    flip(film, 500)
    assert raw_files.held(film, KEPT) is None
    assert raw_files.state(film, KEPT) != before
    Path("v.bin").rename("w.bin")
    raw_files.point_to(KEPT, "w.bin")
    assert not Path(KEPT).exists(), "the link does not move to another content"


def test_a_change_that_planning_cannot_see_is_told_at_the_end(tmp_path, monkeypatch):
    """One byte of a large file, of the same size, between the blocks that are compared."""
    monkeypatch.chdir(tmp_path)
    film = write("v.bin", LARGE)
    source = config.Video(id="v", path="v.bin")
    sources.fetch(source, KEPT)
    before = raw_files.state(film, KEPT)
    flip(film, 10_000)
    assumed = {KEPT: raw_files.held(film, KEPT)}
    assert assumed[KEPT] and raw_files.state(film, KEPT) != before
    raw_files.check_held(assumed)
    sources.fetch(source, KEPT)
    with pytest.raises(UserError, match="v.bin: its content changed, its size did not; run"):
        raw_files.check_held(assumed)
    assert raw_files.held(film, KEPT) == sha(film)
    raw_files.check_held({KEPT: sha(film)})


def test_a_result_counts_as_made_from_what_its_record_names(film):
    digest = sha(film)
    result = write("results/x/audit.json", 3)
    assert not raw_files.made_from(result, KEPT, digest), "no record"
    record = records.Record("results/x/audit.json", sha(result), "audit", None, {KEPT: digest}, {})
    records.write(record)
    assert raw_files.made_from("results/x/audit.json", KEPT, digest)
    assert not raw_files.made_from("results/x/audit.json", KEPT, "0" * 64)
    assert not raw_files.made_from("results/x/audit.json", KEPT, None)
    result.unlink()
    assert not raw_files.made_from("results/x/audit.json", KEPT, digest)


def test_a_job_reads_a_known_file_no_second_time_for_its_checksum(film):
    digest, date = sha(film), film.stat().st_mtime_ns
    film.write_bytes(bytes(film.stat().st_size))
    os.utime(film, ns=(date, date))
    assert raw_files.sha256(KEPT) == digest, "size and date are those of what was read"
    redate(film)
    assert raw_files.sha256(KEPT) == sha(film) != digest


def test_without_its_memory_a_file_is_new(film):
    (Path("results/x/logs/source") / "v.bin.json").write_text("{")
    assert raw_files.held(film, KEPT) is None
    assert raw_files.recall(KEPT) is None and raw_files.recall("elsewhere/v.bin") is None
    assert raw_files.sha256(KEPT) == sha(film)


def test_a_copy_or_download_stays_when_its_source_is_found_no_more(film):
    """As on a disk without links."""
    before = raw_files.state(film, KEPT)
    kept = Path(KEPT)
    content = kept.read_bytes()
    kept.unlink()
    assert raw_files.state(None, KEPT) is None
    kept.write_bytes(content)
    film.unlink()
    assert sources.behind("v.bin", KEPT) is None
    assert raw_files.state(None, KEPT) == before
    raw_files.remember(KEPT, KEPT, sha(kept))
    assert raw_files.state(None, KEPT) is None, "as before a download"
    assert raw_files.sha256(KEPT) == sha(kept)


def test_what_was_linked_stands_for_a_source_that_is_found_no_more(film):
    assert sources.behind("v.bin", KEPT) == Path("v.bin")
    moved = write("elsewhere/v.bin", 0)
    film.replace(moved)
    assert sources.behind("v.bin", KEPT) is None
    raw_files.point_to(KEPT, moved)
    assert sources.behind("v.bin", KEPT) == moved.resolve()


def write_manifest(*videos, labels=()):
    made = {"videos": list(videos), "labels": {"sources": list(labels)}}
    records.write_manifest("results/x", made, None)


def settings(*videos, labels=()):
    value = {"dataset": "x", "skeleton": "s.yaml", "videos": list(videos)}
    return config.from_dict(value | {"labels": {"sources": list(labels)}})


A = {"id": "a", "path": "data/a.mp4"}
B = {"id": "b", "url": "https://host/b.mp4"}


@pytest.mark.parametrize(
    "videos",
    [
        [A],
        [B, {"id": "c", "path": "c.mp4"}],
        [A | {"id": "renamed", "fps": 50}],
        [{"id": "b", "path": "b.mp4", "url": "https://host/b.mp4"}],
    ],
)
def test_a_config_may_change_while_a_file_stays(videos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sources.check_owner(settings(*videos), "results/x")
    write_manifest(A, B)
    sources.check_owner(settings(*videos), "results/x")


def test_results_of_another_config_are_not_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_manifest(A, B, {"id": "s", "synthetic": 3})
    for videos in (
        [{"id": "c", "path": "c.mp4"}],
        [{"id": "a", "path": "other/a.mp4"}],
        [{"id": "s", "synthetic": 4}],
    ):
        told = "results/x: holds results of another config, .*a, b, s.*choose another `dataset`"
        with pytest.raises(UserError, match=told):
            sources.check_owner(settings(*videos), "results/x")
    write_manifest(A, labels=[{"id": "l", "path": "l.h5"}])
    theirs = settings({"id": "c", "path": "c.mp4"}, labels=[{"id": "m", "path": "l.h5"}])
    sources.check_owner(theirs, "results/x")


def test_a_moved_file_is_known_by_its_content(film):
    write_manifest({"id": "v", "path": "v.bin"})
    moved = write("elsewhere/v.bin", 0)
    film.replace(moved)
    sources.check_owner(settings({"id": "v", "path": "elsewhere/v.bin"}), "results/x")
    flip(moved, 500)
    with pytest.raises(UserError, match="another config"):
        sources.check_owner(settings({"id": "v", "path": "elsewhere/v.bin"}), "results/x")


def test_a_folder_in_which_nothing_can_be_written_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sources.check_working_folder("/central")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".snakemake").write_text("no folder")
    with pytest.raises(UserError, match="nothing can be written here .*--directory"):
        sources.check_working_folder("/central")
