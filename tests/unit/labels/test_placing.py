"""Labels of the browser stay where they were put in the video, whatever becomes of the crops."""

from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from fixtures import browser

from leap_core import config, containers, skeleton
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.labels import edits, masking, placing
from leap_core.preprocess import cropping, tracking

ANIMAL = skeleton.from_dict({"name": "spots", "parts": ["nose", "tail", "fin"]})
BODY = np.array([[21.0, 1.5], [-24.0, -0.5], [3.0, 17.0]])  # px from the middle, head along +x
FRAMES, SIZE = 4, 96
PLACES = {"a": np.array([90.3, 110.6]), "b": np.array([205.1, 140.2])}
STEP = np.array([3.7, -2.4])  # px a frame


def turned(points, heading):
    cos, sin = np.cos(heading), np.sin(heading)
    return points @ np.array([[cos, sin], [-sin, cos]])


def spots(points, height, width):
    y, x = np.mgrid[:height, :width].astype(float)
    image = np.zeros((height, width))
    for px, py in points:
        image += 230 * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * 2.2**2))
    return np.clip(image, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two animals of three bright spots: the film, its track, and where every spot is."""
    folder = tmp_path_factory.mktemp("pair")
    time = np.arange(FRAMES)[None]
    heading = np.array([[0.4], [-2.3]]) + 0.2 * time
    centroid = np.stack([at + STEP * time[0, :, None] for at in PLACES.values()])
    truth = centroid[:, :, None] + np.array([[turned(BODY, h) for h in row] for row in heading])
    images = [spots(truth[:, k].reshape(-1, 2), 260, 300) for k in range(FRAMES)]
    film = folder / "pair.mp4"
    video.write_video(film, images, 25, crf=0)
    track = containers.Track(
        centroid=centroid,
        heading=heading,
        valid=np.ones((2, FRAMES), bool),
        area=np.full((2, FRAMES), 900.0),
        quality=np.ones((2, FRAMES)),
        background=np.zeros((260, 300), np.uint8),
        faint=20.0,
        fps=25.0,
        width=300,
        height=260,
        recipe="mesh",
    )
    return SimpleNamespace(film=film, track=track, truth=truth)


@pytest.fixture
def lab(pair, tmp_path):
    """Cuts crops of the pair, and puts labels on them."""
    folder, recordings = tmp_path / "labels", {"pair_animal0": ("pair", 0)}
    recordings |= {"pair_animal1": ("pair", 1)}

    def cut(track, size=SIZE, **keys):
        track.write(tmp_path / "tracks" / "pair.h5")
        for name, (_, animal) in recordings.items():
            out, masked = (tmp_path / kind / f"{name}.h5" for kind in ("crops", "masked"))
            settings = config.Crop(size=size, **keys)
            cropping.crop(pair.film, track, animal, settings, name, out, None, masked)

    def points(animal, frame):
        return dict(zip(ANIMAL.parts, pair.truth[animal, frame].tolist(), strict=True))

    def label(animal, frame, track=pair.track, **more):
        crop = browser.crop_of(track, animal, frame, SIZE)
        told = points(animal, frame) | more
        browser.append(folder, browser.edit(f"pair.{frame}.{animal}", crop, told))

    def place(known=recordings):
        return placing.place(
            edits.read(folder),
            ANIMAL,
            known,
            lambda name: tmp_path / "crops" / f"{name}.h5",
            lambda name: tmp_path / "tracks" / f"{name}.h5",
        )

    cut(pair.track)
    return SimpleNamespace(
        path=tmp_path, folder=folder, cut=cut, label=label, place=place, recordings=recordings
    )


def crops_of(lab, name):
    return containers.Crops.read(lab.path / "crops" / f"{name}.h5")


def brightest(image, point):
    """Where the spot next to a point of an image is, weighted by its brightness."""
    x, y = np.rint(point).astype(int)
    window = image[max(y - 6, 0) : y + 7, max(x - 6, 0) : x + 7].astype(float)
    rows, columns = np.mgrid[: window.shape[0], : window.shape[1]]
    at = np.array([(columns * window).sum(), (rows * window).sum()]) / window.sum()
    return at + [max(x - 6, 0), max(y - 6, 0)]


CHANGES = {
    "as it was": lambda t: t,
    "heading turned about": lambda t: replace(t, heading=t.heading + np.pi),
    "animals swapped": lambda t: replace(t, centroid=t.centroid[::-1], heading=t.heading[::-1]),
    "another middle": lambda t: replace(t, centroid=t.centroid + [5.3, -4.1]),
    "moving camera": lambda t: replace(t, camera=np.arange(2.0 * FRAMES).reshape(-1, 2) * 90),
}


@pytest.mark.parametrize("size", [SIZE, 128, 80])
@pytest.mark.parametrize("change", CHANGES)
def test_a_label_stays_at_its_place_in_the_video(lab, pair, change, size):
    for animal in (0, 1):
        for frame in range(1, FRAMES):
            lab.label(animal, frame)
    track = CHANGES[change](pair.track)
    lab.cut(track, size)
    found, report = lab.place()
    assert report["left_out"] == [] and report["complete"] == 6
    seen = set()
    for k, (name, frame) in enumerate(zip(found.source, found.frame, strict=True)):
        crop, now = crops_of(lab, name), lab.recordings[name][1]
        np.testing.assert_array_equal(found.images[k], crop.images[frame])
        away = found.positions[k] - (size - 1) / 2
        in_video = turned(away, track.heading[now, frame]) + track.centroid[now, frame]
        was = 1 - now if change == "animals swapped" else now
        assert np.abs(in_video - pair.truth[was, frame]).max() < 0.01
        for point in found.positions[k]:
            assert np.abs(brightest(found.images[k, ..., 0], point) - point).max() < 0.2
        seen.add((was, int(frame)))
    assert seen == {(animal, frame) for animal in (0, 1) for frame in range(1, FRAMES)}


def test_covered_and_absent_parts(lab, pair):
    nose = (*pair.truth[0, 1, 0].tolist(), "occluded")
    lab.label(0, 1, nose=nose, fin=None)
    found, report = lab.place()
    assert found.status.tolist() == [[1, 1, 3]] and found.occluded.tolist() == [
        [True, False, False]
    ]
    assert np.isnan(found.positions[0, 2]).all() and np.isfinite(found.positions[0, :2]).all()
    assert (report["occluded"], report["absent"], report["complete"]) == (1, 1, 1)


def test_what_is_on_no_crop_is_listed(lab, pair):
    for animal in (0, 1):
        lab.label(animal, 1)
        lab.label(animal, 2)
    lab.label(0, 3, whisker=(90.0, 90.0))
    valid = pair.track.valid.copy()
    valid[1, 2] = False
    lab.cut(replace(pair.track, valid=valid), 44)  # the tail is 24 px off the middle
    browser.append(lab.folder, browser.edit("other.0.0", [9, 9, 0, SIZE], {"nose": (9, 9)}))
    browser.append(lab.folder, browser.edit("pair.99.0", [9, 9, 0, SIZE], {"nose": (9, 9)}))
    found, report = lab.place()
    told = report["left_out"]
    assert "pair.2.1: no animal is tracked near it in this frame" in told
    assert "pair.99.0: no animal is tracked near it in this frame" in told
    assert "other.0.0: video 'other' is not in the config" in told
    assert "pair.3.0: not in the skeleton: whisker" in told
    outside = [line for line in told if "lies outside of the crop" in line]
    assert len(outside) == 4 and all("tail" in line for line in outside)
    assert found.frame.tolist() == [1, 1, 2, 3]
    assert found.status.tolist() == [[1, 0, 1]] * 4


@pytest.mark.parametrize("change", ["heading turned about", "another middle", "moving camera"])
def test_crops_that_were_not_cut_along_the_track_show_nothing(lab, pair, change):
    """As when a correction was made and the crops are still the old ones."""
    lab.label(0, 1)
    CHANGES[change](pair.track).write(lab.path / "tracks" / "pair.h5")
    with pytest.raises(UserError, match="animal0.h5 was cut along another track; make it again"):
        lab.place()


def test_no_animal_takes_the_labels_of_another(lab, pair):
    """Two that touch, of which one is no longer tracked: it is 30 px off, the crops reach 48."""
    near = pair.track.centroid.copy()
    near[1] = near[0] + [30, 0]
    close = replace(pair.track, centroid=near)
    lab.label(1, 2, close)
    valid = pair.track.valid.copy()
    valid[1] = False
    lab.cut(replace(close, valid=valid))
    with pytest.raises(UserError, match="none on a crop .*pair.2.1: no animal is tracked near"):
        lab.place()
    # both as one animal: the one that it is keeps it
    lab.label(0, 2)
    near[1] = near[0] + [9, 0]
    lab.label(1, 2, replace(pair.track, centroid=near))
    found, report = lab.place()
    assert found.source.tolist() == ["pair_animal0"]
    assert report["left_out"] == ["pair.2.1: the animal nearest to it is that of pair.2.0"]


def test_videos_and_frames_that_come_and_go(lab, pair):
    lab.label(0, 1)
    before, _ = lab.place()
    lab.label(1, 3)
    lab.label(0, 0)
    after, _ = lab.place()
    assert [(s, f) for s, f in zip(after.source, after.frame, strict=True)] == [
        ("pair_animal0", 0),
        ("pair_animal0", 1),
        ("pair_animal1", 3),
    ]
    np.testing.assert_array_equal(after.positions[1], before.positions[0])
    with pytest.raises(UserError, match="label frames with `leap label`.*not in the config"):
        lab.place({})
    one = {"pair_animal0": ("pair", 0)}
    found, report = lab.place(one)
    assert found.frame.tolist() == [0, 1]
    assert report["left_out"] == ["pair.3.1: the config has no animal 1 in video 'pair'"]
    (lab.path / "crops" / "pair_animal1.h5").unlink()
    assert "pair_animal1.h5 is not there; make it again" in lab.place()[1]["left_out"][0]


def test_the_order_of_labeling_changes_nothing(lab):
    lab.label(0, 1)
    lab.label(1, 2)
    first, digest = lab.place()[0], edits.read(lab.folder).digest()
    (lab.folder / edits.JOURNAL).unlink()
    lab.label(1, 2)
    lab.label(0, 1)
    second = lab.place()[0]
    assert edits.read(lab.folder).digest() == digest
    np.testing.assert_array_equal(first.positions, second.positions)
    np.testing.assert_array_equal(first.images, second.images)


def test_they_are_found_without_background(lab):
    for animal in (0, 1):
        lab.label(animal, 2)
    found, _ = lab.place()
    none = containers.Sample(
        images=np.zeros((0, SIZE, SIZE, 1), np.uint8),
        source=np.zeros(0, str),
        frame=np.zeros(0, int),
        cluster=np.zeros(0, int),
        mean=np.zeros((SIZE, SIZE)),
        components=np.zeros((1, SIZE, SIZE)),
        explained=np.zeros(1),
        centroids=np.zeros((1, 1)),
        sizes=np.zeros(1, int),
    )
    with ExitStack() as stack:
        plain, masked = (
            {
                name: stack.enter_context(containers.open_crops(lab.path / kind / f"{name}.h5"))
                for name in lab.recordings
            }
            for kind in ("crops", "masked")
        )
        made = masking.masked(found, none, plain, masked)
        for k, name in enumerate(found.source):
            np.testing.assert_array_equal(made.images[k], masked[name].images[2])
    np.testing.assert_array_equal(made.positions, found.positions)


def test_whole_images_of_a_precropped_video(tmp_path):
    """Boxes of 60 x 40 px in crops of 64: the point is where it was, but for the border."""
    film = tmp_path / "box.mp4"
    points = {"nose": (50.0, 20.0), "tail": (8.0, 21.0)}
    video.write_video(film, [spots(list(points.values()), 40, 60)] * 3, 25, crf=0)
    track = tracking.track(film, config.Track(recipe="precropped"))
    track.write(tmp_path / "box.track.h5")
    cropping.crop(film, track, 0, config.Crop(64, pad=True), "box", tmp_path / "box.h5")
    crop = browser.crop_of(track, 0, 1, 64)
    browser.append(tmp_path / "labels", browser.edit("box.1.0", crop, points))
    found, report = placing.place(
        edits.read(tmp_path / "labels"),
        ANIMAL,
        {"box": ("box", 0)},
        lambda name: tmp_path / f"{name}.h5",
        lambda name: tmp_path / f"{name}.track.h5",
    )
    assert report["left_out"] == []
    assert (found.video.tolist(), found.frame.tolist()) == (["box"], [1])
    np.testing.assert_allclose(found.positions[0, :2], [[52, 32], [10, 33]], atol=1e-4)
    for point in found.positions[0, :2]:
        assert np.abs(brightest(found.images[0, ..., 0], point) - point).max() < 0.1


def test_crops_of_two_sizes_are_refused(lab, pair):
    lab.label(0, 1)
    lab.label(1, 1)
    out = lab.path / "crops" / "pair_animal1.h5"
    cropping.crop(pair.film, pair.track, 1, config.Crop(size=128), "pair_animal1", out)
    with pytest.raises(UserError, match=r"crops are of different sizes \(96, 128 px\)"):
        lab.place()


@pytest.mark.parametrize("numbers", [[0, 1, 2, 3], [400, 401, 402, 403], [0, 1, 5, 9]])
def test_rows_of_crops_that_begin_late_or_have_gaps(tmp_path, numbers):
    valid = np.array([True, True, False, True])
    crops = containers.Crops(
        images=np.zeros((4, 8, 8, 1), np.uint8),
        frame=np.array(numbers),
        valid=valid,
        center=np.zeros((4, 2)),
        heading=np.zeros(4),
    )
    crops.write(tmp_path / "c.h5")
    frames = np.array([numbers[3], -1, numbers[2], 10_000, numbers[0], 4, numbers[3]])
    rows, side, *_ = containers.crops.rows(tmp_path / "c.h5", frames)
    assert rows.tolist() == [3, -1, -1, -1, 0, -1, 3] and side == 8
