"""The same jobs on a cluster: how many, the longest, and what they ask for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from leap_core.errors import UserError
from leap_core.io import yamlfile
from leap_core.planning.estimate import Estimate
from leap_core.planning.jobs import Job

PROFILE = Path("profiles", "slurm", "config.yaml")
# minutes of a chunk: at least so many, or its share of those for all chunks of a recording
SHARED = r"max\((\d+), (\d+) // int\(wildcards\.chunk\.split\('-of-'\)\[1\]\)\) \* attempt"


@dataclass(frozen=True)
class Profile:
    """What the Slurm profile asks for.

    Attributes:
        asked: rule -> (MB, minutes) of its first attempt; "" for all others.
        shared: rule -> minutes that the chunks of a recording share, each no less than `asked`.
        groups: rule -> pattern of its group, such as `predict_{recording}`.
        together: pattern -> jobs of a group in one Slurm job.
    """

    asked: dict[str, tuple[float, float]]
    shared: dict[str, float]
    groups: dict[str, str]
    together: dict[str, int]

    def of(self, rule: str) -> tuple[float, float]:
        """MB and minutes that a job of a rule asks for."""
        return self.asked.get(rule, self.asked[""])

    def minutes(self, job: Job) -> float:
        """Minutes that a job asks for; those of a chunk grow with what it holds."""
        least = self.of(job.rule)[1]
        chunk = re.fullmatch(r"\d+-of-(\d+)", job.names[-1])
        return max(least, self.shared.get(job.rule, 0) // int(chunk[1])) if chunk else least


def read(path: Path) -> Profile:
    """Read a Slurm profile.

    Raises:
        UserError: missing, or memory and time are no numbers (times `attempt`).
    """
    value = yamlfile.read(path, "profile", "docs/slurm.md")
    value = value if isinstance(value, dict) else {}
    usual = value.get("default-resources") or {}
    asked = {"": (_number(path, "mem_mb", usual), _number(path, "runtime", usual))}
    shared = {}
    for rule, own in (value.get("set-resources") or {}).items():
        both = usual | own
        if found := re.fullmatch(SHARED, str(both.get("runtime", "")).strip()):
            both["runtime"] = found[1]
            shared[rule] = float(found[2])
        asked[rule] = (_number(path, "mem_mb", both), _number(path, "runtime", both))
    return Profile(asked, shared, value.get("groups") or {}, value.get("group-components") or {})


def _number(path: Path, key: str, resources: dict) -> float:
    text = str(resources.get(key, "")).strip()
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(?: *\* *attempt)?", text)
    if found is None:
        raise UserError(
            f"{path}: {key} is {text!r}, not a number (times `attempt`); write it so, as in "
            "docs/slurm.md"
        )
    return float(found[1])


@dataclass(frozen=True)
class Asked:
    """The Slurm jobs of one rule.

    Attributes:
        jobs: how many.
        minutes, memory: of the largest, as estimated; MB.
        minutes_asked, memory_asked: by the profile, for that job.
    """

    rule: str
    jobs: int
    minutes: float
    memory: float
    minutes_asked: float
    memory_asked: float
    gpu: bool

    @property
    def short(self) -> list[str]:
        """What the profile asks too little of, in words."""
        lines = []
        if self.minutes > self.minutes_asked:
            lines.append(f"runtime: {self.minutes:.0f} of {self.minutes_asked:.0f} minutes")
        if self.memory > self.memory_asked:
            lines.append(f"mem_mb: {self.memory:.0f} of {self.memory_asked:.0f} MB")
        return lines


def by_rule(found: Iterable[Estimate], profile: Profile) -> list[Asked]:
    """The Slurm jobs by rule, those that take longest first."""
    grouped: dict[str, list[Estimate]] = defaultdict(list)
    for estimate in found:
        grouped[estimate.job.rule].append(estimate)
    told = [_asked(rule, of_rule, profile) for rule, of_rule in grouped.items()]
    return sorted(told, key=lambda one: -one.minutes)


def _asked(rule: str, found: list[Estimate], profile: Profile) -> Asked:
    memory, _ = profile.of(rule)
    pieces = [[one] for one in found]
    if rule in profile.groups:
        size = int(profile.together.get(profile.groups[rule], 1))
        folders: dict[Path, list[Estimate]] = defaultdict(list)
        for one in found:
            folders[one.job.log.parent].append(one)
        pieces = [of[k : k + size] for of in folders.values() for k in range(0, len(of), size)]
    longest = max(pieces, key=lambda piece: sum(one.wall for one in piece))
    return Asked(
        rule=rule,
        jobs=len(pieces),
        minutes=sum(one.wall for one in longest) / 60,
        memory=max(one.memory for one in found),
        minutes_asked=sum(profile.minutes(one.job) for one in longest),
        memory_asked=memory,
        gpu=any(one.job.gpu for one in found),
    )
