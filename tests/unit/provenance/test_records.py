"""Records and manifest: what they hold, keep, and refuse."""

import hashlib
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from leap_core.errors import UserError
from leap_core.provenance import hashes, records, verify


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def result(name: str, text: str, inputs: dict[str, str], rule: str = "some", **facts):
    """Write a result and its record."""
    path = Path("results/x") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    facts = {"settings": {"seed": 1}, "code": {}} | facts
    record = records.Record(str(path), sha(text), rule, inputs=inputs, **facts)
    records.write(record)
    return record


def relink(name: str) -> None:
    """A file becomes a link to nowhere, as when a video was moved."""
    Path(name).unlink()
    Path(name).symlink_to("/nowhere/fly.mp4")


CONFIG = {"seed": 1, "videos": [{"id": "fly", "fps": 100.0}], "labels": {"sources": []}}


@pytest.fixture
def chain(tmp_path, monkeypatch):
    """video -> poses (from a chunk that is gone) -> figure, by one script."""
    monkeypatch.chdir(tmp_path)
    Path("scripts").mkdir()
    Path("scripts/a.py").write_text("code")
    code = {"scripts/a.py": sha("code")}
    result("raw/fly.mp4", "video", {"fly.mp4": sha("video")}, "source", code=code)
    result("chunks/1.h5", "half", {"results/x/raw/fly.mp4": sha("video")}, temporary=True)
    Path("results/x/chunks/1.h5").unlink()
    result("poses/fly.h5", "poses", {"results/x/chunks/1.h5": sha("half")}, "gather", code=code)
    result("figures/a.png", "figure", {"results/x/poses/fly.h5": sha("poses")}, "figure")
    records.write_manifest("results/x", CONFIG, "abc")
    return tmp_path


def test_a_record_comes_back_as_it_was_written(chain):
    record = records.of_file("results/x/poses/fly.h5")
    assert record.rule == "gather" and record.inputs == {"results/x/chunks/1.h5": sha("half")}
    assert records.of_file("elsewhere/fly.h5") is None
    assert records.of_file("results/x/poses/other.h5") is None
    everything = records.read_all("results/x")
    assert sorted(everything) == [
        "results/x/chunks/1.h5",
        "results/x/figures/a.png",
        "results/x/poses/fly.h5",
        "results/x/raw/fly.mp4",
    ]
    assert everything["results/x/poses/fly.h5"] == record


@pytest.mark.parametrize(
    "path", ["results/x/a.h5", "/some/where/results/x/a/b.h5", "../results/x/a"]
)
def test_the_results_folder_is_found_from_any_place(path):
    root = records.root_of(path)
    assert root.name == "x" and root.parent.name == "results"
    assert records.record_path(path).relative_to(root).parts[0] == "provenance"


def test_a_folder_further_up_may_be_called_results(tmp_path, monkeypatch):
    home = tmp_path / "results" / "lab" / "repo"
    home.mkdir(parents=True)
    monkeypatch.chdir(home)
    code = {"scripts/a.py": sha("code")}
    Path("scripts").mkdir()
    Path("scripts/a.py").write_text("code")
    assert records.root_of(home / "results/x/a.h5") == home / "results" / "x"
    # a dataset may have that name, too
    assert records.root_of("results/results/a/b.h5") == Path("results/results")
    result("raw/fly.mp4", "video", {}, "source", code=code)
    result("poses/fly.h5", "poses", {"results/x/raw/fly.mp4": sha("video")}, code=code)
    records.write_manifest("results/x", CONFIG, "abc")
    for folder in (Path(), home, Path("..") / "repo"):
        path = folder / "results" / "x" / "poses" / "fly.h5"
        assert records.root_of(path) == folder / "results" / "x"
        verdict = verify.check_results(folder / "results" / "x")
        assert verdict.problems == [] and verdict.files == 2
        assert "by source" in verify.tell(path)


