"""Supplementary Figure 6: the map of pixels and the map of poses."""

from leap_core.containers import BehaviorMap, MapComparison, PixelBasis
from leap_core.figures import style
from leap_core.figures.paper import figS6
from leap_core.job import rule

with rule(snakemake) as job:
    figure = figS6.draw(
        BehaviorMap.read(job.input.pixel_map),
        BehaviorMap.read(job.input.pose_map),
        MapComparison.read(job.input.comparison),
        PixelBasis.read(job.input.basis),
    )
    for path in job.output:
        style.save(figure, path)
