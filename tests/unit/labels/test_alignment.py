"""Alignment of labeled images recovers known headings; padding keeps pixels and labels."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.labels import TINY, fails, make

from leap_core import config, labels, preprocess
from leap_core.io import video
from leap_core.labels import alignment, reading

# --- alignment -------------------------------------------------------------------------------


def animal(heading, center, size=96, levels=(200, 200)):
    """A drawn animal and its points (head, tail, legL, legR), from the formula of each pixel.

    A long body, translucent ``wings`` to one side behind (``levels[1]`` of brightness where it
    differs from the body) and a thin leg.
    """
    y, x = np.mgrid[:size, :size].astype(float)
    cos, sin = np.cos(heading), np.sin(heading)
    u = cos * (x - center[0]) + sin * (y - center[1])
    v = -sin * (x - center[0]) + cos * (y - center[1])
    soft = lambda d: np.clip(d + 0.5, 0, 1)  # noqa: E731  edges one pixel wide
    body = soft((1 - np.hypot(u / 26, v / 9)) * 9)
    wing = soft((1 - np.hypot((u + 22) / 16, (v + 9) / 7)) * 7)
    leg = soft(1 - np.abs(u - 8)) * soft((v > 0) * (24 - v))
    image = levels[0] * body
    if levels[1] != levels[0]:
        image = np.maximum(image, levels[1] * wing)
    image = np.maximum(image, 190 * leg)
    points = np.array([[26, 0], [-26, 0], [0, -9], [8, 24]], float)
    turn = np.array([[cos, -sin], [sin, cos]])
    return image.round().astype(np.uint8), np.asarray(center) + points @ turn.T


@pytest.mark.parametrize("levels", [(200, 200), (200, 60)])
def test_align_recovers_known_headings(levels):
    rng = np.random.default_rng(3)
    headings = np.concatenate([np.arange(-180, 180, 30), rng.uniform(-180, 180, 6)])
    drawn = [animal(np.radians(h), 47.5 + rng.uniform(-4, 4, 2), levels=levels) for h in headings]
    images = np.stack([image for image, _ in drawn])[..., None]
    points = np.stack([p for _, p in drawn])
    points[3, 0] = np.nan  # head unlabeled: the other parts tell
    points[4] = np.nan
    out = labels.align(make(points, images))
    model, places = animal(0, (47.5, 47.5), levels=levels)
    known = np.setdiff1d(np.arange(len(points)), [4])
    error = (out.positions - places)[known]
    assert np.nanmax(np.abs(error)) < 0.4
    assert np.isfinite(error).sum() == 2 * (4 * len(known) - 1)
    axis = out.positions[known, 0] - out.positions[known, 1]
    assert np.nanmax(np.abs(np.degrees(np.arctan2(axis[:, 1], axis[:, 0])))) < 0.5
    # the images turned with the labels: they are the animal drawn upright
    difference = np.abs(out.images[known, ..., 0].astype(int) - model).mean(axis=(1, 2))
    assert difference.max() < 2  # of 255


def test_align_finds_the_same_body_in_an_image_of_any_size():
    """The camera's view may be larger than a crop: what is a leg does not depend on it."""
    drawn = [animal(np.radians(h), (47.5, 47.5)) for h in range(-170, 190, 40)]
    images = np.stack([image for image, _ in drawn])[..., None]
    points = np.stack([p for _, p in drawn])
    wide = np.zeros((len(drawn), 400, 640, 1), np.uint8)
    wide[:, 200:296, 300:396] = images
    small = labels.align(make(points, images))
    large = labels.align(make(points + [300, 200], wide), 96)
    np.testing.assert_allclose(large.positions, small.positions, atol=0.5)  # the level differs


def test_align_finds_what_the_videos_recipe_finds(tmp_path):
    """Recipe `moments` takes the whole animal: crops of labels and of videos are alike."""
    rng = np.random.default_rng(5)
    headings, places = np.linspace(-3, 3, 24), 160 + rng.uniform(-100, 100, (24, 2))
    drawn = [animal(h, c, 320, (200, 130)) for h, c in zip(headings, places, strict=True)]
    images = np.stack([image for image, _ in drawn])
    video.write_video(tmp_path / "film.mp4", images, fps=10, crf=0)
    found = make(np.stack([points for _, points in drawn]), images[..., None])
    for opening in (5, 9):
        settings = config.Track(opening_px=opening)
        track = preprocess.track(tmp_path / "film.mp4", settings)
        center, heading = alignment.from_images(found, settings)
        assert track.valid.all()
        assert np.hypot(*(center - track.centroid[0]).T).max() < 1
        assert np.abs(np.sin(heading - track.heading[0])).max() < np.sin(np.radians(2))
    boxes, _ = alignment.from_images(found)
    assert np.hypot(*(boxes - center).T).min() > 2, "without wings it lies further ahead"


