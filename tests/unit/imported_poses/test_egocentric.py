"""Points of a moving animal become those of its own body."""

import h5py
import numpy as np
from fixtures.tracks import COMPASS, MOUSE, PARTS, dlc_table, fails, take, walk
from hypothesis import given, settings
from hypothesis import strategies as st

from leap_core import imported_poses, skeleton
from leap_core.timeseries import bridged

# Turning


def test_moving_animal_becomes_its_own_body(tmp_path):
    """Rotation by complex numbers, written by pandas, read and turned back."""
    points, center, heading, body = walk()
    dlc_table(points).to_csv(tmp_path / "a.csv")
    found = take(tmp_path / "a.csv", "dlc")
    np.testing.assert_allclose(found.positions, body + 50, atol=1e-3)  # middle of 101 px
    np.testing.assert_allclose(found.center, center, atol=1e-3)
    off = np.angle(np.exp(1j * (found.heading - heading)))
    np.testing.assert_allclose(off, 0, atol=1e-5)
    assert found.valid.all() and found.tracked
    assert (found.confidence == 1).all()


@settings(deadline=None)
@given(st.floats(-np.pi, np.pi), st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_place_and_direction_of_the_camera_do_not_matter(angle, x, y):
    points, _, _, _ = walk(frames=12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    seen = np.ones(points.shape[:2], bool)
    first, _, heading = imported_poses.align(points, seen, MOUSE, 5, 192)
    second, _, other = imported_poses.align(points @ turn.T + [x, y], seen, MOUSE, 5, 192)
    np.testing.assert_allclose(
        second, first, atol=1e-4
    )  # directions snap to 90 degrees within 1e-6
    np.testing.assert_allclose(np.exp(1j * other), np.exp(1j * (heading + angle)), atol=1e-9)


def test_short_gaps_of_the_axis_are_bridged_and_long_ones_invalid(tmp_path):
    """A steady turn through the seam of angles at pi: the straight line in between is exact."""
    frames = 40
    heading = np.pi - 0.3 + 0.05 * np.arange(frames)
    points = (
        COMPASS[None]
        @ np.stack(
            [[np.cos(heading), np.sin(heading)], [-np.sin(heading), np.cos(heading)]]
        ).transpose(2, 0, 1)
        + 100
    )
    likelihood = np.ones((frames, 4))
    likelihood[3:8, 0] = 0.1  # 0.1 s: bridged
    likelihood[20:26, 3] = 0.1  # longer
    points[30] = np.nan
    dlc_table(points, likelihood).to_csv(tmp_path / "a.csv")
    found = take(tmp_path / "a.csv", "dlc")
    bad = np.isin(np.arange(frames), np.arange(20, 26))
    assert (found.valid == ~bad).all()
    off = np.angle(np.exp(1j * (found.heading - heading)))
    np.testing.assert_allclose(off[~bad], 0, atol=1e-6)
    assert np.isnan(found.heading[bad]).all() and np.isnan(found.positions[bad]).all()
    # the uncertain snout itself is kept with its confidence, the missing frame is missing
    np.testing.assert_allclose(found.positions[5, 0], COMPASS[0] - COMPASS[1] + 50, atol=1e-3)
    np.testing.assert_allclose(found.confidence[5], [0.1, 1, 1, 1], rtol=1e-6)
    assert np.isnan(found.positions[30]).all() and (found.confidence[30] == 0).all()


def test_bridge_holds_the_ends():
    nan = np.nan
    np.testing.assert_array_equal(bridged(np.array([nan, 1, nan, nan]), 2, ends=True), [1, 1, 1, 1])
    np.testing.assert_array_equal(
        bridged(np.array([nan, 1, nan, nan]), 1, ends=True), [1, 1, nan, nan]
    )
    assert np.isnan(bridged(np.full(3, nan), 9, ends=True)).all()


def test_head_and_tail_on_one_spot_tell_no_direction():
    points = np.repeat(COMPASS[None] + 9, 5, axis=0)
    points[2, 0] = points[2, 3]
    seen = np.ones((5, 4), bool)
    assert np.isnan(imported_poses.align(points, seen, MOUSE, 0, 11)[2]).tolist() == [0, 0, 1, 0, 0]
    assert (imported_poses.align(points, seen, MOUSE, 1, 11)[2] == 0).all()


def test_without_center_the_middle_of_the_axis_is_one():
    bare = skeleton.from_dict(
        {"name": "b", "parts": list(PARTS), "roles": {"axis": ["tail", "snout"]}}
    )
    found, center, _ = imported_poses.align(COMPASS[None] + 7.0, np.ones((1, 4), bool), bare, 0, 21)
    np.testing.assert_allclose(center, [[2, 7]])
    np.testing.assert_allclose(found[0], COMPASS + [5, 0] + 10)


def test_animal_kept_in_the_middle_has_no_path(tmp_path):
    """A predicted center trembles by 1 to 3 % of the body in a crop, and sometimes jumps."""
    points, center, _, _ = walk(frames=400)
    rng = np.random.default_rng(6)
    still = points - np.round(center)[:, None] + 200 + rng.normal(0, 1, points.shape)
    still[rng.permutation(400)[:8]] += 60  # blunders
    np.save(tmp_path / "a.npy", still)
    np.save(tmp_path / "b.npy", points)
    for name, moves in (("a.npy", False), ("b.npy", True)):
        found = take(tmp_path / name, "array")
        assert found.tracked == moves
        text = imported_poses.summary(found, 0.2)
        assert ("so there is no path" in text) != moves
        assert ("--egocentric" if moves else "--no-egocentric") in text
        assert f"`egocentric: {str(moves).lower()}`" in text
        # the range of the center, from the points as they were made
        spot = np.load(tmp_path / name)[:, 1]
        span = np.ptp(np.percentile(spot, [5, 95], axis=0), axis=0).max()
        assert f"ranges over {span:.1f} px, {'more' if moves else 'not more'} than" in text
        for said in (True, False):
            found = take(tmp_path / name, "array", egocentric=said)
            assert found.tracked != said
            assert "if wrong" not in imported_poses.summary(found, 0.2, said)


def test_real_crops_have_no_path(data, tmp_path, fly32):
    """The authors' labels of crops: the thorax lies within some pixels of one place."""
    with h5py.File(data / "fly_leap/fly_annotations_000-069.h5") as file:
        points = file["annotations"][()].reshape(-1, 32, 2)
    np.save(tmp_path / "a.npy", points)
    assert np.nanmax(np.ptp(points[:, fly32.index("thorax")], axis=0)) > 1
    assert not take(tmp_path / "a.npy", "array", fly32).tracked


def test_without_axis_there_is_no_path_to_ask_for(tmp_path):
    np.save(tmp_path / "a.npy", walk()[0])
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    assert not take(tmp_path / "a.npy", "array", plain, egocentric=True).tracked
    with fails("a.npy", "names no axis", "egocentric: false"):
        take(tmp_path / "a.npy", "array", plain, egocentric=False)
