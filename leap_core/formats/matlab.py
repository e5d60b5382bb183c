"""MATLAB files, v5 and v7.3, as far as several readers share them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from leap_core.formats.raw_labels import Head
from leap_core.io.untrusted import DAMAGE, reading, rehearse

_V5 = b"MATLAB 5.0 MAT-file"


def holds(head: Head, name: str) -> bool:
    """Whether a file is MATLAB's, of either version, with a variable of this name.

    Raises:
        UserError: it is damaged.
    """
    if not head.start.startswith(_V5):
        return name in head.keys
    import scipy.io
    from scipy.io.matlab import MatReadError

    remedy = "write it again, or copy it again"
    rehearse(head.path, "mat", remedy)
    with reading(head.path, "MATLAB file", remedy, (*DAMAGE, MatReadError, NameError)):
        return any(each == name for each, *_ in scipy.io.whosmat(head.path))


def load(path: Path, name: str, remedy: str) -> Any:
    """A variable of a file of version 5; structures have their fields as attributes.

    Raises:
        UserError: it is damaged, or the variable is not there.
    """
    import scipy.io
    from scipy.io.matlab import MatReadError

    rehearse(path, "mat", remedy)
    # scipy stumbles over names that it has not set yet when a length is wrong
    with reading(path, "MATLAB file", remedy, (*DAMAGE, MatReadError, NameError)):
        found = scipy.io.loadmat(
            path, variable_names=[name], squeeze_me=True, struct_as_record=False
        )
        return found[name]


def text(dataset: h5py.Dataset) -> str:
    """A text of a file of version 7.3: numbers of characters."""
    return "".join(chr(int(code)) for code in np.ravel(dataset[()].T) if code)
