"""Arrays, configured recordings and the command that writes poses."""

import numpy as np
import pytest
from fixtures.tracks import PARTS, fails, take, walk

from leap_core import behavior, cli, config, skeleton
from leap_core.containers import Poses

# Arrays


def test_npz_joins_in_file_order_and_holds_single_frames(tmp_path):
    rng = np.random.default_rng(3)
    one, two, neck = rng.normal(size=(9, 2, 3)), rng.normal(size=(9, 1, 3)), rng.normal(size=3)
    two[4, 0, 1] = np.inf
    np.savez(tmp_path / "a.npz", z=one, a=two, neck=neck[None, None], fps=80, note=["x"])
    parts = skeleton.from_dict({"name": "p", "parts": list(PARTS)})
    found = take(tmp_path / "a.npz", "array", parts, fps=None)
    two[4] = np.nan
    whole = np.concatenate([one, two, np.tile(neck, (9, 1, 1))], axis=1)
    np.testing.assert_allclose(found.positions, whole, rtol=1e-6)
    assert found.fps == 80
    np.testing.assert_array_equal(found.confidence, np.isfinite(whole).all(axis=2))


@pytest.mark.parametrize(
    "arrays, words",
    [
        ({"a": np.zeros((5, 4, 2)), "b": np.zeros((6, 1, 2))}, "do not fit together"),
        ({"a": np.zeros((5, 3, 2)), "b": np.zeros((5, 1, 3))}, "do not fit together"),
        ({"a": np.zeros((5, 4, 4))}, "array 'a' has the shape"),
        ({"a": np.zeros((5, 8))}, "do not fit together"),
        ({"a": np.zeros((0, 4, 2))}, "no frames"),
        ({"a": np.zeros((5, 3, 2))}, "3 unnamed parts, skeleton mouse4 has 4"),
        ({"a": np.full((5, 4, 2), None)}, "not a readable"),
    ],
)
def test_bad_arrays_say_so(tmp_path, arrays, words):
    np.savez(tmp_path / "a.npz", **arrays)
    with fails("a.npz", words):
        take(tmp_path / "a.npz", "array")


def test_three_dimensions_stay_and_are_never_turned(tmp_path):
    points = np.random.default_rng(4).normal(size=(7, 4, 3))
    np.save(tmp_path / "a.npy", points)
    plain = skeleton.from_dict({"name": "p", "parts": list(PARTS), "roles": {"center": "tail"}})
    found = take(tmp_path / "a.npy", "array", plain, px_per_mm=1.0)
    np.testing.assert_allclose(found.positions, points, rtol=1e-6)
    assert found.heading is None and found.px_per_mm == 1
    with fails("a.npy", "three dimensions", "roles.axis"):
        take(tmp_path / "a.npy", "array")


def test_python_objects_are_not_read(tmp_path):
    what = {"trajectories": np.zeros((5, 1, 2)), "frames_per_second": 50}
    np.save(tmp_path / "trajectories.npy", what, allow_pickle=True)
    with fails("trajectories.npy", "Python objects", "idtracker.ai", "save arrays"):
        take(tmp_path / "trajectories.npy", "array")


def test_missing_rate_file_or_content(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((5, 4, 2)))
    with fails("a.npy", "frame rate", r"videos\[\].fps"):
        take(tmp_path / "a.npy", "array", fps=None)
    with fails("a.npy", "scale is inf px per mm"):
        take(tmp_path / "a.npy", "array", px_per_mm=float("inf"))
    with fails("b.npy", "no such file"):
        take(tmp_path / "b.npy", "array")
    (tmp_path / "c.csv").touch()
    with fails("c.csv", "0 bytes"):
        take(tmp_path / "c.csv", "dlc")
    for format in ("dlc", "sleap"):
        with fails("a.npy", "again"):
            take(tmp_path / "a.npy", format)


# Real recordings


@pytest.mark.parametrize("name", ["mouse_bsoid", "mouse_oft", "fly_grooming3d"])
def test_configured_recordings_feed_the_behavior_stage(name, data, root):
    dataset = config.read(root / f"config/{name}.yaml")
    parts = skeleton.read(root / dataset.skeleton)
    for film in dataset.videos:
        poses = take(data / film.path, film.poses, parts, fps=film.fps, size=192)
        assert poses.valid.mean() > 0.9
        found = behavior.pose_channels(poses, dataset.behavior, dataset.poses.min_confidence)
        assert found.usable.mean() > 0.9 and np.isfinite(found.x).all()
        assert dataset.behavior.fmax < film.fps / 2


