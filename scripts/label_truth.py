"""Label sampled frames of synthetic videos with their truth (the demo's stand-in for a person).

One LEAP label file and box per recording, in MAT v5 and v7.3 by turns, so that both are read.
"""

from contextlib import ExitStack

from leap_core.containers import Sample, Truth, open_crops
from leap_core.formats import leap_writer
from leap_core.job import rule
from leap_core.synthetic import labeling

with rule(snakemake) as job, ExitStack() as stack:
    names = list(job.params.recordings)
    crops = [stack.enter_context(open_crops(path)) for path in job.input.crops]
    truths = {name: Truth.read(path) for name, path in zip(names, job.input.truth, strict=True)}
    made = labeling.label(
        Sample.read(job.input.sample),
        labeling.by_video(truths, job.params.recordings),
        dict(zip(names, crops, strict=True)),
        job.config.labels.truth,
        job.skeleton(),
    )
    for k, (name, path) in enumerate(zip(names, job.output.mats, strict=True)):
        version = leap_writer.VERSIONS[k % len(leap_writer.VERSIONS)]
        leap_writer.write_leap(path, labeling.of_recording(made, name), version)
