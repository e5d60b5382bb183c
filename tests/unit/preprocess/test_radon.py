"""The radon recipe against known turns and shifts; camera tracks; closed-loop boxes."""

from dataclasses import replace

import cv2
import h5py
import numpy as np
import pytest

from leap_core import config, containers, geometry, preprocess, synthetic
from leap_core.cli.video import track_as_config
from leap_core.errors import UserError
from leap_core.figures.quality import tracking as picture
from leap_core.geometry import to_crop
from leap_core.io import video
from leap_core.preprocess import head_template, plausibility, radon, segmentation
from leap_core.preprocess.camera import read_camera
from leap_core.preprocess.recipe import Floor, Task

RADON = config.Track(recipe="radon")
FRAMES = 600


def _degrees(angle):
    return np.degrees(np.angle(np.exp(1j * np.asarray(angle))))


def _drawn(center=(100.0, 100.0), angle=0.0, legs=None, size=200):
    """A fly of three ellipses, head at +x of its axis, drawn with sub-pixel coordinates.

    The centroid of the body's outline lies at ``center``; ``legs`` are tips in its own axes.
    """
    bits, big = 4, 4
    image = np.zeros((big * size, big * size), np.uint8)
    matrix = geometry.rotation(angle)

    def at(point):
        x, y = (np.asarray(center) + matrix @ np.asarray(point, float) + 0.5) * big - 0.5
        return [round(x * (1 << bits)), round(y * (1 << bits))]

    for tip in [] if legs is None else legs:
        cv2.line(image, at((0, 0)), at(tip), 90, 3 * big, cv2.LINE_AA, bits)
    for x, along, across, level in ((-18, 30, 14, 200), (16, 20, 14, 220), (38, 9, 13, 190)):
        axes = [round(a * big * (1 << bits)) for a in (along, across)]
        turn = np.degrees(angle)
        cv2.ellipse(image, at((x, 0)), axes, turn, 0, 360, level, -1, cv2.LINE_AA, bits)
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)


def _body(image, threshold=120.0):
    floor = Floor(None, threshold, threshold / 4, True)
    return segmentation.segment(image, floor, 9, 200)


@pytest.fixture(scope="module")
def boxes(tmp_path_factory, fly32):
    """A synthetic fly in boxes that follow it: video, camera track, truth (in the arena)."""
    folder = tmp_path_factory.mktemp("boxes")
    paths = folder / "fly.mp4", folder / "fly.csv", folder / "fly.h5"
    settings = config.Synthetic(frames=FRAMES, camera="closed_loop", size=200)
    synthetic.render(paths[0], paths[2], 3, settings, fly32, camera_path=paths[1])
    return paths[0], paths[1], containers.Truth.read(paths[2])


@pytest.fixture(scope="module")
def tracked(boxes):
    return preprocess.track(boxes[0], RADON, px_per_mm=35.0, camera_path=boxes[1])


# ---- transform, angle, shift


def test_spectrum_is_that_of_the_projections():
    """Against projections made by turning the image and summing its columns."""
    side = head_template.SIDE
    image = head_template.place(_drawn(angle=0.4).astype(np.float32), np.array([104, 97]), 0.0, 0.4)
    got = head_template.radon_spectrum(image)
    frequency = np.arange(1, got.shape[1] + 1) / (2 * side)
    offset = np.arange(side) - (side - 1) / 2
    wave = np.exp(-2j * np.pi * np.outer(offset, frequency))
    for degrees in (0, 17, 45, 90, 133, 179):
        matrix = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), degrees, 1)
        projected = cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_CUBIC).sum(0)
        want = np.abs(projected @ wave)
        assert np.abs(got[degrees] - want).max() < 0.02 * want.max()


