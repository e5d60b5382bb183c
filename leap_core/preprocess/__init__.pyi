from .auditing import audit as audit
from .cropping import crop as crop
from .tracking import RECIPES as RECIPES
from .tracking import track as track
