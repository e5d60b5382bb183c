"""A track of another program as the alignment, in the place of a recipe.

Its centers are kept.  Headings are kept where the file has them; where it lacks them, or tells the
axis alone, the axis of the body at the given place and our head/tail model take over.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from leap_core.errors import UserError
from leap_core.formats.raw_labels import tell
from leap_core.io import video
from leap_core.preprocess import bodies, given_track, headtail, segmentation, track_footage
from leap_core.preprocess.given_track import Given, Reading
from leap_core.preprocess.recipe import Detection, Task

_SURE = 0.9  # of the head's end, against which the file's heading is held
_SOME = 0.01  # of the frames: less is not worth a word
_ALONE = 0.1  # of the places
_SHIFT_PX = 0.45  # px: so near to a whole pixel it is counted from the other number
_LATE = 0.6  # frames
# times the squares are left over without it: 1.4 at most of right tracks of synthetic flies, 3.4 at
# least where one frame or one pixel was counted wrongly
_EXPLAINED = 2.0
_LEAST_STEPS = 50


@dataclass(frozen=True)
class _Seen:
    """Bodies at the given places: center (animal, frame, xy), and an axis for each animal."""

    center: np.ndarray
    area: np.ndarray
    axes: list[headtail.Axis]


def find(task: Task, given: Given, px_per_mm: float | None = None) -> Detection:
    """The track of the files, checked against the footage.

    What is doubtful is printed to the error stream, a line each.

    Raises:
        UserError: files that cannot be read, another number of animals, a reading that the footage
            refutes, or headings that neither the files nor the footage give.
    """
    path, count = given.paths[0], len(task.info)
    raw = given_track.read(given, task.animals)
    given_track.check_animals(given, raw, task.animals)
    given_track.check_rate(path, raw, count, task.fps)
    seen = track_footage.look(task)
    reading = given_track.declared(given, raw, px_per_mm)
    # frames are numbered rightly before anything is looked for in them
    given_track.on_frames(path, raw, reading, count, raw.centroid[..., 0])
    reading, notes = track_footage.settle(path, raw, given, seen, px_per_mm)
    if length := given_track.length_note(raw, reading, count):
        notes.append(length)
    size = task.info.width, task.info.height
    centers = given_track.on_frames(
        path, raw, reading, count, given_track.places(raw, reading, size)
    )
    heading = given_track.on_frames(path, raw, reading, count, given_track.headings(raw, reading))
    if not np.isfinite(centers).any():
        raise UserError(f"{path}: has no center in the {count} frames of the video; name another")
    if raw.heading is None or raw.modulo_pi:
        segmentation.require_animal(task, np.array([np.isfinite(seen.one.area)]), "sampled frames")
    found = _bodies(task, seen, centers, heading)
    ends = [_heading(task, found.axes[k], heading[k], raw.modulo_pi) for k in range(task.animals)]
    out, quality = (np.stack(values) for values in zip(*[end[:2] for end in ends], strict=True))
    against = np.mean([end[2] for end in ends])
    if against > _SOME:
        notes.append(
            f"its heading points to the tail in {against:.1%} of the frames, as "
            "motion and shape have it; look at them, and mend by `flip` in `corrections`"
        )
    there = np.isfinite(centers).all(-1)
    alone = np.mean(~np.isfinite(found.area[there]))
    if alone > _ALONE and np.isfinite(seen.one.area):
        notes.append(
            f"no body lies within half a length of {alone:.1%} of its places; "
            "look at them, and at `track.polarity`, `track.min_area_px` and `track_corner`"
        )
    notes += _shifted(reading, centers, out, found)
    tell(raw.notes)
    for line in notes:
        kind, said = ("note", line[6:]) if line.startswith("note: ") else ("WARNING", line)
        print(f"{kind}: {path}: {said}", file=sys.stderr)
    valid = there & np.isfinite(out)
    typical = seen.one.area if np.isfinite(seen.one.area) else task.settings.min_area_px
    area = np.where(np.isfinite(found.area), found.area, typical)
    return Detection(
        np.where(valid[..., None], centers, np.nan),
        np.where(valid, out, np.nan),
        valid,
        np.where(valid, area, np.nan),
        np.where(valid, quality, np.nan),
        seen.floor if np.isfinite(seen.one.area) else None,
        length=np.stack([axis.length for axis in found.axes]),
        width=np.stack([segmentation.short_axis(a.length, a.elongation) for a in found.axes]),
    )


def _bodies(
    task: Task, seen: track_footage.Footage, centers: np.ndarray, heading: np.ndarray
) -> _Seen:
    """Go through the video once and look at the bodies at the given places."""
    animals, count = centers.shape[:2]

    def missing(*more: int) -> np.ndarray:
        return np.full((animals, count, *more), np.nan)

    center, area = missing(2), missing()
    angle, length, elongation = missing(), missing(), missing()
    shape = missing(headtail.FEATURES)
    frames = video.read_frames(task.path, task.info)
    for k, image in tqdm(frames, total=count, desc="track", unit="frame", disable=None):
        there = np.flatnonzero(np.isfinite(centers[:, k]).all(-1))
        if image is None:
            centers[:, k] = np.nan
            continue
        if not len(there) or not np.isfinite(seen.one.area):
            continue
        previous = [
            bodies.Previous(centers[a, k], float(np.nan_to_num(heading[a, k])), seen.one.area)
            for a in there
        ]
        found = bodies.find(
            image, seen.floor, seen.opening, seen.least, animals, seen.one, previous
        )
        for a, body in enumerate(track_footage.matched(centers[:, k], found, seen.one.length)):
            if body is None:
                continue
            given = heading[a, k]
            angle[a, k] = given if np.isfinite(given) else body.angle
            center[a, k], area[a, k] = body.center, body.blob.area
            length[a, k], elongation[a, k] = body.length, body.elongation
            inner = body.center - body.blob.corner
            shape[a, k] = headtail.asymmetry(body.blob, inner, angle[a, k], body.length)
    axes = [
        headtail.Axis(task.in_arena(centers[a]), angle[a], length[a], elongation[a], shape[a])
        for a in range(animals)
    ]
    return _Seen(center, area, axes)


def _heading(
    task: Task, axis: headtail.Axis, given: np.ndarray, modulo_pi: bool
) -> tuple[np.ndarray, np.ndarray, float]:
    """Heading (frame,) rad and quality of one animal, and the share that the footage denies.

    The file's word on the head's end is taken; its quality is 1, less where motion and shape
    speak against it.
    """
    none = np.full(len(given), np.nan)
    own, sure = (none, none)
    if np.isfinite(axis.angle).any():
        own, sure = headtail.decide(axis, task.fps)
    told = np.isfinite(given)
    if modulo_pi or not told.any():
        return own, sure, 0.0
    heading = np.full(len(given), np.nan)
    heading[told] = np.unwrap(given[told])
    against = np.isfinite(own) & told & (np.cos(own - given) < 0)
    quality = np.where(told, np.where(against, 1 - np.nan_to_num(sure), 1.0), np.nan)
    # frames without a heading between others get ours
    lacks = ~told & np.isfinite(own)
    heading[lacks], quality[lacks] = own[lacks], sure[lacks]
    known = np.isfinite(heading)
    heading[known] = np.unwrap(heading[known])
    denied = against & (sure > _SURE)
    return heading, quality, float(np.mean(denied))


def _shifted(reading: Reading, centers: np.ndarray, heading: np.ndarray, found: _Seen) -> list[str]:
    """Whether all centers lie a pixel off in the image, or come a frame early or late.

    What lies off by the body's own frame is another idea of its middle, and no mistake: offset =
    shift of the image + shift along and across the body + times x step, by least squares.
    """
    off = centers - found.center
    step = np.full_like(centers, np.nan)
    step[:, 1:-1] = (centers[:, 2:] - centers[:, :-2]) / 2
    cos, sin = np.cos(heading), np.sin(heading)
    one, zero = np.ones_like(cos), np.zeros_like(cos)
    rows = [
        np.stack([one, zero, cos, -sin, step[..., 0]], -1).reshape(-1, 5),
        np.stack([zero, one, sin, cos, step[..., 1]], -1).reshape(-1, 5),
    ]
    matrix = np.concatenate(rows)
    wanted = np.concatenate([off[..., 0].ravel(), off[..., 1].ravel()])
    known = np.isfinite(matrix).all(1) & np.isfinite(wanted)
    if known.sum() < 2 * _LEAST_STEPS:
        return []
    matrix, wanted = matrix[known], wanted[known]
    fit, _, rank, _ = np.linalg.lstsq(matrix, wanted, rcond=1e-6)
    if rank < 5:
        return []
    left = wanted - matrix @ fit

    def explains(*columns: int) -> bool:
        """Whether without some columns much more is left."""
        others = np.delete(matrix, columns, axis=1)
        more = wanted - others @ np.linalg.lstsq(others, wanted, rcond=1e-6)[0]
        return bool((more**2).sum() > _EXPLAINED * (left**2).sum())

    lines = []
    up = -1.0 if reading.y == "up" else 1.0
    pixel = fit[:2] * [1, up] / reading.scale
    sign = -1 if reading.counts_from else 1
    if (np.abs(pixel - sign) < _SHIFT_PX).all() and explains(0, 1):
        lines.append(
            f"its centers lie {fit[0]:.1f} and {fit[1]:.1f} px off the animals in x and y: as if "
            f"it counted from {1 - reading.counts_from}; is `track_from: "
            f"{1 - reading.counts_from}` right?"
        )
    if abs(fit[4]) > _LATE and explains(4):
        when = "later" if fit[4] > 0 else "before"
        lines.append(
            f"its places are those of {abs(fit[4]):.1f} frames {when}: is it the track of "
            "this video, uncut, and is `track_from` right?"
        )
    return lines
