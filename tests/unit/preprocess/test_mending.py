"""A track is judged after people have mended it, not before."""

from dataclasses import replace

import numpy as np
from fixtures.paths import walk

from leap_core.preprocess import corrections, mending, plausibility
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


def exchanged():
    """Two animals far apart, with the names of the other from frame 300 on, 1 turned till 100."""
    track = walk(30.0, 60.0, animals=2)
    swapped = corrections.apply(track, [Correction("swap", 300, 1200, 0, 1)])
    heading = swapped.heading.copy()
    heading[1, :100] += np.pi
    return track, replace(swapped, heading=heading)


MENDS = [Correction("swap", 300, 1200, 0, 1), Correction("flip", 0, 100, 1)]


def test_lines_that_mend_are_no_misfits():
    track, spoiled = exchanged()
    assert list(mending.misfits(spoiled, MENDS)) == []
    assert plausibility.doubts(mending.finished(spoiled, MENDS)) == []
    # what lies between two breaks, one line for each half; to a gap; one far away for a moment
    halves = [Correction("flip", 0, 50, 1), Correction("flip", 50, 100, 1)]
    assert list(mending.misfits(spoiled, halves[::-1])) == []
    gap = [Correction("drop", 600, 700, 0), Correction("flip", 500, 600, 0)]
    assert len(list(mending.misfits(track, gap))) == 1
    assert list(mending.misfits(track, [gap[0], Correction("flip", 700, 1200, 0)])) == []


def test_lines_of_another_track_are_told():
    """Tracked again, the two were not exchanged, and no head was taken for a tail."""
    track, _ = exchanged()
    lines = [replace(line, where=f"c.csv line {k}") for k, line in enumerate(MENDS, start=2)]
    swap, flip = mending.misfits(track, lines)
    assert swap.startswith("c.csv line 2: swap makes animal 0 leave its place at frame 300")
    assert flip.startswith("c.csv line 3: flip makes animal 1 turn round at frame 100")
    assert "another track" in flip
