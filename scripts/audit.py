"""Decode and count every frame of one video, and say what is wrong with it."""

from leap_core import adaptor, hdf5, preprocess

with adaptor.rule(snakemake) as job:
    report = preprocess.audit(job.input.video)
    hdf5.write_json(job.output[0], report)
    for line in preprocess.told(report):
        print(f"WARNING: {job.input.video}: {line}")
