"""Crops without background: known pictures, real flies, and labels put on them."""

import cv2
import h5py
import numpy as np
import pytest

from leap_core import config, containers, geometry, labels, preprocess
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.preprocess import foreground
from leap_core.preprocess.recipe import Floor


def fly(shape, x, y, degrees, legs=True):
    """A body of half axes 30 and 12 px with two thin legs, and what is drawn of it."""
    image = np.zeros(shape, np.uint8)
    cv2.ellipse(image, ((x, y), (60, 24), degrees), 200, -1)
    if legs:
        for side in (-1, 1):
            turn = np.radians(degrees + 90 * side)
            end = x + 30 * np.cos(turn), y + 30 * np.sin(turn)
            cv2.line(image, (round(x), round(y)), tuple(round(v) for v in end), 120, 3)
    return image


def track_of(places, shape, **more):
    """A track of animals (x, y, degrees) in one frame."""
    count = len(places)
    values = np.array(places, float).reshape(count, 1, 3)
    return containers.Track(
        centroid=values[..., :2],
        heading=np.radians(values[..., 2]),
        valid=np.ones((count, 1), bool),
        area=np.full((count, 1), np.pi * 30 * 12),
        quality=np.ones((count, 1)),
        faint=10.0,
        recipe="mesh",
        width=shape[1],
        height=shape[0],
        **more,
    )


@pytest.mark.parametrize("degrees", [0, 40, 155, -70])
def test_a_mask_is_what_was_drawn(degrees):
    """On a noisy floor: the animal with its legs, to the pixel but for the closing of gaps."""
    shape = (240, 320)
    rng = np.random.default_rng(0)
    floor = rng.uniform(20, 90, shape).astype(np.uint8)
    drawn = fly(shape, 150, 110, degrees)
    image = cv2.add(cv2.add(floor, drawn), rng.integers(0, 4, shape).astype(np.uint8))
    track = track_of([(150, 110, degrees)], shape, background=floor)
    mask = foreground.mask(image, foreground.floor_of(track), track, 0, 0, 128)
    assert set(np.unique(mask)) == {0, 255}
    assert (mask[drawn > 0] == 255).all()
    assert (mask > 0).sum() < 1.15 * (drawn > 0).sum()


def test_pixels_of_animals_that_touch_go_to_the_nearer_body():
    """Side by side, 26 px apart with 12 px of half width: no body pixel of the other."""
    shape = (200, 260)
    one, two = (120, 90, 10), (125, 116, 10)
    drawn = [fly(shape, *place, legs=False) for place in (one, two)]
    track = track_of([one, two], shape, background=np.zeros(shape, np.uint8))
    floor = foreground.floor_of(track)
    image = np.maximum(*drawn)
    for k in range(2):
        mask = foreground.mask(image, floor, track, k, 0, 128) > 0
        own, other = drawn[k] > 0, drawn[1 - k] > 0
        assert (mask & own).sum() > 0.98 * own.sum()
        assert (mask & other & ~own).sum() < 0.02 * other.sum()


def test_an_animal_that_was_not_found_does_not_become_part_of_another():
    """As above, but the second one is not valid: most of its pixels stay away."""
    shape = (200, 260)
    one, two = (120, 90, 10), (125, 118, 10)
    drawn = [fly(shape, *place, legs=False) for place in (one, two)]
    track = track_of([one, two], shape, background=np.zeros(shape, np.uint8))
    track.valid[1] = False
    floor = foreground.floor_of(track)
    mask = foreground.mask(np.maximum(*drawn), floor, track, 0, 0, 128) > 0
    own, other = drawn[0] > 0, drawn[1] > 0
    assert (mask & own).sum() > 0.98 * own.sum()
    assert (mask & other & ~own).sum() < 0.6 * other.sum()


