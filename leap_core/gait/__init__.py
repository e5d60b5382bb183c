"""Gait: swing and stance of each leg, and gait modes by a hidden Markov model."""

from leap_core import faces

__getattr__, __dir__, __all__ = faces.attach(__name__, __file__)
