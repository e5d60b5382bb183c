"""Frames per second that all but the network can feed: from stored crops, and from the video.

    .venv/bin/python benchmarks/feeding.py [frames]

A stand-in takes the highest pixel of each image in place of a network's 32 maps.  The video is a
simulated fly in boxes of 200 x 200 px, the crops have 192 px and go to the stand-in halved, as in
the demo.  Beside it: reading the same video and doing nothing.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import trained
from table import show

from leap_core import config, containers, skeleton, threads
from leap_core.io import video
from leap_core.pose import inference, model
from leap_core.pose.engines import Engine
from leap_core.preprocess import cropping, tracking
from leap_core.synthetic import anatomy, movie

BOX = 200  # px
TARGET = 2000.0  # frames/s on two cores
PARTS = skeleton.from_dict({"parts": [f"part{k}" for k in range(32)]}, "feeding")
CARD = model.ModelCard(PARTS, "leap_cnn", 16, 0.5, 192, 5.0, 1, 0.0)


def highest(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The highest pixel of each image, for every part."""
    flat = images.reshape(len(images), -1)
    best = flat.argmax(axis=1)
    y, x = np.unravel_index(best, images.shape[1:3])
    places = np.repeat(np.stack([x, y], axis=-1)[:, None], len(PARTS), axis=1)
    heights = np.repeat(flat[np.arange(len(flat)), best][:, None], len(PARTS), axis=1)
    return places.astype(np.float32), heights


def stand_in(path, settings: config.Prediction, precision: str = "auto"):
    return Engine("the highest pixel", highest, lambda images: images, threads.count()), CARD


def main(frames: int = 6000) -> None:
    inference.ready = stand_in
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        rng = np.random.default_rng(0)
        fly = anatomy.individual(rng)
        scene = config.Synthetic(frames=frames, camera="closed_loop", size=BOX)
        video.write_video(path, movie.images(movie.simulate(scene, fly, rng), BOX, fly, rng), 100)
        track = tracking.track(path, config.Track(recipe="precropped"))
        files = {}
        for name, store in (("stored crops", True), ("the video", False)):
            files[name] = Path(folder) / f"{store}.h5"
            crop = config.Crop(size=192, store=store)
            cropping.crop(path, track, 0, crop, "film", files[name])
        bare = trained.timed(lambda: sum(1 for _ in video.read_frames(path)))
        lines = [("reading the video alone", *_told(bare, frames), None, None)]
        for name, file in files.items():
            taken = trained.timed(
                lambda: inference.predict_crops(file, "", config.Prediction())  # noqa: B023
            )
            rate, cpu = _told(taken, frames)
            lines.append((f"from {name}", rate, cpu, f">= {TARGET:,.0f}", bool(rate >= TARGET)))
        with containers.open_crops(files["the video"]) as crops:
            size = f"{crops.images.shape[1]} x {crops.images.shape[2]} px"
        show(
            f"Fed to the network, {frames:,} frames of {size}",
            lines,
            ("what", "frames/s", "ms of the processor", "target", "verdict"),
        )


def _told(taken: np.ndarray, frames: int) -> tuple[float, float]:
    """Frames per second of the clock, and milliseconds of the processor for one."""
    return float(frames / taken[0]), float(1000 * taken[1] / frames)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
