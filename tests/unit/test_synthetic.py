"""The simulated fly obeys the mechanics it claims, and its picture shows its truth."""

import numpy as np
import pandas as pd
import pytest

from leap_core import config, containers, skeleton, synthetic
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.synthetic import anatomy, coordination, grooming, legs, movie, path

BOX = config.Synthetic(frames=1000, size=200, camera="closed_loop")
ARENA = config.Synthetic(frames=500, size=480)
WALKS = ("walk_slow", "walk_medium", "walk_fast")


def live(settings, seed, skeleton):
    """The truth of a fly without pictures."""
    rng = np.random.default_rng(seed)
    fly = anatomy.individual(rng)
    return movie.truth(movie.simulate(settings, fly, rng), fly, skeleton)


@pytest.fixture(scope="module")
def lives(fly32):
    """Truth of several flies before either camera."""
    box = config.Synthetic(frames=6000, size=200, camera="closed_loop")
    arena = config.Synthetic(frames=6000, size=480)
    return [live(box, seed, fly32) for seed in range(3)] + [live(arena, 3, fly32)]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory, fly32):
    """Camera -> video and truth."""
    folder = tmp_path_factory.mktemp("synthetic")
    out = {}
    for name, settings in (("arena", ARENA), ("closed_loop", BOX)):
        track = folder / "camera.csv" if name == "closed_loop" else None
        files = folder / f"{name}.mp4", folder / f"{name}.h5"
        synthetic.render(*files, 7, settings, fly32, camera_path=track)
        out[name] = files[0], containers.Truth.read(files[1])
    out["track"] = folder / "camera.csv"
    return out


def _tips(truth):
    return truth.positions[:, [truth.skeleton.leg_tips[leg] for leg in truth.legs]]


def _ego(truth):
    """Positions in the body's frame: the origin at (0, 0), +x to the head."""
    turn = truth.heading[:, None]
    offset = truth.positions - truth.centroid[:, None]
    cos, sin = np.cos(turn), np.sin(turn)
    x, y = offset[..., 0], offset[..., 1]
    return np.stack([cos * x + sin * y, cos * y - sin * x], -1)


def _runs(mask):
    """First and last + 1 of every stretch where ``mask`` holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(mask, int), [0]])))
    return edges.reshape(-1, 2)


def _bouts(truth, behavior, shortest=0):
    runs = _runs(truth.behavior == truth.behaviors.index(behavior))
    return [slice(a, b) for a, b in runs if b - a >= shortest]


def _durations(stance):
    """Lengths in frames of complete swings and of complete stances of one leg."""
    change = np.flatnonzero(np.diff(stance.astype(int)))
    spans = [(stance[a + 1], b - a) for a, b in zip(change[:-1], change[1:], strict=True)]
    return [n for s, n in spans if not s], [n for s, n in spans if s]


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


def test_a_foot_in_stance_does_not_slip(lives):
    for truth in lives:
        step = np.linalg.norm(np.diff(_tips(truth), axis=0), axis=-1)
        both = truth.stance[1:] & truth.stance[:-1]
        assert both.mean() > 0.5
        assert step[both].max() < 0.01
        walking = truth.forward_velocity[1:] > 10
        assert np.median(step[walking[:, None] & ~truth.stance[1:]]) > 5


def test_left_is_left_seen_from_above(lives):
    """Heading to +x with y down, the animal's left has the smaller y."""
    for truth in lives:
        ego = _ego(truth)
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
        assert np.abs(error).max() < 1e-3
        velocity = np.gradient(truth.centroid.astype(float), axis=0) * truth.fps / truth.px_per_mm
        forward = velocity[:, 0] * np.cos(truth.heading) + velocity[:, 1] * np.sin(truth.heading)
        steady = np.abs(np.gradient(truth.forward_velocity)) < 0.3
        error = np.abs(forward - truth.forward_velocity)[steady]
        assert np.quantile(error, 0.999) < 1


def test_every_behavior_takes_its_share_of_every_life():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        sequence = path.bouts(6000, anatomy.individual(rng), rng)
        share = np.bincount(sequence, minlength=len(anatomy.BEHAVIORS)) / 6000
        assert share.min() > 0.04 and share.max() < 0.25
        lengths = np.diff(np.append(path.starts(sequence), 6000))[:-1]
        turns = sequence[path.starts(sequence)][:-1] == anatomy.BEHAVIORS.index("turn")
        assert lengths[turns].min() >= 40 and lengths[turns].max() <= 100
        assert lengths[~turns].min() >= 80 and lengths[~turns].max() <= 250
        # one round through all comes first
        assert len(set(sequence[path.starts(sequence)][:9])) == 9


