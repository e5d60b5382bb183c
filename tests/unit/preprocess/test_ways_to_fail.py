"""Ways in which an alignment goes wrong and does not stop are told; good footage is not doubted."""

import cv2
import numpy as np
import pytest
from fixtures import bottom_mouse, walking_fly

from leap_core import config, preprocess
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.preprocess import plausibility

FRAMES = 90


@pytest.fixture(scope="module")
def walk():
    """A fly that walks through most of its arena: images and middles."""
    images, places = walking_fly.pictures(2, FRAMES, first=180)
    assert np.ptp(places, axis=0).min() > walking_fly.LENGTH
    return images, places


@pytest.fixture(scope="module")
def fly(walk):
    return walk[0]


@pytest.fixture(scope="module")
def other():
    return walking_fly.pictures(4, FRAMES)[0]


def told(path, images, animals=1, crop_size=None, **settings):
    """The lines that a person sees: warnings, or the error that stops."""
    video.write_video(path / "film.mp4", images, fps=walking_fly.FPS, crf=8)
    return lines_of(path / "film.mp4", animals, crop_size, **settings)


def lines_of(path, animals=1, crop_size=None, **settings):
    try:
        track = preprocess.track(path, config.Track(**settings), animals)
    except UserError as error:
        return [str(error)]
    return plausibility.warnings_of(plausibility.doubts(track, crop_size=crop_size), track)


def some(lines, *words):
    """Whether one of the lines has all of the words."""
    assert any(all(word in line for word in words) for line in lines), lines


@pytest.mark.parametrize("recipe", ["mesh", "moments", "radon", "mouse"])
def test_good_footage_is_not_doubted(fly, tmp_path, recipe):
    assert told(tmp_path, fly, recipe=recipe, crop_size=192) == []


@pytest.mark.parametrize("recipe", ["mesh", "mouse", "moments"])
def test_the_wrong_polarity(fly, tmp_path, recipe):
    some(told(tmp_path, fly, recipe=recipe, polarity="dark"), "track.polarity")


def test_a_rim(fly, tmp_path):
    """Brighter than the threshold of the config, and larger than the fly."""
    images = fly.copy()
    images[:, :16] = 255
    lines = told(tmp_path, images, recipe="moments", threshold=90)
    some(lines, "that is the floor, or a shadow")


def test_a_reflection(fly, tmp_path):
    """A wall of glass to the right shows the fly a second time."""
    images = np.concatenate([fly, fly[:, :, :-201:-1]], axis=2)
    some(told(tmp_path, images, recipe="mesh"), "moves elsewhere", "a reflection")


def test_a_mark(fly, tmp_path):
    images = np.stack([cv2.ellipse(i.copy(), ((300, 300), (120, 60), 30), 240, -1) for i in fly])
    some(told(tmp_path, images, recipe="moments", threshold=90), "moves elsewhere", "`track.thresh")


def test_hardly_any_contrast(fly, tmp_path):
    """As much as the camera's noise."""
    noise = np.random.default_rng(0).normal(0, 3, (8, *fly.shape[1:]))
    images = [np.clip(60 + 0.03 * i + noise[k % 8], 0, 255) for k, i in enumerate(fly)]
    lines = told(tmp_path, [image.astype(np.uint8) for image in images], recipe="mesh")
    some(lines, "track.threshold", "track.min_area_px")


@pytest.mark.parametrize("recipe", ["mesh", "radon"])
def test_two_animals_for_one(fly, other, tmp_path, recipe):
    lines = told(tmp_path, np.maximum(fly, other[:, ::-1]), recipe=recipe)
    some(lines, "`animals` of the video")


def test_a_crop_that_is_too_small(fly, tmp_path):
    lines = told(tmp_path, fly, recipe="radon", crop_size=64)
    some(lines, "the crop 64 px wide: it is cut", "`crop.size: ")


@pytest.mark.parametrize("what", ["moved", "dropped"])
def test_a_camera_that_moved_or_left_frames_out(walk, tmp_path, what):
    """By a body length; or so many frames that the fly went a body and a half on."""
    fly, places = walk
    if what == "moved":
        images = np.concatenate([fly[10:45], np.roll(fly[45:70], (90, 120), (1, 2))])
    else:
        gone = np.linalg.norm(places[10:79, None] - places[10:79], axis=-1)
        first, last = sorted(np.unravel_index(gone.argmax(), gone.shape))
        images = np.concatenate([fly[: 11 + first], fly[10 + last :]])
        assert gone.max() > 1.5 * walking_fly.LENGTH
    some(told(tmp_path, images, recipe="mesh"), "frames were left out, the camera moved")


def test_the_wrong_recipe(tmp_path):
    """A mouse from below, in which the recipe for mice from above finds paws."""
    bottom_mouse.film(tmp_path / "below.mp4", frames=80, seed=3)
    some(lines_of(tmp_path / "below.mp4", recipe="mouse"), "`track.recipe: mouse_below`")
    assert lines_of(tmp_path / "below.mp4", recipe="mouse_below") == []


def test_a_fly_that_stands_is_half_of_the_floor(tmp_path):
    """Recipe `mesh` learns the floor from its video, and its limbs are all that moves."""
    images, _ = walking_fly.pictures(21, 75, side=400)
    some(told(tmp_path, images, recipe="mesh"), "animal 0 has another size than usual")


def test_a_wing_for_a_body(tmp_path):
    """One of two is out of sight for a second; the other's spread wing is as bright as a body."""
    frames = []
    for k in range(120):
        image = np.full((240, 420), 25, np.uint8)
        x = 60 + 2 * k
        cv2.ellipse(image, ((x, 110), (70, 28), 0), 200, -1)
        if 50 <= k < 75:
            cv2.ellipse(image, ((x - 24, 78), (44, 20), 120), 190, -1)
        else:
            cv2.ellipse(image, ((350 - 2 * k, 200), (54, 20), 0), 200, -1)
        frames.append(image)
    video.write_video(tmp_path / "film.mp4", frames, fps=25, crf=8)
    track = preprocess.track(tmp_path / "film.mp4", config.Track(recipe="mesh"), 2)
    lines = plausibility.warnings_of(plausibility.doubts(track), track)
    some(lines, "animal 1", "a wing or a part of another animal is followed", "frames 50-7")
    sure = track.quality >= plausibility.SURE
    assert not sure[1, 50:75].any() and sure[0].all() and sure[1].mean() > 0.7
