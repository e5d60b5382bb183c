"""The workflow on a real Slurm: placement, groups, retries, and going on after a crash."""

import os
import re
import shutil
import signal
import time
from pathlib import Path

from fixtures import tiny
from fixtures.checkout import digests, fresh_copy, snakemake, start_snakemake
from fixtures.cluster import edit, for_this_cluster

from leap_core.cli import doctor

# the whole line from raw video to poses; every rule with gpu=1
TARGETS = (
    "results/tiny/poses/fly1.h5",
    "results/tiny/poses/fly2.h5",
    "results/tiny/poses/example.h5",
    "results/tiny/models/main/evaluation.json",
)
TINY = ("--configfile", "config/tiny.yaml")
# only to save time: the profile's 40 s between looks are for clusters with thousands of jobs
OFTEN = ("--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "1")
PREDICTION = "predict_fly1_predict"  # the group of a recording, then its rules
GPU_RULES = {"train", "calibrate", "evaluate", "confidence_maps"}
GPU_RULES |= {PREDICTION, PREDICTION.replace("1", "2")}


def copy_of(done: Path, target: Path, *removed: str) -> Path:
    """A copy with results, less some of them."""
    tiny.copy_of(done, target)
    for name in removed:
        path = target / "results" / "tiny" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return for_this_cluster(target)


def on_slurm(*targets: str, configfile: tuple[str, ...] = TINY) -> tuple[str, ...]:
    """Arguments of snakemake, as a user types them."""
    return ("--profile", "slurm", *targets, *OFTEN, *configfile)


def rule(job: dict[str, str]) -> str:
    """Name of the rule (or group and its rules) that a Slurm job runs."""
    return job["Comment"].removeprefix("rule_").split("_wildcards_")[0]


def until(condition, what: str, seconds: float = 180):
    """What `condition` gives, as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.2)
    return value


def running(slurm, since: int, name: str) -> list[int]:
    """Ids of running jobs of a rule."""
    jobs = slurm.jobs_since(since)
    return [k for k, v in jobs.items() if rule(v) == name and v["JobState"] == "RUNNING"]


def assert_same(folder: Path, expected: dict[str, str], *targets: str) -> None:
    """Targets and all that led to them have the bytes of the run without Slurm."""
    found = digests(folder / "results" / "tiny")
    del found["manifest.json"]  # it lists other targets
    assert found == {name: expected[name] for name in found}
    assert {target.removeprefix("results/tiny/") for target in targets} <= found.keys()
    assert not [name for name in found if Path(name).name.startswith(".")], "temporary files"


def test_a_fresh_clone_runs_as_typed_with_gpu_rules_on_the_gpu_partition(
    root, slurm, expected, tmp_path
):
    folder = for_this_cluster(fresh_copy(root, tmp_path))
    before = slurm.last_job()
    result = snakemake(folder, *on_slurm(*TARGETS), **slurm.environment)
    assert result.returncode == 0, result.stderr[-5000:]
    jobs = slurm.jobs_since(before).values()
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    assert {rule(job) for job in jobs} > GPU_RULES | {"synthesize", "track", "crop", "sample"}
    for job in jobs:
        placed = (job["Partition"], job.get("TresPerJob"))
        right = ("gpu", "gres:gpu:1") if rule(job) in GPU_RULES else ("cpu", None)
        assert placed == right, rule(job)
    assert_same(folder, expected, *TARGETS)


def test_chunks_of_a_recording_are_one_job_that_starts_over_when_preempted(
    slurm, undisturbed, tmp_path
):
    """One after the other on one GPU; preempted in the second chunk, the first is made again."""
    poses = "results/tiny/poses/fly1.h5"
    three = ("--configfile", "three.yaml")
    here = copy_of(undisturbed, tmp_path / "here", "poses")
    there = copy_of(undisturbed, tmp_path / "there", "poses")
    for folder in (here, there):
        shutil.copy(folder / "config" / "tiny.yaml", folder / "three.yaml")
        edit(folder / "three.yaml", lambda value: value["prediction"].update(chunks=6))
    result = snakemake(here, "--cores", "2", poses, *three)
    assert result.returncode == 0, result.stderr[-5000:]

    before = slurm.last_job()
    process = start_snakemake(there, *on_slurm(poses, configfile=three), **slurm.environment)
    chunks = there / "results/tiny/poses/chunks/fly1"
    made = until(lambda: sorted(chunks.glob("[123]-of-3.h5")), "a chunk was predicted")
    [(group, job)] = slurm.jobs_since(before).items()
    assert rule(job) == PREDICTION and job["JobState"] == "RUNNING" and len(made) < 3
    preempted_at = time.time()
    slurm.command(
        *("sbatch", "-p", "urgent", "--gres=gpu:1", "--mem=100", "-o", "/dev/null"),
        *("--job-name", "urgent", "--wrap", "sleep 1"),
    )
    until(lambda: slurm.jobs()[group]["Restarts"] == "1", "the job was preempted")
    until(lambda: slurm.jobs()[group]["JobState"] == "PENDING", "the job waits again")
    # Slurm lets a preempted job wait for two minutes
    slurm.command("scontrol", "update", f"jobid={group}", "StartTime=now")
    assert process.wait(300) == 0, (there / "snakemake.out").read_text()[-5000:]

    jobs = {k: v for k, v in slurm.jobs_since(before).items() if v["JobName"] != "urgent"}
    assert [rule(job) for job in jobs.values()] == [PREDICTION, "gather"]
    assert jobs[group]["Partition"] == "gpu" and jobs[group]["TresPerJob"] == "gres:gpu:1"
    # memory and processors of one chunk, time of three: of the whole recording
    asked = tuple(jobs[group][key] for key in ("MinMemoryNode", "NumCPUs", "TimeLimit"))
    assert asked == ("8000M", "8", "04:00:00")
    logs = sorted((there / "results/tiny/logs/predict/fly1").glob("*-of-3.log"), key=_ended)
    assert len(logs) == 3
    for log in logs:
        assert _ended(log) > preempted_at, "a finished chunk was kept"
    for first, second in zip(logs, logs[1:], strict=False):
        seconds = float(re.findall(r"MB, ([\d.]+) s", second.read_text())[-1])
        assert _ended(second) - seconds >= _ended(first) - 0.1, "two chunks shared the GPU"
    assert digests(there / "results") == digests(here / "results")


def _ended(path: Path) -> float:
    """When a log was last written, in seconds."""
    return path.stat().st_mtime


def test_a_job_over_its_memory_is_killed_and_finishes_with_more(
    slurm, undisturbed, everything, tmp_path
):
    folder = copy_of(undisturbed, tmp_path / "copy", "tracks/uncorrected/fly1.h5")
    # 60 MB, then 3840 MB
    edit(
        folder / "profiles" / "slurm" / "config.yaml",
        lambda value: value["set-resources"]["track"].update(mem_mb="60 * attempt ** 6"),
    )
    before = slurm.last_job()
    target = "results/tiny/tracks/uncorrected/fly1.h5"
    result = snakemake(folder, *on_slurm(target), **slurm.environment)
    assert result.returncode == 0, result.stderr[-5000:]
    first, second = slurm.jobs_since(before).values()
    assert (first["MinMemoryNode"], second["MinMemoryNode"]) == ("60M", "3840M")
    assert first["TimeLimit"] == "04:00:00" and second["TimeLimit"] == "08:00:00"
    assert first["JobState"] != "COMPLETED" and second["JobState"] == "COMPLETED"
    assert "exceeded memory limit" in Path(first["StdOut"]).read_text()
    assert digests(folder / "results" / "tiny") == everything


def test_an_interrupted_run_cancels_its_jobs_and_leaves_no_lock(root, slurm, tmp_path):
    folder = for_this_cluster(fresh_copy(root, tmp_path))
    target = "results/tiny/synthetic/fly1.mp4"
    before = slurm.last_job()
    # Ctrl-C must work also where these tests were started in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = start_snakemake(folder, *on_slurm(target), **slurm.environment)
    try:
        until(lambda: running(slurm, before, "synthesize"), "synthesize runs")
    finally:
        process.send_signal(signal.SIGINT)
    assert process.wait(120) != 0
    until(lambda: not slurm.running(), "the job is cancelled")
    [job] = slurm.jobs_since(before).values()
    assert job["JobState"] == "CANCELLED"
    assert not (folder / target).exists()
    assert not list(folder.glob(".snakemake/locks/*")), "the next run needs --unlock"


def test_after_cancelling_a_kill_and_a_restart_of_slurm_the_same_command_goes_on(
    root, slurm, expected, tmp_path
):
    """As docs/slurm.md says: scancel by the run's name, unlock, the same command."""
    folder = for_this_cluster(fresh_copy(root, tmp_path))
    targets = [f"results/tiny/crops/{name}.h5" for name in ("fly1", "fly2")]
    before = slurm.last_job()
    process = start_snakemake(folder, *on_slurm(*targets), **slurm.environment)
    try:
        [cancelled, *_] = until(lambda: running(slurm, before, "synthesize"), "synthesize runs")
        slurm.command("scancel", str(cancelled))
        [alive, *_] = until(lambda: running(slurm, before, "audit"), "a later rule runs")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert slurm.jobs()[cancelled]["JobState"] == "CANCELLED"
    assert slurm.jobs()[alive]["JobState"] == "RUNNING", "jobs outlive the snakemake that sent them"
    slurm.stop_slurm()
    slurm.start_slurm()
    assert alive in slurm.jobs(), "the controller has forgotten its jobs"

    locked = snakemake(folder, *on_slurm(*targets), **slurm.environment)
    assert locked.returncode != 0 and "--unlock" in locked.stderr
    logs = "".join(p.read_text() for p in sorted((folder / ".snakemake" / "log").glob("*.log")))
    [run] = re.findall(r"SLURM run ID: (\S+)", logs)
    assert slurm.jobs()[alive]["JobName"] == run
    slurm.command("scancel", "--name", run)
    until(lambda: not slurm.running(), "the old jobs are gone")
    unlocked = snakemake(folder, *on_slurm(*targets), "--unlock", **slurm.environment)
    assert unlocked.returncode == 0, unlocked.stderr[-3000:]
    result = snakemake(folder, *on_slurm(*targets), **slurm.environment)
    assert result.returncode == 0, result.stderr[-5000:]
    assert_same(folder, expected, *targets)


def test_the_doctor_compares_the_partitions_with_the_real_clusters(
    root, slurm, tmp_path, monkeypatch
):
    folder = fresh_copy(root, tmp_path)
    monkeypatch.chdir(folder)
    for name, value in slurm.environment.items():
        monkeypatch.setenv(name, value)
    path = folder / "profiles" / "slurm" / "partitions.yaml"

    def told() -> list[str]:
        findings = doctor.slurm()
        assert all(finding.good or finding.remedy.startswith("profiles/") for finding in findings)
        return [finding.found for finding in findings if not finding.good]

    shipped = told()
    assert "partition `cpu`: max_mem_mb is 64000, the cluster has 32000 MB" in shipped
    assert "partition `gpu`: max_threads is 32, the cluster has 16 processors" in shipped
    for_this_cluster(folder)
    unlisted = "partition `urgent` of the cluster has GPUs (1 a node), not listed"
    assert told() == [unlisted]
    edit(path, lambda value: value["partitions"]["cpu"].update(max_runtime="2d"))
    assert "partition `cpu`: max_runtime is 2880, the cluster has 1440 minutes" in told()
    edit(path, lambda value: value["partitions"].update(batch={"max_gpu": 1}))
    assert "the cluster has no partition `batch` (it has: cpu, gpu, urgent)" in told()
    slurm.stop_slurm()
    try:
        [finding] = doctor.slurm()
        assert not finding.good and "login node" in finding.found
    finally:
        slurm.start_slurm()