def test_drawn_turns_and_shifts_are_recovered():
    model = head_template.learn([_body(_drawn())], 120.0)
    reference = head_template.fit(_body(_drawn()), 120.0, model)
    rng = np.random.default_rng(0)
    for angle in np.radians([-179, -120, -90, -45.5, -3.2, 0.4, 30, 77.7, 150]):
        center = 100 + rng.uniform(-12, 12, 2)
        fit = head_template.fit(_body(_drawn(center, angle)), 120.0, model)
        assert abs(_degrees(2 * (fit.angle - angle)) / 2) < 0.25
        way = 0 if np.cos(fit.angle - angle) > 0 else 1
        assert way == np.argmax(fit.match) and fit.match[way] > 0.99
        offset = geometry.rotation(angle) @ (reference.center[0] - 100)
        np.testing.assert_allclose(fit.center[way] - offset, center, atol=0.15)


def test_moving_legs_move_neither_angle_nor_centre():
    rng = np.random.default_rng(1)
    model = head_template.learn([_body(_drawn())], 60.0)
    fits = []
    for _ in range(20):
        legs = np.c_[rng.uniform(-50, 60, 6), np.repeat([-45.0, 45.0], 3)]
        fits.append(head_template.fit(_body(_drawn(legs=legs), 60.0), 60.0, model))
    assert np.std([fit.center[0] for fit in fits], axis=0).max() < 0.25
    assert np.abs([_degrees(2 * fit.angle) / 2 for fit in fits]).max() < 1


def test_real_images_turned_by_known_angles(data):
    """Every labeled fly against its own picture, turned about its middle and shifted."""
    with h5py.File(data / "fly_leap" / "fly_annotations_000-069.h5") as file:
        images = file["images"][::5, ..., 0]
    rng = np.random.default_rng(2)
    turns, shifts = [], []
    for image in images:
        model = head_template.learn([_body(image, 100.0)], 100.0)
        start = head_template.fit(_body(image, 100.0), 100.0, model)
        for angle in rng.uniform(-np.pi, np.pi, 4):
            moved = rng.uniform(-4, 4, 2)
            matrix = geometry.rotation(angle)
            middle = geometry.middle(192)
            affine = np.column_stack([matrix, middle + moved - matrix @ middle])
            turned = cv2.warpAffine(image, affine, (192, 192), flags=cv2.INTER_CUBIC)
            fit = head_template.fit(_body(turned, 100.0), 100.0, model)
            turns.append(_degrees(2 * (fit.angle - start.angle - angle)) / 2)
            way = int(np.argmax(fit.match))
            want = middle + moved + matrix @ (start.center[np.argmax(start.match)] - middle)
            shifts.append(np.linalg.norm(fit.center[way] - want))
    assert np.median(np.abs(turns)) < 0.2 and np.abs(turns).max() < 1
    assert np.median(shifts) < 0.2 and np.max(shifts) < 1


def test_template_of_many_poses_is_upright_and_centred():
    rng = np.random.default_rng(4)
    poses = zip(rng.uniform(80, 120, (30, 2)), rng.uniform(-np.pi, np.pi, 30), strict=True)
    model = head_template.learn([_body(_drawn(*pose)) for pose in poses], 120.0)
    center, angle, _, _ = segmentation.ellipse(head_template.outline(model.image))
    np.testing.assert_allclose(center, geometry.middle(head_template.SIDE), atol=0.15)
    assert abs(_degrees(2 * angle) / 2) < 0.3
    single = head_template.learn([_body(_drawn())], 120.0).image
    alike = max(
        np.corrcoef(model.image.ravel(), x.ravel())[0, 1] for x in (single, single[::-1, ::-1])
    )
    assert alike > 0.99


# ---- whole videos


def test_closed_loop_boxes_recover_the_truth(boxes, tracked):
    truth = boxes[2]
    assert tracked.valid.all() and tracked.quality.min() > 0.9
    assert plausibility.warnings_of(plausibility.doubts(tracked, crop_size=192), tracked) == []
    error = np.abs(_degrees(tracked.heading[0] - truth.heading))
    assert np.median(error) <= 1 and np.percentile(error, 95) <= 3 and error.max() < 8
    place = tracked.centroid[0] + tracked.camera
    offset = to_crop(place, truth.centroid, truth.heading, 1)
    assert np.abs(offset.mean(0)).max() < 4 and offset.std(0).max() < 0.5
    still = np.abs(truth.forward_velocity) < 0.5
    steps = np.diff(offset, axis=0)[still[1:] & still[:-1]]
    assert still.sum() > 50 and steps.std(0).max() < 0.25


