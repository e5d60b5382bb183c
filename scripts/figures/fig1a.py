"""Figure 1a: the workflow, in pictures of this dataset."""

import numpy as np
import pandas as pd

from leap_core import geometry
from leap_core.containers import BehaviorMap, Labels, Maps, Sample, Track, open_crops
from leap_core.figures import style
from leap_core.figures.paper import fig1a
from leap_core.figures.tables import reference_sample
from leap_core.io import video
from leap_core.io.pixels import Depth
from leap_core.job import rule

with rule(snakemake) as job, open_crops(job.input.crops) as crops:
    track, animal = Track.read(job.input.track), job.params.animal
    row = int(np.argmax(crops.valid))  # the first that is there
    number, size = int(crops.frame[row]), crops.images.shape[1]
    info = video.settle(video.probe(job.input.video), Depth(job.config.bits))
    frame = next(image for k, image in video.read_frames(job.input.video, info) if k == number)
    corners = size * np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) - 0.5
    place = track.centroid[animal, number], track.heading[animal, number]
    labels = Labels.read(job.input.labels)
    steps = fig1a.Steps(
        np.zeros((track.height, track.width)) if frame is None else frame,
        geometry.to_video(corners, *place, size),
        crops.images[row, ..., 0],
        Sample.read(job.input.sample).images[..., 0],
        labels,
        pd.read_csv(job.input.history),
        Maps.read(job.input.maps),
        BehaviorMap.read(job.input.map),
    )
    figure = fig1a.draw(steps, reference_sample(labels))
    for path in job.output:
        style.save(figure, path)
