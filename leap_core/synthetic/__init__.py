"""A simulated fly with known truth: video, poses, stance, behavior, and labels from them."""

from leap_core import faces

__getattr__, __dir__, __all__ = faces.attach(__name__, __file__)
