"""Density, regions and occupancy of a map of known hills."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.dancers import SMALL

from leap_core import behavior, config
from leap_core.behavior import regions
from leap_core.containers import Behavior, BehaviorMap, Embedding
from leap_core.errors import UserError

# Regions


def test_density_of_one_point_is_the_gaussian_and_integrates_to_one():
    height = regions.density(np.array([[4.0, -6.0]]), 401, 0.65)
    width = 40 / 401
    assert height.sum() * width**2 == pytest.approx(1)
    assert height.max() == pytest.approx(1 / (2 * np.pi * 0.65**2), rel=0.01)
    row, column = np.unravel_index(height.argmax(), height.shape)
    assert (column + 0.5) * width - 20 == pytest.approx(4, abs=width)
    assert (row + 0.5) * width - 20 == pytest.approx(-6, abs=width)


def test_regions_of_known_hills():
    y, x = np.mgrid[:101, :101]

    def hill(cx, cy, height, spread=8):
        return height * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * spread**2))

    height = hill(25, 50, 1.0) + hill(75, 50, 0.8) + hill(50, 5, 0.01, 2)
    labels = regions.watershed_regions(height, 0.05)
    assert labels.max() == 2 and labels[5, 50] == 0
    assert labels[50, 25] != labels[50, 75] and min(labels[50, 25], labels[50, 75]) > 0
    # A line of zeros parts the two everywhere, also diagonally.
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        one, other = labels, np.roll(labels, (-dy, -dx), (0, 1))
        assert not ((one != other) & (one > 0) & (other > 0)).any()
    # Flat tops that touch are one seed: clipping below the saddle merges the hills.
    saddle = height[50, 25:76].min()
    merged = regions.watershed_regions(height, 1e-3, 0.9 * saddle)
    assert merged[50, 25] == merged[50, 75] > 0 and merged.max() == 2


def test_a_clip_above_all_density_leaves_no_region_and_says_so(mapped, tmp_path):
    *_, embedding, found, area = mapped
    high = 2 * float(area.density.max())
    bare = behavior.build_map(embedding, found, replace(SMALL, clip=[high, 2 * high]))
    assert not bare.labels.any() and len(bare.occupancy) == 0 and area.note == ""
    assert bare.note == (
        f"no density above behavior.clip[0] = {high:g}; the highest is {high / 2:.3g}; lower it"
    )
    bare.write(tmp_path / "bare.h5")
    assert BehaviorMap.read(tmp_path / "bare.h5").note == bare.note


@pytest.mark.parametrize("clip", [[0.003, 0.001], [0.001, 0.001], [-0.1, 1]])
def test_a_clip_that_is_no_range_is_refused(clip):
    value = {"dataset": "a", "skeleton": "b", "videos": [{"id": "v", "path": "v.mp4"}]}
    config.from_dict(value, "config")
    with pytest.raises(UserError, match=r"config: `behavior.clip` is \[.*0 <= low < high"):
        config.from_dict(value | {"behavior": {"clip": clip}}, "config")


def test_occupancy_counts_frames_and_no_data_is_minus_one(mapped):
    *_, found, area = mapped
    region = np.concatenate([b.region for b in found])
    share = np.bincount(region, minlength=len(area.occupancy) + 1)[1:] / len(region)
    assert np.allclose(area.occupancy, share)
    assert (np.diff(area.occupancy) <= 0).all()
    z = found[0].z.copy()
    z[:5] = np.nan
    assert (behavior.assign(replace(found[0], z=z), area).region[:6] >= 0).tolist() == [
        False
    ] * 5 + [True]
    for i, (px, py) in enumerate(area.peak):
        column, row = (int(np.searchsorted(area.edges_x, v)) - 1 for v in (px, py))
        assert area.labels[row, column] == i + 1


HOMES = np.array([[-12.0, -12.0], [12.0, -12.0], [12.0, 12.0], [-12.0, 12.0]])


def walk(order, seconds, name="a", fps=20.0):
    """A recording that stays at each home of ``order`` in turn for that long."""
    frames = round(seconds * fps)
    rng = np.random.default_rng(0)
    z = np.repeat(HOMES[list(order)], frames, axis=0)
    z += rng.normal(0, 0.5, z.shape)
    count = len(z)
    return Behavior(
        z=z, error=np.zeros(count), region=np.full(count, -1), far=np.zeros(count, bool),
        frame=np.arange(count) + 900, recording=name, fps=fps,
    )  # fmt: skip


def area_of(*behaviors, **changes):
    """Their map, with wavelets of 1 Hz: half of the widest is 4.87 s."""
    rows = np.full((4, 8), 1 / 8, np.float32)
    rows[:, 4:] = 0
    embedding = Embedding(
        features=rows, z=HOMES, source=np.array(["a"] * 4), frame=np.arange(4),
        channels=["a x", "b x"], frequencies=[1.0, 2.0, 4.0, 8.0], omega0=5.0, **changes,
    )  # fmt: skip
    settings = config.Behavior(sigma=1.0, clip=[0.0005, 1.0], bins=101)
    return behavior.build_map(embedding, list(behaviors), settings)


def test_a_map_whose_regions_are_visited_once_says_so(caplog):
    """30 s in four places, in each for one stretch: nothing comes back."""
    area = area_of(walk([0, 1, 2, 3], 7.5))
    assert len(area.occupancy) == 4
    assert "4 of 4 regions were visited once in 30 s of footage" in area.note
    assert "within 4.87 s" in area.note
    for key in ("behavior.perplexity", "exaggeration", "sigma"):
        assert key in area.note
    assert area.note in caplog.text
    # out for 2 s, which the widest wavelet bridges, and back
    assert "4 of 4 regions" in area_of(walk([0, 1, 0, 1, 2, 3, 2, 3], 2.0)).note


def test_a_map_whose_regions_are_come_back_to_says_nothing():
    assert area_of(walk([0, 1, 2, 3, 0, 1, 2, 3], 7.5)).note == ""
    assert area_of(walk([0, 1, 2, 3], 7.5), walk([0, 1, 2, 3], 7.5, "b")).note == ""
    # one of three: a rare behavior does not make the map one of time
    assert area_of(walk([0, 1, 2, 0, 1], 7.5)).note == ""
    assert area_of(walk([0], 30.0)).note == ""


def test_channels_that_the_map_is_made_without_have_no_spectrum_and_are_named():
    area = area_of(walk([0, 1, 0, 1], 7.5), dropped=["b x"])
    assert area.note == "made without b x: some recordings lack them"
    seen = area.spectrum[area.points > 0]
    assert np.isnan(seen[:, 1]).all() and np.allclose(seen[:, 0], 1 / 8)


def test_a_recording_that_shares_no_region_with_the_others_is_named(caplog):
    """Whatever keeps them apart: a map by recording is not one by behavior."""
    apart = area_of(walk([0, 1] * 3, 7.5), walk([2, 3] * 3, 7.5, "b"))
    words = "hardly a frame in regions of other recordings: a (0%), b (0%)"
    assert words in apart.note and words in caplog.text
    three = area_of(*(walk([0, 1] * 3, 7.5, name) for name in "ac"), walk([2, 3] * 3, 7.5, "b"))
    assert "other recordings: b (0%);" in three.note
    # a third of the time in common
    some = area_of(walk([0, 1, 2] * 2, 7.5), walk([2, 3, 3] * 2, 7.5, "b"))
    assert "other recordings" not in some.note
    # a short recording of one thing that the other does, too
    brief = area_of(walk([0, 1, 2, 3] * 4, 7.5), walk([3], 7.5, "b"))
    assert "other recordings" not in brief.note
