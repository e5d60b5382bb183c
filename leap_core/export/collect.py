"""Poses of a film's animals in one frame of reference, out of the results' files.

Poses are kept in the pixels of crops.  The way back into the film is that of
:mod:`leap_core.geometry`, about the crop's centre in the arena, less the corner of the image there
where the camera moved.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leap_core import geometry
from leap_core.containers import Poses, Track, crops
from leap_core.errors import UserError
from leap_core.export.contents import REFERENCES, PoseSet
from leap_core.export.origins import Film
from leap_core.io import hdf5, video
from leap_core.provenance import hashes
from leap_core.timeseries import known_fps

SAME = 1e-2  # px: where the track has an animal and where its crop was cut
BLOCK = 1 << 14  # frames that are turned at a time
HUGE = 20_000_000  # frames: days at a thousand a second; a number beyond it is damage


def poses_of(
    paths: Sequence[Path], film: Film, reference: str = "video"
) -> tuple[PoseSet, list[str]]:
    """Poses of one film's animals.

    Args:
        paths: poses of one animal each, in the order of the result.
        film: that of all of them.
        reference: a key of ``REFERENCES``.

    Returns:
        Their poses, float32, and what there is to tell, a line each.

    Raises:
        UserError: poses that are not of one film, skeleton and frame rate, that have no place in
            the film, or no scale where millimetres are wanted.
    """
    found = [Poses.read(path) for path in paths]
    first = found[0]
    _check_alike(paths, found)
    in_film = reference.startswith("video")
    made = [_side_of(path, each, film) for path, each in zip(paths, found, strict=True)]
    if in_film:
        for path, each, (side, imported) in zip(paths, found, made, strict=True):
            _check_placed(path, each, side, imported)
    track = _track_of(paths[0], film, in_film and not made[0][1] and not film.still)
    shape_of_film = _shape_of(film, track)
    frames = max([int(each.frame[-1]) + 1 for each in found if len(each.frame)], default=0)
    if shape_of_film is not None:
        if frames > shape_of_film[0]:
            raise UserError(
                f"{paths[0]}: has frame {frames - 1}, but its film {film.name} has only "
                f"{shape_of_film[0]} frames; name the config of its dataset"
            )
        frames = shape_of_film[0]
    axes = first.positions.shape[2]
    shape = (frames, len(found), len(first.skeleton))
    positions = np.full((*shape, axes), np.nan, np.float32)
    confidence = np.full(shape, np.nan, np.float32)
    for animal, (path, each, (side, _)) in enumerate(zip(paths, found, made, strict=True)):
        _fill(positions[:, animal], path, each, track, side if in_film else None)
        values = np.where(each.valid[:, None], each.confidence, np.nan)
        there = np.isfinite(positions[each.frame, animal]).all(-1)
        confidence[each.frame, animal] = np.where(there, np.clip(values, 0, 1), np.nan)
    # a rate or scale of 0 would void times or positions without a word
    fps = first.fps if known_fps(first.fps) else float("nan")
    scale = first.px_per_mm if 0 < first.px_per_mm < np.inf else float("nan")
    if REFERENCES[reference] == "mm":
        if not np.isfinite(scale):
            raise UserError(
                f"{paths[0]}: its scale is not known; set `px_per_mm` of the video and make the "
                f"poses again, or export --reference {reference.removesuffix(' mm')}"
            )
        positions /= np.float32(scale)
    width = height = 0
    if in_film and shape_of_film is not None:
        _, width, height = shape_of_film
    elif not in_film:
        width = height = made[0][0] or 0
    content = PoseSet(
        positions=positions,
        confidence=confidence,
        skeleton=first.skeleton,
        animals=tuple(each.recording for each in found),
        reference=reference,
        fps=fps,
        px_per_mm=scale,
        video=film.shown,
        name=film.name,
        width=width,
        height=height,
    )
    return content, _told(content)


def _told(content: PoseSet) -> list[str]:
    lines = []
    there = np.isfinite(content.positions).any((2, 3))
    for name, here in zip(content.animals, there.T, strict=True):
        if not here.all():
            lines.append(f"{name}: not there in {(~here).sum()} of {len(here)} frames")
    return lines


def _check_alike(paths: Sequence[Path], found: Sequence[Poses]) -> None:
    first = found[0]
    names = [each.recording for each in found]
    for path, each in zip(paths, found, strict=True):
        # it becomes part of names of files
        if not each.recording or re.search(r"[/\\\x00-\x1f]", each.recording):
            raise UserError(
                f"{path}: its recording is called {each.recording[:80]!r}, which is no name; make "
                "the poses again"
            )
        if names.count(each.recording) > 1:
            raise UserError(
                f"{path}: recording {each.recording!r} is given twice; name each animal once"
            )
        for what, same in (
            ("skeleton", each.skeleton == first.skeleton),
            ("frame rate", np.array_equal(each.fps, first.fps, equal_nan=True)),
            ("scale", np.array_equal(each.px_per_mm, first.px_per_mm, equal_nan=True)),
            ("number of axes", each.positions.shape[2] == first.positions.shape[2]),
        ):
            if not same:
                raise UserError(
                    f"{path}: has another {what} than {paths[0]}; export them one by one"
                )
        frame = each.frame
        ordered = not len(frame) or (frame[0] >= 0 and (np.diff(frame) > 0).all())
        if not ordered or (len(frame) and frame[-1] > HUGE):
            raise UserError(f"{path}: its frames are not numbered upwards from 0; make it again")


def _side_of(path: Path, poses: Poses, film: Film) -> tuple[int | None, bool]:
    """Side of the crops, px (None = unknown), and whether the poses are of another program.

    Imported poses were turned about their centre part, so that it stands still in the middle.
    """
    cut = film.crops.get(poses.recording)
    if cut is not None:
        _check_made_from(path, cut)
        return crops.rows(cut, np.zeros(0, np.int64)).side, False
    if film.imported is not None:
        return film.side, film.imported
    origin = [poses.skeleton.index(part) for part in poses.skeleton.origin]
    if poses.center is None or not origin:
        return None, True
    middle = poses.positions[:, origin].mean(1)
    middle = middle[np.isfinite(middle).all(-1)]
    if len(middle):
        at = np.median(middle, axis=0)
        still = (np.abs(middle - at) < SAME).all(-1).mean()
        if still > 0.5 and np.ptp(at) < SAME:
            return round(2 * float(at[0]) + 1), True
    return None, False


def _check_made_from(path: Path, cut: Path) -> None:
    """Crops that were cut anew since, of another size maybe, are not those of the poses."""
    made_from = hdf5.provenance_of(path).get("inputs", {})
    known = [digest for name, digest in made_from.items() if Path(name).name == cut.name]
    if known and hashes.file_sha256(cut) not in known:
        raise UserError(
            f"{path}: was made from other crops than {cut} holds now; make the poses again"
        )


def _check_placed(path: Path, poses: Poses, side: int | None, imported: bool) -> None:
    """Poses that were imported from crops around an animal tell nothing of its place.

    Raises:
        UserError: these are such, or the size of their crops is not known.
    """
    if poses.center is None or poses.heading is None or (imported and not poses.tracked):
        raise UserError(
            f"{path}: these poses were imported without the animal's place in the video; "
            "export with --reference egocentric (in a config: `exports.reference`)"
        )
    if poses.positions.shape[2] != 2:
        raise UserError(
            f"{path}: these poses have {poses.positions.shape[2]} axes, which do not lie on a "
            "video; export with --reference egocentric"
        )
    if side is None:
        raise UserError(
            f"{path}: the crops that it was made from are not at hand, so its place in the video "
            "is not known; name its dataset with --config, or export with --reference egocentric"
        )


def _track_of(path: Path, film: Film, needed: bool) -> Track | None:
    """The film's track.

    Raises:
        UserError: there is none, but without it nobody knows where the camera was.
    """
    if film.track is not None:
        return Track.read(film.track)
    if needed:
        raise UserError(
            f"{path}: the track of its film is not at hand, so its place in the video is not "
            "known; name its dataset with --config, or export with --reference egocentric"
        )
    return None


def _shape_of(film: Film, track: Track | None) -> tuple[int, int, int] | None:
    """Frames, width and height (px) of the film; None = unknown."""
    if track is not None:
        return track.valid.shape[1], track.width, track.height
    if film.still and film.path is not None:
        info = video.probe(film.path)
        return len(info), info.width, info.height
    return None


def _fill(
    target: np.ndarray, path: Path, poses: Poses, track: Track | None, side: int | None
) -> None:
    """Put the poses of one animal into rows of the film's frames.

    Args:
        target: (frame, part, axis), NaN.
        track: of the film; None = there is none, and its camera stood still.
        side: of the crops, to turn them back into the film; None = leave them in the crops.
    """
    turned = side is not None
    center, heading = poses.center, poses.heading
    if not turned or center is None or heading is None:
        target[poses.frame] = np.where(poses.valid[:, None, None], poses.positions, np.nan)
        return
    good = poses.valid & np.isfinite(heading) & np.isfinite(center).all(-1)
    place = center
    if track is not None:
        if track.camera is not None:
            place = center - track.camera[poses.frame]
        _check_track(path, place[good], track.centroid[:, poses.frame[good]])
    for start in range(0, len(good), BLOCK):
        rows = np.flatnonzero(good[start : start + BLOCK]) + start
        target[poses.frame[rows]] = geometry.to_video(
            poses.positions[rows], place[rows], heading[rows], side or 0
        )


def _check_track(path: Path, place: np.ndarray, centroid: np.ndarray) -> None:
    """The track that is at hand is the one that the crops were cut along.

    Args:
        place: (frame, xy) px of the film, centroid: (animal, frame, xy) px.
    """
    if not len(place):
        return
    same = np.abs(centroid - place) < SAME
    if not same.all((1, 2)).any():
        raise UserError(
            f"{path}: its crops were cut along another track than that of its film; make the "
            "poses again"
        )
