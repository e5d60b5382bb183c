"""The map of pixels beside the map of poses: how their regions coincide, how sharp both are."""

from pathlib import Path

from leap_core.behavior import comparison
from leap_core.containers import Behavior, BehaviorMap, Files, Named, Truth
from leap_core.io import atomic
from leap_core.job import rule

with rule(snakemake) as job:
    files = {Path(path).name.split(".truth")[0]: path for path in job.input.get("truth", [])}
    result = comparison.compare(
        BehaviorMap.read(job.input.pose_map),
        BehaviorMap.read(job.input.pixel_map),
        Files(Behavior, job.input.poses),
        Files(Behavior, job.input.pixels),
        Named(Truth, files),
    )
    result.write(job.output.comparison, job.provenance())
    frames = {"frames": result.frames, "projected": result.projected}
    atomic.write_json(job.output.summary, frames | result.measures)
