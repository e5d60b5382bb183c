"""From a file of another tool to the poses of one recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leap_core.config import Video
from leap_core.containers import Poses
from leap_core.errors import UserError
from leap_core.formats import arrays, dlc, sleap
from leap_core.formats.raw_labels import tell
from leap_core.formats.raw_poses import RawPoses, part_order
from leap_core.imported_poses.egocentric import align
from leap_core.io import untrusted
from leap_core.skeleton import Skeleton
from leap_core.timeseries import SET_FPS, require_fps

# Predicted centers tremble in crops around the animal: their range is 1 to 3 % of the body there,
# and several bodies where an animal walks about.
MOVES = 0.25  # of the body's length
RANGE = (5, 95)  # percentiles, so that single blunders do not count


def read(path: str | Path, format: str, animals: int = 1) -> RawPoses:
    """Read ``path`` as ``format`` ("dlc", "sleap" or "array").

    What is doubtful or left aside is printed to the error stream, a line each.

    Raises:
        UserError: no such file, another format, or another number of animals.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file; name predictions of another tool")
    if path.stat().st_size == 0:
        raise UserError(f"{path}: the file is empty (0 bytes); copy or export it again")
    with untrusted.reading(path, f"{format} file", "export it again"):
        if format == "sleap":
            raw = sleap.read_poses(path, animals)
            tell(raw.notes)
            return raw
        raw = {"dlc": dlc.read_poses, "array": arrays.read_poses}[format](path)
    tell(raw.notes)
    if len(raw.positions) != animals:
        raise UserError(
            f"{path}: holds {len(raw.positions)} animals but `animals` is {animals}; correct it"
        )
    return raw


def import_file(
    path: str | Path,
    video: Video,
    animal: int,
    recording: str,
    skeleton: Skeleton,
    size: int,
    max_gap_s: float,
    min_confidence: float,
    *,
    set_fps: str = SET_FPS,
) -> Poses:
    """Poses of one animal: parts in the skeleton's order, head along +x.

    Without an axis in the skeleton the coordinates are taken as egocentric and stay as they are,
    in two or three dimensions.  ``tracked`` is False there, and for crops around the animal: the
    file then tells nothing of its path.  ``video.egocentric`` says whether they are such; where
    it does not, they are when the center's range (5th to 95th percentile, x or y) is at most a
    quarter of the median distance from tail part to head part.

    Args:
        video: says format, number of animals, frame rate, scale and whether it is egocentric.
        animal: which of the file's animals.
        size: side of the crop whose middle the center comes to lie in, px (``crop.size``).
        max_gap_s: heading and center are bridged over up to this long (``behavior.max_gap_s``).
        min_confidence: parts below it tell neither (``poses.min_confidence``).
        set_fps: how to say the frame rate, for messages.

    Raises:
        UserError: an unreadable file, other parts than the skeleton's, no frame rate, a scale
            that is no number, scores outside 0 to 1 or all below ``min_confidence``, an axis for
            poses in three dimensions, or ``egocentric: false`` without one.
    """
    if video.poses is None:
        raise UserError(f"{path}: of which format? Set `poses` of video {video.id!r}")
    raw = read(path, video.poses, video.animals)
    order = part_order(Path(path), raw.parts, raw.positions.shape[2], skeleton)
    positions = raw.positions[animal][:, order].copy()
    known = np.isfinite(positions).all(axis=2)
    positions[~known] = np.nan
    confidence = np.ones(known.shape)
    if raw.confidence is not None:
        scores = np.where(known, raw.confidence[animal][:, order], np.nan)
        confidence = _confidence(scores, raw.frame, skeleton, path)
        _check_sure(path, confidence[known], min_confidence)
    confidence = np.where(known, confidence, 0.0)
    fps = video.fps or raw.fps
    require_fps(fps, str(path), set_fps)
    if video.px_per_mm is not None and not np.isfinite(video.px_per_mm):
        raise UserError(f"{path}: its scale is {video.px_per_mm:g} px per mm; correct `px_per_mm`")
    if skeleton.axis is None:
        if video.egocentric is False:
            raise UserError(
                f"{path}: is not egocentric, but skeleton {skeleton.name} names no axis to turn it "
                "by; add roles.axis, or remove `egocentric: false`"
            )
        center = heading = None
        valid, moves = known.any(axis=1), False
    else:
        if positions.shape[2] != 2:
            raise UserError(
                f"{path}: has three dimensions, which are not turned; make them egocentric and "
                f"remove roles.axis from skeleton {skeleton.name}"
            )
        seen = known & (confidence >= min_confidence)
        longest = max_gap_s * fps + 1e-6
        positions, center, heading = align(positions, seen, skeleton, longest, size)
        valid = np.isfinite(heading) & np.isfinite(center).all(axis=1)
        moves = not video.egocentric
        if video.egocentric is None:
            span, length = _extent(positions, center, seen, skeleton)
            moves = span > MOVES * length
    return Poses(
        positions=positions,
        confidence=confidence,
        frame=raw.frame,
        valid=valid,
        center=center,
        heading=heading,
        skeleton=skeleton,
        recording=recording,
        fps=float(fps),
        px_per_mm=float("nan") if video.px_per_mm is None else video.px_per_mm,
        tracked=moves,
    )


