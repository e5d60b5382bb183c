"""The Slurm profile's partitions against those of the cluster, as `sinfo` tells them."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from leap_core.errors import UserError
from leap_core.io import yamlfile

PARTITIONS = Path("profiles/slurm/partitions.yaml")
# -e: nodes that differ get lines of their own, else numbers read `16+`
SINFO = ("sinfo", "-h", "-e", "-o", "%R|%l|%m|%c|%G")
UNITS = {"d": 1440.0, "h": 60.0, "m": 1.0, "s": 1 / 60}


@dataclass(frozen=True)
class Partition:
    """What one job may ask of a partition, on its largest node.

    minutes and memory_mb may be `inf`; 0 GPUs means none.
    """

    name: str
    minutes: float = math.inf
    memory_mb: float = math.inf
    cpus: float = math.inf
    gpus: int = 0


def minutes(text: str | float) -> float:
    """A time limit in minutes: a number, Slurm's `1-12:00:00`, or `1d12h`; `infinite` is `inf`.

    As in a partition file, `12:30` is 12 hours and a half. `sinfo` writes `30:00` for half an
    hour: see `parse_sinfo`.

    Raises:
        ValueError: anything else.

    >>> minutes("1-12:00:00"), minutes("1d12h"), minutes(90)
    (2160.0, 2160.0, 90.0)
    """
    text = str(text).strip().lower()
    if text in {"infinite", "unlimited"}:
        return math.inf
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if found := re.fullmatch(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?", text):
        d, h, m, s = (float(part or 0) for part in found.groups())
        return d * 1440 + h * 60 + m + s / 60
    if re.fullmatch(r"(\d+(\.\d+)?\s*[dhms]\s*)+", text):
        parts = re.findall(r"(\d+(?:\.\d+)?)\s*([dhms])", text)
        return sum(float(value) * UNITS[unit] for value, unit in parts)
    raise ValueError(f"not a time: {text!r}")


def _gpus(gres: str) -> int:
    """GPUs of a node: `gpu:2`, `gpu:a100:4(S:0-1)` or `gpu` among its generic resources.

    >>> _gpus("gpu:a100:4(S:0-1),gpu:v100:2,shard:8")
    6
    """
    entries = [re.sub(r"\(.*?\)", "", entry) for entry in re.split(r",(?![^(]*\))", gres)]
    counts = [entry.split(":")[-1] for entry in entries if entry.split(":")[0] == "gpu"]
    return sum(int(count) if count.isdigit() else 1 for count in counts)


def parse_sinfo(text: str) -> dict[str, Partition]:
    """Partitions by name, from the lines of `SINFO`; of different nodes the largest counts.

    Raises:
        ValueError: a line that is not `name|time|memory|cpus|gres`.
    """
    found: dict[str, Partition] = {}
    for line in filter(str.strip, text.splitlines()):
        fields = line.strip().split("|")
        if len(fields) != 5:
            raise ValueError(f"unexpected line of sinfo: {line!r}")
        name, time, memory, cpus, gres = fields
        if time.count(":") == 1 and "-" not in time:  # minutes:seconds
            time = f"0:{time}"
        old = found.get(name, Partition(name, 0, 0, 0))
        found[name] = Partition(
            name,
            minutes(time),
            max(old.memory_mb, float(memory.rstrip("+"))),
            max(old.cpus, float(cpus.rstrip("+"))),
            max(old.gpus, _gpus(gres)),
        )
    return found


def read_partitions(path: str | Path) -> dict[str, Partition]:
    """Partitions of a profile by name. Those of other clusters (key `cluster`) are left out.

    Raises:
        UserError: no such file, or not what the Slurm profile needs.
    """
    value = yamlfile.read(path, "partition", "docs/slurm.md")
    listed = value.get("partitions") if isinstance(value, dict) else None
    if not isinstance(listed, dict) or not listed:
        raise UserError(f"{path}: `partitions` should list your cluster's; see docs/slurm.md")
    found = {}
    for name, limits in listed.items():
        if not isinstance(limits, dict):
            raise UserError(f"{path}: partition `{name}` has no limits, such as max_runtime: 1440")
        if {"cluster", "clusters", "slurm_cluster"} & limits.keys():
            continue
        try:
            found[str(name)] = Partition(
                str(name),
                minutes(limits.get("max_runtime", "infinite")),
                float(limits.get("max_mem_mb", math.inf)),
                float(limits.get("max_threads", math.inf)),
                int(limits.get("max_gpu", 0)),
            )
        except (TypeError, ValueError) as error:
            raise UserError(f"{path}: partition `{name}`: {error}; see docs/slurm.md") from None
    return found


# key of the partition file, field, unit
LIMITS = (
    ("max_runtime", "minutes", "minutes"),
    ("max_mem_mb", "memory_mb", "MB"),
    ("max_threads", "cpus", "processors"),
    ("max_gpu", "gpus", "GPUs"),
)


def compare(mine: dict[str, Partition], cluster: dict[str, Partition]) -> list[tuple[str, str]]:
    """What does not fit, as (what was found, remedy); empty when all is well.

    Args:
        mine: the profile's partitions (`read_partitions`).
        cluster: the cluster's (`parse_sinfo`).
    """
    problems = []
    for name, partition in mine.items():
        there = cluster.get(name)
        if there is None:
            known = ", ".join(sorted(cluster)) or "none"
            found = f"the cluster has no partition `{name}` (it has: {known})"
            problems.append((found, f"rename or delete `{name}`"))
            continue
        for key, field, unit in LIMITS:
            wanted, most = getattr(partition, field), getattr(there, field)
            if math.isfinite(wanted) and wanted > most:
                found = f"partition `{name}`: {key} is {wanted:g}, the cluster has {most:g} {unit}"
                remedy = f"set {key} to {most:g}" if most else f"delete {key}"
                problems.append((found, f"{remedy} in `{name}`"))
    for name, there in cluster.items():
        if there.gpus and name not in mine:
            found = f"partition `{name}` of the cluster has GPUs ({there.gpus} a node), not listed"
            remedy = f"add `{name}` with max_gpu: {there.gpus}; leave it if you may not use it"
            problems.append((found, remedy))
    return problems


def ask_sinfo() -> str | None:
    """What `SINFO` prints; None where there is no sinfo.

    Raises:
        UserError: sinfo got no answer from the cluster.
    """
    if shutil.which(SINFO[0]) is None:
        return None
    try:
        done = subprocess.run(SINFO, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        raise UserError("sinfo: no answer in 60 s; is the cluster up?") from None
    if done.returncode or not done.stdout.strip():
        said = done.stderr.strip().splitlines()[-1:] or ["no partitions"]
        raise UserError(f"{said[0]}; run this on the cluster's login node")
    return done.stdout
