"""Images per second from images to positions, beside Keras' `predict` and an arg-max in NumPy.

    .venv/bin/python benchmarks/inference.py [rounds]

Both run on the same trained networks and 32 images of 192 x 192 px, in turns; the best of three
rounds counts.  Ours is what the pipeline does (`leap_core.pose.inference`, precision auto, smooth
peaks); Keras' `predict` gets all images in one call, in float32.  Positions are compared where
the map's peak is above 0.3.  Ratios are of wall time, and of processor time, which says more where
other work runs on the machine.
"""

import sys
from dataclasses import replace

import numpy as np
import trained
from table import show

from leap_core import config
from leap_core.pose import augmentation, inference, model, networks, runtime

IMAGES = 32
BATCHES = (1, 8, 32)
TARGET = 2.3  # times the images per second of Keras and NumPy, for the paper's network
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
    fast, _ = model.read(path, runtime.policy("auto"))
    lines = []
    for batch in BATCHES:
        how = config.Prediction(batch_size=batch)
        predict = {
            kind: inference.predictor(network, card, how)
            for kind, network in (("auto", fast), ("float32", single))
        }
        seconds = trained.interleaved(
            {
                "ours": lambda: predict["auto"](images),  # noqa: B023 (called at once)
                "float32": lambda: predict["float32"](images),  # noqa: B023
                "keras": lambda: plain(single, card, images, batch),  # noqa: B023
            },
            rounds,
        )
        rate = {kind: len(images) / value[0] for kind, value in seconds.items()}
        target = TARGET if name == "leap_cnn" else None
        for kind, label in (("ours", "ours"), ("float32", "ours in float32")):
            ratio, used = seconds["keras"] / seconds[kind]
            aim = (f">= {target}", bool(ratio >= target)) if target and kind == "ours" else ()
            lines.append(
                (f"{name} {filters}, batches of {batch}, {label}", f"{rate[kind]:.1f} images/s",
                 f"{rate['keras']:.1f} images/s", float(ratio), float(used), *(aim or (None, None)))
            )  # fmt: skip
    return lines + differences(f"{name} {filters}", single, fast, card, images)


def differences(label: str, single, fast, card: model.ModelCard, images: np.ndarray) -> list[tuple]:
    """How far apart positions are, where all peaks are sure."""
    how = config.Prediction()
    whole, smooth = replace(how, refine="none"), how
    reference = plain(single, card, images, 8)
    exact, sure = inference.predictor(single, card, smooth)(images)
    sure = sure > SURE

    def line(what: str, one: np.ndarray, other: np.ndarray) -> tuple:
        apart = np.linalg.norm(one - other, axis=-1)[sure]
        found = f"{np.median(apart):.3f}, {np.percentile(apart, 99):.3f}, {apart.max():.3f} px"
        return (f"{label}, {what}", found, *[None] * 5)

    names = "difference in median, 99 %, maximum"
    return [
        line(f"float32 to NumPy, whole pixels: {names}",
             inference.predictor(single, card, whole)(images)[0], reference),
        line("auto to NumPy, whole pixels", inference.predictor(fast, card, whole)(images)[0],
             reference),
        line("auto to float32, smooth peaks", inference.predictor(fast, card, smooth)(images)[0],
             exact),
        (f"{label}, share of peaks above {SURE}", f"{sure.mean():.1%}", *[None] * 5),
    ]  # fmt: skip


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
