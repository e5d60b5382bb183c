#!/bin/bash
# OpenCV 5.0.0 (opencv-python-headless 5.0.0.93): how finely warpAffine and remap place pixels
# depends on the type and the number of channels of the image.
#
# Expected: bilinear interpolation at the place that the matrix gives, for every image that the
# function takes; float64 no coarser than float32, and each channel of an image as if it stood
# alone. The page of the transformations (Geometric Image Transformations of module imgproc) says of
# all of them that a polynomial is evaluated at the floating-point place. It excludes two types, and
# lists a constant INTER_BITS without saying what it does.
#
# Seen: images of uint8, uint16 or float32 with 1, 3 or 4 channels are placed as they should be. All
# others (float64, int16, or 2, 5 or more channels, as a stack of confidence maps) are placed in
# steps of 1/32 px: moved by 0.01 px they come back as they were, moved by 0.02 px they move by
# 0.031. OpenCV 4.10 takes these steps with all of them, so that an update changes some images only.
#
# What the pipeline does: images are turned and cut one by one, as single channels of uint8 or
# float32 (leap_core/geometry.py, leap_core/pose/), and the lock holds 5.0.0.93.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > case.py <<'PYTHON'
import sys

import cv2
import numpy as np

print("OpenCV", cv2.__version__)
SHIFTS = (0.01, 0.02, 0.1, 0.4)
KINDS = ("uint8", "uint16", "float32", "int16", "float64")
CHANNELS = (1, 2, 3, 4, 5, 32)
EXACT = {(kind, channels) for kind in ("uint8", "uint16", "float32") for channels in (1, 3, 4)}


def moved(call, kind, channels):
    """By how much an edge from 0 to 250 moves, for each of SHIFTS; uint8 tells it to 0.002."""
    edge = np.zeros((8, 64, channels), kind)
    edge[:, 32:] = 250
    found = []
    for shift in SHIFTS:
        if call == "warpAffine":
            matrix = np.array([[1, 0, shift], [0, 1, 0]])
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            out = cv2.warpAffine(edge, matrix, (64, 8), flags=flags)
        else:
            x, y = np.meshgrid(np.arange(64) + shift, np.arange(8))
            out = cv2.remap(edge, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
        found.append(round(float(out.reshape(8, 64, channels)[4, 31, -1]) / 250, 3))
    return found


print("expected:                 ", list(SHIFTS))
exact = set()
for call in ("warpAffine", "remap"):
    for kind in KINDS:
        for channels in CHANNELS:
            found = moved(call, kind, channels)
            if np.allclose(found, SHIFTS, atol=0.004):
                exact.add((call, kind, channels))
            if channels < 3 or kind == "float32":
                print(f"{call:10s} {kind:7s} x {channels:2d}:  {found}")
named = {(call, *each) for call in ("warpAffine", "remap") for each in EXACT}
if exact != (named if cv2.__version__ >= "5" else set()):
    print("CHANGED: not those images that were named are placed exactly:", sorted(exact ^ named))
    sys.exit(1)
print(f"as described: {len(exact)} of {2 * len(KINDS) * len(CHANNELS)} calls place pixels exactly")
PYTHON
for version in 4.10.0.84 5.0.0.93; do
    python3 -m venv "env$version"
    "env$version/bin/pip" install --quiet "opencv-python-headless==$version" "numpy>=2,<2.5"
    "env$version/bin/python" case.py
done
