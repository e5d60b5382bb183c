"""Synthetic recordings against what the animal really did."""

from leap_core import faces

__getattr__, __dir__, __all__ = faces.attach(__name__, __file__)
