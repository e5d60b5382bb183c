"""Cut egocentric images along a track: head to the right, body in the middle."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from leap_core import config, containers, geometry, threads
from leap_core.containers.video_crops import CutImages, source_of
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.io.pixels import Depth
from leap_core.preprocess import foreground

_BLOCK_FRAMES = 64


@dataclass(frozen=True)
class _Cut:
    """Where the crops of one animal lie in the frames of its video.

    Attributes:
        place: (frame, xy) px of the video; center: the same in the arena; heading: (frame,) rad.
        valid: (frame,) tracked; whether it can be decoded is not known.
        about: attributes of the file.
    """

    place: np.ndarray
    center: np.ndarray
    heading: np.ndarray
    valid: np.ndarray
    about: dict[str, Any]


@threads.limited()
def crop(
    path: str | Path,
    track: containers.Track,
    animal: int,
    settings: config.Crop,
    recording: str,
    out: str | Path,
    provenance: dict | None = None,
    masked_out: str | Path | None = None,
    *,
    bits: int | None = None,
    dataset: str | None = None,
    undecodable: Iterable[int] | None = None,
) -> None:
    """Write the crops of one animal: stream the video once, or store how its images are cut.

    The images are cut at the animal's place in the video; the centre that is written is its place
    in the arena, which differs from it where the camera follows the animal.

    A frame that is not tracked or not decoded becomes a black image with ``valid`` False and
    NaN transform.

    Args:
        animal: row of the track.
        recording: name stored in the file.
        out: crops file (:class:`leap_core.containers.Crops`); with ``background: remove`` its
            images are those without background, with ``store: false`` it holds none.
        masked_out: a second file, with the same images without their background
            (:mod:`foreground`).
        bits: depth of samples of more than 8 bits, where the config has it.
        dataset: which array of an HDF5 file is the video.
        undecodable: as for :func:`unstored`.

    Raises:
        UserError: unreadable video, an animal that the track has not, a track of another video,
            boxes of a precropped video that are smaller than the crop, or with ``crop.pad``
            larger, or a background to remove that the track does not know, or that cannot be
            removed as the images are not stored.
    """
    if not settings.store:
        if masked_out is not None or settings.background != "keep":
            raise UserError(
                f"{path}: its crops are not to be stored (`crop.store`), but those without "
                "background cannot be cut from the video alone; set `crop.background: keep`, or "
                "`crop.store: true`"
            )
        made = unstored(
            path, track, animal, settings, recording, out,
            bits=bits, dataset=dataset, undecodable=undecodable,
        )  # fmt: skip
        containers.write_cut(out, made, provenance)
        return
    info = video.settle(video.probe(path, dataset), Depth(bits))
    found = _cut(path, info, track, animal, settings, recording)
    floor = None
    if masked_out is not None or settings.background == "remove":
        floor = foreground.floor_of(track)
        if floor is None:
            raise UserError(
                f"{path}: recipe {track.recipe!r} does not know the background; set "
                "`crop.background: keep`, or track it again with another recipe"
            )
    size, valid, frames = settings.size, found.valid, len(info)
    empty = 0 if track.bright != settings.invert else 255
    with ExitStack() as stack:
        writers = [
            stack.enter_context(containers.create_crops(each, (size, size, 1), provenance))
            for each in (out, masked_out)
            if each is not None
        ]
        for writer in writers:
            writer.set(**found.about)
        blocks = np.zeros((len(writers), _BLOCK_FRAMES, size, size, 1), np.uint8)
        start = 0
        stream = video.read_frames(path, info)
        for k, image in tqdm(stream, total=frames, desc="crop", unit="frame", disable=None):
            valid[k] &= image is not None
            blocks[:, k - start] = 0
            if valid[k]:
                where = found.place[k], float(found.heading[k]), size
                cut = geometry.cut(255 - image if settings.invert else image, *where)
                blocks[:, k - start, ..., 0] = cut
                if floor is not None:
                    own = foreground.mask(image, floor, track, animal, k, size)
                    blocks[-1, k - start, geometry.cut(own, *where) < 128, 0] = empty
            if k + 1 - start == _BLOCK_FRAMES or k + 1 == frames:
                rows = slice(start, k + 1)
                for writer, block in zip(writers, blocks, strict=True):
                    writer.append(
                        block[: k + 1 - start],
                        np.arange(start, k + 1),
                        valid[rows],
                        np.where(valid[rows, None], found.center[rows], np.nan),
                        np.where(valid[rows], found.heading[rows], np.nan),
                    )
                start = k + 1


def unstored(
    path: str | Path,
    track: containers.Track,
    animal: int,
    settings: config.Crop,
    recording: str,
    out: str | Path,
    *,
    bits: int | None = None,
    dataset: str | None = None,
    undecodable: Iterable[int] | None = None,
) -> containers.CropReader:
    """The crops of one animal, cut out of the video when they are asked for; nothing is written.

    Arguments and errors are those of :func:`crop`.

    Args:
        out: where the crops file is to lie; it names them in messages.
        undecodable: frames that cannot be decoded, as the audit found them; None = the video is
            decoded once to find them.
    """
    info = video.settle(video.probe(path, dataset), Depth(bits))
    found = _cut(path, info, track, animal, settings, recording)
    if undecodable is None:
        stream = video.read_frames(path, info)
        bar = tqdm(stream, total=len(info), desc="decode", unit="frame", disable=None)
        undecodable = [k for k, image in bar if image is None]
    lost = np.fromiter(undecodable, np.int64)
    valid, camera = found.valid, track.camera is not None
    valid[lost] = False
    center = np.where(valid[:, None], found.center, np.float32(np.nan))
    place = np.where(valid[:, None], found.place, np.float32(np.nan)) if camera else center
    heading = np.where(valid, found.heading, np.float32(np.nan))
    how = {"size": settings.size, "invert": settings.invert, "pad": settings.pad}
    damaged = bool(np.setdiff1d(lost, info.dropped).size)
    source = source_of(path, info, out, sound=not damaged, **how)
    frame = np.arange(len(info))
    images = CutImages(out, Path(path), source, frame, valid, place, heading)
    return containers.CropReader(images, frame, valid, center, heading, **found.about)


def _cut(
    path: str | Path,
    info: video.VideoInfo,
    track: containers.Track,
    animal: int,
    settings: config.Crop,
    recording: str,
) -> _Cut:
    animals, frames = track.heading.shape
    if not 0 <= animal < animals:
        raise UserError(f"{path}: no animal {animal} in its track, which has {animals}")
    if frames != len(info):
        raise UserError(
            f"{path}: the video has {len(info)} frames, its track {frames}; track it again"
        )
    size = settings.size
    boxes = f"{path}: its boxes are {info.width}x{info.height} px"
    if track.recipe == "precropped" and settings.pad:
        if max(info.width, info.height) > size:
            raise UserError(f"{boxes}, too large to pad to crop.size {size}; raise crop.size")
    elif track.recipe == "precropped" and min(info.width, info.height) < size:
        raise UserError(
            f"{boxes}, smaller than crop.size {size}; lower crop.size, name another video, or set "
            "`crop.pad`"
        )
    place = track.centroid[animal].astype(np.float32)
    heading = track.heading[animal].astype(np.float32)
    return _Cut(
        place=place,
        center=place if track.camera is None else place + track.camera.astype(np.float32),
        heading=heading,
        valid=track.valid[animal] & np.isfinite(heading) & np.isfinite(place).all(-1),
        about={
            "recording": recording,
            "fps": track.fps,
            "px_per_mm": track.px_per_mm,
            "tracked": track.recipe != "precropped" and _travels(track, animal),
        },
    )


def _travels(track: containers.Track, animal: int) -> bool:
    """Whether the track can tell how fast the animal goes.

    Without a camera track, an animal that stays within about its own size all the time either
    stands still or is followed by the camera: its speed is then left to its feet.
    """
    if track.camera is not None:
        return True
    found = track.centroid[animal][track.valid[animal]]
    if not len(found):
        return False
    own = np.sqrt(np.nanmedian(track.area[animal]))
    return bool(np.linalg.norm(np.ptp(found, axis=0)) > own)