def test_files_of_a_video_taken_out_are_left_over(chain):
    """Its results may be of another age, and gone: neither is a mismatch."""
    source = {"source": {"id": "old.2"}}
    result("raw/old.2.mp4", "film", {}, "source", settings=source)
    result("crops/masked/old.2.h5", "crops", {"results/x/raw/old.2.mp4": sha("film")}, "crop")
    inputs = {"results/x/crops/masked/old.2.h5": sha("crops")}
    result("behavior/channels/old.2.h5", "other seed", inputs, settings={"seed": 5})
    result("gait/old.2.steps.parquet", "gone", inputs)
    result("poses/fly.h5", "poses", {"results/x/chunks/1.h5": sha("half")} | inputs, "gather")
    result("figures/a.png", "figure", {"results/x/poses/fly.h5": sha("poses")}, "figure")
    Path("results/x/gait/old.2.steps.parquet").unlink()
    known = CONFIG | {"videos": [*CONFIG["videos"], {"id": "old.2"}]}
    records.write_manifest("results/x", known, "abc")
    assert len(verify.check_results("results/x").problems) == 2
    records.write_manifest("results/x", CONFIG, "abc")
    relink("results/x/raw/old.2.mp4")
    verdict = verify.check_results("results/x")
    assert verdict.problems == [] and verdict.files == 3
    told = verify.report(verdict)
    assert "note: 4 files are left over of old.2, which the config names no more" in told
    assert "note: 1 files were made with them, such as results/x/poses/fly.h5" in told


@pytest.mark.parametrize("animals", [1, 2])
def test_files_of_animals_and_movies_taken_out_are_left_over(animals, chain):
    """One animal of a video became two, or two became one; what is named as now is checked."""
    source = {"source": {"id": "pair"}}
    result("raw/pair.mp4", "film", {}, "source", settings=source)
    inputs = {"results/x/raw/pair.mp4": sha("film")}
    result("tracks/pair.h5", "track", inputs, "track")
    names = ["pair"] if animals == 1 else ["pair_animal0", "pair_animal1"]
    others = ["pair_animal0", "pair_animal1"] if animals == 1 else ["pair", "pair_animal2"]
    for name in others:
        result(f"crops/{name}.h5", "old", {"results/x/tracks/pair.h5": sha("older")})
        result(f"gait/{name}.steps.parquet", "old", {}, settings={"seed": 7})
    for name in names:
        result(f"crops/{name}.h5", "new", {"results/x/tracks/pair.h5": sha("track")})
    movie = {"recording": names[0], "start": 5, "stop": 9}
    for stop in (9, 10):
        shown = {"figures": {"movies": [movie | {"stop": stop}]}}
        result(f"figures/movie/{names[0]}_5-{stop}.mp4", "m", {}, "figure_movie", settings=shown)
    config = CONFIG | {"videos": [*CONFIG["videos"], {"id": "pair", "animals": animals}]}
    records.write_manifest("results/x", config | {"figures": {"movies": [movie]}}, "abc")
    verdict = verify.check_results("results/x")
    assert verdict.problems == []
    told = verify.report(verdict)
    assert f"5 files are left over of movie {names[0]}_5-10, {', '.join(others)}, which" in told
    result(f"crops/{names[0]}.h5", "new", {"results/x/tracks/pair.h5": sha("older")})
    assert any(names[0] in line for line in verify.check_results("results/x").problems)


def test_a_run_in_another_folder_takes_its_code_from_the_checkout(chain, root):
    name = "scripts/source.py"
    result("poses/fly.h5", "poses", {}, code={name: hashes.file_sha256(root / name)})
    records.write_manifest("results/x", CONFIG, "abc")
    told = [line for line in verify.check_results("results/x").problems if "version" in line]
    assert told == []
    assert hashes.shown_name(root / name) == name
    assert hashes.shown_name(chain / "results/x/poses/fly.h5") == "fly.h5"