def test_bouts_follow_one_another_as_in_flies():
    """Posterior grooming goes on with posterior grooming; speeds change by their neighbours."""
    counts = np.zeros((9, 9))
    for seed in range(30):
        rng = np.random.default_rng(seed)
        sequence = path.bouts(6000, anatomy.individual(rng), rng)
        order = sequence[path.starts(sequence)][9:]
        np.add.at(counts, (order[:-1], order[1:]), 1)
    odds = counts / counts.sum(1, keepdims=True)
    at = {name: k for k, name in enumerate(anatomy.BEHAVIORS)}
    rear = [at["groom_abdomen"], at["groom_wing_left"], at["groom_wing_right"]]
    assert (odds[rear][:, rear].sum(1) > 0.5).all()
    assert np.argmax(odds[at["walk_fast"]]) == at["walk_medium"]
    assert odds[at["walk_fast"], [at["stand"], at["groom_front"]]].sum() < 0.3
    assert odds[at["walk_slow"], at["walk_fast"]] < odds[at["walk_slow"], at["walk_medium"]]
    assert np.diag(counts).sum() == 0


def test_every_behavior_has_its_speed(lives):
    limits = {"walk_slow": (3, 5), "walk_medium": (10, 14), "walk_fast": (19, 31)}
    for truth in lives:
        for behavior, name in enumerate(truth.behaviors):
            low, high = limits.get(name, (0, 4) if name == "turn" else (0, 0.5))
            assert low <= np.median(truth.forward_velocity[truth.behavior == behavior]) <= high


def test_individuals_differ(fly32):
    flies = [anatomy.individual(np.random.default_rng(seed)) for seed in range(6)]
    for name in ("scale", "brightness", "floor", "pace"):
        assert len({getattr(fly, name) for fly in flies}) == 6
    shares = [np.bincount(live(BOX, seed, fly32).behavior, minlength=9) for seed in range(3)]
    assert np.ptp(shares, axis=0).max() > 100


def test_durations_follow_the_published_curves():
    """Swing and stance by speed, and leg frequency of the slowest and fastest walks (Figs 3, 5)."""
    for speed, stance, swing in ((7.7, 78.7, 44.4), (27.0, 47.9, 36.7), (37.0, 43.0, 34.5)):
        assert coordination.stance_duration(speed) * 1000 == pytest.approx(stance, rel=0.08)
        assert coordination.swing_duration(speed) * 1000 == pytest.approx(swing, rel=0.02)
    speeds = np.linspace(3, 35, 60)
    assert (np.diff(coordination.step_frequency(speeds)) > 0).all()
    assert coordination.step_frequency(3.8) == pytest.approx(5.1, abs=0.3)
    assert coordination.step_frequency(25.0) == pytest.approx(11.5, abs=0.3)


def test_steps_last_as_long_as_the_speed_asks(lives):
    """Durations in the truth: stances shorten, swings hardly change, fewer feet on the ground."""
    rows = []
    for name in WALKS:
        swings, stances, down, speed = [], [], [], []
        for truth in lives:
            for bout in _bouts(truth, name):
                inside = slice(bout.start + 20, bout.stop)
                speed.extend(truth.forward_velocity[inside])
                down.extend(truth.stance[inside].sum(1))
                for leg in range(6):
                    some, others = _durations(truth.stance[inside, leg])
                    swings += some
                    stances += others
        rows.append((np.mean(speed), np.mean(swings) * 10, np.mean(stances) * 10, np.mean(down)))
    speed, swing, stance, down = np.array(rows).T
    np.testing.assert_allclose(swing, [44.4, 42.6, 37.2], atol=3)
    assert (np.diff(stance) < -10).all() and 43 <= stance[2] <= 60 and 120 <= stance[0] <= 170
    assert (np.diff(down) < 0).all()
    np.testing.assert_allclose(down, 6 * stance / (stance + swing), atol=0.35)


