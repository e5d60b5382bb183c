"""A disk that is full or read-only: one line that says so, no half file, and the run goes on."""

import contextlib
import errno
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.checkout import TINY, digests, rules, snakemake

from leap_core.provenance import records

FULL = os.strerror(errno.ENOSPC)
needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/proc/mounts").exists(),
    reason="mounting a small disk needs root on Linux",
)


@contextlib.contextmanager
def mounted(folder: Path, *arguments: str) -> Iterator[None]:
    subprocess.run(["mount", *arguments, str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def one_job_each(known: dict[str, records.Record]) -> dict[str, list[str]]:
    """Rule -> the files that one of its jobs wrote."""
    found: dict[str, dict[str, list[str]]] = {}
    for name, record in known.items():
        job = json.dumps([record.settings, record.inputs], sort_keys=True)
        found.setdefault(record.rule, {}).setdefault(job, []).append(name)
    return {rule: min(jobs.values()) for rule, jobs in found.items()}


def apart(known: dict[str, records.Record]) -> list[set[str]]:
    """Rules in few groups; no rule reads what another of its group writes.

    With files of one group removed, and Snakemake told of no other rules, all of its jobs can run
    at once: what they read is there.
    """
    linked: dict[str, set[str]] = {record.rule: set() for record in known.values()}
    for record in known.values():
        for name in record.inputs:
            if name in known and known[name].rule != record.rule:
                linked[record.rule].add(known[name].rule)
                linked[known[name].rule].add(record.rule)
    groups: list[set[str]] = []
    for rule in sorted(linked, key=lambda rule: (-len(linked[rule]), rule)):
        for group in groups:
            if not group & linked[rule]:
                group.add(rule)
                break
        else:
            groups.append({rule})
    return groups


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Time and size of every file but the manifest, hidden ones too."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.name != records.MANIFEST)
    return {str(p): (p.stat().st_mtime_ns, p.stat().st_size) for p in files}


def fill(folder: Path) -> Path:
    """Fill the disk below a folder to its last byte; returns the file to remove again."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return ballast


@needs_root
def test_a_full_disk_is_told_by_every_rule(finished, everything, tmp_path):
    """Files of one job of every rule removed, disk full: each says which file has no room.

    Nothing else changes: no half file, no temporary one.  With room again the run goes on to the
    same bytes.
    """
    settings = ("--cores", "2", "--notemp", *TINY[1:])
    chunks = [f"results/tiny/poses/chunks/{name}/1-of-1.h5" for name in ("fly1", "fly2")]
    made = snakemake(finished, *chunks, *settings)
    assert made.returncode == 0, made.stderr[-3000:]
    with contextlib.chdir(finished):
        known = records.read_all("results/tiny")
    jobs, groups = one_job_each(known), apart(known)
    listed = rules(finished, *TINY[1:])
    # nobody has labeled the tiny dataset in the browser
    others = {"all", "figures", "experiments", "exports", "paper_figures", "alignment"}
    others |= {"source", "place_labels", "propose"}
    # its config gives what `behavior.auto` would choose
    others.add("behavior_settings")
    assert set(listed) - others == jobs.keys(), "a rule left no record"

    results, engine, whole = finished / "results", finished / ".snakemake", tmp_path / "whole"
    # logs lie on another disk, so that it is the results that cannot be written
    (results / "tiny" / "logs").rename(tmp_path / "logs")
    (results / "tiny" / "logs").symlink_to(tmp_path / "logs")
    results.rename(whole)
    results.mkdir()
    shutil.copytree(engine, tmp_path / "engine", symlinks=True)
    size = sum(p.stat().st_size for p in whole.rglob("*") if p.is_file())
    with mounted(results, "-t", "tmpfs", "-o", f"size={size * 2 + (16 << 20)}", "tmpfs"):
        shutil.copytree(whole, results, symlinks=True, dirs_exist_ok=True)
        untold = {}
        # the last group is a target of its own at the end, where a temporary file would stay
        passing = {rule for rule, names in jobs.items() if not set(names).isdisjoint(chunks)}
        groups.sort(key=lambda group: (not passing.isdisjoint(group), len(group)), reverse=True)
        for group in groups:
            outputs = sorted(name for rule in group for name in jobs[rule])
            removed = [*outputs, *(records.record_path(name).as_posix() for name in outputs)]
            for name in removed:
                (finished / name).unlink()
            before = state(results)
            ballast = fill(results)
            wanted = (*outputs, *settings, "--allowed-rules", *sorted(group))
            failed = snakemake(finished, "--keep-going", *wanted)
            text = failed.stdout + failed.stderr
            assert failed.returncode != 0
            for rule in group:
                told = [f"error: {name}: cannot be written ({FULL})" for name in jobs[rule]]
                if not any(line.startswith(tuple(told)) for line in text.splitlines()):
                    untold[rule] = text[-3000:]
            assert "Traceback" not in text, text[-5000:]
            ballast.unlink()
            assert state(results) == before
            if group is not groups[-1]:
                for name in removed:
                    (finished / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(whole / Path(name).relative_to("results"), finished / name)
                shutil.rmtree(engine)  # so that it has seen no job of the group fail
                shutil.copytree(tmp_path / "engine", engine, symlinks=True)
        assert untold == {}
        shutil.rmtree(results / "tiny" / "poses" / "chunks")  # as a run leaves it
        # a lost file of which something was made already is a target of its own
        again = snakemake(finished, "--cores", "2", *outputs, "experiments", "exports", *TINY)
        assert again.returncode == 0, again.stderr[-5000:]
        assert digests(results / "tiny") == everything


@needs_root
@pytest.mark.parametrize("removed", [".png", ".*"])
def test_read_only_results_are_told(removed, finished, everything):
    """Snakemake says it where a file would be replaced, the workflow where none is there."""
    results = finished / "results"
    for path in (results / "tiny" / "figures").glob(f"fig4a{removed}"):
        path.unlink()
    with mounted(results, "--bind", str(results)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(results)], check=True)
        refused = snakemake(finished, "--cores", "2", *TINY)
        text = refused.stdout + refused.stderr
    assert refused.returncode != 0
    said = {".png": "Write-protected output files", ".*": "error: results/tiny/"}[removed]
    assert said in text and "Traceback" not in text
    assert ("Read-only file system" in text) == (removed == ".*")
    again = snakemake(finished, "--cores", "2", *TINY)
    assert again.returncode == 0, again.stderr[-3000:]
    assert digests(results / "tiny") == everything
