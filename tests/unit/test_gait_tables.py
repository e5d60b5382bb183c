"""Tables of the gait analysis: known strides, phases and tripods; gait modes of plain arrays."""

import itertools
from dataclasses import replace

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.io import loadmat

from leap_core import cli, config, gait, skeleton
from leap_core.containers import Gait, GaitModel, Poses
from leap_core.errors import UserError
from leap_core.gait.bouts import walking_bouts
from leap_core.gait.coordination import PHASE_COLUMNS, STRIDE_COLUMNS, TRIPOD_COLUMNS
from leap_core.gait.coordination import phases as phase_table
from leap_core.gait.coordination import strides as stride_table
from leap_core.gait.coordination import tripods as tripod_table
from leap_core.gait.kinematics import Kinematics
from leap_core.gait.steps import find_steps as step_table

FPS = 100.0
LEGS = ["LF", "LM", "LH", "RF", "RM", "RH"]
STATES = ["tripod", "tetrapod", "non-canonical"]


def stepping(offsets, period, swing, frames):
    """Swing (frame, leg) of legs that lift at offset + k period and swing that many frames."""
    return (np.arange(frames)[:, None] - np.array(offsets)) % period < swing


def moving(swing, legs=LEGS, walking=None, valid=None, **more):
    """Kinematics of known swings."""
    frames = len(swing)
    valid = np.ones(swing.shape, bool) if valid is None else valid
    values = {
        "tip_velocity": np.where(swing, 20.0, -10.0),
        "phase": np.where(valid, np.where(swing, 1, -1), 0).astype(np.int8),
        "valid": valid,
        "forward_velocity": np.full(frames, 12.0),
        "walking": np.ones(frames, bool) if walking is None else walking,
        "units": "mm/s",
        "legs": list(legs),
        "fps": FPS,
        "walking_source": "forward velocity > 2 mm/s, from the body track",
        "speed_source": "body track",
        "note": "",
    }
    return Kinematics(**(values | more))


def tables(kinematic, state=None, first=0):
    """Strides, phases, tripods, steps and bouts."""
    frames = len(kinematic.walking)
    state = np.full(frames, -1) if state is None else state
    common = (kinematic, state, STATES, "fly", np.arange(frames) + first)
    strides, tripods, steps = stride_table(*common), tripod_table(*common), step_table(*common)
    phases = phase_table(kinematic, strides, "fly", common[4])
    return strides, phases, tripods, steps, walking_bouts(*common, steps, tripods)


# frames after the first leg's lift-off, in a period of 12: LF LM LH RF RM RH
PATTERNS = {
    "tripod": [0, 6, 0, 6, 0, 6],
    "tetrapod": [8, 4, 0, 4, 0, 8],
    "wave": [4, 2, 0, 10, 8, 6],
    "any": [3, 11, 7, 2, 10, 5],
}


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
    assert np.cos(2 * np.pi * found.phase[0]) == pytest.approx(1)
    assert found.phase[1] == pytest.approx(0.5)
    assert found.concentration[0] == pytest.approx(np.cos(0.2 * np.pi))
    assert len(gait.mean_phases(rows.assign(units="px/s"))) == 0
    steps = pd.DataFrame(
        {"tripod": "a", "strength": [0.2, 0.6], "mean_speed": [3.0, 4.0], "units": "mm/s"}
    )
    strength = gait.mean_strength(steps)
    assert strength.strength.tolist() == pytest.approx([0.4])
    assert strength.sd.tolist() == pytest.approx([0.2 * np.sqrt(2)])


# ---------------------------------------------------------------- from poses


def walking_poses(fly32, swing, speed=12.0, **more):
    """Feet that follow the ground in stance and return in swing; the body moves on."""
    frames, reach = len(swing), speed * 35 / FPS
    homes = np.array([[57, -21], [-2, -58], [-57, -38], [57, 21], [-2, 58], [-57, 38]], float)
    positions = np.full((frames, len(fly32), 2), 96.0)
    for k, tip in enumerate(fly32.leg_tips.values()):
        place = np.cumsum(np.where(swing[:, k], reach * (~swing[:, k]).sum() / swing[:, k].sum()
                                   if swing[:, k].any() else 0, -reach))  # fmt: skip
        positions[:, tip] += homes[k] + np.stack([place, 0 * place], axis=1)
    values = {
        "positions": positions,
        "confidence": np.ones((frames, len(fly32))),
        "frame": np.arange(frames),
        "valid": np.ones(frames, bool),
        "center": np.arange(frames)[:, None] * reach * np.array([1.0, 0.0]),
        "heading": np.zeros(frames),
        "skeleton": fly32,
        "recording": "fly",
        "fps": FPS,
        "px_per_mm": 35.0,
    }
    return Poses(**(values | more))


