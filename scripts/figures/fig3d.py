"""Figure 3d: emissions of the gait model."""

from leap_core.containers import Gait, GaitModel
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig3d
from leap_core.figures.tables import missing_tips
from leap_core.job import rule

with rule(snakemake) as job:
    model = GaitModel.read(job.input.model)
    gaits = [Gait.read(path) for path in job.input.gait]
    missing = missing_tips(gaits, job.config)
    if model.frames:
        figure = fig3d.draw(model, missing)
    else:
        reason = f"{model.note}; {missing}"
        figure = placeholder.draw("Figure 3d: emissions of the gait model", reason)
    for path in job.output:
        style.save(figure, path)