@pytest.mark.parametrize("camera", ["arena", "closed_loop"])
def test_no_flip_in_twenty_seconds(tmp_path, fly32, camera, twenty_seconds):
    """Nor in 15 s of boxes."""
    (path, truth), place = twenty_seconds, None
    if camera == "closed_loop":
        path, place = tmp_path / "fly.mp4", tmp_path / "fly.csv"
        settings = config.Synthetic(frames=1500, camera=camera, size=200)
        synthetic.render(path, tmp_path / "fly.h5", 2, settings, fly32, camera_path=place)
        truth = containers.Truth.read(tmp_path / "fly.h5")
    track = preprocess.track(path, RADON, camera_path=place)
    error = np.abs(_degrees(track.heading[0] - truth.heading))
    assert track.valid.all() and error.max() < 30
    assert np.median(error) <= 1 and np.percentile(error, 95) <= 3


def test_an_animal_that_fills_the_middle_is_no_floor(boxes, tmp_path):
    """Subtracting the median of closed-loop boxes would cut the animal in two."""
    task = Task(boxes[0], video.probe(boxes[0]), RADON, 1, 100.0)
    assert segmentation.learn_floor(task, segmentation.sample(task)).background is None
    path = tmp_path / "roams.mp4"
    middles = np.stack([np.linspace(80, 420, 60), np.linspace(420, 80, 60)], -1)
    video.write_video(path, [_drawn(c, 0.3, size=500) for c in middles], 100, crf=10)
    task = Task(path, video.probe(path), RADON, 1, 100.0)
    assert segmentation.learn_floor(task, segmentation.sample(task)).background is not None


def test_without_camera_track_the_shape_tells_the_head(boxes, tracked):
    """Motion in a box that follows the animal says nothing; wings and a bright thorax do."""
    track = preprocess.track(boxes[0], RADON)
    assert track.camera is None and track.quality.min() >= 0.95
    assert np.abs(_degrees(track.heading - tracked.heading)).max() < 1
    np.testing.assert_allclose(track.centroid, tracked.centroid, atol=1e-3)


@pytest.mark.parametrize("change", ["dark", "masked"])
def test_dark_animals_and_masked_floors(boxes, tracked, tmp_path, change):
    def changed():
        for k, image in video.read_frames(boxes[0]):
            if k < 200:
                yield 255 - image if change == "dark" else np.where(image < 40, 0, image)

    path = tmp_path / "changed.mp4"
    video.write_video(path, changed(), fps=100, crf=10)
    track = preprocess.track(
        path, replace(RADON, polarity="dark" if change == "dark" else "bright")
    )
    apart = _degrees(2 * (track.heading[0] - tracked.heading[0, :200])) / 2
    assert track.valid.all() and np.abs(apart).max() < 2
    offset = track.centroid[0] - tracked.centroid[0, :200]
    turned = to_crop(offset, np.zeros((200, 2)), tracked.heading[0, :200], 1)
    assert turned.std(0).max() < 0.4


def test_real_flies_turned_by_a_known_walk(data, tmp_path):
    """Real boxes, turned and shifted anew: what is found follows the known turns and shifts."""
    rng = np.random.default_rng(0)
    count = 400
    angle = np.cumsum(rng.normal(0, 0.05, count))
    center = 109.5 + np.cumsum(rng.normal(0, 0.3, (count, 2)), 0)

    def turned():
        for k, image in video.read_frames(data / "fly_leap" / "fly_leap_test.mp4"):
            if k == count:
                return
            matrix = geometry.rotation(angle[k])
            affine = np.column_stack([matrix, center[k] - matrix @ geometry.middle(192)])
            yield cv2.warpAffine(255 - image, affine, (220, 220))

    video.write_video(tmp_path / "turned.mp4", turned(), 100, crf=10)
    track = preprocess.track(tmp_path / "turned.mp4", RADON)
    error = _degrees(track.heading[0] - angle)
    error = _degrees(np.radians(error - error[0]))
    assert track.valid.mean() > 0.98
    assert np.nanmedian(np.abs(error - np.nanmedian(error))) < 0.5
    assert np.nanmax(np.abs(error - np.nanmedian(error))) < 3
    offset = to_crop(track.centroid[0], center, angle, 1)
    assert np.nanstd(offset, axis=0).max() < 0.8


