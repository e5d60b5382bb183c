"""One YAML per dataset, read into frozen dataclasses."""

from leap_core.config.footage import Crop, Source, Synthetic, Track, Video, recording_names
from leap_core.config.learning import (
    REGIMES,
    Evaluation,
    Experiments,
    Model,
    PoseLimits,
    Prediction,
    Split,
    Training,
)
from leap_core.config.names import MASKED, MULTIPLE_OF, NETWORKS
from leap_core.config.reading import from_dict, read, schema, to_dict
from leap_core.config.sections import (
    Behavior,
    Config,
    Exports,
    Figures,
    Gait,
    Groups,
    Labels,
    LabelSource,
    Movie,
    Pixels,
    Sampling,
)

__all__ = [
    "Behavior",
    "Config",
    "Crop",
    "Evaluation",
    "Experiments",
    "Exports",
    "Figures",
    "Gait",
    "Groups",
    "LabelSource",
    "Labels",
    "MASKED",
    "MULTIPLE_OF",
    "Model",
    "Movie",
    "NETWORKS",
    "Pixels",
    "PoseLimits",
    "Prediction",
    "REGIMES",
    "Sampling",
    "Source",
    "Split",
    "Synthetic",
    "Track",
    "Training",
    "Video",
    "from_dict",
    "read",
    "recording_names",
    "schema",
    "to_dict",
]
