"""From jobs, sizes and speeds to hours, memory and disk: of each job, of each stage, and in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median

from leap_core.errors import UserError
from leap_core.planning import amounts, costs
from leap_core.planning.amounts import Dataset
from leap_core.planning.calibration import Speed
from leap_core.planning.done import Took
from leap_core.planning.jobs import Job

# a rule's own jobs tell more than its model where they took this long in all: starts of programs
# alone, some tenths of a second each, vary by half
TELLING_S = 2.0


@dataclass(frozen=True)
class Estimate:
    """What one job will take.

    Attributes:
        cpu, wall: seconds of the processor, and of the clock on a machine that is idle.
        memory: at most, MB.
        disk: of its results with their records, kB.
    """

    job: Job
    stage: str
    cpu: float
    wall: float
    memory: float
    disk: float


def of_job(job: Job, data: Dataset, speed: Speed) -> Estimate:
    """What one job will take, by its rule's model.

    Raises:
        UserError: the rule has none.
    """
    cost = costs.of_rule(job.rule)
    if cost is None:
        raise UserError(
            f"rule {job.rule}: has no cost model; add a line to leap_core/planning/costs.py"
        )
    found = amounts.of_job(job, data)
    base, wall_more = _start(cost, speed), 0.0
    cpu = base + speed.kinds[cost.kind] * _sum(cost.cpu, found)
    for amount, use in cost.images.items():
        cpu += found[amount] * speed.network[use]
        # of the clock: all cores work on a network, or the GPU does
        seconds = speed.network[use] / speed.cores
        seconds = speed.network[f"{use}_wall"] if speed.gpu else seconds
        wall_more += found[amount] * (seconds - speed.network[use])
    learns = any(use == "learn" for use in cost.images.values())
    memory = costs.PLAIN_MB + _sum(cost.memory, found)
    if cost.images:
        held = speed.network["learn_mb" if learns else "predict_mb"]
        memory = held + costs.NETWORK_MB + _sum(cost.memory, found)
    files = max(1, len(job.writes))
    return Estimate(
        job=job,
        stage="pixels" if "pixels" in job.names else cost.stage,
        cpu=cpu,
        wall=cpu + wall_more,
        memory=memory * costs.SPARE_MEMORY,
        disk=_sum(cost.disk, found) + costs.RECORD_KB * files,
    )


def _start(cost: costs.Cost, speed: Speed) -> float:
    """Seconds of the processor before a program works."""
    if not cost.images:
        return costs.START_S * speed.kinds["start"]
    learns = any(use == "learn" for use in cost.images.values())
    return speed.network["start_learning" if learns else "start"]


def _sum(cost: costs.Amounts, found: dict[str, float]) -> float:
    # of tables by recipe or animal only the config's own is among the amounts
    return sum(each * found.get(amount, 0.0) for amount, each in cost.items())


@dataclass(frozen=True)
class Factor:
    """How jobs of a rule that have run compare with its model."""

    cpu: float
    memory: float
    jobs: int


def factors(took: Iterable[Took], data: Dataset, speed: Speed) -> dict[str, Factor]:
    """Rule -> how its jobs that have run compare with the model, where they tell enough.

    Only logs that tell the processor time exactly count; memory never goes below the model's by
    more than the spare that it has.
    """
    grouped: dict[str, list[Took]] = defaultdict(list)
    for one in took:
        grouped[one.rule].append(one)
    found = {}
    for rule, jobs in grouped.items():
        if costs.of_rule(rule) is None or not all(one.exact for one in jobs):
            continue
        known = _known(jobs, data)
        models = [of_job(Job(rule, one.log), data, speed) for one in known]
        if sum(one.cpu for one in known) < TELLING_S:
            continue
        memory = max(one.memory / m.memory for one, m in zip(known, models, strict=True))
        found[rule] = Factor(
            cpu=sum(one.cpu for one in known) / sum(m.cpu for m in models),
            memory=max(1 / costs.SPARE_MEMORY, memory * costs.SPARE_MEMORY),
            jobs=len(known),
        )
    return found


def _known(jobs: list[Took], data: Dataset) -> list[Took]:
    """Jobs of recordings that the config still names; all of a rule whose logs name none."""
    names = {*data.settings.recordings, *data.footage}
    mine = [one for one in jobs if names & set(one.log.with_suffix("").parts)]
    return mine or jobs


def apply(estimate: Estimate, factor: Factor | None) -> Estimate:
    """An estimate corrected by what jobs of its rule really took."""
    if factor is None:
        return estimate
    return replace(
        estimate,
        cpu=estimate.cpu * factor.cpu,
        wall=estimate.wall * factor.cpu,
        memory=estimate.memory * factor.memory,
    )


@dataclass(frozen=True)
class Stage:
    """The jobs of one stage, to run or done.

    Attributes:
        cpu, gpu: hours; gpu of jobs that go to one, None where no GPU was measured.
        wall: hours on this machine with all its cores.
        memory: of its largest job, MB.
        disk: of all its results, GB.
        done, done_cpu: jobs that have run, and the hours that they took.
    """

    name: str
    jobs: int
    cpu: float
    gpu: float | None
    wall: float
    memory: float
    disk: float
    done: int = 0
    done_cpu: float = 0.0


def stages(found: Iterable[Estimate], took: Iterable[Took], speed: Speed) -> list[Stage]:
    """Stages in the order in which they run; those without a job are left out."""
    planned: dict[str, list[Estimate]] = defaultdict(list)
    ran: dict[str, list[Took]] = defaultdict(list)
    for estimate in found:
        planned[estimate.stage].append(estimate)
    for one in took:
        cost = costs.of_rule(one.rule)
        if cost:
            ran["pixels" if "pixels" in one.log.parts else cost.stage].append(one)
    return [
        _stage(name, planned[name], ran[name], speed)
        for name in costs.STAGES
        if planned[name] or ran[name]
    ]


def _stage(name: str, jobs: list[Estimate], ran: list[Took], speed: Speed) -> Stage:
    on_gpu = [one for one in jobs if one.job.gpu]
    alone = sum(one.wall for one in on_gpu)
    others = sum(one.cpu for one in jobs if not one.job.gpu)
    # jobs with a GPU follow one another, and so do those that use all cores for a network
    longest = max((one.wall for one in jobs), default=0.0)
    wall = max(alone + others / speed.cores, longest)
    return Stage(
        name=name,
        jobs=len(jobs),
        cpu=sum(one.cpu for one in jobs) / 3600,
        gpu=alone / 3600 if speed.gpu else None,
        wall=wall / 3600,
        memory=max((one.memory for one in jobs), default=0.0),
        disk=sum(one.disk for one in jobs) / 1e6,
        done=len(ran),
        done_cpu=sum(one.cpu for one in ran) / 3600,
    )


def typical_factor(found: dict[str, Factor]) -> float:
    """The middle one, for the line that tells how far models and jobs agreed."""
    return median(f.cpu for f in found.values()) if found else 1.0
