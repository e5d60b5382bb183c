"""Jobs on a cluster: what the profile of this project asks for, chunks together."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from leap_core.errors import UserError
from leap_core.planning import slurm
from leap_core.planning.estimate import Estimate
from leap_core.planning.jobs import Job


def estimates(rule, names, wall=60.0, memory=500.0):
    logs = [Path(f"results/d/logs/{rule}/{name}.log") for name in names]
    return [Estimate(Job(rule, log), "x", wall, wall, memory, 1.0) for log in logs]


@pytest.fixture
def profile(root):
    return slurm.read(root / slurm.PROFILE)


def test_the_profile_is_read_as_its_page_says(profile):
    assert profile.of("train") == (16000, 240)
    assert profile.of("predict") == (8000, 20)
    assert profile.of("a_rule_without_a_line") == (4000, 60)


def test_chunks_of_a_recording_go_together(profile):
    """The examples of the page on Slurm; one video in 12 chunks is 3 jobs of 80 minutes."""
    for videos, each, expected in ((59, 1, (59, 240, 1)), (3, 4, (3, 240, 4)), (1, 12, (3, 80, 4))):
        chunks = [f"fly{k}/{n}-of-{each}" for k in range(videos) for n in range(1, each + 1)]
        (found,) = slurm.by_rule(estimates("predict", chunks), profile)
        assert (found.jobs, found.minutes_asked, found.minutes) == expected


def test_a_chunk_asks_for_as_much_time_as_the_engine_takes_from_the_profile(root, profile):
    """The expression in the profile is evaluated by Snakemake, and read by `leap plan`."""
    text = yaml.safe_load((root / slurm.PROFILE).read_text())["set-resources"]["predict"]["runtime"]
    for count in (1, 2, 5, 12, 13, 100):
        wildcards = SimpleNamespace(chunk=f"1-of-{count}")
        asked = eval(text, {"wildcards": wildcards, "attempt": 1})
        (job,) = [one.job for one in estimates("predict", [f"fly/1-of-{count}"])]
        assert profile.minutes(job) == asked >= 20


def test_what_asks_for_too_little_is_told(profile):
    found = slurm.by_rule(
        estimates("gather", ["a", "b"], wall=3600) + estimates("audit", ["a"], memory=9000), profile
    )
    assert [one.rule for one in found] == ["gather", "audit"]
    assert found[0].short == ["runtime: 60 of 20 minutes"]
    assert found[1].short == ["mem_mb: 9000 of 4000 MB"]


def test_a_profile_that_computes_otherwise_is_refused(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("default-resources: {mem_mb: 100 + attempt, runtime: 5}\n")
    with pytest.raises(UserError, match="mem_mb is '100 \\+ attempt'"):
        slurm.read(path)
