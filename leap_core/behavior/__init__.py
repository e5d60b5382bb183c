"""Behavior: spectrograms of the parts' movements and a map of what the animal does."""

from leap_core.behavior.channels import channels
from leap_core.behavior.embedding import embed, project
from leap_core.behavior.evidence import table as region_table
from leap_core.behavior.importance import sample
from leap_core.behavior.regions import assign, build_map
from leap_core.behavior.statistics import statistics
from leap_core.behavior.wavelets import amplitude_blocks, frequency_axis, morlet_amplitudes

__all__ = [
    "amplitude_blocks",
    "assign",
    "build_map",
    "channels",
    "embed",
    "frequency_axis",
    "morlet_amplitudes",
    "project",
    "region_table",
    "sample",
    "statistics",
]
