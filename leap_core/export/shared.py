"""What several formats share: checks, certainty where none is known, folders of images."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np

from leap_core.containers import Behavior, Gait
from leap_core.errors import UserError
from leap_core.export.contents import COVERED, LabelImages, PoseSet


def check_plane(poses: PoseSet, path: Path, program: str) -> None:
    """UserError where positions have a third axis, which files of ``program`` cannot hold."""
    axes = poses.positions.shape[-1]
    if axes != 2:
        raise UserError(
            f"{path}: {program} holds x and y, these poses have {axes} axes; choose csv or parquet"
        )


def scores(poses: PoseSet) -> tuple[np.ndarray, list[str]]:
    """(frame, animal, part) confidence from 0 to 1, and a line where it was not known.

    What is not there has 0.  What is there without a known confidence has 1, as everywhere in the
    pipeline: programs leave out parts of low or empty confidence.
    """
    there = np.isfinite(poses.positions).all(axis=-1)
    known = np.isfinite(poses.confidence)
    filled = np.where(known, np.clip(poses.confidence, 0, 1), 1.0)
    unknown = int((there & ~known).sum())
    told = [f"{unknown} parts have no known confidence: they are written as certain (1)"]
    return np.where(there, filled, 0.0), told if unknown else []


def of_units(poses: PoseSet, program: str) -> list[str]:
    """A line where coordinates are no pixels of the video, which the file does not tell."""
    if poses.reference == "video":
        return []
    return [
        f"coordinates are {poses.reference} ({poses.units}), which {program} does not say: its "
        "readers take them for pixels of the video"
    ]


def covered(labels: LabelImages) -> int:
    """How many parts are placed but covered."""
    return sum(int((image.visible == COVERED).sum()) for image in labels.images)


def check_some(labels: LabelImages, path: Path) -> None:
    """UserError where there is nothing to write."""
    if not labels.images:
        raise UserError(f"{path}: there are no labels to write; label some frames first")


def image_names(labels: LabelImages, *, stems: bool = False) -> list[tuple[str, str]]:
    """Folder and file of each image, as ``("film", "img0000003.png")``; no two are alike.

    The folder is the film's id; where images are crops, the recording of their animal.

    Args:
        stems: take the name of the film's file without ending, where no two films share it.
    """
    films = {image.video for image in labels.images if image.video is not None}
    single = len({film.stem for film in films}) == len(films)
    folders: dict[str, str] = {}  # what stands for a film -> its folder
    names: list[tuple[str, str]] = []
    for image in labels.images:
        key = image.name
        if labels.reference != "video" and image.animals:
            key = image.animals[0]
        elif stems and single and image.video is not None:
            key = image.video.stem
        # neither hidden nor the folder above
        plain = re.sub(r"[^\w.-]+|^\.+", "_", key) or "film"
        taken = [folder for other, folder in folders.items() if other != key]
        number = next(k for k in range(len(taken) + 1) if _numbered(plain, k) not in taken)
        folder = folders.setdefault(key, _numbered(plain, number))
        file = f"img{image.frame:07d}"
        number = next(
            k for k in range(len(names) + 1) if (folder, _numbered(file, k) + ".png") not in names
        )
        names.append((folder, _numbered(file, number) + ".png"))
    return names


def _numbered(name: str, number: int) -> str:
    return f"{name}_{number}" if number else name


def write_png(path: Path, image: np.ndarray) -> None:
    """An image (y, x) or (y, x, RGB) uint8 as a file, in a folder that is made where needed."""
    colours = np.ndim(image) == 3 and np.shape(image)[2] == 3
    pixels = np.ascontiguousarray(image[..., ::-1] if colours else image)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


def of_one_recording(behavior: Behavior | None, gait: Gait | None, path: Path) -> Behavior | Gait:
    """The one that is there, the behavior of both.

    Raises:
        UserError: they are of two recordings, or there is neither.
    """
    first = behavior if behavior is not None else gait
    if first is None:
        raise UserError(f"{path}: neither gait nor behavior; name a file of one of them")
    if behavior is not None and gait is not None and behavior.recording != gait.recording:
        raise UserError(
            f"{path}: behavior is of {behavior.recording!r}, gait of {gait.recording!r}; name two "
            "files of one recording"
        )
    return first
