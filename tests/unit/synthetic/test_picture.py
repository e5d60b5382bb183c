"""The picture of the simulated fly agrees with the positions that are reported for it."""

import dataclasses

import numpy as np
import pytest

from leap_core.synthetic import anatomy, picture, scene

CENTER = np.array([120.0, 120.0])
STILL = np.zeros(1)


@pytest.fixture(scope="module")
def fly():
    """A fly of the reference's size on a black floor."""
    one = anatomy.individual(np.random.default_rng(2))
    return dataclasses.replace(one, scale=1.0, brightness=0.84, floor=0.0, wing_spread=(0.0, 0.0))


@pytest.fixture(scope="module")
def layers(fly):
    return picture.layers(fly)


def _pose(position=CENTER, heading=0.0, wings=(0.0, 0.0), tips=anatomy.HOMES, **bends):
    return picture.Pose(
        position=np.asarray(position, float),
        heading=heading,
        head_yaw=bends.get("head", 0.0),
        abdomen_yaw=bends.get("abdomen", 0.0),
        wings=np.asarray(wings, float),
        joints=anatomy.leg_joints(np.asarray(tips)[None])[0],
    )


def _paint(fly, layers, pose, size=240):
    frame = np.zeros((size, size), np.uint8)
    picture.paint(frame, fly, layers, pose)
    return frame


def _truth(fly, pose, tips=anatomy.HOMES):
    """Positions of the parts in the image, by name."""
    yaws = np.array([pose.head_yaw]), np.array([pose.abdomen_yaw])
    parts = anatomy.body_parts(fly, np.asarray(tips)[None], *yaws, pose.wings[None])
    placed = {n: anatomy.turned(p[0] * fly.scale, pose.heading) for n, p in parts.items()}
    return {n: p + pose.position for n, p in placed.items()}


def _along(image, start, direction, reach=8.0):
    """Grey levels every 0.1 px on a line through ``start``, by bilinear interpolation."""
    at = np.arange(-reach, reach, 0.1)
    x, y = (np.asarray(start) + at[:, None] * np.asarray(direction)).T
    i, j = np.floor(y).astype(int), np.floor(x).astype(int)
    v, u = y - i, x - j
    f = image.astype(float)
    upper = (1 - u) * f[i, j] + u * f[i, j + 1]
    return at, (1 - v) * upper + v * ((1 - u) * f[i + 1, j] + u * f[i + 1, j + 1])


def _edge(image, start, direction, level):
    """Where the line through ``start`` goes below ``level`` for the last time."""
    at, grey = _along(image, start, direction)
    return at[np.flatnonzero(grey >= level)[-1]]


HEADINGS = [0.0, 0.7, 2.5, -1.9]


@pytest.mark.parametrize("heading", HEADINGS)
def test_body_parts_are_under_their_labels(fly, layers, heading):
    pose = _pose(CENTER + (0.3, -0.4), heading, head=0.12, abdomen=-0.1)
    image, truth = _paint(fly, layers, pose), _truth(fly, pose)
    opaque = 255 * fly.brightness
    for name, least in (("thorax", 0.95), ("neck", 0.9), ("head", 0.5), ("abdomen", 0.6)):
        x, y = np.rint(truth[name]).astype(int)
        assert image[y, x] > least * opaque, name
    for name in ("eyeL", "eyeR"):
        x, y = np.rint(truth[name]).astype(int)
        assert image[y, x] > 0.4 * opaque, name


