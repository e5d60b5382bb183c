"""From a new video to its figures, as docs/labeling.md tells it: label ten frames, and go on."""

import numpy as np
import pytest
import yaml

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from fixtures.checkout import fresh_copy, snakemake
from fixtures.label_server import Server
from playwright.sync_api import expect

from leap_core import cli, containers, geometry
from leap_core.containers import tracks
from leap_core.labels import edits

FRAMES, LABELED = 160, 10
MINE = {
    "dataset": "mine",
    "skeleton": "config/skeletons/fly32.yaml",
    "videos": [{"id": "fly", "path": "film/fly.mp4", "px_per_mm": 35}],
    "sampling": {"per_video": 40, "components": 10, "clusters": 4, "per_cluster": 4, "restarts": 2},
    "model": {"filters": 4, "input_scale": 0.25},
    "training": {"epochs": 2, "batches": 5, "batch_size": 4, "validation_batches": 1},
    "prediction": {"chunks": 1},
    "poses": {"min_confidence": 0.0},
    "gait": {"restarts": 2},
    "pixels": {"enabled": False},
    "behavior": {
        "per_recording": 150,
        "total": 200,
        "sample_perplexity": 10,
        "perplexity": 10,
        "bins": 101,
        "frequencies": 8,
        "stability": False,
        "refits": 0,
    },
    "figures": {"movie_frames": 5},
}


@pytest.fixture
def checkout(root, tmp_path):
    """The code alone, a new video beside it, and its config."""
    folder = fresh_copy(root, tmp_path / "checkout")
    made = ["synth", "-o", str(folder / "film"), "--seed", "24", "--frames", str(FRAMES)]
    skeleton = ["--skeleton", str(folder / MINE["skeleton"])]
    assert cli.main([*made, "--size", "288", *skeleton]) == 0
    (folder / "film" / "truth").mkdir()
    for file in (folder / "film").glob("*"):
        if file.suffix == ".mp4":
            file.rename(folder / "film" / "fly.mp4")
        elif file.name.endswith("truth.h5"):
            file.rename(folder / "film" / "truth" / "fly.h5")
    (folder / "config" / "mine.yaml").write_text(yaml.safe_dump(MINE, sort_keys=False))
    return folder


def run(folder, target):
    done = snakemake(folder, "--cores", "2", target, "--configfile", "config/mine.yaml")
    assert done.returncode == 0, done.stderr[-4000:]


def places(folder, key):
    """Part -> where it really is on the crop of an item, px."""
    video, frame, animal = key.rsplit(".", 2)
    truth = containers.Truth.read(folder / "film" / "truth" / "fly.h5")
    track = tracks.rows(folder / "results" / "mine" / "tracks" / f"{video}.h5", [int(frame)])
    where = track.centroid[int(animal)], track.heading[int(animal)], 192
    at = geometry.to_crop(truth.positions[int(frame)][None], *where)[0]
    return dict(zip(truth.skeleton.parts, at, strict=True))


def test_ten_frames_labeled_in_the_browser_lead_to_all_figures(checkout, context):
    run(checkout, "alignment")
    with Server(checkout, dataset="mine") as server:
        page = context.new_page()
        page.goto(server.link)
        frame = page.locator("image#frame")
        seen = {}
        for _ in range(LABELED):
            expect(page.locator("body")).to_have_attribute("data-item", next_key(page, seen))
            expect(page.locator("#canvas.loading")).to_have_count(0)
            key = page.locator("body").get_attribute("data-item")
            box = frame.bounding_box()
            seen[key] = places(checkout, key)
            page.keyboard.down("Shift")  # parts lie close to one another: always place
            for x, y in seen[key].values():
                scale = box["width"] / 192
                page.mouse.click(box["x"] + (x + 0.5) * scale, box["y"] + (y + 0.5) * scale)
            page.keyboard.up("Shift")
            expect(page.locator(f"[data-key='{key}']")).to_contain_text("32/32")
            page.keyboard.press("Enter")
        expect(page.locator("#saved")).to_have_attribute("data-pending", "0")
        kept = edits.read(server.labels)
        assert [k for k, item in kept.items.items() if item.done] == list(seen)
        page.close()
        assert server.stop() == 0
    run(checkout, "figures")
    labels = containers.Labels.read(checkout / "results" / "mine" / "labels" / "labels.h5")
    assert len(labels.positions) == LABELED
    for row, number in zip(labels.positions, labels.frame, strict=True):
        expected = np.array(list(seen[f"fly.{number}.0"].values()))
        # clicks fall on pixels of the screen, some 3 a pixel of the crop
        assert np.abs(row - expected).max() < 0.4
    assert list((checkout / "results" / "mine" / "figures").glob("*"))


def next_key(page, seen):
    """The first item that was not labeled yet; pages go there by themselves."""
    rows = page.locator("[data-key]")
    expect(rows.first).to_be_attached()
    keys = [rows.nth(k).get_attribute("data-key") for k in range(rows.count())]
    return next(key for key in keys if key not in seen)
