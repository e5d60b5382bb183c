"""From a file of another tool to the poses of one recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leap_core.config import Video
from leap_core.containers import Poses
from leap_core.errors import UserError
from leap_core.skeleton import Skeleton
from leap_core.tracked import arrays, dlc, sleap
from leap_core.tracked.egocentric import align
from leap_core.tracked.raw import Raw, part_order

# crops cut at whole pixels keep their animal within half a pixel of one place
CENTERED_PX = 1.0


def read(path: str | Path, format: str, animals: int = 1) -> Raw:
    """Read ``path`` as ``format`` ("dlc", "sleap" or "array").

    Raises:
        UserError: no such file, another format, or another number of animals.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file; name predictions of another tool")
    if path.stat().st_size == 0:
        raise UserError(f"{path}: the file is empty (0 bytes); copy or export it again")
    if format == "sleap":
        return sleap.read(path, animals)
    raw = {"dlc": dlc.read, "array": arrays.read}[format](path)
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
) -> Poses:
    """Poses of one animal: parts in the skeleton's order, head along +x.

    Without an axis in the skeleton the coordinates are taken as egocentric and stay as they are,
    in two or three dimensions.  ``tracked`` is False there, and where the center part never
    leaves one spot: the file then tells nothing of the animal's path.

    Args:
        video: says format, number of animals, frame rate and scale.
        animal: which of the file's animals.
        size: side of the crop whose middle the center comes to lie in, px (``crop.size``).
        max_gap_s: heading and center are bridged over up to this long (``behavior.max_gap_s``).
        min_confidence: parts below it tell neither (``prediction.min_confidence``).

    Raises:
        UserError: an unreadable file, other parts than the skeleton's, no frame rate, or an axis
            for poses in three dimensions.
    """
    raw = read(path, video.poses, video.animals)
    order = part_order(Path(path), raw.parts, raw.positions.shape[2], skeleton)
    positions = raw.positions[animal][:, order].copy()
    known = np.isfinite(positions).all(axis=2)
    positions[~known] = np.nan
    confidence = np.ones(known.shape)
    if raw.confidence is not None:
        scores = raw.confidence[animal][:, order]
        confidence = np.where(np.isfinite(scores), scores, 1.0)
    confidence = np.where(known, confidence, 0.0)
    fps = video.fps or raw.fps
    if not np.isfinite(fps) or fps <= 0:
        raise UserError(f"{path}: does not say its frame rate; set `videos[].fps` in the config")
    if skeleton.axis is None:
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
        there = center[valid]
        moves = bool(len(there)) and bool((np.ptp(there, axis=0) > CENTERED_PX).any())
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


def summary(poses: Poses, min_confidence: float) -> str:
    """What came in, in a few lines: frames, and the parts that are missing or uncertain."""
    frames, seconds = len(poses.frame), len(poses.frame) / poses.fps
    missing = ~(poses.valid[:, None] & (poses.confidence >= min_confidence))
    shares = zip(poses.skeleton.parts, missing.mean(axis=0), strict=True)
    parts = ", ".join(f"{part} {100 * share:.1f} %" for part, share in shares if share > 0)
    if poses.skeleton.axis is None:
        turned = "coordinates kept as they are: the skeleton names no axis"
    elif poses.tracked:
        turned = "turned by the body axis; the animal's path is known"
    else:
        turned = "turned by the body axis; the center stays in place, so there is no path"
    return (
        f"{poses.recording}: {frames} frames, {seconds:.1f} s at {poses.fps:g} frames/s\n"
        f"{turned}\n"
        f"frames without heading or center: {int((~poses.valid).sum())}\n"
        f"missing or below confidence {min_confidence:g}: {parts or 'nothing'}"
    )
