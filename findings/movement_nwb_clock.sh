#!/bin/bash
# movement 0.17.0: from_nwb_file ignores when the samples of an NWB file were taken: every file
# begins at second 0, and gaps in its times are closed.
#
# Expected: NWB gives each series its times, as `timestamps` or as `starting_time` and `rate`, in
# seconds of one clock for all files of a session. The docstring of from_nwb_file says that it
# makes a data set of the pose tracks in the file, and shows how those of two animals are joined
# with xr.merge. So positions keep their times, and what to_nwb_file has written comes back.
#
# Seen: to_nwb_file writes the times rightly. from_nwb_file takes only the rate, or the median of
# the steps between the timestamps, and counts from 0. An animal that comes in after a second is
# laid on the first second of the other one; frames after a gap move ahead by the gap.
#
# What the pipeline does: its NWB files have one row a frame from the video's first one on, NaN
# where there is no animal (leap_core/export/nwb.py), which is read rightly.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for python in python3 python3.13 python3.12 none; do # movement needs 3.12 or newer
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2> /dev/null && break
done
"$python" -m venv env
env/bin/pip install --quiet movement==0.17.0 pynwb==4.2.0 ndx-pose==0.4.0 hdmf==6.2.0

cat > case.py <<'PYTHON'
import importlib.metadata
import sys

import numpy as np
import pynwb
import xarray as xr
from movement.io import load_poses, save_poses

print("movement", importlib.metadata.version("movement"))


def through_nwb(dataset, name):
    """The times in the file, and the data set that movement reads of it."""
    file = save_poses.to_nwb_file(dataset)
    with pynwb.NWBHDF5IO(name, "w") as writer:
        writer.write(file)
    with pynwb.NWBHDF5IO(name, "r") as reader:
        estimation = next(
            each
            for each in reader.read().processing["behavior"].data_interfaces.values()
            if each.neurodata_type == "PoseEstimation"
        )
        key, times = estimation.name, estimation["nose"].timestamps[:]
    return times, load_poses.from_nwb_file(name, pose_estimation_key=key)


walk = np.arange(200.0)[:, None, None, None].repeat(2, axis=1)  # at frame k the nose is at (k, k)
animals = {
    name: load_poses.from_numpy(
        walk, individual_names=[name], keypoint_names=["nose"], fps=50, source_software="none"
    )
    for name in ("first", "second")
}
_, first = through_nwb(animals["first"], "first.nwb")
times, second = through_nwb(animals["second"].isel(time=slice(50, None)), "second.nwb")
print("an animal that is there from 1.0 s on; expected: its first time is 1.0 s")
print(f"seen: in the file {times[0]}, read {float(second.time[0])}")
both = xr.merge([first, second], join="outer").sel(time=0.0)
seen = [float(both.position.sel(individual=n, space="x").item()) for n in ("first", "second")]
print(f"at 0.0 s the merged animals are at {seen}; expected: [0.0, nan]")

kept = np.r_[0:50, 100:200]
gap_times, gap = through_nwb(animals["first"].isel(time=kept), "gap.nwb")
print("frames 50 to 99 are not there; expected: the last time is 3.98 s")
print(f"seen: in the file {gap_times[-1]}, read {float(gap.time[-1])}")

written = np.isclose([times[0], gap_times[-1]], [1.0, 3.98]).all()
ignored = np.allclose([second.time[0], gap.time[-1]], [0.0, 2.98]) and seen == [0.0, 50.0]
if not (written and ignored):
    print("CHANGED: times are written or read otherwise now")
    sys.exit(1)
print("as described: the file has the times, and reading it starts at 0 without gaps")
PYTHON
env/bin/python -W ignore case.py 2> errors || { cat errors; exit 1; }
