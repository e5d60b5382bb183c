"""One frozen dataclass per file kind: the only place that knows dataset names.

Every array field is declared once with its axes and units; reading, writing, shape checks and
the format reference in the docs come from that declaration.  Conventions everywhere: frame
first (tracks: animal, then frame), float32, NaN = missing, pixels 0-based with the centre of the
top-left pixel at (0, 0), points (x, y) with y down, angles in radians by ``atan2`` in image axes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import h5py
import numpy as np

from leap_core import disk, foreign, hdf5
from leap_core.container import (
    NAN,
    REMEDY,
    Container,
    array,
    arrays,
    attribute,
    read_attributes,
    stored,
    write_attributes,
)
from leap_core.skeleton import Skeleton


@dataclass(frozen=True)
class Track(Container):
    """Where each animal is and where its head points, frame by frame, in the raw video."""

    FORMAT: ClassVar[str] = "leap-track/1"
    centroid: np.ndarray = array("animal", "frame", "xy", units="px", doc="body centre")
    heading: np.ndarray = array("animal", "frame", units="rad", doc="tail to head")
    valid: np.ndarray = array("animal", "frame", dtype="?", doc="the animal was found")
    area: np.ndarray = array("animal", "frame", units="px^2", doc="segmented area")
    quality: np.ndarray = array(
        "animal", "frame", doc="confidence in head versus tail, 0 (a guess) to 1"
    )
    camera: np.ndarray = array(
        "frame", "xy", units="px", optional=True, doc="the image's corner in the arena"
    )
    background: np.ndarray = array(
        "y",
        "x",
        units="grey level",
        dtype="u1",
        optional=True,
        doc="signal of the floor without animals (255 - grey if they are dark)",
    )
    fps: float = attribute(NAN, "frames per second")
    px_per_mm: float = attribute(NAN, "scale; NaN = unknown")
    recipe: str = attribute("", "alignment recipe")
    crowded: float = attribute(
        NAN, "share of frames that show more animals than asked for; NaN = not looked for"
    )
    unnamed: float = attribute(0.0, "share of frames in which who is who is less than 90 % sure")
    faint: float = attribute(
        NAN, "signal above the background from which on a pixel is an animal; NaN = unknown"
    )
    bright: bool = attribute(True, "the animal is brighter than the floor")
    width: int = attribute(0, "frame width, px")
    height: int = attribute(0, "frame height, px")


@dataclass(frozen=True)
class Crops(Container):
    """Egocentric images of one recording: head to the right, reference point at the centre."""

    FORMAT: ClassVar[str] = "leap-crops/1"
    images: np.ndarray = array(
        "frame", "y", "x", "channel", units="grey level", dtype="u1", doc="bright animal on dark"
    )
    frame: np.ndarray = array("frame", dtype="i8", doc="frame index in the video")
    valid: np.ndarray = array("frame", dtype="?", doc="decoded and tracked")
    center: np.ndarray = array(
        "frame", "xy", units="px", doc="crop's centre in the arena; NaN without track"
    )
    heading: np.ndarray = array("frame", units="rad", doc="arena direction of the crop's +x")
    recording: str = attribute("", "one animal in one video")
    fps: float = attribute(NAN, "frames per second")
    px_per_mm: float = attribute(NAN, "scale of the crops; NaN = unknown")
    tracked: bool = attribute(True, "center and heading come from the animal's track")


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


SPLITS = {"none": -1, "train": 0, "validation": 1, "test": 2}


@dataclass(frozen=True)
class Labels(Container):
    """Labeled images.  NaN = unlabeled or excluded."""

    FORMAT: ClassVar[str] = "leap-labels/1"
    images: np.ndarray = array("sample", "y", "x", "channel", units="grey level", dtype="u1")
    positions: np.ndarray = array("sample", "joint", "xy", units="px")
    status: np.ndarray = array(
        "sample", "joint", dtype="i1", doc="0 unlabeled, 1 labeled, 2 excluded"
    )
    source: np.ndarray = array("sample", dtype=str, doc="label file or recording")
    frame: np.ndarray = array("sample", dtype="i8", doc="row or frame in the source")
    split: np.ndarray = array("sample", dtype="i1", doc="-1 none, 0 train, 1 validation, 2 test")
    skeleton: Skeleton = attribute(None, "parts, edges, symmetry, roles (JSON)")
    px_per_mm: float = attribute(NAN, "scale; NaN = unknown")

    def select(self, split: str) -> np.ndarray:
        """Indices of the samples in one split ("train", "validation", "test")."""
        return np.flatnonzero(self.split == SPLITS[split])


@dataclass(frozen=True)
class Poses(Container):
    """Positions of one recording's parts, in the pixels of its crops, head along +x."""

    FORMAT: ClassVar[str] = "leap-poses/1"
    positions: np.ndarray = array("frame", "joint", "axis", units="px", doc="x, y, or x, y, z")
    confidence: np.ndarray = array("frame", "joint", doc="peak of the confidence map")
    frame: np.ndarray = array("frame", dtype="i8", doc="frame index in the video")
    valid: np.ndarray = array("frame", dtype="?", doc="decoded and tracked")
    center: np.ndarray = array(
        "frame", "xy", units="px", optional=True, doc="crop centre in the arena"
    )
    heading: np.ndarray = array("frame", units="rad", optional=True, doc="crop +x in the arena")
    skeleton: Skeleton = attribute(None, "parts, edges, symmetry, roles (JSON)")
    recording: str = attribute("", "one animal in one video")
    fps: float = attribute(NAN, "frames per second")
    px_per_mm: float = attribute(NAN, "scale; NaN = unknown")
    tracked: bool = attribute(True, "center and heading come from the animal's track")


