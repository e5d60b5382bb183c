"""Tracking and cropping recover known motions and known pixels."""

import hashlib
import itertools
from dataclasses import replace

import av
import cv2
import h5py
import numpy as np
import pytest
from fixtures.damage import spoiled

from leap_core import config, containers, geometry, numerics, preprocess, skeleton, synthetic
from leap_core.errors import UserError
from leap_core.geometry import to_crop, to_video
from leap_core.io import video
from leap_core.preprocess import auditing, headtail, segmentation

FRAMES = 500


def _degrees(angle):
    return np.degrees(np.angle(np.exp(1j * np.asarray(angle))))


@pytest.fixture(scope="module")
def fly(tmp_path_factory, fly32):
    """A synthetic fly's video and truth."""
    folder = tmp_path_factory.mktemp("fly")
    settings = config.Synthetic(frames=FRAMES, size=480)
    synthetic.render(folder / "fly.mp4", folder / "fly.h5", 11, settings, fly32)
    return folder / "fly.mp4", containers.Truth.read(folder / "fly.h5")


@pytest.fixture(scope="module")
def tracked(fly):
    return preprocess.track(fly[0], config.Track(), px_per_mm=35.0)


@pytest.fixture
def boxes(tmp_path):
    """A lossless video of random egocentric boxes, 48 x 48, and its pixels as decoded."""
    rng = np.random.default_rng(0)
    images = cv2.blur(rng.integers(0, 256, (7, 48, 48)).astype(np.uint8), (3, 3))
    path = tmp_path / "boxes.mp4"
    video.write_video(path, images, fps=50, crf=0)
    return path, np.stack([image for _, image in video.read_frames(path)])


def _crop(path, out, settings, **kw):
    track = preprocess.track(path, config.Track(**kw))
    preprocess.crop(path, track, 0, settings, "rec", out)
    return containers.Crops.read(out)


# ---- geometry


def test_transform_by_hand():
    """Head down in the video (+90 degrees): video +y is crop +x, video -x is crop +y."""
    points = np.array([[10.0, 27.0], [8.0, 20.0]])
    crop = to_crop(points, [10.0, 20.0], np.pi / 2, 101)
    np.testing.assert_allclose(crop, [[57.0, 50.0], [50.0, 52.0]])


def test_transform_round_trip_and_handedness():
    rng = np.random.default_rng(1)
    points = rng.uniform(0, 1000, (20, 5, 2))
    center, heading = rng.uniform(0, 1000, (20, 2)), rng.uniform(-20, 20, 20)
    crop = to_crop(points, center, heading, (192, 128))
    back = to_video(crop, center, heading, (192, 128))
    np.testing.assert_allclose(back, points, atol=1e-9)
    np.testing.assert_allclose(to_crop(center, center, heading, (192, 128))[0], [95.5, 63.5])

    def turn(p):
        a, b = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
        return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]

    np.testing.assert_allclose(turn(crop), turn(points))  # no reflection, no scaling


# ---- audit


def test_audit_counts_and_hashes_the_decoded_pixels(boxes):
    path, images = boxes
    report = preprocess.audit(path)
    assert (report["frames"], report["decoded"], report["unreadable"]) == (7, 7, [])
    assert (report["width"], report["height"], report["codec"]) == (48, 48, "h264")
    assert report["fps"] == pytest.approx(50) and report["promised"] == 7
    assert report["content_sha256"] == hashlib.sha256(images.tobytes()).hexdigest()


