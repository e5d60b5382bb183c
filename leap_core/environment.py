"""What other work leaves in the environment, put right before matplotlib and Keras read it.

A notebook sets MPLBACKEND for all programs started from it; other projects choose Keras' backend,
axes and precision by variables or by ``~/.keras/keras.json``.  None of this may change or stop
what is computed and drawn here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# read by Keras when it is imported
_KERAS = {"KERAS_BACKEND": "tensorflow"}
_NOT_KERAS = (
    "TF_USE_LEGACY_KERAS",
    "KERAS_MAX_EPOCHS",
    "KERAS_MAX_STEPS_PER_EPOCH",
    "KERAS_NNX_ENABLED",
)


def apply() -> None:
    """Set the environment of a process that is ours alone: the ``leap`` command, or a job.

    Figures are drawn without a window system, Keras reads no ``keras.json``, and HDF5 locks no
    file: results are written under another name and then put in place, and some network disks
    have no locks.
    """
    os.environ["MPLBACKEND"] = "agg"
    os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
    os.environ["KERAS_HOME"] = os.devnull  # a folder that holds no file
    for_networks()


def for_networks() -> None:
    """Set what our networks need of Keras, unless it is imported already.

    A process of a user's own keeps its ``keras.json``; networks are built under settings of their
    own (:func:`leap_core.pose.runtime.own_settings`).
    """
    if "keras" in sys.modules:
        return
    os.environ.update(_KERAS)
    for name in _NOT_KERAS:
        os.environ.pop(name, None)


def gpus(devices: str | Path = "/dev", visible: str | None = None) -> int:
    """How many NVIDIA GPUs a process of this machine may use, told without loading TensorFlow.

    Args:
        devices: the folder in which the driver puts one file for each; where it does not (Windows'
            Linux), its program ``nvidia-smi`` is asked.
        visible: as in CUDA_VISIBLE_DEVICES, whose value is taken when None: numbers or names, of
            which those after the first -1 are hidden.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES") if visible is None else visible
    files = [p for p in Path(devices).glob("nvidia*") if re.fullmatch(r"nvidia\d+", p.name)]
    there = len(files) or _listed()
    if visible is None:
        return there
    named = [name.strip() for name in visible.split(",")]
    named = named[: named.index("-1")] if "-1" in named else named
    # a GPU may be divided into several, which have names; of unseen ones the variable knows best
    unknown = [name for name in named if name and not (name.isdecimal() and there)]
    return len(unknown) + sum(int(name) < there for name in named if name.isdecimal() and there)


def _listed() -> int:
    """GPUs that the driver's program lists, 0 without it."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return 0
    try:
        told = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return len(re.findall(r"^GPU \d+:", told.stdout, re.MULTILINE))