@pytest.mark.parametrize("heading", HEADINGS)
def test_head_ends_where_the_head_is(fly, layers, heading):
    """The outline, half as bright as the body, lies 0 to 2 px before the point that is reported."""
    pose = _pose(CENTER + (0.1, 0.6), heading, head=-0.15, tips=anatomy.HOMES * (1, 1.5))
    image, truth = _paint(fly, layers, pose), _truth(fly, pose)
    forward = (truth["head"] - truth["neck"]) / np.linalg.norm(truth["head"] - truth["neck"])
    assert 0 <= _edge(image, truth["head"], forward, 255 * fly.brightness / 2) < 2


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("opening", [0.1, 0.5])
def test_wing_ends_where_its_tip_is(fly, layers, heading, opening):
    """The blade's edge, half as bright as the blade, lies within 1 px of the tip."""
    tips = anatomy.HOMES * (1, 0.6)  # out of the wings' way
    tips[[2, 5]] = (-20, -70), (-20, 70)
    pose = _pose(CENTER - (0.2, 0.7), heading, (opening, opening), tips)
    image, truth = _paint(fly, layers, pose), _truth(fly, pose, tips)
    for k, (name, sign) in enumerate((("wingL", -1), ("wingR", 1))):
        hinge = anatomy.turned(anatomy.WING_HINGE * (1, sign), heading) + pose.position
        outward = (truth[name] - hinge) / np.linalg.norm(truth[name] - hinge)
        at, grey = _along(image, truth[name], outward)
        blade = np.median(grey[at < -4])
        assert blade > 40, k
        assert abs(_edge(image, truth[name], outward, blade / 2)) < 1.0, name


@pytest.mark.parametrize("heading", HEADINGS)
def test_legs_pass_through_their_joints(fly, layers, heading):
    """Across a leg the brightest place is within 1 px of the line between its joints."""
    pose = _pose(CENTER + (0.5, 0.2), heading)
    image, truth = _paint(fly, layers, pose), _truth(fly, pose)
    for name in ("midlegL", "midlegR", "forelegL", "forelegR"):
        # the foreleg's middle piece lies before the head
        for first, share in ((3, 0.5), (3, 0.85), (2, 0.7))[: 2 + name.startswith("mid")]:
            start, stop = truth[f"{name}{first}"], truth[f"{name}{first + 1}"]
            across = np.array([start[1] - stop[1], stop[0] - start[0]])
            across /= np.linalg.norm(across)
            at, grey = _along(image, start + share * (stop - start), across, reach=4.0)
            side = np.minimum(grey[0], grey[-1])
            centre = at[grey >= (grey.max() + side) / 2].mean()
            assert grey.max() > side + 12 and abs(centre) < 1, (name, first)
        tip, before = truth[f"{name}4"], truth[f"{name}3"]
        outward = (tip - before) / np.linalg.norm(tip - before)
        at, grey = _along(image, tip, outward)
        half = (np.median(grey[at < -4]) + grey[-1]) / 2
        assert abs(_edge(image, tip, outward, half)) < 1.2, name


def test_femur_is_thicker_than_tarsus(fly, layers):
    """Along the straight midleg the light that is missing falls from the body to the tip."""
    tips = anatomy.HOMES.copy()
    tips[1] = anatomy.COXAE[1] * (1, 1) + (0, -78)  # fully stretched: no bend
    image = _paint(fly, layers, _pose(tips=tips)).astype(float)
    x = round(CENTER[0] + tips[1, 0])
    rows = CENTER[1] + anatomy.COXAE[1, 1] - np.array([23, 40, 55, 74])
    widths = [image[round(y), x - 6 : x + 7].sum() - 13 * image[round(y), x - 6] for y in rows]
    assert (np.diff(widths) < 0).all()


def test_a_moved_fly_is_the_same_picture_elsewhere(fly, layers):
    """By whole pixels exactly but for rounding; by fractions the centre of light moves as much."""
    here = _paint(fly, layers, _pose(CENTER + 0.25, 0.4))
    there = _paint(fly, layers, _pose(CENTER + 0.25 + (7, -5), 0.4))
    moved = np.roll(here, (-5, 7), (0, 1))
    assert np.abs(moved.astype(int) - there)[12:-12, 12:-12].max() <= 1

    def centre(image):
        weight = image.astype(float)
        y, x = np.mgrid[: len(image), : len(image)]
        return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()

    start = centre(_paint(fly, layers, _pose(CENTER)))
    for shift in np.linspace(0.1, 2.0, 20):
        now = centre(_paint(fly, layers, _pose(CENTER + (shift, -shift / 2))))
        np.testing.assert_allclose(now - start, (shift, -shift / 2), atol=0.03)


