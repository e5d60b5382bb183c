"""Labeled images, as crops or as whole frames of their films, out of a file of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from leap_core import containers, geometry
from leap_core.containers import Labels, crops, tracks
from leap_core.errors import UserError
from leap_core.export.contents import COVERED, HIDDEN, SEEN, LabeledImage, LabelImages
from leap_core.export.origins import Film
from leap_core.io.pixels import Depth
from leap_core.io.seeking import Frames

LABELED = 1  # status in labels


def labels_of(
    path: Path,
    labels: Labels,
    films: Sequence[Film] = (),
    reference: str = "video",
    animals: Sequence[str] | None = None,
) -> tuple[LabelImages, list[str]]:
    """Labeled images in one frame of reference.

    ``egocentric``: the labeled crops, one animal in each.  ``video``: the whole frames that they
    were cut from, with all labeled animals of a frame in one image, which is read from the film
    when it is asked for.

    Args:
        path: where the labels were read from, for messages.
        films: of which labels may show crops (:func:`leap_core.export.origins.films_of_labels`).
        animals: sources of labels to export (recordings, label files); None = all.

    Returns:
        The images by film and frame, and what there is to tell, a line each.

    Raises:
        UserError: millimetres, a source that is not there, labels without images, no labeled
            image, or none that has a place in a film.
    """
    if reference not in ("video", "egocentric"):
        raise UserError(
            f"{path}: labels are pixels of images, not {reference}; export --reference "
            f"{reference.removesuffix(' mm')}"
        )
    visible = np.where(labels.status == LABELED, SEEN, HIDDEN)
    visible[~np.isfinite(labels.positions).all(-1)] = HIDDEN
    if labels.occluded is not None:
        visible[(visible == SEEN) & labels.occluded] = COVERED
    rows = np.arange(len(visible))
    if animals is not None:
        known = sorted(set(labels.source.tolist()))
        if unknown := [name for name in animals if name not in known]:
            raise UserError(
                f"{path}: holds no labels of {unknown[0]!r}; choose from {', '.join(known)}"
            )
        rows = np.flatnonzero(np.isin(labels.source, list(animals)))
    some = (visible[rows] != HIDDEN).any(1)
    notes = [f"{(~some).sum()} images without any label are left out"] if not some.all() else []
    rows = rows[some]
    if not len(rows):
        raise UserError(f"{path}: holds no labeled image; label some first")
    if (labels.split[rows] >= 0).any():
        notes.append("which images trained and tested the network is not kept")
    if not labels.images.size:
        raise UserError(
            f"{path}: holds labels without their images; put the images or the labeled video "
            "beside the source of these labels and import them again"
        )
    if reference == "video":
        images, told = _in_films(path, labels, visible, rows, films)
    else:
        images, told = _crops(labels, visible, rows)
    content = LabelImages(images, labels.skeleton, reference, labels.px_per_mm)
    return content, notes + told


def _crops(labels: Labels, visible: np.ndarray, rows: np.ndarray):
    """One image for each labeled crop."""
    notes = []
    height, width = labels.images.shape[1:3]
    numbers = {int(row): int(labels.frame[row]) for row in rows}
    seen = Counter((labels.source[row], number) for row, number in numbers.items())
    # several images of one number: counted anew, so that each has a name of its own
    for name in sorted({source for (source, _), count in seen.items() if count > 1}):
        mine = [row for row in numbers if labels.source[row] == name]
        numbers |= dict(zip(mine, range(len(mine)), strict=True))
        notes.append(f"{name}: several images of one number, so images are numbered anew from 0")
    images = [
        LabeledImage(
            read=partial(_image_of, labels.images, row),
            width=width,
            height=height,
            name=str(labels.source[row]).replace("/", "_"),
            frame=number,
            video=None,
            positions=_placed(labels.positions[row], visible[row])[None],
            visible=visible[row][None],
            animals=(str(labels.source[row]),),
        )
        for row, number in numbers.items()
    ]
    return tuple(sorted(images, key=lambda image: (image.name, image.frame))), notes


def _image_of(images: np.ndarray, row: int) -> np.ndarray:
    image = images[row]
    return image[..., 0] if image.shape[-1] == 1 else image


def _placed(positions: np.ndarray, visible: np.ndarray) -> np.ndarray:
    return np.where(visible[..., None] == HIDDEN, np.nan, positions)


@dataclass(frozen=True)
class _Animal:
    """One labeled animal in its film: recording, and its parts there, px."""

    recording: str
    positions: np.ndarray
    visible: np.ndarray


def _in_films(
    path: Path, labels: Labels, visible: np.ndarray, rows: np.ndarray, films: Sequence[Film]
):
    """One image for each frame of a film with a labeled animal."""
    lost: Counter[str] = Counter()
    images: list[LabeledImage] = []
    notes: list[str] = []
    reader = _Reader()
    place = {name: film for film in films for name in film.crops}
    for name in sorted({str(name) for name in labels.source[rows]} - set(place)):
        lost[name] = int((labels.source[rows] == name).sum())
    for film in sorted({film.name: film for film in place.values()}.values(), key=lambda f: f.name):
        found: dict[int, list[_Animal]] = {}
        for name in film.recordings or film.crops:
            mine = rows[labels.source[rows] == name]
            if not len(mine):
                continue
            if name not in film.crops or film.track is None or film.path is None:
                lost[name] = len(mine)
                continue
            for row, positions in _to_film(labels, mine, film.crops[name], film.track):
                animal = _Animal(name, _placed(positions, visible[row]), visible[row])
                found.setdefault(int(labels.frame[row]), []).append(animal)
            lost[name] += len(mine) - sum(a.recording == name for f in found.values() for a in f)
        if found:
            made, alone = _frames(film, found, reader)
            images += made
            if alone:
                notes.append(
                    f"{film.name}: {alone} of {len(made)} frames show another animal, which is "
                    "not labeled there"
                )
    lost = +lost
    if not images:
        raise UserError(
            f"{path}: its images ({', '.join(sorted(lost))}) are crops of no video that is at "
            "hand; name their dataset with --config, or export with --reference egocentric"
        )
    if lost:
        notes.append(
            f"{sum(lost.values())} labeled images have no known place in a video and are left out "
            f"({', '.join(sorted(lost))}); --reference egocentric exports them as crops"
        )
    return tuple(images), notes


def _to_film(labels: Labels, rows: np.ndarray, cut: Path, track_path: Path):
    """(row, positions in the film) of labels whose image is the crop of their frame.

    A label file may have the name and the frame numbers of a recording and show other images.
    """
    frames = labels.frame[rows]
    there = crops.rows(cut, frames)
    track = tracks.rows(track_path, frames)
    corner = np.zeros((len(rows), 2)) if track.camera is None else track.camera
    if there.side != labels.images.shape[1] or there.side != labels.images.shape[2]:
        return
    with containers.open_crops(cut) as reader:
        for k in np.flatnonzero(there.row >= 0):
            place = there.center[k] - corner[k]
            if not (np.abs(track.centroid[:, k] - place) < 1e-2).all(-1).any():
                raise UserError(f"{cut}: was cut along another track than {track_path}; cut again")
            if np.array_equal(labels.images[rows[k]], reader.images[there.row[k]]):
                turned = geometry.to_video(
                    labels.positions[rows[k]][None], place[None], there.heading[[k]], there.side
                )
                yield int(rows[k]), turned[0]


def _frames(film: Film, found: dict[int, list[_Animal]], reader: _Reader):
    """The labeled frames of one film, and how many of them show an animal without labels."""
    assert film.path is not None and film.track is not None
    numbers = sorted(found)
    track = tracks.rows(film.track, np.array(numbers))
    shown = track.valid.sum(0)
    unlabeled = sum(int(count) > len(found[k]) for k, count in zip(numbers, shown, strict=True))
    size = reader.size(film.path, film.bits)
    images = [
        LabeledImage(
            read=partial(reader.read, film.path, film.bits, number),
            width=size[0],
            height=size[1],
            name=film.name,
            frame=number,
            video=film.shown,
            positions=np.stack([animal.positions for animal in found[number]]),
            visible=np.stack([animal.visible for animal in found[number]]),
            animals=tuple(animal.recording for animal in found[number]),
        )
        for number in numbers
    ]
    return images, unlabeled


class _Reader:
    """Frames of films, of which one is open at a time."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._frames: Frames | None = None

    def _open(self, path: Path, bits: int | None) -> Frames:
        if self._frames is None or self._path != path:
            if self._frames is not None:
                self._frames.close()
            self._frames, self._path = Frames(path, Depth(bits)), path
        return self._frames

    def size(self, path: Path, bits: int | None) -> tuple[int, int]:
        """Width and height, px."""
        info = self._open(path, bits).info
        return info.width, info.height

    def read(self, path: Path, bits: int | None, number: int) -> np.ndarray:
        """One frame, (y, x) uint8; UserError where it cannot be decoded."""
        frames = self._open(path, bits)
        if number >= len(frames.info):
            raise UserError(f"{path}: has no frame {number}, which is labeled; name the right film")
        image = frames.read(number)
        if image is None:
            raise UserError(f"{path}: frame {number} cannot be decoded; remove its labels")
        return image
