"""Which video a SLEAP project means, and the labeled images out of it.

A project names its videos by the paths of the machine where it was made, and newer ones store
their size and number of frames.  A file that lies beside the project is taken for the video only
where its name, size and length agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.formats import footage
from leap_core.formats.raw_labels import find_beside, read_image
from leap_core.io import pixels, video
from leap_core.io.pixels import Depth, Picture

# Readers count the frames of files without an index by their duration: one or two differ
COUNT_TOLERANCE = 2
PACKAGE = "or export a package with images (.pkg.slp) from SLEAP"


def names(videos: Iterable[Any]) -> dict[int, str]:
    """``id`` of a video -> a name that no other of these videos has.

    Its file's name without ending, with folders in front where two would be equal, and the corner
    for crops.
    """
    parts, ends = {}, {}
    for source in videos:
        inner = source.source_video
        shown = inner if inner is not None and not isinstance(inner.filename, list) else source
        name = shown.filename[0] if isinstance(shown.filename, list) else shown.filename
        *folders, file = [p for p in str(name).replace("\\", "/").split("/") if p] or [""]
        parts[id(source)] = [*folders, Path(file).stem]
        corner = rectangle(source)
        ends[id(source)] = f"@x{corner[0]}y{corner[1]}" if corner else ""
    found = {}
    for key, mine in parts.items():
        others = [p for k, p in parts.items() if k != key and ends[k] == ends[key] and p != mine]
        count = next(
            n
            for n in range(1, len(mine) + 1)
            if n == len(mine) or mine[-n:] not in [p[-n:] for p in others]
        )
        found[key] = "/".join(mine[-count:]) + ends[key]
    for name in {n for n in found.values() if list(found.values()).count(n) > 1}:
        for number, key in enumerate([k for k, n in found.items() if n == name], 1):
            found[key] = f"{name}#{number}"
    return found


def read(
    path: Path,
    wanted: Mapping[int, Sequence[int]],
    videos: dict[int, Any],
    every: Sequence[Any],
    depth: Depth,
) -> tuple[dict[int, dict[int, Picture]], list[str]]:
    """Pictures of the wanted frames, by ``id`` of the video and frame.

    Args:
        wanted: ``id`` of a video -> frames.
        videos: ``id`` -> video, of those that are wanted.
        every: all videos of the project.
        depth: how footage of more than 8 bits becomes grey levels.

    Returns:
        images (of videos that are here), and notes for the log.

    Raises:
        UserError: a file has another size or length than the video that was labeled, two videos
            would be one file, or a frame is missing.
    """
    notes: list[str] = []
    places = _places(path, videos.values(), every, notes)
    found = {}
    for key, frames in wanted.items():
        source, place = videos[key], places.get(key)
        rect = rectangle(source)
        if rect is not None:
            film = names([source])[key].rsplit("@", 1)[0]
            notes.append(
                f"{path}: labels of {film} lie on a crop of it; images and points count from the "
                f"crop's corner, x = {rect[0]}, y = {rect[1]} px of the film"
            )
        if isinstance(source.filename, list):
            files = {k: _image_file(path, str(source.filename[k])) for k in frames}
            if all(files.values()):
                found[key] = {k: read_image(f, f"{path} frame {k}") for k, f in files.items() if f}
        elif _held(path, source):
            source.open()
            found[key] = {k: pixels.luma(source[k], f"{path} frame {k}") for k in frames}
        elif place is not None and h5py.is_hdf5(place):
            found[key] = _from_hdf5(path, source, place, frames)
        elif place is not None:
            found[key] = _from_film(path, source, place, frames, notes, depth)
        if key in found:
            for index, image in found[key].items():
                _check_size(path, source, image.shape, f"frame {index}")
    absent = ", ".join(_named(videos[key]) for key in wanted if key not in found)
    if absent:
        what = "are left out" if found else "come without images"
        same = path.with_suffix(".mp4")
        hint = f" ({same.name} is: if it is that film, give it its name)" if same.is_file() else ""
        notes.append(
            f"WARNING: {path}: {absent} is not beside the project{hint}: its labels {what}; "
            f"put the video there under this name, {PACKAGE}"
        )
    return found, notes


def _named(source: Any) -> str:
    """The file that the project names, or the first image of several."""
    if isinstance(source.filename, list):
        return f"{source.filename[0]} (one of {len(source.filename)} images)"
    return str(source.filename)


def _held(path: Path, source: Any) -> bool:
    """Its images lie in the project itself."""
    return not isinstance(source.filename, list) and Path(source.filename) == path


def _image_file(path: Path, recorded: str) -> Path | None:
    """One of the images that are a video: where the project says, or in its folder beside it."""
    if Path(recorded).is_absolute() and Path(recorded).is_file():
        return Path(recorded)
    folders = [p for p in recorded.replace("\\", "/").split("/") if p not in ("", ".")]
    return find_beside(path, recorded, levels=0, least=min(2, len(folders)))


def _places(
    path: Path, wanted: Iterable[Any], every: Sequence[Any], notes: list[str]
) -> dict[int, Path]:
    """``id`` of a video -> the file beside the project."""
    recorded: dict[Path, dict[str, Any]] = {}
    places = {}
    for source in every:
        if isinstance(source.filename, list) or _held(path, source):
            continue
        name = str(source.filename).replace("\\", "/")
        place = find_beside(path, name, levels=0)
        if place is not None:
            places[id(source)] = place
            recorded.setdefault(place.resolve(), {}).setdefault(name, source)
    for source in wanted:
        place = places.get(id(source))
        rivals = list(recorded[place.resolve()]) if place else []
        if len(rivals) > 1:
            raise UserError(
                f"{path}: {rivals[0]} and {rivals[1]} are two videos of the project, but only "
                f"{place} is here; keep each in its own folder beside the project ("
                f"{'/'.join(rivals[0].split('/')[-2:])}), {PACKAGE}"
            )
    # old projects store neither size nor length, and were published with their video renamed
    if not places and len(every) == 1 and not _stored(every[0]):
        same, source = path.with_suffix(".mp4"), every[0]
        if same.is_file() and not isinstance(source.filename, list) and not _held(path, source):
            notes.append(
                f"WARNING: {path}: {source.filename} is not here; {same.name} is taken for it "
                f"because of its name; look whether the points lie on the animal, {PACKAGE}"
            )
            places[id(source)] = same
    return places


def _stored(source: Any) -> tuple[int, int, int] | None:
    """(frames, height, width) of the whole film as the project stores them."""
    meta = source.backend_metadata
    shape = meta.get("source_shape") or meta.get("shape")
    if shape is None or len(shape) < 3 or not all(n and n > 0 for n in shape[:3]):
        return None
    return int(shape[0]), int(shape[1]), int(shape[2])


def _check_size(path: Path, source: Any, shape: tuple[int, ...], what: str) -> None:
    """Images are of the size that the project stores."""
    meta = source.backend_metadata.get("shape")
    known = meta is not None and len(meta) > 2 and all(n and n > 0 for n in meta[1:3])
    if known and (shape[0], shape[1]) != (meta[1], meta[2]):
        raise UserError(
            f"{path}: {what} of {_named(source)} has {shape[1]} x {shape[0]} px, but was labeled "
            f"at {meta[2]} x {meta[1]} px; put the video there that was labeled, {PACKAGE}"
        )


def _check_film(path: Path, source: Any, place: Path, info: video.VideoInfo) -> None:
    stored = _stored(source)
    if stored is None:
        return
    frames, height, width = stored
    here = f"{path}: was labeled on a video of"
    remedy = f"put the video beside it that was labeled, {PACKAGE}"
    if (info.height, info.width) != (height, width):
        raise UserError(
            f"{here} {width} x {height} px, but {place} has {info.width} x {info.height}; {remedy}"
        )
    off = min(abs(frames - n) for n in footage.counts(info))
    if off > COUNT_TOLERANCE:
        raise UserError(f"{here} {frames} frames, but {place} has {len(info)}; {remedy}")


def _from_film(
    path: Path, source: Any, place: Path, frames: Sequence[int], notes: list[str], depth: Depth
) -> dict[int, Picture]:
    info = video.settle(video.probe(place), depth)
    _check_film(path, source, place, info)
    reason = footage.doubt(info)
    if reason:
        notes.append(
            f"WARNING: {path}: {place} {reason}: SLEAP may count its frames otherwise, so that "
            "points lie on the next images; look at them, or export a package with images "
            "(.pkg.slp) where it was labeled and name that"
        )
    wanted, found = set(frames), {}
    for index, image in video.read_frames(place, info):
        if index in wanted and image is not None:
            found[index] = Picture(_cut(image, source), 255)
        if index >= max(wanted):
            break
    missing = sorted(wanted - set(found))
    if missing:
        raise UserError(
            f"{path}: frame {missing[0]} is not in {place}, or cannot be decoded; put the video "
            f"beside it that was labeled, {PACKAGE}"
        )
    return found


def rectangle(source: Any) -> tuple[int, int, int, int] | None:
    """x1, y1, x2, y2 of the crop that was labeled, px of the film; None of a whole film."""
    return getattr(source, "crop_rect", None)  # sleap-io before 0.9 knows no crops


def _cut(image: np.ndarray, source: Any) -> np.ndarray:
    """The part of an image that was labeled; what lies outside has the crop's filling."""
    rect = rectangle(source)
    if rect is None:
        return image
    x1, y1, x2, y2 = rect
    out = np.full((y2 - y1, x2 - x1), np.ravel(source.crop_fill)[0], np.uint8)
    height, width = image.shape
    left, top, right, bottom = max(x1, 0), max(y1, 0), min(x2, width), min(y2, height)
    if left < right and top < bottom:
        out[top - y1 : bottom - y1, left - x1 : right - x1] = image[top:bottom, left:right]
    return out


def _from_hdf5(path: Path, source: Any, place: Path, frames: Sequence[int]) -> dict[int, Picture]:
    """Images of an HDF5 dataset that is the video, as of projects made from LEAP's."""
    import sleap_io  # slow to import, and only this format needs it

    meta = source.backend_metadata
    film = sleap_io.Video.from_filename(
        str(place),
        dataset=meta.get("dataset") or None,
        input_format=meta.get("input_format") or "channels_last",
    )
    stored, shape = _stored(source), film.shape
    if shape is None:
        raise UserError(f"{path}: {place} holds no images that SLEAP could read; {PACKAGE}")
    if stored and (shape[0], shape[1], shape[2]) != stored:
        raise UserError(
            f"{path}: was labeled on {stored[0]} images of {stored[2]} x {stored[1]} px, but "
            f"{place} has {shape[0]} of {shape[2]} x {shape[1]}; put the file there that was "
            f"labeled, {PACKAGE}"
        )
    far = max(frames)
    if far >= shape[0]:
        raise UserError(
            f"{path}: frame {far} is not in {place}, which has {shape[0]}; put the file there "
            f"that was labeled, {PACKAGE}"
        )
    return {k: pixels.luma(film[k], f"{place} image {k}") for k in frames}
