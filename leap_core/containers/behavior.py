"""Time series, spectrogram samples, the behavior map and what is read off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leap_core.containers.base import (
    NAN,
    Container,
    array,
    attribute,
)


@dataclass(frozen=True)
class Channels(Container):
    """Time series of one recording that are expanded into spectrograms, of parts or of pixels."""

    FORMAT: ClassVar[str] = "leap-channels/1"
    x: np.ndarray = array("frame", "channel", doc="scaled, without NaN; 0 for dropped channels")
    usable: np.ndarray = array("frame", dtype="?", doc="nothing is missing for too long")
    frame: np.ndarray = array("frame", dtype="i8", doc="frame index in the video")
    channels: list = attribute([], "names, e.g. 'head x' or 'mode 1'")
    dropped: list = attribute([], "names of channels that are 0: constant, or mostly missing")
    recording: str = attribute("", "one animal in one video")
    fps: float = attribute(NAN, "frames per second")
    note: str = attribute("", "what was left out and why")


@dataclass(frozen=True)
class BehaviorSample(Container):
    """Spectrogram rows chosen by importance sampling from one recording."""

    FORMAT: ClassVar[str] = "leap-behavior-sample/1"
    features: np.ndarray = array("point", "feature", doc="wavelet amplitudes, rows sum to 1")
    frame: np.ndarray = array("point", dtype="i8", doc="frame index in the video")
    region_size: np.ndarray = array("point", dtype="i8", doc="size of the point's own region")
    channels: list = attribute([], "names of the channels, e.g. 'head x'")
    dropped: list = attribute([], "names of channels that are 0: constant, or mostly missing")
    frequencies: list = attribute([], "Hz")
    recording: str = attribute("", "one animal in one video")
    fps: float = attribute(NAN, "frames per second")
    omega0: float = attribute(NAN, "Morlet parameter")
    note: str = attribute("", "what was left out or fell short")


@dataclass(frozen=True)
class Embedding(Container):
    """The joint t-SNE of all recordings' samples."""

    FORMAT: ClassVar[str] = "leap-embedding/1"
    features: np.ndarray = array("point", "feature", doc="wavelet amplitudes, rows sum to 1")
    z: np.ndarray = array("point", "xy", dtype="f8", doc="map coordinates")
    source: np.ndarray = array("point", dtype=str, doc="recording")
    frame: np.ndarray = array("point", dtype="i8", doc="frame index in the video")
    channels: list = attribute([], "part and axis of each channel")
    dropped: list = attribute([], "channels left out of every row: some recordings lack them")
    frequencies: list = attribute([], "Hz")
    metric: str = attribute("", "distance between feature rows")
    perplexity: float = attribute(NAN, "of the final map")
    exaggeration: float = attribute(1.0, "of the attractive forces in the final phase")
    reach: float = attribute(NAN, "a frame with no training row nearer than this is far")
    omega0: float = attribute(NAN, "Morlet parameter")
    note: str = attribute("", "what fell short")


@dataclass(frozen=True)
class Behavior(Container):
    """Every frame of one recording on the behavior map."""

    FORMAT: ClassVar[str] = "leap-behavior/1"
    z: np.ndarray = array("frame", "xy", doc="map coordinates; NaN = not projected")
    error: np.ndarray = array("frame", doc="Hellinger distance to the nearest training row")
    far: np.ndarray = array("frame", dtype="?", doc="no good neighbour among the training rows")
    region: np.ndarray = array("frame", dtype="i2", doc="0 = between regions, -1 = no data")
    frame: np.ndarray = array("frame", dtype="i8", doc="frame index in the video")
    recording: str = attribute("", "one animal in one video")
    fps: float = attribute(NAN, "frames per second")
    reach: float = attribute(NAN, "a frame with a larger error is far; NaN = far is unknown")
    note: str = attribute("", "frames left out and why")


