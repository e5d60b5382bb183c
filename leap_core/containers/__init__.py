"""One frozen dataclass per file kind: the only place that knows dataset names.

Every array field is declared once with its axes and units; reading, writing, shape checks and
the format reference in the docs come from that declaration.  Conventions everywhere: frame
first (tracks: animal, then frame), float32, NaN = missing, pixels 0-based with the centre of the
top-left pixel at (0, 0), points (x, y) with y down, angles in radians by ``atan2`` in image axes.
"""

from leap_core.containers.behavior import (
    Behavior,
    BehaviorMap,
    BehaviorSample,
    Channels,
    Dynamics,
    Embedding,
    Refits,
    RegionStats,
    Stability,
)
from leap_core.containers.crop_readers import CropReaders
from leap_core.containers.crops import (
    CropReader,
    Crops,
    Slices,
    create_crops,
    open_crops,
    write_cut,
)
from leap_core.containers.files import Files, Named
from leap_core.containers.gait import Gait, GaitModel
from leap_core.containers.kinds import KINDS
from leap_core.containers.labels import HELD_OUT, SPLITS, Labels, Sample
from leap_core.containers.pixels import MapComparison, PixelBasis
from leap_core.containers.poses import Maps, Poses, Trial
from leap_core.containers.stills import Stills
from leap_core.containers.tracks import Track
from leap_core.containers.truth import Truth
from leap_core.containers.validation import Panels

__all__ = [
    "Behavior",
    "BehaviorMap",
    "BehaviorSample",
    "Channels",
    "CropReader",
    "CropReaders",
    "Crops",
    "Dynamics",
    "Embedding",
    "Files",
    "Gait",
    "GaitModel",
    "HELD_OUT",
    "KINDS",
    "Labels",
    "MapComparison",
    "Maps",
    "Named",
    "Panels",
    "PixelBasis",
    "Poses",
    "Refits",
    "RegionStats",
    "SPLITS",
    "Sample",
    "Slices",
    "Stability",
    "Stills",
    "Track",
    "Trial",
    "Truth",
    "create_crops",
    "open_crops",
    "write_cut",
]
