"""Behavior: spectrograms of the parts' movements and a map of what the animal does."""

from leap_core import faces

__getattr__, __dir__, __all__ = faces.attach(__name__, __file__)
