"""What little footage and slow cameras cannot tell is said, in lines of our own."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.stances import LEGS, PATTERNS, stepping, walking_poses
from fixtures.walkers import SETTINGS, TETRAPOD, TRIPOD, walker

from leap_core import cli, gait
from leap_core.gait.by_speed import circular_mean

FEW = "below 12 s they depend on which bouts there happen to be"


def analysed(poses, **changes):
    settings = replace(SETTINGS, **changes)
    model = gait.fit_model([poses], settings, 0.2, 0)
    return (model, *gait.analyse(poses, model, settings, 0.2))


@pytest.mark.parametrize("symbols", ["patterns", "count"])
def test_gait_modes_of_71_frames_say_that_they_are_hardly_known(fly32, symbols, caplog):
    """3 states of 36 patterns: 105 + 6 + 2 free numbers; of 7 counts: 18 + 6 + 2."""
    poses, _ = walker(fly32, TETRAPOD, frames=71)
    model, result, tables = analysed(poses, symbols=symbols, min_walking_s=0)
    assert (result.state >= 0).any()
    free = {"patterns": 113, "count": 26}[symbols]
    words = f"learned from 71 frames (0.7 s) of walking, for {free} free numbers"
    assert words in model.note and FEW in model.note
    assert f"note: gait modes: {words}" in gait.summarize(result, tables)
    assert not caplog.records


def test_gait_modes_of_little_walking_are_not_given(fly32):
    poses, _ = walker(fly32, TETRAPOD, frames=71)
    model, result, tables = analysed(poses)
    assert model.frames == 71 and (result.state == -1).all() and np.isnan(result.posterior).all()
    assert result.walking.all() and set(tables.steps.gait) == {""}
    assert "no gait modes: learned from 0.7 s of walking, less than the 12 s" in result.note
    assert "gait modes: t" not in gait.summarize(result, tables)


def test_enough_walking_says_nothing(fly32):
    poses, _ = walker(fly32, TETRAPOD, frames=1200)
    model, result, _ = analysed(poses)
    assert model.frames == 1200 and model.note == "" and result.note == ""
    assert FEW in analysed(replace(poses, fps=101.0))[0].note


def test_plain_arrays_of_little_walking_get_one_line_and_none_of_the_library(caplog, capfd):
    stance = ~stepping(PATTERNS["tripod"], 12, 5, 71)
    model, _, _ = gait.modes(stance, legs=LEGS)
    (record,) = caplog.records
    assert record.name.startswith("leap_core") and model.note in record.getMessage()
    assert FEW in model.note and "\n" not in record.getMessage()
    # a fit whose likelihood trembles, of which the library tells round by round
    caplog.clear()
    gait.modes(np.ones((2000, 6), bool), legs=LEGS)
    assert not caplog.records
    assert "".join(capfd.readouterr()) == ""


def test_the_command_prints_no_line_of_the_library(fly32, tmp_path, capfd):
    poses, _ = walker(fly32, TRIPOD, frames=71)
    poses.write(tmp_path / "poses.h5")
    assert cli.main(["gait", str(tmp_path / "poses.h5"), "-o", str(tmp_path / "out.h5")]) == 0
    shown = "".join(capfd.readouterr())
    assert "degenerate" not in shown and "converging" not in shown
    assert shown.count(FEW) == 1


@pytest.mark.parametrize(("fps", "frames"), [(25.0, 1), (33.0, 1), (50.0, 2), (60.0, 2)])
def test_swings_of_a_frame_or_two_are_called_doubtful(fly32, fps, frames):
    """Legs that swing for one or two frames of a slow camera."""
    poses = walking_poses(fly32, stepping(PATTERNS["tripod"], 6, frames, 400), fps=fps, speed=10.0)
    _, result, tables = analysed(poses, min_bout_s=0.2)
    words = f"{fps:g} frames/s: swings last "
    assert words in result.note and f"known to a frame ({1000 / fps:.0f} ms)" in result.note
    assert words in gait.summarize(result, tables)
    # which legs stand keeps the names of modes apart, how many do not
    assert "names of gait modes" not in result.note
    assert "names of gait modes" in analysed(poses, min_bout_s=0.2, symbols="count")[1].note


def test_a_slow_animal_before_a_slow_camera_is_told_which_rule_applies(fly32):
    """Swings of 8 frames at 30 frames/s are seen, but not by movement over the ground."""
    poses, _ = walker(fly32, TETRAPOD, stride=24)
    result = analysed(replace(poses, fps=30.0))[1]
    assert "30 frames/s: below 55 a swing is told by movement forward past the body" in result.note
    assert "steps of 33 ms" in result.note and "doubtful" not in result.note
    assert "frames/s" not in analysed(replace(poses, fps=60.0))[1].note


@pytest.mark.parametrize("count", [1, 3, 500])
def test_phases_around_0_have_a_mean_of_0_never_of_1(count):
    rng = np.random.default_rng(0)
    for shift, expected in ((0.1, 0.0), (1e-9, 0.0), (1e-13, 0.0), (0.2, 0.0), (0.45, 0.5)):
        phases = rng.permutation(np.r_[[shift] * count, [1 - shift] * count])
        mean, length = circular_mean(phases)
        assert mean == expected
        assert length == pytest.approx(abs(np.cos(2 * np.pi * shift)), abs=1e-9)


def test_phases_that_cancel_have_no_mean():
    for phases in ([0.25, 0.75], [0.0, 0.5], [0, 1 / 3, 2 / 3], np.arange(10) / 10):
        mean, length = circular_mean(np.array(phases))
        assert np.isnan(mean) and length == pytest.approx(0, abs=1e-12)


def test_mean_phases_lie_from_0_to_below_1_wherever_the_phases_are():
    rng = np.random.default_rng(1)
    for middle in np.linspace(0, 1, 41):
        phases = (middle + np.r_[-0.05, 0.05, -0.01, 0.01]) % 1
        mean, _ = circular_mean(rng.permutation(phases))
        assert 0 <= mean < 1
        assert abs((mean - middle + 0.5) % 1 - 0.5) < 1e-8
