"""Labels from the truth: what a careful person would have clicked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from leap_core import containers, geometry
from leap_core.containers import SPLITS
from leap_core.errors import UserError
from leap_core.skeleton import Skeleton


def label(
    sample: containers.Sample,
    truths: Mapping[str, Sequence[containers.Truth]],
    crops: Mapping[str, Any],
    count: int,
    skeleton: Skeleton,
) -> containers.Labels:
    """Label the first ``count`` frames of the sample that come from recordings with truth.

    Args:
        sample: frames in the order in which to label them.
        truths: recording -> truth of every animal in its video.  A person labels the animal in
            the middle of the image, whichever that is: of these the one nearest to its center.
        crops: recording -> anything with ``frame`` (frame,), ``center`` (frame, xy) and
            ``heading`` (frame,): how its crops were cut.
        count: how many; all there are when the sample holds fewer.

    Returns:
        Labels in crop pixels: status 1, split -1.  Parts outside the image and parts that the
        truth does not know stay unlabeled (NaN, status 0).

    Raises:
        UserError: no frame of the sample comes from a recording with truth, or a sampled frame
            is not in the crops.
    """
    rows = np.flatnonzero(np.isin(sample.source, list(truths)))[:count]
    if not len(rows):
        raise UserError(
            f"labels.truth_videos: no sampled frame comes from {', '.join(sorted(truths))}; "
            "name a synthetic video of this dataset"
        )
    height, width = sample.images.shape[1:3]
    positions = np.full((len(rows), len(skeleton), 2), np.nan)
    for k, row in enumerate(rows):
        source, frame = str(sample.source[row]), int(sample.frame[row])
        cut = crops[source]
        (found,) = np.nonzero(np.asarray(cut.frame) == frame)
        if not len(found) or frame >= len(truths[source][0].positions):
            raise UserError(
                f"recording {source}: sampled frame {frame} is not in its crops and truth; "
                "make the sample again"
            )
        at = found[0]
        known = _nearest(truths[source], frame, cut.center[at])
        columns = [j for j, part in enumerate(skeleton.parts) if part in known.skeleton.parts]
        parts = [known.skeleton.index(skeleton.parts[j]) for j in columns]
        points = known.positions[frame, parts]
        positions[k, columns] = geometry.to_crop(
            points, cut.center[at], cut.heading[at], (width, height)
        )
    inside = (positions >= 0).all(-1) & (positions <= (width - 1, height - 1)).all(-1)
    positions[~inside] = np.nan
    return containers.Labels(
        images=sample.images[rows],
        positions=positions,
        status=np.asarray(inside, np.int8),
        source=sample.source[rows],
        frame=sample.frame[rows],
        split=np.full(len(rows), SPLITS["none"], np.int8),
        skeleton=skeleton,
    )


def _nearest(truths: Sequence[containers.Truth], frame: int, center) -> containers.Truth:
    """The animal that is nearest to a place in a frame."""
    return min(truths, key=lambda truth: np.linalg.norm(truth.centroid[frame] - center))


def by_video(
    truths: Mapping[str, containers.Truth], recordings: Mapping[str, Sequence]
) -> dict[str, list[containers.Truth]]:
    """The truth of every animal in a recording's video, by recording.

    Args:
        recordings: recording -> (video, number of the animal).
    """
    return {
        name: [truths[other] for other in truths if recordings[other][0] == recordings[name][0]]
        for name in truths
    }


def of_recording(labels: containers.Labels, recording: str) -> containers.Labels:
    """The samples of one recording, for a label file of its own.

    Raises:
        UserError: none of the labeled frames comes from it.
    """
    mine = labels.source == recording
    if not mine.any():
        raise UserError(
            f"labels.truth: none of the {len(mine)} labeled frames comes from {recording}; raise "
            "it or take the video out of `labels.truth_videos`"
        )
    names = ("images", "positions", "status", "source", "frame", "split")
    return replace(labels, **{name: getattr(labels, name)[mine] for name in names})
