"""The simulated fly obeys the mechanics it claims, and its picture shows its truth."""

import numpy as np
import pytest

from leap_core import config, containers, geometry, skeleton, synthetic, video
from leap_core.errors import UserError
from leap_core.synthetic import anatomy, legs, movie

SETTINGS = config.Synthetic(frames=900, size=480)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory, fly32):
    folder = tmp_path_factory.mktemp("synthetic")
    synthetic.render(folder / "fly.mp4", folder / "fly.h5", 7, SETTINGS, fly32)
    return folder / "fly.mp4", containers.Truth.read(folder / "fly.h5")


@pytest.fixture(scope="module")
def lives(fly32):
    """Truth of several flies, without pictures."""
    out = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        fly = anatomy.individual(rng)
        out.append(movie.truth(movie.simulate(3000, 480, fly, rng), fly, fly32))
    return out


def _tips(truth):
    return truth.positions[:, [truth.skeleton.leg_tips[leg] for leg in truth.legs]]


def _swings(stance):
    """Lengths in frames of complete swings and of complete stances of one leg."""
    change = np.flatnonzero(np.diff(stance.astype(int)))
    spans = [(stance[a + 1], b - a) for a, b in zip(change[:-1], change[1:], strict=True)]
    return [n for s, n in spans if not s], [n for s, n in spans if s]


def test_video_and_truth_have_the_announced_shape(rendered):
    path, truth = rendered
    info = video.probe(path)
    assert (len(info), info.width, info.height, info.codec) == (900, 480, 480, "h264")
    assert info.fps == pytest.approx(100) and truth.fps == 100 and truth.px_per_mm == 35
    assert truth.positions.shape == (900, 32, 2) and np.isfinite(truth.positions).all()
    assert truth.legs == ["LF", "LM", "LH", "RF", "RM", "RH"]
    assert truth.behaviors == ["stand", "walk_slow", "walk_medium", "walk_fast", "groom_front"]


def test_equal_seeds_give_equal_bytes_and_others_another_fly(tmp_path, fly32):
    short = config.Synthetic(frames=12, size=480)
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        synthetic.render(tmp_path / f"{name}.mp4", tmp_path / f"{name}.h5", seed, short, fly32)
    for suffix in ("mp4", "h5"):
        a, b, c = ((tmp_path / f"{n}.{suffix}").read_bytes() for n in "abc")
        assert a == b and a != c


def test_picture_shows_the_truth(rendered):
    """Body parts are bright, feet brighter than the floor around them, away from the fly dark."""
    path, truth = rendered
    body = [truth.skeleton.index(p) for p in ("head", "thorax", "abdomen")]
    feet = [truth.skeleton.leg_tips[leg] for leg in ("LM", "RM", "LH", "RH")]
    seen = []
    for k, image in video.read_frames(path):
        if k % 30:
            continue
        rows = np.rint(truth.positions[k]).astype(int)
        assert (image[rows[body, 1], rows[body, 0]] > 150).all()
        # 9 px further out along the leg there is floor again
        out = truth.positions[k, feet] - truth.centroid[k]
        away = truth.positions[k, feet] + 9 * out / np.linalg.norm(out, axis=1, keepdims=True)
        away = np.clip(np.rint(away).astype(int), 0, 479)
        at_foot = [image[y - 2 : y + 3, x - 2 : x + 3].max() for x, y in rows[feet]]
        seen.append(np.array(at_foot) - image[away[:, 1], away[:, 0]].astype(float))
        assert np.median(image) < 20
    assert np.median(seen) > 30


def test_a_foot_in_stance_does_not_slip(lives):
    for truth in lives:
        step = np.linalg.norm(np.diff(_tips(truth), axis=0), axis=-1)
        both = truth.stance[1:] & truth.stance[:-1]
        assert both.mean() > 0.5
        assert step[both].max() < 0.01
        walking = truth.forward_velocity[1:] > 10
        assert np.median(step[walking[:, None] & ~truth.stance[1:]]) > 5


def test_everything_stays_in_view(lives):
    for truth in lives:
        assert truth.positions.min() > 0 and truth.positions.max() < 479


def test_left_is_left_seen_from_above(lives):
    """Heading to +x with y down, the animal's left has the smaller y."""
    for truth in lives:
        ego = geometry.to_crop(truth.positions, truth.centroid, truth.heading, 1)
        for part, name in enumerate(truth.skeleton.parts):
            side = {"L": -1, "R": 1}.get(name.rstrip("1234")[-1])
            if side:
                assert np.median(ego[:, part, 1]) * side > 2, name
        assert np.median(ego[:, truth.skeleton.index("head"), 0]) > 40
        assert np.median(ego[:, truth.skeleton.index("abdomen"), 0]) < -40


def test_heading_and_speed_are_those_of_the_positions(lives):
    for truth in lives:
        head, tail = (truth.positions[:, truth.skeleton.index(p)] for p in ("head", "abdomen"))
        x, y = (head - tail).T
        error = np.angle(np.exp(1j * (truth.heading - np.arctan2(y, x))))
        assert np.abs(error).max() < 1e-4
        assert np.abs(np.diff(truth.heading)).max() < 0.5
        velocity = np.gradient(truth.centroid.astype(float), axis=0) * truth.fps / truth.px_per_mm
        forward = velocity[:, 0] * np.cos(truth.heading) + velocity[:, 1] * np.sin(truth.heading)
        steady = np.abs(np.gradient(truth.forward_velocity)) < 0.3
        assert np.abs(forward - truth.forward_velocity)[steady][2:-2].max() < 1.5


