"""A fresh copy of the checkout, and the workflow run in it as a user runs it."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path


def fresh_copy(root: Path, folder: Path) -> Path:
    """What a clone would hold: the tracked files (with uncommitted edits), nothing else."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source, target = root / name, folder / name
        if not (source.exists() or source.is_symlink()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
    return folder


def _settings(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    """The environment of a run in a copy; the copy's own leap_core comes first."""
    return os.environ | {"PYTHONPATH": str(folder), "MPLBACKEND": "Agg"} | environment


def snakemake(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run snakemake in a copy; its own leap_core comes first."""
    return subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=folder,
        env=_settings(folder, environment),
        capture_output=True,
        text=True,
    )


def start_snakemake(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen:
    """Start snakemake in a copy and return at once; what it prints goes to `snakemake.out` there.

    It leads a process group of its own: `os.killpg(process.pid, ...)` reaches all that runs here.
    """
    with (folder / "snakemake.out").open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", *arguments],
            cwd=folder,
            env=_settings(folder, environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file under a folder but logs, by its path in the folder."""
    files = (p for p in folder.rglob("*") if p.is_file() and "logs" not in p.parts)
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
