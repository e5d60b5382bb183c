"""The sections of a config, as frozen dataclasses.

They are the single declaration of every key: type, default, limits and meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from leap_core.config.declare import option
from leap_core.config.names import IMAGE_SIDES, NAME, NETWORKS, SHOWN, Network
from leap_core.errors import UserError


def recording_names(video: str, animals: int) -> list[str]:
    """The recordings of a video, one an animal.

    >>> recording_names("flies", 1), recording_names("flies", 2)
    (['flies'], ['flies_animal0', 'flies_animal1'])
    """
    return [video] if animals == 1 else [f"{video}_animal{k}" for k in range(animals)]


@dataclass(frozen=True)
class Source:
    """A raw file: `path` in $LEAP_DATA, `path` from the working folder, then `url`."""

    id: str = option(doc="unique name, used in file names", pattern=NAME)
    path: str | None = option(
        None,
        "file, relative to $LEAP_DATA or to the working folder; of a video also a folder of "
        "numbered images",
    )
    url: str | None = option(
        None, "where to download it when it is not on disk", pattern="^https?://"
    )
    sha256: str | None = option(None, "checksum of the file at `path`", pattern="^[0-9a-f]{64}$")
    url_sha256: str | None = option(
        None, "checksum of the download, when it differs", pattern="^[0-9a-f]{64}$"
    )


@dataclass(frozen=True)
class Footage(Source):
    """A raw video: a file, or a folder of numbered images."""

    dataset: str | None = option(
        None, "which array (frame, y, x) of an HDF5 file is the video; absent = the only one"
    )


@dataclass(frozen=True)
class Video(Footage):
    """One raw video."""

    fps: float | None = option(
        None,
        "frames per second; the file's own when absent, which streams without time stamps (.h264, "
        ".mjpeg, ...), stacks, arrays and folders of images do not have",
        minimum=0.001,
    )
    px_per_mm: float | None = option(None, "scale of the raw video", minimum=0.001)
    animals: int = option(1, "animals in view", minimum=1, maximum=16)
    camera_track: str | None = option(
        None,
        "closed-loop boxes: CSV or HDF5 with `frame`, `x`, `y`, the place of the box's corner in "
        "the arena, px; added to the centroid",
    )
    corrections: str | None = option(
        None,
        "CSV of what to mend in its track (docs/alignment.md); absent = "
        "corrections/<id>.csv in the folder of the labels, where the page of `leap proofread` "
        "keeps it",
    )
    track_file: str | None = option(
        None,
        "where another program found the animals of this video, instead of `track.recipe`; of TRex "
        "the first animal's file",
    )
    track_format: Literal[
        "auto", "trx", "flytracker", "ctrax", "trex", "idtracker", "toxtrac", "animalta",
        "fasttrack", "ethovision", "bonsai", "csv", "dlc", "sleap",
    ] = option("auto", "format of `track_file`; auto = by content")  # fmt: skip
    track_parts: str | None = option(
        None,
        "`track_file` of DeepLabCut or SLEAP: part at the tail's end, comma, part at the head's; "
        "their middle is the center",
    )
    track_y: Literal["down", "up"] | None = option(
        None,
        "`track_file`: y grows down or up in the image; absent = as the format has it",
    )
    track_angle: Literal["clockwise", "counterclockwise"] | None = option(
        None,
        "`track_file`: how headings grow, as seen in the image, from 0 = to the right; absent = as "
        "the format has it, or with y",
    )
    track_scale: float | None = option(
        None,
        "`track_file`: px of the video a unit of the file; absent = 1 where that is px, else what "
        "the file says, or 10 `px_per_mm` for cm",
        exclusiveMinimum=0,
    )
    track_corner: str | None = option(
        None,
        "`track_file` of an arena or a cropped video: 'x,y' of its upper left corner, px",
        pattern=r"^ *-?\d+(\.\d*)? *, *-?\d+(\.\d*)? *$(?!\n)",
    )
    track_from: int | None = option(
        None,
        "`track_file`: 0 or 1, the number of the first frame and pixel; absent = as the format "
        "has it",
        minimum=0,
        maximum=1,
    )
    synthetic: int | None = option(
        None, "render `synthetic.animal` with this seed instead of a file"
    )
    poses: Literal["dlc", "sleap", "array"] | None = option(
        None,
        "`path` is no video but its parts tracked by another tool: DeepLabCut predictions (.csv, "
        ".h5), SLEAP (.slp, .analysis.h5, .analysis.csv), or arrays (frame, part, x y or x y z) in "
        ".npy, .npz",
    )
    egocentric: bool | None = option(
        None,
        "`poses`: coordinates come from crops around the animal, so that they tell no path; absent "
        "= decided by how far the center moves",
    )

    @property
    def camera_source(self) -> Source | None:
        """The raw file behind ``camera_track``."""
        if self.camera_track is None:
            return None
        return Source(id=f"{self.id}.camera", path=self.camera_track)

    @property
    def track_sources(self) -> list[Source]:
        """The raw files behind ``track_file``: of TRex one for each animal, numbered on.

        Their names end in ``_fish0.npz`` or ``_id0.npz``.
        """
        if self.track_file is None:
            return []
        numbered = re.fullmatch(r"(.*(?:fish|id))(\d+)(\.npz)", self.track_file)
        if numbered is None or self.animals == 1:
            return [Source(id=f"{self.id}.track", path=self.track_file)]
        stem, first, suffix = numbered.groups()
        return [
            Source(id=f"{self.id}.track{k}", path=f"{stem}{int(first) + k}{suffix}")
            for k in range(self.animals)
        ]

    @property
    def recordings(self) -> list[str]:
        """One name per animal."""
        return recording_names(self.id, self.animals)


@dataclass(frozen=True)
class LabelSource(Source):
    """One file of labels made elsewhere."""

    format: Literal["auto", "deepposekit", "leap-mat", "sleap", "dlc", "coco", "leap-labels"] = (
        option("auto", "file format; auto = by content")
    )
    rows: list[int] | None = option(
        None, "take rows first..last-1 only: [first, last]", minItems=2, maxItems=2
    )


@dataclass(frozen=True)
class Synthetic:
    """The simulated animals of the demos."""

    animal: Literal["fly", "pair", "mouse"] = option(
        "fly", "who is filmed: a fly, two courting flies on a mesh, or a mouse"
    )
    frames: int = option(3000, "frames per video", minimum=10)
    camera: Literal["arena", "closed_loop"] = option(
        "arena", "a fixed view of a small arena, or a box that follows a fly in a large one"
    )
    size: int = option(
        640,
        "side of the image, px: arena of a fly at least 288, of a pair 640, of a mouse 400; box "
        "192 to 1000",
        minimum=192,
    )

    @property
    def animals(self) -> int:
        """How many animals a video shows."""
        return SHOWN[self.animal]

    def check_size(self) -> None:
        """UserError when the animals do not fit into the image, or a box into its arena."""
        sides = IMAGE_SIDES.get((self.animal, self.camera))
        if sides is None:
            raise UserError(
                f"synthetic.camera: {self.camera!r} follows one fly, no {self.animal}; set "
                "`synthetic.camera: arena`"
            )
        smallest, largest = sides
        if not smallest <= self.size <= largest:
            raise UserError(
                f"synthetic.size: {self.size} px do not fit camera {self.camera!r}; use "
                f"{smallest} to {largest} for a {self.animal}"
            )


@dataclass(frozen=True)
class Track:
    """Finding the animal and its heading."""

    recipe: Literal["moments", "radon", "mesh", "mouse", "mouse_below", "precropped"] = option(
        "moments", "alignment recipe"
    )
    polarity: Literal["bright", "dark"] = option("bright", "animal against its background")
    threshold: float | None = option(
        None, "grey level that separates animal from floor; absent = Otsu", minimum=0, maximum=255
    )
    opening_px: int = option(9, "opening that removes legs before the axis is fitted", minimum=0)
    min_area_px: int = option(200, "smaller blobs are not the animal", minimum=1)
    area_drop: float = option(
        0.15,
        "radon: a body smaller than in the second around by more than this share is not valid",
        minimum=0,
        maximum=1,
    )
    head: Literal["right", "left", "up", "down"] = option(
        "right", "precropped: where the head points in the images"
    )


@dataclass(frozen=True)
class Crop:
    """Egocentric images."""

    size: int = option(192, "side of the crop, px", minimum=16, multipleOf=4)
    invert: bool = option(False, "turn a dark animal on white into a bright one on dark")
    background: Literal["keep", "remove", "both"] = option(
        "keep",
        "`remove`: pixels that are not the animal's become black, or white around a dark one; "
        "`both`: crops with and without, and a second network, `masked`, that learns from those "
        "without",
    )
    pad: bool = option(
        False,
        "whole images are the crops: smaller label images, and frames of recipe `precropped`, are "
        "put in the middle of the crop, black around",
    )


@dataclass(frozen=True)
class Sampling:
    """Diverse frames for labeling (paper: Sampling diverse images)."""

    per_video: int = option(500, "frames taken at a fixed stride from each recording", minimum=1)
    components: int = option(50, "principal components", minimum=1)
    clusters: int = option(10, "k-means clusters", minimum=1)
    per_cluster: int = option(150, "frames drawn from each cluster", minimum=1)
    restarts: int = option(5, "k-means starts, best kept", minimum=1)


@dataclass(frozen=True)
class Labels:
    """Where labels come from."""

    sources: list[LabelSource] = option([], "label files")
    truth: int = option(
        0, "synthetic videos: label this many sampled frames with the truth", minimum=0, maximum=150
    )
    truth_videos: list[str] = option([], "synthetic videos whose frames are labeled")
    folder: str | None = option(
        None,
        "labels made in the browser, from the working folder; absent = labels/<dataset>; never "
        "below results",
        effort=True,  # what lies there counts, not where
    )
    exclusions: str | None = option(None, "CSV of labels to leave out: file, row, part, reason")
    invert: bool = option(
        False, "turn the label images of a dark animal on white into a bright one on dark"
    )
    align: bool = option(
        False, "turn each image so that the animal's own axis is +x; labels tell head from tail"
    )
    align_by: Literal["image", "labels"] = option(
        "image",
        "where the axis comes from: the shape of a bright animal on plain dark, or, for any "
        "background, the labeled axis parts, a little off by chance as a track would be",
    )

    def place(self, dataset: str) -> str:
        """Where the labels lie that are made in the browser, from the working folder."""
        return self.folder or f"labels/{dataset}"

    def source(self, id: str) -> LabelSource:
        """The label source with this id, or the LEAP file of a labeled synthetic recording."""
        if re.sub(r"_animal\d+$", "", id) in self.truth_videos or id in self.truth_videos:
            return LabelSource(id=id, format="leap-mat")
        for source in self.sources:
            if source.id == id:
                return source
        raise UserError(f"labels: no source {id!r} in `labels.sources`")


@dataclass(frozen=True)
class Split:
    """Train / validation / test; split first, mirror later, so no twin of a test image trains."""

    train: float = option(0.765, "share for training", minimum=0, maximum=1)
    validation: float = option(0.135, "share for the learning-rate schedule", minimum=0, maximum=1)
    test: float = option(0.10, "share never trained on", minimum=0, maximum=1)


@dataclass(frozen=True)
class Model:
    """The network."""

    network: Network = option("leap_cnn", "architecture")
    filters: int = option(64, "channels of the first block", minimum=1)
    input_scale: float = option(
        1.0, "images are resized by this factor before the network", minimum=0.05, maximum=1
    )
    sigma: float = option(
        5.0, "standard deviation of the confidence map, px of the crop", minimum=0.1
    )


# The paper's training, in both lengths (LEAP training procedure), for `training.regime`.
# The keys of `best`, ours, are the defaults of Training.
_PAPER = {
    "batches": 50,
    "validation_batches": 10,
    "batch_size": 32,
    "learning_rate": 1e-3,
    "schedule": "plateau",
    "warmup": 0.0,
    "foreground_weight": 0.0,
    "averaging": 0.0,
    "rotation_deg": 15.0,
    "scale": 0.0,
    "shift_px": 0.0,
    "mirror": True,
    "contrast": 0.0,
    "brightness": 0.0,
    "noise": 0.0,
    "blur_px": 0.0,
    "specks": 0,
    "patience": 0,
}


REGIMES = {"best": {}, "full": {"epochs": 50} | _PAPER, "fast": {"epochs": 15} | _PAPER}


@dataclass(frozen=True)
class Training:
    """Optimization (paper: LEAP training procedure) and augmentation."""

    regime: Literal["best", "full", "fast"] = option(
        "best",
        "what the keys below are when they are absent: best = their defaults; full and fast = the "
        "paper's training, 50 or 15 epochs",
    )
    epochs: int = option(60, "epochs", minimum=1)
    batches: int = option(50, "batches per epoch", minimum=1)
    validation_batches: int = option(10, "augmented validation batches per epoch", minimum=1)
    batch_size: int = option(16, "images per batch; paper: 32", minimum=1)
    learning_rate: float = option(1e-3, "Adam", exclusiveMinimum=0)
    schedule: Literal["plateau", "cosine"] = option(
        "cosine",
        "cosine: to zero at the end; plateau, as in the paper: x 0.1 after 3 epochs without 1e-5 "
        "better",
    )
    warmup: float = option(
        0.1,
        "share of the training in which the rate rises from zero; paper: 0",
        minimum=0,
        maximum=1,
    )
    patience: int = option(
        0, "stop after this many epochs without better validation loss; 0 = never", minimum=0
    )
    averaging: float = option(
        0.0,
        "the weights that count are a running mean, of which each step keeps this share; 0 = the "
        "last weights",
        minimum=0,
        exclusiveMaximum=1,
    )
    foreground_weight: float = option(
        3.0, "squared errors count 1 + this x target in training; paper: 0", minimum=0
    )
    rotation_deg: float = option(15.0, "rotation drawn from +- this", minimum=0, maximum=180)
    scale: float = option(0.05, "size drawn from 1 +- this; paper: 0", minimum=0, maximum=0.5)
    shift_px: float = option(3.0, "shift drawn from +- this, px of the crop; paper: 0", minimum=0)
    mirror: bool = option(
        True,
        "mirror half of the images across the body axis, left/right swapped; off where a part may "
        "have a side and no partner",
    )
    contrast: float = option(
        0.15, "grey levels times 1 +- this; paper: 0", minimum=0, exclusiveMaximum=1
    )
    brightness: float = option(
        0.05, "grey levels +- this, as a share of white; paper: 0", minimum=0, maximum=1
    )
    noise: float = option(
        0.02, "noise of up to this standard deviation, as a share of white; paper: 0", minimum=0
    )
    blur_px: float = option(0.5, "blur of up to this sigma, px of the crop; paper: 0", minimum=0)
    specks: int = option(0, "up to this many specks of dirt; paper: 0", minimum=0)
    mask: list[float] | None = option(
        None,
        "imitate a background mask: grey levels below a threshold drawn from [low, high] -> 0",
        minItems=2,
        maxItems=2,
    )
    mask_share: float = option(0.5, "share of images that are masked", minimum=0, maximum=1)
    precision: Literal["auto", "float32", "bfloat16"] = option(
        "auto", "auto: bfloat16 where the hardware has it"
    )


@dataclass(frozen=True)
class Experiments:
    """What accuracy depends on (paper: Fig. 2c, d; Supplementary Figs. 1, 4, 5): many trainings."""

    enabled: bool = option(
        False, "`figures` makes them too; without it only `experiments` does, which takes long"
    )
    replicates: int = option(5, "trainings of every setting", minimum=1)
    fast_epochs: int = option(15, "epochs of the trainings with few labels", minimum=1)
    labels: list[int] = option(
        [10, 50, 100, 250, 500, 1000],
        "images to train with, a tenth of them for validation",
        minItems=1,
    )
    rotations: list[int] = option(
        [0, 15, 30, 60, 90, 120, 150, 180],
        "ranges of rotation (deg, +-) to train with, and angles to turn the test images by",
        minItems=1,
    )
    networks: list[Network] = option(
        list(NETWORKS),
        "architectures to compare",
        minItems=1,
    )
    epoch_s: list[float] = option(
        [60, 90],
        "how long an epoch takes, [least, most], for the axes in minutes; paper: 60 to 90 s on a "
        "GPU",
        minItems=2,
        maxItems=2,
    )

    def settings(self, experiment: str) -> list[str]:
        """The settings of an experiment, as they stand in file names."""
        if experiment == "epochs":
            return ["all"]
        return [str(value) for value in getattr(self, experiment)]

    @property
    def few_and_more(self) -> list[int]:
        """The fewest labels, and the most up to 250 (paper: Supplementary Figure 4a and b)."""
        ordered = sorted(self.labels)
        return sorted({ordered[0], max(n for n in ordered if n <= max(250, ordered[0]))})


@dataclass(frozen=True)
class Prediction:
    """From crops to poses."""

    chunks: int = option(
        2,
        "independent jobs per recording; poses that are there keep the number they were made with",
        effort=True,
        minimum=1,
    )
    batch_size: int = option(8, "images per step", effort=True, minimum=1)
    refine: Literal["smooth", "quadratic", "none"] = option(
        "smooth",
        "sub-pixel peak: of a parabola, or of the smoothed map and then a parabola; paper: none",
    )
    mirror: bool = option(
        False, "average the maps of every image and of its mirror image; takes twice as long"
    )
    turns: list[float] = option(
        [],
        "average the maps of every image and of the image turned by these angles, degrees; each "
        "takes as long again",
        items={"type": "number", "minimum": -45, "maximum": 45},
    )


@dataclass(frozen=True)
class PoseLimits:
    """Which predicted parts count, in everything that follows prediction."""

    min_confidence: float = option(0.2, "parts below are treated as missing downstream", minimum=0)


@dataclass(frozen=True)
class Evaluation:
    """How a network is judged on labels that it never saw."""

    precision: list[float] = option(
        [0.8, 0.9, 0.95, 0.99],
        "shares of kept labels within 2.5 px for which the lowest confidence is looked up",
        items={"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    )
    draws: int = option(2000, "resamplings of the images behind the intervals", minimum=100)


@dataclass(frozen=True)
class Gait:
    """Swing, stance and gait modes (paper: Gait analysis)."""

    enabled: bool = option(True, "the animal walks on legs named in the skeleton")
    speed: Literal["auto", "track", "stance"] = option(
        "auto",
        "forward speed from the body's track, or from the feet on the ground; auto: the track "
        "where there is one",
    )
    smooth_s: float = option(
        0.05, "window of the tip-velocity Gaussian (sigma = window/5)", minimum=0
    )
    body_smooth_s: float = option(
        0.05, "moving mean of centroid and heading; of speed from the feet at least 0.09", minimum=0
    )
    max_gap_s: float = option(0.03, "missing leg tips are bridged over up to this long", minimum=0)
    stance_rule: Literal["levels", "paper"] = option(
        "levels",
        "swing: tip moves over the ground (levels), or forward past the body (paper)",
    )
    z_axis: Literal["auto", "up", "down"] = option(
        "auto",
        "poses in three dimensions: which way z points; auto: feet hang below the leg bases and "
        "rise in swings, and the log says what was found",
    )
    min_speed: float = option(2.0, "walking: forward speed above, mm/s", minimum=0)
    min_speed_durations: float = option(7.2, "swing and stance durations: speed above", minimum=0)
    min_bout_s: float = option(0.5, "walking bouts longer than this train the HMM", minimum=0)
    bout_frames: int = option(3000, "most frames per recording for the HMM", minimum=10)
    symbols: Literal["patterns", "count"] = option(
        "patterns",
        "gait modes are learned from which legs stand (mirror images alike), or from how many, as "
        "in the paper",
    )
    states: int = option(3, "hidden states", minimum=2, maximum=6)
    restarts: int = option(8, "seeded Baum-Welch starts, best likelihood kept", minimum=1)
    min_mode_s: float = option(
        0.2,
        "a gait mode lasts at least this long on average; 0 = no bound, as in the paper",
        minimum=0,
    )


@dataclass(frozen=True)
class Behavior:
    """Spectrograms and the behavior map (paper: Unsupervised embedding)."""

    center: str | None = option(
        None, "reference part; absent = the skeleton's center, else the middle of its axis"
    )
    fmin: float = option(1.0, "lowest frequency, Hz", exclusiveMinimum=0)
    fmax: float = option(50.0, "highest frequency, Hz; never above Nyquist", exclusiveMinimum=0)
    frequencies: int = option(25, "dyadically spaced", minimum=2)
    omega0: float = option(5.0, "Morlet parameter", minimum=2)
    max_gap_s: float = option(0.1, "missing stretches up to this are bridged", minimum=0)
    max_missing: float = option(
        0.5, "parts missing in more than this share of frames are left out", minimum=0, maximum=1
    )
    engine: Literal["fft", "pywavelets"] = option(
        "fft", "Morlet transform: Fourier domain, or PyWavelets, slower and less exact"
    )
    map_recordings: list[str] = option(
        [], "recordings that make the map, all when empty; the others are placed on it"
    )
    metric: Literal["hellinger", "kl"] = option("hellinger", "distance between spectrogram rows")
    search: Literal["fast", "exact"] = option(
        "fast", "nearest training rows of a frame: among candidates, or all compared (slow)"
    )
    per_recording: int = option(10000, "points of each recording's first map", minimum=50)
    sample_perplexity: float = option(20.0, "of each recording's first map", minimum=2)
    total: int = option(35000, "points of the joint map, over all recordings", minimum=50)
    perplexity: float = option(32.0, "of the joint map", minimum=2)
    exaggeration: float = option(1.0, "attractive forces of the final phase", minimum=1, maximum=8)
    sigma: float = option(0.65, "smoothing of the density, on a map scaled to +-20", minimum=0.01)
    clip: list[float] = option(
        [0.5e-3, 2.75e-3], "density range kept, per unit area", minItems=2, maxItems=2
    )
    bins: int = option(501, "bins of the density along each axis", minimum=51)
    max_break_s: float = option(
        0.05, "a stay between regions up to this, inside one region, continues the bout", minimum=0
    )
    max_between_s: float = option(
        0.5, "transitions: longest time from one region to the next", minimum=0
    )
    stability: bool = option(
        True, "also map two parts of every recording apart, to see how far maps agree; slow"
    )
    locomotor_power: float = option(
        0.25,
        "locomotor regions: every leg's power at least this share of its mean over all frames",
        minimum=0,
    )


@dataclass(frozen=True)
class Pixels:
    """The map of pixels instead of poses, to compare with (paper: Supplementary Figure 6)."""

    enabled: bool = option(True, "make the map of pixels too")
    side: int = option(48, "crops are shrunk to this side, px", minimum=8, maximum=96)
    angles: int = option(90, "of the Radon transform", minimum=2)
    keep: int = option(
        2000, "Radon pixels kept, those with the highest variance", minimum=10, maximum=10000
    )
    modes: int = option(50, "principal components of them", minimum=2)
    per_recording: int = option(2000, "frames of each recording that fit the modes", minimum=50)
    zscore: bool = option(False, "scale all modes to equal variance; false: as in MotionMapper")


@dataclass(frozen=True)
class Movie:
    """A stretch of a recording to be shown as a movie."""

    recording: str = option(doc="one animal in one video")
    start: int = option(doc="first frame", minimum=0)
    stop: int = option(doc="frame after the last", minimum=1)
    playback: float = option(
        0.2, "seconds of the video in a second of the movie", minimum=0.01, maximum=10
    )

    @property
    def name(self) -> str:
        """Used in file names."""
        return f"{self.recording}_{self.start}-{self.stop}"


@dataclass(frozen=True)
class Figures:
    """What the pictures show."""

    movie_start: int = option(0, "first frame of each recording's movie", minimum=0)
    movie_frames: int = option(200, "frames in it", minimum=1)
    movie_fps: float = option(
        20.0, "playback rate of it and of clips, frames per second", minimum=1
    )
    movies: list[Movie] = option([], "further movies, of stretches of your choice")
    remark: str = option("", "small print of the gait figures: what a reader should know")
    published_flies: bool = option(False, "draw the paper's fly gait beside ours")


@dataclass(frozen=True)
class Config:
    """A whole dataset."""

    dataset: str = option(doc="results go to results/<dataset>", pattern=NAME)
    skeleton: str = option(doc="skeleton YAML; docs/skeletons.md explains its keys")
    videos: list[Video] = option(
        [], "raw videos; none: a network is trained and evaluated on `labels.sources` alone"
    )
    video_sheet: str | None = option(
        None,
        "TSV file, from the working folder, with one more video a row; columns are named like the "
        "keys of `videos`",
    )
    seed: int = option(0, "every random choice derives from it", minimum=0)
    run: str = option("main", "name of the trained model", pattern=NAME)
    bits: int | None = option(
        None,
        "bits of a pixel that the camera gives: 2^bits - 1 is white in all grey and RGB videos and "
        "label images of more than 8 bits; absent = what files state, or a stop",
        minimum=8,
        maximum=16,
    )
    synthetic: Synthetic = option(Synthetic)
    track: Track = option(Track)
    crop: Crop = option(Crop)
    sampling: Sampling = option(Sampling)
    labels: Labels = option(Labels)
    split: Split = option(Split)
    model: Model = option(Model)
    training: Training = option(Training)
    experiments: Experiments = option(Experiments)
    prediction: Prediction = option(Prediction)
    poses: PoseLimits = option(PoseLimits)
    evaluation: Evaluation = option(Evaluation)
    gait: Gait = option(Gait)
    behavior: Behavior = option(Behavior)
    pixels: Pixels = option(Pixels)
    figures: Figures = option(Figures)

    @property
    def raw_sources(self) -> list[Source]:
        """Every raw file: videos that are not rendered, camera tracks, given tracks, labels."""
        films = [video for video in self.videos if video.synthetic is None]
        cameras = [
            camera
            for video in self.videos
            if video.camera_track and (camera := video.camera_source)
        ]
        tracks = [source for video in self.videos for source in video.track_sources]
        return [*films, *cameras, *tracks, *self.labels.sources]

    @property
    def recordings(self) -> dict[str, tuple[str, int]]:
        """Recording (one animal in one video) -> (video, number of the animal)."""
        return {
            name: (video.id, animal)
            for video in self.videos
            for animal, name in enumerate(video.recordings)
        }

    @property
    def synthetic_recordings(self) -> list[str]:
        """Recordings with a truth."""
        return [n for v in self.videos if v.synthetic is not None for n in v.recordings]

    @property
    def truth_recordings(self) -> list[str]:
        """Recordings whose sampled frames are labeled with their truth."""
        named = self.labels.truth_videos if self.labels.truth else []
        return [name for id in named for name in self.video(id).recordings]

    @property
    def labels_folder(self) -> str:
        """Where the labels lie that are made in the browser."""
        return self.labels.place(self.dataset)

    def video(self, id: str) -> Video:
        """The video with this id; UserError when there is none."""
        for video in self.videos:
            if video.id == id:
                return video
        raise UserError(f"config {self.dataset}: no video {id!r} in `videos`")
