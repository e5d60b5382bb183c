"""What reruns a rule is read off the imports of its script."""

import os

import pytest

from leap_core.provenance import code


def package(folder, **files):
    """A small package leap_core and a script; a file's name has __ for its folders."""
    for name, text in files.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        for parent in [
            p for p in path.relative_to(folder).parents if p.parts[:1] == ("leap_core",)
        ]:
            (folder / parent / "__init__.py").touch()
    return code.behind(folder / "script.py", folder / "leap_core")


def behind(folder, **files):
    return {p.removeprefix(f"{folder}/") for p in package(folder, **files)}


def test_imports_are_followed_through_modules_symbols_and_functions(tmp_path):
    found = behind(
        tmp_path,
        script="from leap_core.gait import steps\n",
        leap_core__gait__steps="from leap_core.gait.legs import NAMES\nimport numpy\n",
        leap_core__gait__legs="def f():\n    from leap_core import geometry\n",
        leap_core__geometry="",
        leap_core__gait__other="",
    )
    assert found == {
        "script.py",
        "leap_core/gait/steps.py",
        "leap_core/gait/legs.py",
        "leap_core/geometry.py",
    }


def test_what_every_job_uses_is_left_out_but_decoding(tmp_path):
    found = behind(
        tmp_path,
        script="from leap_core.job import rule\nfrom leap_core.gait import steps\n",
        leap_core__job="from leap_core.pixels import never\n",
        leap_core__pixels="never = 1\n",
        leap_core__gait__steps="from leap_core import config\nfrom leap_core.io import hdf5, video",
        leap_core__io__hdf5="",
        leap_core__io__video="",
        leap_core__config__sections="",
    )
    assert found == {"script.py", "leap_core/gait/steps.py", "leap_core/io/video.py"}


def test_what_numbers_the_frames_of_a_video_counts(root):
    found = code.behind(root / "scripts" / "track.py", root / "leap_core")
    inner = {path.split("/leap_core/")[-1] for path in found}
    names = {"video", "films", "decoding", "frame_list", "losses", "h264"}
    names |= {f"readers/{path.stem}" for path in (root / "leap_core/io/readers").glob("[!_]*.py")}
    assert {f"io/{name}.py" for name in names} <= inner
    assert "io/atomic.py" not in inner and "io/prefetch.py" not in inner


def test_a_table_beside_a_module_counts(tmp_path):
    (tmp_path / "leap_core").mkdir()
    for name in ("curve.csv", "other.csv"):
        (tmp_path / "leap_core" / name).touch()
    module = 'from pathlib import Path\nFILE = Path(__file__).with_name("curve.csv")\n'
    found = behind(tmp_path, script="from leap_core import a\n", leap_core__a=module)
    assert found == {"script.py", "leap_core/a.py", "leap_core/curve.csv"}


def test_an_edit_is_seen_by_the_same_process(tmp_path):
    files = {"leap_core__a": "", "leap_core__b": ""}
    assert behind(tmp_path, script="from leap_core import a\n", **files) == {
        "script.py",
        "leap_core/a.py",
    }
    assert "leap_core/b.py" in behind(tmp_path, script="from leap_core import b  # new\n", **files)


def test_a_name_from_a_packages_face_is_refused(tmp_path):
    with pytest.raises(
        ValueError, match="script.py: imports leap_core.gait.analyse from a package"
    ):
        package(
            tmp_path,
            script="from leap_core.gait import analyse\n",
            leap_core__gait__stage="def analyse(): ...\n",
        )


def test_every_script_of_the_workflow_names_its_modules(root):
    scripts = sorted((root / "scripts").rglob("*.py"))
    alone = [path.name for path in scripts if len(code.behind(path, root / "leap_core")) == 1]
    assert len(scripts) > 50 and alone == ["paper_movies.py"]  # which copies files, and no more


def test_what_is_stated_changes_with_any_file_behind_the_script_and_with_no_date(tmp_path):
    package(tmp_path, script="from leap_core.gait import legs", leap_core__gait__legs="LEGS = 6")
    before = code.stated(["script.py"], tmp_path)
    legs = tmp_path / "leap_core" / "gait" / "legs.py"
    os.utime(legs, (0, 0))
    assert code.stated(["script.py"], tmp_path) == before
    assert code.files(before, tmp_path) == sorted(map(str, (legs, tmp_path / "script.py")))
    legs.write_text("LEGS = 8")
    assert code.stated(["script.py"], tmp_path)["sha256"] != before["sha256"]


def test_what_is_stated_is_that_of_all_its_roots(tmp_path):
    package(tmp_path, script="", leap_core__export__slp="", leap_core__export__coco="")
    roots = ["script.py", "leap_core/export/slp.py"]
    one, other = (
        code.stated([*roots[:1], f"leap_core/export/{n}.py"], tmp_path) for n in ("slp", "coco")
    )
    assert code.files(one, tmp_path) == sorted(str(tmp_path / name) for name in roots)
    assert one["sha256"] != other["sha256"], "the same text in files of other names"


def test_a_checkout_elsewhere_states_the_same(tmp_path):
    told = []
    for folder in (tmp_path / "here", tmp_path / "there"):
        package(folder, script="from leap_core.gait import legs", leap_core__gait__legs="LEGS = 6")
        told.append(code.stated(["script.py"], folder))
    assert told[0] == told[1]