@dataclass(frozen=True)
class Gait(Container):
    """Swing and stance of each leg and the gait mode of each frame."""

    FORMAT: ClassVar[str] = "leap-gait/1"
    tip_velocity: np.ndarray = array(
        "frame", "leg", units="see velocity_units", doc="egocentric, along the body axis, smoothed"
    )
    swing: np.ndarray = array("frame", "leg", dtype="?", doc="foot in the air, by its speed")
    valid: np.ndarray = array("frame", "leg", dtype="?", doc="tip known; short gaps bridged")
    forward_velocity: np.ndarray = array(
        "frame", units="see velocity_units", doc="of the body; see speed_source"
    )
    walking: np.ndarray = array("frame", dtype="?", doc="forward faster than the threshold")
    state: np.ndarray = array(
        "frame", dtype="i1", doc="gait mode; -1 = none: not walking, or a leg missing"
    )
    posterior: np.ndarray = array("frame", "state", doc="of each gait mode; NaN = none")
    frame: np.ndarray = array("frame", dtype="i8", doc="frame index in the video")
    legs: list = attribute([], "leg names")
    states: list = attribute([], "gait mode names")
    recording: str = attribute("", "one animal in one video")
    fps: float = attribute(NAN, "frames per second")
    velocity_units: str = attribute("px/s", "mm/s when the scale is known")
    walking_source: str = attribute("", "what told walking from standing")
    speed_source: str = attribute("", "what forward_velocity was measured on")
    cut_steps: int = attribute(0, "swings and stances cut by a bout's end or missing data")
    note: str = attribute("", "what is missing and why")


