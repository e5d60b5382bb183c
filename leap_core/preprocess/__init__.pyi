import leap_core.geometry as _geometry

from .auditing import audit as audit
from .auditing import told as told
from .cropping import crop as crop
from .doubts import doubts as doubts
from .tracking import RECIPES as RECIPES
from .tracking import track as track

to_crop = _geometry.to_crop
to_video = _geometry.to_video
