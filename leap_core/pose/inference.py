"""Prediction: crops in, positions and confidence out; maps never leave the device."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from tqdm import tqdm

from leap_core import config, containers, skeleton
from leap_core.containers import Poses
from leap_core.errors import UserError
from leap_core.io.prefetch import ahead
from leap_core.pose import augmentation, calibration, engines, model, part_status, runtime
from leap_core.pose.calibration import Calibration
from leap_core.pose.engines import Engine
from leap_core.pose.model import ModelCard

BLOCK_FRAMES = 256  # frames read at a time
SHARE = 4  # images that a thread takes at once where they need no batch


def predictor(network, card: ModelCard, settings: config.Prediction) -> Callable:
    """A function from images (frame, y, x, 1) uint8 to positions and confidence, in image px.

    Args:
        network: of Keras.

    Raises:
        UserError: ``prediction.mirror``, and a part that has one side and no partner.
    """
    from leap_core.pose import tensorflow_engine

    check_mirror(card, settings)
    return of_engine(tensorflow_engine.make(network, card, settings), card, settings)


def of_engine(
    engine: Engine,
    card: ModelCard,
    settings: config.Prediction,
    calibrated: Calibration | None = None,
) -> Callable:
    """:func:`predictor` of an engine; confidence is a probability where a calibration is given.

    Where images come in batches the last one is padded, so that one compiled graph serves all.  A
    part that no training image had a label of gets confidence 0: its map is that of untrained
    weights, of any height.
    """
    step = settings.batch_size if engine.batched else SHARE
    untaught = [k for k, part in enumerate(card.parts) if part["state"] == part_status.UNLABELED]

    def predict(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        positions = np.empty((len(images), len(card.skeleton), 2), np.float32)
        confidence = np.empty(positions.shape[:2], np.float32)

        def one_batch(start: int) -> None:
            batch = images[start : start + step]
            count = len(batch)
            if engine.batched and count < step:
                batch = np.concatenate([batch, np.repeat(batch[-1:], step - count, axis=0)])
            xy, peak = engine.peaks(augmentation.shrink(batch, card.input_scale))
            keep = slice(start, start + count)
            positions[keep] = augmentation.grow_points(xy[:count], card.input_scale)
            confidence[keep] = peak[:count]

        starts = range(0, len(images), step)
        with ThreadPoolExecutor(engine.workers) as pool:
            for _ in pool.map(one_batch, starts):
                pass
        if calibrated is not None:
            confidence = calibrated.probability(confidence).astype(np.float32)
        confidence[:, untaught] = 0
        return positions, confidence

    return predict


def check_mirror(card: ModelCard, settings: config.Prediction) -> None:
    """Say what ``prediction.mirror`` cannot do with the parts of a model.

    Raises:
        UserError: a part has one side and no partner.
    """
    if settings.mirror:
        named = f"skeleton {card.skeleton.name}"
        if told := skeleton.check_mirror(card.skeleton, named, "prediction.mirror"):
            print(told)


def load(
    path: str | Path, settings: config.Prediction, precision: str = "auto", calibrated: bool = True
):
    """Read a model and return (predict function, card).

    Args:
        calibrated: by :func:`leap_core.pose.calibration.of_model`; else confidence is the height of
            a map's peak.
    """
    engine, card = ready(path, settings, precision)
    known = calibration.of_model(path, card, settings) if calibrated else None
    return of_engine(engine, card, settings, known), card


def ready(
    path: str | Path, settings: config.Prediction, precision: str = "auto"
) -> tuple[Engine, ModelCard]:
    """Read a model for the engine that ``prediction.engine`` asks for.

    Raises:
        UserError: as :func:`leap_core.pose.model.read`, :func:`leap_core.pose.engines.choose` and
            :func:`check_mirror`.
    """
    if engines.choose(settings.engine) == "openvino":
        from leap_core.pose import openvino_engine

        card = model.read_card(path)
        check_mirror(card, settings)
        return openvino_engine.read(path, card, settings, precision), card
    from leap_core.pose import tensorflow_engine

    network, card = model.read(path, runtime.policy(precision))
    check_mirror(card, settings)
    return tensorflow_engine.make(network, card, settings), card


def check_images(card: ModelCard, shape: tuple[int, ...], model_path, source) -> None:
    """Images must have the size that the model was trained on.

    Raises:
        UserError: names both sizes.
    """
    expected = (card.image_size, card.image_size, 1)
    if tuple(shape) != expected:
        raise UserError(
            f"{source}: images are {shape[1]}x{shape[0]} px with {shape[2]} channel(s), but "
            f"{model_path} was trained on {expected[1]}x{expected[0]} grey images; "
            "crop to that size (crop.size)"
        )


def chunk_range(frames: int, chunk: int, chunks: int) -> tuple[int, int]:
    """Frames [start, stop) of chunk ``chunk`` (1-based) of ``chunks``."""
    return (chunk - 1) * frames // chunks, chunk * frames // chunks


def predict_crops(
    crops_path: str | Path,
    model_path: str | Path,
    settings: config.Prediction,
    chunk: int = 1,
    chunks: int = 1,
) -> Poses:
    """Predict one chunk of a crops file; invalid frames give NaN rows.

    Raises:
        UserError: image size or channels differ from the model's.
    """
    with containers.open_crops(crops_path) as crops:
        return predict_reader(crops, model_path, settings, chunk, chunks, crops_path)


def predict_reader(
    crops: containers.CropReader,
    model_path: str | Path,
    settings: config.Prediction,
    chunk: int = 1,
    chunks: int = 1,
    source: str | Path = "crops",
) -> Poses:
    """:func:`predict_crops` of crops that are open, or that no file holds.

    Args:
        source: names them in messages.
    """
    engine, card = ready(model_path, settings)
    known = calibration.of_model(model_path, card, settings)
    print(known.told)
    predict = of_engine(engine, card, settings, known)
    check_images(card, crops.images.shape[1:], model_path, source)
    start, stop = chunk_range(len(crops), chunk, chunks)
    blocks = list(crops.blocks(BLOCK_FRAMES, start, stop))
    bar = tqdm(total=stop - start, desc="predict", unit="frame", disable=None)
    parts = []
    for images in ahead(lambda block: crops.images[block], blocks):
        parts.append(predict(images))
        bar.update(len(images))
    bar.close()
    joints = len(card.skeleton)
    positions = np.concatenate([p for p, _ in parts] or [np.zeros((0, joints, 2))])
    confidence = np.concatenate([c for _, c in parts] or [np.zeros((0, joints))])
    valid = crops.valid[start:stop]
    positions[~valid] = np.nan
    confidence[~valid] = np.nan
    return Poses(
        positions=positions,
        confidence=confidence,
        frame=crops.frame[start:stop],
        valid=valid,
        center=crops.center[start:stop],
        heading=crops.heading[start:stop],
        skeleton=card.skeleton,
        recording=crops.recording,
        fps=crops.fps,
        px_per_mm=crops.px_per_mm,
        tracked=crops.tracked,
        engine=engine.name,
        calibration=known.to_dict(),
    )


def gather(parts: list[Poses], names: list[str], frames: np.ndarray) -> Poses:
    """Join the chunks of one recording.

    Args:
        frames: the frame indices that the recording must have, in order.

    Raises:
        UserError: chunks of another recording or model, or frames missing, doubled or out of
            order; names the chunk.
    """
    first = parts[0]
    position = 0
    for part, name in zip(parts, names, strict=True):
        if (part.calibration, part.skeleton) != (first.calibration, first.skeleton) or (
            part.recording != first.recording
        ):
            raise UserError(f"{name}: of another recording or model than {names[0]}; predict again")
        expected = frames[position : position + len(part.frame)]
        if not np.array_equal(part.frame, expected):
            raise UserError(f"{name}: its frames do not follow frame {position - 1}; predict again")
        position += len(part.frame)
    if position != len(frames):
        raise UserError(
            f"{names[-1]}: chunks hold {position} of {len(frames)} frames; predict again"
        )
    joined = {
        name: np.concatenate([getattr(p, name) for p in parts])
        for name in ("positions", "confidence", "frame", "valid", "center", "heading")
    }
    return Poses(
        **joined,
        skeleton=first.skeleton,
        recording=first.recording,
        fps=first.fps,
        px_per_mm=first.px_per_mm,
        tracked=first.tracked,
        engine=" and ".join(sorted({part.engine for part in parts})),
        calibration=first.calibration,
    )
