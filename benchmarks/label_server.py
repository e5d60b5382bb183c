"""The labeling page on 1,000 frames of 32 parts: when it shows, how soon an edit is safe, memory.

    .venv/bin/python benchmarks/label_server.py [frames]

A synthetic fly is filmed, tracked and cropped in a temporary folder, every frame is labeled, and
estimates of all lie there.  An edit is acknowledged when it is on the disk: beside it stands the
same line written and flushed (fsync) to the same disk by itself, in turn with it.  Memory is that
of the server afterwards.  Without Chromium the page itself is not measured.
"""

import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml
from table import show

from leap_core import config, containers, skeleton
from leap_core.labels import edits
from leap_core.preprocess import tracking
from leap_core.synthetic import movie
from leap_core.web.label import estimates

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fixtures import browser, labeling  # noqa: E402
from fixtures.chromium import CHROMIUM, FLAGS  # noqa: E402
from fixtures.label_server import Server, at  # noqa: E402

FRAMES, EDITS, LOOKS = 1000, 200, 5
VIDEO, PART = "fly1", "head"
SHOWN_S, SAVED_MS, MEMORY_MB = 1.0, 50.0, 300.0  # targets


def make(folder: Path, frames: int) -> None:
    """A dataset whose sample holds every frame of a video, all labeled and estimated."""
    value = labeling.CONFIG | {
        "videos": [{"id": VIDEO, "synthetic": 1, "px_per_mm": 35}],
        "synthetic": {"frames": frames, "size": 288},
    }
    settings = config.from_dict(value)
    animal = skeleton.read(ROOT / value["skeleton"])
    for path, text in (
        (f"config/{labeling.NAME}.yaml", yaml.safe_dump(value)),
        (value["skeleton"], (ROOT / value["skeleton"]).read_text(encoding="utf-8")),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    results = folder / "results" / labeling.NAME
    film = results / "synthetic" / f"{VIDEO}.mp4"
    movie.render(film, film.with_suffix(".truth.h5"), 1, settings.synthetic, animal, None, None)
    track = tracking.track(film, settings.track, 1, None, 35.0)
    labeling.recut(folder, VIDEO, track, settings.crop)
    images = containers.Crops.read(results / "crops" / f"{VIDEO}.h5").images
    every, mean = np.arange(frames), images.mean(axis=0)[..., 0]
    containers.Sample(
        images=images,
        source=np.full(frames, VIDEO),
        frame=every,
        cluster=every % 10,
        mean=mean,
        components=mean[None],
        explained=np.ones(1),
        centroids=np.zeros((10, 1)),
        sizes=np.full(10, frames // 10),
    ).write(results / "sampling" / "frames.h5")
    labels = folder / "labels" / labeling.NAME
    lines = browser.by_truth(results, VIDEO, every[track.valid[0]], animal)
    undoable = {"before": {}, "was_done": False}
    browser.append(labels, *(line | undoable for line in lines))
    browser.snapshot(labels)
    items = {
        line["key"]: {part: [p["x"] + 1, p["y"], 0.9] for part, p in line["points"].items()}
        for line in lines
    }
    facts = {"format": estimates.FORMAT, "model": "fast-1", "frames": frames}
    estimates.write(labels, facts | {"items": items})


def edit(server: Server, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of edits, and of writing their lines to the same disk without a server."""
    client = server.client()
    items = client.get("/api/state")["items"]
    served, alone = [], []
    with open(server.labels / "alone", "ab", buffering=0) as file:
        for number in range(count):
            told = items[number * len(items) // count]
            place = {PART: at(90 + number % 9, 90)}
            start = time.perf_counter()
            status, answer = client.edit(told["key"], told["revision"], place, seconds=1.5)
            served.append(1000 * (time.perf_counter() - start))
            if status != 200:
                raise RuntimeError(answer)
            told["revision"] += 1
            line = (server.labels / edits.JOURNAL).read_bytes().splitlines(keepends=True)[-1]
            start = time.perf_counter()
            file.write(line)
            os.fsync(file.fileno())
            alone.append(1000 * (time.perf_counter() - start))
    return served, alone


# notes when the picture and its markers are on the page; time counts from the click on the link
WATCH = """
    const look = () => {
        const there = document.querySelector("image#frame[href]")
            && !document.querySelector("#canvas.loading")
            && document.querySelector("#markers [data-x]");
        if (there) requestAnimationFrame(() => { window.shown ??= performance.now(); });
        else requestAnimationFrame(look);
    };
    look();
"""


def look(server: Server, count: int) -> list[float]:
    """Seconds until a browser that knows nothing of the page shows a frame and its markers."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for _ in range(count):
            context = chromium.new_context(viewport={"width": 1280, "height": 800})
            context.add_init_script(WATCH)
            page = context.new_page()
            page.goto(server.link)
            while (shown := page.evaluate("window.shown ?? null")) is None:
                page.wait_for_timeout(20)
            found.append(shown / 1000)
            context.close()
        chromium.close()
    return found


def memory(server: Server) -> float:
    """MB that the server has in memory."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024 / 1e6


def main() -> None:
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else FRAMES
    os.environ["PYTHONPATH"] = str(ROOT)
    rows = []
    with tempfile.TemporaryDirectory(dir=ROOT) as temporary:  # /tmp may be no disk
        folder = Path(temporary)
        make(folder, frames)
        start = time.perf_counter()
        with Server(folder) as server:
            rows.append(("start of the server", f"{time.perf_counter() - start:.2f} s"))
            started = memory(server)
            if CHROMIUM.exists():
                seconds = look(server, LOOKS)
                middle, worst = statistics.median(seconds), max(seconds)
                text = f"{middle:.2f} s (worst {worst:.2f})"
                rows.append(("page shown", text, None, None, f"< {SHOWN_S:g} s", middle < SHOWN_S))
            served, alone = edit(server, EDITS)
            middle, rest = statistics.median(served), statistics.median(alone)
            text = f"{middle:.1f} ms (95 % {np.percentile(served, 95):.1f})"
            verdict = (f"< {SAVED_MS:g} ms", middle < SAVED_MS)
            rows.append(("edit acknowledged", text, f"{rest:.1f} ms", middle / rest, *verdict))
            held = memory(server)
            text = f"{held:.0f} MB ({started:.0f} at start)"
            rows.append(("memory", text, None, None, f"< {MEMORY_MB:g} MB", held < MEMORY_MB))
    rows = [row + (None,) * (6 - len(row)) for row in rows]
    show(f"{frames} frames of 32 parts; beside an edit: write and flush alone", rows)


if __name__ == "__main__":
    main()