def test_another_light_is_not_the_animal():
    """A lamp that adds 25 grey levels everywhere leaves the mask as it was."""
    shape = (200, 260)
    drawn = fly(shape, 120, 90, 30)
    track = track_of([(120, 90, 30)], shape, background=np.zeros(shape, np.uint8))
    floor = foreground.floor_of(track)
    plain = foreground.mask(drawn, floor, track, 0, 0, 128)
    np.testing.assert_array_equal(
        foreground.mask(cv2.add(drawn, np.full_like(drawn, 25)), floor, track, 0, 0, 128), plain
    )


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """A fly that goes to the right over an uneven floor, as bright on dark and dark on bright."""
    folder = tmp_path_factory.mktemp("walk")
    rng = np.random.default_rng(1)
    floor = cv2.blur(rng.uniform(10, 90, (200, 400)), (5, 5)).astype(np.uint8)
    frames = [cv2.add(floor, fly(floor.shape, 70 + 4.3 * k, 100 + 0.3 * k, 4)) for k in range(60)]
    video.write_video(folder / "bright.mp4", frames, fps=25, crf=0)
    video.write_video(folder / "dark.mp4", [255 - frame for frame in frames], fps=25, crf=0)
    return folder


@pytest.mark.parametrize("polarity, invert", [("bright", False), ("dark", False), ("dark", True)])
def test_both_crops_are_one_cut_of_one_track(walk, polarity, invert, tmp_path):
    """The raw images are those of `keep`; the masked ones agree on the animal and are flat else."""
    path = walk / f"{polarity}.mp4"
    track = preprocess.track(path, config.Track(recipe="mesh", polarity=polarity))
    assert track.valid.all()
    both = config.Crop(size=96, invert=invert, background="both")
    preprocess.crop(path, track, 0, both, "a", tmp_path / "raw.h5", None, tmp_path / "masked.h5")
    keep = config.Crop(size=96, invert=invert)
    preprocess.crop(path, track, 0, keep, "a", tmp_path / "keep.h5")
    remove = config.Crop(size=96, invert=invert, background="remove")
    preprocess.crop(path, track, 0, remove, "a", tmp_path / "remove.h5")
    raw, masked, kept, removed = (
        containers.Crops.read(tmp_path / f"{name}.h5")
        for name in ("raw", "masked", "keep", "remove")
    )
    np.testing.assert_array_equal(raw.images, kept.images)
    np.testing.assert_array_equal(masked.images, removed.images)
    for name in ("frame", "valid", "center", "heading"):
        np.testing.assert_array_equal(getattr(raw, name), getattr(masked, name))
    flat = 0 if polarity == "bright" or invert else 255
    gone = masked.images != raw.images
    assert (masked.images[gone] == flat).all()
    share = 1 - (masked.images == flat).mean()
    drawn = (fly((200, 200), 100, 100, 0) > 0).sum()
    assert share * 96 * 96 == pytest.approx(drawn, rel=0.2)
    # in the middle of the animal nothing is lost
    assert (masked.images[:, 44:52, 40:56] == raw.images[:, 44:52, 40:56]).all()


def test_real_flies_lose_the_mesh_and_keep_their_light(data, root, tmp_path):
    """Three quarters of the pixels are flat then, and the labeled parts of the trunk stay."""
    whole = config.read(root / "config" / "fly_courtship.yaml")
    path = data / whole.videos[0].path
    frames = [image for _, image in video.read_frames(path, stride=15)][:60]
    video.write_video(tmp_path / "short.mp4", frames, fps=25, crf=0)
    track = preprocess.track(tmp_path / "short.mp4", whole.track, 2)
    settings = config.Crop(size=192, background="both")
    folder = data / "videos" / "fly_courtship_frames0000-1499.analysis.h5"
    with h5py.File(folder) as file:
        names = [name.decode() for name in file["node_names"]]
        points = file["tracks"][:].transpose(0, 3, 2, 1)[:, : 60 * 15 : 15]  # animal, frame, node
    trunk = [names.index(name) for name in ("head", "thorax", "abdomen")]
    for animal in range(2):
        out, other = tmp_path / f"raw{animal}.h5", tmp_path / f"masked{animal}.h5"
        preprocess.crop(tmp_path / "short.mp4", track, animal, settings, "a", out, None, other)
        raw, masked = containers.Crops.read(out), containers.Crops.read(other)
        off = np.linalg.norm(points[:, :, trunk].mean(2) - raw.center[None], axis=-1)
        places = points[np.nanargmin(np.nanmean(off, 1))]
        kept = []
        for k in np.flatnonzero(raw.valid):
            here = places[k][trunk]
            here = here[np.isfinite(here).all(-1)]
            crop = geometry.to_crop(here, raw.center[k], raw.heading[k], 192).round().astype(int)
            kept += [masked.images[k, y, x, 0] > 0 for x, y in crop]
        assert np.mean(kept) > 0.97
        assert (masked.images == 0).mean() > 0.75