@dataclass(frozen=True)
class GaitModel(Container):
    """Hidden Markov model of the legs in stance: of their number, or of which they are."""

    FORMAT: ClassVar[str] = "leap-gait-model/1"
    start: np.ndarray = array("state", dtype="f8")
    transition: np.ndarray = array("state", "next", dtype="f8", doc="per frame")
    emission: np.ndarray = array("state", "legs_in_stance", dtype="f8")
    log_likelihood: np.ndarray = array("restart", dtype="f8", doc="of every seeded start")
    patterns: np.ndarray = array(
        "state",
        "pattern",
        dtype="f8",
        optional=True,
        doc="emission of which legs stand; absent: the model is of their number",
    )
    states: list = attribute([], "gait mode names")
    legs: list = attribute([], "names of the legs in the patterns")
    fps: float = attribute(NAN, "frames per second of the training; transitions are per frame")
    frames: int = attribute(0, "training frames")
    note: str = attribute("", "why there is no model, when there is none")


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
class PixelBasis(Container):
    """Principal components of Radon-transformed crops, and all that it takes to apply them.

    The score of an image is the sum of its filter times the shrunk, brightness-corrected image,
    minus the sum of its component times ``mean``.
    """

    FORMAT: ClassVar[str] = "leap-pixel-basis/1"
    variance: np.ndarray = array("angle", "offset", doc="of every Radon pixel over the frames")
    kept: np.ndarray = array("pixel", dtype="i8", doc="Radon pixels used: angle * offsets + offset")
    mean: np.ndarray = array("pixel", dtype="f8", doc="of the kept Radon pixels")
    components: np.ndarray = array("mode", "pixel", dtype="f8", doc="unit norm")
    explained: np.ndarray = array("mode", dtype="f8", doc="share of the kept pixels' variance")
    filters: np.ndarray = array("mode", "y", "x", doc="back-projection of the components")
    pictures: np.ndarray = array(
        "mode", "y", "x", doc="change of the shrunk image with a score of one standard deviation"
    )
    size: int = attribute(0, "side of the crops, px")
    frames: int = attribute(0, "frames that fitted the modes")
    spread: float = attribute(NAN, "standard deviation of the first mode's scores")
    kept_variance: float = attribute(NAN, "share of the Radon pixels' variance that is kept")
    note: str = attribute("", "why there are fewer modes than wanted")


@dataclass(frozen=True)
class MapComparison(Container):
    """Two labelings of the same frames: regions of the map of poses and of the map of pixels."""

    FORMAT: ClassVar[str] = "leap-map-comparison/1"
    joint: np.ndarray = array(
        "pixel_region", "pose_region", dtype="f8", doc="share of the frames in regions of both maps"
    )
    pixel_order: np.ndarray = array(
        "pixel_region", dtype="i4", doc="region numbers, sorted so that the structure shows"
    )
    pose_order: np.ndarray = array("pose_region", dtype="i4", doc="the same for the map of poses")
    pixel_behavior: np.ndarray = array(
        "pixel_region", "behavior", dtype="f8", optional=True, doc="share of the known frames"
    )
    pose_behavior: np.ndarray = array(
        "pose_region", "behavior", dtype="f8", optional=True, doc="share of the known frames"
    )
    behaviors: list = attribute([], "true behaviors of synthetic animals")
    measures: dict = attribute({}, "of each map, by name; see docs/pixels.md")
    frames: int = attribute(0, "frames in regions of both maps")
    projected: int = attribute(0, "frames that lie on both maps")


@dataclass(frozen=True)
class BehaviorSample(Container):
    """Spectrogram rows chosen by importance sampling from one recording."""

    FORMAT: ClassVar[str] = "leap-behavior-sample/1"
    features: np.ndarray = array("point", "feature", doc="wavelet amplitudes, rows sum to 1")
    frame: np.ndarray = array("point", dtype="i8", doc="frame index in the video")
    region_size: np.ndarray = array("point", dtype="i8", doc="size of the point's own region")
    channels: list = attribute([], "names of the channels, e.g. 'head x'")
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
        "region", "channel", "frequency", doc="mean wavelet amplitude of its training points"
    )
    points: np.ndarray = array("region", dtype="i8", doc="training points in the region")
    channels: list = attribute([], "part and axis of each channel")
    frequencies: list = attribute([], "Hz")
    note: str = attribute("", "why there are no regions")


