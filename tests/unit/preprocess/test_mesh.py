"""Several animals on uneven floors: whole films with a truth."""

import cv2
import numpy as np
import pytest
from fixtures.scenes import APART_PX, compare, degrees, ellipse_picture, film

from leap_core import config, preprocess
from leap_core.io import video
from leap_core.preprocess import auditing, plausibility


def test_a_late_guest_does_not_take_the_first_ones_name(tmp_path):
    """One sits, with a pixel of jitter; the second comes at frame 100."""
    rng = np.random.default_rng(0)
    places = np.full((2, 180, 2), np.nan)
    places[0] = [80, 100] + rng.normal(0, 1, (180, 2)).round()
    places[1, 100:] = np.stack([100 + 2.5 * np.arange(80), np.full(80, 40.0)], -1)
    track = preprocess.track(film(tmp_path, places), config.Track(recipe="mesh"), 2)
    assert track.valid[0].all()
    np.testing.assert_allclose(track.centroid[0], places[0], atol=2)
    assert not track.valid[1, :100].any() and track.valid[1, 101:].mean() > 0.95
    seldom = preprocess.track(film(tmp_path, places[:, :150]), config.Track(recipe="mesh"), 2)
    lines = plausibility.warnings_of(plausibility.doubts(seldom), seldom)
    assert any("animal 1 is found in" in line for line in lines)


def test_names_exchanged_out_of_sight_are_found(tmp_path):
    """A large and a small animal go under a lid for a second and come out on the other's side."""
    count = 500
    steps = 40 * np.sin(np.arange(count) / 8)
    places = np.stack(
        [
            np.stack([100 + steps, np.full(count, 60.0)], -1),
            np.stack([240 - steps, np.full(count, 140.0)], -1),
        ]
    )
    places[:, 200:] = places[::-1, 200:].copy()
    places[:, 188:213] = np.nan
    path = film(tmp_path, places, sizes=((30, 14), (22, 10)))
    track = preprocess.track(path, config.Track(recipe="mesh"), 2)
    for k in range(2):
        off = np.linalg.norm(track.centroid[k] - places[k], axis=-1)
        assert np.nanmax(off) < 6


def test_a_flickering_lamp_over_a_threshold_of_the_config(tmp_path):
    """Every other frame 12 levels brighter, threshold given: found in all."""
    frames = []
    for k in range(60):
        image = ellipse_picture((160, 240), (60 + 2 * k, 80, 0, 25, 11), level=110)
        frames.append(image + np.uint8(60 + 12 * (k % 2)))
    video.write_video(tmp_path / "lamp.mp4", frames, fps=25, crf=0)
    settings = config.Track(recipe="mesh", threshold=140)
    assert preprocess.track(tmp_path / "lamp.mp4", settings).valid.all()


def test_a_thing_at_which_an_animal_rests_stays_floor(tmp_path):
    """A bright drop, touched in 60 % of the frames, does not become part of the animal."""
    count = 150
    x = np.where(np.arange(count) < 60, 40 + 2.0 * np.arange(count), 160)
    frames = []
    for k in range(count):
        fly = ellipse_picture((200, 300), (x[k], 100, 0, 25, 11), level=150)
        drop = ellipse_picture((200, 300), (195, 100, 0, 12, 12), level=130)
        frames.append(np.maximum(fly, drop) + np.uint8(22))
    video.write_video(tmp_path / "drop.mp4", frames, fps=25, crf=0)
    track = preprocess.track(tmp_path / "drop.mp4", config.Track(recipe="mesh"))
    assert track.valid.mean() > 0.98
    off = np.linalg.norm(track.centroid[0] - np.stack([x, np.full(count, 100)], -1), axis=-1)
    assert np.nanmedian(off) < 2


@pytest.fixture(scope="module")
def tracked(pair):
    """Both flies of the undisturbed film, followed."""
    return preprocess.track(pair[0], config.Track(recipe="mesh"), 2)


def test_two_synthetic_flies_keep_names_and_headings(pair, tracked):
    _, places, _ = pair
    middle = places.mean(2)
    apart = np.linalg.norm(middle[0] - middle[1], axis=-1) > APART_PX
    assert 0.3 < apart.mean() < 0.98, "they meet and part"
    exchanges, valid, heading, center = compare(tracked, places, apart)
    assert exchanges == 0
    assert valid >= 0.98
    assert np.median(heading) <= 3 and np.percentile(heading, 95) <= 10
    assert (heading > 90).mean() <= 0.005


def test_the_same_video_gives_the_same_track(pair, tracked):
    again = preprocess.track(pair[0], config.Track(recipe="mesh"), 2)
    for name in ("centroid", "heading", "valid", "area", "quality"):
        np.testing.assert_array_equal(getattr(tracked, name), getattr(again, name))


def _disturbed(pair, tmp_path, change):
    path, places, frames = pair
    out = tmp_path / "disturbed.mp4"
    fps = video.probe(path).fps
    images = [change(k, image.copy()) for k, image in enumerate(frames)]
    video.write_video(out, images, fps=fps, crf=4)
    return out, places


