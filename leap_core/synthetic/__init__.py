"""A simulated fly with known truth: video, poses, stance, behavior, and labels from them."""

from leap_core.synthetic.labeling import label, of_recording
from leap_core.synthetic.movie import render

__all__ = ["label", "of_recording", "render"]
