"""Known errors put into true containers come out as those errors."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fixtures.drawn import texts

from leap_core import containers, geometry, validation
from leap_core.containers import Behavior, Gait, Poses, Track, Truth
from leap_core.errors import UserError
from leap_core.figures import style
from leap_core.figures.quality import validation as figure
from leap_core.io import atomic

FRAMES, FPS = 1200, 100.0
BEHAVIORS = ["stand", "walk_slow", "walk_fast", "groom_wing_left", "groom_wing_right"]
GAITS = ["tripod", "tetrapod"]
CYCLE, SWING = 20, 6  # frames of a step, of its swing


@pytest.fixture(scope="module")
def truth(fly32):
    """Six bouts of 2 s; in walks each leg swings 6 of every 20 frames."""
    rng = np.random.default_rng(3)
    behavior = np.repeat([0, 1, 2, 3, 4, 2], FRAMES // 6)
    walking = np.isin(behavior, (1, 2))
    phase = (np.arange(FRAMES)[:, None] + 3 * np.arange(6)) % CYCLE
    centroid = rng.uniform(200, 400, (FRAMES, 2))
    return Truth(
        positions=centroid[:, None] + rng.uniform(-60, 60, (FRAMES, 32, 2)),
        centroid=centroid,
        heading=rng.uniform(-np.pi, np.pi, FRAMES),
        forward_velocity=np.where(walking, 12.0, 0.0),
        stance=~(walking[:, None] & (phase < SWING)),
        gait=np.where(walking, np.arange(FRAMES) // 50 % 2, -1),
        behavior=behavior,
        gaits=GAITS,
        behaviors=BEHAVIORS,
        legs=list(fly32.legs),
        skeleton=fly32,
        fps=FPS,
        px_per_mm=35.0,
    )


@pytest.fixture(scope="module")
def perfect(truth):
    """What a pipeline without any error would have found."""
    frame = np.arange(FRAMES)
    legs = (FRAMES, 6)
    return validation.Recording(
        truth,
        Track(
            centroid=truth.centroid[None],
            heading=truth.heading[None],
            valid=np.ones((1, FRAMES), bool),
            area=np.ones((1, FRAMES)),
            quality=np.ones((1, FRAMES)),
        ),
        Poses(
            positions=geometry.to_crop(truth.positions, truth.centroid, truth.heading, 192),
            confidence=np.ones((FRAMES, 32)),
            frame=frame,
            valid=np.ones(FRAMES, bool),
            center=truth.centroid,
            heading=truth.heading,
            skeleton=truth.skeleton,
            recording="a",
            calibration={"labels": 1},  # confidence is a probability
        ),
        Gait(
            tip_velocity=np.zeros(legs),
            swing=~truth.stance,
            valid=np.ones(legs, bool),
            forward_velocity=truth.forward_velocity,
            walking=truth.forward_velocity > 2,
            state=truth.gait,
            posterior=np.zeros((FRAMES, 2)),
            frame=frame,
            legs=list(truth.legs),
            states=GAITS,
            velocity_units="mm/s",
        ),
        Behavior(
            z=np.zeros((FRAMES, 2)),
            error=np.zeros(FRAMES),
            far=np.zeros(FRAMES, bool),
            region=truth.behavior + 1,
            frame=frame,
        ),
    )


def values(recording) -> dict[str, float]:
    summary, _ = validation.validate({"a": recording}, ["a"])
    return {key: entry["value"] for key, entry in summary.items()}


def test_no_error_meets_every_target(perfect):
    summary, table = validation.validate({"a": perfect}, ["a"])
    assert list(summary) == [key.name for key in validation.KEYS]
    assert all(entry["pass"] in (True, None) for entry in summary.values())
    assert [k for k, e in summary.items() if e["pass"] is None] == [
        key.name
        for key in validation.KEYS
        # one animal is never taken for another, and a fly has no tail
        # and no part is off
        if key.target is None or key.name.startswith(("swaps", "tail", "far"))
    ]
    found = {key: entry["value"] for key, entry in summary.items()}
    assert found["pose_median_px"] == pytest.approx(0, abs=1e-4)
    assert found["stance_accuracy"] == found["gait_accuracy"] == found["frames_with_pose"] == 1
    assert found["leg_frequency_error_hz"] == found["swing_duration_bias_frames"] == 0
    assert found["behavior_nmi"] == pytest.approx(1)
    assert set(table["recording"]) == {"a"} and set(table["labeled"]) == {"no"}


def test_shifted_parts_are_that_far_away(perfect, truth):
    shifted = perfect.poses.positions + np.float32([1.8, -2.4])  # 3 px
    found = values(replace(perfect, poses=replace(perfect.poses, positions=shifted)))
    assert found["pose_median_px"] == pytest.approx(3, abs=1e-3)
    assert (found["pose_within_5px"], found["pose_within_2_5px"]) == (1, 0)
    coarse = replace(truth, px_per_mm=17.5)  # the same error is twice as large at 35 px/mm
    found = values(replace(perfect, truth=coarse, poses=replace(perfect.poses, positions=shifted)))
    assert found["pose_median_px"] == pytest.approx(6, abs=1e-3)


def test_a_crop_that_is_cut_elsewhere_moves_no_part(perfect, truth):
    """The error is measured in the arena: another centre, heading and size of the crop are fine."""
    center, heading = truth.centroid + 7, truth.heading + 0.4
    positions = geometry.to_crop(truth.positions, center, heading, 160)
    poses = replace(perfect.poses, positions=positions, center=center, heading=heading)
    assert values(replace(perfect, poses=poses, size=160))["pose_median_px"] < 1e-3


def test_unsure_parts_count_and_invalid_frames_are_reported(perfect):
    positions, valid = perfect.poses.positions.copy(), np.arange(FRAMES) >= 120
    positions[:120] = np.nan
    positions[:, :8] += 100
    confidence = np.where(np.arange(32) < 8, 0, 1) * np.ones((FRAMES, 1))
    poses = replace(perfect.poses, positions=positions, valid=valid, confidence=confidence)
    found = values(replace(perfect, poses=poses))
    assert found["pose_within_5px"] == 0.75
    assert found["frames_with_pose"] == 0.9
    lost = replace(poses, valid=np.ones(FRAMES, bool))  # valid, yet nowhere
    assert values(replace(perfect, poses=lost))["pose_within_5px"] == pytest.approx(0.75 * 0.9)


def test_flipped_and_turned_headings(perfect):
    heading = perfect.track.heading + np.radians(1.5)
    heading[0, 100:117] += np.pi
    found = values(replace(perfect, track=replace(perfect.track, heading=heading)))
    assert found["heading_flips"] == 17
    assert found["heading_median_deg"] == pytest.approx(1.5, abs=1e-3)


def test_late_feet(perfect, truth):
    """Everything one frame late: each swing has one wrong frame at either end, same durations."""
    late = np.roll(perfect.gait.swing, 1, axis=0)
    found = values(replace(perfect, gait=replace(perfect.gait, swing=late)))
    assert found["stance_accuracy"] == pytest.approx(1 - 2 / CYCLE, abs=0.01)
    # of the 59 whole swings of the slow walk one began before it and keeps 3 of its 6 frames
    assert found["swing_duration_bias_frames"] == pytest.approx(-3 / 59)
    early = perfect.gait.swing | np.roll(perfect.gait.swing, -1, axis=0)  # lift off one too early
    found = values(replace(perfect, gait=replace(perfect.gait, swing=early)))
    assert found["swing_duration_bias_frames"] == pytest.approx(1, abs=0.05)
    assert found["stance_duration_bias_frames"] == pytest.approx(-1, abs=0.05)
    assert found["leg_frequency_error_hz"] == pytest.approx(0, abs=0.2)


def test_missed_steps_lower_the_frequency(perfect):
    """Half of the legs never lift: 5 steps per second become 2.5."""
    swing = perfect.gait.swing & (np.arange(6) < 3)
    found = values(replace(perfect, gait=replace(perfect.gait, swing=swing)))
    assert found["leg_frequency_error_hz"] == pytest.approx(2.5, abs=0.3)


def test_legs_do_not_cancel(perfect):
    """Half of the legs never lift, the others twice as often: 5 steps per second are wrong."""
    often = np.arange(FRAMES) % (CYCLE // 2) < 3
    swing = perfect.gait.walking[:, None] & (often[:, None] & (np.arange(6) < 3))
    found = values(replace(perfect, gait=replace(perfect.gait, swing=swing)))
    assert found["leg_frequency_error_hz"] == pytest.approx(5, abs=0.3)


def test_kinds_of_walk_do_not_cancel(perfect, truth):
    """Swings a frame too long in slow walks and a frame too short in as many fast ones."""
    behavior = np.repeat([0, 1, 0, 2, 0, 0], FRAMES // 6)
    walking = np.isin(behavior, (1, 2))
    phase = (np.arange(FRAMES) + 10) % CYCLE  # no swing touches the ends of a bout
    length = np.where(behavior == 1, SWING + 1, SWING - 1)
    legs = np.ones(6, bool)
    truth = replace(
        truth,
        behavior=behavior,
        forward_velocity=np.where(walking, 12.0, 0.0),
        stance=~((walking & (phase < SWING))[:, None] & legs),
    )
    swing = (walking & (phase < length))[:, None] & legs
    gait = replace(perfect.gait, swing=swing, forward_velocity=truth.forward_velocity)
    found = values(replace(perfect, truth=truth, gait=gait))
    assert abs(found["swing_duration_bias_frames"]) == pytest.approx(1)
    assert found["leg_frequency_error_hz"] == 0


def test_false_walking_is_seen(perfect, truth):
    """A tenth of the 600 frames of standing and grooming is called walking; turns are not still."""
    still = np.flatnonzero(truth.forward_velocity == 0)
    walking = perfect.gait.walking.copy()
    walking[still[::10]] = True
    wrong = replace(perfect.gait, walking=walking)
    summary, _ = validation.validate({"a": replace(perfect, gait=wrong)}, ["a"])
    assert summary["walking_false"]["value"] == pytest.approx(0.1)
    assert summary["walking_false"]["pass"] is False
    names = [n.replace("stand", "turn") for n in truth.behaviors]
    turning = replace(truth, behaviors=names)  # a third of the still frames were standing
    walking = perfect.gait.walking | (truth.behavior == 0)
    gait = replace(perfect.gait, walking=walking)
    assert values(replace(perfect, truth=turning, gait=gait))["walking_false"] == 0


def test_steps_in_turns_are_reported_on_their_own(perfect, truth):
    names = [n.replace("walk_slow", "turn") for n in truth.behaviors]
    swing = perfect.gait.swing.copy()
    swing[truth.behavior == 1, :2] ^= True
    gait = replace(perfect.gait, swing=swing)
    found = values(replace(perfect, truth=replace(truth, behaviors=names), gait=gait))
    assert found["stance_accuracy_turn"] == pytest.approx(4 / 6)
    assert found["stance_accuracy"] == 1
    assert np.isnan(values(perfect)["stance_accuracy_turn"])


def test_missing_leg_tips_and_modes_are_wrong(perfect):
    valid = np.ones((FRAMES, 6), bool)
    valid[:, 0] = False
    state = perfect.gait.state.copy()
    walking = np.flatnonzero(state >= 0)
    state[walking[: len(walking) // 4]] = -1
    found = values(replace(perfect, gait=replace(perfect.gait, valid=valid, state=state)))
    assert found["stance_accuracy"] == pytest.approx(5 / 6)
    assert found["gait_accuracy"] == found["gait_missing"] * 3 == 0.75


def test_modes_are_compared_by_name(perfect):
    swapped = replace(perfect.gait, state=np.where(perfect.gait.state < 0, -1, 0))
    swapped = replace(swapped, states=["tetrapod", "tripod"])
    assert values(replace(perfect, gait=swapped))["gait_accuracy"] == pytest.approx(0.5)


def test_speed_may_be_off_by_half_of_the_slowest_walk(perfect):
    off = replace(perfect.gait, forward_velocity=perfect.gait.forward_velocity + 4)
    recordings = {"a": replace(perfect, gait=off)}
    fly, mouse = (
        validation.validate(recordings, ["a"], slowest)[0]["speed_error_mm_s"]
        for slowest in (2.0, 20.0)
    )
    assert fly["value"] == mouse["value"] == pytest.approx(4)
    assert (fly["pass"], mouse["pass"]) == (False, True)


def test_a_missing_speed_is_a_failure_and_no_walking_is_nothing_to_compare(perfect, truth):
    lost = replace(perfect.gait, forward_velocity=np.full(FRAMES, np.nan))
    summary, _ = validation.validate({"a": replace(perfect, gait=lost)}, ["a"])
    assert summary["speed_error_mm_s"]["pass"] is False
    still = replace(truth, behavior=np.zeros(FRAMES), forward_velocity=np.zeros(FRAMES))
    for recording in (replace(perfect, truth=still), replace(perfect, gait=None)):
        summary, _ = validation.validate({"a": recording}, ["a"])
        for key in ("speed_error_mm_s", "stance_accuracy", "leg_frequency_error_hz"):
            assert summary[key]["pass"] is None and np.isnan(summary[key]["value"])


def test_speed_in_pixels_is_turned_into_millimetres(perfect, truth):
    pixels = (truth.forward_velocity + 0.5) * 35
    gait = replace(perfect.gait, forward_velocity=pixels, velocity_units="px/s")
    assert values(replace(perfect, gait=gait))["speed_error_mm_s"] == pytest.approx(0.5, abs=1e-4)


def mapped(perfect, region):
    return replace(perfect, behavior=replace(perfect.behavior, region=region))


def test_renumbered_regions_agree_and_shuffled_ones_do_not(perfect, truth):
    other = np.array([4, 1, 5, 3, 2])[truth.behavior]
    found = values(mapped(perfect, other))
    assert found["behavior_nmi"] == pytest.approx(1)
    assert found["behavior_own_region"] == found["left_right_wing_apart"] == 1
    shuffled = np.random.default_rng(0).permutation(other)
    found = values(mapped(perfect, shuffled))
    assert found["behavior_nmi"] < 0.02
    assert found["left_right_wing_apart"] == 0


def test_between_regions_is_a_class_and_no_data_is_wrong(perfect, truth):
    region = truth.behavior.astype(int)  # standing lies between the regions
    assert values(mapped(perfect, region))["behavior_nmi"] == pytest.approx(1)
    assert values(mapped(perfect, region))["behavior_between"] == pytest.approx(1 / 6)
    region = truth.behavior + 1
    region[np.arange(FRAMES) % 100 != 0] = -1  # the rest of 1 % is all right
    summary, _ = validation.validate({"a": mapped(perfect, region)}, ["a"])
    assert summary["behavior_no_data"]["value"] == pytest.approx(0.99)
    for key in ("behavior_nmi", "behavior_no_data", "left_right_wing_apart"):
        assert summary[key]["pass"] is False
    table = validation.behaviors({"a": mapped(perfect, region)}, ["a"])
    assert table["recall"].tolist() == pytest.approx([0.01] * 5)
    assert table["share"].tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 3, 1 / 6, 1 / 6])
    counts = validation.make_panels({"a": mapped(perfect, region)}, ["a"])
    assert counts.no_data.tolist() == [198, 198, 396, 198, 198]
    lost = np.where(truth.behavior == 3, -1, truth.behavior + 1)  # one wing is nowhere
    assert values(mapped(perfect, lost))["left_right_wing_apart"] == 0
    assert values(mapped(perfect, lost))["behavior_own_region"] == 0.8
    nowhere = values(mapped(perfect, np.full(FRAMES, -1)))
    assert nowhere["behavior_nmi"] == 0 and nowhere["behavior_no_data"] == 1


def test_behaviors_table(perfect, truth):
    """Wings share region 1; three quarters of the fast walk lie in region 2, alone."""
    region = np.array([3, 4, 2, 1, 1])[truth.behavior]
    fast = np.flatnonzero(truth.behavior == 2)
    region[fast[: len(fast) // 4]] = 0
    recording = mapped(perfect, region)
    table = validation.behaviors({"a": recording}, ["a"]).set_index("behavior")
    assert table.loc["walk_fast", ["main_region", "recall", "precision"]].tolist() == [2, 0.75, 1]
    assert table.loc["groom_wing_left", "precision"] == 0.5
    assert table["own_region"].tolist() == ["yes", "yes", "yes", "no", "no"]  # shared: no one's
    assert table["share"].sum() == pytest.approx(1)
    assert values(recording)["left_right_wing_apart"] == 0
    counts = validation.make_panels({"a": recording}, ["a"]).region_counts
    assert counts[2].tolist() == [100, 0, 300, 0, 0]


def test_only_held_out_recordings_make_the_summary(perfect):
    bad = mapped(perfect, np.ones(FRAMES))
    recordings = {"good": perfect, "bad": bad}
    summary, table = validation.validate(recordings, ["good"])
    assert summary["behavior_nmi"]["value"] == pytest.approx(1)
    nmi = table[table["key"] == "behavior_nmi"].set_index("recording")
    assert nmi["labeled"].to_dict() == {"good": "no", "bad": "yes"}
    assert nmi.loc["bad", "value"] == pytest.approx(0)
    both, _ = validation.validate(recordings, ["good", "bad"])
    assert 0 < both["behavior_nmi"]["value"] < 1
    with pytest.raises(UserError, match="no recording 'ugly'"):
        validation.validate(recordings, ["ugly"])


def test_confidence_is_held_against_the_share_of_parts_that_are_near(perfect):
    """Half of one part is 9 px off, said with 0.5; a tenth of another, said with 0.7."""
    positions, sure = np.array(perfect.poses.positions), np.array(perfect.poses.confidence)
    positions[: FRAMES // 2, 3, 0] += 9
    positions[: FRAMES // 10, 5, 1] += 9
    sure[:, 3], sure[:, 5] = 0.5, 0.7
    found = values(
        replace(perfect, poses=replace(perfect.poses, positions=positions, confidence=sure))
    )
    assert found["confidence_error"] == pytest.approx(0.2 / 32, abs=1e-6)
    assert found["far_doubted"] == pytest.approx(0.5 / 0.6)
    assert found["near_doubted"] == pytest.approx(0.5 / 31.4)
    scores = replace(perfect.poses, positions=positions, confidence=sure, calibration={})
    assert np.isnan(values(replace(perfect, poses=scores))["confidence_error"])


def test_results_of_another_video_are_refused(perfect, truth):
    short = replace(
        truth,
        **{
            name: getattr(truth, name)[:-5]
            for name in (
                "positions", "centroid", "heading", "forward_velocity", "stance", "gait", "behavior"
            )
        },
    )  # fmt: skip
    with pytest.raises(UserError, match="the same video"):
        replace(perfect, truth=short)


def test_files_and_figure(perfect, tmp_path):
    """With and without anything to compare; the stored counts draw the same picture."""
    for held_out in (["a"], []):
        summary, _ = validation.validate({"a": perfect}, held_out)
        atomic.write_json(tmp_path / "v.json", summary)
        read = json.loads((tmp_path / "v.json").read_text())
        assert set(read["pose_median_px"]) >= {"value", "target", "pass", "units", "what"}
        assert (read["pose_median_px"]["pass"] is True) == bool(held_out)
        atomic.write_csv(tmp_path / "b.csv", validation.behaviors({"a": perfect}, held_out))
        counts = validation.make_panels({"a": perfect}, held_out)
        counts.write(tmp_path / "v.h5")
        stored = containers.Panels.read(tmp_path / "v.h5")
        np.testing.assert_array_equal(stored.region_counts, counts.region_counts)
        table = pd.read_csv(tmp_path / "b.csv")
        drawn = figure.draw(read, table, stored)
        style.save(drawn, tmp_path / "stored.png")
        style.save(figure.draw(read, table, counts), tmp_path / "counted.png")
        assert (tmp_path / "stored.png").read_bytes() == (tmp_path / "counted.png").read_bytes()
        said = texts(drawn)
        empty = [each for each in read.values() if (each["value"], each["pass"]) == (None, None)]
        names = {entry["what"].rstrip(".") for entry in read.values() if entry not in empty}
        assert names <= set(said) and (len(empty) == 6 or not held_out)
        assert f"{len(empty)} further measures have nothing to compare here" in said
        nothing = {f"no {what} to compare" for what in ("poses", "walking", "steps", "behavior")}
        assert len(nothing & set(said)) == (0 if held_out else 4)
        where = "never labeled: a" if held_out else "no unlabeled recording"
        met = sum(entry["pass"] is True for entry in read.values())
        judged = sum(entry["pass"] is not None for entry in read.values())
        assert f"{met} of {judged} targets met ({where})" in said
        assert said.count("met") == met and (met > 0) == bool(held_out)


def test_the_documentation_names_every_key(root):
    lines = (root / "docs" / "validation.md").read_text().splitlines()
    for key in validation.KEYS:
        row = next(line for line in lines if line.startswith(f"| `{key.name}` |"))
        target = row.split("|")[3].strip()
        sign = {"lower": "", "higher": "≥", "zero": "±"}[key.better]
        if key.target is None:
            assert target == "", key.name
            continue
        number = target.removeprefix(sign).strip().removesuffix(key.units).strip()
        assert target.startswith(sign) and float(number) == key.target, key.name


def test_each_animal_is_held_against_its_own_truth(perfect, truth):
    """Two animals that the track numbers the other way; one is not seen where they touch."""
    contact = np.zeros(FRAMES, bool)
    contact[300:360] = True
    apart = np.array([90.0, 0.0])
    first = replace(truth, contact=contact)
    second = replace(
        first,
        positions=truth.positions + apart,
        centroid=truth.centroid + apart,
        heading=truth.heading + 1,
    )
    track = replace(
        perfect.track,
        centroid=np.stack([second.centroid, first.centroid]),
        heading=np.stack([second.heading, first.heading]),
        valid=np.ones((2, FRAMES), bool),
        area=np.ones((2, FRAMES)),
        quality=np.ones((2, FRAMES)),
    )
    poses = [
        replace(
            perfect.poses,
            positions=geometry.to_crop(of.positions, of.centroid, of.heading, 192),
            center=of.centroid,
            heading=of.heading,
            valid=~contact if of is first else np.ones(FRAMES, bool),
            recording=name,
        )
        for name, of in (("v_animal0", second), ("v_animal1", first))
    ]
    recordings = validation.Recordings(
        [first, second], [track, track], poses, [], [perfect.behavior] * 2,
        {"v_animal0": ("v", 0), "v_animal1": ("v", 1)}, 192,
    )  # fmt: skip
    assert list(recordings) == ["v_animal0", "v_animal1"]
    summary, table = validation.validate(recordings, list(recordings))
    found = {key: entry["value"] for key, entry in summary.items()}
    assert found["pose_median_px"] < 1e-3 and found["heading_median_deg"] < 1e-3
    none = ("heading_flips", "swaps_apart", "swaps_contact_per_min")
    assert all(found[key] == 0 for key in none)
    assert found["frames_with_pose"] == 1 and found["contact_with_pose"] == 0.5
    assert summary["heading_median_deg"]["target"] == 3 and summary["behavior_nmi"]["pass"] is None
    assert summary["swaps_apart"]["pass"] and np.isnan(found["stance_accuracy"])
    # through the contact the names come out exchanged
    track.centroid[:, 360:] = track.centroid[::-1, 360:].copy()
    swapped = validation.Recordings(
        [first, second], [track, track], poses, [], [perfect.behavior] * 2,
        {"v_animal0": ("v", 0), "v_animal1": ("v", 1)}, 192,
    )  # fmt: skip
    summary, _ = validation.validate(swapped, list(swapped))
    assert summary["swaps_contact_per_min"]["value"] == pytest.approx(100)
    assert summary["swaps_contact_per_min"]["pass"] is False and summary["swaps_apart"]["pass"]