def test_a_body_that_is_cut_is_not_valid(tmp_path):
    images = np.stack([_drawn((100 + k % 5, 100.0), 0.02 * k) for k in range(60)])
    images[30, :, 90:] = 0
    path = tmp_path / "cut.mp4"
    video.write_video(path, images, fps=50, crf=5)
    track = preprocess.track(path, RADON)
    assert np.flatnonzero(~track.valid[0]).tolist() == [30]
    assert np.isnan(track.centroid[0, 30]).all() and np.isnan(track.area[0, 30])
    assert preprocess.track(path, replace(RADON, area_drop=1.0)).valid.all()


def test_a_smaller_animal_stays_valid():
    """A lasting change of size is the animal's; one bad frame decides nothing about others."""
    area = np.full(400, 1000.0)
    area[200:] = 500.0
    area[[50, 300]] = [800.0, 300.0]
    assert np.flatnonzero(~radon.whole(area, 100.0, 0.15)).tolist() == [50, 300]


def test_one_frame_and_no_animal(tmp_path):
    path = tmp_path / "one.mp4"
    video.write_video(path, [_drawn((80, 110), 0.5)], fps=10, crf=0)
    track = preprocess.track(path, RADON)
    assert track.valid.all() and abs(_degrees(2 * (track.heading[0, 0] - 0.5)) / 2) < 1
    empty = tmp_path / "empty.mp4"
    video.write_video(empty, np.full((70, 64, 64), 9, np.uint8), fps=10)
    with pytest.raises(UserError, match=r"empty.mp4: no animal .* in the \d+ frames sampled"):
        preprocess.track(empty, RADON)
    with pytest.raises(UserError, match="'radon' follows one animal"):
        preprocess.track(path, RADON, animals=2)


# ---- camera tracks


def _csv(path, rows, header="frame,x,y"):
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def test_camera_tracks_in_any_order(tmp_path):
    want = np.array([[10.5, -3], [11, 4], [12, 5]])
    rows = [(5.0, "a", 2, 12), (-3, "b", 0, 10.5), (4, "c", 1, 11)]
    path = _csv(tmp_path / "c.csv", rows, "y, note, frame, x")
    np.testing.assert_array_equal(read_camera(path, 3), want)
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["frame"], file["x"], file["y"], file["more"] = [2, 0, 1], [12, 10.5, 11], [5, -3, 4], 7
    np.testing.assert_array_equal(read_camera(tmp_path / "c.h5", 3), want)


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([(0, 1, 1), (2, 1, 1)], "frame,x,y", "frame 1 is missing"),
        ([(0, 1, 1), (1, 1, 1)], "frame,x,y", "frame 2 is missing"),
        ([(0, 1, 1), (1, 1, 1), (1, 2, 2), (2, 1, 1)], "frame,x,y", "frame 1 is named twice"),
        ([(0, 1, 1), (1, 1, 1), (2, 1, 1), (3, 1, 1)], "frame,x,y", "frame 3 is none of"),
        ([(0, 1, 1), (1.5, 1, 1), (2, 1, 1)], "frame,x,y", "frame 1.5 is none of"),
        ([(0, 1, 1), (1, "one", 1), (2, 1, 1)], "frame,x,y", "`x` of row 1"),
        ([(0, 1, 1), (1, 1, ""), (2, 1, 1)], "frame,x,y", "`y` of row 1"),
        ([(0, 1, 1), (1, 1, 1), (2, 1, 1)], "frame,x,z", "no `y` .found: frame, x, z"),
        ([], "", "c.csv: not a readable CSV"),
    ],
)
def test_bad_camera_tracks_are_named(tmp_path, rows, header, message):
    path = _csv(tmp_path / "c.csv", rows, header)
    with pytest.raises(UserError, match=message) as error:
        read_camera(path, 3)
    assert "\n" not in str(error.value) and "c.csv" in str(error.value)


