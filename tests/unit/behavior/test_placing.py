"""One recording more on a map that stays as it is."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.dancers import FPS, SMALL, dancer

from leap_core import behavior, cli, config
from leap_core.containers import Behavior, Poses

# One recording more


@pytest.fixture
def dataset(mapped, root, tmp_path):
    """A map on disk, poses of a third dancer, and the config of both."""
    poses, _ = dancer(mapped[0][0].skeleton, frames=700, seed=5)
    poses.write(tmp_path / "poses.h5")
    (tmp_path / "map").mkdir()
    mapped[3].write(tmp_path / "map" / "embedding.h5")
    mapped[5].write(tmp_path / "map" / "map.h5")
    lines = [
        "dataset: dancers",
        f"skeleton: {root / 'config/skeletons/fly32.yaml'}",
        "videos: [{id: dancer1, path: none.mp4}]",
        "behavior: {total: 300, sigma: 1.5, bins: 201}",
    ]
    (tmp_path / "config.yaml").write_text("\n".join(lines))
    return tmp_path


def add(folder, *changes):
    options = {
        "--map": folder / "map",
        "--config": folder / "config.yaml",
        "-o": folder / "out.h5",
    }
    options |= dict(zip(changes[::2], changes[1::2], strict=True))
    poses = options.pop("poses", folder / "poses.h5")
    return cli.main(["behavior", str(poses), *(str(v) for o in options.items() for v in o)])


def test_a_recording_is_added_without_changing_the_map(dataset, mapped, capsys):
    before = {path: path.read_bytes() for path in (dataset / "map").iterdir()}
    assert add(dataset) == 0
    assert {path: path.read_bytes() for path in (dataset / "map").iterdir()} == before
    text = capsys.readouterr().out
    found = Behavior.read(dataset / "out.h5")
    poses = Poses.read(dataset / "poses.h5")
    channels = behavior.pose_channels(poses, SMALL, config.PoseLimits().resolved(True).limit)
    same = behavior.assign(behavior.project(channels, mapped[3], SMALL), mapped[5])
    for name in ("z", "error", "far", "region", "frame"):
        assert np.array_equal(getattr(found, name), getattr(same, name)), name
    assert found.note == same.note and found.recording == "dancer5"
    assert "dancer5: 700 frames" in text
    assert f"in regions        {100 * (found.region > 0).mean():5.1f} %" in text
    top = np.bincount(found.region[found.region > 0]).argmax()
    assert f"region {top} " in text
    again = (dataset / "out.h5").read_bytes()
    assert add(dataset, "--map", dataset / "map" / "map.h5") == 0
    assert (dataset / "out.h5").read_bytes() == again


def test_what_cannot_be_added_is_said_in_one_line(dataset, mapped, fly32, capsys):
    def fails(*words, **changes):
        assert add(dataset, *(v for c in changes.items() for v in c)) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1 and all(word in lines[0] for word in words), lines

    slow, _ = dancer(fly32, frames=200, seed=9, fps=50.0)
    slow.write(dataset / "slow.h5")
    fails("dancer9", "1 to 25 Hz", "behavior.fmin", poses=dataset / "slow.h5")
    centered = replace(slow, fps=FPS, skeleton=replace(fly32, center="head"))
    centered.write(dataset / "centered.h5")
    fails("channel 'thorax x'", "behavior.center", poses=dataset / "centered.h5")
    fails("none.h5: no such file", poses=dataset / "none.h5")
    options = {"--map": dataset / "nothing"}
    fails("nothing/embedding.h5: no such file", "folder", **options)
    fails("would replace its own input", **{"-o": dataset / "map" / "map.h5"})
    text = (dataset / "config.yaml").read_text()
    (dataset / "config.yaml").write_text(text.replace("{total", "{omega0: 6, total"))
    fails("behavior.omega0 is 6, the map's is 5")
    (dataset / "config.yaml").write_text(text)
    replace(mapped[5], channels=["a x"]).write(dataset / "map" / "map.h5")
    fails("different channels or frequencies", "one dataset")
