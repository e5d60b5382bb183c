"""Images per second from images to positions, beside Keras' `predict` and an arg-max in NumPy.

    .venv/bin/python benchmarks/inference.py [rounds]

All run on the same trained networks and 32 images of 192 x 192 px, in turns; the best of three
rounds counts.  The engines are what the pipeline does (`leap_core.pose.inference`, smooth peaks),
in bfloat16 where the processor has it (auto) and in float32; Keras' `predict` gets all images in
one call, in float32.  Positions are compared where
the map's peak is above 0.3.  Ratios are of wall time, and of processor time, which says more where
other work runs on the machine.
"""

import sys
from functools import partial

import numpy as np
import trained
from table import show

from leap_core import config
from leap_core.pose import augmentation, engines, inference, model, networks, runtime

IMAGES = 32
BATCHES = (1, 8, 32)
ENGINES = [(engine, precision) for engine in engines.NAMES for precision in ("auto", "float32")]
TARGET = 3.0  # times the images per second of Keras and NumPy, for the paper's network
SURE = 0.3


def plain(network, card: model.ModelCard, images: np.ndarray, batch: int) -> np.ndarray:
    """Positions (image, joint, xy) in px: the highest pixel of each map that Keras gives."""
    maps = network.predict(augmentation.shrink(images, card.input_scale), batch, verbose=0)
    count, _, width, joints = maps.shape
    best = maps.reshape(count, -1, joints).argmax(axis=1)
    shrinks = networks.NETWORKS[card.network].shrinks
    pixels = np.stack([best % width, best // width], axis=-1)
    return augmentation.grow_points(pixels, card.input_scale / shrinks)


def measure(name: str, filters: int, images: np.ndarray, rounds: int) -> list[tuple]:
    """Lines of the table for one network."""
    path = trained.model(name, filters)
    single, card = model.read(path, "float32")
    lines = []
    for batch in BATCHES:
        predict = {
            (engine, precision): inference.load(
                path, config.Prediction(batch_size=batch, engine=engine), precision
            )[0]
            for engine, precision in ENGINES
        }
        work = {key: partial(predict[key], images) for key in predict}
        work["keras"] = partial(plain, single, card, images, batch)
        seconds = trained.interleaved(work, rounds)
        keras = seconds.pop("keras")
        for (engine, precision), each in seconds.items():
            ratio, used = keras / each
            judged = name == "leap_cnn" and (engine, precision) == ("openvino", "auto")
            aim = (f">= {TARGET}", bool(ratio >= TARGET)) if judged else (None, None)
            lines.append(
                (f"{name} {filters}, batches of {batch}, {engine}, {precision}",
                 f"{len(images) / each[0]:.1f} images/s", f"{len(images) / keras[0]:.1f} images/s",
                 float(ratio), float(used), *aim)
            )  # fmt: skip
    return lines + differences(f"{name} {filters}", path, single, card, images)


def differences(label: str, path, single, card: model.ModelCard, images: np.ndarray) -> list[tuple]:
    """How far apart positions are, where all peaks are sure."""

    def found(engine: str, precision: str, refine: str = "smooth"):
        how = config.Prediction(engine=engine, refine=refine)
        return inference.load(path, how, precision)[0](images)

    reference = plain(single, card, images, 8)
    exact, sure = found("tensorflow", "float32")
    sure = sure > SURE

    def line(what: str, one: np.ndarray, other: np.ndarray) -> tuple:
        apart = np.linalg.norm(one - other, axis=-1)[sure]
        told = f"{np.median(apart):.3f}, {np.percentile(apart, 99):.3f}, {apart.max():.3f} px"
        return (f"{label}, {what}", told, *[None] * 5)

    whole = found("tensorflow", "float32", "none")[0]
    lines = [line("TensorFlow in float32 to NumPy, whole pixels", whole, reference)]
    for engine, precision in ENGINES[:-1]:
        other = found(engine, precision)[0]
        name = f"{engine}, {precision}, to TensorFlow in float32: median, 99 %, maximum"
        lines.append(line(name, other, exact))
    return [*lines, (f"{label}, share of peaks above {SURE}", f"{sure.mean():.1%}", *[None] * 5)]


def main(rounds: int = 3) -> None:
    images = trained.labels().images[:IMAGES]
    rows = [row for network in trained.NETWORKS for row in measure(*network, images, rounds)]
    show(
        f"Images to positions, {images.shape[1]} x {images.shape[2]} px, 32 parts, "
        f"{trained.device()}, auto = {runtime.policy('auto')}",
        rows,
        ("what", "measured", "Keras and NumPy", "ratio", "in CPU time", "target", "verdict"),
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
