"""Label sampled frames of synthetic videos with their truth (the demo's stand-in for a person)."""

from leap_core import adaptor, synthetic
from leap_core.containers import Crops, Sample, Truth

with adaptor.rule(snakemake) as job:
    names = job.config.labels.truth_videos
    labels = synthetic.label(
        Sample.read(job.input.sample),
        {name: Truth.read(path) for name, path in zip(names, job.input.truth, strict=True)},
        {name: Crops.read(path) for name, path in zip(names, job.input.crops, strict=True)},
        job.config.labels.truth,
        job.skeleton(),
        job.config.video(names[0]).px_per_mm,
    )
    labels.write(job.output[0], job.provenance())
