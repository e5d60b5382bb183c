"""Frames per second from a file to positions, beside the bare network on images in memory.

    .venv/bin/python benchmarks/end_to_end.py [frames]

The bare network gets batches that are ready in memory, and its maps are thrown away.  Beside it:
`predict_crops` on a crops file, and `leap predict` on the video: decode, track, crop, predict and
write.  Both are whole calls in this process, model loading and the compilation of its graph
included; "without start" leaves out what a call on a single frame takes, as a long recording does.
Shares compare wall time, and processor time, which says more where other work runs on the machine.
The video is the start of fly_leap_test.mp4 ($LEAP_DATA), else of a simulated fly.
"""

import contextlib
import io
import sys
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import tensorflow as tf
import trained
from table import show

from leap_core import cli, config, containers, sources
from leap_core.io import video
from leap_core.pose import augmentation, inference, model, networks, runtime
from leap_core.preprocess import cropping, tracking
from leap_core.synthetic import anatomy, movie

TARGET = 0.8
ROUNDS = 2


def film(folder: Path, frames: int) -> Path:
    """The first frames of the real video, or simulated ones, as a video of its own."""
    source = sources.find_source(config.read(trained.REAL).videos[0].path)
    if source:
        images = (image for _, image in video.read_frames(source))
    else:
        rng = np.random.default_rng(0)
        fly = anatomy.individual(rng)
        scene = config.Synthetic(frames=frames, camera="closed_loop", size=trained.SIDE)
        images = movie.images(movie.simulate(scene, fly, rng), trained.SIDE, fly, rng)
    video.write_video(folder / "film.mp4", islice(images, frames), 100)
    return folder / "film.mp4"


def crops(path: Path, frames: int) -> Path:
    """The crops of a film, as the workflow writes them."""
    whole = config.read(trained.REAL)
    out = path.with_name(f"crops{frames}.h5")
    track = tracking.track(path, whole.track, 1, 100.0, 35.0, None)
    cropping.crop(path, track, 0, whole.crop, "film", out)
    return out


def bare(network, images: np.ndarray, batch: int) -> Callable:
    """The network alone on these images, in whole batches."""
    ready = [
        tf.constant(augmentation.shrink(images[k : k + batch], 1.0))
        for k in range(0, len(images), batch)
    ]
    graph = tf.function(lambda x: networks.maps_of(network, x)[-1])
    graph(ready[0])

    def run() -> None:
        for x in ready:
            maps = graph(x)
        maps[0, 0, 0, 0].numpy()  # waits for the device

    return run


def command(source: Path, path: Path) -> None:
    """`leap predict` on a video, quietly."""
    arguments = ["predict", source, "--model", path, "--config", trained.REAL]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = cli.main([*map(str, arguments), "-o", str(source.with_suffix(".poses.h5"))])
    if status:
        raise RuntimeError(said.getvalue())


def measure(name: str, filters: int, folder: Path, frames: int) -> list[tuple]:
    """Lines of the table for one network."""
    path, how = trained.model(name, filters), config.Prediction()
    network, _ = model.read(path, runtime.policy("auto"))
    whole, single = film(folder, frames), film(folder / "one", 1)
    files = crops(whole, frames), crops(single, 1)
    with containers.open_crops(files[0]) as opened:
        images = opened.images[: 8 * how.batch_size]
    alone = bare(network, images, how.batch_size)
    ways = {
        "crops file": lambda k: inference.predict_crops(files[k], path, how),
        "leap predict, video": lambda k: command((whole, single)[k], path),
    }
    best = {(way, k): np.full(2, np.inf) for way in ways for k in range(2)}
    rest = np.full(2, np.inf)
    for _ in range(ROUNDS):
        for way, k in best:
            best[way, k] = np.minimum(best[way, k], trained.timed(lambda: ways[way](k)))  # noqa: B023
            rest = np.minimum(rest, trained.timed(alone) / len(images))
    lines = []
    for way in ways:
        long, start = best[way, 0], best[way, 1]
        # a single frame takes a whole batch
        all_in, steady = long / frames, (long - start) / (frames - how.batch_size)
        for label, each, met in (
            (f"{name} {filters}, {way}", all_in, None),
            ("  without start", steady, bool(rest[0] >= TARGET * steady[0])),
        ):
            share, used = rest / each
            lines.append((label, f"{1 / each[0]:.1f} frames/s", f"{1 / rest[0]:.1f} frames/s",
                          f"{share:.0%}", f"{used:.0%}",
                          None if met is None else f">= {TARGET:.0%}", met))  # fmt: skip
    return lines


def main(frames: int = 600) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "one").mkdir()
        rows = [r for network in trained.NETWORKS for r in measure(*network, folder, frames)]
    show(
        f"File to positions, {frames} frames, batches of {config.Prediction().batch_size}, "
        f"{trained.device()}, {runtime.policy('auto')}",
        rows,
        ("what", "measured", "bare network", "share", "of CPU time", "target", "verdict"),
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
