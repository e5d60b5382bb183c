"""Lift-off and landing of known steps and of simulated flies."""

import numpy as np
import pytest
from fixtures.walkers import FPS

from leap_core import gait
from leap_core.errors import UserError
from leap_core.gait.foot_height import over_ground_level
from leap_core.gait.step_fit import fitted
from leap_core.timeseries import runs
from leap_core.validation.recording import whole_phases

HOMES = np.array([[57, -21], [-2, -58], [-57, -38], [57, 21], [-2, 58], [-57, 38]], float)
PHASES = np.array([0, 0.5, 0, 0.5, 0, 0.5])  # tripods


def stepping(fps, seconds=6.0, speed=300.0, swing=0.04, rest=0.08, height=20.0, shift=0.0):
    """Six feet of a straight walker in closed form: tips (frame, leg, 3) px and stance.

    Feet on the ground go back with the body's speed; those in the air go forward with a
    velocity, and rise and fall with a height, that are parabolas in time.
    """
    time = np.arange(round(seconds * fps)) / fps + shift
    cycle = (time[:, None] / (swing + rest) + PHASES) % 1 * (swing + rest)
    share = np.clip((cycle - rest) / swing, 0, 1)
    way = 3 * share**2 - 2 * share**3
    x = speed * (rest / 2 - cycle + (swing + rest) * way)
    tips = np.zeros((len(time), 6, 3))
    tips[..., :2] = HOMES
    tips[..., 0] += x
    tips[..., 2] = height * 4 * share * (1 - share)
    return tips, cycle < rest


@pytest.mark.parametrize("fps", [60.0, 100.0, 200.0, 330.0, 400.0])
@pytest.mark.parametrize("axes", [2, 3])
def test_steps_of_a_known_walk_at_any_frame_rate(fps, axes):
    """Noisy feet, in the plane and with their height: each swing once, as long as it is."""
    tips, truth = stepping(fps, shift=0.0011)
    tips += np.random.default_rng(0).normal(0, 0.5, tips.shape)
    found = gait.detect_stance(tips[..., :axes], fps)
    inside = slice(round(0.1 * fps), -round(0.1 * fps))
    # half a frame (or 3 ms) at each end of a swing; with a height a swing begins up to a frame
    # before the foot is seen off the ground
    wrong = max((1 if axes == 2 else 1.5) / fps, 0.006)
    assert (found != truth)[inside].mean() < wrong / 0.12
    within = np.zeros(len(tips), bool)
    within[inside] = True
    lengths = [np.concatenate([whole_phases(~leg, within)[0] for leg in s.T])
               for s in (found, truth)]  # fmt: skip
    # at most each leg's first and last swing are cut by the ends in one and not in the other
    assert abs(len(lengths[0]) - len(lengths[1])) <= 12
    assert abs(lengths[0].mean() - lengths[1].mean()) < (0.5 if axes == 2 else 1)


def ends(found, truth, fps):
    """Mean error, ms, of the onsets and of the landings of each leg's whole swings."""
    errors = []
    for was, is_ in zip(truth.T, found.T, strict=True):
        swings = runs(~is_)
        for swing in runs(~was)[1:-1]:
            nearest = np.abs(swings.mean(axis=1) - swing.mean()).argmin()
            errors.append(swings[nearest] - swing)
    return 1000 * np.mean(errors, axis=0) / fps


@pytest.mark.parametrize("fps", [60.0, 100.0, 330.0, 400.0])
@pytest.mark.parametrize("swing", [0.03, 0.04, 0.06])
def test_height_tells_lift_off_and_landing(fps, swing):
    """Landing within 2 ms; a central difference may see the rise up to a frame early."""
    tips, truth = stepping(fps, swing=swing, rest=2.11 * swing, speed=12 / swing, shift=0.0011)
    tips += np.random.default_rng(0).normal(0, 0.5, tips.shape)
    onset, landing = ends(gait.detect_stance(tips, fps), truth, fps)
    assert abs(landing) < 2
    assert -1000 / fps < onset < 2


@pytest.mark.parametrize("fps", [60.0, 100.0, 330.0])
@pytest.mark.parametrize("legs", [(0, 1, 2, 3, 4, 5), (0, 2, 3, 5)])
@pytest.mark.parametrize("swing", [0.04, 0.06, 0.09, 0.12, 0.15, 0.2])
def test_swings_last_as_long_as_they_do_in_slow_and_fast_animals(fps, swing, legs):
    """Mean duration within a frame, and as many leg-frames right as by the paper's rule."""
    tips, truth = stepping(
        fps, seconds=12, swing=swing, rest=1.53 * swing, speed=16 / swing, shift=0.0011
    )
    tips, truth = tips[:, legs, :2], truth[:, legs]
    tips = tips + np.random.default_rng(0).normal(0, 0.3, tips.shape)
    found, paper = (gait.detect_stance(tips, fps, rule=rule) for rule in ("levels", "paper"))
    lasted, last = (
        np.mean([stop - start for leg in s.T for start, stop in runs(~leg)[1:-1]])
        for s in (found, truth)
    )
    assert abs(lasted - last) < 1
    assert (found == truth).mean() >= min((paper == truth).mean(), 0.99)


def test_a_leg_whose_movements_are_no_steps_keeps_them():
    """A drift that never rests: longer than any duration that is tried."""
    path = np.outer(np.arange(400.0), (1.0, 0.0))
    moves = np.array([[start, start + 4] for start in range(20, 380, 40)])
    assert np.array_equal(fitted(moves, path, np.ones(399, bool), 0.1), moves)


