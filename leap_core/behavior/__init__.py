"""Behavior: spectrograms of the parts' movements and a map of what the animal does."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
