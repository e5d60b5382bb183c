"""The counts behind the pictures of the validation figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leap_core.containers import Panels
from leap_core.validation.recording import Recording

ERROR_EDGES = np.r_[np.arange(100) / 10, np.arange(10, 202, 2), np.inf]  # px
SPEED_EDGES = np.arange(-5, 45.01, 0.5)  # mm/s


def count_panels(recordings: Sequence[Recording]) -> Panels:
    """Count; without recordings all axes but the bins are empty."""
    names: dict[str, None] = {}
    gaits: dict[str, None] = {}
    groups: dict[str, tuple[str, ...]] = {}
    legs: list[str] = []
    told: list[str] = []
    regions = 0
    for recording in recordings:
        skeleton = recording.poses.skeleton
        groups = groups or {"all": tuple(skeleton.parts), **skeleton.groups}
        legs = legs or list(recording.truth.legs)
        names |= dict.fromkeys(recording.truth.behaviors)
        gaits |= dict.fromkeys(recording.truth.gaits)
        regions = max(regions, int(recording.behavior.region.max(initial=0)))
        told.append(recording.poses.recording)
        del recording, skeleton  # before the next one is read
    error_counts = np.zeros((len(groups), len(ERROR_EDGES) - 1), np.int64)
    speed_counts = np.zeros((len(SPEED_EDGES) - 1,) * 2, np.int64)
    right, walked = np.zeros(len(legs), np.int64), np.zeros(len(legs), np.int64)
    gait_counts = np.zeros((len(gaits), len(gaits) + 1), np.int64)
    region_counts = np.zeros((len(names), regions + 1), np.int64)
    no_data = np.zeros(len(names), np.int64)
    for recording in recordings:
        truth, errors = recording.truth, recording.pose_errors()
        for row, parts in enumerate(groups.values()):
            columns = [recording.poses.skeleton.index(p) for p in parts]
            error_counts[row] += np.histogram(errors[:, columns], ERROR_EDGES)[0]
        region = recording.regions()
        here = region >= 0
        rows = np.array([list(names).index(n) for n in truth.behaviors])[truth.behavior]
        np.add.at(region_counts, (rows[here], region[here]), 1)
        no_data += np.bincount(rows[~here], minlength=len(names))
        if recording.gait is not None:
            walking = recording.walking
            true, found = truth.forward_velocity[walking], recording.forward_velocity()[walking]
            speed_counts += np.histogram2d(true, found, [SPEED_EDGES] * 2)[0].astype(np.int64)
            swing, known = recording.swing()
            right += ((swing != truth.stance) & known)[walking].sum(axis=0)
            walked += int(walking.sum())
            before, after = (g[walking] for g in recording.gaits())
            for row, gait in enumerate(gaits):
                counts = [np.sum((before == gait) & (after == other)) for other in gaits]
                gait_counts[row] += [*counts, np.sum(before == gait) - sum(counts)]
        del recording, truth, errors  # before the next one is read
    return Panels(
        error_counts=error_counts,
        error_edges=ERROR_EDGES,
        speed_counts=speed_counts,
        speed_edges=SPEED_EDGES,
        stance_right=right,
        walking_frames=walked,
        gait_counts=gait_counts,
        region_counts=region_counts,
        no_data=no_data,
        recordings=told,
        groups=list(groups),
        legs=legs,
        gaits=list(gaits),
        behaviors=list(names),
    )
