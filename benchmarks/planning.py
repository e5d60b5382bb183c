"""Cost of planning (`snakemake -n figures`) for many recordings: CPU seconds, memory, jobs.

    .venv/bin/python benchmarks/planning.py [recordings chunks]

Plans the paper's main dataset (config/paper_fly59.yaml) with as many rows in its sheet as wanted,
in a temporary folder that links to this checkout; without arguments at three sizes.  "Nothing to
do" plans after every result was made, as an empty file.  "One result" is what each job that starts
plans again.  Seconds are those of the processor (user and system) in the child process.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import table
import yaml

ROOT = Path(__file__).resolve().parents[1]
SIZES = ((59, 12), (200, 20), (1000, 20))
TARGET = 10.0  # CPU seconds, at the paper's size
CONFIG = "many.yaml"
SLURM = ("--profile", "slurm")


def prepare(folder: Path, recordings: int, chunks: int) -> str:
    """Links to the checkout, a sheet and a config in ``folder``; returns the dataset's name."""
    for name in ("config", "envs", "leap_core", "profiles", "scripts", "slurm", "workflow"):
        (folder / name).symlink_to(ROOT / name)
    config = yaml.safe_load((ROOT / "config" / "paper_fly59.yaml").read_text(encoding="utf-8"))
    config |= {"dataset": "many", "video_sheet": "many.tsv"}
    config["prediction"]["chunks"] = chunks
    (folder / CONFIG).write_text(yaml.safe_dump(config), encoding="utf-8")
    rows = ["id\tpath\tfps\tpx_per_mm\tcamera_track"]
    rows += [f"fly{i:04d}\tfly{i:04d}.mp4\t100\t35\tfly{i:04d}.csv" for i in range(recordings)]
    (folder / "many.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return config["dataset"]


def snakemake(folder: Path, *arguments: str) -> tuple[str, float, float]:
    """What it prints, its CPU seconds and its peak memory in MB."""
    command = [sys.executable, "-m", "snakemake", *arguments, "--configfile", CONFIG]
    environment = os.environ | {"PYTHONPATH": str(folder), "LEAP_DATA": ""}
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}:\n{text[-3000:]}")
    return text, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6


def jobs(text: str) -> int:
    """Number of jobs that a plan lists."""
    if "Nothing to be done" in text:
        return 0
    return int(re.findall(r"^total\s+(\d+)", text, re.MULTILINE)[-1])


def make_all(folder: Path) -> None:
    """An empty file for every result, all of one age."""
    summary, *_ = snakemake(folder, "--summary", "figures")
    now = time.time()
    for line in summary.splitlines():
        name = line.split("\t")[0]
        if name.startswith("results/"):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            os.utime(path, (now, now))


def measure(recordings: int, chunks: int) -> list[tuple]:
    """Lines of the table for one size."""

    def line(what: str, *arguments: str, target: float | None = None) -> tuple:
        text, seconds, memory = snakemake(folder, "-n", *arguments)
        met = (f"< {target:g} CPU s", seconds < target) if target else (None, None)
        return (f"{what}, {jobs(text):,} jobs", f"{seconds:.1f} CPU s, {memory:.0f} MB", None,
                None, *met)  # fmt: skip

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset = prepare(folder, recordings, chunks)
        size = f"{recordings:,} recordings x {chunks} chunks"
        rows = [
            line(size, "figures", target=TARGET if (recordings, chunks) == SIZES[0] else None),
            line("  --profile slurm", "figures", *SLURM),
            line("  one result", f"results/{dataset}/raw/fly0000.mp4"),
        ]
        make_all(folder)
        return [*rows, line("  nothing to do", "figures")]


def main() -> None:
    sizes = [tuple(map(int, sys.argv[1:3]))] if len(sys.argv) > 1 else SIZES
    table.show("Planning `snakemake -n figures`", [row for s in sizes for row in measure(*s)])


if __name__ == "__main__":
    main()