@dataclass(frozen=True)
class RegionStats(Container):
    """What the animal does in each region of the behavior map, in numbers."""

    FORMAT: ClassVar[str] = "leap-region-stats/1"
    occupancy: np.ndarray = array("region", doc="share of the frames in any region")
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
class Maps(Container):
    """Confidence maps of a few images."""

    FORMAT: ClassVar[str] = "leap-maps/1"
    images: np.ndarray = array("sample", "y", "x", "channel", units="grey level", dtype="u1")
    maps: np.ndarray = array("sample", "map_y", "map_x", "joint", doc="network output")
    positions: np.ndarray = array("sample", "joint", "xy", units="px", doc="peaks, image px")
    confidence: np.ndarray = array("sample", "joint", doc="peak of the confidence map")
    frame: np.ndarray = array("sample", dtype="i8", doc="frame index in the video")
    recording: str = attribute("", "one animal in one video")
    skeleton: Skeleton = attribute(None, "parts, edges, symmetry, roles (JSON)")


@dataclass(frozen=True)
class Trial(Container):
    """Errors on the test images of one training of an experiment."""

    FORMAT: ClassVar[str] = "leap-trial/1"
    errors: np.ndarray = array("check", "sample", "joint", units="px", doc="distance to the label")
    check: np.ndarray = array(
        "check", doc="epoch after which, or angle (deg) by which the test images were turned"
    )
    skeleton: Skeleton = attribute(None, "parts, edges, symmetry, roles (JSON)")
    experiment: str = attribute("", "epochs, labels, rotations or networks")
    setting: str = attribute("", "what this training was made with")
    replicate: int = attribute(0, "number of the training among those of its setting")
    images: int = attribute(0, "images that it was trained on")
    weights: int = attribute(0, "numbers that the network learned")
    body_length_px: float = attribute(NAN, "median length of the body axis in the labels")


@dataclass(frozen=True)
class Truth(Container):
    """What a synthetic animal really did.

    Read by validation, the ethogram, tests and the labeling demo; by no stage that measures.
    """

    FORMAT: ClassVar[str] = "leap-truth/1"
    positions: np.ndarray = array("frame", "joint", "xy", units="px", doc="in the arena")
    centroid: np.ndarray = array("frame", "xy", units="px", doc="thorax-abdomen junction")
    heading: np.ndarray = array("frame", units="rad", doc="tail to head")
    forward_velocity: np.ndarray = array("frame", units="mm/s", doc="along the heading")
    stance: np.ndarray = array("frame", "leg", dtype="?", doc="foot on the ground")
    gait: np.ndarray = array(
        "frame", dtype="i1", doc="coordination pattern, index into gaits; -1 = not walking"
    )
    behavior: np.ndarray = array("frame", dtype="i1", doc="index into behaviors")
    camera: np.ndarray = array(
        "frame", "xy", units="px", optional=True, doc="the image's corner in the arena"
    )
    gaits: list = attribute([], "gait mode names, as in the gait files")
    behaviors: list = attribute([], "behavior names")
    legs: list = attribute([], "leg names")
    skeleton: Skeleton = attribute(None, "parts, edges, symmetry, roles (JSON)")
    fps: float = attribute(NAN, "frames per second")
    px_per_mm: float = attribute(NAN, "scale")


KINDS: tuple[type[Container], ...] = (
    Track,
    Crops,
    Sample,
    Labels,
    Poses,
    Gait,
    GaitModel,
    Channels,
    PixelBasis,
    MapComparison,
    BehaviorSample,
    Embedding,
    Behavior,
    BehaviorMap,
    RegionStats,
    Dynamics,
    Stability,
    Maps,
    Trial,
    Truth,
)


class Slices:
    """Images on disk: ``shape``, ``len`` and slices, as of an array."""

    def __init__(self, dataset: h5py.Dataset):
        self._dataset = dataset
        self.shape: tuple[int, ...] = dataset.shape
        if len(self.shape) != 4 or dataset.dtype != np.uint8:
            raise TypeError(f"images are {dataset.dtype} {self.shape}")

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> np.ndarray:
        path = self._dataset.file.filename
        # not every error: a wrong index is a bug
        with foreign.reading(path, Crops.FORMAT, REMEDY, (OSError, RuntimeError)):
            return self._dataset[key]


