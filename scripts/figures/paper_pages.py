"""Every figure of the paper, its panels on one page, and the list of panels and movies."""

from pathlib import Path
from tempfile import TemporaryDirectory

from leap_core.figures import style
from leap_core.figures.paper import contents, page
from leap_core.figures.paper.panels import PAGES
from leap_core.io import atomic, montage
from leap_core.job import rule

with rule(snakemake) as job, TemporaryDirectory() as folder:
    missing = job.params.missing
    files = {path.stem: path for path in map(Path, job.input.pdfs)}
    drawn = {name: page.Drawn(path, *montage.about(path)) for name, path in files.items()}
    for name, pdf, png in zip(PAGES, job.output.pdfs, job.output.pngs, strict=True):
        laid = page.lay_out(PAGES[name], drawn, missing)
        sheet = page.draw(laid, name, missing)
        style.save(sheet, bare := Path(folder, f"{name}.pdf"))
        montage.pdf(bare, page.puts(laid, drawn, ".pdf"), pdf)
        montage.png(style.picture(sheet), page.puts(laid, drawn, ".png"), style.DPI, png)
    remarks = {name: picture.remark for name, picture in drawn.items()}
    table = contents.table(missing, job.params.movies, remarks)
    atomic.write_csv(job.output.table, table)