@dataclass(frozen=True)
class BehaviorMap(Container):
    """Density over the map, its watershed regions, and the mean spectrogram of each."""

    FORMAT: ClassVar[str] = "leap-behavior-map/1"
    density: np.ndarray = array("y", "x", units="per map unit^2", doc="of all projected frames")
    labels: np.ndarray = array("y", "x", dtype="i2", doc="region; 0 = outside or ridge")
    edges_x: np.ndarray = array("x_edge", dtype="f8", doc="bin edges")
    edges_y: np.ndarray = array("y_edge", dtype="f8", doc="bin edges")
    peak: np.ndarray = array("region", "xy", doc="map position of the densest bin")
    occupancy: np.ndarray = array("region", doc="share of projected frames")
    spectrum: np.ndarray = array(
        "region",
        "channel",
        "frequency",
        doc="mean wavelet amplitude of its training points; NaN for channels left out",
    )
    points: np.ndarray = array("region", dtype="i8", doc="training points in the region")
    found: np.ndarray | None = array(
        "y", "x", dtype="i2", optional=True, doc="region before any edit by hand, as edits name it"
    )
    ids: np.ndarray | None = array(
        "region", dtype="i2", optional=True, doc="number of the region among edits"
    )
    channels: list = attribute([], "part and axis of each channel")
    frequencies: list = attribute([], "Hz")
    key: str = attribute("", "checksum of the regions before any edit: edits belong to it")
    names: list = attribute([], "of the regions, given by hand; '' = none")
    origins: list = attribute([], "what each region was made of by hand, e.g. '4+5'")
    note: str = attribute("", "what was left out, what the regions cannot tell, or why none")

    def title(self, region: int) -> str:
        """A region's number, with its name where it has one."""
        name = self.names[region - 1] if 0 < region <= len(self.names) else ""
        return f"{region} {name}".strip()


@dataclass(frozen=True)
class RegionStats(Container):
    """What the animal does in each region of the behavior map, in numbers."""

    FORMAT: ClassVar[str] = "leap-region-stats/1"
    occupancy: np.ndarray = array("region", doc="share of projected frames")
    locomotor: np.ndarray = array("region", dtype="?", doc="walking, by rule")
    speed: np.ndarray = array("region", units="see units", doc="median forward speed")
    speed_density: np.ndarray = array("region", "bin", units="1 / see units", doc="of speed")
    speed_edges: np.ndarray = array("bin_edge", dtype="f8", units="see units")
    power: np.ndarray = array(
        "region", "frequency", units="px^2", doc="mean wavelet power of the leg tips"
    )
    peak_frequency: np.ndarray = array("region", units="Hz", doc="of the leg tips' power")
    group_power: np.ndarray = array(
        "region", "group", doc="part group's power over its mean over all frames"
    )
    group_peak: np.ndarray = array("region", "group", units="Hz", doc="peak frequency")
    gait: np.ndarray = array("region", "state", doc="share of its frames with a gait mode")
    frequencies: list = attribute([], "Hz")
    groups: list = attribute([], "part groups; a group with two sides is told apart")
    states: list = attribute([], "gait mode names")
    speed_source: str = attribute("", "what forward speed was measured on")
    units: str = attribute("", "of forward speed")
    note: str = attribute("", "what is missing and why")


@dataclass(frozen=True)
class Dynamics(Container):
    """How long each region of the behavior map lasts, and what follows it."""

    FORMAT: ClassVar[str] = "leap-dynamics/1"
    whole: np.ndarray = array("region", dtype="i8", doc="bouts whose start and end were seen")
    cut: np.ndarray = array("region", dtype="i8", doc="bouts cut by missing data or an end")
    seconds: np.ndarray = array("region", dtype="f8", units="s", doc="in all of its bouts")
    median: np.ndarray = array("region", units="s", doc="Kaplan-Meier; NaN = not reached")
    mean: np.ndarray = array("region", units="s", doc="Kaplan-Meier, up to the longest bout")
    mean_whole: np.ndarray = array("region", units="s", doc="of whole bouts: too short")
    dwell: np.ndarray = array("region", "bin", dtype="i8", doc="whole bouts of each length")
    dwell_edges: np.ndarray = array("bin_edge", dtype="f8", units="s", doc="logarithmic")
    counts: np.ndarray = array("region", "next", dtype="i8", doc="transitions; not to itself")
    probability: np.ndarray = array("region", "next", doc="of the next region; rows sum to 1")
    expected: np.ndarray = array(
        "region", "next", dtype="f8", doc="counts if the next region did not depend on this one"
    )
    information: float = attribute(NAN, "bits per transition beyond the expected counts")
    chance: float = attribute(NAN, "of these, what so few transitions give by chance, drawn")
    max_break_s: float = attribute(NAN, "shorter stays between regions continue a bout, s")
    max_between_s: float = attribute(NAN, "longest time from one region to the next, s")
    recordings: list = attribute([], "names")


