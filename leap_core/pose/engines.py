"""What computes confidence maps: TensorFlow, or OpenVINO where there is no GPU."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_core.errors import UserError

NAMES = ("openvino", "tensorflow")
# what a driver of NVIDIA leaves on Linux, and on Linux within Windows
DRIVERS = ("/dev/nvidiactl", "/dev/dxg")


@dataclass(frozen=True)
class Engine:
    """A trained network that is ready to look at images.

    Attributes:
        name: program, version and precision, as the poses tell it.
        peaks: from images (frame, y, x, 1) float32 at the network's resolution to positions
            (frame, joint, xy), px of these images, and the peaks' heights (frame, joint).
        maps: from such images to the confidence maps (frame, map y, map x, joint) in which these
            peaks are, float32.
        workers: so many threads may call these functions at once, and should.
        batched: images are best given in batches of one size; else one by one is as good.
    """

    name: str
    peaks: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    maps: Callable[[np.ndarray], np.ndarray]
    workers: int = 1
    batched: bool = True


def choose(wanted: str) -> str:
    """The engine for ``prediction.engine``: for "auto" by rule, so that two runs choose the same.

    OpenVINO where it is installed and no GPU is there (docs/prediction.md has what it gains).

    Raises:
        UserError: "openvino" is wanted, and not installed.
    """
    installed = importlib.util.find_spec("openvino") is not None
    if wanted == "openvino" and not installed:
        raise UserError(
            "prediction.engine: openvino is not installed; `pip install openvino`, or set `auto`"
        )
    if wanted != "auto":
        return wanted
    return "openvino" if installed and not _has_gpu() else "tensorflow"


def _has_gpu() -> bool:
    """Whether TensorFlow could find a GPU; told without its import, which takes seconds."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return False
    return any(Path(path).exists() for path in DRIVERS)
