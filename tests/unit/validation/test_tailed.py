"""What is measured of an animal with a tail: known errors come out as those errors."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures import mice

from leap_core import geometry, skeleton, validation
from leap_core.containers import Behavior, Poses, Track

FRAMES = 200


@pytest.fixture(scope="module")
def perfect(root):
    """What a pipeline without any error would have found of a mouse; gait is off."""
    mouse16 = skeleton.read(root / "config" / "skeletons" / "mouse16.yaml")
    truth = mice.live(1, mouse16, FRAMES)
    frame = np.arange(FRAMES)
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
            positions=geometry.to_crop(truth.positions, truth.centroid, truth.heading, 256),
            confidence=np.ones((FRAMES, 16)),
            frame=frame,
            valid=np.ones(FRAMES, bool),
            center=truth.centroid,
            heading=truth.heading,
            skeleton=mouse16,
            recording="a",
        ),
        None,
        Behavior(
            z=np.zeros((FRAMES, 2)),
            error=np.zeros(FRAMES),
            far=np.zeros(FRAMES, bool),
            region=truth.behavior + 1,
            frame=frame,
        ),
        256,
    )


def summary(recording):
    return validation.validate({"a": recording}, ["a"])[0]


def test_keys_of_gait_and_wings_have_nothing_to_compare(perfect):
    found = summary(perfect)
    assert all(entry["pass"] in (True, None) for entry in found.values())
    for key in ("stance_accuracy", "gait_accuracy", "left_right_wing_apart", "swaps_apart"):
        assert found[key]["pass"] is None
    assert found["tail_base_within_5px"]["value"] == 1 and found["tail_base_within_5px"]["pass"]
    assert found["behavior_own_region"]["pass"] and found["heading_flips"]["pass"]


def test_a_lost_base_and_a_frame_without_a_pose_count_as_not_found(perfect):
    base = perfect.poses.skeleton.index("tailbase")
    positions, valid = perfect.poses.positions.copy(), np.ones(FRAMES, bool)
    positions[:8, base] += (0.0, 6.0)
    positions[8:50, base] += (3.0, 0.0)
    positions[:, 0] += (9.0, 0.0)  # the snout is another part
    valid[-6:] = False
    poses = replace(perfect.poses, positions=positions, valid=valid)
    entry = summary(replace(perfect, poses=poses))["tail_base_within_5px"]
    assert entry["value"] == pytest.approx(1 - 14 / FRAMES)
    assert entry["target"] == 0.95 and entry["pass"] is False


def test_a_larger_picture_makes_no_error_larger(perfect):
    """px of the video count as those of a mouse of 96 px."""
    moved = replace(perfect.poses, positions=perfect.poses.positions + np.float32([3.0, 0.0]))
    near = summary(replace(perfect, poses=moved))["pose_median_px"]["value"]
    twice = replace(perfect.truth, px_per_mm=2.5)
    far = summary(replace(perfect, truth=twice, poses=moved))["pose_median_px"]["value"]
    assert near == pytest.approx(3, abs=1e-3) and far == pytest.approx(1.5, abs=1e-3)


def test_its_heading_may_be_three_degrees_off(perfect):
    for off, passes in ((2.5, True), (3.5, False)):
        turned = perfect.track.heading + np.float32(np.radians(off))
        entry = summary(replace(perfect, track=replace(perfect.track, heading=turned)))
        assert entry["heading_median_deg"]["value"] == pytest.approx(off, abs=0.01)
        assert entry["heading_median_deg"]["pass"] is passes