SETTINGS = config.Gait(restarts=2)


def analysed(poses, settings=SETTINGS):
    model = gait.fit_model([poses], settings, 0.2, 0)
    return gait.analyse(poses, model, settings, 0.2)


@pytest.mark.parametrize("rule", ["levels", "paper"])
def test_coordination_of_poses_is_that_of_their_feet(fly32, rule):
    """Corners of the movement are blurred alike for all legs: phases stay exact."""
    offsets, period = PATTERNS["wave"], 12
    poses = walking_poses(fly32, stepping(offsets, period, 5, 600))
    result, found = analysed(poses, config.Gait(restarts=1, states=2, stance_rule=rule))
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


# ---------------------------------------------------------------- gait modes of plain arrays


def test_decoding_is_exact():
    """Viterbi and posterior against the sum over all paths of two short bouts."""
    rng = np.random.default_rng(2)
    model = GaitModel(
        start=np.array([0.6, 0.4]),
        transition=np.array([[0.8, 0.2], [0.3, 0.7]]),
        emission=rng.dirichlet(np.ones(4), 2),
        log_likelihood=np.zeros(1),
        states=["mode 1", "mode 2"],
        frames=100,
    )
    stance = rng.random((13, 3)) < 0.5
    same, state, posterior = gait.modes(stance, [6, 7], model=model)
    assert same is model and state.dtype == np.int8
    for part in (slice(0, 6), slice(6, 13)):
        counts = stance[part].sum(axis=1)
        paths = np.array(list(itertools.product((0, 1), repeat=len(counts))))
        chance = model.start[paths[:, 0]] * model.emission[paths, counts].prod(axis=1)
        chance *= model.transition[paths[:, :-1], paths[:, 1:]].prod(axis=1)
        assert state[part].tolist() == paths[chance.argmax()].tolist()
        exact = (chance[:, None] * (paths == 1)).sum(axis=0) / chance.sum()
        np.testing.assert_allclose(posterior[part, 1], exact, atol=1e-5)


def test_modes_of_two_known_gaits():
    tripod = ~stepping(PATTERNS["tripod"], 12, 6, 400)
    tetrapod = ~stepping(PATTERNS["tetrapod"], 12, 4, 300)
    settings = config.Gait(states=2, restarts=3)
    stance = np.concatenate([tripod, tetrapod])
    model, state, posterior = gait.modes(stance, [400, 300], settings, seed=1)
    assert model.states == ["tripod", "tetrapod"] and model.frames == 700
    assert (state[:400] == 0).all() and (state[400:] == 1).all()
    assert posterior[:400, 0].min() > 0.99
    again = gait.modes(stance, [400, 300], settings, seed=1)
    assert np.array_equal(again[0].emission, model.emission)
    assert np.array_equal(again[2], posterior)


def test_a_single_gait_keeps_its_name():
    """Two of three states have nothing to say; the one that does is the tripod."""
    for legs in (None, LEGS):
        stance = ~stepping(PATTERNS["tripod"], 12, 5, 400)
        model, state, _ = gait.modes(stance, legs=legs)
        assert (state == model.states.index("tripod")).mean() > 0.95


