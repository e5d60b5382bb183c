"""What every stage left out or could not know, in one page."""

from leap_core import adaptor, hdf5, notes

with adaptor.rule(snakemake) as job:
    table = notes.collect(job.input.files)
    hdf5.write_csv(job.output.table, table)
    hdf5.write_text(job.output.page, notes.page(table, job.config.dataset))
