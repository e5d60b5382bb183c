"""The video of the simulated fly and its truth; labels on its parts."""

import numpy as np
import pandas as pd
import pytest
from fixtures.flies import ARENA, BOX, live

from leap_core import config, containers, skeleton, synthetic
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.synthetic import anatomy, movie


def test_video_and_truth_have_the_announced_shape(rendered):
    for name, side, count in (("arena", 480, 500), ("closed_loop", 200, 1000)):
        file, truth = rendered[name]
        info = video.probe(file)
        assert (len(info), info.width, info.height, info.codec) == (count, side, side, "h264")
        assert info.fps == pytest.approx(100) and truth.fps == 100 and truth.px_per_mm == 35
        assert truth.positions.shape == (count, 32, 2) and np.isfinite(truth.positions).all()
        assert truth.legs == ["LF", "LM", "LH", "RF", "RM", "RH"]
        assert truth.gaits == ["tripod", "tetrapod", "non-canonical"]
        assert truth.behaviors == list(anatomy.BEHAVIORS) and len(truth.behaviors) == 9


def test_equal_seeds_give_equal_bytes_and_others_another_fly(tmp_path, fly32):
    for settings in (
        config.Synthetic(frames=12, size=480),
        config.Synthetic(frames=12, size=200, camera="closed_loop"),
    ):
        follows = settings.camera == "closed_loop"
        for name, seed in (("a", 3), ("b", 3), ("c", 4)):
            files = [tmp_path / f"{name}.{suffix}" for suffix in ("mp4", "h5", "csv")]
            track = files[2] if follows else None
            synthetic.render(*files[:2], seed, settings, fly32, camera_path=track)
        for suffix in ("mp4", "h5", "csv")[: 2 + follows]:
            a, b, c = ((tmp_path / f"{n}.{suffix}").read_bytes() for n in "abc")
            assert a == b and a != c


@pytest.mark.parametrize("name", ["arena", "closed_loop"])
def test_picture_shows_the_truth(rendered, name):
    """Body parts are bright, feet brighter than the floor around them, away from the fly dark."""
    file, truth = rendered[name]
    corner = np.zeros((len(truth.positions), 2)) if truth.camera is None else truth.camera
    places = truth.positions - corner[:, None]
    body = [truth.skeleton.index(p) for p in ("head", "thorax", "abdomen")]
    feet = [truth.skeleton.leg_tips[leg] for leg in ("LM", "RM", "LH", "RH")]
    seen = []
    for k, image in video.read_frames(file):
        if k % 30:
            continue
        edge = image.shape[0] - 1
        rows = np.clip(np.rint(places[k]).astype(int), 0, edge)
        assert (image[rows[body, 1], rows[body, 0]] > 100).all()
        outer = np.r_[image[:4].ravel(), image[-4:].ravel()]
        assert np.median(outer) < 20
        if not truth.stance[k].all():
            continue
        # 9 px further out along the leg there is floor again
        out = places[k, feet] - (truth.centroid[k] - corner[k])
        away = places[k, feet] + 9 * out / np.linalg.norm(out, axis=1, keepdims=True)
        away = np.clip(np.rint(away).astype(int), 0, edge)
        at_foot = [image[y - 2 : y + 3, x - 2 : x + 3].max() for x, y in rows[feet]]
        seen.append(np.array(at_foot) - image[away[:, 1], away[:, 0]].astype(float))
    assert len(seen) > 3 and np.median(seen) > 20


def test_the_box_follows_the_fly(rendered, lives):
    for truth in (rendered["closed_loop"][1], *lives[:3]):
        offset = truth.centroid - truth.camera - 99.5
        assert np.abs(offset).max() < 8
        moved = np.linalg.norm(np.diff(truth.camera, axis=0), axis=1)
        assert np.ptp(truth.centroid, axis=0).max() > 200 and moved.max() < 20
        # the whole fly is in view but for the rare tip of an outstretched leg
        inside = truth.positions - truth.camera[:, None]
        assert ((inside > 0) & (inside < 199)).all(-1).mean() > 0.9999
        assert truth.camera.min() >= 0 and truth.camera.max() <= 3500 - 200
    table = pd.read_csv(rendered["track"])
    assert list(table.columns) == ["frame", "x", "y"]
    assert table.frame.tolist() == list(range(1000))
    np.testing.assert_array_equal(table[["x", "y"]], rendered["closed_loop"][1].camera)
    assert rendered["arena"][1].camera is None and lives[3].camera is None


