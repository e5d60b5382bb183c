"""What the animal does in each region of the map: speed, rhythms, moving parts, gait modes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest

import numpy as np

from leap_core import config
from leap_core.behavior.channels import center_part, egocentric
from leap_core.behavior.spectra import band_power, linear_axis, peak, power_blocks
from leap_core.containers import Behavior, BehaviorMap, Gait, Poses, RegionStats
from leap_core.errors import UserError
from leap_core.skeleton import Skeleton

SPEED_BINS = 60
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


def statistics(
    map: BehaviorMap,
    behaviors: list[Behavior],
    poses: Iterable[Poses],
    gaits: list[Gait],
    settings: config.Behavior,
    min_speed: float,
    min_confidence: float,
) -> RegionStats:
    """Describe every region by what was measured in its frames (paper: Figure 5).

    Power is that of egocentric positions in px, not z-scored: leg tips along the body axis, and
    both axes of every part of a group.  Frames between regions count in the averages over all
    frames that group power is divided by.

    A region is locomotor when its median forward speed is above ``min_speed`` and each leg's tip
    carries at least ``settings.locomotor_power`` of that leg's mean power over all frames: slow
    walking and the inner legs of a turn stay above, legs that rest while others groom do not.
    Where speed in mm/s is unknown the legs' shares must also be above 1 on average.

    Where the speed of any recording is in mm/s, those in px/s count as unknown, and the note
    names their recordings: pixels of different scales cannot be pooled with millimetres.

    Args:
        map: the regions.
        behaviors: every frame's region, one per recording.
        poses: of the same recordings in the same order; one at a time is held, so that those of
            a generator need the memory of one.
        gaits: of the same recordings in the same order, or none at all.
        settings: section ``behavior``.
        min_speed: mm/s, as for walking.
        min_confidence: parts below it are missing.

    Raises:
        UserError: recordings that do not match, or with different skeletons.
    """
    if not behaviors:
        raise UserError("region statistics: no recordings; name at least one in `videos`")
    if gaits:
        for behavior, gait in zip_longest(behaviors, gaits):
            _same(behavior, gait)
    regions = len(map.occupancy)
    frequencies = linear_axis(settings.fmin, settings.fmax, min(b.fps for b in behaviors))
    groups, tips, spectrum, ratio = _spectra(
        behaviors, poses, frequencies, regions, settings, min_confidence
    )
    of_groups, of_tips = np.split(spectrum, [len(groups)])
    legs = of_tips.mean(axis=0) if tips else np.full((regions, len(frequencies)), np.nan)
    group_power, tip_power = np.split(ratio, [len(groups)])

    region = np.concatenate([b.region for b in behaviors])
    units = "mm/s" if not gaits or any(g.velocity_units == "mm/s" for g in gaits) else "px/s"
    unknown = [g.recording for g in gaits if g.velocity_units != units]
    speed, edges, density = _speeds(region, gaits, units, regions)
    by_speed = np.isfinite(speed) & (units == "mm/s")
    locomotor = np.zeros(regions, bool)
    if tips:
        locomotor = (tip_power >= settings.locomotor_power).all(axis=0)
        locomotor &= np.where(by_speed, speed > min_speed, tip_power.mean(axis=0) > 1)
    states = list(gaits[0].states) if gaits else []
    inside = np.bincount(region[region > 0], minlength=regions + 1)[1:]
    peaks = [[peak(row, frequencies) for row in rows] for rows in of_groups]
    return RegionStats(
        occupancy=inside / max(inside.sum(), 1),
        locomotor=locomotor,
        speed=speed,
        speed_density=density,
        speed_edges=edges,
        power=legs,
        peak_frequency=[peak(row, frequencies) for row in legs],
        group_power=group_power.T,
        group_peak=np.reshape(peaks, (len(groups), regions)).T,
        gait=_gait_shares(region, gaits, regions, len(states)),
        frequencies=frequencies.tolist(),
        groups=list(groups),
        states=states,
        speed_source="; ".join(
            sorted({g.speed_source for g in gaits if g.speed_source and g.velocity_units == units})
        ),
        units=units,
        note=_note(tips, gaits, unknown, bool(by_speed.any())),
    )


def _spectra(
    behaviors: list[Behavior],
    poses: Iterable[Poses],
    frequencies: np.ndarray,
    regions: int,
    settings: config.Behavior,
    min_confidence: float,
) -> tuple[dict[str, list[int]], list[int], np.ndarray, np.ndarray]:
    """Mean power of each part group, then of each leg tip, recording by recording.

    Returns:
        Groups with their parts, leg tips, (group or tip, region, frequency) px^2, and (group or
        tip, region) band power over its mean over all frames.  NaN where nothing was seen.
    """
    skeleton = None
    for behavior, pose in _matched(behaviors, poses):
        if skeleton is None:
            skeleton = pose.skeleton
            center = center_part(pose, settings)
            groups, tips = part_groups(skeleton, center), list(skeleton.leg_tips.values())
            # Both axes of each group's parts; then the tips, one by one, along x only.
            sets = [[(i, axis) for i in parts for axis in (0, 1)] for parts in groups.values()]
            sets += [[(tip, 0)] for tip in tips]
            total = np.zeros((len(sets), regions + 1, len(frequencies)))
            count = np.zeros((len(sets), regions + 1))
        x, known = _filled(pose, skeleton.index(center), settings, min_confidence)
        fps = pose.fps
        del pose  # before the next one is read
        for row, members in enumerate(sets):
            wanted = [(i, axis) for i, axis in members if known[i]]
            if not wanted:
                continue
            signal = np.stack([x[:, i, axis] for i, axis in wanted], axis=1)
            for block, power in power_blocks(signal, fps, frequencies, settings.omega0):
                mine = behavior.region[block] == np.arange(regions + 1)[:, None]
                total[row] += mine.astype(np.float32) @ power.mean(axis=1)
                count[row] += mine.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        spectrum = total[:, 1:] / count[:, 1:, None]
        overall = total.sum(axis=1) / count.sum(axis=1)[:, None]
        ratio = band_power(spectrum, frequencies) / band_power(overall, frequencies)[:, None]
    return groups, tips, spectrum, ratio


def _note(tips: list[int], gaits: list[Gait], unknown: list[str], by_speed: bool) -> str:
    notes = []
    if not tips:
        notes.append("the skeleton names no legs: no leg power and no locomotor regions")
    if not gaits:
        notes.append("no gait analysis: forward speed and gait modes are unknown")
    else:
        notes += sorted({g.note for g in gaits if g.note})
    if unknown:
        notes.append(f"speed in px/s only, left out: {', '.join(sorted(unknown))}")
    if tips and not by_speed:
        notes.append("locomotor regions were told by leg power alone")
    return "; ".join(notes)


def _matched(behaviors: list[Behavior], poses: Iterable[Poses]) -> Iterator[tuple[Behavior, Poses]]:
    """Both of each recording; UserError where they or the skeletons do not match."""
    poses, first = iter(poses), ()
    for behavior in behaviors:
        pose = next(poses, None)
        _same(behavior, pose)
        first = first or (pose.recording, pose.skeleton.parts)
        if pose.skeleton.parts != first[1]:
            raise UserError(
                f"recording {pose.recording}: its skeleton differs from that of {first[0]}; use "
                "one skeleton for all"
            )
        yield behavior, pose
        del pose  # before the next one is read
    _same(None, next(poses, None))


def _same(behavior: Behavior | None, other: Poses | Gait | None) -> None:
    """UserError unless both are of one recording and length, or both missing."""
    names = [(o.recording, len(o.frame)) if o is not None else None for o in (behavior, other)]
    if names[0] != names[1]:
        raise UserError(
            "region statistics: recordings or their lengths differ between the poses, gait and "
            "behavior files; make them again"
        )


def _filled(
    poses: Poses, middle: int, settings: config.Behavior, min_confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    """Egocentric positions less their means with gaps bridged, and the parts seen often enough."""
    x, seen = egocentric(poses, middle, min_confidence)
    known = seen.any(axis=0) & (1 - seen.mean(axis=0) <= settings.max_missing)
    time = np.arange(len(x))
    for part in np.flatnonzero(known):
        here = seen[:, part]
        for axis in (0, 1):
            values = x[here, part, axis]
            x[:, part, axis] = np.interp(time, time[here], values - values.mean())
    return x.astype(np.float32), known


def _speeds(
    region: np.ndarray, gaits: list[Gait], units: str, regions: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Median forward speed (region,), bin edges, and density (region, bin), in ``units`` only."""
    speed = np.full(len(region), np.nan)
    if gaits:
        scale = [1.0 if g.velocity_units == units else np.nan for g in gaits]
        speed = np.concatenate(
            [g.forward_velocity.astype(float) * s for g, s in zip(gaits, scale, strict=True)]
        )
    known = np.isfinite(speed)
    used = speed[known & (region > 0)]
    low, high = np.quantile(used, [0.005, 0.995]) if len(used) else (0.0, 1.0)
    step = max(high - low, 1e-6) / SPEED_BINS
    # A round width: 1, 2 or 5 times a power of ten.
    power = 10.0 ** np.floor(np.log10(step))
    width = power * next(m for m in (1, 2, 5, 10) if m * power >= 0.999 * step)
    edges = width * np.arange(np.floor(low / width), np.ceil(high / width) + 1)
    median = np.full(regions, np.nan)
    density = np.full((regions, len(edges) - 1), np.nan)
    for k in range(regions):
        mine = speed[known & (region == k + 1)]
        if len(mine):
            median[k] = np.median(mine)
            density[k] = np.histogram(mine, edges)[0] / (len(mine) * width)
    return median, edges, density


def _gait_shares(region: np.ndarray, gaits: list[Gait], regions: int, states: int) -> np.ndarray:
    """Share of each region's frames with each gait mode; the rest of its frames has none."""
    if not states:
        return np.zeros((regions, 0))
    state = np.concatenate([g.state for g in gaits])
    frames = np.array([max((region == k + 1).sum(), 1) for k in range(regions)])
    out = [
        [((region == k + 1) & (state == s)).sum() for s in range(states)] for k in range(regions)
    ]
    return np.array(out, float).reshape(regions, states) / frames[:, None]