def test_unreadable_middle_leaves_all_other_frames_in_place(fly, tracked, tmp_path):
    """Invalid are the lost frames, those after them until the next key frame, and those just before
    that are drawn from the lost ones; all others are the pixels of the whole video."""
    path = spoiled(fly[0], {200, 201, 202})
    with av.open(str(path)) as container:
        keys = [
            k for k, p in enumerate(q for q in container.demux(video=0) if q.size) if p.is_keyframe
        ]
    again = min(k for k in keys if k > 202)
    report = preprocess.audit(path)
    bad = report["unreadable"]
    assert report["frames"] == FRAMES and report["decoded"] == FRAMES - len(bad)
    assert bad == list(range(bad[0], again)) and 190 < bad[0] <= 200
    whole = video.read_frames(fly[0])
    for (k, image), (_, want) in zip(video.read_frames(path), whole, strict=True):
        assert image is None if k in bad else (image == want).all(), k
    track = preprocess.track(path, config.Track())
    assert np.flatnonzero(~track.valid[0]).tolist() == bad
    assert np.isnan(track.centroid[0, bad]).all() and np.isnan(track.heading[0, bad]).all()
    good = track.valid[0]
    np.testing.assert_allclose(track.centroid[0, good], tracked.centroid[0, good], atol=1)
    assert np.abs(_degrees(track.heading[0, good] - tracked.heading[0, good])).max() < 3
    preprocess.crop(path, track, 0, config.Crop(64), "rec", tmp_path / "c.h5")
    crops = containers.Crops.read(tmp_path / "c.h5")
    assert crops.frame.tolist() == list(range(FRAMES))
    np.testing.assert_array_equal(crops.valid, good)
    assert not crops.images[bad].any() and crops.images[good].max((1, 2, 3)).min() > 100
    assert np.isnan(crops.center[bad]).all() and np.isnan(crops.heading[bad]).all()


# ---- moments


def test_track_recovers_the_truth(fly, tracked):
    """Crops are centred to a tenth of the body (about 100 px) although wings pull the centroid."""
    truth = fly[1]
    assert tracked.valid.all() and tracked.quality.min() > 0.9
    error = np.abs(_degrees(tracked.heading[0] - truth.heading))
    assert np.median(error) <= 2 and error.max() < 8
    assert np.abs(np.diff(tracked.heading[0])).max() < 0.5  # continuous
    offset = to_crop(tracked.centroid[0], truth.centroid, truth.heading, 1)
    assert np.abs(offset.mean(0)).max() < 10 and offset.std(0).max() < 2.5
    assert (tracked.fps, tracked.px_per_mm, tracked.width) == (100, 35, 480)
    assert tracked.camera is None


@pytest.mark.parametrize("seed", [1, 2])
def test_no_head_tail_flip_in_twenty_seconds(tmp_path, fly32, seed, twenty_seconds):
    """Nor in the first 12 s of another fly."""
    path, truth = twenty_seconds
    if seed != 1:
        path = tmp_path / "fly.mp4"
        settings = config.Synthetic(frames=1200, size=480)
        synthetic.render(path, tmp_path / "fly.h5", seed, settings, fly32)
        truth = containers.Truth.read(tmp_path / "fly.h5")
    track = preprocess.track(path, config.Track())
    error = np.abs(_degrees(track.heading[0] - truth.heading))
    assert track.valid.all() and error.max() < 30 and np.median(error) <= 2


def test_dark_animal_on_bright_floor_is_the_same_after_inversion(fly, tracked, tmp_path):
    path, _ = fly
    inverted = tmp_path / "dark.mp4"
    frames = itertools.islice((255 - image for _, image in video.read_frames(path)), 250)
    video.write_video(inverted, frames, fps=100, crf=10)
    track = preprocess.track(inverted, config.Track(polarity="dark"))
    apart = np.linalg.norm(track.centroid[0] - tracked.centroid[0, :250], axis=-1)
    assert np.median(apart) < 1
    assert np.abs(_degrees(track.heading[0] - tracked.heading[0, :250])).max() < 5
    preprocess.crop(inverted, track, 0, config.Crop(192, invert=True), "rec", tmp_path / "c.h5")
    crops = containers.Crops.read(tmp_path / "c.h5")
    assert np.median(crops.images) < 20 and np.median(crops.images[:, 92:100, 92:100]) > 150


