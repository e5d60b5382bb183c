"""Choose what `behavior.auto` leaves open, from the recordings' frame rate and length."""

from leap_core.behavior import choice
from leap_core.containers import Files, Poses
from leap_core.io import atomic
from leap_core.job import rule

with rule(snakemake) as job:
    found = choice.footage(Files(Poses, job.input.poses), job.config.poses.min_confidence)
    chosen = choice.choose(job.config.behavior, found)
    print(choice.told(chosen, found))
    atomic.write_json(job.output[0], choice.to_dict(chosen, found))
