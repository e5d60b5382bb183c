"""One synthetic recording beside its truth, and the frames and bouts that are compared."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leap_core import geometry
from leap_core.containers import Behavior, Gait, Poses, Track, Truth
from leap_core.errors import UserError
from leap_core.timeseries import runs
from leap_core.validation.identity import Names, names_of

WALKING_SPEED = 2.0  # mm/s (paper, Methods: Gait analysis)
STILL_SPEED = 0.5  # mm/s
REFERENCE_SCALE = 35.0  # px/mm of the paper's 192 x 192 px images of flies (Methods: Datasets)
MOUSE_SCALE = 1.25  # px/mm: from the tail's base to the snout a mouse is as long as a fly there
TAIL_BASE = "tailbase"
BLOCK = 20_000  # frames whose errors are computed at once


@dataclass(frozen=True)
class Recording:
    """What was measured on one synthetic animal, and what it really did.

    Attributes:
        truth: of every frame of the video.
        track, poses, behavior: the pipeline's results for the same video.
        gait: None where the gait stage is off.
        size: side of the crops in which the poses are given, px.
        animal: its row in the track.
        names: who is who in its video; None where that shows one animal.
        doubtful: parts below are doubtful (``poses.doubtful``).

    Raises:
        UserError: a result has frames that the truth has not, or parts or legs that it does not
            know, or the poses do not say where their crops lie.
    """

    truth: Truth
    track: Track
    poses: Poses
    gait: Gait | None
    behavior: Behavior
    size: int = 192
    animal: int = 0
    names: Names | None = None
    doubtful: float = 0.6

    def __post_init__(self) -> None:
        name, frames = self.poses.recording, len(self.truth.heading)
        results = {"poses": self.poses, "gait": self.gait, "behavior": self.behavior}
        for kind, result in results.items():
            if result is not None and len(result.frame) and result.frame.max() >= frames:
                raise UserError(
                    f"recording {name}: {kind} reach frame {result.frame.max()}, the truth has "
                    f"{frames} frames; make both from the same video"
                )
        if self.track.heading.shape[1] != frames:
            raise UserError(
                f"recording {name}: the track has {self.track.heading.shape[1]} frames, the truth "
                f"{frames}; make both from the same video"
            )
        if self.poses.center is None or self.poses.heading is None:
            raise UserError(f"recording {name}: poses without their place in the arena; track it")
        for kind, known, asked in (
            ("part", self.truth.skeleton.parts, self.poses.skeleton.parts),
            ("leg", self.gait.legs if self.gait else self.truth.legs, self.truth.legs),
        ):
            for item in asked:
                if item not in known:
                    raise UserError(
                        f"recording {name}: no {kind} {item!r} to compare with; use one skeleton"
                    )

    @property
    def walking(self) -> np.ndarray:
        """(frame,) bool: the animal truly walks, in a walking behavior faster than 2 mm/s."""
        return self.doing("walk") & (self.truth.forward_velocity > WALKING_SPEED)

    @property
    def turning(self) -> np.ndarray:
        """(frame,) bool: the animal truly turns, in a behavior whose name begins with "turn"."""
        return self.doing("turn")

    @property
    def still(self) -> np.ndarray:
        """(frame,) bool: it truly stands or grooms, below 0.5 mm/s and neither walk nor turn."""
        slow = np.abs(self.truth.forward_velocity) < STILL_SPEED
        return slow & ~self.doing("walk") & ~self.doing("turn")

    @property
    def touching(self) -> np.ndarray:
        """(frame,) bool: it truly touches another animal."""
        contact = self.truth.contact
        return np.zeros(len(self.truth.heading), bool) if contact is None else np.asarray(contact)

    @property
    def tailed(self) -> bool:
        """Whether it is an animal with a tail, a mouse."""
        return TAIL_BASE in self.poses.skeleton.parts

    @property
    def scale(self) -> float:
        """Px of the paper's images per px of the crop."""
        return (MOUSE_SCALE if self.tailed else REFERENCE_SCALE) / self.truth.px_per_mm

    def doing(self, prefix: str) -> np.ndarray:
        """(frame,) bool: the true behavior's name begins with ``prefix``."""
        chosen = [name.startswith(prefix) for name in self.truth.behaviors]
        return np.array(chosen, bool)[self.truth.behavior]

    def measured(self) -> Gait:
        """What the gait stage found; ValueError where it is off."""
        if self.gait is None:
            raise ValueError(f"recording {self.poses.recording}: the gait stage is off")
        return self.gait

    def called_walking(self) -> np.ndarray:
        """(frame of the truth,) bool: measured as walking; True where nothing was measured."""
        gait = self.measured()
        return self.spread(gait.frame, np.asarray(gait.walking, bool), True)

    def pose_errors(self) -> np.ndarray:
        """(valid frame, joint) px of the paper's images: distance of each part from its true place.

        These are 35 px/mm for flies; a mouse counts as if it were as long in them as a fly.  A part
        without a position in a valid frame is infinitely far away.
        """
        poses, every = self.poses, np.flatnonzero(self.poses.valid)
        assert poses.center is not None and poses.heading is not None  # __post_init__
        order = [self.truth.skeleton.index(part) for part in poses.skeleton.parts]
        out = np.empty((len(every), len(order)))
        for start in range(0, len(every), BLOCK):
            rows = every[start : start + BLOCK]
            true = self.truth.positions[poses.frame[rows]][:, order]
            true = geometry.to_crop(true, poses.center[rows], poses.heading[rows], self.size)
            error = np.linalg.norm(true - poses.positions[rows], axis=2)
            out[start : start + BLOCK] = np.where(np.isnan(error), np.inf, error) * self.scale
        return out

    def tail_base_errors(self) -> np.ndarray:
        """(frame of the truth,) the same of the tail's base; infinite in frames without a pose."""
        found = self.poses.frame[np.flatnonzero(self.poses.valid)]
        column = self.poses.skeleton.index(TAIL_BASE)
        return self.spread(found, self.pose_errors()[:, column], np.inf)

    def heading_errors(self) -> np.ndarray:
        """(tracked frame,) degrees, 0 to 180: angle between measured and true heading."""
        found = self.track.valid[self.animal]
        turn = (self.track.heading[self.animal] - self.truth.heading)[found].astype(float)
        error = np.degrees(np.abs(np.angle(np.exp(1j * turn))))
        return np.where(np.isnan(error), 180.0, error)

    def swing(self) -> tuple[np.ndarray, np.ndarray]:
        """Measured swing and whether it is known, (frame of the truth, leg of the truth) bool."""
        gait = self.measured()
        columns = [gait.legs.index(leg) for leg in self.truth.legs]
        swing = self.spread(gait.frame, gait.swing[:, columns], False)
        return swing, self.spread(gait.frame, gait.valid[:, columns], False)

    def forward_velocity(self) -> np.ndarray:
        """(frame of the truth,) mm/s; NaN where it was not measured."""
        gait = self.measured()
        velocity = np.asarray(gait.forward_velocity, float)
        if not gait.velocity_units.startswith("mm"):
            velocity = velocity / self.truth.px_per_mm
        return self.spread(gait.frame, velocity, np.nan)

    def gaits(self) -> tuple[np.ndarray, np.ndarray]:
        """True and measured gait mode by name, (frame of the truth,) str; "" = none."""
        gait = self.measured()
        state = np.array([*gait.states, ""])[gait.state]
        true = np.array([*self.truth.gaits, ""])[self.truth.gait]
        return true, self.spread(gait.frame, state.astype(object), "").astype(str)

    def regions(self) -> np.ndarray:
        """(frame of the truth,) region of the behavior map; 0 = between regions, -1 = no data."""
        return self.spread(self.behavior.frame, self.behavior.region, -1)

    def spread(self, frame: np.ndarray, values: np.ndarray, fill) -> np.ndarray:
        """Values given at some frames, at every frame of the truth; ``fill`` elsewhere."""
        out = np.full((len(self.truth.heading), *values.shape[1:]), fill, values.dtype)
        out[frame] = values
        return out