def test_real_fly_heading_against_published_pose(data):
    """A standing fly: axis and head are those of the published pose, and called sure."""
    sleap_io = pytest.importorskip("sleap_io")
    folder = data / "videos"
    track = preprocess.track(folder / "fly_single.mp4", config.Track())
    labels = sleap_io.load_slp(str(folder / "fly_single.slp"))
    names = [node.name for node in labels.skeletons[0].nodes]
    error, distance = [], []
    for frame in labels:
        points = frame.instances[0].numpy()[:, :2]
        x, y = points[names.index("head")] - points[names.index("abdomen")]
        error.append(_degrees(track.heading[0, frame.frame_idx] - np.arctan2(y, x)))
        distance.append(points[names.index("thorax")] - track.centroid[0, frame.frame_idx])
    assert len(error) == 128 and np.median(np.abs(error)) < 2 and np.abs(error).max() < 5
    assert np.median(np.linalg.norm(distance, axis=1)) < 10
    assert np.nanmin(track.quality) >= 0.95


def test_real_axis_against_published_labels(data, tmp_path):
    """70 labeled flies at random headings: the moment axis is the abdomen-head line."""
    with h5py.File(data / "fly_leap" / "fly_annotations_000-069.h5") as file:
        images, points = file["images"][..., 0], file["annotations"][()]
    path = tmp_path / "real.mp4"
    video.write_video(path, images, fps=100, crf=0)
    track = preprocess.track(path, config.Track(threshold=140))
    x, y = (points[:, 0] - points[:, 5]).T
    error = _degrees(2 * (track.heading[0] - np.arctan2(y, x))) / 2
    assert np.median(np.abs(error)) < 1.5 and np.abs(error).max() < 4
    assert np.median(np.linalg.norm(track.centroid[0] - points[:, 4], axis=1)) < 2


def test_ellipse_recovers_a_drawn_one():
    for angle in (-80.0, -30.0, 0.0, 45.0, 85.0):
        image = np.zeros((200, 200), np.uint8)
        cv2.ellipse(image, (90, 110), (60, 20), angle, 0, 360, 255, -1)
        center, found, length, elongation = segmentation.ellipse(image > 0)
        np.testing.assert_allclose(center, [90, 110], atol=0.5)
        assert abs(_degrees(2 * (found - np.radians(angle))) / 2) < 0.6
        assert length == pytest.approx(120, rel=0.03)
        assert elongation == pytest.approx(1 - (20 / 60) ** 2, abs=0.02)


def test_otsu_separates_two_known_classes():
    rng = np.random.default_rng(0)
    levels = np.r_[rng.normal(30, 5, 20000), rng.normal(180, 10, 700)].clip(0, 255).astype(int)
    assert 60 < numerics.otsu(np.bincount(levels, minlength=256))[0] < 140


# ---- head or tail


def _brute(evidence, cost):
    """Scores of all state sequences: best one, and posterior log odds of state 0 per frame."""
    paths = np.array(list(itertools.product([0, 1], repeat=len(evidence))))
    stay = np.log1p(np.exp(-np.asarray(cost)))  # makes the transition rows sum to 1
    score = (np.where(paths == 0, 0.5, -0.5) * evidence).sum(1)
    jumps = paths[:, 1:] != paths[:, :-1]
    weighed = score - (jumps * cost).sum(1) - stay.sum()
    weight = np.exp(weighed)
    odds = [
        np.log(weight[paths[:, k] == 0].sum() / weight[paths[:, k] == 1].sum())
        for k in range(len(evidence))
    ]
    return paths[np.argmax(weighed)].astype(bool), np.array(odds)


def test_viterbi_and_posterior_equal_enumeration():
    rng = np.random.default_rng(3)
    for _ in range(20):
        evidence, cost = rng.normal(0, 2, 8), rng.uniform(0.7, 4, 7)
        path, odds = _brute(evidence, cost)
        np.testing.assert_array_equal(headtail.reversals(evidence, cost), path)
        np.testing.assert_allclose(headtail.log_odds(evidence, cost), odds, atol=1e-9)


