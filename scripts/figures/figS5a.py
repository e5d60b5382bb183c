"""Supplementary Figure 5a: the network."""

from leap_core.containers import Maps
from leap_core.figures import style
from leap_core.figures.paper import figS5a
from leap_core.job import rule
from leap_core.pose import diagram, model

with rule(snakemake) as job:
    blocks = diagram.read(job.input.model)
    card = model.read_card(job.input.model)
    maps = Maps.read(job.input.maps)
    side = round(card.image_size * card.input_scale)
    title = f"{card.network}, {sum(block.kind != 'input' for block in blocks)} layers"
    figure = figS5a.draw(diagram.modules(blocks), side, title, maps.images[0, ..., 0], maps.maps[0])
    for path in job.output:
        style.save(figure, path)
