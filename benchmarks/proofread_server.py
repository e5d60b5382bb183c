"""The page of tracks on an hour of two animals: when it opens, how soon a line is safe, memory.

    .venv/bin/python benchmarks/proofread_server.py [frames]

Two animals walk and meet for an hour at 100 frames/s in a temporary folder, with a jump, a lost
stretch or a turned head every 20 s, and 200 corrections, every fifth of them an exchange to the
end.  A line is answered when it is on the disk and the track is mended again.  Frames are those of
a video of 1024 x 1024 px with a key frame at each 250th.  Memory is beside the cache of frames.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from label_server import memory
from table import show

from leap_core import containers
from leap_core.io import frame_cache, video

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fixtures import arena  # noqa: E402
from fixtures.label_server import Server  # noqa: E402

FRAMES, FPS, LINES, TIMES = 360_000, 100, 200, 7
FILM_FRAMES, SIDE, LOOKS = 1000, 1024, 20
STATE_S, LINE_S, QUEUE_S, MEMORY_MB = 2.0, 1.0, 3.0, 500.0  # targets
FILM = "/api/videos/film"
HOUR = "/api/videos/hour"


def walk(frames: int, rng: np.random.Generator) -> containers.Track:
    """Two animals on smooth paths in one dish, with faults."""
    heading = np.cumsum(rng.normal(0, 0.03, (2, frames)), axis=1)
    speed = 1.5 * np.abs(np.sin(np.arange(frames) / 700))
    steps = np.stack([np.cos(heading), np.sin(heading)], axis=-1) * speed[:, None]
    place = np.abs((np.cumsum(steps, axis=1) + 200) % 1600 - 800) + 100  # back from the walls
    heading = np.unwrap(heading).astype(np.float32)
    valid = np.ones((2, frames), bool)
    for number, at in enumerate(range(1000, frames - 100, 20 * FPS)):
        animal = number % 2
        if number % 3 == 0:
            heading[animal, at : at + 60] += np.float32(np.pi)
        elif number % 3 == 1:
            place[animal, at : at + 2] += 150
        else:
            valid[animal, at : at + 80] = False
    for values in (place, heading):
        values[~valid] = np.nan
    area = rng.normal(1800, 40, (2, frames)).astype(np.float32)
    quality = np.full((2, frames), 0.99, np.float32)
    for values in (area, quality):
        values[~valid] = np.nan
    return containers.Track(
        centroid=place.astype(np.float32), heading=heading, valid=valid, area=area,
        quality=quality, fps=FPS, recipe="mesh", width=SIDE, height=SIDE,
    )  # fmt: skip


def make(folder: Path, frames: int) -> None:
    """Config, tracks, corrections, and a video of some of the frames."""
    rng = np.random.default_rng(0)
    videos = [{"id": id, "path": "film.mp4", "animals": 2} for id in ("hour", "film")]
    config = arena.CONFIG | {"videos": videos}
    path = folder / "config" / f"{arena.NAME}.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    tracks = folder / "results" / arena.NAME / "tracks" / "uncorrected"
    walk(frames, rng).write(tracks / "hour.h5")
    walk(FILM_FRAMES, rng).write(tracks / "film.h5")
    noise = rng.integers(60, 120, (SIDE, SIDE)).astype(np.uint8)
    images = (np.roll(noise, k, 1) for k in range(FILM_FRAMES))
    video.write_video(folder / "film.mp4", images, FPS)
    table = arena.table_of(folder, "hour")
    table.parent.mkdir(parents=True)
    lines = [arena.HEADER]
    for k in range(LINES):
        at = 500 + k * (frames - 1000) // LINES
        lines.append(f"swap,{at},,0,1,,,,crossed" if k % 5 == 0 else f"flip,{at},{at + 9},0,,,,,")
    table.write_text("\n".join([*lines, ""]), encoding="utf-8")


def timed(function: Callable[[], Any], times: int = TIMES) -> list[float]:
    """Seconds of each call."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        found.append(time.perf_counter() - start)
    return found


def row(name: str, seconds: list[float], target: float) -> tuple:
    """Name, median and worst, verdict."""
    middle, worst = statistics.median(seconds), max(seconds)
    text = f"{middle:.2f} s (worst {worst:.2f})"
    return name, text, None, None, f"< {target:g} s", middle < target


def main() -> None:
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else FRAMES
    os.environ["PYTHONPATH"] = str(ROOT)
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(dir=ROOT) as temporary:  # /tmp may be no disk
        folder = Path(temporary)
        make(folder, frames)
        start = time.perf_counter()
        with Server(folder, dataset=arena.NAME, page="proofread") as server:
            rows: list[tuple] = [("start of the server", f"{time.perf_counter() - start:.2f} s")]
            client = server.client()
            rows.append(row("state", timed(lambda: client.get("/api/state"), 1), STATE_S))
            rows.append(row("queue, first", timed(lambda: client.get(f"{HOUR}/queue"), 1), QUEUE_S))
            last = min(frames, 4000) - 1
            track = f"{HOUR}/track?first=0&last={last}"
            rows.append(row(f"{last + 1} frames of the track", timed(lambda: client.get(track)), 1))
            flip = {"action": "flip", "first": 40, "last": 80, "animal": 0}
            swap = {"action": "swap", "first": 40, "last": None, "animal": 0, "other": 1}
            for name, line in (("a line of 40 frames", flip), ("an exchange to the end", swap)):
                answered, asked = [], []
                for _ in range(TIMES):
                    count = len(client.get(f"{HOUR}/queue")["lines"])
                    asks = (("lines", line | {"count": count}), ("undo", {"count": count + 1}))
                    for path, body in asks:
                        start = time.perf_counter()
                        status, answer = client.send(f"{HOUR}/{path}", **body)
                        answered.append(time.perf_counter() - start)
                        if status != 200:
                            raise RuntimeError(answer)
                        asked += timed(lambda: client.get(f"{HOUR}/queue"), 1)
                rows.append(row(f"{name}, or its undo", answered, LINE_S))
                rows.append(row("the queue after it", asked, QUEUE_S))
            held = memory(server)
            verdict = f"< {MEMORY_MB:g} MB", held < MEMORY_MB
            rows.append(("memory", f"{held:.0f} MB", None, None, *verdict))
            numbers = iter(rng.integers(0, FILM_FRAMES, LOOKS).tolist())

            def jump() -> None:
                client.raw("GET", f"{FILM}/frames/{next(numbers)}.jpg")

            rows.append(row("a frame anywhere", timed(jump, LOOKS), 1))
            start = time.perf_counter()
            for number in range(300, 500):
                client.raw("GET", f"{FILM}/frames/{number}.jpg")
            rate = 200 / (time.perf_counter() - start)
            rows.append(("frames one after the other", f"{rate:.0f}/s"))
            held = memory(server) - frame_cache.CACHE_BYTES / 1e6
            rows.append(("memory beside the kept frames", f"{held:.0f} MB", None, None, *verdict))
    rows = [row + (None,) * (6 - len(row)) for row in rows]
    show(f"{frames} frames of 2 animals, {LINES} corrections", rows)


if __name__ == "__main__":
    main()
