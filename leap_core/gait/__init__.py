"""Gait: swing and stance of each leg, and gait modes by a hidden Markov model."""

from leap_core.gait.examples import Stretch, examples, steady_steps
from leap_core.gait.ground import body_motion, stance_velocity
from leap_core.gait.hmm import fit_model
from leap_core.gait.kinematics import Kinematics, forward_velocity, kinematics
from leap_core.gait.levels import stance_levels
from leap_core.gait.profiles import profiles
from leap_core.gait.stage import analyse
from leap_core.gait.stance import stance, tip_velocity
from leap_core.gait.steps import steps

__all__ = [
    "Kinematics",
    "Stretch",
    "analyse",
    "body_motion",
    "examples",
    "fit_model",
    "forward_velocity",
    "kinematics",
    "profiles",
    "stance",
    "stance_levels",
    "stance_velocity",
    "steady_steps",
    "steps",
    "tip_velocity",
]
