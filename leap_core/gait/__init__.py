"""Gait: swing and stance of each leg, and gait modes by a hidden Markov model."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
