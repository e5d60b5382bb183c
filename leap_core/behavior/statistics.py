"""What the animal does in each region of the map: speed, rhythms, moving parts, gait modes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from leap_core import config
from leap_core.behavior.channels import egocentric, origin
from leap_core.behavior.spectra import band_power, linear_axis, peak, power_blocks
from leap_core.behavior.speeds import Speeds
from leap_core.containers import Behavior, BehaviorMap, Gait, Poses, RegionStats
from leap_core.errors import UserError
from leap_core.skeleton import Skeleton
from leap_core.timeseries import filled

_SIDE = re.compile(r"(?i)(left|right)|([LR])(?=\d*$)")


def part_groups(skeleton: Skeleton, center: str) -> dict[str, list[int]]:
    """Part groups without the center; a group whose parts all have a mirror image in two.

    >>> s = Skeleton(parts=("nose", "legL", "legR"), swap=(0, 2, 1),
    ...              groups={"head": ("nose",), "legs": ("legL", "legR")})
    >>> part_groups(s, "")
    {'head': [0], 'legs L': [1], 'legs R': [2]}

    Without groups every part is its own.
    """
    named = skeleton.groups or {part: (part,) for part in skeleton.parts}
    out: dict[str, list[int]] = {}
    for group, parts in named.items():
        members = [skeleton.index(p) for p in parts if p != center]
        sided = [i for i in members if skeleton.swap[i] != i and skeleton.swap[i] in members]
        sides = [_side(skeleton.parts[i]) for i in sided]
        if members and len(sided) == len(members) and all(sides):
            for side in "LR":
                out[f"{group} {side}"] = [i for i, s in zip(sided, sides, strict=True) if s == side]
        elif members:
            out[group] = members
    return out


def _side(part: str) -> str:
    found = _SIDE.search(part)
    return found.group(0)[0].upper() if found else ""


def region_statistics(
    map: BehaviorMap,
    behaviors: Iterable[Behavior],
    poses: Iterable[Poses],
    gaits: Iterable[Gait],
    settings: config.Behavior,
    min_speed: float,
    min_confidence: float,
) -> RegionStats:
    """Describe every region by what was measured in its frames (paper: Figure 5).

    Power is that of egocentric positions in px, not z-scored: leg tips along the body axis, and
    all axes of every part of a group.  Frames between regions count in the averages over all
    frames that group power is divided by.

    A region is locomotor when its median forward speed is above ``min_speed`` and each leg's tip
    carries at least ``settings.locomotor_power`` of that leg's mean power over all frames: slow
    walking and the inner legs of a turn stay above, legs that rest while others groom do not.
    Where speed in mm/s is unknown the legs' shares must also be above 1 on average.

    Where the speed of any recording is in mm/s, those in px/s count as unknown, and the note
    names their recordings: pixels of different scales cannot be pooled with millimetres.  Median
    speeds are right to 0.01 mm/s or 0.5 px/s.

    Recordings are read one at a time: generators need the memory of one.

    Args:
        map: the regions.
        behaviors: every frame's region, one per recording.
        poses: of the same recordings in the same order.
        gaits: of the same recordings in the same order, or none at all.
        settings: section ``behavior``.
        min_speed: mm/s, as for walking.
        min_confidence: parts below it are missing.

    Raises:
        UserError: recordings that do not match, or with different skeletons or gait modes.
    """
    regions = len(map.occupancy)
    power: _Power | None = None
    speeds = Speeds(regions)
    states: list[str] = []
    notes: set[str] = set()
    for behavior, pose, gait in _together(behaviors, poses, gaits):
        if power is None:
            power = _Power(pose, regions, settings)
            inside, placed = np.zeros(regions, np.int64), 0
            states = list(gait.states) if gait is not None else []
            in_state = np.zeros((regions, len(states)), np.int64)
        power.add(pose, behavior.region, settings, min_confidence)
        inside += np.bincount(behavior.region[behavior.region > 0], minlength=regions + 1)[1:]
        placed += int((behavior.region >= 0).sum())
        if gait is not None:
            if list(gait.states) != states:
                raise UserError(
                    f"recording {gait.recording}: its gait modes differ from those of the others; "
                    "make the gait files again"
                )
            speeds.add(gait, behavior.region)
            both = (behavior.region > 0) & (gait.state >= 0)
            np.add.at(in_state, (behavior.region[both] - 1, gait.state[both]), 1)
            notes |= {gait.note} - {""}
        measured = gait is not None
        del behavior, pose, gait  # before the next ones are read
    if power is None:
        raise UserError("region statistics: no recordings; name at least one in `videos`")
    spectrum, ratio = power.results()
    tips, groups, frequencies = power.tips, power.groups, power.frequencies
    of_groups, of_tips = np.split(spectrum, [len(groups)])
    legs = of_tips.mean(axis=0) if tips else np.full((regions, len(frequencies)), np.nan)
    group_power, tip_power = np.split(ratio, [len(groups)])

    speed, edges, density = speeds.results()
    by_speed = np.isfinite(speed) & (speeds.units == "mm/s")
    locomotor = np.zeros(regions, bool)
    if tips:
        locomotor = np.asarray((tip_power >= settings.locomotor_power).all(axis=0))
        locomotor &= np.where(by_speed, speed > min_speed, tip_power.mean(axis=0) > 1)
    peaks = [[peak(row, frequencies) for row in rows] for rows in of_groups]
    return RegionStats(
        occupancy=inside / max(placed, 1),
        locomotor=locomotor,
        speed=speed,
        speed_density=density,
        speed_edges=edges,
        power=legs,
        peak_frequency=np.array([peak(row, frequencies) for row in legs]),
        group_power=group_power.T,
        group_peak=np.reshape(peaks, (len(groups), regions)).T,
        gait=in_state / np.maximum(inside, 1)[:, None],
        frequencies=frequencies.tolist(),
        groups=list(groups),
        states=states,
        speed_source=speeds.source,
        units=speeds.units,
        note=_note(tips, measured, notes, speeds.unknown, bool(by_speed.any())),
    )


class _Power:
    """Mean power of each part group, then of each leg tip, recording by recording.

    Attributes:
        groups: name -> parts.
        tips: leg tips.
        frequencies: Hz; those that every recording so far can show.
    """

    def __init__(self, first: Poses, regions: int, settings: config.Behavior):
        self.first = (first.recording, first.skeleton.parts, first.positions.shape[2])
        self.middle = origin(first.skeleton, settings.center)
        only = first.skeleton.parts[self.middle[0]] if len(self.middle) == 1 else ""
        self.groups = part_groups(first.skeleton, only)
        self.tips = list(first.skeleton.leg_tips.values())
        self.frequencies = linear_axis(settings.fmin, settings.fmax, first.fps)
        axes = range(first.positions.shape[2])
        # All axes of each group's parts; then the tips, one by one, along x only.
        self.sets = [[(i, axis) for i in parts for axis in axes] for parts in self.groups.values()]
        self.sets += [[(tip, 0)] for tip in self.tips]
        self.total = np.zeros((len(self.sets), regions + 1, len(self.frequencies)))
        self.count = np.zeros((len(self.sets), regions + 1))

    def add(
        self, pose: Poses, region: np.ndarray, settings: config.Behavior, min_confidence: float
    ) -> None:
        """Add one recording; region (frame,)."""
        name, *same = self.first
        if [pose.skeleton.parts, pose.positions.shape[2]] != same:
            raise UserError(
                f"recording {pose.recording}: its skeleton or axes differ from those of {name}; "
                "use one skeleton for all"
            )
        # Axes of all frame rates start alike: the shortest is a part of every other.
        fewer = len(linear_axis(settings.fmin, settings.fmax, pose.fps))
        self.frequencies = self.frequencies[:fewer]
        self.total = self.total[..., :fewer]
        x, known = _filled(pose, self.middle, settings, min_confidence)
        numbers = np.arange(self.count.shape[1])[:, None]
        for row, members in enumerate(self.sets):
            wanted = [(i, axis) for i, axis in members if known[i]]
            if not wanted:
                continue
            signal = np.stack([x[:, i, axis] for i, axis in wanted], axis=1)
            # omega0 5 whatever the map's: shorter wavelets are too broad for a peak
            for block, power in power_blocks(signal, pose.fps, self.frequencies):
                mine = region[block] == numbers
                self.total[row] += mine.astype(np.float32) @ power.mean(axis=1)
                self.count[row] += mine.sum(axis=1)

    def results(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean power (group or tip, region, frequency) px^2, and (group or tip, region) its band
        power over the mean of all frames.  NaN where nothing was seen."""
        with np.errstate(invalid="ignore", divide="ignore"):
            spectrum = self.total[:, 1:] / self.count[:, 1:, None]
            overall = self.total.sum(axis=1) / self.count.sum(axis=1)[:, None]
            ratio = band_power(spectrum, self.frequencies)
            return spectrum, ratio / band_power(overall, self.frequencies)[:, None]


