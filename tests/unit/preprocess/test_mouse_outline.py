"""The recipe for mice on drawn ones; recipes for one animal."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from fixtures.scenes import degrees, ellipse_picture

from leap_core import config, preprocess
from leap_core.io import video
from leap_core.preprocess import background, mouse_outline, segmentation
from leap_core.preprocess.recipe import Task


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
    assert np.linalg.norm(found.base - base) < 8


def test_recipes_for_one_animal_say_so(tmp_path):
    image = ellipse_picture((100, 100), (50, 50, 0, 20, 9))
    video.write_video(tmp_path / "one.mp4", [image] * 3, fps=25, crf=0)
    with pytest.raises(preprocess.tracking.UserError, match="follows one animal"):
        preprocess.track(tmp_path / "one.mp4", config.Track(recipe="mouse"), 2)
    empty = replace(config.Track(recipe="mesh"), min_area_px=9000)
    with pytest.raises(preprocess.tracking.UserError, match="no animal of 9000 px"):
        preprocess.track(tmp_path / "one.mp4", empty)
