"""Share of a training step that random views and target maps take.

    .venv/bin/python benchmarks/training_step.py [rounds]

Batches of 32 images of 192 x 192 px with 32 parts and the default augmentation.  Drawing a batch is
timed on its own, without the thread that prepares the next one while the network learns; so is
rendering the maps of the loss.  Their sum over the step is the most that they can cost.
"""

import sys

import numpy as np
import tensorflow as tf
import trained
from table import show

from leap_core import config
from leap_core.pose import augmentation, batches, confmaps, networks, runtime, training_step

SETTINGS = config.Training(batch_size=32)
TARGET = 0.05


def measure(name: str, filters: int, rounds: int) -> list[tuple]:
    """Lines of the table for one network."""
    labels, sigma = trained.labels(), config.Model().sigma
    images, points = batches.subsets(labels, 1.0, config.MULTIPLE_OF[name])["train"]
    swap, rng = np.array(labels.skeleton.swap), np.random.default_rng(0)
    network = networks.build(name, points.shape[1], filters, runtime.policy("auto"))
    shrinks = networks.NETWORKS[name].shrinks
    learner = training_step.make(network, shrinks, SETTINGS, sigma)
    side = images.shape[1] // shrinks

    def view():
        rows = rng.integers(len(images), size=SETTINGS.batch_size)
        return augmentation.augment(images[rows], points[rows], swap, SETTINGS, 1.0, rng)

    @tf.function
    def render(places):
        places = augmentation.shrink_points(places, 1 / shrinks)
        return confmaps.render(places, side, side, sigma / shrinks)

    batch = view()
    seconds = trained.interleaved(
        {
            "views": view,
            "maps": lambda: render(batch[1])[0, 0, 0, 0].numpy(),
            "step": lambda: learner.learn(batch, 1e-4),
        },
        rounds,
    )
    share, used = (seconds["views"] + seconds["maps"]) / seconds["step"]
    met = bool(share <= TARGET) if name == "leap_cnn" else None
    label, names = f"{name} {filters}", ("a step", "a batch of views", "maps of a batch")
    rows = [
        (f"{label}, {what}", *(f"{1e3 * value:.1f} ms" for value in seconds[key]), None, None)
        for what, key in zip(names, ("step", "views", "maps"), strict=True)
    ]
    limit = None if met is None else f"<= {TARGET:.0%}"
    return [*rows, (f"{label}, both over the step", f"{share:.1%}", f"{used:.1%}", limit, met)]


def main(rounds: int = 5) -> None:
    rows = [row for network in trained.NETWORKS for row in measure(*network, rounds)]
    title = f"Training on batches of 32, {trained.SIDE} px, 32 parts, {trained.device()}, "
    show(
        title + runtime.policy("auto"), rows, ("what", "wall time", "CPU time", "target", "verdict")
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
