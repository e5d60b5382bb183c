"""Coordination of legs: phases, tripods and bouts of known and simulated steps."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fixtures.stances import LEGS, PATTERNS, SETTINGS, moving, stepping, tables, walking_poses

from leap_core import config, gait
from leap_core.gait.coordination import PHASE_COLUMNS, STRIDE_COLUMNS, TRIPOD_COLUMNS


@pytest.mark.parametrize("name", PATTERNS)
def test_phases_of_a_known_walk_are_exact(name):
    offsets, period, swing = PATTERNS[name], 12, 5
    strides, phases, *_ = tables(moving(stepping(offsets, period, swing, 200)), first=7)
    assert list(strides.columns) == list(STRIDE_COLUMNS)
    assert list(phases.columns) == list(PHASE_COLUMNS)
    assert (strides.frames == period).all() and strides.duration_ms.to_numpy() == pytest.approx(120)
    assert strides.swing_ms.to_numpy() == pytest.approx(50)
    for leg, offset in zip(LEGS, offsets, strict=True):
        own = strides[strides.leg == leg].start_frame.to_numpy() - 7
        lifts = np.arange(offset, 200, period)
        # a lift-off in the first frame cannot be told from a swing that began before
        assert own.tolist() == [t for t in lifts[:-1] if t > 0]
    for (i, a), (j, b) in itertools.permutations(enumerate(LEGS), 2):
        found = phases[(phases.leg == a) & (phases.other == b)]
        exact = (offsets[j] - offsets[i]) % period / period
        assert found.phase.to_numpy() == pytest.approx(exact)
        count = (strides.leg == a).sum()
        # one phase in each stride, but where the other's first lift-off was not seen
        assert count - 1 <= len(found) <= count
    assert (phases.mean_speed == 12).all() and set(phases.units) == {"mm/s"}


@pytest.mark.parametrize("period", [12, 20])
@pytest.mark.parametrize("swing", [3, 5])
@pytest.mark.parametrize("lags", [(0, 0), (1, 0), (-1, 2), (2, 1), (-3, 3), (5, -5)])
def test_tripod_strength_is_swing_minus_range_over_swing_plus_range(period, swing, lags):
    """Equal swings of s frames whose onsets span r: max(0, s - r) / (s + r)."""
    front, hind = lags
    half = period // 2
    offsets = [front, half, hind, half, 0, half]  # LF RM LH with lags, RF LM RH together
    *_, strengths, _, _ = tables(moving(stepping(offsets, period, swing, 400)))
    assert list(strengths.columns) == list(TRIPOD_COLUMNS)
    span = max(front, 0, hind) - min(front, 0, hind)
    ours = strengths[strengths.tripod == "LF-RM-LH"]
    assert ours.strength.to_numpy() == pytest.approx(max(0, swing - span) / (swing + span))
    assert (ours.frames == swing + span).all()
    assert ours.together_ms.to_numpy() == pytest.approx(10 * max(0, swing - span))
    other = strengths[strengths.tripod == "RF-LM-RH"]
    assert other.strength.to_numpy() == pytest.approx(1)
    for rows in (ours, other):  # all but the first and last, which may be cut
        assert 400 // period - 3 <= len(rows) <= 400 // period


@pytest.mark.parametrize(
    ("name", "swing", "strength"),
    # onsets of a tripod's legs span a third of the stride in a tetrapod, two thirds in the wave
    [("tetrapod", 6, 0.2), ("tetrapod", 5, 1 / 9), ("tetrapod", 4, 0), ("wave", 6, 0)],
)
def test_strength_by_duty_factor(name, swing, strength):
    """With the duty factor b and onsets that span d strides: (1 - b - d) / (1 - b + d), or 0."""
    span, duty = {"tetrapod": 1 / 3, "wave": 2 / 3}[name], 1 - swing / 12
    assert max(0, (1 - duty - span) / (1 - duty + span)) == pytest.approx(strength)
    strengths = tables(moving(stepping(PATTERNS[name], 12, swing, 400)))[2]
    assert len(strengths) > 50
    assert strengths.strength.to_numpy() == pytest.approx(strength)
    assert (strengths.frames == swing + round(12 * span)).all()


def test_a_leg_that_skips_a_step_gives_no_strength_there():
    swing = stepping(PATTERNS["tripod"], 12, 5, 240)
    swing[96:108, LEGS.index("LF")] = False
    strengths = tables(moving(swing))[2]
    ours = strengths[strengths.tripod == "LF-RM-LH"].set_index("start_frame").strength
    assert ours.loc[96] == 0 and (ours.drop(96) == 1).all() and len(ours) > 15
    assert (strengths[strengths.tripod == "RF-LM-RH"].strength == 1).all()


def test_strides_steps_and_tripods_cut_by_a_bout_or_a_lost_leg_are_left_out():
    """Only what lies inside a stretch, from its own lift-offs counted one by one."""
    rng = np.random.default_rng(0)
    frames, period = 900, 12
    offsets = PATTERNS["tripod"]
    swing = stepping(offsets, period, 5, frames)
    walking = np.ones(frames, bool)
    walking[[200, 431]] = False
    valid = np.ones(swing.shape, bool)
    valid[600:640, 1] = False
    valid[rng.integers(700, 900, 6), rng.integers(0, 6, 6)] = False
    strides, phases, strengths, steps, _ = tables(moving(swing, walking=walking, valid=valid))
    counts = {}
    for leg, name in enumerate(LEGS):
        seen = walking & valid[:, leg]
        lifts = np.arange(offsets[leg], frames - period, period)
        whole = [t for t in lifts if t > 0 and seen[t - 1 : t + period + 1].all()]
        assert strides[strides.leg == name].start_frame.tolist() == whole
        counts[name] = len(whole)
    assert min(counts.values()) < max(counts.values())  # the lost leg lost strides
    assert set(phases.phase) == {0.0, 0.5}
    for leg, other in itertools.permutations(range(6), 2):
        own = strides[strides.leg == LEGS[leg]].start_frame
        both = walking & valid[:, other]
        could = sum(both[t - 1 : t + period].all() for t in own)
        found = ((phases.leg == LEGS[leg]) & (phases.other == LEGS[other])).sum()
        assert found == could
    for name in ("LF-RM-LH", "RF-LM-RH"):
        group = [LEGS.index(leg) for leg in name.split("-")]
        seen = walking & valid[:, group].all(axis=1)
        lifts = np.arange(offsets[group[0]], frames, period)
        # a whole stance of 7 frames on both sides
        whole = [t for t in lifts if t > 7 and t + period < frames and seen[t - 8 : t + 13].all()]
        assert strengths[strengths.tripod == name].start_frame.tolist() == whole
    whole = steps[steps.whole]
    assert set(whole[whole.kind == "swing"].frames) == {5}
    assert set(whole[whole.kind == "stance"].frames) == {7}
    assert (steps[~steps.whole].frames <= 7).all()


def test_a_step_whose_last_swing_is_cut_after_the_middle_legs_stance_is_left_out():
    """The hind leg lands a frame after the middle leg lifts again, and is lost just then."""
    swing = stepping([0, 0, 5, 0, 0, 0], 12, 8, 240)
    valid = np.ones(swing.shape, bool)
    every = tables(moving(swing))[2]
    valid[132, LEGS.index("LH")] = False
    seen = tables(moving(swing, valid=valid))[2]
    ours = every[every.tripod == "LF-RM-LH"]
    assert ours.strength.to_numpy() == pytest.approx(3 / 13)
    lost = set(ours.start_frame) - set(seen[seen.tripod == "LF-RM-LH"].start_frame)
    # that from 120, and that in whose swing of the middle leg the frame lies
    assert lost == {120, 132}


def test_every_lift_off_counts_once_where_legs_step_together_but_for_a_frame():
    """One leg lifts a frame before or after the other: no stride is lost, and none invented."""
    rng = np.random.default_rng(1)
    onsets = np.arange(10, 1900, 10)
    shifted = onsets + rng.integers(-1, 2, len(onsets))
    swing = np.zeros((2000, 2), bool)
    for k, times in enumerate((onsets, shifted)):
        for t in times:
            swing[t : t + 4, k] = True
    strides, phases, *_ = tables(moving(swing, legs=["left", "right"]))
    own = strides[strides.leg == "left"]
    assert own.start_frame.tolist() == onsets[:-1].tolist()
    found = phases[phases.leg == "left"]
    inside = (shifted >= onsets[0]) & (shifted < onsets[-1])
    assert len(found) == inside.sum()
    assert set(found.phase) == {0.0, 0.1, 0.9}
    early = np.isclose(found.phase, 0.9).sum()
    assert early == (inside & (shifted < onsets)).sum()


def test_bouts_hold_their_speed_steps_modes_and_strength():
    frames = 300
    walking = np.zeros(frames, bool)
    walking[:50], walking[100:200], walking[202:205], walking[250:] = True, True, True, True
    valid = np.ones((frames, 6), bool)
    valid[150:160, 2] = False
    speed = np.where(walking, 10.0, 0.5)
    speed[100:200] = np.linspace(10, 20, 100)
    speed[205] = np.nan
    state = np.full(frames, -1)
    state[100:140], state[140:150], state[160:200] = 0, 1, 2
    swing = stepping(PATTERNS["tripod"], 10, 4, frames)
    _, _, strengths, steps, found = tables(
        moving(swing, walking=walking, valid=valid, forward_velocity=speed), state, first=1000
    )
    assert found.start_frame.tolist() == [1000, 1100, 1202, 1250]
    assert found.frames.tolist() == [50, 100, 3, 50]
    assert found.duration_ms.tolist() == [500, 1000, 30, 500]
    assert found.mean_speed[1] == pytest.approx(15)
    # the first and the last are cut by the recording, the third by a gap in the speed
    assert found.whole.tolist() == [False, True, False, False]
    assert found.all_legs.tolist() == pytest.approx([1, 0.9, 1, 1])
    shares = found.loc[1, ["share_tripod", "share_tetrapod", "share_non_canonical"]]
    assert shares.tolist() == pytest.approx([40 / 90, 10 / 90, 40 / 90])
    assert found.share_tripod.isna().tolist() == [True, False, True, True]
    inside = steps.start_frame.between(1100, 1199)
    assert found.steps[1] == (inside & steps.whole & (steps.kind == "swing")).sum() > 40
    assert found.steps.sum() == (steps.whole & (steps.kind == "swing")).sum()
    mine = strengths.strength[strengths.start_frame.between(1100, 1199)]
    assert found.tripod_strength[1] == pytest.approx(mine.mean())
    assert np.isnan(found.tripod_strength[2])


def test_where_legs_stand_is_read_from_their_names():
    order = ["L1", "R1", "L2", "R2", "L3", "R3"]
    assert gait.tripods_of(order) == [[0, 3, 4], [1, 2, 5]]
    assert gait.tripods_of(LEGS) == [[0, 4, 2], [3, 1, 5]]
    long = ["left_front", "left_mid", "left_hind", "rightFront", "rightMiddle", "rightHind"]
    assert gait.tripods_of(long) == [[0, 4, 2], [3, 1, 5]]
    assert gait.tripods_of(["lf", "lm", "lh", "rf", "rm", "rh"]) == [[0, 4, 2], [3, 1, 5]]
    parts = [f"{row}leg{side}" for side in "LR" for row in ("fore", "mid", "hind")]
    assert gait.tripods_of(parts) == [[0, 4, 2], [3, 1, 5]]
    assert gait.tripods_of(LEGS[:5]) == [] == gait.tripods_of([*LEGS, "tail"])
    assert gait.tripods_of(["LF", "RF", "LH", "RH"]) == []
    assert gait.tripods_of([f"paw{k}" for k in range(6)]) == []
    assert gait.tripods_of(["LF", "LF2", "LH", "RF", "RM", "RH"]) == []  # no left middle


def test_mean_phase_is_that_of_a_circle():
    rows = pd.DataFrame(
        {"leg": "LF", "other": "RF", "phase": [0.9, 0.1, 0.4, 0.5, 0.6], "units": "mm/s",
         "mean_speed": [3.0, 4.0, 12.0, 12.0, 12.0]}
    )  # fmt: skip
    found = gait.mean_phases(rows)
    assert found.n.tolist() == [2, 3] and found.speed_low.tolist() == [2, 10]
    assert found.phase[0] == 0.0
    assert found.phase[1] == pytest.approx(0.5)
    assert found.concentration[0] == pytest.approx(np.cos(0.2 * np.pi))
    assert len(gait.mean_phases(rows.assign(units="px/s"))) == 0
    steps = pd.DataFrame(
        {"tripod": "a", "strength": [0.2, 0.6], "mean_speed": [3.0, 4.0], "units": "mm/s"}
    )
    strength = gait.mean_strength(steps)
    assert strength.strength.tolist() == pytest.approx([0.4])
    assert strength.sd.tolist() == pytest.approx([0.2 * np.sqrt(2)])


def analysed(poses, settings=SETTINGS):
    model = gait.fit_model([poses], settings, 0.2, 0)
    return gait.analyse(poses, model, settings, 0.2)


@pytest.mark.parametrize("rule", ["levels", "paper"])
def test_coordination_of_poses_is_that_of_their_feet(fly32, rule):
    """Corners of the movement are blurred alike for all legs: phases stay exact."""
    offsets, period = PATTERNS["wave"], 12
    poses = walking_poses(fly32, stepping(offsets, period, 5, 600))
    settings = config.Gait(restarts=1, states=2, stance_rule=rule, min_walking_s=0)
    result, found = analysed(poses, settings)
    assert (found.strides.frames == period).mean() > 0.95
    for i, a in enumerate(LEGS[:3]):
        for j, b in enumerate(LEGS):
            rows = found.phases[(found.phases.leg == a) & (found.phases.other == b)]
            if i == j:
                assert len(rows) == 0
                continue
            exact = (offsets[j] - offsets[i]) % period / period
            mean = np.exp(2j * np.pi * (rows.phase - exact)).mean()
            assert np.angle(mean) / (2 * np.pi) == pytest.approx(0, abs=0.02)
    assert len(found.bouts) == 1 and found.bouts.frames[0] == 600
    assert result.cut_steps == (~found.steps.whole).sum() >= 12
    assert set(found.phases.gait) <= set(result.states)


def test_an_animal_that_stands_has_no_rows(fly32):
    poses = walking_poses(fly32, np.zeros((300, 6), bool), speed=0.0)
    result, found = analysed(poses)
    assert not result.walking.any() and result.cut_steps == 0
    assert all(len(table) == 0 for table in vars(found).values())
    assert "no frame" in gait.summarize(result, found)
    assert len(gait.mean_phases(found.phases)) == len(gait.mean_strength(found.tripods)) == 0


def test_without_scale_phases_are_of_all_frames_and_no_bouts_are_known(fly32):
    poses = walking_poses(
        fly32, stepping(PATTERNS["tripod"], 12, 5, 300), px_per_mm=float("nan")
    )  # fmt: skip
    result, found = analysed(poses)
    assert len(found.bouts) == 0 and "unknown scale" in result.note
    assert set(found.phases.units) == set(found.tripods.units) == {"px/s"}
    assert found.phases.mean_speed.median() == pytest.approx(12 * 35, rel=0.01)
    assert found.tripods.strength.median() == 1
    assert len(gait.mean_strength(found.tripods)) == 0


@pytest.mark.parametrize("kept", [("LF", "RF"), ("LF", "LH", "RF", "RH"), tuple(LEGS[:5])])
def test_other_numbers_of_legs_have_phases_but_no_tripods(fly32, kept):
    poses = walking_poses(fly32, stepping(PATTERNS["tripod"], 12, 5, 600))
    fewer = replace(fly32, legs={leg: fly32.legs[leg] for leg in kept})
    result, found = analysed(replace(poses, skeleton=fewer))
    assert set(found.phases.leg) == set(kept) and len(found.tripods) == 0
    assert set(found.phases.phase.round(2)) <= {0, 0.08, 0.42, 0.5, 0.58, 0.92}
    assert f"no tripods: legs {', '.join(kept)} are not" in result.note
    assert found.bouts.tripod_strength.isna().all()
    names = [c for c in found.bouts.columns if c.startswith("share_")]
    assert names == ["share_mode_1", "share_mode_2", "share_mode_3"]


def test_a_leg_that_is_never_seen_leaves_the_others_their_phases(fly32):
    poses = walking_poses(fly32, stepping(PATTERNS["tripod"], 12, 5, 600))
    confidence = poses.confidence.copy()
    confidence[:, fly32.leg_tips["LM"]] = 0
    result, found = analysed(replace(poses, confidence=confidence))
    assert set(found.phases.leg) == set(found.phases.other) == set(LEGS) - {"LM"}
    assert set(found.tripods.tripod) == {"LF-RM-LH"}
    assert (result.state == -1).all() and found.bouts.all_legs.tolist() == [0]


def test_phases_of_simulated_flies_are_those_of_their_pattern(true_stance):
    """Within steady tripods 0 and a half; in tetrapods a third to the next leg on a side."""
    lag = {0: 0.5, 1: 1 / 3}
    found = {0: [], 1: []}
    for truth, stance in true_stance:
        for pattern, rows in found.items():
            kinematic = moving(
                ~stance, walking=truth.gait == pattern,
                forward_velocity=truth.forward_velocity.astype(float),
            )  # fmt: skip
            phases = tables(kinematic)[1]
            for side in "LR":
                for front, behind in (("F", "M"), ("M", "H")):
                    pair = (phases.leg == side + behind) & (phases.other == side + front)
                    rows.extend(phases.phase[pair])
    for pattern, rows in found.items():
        mean = np.exp(2j * np.pi * np.array(rows)).mean()
        assert len(rows) > 100
        assert np.angle(mean) / (2 * np.pi) % 1 == pytest.approx(lag[pattern], abs=0.04)