def test_bad_camera_files_are_named(boxes, tmp_path):
    with pytest.raises(UserError, match="no such camera track"):
        read_camera(tmp_path / "none.csv", 3)
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["frame"], file["x"], file["y"] = [0, 1, 2], [1.0, 2, 3], [1.0, 2]
    with pytest.raises(UserError, match="differ in length"):
        read_camera(tmp_path / "c.h5", 3)
    (tmp_path / "binary.csv").write_bytes(bytes(range(128, 256)))
    with pytest.raises(UserError, match="binary.csv: not a readable CSV"):
        read_camera(tmp_path / "binary.csv", 3)
    (tmp_path / "cut.h5").write_bytes((tmp_path / "c.h5").read_bytes()[:1000])
    with pytest.raises(UserError, match="cut.h5: not a readable HDF5 file"):
        read_camera(tmp_path / "cut.h5", 3)
    (tmp_path / "twice.csv").write_text("frame,x,y,x \n0,1,2,3\n")
    with pytest.raises(UserError, match="column `x` stands there twice"):
        read_camera(tmp_path / "twice.csv", 1)
    with pytest.raises(UserError, match="camera track is of no use with track.recipe 'precropped'"):
        preprocess.track(boxes[0], config.Track(recipe="precropped"), camera_path=boxes[1])


def test_crops_are_cut_in_the_box_and_placed_in_the_arena(boxes, tracked, tmp_path):
    path, camera, truth = boxes
    tracked.write(tmp_path / "t.h5")
    track = containers.Track.read(tmp_path / "t.h5")
    np.testing.assert_allclose(track.camera, read_camera(camera, FRAMES), atol=1e-3)
    preprocess.crop(path, track, 0, config.Crop(128), "fly", tmp_path / "c.h5")
    crops = containers.Crops.read(tmp_path / "c.h5")
    points = to_crop(truth.positions, crops.center, crops.heading, 128)
    head = points[:, truth.skeleton.index("head")]
    assert head[:, 0].min() > 63.5 and np.abs(head[:, 1] - 63.5).max() < 8
    _, image = next(video.read_frames(path))
    want = geometry.cut(image, track.centroid[0, 0], float(track.heading[0, 0]), 128)
    np.testing.assert_array_equal(crops.images[0, ..., 0], want)


def test_a_box_without_camera_track_tells_no_speed(boxes, tracked, tmp_path):
    path, _, _ = boxes
    for name, track in (("with", tracked), ("without", replace(tracked, camera=None))):
        preprocess.crop(path, track, 0, config.Crop(64), "fly", tmp_path / f"{name}.h5")
    assert containers.Crops.read(tmp_path / "with.h5").tracked
    assert not containers.Crops.read(tmp_path / "without.h5").tracked


def test_a_video_of_the_config_brings_its_camera_track(boxes, tmp_path, root):
    path, camera, truth = boxes
    settings = config.from_dict(
        {
            "dataset": "boxes",
            "skeleton": str(root / "config" / "skeletons" / "fly32.yaml"),
            "videos": [{"id": "fly", "path": str(path), "camera_track": str(camera)}],
            "track": {"recipe": "radon"},
            "crop": {"size": 64},
        }
    )
    track = track_as_config(path, settings)
    preprocess.crop(path, track, 0, settings.crop, "fly", tmp_path / "c.h5")
    crops = containers.Crops.read(tmp_path / "c.h5")
    assert np.linalg.norm(crops.center - truth.centroid, axis=1).max() < 10
    lost = replace(settings.videos[0], camera_track="gone.csv")
    with pytest.raises(UserError, match="gone.csv: no such file"):
        track_as_config(path, replace(settings, videos=[lost]))


def test_the_picture_of_a_track_is_drawn_in_the_arena(boxes, tracked):
    axes = {ax.get_xlabel(): ax for ax in picture.draw(tracked).axes}
    ax = axes["arena x (px)"]
    place = boxes[2].centroid
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert bottom > top and right - left == pytest.approx(bottom - top)
    assert left < place[:, 0].min() and place[:, 0].max() < right
    assert top < place[:, 1].min() and place[:, 1].max() < bottom
    assert ax.get_ylabel() == "arena y (px)"
