"""What happens in each region of the behavior map, in numbers and as a table."""

from leap_core.behavior import refits, region_facts, statistics
from leap_core.containers import Behavior, BehaviorMap, Gait, Poses, Refits
from leap_core.io import atomic
from leap_core.job import rule

with rule(snakemake) as job:
    map = BehaviorMap.read(job.input.map)
    result = statistics.region_statistics(
        map,
        (Behavior.read(path) for path in job.input.behavior),
        (Poses.read(path) for path in job.input.poses),
        (Gait.read(path) for path in job.input.get("gait", [])),
        job.config.behavior,
        job.config.gait.min_speed,
        job.config.poses.min_confidence,
    )
    result.write(job.output.statistics, job.provenance())
    told = [refits.of_map(Refits.read(path), map) for path in job.input.get("refits", [])]
    table = region_facts.region_table(result, map.names, map.origins, *told)
    atomic.write_csv(job.output.table, table)
