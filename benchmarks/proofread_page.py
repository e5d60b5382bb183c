"""A picture of the page of `leap proofread`: docs/images/proofreading.png.

    .venv/bin/python benchmarks/proofread_page.py

Two synthetic flies on a mesh, tracked by the recipe `mesh`, and faults that are planted in their
track: some are mended, one is prepared.  Takes some three minutes, and Chromium.
"""

import os
import sys
import tempfile
from pathlib import Path

import yaml
from playwright.sync_api import sync_playwright

from leap_core import cli, config
from leap_core.preprocess import tracking

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fixtures import proofread_page as shown  # noqa: E402
from fixtures.chromium import CHROMIUM, FLAGS  # noqa: E402
from fixtures.label_server import Server  # noqa: E402
from fixtures.proofreading import Fault, spoiled  # noqa: E402

PICTURE = ROOT / "docs" / "images" / "proofreading.png"
NAME, VIDEO, FRAMES, SIZE, SEED = "courtship", "pair", 1500, 768, 1
SKELETON = "config/skeletons/fly32.yaml"
CONFIG = {
    "dataset": NAME,
    "skeleton": SKELETON,
    "videos": [{"id": VIDEO, "path": f"film/{VIDEO}.mp4", "animals": 2, "px_per_mm": 30}],
    "track": {"recipe": "mesh"},
    "crop": {"size": 128},
}
FAULTS = [
    Fault("flip", 200, 260, 0),
    Fault("swap", 541, 680),
    Fault("gap", 740, 810, 1),
    Fault("place", 900, 903, 0),
    Fault("flip", 980, 1040, 1),
]
MENDED = ((900, "b", "a reflection"), (200, "f", "walks backwards"))  # frame, key, reason
LEFT = 541  # the fault that is prepared


def make(folder: Path) -> None:
    """The film and the spoiled track."""
    for path, text in (
        (f"config/{NAME}.yaml", yaml.safe_dump(CONFIG, sort_keys=False)),
        (SKELETON, (ROOT / SKELETON).read_text(encoding="utf-8")),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    film = ["synth", "-o", str(folder / "film"), "--animal", "pair", "--skeleton", SKELETON]
    size = ["--frames", str(FRAMES), "--size", str(SIZE), "--seed", str(SEED)]
    if cli.main([*film, *size]):
        sys.exit("no film")
    settings = config.from_dict(CONFIG)
    track = tracking.track(folder / "film" / f"{VIDEO}.mp4", settings.track, 2, None, 30.0)
    tracks = folder / "results" / NAME / "tracks"
    for place in (tracks, tracks / "uncorrected"):
        spoiled(track, FAULTS).write(place / f"{VIDEO}.h5")


def mend(page) -> None:
    """Some faults with their reasons, and prepare one more."""
    for first, key, reason in MENDED:
        page.locator(f"#moments [data-first='{first}']").click()
        shown.settled(page)
        page.locator("#reason").fill(reason)
        page.locator("#canvas").focus()
        page.keyboard.press(key)
        shown.prepared(page)
        page.keyboard.press("Enter")
        shown.settled(page)
    page.locator(f"#moments [data-first='{LEFT}']").click()
    shown.settled(page)
    page.keyboard.press("s")
    shown.prepared(page)
    both = [page.locator(f"#animals-here [data-animal='{k}'] .middle") for k in range(2)]
    boxes = [found.bounding_box() for found in both]
    page.mouse.move(*(sum(box[axis] for box in boxes) / 2 for axis in "xy"))
    for _ in range(4):
        page.mouse.wheel(0, -100)


def main() -> None:
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as driver:
        folder = Path(temporary)
        make(folder)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        look = {"device_scale_factor": 2, "color_scheme": "light"}
        context = browser.new_context(viewport={"width": 1280, "height": 800}, **look)
        with Server(folder, dataset=NAME, page="proofread") as server:
            page = shown.opened(server, context)
            page.locator("#person").fill("ada")
            mend(page)
            page.mouse.move(0, 0)
            page.wait_for_timeout(1000)
            page.screenshot(path=PICTURE)
        browser.close()
    print(f"{PICTURE}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
