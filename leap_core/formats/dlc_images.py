"""The images that a table of DeepLabCut's labels names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leap_core.errors import UserError
from leap_core.formats.raw_labels import find_beside

FOLDER = "labeled-data"  # of a project, with one folder a video
TOLD = 3  # missing images that are named


def images_of(
    path: Path, names: Sequence[str], rows: Sequence[int]
) -> tuple[dict[int, Path], list[str]]:
    """Row -> its image, and what to say of those that are missing.

    An image is known by its folder (the video) and its name.  The name alone counts where the
    table names no folders, or where it was moved out of its project with the images beside it
    and no two of them have one name.
    """
    split = [
        [p for p in name.replace("\\", "/").split("/") if p not in ("", ".")] for name in names
    ]
    several = len({tuple(p[-1:]) for p in split}) < len({tuple(p[-2:]) for p in split})
    moved = path.absolute().parent.parent.name != FOLDER and not several
    found, beside, missing = {}, [], []
    for row in rows:
        parts = split[row] or [""]
        place = find_beside(path, "/".join(parts), least=min(2, len(parts)))
        alone = path.parent / parts[-1]
        own = len(parts) < 2 or parts[-2] in (path.absolute().parent.name, FOLDER)
        if place is None and (own or moved) and alone.is_file():
            place = alone
            beside += [] if own else [parts[-2]]
        if place is None:
            missing.append(row)
        else:
            found[row] = place
    if rows and not found:
        raise UserError(
            f"{path} row {rows[0]}: image {'/'.join(split[rows[0]][-3:])} is missing, and so are "
            "those of all other rows; keep the images beside the labels, in the folders that the "
            "table names"
        )
    notes = []
    if beside:
        notes.append(
            f"{path}: images are taken from {path.parent.name}, the table names the folder "
            f"{', '.join(dict.fromkeys(beside))}; look whether they belong to it"
        )
    if missing:
        some = ", ".join("/".join(split[row][-2:]) for row in missing[:TOLD])
        notes.append(
            f"WARNING: {path}: {len(missing)} of {len(rows)} rows are left out, because their "
            f"images are missing: {some}{', ...' if len(missing) > TOLD else ''}; put them into "
            "the folders that the table names"
        )
    return found, notes
