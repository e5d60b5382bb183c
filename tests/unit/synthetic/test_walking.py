"""The simulated fly obeys the mechanics it claims: feet, gaits and bouts."""

import numpy as np
import pytest
from fixtures.flies import BOX, WALKS, body_frame, bouts_of, feet_of, live, spans, step_lengths

from leap_core.synthetic import anatomy, coordination, legs, path


def test_a_foot_in_stance_does_not_slip(lives):
    for truth in lives:
        step = np.linalg.norm(np.diff(feet_of(truth), axis=0), axis=-1)
        both = truth.stance[1:] & truth.stance[:-1]
        assert both.mean() > 0.5
        assert step[both].max() < 0.01
        walking = truth.forward_velocity[1:] > 10
        assert np.median(step[walking[:, None] & ~truth.stance[1:]]) > 5


def test_left_is_left_seen_from_above(lives):
    """Heading to +x with y down, the animal's left has the smaller y."""
    for truth in lives:
        ego = body_frame(truth)
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
            for bout in bouts_of(truth, name):
                inside = slice(bout.start + 20, bout.stop)
                speed.extend(truth.forward_velocity[inside])
                down.extend(truth.stance[inside].sum(1))
                for leg in range(6):
                    some, others = step_lengths(truth.stance[inside, leg])
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
        tips = feet_of(truth).astype(float)
        for name in WALKS:
            for bout in bouts_of(truth, name):
                for leg in range(6):
                    air = ~truth.stance[bout, leg]
                    for a, b in spans(air):
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
            for a, b in spans(truth.gait == gait):
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
            for bout in bouts_of(truth, name):
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
        ego = body_frame(truth)[:, [truth.skeleton.leg_tips[leg] for leg in truth.legs], 0]
        for bout in bouts_of(truth, "turn", 50):
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
        for bout in bouts_of(truth, "stand"):
            inside = slice(bout.start + 40, bout.stop)
            moved = np.ptp(truth.centroid[inside].astype(float), axis=0).max()
            assert 0.05 < moved < 5
            assert truth.stance[inside].all()


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
