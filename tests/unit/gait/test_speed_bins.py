"""Bins of speed follow the animal: flies have the paper's, a mouse ten times wider ones."""

import numpy as np
import pandas as pd
import pytest

from leap_core import gait
from leap_core.figures.paper import fig3b
from leap_core.gait import speed_bins

FLY = np.random.default_rng(3).gamma(4.0, 3.5, 3000)  # mm/s, the fastest about 35


@pytest.mark.parametrize("fastest", [4.0, 20.0, 49.0])
def test_flies_have_the_bins_of_the_paper(fastest):
    assert speed_bins.edges(np.full(100, fastest)) == (2, 5, 10, 15, 20, 25, 30, 35)


@pytest.mark.parametrize("fastest", [1e-3, 0.7, 3.4, 51.0, 240.0, 351.0, 9000.0])
def test_other_animals_fill_most_of_their_bins(fastest):
    edges = np.array(speed_bins.edges(np.linspace(0.01, 1, 1000) * fastest))
    assert edges[-1] >= 0.99 * fastest > 0.35 * edges[-1]
    assert np.allclose(edges / edges[0], np.array(speed_bins.PAPER) / 2)


def test_a_single_leap_of_a_track_does_not_stretch_the_bins():
    assert speed_bins.scale(np.append(FLY, [4000.0, np.nan, np.inf])) == 1
    assert speed_bins.scale([]) == speed_bins.scale([np.nan]) == 1


def test_an_animal_ten_times_as_fast_has_the_same_tables_in_bins_ten_times_as_wide():
    rng = np.random.default_rng(4)
    phases = pd.DataFrame(
        {"leg": "LF", "other": "RF", "phase": rng.uniform(0, 1, len(FLY)), "mean_speed": FLY,
         "units": "mm/s"}
    )  # fmt: skip
    tripods = phases.assign(tripod="LF-RM-LH", strength=phases["phase"])
    for table, mean in ((phases, gait.mean_phases), (tripods, gait.mean_strength)):
        found = mean(table)
        fast = mean(table.assign(mean_speed=10 * FLY))
        assert len(found) >= 6
        for edge in ("speed_low", "speed_high"):
            fast[edge] /= 10
        pd.testing.assert_frame_equal(found, fast)


def test_swings_of_a_fast_animal_have_profiles():
    time = np.arange(2.0, 80, 4)
    table = pd.concat(
        pd.DataFrame(
            {"recording": "a", "leg": "LF", "swing": k, "time_ms": time,
             "velocity": 300 * np.sin(np.pi * time / 80), "mean_speed": speed, "units": "mm/s"}
        )
        for k, speed in enumerate(np.linspace(60, 330, 120))
    )  # fmt: skip
    found = gait.swing_profiles(table)
    assert sorted(found["speed_low"].unique()) == [50, 100, 150, 200, 250, 300]
    assert found.drop_duplicates("speed_low")["swings"].sum() == 120


def test_durations_of_a_fast_animal_are_shown_in_as_many_bins_as_a_flys():
    def shown(speeds):
        steps = pd.DataFrame(
            {"kind": "swing", "duration_ms": 100.0, "mean_speed": speeds, "whole": True}
        )
        curve = fig3b.draw(steps, first=7.2 * speed_bins.scale(speeds)).axes[1].lines[0]
        return np.isfinite(curve.get_ydata()).sum()

    assert shown(10 * FLY) == shown(FLY) > 10