@pytest.mark.parametrize("fps", [25.0, 40.0])
def test_slow_cameras_are_no_worse_than_the_papers_rule(fps):
    tips, truth = stepping(fps, seconds=20, swing=0.05, rest=0.23, speed=150)
    tips += np.random.default_rng(0).normal(0, 0.5, tips.shape)
    found, paper = (gait.detect_stance(tips, fps, rule=rule) for rule in ("levels", "paper"))
    assert (found == truth).mean() >= (paper == truth).mean() > 0.8
    still = HOMES + np.random.default_rng(1).normal(0, 0.5, (500, 6, 2))
    assert gait.detect_stance(still, fps).all()
    assert gait.detect_stance(still, fps, rule="paper").mean() < 0.6


def test_lift_off_and_landing_of_a_known_step_are_found_between_frames():
    """Places of one foot without noise: the fitted frames are the first after each moment."""
    frames = np.arange(40.0)
    for lift, duration in ((15.3, 4.1), (17.8, 3.0), (16.0, 6.4), (16.6, 4.9)):
        share = np.clip((frames - lift) / duration, 0, 1)
        path = np.outer(3 * share**2 - 2 * share**3, (30.0, -4.0))
        moves = fitted(np.array([[15, 22]]), path, np.ones(39, bool), 0.1)
        begin, end = int(np.ceil(lift)), int(np.ceil(lift + duration))
        assert np.abs(moves - [[begin, end]]).max() <= (0 if begin - lift > 0.15 else 1)
    # without a rest after it, or longer than a swing: as it was
    cut = np.arange(39) < 20
    for move, linked in (([15, 22], cut), ([5, 30], np.ones(39, bool))):
        assert fitted(np.array([move]), path, linked, 0.1).tolist() == [move]


def test_sloping_ground_is_not_height():
    """Feet that walk uphill in their own frame: the height over the plane under the stances."""
    tips, _ = stepping(FPS, height=0.0)
    tips[..., 2] = 5 + 0.3 * tips[..., 0] - 0.2 * tips[..., 1]
    stands = np.ones(len(tips), bool)
    for leg in range(6):
        height = over_ground_level(tips[:, leg], stands, FPS)
        assert np.abs(height).max() < 0.2 < np.ptp(tips[:, leg, 2])
    assert np.isnan(over_ground_level(tips[:, 0], ~stands, FPS)).all()


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("fps", [25.0, 100.0, 330.0])
def test_nothing_is_invented_where_no_foot_moves(fps, axes):
    """Constant and trembling tips, few frames, gaps, a leg that is never seen."""
    for frames in (0, 1, 2, 3, 4, 5, 17, 400):
        constant = np.zeros((frames, 6, axes))
        constant[..., :2] = HOMES
        assert gait.detect_stance(constant, fps).all()
        assert not gait.detect_stance(np.full_like(constant, np.nan), fps).any()
        tips = constant + np.random.default_rng(frames).normal(0, 0.5, constant.shape)
        assert gait.detect_stance(tips, fps).all()
        tips[:, 1] = np.nan
        tips[frames // 3 : frames // 2, 4] = np.nan
        found = gait.detect_stance(tips, fps)
        assert np.array_equal(found, np.isfinite(tips[..., 0]))


def test_a_flickering_tip_does_not_step():
    """A tip that jumps between two places, as trackers' do: no swing; a way of that length is."""
    tips = HOMES + np.random.default_rng(3).normal(0, 0.2, (300, 6, 2))
    tips[100:130, 1, 1] += 9
    tips[180:, 1, 1] += 9
    assert gait.detect_stance(tips, FPS).all()
    share = np.clip((np.arange(300) - 250) / 5, 0, 1)
    tips[:, 3, 0] += 9 * (3 * share**2 - 2 * share**3)
    swing = ~gait.detect_stance(tips, FPS)
    assert swing[:, 3].any() and not np.delete(swing, 3, axis=1).any()
    assert abs(np.flatnonzero(swing[:, 3]).mean() - 252.5) < 1


def test_gaps_and_lost_legs_leave_the_other_steps_as_they_are():
    tips, truth = stepping(FPS, shift=0.003)  # no lift-off right at a frame
    tips = tips[..., :2] + np.random.default_rng(2).normal(0, 0.5, (len(tips), 6, 2))
    whole = gait.detect_stance(tips, FPS)
    hurt = tips.copy()
    hurt[:, 5] = np.nan
    hurt[200:260, 2] = np.nan
    found = gait.detect_stance(hurt, FPS)
    assert not found[:, 5].any() and not found[200:260, 2].any()
    assert (found[:, :5] == whole[:, :5])[300:].mean() > 0.97
    seen = np.isfinite(hurt[..., 0])
    assert (found == truth)[seen].mean() > 0.94


def test_bad_tips_are_refused():
    tips, _ = stepping(FPS, seconds=1.0)
    for fps in (np.nan, 0.0, -1.0, np.inf):
        with pytest.raises(UserError, match="unknown frame rate.*give frames per second"):
            gait.detect_stance(tips, fps)
    with pytest.raises(UserError, match="not .frame, leg, 2 or 3."):
        gait.detect_stance(tips[:, :, 0], FPS)
    with pytest.raises(UserError, match="rule 'best'"):
        gait.detect_stance(tips, FPS, rule="best")
