"""What one recording says of every measure, counted: little, however long it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from leap_core.numerics import CLOSE_PX, FAR_PX, reliability
from leap_core.timeseries import runs
from leap_core.validation.identity import Names
from leap_core.validation.recording import Recording, lift_offs, whole_phases

SHORTEST_BOUT_S = 0.5  # bouts that are long enough for a step frequency


BINS = 10  # of confidence


def counts(*shape: int) -> Any:
    """A field of so many numbers, 0 at first."""
    return field(default_factory=lambda: np.zeros(shape, int))


@dataclass(frozen=True)
class Tally:
    """What the measures need of one recording or, added, of several: little of each.

    Attributes:
        frames, contact: (2,) with a pose and all, of those that touch no other and those that do.
        errors: (3,) parts within 5 px, within the paper's yardstick, and all.
        middle_error: median over all parts; NaN of several recordings.
        sure: (bin, 3) of :func:`leap_core.numerics.reliability`: parts within 2.5 px of the crop,
            by their confidence where that is a probability.
        doubted: (2, 2) called doubtful, and all: of parts off by more than 5 px of the crop, and of
            those within 2.5.
        bases: (2,) frames with the base of a tail within 5 px, and all.
        angles: heading errors of every tracked frame, degrees.
        names: who is who, of each video of several animals.
        speed: errors of the walking frames, mm/s.
        right, turning: (2,) leg-frames that are right, and all, in walks and in turns.
        false: (2,) still frames that are called walking, and all.
        lengths: (phase, behavior) -> sum and number of measured, then of true lengths, frames.
        bouts: error of the step frequency in each walking bout, Hz.
        modes: (3,) frames with the true mode, without any, and all that truly have one.
        regions: (true behavior, region) -> frames; region 0 = between, -1 = no data.
        behaviors: names of the truth, in its order.
    """

    frames: np.ndarray = counts(2)
    contact: np.ndarray = counts(2)
    errors: np.ndarray = counts(3)
    middle_error: float = np.nan
    sure: np.ndarray = counts(BINS, 3)
    doubted: np.ndarray = counts(2, 2)
    bases: np.ndarray = counts(2)
    angles: np.ndarray = counts(0)
    names: list[Names] = field(default_factory=list)
    speed: np.ndarray = counts(0)
    right: np.ndarray = counts(2)
    turning: np.ndarray = counts(2)
    false: np.ndarray = counts(2)
    lengths: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    bouts: np.ndarray = counts(0)
    modes: np.ndarray = counts(3)
    regions: Counter[tuple[str, int]] = field(default_factory=Counter)
    behaviors: list[str] = field(default_factory=list)


def of_recording(recording: Recording) -> Tally:
    """Count one recording."""
    errors = recording.pose_errors()
    sure, doubted = _confidence(recording, errors)
    poses = recording.poses
    valid = recording.spread(poses.frame, np.asarray(poses.valid), False)
    touching = np.asarray(recording.touching, bool)
    found = Tally(
        frames=hits(valid[~touching]),
        contact=hits(valid[touching]),
        errors=np.array([(errors <= 5).sum(), (errors <= CLOSE_PX).sum(), errors.size]),
        middle_error=middle(errors),
        sure=sure,
        doubted=doubted,
        bases=hits(recording.tail_base_errors() <= 5) if recording.tailed else np.zeros(2, int),
        angles=recording.heading_errors(),
        names=[] if recording.names is None else [recording.names],
        regions=region_counts(recording),
        behaviors=list(recording.truth.behaviors),
    )
    del errors
    if recording.gait is None:
        return found
    walking = recording.walking
    error = np.abs(recording.forward_velocity() - recording.truth.forward_velocity)[walking]
    swing, known = recording.swing()
    correct = (swing != recording.truth.stance) & known
    true, mode = recording.gaits()
    here = walking & (true != "")
    true, mode = true[here], mode[here]
    return replace(
        found,
        speed=np.where(np.isnan(error), np.inf, error),
        right=hits(correct[walking]),
        turning=hits(correct[recording.turning]),
        false=hits(recording.called_walking()[recording.still]),
        lengths=_lengths(recording, swing, known),
        bouts=_frequency_errors(recording, swing, known),
        modes=np.array([(true == mode).sum(), (mode == "").sum(), len(true)]),
    )


def added(tallies: Sequence[Tally]) -> Tally:
    """Of several recordings; NaN for the median of their errors."""
    every = [Tally(), *tallies]
    found: dict[str, Any] = {}
    summed = ("frames", "contact", "errors", "sure", "doubted", "bases", "right", "turning")
    for name in (*summed, "false", "modes"):
        found[name] = np.sum([getattr(each, name) for each in every], axis=0)
    for name in ("angles", "speed", "bouts"):
        found[name] = np.concatenate([getattr(each, name) for each in every])
    lengths: dict[tuple[str, str], np.ndarray] = {}
    for each in tallies:
        for key, counts in each.lengths.items():
            lengths[key] = lengths.get(key, 0) + counts
    names = {id(n): n for each in tallies for n in each.names}  # a video counts once
    return Tally(
        **found,
        lengths=lengths,
        names=list(names.values()),
        regions=sum((each.regions for each in tallies), Counter()),
        behaviors=list(dict.fromkeys(n for each in tallies for n in each.behaviors)),
    )


def _confidence(recording: Recording, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``sure`` and ``doubted`` of one recording; zeros where confidence is no probability."""
    poses = recording.poses
    sure, doubted = np.zeros((BINS, 3)), np.zeros((2, 2), int)
    if not poses.calibration:
        return sure, doubted
    limit, scale = recording.doubtful, recording.scale
    told = poses.confidence[np.flatnonzero(poses.valid)]
    for part in range(errors.shape[1]):  # one at a time: half an array more, not three
        off, said = errors[:, part] / scale, told[:, part]
        sure += reliability(said, off <= CLOSE_PX, BINS)
        doubted += [hits(said[off > FAR_PX] < limit), hits(said[off <= CLOSE_PX] < limit)]
    return sure, doubted