@pytest.mark.parametrize("size", [288, 480])
def test_everything_stays_in_view_of_the_fixed_camera(fly32, size):
    for seed in range(4):
        truth = live(config.Synthetic(frames=3000, size=size), seed, fly32)
        assert truth.positions.min() > 0 and truth.positions.max() < size - 1


def test_labels_lie_on_the_parts(fly32):
    """A fly that fills a known place: crop heading 90 degrees maps (x, y) by hand."""
    positions = np.zeros((5, 32, 2)) + [100.0, 50.0]
    positions[3, 0] = [100.0, 60.0]
    positions[3, 1] = [100.0, 500.0]
    truth = containers.Truth(
        positions=positions,
        centroid=positions[:, 4],
        heading=np.zeros(5),
        forward_velocity=np.zeros(5),
        stance=np.ones((5, 6)),
        gait=np.full(5, -1),
        behavior=np.zeros(5),
        skeleton=fly32,
    )
    crops = containers.Crops(
        images=np.zeros((5, 64, 64, 1)),
        frame=np.arange(5),
        valid=np.ones(5),
        center=np.full((5, 2), [100.0, 50.0]),
        heading=np.full(5, np.pi / 2),
    )
    sample = containers.Sample(
        images=np.arange(3)[:, None, None, None] + np.zeros((3, 64, 64, 1)),
        source=np.array(["other", "fly", "fly"]),
        frame=np.array([0, 3, 1]),
        cluster=np.zeros(3),
        mean=np.zeros((64, 64)),
        components=np.zeros((1, 64, 64)),
        explained=np.zeros(1),
        centroids=np.zeros((1, 1)),
        sizes=np.zeros(1),
    )
    labels = synthetic.label(sample, {"fly": [truth]}, {"fly": crops}, 1, fly32)
    assert labels.positions.shape == (1, 32, 2) and labels.images[0, 0, 0, 0] == 1
    np.testing.assert_allclose(labels.positions[0, 0], [41.5, 31.5], atol=1e-5)
    np.testing.assert_allclose(labels.positions[0, 2], [31.5, 31.5], atol=1e-5)
    assert np.isnan(labels.positions[0, 1]).all() and labels.status[0, 1] == 0
    assert labels.status[0].sum() == 31 and (labels.split == -1).all()
    assert labels.frame.tolist() == [3] and labels.source.tolist() == ["fly"]
    every = synthetic.label(sample, {"fly": [truth]}, {"fly": crops}, 99, fly32)
    assert every.frame.tolist() == [3, 1]
    with pytest.raises(UserError, match="truth_videos"):
        synthetic.label(sample, {"nobody": [truth]}, {}, 1, fly32)


def test_a_reordered_skeleton_reorders_the_truth(fly32):
    some = skeleton.from_dict({"parts": ["wingR", "head"], "roles": {"legs": {}}})
    rng = np.random.default_rng(0)
    fly = anatomy.individual(rng)
    motion = movie.simulate(config.Synthetic(frames=20, size=480), fly, rng)
    whole, part = movie.truth(motion, fly, fly32), movie.truth(motion, fly, some)
    np.testing.assert_array_equal(part.positions, whole.positions[:, [31, 0]])


def test_errors_name_part_leg_size_and_camera(tmp_path, fly32):
    out = tmp_path / "a.mp4", tmp_path / "a.h5"
    track = tmp_path / "a.csv"
    whale = skeleton.from_dict({"parts": ["head", "fin"]})
    with pytest.raises(UserError, match="'fin'"):
        synthetic.render(*out, 0, ARENA, whale)
    spider = skeleton.from_dict({"parts": ["head"], "roles": {"legs": {"L4": ["head"]}}})
    with pytest.raises(UserError, match="'L4'"):
        synthetic.render(*out, 0, ARENA, spider)
    with pytest.raises(UserError, match="synthetic.size"):
        synthetic.render(*out, 0, config.Synthetic(frames=10, size=200), fly32)
    small = config.Synthetic(frames=10, size=100, camera="closed_loop")
    with pytest.raises(UserError, match="use 192 to 1000"):
        synthetic.render(*out, 0, small, fly32, camera_path=track)
    with pytest.raises(UserError, match="camera track"):
        synthetic.render(*out, 0, BOX, fly32)
    with pytest.raises(UserError, match="camera track"):
        synthetic.render(*out, 0, ARENA, fly32, camera_path=track)
    assert not list(tmp_path.iterdir())
