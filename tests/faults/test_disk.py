"""A disk that is full or read-only: one line that says so, no half file, and the run goes on."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from checkout import TINY, digests, snakemake

from leap_core.provenance import records

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/proc/mounts").exists(),
    reason="mounting a small disk needs root on Linux",
)


@contextmanager
def mounted(folder: Path, *arguments: str) -> Iterator[None]:
    subprocess.run(["mount", *arguments, str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def levels(root: Path) -> list[dict[str, set[str]]]:
    """Rules in the order in which they can run: per level, rule -> its outputs.

    A rule stands below all rules that any of its jobs needs, so that none waits for another of
    its level.
    """
    known = records.read_all(root)
    needs: dict[str, set[str]] = {}
    for record in known.values():
        before = {known[name].rule for name in record.inputs if name in known}
        needs.setdefault(record.rule, set()).update(before - {record.rule})
    depth: dict[str, int] = {}

    def depth_of(rule: str) -> int:
        if rule not in depth:
            depth[rule] = 1 + max(map(depth_of, needs[rule]), default=-1)
        return depth[rule]

    out: list[dict[str, set[str]]] = [{} for _ in range(1 + max(map(depth_of, needs)))]
    for name, record in known.items():
        out[depth[record.rule]].setdefault(record.rule, set()).add(name)
    return out


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
def test_a_full_disk_is_told_in_every_stage(experimented, tmp_path):
    """Level by level: results removed, disk full, the rules run and fail; then with room again."""
    finished = tmp_path / "copy"
    shutil.copytree(experimented, finished, symlinks=True)
    expected = digests(experimented / "results" / "tiny")
    results = finished / "results"
    cwd = Path.cwd()
    os.chdir(finished)
    try:
        stages = levels(Path("results/tiny"))
    finally:
        os.chdir(cwd)
    rules = {rule for stage in stages for rule in stage}
    listed = snakemake(finished, "--list-rules", *TINY[1:]).stdout.split()
    assert set(listed) - {"all", "figures", "experiments", "alignment", "source"} == rules, (
        "a rule left no record"
    )

    whole = finished / "whole"
    results.rename(whole)
    results.mkdir()
    size = sum(p.stat().st_size for p in whole.rglob("*") if p.is_file())
    with mounted(results, "-t", "tmpfs", "-o", f"size={size * 2 + (64 << 20)}", "tmpfs"):
        shutil.copytree(whole, results, symlinks=True, dirs_exist_ok=True)
        # logs lie on another disk, so that it is the results that cannot be written
        shutil.rmtree(results / "tiny" / "logs")
        (finished / "logs").mkdir()
        (results / "tiny" / "logs").symlink_to(finished / "logs")
        untold = {}
        for stage in stages:
            outputs = sorted(name for names in stage.values() for name in names)
            for name in outputs:
                (finished / name).unlink(missing_ok=True)
                records.record_path(finished / name).unlink()
            wanted = ("--cores", "2", "--notemp", *outputs, *TINY[1:])
            ballast = fill(results)
            failed = snakemake(finished, "--keep-going", *wanted)
            text = failed.stdout + failed.stderr
            assert failed.returncode != 0
            there = [name for name in outputs if (finished / name).exists()]
            assert there == [], "written on a full disk"
            for rule in stage:
                told = [
                    line
                    for line in text.splitlines()
                    if line.startswith("error: results/tiny/")
                    and "No space left on device" in line
                    and any(name in line or Path(name).stem in line for name in stage[rule])
                ]
                if not told:
                    untold[rule] = text[-3000:]
            assert "Traceback" not in text, text[-5000:]
            ballast.unlink()
            again = snakemake(finished, *wanted)
            assert again.returncode == 0, again.stderr[-5000:]
            for name in outputs:
                inner = Path(name).relative_to("results/tiny").as_posix()
                if inner in expected:
                    found = digests((finished / name).parent)[Path(name).name]
                    assert found == expected[inner], name
        assert untold == {}
        assert not [p for p in results.rglob(".*") if p.is_file()], "temporary files are left"


@needs_root
@pytest.mark.parametrize("removed", [".png", ".*"])
def test_read_only_results_are_told(removed, finished, expected):
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
    assert digests(results / "tiny") == expected
