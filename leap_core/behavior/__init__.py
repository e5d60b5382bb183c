"""Behavior: spectrograms of the parts' movements and a map of what the animal does."""

from leap_core.behavior.adding import add, map_files, summary
from leap_core.behavior.channels import channels
from leap_core.behavior.comparison import compare
from leap_core.behavior.dynamics import dwell_table, dynamics, transition_table
from leap_core.behavior.embedding import embed, project
from leap_core.behavior.evidence import table as region_table
from leap_core.behavior.importance import sample
from leap_core.behavior.pixels import pixel_basis, pixel_channels
from leap_core.behavior.regions import assign, build_map
from leap_core.behavior.stability import stability
from leap_core.behavior.statistics import statistics
from leap_core.behavior.wavelets import amplitude_blocks, frequency_axis, morlet_amplitudes

__all__ = [
    "add",
    "amplitude_blocks",
    "assign",
    "build_map",
    "channels",
    "compare",
    "dwell_table",
    "dynamics",
    "embed",
    "frequency_axis",
    "map_files",
    "morlet_amplitudes",
    "pixel_basis",
    "pixel_channels",
    "project",
    "region_table",
    "sample",
    "stability",
    "statistics",
    "summary",
    "transition_table",
]
