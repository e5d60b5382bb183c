"""Contact sheet of the crops of one recording that are most worth a look."""

import json
from pathlib import Path

from leap_core.containers import Track, open_crops
from leap_core.figures import style
from leap_core.figures.quality import alignment
from leap_core.job import rule
from leap_core.preprocess import plausibility

with rule(snakemake) as job:
    track, animal = Track.read(job.input.track), job.params.animal
    doubts = plausibility.from_json(json.loads(Path(job.input.doubts).read_text(encoding="utf-8")))
    with open_crops(job.input.crops) as crops:
        frames = alignment.frames_of(track, animal, doubts)
        images = {int(k): crops.images[int(k), ..., 0] for k in frames}
    figure = alignment.draw(track, animal, images, doubts)
    for path in job.output:
        style.save(figure, path)
