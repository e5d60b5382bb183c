"""A disk that refuses to write: one line, no half file, and no crash of libhdf5."""

import errno
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

from leap_core.errors import UserError
from leap_core.io import atomic, full_disk, hdf5

LIMIT = 20_000  # bytes that a file may have in the child: the system refuses more (EFBIG)

EXPORT = """
from pathlib import Path
from leap_core.export import analysis, contents, dlc, movement, nwb, tables
from leap_core.skeleton import Skeleton
noise = np.random.default_rng(0).random((5000, 1, 1, 2))
poses = contents.PoseSet(noise, noise[..., 0], Skeleton(("head",)), ("fly",), fps=100.0)
"""

WRITERS = {
    "a.h5": """
with hdf5.create(path, "test/1") as file:
    hdf5.put(file, "noise", np.random.default_rng(0).random(100_000), ("x",), "")
""",
    "crops.h5": """
with containers.create_crops(path, (64, 64, 1)) as writer:
    for k in range(1000):
        assert k < 100, "the writer should have stopped long ago"
        image = np.random.default_rng(k).integers(0, 255, (1, 64, 64, 1), np.uint8)
        writer.append(image, [k], [True], [[0, 0]], [0])
""",
    "a.csv": 'atomic.write_csv(path, pd.DataFrame({"x": range(100_000)}))',
    "a.parquet": 'atomic.write_parquet(path, pd.DataFrame({"x": np.random.random(100_000)}))',
    "a.json": "atomic.write_json(path, list(range(100_000)))",
    "a.mp4": """
rng = np.random.default_rng(0)
video.write_video(path, (rng.integers(0, 255, (200, 200), np.uint8) for _ in range(30)), 25)
""",
    "a.png": """
figure = plt.figure()
figure.add_subplot().imshow(np.random.default_rng(0).random((400, 400)))
style.save(figure, path)
""",
    "a.nc": EXPORT + "movement.write_poses(poses, Path(path))",
    "a.nwb": EXPORT + "nwb.write_poses(poses, Path(path))",
    "long.csv": EXPORT + "tables.write_poses(poses, Path(path))",
    "long.parquet": EXPORT + "tables.write_poses(poses, Path(path))",
    "dlc.csv": EXPORT + "dlc.write_poses(poses, Path(path))",
    "analysis.h5": EXPORT + "analysis.write_poses(poses, Path(path))",
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_refused_write_is_one_line_and_no_file(name, tmp_path):
    program = f"""
import resource, sys
import numpy as np, pandas as pd, matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
from leap_core import containers
from leap_core.io import atomic, hdf5, video
from leap_core.errors import UserError
from leap_core.figures import style
path = sys.argv[1]
plt.figure().canvas.draw()  # fonts are cached in a file of their own
resource.setrlimit(resource.RLIMIT_FSIZE, ({LIMIT}, {LIMIT}))
try:
    exec({WRITERS[name]!r})
except UserError as error:
    print(error)
"""
    path = tmp_path / "out" / name
    result = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr[-2000:]
    expected = f"{path}: cannot be written (File too large); make room there and run again\n"
    assert result.stdout == expected
    assert list((tmp_path / "out").iterdir()) == []


def test_what_hdf5_writes_through_a_sink_it_reads_back(tmp_path):
    rng = np.random.default_rng(0)
    noise = rng.random((50, 40, 30)).astype(np.float32)
    for name in ("a.h5", "b.h5"):
        with full_disk.NewFile(tmp_path / name) as file:
            kept = file.create_dataset(
                "noise", (0, 40, 30), maxshape=(None, 40, 30), chunks=(1, 40, 30), track_times=False
            )
            for k in range(0, 50, 10):
                kept.resize(k + 10, axis=0)
                kept[k : k + 10] = noise[k : k + 10]
                np.testing.assert_array_equal(kept[: k + 10], noise[: k + 10])
            file.attrs["text"] = "x" * 5000
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    with h5py.File(tmp_path / "a.h5") as file:
        np.testing.assert_array_equal(file["noise"], noise)
        assert file.attrs["text"] == "x" * 5000


def test_other_errors_in_a_block_stay_what_they_are(tmp_path):
    with pytest.raises(KeyError):
        with hdf5.create(tmp_path / "a.h5", "test/1") as file:
            file["nothing there"]
    with pytest.raises(FileNotFoundError):
        with atomic.atomic_path(tmp_path / "a.csv"):
            open(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_found_below_other_errors():
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    try:
        try:
            raise full
        except OSError as error:
            raise RuntimeError("cannot save") from error
    except RuntimeError as error:
        assert full_disk.refusal(error) == "No space left on device"
    assert full_disk.refusal(FileNotFoundError(errno.ENOENT, "none")) is None
    assert full_disk.refusal(ValueError("No space left on device")) is None


def test_links_replace_what_was_there(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
        atomic.link(tmp_path / "new folder" / "link", tmp_path / name)
        assert (tmp_path / "new folder" / "link").read_text() == name
    assert [p.name for p in (tmp_path / "new folder").iterdir()] == ["link"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="cannot be written"):
        atomic.link(tmp_path / "file" / "link", tmp_path / "one")
