"""Names and numbers that sections, rules and workflow share."""

from __future__ import annotations

from typing import Literal, get_args

# becomes part of file names; `$` alone would let a final line break through
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$(?!\n)"
# words of a person in one line, which figures show; `$` and the like would be formulas there
WORDS = r"^[^\s$\\{}]([^\t\n\r$\\{}]{0,38}[^\s$\\{}])?$(?!\n)"
# names of other result files
RESERVED = (
    *("map", "embedding", "model", "truth", "statistics", "example"),
    *("basis", "dynamics", "comparison"),
)
# suffixes of video streams as encoders put them out, without times
TIMELESS = set(".h264 .264 .avc .h265 .265 .hevc .mjpeg .mjpg .m1v .m2v .obu".split())
# of files of images, which have none either
STORED = set(".h5 .hdf5 .mat .npy .tif .tiff".split())
MASKED = "masked"  # name of the network that learns from crops without background
# added to the name of a run that learns from all labels: the same one without those held out
HELD_OUT_SUFFIX = "-held-out"
Network = Literal["leap_cnn", "hourglass", "stacked_hourglass", "unet"]
NETWORKS: tuple[Network, ...] = get_args(Network)
# of other programs, for results that leave
ExportFormat = Literal["slp", "analysis", "dlc", "coco", "nwb", "movement", "csv", "parquet"]
# what the sides of a network's images must be a multiple of, px: it halves them so often
MULTIPLE_OF = {"leap_cnn": 4, "hourglass": 16, "stacked_hourglass": 16, "unet": 16}
# sides of synthetic images, px, by animal and camera: the animals must fit, and a box must fit into
# its arena
IMAGE_SIDES = {
    ("fly", "arena"): (288, 4000),
    ("fly", "closed_loop"): (192, 1000),
    ("pair", "arena"): (640, 2000),
    ("mouse", "arena"): (400, 2000),
}
# how many animals a synthetic video shows
SHOWN = {"fly": 1, "pair": 2, "mouse": 1}

# keys of section `behavior` that `auto` stands for: see leap_core.behavior.choice
CHOSEN = (
    *("fmin", "fmax", "omega0", "per_recording", "total", "perplexity"),
    *("exaggeration", "sigma", "clip"),
)
