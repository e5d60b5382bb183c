"""Networks for the benchmarks, trained just long enough that their maps have peaks.

    .venv/bin/python benchmarks/trained.py NETWORK FILTERS

Trains on the labels of config/fly_leap.yaml where $LEAP_DATA has them, else on a simulated fly,
into results/benchmarks/, where later runs find it.  Takes some minutes on two cores.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from leap_core import config, skeleton, sources
from leap_core.containers import SPLITS, Labels
from leap_core.labels.stage import import_file
from leap_core.pose import runtime, training
from leap_core.synthetic import anatomy, movie

REAL = "config/fly_leap.yaml"
SIDE = 192  # px
NETWORKS = (("leap_cnn", 64), ("unet", 32))
HOW = config.Training(epochs=8, batches=50, batch_size=4)


def labels() -> Labels:
    """Labeled images of 192 x 192 px and 32 parts, all for training."""
    whole = config.read(REAL)
    source = whole.labels.sources[0]
    path = sources.find_source(source.path)
    parts = skeleton.read(whole.skeleton)
    if path is None:
        return simulated(parts, 64)
    found, _ = import_file(path, parts, source, whole.labels, whole.crop, track=whole.track)
    return replace(found, split=np.full(len(found.images), SPLITS["train"], np.int8))


def simulated(parts: skeleton.Skeleton, count: int) -> Labels:
    """Every 20th image of a simulated fly, as the camera sees it."""
    rng = np.random.default_rng(0)
    fly = anatomy.individual(rng)
    settings = config.Synthetic(frames=20 * count, camera="closed_loop", size=SIDE)
    motion = movie.simulate(settings, fly, rng)
    found = movie.truth(motion, fly, parts)
    images = [image for image in movie.images(motion, SIDE, fly, rng)][::20]
    return Labels(
        images=np.stack(images)[..., None],
        positions=(found.positions - found.camera[:, None])[::20],
        status=np.ones((count, len(parts)), np.int8),
        source=np.full(count, "simulated"),
        frame=np.arange(0, 20 * count, 20),
        split=np.full(count, SPLITS["train"], np.int8),
        skeleton=parts,
    )


def model(network: str, filters: int) -> Path:
    """A trained network on disk; trained now, in a process of its own, if it is not there."""
    folder = Path("results/benchmarks") / f"{network}_{filters}"
    if not (folder / "best.keras").exists():
        print(f"training {network} of {filters} filters into {folder} ...", flush=True)
        command = [sys.executable, __file__, network, str(filters)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "best.keras"


def timed(action: Callable) -> np.ndarray:
    """Seconds of wall time and of processor time."""
    wall, used = time.perf_counter(), time.process_time()
    action()
    return np.array([time.perf_counter() - wall, time.process_time() - used])


def interleaved(actions: dict[str, Callable], times: int) -> dict[str, np.ndarray]:
    """The least seconds of each action, wall and processor time, in turns.

    A busy machine hits all alike, and their processor times next to not at all.
    """
    best = {name: np.full(2, np.inf) for name in actions}
    for turn in range(times + 1):
        for name, action in actions.items():
            seconds = timed(action)
            if turn:  # the first one compiles
                best[name] = np.minimum(best[name], seconds)
    return best


def device() -> str:
    """What TensorFlow computes on, for the titles of tables."""
    names = runtime.gpus()
    return f"GPU {names[0]}" if names else f"{len(os.sched_getaffinity(0))} CPU cores"


def main(network: str, filters: str) -> None:
    settings = config.Model(network=network, filters=int(filters))
    folder = Path("results/benchmarks") / f"{network}_{filters}"
    training.train(labels(), settings, HOW, 0, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
