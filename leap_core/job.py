"""What every workflow script shares: config, log, provenance, and errors in one line.

A script runs inside ``with rule(snakemake) as job``; ``snakemake`` is the object that the
workflow engine hands to scripts, used here only by its attributes.
"""

from __future__ import annotations

import os
import re
import resource
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, TextIO

from leap_core import skeleton, stopping
from leap_core.config import chosen
from leap_core.config.declared import Declared, alone
from leap_core.errors import UserError
from leap_core.io import full_disk
from leap_core.provenance import code, hashes, raw_files, records


class Job:
    """One run of one rule.

    Attributes:
        config: the settings that the rule declares (:class:`leap_core.config.declared.Declared`).
        input, output, params, wildcards: as declared by the rule.
        alone: one raw file at most brings pictures into the dataset.

    Raises:
        UserError: an input is not what the rule before wrote.
    """

    def __init__(self, snakemake: Any):
        self.rule: str = snakemake.rule
        self.input = snakemake.input
        self.output = snakemake.output
        self.params = snakemake.params
        self.wildcards = snakemake.wildcards
        self.threads: int = snakemake.threads
        self.section = self.params.get("section") or {}
        self.config = Declared(self.rule, self._settings(), snakemake.config)
        # tells whether a job stops and asks, never what its result is: no need to declare it
        self.alone = alone(snakemake.config)
        stated = self.params.get("code")
        self._code = hashes.digests(code.files(stated, hashes.CHECKOUT) if stated else [])
        self._inputs = hashes.digests(map(str, self.input), raw_files.sha256)
        records.check_inputs(self._inputs)

    @property
    def seed(self) -> int:
        """The dataset's seed, of a rule that declares it."""
        return self.config.seed

    def _settings(self) -> dict[str, Any]:
        """The declared sections, with what a run has chosen in the input ``settings``."""
        file = self.input.get("settings")
        if not file:
            return self.section
        return self.section | {"behavior": self.section.get("behavior", {}) | chosen.read(file)}

    def skeleton(self) -> skeleton.Skeleton:
        """The dataset's skeleton, of a rule that lists its file as the input ``skeleton``."""
        return skeleton.read(self.input.skeleton)

    def took(self, path: str | Path) -> None:
        """Count a file among the inputs that the rule does not list."""
        self._inputs |= hashes.digests([path])

    def noted(self, **facts: Any) -> None:
        """Put facts among the settings of the records: what was read that is no file of a run."""
        self.section = {**self.section, **facts}

    def provenance(self) -> dict[str, Any]:
        """Record of this job: the rule's ``params.section``, its inputs, and the code in use."""
        return {
            "config": hashes.value_sha256(self.section),
            "inputs": self._inputs,
            "code": self._code | hashes.loaded_code(),
            "seed": self.section.get("seed"),
            "versions": hashes.versions(),
        }

    def write_records(self) -> None:
        """Put the record of every output beside the results."""
        facts = self.provenance()
        del facts["config"]
        for path in records.files_of(map(str, self.output)):
            records.write(
                records.Record(
                    file=path,
                    sha256=hashes.file_sha256(path),
                    rule=self.rule,
                    settings=self.section,
                    temporary=bool(self.params.get("temporary", False)),
                    **facts,
                )
            )


@contextmanager
def rule(snakemake: Any) -> Iterator[Job]:
    """Run a rule's script: output goes to its log, bad input ends in one line and status 2.

    Every output gets its record.  SIGTERM ends the script with status 143, nothing half written.
    """
    log = Path(str(snakemake.log[0]))
    start = time.monotonic()
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with stopping.on_sigterm(), open(log, "w", encoding="utf-8", buffering=1) as file:
            try:
                with redirect_stdout(file), redirect_stderr(file), _libraries_to(file):
                    job = Job(snakemake)
                    yield job
                    job.write_records()
            except BaseException as error:
                if known := _known(error, log):
                    print(known[0], file=file)
                else:
                    traceback.print_exc(file=file)
                raise
            finally:
                seconds = time.monotonic() - start
                used = f"peak memory {peak_memory():.0f} MB, {seconds:.1f} s"
                worked = f"{sum(os.times()[:4]):.1f} s of processor time"
                print(f"{snakemake.rule}: {used}, {worked}", file=file)
    except BaseException as error:
        known = _known(error, log)
        if known is None:
            raise
        print(known[0], file=sys.stderr, flush=True)
        raise SystemExit(known[1]) from None


@contextmanager
def _libraries_to(log: TextIO) -> Iterator[None]:
    """What libraries write past Python, such as TensorFlow on every start, goes to the log too."""
    if sys.__stderr__:
        sys.__stderr__.flush()
    kept = os.dup(2)
    os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _known(error: BaseException, log: Path) -> tuple[str, int] | None:
    """The line and exit status of what is no bug: bad input, a signal, a disk that refuses.

    Where the log lies on that disk, its own failure comes on top of the first error.
    """
    for cause in full_disk.causes(error):
        if isinstance(cause, UserError):
            return f"error: {cause}", 2
        if isinstance(cause, stopping.Stopped):
            return "error: stopped by SIGTERM; run the same command again to go on", 143
    if refusal := full_disk.refusal(error):
        return f"error: {log}: the disk refuses ({refusal}); make room there and run again", 2
    return None


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
