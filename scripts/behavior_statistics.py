"""What happens in each region of the behavior map, in numbers and as a table."""

from leap_core import adaptor, behavior, hdf5
from leap_core.containers import Behavior, BehaviorMap, Gait, Poses

with adaptor.rule(snakemake) as job:
    result = behavior.statistics(
        BehaviorMap.read(job.input.map),
        (Behavior.read(path) for path in job.input.behavior),
        (Poses.read(path) for path in job.input.poses),
        (Gait.read(path) for path in job.input.get("gait", [])),
        job.config.behavior,
        job.config.gait.min_speed,
        job.config.prediction.min_confidence,
    )
    result.write(job.output.statistics, job.provenance())
    hdf5.write_csv(job.output.table, behavior.region_table(result))