def test_a_small_step_changes_the_picture_a_little(fly, layers):
    """No part jumps by whole pixels: a step of 0.05 px changes no grey level by a step's worth."""
    last = None
    for k in range(25):
        tips = anatomy.HOMES + (0.05 * k, 0.03 * k)
        pose = _pose(CENTER + (0.05 * k, 0), 0.0005 * k, (0.0005 * k, 0), tips)
        image = _paint(fly, layers, pose).astype(int)
        if last is not None:
            # steepest edges are about 55 grey levels per px; the two motions add to 0.15 px
            assert np.abs(image - last).max() < 10
        last = image


def test_opening_the_left_wing_changes_the_left_side_only(fly, layers):
    closed = _paint(fly, layers, _pose()).astype(int)
    opened = _paint(fly, layers, _pose(wings=(0.6, 0.0))).astype(int)
    change = np.abs(opened - closed)
    # the left wing, closed, reaches across the midline by less than 15 px, and light is scattered
    assert change[round(CENTER[1]) + 20 :].max() <= 2
    assert (change[: round(CENTER[1])] > 20).sum() > 500
    mirrored = _paint(fly, layers, _pose(wings=(0.0, 0.6))).astype(int)
    assert np.abs(mirrored - closed)[: round(CENTER[1]) - 20].max() <= 2


def test_two_wings_hold_back_more_light_than_one(fly, layers):
    """Behind the abdomen the wings overlap; transmissions multiply."""
    both = _paint(fly, layers, _pose(wings=(0.02, 0.02)))
    apart = _paint(fly, layers, _pose(wings=(0.7, 0.02)))
    x, y = round(CENTER[0]) - 62, round(CENTER[1])
    two = np.median(both[y - 3 : y + 3, x - 5 : x + 5]) / (255 * fly.brightness)
    one = np.median(apart[y - 3 : y + 3, x - 5 : x + 5]) / (255 * fly.brightness)
    assert two > 1.3 * one
    assert two == pytest.approx(1 - (1 - one) ** 2, abs=0.08)


def test_body_is_bright_wing_grey_and_floor_dark(fly, layers):
    frame = np.full((240, 240), 4, np.uint8)
    picture.paint(frame, fly, layers, _pose(wings=(0.3, 0.3)))
    middle = frame[115:126, 90:150].astype(float)
    assert middle.min() > 0.93 * 255 * fly.brightness and middle.max() <= 255 * fly.brightness
    tip = _truth(fly, _pose(wings=(0.3, 0.3)))["wingL"]
    x, y = np.rint(tip + (14, 2)).astype(int)
    assert 45 < np.median(frame[y - 4 : y + 5, x - 4 : x + 5]) < 95
    assert np.median(frame) == 4


def test_the_same_fly_is_the_same_and_another_is_not(fly, layers):
    again = picture.layers(dataclasses.replace(fly))
    np.testing.assert_array_equal(again.wings, layers.wings)
    np.testing.assert_array_equal(again.thorax, layers.thorax)
    pose = _pose(CENTER + 0.3, 1.1, (0.2, 0.1))
    np.testing.assert_array_equal(_paint(fly, layers, pose), _paint(fly, again, pose))
    other = picture.layers(anatomy.individual(np.random.default_rng(3)))
    assert (other.wings[0] != layers.wings[0]).mean() > 0.02


