"""The jobs of a run, as the workflow itself plans them: nothing here knows which rules there are.

A dry run of Snakemake tells each job that has to run, with what it reads, its threads and whether
it wants a GPU.  Jobs that are done are known by their logs.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from leap_core.errors import UserError
from leap_core.provenance import hashes

SNAKEFILE = Path("workflow", "Snakefile")
# jobs are scaled down to the cores at hand; more than any rule asks for shows what it wants
ALL_CORES = "4096"


@dataclass(frozen=True)
class Job:
    """One job of the workflow.

    Attributes:
        rule: its name.
        log: its log, by which a job is known: no two have the same.
        reads, writes: files below ``results/``.
        threads: that it can use.
        gpu: it goes to a GPU where there is one.
    """

    rule: str
    log: Path
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    threads: int = 1
    gpu: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The parts of its log's path: folder of the stage, then recording, run or chunk."""
        return self.log.with_suffix("").parts


def to_run(config: Path, target: str) -> list[Job]:
    """The jobs that Snakemake would run for a target now; those that are done are not among them.

    Raises:
        UserError: the workflow refuses the config or the target; its own words.
    """
    command = [*_snakemake(config), "--dry-run", "--cores", ALL_CORES, "--", target]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        # which of the two holds the reason differs: a config's is on stderr, a target's on stdout
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        said = [line for line in lines if line.startswith("error: ")] or lines[-1:] or ["error: ?"]
        told = said[0].removeprefix("error: ")
        raise UserError(told if ";" in told else f"{config}: {told}; try `snakemake -n {target}`")
    for line in done.stderr.splitlines():
        if line.startswith("WARNING: "):
            print(line, file=sys.stderr)
    return parse(done.stdout + done.stderr)


def _snakemake(config: Path) -> list[str]:
    snakefile = hashes.CHECKOUT / SNAKEFILE
    if not snakefile.exists():
        raise UserError(f"{snakefile}: is not there; take `leap` from a checkout")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile)]
    return [*command, "--configfile", str(config)]


def make(config: Path, files: list[str], rules: list[str]) -> None:
    """Make files by some rules and no others, whatever else is older or missing.

    Raises:
        UserError: the run failed; it has told why.
    """
    command = [*_snakemake(config), "--cores", "all", "--allowed-rules", *rules, "--", *files]
    if subprocess.run(command).returncode:
        raise UserError(f"{config}: the files could not be made again; see above and try once more")


def parse(text: str) -> list[Job]:
    """The jobs that a dry run tells, in their order; targets alone (rules without a log) are none.

    >>> (found,) = parse("rule gait:\\n    log: results/a/logs/gait/b.log\\n    threads: 2\\n")
    >>> found.rule, found.log.name, found.threads, found.gpu
    ('gait', 'b.log', 2, False)
    """
    jobs, rule = [], ""
    fields: dict[str, str] = {}
    for line in [*text.splitlines(), "rule end:"]:
        if head := re.fullmatch(r"(?:local)?(?:rule|checkpoint) (\w+):", line):
            if "log" in fields:
                jobs.append(_job(rule, fields))
            rule, fields = head[1], {}
        elif found := re.fullmatch(r"    (\w+): (.*)", line):
            fields.setdefault(found[1], found[2])
    return jobs


def _job(rule: str, fields: dict[str, str]) -> Job:
    def files(name: str) -> tuple[str, ...]:
        named = (re.sub(r" \(.*\)$", "", file) for file in fields.get(name, "").split(", "))
        return tuple(file for file in named if file.startswith("results/"))

    asked = re.search(r"\bgpu=(\d+)", fields.get("resources", ""))
    return Job(
        rule=rule,
        log=Path(fields["log"]),
        reads=files("input"),
        writes=files("output"),
        threads=int(fields.get("threads", 1)),
        gpu=bool(asked and int(asked[1])),
    )
