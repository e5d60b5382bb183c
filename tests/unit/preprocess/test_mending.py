"""A track is judged after people have mended it, not before."""

from dataclasses import replace

import numpy as np
from fixtures.paths import walk

from leap_core.preprocess import mending, plausibility
from leap_core.preprocess.corrections import Correction

WRONG = range(400, 480, 4)  # 1.7 % of the frames


def jumping():
    """A sound track, and the same with single frames four body lengths away."""
    track = walk(30.0, 60.0)
    center = track.centroid.copy()
    center[0, WRONG] += [240, 0]
    return track, replace(track, centroid=center)


def test_what_was_mended_makes_no_frame_unsure():
    track, jumps = jumping()
    assert (mending.finished(jumps, []).quality <= 0.5).all()
    lines = [Correction("bridge", frame, frame + 1, 0) for frame in WRONG]
    found = mending.finished(jumps, lines)
    assert np.abs(found.centroid - track.centroid).max() < 6
    assert (found.quality == 1).all()
    assert plausibility.doubts(found) == []


def test_a_place_that_is_no_bodys_is_not_called_a_guess_of_the_head():
    found = mending.finished(jumping()[1], [])
    (line,) = plausibility.warnings_of(plausibility.doubts(found), found)
    assert "takes a step that no body takes" in line
    guess = replace(found, quality=np.minimum(found.quality, 0.3))
    assert any("a guess" in d.text and d.warn for d in plausibility.doubts(guess))


def test_a_heading_that_a_person_has_set_stays_sure():
    found = mending.finished(jumping()[1], [Correction("flip", 100, 110, 0)])
    assert (found.quality[0, 100:110] == 1).all()
    assert (np.delete(found.quality[0], range(100, 110)) <= 0.5).all()
