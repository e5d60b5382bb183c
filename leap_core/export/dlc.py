"""DeepLabCut: predictions of a video as one table, labels as the folder ``labeled-data``.

Whole numbers are the middles of pixels, as its labeling window stores them: nothing is moved.  In
DeepLabCut's layout, tables are read by pandas, which takes a first row without any number for
names of the index and drops it.  So parts that are not there have likelihood 0, never an empty
cell, and images without a placed part have no row.
"""

from __future__ import annotations

import functools
import importlib.util
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leap_core.errors import UserError
from leap_core.export import shared
from leap_core.export.contents import HIDDEN, LabelImages, PoseSet
from leap_core.io.atomic import atomic_folder, atomic_path

if TYPE_CHECKING:
    import pandas as pd

PROGRAM = "DeepLabCut's table"
SCORER = "leap"
KEY = "df_with_missing"  # under which DeepLabCut keeps its tables in HDF5
HDF5 = (".h5", ".hdf5")


def write_poses(poses: PoseSet, path: Path, *, scorer: str = SCORER) -> list[str]:
    """A row a frame: x, y and likelihood of each part, with ``individuals`` for several animals.

    Args:
        path: ``.csv``, or ``.h5`` as DeepLabCut's own tools and Anipose want it, where PyTables is
            installed.
        scorer: stands in the first header.

    Raises:
        UserError: positions have a third axis, or ``.h5`` without PyTables.
    """
    shared.check_plane(poses, path, PROGRAM)
    in_hdf5 = path.suffix.lower() in HDF5
    if in_hdf5 and not _has_tables():
        raise UserError(
            f"{path}: DeepLabCut's HDF5 needs PyTables, which is not installed; write a .csv, or "
            "`pip install tables`"
        )
    score, notes = shared.scores(poses)
    there = np.isfinite(poses.positions).all(axis=-1, keepdims=True)
    values = np.concatenate([np.where(there, poses.positions, np.nan), score[..., None]], axis=-1)
    who = poses.animals if len(poses.animals) > 1 else ()
    columns = _columns(scorer, who, poses.skeleton.parts, ("x", "y", "likelihood"))
    table = _table(values.reshape(len(values), -1), columns)
    with atomic_path(path) as temporary:
        _save(table, temporary, in_hdf5)
    return [*notes, *shared.of_units(poses, "the table")]


def write_labels(labels: LabelImages, path: Path, *, scorer: str = SCORER) -> list[str]:
    """The folder ``labeled-data`` with a table and the images of each film.

    Folders are called as the files of the films, which is how DeepLabCut's ``video_sets`` find
    them.  Where an image shows two animals, all tables have ``individuals``, named as in
    DeepLabCut's own config: individual1, individual2, ... in the order of the recordings of a film.

    Args:
        path: a new folder, in which ``labeled-data`` appears.
        scorer: that of the project's ``config.yaml``: DeepLabCut looks for files of that name.

    Raises:
        UserError: no labels, a scorer that cannot stand in names of files, or something is at
            ``path`` already.
    """
    shared.check_some(labels, path)
    if not scorer or any(mark in scorer for mark in "/\\\0\n"):
        raise UserError(f"{path}: {scorer!r} cannot stand in names of files; name another scorer")
    names = shared.image_names(labels, stems=True)
    several = any(len(image.animals) > 1 for image in labels.images)
    with_hdf5 = _has_tables()
    empty = 0
    with atomic_folder(path) as folder:
        for place in dict.fromkeys(place for place, _ in names):
            rows = [k for k, (other, _) in enumerate(names) if other == place]
            who = sorted({a for k in rows for a in labels.images[k].animals}, key=_in_order)
            home = folder / "labeled-data" / place
            found, files = [], []
            for k in rows:
                image = labels.images[k]
                shared.write_png(home / names[k][1], image.read())
                points = np.full((len(who) if several else 1, len(labels.skeleton), 2), np.nan)
                for a, name in enumerate(image.animals):
                    hidden = (image.visible[a] == HIDDEN)[:, None]
                    row = who.index(name) if several else 0
                    points[row] = np.where(hidden, np.nan, image.positions[a])
                if np.isfinite(points).any():
                    found.append(points.ravel())
                    files.append(names[k][1])
                else:
                    empty += 1
            if not found:
                continue
            called = tuple(f"individual{a + 1}" for a in range(len(who))) if several else ()
            columns = _columns(scorer, called, labels.skeleton.parts, ("x", "y"))
            table = _table(np.array(found), columns, place, files)
            _save(table, home / f"CollectedData_{scorer}.csv", False)
            if with_hdf5:
                _save(table, home / f"CollectedData_{scorer}.h5", True)
    notes = []
    count = shared.covered(labels)
    if count:
        notes.append(f"{count} covered parts stand like visible ones: DeepLabCut knows no others")
    if empty:
        notes.append(f"{empty} images without a placed part have no row in the tables")
    if not with_hdf5:
        notes.append(
            "DeepLabCut reads .h5, not .csv, and its window writes over a .csv alone: first run "
            "deeplabcut.convertcsv2h5('config.yaml', userfeedback=False) in a project whose "
            f"scorer is {scorer!r}"
        )
    return notes


def _has_tables() -> bool:
    return importlib.util.find_spec("tables") is not None


def _in_order(recording: str) -> list[tuple[int, str]]:
    """Sorts animals of a film by their numbers: the first labeled frame may lack one."""
    return [(int(k or 0), word) for word, k in re.findall(r"(\D*)(\d*)", recording)]


def _columns(
    scorer: str, who: Sequence[str], parts: Sequence[str], coords: Sequence[str]
) -> pd.MultiIndex:
    import pandas as pd  # slow to import

    levels = [("scorer", [scorer]), ("individuals", who), ("bodyparts", parts), ("coords", coords)]
    used = [(name, values) for name, values in levels if values]
    return pd.MultiIndex.from_product([v for _, v in used], names=[name for name, _ in used])


def _table(
    values: np.ndarray, columns: pd.MultiIndex, place: str = "", files: Sequence[str] = ()
) -> pd.DataFrame:
    """Rows numbered by frame, or named by their images."""
    import pandas as pd

    index = (
        pd.MultiIndex.from_product([["labeled-data"], [place], files])
        if files
        else pd.RangeIndex(len(values))
    )
    return pd.DataFrame(values, columns=columns, index=index)


def _save(table: pd.DataFrame, path: Path, in_hdf5: bool) -> None:
    if not in_hdf5:
        table.to_csv(path, lineterminator="\n")
        return
    import pandas as pd

    with pd.HDFStore(path, mode="w") as store:
        # equal tables give equal bytes: pandas has no way to say that no dates are stored
        file = store._handle
        for name in ("create_array", "create_vlarray"):
            setattr(file, name, functools.partial(getattr(file, name), track_times=False))
        # the layout `table` keeps columns in an attribute that is too small for hundreds of them
        store.put(KEY, table, format="fixed")
