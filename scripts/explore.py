"""The map of behavior to look into, in one page that needs nothing else."""

from pathlib import Path

from leap_core.containers import BehaviorMap, RegionStats
from leap_core.figures.quality import clips
from leap_core.io import atomic
from leap_core.job import rule
from leap_core.web.explore import collecting, standalone

with rule(snakemake) as job:
    crops, poses = (
        {Path(path).stem: path for path in paths} for paths in (job.input.crops, job.input.poses)
    )
    contents = collecting.of_results(
        job.config.dataset,
        BehaviorMap.read(job.input.map),
        RegionStats.read(job.input.statistics),
        [Path(path) for path in job.input.behavior],
        job.params.groups,
        clips.loader(crops, poses, job.config.crop.size),
        job.config.poses.doubtful,
        job.config.figures.movie_fps,
    )
    atomic.write_text(job.output[0], standalone.render(contents))
