"""Synthetic recordings against what the animal really did."""

from leap_core.containers import Panels
from leap_core.validation.comparison import behaviors, make_panels, validate
from leap_core.validation.keys import KEYS
from leap_core.validation.recording import Recording

__all__ = ["KEYS", "Panels", "Recording", "behaviors", "make_panels", "validate"]
