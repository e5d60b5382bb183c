"""Recipe `mesh`: one or several animals on an uneven floor, such as the paper's mesh arenas.

A normal background per pixel (:mod:`background`), bodies by threshold and opening
(:mod:`bodies`), names by place from frame to frame and by size over the whole video
(:mod:`identity`), axis by the ellipse of each body, head from tail over the whole video
(:mod:`headtail`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from leap_core.io import video
from leap_core.preprocess import background, bodies, headtail, identity, segmentation
from leap_core.preprocess.recipe import Detection, Floor, Task

_NEAR = 1.2  # of a body's length between two centres: they touch
_FORGOTTEN_S = 0.5  # after so long out of sight an animal may be anywhere
_SMALL, _LARGE = 0.5, 1.6  # of the typical area: a body told apart that is not one animal
_MOST_AREA = 2.5  # of it: a body that stands alone and is not one animal
_THERE = 0.2  # of the frames: an animal that is seen in fewer is not compared with others
_SURE = 0.9  # least probability of the names, in contact


@dataclass
class _Seen:
    """Numbers per animal and frame, as they are found."""

    center: np.ndarray
    angle: np.ndarray
    length: np.ndarray
    elongation: np.ndarray
    shape: np.ndarray
    area: np.ndarray
    light: np.ndarray
    split: np.ndarray

    @classmethod
    def empty(cls, animals: int, frames: int) -> _Seen:
        def missing(*more: int) -> np.ndarray:
            return np.full((animals, frames, *more), np.nan)

        return cls(
            missing(2), missing(), missing(), missing(), missing(headtail.FEATURES), missing(),
            missing(), np.zeros((animals, frames), bool),
        )  # fmt: skip

    def put(self, animal: int, frame: int, body: bodies.Body) -> None:
        at = animal, frame
        inner = body.center - body.blob.corner
        self.center[at], self.angle[at], self.length[at] = body.center, body.angle, body.length
        self.elongation[at], self.area[at] = body.elongation, body.blob.area
        self.light[at], self.split[at] = body.light, body.split
        self.shape[at] = headtail.asymmetry(body.blob, inner, body.angle, body.length)

    def renamed(self, names: np.ndarray) -> _Seen:
        """With row ``names[frame, animal]`` as each animal."""
        frames = np.arange(len(names))
        return _Seen(**{k: v[names.T, frames] for k, v in vars(self).items()})


def find(task: Task) -> Detection:
    """Track all animals through the video.

    An animal that is out of sight, or whose body cannot be told from another's, is not valid in
    that frame.

    Raises:
        UserError: no animal in any frame.
    """
    seen, one, floor, crowded = _stream(task)
    segmentation.require_animal(task, np.isfinite(seen.angle).any(0))
    touch = _contact(seen, one.length) | seen.split.any(0)
    names, certainty = _names(seen, touch, task.fps)
    seen = seen.renamed(names)
    whole = (seen.area > _SMALL * one.area) & (seen.area < _LARGE * one.area)
    valid = np.isfinite(seen.angle) & (whole | ~seen.split) & ~(seen.area > _MOST_AREA * one.area)
    valid &= (certainty >= _SURE) | ~touch
    heading, quality = np.full_like(seen.angle, np.nan), np.full_like(seen.angle, np.nan)
    for k in range(task.animals):
        axis = headtail.Axis(
            task.in_arena(np.where(valid[k, :, None], seen.center[k], np.nan)),
            np.where(valid[k], seen.angle[k], np.nan),
            seen.length[k], seen.elongation[k], seen.shape[k],
        )  # fmt: skip
        if valid[k].any():
            heading[k], quality[k] = headtail.decide(axis, task.fps)
    length = np.where(valid, seen.length, np.nan)
    return Detection(
        np.where(valid[..., None], seen.center, np.nan), heading, valid,
        np.where(valid, seen.area, np.nan), quality, floor, crowded,
        float(np.mean(certainty < _SURE)) if task.animals <= identity.MOST_NAMED else 1.0,
        length, segmentation.short_axis(length, seen.elongation),
    )  # fmt: skip


def _names(seen: _Seen, touch: np.ndarray, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Row that is each animal (frame, animal), and how sure that is (frame,).

    Names may be exchanged in contact, and where an animal is out of sight.  One that is hardly
    ever seen takes no part.
    """
    found = np.isfinite(seen.angle)
    there = np.flatnonzero(found.mean(1) >= _THERE)
    looks = np.stack([np.log(seen.area), seen.light / 255], -1)[there]
    looks[:, touch] = np.nan
    own, certainty = identity.swaps(looks, touch | ~found[there].all(0), fps)
    names = np.tile(np.arange(len(found)), (len(touch), 1))
    names[:, there] = there[own]
    return names, certainty


def _stream(task: Task) -> tuple[_Seen, bodies.Typical, Floor, float]:
    """Go through the video once; bodies get provisional names by place."""
    settings, count = task.settings, len(task.info)
    samples = segmentation.sample(task)
    floor = background.learn(task, samples)
    least, opening = settings.min_area_px, settings.opening_px
    signals = (floor.signal(image) for image in samples)
    one = bodies.typical(signals, floor.threshold, opening, least, task.animals)
    segmentation.require_animal(
        task, np.array([np.isfinite(one.area)]), f"the {len(samples)} frames sampled"
    )
    seen = _Seen.empty(task.animals, count)
    last = np.full((task.animals, 2), np.nan)
    speed = np.zeros((task.animals, 2))
    angle = np.zeros(task.animals)
    sight = np.full(task.animals, -1)
    typical = np.full(task.animals, one.area)
    forgotten = max(1, round(_FORGOTTEN_S * task.fps))
    reach = one.length / 4
    more = np.zeros(count, bool)
    frames = video.read_frames(task.path, task.info)
    for k, image in tqdm(frames, total=count, desc="track", unit="frame", disable=None):
        if image is None:
            continue
        fresh = (sight >= 0) & (k - sight <= forgotten)
        expected = last + speed * np.where(fresh, k - sight, 0)[:, None]
        previous = [
            bodies.Previous(expected[a], angle[a], typical[a]) for a in np.flatnonzero(fresh)
        ]
        found = bodies.find(image, floor, opening, least, task.animals, one, previous)
        more[k] = len(found) > task.animals
        centers = np.array([b.center for b in found]).reshape(-1, 2)
        areas = np.array([b.blob.area for b in found])
        for a, b in enumerate(identity.assign(expected, centers, areas, typical, reach, fresh)):
            if b < 0:
                continue
            body = found[b]
            seen.put(a, k, body)
            step = (body.center - last[a]) / (k - sight[a]) if fresh[a] else np.zeros(2)
            speed[a] = 0.5 * speed[a] + 0.5 * step
            last[a], angle[a], sight[a] = body.center, body.angle, k
            if not body.split:
                area = body.blob.area
                typical[a] = 0.98 * typical[a] + 0.02 * area
    return seen, one, floor, float(np.mean(more))


def _contact(seen: _Seen, length: float) -> np.ndarray:
    """(frame,) whether any two animals are so near that they may touch."""
    near = np.zeros(seen.angle.shape[1], bool)
    for a in range(len(seen.center)):
        for b in range(a):
            near |= np.linalg.norm(seen.center[a] - seen.center[b], axis=-1) < _NEAR * length
    return near
