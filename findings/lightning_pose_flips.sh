#!/bin/bash
# Lightning Pose 2.4.3: the augmentations that its documentation calls flips are rotations.
#
# Expected: the page "Model config.yaml" says of `training.imgaug` that `dlc-lr` adds horizontal
# flips to `dlc`, and `dlc-top-down` vertical and horizontal flips.
#
# Seen: neither ever mirrors an image. `dlc-lr` turns half of the images by 180 degrees, and
# `dlc-top-down` turns them by 0, 90, 180 or 270 degrees. Turned is what keeps left and right parts
# apart; but who picks `dlc-lr` for an animal filmed from the side, to get it looking both ways, gets
# it upside down. Mirrored images are another key, `training.imgaug_hflip`.
#
# What the pipeline does: benchmarks/peers.py takes the recommended `dlc`, which has neither.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
# the module needs no more of its package than these two
env/bin/pip install --quiet imaug==0.4.3 omegaconf==2.3.1
env/bin/pip install --quiet --no-deps lightning-pose==2.4.3

cat > case.py <<'PYTHON'
import importlib.util
import sys
from importlib.metadata import distribution

import numpy as np

package = distribution("lightning-pose")
path = package.locate_file("lightning_pose/data/augmentations.py")
where = importlib.util.spec_from_file_location("augmentations", path)
module = importlib.util.module_from_spec(where)
where.loader.exec_module(module)
print("lightning-pose", package.version)

image = np.zeros((64, 64, 3), np.uint8)
image[4:12, 4:28] = 255  # a bar, upper left
shapes = {
    "as it was": image,
    "mirrored left to right": image[:, ::-1],
    "mirrored top to bottom": image[::-1],
    "turned by 90": np.rot90(image),
    "turned by 180": np.rot90(image, 2),
    "turned by 270": np.rot90(image, 3),
}
found = {}
for name in ("dlc-lr", "dlc-top-down"):
    # what it has besides `dlc`, which blurs and the like
    both = module.expand_imgaug_str_to_dict(name), module.expand_imgaug_str_to_dict("dlc")
    own = {key: value for key, value in both[0].items() if key not in both[1]}
    pipeline = module.imgaug_transform(own)
    pictures = [pipeline(image=image) for _ in range(400)]
    found[name] = {
        shape: sum(np.array_equal(seen, picture) for picture in pictures)
        for shape, seen in shapes.items()
    }
    print(f"{name}, of 400 images: {found[name]}")
wanted = {
    "dlc-lr": {"as it was", "turned by 180"},
    "dlc-top-down": {"as it was", "turned by 90", "turned by 180", "turned by 270"},
}
seen = {name: {shape for shape, count in of.items() if count} for name, of in found.items()}
if seen != wanted:
    print("CHANGED: they no longer turn images only")
    sys.exit(1)
print("as described: images are turned, never mirrored")
PYTHON
env/bin/python case.py
