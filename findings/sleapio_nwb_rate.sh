#!/bin/bash
# sleap-io 0.9.5: predictions saved as NWB run on another clock than the one that was given: whole
# numbers of frames per second, and a rate given in Hz is taken for seconds per frame.
#
# Expected: write_nwb takes, for synchronizing the poses with other recordings, the times of the
# frames (`video_timestamps`) or the sampling rate (`video_sample_rate`, "15, in Hz" in its
# docstring). The times that a reader then computes, starting_time + frame / rate as NWB defines
# them, are those of the frames.
#
# Seen: the rate that it finds from the times is cut to a whole number. Of a camera with 29.97 Hz
# (30000/1001) it writes 29.0: after a hundred seconds the poses are 3.3 s late. A
# `video_sample_rate` is multiplied with the frame number: 15.0 Hz become one frame in 15 s, that is
# 1/15 Hz, which is cut to 0.0. (The 15 of the docstring, without a point, is refused for its type.)
#
# What the pipeline does: it writes NWB files itself (leap_core/export/nwb.py), the rate as it is.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet sleap-io==0.9.5 pynwb==4.2.0 ndx-pose==0.4.0 hdmf==6.2.0 numpy==2.4.6

cat > case.py <<'PYTHON'
import importlib.metadata
import sys

import numpy as np
import pynwb
import sleap_io
from sleap_io.io import nwb_predictions

print("sleap-io", importlib.metadata.version("sleap-io"))
FRAMES = 3000


def labels():
    skeleton = sleap_io.Skeleton(["head", "tail"], edges=[("head", "tail")], name="fly")
    video = sleap_io.Video("film.mp4", open_backend=False)
    track = sleap_io.Track("fly")
    frames = []
    for k in range(FRAMES):
        points = np.array([[k, 1.0, 0.9], [k, 5.0, 0.8]])
        one = sleap_io.PredictedInstance.from_numpy(points, skeleton, score=0.9, track=track)
        frames.append(sleap_io.LabeledFrame(video, k, [one]))
    return sleap_io.Labels(frames)


def written(**clock):
    """Rate and starting time of the series of the head."""
    nwb_predictions.write_nwb(labels(), "film.nwb", pose_estimation_metadata=clock)
    with pynwb.NWBHDF5IO("film.nwb", "r") as file:
        (module,) = (m for name, m in file.read().processing.items() if "SLEAP_VIDEO" in name)
        (estimation,) = module.data_interfaces.values()
        series = estimation["head"]
        return series.rate, series.starting_time, len(series.data)


fps = 30000 / 1001
rate, start, count = written(video_timestamps=np.arange(FRAMES) / fps)
print(f"times of {fps:.4f} Hz given; expected: rate {fps:.4f}")
print(f"seen: rate {rate}")
late = start + (count - 1) / rate - (FRAMES - 1) / fps
print(f"the last of {count} frames is told {late:.2f} s late")

hertz, _, _ = written(video_sample_rate=15.0)
print("video_sample_rate of 15.0 Hz given; expected: rate 15.0")
print(f"seen: rate {hertz}")

if not (rate == 29.0 and late > 3 and hertz == 0.0):
    print("CHANGED: rates are written otherwise now")
    sys.exit(1)
print("as described: 29.97 Hz become 29.0, and 15 Hz become 0.0")
PYTHON
env/bin/python -W ignore case.py
