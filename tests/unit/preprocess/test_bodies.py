"""Floor, blobs and bodies of known pictures."""

import itertools

import cv2
import numpy as np
import pytest
from fixtures.scenes import degrees, ellipse_picture
from scipy import stats

from leap_core import config, preprocess
from leap_core.io import video
from leap_core.preprocess import background, bodies, segmentation
from leap_core.preprocess.recipe import Task

# ---- floor


@pytest.mark.parametrize("sigma", [1.0, 2.5, 6.0])
def test_posterior_level_is_where_both_are_equally_likely(sigma):
    level = background.posterior_level(sigma, 0.02)
    floor = 0.98 * stats.norm(0, sigma).pdf(level)
    assert floor == pytest.approx(0.02 / 256, rel=1e-9)


def _task(tmp_path, frames, animals=1, fps=25.0, **settings):
    path = tmp_path / "made.mp4"
    video.write_video(path, frames, fps=fps, crf=0)
    info = video.probe(path)
    return Task(path, info, config.Track(recipe="mesh", **settings), animals, fps)


def test_noise_of_the_floor_is_recovered(tmp_path):
    """A normal floor of known spread below a moving animal gives the level of that spread."""
    rng = np.random.default_rng(0)
    floor = rng.uniform(40, 60, (120, 160))
    frames = []
    for k in range(60):
        image = floor + rng.normal(0, 4, floor.shape)
        animal = ellipse_picture(floor.shape, (30 + 1.6 * k, 60, 0, 16, 8), level=120)
        frames.append(np.clip(image + animal, 0, 255).astype(np.uint8))
    task = _task(tmp_path, frames)
    learned = background.learn(task, np.stack(frames))
    assert learned.faint == pytest.approx(background.posterior_level(4.0), rel=0.2)
    # an order statistic of 60 normals scatters by 0.27 sigma at this rank
    assert np.abs(learned.background - floor).mean() < 2
    assert abs((learned.background - floor).mean()) < 0.5


def test_an_animal_that_never_leaves_is_not_floor(tmp_path):
    """One walks, one sits for the whole video; both are found in every frame."""
    rng = np.random.default_rng(1)
    floor = cv2.blur(rng.uniform(20, 60, (200, 300)), (5, 5))
    frames = []
    for k in range(50):
        pair = ellipse_picture(floor.shape, (40 + 4 * k, 40, 0, 25, 11), (150, 150, 30, 25, 11))
        frames.append(np.clip(floor + 0.7 * pair, 0, 255).astype(np.uint8))
    path = tmp_path / "made.mp4"
    video.write_video(path, frames, fps=25, crf=0)
    track = preprocess.track(path, config.Track(recipe="mesh"), 2)
    assert track.valid.all()
    sits = int(np.argmin(np.ptp(track.centroid[:, :, 0], axis=1)))
    np.testing.assert_allclose(track.centroid[sits], np.tile([150, 150], (50, 1)), atol=1)
    np.testing.assert_allclose(track.centroid[1 - sits, :, 0], 40 + 4 * np.arange(50), atol=1.5)


# ---- bodies


def test_blobs_of_a_coarse_look_are_those_of_a_full_one():
    rng = np.random.default_rng(0)
    for shape, smooth in itertools.product([(101, 130), (64, 64), (203, 77)], (1.0, 2.5, 5.0)):
        field = cv2.GaussianBlur(rng.normal(size=shape).astype(np.float32), (0, 0), smooth)
        mask = field > np.quantile(field, 0.8)
        count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
        expected = [labels == k for k in range(1, count) if (labels == k).sum() >= 40]
        found = segmentation.opened_blobs(mask, 1, 40)
        key = sorted((*corner, int(piece.sum())) for piece, corner in found)
        full = [np.nonzero(m) for m in expected]
        assert key == sorted((x.min(), y.min(), len(x)) for y, x in full)


def test_an_extended_wing_does_not_turn_the_axis():
    """As bright as the abdomen, as long as the body, at 45 degrees."""
    body = ellipse_picture((160, 200), (100, 80, 0, 35, 12), level=220)
    abdomen = ellipse_picture((160, 200), (80, 80, 0, 16, 11), level=120)
    body = np.where(abdomen > 0, abdomen, body)
    wing = ellipse_picture((160, 200), (80, 100, -50, 24, 8), level=110)
    one = bodies.Typical(np.pi * 35 * 12, 70.0, 150.0)
    plain, both = body.copy(), np.maximum(body, wing)
    for image, bound in ((plain, 0.5), (both, 5.0)):
        center, angle, _, _, _ = bodies.axis(image, image > 60, 90.0, one)
        assert degrees(2 * angle)[()] / 2 < bound
    moments = segmentation.ellipse(both > 60)[1]
    assert degrees(2 * moments)[()] / 2 > 10, "what the strip is for"
    assert np.linalg.norm(center - [100, 80]) < 4


@pytest.mark.parametrize("askew", [-0.3, 0.1, 0.4])
def test_bodies_on_one_another_lie_straight(askew):
    """Two blunt bodies, one half upon the other, of which the frames before were less sure."""
    mask = np.zeros((120, 160), bool)
    mask[46:74, 38:98] = mask[46:74, 66:122] = True
    one = bodies.Typical(1395.0, 63.0, 200.0)
    before = [
        bodies.Previous(np.array([68.0, 61.0]), askew, one.area),
        bodies.Previous(np.array([92.0, 59.0]), askew, one.area),
    ]
    parts = bodies.told_apart(mask, np.zeros(2), 2, one, before)
    for part in parts:
        assert degrees(2 * segmentation.ellipse(part)[1])[()] / 2 < 5


@pytest.mark.parametrize("turn", [0, 40, 90, 150])
@pytest.mark.parametrize("known", [True, False])
def test_touching_bodies_are_told_apart(turn, known):
    """Two ellipses of one size that touch, end to side; with and without their places before."""
    first, second = (70.0, 100.0), (128.0, 100.0)
    image = ellipse_picture((200, 200), (*first, 0, 34, 13), (*second, turn, 34, 13))
    mask = image > 0
    one = bodies.Typical(np.pi * 34 * 13, 68.0, 200.0)
    before = [
        bodies.Previous(np.array([66.0, 103.0]), 0.2, one.area),
        bodies.Previous(np.array([131.0, 97.0]), np.radians(turn) - 0.2, one.area),
    ]
    parts = bodies.told_apart(mask, np.zeros(2), 2, one, before if known else [])
    assert np.array_equal(parts[0] | parts[1], mask) and not (parts[0] & parts[1]).any()
    found = sorted((segmentation.ellipse(part)[:2] for part in parts), key=lambda item: item[0][0])
    for (center, angle), place, way in zip(found, (first, second), (0, turn), strict=True):
        if turn != 0:  # end to end they overlap: half of the overlap goes to either
            assert np.linalg.norm(center - place) < 5
            assert degrees(2 * (angle - np.radians(way)))[()] / 2 < 12
        else:
            assert np.linalg.norm(center - place) < 9
