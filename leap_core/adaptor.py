"""What every workflow script shares: config, log, provenance, and errors in one line.

A script runs inside ``with rule(snakemake) as job``; ``snakemake`` is the object that the
workflow engine hands to scripts, used here only by its attributes.
"""

from __future__ import annotations

import re
import resource
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from leap_core import config, provenance, skeleton
from leap_core.errors import UserError


class Job:
    """One run of one rule.

    Attributes:
        config: the validated :class:`leap_core.config.Config`.
        input, output, params, wildcards: as declared by the rule.
        seed: the dataset's seed.
    """

    def __init__(self, snakemake: Any):
        self.input = snakemake.input
        self.output = snakemake.output
        self.params = snakemake.params
        self.wildcards = snakemake.wildcards
        self.threads: int = snakemake.threads
        self.config = config.from_dict(snakemake.config)
        self.seed = self.config.seed

    def skeleton(self) -> skeleton.Skeleton:
        """The dataset's skeleton (a rule that calls this lists the file as an input)."""
        return skeleton.read(self.config.skeleton)

    def provenance(self) -> dict[str, Any]:
        """Record of this job, from the rule's ``params.section``, inputs and ``input.code``."""
        code = [str(p) for p in self.input.get("code", [])]
        inputs = [str(p) for p in self.input if str(p) not in code]
        section = self.params.get("section")
        return provenance.record(section, inputs, code, self.seed)


@contextmanager
def rule(snakemake: Any) -> Iterator[Job]:
    """Run a rule's script: output goes to its log, bad input ends in one line and status 2."""
    log = Path(str(snakemake.log[0]))
    log.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with open(log, "w", encoding="utf-8", buffering=1) as file:
        try:
            with redirect_stdout(file), redirect_stderr(file):
                yield Job(snakemake)
        except UserError as error:
            print(f"error: {error}", file=file)
            print(f"error: {error}", file=sys.stderr)
            sys.exit(2)
        except Exception:
            traceback.print_exc(file=file)
            raise
        finally:
            seconds = time.monotonic() - start
            used = f"peak memory {peak_memory():.0f} MB, {seconds:.1f} s"
            print(f"{snakemake.rule}: {used}", file=file)


def peak_memory() -> float:
    """Most memory that this process has held so far, in MB (10^6 bytes).

    Linux counts the process from which a program was started into the program's ``ru_maxrss``,
    so the kernel's own high-water mark of the program is read where there is one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        if found:
            return int(found[1]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def logged_memory(logs: str | Path) -> dict[str, float]:
    """Peak memory in MB of every rule with a log below the folder ``logs``: the most of its jobs.

    Reads the last line that :func:`rule` writes to each log; rules in the order in which they ran.
    """
    peaks: dict[str, float] = {}
    for path in sorted(Path(logs).rglob("*.log"), key=lambda p: p.stat().st_mtime_ns):
        text = path.read_text(encoding="utf-8", errors="replace")
        for name, peak in re.findall(r"^(\w+): peak memory (\d+) MB, ", text, re.MULTILINE):
            peaks[name] = max(peaks.get(name, 0.0), float(peak))
    return peaks