def test_a_swing_has_a_parabolic_velocity(lives):
    """Way over distance is 3 s^2 - 2 s^3: solved for s it grows evenly in time."""
    paces, peaks = [], {name: [] for name in WALKS}
    for truth in lives:
        tips = _tips(truth).astype(float)
        for name in WALKS:
            for bout in _bouts(truth, name):
                for leg in range(6):
                    air = ~truth.stance[bout, leg]
                    for a, b in _runs(air):
                        if a == 0 or b == len(air) or b - a < 3:
                            continue
                        way = tips[bout, leg][a - 1 : b + 1]
                        whole = way[-1] - way[0]
                        done = (way[1:-1] - way[0]) @ whole / (whole @ whole)
                        if np.linalg.norm(whole) < 12 or not ((done > 0) & (done < 1)).all():
                            continue
                        share = [
                            min(
                                abs(r.real)
                                for r in np.roots([-2, 3, 0, -d])
                                if abs(r.imag) < 1e-9 and 0 <= r.real <= 1
                            )
                            for d in done
                        ]
                        paces.append(np.diff(share))
                        peaks[name].append(
                            np.abs(np.diff(way @ whole)).max() / np.linalg.norm(whole)
                        )
    spread = [np.ptp(p) for p in paces if len(p) > 1]
    assert len(spread) > 100 and np.median(spread) < 0.02
    duration = 10 / np.concatenate(paces)
    assert np.quantile(duration, 0.05) > 30 and np.quantile(duration, 0.95) < 56
    medians = [np.median(peaks[name]) for name in WALKS]
    assert medians[0] < medians[1] < medians[2]


def _onset_phases(stance):
    """Phase of each leg (frame, leg) in cycles, counted from its touch-downs alone."""
    out = np.full(stance.shape, np.nan)
    for leg in range(6):
        onsets = np.flatnonzero(stance[1:, leg] & ~stance[:-1, leg]) + 1
        if len(onsets) > 1:
            inner = np.arange(onsets[0], onsets[-1] + 1)
            out[inner, leg] = np.interp(inner, onsets, np.arange(len(onsets)))
    return out


def _mean_phase(cycles):
    return np.angle(np.nanmean(np.exp(2j * np.pi * cycles))) / (2 * np.pi) % 1


def test_gaits_are_told_by_phase_differences(lives):
    """Lag of a leg behind the one behind it: 1/2, 1/3, and about 1/6 of a cycle in a wave.

    Left and right legs of a segment alternate in the tripod, and are a third apart in the
    tetrapod.
    """
    lag, apart = {g: [] for g in range(3)}, {g: [] for g in range(3)}
    for truth in lives:
        for gait in range(3):
            for a, b in _runs(truth.gait == gait):
                if b - a < 50:
                    continue
                phase = _onset_phases(truth.stance[a:b])
                front, middle, hind = phase[:, [0, 3]], phase[:, [1, 4]], phase[:, [2, 5]]
                lag[gait].append(_mean_phase(np.stack([hind - middle, middle - front])))
                side = _mean_phase(phase[:, 3:] - phase[:, :3])
                apart[gait].append(min(side, 1 - side))
    assert min(len(v) for v in lag.values()) > 5
    for gait, expected, between in ((0, 1 / 2, 1 / 2), (1, 1 / 3, 1 / 3), (2, 1 / 6, 1 / 2)):
        np.testing.assert_allclose(np.median(lag[gait]), expected, atol=0.04)
        np.testing.assert_allclose(np.median(apart[gait]), between, atol=0.06)
        assert np.mean(np.abs(np.array(lag[gait]) - expected) < 0.1) > 0.85


def test_gait_settles_fast_and_follows_speed(lives):
    for truth in lives:
        walks = [truth.behaviors.index(n) for n in (*WALKS, "turn")]
        moves = np.isin(truth.behavior, walks)
        fast = truth.forward_velocity > 2
        disagree = (truth.gait >= 0) != (moves & fast)
        assert disagree.mean() < 0.002  # the speed of the truth lies along head and abdomen
    box = lives[:3]
    for name, gait, speeds in (
        ("walk_slow", 2, (0, 6)),
        ("walk_medium", 1, (9, 15)),
        ("walk_fast", 0, (21, 40)),
    ):
        shown = []
        for truth in box:
            for bout in _bouts(truth, name):
                inside = slice(bout.start + 30, bout.stop)
                speed = truth.forward_velocity[inside]
                fits = (speed > speeds[0]) & (speed < speeds[1])
                shown.extend(truth.gait[inside][fits] == gait)
        assert np.mean(shown) > 0.9, name


