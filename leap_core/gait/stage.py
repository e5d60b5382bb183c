"""The gait analysis of one recording: from containers to containers."""

from __future__ import annotations

import pandas as pd

from leap_core import config
from leap_core.containers import Gait, GaitModel, Poses
from leap_core.errors import UserError
from leap_core.gait.hmm import decode
from leap_core.gait.kinematics import kinematics
from leap_core.gait.profiles import swings
from leap_core.gait.steps import steps


def analyse(
    poses: Poses, model: GaitModel, settings: config.Gait, min_confidence: float
) -> tuple[Gait, pd.DataFrame, pd.DataFrame]:
    """Swing, stance, gait mode and steps of one recording (paper: Gait analysis).

    Frames with a missing leg have no gait mode, since the number of legs in stance is unknown;
    they split the walking bout.

    Returns:
        The gait file's content and the tables of :func:`leap_core.gait.steps.steps` and
        :func:`leap_core.gait.profiles.swings`.

    Raises:
        UserError: no frame rate, no legs, or a model of another number of legs.
    """
    kinematic = kinematics(poses, settings, min_confidence)
    if model.emission.shape[1] != len(kinematic.legs) + 1:
        raise UserError(
            f"recording {poses.recording}: {len(kinematic.legs)} legs, but the gait model has "
            f"{model.emission.shape[1] - 1}; fit it again on this dataset"
        )
    state, posterior = decode(kinematic, model)
    note = kinematic.note
    if not model.frames and not note:
        note = f"no gait modes: {model.note}"
    gait = Gait(
        tip_velocity=kinematic.tip_velocity,
        swing=kinematic.phase > 0,
        valid=kinematic.valid,
        forward_velocity=kinematic.forward_velocity,
        walking=kinematic.walking,
        state=state,
        posterior=posterior,
        frame=poses.frame,
        legs=kinematic.legs,
        states=list(model.states),
        recording=poses.recording,
        fps=poses.fps,
        velocity_units=kinematic.units,
        walking_source=kinematic.walking_source,
        speed_source=kinematic.speed_source,
        note=note,
    )
    table = steps(kinematic, state, gait.states, poses.recording, poses.frame)
    return gait, table, swings(kinematic, poses.recording, poses.frame)
