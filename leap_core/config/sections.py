"""The sections of a config, as frozen dataclasses (with :mod:`.footage` and :mod:`.learning`).

They are the single declaration of every key: type, default, limits and meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from leap_core.config.declare import option
from leap_core.config.footage import Crop, Source, Synthetic, Track, Video
from leap_core.config.learning import (
    Evaluation,
    Experiments,
    Model,
    PoseLimits,
    Prediction,
    Split,
    Training,
)
from leap_core.config.names import CHOSEN, NAME, ExportFormat
from leap_core.errors import UserError


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
        0, "synthetic videos: label this many sampled frames with the truth", minimum=0
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
    min_walking_s: float = option(
        12.0, "no gait modes are given where they were learned from less walking", minimum=0
    )
    decoding: Literal["posterior", "viterbi"] = option(
        "posterior",
        "a frame's gait mode: the likeliest one, steps heard once, or that of the likeliest path, "
        "every frame in full, as in the paper",
    )


@dataclass(frozen=True)
class Behavior:
    """Spectrograms and the behavior map (paper: Unsupervised embedding)."""

    auto: list[str] = option(
        [],
        "true = what is left out here of "
        + ", ".join(f"`{key}`" for key in CHOSEN)
        + " is chosen from frame rate and length of the recordings, and `max_gap_s` is 0.5; "
        "`behavior: auto` for short",
        type=["boolean", "array"],
        items={"enum": list(CHOSEN)},
    )
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
    max_lost: float = option(
        0.1,
        "frames with more than this share of the other parts missing for longer are left out",
        minimum=0,
        maximum=1,
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
    refits: int = option(
        10,
        "make the map so many times again, from half of the data, to see which regions come back "
        "and which are one behavior in pieces; 0 = not; slow",
        minimum=0,
        maximum=1000,
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
class Exports:
    """Results as files of other programs (docs/exports.md)."""

    formats: list[ExportFormat] = option(
        [], "what a full run and `snakemake exports` write below results/<dataset>/exports"
    )
    reference: Literal["video", "video mm", "egocentric", "egocentric mm"] = option(
        "video",
        "coordinates: of the video's frames, or of the crops around the animal, head to the right",
    )
    scorer: str = option(
        "leap", "dlc: the scorer in names and headers, as your `config.yaml` has it", pattern=NAME
    )


@dataclass(frozen=True)
class Groups:
    """Groups of recordings, compared where `videos[].group` names two or more."""

    min_events: int = option(
        5,
        "a recording with fewer visits, transitions, steps or strides gives no mean of them",
        minimum=1,
    )
    permutations: int = option(
        20000,
        "all arrangements of recordings are looked at where they are no more, else as many drawn",
        minimum=10000,
        maximum=10000000,
    )
    bootstrap: int = option(5000, "draws behind an interval", minimum=1000)
    level: float = option(
        0.05,
        "share of false finds among all finds of a family of measures",
        exclusiveMinimum=0,
        maximum=0.5,
    )


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
    groups: Groups = option(Groups)
    figures: Figures = option(Figures)
    exports: Exports = option(Exports)

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
    def compared(self) -> list[tuple[str, str, str, str, str]]:
        """Recording, video, unit, group and block ("" = none) of what is in a group.

        Empty where fewer than two groups are named.
        """
        named = [video for video in self.videos if video.group]
        if len({video.group for video in named}) < 2:
            return []
        return [
            (name, video.id, video.unit or video.id, video.group or "", video.block or "")
            for video in named
            for name in video.recordings
        ]

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
