"""Sections of the config on footage: videos, synthetic ones, and how animals are found in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from leap_core.config.declare import option
from leap_core.config.names import IMAGE_SIDES, NAME, SHOWN, WORDS
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
    group: str | None = option(
        None,
        "whom its animals belong to in a comparison of groups (treated, control, ...); absent = it "
        "is not compared",
        pattern=WORDS,
    )
    block: str | None = option(
        None,
        "`group`: batch, day, cage, or the animal itself; groups are compared within each block",
        pattern=WORDS,
    )
    unit: str | None = option(
        None,
        "`group`: the animal or cage that it shows; videos of one unit count once; absent = its id",
        pattern=WORDS,
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
    store: bool = option(
        True,
        "`false`: images are not stored, but cut from the video whenever they are needed, with the "
        "same pixels: 11 kB a frame less on the disk, and each step that looks at all images "
        "decodes the video again; needs `background: keep`",
    )
