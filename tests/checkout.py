"""A fresh copy of the checkout, and the workflow run in it as a user runs it."""

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


def snakemake(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run snakemake in a copy; its own leap_core comes first."""
    return subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "MPLBACKEND": "Agg"} | environment,
        capture_output=True,
        text=True,
    )
