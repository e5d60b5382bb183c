"""Confidence maps of single frames, for pictures: elsewhere maps never leave the device."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leap_core import config, containers
from leap_core.containers import Maps
from leap_core.errors import UserError
from leap_core.pose import augmentation, inference, model, runtime


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
    from leap_core.pose import networks

    network, card = model.read(model_path, runtime.policy("auto"))
    predict = inference.predictor(network, card, settings)
    with containers.open_crops(crops_path) as crops:
        inference.check_images(card, crops.images.shape[1:], model_path, crops_path)
        missing = [row for row in rows if not 0 <= row < len(crops)]
        if missing:
            raise UserError(
                f"{crops_path}: no row {missing[0]}, there are {len(crops)}; choose another"
            )
        images = np.stack([crops.images[row] for row in rows])
        frame, recording = crops.frame[list(rows)], crops.recording
    found = networks.maps_of(network, augmentation.shrink(images, card.input_scale))[-1]
    positions, confidence = predict(images)
    return Maps(
        images=images,
        maps=np.asarray(found, dtype=np.float32),
        positions=positions,
        confidence=confidence,
        frame=frame,
        recording=recording,
        skeleton=card.skeleton,
    )
