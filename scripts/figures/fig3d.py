"""Figure 3d: emissions of the gait model."""

from leap_core.containers import Files, Gait, GaitModel
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig3d
from leap_core.figures.tables import missing_tips, walkers
from leap_core.job import rule

with rule(snakemake) as job:
    model = GaitModel.read(job.input.model)
    missing = missing_tips(walkers(Files(Gait, job.input.gait)), job.config)
    if model.frames:
        figure = fig3d.draw(model, missing)
    else:
        reason = f"{model.note}; {missing}"
        figure = placeholder.draw("Figure 3d: emissions of the gait model", reason)
    for path in job.output:
        style.save(figure, path)
