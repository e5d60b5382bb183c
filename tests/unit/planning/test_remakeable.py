"""What may be removed, what must stay, and dates that come back with the files."""

import os
from pathlib import Path

import pytest

from leap_core.errors import UserError
from leap_core.planning import remakeable
from leap_core.planning.jobs import Job
from leap_core.provenance import hashes, records

ROOT = Path("results/d")
GOES = {
    "crops": ["crops/a.h5", "crops/masked/a.h5"],
    "features": ["behavior/channels/a.h5", "behavior/projected/a.h5", "pixels/samples/a.h5"],
    "chunks": ["poses/chunks/a/1-of-2.h5"],
    "checkpoints": ["checkpoints/main.h5"],
}
STAYS = [
    *("raw/a.mp4", "synthetic/a.mp4", "labels/labels.h5", "labels/browser.h5", "poses/a.h5"),
    *("tracks/a.h5", "tracks/uncorrected/a.h5", "sampling/frames.h5", "models/main/best.keras"),
    *("behavior/a.h5", "behavior/embedding.h5", "behavior/map.h5", "figures/fig1c.png"),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [*sum(GOES.values(), []), *STAYS]:
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    for name in (*GOES["crops"], *GOES["features"]):
        recorded(name)
    for outside in ("a.mp4", "labels/d/edits.jsonl", "results/other/crops/a.h5"):
        Path(outside).parent.mkdir(parents=True, exist_ok=True)
        Path(outside).write_bytes(b"mine")
    return tmp_path


def recorded(name, temporary=False):
    path = ROOT / name
    digest = hashes.file_sha256(path)
    records.write(records.Record(path.as_posix(), digest, "crop", {}, {}, {}, temporary=temporary))


def there():
    return {p.as_posix() for p in Path().rglob("*") if p.is_file() and "provenance" not in p.parts}


def test_only_what_can_be_made_again_goes(folder):
    before = there()
    found = remakeable.find(ROOT, [])
    assert {one.kind: [p.relative_to(ROOT).as_posix() for p in one.files] for one in found} == GOES
    freed = sum(remakeable.remove(ROOT, one) for one in found)
    gone = {(ROOT / name).as_posix() for names in GOES.values() for name in names}
    assert before - there() == gone and freed == sum(len(n) for n in sum(GOES.values(), []))
    # what is gone on purpose is no damage to who verifies the results
    assert records.of_file(ROOT / "crops/a.h5").temporary
    results = {(ROOT / name).as_posix() for name in (*GOES["crops"], *GOES["features"])}
    assert set(remakeable.removed(ROOT)) == results


def test_what_the_workflow_cannot_make_again_stays(folder):
    for name in ("crops/mine.h5", "behavior/channels/a.tmp.h5", "crops/b.h5"):
        (ROOT / name).write_bytes(b"mine")
    recorded("crops/b.h5")
    found = remakeable.find(ROOT, [], ["crops", "features"], {"a": None})
    assert {p for one in found for p in one.files} == {
        ROOT / name for name in (*GOES["crops"], *GOES["features"])
    }


def test_what_a_planned_job_reads_stays(folder):
    waiting = [Job("predict", Path("results/d/logs/x.log"), reads=("results/d/crops/a.h5",))]
    (found,) = remakeable.find(ROOT, waiting, ["crops"])
    assert found.files == (ROOT / "crops/masked/a.h5",) and found.needed_by == ("predict",)
    remakeable.remove(ROOT, found)
    assert (ROOT / "crops/a.h5").exists()


def test_a_link_leads_nowhere(folder):
    (ROOT / "crops/a.h5").unlink()
    os.symlink(folder / "a.mp4", ROOT / "crops/a.h5")
    (folder / "far").mkdir()
    (folder / "far/b.h5").write_bytes(b"mine")
    os.symlink(folder / "far", ROOT / "poses/chunks/far")
    found = remakeable.find(ROOT, [], ["crops", "chunks"])
    assert [p.name for one in found for p in one.files] == ["a.h5", "1-of-2.h5"]
    for one in found:
        remakeable.remove(ROOT, one)
    assert (folder / "a.mp4").exists() and (folder / "far/b.h5").exists()


def test_a_file_that_comes_back_the_same_gets_its_date(folder):
    for name in GOES["crops"]:
        os.utime(ROOT / name, (1000, 1000))
    (found,) = remakeable.find(ROOT, [], ["crops"])
    remakeable.remove(ROOT, found)
    for name, content in zip(GOES["crops"], (b"crops/a.h5", b"another"), strict=True):
        (ROOT / name).write_bytes(content)
        recorded(name)
    names = [(ROOT / name).as_posix() for name in GOES["crops"]]
    assert remakeable.restore(ROOT, names) == names[1:]
    assert (ROOT / "crops/a.h5").stat().st_mtime == 1000
    assert (ROOT / "crops/masked/a.h5").stat().st_mtime > 1000
    assert not remakeable.removed(ROOT)


def test_nothing_is_removed_beside_a_run(folder):
    remakeable.check_idle()
    locks = Path(".snakemake/locks")
    locks.mkdir(parents=True)
    remakeable.check_idle()
    (locks / "0.input.lock").write_text("x")
    with pytest.raises(UserError, match="a run goes on here"):
        remakeable.check_idle()


def test_a_damaged_list_of_what_was_removed_is_one_line(folder):
    (ROOT / "logs").mkdir()
    (ROOT / remakeable.LIST).write_text('{"files": {"a": {"rule": 1}}}')
    with pytest.raises(UserError, match="removed.json: not a readable list"):
        remakeable.removed(ROOT)
