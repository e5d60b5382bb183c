"""Behavior: spectrograms of the parts' movements and a map of what the animal does."""

from leap_core.behavior.channels import pose_channels
from leap_core.behavior.comparison import compare
from leap_core.behavior.dynamics import dwell_table, region_dynamics, transition_table
from leap_core.behavior.embedding import embed, project
from leap_core.behavior.importance import sample
from leap_core.behavior.pixels import pixel_basis, pixel_channels
from leap_core.behavior.placing import add, map_files, summary
from leap_core.behavior.region_facts import table as region_table
from leap_core.behavior.regions import assign, build_map
from leap_core.behavior.stability import map_stability
from leap_core.behavior.statistics import region_statistics
from leap_core.behavior.wavelets import amplitude_blocks, frequency_axis, morlet_amplitudes

__all__ = [
    "add",
    "amplitude_blocks",
    "assign",
    "build_map",
    "compare",
    "dwell_table",
    "embed",
    "frequency_axis",
    "map_files",
    "map_stability",
    "morlet_amplitudes",
    "pixel_basis",
    "pixel_channels",
    "pose_channels",
    "project",
    "region_dynamics",
    "region_statistics",
    "region_table",
    "sample",
    "summary",
    "transition_table",
]