def _confidence(
    scores: np.ndarray, frame: np.ndarray, skeleton: Skeleton, path: str | Path
) -> np.ndarray:
    """Scores (frame, part) with 0 for missing ones; UserError for those outside 0 to 1."""
    # rounding may lift a 1 by a little
    bad = ~np.isnan(scores) & ~((scores >= 0) & (scores <= 1 + 1e-6))
    if bad.any():
        row, part = np.argwhere(bad)[0]
        raise UserError(
            f"{path}: frame {frame[row]}, part {skeleton.parts[part]!r}: confidence "
            f"{scores[row, part]:g} is not within 0 to 1; scale or mend it"
        )
    return np.minimum(np.nan_to_num(scores, nan=0.0), 1.0)


def _check_sure(path: str | Path, confidence: np.ndarray, limit: float) -> None:
    """UserError where every part would count as missing, as with likelihoods that are all 0."""
    if len(confidence) and confidence.max() < limit:
        most = confidence.max()
        what = "all confidences are 0" if not most else f"no confidence is above {most:.2g}"
        raise UserError(
            f"{path}: {what}, below `poses.min_confidence` ({limit:g}), so that every part would "
            "count as missing; set `poses.min_confidence: 0` in the config to use them, or take "
            "the columns of the likelihood out of the file"
        )


def _extent(
    positions: np.ndarray, center: np.ndarray, seen: np.ndarray, skeleton: Skeleton
) -> tuple[float, float]:
    """How far the center gets about (px), and the median distance of head and tail part (px)."""
    there = center[np.isfinite(center).all(axis=1)]
    tail, head = skeleton.ends
    lengths = np.linalg.norm(positions[:, head] - positions[:, tail], axis=1)
    lengths = lengths[seen[:, head] & seen[:, tail] & np.isfinite(lengths)]
    if not len(there) or not len(lengths):
        return 0.0, 0.0
    low, high = np.percentile(there, RANGE, axis=0)
    return float((high - low).max()), float(np.median(lengths))


def summary(poses: Poses, min_confidence: float, egocentric: bool | None = None) -> str:
    """What came in, in a few lines: frames, path, and the parts that are missing or uncertain.

    Args:
        egocentric: as the config has it; where it is None, the text says how to override.
    """
    frames, seconds = len(poses.frame), len(poses.frame) / poses.fps
    sure = poses.confidence >= min_confidence
    missing = ~(poses.valid[:, None] & sure)
    shares = zip(poses.skeleton.parts, missing.mean(axis=0), strict=True)
    parts = ", ".join(f"{part} {100 * share:.1f} %" for part, share in shares if share > 0)
    if poses.skeleton.axis is None:
        turned = "coordinates kept as they are: the skeleton names no axis"
    else:
        turned = "turned by the body axis; "
        if poses.tracked:
            turned += "coordinates of a fixed camera, so the animal's path is known"
        else:
            turned += "coordinates of crops around the animal, so there is no path"
        if egocentric is None and poses.center is not None:
            span, length = _extent(poses.positions, poses.center, sure, poses.skeleton)
            other = str(poses.tracked).lower()
            option = "--egocentric" if poses.tracked else "--no-egocentric"
            turned += (
                f"\n  (decided: the center ranges over {span:.1f} px, "
                f"{'more' if poses.tracked else 'not more'} than a quarter of the body's "
                f"{length:.1f} px; if wrong, {option} or `egocentric: {other}` of the video)"
            )
    return (
        f"{poses.recording}: {frames} frames, {seconds:.1f} s at {poses.fps:g} frames/s\n"
        f"{turned}\n"
        f"frames without heading or center: {int((~poses.valid).sum())}\n"
        f"missing or below confidence {min_confidence:g}: {parts or 'nothing'}"
    )