@dataclass(frozen=True)
class Stability(Container):
    """Two behavior maps, each made from its own part of every recording, and their agreement."""

    FORMAT: ClassVar[str] = "leap-map-stability/1"
    density: np.ndarray = array("map", "y", "x", units="per map unit^2", doc="of its own frames")
    labels: np.ndarray = array("map", "y", "x", dtype="i2", doc="region; 0 = outside or ridge")
    edges: np.ndarray = array("edge", dtype="f8", doc="bin edges of either axis")
    shared: np.ndarray = array(
        "one", "two", dtype="i8", doc="frames, far from neither, in a region of map 1 and of map 2"
    )
    group_one: np.ndarray = array("one", dtype="i2", doc="matched group of each region, from 0")
    group_two: np.ndarray = array("two", dtype="i2", doc="matched group of each region, from 0")
    pairs: np.ndarray = array(
        "pair", "map", dtype="i2", doc="one-to-one matches; 0 = region without a partner"
    )
    own: np.ndarray = array("pair", "map", doc="share of each part's frames, on its own map")
    same: np.ndarray = array(
        "pair", "map", doc="share of the frames of both parts, far from neither map, on each"
    )
    far: np.ndarray = array(
        "map", doc="share of the other part's frames that are far from it; NaN = unknown"
    )
    joint: np.ndarray = array("region", "map", doc="share of each part's frames, on the joint map")
    grouped: np.ndarray = array("group", "map", doc="as `own`, of matched groups of regions")
    r: float = attribute(NAN, "Pearson correlation of `own`: map and animal")
    r_grouped: float = attribute(NAN, "of `grouped`: map and animal, splits forgiven")
    r_same: float = attribute(NAN, "of `same`: the map alone")
    r_joint: float = attribute(NAN, "of `joint`: the animal alone, what r can reach")
    common: float = attribute(NAN, "share that the columns of `own` have in common, 0 to 1")
    common_same: float = attribute(NAN, "of `same`")
    common_joint: float = attribute(NAN, "of `joint`")
    information: float = attribute(
        NAN, "adjusted mutual information of the frames' regions; NaN = one region or none on both"
    )
    cut: str = attribute("", "how the recordings were cut in two: halves or blocks")
    frames: int = attribute(0, "placed on both maps")
    recordings: list = attribute([], "names")
    note: str = attribute("", "why there is nothing to compare, or what is unknown")


@dataclass(frozen=True)
class Refits(Container):
    """What became of some frames and of each region when the behavior map was made again."""

    FORMAT: ClassVar[str] = "leap-map-refits/1"
    z: np.ndarray = array("frame", "xy", doc="of the placed frames on the joint map")
    source: np.ndarray = array("frame", dtype=str, doc="recording")
    frame: np.ndarray = array("frame", dtype="i8", doc="frame index in the video")
    joint: np.ndarray = array(
        "frame", dtype="i2", doc="region of the joint map; 0 = between, -1 = far or no data"
    )
    refitted: np.ndarray = array("frame", "refit", dtype="i2", doc="the same on each refit")
    perplexity: np.ndarray = array("refit", doc="asked for")
    occupancy: np.ndarray = array("region", doc="share of projected frames, of the joint map")
    overlap: np.ndarray = array(
        "region", "refit", doc="largest Jaccard index with a region of the refit"
    )
    found: np.ndarray = array("region", doc="share of refits where `overlap` is at least 0.5")
    together: np.ndarray = array(
        "region", "other", doc="as one region on the refits, over each by itself; 1 = as much"
    )
    group: np.ndarray = array("region", dtype="i2", doc="one behavior in pieces, from 1")
    recordings: list = attribute([], "names")
    note: str = attribute("", "why the map was not made again")
