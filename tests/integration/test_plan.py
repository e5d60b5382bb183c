"""`leap plan` and `leap clean` on the workflow itself: before and after the run of tiny.yaml."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures import tiny
from fixtures.checkout import TINY, digests, settings_of, snakemake

from leap_core import config, job, skeleton
from leap_core.planning import calibration, estimate, jobs
from leap_core.planning.amounts import Dataset
from leap_core.planning.footage import Size

CONFIG = Path(TINY[-1])


def leap(folder, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "leap_core.cli", *arguments],
        cwd=folder,
        env=settings_of(folder, environment),
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Where the one calibration of these tests is kept."""
    return tmp_path_factory.mktemp("cache")


def jobs_of(shared):
    """The jobs of the run to its figures, as Snakemake counted them, but the target itself."""
    said = (shared / "figures.txt").read_text()
    return int(re.findall(r"^total +(\d+)", said, re.M)[0]) - 1


def test_disk_is_as_planned_and_memory_enough(undisturbed, fresh, cache, monkeypatch):
    monkeypatch.chdir(fresh)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    settings = config.read(CONFIG)
    size = Size(settings.synthetic.frames, *(settings.synthetic.size,) * 2, "config")
    parts = len(skeleton.read(settings.skeleton))
    data = Dataset(settings, {video.id: size for video in settings.videos}, parts)
    speed = calibration.speed(settings, parts, "tests")
    planned = jobs.to_run(CONFIG, "figures")
    found = [estimate.of_job(one, data, speed) for one in planned]

    assert len(planned) == jobs_of(undisturbed)
    results = undisturbed / tiny.RESULTS
    made = sum((results / name).stat().st_size for name in tiny.bytes_of(undisturbed, "figures"))
    assert 0.7 < sum(one.disk for one in found) * 1000 / made < 1.3
    used = job.logged_memory(results / "logs")
    enough = {one.job.rule: one.memory for one in found}
    assert {rule: mb for rule, mb in used.items() if mb > enough.get(rule, mb)} == {}


def test_the_plan_is_a_table_and_a_finished_run_has_none(undisturbed, finished, fresh, cache):
    result = leap(fresh, "plan", "--config", CONFIG, XDG_CACHE_HOME=str(cache))
    assert result.returncode == 0, result.stderr
    count = jobs_of(undisturbed)
    assert re.search(rf"^in all +{count} ", result.stdout, re.M)
    assert re.search(rf"^as Slurm jobs: {count}; the longest ", result.stdout, re.M)
    assert "afterwards `leap clean` can remove: crops" in result.stdout
    like = ("--like", str(finished / tiny.RESULTS))
    result = leap(finished, "plan", "--config", CONFIG, *like, XDG_CACHE_HOME=str(cache))
    assert result.returncode == 0, result.stderr
    assert re.search(r"^in all +0 .* 1\d\d ", result.stdout, re.M)
    assert "rules go by what its jobs took" in result.stdout and "Slurm" not in result.stdout


def test_what_is_removed_comes_back_alone(finished):
    before = digests(finished / tiny.RESULTS)
    result = leap(finished, "clean", "--config", CONFIG, "--yes")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "`snakemake figures`: nothing to do" in result.stdout
    after = digests(finished / tiny.RESULTS)
    gone = {name for name in before if name not in after}
    assert {name.split("/")[0] for name in gone} == {"crops", "behavior", "pixels"}
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {f"provenance/{name}.json" for name in gone}
    assert leap(finished, "verify", str(tiny.RESULTS)).returncode == 0

    # a figure is wanted again: without crops all would be made again, with them it alone is
    (finished / tiny.RESULTS / "figures" / "alignment" / "fly1.png").unlink()
    crops = ("clean", "--config", CONFIG, "--stage", "crops", "--undo")
    result = leap(finished, *crops)
    assert result.returncode == 0, result.stdout + result.stderr
    again = digests(finished / tiny.RESULTS)
    assert {n for n in gone if n in again} == {n for n in gone if n.startswith("crops/")}
    assert all(again[name] == before[name] for name in again if name.startswith("crops/"))
    plan = snakemake(finished, "-n", *TINY)
    assert re.search(r"^figure_alignment +1$", plan.stdout + plan.stderr, re.M)
    assert re.search(r"^total +2$", plan.stdout + plan.stderr, re.M)


def test_nobody_to_ask_is_said(finished):
    result = leap(finished, "clean", "--config", CONFIG, "--stage", "crops")
    assert result.returncode == 2 and "give --yes" in result.stderr
    assert (finished / tiny.RESULTS / "crops" / "fly1.h5").exists()


def test_a_target_that_is_none_is_named(fresh, cache):
    given = ("plan", "--config", CONFIG, "--target", "figure")
    result = leap(fresh, *given, XDG_CACHE_HOME=str(cache))
    assert result.returncode == 2 and "No rule to produce figure " in result.stderr