def test_real_mouse_is_turned_as_its_file_says(data, root):
    """B-SOID's mouse, read by numpy alone: distances stay, the snout is ahead of the tail."""
    path = data / "behaviour/bsoid_mouse_clip1_dlc.csv"
    table = np.loadtxt(path, delimiter=",", skiprows=3)[:, 1:].reshape(-1, 6, 3)
    found = take(path, "dlc", skeleton.read(root / "config/skeletons/mouse_bsoid6.yaml"), fps=60)
    np.testing.assert_allclose(found.confidence, table[..., 2], rtol=1e-6)
    apart = np.linalg.norm(table[:, 1:5, :2] - table[:, 5:6, :2], axis=2)
    turned = np.linalg.norm(found.positions[:, 1:5] - found.positions[:, 5:6], axis=2)
    np.testing.assert_allclose(turned[found.valid], apart[found.valid], atol=0.01)
    sure = (table[:, [0, 5], 2] > 0.9).all(axis=1)
    ahead = found.positions[sure, 0] - found.positions[sure, 5]
    np.testing.assert_allclose(np.abs(np.arctan2(ahead[:, 1], ahead[:, 0])), 0, atol=1e-3)
    # seen from below, the left paws lie at larger y
    sides = np.nanmedian(found.positions[sure, 1:5, 1], axis=0)
    assert sides[1] > sides[0] and sides[3] > sides[2]
    assert found.tracked


def test_command_writes_poses(tmp_path, root, data, capsys):
    source = data / "behaviour/bsoid_mouse_clip1_dlc.csv"
    out = tmp_path / "mouse.h5"
    skeleton_path = root / "config/skeletons/mouse_bsoid6.yaml"
    command = ["import-poses", str(source), "--format", "dlc", "--skeleton", str(skeleton_path)]
    assert cli.main([*command, "--fps", "60", "-o", str(out)]) == 0
    assert "7200 frames, 120.0 s" in capsys.readouterr().out
    first = out.read_bytes()
    found = Poses.read(out)
    assert found.recording == "mouse" and found.positions.shape == (7200, 6, 2)
    assert cli.main([*command, "--fps", "60", "-o", str(out)]) == 0
    assert out.read_bytes() == first
    assert cli.main([*command, "-o", str(out)]) == 2
    told = capsys.readouterr().err
    assert "unknown frame rate" in told and "say it with --fps" in told and "config" not in told


@pytest.fixture
def command(tmp_path):
    """The start of a command that works, but for its output; and the folder's content."""
    (tmp_path / "s.yaml").write_text(
        f"name: mouse4\nparts: [{', '.join(PARTS)}]\nroles: {{center: earL, axis: [tail, snout]}}\n"
    )
    np.save(tmp_path / "a.npy", walk()[0])
    words = [str(tmp_path / "a.npy"), "--format", "array", "--skeleton", str(tmp_path / "s.yaml")]
    return ["import-poses", *words, "--fps", "50"]


def test_command_says_what_it_decided_and_obeys(command, tmp_path, capsys):
    out = tmp_path / "o.h5"
    for option, expected in (([], True), (["--egocentric"], False), (["--no-egocentric"], True)):
        assert cli.main([*command, *option, "-o", str(out)]) == 0
        assert Poses.read(out).tracked == expected
        assert ("or `egocentric: true`" in capsys.readouterr().out) == (not option)


def test_config_file_decides_too(tmp_path):
    text = "dataset: d\nskeleton: s.yaml\nvideos: [{id: m, path: a.csv, poses: dlc%s}]\n"
    for line, expected in (
        ("", None),
        (", egocentric: true", True),
        (", egocentric: false", False),
    ):
        (tmp_path / "c.yaml").write_text(text % line)
        assert config.read(tmp_path / "c.yaml").videos[0].egocentric is expected


@pytest.mark.parametrize("value", ["0", "-35", "nan", "inf"])
@pytest.mark.parametrize("option", ["--fps", "--px-per-mm"])
def test_command_wants_positive_numbers(command, tmp_path, capsys, option, value):
    before = sorted(tmp_path.iterdir())
    assert cli.main([*command, f"{option}={value}", "-o", str(tmp_path / "o.h5")]) == 2
    error = capsys.readouterr().err
    assert (
        error.startswith(f"error: {option}: expected a number above 0") and error.count("\n") == 1
    )
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["s.yaml", "a.npy", "x/../s.yaml"])
def test_command_does_not_write_over_its_inputs(command, tmp_path, capsys, name):
    (tmp_path / "x").mkdir()
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert cli.main([*command, "-o", str(tmp_path / name)]) == 2
    assert "would replace its own input" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
