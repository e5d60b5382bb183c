"""One number per recording and measure: what groups of recordings are compared by."""

import pandas as pd

from leap_core.behavior import dynamics
from leap_core.containers import Behavior, BehaviorMap, Gait, Poses
from leap_core.groups import measures
from leap_core.io import atomic
from leap_core.job import rule

with rule(snakemake) as job:
    members = [measures.Member(*names) for names in job.params.members]
    regions = len(BehaviorMap.read(job.input.map).occupancy)
    found, everyone = [], []
    for path in job.input.behavior:
        behavior = Behavior.read(path)
        alone, _ = dynamics.region_dynamics([behavior], regions, job.config.behavior, draws=0)
        everyone.append(alone)
        found.append(measures.of_behavior(behavior, alone))
    pairs = measures.frequent(everyone, job.config.groups.min_events)
    for known, alone, path in zip(found, everyone, job.input.poses, strict=True):
        known += measures.of_transitions(alone, pairs) + measures.of_path(Poses.read(path))
    tables = zip(job.input.steps, job.input.phases, job.input.tripods, strict=True)
    for known, path, files in zip(found, job.input.gait, tables, strict=False):
        gait = Gait.read(path)
        known += measures.of_gait(gait)
        known += measures.of_steps(gait, *map(pd.read_parquet, files))
    table = measures.long_table(members, found, job.config.groups.min_events)
    atomic.write_csv(job.output[0], table)
