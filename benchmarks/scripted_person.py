"""How much work the network takes over: the demo labeled in a real browser by one who knows it.

    .venv/bin/python benchmarks/scripted_person.py [--labels 10 50] [--more 15]

Needs the demo's results as far as sampling (`snakemake --cores 2 results/demo/sampling/frames.h5`)
and Chromium.  A program labels sampled frames by clicks, drags and keys as a person would: all
parts by a click at first; where a network has proposed poses, it drags what is more than 3 px off
and accepts the rest.  After so many labeled frames it presses "Train and propose".  The page's own
journal tells how many parts were placed or moved in each frame, and Supplementary Figure 4c is
drawn from it, build/scripted_person.png.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from playwright.sync_api import Page, sync_playwright
from table import show

from leap_core.containers import labels as labeled
from leap_core.figures import style
from leap_core.figures.paper import figS4c
from leap_core.labels import effort

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fixtures import pages, scripted_person  # noqa: E402
from fixtures.chromium import CHROMIUM, FLAGS  # noqa: E402
from fixtures.label_server import Server  # noqa: E402
from fixtures.scripted_person import Person  # noqa: E402

DEMO, CONFIG = "demo", ROOT / "config" / "config.yaml"
TARGET = 5.0  # times fewer moves with 50 labels than without any
NEEDED = ("crops/*.h5", "tracks/*.h5", "sampling/frames.h5", "synthetic/*.truth.h5")
PICTURE = ROOT / "build" / "scripted_person.png"


def demo(folder: Path, results: Path) -> Path:
    """A working folder with the demo's crops and sample, linked, and no labels yet."""
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    for path, text in (
        (f"config/{DEMO}.yaml", CONFIG.read_text(encoding="utf-8")),
        (config["skeleton"], (ROOT / config["skeleton"]).read_text(encoding="utf-8")),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for pattern in NEEDED:
        for file in sorted(results.glob(pattern)):
            link = folder / "results" / DEMO / file.relative_to(results)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file.resolve())
    return folder


@contextmanager
def opened(folder: Path, **options) -> Iterator[tuple[Page, Person, Server]]:
    """The page of a working folder in Chromium, and one who knows where everything is."""
    sample = folder / "results" / DEMO / "sampling" / "frames.h5"
    recordings, frames, _ = labeled.sampled(sample)
    truth = scripted_person.truth_of(folder, DEMO, zip(recordings, frames, strict=True))
    with Server(folder, dataset=DEMO) as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
        page = pages.opened(server, context)
        yield page, Person(page, truth), server
        browser.close()


def label(person: Person, trainings: list[int], more: int) -> None:
    """Label, train after so many frames each, and label some more."""
    for number in range(1, trainings[-1] + more + 1):
        person.label()
        if number in trainings:
            person.train()
    person.saved()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, nargs="+", default=[10, 50], help="when to train")
    parser.add_argument("--more", type=int, default=15, help="frames after the last training")
    parser.add_argument("--results", type=Path, default=ROOT / "results" / DEMO)
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as temporary:
        with opened(demo(Path(temporary), options.results)) as (_, person, server):
            label(person, sorted(options.labels), options.more)
        work = effort.table(effort.read(server.labels))
    PICTURE.parent.mkdir(exist_ok=True)
    style.save(figS4c.draw(work), PICTURE)
    work["moves"] = work["placed"] + work["moved"]
    groups = work.groupby("learned_from")
    rows = [
        (f"{count:g}", len(same), same["moves"].median(), same["moves"].mean(),
         100 * (same["moves"] == 0).mean(), same["seconds"].median())
        for count, same in groups
    ]  # fmt: skip
    head = ("labels", "frames", "moves, median", "mean", "no moves (%)", "s, of a program")
    show("Parts placed or moved per frame", rows, head)
    means = groups["moves"].mean()
    if 0 in means and 50 in means:
        less = means[0] / means[50] if means[50] else float("inf")
        verdict = (f">= {TARGET:g}", bool(less >= TARGET))
        row = ("50 labels", f"{means[50]:.2f}", f"{means[0]:.2f}", float(less), *verdict)
        show("moves per frame, beside none labeled", [row])


if __name__ == "__main__":
    main()
