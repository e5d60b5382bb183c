#!/bin/bash
# OpenCV 5.0.0 (opencv-python-headless 5.0.0.93; 4.10.0.84 does the same): a valid TIFF whose
# uncompressed tiles have fewer than 1,024 bytes is read from a file, and not from memory.
#
# Expected: imdecode is documented to read an image from a buffer as imread does from a file, with
# the same flags and the same result.
#
# Seen: imdecode returns None where tiles are of 16 x 16 or 16 x 32 pixels of one byte; the error
# stream says "Invalid tile byte count for tile 0. Expected 256, got 1024". Larger tiles, packed
# ones and strips are decoded alike. 16 x 16 is the smallest tile that TIFF 6.0 allows.
#
# What the pipeline does: pages of stacks are decoded from memory, so such a stack is refused, with
# the advice to save it in strips; it is never read wrongly.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet opencv-python-headless==5.0.0.93 tifffile==2026.3.3 numpy==2.4.6

cat > case.py <<'PYTHON'
import sys

import cv2
import numpy as np
import tifffile

print("OpenCV", cv2.__version__, "tifffile", tifffile.__version__)
image = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)


def same(seen):
    return "nothing" if seen is None else "the image" if (seen == image).all() else "another image"


differ = []
for tile, packed in (((16, 16), None), ((16, 32), None), ((32, 32), None), ((16, 16), "zlib"),
                     (None, None)):
    tifffile.imwrite("a.tif", image, tile=tile, compression=packed, photometric="minisblack")
    wanted = same(cv2.imread("a.tif", cv2.IMREAD_UNCHANGED))
    seen = same(cv2.imdecode(np.fromfile("a.tif", np.uint8), cv2.IMREAD_UNCHANGED))
    print(f"tiles {tile}, packed {packed}: expected (imread) {wanted}, imdecode {seen}")
    assert wanted == "the image"
    if seen != wanted:
        differ.append((tile, packed))
if differ != [((16, 16), None), ((16, 32), None)]:
    print("CHANGED: imdecode no longer fails on small uncompressed tiles, and on them only")
    sys.exit(1)
print("as described: tiles of fewer than 1,024 bytes are read from files only")
PYTHON
env/bin/python case.py 2> >(sort -u >&2)