def test_bad_stretches_are_named_and_never_shown_as_animals(pair, tmp_path):
    """Black frames, a lamp that brightens the whole image, a hand; frames around are as before."""

    def change(k, image):
        if 100 <= k < 110:
            return np.zeros_like(image)
        if 200 <= k < 220:
            return cv2.add(image, np.full_like(image, 40))
        if 300 <= k < 310:
            image[:, :300] = 230
        return image

    path, places = _disturbed(pair, tmp_path, change)
    track = preprocess.track(path, config.Track(recipe="mesh"), 2)
    assert not track.valid[:, 100:110].any()
    assert not track.valid[:, 300:310].all(0).any(), "a hand is not two flies"
    middle = places.mean(2)
    calm = np.ones(len(middle[0]), bool)
    calm[100:110] = calm[300:310] = False
    apart = calm & (np.linalg.norm(middle[0] - middle[1], axis=-1) > APART_PX)
    exchanges, valid, heading, _ = compare(track, places, apart)
    assert exchanges == 0 and valid >= 0.98
    assert (heading > 90).mean() <= 0.005
    lit = apart & (np.arange(len(apart)) >= 200) & (np.arange(len(apart)) < 220)
    if lit.any():
        assert track.valid[:, lit].mean() > 0.9, "a brighter lamp hides nothing"
    report = preprocess.audit(path)
    assert report["blank"] == [[100, 109]]
    assert [200, 219] in report["light"]
    told = "\n".join(auditing.warnings_of(report))
    assert "show nothing (100-109)" in told and "lit otherwise" in told


def test_an_arena_that_is_bumped_is_named_and_headings_stay(pair, tracked, tmp_path):
    """From frame 300 on everything lies 12 px further right and 7 px lower."""

    def change(k, image):
        return np.roll(image, (7, 12), (0, 1)) if k >= 300 else image

    path, places = _disturbed(pair, tmp_path, change)
    moved = places.copy()
    moved[:, 300:] += [12, 7]
    assert [300, 300] in preprocess.audit(path)["jumps"]
    track = preprocess.track(path, config.Track(recipe="mesh"), 2)
    middle = moved.mean(2)
    apart = np.linalg.norm(middle[0] - middle[1], axis=-1) > APART_PX
    exchanges, valid, heading, center = compare(track, moved, apart)
    assert exchanges == 0 and valid >= 0.98
    assert (heading > 90).mean() <= 0.005
    calm = np.median(compare(tracked, places, apart)[3])
    assert np.median(center) == pytest.approx(calm, abs=1)


def test_an_animal_that_leaves_is_missing_and_comes_back(pair, tmp_path, fly32):
    """The second fly is painted out for a while: only its frames are invalid."""
    path, places, frames = pair
    floor = np.median(np.stack(frames[::10]), axis=0).astype(np.uint8)
    middle = places.mean(2)
    apart = np.linalg.norm(middle[0] - middle[1], axis=-1) > 130
    gone = np.zeros(len(apart), bool)
    start = int(np.argmax(np.convolve(apart, np.ones(60), "valid") == 60))
    assert apart[start : start + 60].all()
    gone[start : start + 60] = True

    def change(k, image):
        if gone[k]:
            x, y = middle[1, k].round().astype(int)
            box = slice(max(y - 60, 0), y + 60), slice(max(x - 60, 0), x + 60)
            image[box] = floor[box]
        return image

    out, _ = _disturbed(pair, tmp_path, change)
    track = preprocess.track(out, config.Track(recipe="mesh"), 2)
    assert track.valid[:, gone].sum(0).max() == 1
    exchanges, valid, _, _ = compare(track, places, apart & ~gone)
    assert exchanges == 0 and valid >= 0.98


def test_too_many_animals_asked_for_are_simply_missing(pair, tmp_path):
    path, places, _ = pair
    track = preprocess.track(path, config.Track(recipe="mesh"), 3)
    assert track.valid.shape == (3, 600)
    middle = places.mean(2)
    apart = np.linalg.norm(middle[0] - middle[1], axis=-1) > APART_PX
    assert (track.valid[:, apart].sum(0) == 2).mean() > 0.98
    lines = plausibility.warnings_of(plausibility.doubts(track), track)
    assert any(line.startswith("animal 2 is found in") for line in lines)


def test_too_few_animals_asked_for_are_told(pair):
    """One is followed; the track says that there are more."""
    path, places, _ = pair
    track = preprocess.track(path, config.Track(recipe="mesh"), 1)
    middle = places.mean(2)
    apart = np.linalg.norm(middle[0] - middle[1], axis=-1) > APART_PX
    assert track.crowded > 0.8 * apart.mean()
    lines = plausibility.warnings_of(plausibility.doubts(track), track)
    assert any("more animals than the 1 asked for; correct `animals`" in line for line in lines)
    off = np.linalg.norm(track.centroid[0] - middle, axis=-1)[:, apart & track.valid[0]]
    assert (off.min(0) < 20).mean() > 0.98, "always one of the two"


def test_one_frame_and_portrait(tmp_path):
    image = ellipse_picture((300, 160), (80, 150, 60, 30, 12))
    video.write_video(tmp_path / "one.mp4", [image], fps=25, crf=0)
    track = preprocess.track(tmp_path / "one.mp4", config.Track(recipe="mesh"))
    assert track.valid.all() and degrees(2 * (track.heading - np.radians(60))).max() / 2 < 3
