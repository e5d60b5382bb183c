from fractions import Fraction

import numpy as np
import pytest

from leap_core.io.frame_times import slots

MS = 1000


def stamps(rate, frames, left_out=(), rounding=np.rint):
    """Numbers of the frames that are there, and their times in whole ms."""
    number = np.setdiff1d(np.arange(frames), left_out)
    return number, rounding(number * MS / float(rate) + 1e-9).astype(np.int64)


@pytest.mark.parametrize("rounding", [np.rint, np.floor])
@pytest.mark.parametrize("left_out", [(), (50,), (100, 101, 350)])
@pytest.mark.parametrize("rate", [25, Fraction(30000, 1001), 60, 240, 333, 700, 960, 1000])
def test_numbers_are_found_from_rounded_times(rate, left_out, rounding):
    number, times = stamps(rate, 480, left_out, rounding)
    found, interval, even = slots(times, Fraction(MS) / rate)
    np.testing.assert_array_equal(found, number)
    assert MS / float(interval) == pytest.approx(float(rate), rel=1e-12) and even


@pytest.mark.parametrize("rate", [1500, 2000, 5000])
def test_several_frames_to_a_tick_are_all_counted(rate):
    number, times = stamps(rate, 480)
    found, interval, even = slots(times, Fraction(MS, rate))
    np.testing.assert_array_equal(found, number)
    assert interval == Fraction(MS, rate) and even


@pytest.mark.parametrize("left_out", [(), (50,), (100, 101, 350)])
@pytest.mark.parametrize("stated", [None, Fraction(1)])
def test_a_rate_that_is_not_stated_or_wrong_is_found(left_out, stated):
    number, times = stamps(Fraction(30000, 1001), 480, left_out)
    found, interval, even = slots(times, stated)
    np.testing.assert_array_equal(found, number)
    assert MS / interval == pytest.approx(29.97, rel=1e-4) and even


def test_a_camera_that_is_slower_than_stated():
    """Clocks differ: 29.9 frames/s in a file that says 30 are no gaps."""
    _, times = stamps(29.9, 3000)
    found, interval, even = slots(times, Fraction(MS, 30))
    assert found[-1] == 2999 and even
    assert MS / interval == pytest.approx(29.9, rel=1e-5)


def test_no_gaps_where_they_are_not_asked_for():
    _, times = stamps(50, 100, (20,))
    found, interval, even = slots(times, None, fill=False)
    np.testing.assert_array_equal(found, np.arange(99))
    assert interval == times[-1] / 98 and not even


def test_a_pause_is_not_filled_with_frames():
    times = np.r_[np.arange(100) * 20, np.arange(100) * 20 + 10**8]
    found, interval, even = slots(times, Fraction(20))
    assert (found[-1], interval, even) == (199, 20, False)


def test_a_single_frame_has_the_stated_rate_or_none():
    assert slots(np.array([7]), Fraction(20))[1] == 20
    assert np.isnan(slots(np.array([7]), None)[1])
