"""Decode and count every frame of one video."""

from leap_core import adaptor, hdf5, preprocess

with adaptor.rule(snakemake) as job:
    hdf5.write_json(job.output[0], preprocess.audit(job.input.video))