@dataclass(frozen=True)
class Recordings(Mapping[str, Recording]):
    """Recordings by name, each with the truth of the animal that it follows, made when asked for.

    What a track calls its first animal may be another one to the truth: each animal of a video
    is the one to which it is nearest in most frames (:mod:`identity`).

    Attributes:
        truths, tracks, poses, gaits, behaviors: of the recordings in the order of ``places``;
            :class:`leap_core.containers.Files` are read one at a time.  No gaits: the stage is off.
        places: name -> video and number of the animal in it.
        size: side of the crops, px.
        doubtful: parts below are doubtful.
    """

    truths: Sequence[Truth]
    tracks: Sequence[Track]
    poses: Sequence[Poses]
    gaits: Sequence[Gait]
    behaviors: Sequence[Behavior]
    places: Mapping[str, tuple[str, int]]
    size: int
    doubtful: float = 0.6

    @functools.cached_property
    def _rows(self) -> dict[str, list[int]]:
        """Video -> rows of its animals."""
        rows: dict[str, list[int]] = {}
        for k, (video, _) in enumerate(self.places.values()):
            rows.setdefault(video, []).append(k)
        return rows

    @functools.cached_property
    def _names(self) -> dict[str, Names]:
        """Video of several animals -> who is who in it."""
        return {
            video: names_of(self.tracks[rows[0]], [self.truths[k] for k in rows])
            for video, rows in self._rows.items()
            if len(rows) > 1
        }

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __getitem__(self, name: str) -> Recording:
        video, animal = self.places[name]
        row, names = list(self.places).index(name), self._names.get(video)
        return Recording(
            self.truths[self._rows[video][names.order[animal]] if names else row],
            self.tracks[row],
            self.poses[row],
            self.gaits[row] if len(self.gaits) else None,
            self.behaviors[row],
            self.size,
            animal,
            names,
            self.doubtful,
        )


def whole_phases(swing: np.ndarray, within: np.ndarray) -> tuple[list[int], list[int]]:
    """Lengths in frames of the swings and of the stances whose both ends lie inside a stretch.

    Args:
        swing: (frame,) bool, one leg.
        within: (frame,) bool; the first and last phase of each of its stretches are cut by its
            ends and do not count.

    >>> whole_phases(np.array([0, 1, 1, 0, 0, 0, 1], bool), np.ones(7, bool))
    ([2], [3])
    """
    swings: list[int] = []
    stances: list[int] = []
    for start, stop in runs(within):
        phase = swing[start:stop]
        edges = np.flatnonzero(phase[1:] != phase[:-1]) + 1
        for a, b in zip(edges[:-1], edges[1:], strict=True):
            (swings if phase[a] else stances).append(int(b - a))
    return swings, stances


def lift_offs(swing: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(leg,) number of changes from stance to swing; both frames must be known.

    >>> lift_offs(np.array([[0], [1], [1], [0], [1]], bool), np.ones((5, 1), bool))
    array([2])
    """
    begins = swing[1:] & ~swing[:-1] & known[1:] & known[:-1]
    return begins.sum(axis=0)