def test_turning_flies_step_on_the_spot(lives):
    """Yaw of several rad/s, either way; left feet stride against right ones."""
    directions = []
    for truth in lives:
        unwrapped = np.unwrap(truth.heading)
        ego = _ego(truth)[:, [truth.skeleton.leg_tips[leg] for leg in truth.legs], 0]
        for bout in _bouts(truth, "turn", 50):
            inside = slice(bout.start + 10, bout.stop)
            yaw = np.median(np.gradient(unwrapped[inside])) * 100
            assert 2 < abs(yaw) < 10
            directions.append(np.sign(yaw))
            if np.median(truth.forward_velocity[inside]) > 0.5:
                continue
            moves, down = np.diff(ego[inside], axis=0), truth.stance[inside]
            both = down[1:] & down[:-1]
            left = moves[:, :3][both[:, :3]].mean() * np.sign(yaw)
            right = moves[:, 3:][both[:, 3:]].mean() * np.sign(yaw)
            assert left < -0.3 and right > 0.3
    assert 0.2 < np.mean(np.array(directions) > 0) < 0.8


def test_a_standing_fly_is_still_but_alive(lives):
    for truth in lives:
        for bout in _bouts(truth, "stand"):
            inside = slice(bout.start + 40, bout.stop)
            moved = np.ptp(truth.centroid[inside].astype(float), axis=0).max()
            assert 0.05 < moved < 5
            assert truth.stance[inside].all()


def _spectrum(values):
    """Frequencies (Hz) and power of a signal at 100 Hz."""
    values = np.asarray(values, float) - np.mean(values)
    return np.fft.rfftfreq(2000, 0.01), np.abs(
        np.fft.rfft(values * np.hanning(len(values)), 2000)
    ) ** 2


def _share(values, low, high):
    """Share of the power between two frequencies."""
    frequency, power = _spectrum(values)
    return power[(frequency >= low) & (frequency <= high)].sum() / power.sum()


def test_front_legs_groom_at_nine_hertz(lives):
    peaks = []
    for truth in lives:
        ego = _ego(truth)
        for bout in _bouts(truth, "groom_front", 100):
            inside = slice(bout.start + 40, bout.stop)
            frequency, power = _spectrum(ego[inside, truth.skeleton.index("forelegL4"), 0])
            above = frequency > 3
            peaks.append(frequency[above][np.argmax(power[above])])
            assert not truth.stance[inside, [0, 3]].any()
            assert truth.stance[inside][:, [1, 2, 4, 5]].all()
    assert len(peaks) > 10 and np.median(peaks) == pytest.approx(9.0, abs=0.4)
    assert np.mean((np.array(peaks) > 8) & (np.array(peaks) < 10)) > 0.9
    assert np.std(peaks) > 0.05


def test_hind_legs_groom_the_abdomen_over_a_broad_band(lives):
    shares, centers = [], []
    for truth in lives:
        ego = _ego(truth)
        for bout in _bouts(truth, "groom_abdomen", 100):
            inside = slice(bout.start + 35, bout.stop)
            x = ego[inside, truth.skeleton.index("hindlegR4"), 0]
            frequency, power = _spectrum(x)
            shares.append(_share(x, 1.5, 8.5))
            centers.append((frequency * power).sum() / power.sum())
            assert not truth.stance[inside, [2, 5]].any()
            assert truth.stance[inside][:, [0, 1, 3, 4]].all()
            assert np.median(x) < -40
            assert np.abs(ego[inside, truth.skeleton.index("hindlegR4"), 1]).max() < 30
    assert np.median(shares) > 0.7 and 3 < np.median(centers) < 7
    assert np.std(centers) > 0.3


