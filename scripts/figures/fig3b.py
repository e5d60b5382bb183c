"""Figure 3b: swing and stance duration against speed."""

from leap_core.containers import Files, Gait
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig3b
from leap_core.figures.parts import speed_axis
from leap_core.figures.tables import missing_tips, walkers
from leap_core.io import parquet
from leap_core.job import rule

with rule(snakemake) as job:
    gaits = walkers(Files(Gait, job.input.gait))
    columns = ["kind", "duration_ms", "mean_speed", "whole", "units"]
    steps = parquet.rows(job.input.steps, columns, lambda table: table["whole"])
    steps, gaits = fig3b.one_unit(steps, gaits)
    missing = missing_tips(gaits, job.config)
    if (steps["whole"] & steps["mean_speed"].notna()).any():
        published = job.config.figures.published_flies
        label = speed_axis.label(gaits[0].velocity_units, {g.speed_source for g in gaits})
        first = job.config.gait.min_speed_durations
        units = gaits[0].velocity_units
        figure = fig3b.draw(steps, units, published, missing, label, first)
    else:
        reason = "; ".join(filter(None, ("no whole step of known speed", gaits[0].note, missing)))
        figure = placeholder.draw("Figure 3b: swing and stance duration", reason)
    for path in job.output:
        style.save(figure, path)
