"""Feet that sweep back under a body that stays, and bodies that go where their feet say."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.walkers import FPS, SCALE, SETTINGS, TETRAPOD, TRIPOD, walker

from leap_core import config, gait

SWEEP = "feet sweep back under a body that stays"


def analysed(poses, **changes):
    settings = replace(SETTINGS, **changes)
    return gait.analyse(poses, gait.fit_model([poses], settings, 0.2, 0), settings, 0.2)


@pytest.mark.parametrize("rule", ["levels", "paper"])
def test_a_walker_on_a_belt_that_drifts_in_the_picture_is_told(fly32, rule):
    """15 mm/s by its feet, 0.5 mm/s in the picture: two body lengths in 12 s."""
    poses, _ = walker(fly32, TETRAPOD)
    time = np.arange(1200) / FPS
    drift = SCALE * 0.5 * time[:, None] * np.array([0.6, 0.8])
    belt = replace(poses, center=96 + drift)
    result, tables = analysed(belt, stance_rule=rule)
    assert not result.walking.any() and result.speed_source == "body track"
    said = gait.summarize(result, tables)
    assert "walking: no frame" in said
    assert f"{SWEEP}: in 12.0 of the 12.0 s" in said and "they tell 15.0 mm/s" in said
    assert "`gait.speed: stance`" in said and SWEEP in result.note
    # nothing is taken without being asked for
    assert np.abs(result.forward_velocity).max() < 1
    asked, tables = analysed(belt, stance_rule=rule, speed="stance")
    assert asked.walking.mean() > 0.95 and SWEEP not in asked.note
    assert np.median(asked.forward_velocity) == pytest.approx(15, abs=0.2)
    assert "median speed 15.0 mm/s, from the stance legs" in gait.summarize(asked, tables)


def test_a_belt_that_runs_for_part_of_the_time_is_told(fly32):
    """4 of 12 s of one long walk."""
    poses, _ = walker(fly32, TRIPOD)
    center = poses.center.copy()
    center[400:800] = center[400]
    center[800:] -= poses.center[800] - center[400]
    result, _ = analysed(replace(poses, center=center))
    assert f"{SWEEP}: in 4.0 of the 12.0 s" in result.note
    assert result.walking.mean() == pytest.approx(2 / 3, abs=0.02)


def test_a_belt_is_told_without_a_scale(fly32):
    """15 mm/s at 35 px/mm are 525 px/s."""
    poses, _ = walker(fly32, TETRAPOD, frames=600)
    belt = replace(poses, center=np.zeros((600, 2)), px_per_mm=float("nan"))
    note = gait.leg_kinematics(belt, SETTINGS, 0.2).note
    assert note.startswith("unknown scale") and f"{SWEEP}: in 6.0 of the 6.0 s" in note
    assert "they tell 525.0 px/s" in note
    free = replace(poses, px_per_mm=float("nan"))
    assert SWEEP not in gait.leg_kinematics(free, SETTINGS, 0.2).note


@pytest.mark.parametrize("pattern", [TRIPOD, TETRAPOD])
@pytest.mark.parametrize("speed", [5.0, 15.0, 30.0])
def test_a_free_walker_is_not(fly32, pattern, speed):
    poses, _ = walker(fly32, pattern, speed=speed)
    result, _ = analysed(poses)
    assert result.walking.all() and result.note == ""


def test_an_animal_that_stands_on_the_belt_or_drifts_with_it_is_not(fly32):
    poses, _ = walker(fly32, TETRAPOD, frames=400)
    still = replace(poses, positions=np.repeat(poses.positions[:1], 400, axis=0))
    for center in (still.center, np.zeros_like(still.center)):
        assert SWEEP not in analysed(replace(still, center=center))[0].note


def test_simulated_flies_that_walk_freely_are_not_told(fly32):
    """Grooming, standing and turning, too, with jitter of every part."""
    from leap_core.synthetic import anatomy, movie

    rng = np.random.default_rng(61)
    fly = anatomy.individual(rng)
    settings = config.Synthetic(frames=2000, size=200, camera="closed_loop")
    truth = movie.truth(movie.simulate(settings, fly, rng), fly, fly32)
    turn = np.exp(-1j * truth.heading.astype(float))[:, None]
    places = truth.positions.astype(float) @ (1, 1j)
    body = (places - places[:, [fly32.index("thorax")]]) * turn
    positions = np.stack([body.real, body.imag], axis=-1) + rng.normal(0, 0.6, (2000, 32, 2))
    poses, _ = walker(fly32, TRIPOD, frames=2000)
    free = replace(poses, positions=positions, center=truth.centroid, heading=truth.heading)
    assert gait.leg_kinematics(free, SETTINGS, 0.2).note == ""
    tethered = replace(free, center=np.zeros((2000, 2)))
    assert SWEEP in gait.leg_kinematics(tethered, SETTINGS, 0.2).note
