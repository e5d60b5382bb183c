"""Gait: swing and stance of each leg, and gait modes by a hidden Markov model."""

from leap_core.gait.body_motion import motion_of_body, stance_velocity
from leap_core.gait.by_speed import mean_phases, mean_strength
from leap_core.gait.hmm import modes
from leap_core.gait.kinematics import Kinematics, forward_velocity, leg_kinematics
from leap_core.gait.legs import leg_place, tripods_of
from leap_core.gait.model import fit_model
from leap_core.gait.profiles import swing_profiles
from leap_core.gait.stage import Tables, analyse
from leap_core.gait.stance import tip_velocity
from leap_core.gait.steps import find_steps
from leap_core.gait.summary import summarize
from leap_core.gait.swing import detect_stance

__all__ = [
    "Kinematics",
    "Tables",
    "analyse",
    "detect_stance",
    "find_steps",
    "fit_model",
    "forward_velocity",
    "leg_kinematics",
    "leg_place",
    "mean_phases",
    "mean_strength",
    "modes",
    "motion_of_body",
    "stance_velocity",
    "summarize",
    "swing_profiles",
    "tip_velocity",
    "tripods_of",
]
