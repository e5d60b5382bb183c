"""A mark on the animal, painted or of light, is not taken for its body."""

import cv2
import numpy as np
import pytest
from fixtures.scenes import degrees

from leap_core import config, geometry, preprocess
from leap_core.io import video

LENGTH = 100  # px, of the body
BODY = ((-18, 30, 14), (16, 20, 14), (38, 9, 13))  # ellipses: along the axis, half axes
FRAMES, SIDE, FINER = 60, 320, 2


def _film(path, mark, place, grey):
    """A winged animal that walks along an arc, with a round mark: its path and headings.

    Args:
        mark: diameter and place (along, across) in body lengths; grey: floor, wing, body, mark.
    """
    n = np.arange(FRAMES)
    angle = 0.6 + 0.04 * n
    center = np.cumsum(3.5 * np.c_[np.cos(angle), np.sin(angle)], axis=0)
    center += SIDE / 2 - center.mean(0)
    floor, wing, body, level = grey
    rng = np.random.default_rng(1)

    def frames():
        for k in range(FRAMES):

            def at(x, y, k=k):
                point = center[k] + geometry.rotation(angle[k]) @ [x, y]
                return tuple(float(v) for v in (point + 0.5) * FINER - 0.5)

            image = np.full((FINER * SIDE,) * 2, floor, np.uint8)
            turn = np.degrees(angle[k])
            for side in (1, -1):
                size = (FINER * 68, FINER * 20)
                cv2.ellipse(image, (at(-30, 8 * side), size, turn + 8 * side), wing, -1)
            own = np.zeros_like(image)
            for x, along, across in BODY:
                size = (2 * FINER * along, 2 * FINER * across)
                cv2.ellipse(own, (at(x, 0), size, turn), 1, -1)
            spot = np.zeros_like(image)
            size = (FINER * mark * LENGTH,) * 2
            cv2.ellipse(spot, (at(LENGTH * place[0], LENGTH * place[1]), size, 0), 1, -1)
            image[own > 0] = body
            image[(own & spot) > 0] = level
            image = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            yield np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)

    video.write_video(path, frames(), 100.0, crf=5)
    return center, angle


BRIGHT = (20, 60, 100, 250)
DARK = (210, 170, 120, 250)  # a white spot on a dark animal
DARKER = (210, 170, 120, 10)


@pytest.mark.parametrize(
    "mark, place, grey",
    [
        (0.1, (-0.3, 0), BRIGHT),
        (0.1, (0.45, 0), BRIGHT),
        (0.25, (0, 0.08), BRIGHT),
        (0.4, (0.3, 0), BRIGHT),
        (0.4, (-0.4, 0), BRIGHT),
        (0.25, (0.3, 0), DARKER),
        (0.2, (-0.4, -0.1), DARK),
        (0.4, (0.2, 0), DARK),  # it cuts the animal in two
    ],
)
def test_a_mark_moves_neither_center_nor_heading(mark, place, grey, tmp_path):
    center, heading = _film(tmp_path / "v.mp4", mark, place, grey)
    settings = config.Track(recipe="radon", polarity="bright" if grey is BRIGHT else "dark")
    track = preprocess.track(tmp_path / "v.mp4", settings)
    assert track.valid.mean() > 0.9
    seen = track.valid[0]
    # the middle of these ellipses' outline lies 2 px ahead of their origin
    assert np.linalg.norm(track.centroid[0] - center, axis=1)[seen].max() <= 3
    assert degrees(track.heading[0] - heading)[seen].max() <= 5
    assert (track.quality[0][seen] >= 0.9).all()
