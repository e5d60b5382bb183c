"""Confidence maps for pictures and movies: elsewhere maps never leave the device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from leap_core import config, containers
from leap_core.containers import Maps
from leap_core.errors import UserError
from leap_core.pose import augmentation, calibration, inference, map_peaks, model, part_status
from leap_core.pose.calibration import Calibration
from leap_core.pose.engines import Engine
from leap_core.skeleton import Skeleton


def confidence_maps(
    crops_path: str | Path,
    model_path: str | Path,
    settings: config.Prediction,
    rows: Sequence[int],
) -> Maps:
    """What the network gives for some rows of a crops file (paper: Figure 1c).

    Maps have the network's size (image px x ``model.input_scale``, half of that of a network that
    shrinks); positions and confidence are those of the prediction, in image px.

    Raises:
        UserError: a row is not in the crops, or the images are not of the model's size.
    """
    engine, card = inference.ready(model_path, settings)
    known = calibration.of_model(model_path, card, settings)
    predict = inference.of_engine(engine, card, settings, known)
    with containers.open_crops(crops_path) as crops:
        inference.check_images(card, crops.images.shape[1:], model_path, crops_path)
        missing = [row for row in rows if not 0 <= row < len(crops)]
        if missing:
            raise UserError(
                f"{crops_path}: no row {missing[0]}, there are {len(crops)}; choose another"
            )
        images = np.stack([crops.images[row] for row in rows])
        frame, recording = crops.frame[list(rows)], crops.recording
    shrunk = augmentation.shrink(images, card.input_scale)
    found = engine.maps(shrunk)
    positions, confidence = predict(images)
    return Maps(
        images=images,
        maps=found,
        positions=positions,
        confidence=confidence,
        frame=frame,
        recording=recording,
        skeleton=card.skeleton,
    )


class Seen(NamedTuple):
    """One image and what the network sees in it.

    Attributes:
        image: (y, x) uint8.
        projection: (y, x) float32, the highest map at each pixel of the image, within 0..1.
        positions: (joint, xy) px of the image; NaN in a frame that is not valid.
        confidence: (joint,) probability that the part is there.
    """

    image: np.ndarray
    projection: np.ndarray
    positions: np.ndarray
    confidence: np.ndarray


@dataclass(frozen=True)
class Stretch:
    """Consecutive rows of a crops file, seen by a network.

    Attributes:
        images: one :class:`Seen` per row, computed as they are taken, once.
        frame: (row,) frame index in the video.
        shape: (height, width) of an image, px.
        fps: frames per second of the video; NaN = unknown.
    """

    images: Iterator[Seen]
    frame: np.ndarray
    shape: tuple[int, int]
    fps: float
    recording: str
    skeleton: Skeleton


def stretch(
    crops_path: str | Path,
    model_path: str | Path,
    settings: config.Prediction,
    start: int,
    stop: int,
) -> Stretch:
    """Rows ``start`` to ``stop`` - 1 of a crops file (paper: Supplementary Movies 1 to 5).

    Images are read and predicted ``settings.batch_size`` at a time: memory does not grow with the
    stretch.

    Raises:
        UserError: rows that are not in the crops, or images of another size than the model's; at
            once, before the first image is taken.
    """
    engine, card = inference.ready(model_path, settings)
    project = _projector(engine, card, settings, calibration.of_model(model_path, card, settings))
    with containers.open_crops(crops_path) as crops:
        inference.check_images(card, crops.images.shape[1:], model_path, crops_path)
        if not 0 <= start < stop <= len(crops):
            raise UserError(
                f"{crops_path}: no frames {start} to {stop}: it holds {len(crops)}; choose a start "
                f"from 0 and a stop above it, at most {len(crops)}"
            )
        return Stretch(
            images=_seen(crops_path, project, settings, start, stop),
            frame=crops.frame[start:stop],
            shape=(crops.images.shape[1], crops.images.shape[2]),
            fps=crops.fps,
            recording=crops.recording,
            skeleton=card.skeleton,
        )


def _seen(
    crops_path, project: Callable, settings: config.Prediction, start: int, stop: int
) -> Iterator[Seen]:
    with containers.open_crops(crops_path) as crops:
        for block in crops.blocks(settings.batch_size, start, stop):
            images = crops.images[block]
            highest, positions, confidence = project(images)
            lost = ~crops.valid[block]
            positions[lost] = confidence[lost] = np.nan
            highest[lost] = 0
            height, width = images.shape[1:3]
            for k, image in enumerate(images[..., 0]):
                # pixel centres stay where they are, as in `augmentation.shrink`
                large = cv2.resize(highest[k], (width, height), interpolation=cv2.INTER_LINEAR)
                yield Seen(image, np.clip(large, 0, 1), positions[k], confidence[k])


def _projector(
    engine: Engine, card: model.ModelCard, settings: config.Prediction, known: Calibration
) -> Callable:
    """A function from at most ``settings.batch_size`` images to what one pass gives.

    Images are (frame, y, x, 1) uint8; it returns the maximum over the maps (frame, map y, map x),
    positions (frame, joint, xy) in image px and confidence (frame, joint).  A part that no training
    image had a label of is left out of the maximum and has confidence 0.
    """
    taught = np.ones(len(card.skeleton), np.float32)
    for k, part in enumerate(card.parts):
        taught[k] = part["state"] != part_status.UNLABELED

    def project(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        count = len(images)
        if engine.batched:
            padding = np.repeat(images[-1:], settings.batch_size - count, axis=0)
            images = np.concatenate([images, padding])
        maps = engine.maps(augmentation.shrink(images, card.input_scale))[:count]
        scale = maps.shape[2] / images.shape[2]  # maps may be smaller than the network's input
        xy, peak = map_peaks.find(maps, settings.refine, card.sigma * scale)
        sure = known.probability(peak) * taught
        return (maps * taught).max(axis=-1), augmentation.grow_points(xy, scale), sure

    return project
