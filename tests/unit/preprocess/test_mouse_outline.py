"""The recipe for mice on drawn ones; recipes for one animal."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from fixtures.scenes import degrees, ellipse_picture

from leap_core import config, preprocess
from leap_core.io import video
from leap_core.preprocess import background, mouse_outline, segmentation
from leap_core.preprocess.recipe import Floor, Task


@pytest.mark.parametrize("bright", [True, False])
@pytest.mark.parametrize("turn", [0.0, 0.7, 2.5, -1.9])
def test_a_drawn_mouse_has_its_tail_behind(bright, turn, tmp_path):
    """A standing mouse with a tail: base within 8 px, head opposite to it in every frame."""
    center, cos, sin = np.array([160.0, 120.0]), np.cos(turn), np.sin(turn)
    image = ellipse_picture((240, 320), (*center, np.degrees(turn), 40, 18), level=180)
    base = center - 40 * np.array([cos, sin])
    tip = base - 45 * np.array([np.cos(turn + 0.3), np.sin(turn + 0.3)])
    cv2.line(image, tuple(base.astype(int).tolist()), tuple(tip.astype(int).tolist()), 90, 4)
    image = cv2.add(image, np.full_like(image, 20))
    image = image if bright else 255 - image
    settings = config.Track(recipe="mouse", polarity="bright" if bright else "dark")
    path = tmp_path / "mouse.mp4"
    video.write_video(path, [image] * 12, fps=30, crf=0)
    track = preprocess.track(path, settings)
    assert track.valid.all()
    assert degrees(track.heading - turn).max() < 3
    task = Task(path, video.probe(path), settings, 1, 30.0)
    samples = segmentation.sample(task)
    floor = background.learn(task, samples)
    # the torso is 36 px wide: 17 px remove what is narrower than half of it
    found = mouse_outline.parts(image, floor, 17, 200)
    assert np.linalg.norm(found.base - base) < 5


def part_picture(*lines):
    """A mouse from above, 80 px long, as signal; lines: (from, to, grey, width) px beside it."""
    image = ellipse_picture((240, 320), (160, 120, 0, 40, 18), level=180)
    for begin, end, level, width in lines:
        cv2.line(image, begin, end, level, width, cv2.LINE_AA)
    return image


FLOOR = Floor(np.zeros((240, 320), np.uint8), threshold=110, faint=40, bright=True)


@pytest.mark.parametrize("gap", [0, 6])
def test_a_tail_with_its_shadow_is_a_tail(gap):
    """The shadow makes it three times as broad, or lies beside it; the base stays where it is."""
    tail = ((122, 120), (60, 120), 90, 5)
    shadow = ((130, 128 + gap), (60, 128 + gap), 60, 8)
    found = mouse_outline.parts(part_picture(shadow, tail), FLOOR, 17, 200)
    assert np.linalg.norm(found.base - (120, 120)) < (12 if gap == 0 else 5)


def test_paws_and_ears_are_no_tail():
    paws = [((140 + 40 * k, 120 + side * 16), (140 + 40 * k, 120 + side * 25), 90, 5)
            for k in (0, 1) for side in (-1, 1)]  # fmt: skip
    found = mouse_outline.parts(part_picture(*paws), FLOOR, 17, 200)
    assert np.isnan(found.base).all() and np.isnan(found.tail).all()


def test_recipes_for_one_animal_say_so(tmp_path):
    image = ellipse_picture((100, 100), (50, 50, 0, 20, 9))
    video.write_video(tmp_path / "one.mp4", [image] * 3, fps=25, crf=0)
    with pytest.raises(preprocess.tracking.UserError, match="follows one animal"):
        preprocess.track(tmp_path / "one.mp4", config.Track(recipe="mouse"), 2)
    empty = replace(config.Track(recipe="mesh"), min_area_px=9000)
    with pytest.raises(preprocess.tracking.UserError, match="no animal of 9000 px"):
        preprocess.track(tmp_path / "one.mp4", empty)
