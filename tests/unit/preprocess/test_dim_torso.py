"""Mice from below, whose brightest piece is a paw: drawn ones, real ones, and ordinary mice."""

import numpy as np
import pandas as pd
import pytest
from fixtures import bottom_mouse, mice
from fixtures.scenes import degrees

from leap_core import config, preprocess, skeleton
from leap_core.io import video
from leap_core.preprocess import mouse_outline, plausibility
from leap_core.preprocess.recipe import Task


@pytest.mark.parametrize("bright", [True, False])
def test_a_drawn_mouse_from_below_is_found_by_its_middle(bright, tmp_path):
    """Defaults; its belly is 3 to 13 grey levels from the floor, its paws are 150."""
    path = tmp_path / "below.mp4"
    truth = bottom_mouse.film(path, frames=100, seed=3, bright=bright)
    settings = config.Track(recipe="mouse_below", polarity="bright" if bright else "dark")
    track = preprocess.track(path, settings)
    assert track.valid.all()
    heading = degrees(track.heading[0] - truth.heading)
    assert np.median(heading) < 2 and heading.max() < 5
    assert np.linalg.norm(track.centroid[0] - truth.center, axis=1).max() < 10
    assert (track.quality >= 0.5).all()
    assert plausibility.warnings_of(plausibility.doubts(track), track) == []


def test_a_drawn_mouse_of_another_size(tmp_path):
    """A third of the size: all sizes follow the animal's."""
    path = tmp_path / "small.mp4"
    truth = bottom_mouse.film(path, frames=80, seed=4, scale=1 / 3)
    track = preprocess.track(path, config.Track(recipe="mouse_below", min_area_px=100))
    assert track.valid.all()
    assert degrees(track.heading[0] - truth.heading).max() < 8
    assert np.linalg.norm(track.centroid[0] - truth.center, axis=1).max() < 6


def test_a_slow_mouse_shows_its_tail(tmp_path):
    """It never walks so fast that its motion tells anything: the tail says where the head is."""
    path = tmp_path / "slow.mp4"
    truth = bottom_mouse.film(path, frames=200, seed=5, scale=0.5, pace=0.3)
    track = preprocess.track(path, config.Track(recipe="mouse_below"))
    assert degrees(track.heading[0] - truth.heading).max() < 8
    assert (track.quality >= 0.5).mean() > 0.95


def test_an_upright_mouse_is_not_called_sure(tmp_path):
    """While it rears it is round from below: what is called sure is right all the same."""
    path = tmp_path / "rears.mp4"
    truth = bottom_mouse.film(path, frames=150, seed=6, scale=0.5, rears=(60, 75))
    track = preprocess.track(path, config.Track(recipe="mouse_below"))
    off, sure = degrees(track.heading[0] - truth.heading), track.quality[0] >= 0.5
    upright = np.zeros(150, bool)
    upright[60:75] = True
    assert sure[~upright].all() and off[~upright].max() < 8
    assert (off[sure] < 30).all()
    assert sure[upright].mean() < 0.5


def test_a_simulated_mouse_that_rears_turns_and_walks(root, tmp_path):
    """6 s of an animal of another make: heading from tail base to snout, and where its tail begins.

    As it rears its torso is round, and in the turn its tail lies against its hips.
    """
    mouse16 = skeleton.read(root / "config" / "skeletons" / "mouse16.yaml")
    path, truth = mice.film(tmp_path, 39, mouse16, 300)
    assert {truth.behaviors[k] for k in truth.behavior} >= {"rear", "turn", "walk_slow"}
    task = Task(path, video.probe(path), config.Track(recipe="mouse_below"), 1, truth.fps)
    found = mouse_outline.find_below(task)
    assert found.valid.all()
    off = degrees(found.heading[0] - truth.heading)
    assert np.median(off) < 5 and off.max() < 45
    assert np.median(off[mice.doing(truth, "rear")]) < 12
    base = found.tail[0] - truth.positions[:, truth.skeleton.index("tailbase")]
    assert (np.linalg.norm(base, axis=1) <= 5).mean() > 0.9


def test_a_real_mouse_from_below_against_published_parts(data, root):
    """Tail root to nose, where both are sure: median 5, p95 15 degrees, centre 14 px of 204."""
    whole = config.read(root / "config" / "mouse_below.yaml")
    path = data / whole.videos[0].path
    track = preprocess.track(path, whole.track)
    table = pd.read_csv(path.with_suffix(".dlc.csv"), header=[1, 2], index_col=0)
    nose, base = table["Nose"], table["Tailroot"]
    sure = (nose["likelihood"] > 0.9) & (base["likelihood"] > 0.9) & track.valid[0]
    nose, base = (part.loc[sure, ["x", "y"]].to_numpy() for part in (nose, base))
    along = nose - base
    heading = degrees(track.heading[0, sure] - np.arctan2(along[:, 1], along[:, 0]))
    assert track.valid.mean() >= 0.995
    assert np.median(heading) <= 5 and np.percentile(heading, 95) <= 15
    assert (heading > 90).mean() <= 0.005
    off = np.linalg.norm(track.centroid[0, sure] - (nose + base) / 2, axis=1)
    assert np.median(off) <= 14
    assert np.linalg.norm(np.diff(track.centroid[0], axis=0), axis=1).max() < 100