def test_a_fly_at_the_edge_is_cut_and_outside_it_is_absent(fly, layers):
    whole = _paint(fly, layers, _pose())
    corner = _paint(fly, layers, _pose(CENTER - 100), size=140)
    np.testing.assert_allclose(corner.astype(int), whole[100:, 100:], atol=1)
    assert not _paint(fly, layers, _pose((-300.0, 50.0))).any()
    assert not _paint(fly, layers, _pose((50.0, 900.0))).any()


@pytest.fixture(scope="module")
def floor(fly):
    return scene.build(dataclasses.replace(fly, floor=5.0), np.random.default_rng(4))


def _quiet(floor):
    return dataclasses.replace(floor, noise=np.zeros_like(floor.noise))


def test_the_floor_stays_in_the_arena_and_repeats_after_a_tile(floor):
    rng = np.random.default_rng(0)
    still = _quiet(floor)
    wide = still.view((-150, -90), (500, 400), rng)
    assert wide.shape == (400, 500) and wide.dtype == np.uint8
    for x, y in ((0, 0), (-150, -90), (31, 77), (149, 109)):
        part = still.view((x, y), 200, rng)
        np.testing.assert_array_equal(part, wide[y + 90 : y + 290, x + 150 : x + 350])
    far = still.view((31 - 3 * scene.TILE, 77 + 5 * scene.TILE), 200, rng)
    np.testing.assert_array_equal(far, still.view((31, 77), 200, rng))
    assert still.view((5, 5), 2 * scene.TILE + 7, rng).shape == (2 * scene.TILE + 7,) * 2


def test_the_tile_has_no_seam(floor):
    """Neighbours across the tile's edges differ no more than neighbours inside."""
    tile = floor.floor
    for axis in (0, 1):
        inside = np.abs(np.diff(tile, axis=axis)).mean()
        seam = np.abs(np.take(tile, 0, axis) - np.take(tile, -1, axis)).mean()
        assert seam < 2 * inside


def test_the_floor_is_dark_with_specks_and_fresh_noise(floor):
    rng = np.random.default_rng(0)
    one, two = floor.view((10, 20), 400, rng), floor.view((10, 20), 400, rng)
    assert 4 < np.median(one) < 6
    assert 0.5 < (one.astype(float) - two).std() / np.sqrt(2) < 1.5
    bright = one > 15
    assert 0.0002 < bright.mean() < 0.02
    # specks are there again in the next image, noise is not
    assert (two[bright] > 10).mean() > 0.95
    same = floor.view((10, 20), 400, np.random.default_rng(0))
    np.testing.assert_array_equal(same, one)


def test_equal_seeds_build_equal_floors(fly):
    a, b, c = (scene.build(fly, np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(a.floor, b.floor)
    np.testing.assert_array_equal(a.noise, b.noise)
    assert (a.floor != c.floor).any()


def test_grey_levels_are_those_of_real_images(data, fly, layers):
    """Body, wing blade and their shares of the image as in published images of real flies."""
    import h5py

    with h5py.File(data / "fly_leap" / "fly_annotations_000-069.h5") as file:
        real = file["images"][..., 0]
    empty = scene.build(dataclasses.replace(fly, floor=2.0), np.random.default_rng(5))
    rng = np.random.default_rng(6)
    ours = []
    for _ in range(20):
        frame = empty.view(rng.integers(0, 900, 2), 192, rng)
        tips = anatomy.HOMES + rng.normal(0, 6, anatomy.HOMES.shape)
        pose = _pose((96.0, 96.0), rng.uniform(-3, 3), rng.normal(0, 0.03, 2), tips)
        picture.paint(frame, fly, layers, pose)
        ours.append(frame)
    bins = [0, 24, 50, 110, 160, 256]  # floor, glow and legs, wings, edges, body
    shares = [np.histogram(images, bins)[0] / np.size(images) for images in (real, ours)]
    np.testing.assert_allclose(shares[1], shares[0], atol=0.025)
    levels = [np.percentile(images, [50, 95, 99]) for images in (real, ours)]
    np.testing.assert_allclose(levels[1], levels[0], atol=12)
