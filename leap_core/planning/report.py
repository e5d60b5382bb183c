"""The plan of a run as lines of text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from leap_core.planning import remakeable, slurm
from leap_core.planning.amounts import Dataset
from leap_core.planning.calibration import Speed
from leap_core.planning.estimate import Estimate, Stage

MARGIN = 1.3  # how far the whole may be off: disk and memory are compared with this much of it
SHOWN = 5


def duration(hours: float) -> str:
    """Hours as a person says them.

    >>> duration(0.004), duration(0.4), duration(3), duration(400)
    ('14 s', '24 min', '3.0 h', '16.7 days')
    """
    if hours < 1.5 / 60:
        return f"{hours * 3600:.0f} s"
    if hours < 1.5:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 72 else f"{hours / 24:.1f} days"


def gigabytes(gb: float) -> str:
    """Some of 10^9 bytes.

    >>> gigabytes(0.0034), gigabytes(2.5), gigabytes(2400)
    ('3 MB', '2.5 GB', '2,400 GB')
    """
    if gb < 1:
        return f"{gb * 1000:.0f} MB"
    return f"{gb:.1f} GB" if gb < 100 else f"{gb:,.0f} GB"


def dataset(data: Dataset, config: Path) -> list[str]:
    """What the run is about."""
    sizes = data.footage.values()
    frames = sum(map(data.length, data.settings.recordings))
    known = Counter(size.known for size in sizes)
    how = ", ".join(f"{count} by {name}" for name, count in known.items())
    head = f"{config}: {len(data.footage)} videos ({how}), {len(data.settings.recordings)} "
    return [f"{head}recordings, {frames:,} frames of animals"]


def machine(speed: Speed) -> str:
    """What the seconds hold for."""
    kinds = ", ".join(f"{kind} {factor:.2g}" for kind, factor in speed.kinds.items())
    line = f"{speed.machine}: {speed.cores} cores, networks on {speed.gpu or 'the processor'}"
    if speed.network:
        learn, predict = (1000 * speed.network[use] for use in ("learn", "predict"))
        if speed.gpu:
            learn, predict = (1000 * speed.network[f"{u}_wall"] for u in ("learn", "predict"))
        line += f" ({learn:.3g} ms an image learned from, {predict:.3g} ms one predicted)"
    return f"{line}; times as long as where costs were measured: {kinds}"


def columns(rows: Iterable[tuple[str, ...]], heads: tuple[str, ...]) -> list[str]:
    """Rows under their heads, the first column to the left, others to the right."""
    table = [heads, *rows]
    widths = [max(len(row[k]) for row in table) for k in range(len(heads))]
    lines = []
    for row in table:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


def stages(found: list[Stage]) -> list[str]:
    """The table of stages with its sum."""
    whole = Stage(
        "in all",
        sum(s.jobs for s in found),
        sum(s.cpu for s in found),
        None if any(s.gpu is None for s in found) else sum(s.gpu or 0 for s in found),
        sum(s.wall for s in found),
        max((s.memory for s in found), default=0),
        sum(s.disk for s in found),
        sum(s.done for s in found),
        sum(s.done_cpu for s in found),
    )
    rows = []
    for s in [*found, whole]:
        gpu = "" if not s.gpu else duration(s.gpu)
        cells = (duration(s.cpu), gpu, duration(s.wall), f"{s.memory:,.0f} MB", gigabytes(s.disk))
        planned = cells if s.jobs else ("",) * 5
        done = (str(s.done), duration(s.done_cpu)) if s.done else ("", "")
        rows.append((s.name, str(s.jobs), *planned, *done))
    heads = ("stage", "jobs", "CPU", "GPU", "here", "memory", "disk", "done", "took, CPU")
    used = [k for k, head in enumerate(heads) if head == "stage" or any(row[k] for row in rows)]
    return columns([tuple(row[k] for k in used) for row in rows], tuple(heads[k] for k in used))


def cluster(found: list[Estimate], profile: slurm.Profile, speed: Speed, path: Path) -> list[str]:
    """The same jobs on Slurm."""
    rules = slurm.by_rule(found, profile)
    if not rules:
        return []
    longest = rules[0]
    memory = max(rules, key=lambda one: one.memory_asked)
    lines = [
        f"as Slurm jobs: {sum(one.jobs for one in rules)}; the longest {longest.rule}, "
        f"{duration(longest.minutes / 60)}; most memory asked {memory.memory_asked:,.0f} MB "
        f"({memory.rule})"
    ]
    rows = [
        (
            f"  {one.rule}", str(one.jobs), duration(one.minutes / 60),
            f"{one.minutes_asked:.0f} min", f"{one.memory:,.0f} MB", f"{one.memory_asked:,.0f} MB",
            "GPU" if one.gpu else "",
        )
        for one in rules[:SHOWN]
    ]  # fmt: skip
    lines += columns(rows, ("  longest", "jobs", "takes", "asks for", "memory", "asks for", ""))
    if any(one.gpu for one in rules) and not speed.gpu:
        lines.append(
            "  jobs that ask for a GPU are told as on this machine's processor; once a node with a "
            "GPU is measured (`--calibrate`), they can be told for it (`--machine`)"
        )
    for one in rules:
        for told in one.short:
            lines.append(f"WARNING: {path}: {one.rule} asks for too little: {told}; raise it")
    return lines


def removable(found: list[Estimate], root: Path) -> list[str]:
    """What `leap clean` could remove once all is done: planned files and those that are there."""
    kinds: dict[str, float] = defaultdict(float)
    for one in found:
        files = [kind for name in one.job.writes if (kind := remakeable.matches(name, root))]
        if files:
            kinds[files[0]] += one.disk / 1e6
    for there in remakeable.find(root, ()):
        kinds[there.kind] += there.bytes / 1e9
    told = [f"{kind} {gigabytes(gb)}" for kind, gb in kinds.items() if gb >= 0.001]
    return [f"afterwards `leap clean` can remove: {', '.join(told)}"] if told else []


def room(gb: float, free: float, place: Path) -> list[str]:
    """Whether the results fit on the disk.

    Args:
        gb: that results will take.
        free: that is left there.
    """
    line = f"disk: {gigabytes(gb)} more in {place}, {gigabytes(free)} free"
    if gb * MARGIN < free:
        return [line]
    return [f"WARNING: {line}; make room, or put `results` on another disk by a link"]


def shortage(found: list[Stage], memory: float) -> list[str]:
    """Stages whose largest job does not fit into this machine's memory, MB."""
    return [
        f"WARNING: {s.name}: a job takes up to {s.memory:,.0f} MB, this machine has {memory:,.0f}; "
        "run it elsewhere"
        for s in found
        if s.memory > memory
    ]
