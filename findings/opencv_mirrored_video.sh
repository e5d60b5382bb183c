#!/bin/bash
# OpenCV 5.0.0 (opencv-python-headless 5.0.0.93) and PyAV 18.1.0: the display matrix of a video that
# mirrors is read as a rotation, so that left and right of an animal swap places.
#
# Expected: with CAP_PROP_ORIENTATION_AUTO, which is on by default and documented to turn frames as
# the metadata of the file say, VideoCapture gives the frames that ffmpeg gives; and
# VideoFrame.rotation of PyAV, documented as the rotation in the display matrix, is 0 where the
# matrix only mirrors.
#
# Seen: a matrix that mirrors left to right is taken for a turn by 180 degrees by both: the frame of
# OpenCV is the wanted one on its head, mirrored top to bottom. One that mirrors top to bottom is
# ignored by both. Mere rotations are right. Nothing tells a reader of `rotation` or
# CAP_PROP_ORIENTATION_META that a mirror was left out.
#
# What the pipeline does: leap_core/io/ reads the matrix itself and shows frames as ffmpeg does.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet opencv-python-headless==5.0.0.93 av==18.1.0 imageio-ffmpeg==0.6.0 \
    numpy==2.4.6

cat > case.py <<'PYTHON'
import subprocess
import sys

import av
import cv2
import imageio_ffmpeg
import numpy as np

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
VERSION = imageio_ffmpeg.get_ffmpeg_version()
print("OpenCV", cv2.__version__, "PyAV", av.__version__, "ffmpeg", VERSION)


def write(path, degrees, flips):
    """Three frames whose quarters are A B above C D, by their grey levels."""
    image = np.kron(np.array([[220, 160], [100, 40]], np.uint8), np.ones((32, 48), np.uint8))
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "5"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.set_display_rotation(degrees, **flips)
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.dstack([image] * 3), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def letters(image):
    """The quarters of a frame, above and below."""
    height, width = image.shape
    rows = [[image[y * height // 4, x * width // 4] for x in (1, 3)] for y in (1, 3)]
    return " / ".join("".join("DCBA"[int(level) // 60] for level in row) for row in rows)


def by_ffmpeg(path):
    command = [FFMPEG, "-v", "error", "-i", path, "-frames:v", "1"]
    command += ["-f", "image2pipe", "-c:v", "png", "-"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)


differ = {}
for name, degrees, flips in (
    ("plain", 0, {}),
    ("turned by 90 degrees", 90, {}),
    ("turned by 180 degrees", 180, {}),
    ("mirrored left to right", 0, {"hflip": True}),
    ("mirrored top to bottom", 0, {"vflip": True}),
    ("turned by 90 and mirrored", 90, {"hflip": True}),
):
    write("video.mp4", degrees, flips)
    with av.open("video.mp4") as container:
        told = next(container.decode(video=0)).rotation
    capture = cv2.VideoCapture("video.mp4")
    auto = capture.get(cv2.CAP_PROP_ORIENTATION_AUTO)
    meta = capture.get(cv2.CAP_PROP_ORIENTATION_META)
    done, frame = capture.read()
    capture.release()
    assert done and auto == 1
    wanted, seen = letters(by_ffmpeg("video.mp4")), letters(frame[..., 0])
    differ[name] = wanted != seen
    print(f"{name:26s} expected (ffmpeg) {wanted}, OpenCV {seen}; "
          f"ORIENTATION_META {meta:.0f}, PyAV rotation {told}")
if [name for name, other in differ.items() if other] != [n for n in differ if "mirrored" in n]:
    print("CHANGED: OpenCV no longer differs from ffmpeg in mirrored videos, and in them only")
    sys.exit(1)
print("as described: mirrored videos are turned, or left as they are")
PYTHON
env/bin/python case.py
