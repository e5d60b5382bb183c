"""From raw video to egocentric crops: audit, track, crop."""

from leap_core import faces
from leap_core.geometry import to_crop as to_crop
from leap_core.geometry import to_video as to_video

__getattr__, __dir__, __all__ = faces.attach(__name__, __file__, "to_crop", "to_video")