def test_patterns_tell_gaits_of_one_leg_count_apart():
    """Always three legs stand: a tripod, or the three of one side; the count cannot tell."""
    tripod = np.zeros((300, 6), bool)
    tripod[:, [0, 4, 2]] = True
    tripod[np.arange(300) // 6 % 2 == 1] ^= True
    side = np.repeat([[1, 1, 1, 0, 0, 0]], 300, axis=0).astype(bool)
    side[np.arange(300) // 6 % 2 == 1] ^= True
    stance, settings = np.concatenate([tripod, side]), config.Gait(states=2, restarts=3)
    model, state, posterior = gait.modes(stance, [300, 300], settings, legs=LEGS)
    assert (state[:300] != state[300]).all() and (state[300:] == state[300]).all()
    assert model.legs == LEGS and model.patterns.shape == (2, 36)
    assert np.allclose(model.emission[:, 3], 1, atol=1e-3)  # by their number both are alike
    mirrored = stance[:, [3, 4, 5, 0, 1, 2]]
    assert np.array_equal(gait.modes(mirrored, [300, 300], model=model, legs=LEGS)[1], state)
    blind = gait.modes(stance, [300, 300], replace(settings, symbols="count"), legs=LEGS)[0]
    assert blind.patterns is None and blind.legs == []
    assert gait.modes(stance, settings=settings, legs=[f"paw{k}" for k in range(6)])[0].legs == []
    with pytest.raises(UserError, match="stance: legs a, .* but the gait model has LF, LM"):
        gait.modes(stance, model=model, legs=list("abcdef"))
    with pytest.raises(UserError, match="legs: 2 names for 6 legs"):
        gait.modes(stance, legs=["LF", "RF"])


def test_bad_arrays_are_named():
    stance = np.ones((10, 6), bool)
    for lengths in ([4, 5], [10, 0], [-1, 11]):
        with pytest.raises(UserError, match="lengths: 2 bouts of"):
            gait.modes(stance, lengths)
    for wrong in (np.ones(10), np.zeros((0, 6)), np.full((10, 6), np.nan), np.full((10, 6), 2)):
        with pytest.raises(UserError, match="stance: expected .frame, leg. of 0 and 1"):
            gait.modes(wrong)
    model = gait.modes(stance, settings=config.Gait(restarts=1))[0]
    with pytest.raises(UserError, match="stance: 200 frames/s, but the gait model has 100"):
        gait.modes(stance, fps=200, model=model)
    with pytest.raises(UserError, match="stance: 4 legs, but the gait model has 6"):
        gait.modes(stance[:, :4], model=model)


@pytest.fixture(scope="module")
def true_stance(fly32):
    """Simulated flies: true stance in the order of LEGS, gait and walking, frame by frame."""
    from leap_core.synthetic import anatomy, movie

    made = []
    for seed in (51, 52):
        rng = np.random.default_rng(seed)
        fly = anatomy.individual(rng)
        settings = config.Synthetic(frames=6000, size=200, camera="closed_loop")
        truth = movie.truth(movie.simulate(settings, fly, rng), fly, fly32)
        order = [truth.legs.index(leg) for leg in LEGS]
        made.append((truth, truth.stance[:, order]))
    return made


@pytest.mark.parametrize("legs", [None, LEGS])
def test_the_authors_example_is_called_tripod_by_a_model_of_other_flies(true_stance, data, legs):
    """Learned from the contact of two tethered flies and the true stance of simulated ones."""
    fly = np.load(data / "gait" / "nely_fly1_pose_contact_frames000-449.npz")
    other = np.load(data / "gait" / "nely_fly2_contact.npz")
    parts = [fly["contact"][200:], other["contact"]]
    for truth, stance in true_stance:
        edges = np.flatnonzero(np.diff(truth.forward_velocity > 2, prepend=False, append=False))
        parts += [stance[a:b] for a, b in edges.reshape(-1, 2) if b - a > 50]
    lengths = [len(part) for part in parts]
    settings = config.Gait(restarts=4)
    model, _, _ = gait.modes(np.concatenate(parts).astype(bool), lengths, settings, legs=legs)
    example = loadmat(data / "fly_leap" / "gait" / "TripodExample.mat")
    published = example["example_stance"].T.astype(bool)
    assert np.array_equal(example["example_vel"].T < 0, published)
    _, state, posterior = gait.modes(published, model=model, legs=legs)
    tripod = model.states.index("tripod")
    print(f"tripod: {(state == tripod).mean():.3f}, posterior {posterior[:, tripod].mean():.3f}")
    assert (state == tripod).mean() >= 0.95


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


# ---------------------------------------------------------------- the command


@pytest.fixture
def poses_file(fly32, tmp_path):
    poses = walking_poses(fly32, stepping(PATTERNS["tripod"], 12, 5, 400))
    poses.write(tmp_path / "poses.h5")
    return tmp_path / "poses.h5"


def test_the_command_writes_all_files_and_a_summary(poses_file, tmp_path, capsys):
    out = tmp_path / "new" / "fly.h5"
    assert cli.main(["gait", str(poses_file), "-o", str(out), "--csv"]) == 0
    names = ["steps", "swings", "bouts", "strides", "phases", "tripods"]
    expected = {"fly.h5", "fly.model.h5"}
    expected |= {f"fly.{name}.{suffix}" for name in names for suffix in ("csv", "parquet")}
    assert {path.name for path in out.parent.iterdir()} == expected
    shown = capsys.readouterr().out
    result, model = Gait.read(out), GaitModel.read(tmp_path / "new" / "fly.model.h5")
    assert "400 frames at 100 frames/s, 6 legs" in shown
    assert "100.0% of frames in 1 bout," in shown
    assert f"cut steps, in no duration: {result.cut_steps}" in shown
    assert "tripod coordination strength: mean 1.00" in shown
    table = pd.read_parquet(out.with_name("fly.steps.parquet"))
    pd.testing.assert_frame_equal(
        pd.read_csv(out.with_name("fly.steps.csv"), keep_default_na=False).astype(table.dtypes),
        table,
    )
    assert result.states == model.states
    with h5py.File(out) as file:
        assert "poses.h5" in file.attrs["provenance"]
    # the same again, and with the model that was written
    again = tmp_path / "again" / "fly.h5"
    args = ["gait", str(poses_file), "-o", str(again)]
    assert cli.main(args) == 0
    for path in again.parent.iterdir():
        assert path.read_bytes() == (out.parent / path.name).read_bytes(), path.name
    given = tmp_path / "given" / "fly.h5"
    model_file = str(out.with_name("fly.model.h5"))
    assert cli.main(["gait", str(poses_file), "-o", str(given), "--model", model_file]) == 0
    assert not given.with_name("fly.model.h5").exists()
    assert np.array_equal(Gait.read(given).posterior, result.posterior)


def test_the_command_takes_settings_from_a_config(poses_file, tmp_path, root):
    text = "dataset: x\nskeleton: config/skeletons/fly32.yaml\nvideos: [{id: fly, path: a.mp4}]\n"
    (tmp_path / "c.yaml").write_text(text + "gait: {min_speed: 50, restarts: 1}\n")
    out = tmp_path / "out.h5"
    command = ["gait", str(poses_file), "-o", str(out), "--config", str(tmp_path / "c.yaml")]
    assert cli.main(command) == 0
    assert not Gait.read(out).walking.any()
    assert "no walking bout" in Gait.read(out).note


def test_the_command_names_bad_input_in_one_line_and_writes_nothing(
    poses_file, tmp_path, capsys, fly32
):
    poses = Poses.read(poses_file)
    replace(poses, fps=float("nan")).write(tmp_path / "norate.h5")
    replace(poses, skeleton=skeleton.Skeleton(fly32.parts, center="thorax")).write(
        tmp_path / "nolegs.h5"
    )
    two = {leg: fly32.legs[leg] for leg in ("LF", "RF")}
    other = replace(poses, skeleton=replace(fly32, legs=two))
    gait.fit_model([other], SETTINGS, 0.2, 0).write(tmp_path / "two.h5")
    before = sorted(tmp_path.iterdir())
    out = str(tmp_path / "o" / "out.h5")
    for args, message in (
        ([str(tmp_path / "norate.h5"), "-o", out], "unknown frame rate"),
        ([str(tmp_path / "nolegs.h5"), "-o", out], "no legs"),
        ([str(tmp_path / "absent.h5"), "-o", out], "no such file"),
        ([str(tmp_path / "two.h5"), "-o", out], "expected format leap-poses"),
        ([str(poses_file), "-o", out, "--model", str(tmp_path / "two.h5")], "gait model has 2"),
        ([str(poses_file), "-o", str(poses_file)], "would replace its own input"),
    ):
        assert cli.main(["gait", *args]) == 2
        error = capsys.readouterr().err
        assert message in error and error.startswith("error: ") and error.count("\n") == 1
        assert sorted(tmp_path.iterdir()) == before


def names_in(folder):
    """Everything below a folder, with what the files hold."""
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


@pytest.fixture
def refused(poses_file, tmp_path, capsys):
    """Runs a command that must fail in one line and leave the folder as it was."""

    def run(message, *args, poses=poses_file):
        before = names_in(tmp_path)
        assert cli.main(["gait", str(poses), *map(str, args)]) == 2
        error = capsys.readouterr().err
        assert message in error and error.startswith("error: ") and error.count("\n") == 1
        assert names_in(tmp_path) == before

    return run


def test_the_command_refuses_targets_that_cannot_be_written(refused, tmp_path):
    (tmp_path / "g" / "x.phases.parquet").mkdir(parents=True)
    (tmp_path / "h" / "x.bouts.csv").mkdir(parents=True)
    (tmp_path / "m" / "x.model.h5").mkdir(parents=True)
    (tmp_path / "file").write_text("x")
    refused("is a folder", "-o", tmp_path / "g")
    refused("is a folder", "-o", ".")
    refused("x.phases.parquet: is a folder", "-o", tmp_path / "g" / "x.h5")
    refused("x.bouts.csv: is a folder", "-o", tmp_path / "h" / "x.h5", "--csv")
    refused("x.model.h5: is a folder", "-o", tmp_path / "m" / "x.h5")
    refused("cannot be written", "-o", tmp_path / "file" / "x.h5")
    refused("cannot be written", "-o", "/proc/x/x.h5")


def test_the_command_never_writes_over_what_it_reads(refused, poses_file, tmp_path, fly32, root):
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.h5").symlink_to(poses_file)
    fly = tmp_path / "fly.yaml"
    fly.write_text((root / "config/skeletons/fly32.yaml").read_text())
    settings = tmp_path / "c.yaml"
    settings.write_text(f"dataset: x\nskeleton: {fly}\nvideos: [{{id: fly, path: a.mp4}}]\n")
    model = tmp_path / "fly.model.h5"
    gait.fit_model([Poses.read(poses_file)], SETTINGS, 0.2, 0).write(model)
    message = "would replace its own input"
    refused(message, "-o", tmp_path / "sub" / ".." / "poses.h5")
    refused(message, "-o", tmp_path / "link.h5")
    refused(message, "-o", poses_file, poses=tmp_path / "link.h5")
    refused(message, "-o", settings, "--config", settings)
    refused(message, "-o", fly, "--config", settings)
    refused(message, "-o", model, "--model", model)
    # a file beside the output counts as well: here the model that would be fitted
    refused(message, "-o", tmp_path / "fly.h5", poses=model)


def test_a_second_run_leaves_nothing_of_the_first(poses_file, tmp_path, capsys):
    out, other = tmp_path / "g" / "x.h5", tmp_path / "other.model.h5"
    command = ["gait", str(poses_file), "-o", str(out)]
    assert cli.main([*command, "--csv"]) == 0
    capsys.readouterr()
    model = out.with_name("x.model.h5")
    for name in ("x.notes.csv", "y.steps.csv"):
        out.with_name(name).write_text("mine")
    # the model of the first run as input of the second stays
    assert cli.main([*command, "--csv", "--model", str(model)]) == 0
    assert model.exists() and "removed" not in capsys.readouterr().out
    other.write_bytes(model.read_bytes())
    assert cli.main([*command, "--model", str(other)]) == 0
    shown = capsys.readouterr().out.splitlines()[-1]
    assert shown.startswith("removed") and "x.steps.csv" in shown and "x.model.h5" in shown
    tables = ["steps", "swings", "bouts", "strides", "phases", "tripods"]
    expected = {"x.h5", "x.notes.csv", "y.steps.csv", *(f"x.{name}.parquet" for name in tables)}
    assert {path.name for path in out.parent.iterdir()} == expected
    # a file of that name that is no gait model is not the command's
    model.write_bytes(poses_file.read_bytes())
    assert cli.main([*command, "--model", str(other)]) == 0
    assert model.read_bytes() == poses_file.read_bytes()


def test_the_command_takes_a_frame_rate_only_where_there_is_none(
    poses_file, tmp_path, capsys, refused
):
    poses = Poses.read(poses_file)
    bare = tmp_path / "bare.h5"
    replace(poses, fps=float("nan")).write(bare)
    refused("unknown frame rate; give --fps", "-o", tmp_path / "o.h5", poses=bare)
    for value in ("0", "-100", "nan", "inf"):
        refused("--fps: expected a number above 0", "-o", tmp_path / "o.h5", f"--fps={value}")
    assert cli.main(["gait", str(bare), "-o", str(tmp_path / "a.h5"), "--fps", "100"]) == 0
    assert cli.main(["gait", str(poses_file), "-o", str(tmp_path / "b.h5"), "--fps", "50"]) == 0
    assert "--fps is not used" in capsys.readouterr().err
    one, two = (Gait.read(tmp_path / name) for name in ("a.h5", "b.h5"))
    assert one.fps == two.fps == 100
    assert np.array_equal(one.posterior, two.posterior) and np.array_equal(one.swing, two.swing)