def test_labels_are_put_on_the_same_frames_without_background(walk, fly32, tmp_path):
    path = walk / "bright.mp4"
    track = preprocess.track(path, config.Track(recipe="mesh"))
    both = config.Crop(size=96, background="both")
    preprocess.crop(path, track, 0, both, "a", tmp_path / "raw.h5", None, tmp_path / "masked.h5")
    raw, masked = (containers.Crops.read(tmp_path / f"{n}.h5") for n in ("raw", "masked"))
    chosen = np.array([40, 3, 17])
    sample = containers.Sample(
        images=raw.images[chosen],
        source=np.array(["a"] * 3),
        frame=chosen,
        cluster=np.zeros(3),
        mean=np.zeros((96, 96)),
        components=np.zeros((1, 96, 96)),
        explained=np.ones(1),
        centroids=np.zeros((1, 1)),
        sizes=np.ones(1),
    )
    order = np.array([2, 0])
    made = containers.Labels(
        images=sample.images[order],
        positions=np.random.default_rng(0).uniform(0, 96, (2, 32, 2)),
        status=np.ones((2, 32)),
        source=np.array(["labels1"] * 2),
        frame=np.arange(2),
        split=np.zeros(2),
        skeleton=fly32,
    )
    with (
        containers.open_crops(tmp_path / "raw.h5") as plain,
        containers.open_crops(tmp_path / "masked.h5") as reader,
    ):
        found = labels.masked(made, sample, {"a": plain}, {"a": reader})
        np.testing.assert_array_equal(found.images, masked.images[chosen[order]])
        np.testing.assert_array_equal(found.positions, made.positions)
        made.images[1, 0, 0, 0] ^= 1
        with pytest.raises(UserError, match="image 1 of labels1 is no crop of this dataset"):
            labels.masked(made, sample, {"a": plain}, {"a": reader})


def test_a_track_without_a_floor_cannot_remove_it(walk, tmp_path):
    track = preprocess.track(walk / "bright.mp4", config.Track(recipe="precropped"))
    settings = config.Crop(size=96, background="remove")
    with pytest.raises(UserError, match="'precropped' does not know the background"):
        preprocess.crop(walk / "bright.mp4", track, 0, settings, "a", tmp_path / "crops.h5")
    assert not list(tmp_path.iterdir())
    with pytest.raises(UserError, match="set `crop.background: keep`"):
        config.from_dict(
            {
                "dataset": "x",
                "skeleton": "config/skeletons/fly32.yaml",
                "videos": [{"id": "a", "path": "a.mp4"}],
                "track": {"recipe": "precropped"},
                "crop": {"background": "both"},
            }
        )


def test_a_floor_is_stored_with_the_track(walk, tmp_path):
    track = preprocess.track(walk / "bright.mp4", config.Track(recipe="mesh"))
    track.write(tmp_path / "track.h5")
    again = foreground.floor_of(containers.Track.read(tmp_path / "track.h5"))
    assert isinstance(again, Floor) and again.bright
    np.testing.assert_array_equal(again.background, track.background)
    assert again.faint == pytest.approx(track.faint)
