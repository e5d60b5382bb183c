"""Faults that are planted in plausible tracks are said; plausible tracks are not doubted."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.paths import walk

from leap_core.figures import first_page
from leap_core.figures.quality import alignment
from leap_core.preprocess import plausibility

# frame rates and body lengths (px) of footage, in which the same limits must hold
FOOTAGE = [(15.0, 30.0), (30.0, 60.0), (100.0, 110.0), (250.0, 400.0)]
footage = pytest.mark.parametrize(("fps", "body"), FOOTAGE)


def kinds(track, **known):
    return {d.kind for d in plausibility.doubts(track, **known)}


def said(track, **known):
    return plausibility.warnings_of(plausibility.doubts(track, **known), track)


def changed(track, **fields):
    """A track with arrays changed by functions of (copy of the array)."""
    done = {}
    for name, change in fields.items():
        values = getattr(track, name).copy()
        change(values)
        done[name] = values
    return replace(track, **done)


@footage
@pytest.mark.parametrize("animals", [1, 2])
def test_nothing_is_doubted_in_what_a_body_does(fps, body, animals):
    for seed in range(3):
        track = walk(fps, body, animals=animals, seed=seed)
        assert plausibility.doubts(track, crop_size=int(1.7 * body)) == []
        assert (plausibility.soundness(track) == 1).all()


@footage
def test_fast_runs_rears_and_turns_are_a_bodys(fps, body):
    """20 body lengths/s reached in 0.1 s, 1000 degrees/s, half the area within 0.25 s."""
    track = walk(fps, body, seconds=10)
    time = np.arange(track.valid.shape[1]) / fps
    speed = 20 * np.clip(np.minimum((time - 2) / 0.1, (3 - time) / 0.1), 0, 1)
    x = 0.5 * body + np.cumsum(speed) / fps * body * 0.9
    turn = np.radians(1000) * np.clip(time - 5, 0, 0.36)
    small = 1 - 0.5 * np.clip(np.minimum((time - 7) / 0.25, (8 - time) / 0.25), 0, 1)
    track = replace(
        track,
        centroid=np.stack([x, np.full_like(x, 10 * body)], -1)[None],
        heading=turn[None],
        area=track.area * small,
    )
    assert kinds(track) <= {"still"}
    assert said(track) == []


@footage
def test_a_step_there_and_back_is_a_moment_and_many_are_a_wrong_track(fps, body):
    track = walk(fps, body)
    frame = track.valid.shape[1] // 2

    def one(center):
        center[0, frame] += [4 * body, 0]

    (moment,) = plausibility.doubts(changed(track, centroid=one))
    assert moment.kind == "jump" and moment.first <= frame <= moment.last
    assert "4.0 body lengths" in moment.text and not moment.warn

    def many(center):
        center[0, ::40] += [4 * body, 0]

    (line,) = [line for line in said(changed(track, centroid=many)) if "step" in line]
    assert "takes a step that no body takes" in line and "track.recipe" in line
    assert (plausibility.soundness(changed(track, centroid=many)) <= 0.5).all()


@footage
def test_headings_that_jump_are_told(fps, body):
    track = walk(fps, body)

    def flips(heading):
        heading[0, 200:] += np.pi

    moments = plausibility.doubts(changed(track, heading=flips))
    turn = next(d for d in moments if d.kind == "turn")
    assert turn.first == 200 and turn.text.startswith("turns by 1")

    def all_the_time(heading):
        heading[0, ::30] += 3.1

    assert any("turns faster" in line for line in said(changed(track, heading=all_the_time)))


@footage
def test_an_outline_that_flickers_is_no_body(fps, body):
    track = walk(fps, body)

    def flicker(area):
        area[0, ::25] *= 2.5

    (line,) = said(changed(track, area=flicker))
    assert "animal 0 has another size than usual in" in line

    def shorter(length):
        length[0, 100:140] *= 0.3

    (moment,) = [d for d in plausibility.doubts(changed(track, body_length=shorter)) if not d.warn]
    assert (moment.kind, moment.first, moment.last) == ("size", 100, 139)


@footage
def test_a_length_that_trembles_is_no_body(fps, body):
    track = walk(fps, body)

    def trembles(length):
        length[0, ::9] *= 0.6

    lines = said(changed(track, body_length=trembles))
    assert len(lines) == 1 and "has a length that comes and goes in 1" in lines[0]

    def wing(width):
        width[0, 100:120] *= 1.4

    def larger(area):
        area[0, 100:120] = 1.34 * np.median(area)

    spread = changed(track, body_width=wing, area=larger)
    (moment,) = plausibility.doubts(spread)
    assert (moment.kind, moment.first, moment.last, moment.warn) == ("posture", 100, 119, False)
    sound = plausibility.soundness(spread)
    assert (sound[0, 100:120] <= 0.5).all() and sound.sum() == sound.size - 10


@footage
def test_a_heading_against_the_walk(fps, body):
    track = walk(fps, body)
    reverse = replace(track, heading=track.heading + np.pi)
    (line,) = said(reverse)
    assert line.startswith("animal 0 walks backwards in") and "`flip` in `corrections`" in line


def test_a_guess_of_the_head_is_told_but_not_one_that_a_person_set():
    track = walk()

    def guess(quality):
        quality[0] = 0.4

    (line,) = said(changed(track, quality=guess))
    assert line.startswith("animal 0 head or tail is a guess in 100.0% of the frames")
    assert kinds(replace(track, quality=np.ones_like(track.quality))) == set()


def test_a_round_body_has_no_heading():
    track = walk()
    (line,) = said(replace(track, body_width=0.95 * track.body_length))
    assert "too round to have a heading" in line


@footage
def test_lost_frames(fps, body):
    track = walk(fps, body)
    count = track.valid.shape[1]

    def short(valid):
        valid[0, 100 : 100 + int(0.6 * fps)] = False

    (moment,) = plausibility.doubts(changed(track, valid=short))
    assert moment.kind == "lost" and not moment.warn
    assert (moment.first, moment.last) == (100, 99 + int(0.6 * fps))

    def much(valid):
        valid[0, : count // 3] = False

    (line,) = said(changed(track, valid=much))
    assert line.startswith("animal 0 is found in 66.7% of the frames only")


def test_a_body_at_the_border_of_the_image():
    track = walk()

    def rim(center):
        center[0, :400] = [3, 600]

    lines = said(changed(track, centroid=rim))
    assert any("lies at the border of the image in" in line for line in lines)


def test_an_animal_as_large_as_the_floor():
    track = walk()
    (line,) = said(replace(track, area=track.area * 900))
    assert "that is the floor" in line and "track.polarity: dark" in line


def test_something_that_moves_elsewhere():
    """In a third of the sampled frames, as large as the animal; a tenth of its size is a shadow."""
    track = walk()
    sampled = np.arange(0, track.valid.shape[1], 20)
    large = np.where(np.arange(len(sampled)) % 3 == 0, np.median(track.area), 0.0)
    seen = replace(track, sampled=sampled, elsewhere=large)
    (line,) = said(seen)
    assert "moves elsewhere" in line and "check `animals` of the video" in line
    assert said(replace(track, sampled=sampled, elsewhere=large / 10)) == []
    stands = replace(seen, centroid=np.full_like(track.centroid, 300.0))
    assert (plausibility.soundness(seen) == 1).all()
    assert (plausibility.soundness(stands) <= 0.5).all(), "it is a mark, and the animal walks"


def test_two_animals_that_lie_on_one_another_and_a_wing_for_a_body():
    track = walk(animals=2)

    def onto(center):
        center[1, 300:500] = center[0, 300:500] + [0.05 * 60, 0]

    both = changed(track, centroid=onto)
    assert any("animal 0 lies on animal 1" in line for line in said(both))

    def beside(center):
        center[1, 300:500] = center[0, 300:500] + [0.7 * 60, 0]

    def wing(area):
        area[1, 300:500] *= 0.5

    lines = said(changed(track, centroid=beside, area=wing))
    assert any("a wing or a part is taken for a body" in line for line in lines)
    sound = plausibility.soundness(changed(track, centroid=beside, area=wing))
    assert (sound[:, 300:500] <= 0.5).all() and (sound[:, :200] == 1).all()


def test_more_animals_or_names_than_there_are():
    track = walk(animals=2)
    (line,) = said(replace(track, crowded=0.4))
    assert "more animals than the 2 asked for; correct `animals`" in line
    (line,) = said(replace(track, unnamed=0.2))
    assert "who is who is not sure in 20.0%" in line


def test_a_crop_that_is_smaller_than_the_animal():
    track = walk(body=100)
    (line,) = said(track, crop_size=96)
    assert "the crop 96 px wide" in line and "`crop.size: " in line
    assert said(track, crop_size=160) == []


def test_a_track_without_lengths_and_one_without_frames():
    """Older files know only the area; a track without frames, rate or animal says no nonsense."""
    track = replace(walk(), body_length=None, body_width=None)
    assert plausibility.doubts(track) == []
    none = replace(
        track,
        centroid=np.full_like(track.centroid, np.nan),
        valid=np.zeros_like(track.valid),
    )
    assert kinds(none) == {"lost"}
    assert plausibility.doubts(replace(track, fps=float("nan"))) == []
    assert plausibility.doubts(walk(seconds=1 / 30)) == []


def test_camera_tracks_count_as_the_places_in_the_arena():
    """The animal stays in the middle of a box that goes along: it does not stand, nor jump."""
    track = walk()
    corner = track.centroid[0] - 100
    follows = replace(
        track,
        centroid=np.full_like(track.centroid, 100.0),
        camera=corner,
        width=200,
        height=200,
    )
    assert plausibility.doubts(follows) == []


def test_doubts_are_read_back_from_their_file():
    track = walk()

    def one(center):
        center[0, 600] += 300

    spoiled = changed(track, centroid=one)
    found = plausibility.doubts(spoiled)
    assert plausibility.from_json(plausibility.to_json(found, spoiled)) == found


def test_pictures_and_the_first_page_show_what_is_doubted():
    track = walk()

    def one(center):
        center[0, 600] += 300

    def guess(quality):
        quality[0] = 0.4

    spoiled = changed(track, centroid=one, quality=guess)
    found = plausibility.doubts(spoiled)
    shown = alignment.frames_of(spoiled, 0, found)
    assert {599, 600, 601} & set(shown.tolist())
    images = {int(frame): np.zeros((8, 8), np.uint8) for frame in shown}
    titles = [ax.get_title(loc="left") for ax in alignment.draw(spoiled, 0, images, found).axes]
    assert any(title.endswith(": jump") for title in titles)
    lines = plausibility.warnings_of(found, spoiled)
    page = first_page.draw([("a<b", "track", line) for line in lines], "flies")
    assert "head or tail is a guess in 100.0%" in page and "a&lt;b" in page
    assert "looks wrong" in first_page.draw([], "flies")


def test_an_hour_of_two_animals_is_judged_moment_by_moment():
    """108,000 frames with 500 faults: as many moments, each in its place."""
    track = walk(30.0, 60.0, seconds=3600, animals=2)
    at = np.arange(100, 108000, 216)

    def spikes(center):
        center[1, at] += 240

    found = [d for d in plausibility.doubts(changed(track, centroid=spikes)) if not d.warn]
    assert len(found) == len(at) and {d.animal for d in found} == {1}
