"""A simulated fly with known truth: video, poses, stance, behavior, and labels from them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
