"""The same labels on images without background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from tqdm import tqdm

from leap_core.containers import CropReader, Labels, Sample
from leap_core.errors import UserError

BLOCK_FRAMES = 256  # crops read at a time, some 10 MB


def masked(
    labels: Labels,
    sample: Sample,
    crops: Mapping[str, CropReader],
    without: Mapping[str, CropReader],
    source: Any = "labels",
) -> Labels:
    """Labels whose images are replaced by crops without background.

    Which frame a labeled image shows is known from its pixels.  It is looked for among the frames
    that are sampled now, then at its own frame number, then among all crops: with a video more,
    others are sampled, and the labels stay.

    Args:
        sample: the frames that are chosen for labeling, with their background.
        crops, without: of each recording those with and without background.
        source: name of the labels for messages.

    Raises:
        UserError: an image that is no crop of these recordings; names its file and row.
    """
    places = _places(labels, sample, crops)
    images = np.empty_like(labels.images)
    for row, image in enumerate(labels.images):
        found = places.get(image.tobytes())
        if found is None:
            raise UserError(
                f"{source}: image {labels.frame[row]} of {labels.source[row]} is no crop of this "
                f"dataset's recordings ({', '.join(crops)}) as they are cut now, so that its "
                "background is not known; set `crop.background: keep`, list the video again that "
                "it was exported from, or label frames that are exported now"
            )
        recording, frame = found
        images[row] = _at(without[recording], frame)
    return replace(labels, images=images)


def _places(
    labels: Labels, sample: Sample, crops: Mapping[str, CropReader]
) -> dict[bytes, tuple[str, int]]:
    """Pixels of labeled images -> recording and frame; those that are found nowhere are missing."""
    wanted = {image.tobytes() for image in labels.images}
    places: dict[bytes, tuple[str, int]] = {}

    def look(images: np.ndarray, recording: str, frames: np.ndarray) -> None:
        for image, frame in zip(images, frames, strict=True):
            if (key := image.tobytes()) in wanted:
                places.setdefault(key, (recording, int(frame)))

    for image, recording, frame in zip(sample.images, sample.source, sample.frame, strict=True):
        if str(recording) in crops:
            look(image[None], str(recording), np.array([frame]))
    fitting = {
        name: reader
        for name, reader in crops.items()
        if reader.images.shape[1:] == labels.images.shape[1:]
    }
    for frame in np.unique(labels.frame):
        for name, reader in fitting.items():
            if wanted - places.keys() and frame in reader.frame:
                look(_at(reader, frame)[None], name, np.array([frame]))
    # the slow way: every crop is read, about 0.2 ms each at 192 px
    for name, reader in fitting.items():
        if wanted - places.keys():
            blocks = list(reader.blocks(BLOCK_FRAMES))
            for block in tqdm(blocks, desc=f"labeled frames in {name}", disable=None):
                look(reader.images[block], name, reader.frame[block])
    return places


def _at(reader: CropReader, frame: int) -> np.ndarray:
    """The crop (y, x, channel) of a frame of the video."""
    row = int(np.searchsorted(reader.frame, frame))
    if row == len(reader) or reader.frame[row] != frame:
        raise UserError(
            f"crops of {reader.recording}: frame {frame} is missing without background; "
            "remove both files of crops and run again"
        )
    return reader.images[row]