def _note(
    tips: list[int], measured: bool, notes: set[str], unknown: list[str], by_speed: bool
) -> str:
    said = []
    if not tips:
        said.append("the skeleton names no legs: no leg power and no locomotor regions")
    if not measured:
        said.append("no gait analysis: forward speed and gait modes are unknown")
    said += sorted(notes)
    if unknown:
        said.append(f"speed in px/s only, left out: {', '.join(sorted(unknown))}")
    if tips and not by_speed:
        said.append("locomotor regions were told by leg power alone")
    return "; ".join(said)


def _together(
    behaviors: Iterable[Behavior], poses: Iterable[Poses], gaits: Iterable[Gait]
) -> Iterator[tuple[Behavior, Poses, Gait | None]]:
    """All of each recording, read one recording at a time; UserError where they do not match.

    The gait is None for every recording, or for none.
    """
    behaviors, poses, gaits = iter(behaviors), iter(poses), iter(gaits)
    any_gait = None
    while True:
        behavior, pose, gait = next(behaviors, None), next(poses, None), next(gaits, None)
        any_gait = gait is not None if any_gait is None else any_gait
        names = {(o.recording, len(o.frame)) if o is not None else None for o in (behavior, pose)}
        if any_gait:
            names.add((gait.recording, len(gait.frame)) if gait is not None else None)
        if len(names) != 1 or (gait is not None and not any_gait):
            raise UserError(
                "region statistics: recordings or their lengths differ between the poses, gait "
                "and behavior files; make them again"
            )
        if behavior is None or pose is None:
            return
        yield behavior, pose, gait
        del behavior, pose, gait  # before the next ones are read


def _filled(
    poses: Poses, middle: list[int], settings: config.Behavior, min_confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    """Egocentric positions less their means with gaps bridged, and the parts seen often enough."""
    x, seen = egocentric(poses, middle, min_confidence)
    known = seen.any(axis=0) & (1 - seen.mean(axis=0) <= settings.max_missing)
    for part in np.flatnonzero(known):
        here = seen[:, part]
        for axis in range(x.shape[2]):
            values = x[here, part, axis]
            x[:, part, axis] = filled(values - values.mean(), here)
    return x.astype(np.float32), known
