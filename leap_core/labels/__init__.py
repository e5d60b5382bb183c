"""Labels made anywhere: read, check, clean, align, merge and split them.

One module per foreign format (``deepposekit``, ``leap``, ``dlc``, ``sleap``, ``coco``) behind one
:func:`read`; everything after it works on :class:`leap_core.containers.Labels`.
"""

from leap_core import faces

__getattr__, __dir__, __all__ = faces.attach(__name__, __file__)
