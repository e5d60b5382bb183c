"""Gait: swing and stance of each leg, and gait modes by a hidden Markov model."""

from leap_core.gait.hmm import fit_model
from leap_core.gait.kinematics import Kinematics, forward_velocity, kinematics
from leap_core.gait.stance import stance, tip_velocity
from leap_core.gait.steps import analyse, steps

__all__ = [
    "Kinematics",
    "analyse",
    "fit_model",
    "forward_velocity",
    "kinematics",
    "stance",
    "steps",
    "tip_velocity",
]