def test_results_that_match_have_no_problems(chain):
    verdict = verify.check_results("results/x")
    assert verdict.problems == []
    assert verdict.files == 3
    assert verdict.sources == {"results/x/raw/fly.mp4": sha("video")}
    assert "every file matches" in verify.report(verdict)


def test_the_verdict_does_not_depend_on_where_it_is_asked(chain, monkeypatch):
    here = verify.check_results("results/x")
    monkeypatch.chdir("/")
    there = verify.check_results(chain / "results" / "x")
    assert there.problems == [] and there.fingerprint == here.fingerprint


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda: Path("results/x/raw/fly.mp4").write_text("other"), "altered after rule source"),
        (lambda: Path("results/x/poses/fly.h5").unlink(), "is gone"),
        (lambda: relink("results/x/raw/fly.mp4"), "fly.mp4: the file that it links to is gone"),
        (lambda: Path("results/x/figures/b.png").write_text("x"), "b.png: has no record"),
        (lambda: Path("scripts/a.py").write_text("other"), "scripts/a.py: 2 files were made with"),
        (lambda: Path("scripts/a.py").unlink(), "scripts/a.py: 2 files were made with"),
        (
            lambda: result("poses/fly.h5", "new", {"results/x/chunks/1.h5": sha("half")}),
            "figures/a.png: was made from another results/x/poses/fly.h5",
        ),
        (
            lambda: result("poses/fly.h5", "poses", {}, settings={"seed": 2}),
            "was made with seed 2, the config says 1",
        ),
        (
            lambda: result(
                "poses/fly.h5", "poses", {}, settings={"video": {"id": "fly", "fps": 50}}
            ),
            "was made with video fly.fps 50, the config says 100.0",
        ),
        (
            lambda: result("poses/fly.h5", "poses", {"results/x/none.h5": sha("")}),
            "was made from results/x/none.h5, which has no record",
        ),
    ],
)
def test_each_break_of_the_chain_is_named(change, told, chain):
    change()
    assert any(told in line for line in verify.check_results("results/x").problems)


def test_a_rule_may_depend_on_one_section_of_a_list(chain):
    """As the import of one label source does; another version of it is told."""
    config = CONFIG | {"labels": {"sources": [{"id": "a"}, {"id": "b", "rows": [0, 5]}]}}
    records.write_manifest("results/x", config, "abc")

    def problems(*sources):
        settings = {"labels": {"sources": list(sources)}}
        inputs = {"results/x/chunks/1.h5": sha("half")}
        result("poses/fly.h5", "poses", inputs, "gather", settings=settings)
        found = verify.check_results("results/x").problems
        return [line for line in found if "labels.sources" in line]

    assert problems({"id": "b", "rows": [0, 5]}) == []
    assert len(problems({"id": "b", "rows": [0, 6]})) == 1


def test_a_file_altered_between_two_rules_is_refused(chain):
    good = hashes.digests(["results/x/poses/fly.h5", "scripts/a.py"])
    records.check_inputs(good)
    Path("results/x/poses/fly.h5").write_text("pos")
    with pytest.raises(UserError, match="results/x/poses/fly.h5: is not what rule gather wrote"):
        records.check_inputs(hashes.digests(["results/x/poses/fly.h5"]))


def test_the_manifest_keeps_the_commit_that_made_a_file(chain):
    result("figures/a.png", "new", {"results/x/poses/fly.h5": sha("poses")})
    records.write_manifest("results/x", CONFIG, "def")
    files = records.read_manifest("results/x")["files"]
    assert files["poses/fly.h5"] == [sha("poses"), "abc"]
    assert files["figures/a.png"] == [sha("new"), "def"]


def test_the_commit_tells_of_changes(tmp_path):
    def git(*arguments):
        identity = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "a", "EMAIL": "a@b"}
        identity |= {"GIT_COMMITTER_NAME": "a"}
        subprocess.run(["git", *arguments], cwd=tmp_path, env=os.environ | identity, check=True)

    assert records.commit(tmp_path) is None
    git("init", "-q")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-qm", "a")
    clean = records.commit(tmp_path)
    assert len(clean) == 40
    (tmp_path / "new").write_text("results are not tracked")
    assert records.commit(tmp_path) == clean
    (tmp_path / "a").write_text("2")
    assert records.commit(tmp_path) == clean + "+changes"