def hits(which: np.ndarray) -> np.ndarray:
    """(2,) how many are True, and all."""
    return np.array([np.sum(which), np.size(which)], int)


def _lengths(
    recording: Recording, swing: np.ndarray, known: np.ndarray
) -> dict[tuple[str, str], np.ndarray]:
    truth, walking = recording.truth, recording.walking
    out: dict[tuple[str, str], np.ndarray] = {}
    for index, name in enumerate(truth.behaviors):
        within = walking & (truth.behavior == index)
        for leg in range(len(truth.legs)) if within.any() else ():
            measured = whole_phases(swing[:, leg], within & known[:, leg])
            true = whole_phases(~truth.stance[:, leg], within)
            for phase, some, real in zip(("swing", "stance"), measured, true, strict=True):
                counts = np.array([sum(some), len(some), sum(real), len(real)])
                out[phase, name] = out.get((phase, name), 0) + counts
    return out


def _frequency_errors(recording: Recording, swing: np.ndarray, known: np.ndarray) -> np.ndarray:
    bouts = []
    for start, stop in runs(recording.walking):
        seconds = (stop - start) / recording.truth.fps
        if seconds >= SHORTEST_BOUT_S:
            bout = slice(start, stop)
            found = lift_offs(swing[bout], known[bout])
            real = lift_offs(~recording.truth.stance[bout], np.ones_like(known[bout]))
            bouts.append(np.abs(found - real).mean() / seconds)
    return np.array(bouts)


def region_counts(recording: Recording) -> Counter[tuple[str, int]]:
    """Frames of the truth by true behavior and region of the map."""
    region, doing = recording.regions(), recording.truth.behavior
    names = recording.truth.behaviors
    out: Counter[tuple[str, int]] = Counter()
    for index in np.unique(doing):
        found = np.unique(region[doing == index], return_counts=True)
        out.update({(names[index], int(k)): int(n) for k, n in zip(*found, strict=True)})
    return out


def doing(recordings: Sequence[Recording]) -> tuple[Counter[tuple[str, int]], list[str]]:
    """Of several recordings the ``regions`` and ``behaviors`` of :class:`Tally` alone."""
    counts: Counter[tuple[str, int]] = Counter()
    names: dict[str, None] = {}
    for recording in recordings:
        counts.update(region_counts(recording))
        names |= dict.fromkeys(recording.truth.behaviors)
        del recording  # before the next one is read
    return counts, list(names)


def middle(values: np.ndarray) -> float:
    """Their median, NaN of none."""
    return float(np.median(values)) if values.size else np.nan