class CropReader:
    """Crops on disk, read in slices: memory does not grow with the video.

    Attributes:
        images: (frame, y, x, channel) uint8 on disk; slice it.
        frame, valid, center, heading: per-frame arrays, as in :class:`Crops`.
        recording, fps, px_per_mm, tracked: attributes, as in :class:`Crops`.
    """

    def __init__(self, file: h5py.File):
        self.images = Slices(file["images"])
        values = read_attributes(file, Crops)
        rows = {
            item.name: stored(file[item.name], item.metadata["dtype"])
            for item in arrays(Crops)
            if item.name != "images"
        }
        if {len(values) for values in rows.values()} != {len(self.images)}:
            raise ValueError("its datasets differ in length")
        self.frame: np.ndarray = rows["frame"]
        self.valid: np.ndarray = rows["valid"]
        self.center: np.ndarray = rows["center"]
        self.heading: np.ndarray = rows["heading"]
        self.recording: str = values.get("recording", "")
        self.fps: float = values.get("fps", NAN)
        self.px_per_mm: float = values.get("px_per_mm", NAN)
        self.tracked: bool = bool(values.get("tracked", True))

    def __len__(self) -> int:
        return len(self.frame)

    def blocks(self, size: int, start: int = 0, stop: int | None = None) -> Iterator[slice]:
        """Consecutive slices of at most ``size`` frames from ``start`` to ``stop``."""
        stop = len(self) if stop is None else stop
        for begin in range(start, stop, size):
            yield slice(begin, min(begin + size, stop))


@contextmanager
def open_crops(path: str | Path) -> Iterator[CropReader]:
    """Open a crops file for reading in slices."""
    with hdf5.opened(path, Crops.FORMAT) as file:
        with foreign.reading(path, Crops.FORMAT, REMEDY):
            foreign.check_sizes(file, path)
            reader = CropReader(file)
        yield reader


@contextmanager
def create_crops(path: str | Path, shape: tuple[int, int, int], provenance: dict | None = None):
    """Write a crops file frame by frame; yields ``append(images, frame, valid, center, heading)``.

    Args:
        path: final path; nothing appears there unless the block succeeds.
        shape: (height, width, channels) of one image.

    The yielded object also takes the attributes (``recording``, ``fps``, ...) by
    ``set(**attributes)``.
    """
    with hdf5.create(path, Crops.FORMAT) as file:
        writer = _CropWriter(file, shape)
        yield writer
        writer.finish(provenance)


class _CropWriter:
    def __init__(self, file: disk.NewFile, shape: tuple[int, int, int]):
        self._file = file
        self._images = file.create_dataset(
            "images",
            shape=(0, *shape),
            maxshape=(None, *shape),
            dtype="u1",
            chunks=(1, *shape),
            compression="gzip",
            compression_opts=1,
            track_times=False,
        )
        self._rows: dict[str, list] = {"frame": [], "valid": [], "center": [], "heading": []}
        self._attributes: dict[str, Any] = {}

    def set(self, **attributes: Any) -> None:
        self._attributes.update(attributes)

    def append(self, images, frame, valid, center, heading) -> None:
        """Add a block: images (n, y, x, channel) and the per-frame arrays of length n."""
        images = np.asarray(images, dtype=np.uint8)
        start = len(self._images)
        self._images.resize(start + len(images), axis=0)
        self._images[start:] = images
        self._file.check()
        for name, values in zip(self._rows, (frame, valid, center, heading), strict=True):
            self._rows[name].append(np.asarray(values))

    def finish(self, provenance: dict | None) -> None:
        rows = {k: np.concatenate(v) if v else np.zeros((0,)) for k, v in self._rows.items()}
        empty = np.zeros((0, *self._images.shape[1:]), np.uint8)
        if not len(rows["frame"]):
            rows["center"] = np.zeros((0, 2))
        declared = {f.name: f.metadata for f in arrays(Crops)}
        hdf5.describe(self._images, declared["images"]["dims"], declared["images"]["units"])
        for name, values in rows.items():
            values = values.astype(declared[name]["dtype"])
            hdf5.put(self._file, name, values, declared[name]["dims"], declared[name]["units"])
        none = {k: v[:0].astype(declared[k]["dtype"]) for k, v in rows.items()}
        write_attributes(self._file, Crops(images=empty, **none, **self._attributes), provenance)
