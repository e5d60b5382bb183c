"""The map of pixels beside the map of poses: how their regions coincide, how sharp both are."""

from pathlib import Path

from leap_core import adaptor, behavior, hdf5
from leap_core.containers import Behavior, BehaviorMap, Truth

with adaptor.rule(snakemake) as job:
    files = {Path(path).name.split(".truth")[0]: path for path in job.input.get("truth", [])}
    result = behavior.compare(
        BehaviorMap.read(job.input.pose_map),
        BehaviorMap.read(job.input.pixel_map),
        [Behavior.read(path) for path in job.input.poses],
        [Behavior.read(path) for path in job.input.pixels],
        {name: Truth.read(path) for name, path in files.items()},
    )
    result.write(job.output.comparison, job.provenance())
    frames = {"frames": result.frames, "projected": result.projected}
    hdf5.write_json(job.output.summary, frames | result.measures)
