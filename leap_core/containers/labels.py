"""Frames to label, and labeled images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from leap_core.containers.base import (
    NAN,
    Container,
    array,
    attribute,
    stored,
)
from leap_core.io import hdf5
from leap_core.skeleton import Skeleton


@dataclass(frozen=True)
class Sample(Container):
    """Frames chosen for labeling, in the order in which to label them."""

    FORMAT: ClassVar[str] = "leap-sample/1"
    images: np.ndarray = array("sample", "y", "x", "channel", units="grey level", dtype="u1")
    source: np.ndarray = array("sample", dtype=str, doc="recording")
    frame: np.ndarray = array("sample", dtype="i8", doc="frame index in the video")
    cluster: np.ndarray = array("sample", dtype="i4", doc="k-means cluster")
    mean: np.ndarray = array("y", "x", units="grey level", doc="mean image of the pool")
    components: np.ndarray = array("component", "y", "x", doc="PCA eigenmodes (unit norm)")
    explained: np.ndarray = array("component", doc="share of variance by each mode")
    centroids: np.ndarray = array("cluster", "component", units="grey level")
    sizes: np.ndarray = array("cluster", dtype="i8", doc="pool images in each cluster")
    note: str = attribute("", "what was filled from other clusters")


def sampled(path: str | Path) -> tuple[list[str], list[int], list[int]]:
    """Recording, frame and cluster of the frames in a sample, in its order, without their images.

    Raises:
        UserError: it is no sample.
    """
    with hdf5.taken_apart(path, Sample.FORMAT) as file:
        found = [stored(file[name], t) for name, t in (("source", str), ("frame", "i8"))]
        cluster = stored(file["cluster"], "i4")
        if len({len(values) for values in (*found, cluster)}) != 1:
            raise ValueError("its datasets differ in length")
        source, frame = found
        return source.tolist(), frame.tolist(), cluster.tolist()


SPLITS = {"none": -1, "train": 0, "validation": 1, "test": 2}
HELD_OUT = ("validation", "test")  # what a network does not learn from


@dataclass(frozen=True)
class Labels(Container):
    """Labeled images.  NaN = unlabeled or excluded."""

    FORMAT: ClassVar[str] = "leap-labels/1"
    images: np.ndarray = array("sample", "y", "x", "channel", units="grey level", dtype="u1")
    positions: np.ndarray = array("sample", "joint", "xy", units="px")
    status: np.ndarray = array(
        "sample", "joint", dtype="i1", doc="0 unlabeled, 1 labeled, 2 excluded, 3 said to be absent"
    )
    source: np.ndarray = array("sample", dtype=str, doc="label file or recording")
    frame: np.ndarray = array("sample", dtype="i8", doc="row or frame in the source")
    split: np.ndarray = array("sample", dtype="i1", doc="-1 none, 0 train, 1 validation, 2 test")
    occluded: np.ndarray | None = array(
        "sample", "joint", dtype="?", optional=True, doc="labeled, but covered; none = unknown"
    )
    video: np.ndarray | None = array(
        "sample",
        dtype=str,
        optional=True,
        doc="video whose frame `frame` is; empty, or none: `frame` is a row of the source",
    )
    skeleton: Skeleton = attribute(None, "parts, edges, symmetry, roles (JSON)")
    px_per_mm: float = attribute(NAN, "scale; NaN = unknown")
    division: dict = attribute(
        {},
        "how `split` was made: by (block, recording, frame), gap_s between splits, left_out "
        "(labeled samples in no split), flatters (whether errors may) (JSON)",
    )
    note: str = attribute("", "the same in words")

    def select(self, split: str) -> np.ndarray:
        """Indices of the samples in one split ("train", "validation", "test")."""
        return np.flatnonzero(self.split == SPLITS[split])

    def undivided(self) -> Labels:
        """All labeled samples for training: nothing is left that could judge a network."""
        labeled = np.isfinite(self.positions).any(axis=(1, 2))
        split = np.where(labeled, SPLITS["train"], SPLITS["none"]).astype(np.int8)
        return replace(self, split=split, division={}, note="all are learned from")
