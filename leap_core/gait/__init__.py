"""Gait: swing and stance of each leg, and gait modes by a hidden Markov model."""

from leap_core.gait.by_speed import mean_phases, mean_strength
from leap_core.gait.examples import Stretch, examples, steady_steps
from leap_core.gait.ground import body_motion, stance_velocity
from leap_core.gait.hmm import modes
from leap_core.gait.kinematics import Kinematics, forward_velocity, kinematics
from leap_core.gait.learn import fit_model
from leap_core.gait.legs import leg_place, tripods_of
from leap_core.gait.levels import stance
from leap_core.gait.profiles import profiles
from leap_core.gait.stage import Tables, analyse
from leap_core.gait.stance import tip_velocity
from leap_core.gait.steps import steps
from leap_core.gait.summary import summary

__all__ = [
    "Kinematics",
    "Stretch",
    "Tables",
    "analyse",
    "body_motion",
    "examples",
    "fit_model",
    "forward_velocity",
    "kinematics",
    "leg_place",
    "mean_phases",
    "mean_strength",
    "modes",
    "profiles",
    "stance",
    "stance_velocity",
    "steady_steps",
    "steps",
    "summary",
    "tip_velocity",
    "tripods_of",
]
