"""What other work leaves in the environment, put right before matplotlib and Keras read it.

A notebook sets MPLBACKEND for all programs started from it; other projects choose Keras' backend,
axes and precision by variables or by ``~/.keras/keras.json``.  None of this may change or stop
what is computed and drawn here.
"""

from __future__ import annotations

import os
import sys

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

    Figures are drawn without a window system, and Keras reads no ``keras.json``.
    """
    os.environ["MPLBACKEND"] = "agg"
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