def test_gait_follows_speed(lives):
    """Frequency rises 5 -> 11 Hz, swings hardly change, stances shorten, fewer feet on ground."""
    rows = []
    for low, high in ((4, 6.5), (10, 14), (20, 28)):
        swings, stances, down = [], [], []
        for truth in lives:
            fits = (truth.forward_velocity > low) & (truth.forward_velocity < high)
            edges = np.flatnonzero(np.diff(np.concatenate([[0], fits.astype(int), [0]])))
            for start, stop in edges.reshape(-1, 2):
                down.extend(truth.stance[start:stop].sum(1))
                for leg in range(6):
                    some, others = _swings(truth.stance[start:stop, leg])
                    swings += some
                    stances += others
        rows.append((np.mean(swings) * 10, np.mean(stances) * 10, np.mean(down)))
    swing, stance, down = np.array(rows).T
    assert (np.diff(stance) < 0).all() and (np.diff(down) < 0).all()
    assert ((swing > 33) & (swing < 47)).all()
    np.testing.assert_allclose(1000 / (swing + stance), [5.4, 9.2, 11.0], rtol=0.1)
    np.testing.assert_allclose(down, [4.65, 3.85, 3.6], atol=0.3)


def test_fast_walking_is_a_tripod(lives):
    """LF, LH and RM move against RF, RH and LM."""
    for truth in lives:
        fast = truth.forward_velocity > 20
        stance = truth.stance[fast].astype(float)
        corr = np.corrcoef(stance.T)
        one, other = [0, 2, 4], [3, 5, 1]
        assert corr[np.ix_(one, one)][np.triu_indices(3, 1)].mean() > 0.3
        assert corr[np.ix_(one, other)].mean() < -0.3


def test_front_legs_rub_at_nine_hertz_while_grooming(lives):
    groom = lives[0].behaviors.index("groom_front")
    for truth in lives:
        ego = geometry.to_crop(truth.positions, truth.centroid, truth.heading, 1)
        edges = np.flatnonzero(np.diff(np.r_[0, truth.behavior == groom, 0]))
        start, stop = max(edges.reshape(-1, 2), key=lambda e: e[1] - e[0])
        x = ego[start + 20 : stop, truth.skeleton.index("forelegL4"), 0]
        power = np.abs(np.fft.rfft(x - x.mean(), 2000))
        assert np.argmax(power) * 100 / 2000 == pytest.approx(9.0, abs=0.4)
        assert not truth.stance[start + 20 : stop, [0, 3]].any()
        assert truth.stance[start + 20 : stop, [1, 2, 4, 5]].all()


def test_every_behavior_occurs_and_has_its_speed(lives):
    for truth in lives:
        for behavior, (low, high) in enumerate(((0, 1), (4, 7), (9, 15), (17, 28), (0, 1))):
            chosen = truth.behavior == behavior
            assert chosen.mean() > 0.02
            assert low <= np.median(truth.forward_velocity[chosen]) <= high


def test_leg_frequency_matches_the_published_range():
    assert legs.step_frequency(5.0) == pytest.approx(5.1)
    assert legs.step_frequency(25.0) == pytest.approx(11.5)


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
    labels = synthetic.label(sample, {"fly": truth}, {"fly": crops}, 1, fly32, 35.0)
    assert labels.positions.shape == (1, 32, 2) and labels.images[0, 0, 0, 0] == 1
    np.testing.assert_allclose(labels.positions[0, 0], [41.5, 31.5], atol=1e-5)
    np.testing.assert_allclose(labels.positions[0, 2], [31.5, 31.5], atol=1e-5)
    assert np.isnan(labels.positions[0, 1]).all() and labels.status[0, 1] == 0
    assert labels.status[0].sum() == 31 and (labels.split == -1).all()
    assert labels.frame.tolist() == [3] and labels.source.tolist() == ["fly"]
    every = synthetic.label(sample, {"fly": truth}, {"fly": crops}, 99, fly32, 35.0)
    assert every.frame.tolist() == [3, 1]
    with pytest.raises(UserError, match="truth_videos"):
        synthetic.label(sample, {"nobody": truth}, {}, 1, fly32, 35.0)


def test_a_reordered_skeleton_reorders_the_truth(fly32):
    some = skeleton.from_dict({"parts": ["wingR", "head"], "roles": {"legs": {}}})
    rng = np.random.default_rng(0)
    fly = anatomy.individual(rng)
    motion = movie.simulate(20, 480, fly, rng)
    whole, part = movie.truth(motion, fly, fly32), movie.truth(motion, fly, some)
    np.testing.assert_array_equal(part.positions, whole.positions[:, [31, 0]])


def test_errors_name_part_leg_and_size(tmp_path, fly32):
    out = tmp_path / "a.mp4", tmp_path / "a.h5"
    whale = skeleton.from_dict({"parts": ["head", "fin"]})
    with pytest.raises(UserError, match="'fin'"):
        synthetic.render(*out, 0, SETTINGS, whale)
    spider = skeleton.from_dict({"parts": ["head"], "roles": {"legs": {"L4": ["head"]}}})
    with pytest.raises(UserError, match="'L4'"):
        synthetic.render(*out, 0, SETTINGS, spider)
    with pytest.raises(UserError, match="synthetic.size"):
        synthetic.render(*out, 0, config.Synthetic(frames=10, size=100), fly32)
    assert not list(tmp_path.iterdir())
