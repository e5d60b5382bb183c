"""Put label sources together and divide the samples among training, validation and test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np

from leap_core import config
from leap_core.containers import SPLITS, Labels
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
                f"labels {_name(labels)} come without images; put the images or the labeled video "
                "beside them"
            )
    if size and first.images.shape[1:3] != (size, size):
        raise UserError(
            f"labels {_name(first)} have images of {_size(first)}, but crop.size is {size}; label "
            "crops of that size, set crop.size, or set `labels.align` or `crop.pad`"
        )
    for other in sources[1:]:
        if other.skeleton.parts != first.skeleton.parts:
            raise UserError(
                f"labels {_name(other)} have skeleton {_parts(other)}, {_name(first)} have "
                f"{_parts(first)}; read both with one skeleton"
            )
        if other.images.shape[1:] != first.images.shape[1:]:
            raise UserError(
                f"labels {_name(other)} have images of {_size(other)}, {_name(first)} of "
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
    scale = scales.pop() if len(scales) == 1 else float("nan")
    return replace(first, skeleton=merged, px_per_mm=scale, **joined)


def _pair(skeleton: Skeleton, other: Labels, first: Labels) -> Skeleton:
    """The skeleton with the mirror partners that another source's file stores."""
    swap = list(skeleton.swap)
    for i, j in enumerate(other.skeleton.swap):
        if j == i or swap[i] == j:
            continue
        if (swap[i], swap[j]) != (i, j):
            a, b, c = (skeleton.parts[k] for k in (i, j, swap[i] if swap[i] != i else swap[j]))
            raise UserError(
                f"labels {_name(other)} take {a} and {b} for mirror images, {_name(first)} pair "
                f"one of them with {c}; list the right pairs in `symmetry` of the skeleton"
            )
        swap[i], swap[j] = j, i
    left = skeleton.unpaired and tuple(
        part for k, part in enumerate(skeleton.parts) if part in skeleton.unpaired and swap[k] == k
    )
    return replace(skeleton, swap=tuple(swap), unpaired=left)


def _name(labels: Labels) -> str:
    return ", ".join(map(str, np.unique(labels.source))) or "(none)"


def _size(labels: Labels) -> str:
    height, width = labels.images.shape[1:3]
    return f"{width} x {height} px"


def _parts(labels: Labels) -> str:
    return f"{labels.skeleton.name} ({len(labels.skeleton)}: {', '.join(labels.skeleton.parts)})"


def split(labels: Labels, settings: config.Split, seed: int) -> Labels:
    """Divide the samples that have a label at random; samples without stay in no split.

    Byte-identical images go to the same split.  Every split with a share above zero gets at
    least one sample.

    Raises:
        UserError: fewer different labeled images than splits to fill.
    """
    usable = np.flatnonzero((labels.status == 1).any(axis=1))
    groups = _groups(labels, usable)
    shares = {n: getattr(settings, n) for n in ("train", "validation", "test")}
    shares = {name: share for name, share in shares.items() if share > 0}
    if len(groups) < len(shares):
        raise UserError(
            f"labels {_name(labels)}: {len(usable)} of {len(labels.positions)} samples are labeled "
            f"({len(groups)} different images), too few for {len(shares)} splits "
            f"({', '.join(shares)}); label at least {len(shares)} images"
        )
    left = _counts(len(usable), shares)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(groups))
    # sets of duplicates first, while there is room for them
    order = order[np.argsort([-len(groups[k]) for k in order], kind="stable")]
    chosen = np.full(len(labels.positions), SPLITS["none"], dtype=np.int8)
    empty = set(left)
    for remaining, k in zip(range(len(groups), 0, -1), order, strict=True):
        names = [n for n in left if n in empty] if remaining == len(empty) else list(left)
        name = max(names, key=lambda n: left[n])
        chosen[groups[k]] = SPLITS[name]
        left[name] -= len(groups[k])
        empty.discard(name)
    return replace(labels, split=chosen)


def _groups(labels: Labels, usable: np.ndarray) -> list[np.ndarray]:
    """Samples that must stay together: those with the same image."""
    groups: dict[object, list[int]] = {}
    for k in usable:
        image = labels.images[k]
        same_frame = (str(labels.source[k]), int(labels.frame[k]))
        key = sha256(image.tobytes()).digest() if image.size else same_frame
        groups.setdefault(key, []).append(int(k))
    return [np.array(group) for group in groups.values()]


def _counts(total: int, shares: dict[str, float]) -> dict[str, int]:
    """Whole numbers near ``total * share`` that sum to ``total``, each at least 1."""
    scale = total / sum(shares.values())
    exact = {name: share * scale for name, share in shares.items()}
    counts = {name: max(1, int(value)) for name, value in exact.items()}
    while sum(counts.values()) != total:
        step = 1 if sum(counts.values()) < total else -1
        can = [name for name in counts if step > 0 or counts[name] > 1]
        name = max(can, key=lambda n: step * (exact[n] - counts[n]))
        counts[name] += step
    return counts
