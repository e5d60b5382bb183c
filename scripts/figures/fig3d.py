"""Figure 3d: emissions of the gait model."""

from leap_core import adaptor
from leap_core.containers import GaitModel
from leap_core.figures import fig3d, skipped, style

with adaptor.rule(snakemake) as job:
    model = GaitModel.read(job.input.model)
    if model.frames:
        figure = fig3d.draw(model)
    else:
        figure = skipped.draw("Figure 3d: emissions of the gait model", model.note)
    for path in job.output:
        style.save(figure, path)
