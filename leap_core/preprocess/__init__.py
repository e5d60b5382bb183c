"""From raw video to egocentric crops: audit, track, crop."""

from leap_core.geometry import to_crop, to_video
from leap_core.preprocess.auditing import audit
from leap_core.preprocess.cropping import crop
from leap_core.preprocess.tracking import RECIPES, track

__all__ = ["RECIPES", "audit", "crop", "to_crop", "to_video", "track"]
