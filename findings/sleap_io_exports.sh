#!/bin/bash
# sleap-io 0.9.5: tables for DeepLabCut are written with empty likelihoods, and covered points are
# written to COCO as not labeled.
#
# Expected: save_csv documents `include_score` (default True) as the confidence of the points in the
# output, and `format="dlc"` has a column `likelihood` for it. save_coco documents the default
# `visibility_encoding="ternary"` as 0 = not labeled, 1 = labeled but not visible, 2 = visible.
#
# Seen: every cell of `likelihood` is empty, though the file of the same predictions in the format
# "sleap" has their scores; movement, among others, refuses such a table. A point that has a place
# and is not visible becomes 0, 0, 0 in COCO: its place is lost, and no 1 is ever written.
#
# What the pipeline does: it writes both formats itself (leap_core/export/dlc.py, coco.py), and
# reads tables with empty likelihoods with a note.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet sleap-io==0.9.5 numpy==2.4.6 pandas==3.1.1

cat > case.py <<'PYTHON'
import json
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import sleap_io

print("sleap-io", version("sleap-io"))
bones = sleap_io.Skeleton(["head", "tail"])
film = sleap_io.Video("film.mp4", open_backend=False, backend_metadata={"shape": [2, 48, 64, 1]})
track = sleap_io.Track("a")


def save(kind, function, name, **options):
    frames = [sleap_io.LabeledFrame(video=film, frame_idx=k, instances=[kind]) for k in (0, 1)]
    labels = sleap_io.Labels(frames, videos=[film], skeletons=[bones], tracks=[track])
    function(labels, name, **options)


scores = [0.9, 0.7]
places = np.array([[10.0, 20.0], [30.0, 40.0]])
guess = sleap_io.PredictedInstance.from_numpy(
    places, skeleton=bones, point_scores=np.array(scores), score=0.8, track=track
)
save(guess, sleap_io.save_csv, "sleap.csv", format="sleap", include_score=True)
save(guess, sleap_io.save_csv, "dlc.csv", format="dlc", include_score=True)
flat = pd.read_csv("sleap.csv")
print("scores in the format sleap:", [float(flat[f"{part}.score"][0]) for part in bones.node_names])
table = pd.read_csv("dlc.csv", header=None, dtype=str, keep_default_na=False)
rated = table.iloc[-1][(table == "likelihood").any()].tolist()
print(f"likelihoods in the format dlc: expected {scores}, seen {rated}")

person = sleap_io.Instance.from_numpy(places, skeleton=bones, track=track)
person.points["visible"][1] = False
save(person, sleap_io.save_coco, "coco.json")
seen = json.load(open("coco.json"))["annotations"][0]["keypoints"]
print(f"keypoints in COCO: expected [10, 20, 2, 30, 40, 1], seen {seen}")
if rated != ["", ""] or seen != [10, 20, 2, 0, 0, 0]:
    print("CHANGED: likelihoods, or covered points, are written otherwise")
    sys.exit(1)
print("as described: no likelihoods, and covered points without their place")
PYTHON
env/bin/python case.py
