"""Tracking of videos beside decoding them, in frames a second, reading of the file included.

    .venv/bin/python benchmarks/tracking.py

Two flies at 1024 x 1024 px are those of config/fly_courtship.yaml, found in $LEAP_DATA; boxes of
200 px are made.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from table import show

from leap_core import config, skeleton, sources
from leap_core.io import video
from leap_core.preprocess import tracking
from leap_core.synthetic import movie

REPEATS = 3


def rate(run: Callable[[], object], frames: int) -> float:
    """Frames a second, the best of some runs."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return frames / best


def line(name: str, path: Path, settings: config.Track, animals: int) -> tuple:
    """One row: tracked, decoded, and their ratio."""
    frames = len(video.probe(path))
    decoded = rate(lambda: sum(1 for _ in video.read_frames(path)), frames)
    tracked = rate(lambda: tracking.track(path, settings, animals), frames)
    return name, frames, f"{tracked:.0f}", f"{decoded:.0f}", f"{tracked / decoded:.2f}"


def main() -> None:
    rows = []
    for name in ("fly_courtship", "mouse_arena"):
        whole = config.read(f"config/{name}.yaml")
        film = whole.videos[0]
        path = sources.find_source(film.path)
        if path is None:
            print(f"{name}: {film.path} is not in LEAP_DATA, left out")
            continue
        rows.append(line(f"{name}, {whole.track.recipe}", path, whole.track, film.animals))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boxes.mp4"
        settings = config.Synthetic(frames=1500, size=200, camera="closed_loop")
        fly = skeleton.read("config/skeletons/fly32.yaml")
        truth, camera = (Path(folder) / name for name in ("truth.h5", "camera.csv"))
        movie.render(path, truth, 1, settings, fly, camera_path=camera)
        for recipe in ("radon", "moments", "mesh"):
            rows.append(line(f"boxes of 200 px, {recipe}", path, config.Track(recipe=recipe), 1))
    show("tracking", rows, ("video, recipe", "frames", "tracked/s", "decoded/s", "ratio"))


if __name__ == "__main__":
    main()
