"""Figure 3f, g: example bouts of the first two gait modes."""

from leap_core.containers import Files, Gait
from leap_core.excerpts.steps import mode_examples
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig3fg
from leap_core.figures.tables import missing_tips, walkers
from leap_core.job import rule

REASON = "no bout of one gait mode lasts 0.3 s"

with rule(snakemake) as job:
    gaits = Files(Gait, job.input.gait)
    told = walkers(gaits)
    missing = missing_tips(told, job.config)
    found = mode_examples(gaits, tuple(told[0].states[:2]))
    bouts = {name: e and (e.gait, e.start, e.stop) for name, e in found.items()}
    if any(bouts.values()):
        figure = fig3fg.draw(bouts, missing)
    else:
        reason = "; ".join(filter(None, (REASON, told[0].note, missing)))
        figure = placeholder.draw("Figure 3f, g: example bouts", reason)
    for path in job.output:
        style.save(figure, path)
