"""Speed of the networks on the device that TensorFlow sees: a GPU if there is one.

    .venv/bin/python benchmarks/gpu.py [--quick]

Frames per second from images in memory to positions, 192 x 192 px and 32 parts, over batch sizes
in float32 and bfloat16; the share that this is of the device's largest rate of multiplications,
measured with a product of two square matrices in the same numbers; and the time of an epoch of the
paper: 50 batches of 32 for training and 10 for validation, drawn and augmented as always.
``--quick`` takes smaller networks, matrices and batches, so that it runs anywhere.
"""

import argparse
import time

import numpy as np
import tensorflow as tf
import trained
from table import show

from leap_core import config, skeleton
from leap_core.containers import Labels
from leap_core.pose import batches, inference, model, networks, runtime, training_step

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
PRECISIONS = ("float32", "bfloat16")
PAPER = config.Training(batch_size=32, batches=50, validation_batches=10)
EPOCH_S = (60, 90)  # the paper's, on its GPU


def peak(precision: str, side: int) -> float:
    """Multiplications (with additions) per second of a product of two square matrices."""
    rng = np.random.default_rng(0)
    numbers = rng.standard_normal((2, side, side), np.float32)
    one, other = (tf.cast(x, precision) for x in numbers)

    @tf.function
    def product():
        return tf.matmul(one, other)

    seconds = trained.interleaved({"product": lambda: product()[0, 0].numpy()}, 20)["product"][0]
    return side**3 / seconds


def blank(filters: int, name: str, parts: skeleton.Skeleton) -> model.ModelCard:
    """The description of a network that was never trained: speed does not depend on weights."""
    return model.ModelCard(
        skeleton=parts, network=name, filters=filters, input_scale=1.0, image_size=trained.SIDE,
        sigma=config.Model().sigma, epoch=0, loss=float("nan"),
    )  # fmt: skip


def frames(name: str, filters: int, sizes: tuple, rates: dict[str, float]) -> list[tuple]:
    """A line for each batch size and precision of one network."""
    parts = skeleton.read(config.read(trained.REAL).skeleton)
    images = np.random.default_rng(0).integers(0, 256, (max(*sizes, 8), *(trained.SIDE,) * 2, 1))
    images = images.astype(np.uint8)
    lines = []
    for precision in PRECISIONS:
        policy = runtime.policy(precision)
        network = networks.build(name, len(parts), filters, policy)
        work = networks.multiply_adds(network, trained.SIDE, trained.SIDE)
        for size in sizes:
            how = config.Prediction(batch_size=size)
            predict = inference.predictor(network, blank(filters, name, parts), how)
            some = images[: max(size, 8)]
            found = trained.interleaved({"ours": lambda: predict(some)}, 3)  # noqa: B023
            rate = len(some) / found["ours"][0]
            share = rate * work / rates[precision]
            lines.append((f"{name} {filters}, {precision}, batches of {size}",
                          f"{rate:,.1f} frames/s", f"{2e-9 * rate * work:,.0f} GFLOP/s",
                          f"{share:.0%}"))  # fmt: skip
    return lines


def epoch(filters: int, labels: Labels, how: config.Training) -> list[tuple]:
    """Seconds of one epoch of the paper's network in each precision, the second one."""
    images, points = batches.subsets(labels, 1.0, config.MULTIPLE_OF["leap_cnn"])["train"]
    swap, lines = np.array(labels.skeleton.swap), []
    for precision in PRECISIONS:
        network = networks.build("leap_cnn", points.shape[1], filters, runtime.policy(precision))
        learner = training_step.make(network, 1, how, config.Model().sigma)
        for number in range(2):
            start = time.perf_counter()
            for batch in batches.draw((images, points), how.batches, swap, how, 1.0, [number]):
                learner.learn(batch, 1e-4)
            count = how.validation_batches
            for batch in batches.draw((images, points), count, swap, how, 1.0, [number, 1]):
                float(learner.check(*batch))
            seconds = time.perf_counter() - start
        label = f"leap_cnn {filters}, {precision}, {how.batches} + {how.validation_batches} batches"
        lines.append((f"{label} of {how.batch_size}", f"{seconds:.1f} s"))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to try it")
    quick = parser.parse_args().quick
    on, side = trained.device(), 1024 if quick else 8192
    shape = f"{trained.SIDE} x {trained.SIDE} px, 32 parts"
    rates = {precision: peak(precision, side) for precision in PRECISIONS}
    show(
        f"Product of two {side} x {side} matrices, {on}",
        [(precision, f"{2e-9 * rate:,.0f} GFLOP/s") for precision, rate in rates.items()],
        ("numbers", "rate"),
    )
    sizes = BATCHES[:4:3] if quick else BATCHES
    rows = []
    for name, filters in trained.NETWORKS:
        rows += frames(name, filters // 4 if quick else filters, sizes, rates)
    show(f"Images to positions, {shape}, {on}", rows, ("what", "rate", "work", "of the product's"))
    how = config.Training(batch_size=4, batches=3, validation_batches=2) if quick else PAPER
    labels = trained.labels()
    rows = epoch(16 if quick else 64, labels, how)
    show(f"An epoch, {shape}, {on} (the paper's GPU: {EPOCH_S[0]} to {EPOCH_S[1]} s)", rows,
         ("what", "time"))  # fmt: skip


if __name__ == "__main__":
    main()
