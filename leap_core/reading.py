"""Any HDF5 file of the pipeline as the container that it holds."""

from __future__ import annotations

from pathlib import Path

from leap_core.containers import KINDS
from leap_core.containers.base import Container
from leap_core.errors import UserError
from leap_core.io import hdf5


def read(path: str | Path) -> Container:
    """Read a whole file as the kind that its ``format`` names.

    Crops are read whole like all others, with every image of the recording; use
    :func:`leap_core.containers.open_crops` to read them in slices.

    Args:
        path: any HDF5 file that the pipeline writes (docs/formats.md lists them).

    Returns:
        One of the classes in :mod:`leap_core.containers`: ``Poses``, ``Gait``, ``Behavior``, ...

    Raises:
        UserError: no such file, no HDF5 file, one of another program or of no known kind, or
            damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file; name an HDF5 file of the pipeline")
    found = hdf5.kind(path)
    kinds = {kind.FORMAT: kind for kind in KINDS}
    if found not in kinds:
        raise UserError(
            f"{path}: format {found[:80]} is none that can be read ({', '.join(sorted(kinds))}); "
            "name a file of the pipeline"
        )
    return kinds[found].read(path)
