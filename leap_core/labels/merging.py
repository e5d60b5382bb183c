"""Put label sources together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from leap_core.containers import Labels
from leap_core.errors import UserError
from leap_core.skeleton import Skeleton


def merge(sources: Sequence[Labels], size: int | None = None) -> Labels:
    """All samples of several sources, in order.

    Args:
        size: side of the crops that the network will see, px; None accepts any size.

    Raises:
        UserError: none given, no images, or parts, mirror partners or image sizes differ; names
            both.
    """
    if not sources:
        raise UserError("labels: no sources to merge; list some under `labels.sources`")
    first = sources[0]
    for labels in sources:
        if size and not labels.images.shape[1]:
            raise UserError(
                f"labels {named(labels)} come without images; put the images or the labeled video "
                "beside them"
            )
    if size and first.images.shape[1:3] != (size, size):
        raise UserError(
            f"labels {named(first)} have images of {_size(first)}, but crop.size is {size}; label "
            "crops of that size, set crop.size, or set `labels.align` or `crop.pad`"
        )
    for other in sources[1:]:
        if other.skeleton.parts != first.skeleton.parts:
            raise UserError(
                f"labels {named(other)} have skeleton {_parts(other)}, {named(first)} have "
                f"{_parts(first)}; read both with one skeleton"
            )
        if other.images.shape[1:] != first.images.shape[1:]:
            raise UserError(
                f"labels {named(other)} have images of {_size(other)}, {named(first)} of "
                f"{_size(first)}; crop them to one size or set `labels.align`"
            )
    merged = first.skeleton
    for other in sources[1:]:
        merged = _pair(merged, other, first)
    names = ("images", "positions", "status", "source", "frame", "split")
    scales = {labels.px_per_mm for labels in sources}
    joined: dict[str, Any] = {
        n: np.concatenate([getattr(labels, n) for labels in sources]) for n in names
    }
    if any(labels.occluded is not None for labels in sources):
        none = [np.zeros(labels.status.shape, bool) for labels in sources]
        joined["occluded"] = np.concatenate(
            [n if s.occluded is None else s.occluded for s, n in zip(sources, none, strict=True)]
        )
    joined["video"] = np.concatenate([videos(labels) for labels in sources])
    scale = scales.pop() if len(scales) == 1 else float("nan")
    return replace(first, skeleton=merged, px_per_mm=scale, **joined)


def videos(labels: Labels) -> np.ndarray:
    """The video of each sample; empty where its frame is only a row."""
    known = labels.video
    return np.zeros(len(labels.source), "U1") if known is None else np.asarray(known, dtype=str)


def _pair(skeleton: Skeleton, other: Labels, first: Labels) -> Skeleton:
    """The skeleton with the mirror partners that another source's file stores."""
    swap = list(skeleton.swap)
    for i, j in enumerate(other.skeleton.swap):
        if j == i or swap[i] == j:
            continue
        if (swap[i], swap[j]) != (i, j):
            a, b, c = (skeleton.parts[k] for k in (i, j, swap[i] if swap[i] != i else swap[j]))
            raise UserError(
                f"labels {named(other)} take {a} and {b} for mirror images, {named(first)} pair "
                f"one of them with {c}; list the right pairs in `symmetry` of the skeleton"
            )
        swap[i], swap[j] = j, i
    left = skeleton.unpaired and tuple(
        part for k, part in enumerate(skeleton.parts) if part in skeleton.unpaired and swap[k] == k
    )
    return replace(skeleton, swap=tuple(swap), unpaired=left)


def named(labels: Labels) -> str:
    """The sources, for messages."""
    return ", ".join(map(str, np.unique(labels.source))) or "(none)"


def _size(labels: Labels) -> str:
    height, width = labels.images.shape[1:3]
    return f"{width} x {height} px"


def _parts(labels: Labels) -> str:
    return f"{labels.skeleton.name} ({len(labels.skeleton)}: {', '.join(labels.skeleton.parts)})"
