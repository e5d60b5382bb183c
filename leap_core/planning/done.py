"""What jobs that have run really took, as their logs and Snakemake's benchmark files tell.

The last line of a log is exact.  A benchmark file is a sample from outside: it misses up to half a
second at the end of a short job and half a minute of a long one, and is used where the log is of an
earlier version and tells no processor time.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

LINE = re.compile(
    r"^(\w+): peak memory (\d+) MB, ([\d.]+) s(?:, ([\d.]+) s of processor time)?$", re.MULTILINE
)


@dataclass(frozen=True)
class Took:
    """One job that has run.

    Attributes:
        rule, log: of the job.
        cpu, wall: seconds of the processor and of the clock.
        memory: most of it, MB.
        exact: its log tells the processor time.
    """

    rule: str
    log: Path
    cpu: float
    wall: float
    memory: float
    exact: bool = True


def read(results: Path) -> dict[Path, Took]:
    """The last run of every job of ``results/<dataset>``, by its log."""
    found = {}
    for log in sorted((results / "logs").rglob("*.log")):
        lines = LINE.findall(log.read_text(encoding="utf-8", errors="replace"))
        if not lines:
            continue
        rule, memory, wall, cpu = lines[-1]
        inner = log.relative_to(results / "logs")
        seconds = float(cpu) if cpu else _sampled(results / "logs" / "benchmarks" / inner)
        if seconds is not None:
            key = Path("results", results.name, "logs", inner)
            found[key] = Took(rule, key, seconds, float(wall), float(memory), bool(cpu))
    return found


def _sampled(log: Path) -> float | None:
    """Processor time of a benchmark file, None where it has none."""
    path = log.with_name(log.name.removesuffix(".log") + ".tsv")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        return float(rows[-1]["cpu_time"])
    except (OSError, ValueError, KeyError, IndexError):
        return None