def test_align_real_flies(fly, data):
    out = labels.align(fly, size=200)
    assert out.images.shape == (70, 200, 200, 1)
    found = labels.report(out)
    assert found["axis_deg"]["median"] < 1
    assert found["axis_deg"]["largest"] < 3  # so no head and tail are confused
    again = labels.align(out)
    moved = np.abs(again.positions - out.positions)
    assert moved.max() < 1  # an aligned image stays where it is
    # labels keep their pixels: grey levels under them are those of the source
    inner = fly.skeleton.index("thorax")

    def under(one):
        at = one.positions[:, inner].round().astype(int)
        return one.images[np.arange(70), at[:, 1], at[:, 0], 0].astype(int)

    assert np.abs(under(out) - under(fly)).max() <= 10


def test_align_says_what_is_missing():
    image, points = animal(0.3, (47.5, 47.5))
    with fails("without images"):
        labels.align(make(points[None], np.zeros((1, 0, 0, 1))))
    with fails("skeleton tiny", "roles.axis"):
        labels.align(make(points[None], image[None, ..., None], replace(TINY, axis=None)))
    blank = np.stack([image, image * 0])[..., None]
    with fails("a row 1", "nothing brighter"):
        labels.align(make([points, points], blank))


def drawn(count=12):
    """Bright animals at known headings, far from the middle of images of 130 x 110 px."""
    rng = np.random.default_rng(5)
    found = [animal(h, (60, 50) + rng.uniform(-6, 6, 2), 130) for h in rng.uniform(-3, 3, count)]
    images = np.stack([image[:110] for image, _ in found])[..., None]
    return images, np.stack([points for _, points in found])


def test_align_by_labels_is_off_as_a_track_would_be():
    images, points = drawn()
    wall = 255 - images  # a dark animal, and a wall as dark on one side
    wall[:, :, 118:] = 0
    out = labels.align(make(points, wall), 96, by="labels")
    head, tail = out.positions[:, 0], out.positions[:, 1]
    turned = np.degrees(np.arctan2(*(head - tail).T[::-1]))
    assert np.abs(turned).max() < 15 and turned.std() > 4
    off = (head + tail) / 2 - 47.5
    assert np.abs(off).max() <= np.sqrt(2) * 0.1 * 52 + 0.01 and off.std() > 1
    # a turn and a shift: the animal keeps its shape, and its pixels go with it
    shape = lambda p: np.linalg.norm(p[:, :, None] - p[:, None], axis=-1)  # noqa: E731
    np.testing.assert_allclose(shape(out.positions), shape(points), atol=1e-3)
    for along, dark in ((0.05, True), (0.95, True), (-0.1, False), (1.1, False)):
        x, y = (tail + along * (head - tail)).round().astype(int).T
        assert ((out.images[np.arange(12), y, x, 0] < 120) == dark).all()
    # what is drawn depends on the row alone
    some = labels.align(reading.select(make(points, wall), [7, 2]), 96, by="labels")
    np.testing.assert_array_equal(some.images, out.images[[7, 2]])


def test_align_by_labels_without_an_axis_part():
    images, points = drawn()
    whole = labels.align(make(points, images), 96, by="labels")
    points[1, 0], points[2, [1, 2]], points[3] = np.nan, np.nan, np.nan
    out = labels.align(make(points, images), 96, by="labels")
    known = np.isfinite(points)
    np.testing.assert_allclose(out.positions[known], whole.positions[known], atol=2e-3)
    np.testing.assert_array_equal(np.isfinite(out.positions), known)
    points[4, 1:] = np.nan
    with fails("a row 4", "label tail and head"):
        labels.align(make(points, images), 96, by="labels")
    points[:, 0] = np.nan
    with fails("no row has both tail and head"):
        labels.align(make(points, images), 96, by="labels")


def test_align_says_that_it_found_something_else():
    images, points = drawn()
    dark = 255 - np.pad(images, ((0, 0), (200, 0), (0, 0), (0, 0)))
    with fails("labels a", "crops of 64 px", "labels.invert"):
        labels.align(make(points + [0, 200], dark), 64)


@pytest.mark.parametrize(("width", "height"), [(6, 4), (8, 8), (5, 8)])
def test_padded_images_keep_pixels_and_labels(width, height):
    images = np.random.default_rng(0).integers(1, 255, (2, height, width, 1), dtype=np.uint8)
    points = np.array([[[0, 0], [width - 1, height - 1], [2, 3], [np.nan, np.nan]]] * 2)
    found = make(points, images)
    if width % 2 == 0:
        out = alignment.pad(found, 8)
        x, y = (8 - width) // 2, (8 - height) // 2
        np.testing.assert_array_equal(out.images[:, y : y + height, x : x + width], images)
        assert out.images.sum() == images.sum()
        np.testing.assert_allclose(out.positions, points + [x, y])
    else:  # the middle lies between two pixels, as in crops
        out = alignment.pad(found, 9)
        np.testing.assert_allclose(out.positions, points + [2, 0.5])
    with fails("labels a", f"{width} x {height} px", "`crop.size` 4"):
        alignment.pad(found, 4 if width > 4 else 3)
