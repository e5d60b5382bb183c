"""Supplementary Figure 6: the map of pixels and the map of poses."""

from leap_core import adaptor
from leap_core.containers import BehaviorMap, MapComparison, PixelBasis
from leap_core.figures import figS6, style

with adaptor.rule(snakemake) as job:
    figure = figS6.draw(
        BehaviorMap.read(job.input.pixel_map),
        BehaviorMap.read(job.input.pose_map),
        MapComparison.read(job.input.comparison),
        PixelBasis.read(job.input.basis),
    )
    for path in job.output:
        style.save(figure, path)