def test_only_leftovers_are_removed(chain):
    left = chain / "results/x/poses/.fly-abcd_123.h5"
    left.write_text("half")
    other = chain / "results/x/poses/.snakemake_timestamp"
    other.write_text("")
    assert [p.name for p in records.remove_leftovers("results/x")] == [left.name]
    assert other.exists() and Path("results/x/poses/fly.h5").exists()


def test_files_of_a_folder_have_records_of_their_own_and_old_ones_go(chain):
    folder = "results/x/exports/labels"
    result("exports/labels/images/old.png", "1", {})
    result("exports/labels/images/new.png", "2", {})
    Path(folder, "images/old.png").unlink()
    Path(folder, ".snakemake_timestamp").write_text("")
    found = records.files_of([folder, "results/x/poses/fly.h5"])
    assert found == [f"{folder}/images/new.png", "results/x/poses/fly.h5"]
    assert records.of_file(f"{folder}/images/old.png") is None
    assert records.of_file("results/x/poses/fly.h5") is not None


def test_a_folder_of_a_killed_job_is_removed(chain):
    left = chain / "results/x/exports/.labels-abcd_123"
    (left / "labels/images").mkdir(parents=True)
    (left / "labels/images/a.png").write_text("half")
    assert records.remove_leftovers("results/x") == [Path("results/x/exports/.labels-abcd_123")]
    assert not left.exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "leap-record/1"}', '{"format": "leap-record/1", "x": 1}']
)
def test_a_broken_record_is_one_line(text, chain):
    path = records.record_path("results/x/poses/fly.h5")
    path.write_text(text)
    with pytest.raises(UserError, match="not a readable record"):
        verify.check_results("results/x")


def test_folders_without_results_are_one_line(chain):
    with pytest.raises(UserError, match="no such file"):
        verify.check_results("results/none")
    with pytest.raises(UserError, match="no such file"):
        verify.check_results("scripts")
    for text in ("{", "[1]", '{"format": "other"}'):
        (chain / "results/x/manifest.json").write_text(text)
        with pytest.raises(UserError, match="not a readable manifest"):
            verify.check_results("results/x")


def test_history_tells_every_ancestor_once(chain):
    result("poses/both.h5", "both", {f"results/x/{n}": sha(t) for n, t in PAIR.items()})
    told = verify.tell("results/x/poses/both.h5")
    assert told.count("results/x/raw/fly.mp4  ") == 1
    assert "results/x/poses/fly.h5" in told and "by gather" in told
    with pytest.raises(UserError, match="no such file"):
        verify.tell("results/x/nothing")
    Path("copy.h5").write_text("both")
    assert verify.tell("copy.h5", "results/x") == told
    with pytest.raises(UserError, match="carries no record"):
        verify.tell("copy.h5")
    Path("results/x/poses/both.h5").write_text("bot")
    with pytest.raises(UserError, match="was altered"):
        verify.tell("results/x/poses/both.h5")


PAIR = {"poses/fly.h5": "poses", "chunks/1.h5": "half"}


def test_records_do_not_depend_on_the_order_of_writing(chain):
    record = records.of_file("results/x/poses/fly.h5")
    path = records.record_path(record.file)
    before = path.read_bytes()
    records.write(replace(record))
    assert path.read_bytes() == before


def test_a_record_names_the_loaded_modules_of_the_package(root):
    from leap_core.provenance import hashes

    found = hashes.loaded_code()
    for name in ("leap_core/errors.py", "leap_core/provenance/hashes.py"):
        assert found[name] == hashlib.sha256((root / name).read_bytes()).hexdigest()
    assert not any(name.startswith("tests") for name in found)
