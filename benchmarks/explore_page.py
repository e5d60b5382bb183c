"""How large the file of a map of behavior is, and how fast its page answers the hand.

    .venv/bin/python benchmarks/explore_page.py [--frames 1000000] [--dots 2]

Frames, regions and clips are made (tests/fixtures/explored.py).  Chromium draws them without a
GPU; a frame's time is from one frame of the screen to the next while the mouse moves: 17 ms is the
least that there can be.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import sync_playwright
from table import show

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fixtures import explored  # noqa: E402
from fixtures.chromium import CHROMIUM, FLAGS  # noqa: E402

from leap_core.web.explore import standalone  # noqa: E402

LARGEST, SLOWEST = 30.0, 100.0  # MB of the file, ms of a frame: what is asked for
CLIPS = 120  # as 20 regions with 6 each
STEPS = 60
# of frames in which something was drawn: those between would be the screen's own 17 ms
RECORD = """() => {
  const map = document.getElementById("map");
  const under = document.getElementById("under");
  const state = () => JSON.stringify({...map.dataset}) + under.textContent;
  const times = [];
  let [on, before, was] = [true, 0, ""];
  const note = (now) => {
    if (state() !== was && before) times.push(now - before);
    [before, was] = [now, state()];
    if (on) requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
  window.stopped = () => { on = false; return times.slice(1); };
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--recordings", type=int, default=10)
    parser.add_argument("--dots", type=float, default=1.0, help="px of the screen a css px")
    options = parser.parse_args()
    names = [(f"fly{k + 1}", ("wild type", "mutant")[k % 2]) for k in range(options.recordings)]
    contents = explored.make(options.frames // len(names), names)
    clips = [contents.clips[k % len(contents.clips)] for k in range(CLIPS)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "explore.html"
        began = time.perf_counter()
        path.write_text(standalone.render(replace(contents, clips=clips)), encoding="utf-8")
        made = time.perf_counter() - began
        size = path.stat().st_size / 1e6
        rows = [
            ("file, MB", size, None, None, f"<= {LARGEST:.0f}", size <= LARGEST),
            ("clips in it, MB", sum(map(len, clips)) * 4 / 3 / 1e6, None, None, None, None),
            ("made, s", made, None, None, None, None),
            *_measured(path, options.dots),
        ]
    show(f"Page of {options.frames:,} frames, {os.cpu_count()} cores", rows)


def _measured(path: Path, dots: float) -> list[tuple]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, device_scale_factor=dots)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        began = time.perf_counter()
        page.goto(path.as_uri())
        page.locator("body[data-ready=true]").wait_for()
        rows = [("until drawn, s", time.perf_counter() - began, None, None, None, None)]
        for name, move in (("point at", _hover), ("pan", _pan), ("zoom", _zoom), ("brush", _brush)):
            page.evaluate(RECORD)
            before = _busy(session)
            move(page)
            busy = 1000 * (_busy(session) - before)
            times = page.evaluate("stopped()")
            middle, worst = statistics.median(times), max(times)
            told = (None, None, f"<= {SLOWEST:.0f}")
            rows += [
                (f"{name}, ms a frame: median", middle, *told, middle <= SLOWEST),
                (f"{name}, ms a frame: worst of {len(times)}", worst, *told, worst <= SLOWEST),
                (f"{name}, ms a frame: the page's own work", busy / len(times), *[None] * 4),
            ]
        browser.close()
    return rows


def _busy(session) -> float:
    """s that the page's thread has worked."""
    found = session.send("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in found if one["name"] == "TaskDuration")


def _middle(page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _hover(page) -> None:
    x, y = _middle(page, "#map")
    for step in range(STEPS):
        page.mouse.move(x - 200 + 6 * step, y + step)


def _pan(page) -> None:
    x, y = _middle(page, "#map")
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(STEPS):
        page.mouse.move(x + 2 * step, y + step)
    page.mouse.up()


def _zoom(page) -> None:
    page.mouse.move(*_middle(page, "#map"))
    for step in range(STEPS):
        page.mouse.wheel(0, -100 if step < STEPS / 2 else 100)


def _brush(page) -> None:
    x, y = _middle(page, "#strips")
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(STEPS):
        page.mouse.move(x + 6 * step, y)
    page.mouse.up()


if __name__ == "__main__":
    main()