def _simulated_axis(rng, count=2000, backwards=()):
    """A body that walks a curved path; its axis is known modulo 180 degrees only."""
    heading = np.cumsum(rng.normal(0, 0.05, count))
    speed = np.where(np.arange(count) // 250 % 2, 0.0, 3.0)
    for start, stop in backwards:
        speed[start:stop] *= -1
    step = speed[:, None] * np.stack([np.cos(heading), np.sin(heading)], -1)
    angle = np.angle(np.exp(2j * (heading + rng.normal(0, 0.02, count)))) / 2
    # one informative feature, positive towards the tail
    sign = np.sign(np.cos(angle - heading))
    shape = np.stack([-0.1 * sign + rng.normal(0, 0.1, count), rng.normal(0, 1, count)], -1)
    center = np.cumsum(step, 0) + rng.normal(0, 0.1, (count, 2))
    return heading, headtail.Axis(center, angle, np.full(count, 99.0), np.full(count, 0.9), shape)


def test_head_is_found_through_stops_backing_and_gaps():
    for seed in range(5):
        heading, axis = _simulated_axis(np.random.default_rng(seed), backwards=[(1000, 1060)])
        for values in (axis.center, axis.angle, axis.shape, axis.elongation):
            values[600:640] = np.nan
        found, quality = headtail.decide(axis, fps=100.0)
        lost = np.isnan(found)
        assert np.flatnonzero(lost).tolist() == list(range(600, 640))
        assert np.abs(_degrees(found - heading)[~lost]).max() < 10
        assert quality[~lost].min() > 0.9 and np.isnan(quality[lost]).all()


def test_a_lost_axis_is_found_again_on_the_other_side():
    """Where the body looked round and turned unseen, the shape says that the ends swapped."""
    rng = np.random.default_rng(1)
    heading, axis = _simulated_axis(rng)
    heading[1000:] += np.pi
    axis.center[1000:] = axis.center[999] - (axis.center[1000:] - axis.center[999])
    axis.shape[1000:] *= -1
    axis.elongation[998:1003] = 0.01
    found, _ = headtail.decide(axis, fps=100.0)
    wrong = np.abs(_degrees(found - heading)) > 90
    assert wrong[:990].sum() == 0 and wrong[1010:].sum() == 0


@pytest.mark.parametrize(("reach", "sure"), [(0.1, True), (0.005, False)])
def test_a_standing_animal_is_sure_where_its_shape_is_clear(reach, sure):
    """Wings that reach out by a tenth of its length tell; by half a hundredth they do not."""
    rng = np.random.default_rng(0)
    heading, axis = _simulated_axis(rng, 400)
    axis.center[:] = 100 + rng.normal(0, 0.05, (400, 2))
    axis.shape[:, 0] += (0.1 - reach) * np.sign(np.cos(axis.angle - heading))
    found, quality = headtail.decide(axis, fps=100.0)
    assert np.isfinite(found).all()
    if sure:
        assert quality.min() > 0.95 and np.abs(_degrees(found - heading)).max() < 10
    else:
        assert quality.max() < 0.6


# ---- precropped and crops


@pytest.mark.parametrize(("head", "turns"), [("right", 0), ("down", 1), ("left", 2), ("up", 3)])
def test_precropped_boxes_are_turned_by_exact_copies(boxes, tmp_path, head, turns):
    path, images = boxes
    crops = _crop(path, tmp_path / "c.h5", config.Crop(48), recipe="precropped", head=head)
    np.testing.assert_array_equal(crops.images[..., 0], np.rot90(images, turns, axes=(1, 2)))
    assert crops.valid.all() and not crops.tracked and crops.recording == "rec"
    np.testing.assert_array_equal(crops.center, np.full((7, 2), 23.5))


def test_larger_and_smaller_crops_and_inversion_keep_pixels(boxes, tmp_path):
    path, images = boxes
    track = preprocess.track(path, config.Track(recipe="precropped"))
    larger = (0, config.Crop(64, invert=True), "r", tmp_path / "l.h5")
    with pytest.raises(UserError, match="boxes are 48x48 px, smaller than crop.size 64"):
        preprocess.crop(path, track, *larger)
    assert not (tmp_path / "l.h5").exists()
    preprocess.crop(path, replace(track, recipe="moments"), *larger)
    large = containers.Crops.read(tmp_path / "l.h5")
    np.testing.assert_array_equal(large.images[:, 8:56, 8:56, 0], 255 - images)
    assert large.images.sum() == (255 - images.astype(int)).sum()  # the border is black
    padded = _crop(path, tmp_path / "p.h5", config.Crop(64, pad=True), recipe="precropped")
    np.testing.assert_array_equal(padded.images[:, 8:56, 8:56, 0], images)
    assert padded.images.sum() == images.sum()
    with pytest.raises(UserError, match="48x48 px, too large to pad to crop.size 32"):
        preprocess.crop(path, track, 0, config.Crop(32, pad=True), "r", tmp_path / "t.h5")
    small = _crop(path, tmp_path / "s.h5", config.Crop(16), recipe="precropped")
    np.testing.assert_array_equal(small.images[..., 0], images[:, 16:32, 16:32])


def test_crop_puts_the_known_parts_where_the_transform_says(fly, tracked, tmp_path):
    path, truth = fly
    preprocess.crop(path, tracked, 0, config.Crop(), "fly", tmp_path / "c.h5")
    crops = containers.Crops.read(tmp_path / "c.h5")
    assert crops.images.shape == (FRAMES, 192, 192, 1) and crops.tracked
    assert (crops.fps, crops.px_per_mm, crops.recording) == (100, 35, "fly")
    points = to_crop(truth.positions, crops.center, crops.heading, 192)
    mean = points.mean(0)
    head, tail = (mean[truth.skeleton.index(p)] for p in ("head", "abdomen"))
    assert head[0] > 140 and abs(head[1] - 95.5) < 4 and tail[0] < 60 and abs(tail[1] - 95.5) < 4
    for k in range(0, FRAMES, 25):
        for part, level in (("head", 140), ("abdomen", 140), ("wingL", 25), ("wingR", 25)):
            x, y = np.rint(points[k, truth.skeleton.index(part)]).astype(int)
            assert crops.images[k, y - 3 : y + 4, x - 3 : x + 4].max() > level, part


def test_cut_interpolates_a_plane_exactly():
    """Bilinear sampling of a plane is the plane: I = x + y stays so in turned coordinates."""
    y, x = np.mgrid[:80, :80]
    image = (x + y).astype(np.uint8)
    got = geometry.cut(image, (40.0, 38.0), 0.5, 20).astype(float)
    v, u = np.mgrid[:20, :20]
    points = to_video(np.stack([u, v], -1), [40.0, 38.0], 0.5, 20)
    assert np.abs(got - points.sum(-1)).max() < 0.6


def test_one_frame_video(tmp_path):
    image = np.zeros((64, 96), np.uint8)
    cv2.ellipse(image, (50, 30), (20, 8), 0, 0, 360, 200, -1)
    path = tmp_path / "one.mp4"
    video.write_video(path, [image], fps=10, crf=0)
    assert preprocess.audit(path)["frames"] == 1
    crops = _crop(path, tmp_path / "c.h5", config.Crop(64), min_area_px=50)
    assert crops.valid.all() and crops.images.shape == (1, 64, 64, 1)
    np.testing.assert_allclose(crops.center, [[50, 30]], atol=0.5)


def test_equal_videos_give_equal_crops_files(boxes, tmp_path):
    for name in "ab":
        _crop(boxes[0], tmp_path / name, config.Crop(48), recipe="precropped")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


# ---- errors


def test_errors_name_file_and_remedy(boxes, fly, tmp_path):
    path, _ = boxes
    with pytest.raises(UserError, match="'moments' follows one animal"):
        preprocess.track(path, config.Track(), animals=2)
    with pytest.raises(UserError, match="'precropped' follows one animal"):
        preprocess.track(path, config.Track(recipe="precropped"), animals=2)
    with pytest.raises(UserError, match="no recipe 'radar'"):
        preprocess.track(path, config.Track(recipe="radar"))
    with pytest.raises(UserError, match="track.polarity"):
        preprocess.track(fly[0], config.Track(min_area_px=200000))
    for bad in (tmp_path / "none.mp4", tmp_path / "empty.mp4", tmp_path / "text.mp4"):
        if bad.name != "none.mp4":
            bad.write_bytes(b"" if bad.name == "empty.mp4" else b"not a video" * 50)
        for call in (preprocess.audit, lambda p: preprocess.track(p, config.Track())):
            with pytest.raises(UserError, match=bad.name):
                call(bad)


def test_a_track_of_another_video_is_refused(boxes, tracked, tmp_path):
    with pytest.raises(UserError, match="7 frames, its track 500"):
        preprocess.crop(boxes[0], tracked, 0, config.Crop(48), "rec", tmp_path / "c.h5")
    with pytest.raises(UserError, match="no animal 3"):
        preprocess.crop(boxes[0], tracked, 3, config.Crop(48), "rec", tmp_path / "c.h5")
    assert not (tmp_path / "c.h5").exists()


def test_skeleton_of_the_truth_survives_the_file(fly, fly32):
    assert skeleton.from_json(fly[1].skeleton.to_json()) == fly32


# ---- what the audit says of unusual frames


def test_unusual_frames_are_named_by_kind(tmp_path):
    """Black frames, another lamp, and a camera that is pushed, at known frames of a still scene."""
    rng = np.random.default_rng(2)
    scene = cv2.blur(rng.integers(0, 200, (120, 160)).astype(np.uint8), (9, 9))
    images = [scene + rng.integers(0, 3, scene.shape).astype(np.uint8) for _ in range(60)]
    images[10] = images[11] = np.zeros_like(scene)
    images[20:25] = [cv2.add(image, np.full_like(image, 45)) for image in images[20:25]]
    images[40:] = [np.roll(image, 30, axis=1) for image in images[40:]]
    path = tmp_path / "odd.mp4"
    video.write_video(path, images, fps=30, crf=0)
    report = preprocess.audit(path)
    assert report["blank"] == [[10, 11]]
    assert report["light"] == [[20, 24]]
    assert report["jumps"] == [[40, 40]]
    assert report["uneven"] == 0
    told = auditing.warnings_of(report)
    assert told[0] == "2 frames show nothing (10-11)" and len(told) == 3
    quiet = tmp_path / "quiet.mp4"
    video.write_video(quiet, images[:10], fps=30, crf=0)
    assert auditing.warnings_of(preprocess.audit(quiet)) == []


def test_a_variable_frame_rate_is_told(tmp_path):
    from fractions import Fraction

    path = tmp_path / "uneven.mp4"
    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        time = 0
        for k in range(20):
            image = rng.integers(0, 255, (48, 64)).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            time += 33 if k % 5 else 90
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    report = preprocess.audit(path)
    assert report["frames"] == 20 and report["uneven"] == 4
    assert auditing.warnings_of(report) == ["variable frame rate: 4 frames come early or late"]


@pytest.mark.parametrize(
    ("codec", "pixels", "suffix"), [("mjpeg", "yuvj420p", "avi"), ("libx264", "yuv444p", "mp4")]
)
@pytest.mark.parametrize("recipe", ["moments", "mesh", "mouse"])
def test_other_encodings_are_tracked_alike(fly, tracked, tmp_path, codec, pixels, suffix, recipe):
    path = tmp_path / f"other.{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=100)
        stream.width = stream.height = 480
        stream.pix_fmt = pixels
        stream.options = {"crf": "10"} if codec == "libx264" else {"q": "3"}
        for k, image in video.read_frames(fly[0]):
            if k == 40:
                break
            frame = av.VideoFrame.from_ndarray(image, format="gray").reformat(format=pixels)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    track = preprocess.track(path, config.Track(recipe=recipe))
    assert track.valid.shape == (1, 40) and track.valid.all()
    turn = _degrees(track.heading[0] - tracked.heading[0, :40])
    assert np.abs(np.abs(turn) % 180 - np.round(np.abs(turn) / 180) * 180).max() < 8
