"""All kinds of files."""

from __future__ import annotations

from leap_core.containers.base import (
    Container,
)
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
from leap_core.containers.crops import Crops
from leap_core.containers.gait import Gait, GaitModel
from leap_core.containers.labels import Labels, Sample
from leap_core.containers.pixels import MapComparison, PixelBasis
from leap_core.containers.poses import Maps, Poses, Trial
from leap_core.containers.stills import Stills
from leap_core.containers.tracks import Track
from leap_core.containers.truth import Truth
from leap_core.containers.validation import Panels

KINDS: tuple[type[Container], ...] = (
    Track,
    Stills,
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
    Refits,
    Maps,
    Trial,
    Truth,
    Panels,
)
