"""Swing profiles and examples of known walks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fixtures.walkers import FPS, LEGS, SETTINGS, TRIPOD, walker

from leap_core import gait
from leap_core.containers import Gait
from leap_core.excerpts import steps
from leap_core.excerpts.steps import moving_mean
from leap_core.gait.kinematics import Kinematics
from leap_core.gait.profiles import PROFILE_COLUMNS, SWING_COLUMNS, swings


def rows_of(peak, duration, speed, swings, seed=0, step=10.0):
    """Swings whose velocity is exactly a parabola of this peak and duration, frames at random."""
    rng = np.random.default_rng(seed)
    parts = []
    for k in range(swings):
        time = np.arange(rng.uniform(0.1, step), duration, step)
        velocity = 4 * peak * time / duration * (1 - time / duration)
        parts.append(
            pd.DataFrame({"recording": "a", "leg": "LF", "swing": k, "frame": 0, "time_ms": time,
                          "velocity": velocity, "mean_speed": speed, "units": "mm/s"})
        )  # fmt: skip
    return pd.concat(parts)[list(SWING_COLUMNS)]


def test_parabolas_of_known_swings_are_recovered():
    table = pd.concat([rows_of(20, 50, 7.0, 40), rows_of(35, 40, 31.0, 40), rows_of(9, 50, 12, 9)])
    found = gait.swing_profiles(table)
    assert list(found.columns) == list(PROFILE_COLUMNS)
    assert sorted(found.speed_low.unique()) == [5, 30]  # nine swings are too few
    for low, peak, middle in ((5, 20, 25), (30, 35, 20)):
        rows = found[found.speed_low == low]
        assert rows.peak.to_numpy() == pytest.approx(peak) and (rows.swings == 40).all()
        assert rows.peak_ms.to_numpy() == pytest.approx(middle)
        exact = 4 * peak * rows.time_ms / (2 * middle) * (1 - rows.time_ms / (2 * middle))
        assert np.allclose(rows.fit.dropna(), exact[rows.fit.notna()])
        assert np.abs(rows.velocity - exact).max() < 0.1 * peak  # means over 5 ms
    assert len(gait.swing_profiles(table.assign(units="px/s"))) == 0
    assert len(gait.swing_profiles(table.assign(mean_speed=np.nan))) == 0


def test_a_time_bin_counts_swings_not_frames():
    found = gait.swing_profiles(rows_of(20, 50, 7.0, 40, step=2.0))
    assert (found.n <= 40).all() and found.n.max() == 40


def test_a_forward_movement_is_listed_once_and_inside_its_bout():
    """One leg: a movement split into two phases, then one that the end of walking cuts."""
    velocity = np.r_[-5.0, -5, 4, 9, 9, 1, 9, 9, 4, -5, -5, 6, 9, 9, 9, -5, -5]
    phase = np.r_[-1, -1, 1, 1, 1, -1, 1, 1, 1, -1, -1, 1, 1, -1, 1, -1, -1]
    walking = np.arange(len(velocity)) < 14
    found = Kinematics(
        tip_velocity=velocity[:, None],
        phase=phase[:, None].astype(np.int8),
        valid=np.ones((len(velocity), 1), bool),
        forward_velocity=np.full(len(velocity), 7.0),
        walking=walking,
        units="mm/s",
        legs=["LF"],
        fps=FPS,
        walking_source="forward velocity > 2 mm/s",
        speed_source="body track",
        note="",
    )
    table = swings(found, "a", np.arange(len(velocity)))
    assert table.frame.tolist() == [*range(2, 9), 11, 12, 13]
    assert table.swing.tolist() == [0] * 7 + [1] * 3


def test_swing_onsets_lie_between_frames(fly32):
    """Feet that move as sines swing for half a period, from zero to zero of their velocity."""
    poses, _ = walker(fly32, TRIPOD)
    period, size = 12.7, 40.0
    angle = 2 * np.pi * np.arange(1200) / period
    positions = np.full_like(poses.positions, 96.0)
    for i, tip in enumerate(fly32.leg_tips.values()):
        positions[:, tip, 0] -= size * np.cos(angle - i)
    settings = replace(SETTINGS, stance_rule="paper")
    moving = replace(poses, positions=positions)
    model = gait.fit_model([moving], settings, 0.2, 0)
    table = gait.analyse(moving, model, settings, 0.2)[1].swings
    assert list(table.columns) == list(SWING_COLUMNS) and set(table.leg) == set(LEGS)
    fastest = table.velocity.max()
    exact = fastest * np.sin(2 * np.pi * table.time_ms / 10 / period)
    assert np.abs(table.velocity - exact).max() < 0.08 * fastest
    assert table.frame.min() >= 7 and (table.velocity > 0).all()
    assert 85 * 6 < table.groupby(["leg", "swing"]).ngroups < 95 * 6
    assert table.mean_speed.to_numpy() == pytest.approx(15, abs=0.1)


def states_file(states, posterior, **more):
    frames = len(states)
    rng = np.random.default_rng(0)
    values = {
        "tip_velocity": np.zeros((frames, 6)),
        "swing": np.zeros((frames, 6), bool),
        "valid": np.ones((frames, 6), bool),
        "forward_velocity": 10 + rng.normal(0, 1, frames),
        "walking": np.ones(frames, bool),
        "state": states,
        "posterior": posterior,
        "frame": np.arange(frames) + 100,
        "legs": list(LEGS),
        "states": ["tripod", "tetrapod"],
        "fps": FPS,
    }
    return Gait(**(values | more))


def test_examples_are_the_longest_and_surest_bouts():
    states = np.full(500, -1)
    states[10:60], states[100:190], states[200:280] = 0, 0, 1
    states[300:390] = 0
    sure = np.zeros((500, 2))
    sure[:, 0] = 0.7
    sure[305:385, 0] = 0.9  # 80 of its 90 frames
    sure[200:280, 1] = 1
    found = steps.mode_examples([states_file(states, sure)])
    assert (found["tripod"].start, found["tripod"].stop) == (305, 385)
    assert (found["tetrapod"].start, found["tetrapod"].stop) == (200, 280)
    short = np.where(np.arange(500) % 20 < 19, 0, -1)
    assert steps.mode_examples([states_file(short, sure)]) == {"tripod": None, "tetrapod": None}


def test_the_schematic_shows_the_steadiest_walk_and_its_most_regular_leg():
    frames = 400
    angle = 2 * np.pi * np.arange(frames) / 12
    swing = np.repeat((np.sin(angle) > 0)[:, None], 6, axis=1)
    velocity = np.where(swing, np.random.default_rng(0).uniform(10, 40, (frames, 6)), -10)
    velocity[:, 4] = np.where(swing[:, 4], 25 * np.sin(angle), -10)
    speed = 10 + np.random.default_rng(1).normal(0, 1, frames)
    speed[200:260] = 12
    file = states_file(
        np.zeros(frames), np.ones((frames, 2)), swing=swing, tip_velocity=velocity,
        forward_velocity=speed,
    )  # fmt: skip
    found = steps.steady_steps([file])
    assert (found.start, found.stop, found.leg) == (200, 260, 4)
    broken = replace(file, valid=np.repeat((np.arange(frames) % 50 > 0)[:, None], 6, axis=1))
    assert steps.steady_steps([broken]) is None
    assert moving_mean(np.arange(5.0), 2).tolist() == [0.5, 1.5, 2.5, 3.5]