@pytest.mark.parametrize(("name", "leg", "other"), [("left", 2, 5), ("right", 5, 2)])
def test_one_hind_leg_grooms_its_wing(lives, name, leg, other):
    """The leg strokes at 1 to 8 Hz, its wing folds at about 1.5 Hz, the other side is still."""
    strokes, folds = [], []
    side = name[0].upper()
    still = "R" if side == "L" else "L"
    for truth in lives:
        ego = _ego(truth)
        for bout in _bouts(truth, f"groom_wing_{name}", 100):
            inside = slice(bout.start + 35, bout.stop)
            assert not truth.stance[inside, leg].any()
            planted = [k for k in range(6) if k != leg]
            assert truth.stance[inside][:, planted].all()
            strokes.append(_share(ego[inside, truth.skeleton.index(f"hindleg{side}4"), 0], 0.5, 9))
            moving = ego[bout, truth.skeleton.index(f"wing{side}"), 1]
            resting = ego[bout, truth.skeleton.index(f"wing{still}"), 1]
            assert np.ptp(moving) > 2 * np.ptp(resting)
            assert 3 < np.degrees(np.ptp(moving) / anatomy.WING_LENGTH) < 20
            folds.append(_share(moving, 0.7, 2.3))
    assert len(strokes) > 5 and np.median(strokes) > 0.8 and np.median(folds) > 0.6


def test_left_and_right_wing_grooming_are_mirror_images():
    """The same draws, once for each side."""
    out = []
    for name in ("groom_wing_left", "groom_wing_right"):
        behavior = np.full(400, anatomy.BEHAVIORS.index(name))
        out.append(grooming.strokes(behavior, np.random.default_rng(5)))
    left, right = out
    np.testing.assert_array_equal(left.tips[:, 2], right.tips[:, 5].conj())
    np.testing.assert_array_equal(left.wings, right.wings[:, ::-1])
    assert right.wings[:, 1].max() > 0.05 and (right.wings[:, 0] == 0).all()
    assert np.isnan(right.tips[:, 2]).all() and np.isnan(left.tips[:, 5]).all()


def test_knees_of_grooming_legs_bend_outward():
    tips = anatomy.HOMES.copy()
    tips[[0, 3]] = [[56, -3], [56, 3]]
    tips[[2, 5]] = [[-50, -4], [-50, 4]]
    joints = anatomy.leg_joints(tips[None])[0]
    for leg in (0, 2, 3, 5):
        side = np.sign(anatomy.HOMES[leg, 1])
        coxa, knee, ankle, tip = joints[leg] * (1, side)
        for k, joint in ((0.34, knee), (0.56, ankle)):
            assert joint[1] > coxa[1] + k * (tip[1] - coxa[1]) + 3
    np.testing.assert_allclose(joints[:3], joints[3:] * (1, -1), atol=1e-9)


def test_a_body_at_rest_keeps_its_feet():
    """Without steps and strokes no foot leaves the ground; the body moves over all of them."""
    count = 40 * path.SUBSTEPS
    t = np.arange(count) * path.DT
    route = path.Path(
        behavior=np.zeros(count, int),
        position=np.stack([100 + 20 * t, 50 + 0 * t], -1),
        heading=np.zeros(count),
        speed=np.zeros(count),
        turning=np.zeros(count),
    )
    fly = anatomy.individual(np.random.default_rng(0))
    nothing = np.full((count, 6), np.nan + 0j)
    never = np.zeros((count, 6), bool)
    tips, stance = legs.feet(route, never, nothing, fly, np.random.default_rng(1))
    assert tips.shape == (40, 6, 2) and stance.all()
    moved = (tips[-1] - tips[0]) * fly.scale
    np.testing.assert_allclose(moved, np.tile([-20 * 0.39, 0], (6, 1)), atol=1e-9)


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
    labels = synthetic.label(sample, {"fly": truth}, {"fly": crops}, 1, fly32)
    assert labels.positions.shape == (1, 32, 2) and labels.images[0, 0, 0, 0] == 1
    np.testing.assert_allclose(labels.positions[0, 0], [41.5, 31.5], atol=1e-5)
    np.testing.assert_allclose(labels.positions[0, 2], [31.5, 31.5], atol=1e-5)
    assert np.isnan(labels.positions[0, 1]).all() and labels.status[0, 1] == 0
    assert labels.status[0].sum() == 31 and (labels.split == -1).all()
    assert labels.frame.tolist() == [3] and labels.source.tolist() == ["fly"]
    every = synthetic.label(sample, {"fly": truth}, {"fly": crops}, 99, fly32)
    assert every.frame.tolist() == [3, 1]
    with pytest.raises(UserError, match="truth_videos"):
        synthetic.label(sample, {"nobody": truth}, {}, 1, fly32)


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
