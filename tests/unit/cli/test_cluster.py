"""Partitions of the Slurm profile, and what sinfo says of the cluster."""

import math
import re
from types import SimpleNamespace

import pytest
import yaml

from leap_core.cli import cluster, doctor
from leap_core.cli.cluster import Partition
from leap_core.errors import UserError

TEXT = """\
short|2:00:00|64000|32|(null)
gpu|2-00:00:00|128000|48|gpu:a100:4(S:0-1)
gpu|2-00:00:00|512000|64|gpu:v100:2,shard:8
long|infinite|256000+|64+|(null)
debug|30:00|16000|4|gpu
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (1440, 1440),
        ("90", 90),
        ("1-00:00:00", 1440),
        ("2-12", 3600),
        ("1:30:30", 90.5),
        ("1d12h", 2160),
        ("infinite", math.inf),
    ],
)
def test_time_limits_are_read_as_minutes(text, expected):
    assert cluster.minutes(text) == expected


@pytest.mark.parametrize("text", ["soon", "", "1:2:3:4", "12 parsecs", "-5"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match="not a time"):
        cluster.minutes(text)


def test_sinfo_is_read_with_the_largest_node_of_each_partition():
    assert cluster.parse_sinfo(TEXT) == {
        "short": Partition("short", 120, 64000, 32, 0),
        "gpu": Partition("gpu", 2880, 512000, 64, 4),
        "long": Partition("long", math.inf, 256000, 64, 0),
        "debug": Partition("debug", 30, 16000, 4, 1),
    }


def test_lines_that_are_not_sinfos_are_refused():
    with pytest.raises(ValueError, match="unexpected line"):
        cluster.parse_sinfo("PARTITION AVAIL TIMELIMIT")


def test_a_profile_within_the_clusters_limits_has_no_problem():
    there = cluster.parse_sinfo(TEXT)
    mine = {name: there[name] for name in ("short", "gpu", "debug")}
    assert cluster.compare(mine, there) == []
    assert cluster.compare(mine | {"long": Partition("long")}, there) == []


@pytest.mark.parametrize(
    ("partition", "found", "remedy"),
    [
        (Partition("cpu", 60), "no partition `cpu` (it has: debug, gpu, long, short)", "rename"),
        (Partition("short", 121), "max_runtime is 121, the cluster has 120", "set max_runtime"),
        (Partition("short", 60, 64001), "max_mem_mb is 64001", "to 64000 in `short`"),
        (Partition("short", 60, 10, 33), "max_threads is 33, the cluster has 32", "to 32"),
        (Partition("short", 60, 10, 1, 1), "max_gpu is 1, the cluster has 0", "delete max_gpu"),
    ],
)
def test_each_misfit_is_one_line_with_its_remedy(partition, found, remedy):
    there = cluster.parse_sinfo(TEXT)
    mine = {name: there[name] for name in ("gpu", "debug")} | {partition.name: partition}
    problems = cluster.compare(mine, there)
    assert len(problems) == 1
    assert found in problems[0][0] and remedy in problems[0][1]


def test_a_partition_with_gpus_that_is_not_listed_is_told():
    there = cluster.parse_sinfo(TEXT)
    [(found, remedy)] = cluster.compare({"gpu": there["gpu"]}, there)
    assert "`debug`" in found and "max_gpu: 1" in remedy


def test_the_shipped_partitions_are_read(root):
    mine = cluster.read_partitions(root / cluster.PARTITIONS)
    assert mine["cpu"] == Partition("cpu", 1440, 64000, 32, 0)
    assert mine["gpu"].gpus == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cpu: {}", "should list your cluster's"),
        ("partitions: {}", "should list your cluster's"),
        ("partitions: {cpu: }", "partition `cpu` has no limits"),
        ("partitions: {cpu: {max_runtime: soon}}", "partition `cpu`: not a time"),
        ("partitions: {cpu: {max_mem_mb: 64G}}", "partition `cpu`: could not convert"),
        ("partitions: [", "not valid YAML"),
    ],
)
def test_a_broken_partition_file_is_one_line(tmp_path, text, message):
    path = tmp_path / "partitions.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        cluster.read_partitions(path)
    assert message in str(caught.value) and str(path) in str(caught.value)


def test_partitions_of_other_clusters_are_left_out(tmp_path):
    path = tmp_path / "partitions.yaml"
    path.write_text("partitions: {a: {max_gpu: 2}, b: {cluster: far, max_gpu: 9}}")
    assert cluster.read_partitions(path) == {"a": Partition("a", gpus=2)}


def test_the_doctor_says_so_where_there_is_no_sinfo(root, monkeypatch, tmp_path):
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", str(tmp_path))
    [finding] = doctor.slurm()
    assert finding.good and "no sinfo" in finding.found


def test_the_doctor_says_so_where_there_is_no_profile(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    [finding] = doctor.slurm()
    assert finding.good and "no profiles/slurm/partitions.yaml" in finding.found


def test_every_rule_of_the_slurm_profile_is_one_of_the_workflow(root):
    """A misspelled rule would silently get the default memory and time."""
    profile = yaml.safe_load((root / "profiles" / "slurm" / "config.yaml").read_text())
    text = "\n".join(p.read_text() for p in (root / "workflow" / "rules").rglob("*.smk"))
    rules = set(re.findall(r"^ *rule (\w+):", text, re.M))
    assert len(rules) > 30
    assert set(profile["set-resources"]) | set(profile["groups"]) <= rules
    wanting = set(re.findall(r"^rule (\w+):(?:(?!^rule ).)*?^ +gpu=1,", text, re.M | re.S))
    known = {"train", "propose", "experiment", "predict"}
    assert wanting == known | {"calibrate", "evaluate", "confidence_maps"}
    assert wanting <= set(profile["set-resources"])


def test_the_last_attempt_still_fits_the_shipped_partitions(root):
    profile = yaml.safe_load((root / "profiles" / "slurm" / "config.yaml").read_text())
    limit = cluster.read_partitions(root / cluster.PARTITIONS)["gpu"]
    last = profile["retries"] + 1
    for rule, asked in profile["set-resources"].items():
        # as Snakemake reads it, of a recording that is one chunk
        known = {"attempt": last, "wildcards": SimpleNamespace(chunk="0-of-1")}
        memory, runtime = (eval(asked[key], dict(known)) for key in ("mem_mb", "runtime"))
        assert memory <= limit.memory_mb and runtime <= limit.minutes, rule


def test_the_default_profile_is_free_of_slurm(root):
    """It replaces whole keys of the other profile, so none of Slurm's may stand there."""
    read = yaml.safe_load
    default = read((root / "profiles" / "default" / "config.yaml").read_text())
    slurm = read((root / "profiles" / "slurm" / "config.yaml").read_text())
    assert not default.keys() & slurm.keys()
    assert default["rerun-incomplete"] is True
