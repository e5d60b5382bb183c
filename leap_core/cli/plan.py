"""The ``leap plan`` command."""

from __future__ import annotations

import argparse
import os
import re
import shutil
from pathlib import Path

import leap_core
from leap_core import config, skeleton
from leap_core.errors import UserError
from leap_core.provenance import hashes, records

HELP = "tell what a run will take before it starts: hours, memory, disk, Slurm jobs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap plan``."""
    parser.add_argument("--config", type=Path, required=True, help="dataset YAML")
    parser.add_argument("--target", default="figures", help="what is to be made (default figures)")
    parser.add_argument(
        "--like", type=Path, metavar="results/Y", help="go by what the jobs of that run took here"
    )
    parser.add_argument("--calibrate", action="store_true", help="measure this machine anew")
    parser.add_argument("--machine", help="plan for another machine that was measured before")
    parser.add_argument(
        "--assume", metavar="FRAMES,WIDTH,HEIGHT", help="of videos that are not on disk yet"
    )


def run(options: argparse.Namespace) -> None:
    """Print the plan; UserError where config, workflow or videos do not allow one."""
    from leap_core.planning import calibration, done, estimate, footage, jobs, report, slurm
    from leap_core.planning.amounts import Dataset

    def planned(settings: config.Config, assumed: tuple[int, int, int] | None = None):
        sizes, unknown = footage.sizes(settings, assumed)
        data = Dataset(settings, sizes, len(skeleton.read(settings.skeleton)))
        how = {"machine": options.machine, "anew": options.calibrate and assumed == given}
        return data, calibration.speed(settings, data.parts, leap_core.__version__, **how), unknown

    given = _assumed(options.assume)
    settings = config.read(options.config)
    root = Path("results", settings.dataset)
    data, speed, unknown = planned(settings, given)
    waiting = jobs.to_run(options.config, options.target)
    again = {job.log for job in waiting}
    took = {log: one for log, one in done.read(root).items() if log not in again}
    factors = {}
    if options.like:
        other, its_speed, _ = planned(
            config.from_dict(records.read_manifest(options.like)["config"], str(options.like))
        )
        factors = estimate.factors(done.read(options.like).values(), other, its_speed)
        print(f"{options.like}: {len(factors)} rules go by what its jobs took")
    factors |= estimate.factors(took.values(), data, speed)
    found = [
        estimate.apply(estimate.of_job(job, data, speed), factors.get(job.rule)) for job in waiting
    ]
    stages = estimate.stages(found, took.values(), speed)
    place = root if root.is_dir() else Path()
    lines = [*report.dataset(data, options.config), *(f"WARNING: {line}" for line in unknown)]
    lines += [report.machine(speed), ""]
    lines += report.stages(stages) if found or took else []
    if took:
        lines.append(
            f"done: {len(took)} jobs have logs and are not planned again by `snakemake -n "
            f"{options.target}`, which decides"
        )
    lines.append("")
    profile = hashes.CHECKOUT / slurm.PROFILE
    lines += report.cluster(found, slurm.read(profile), speed, slurm.PROFILE)
    gb = sum(one.disk for one in found) / 1e6
    lines += report.room(gb, shutil.disk_usage(place).free / 1e9, root)
    lines += report.shortage(stages, _memory())
    lines += report.removable(found, root)
    print("\n".join(lines))


def _assumed(text: str | None) -> tuple[int, int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,9}),(\d{1,5}),(\d{1,5})", text)
    if found is None or "0" in found.groups():
        raise UserError(f"--assume: {text!r} is not FRAMES,WIDTH,HEIGHT; write 360000,1024,1024")
    frames, width, height = map(int, found.groups())
    return frames, width, height


def _memory() -> float:
    """Of this machine, MB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6
