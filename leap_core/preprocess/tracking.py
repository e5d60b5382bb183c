"""Where the animal is and where its head points, by the recipe that the config names."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from leap_core import config, containers, threads
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.io.pixels import Depth
from leap_core.preprocess import (
    auditing,
    elsewhere,
    frame_rate,
    imported,
    mending,
    mesh,
    moments,
    mouse_outline,
    precropped,
    radon,
    segmentation,
)
from leap_core.preprocess.auditing import Audited
from leap_core.preprocess.camera import read_camera
from leap_core.preprocess.given_track import Given
from leap_core.preprocess.recipe import Detection, Task

RECIPES: dict[str, Callable[[Task], Detection]] = {
    "mesh": mesh.find,
    "moments": moments.find,
    "mouse": mouse_outline.find,
    "mouse_below": mouse_outline.find_below,
    "precropped": precropped.find,
    "radon": radon.find,
}


@threads.limited()
def track(
    path: str | Path,
    settings: config.Track,
    animals: int = 1,
    fps: float | None = None,
    px_per_mm: float | None = None,
    camera_path: str | Path | None = None,
    *,
    bits: int | None = None,
    dataset: str | None = None,
    given: Given | None = None,
    judged: bool = True,
    audited: Audited | None = None,
) -> containers.Track:
    """Track the animals of one video; memory does not hold its images.

    A frame that cannot be decoded, or in which no animal is found, is invalid (NaN) and leaves
    all others in place.

    Args:
        fps: frames per second; the file's own when None.
        px_per_mm: scale, if known.
        camera_path: where the camera looked (:func:`read_camera`), if it follows the animal.
        bits: depth of samples of more than 8 bits, where the config has it.
        dataset: which array of an HDF5 file is the video.
        given: the track of another program, which takes the place of the recipe
            (:mod:`imported`); then ``recipe`` of the track is ``file``.
        judged: lower the quality where place and shape can be no body's; else it tells of the head
            alone, as a track that people are still to mend (:mod:`mending`).
        audited: what was found when the whole video was decoded (:func:`auditing.examine`): it is
            decoded once then, and not at all with recipe ``precropped``; else once more.

    Raises:
        UserError: unreadable video or camera track, no frame rate, unknown recipe, more animals
            than the recipe can follow, or the audit of another video; of a given track as
            :func:`imported.find`.
    """
    if settings.recipe not in RECIPES:
        raise UserError(
            f"track.recipe: no recipe {settings.recipe!r}; there are {', '.join(sorted(RECIPES))}"
        )
    if camera_path is not None and settings.recipe == "precropped":
        raise UserError(
            f"{camera_path}: a camera track is of no use with track.recipe 'precropped', whose "
            "boxes were turned by unknown angles; remove `camera_track` or use 'radon'"
        )
    if audited is not None:
        bits = audited.report["bits"]
    info = video.settle(video.probe(path, dataset), Depth(bits))
    rate = frame_rate.chosen(info, fps)
    for line in frame_rate.notes(info, fps):
        print(f"note: {path}: {line}", file=sys.stderr)
    camera = None if camera_path is None else read_camera(camera_path, len(info))
    task = Task(Path(path), info, settings, animals, rate, camera)
    if audited is not None:
        auditing.check_same(info, audited)
        task = replace(task, readable=audited.readable, kept=[audited.stills])
    found = (
        RECIPES[settings.recipe](task) if given is None else imported.find(task, given, px_per_mm)
    )
    floor = found.floor
    made = containers.Track(
        centroid=found.centroid,
        heading=found.heading,
        valid=found.valid,
        area=found.area,
        quality=found.quality,
        body_length=found.length,
        body_width=found.width,
        camera=camera,
        background=floor.background if floor else None,
        fps=rate,
        px_per_mm=float("nan") if px_per_mm is None else float(px_per_mm),
        recipe=settings.recipe if given is None else "file",
        crowded=found.crowded,
        unnamed=found.unnamed,
        faint=floor.faint if floor else float("nan"),
        bright=floor.bright if floor else settings.polarity == "bright",
        width=info.width,
        height=info.height,
    )
    if made.recipe != "precropped":
        made = elsewhere.witnessed(made, segmentation.sample(task), segmentation.sampled(task))
    return mending.finished(made, []) if judged else made
