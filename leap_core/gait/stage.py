"""The gait analysis of one recording: from containers to containers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leap_core import config
from leap_core.containers import Gait, GaitModel, Poses
from leap_core.gait.bouts import walking_bouts
from leap_core.gait.coordination import phases, strides, tripods
from leap_core.gait.hmm import alphabet_of, doubtful, enough, seconds_of
from leap_core.gait.kinematics import leg_kinematics
from leap_core.gait.legs import tripods_of
from leap_core.gait.model import decode
from leap_core.gait.profiles import swings
from leap_core.gait.slow_camera import coarse
from leap_core.gait.steps import find_steps

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Tables:
    """The tidy tables of one recording; each field's function says what its columns are.

    Attributes:
        steps: swings and stances (:func:`leap_core.gait.steps.find_steps`).
        swings: velocity within swings (:func:`leap_core.gait.profiles.swings`).
        bouts: walking bouts (:func:`leap_core.gait.bouts.walking_bouts`).
        strides: strides of each leg (:func:`leap_core.gait.coordination.strides`).
        phases: between legs (:func:`leap_core.gait.coordination.phases`).
        tripods: tripod coordination strength (:func:`leap_core.gait.coordination.tripods`).
    """

    steps: pd.DataFrame
    swings: pd.DataFrame
    bouts: pd.DataFrame
    strides: pd.DataFrame
    phases: pd.DataFrame
    tripods: pd.DataFrame


def analyse(
    poses: Poses, model: GaitModel, settings: config.Gait, min_confidence: float
) -> tuple[Gait, Tables]:
    """Swing, stance, gait mode and steps of one recording (paper: Gait analysis).

    Where some legs are missing the others tell the gait mode, as long as at least two thirds are
    seen; other frames have none.

    Returns:
        The gait file's content and the tables.

    Raises:
        UserError: no frame rate, no legs, or a model of another number of legs.
    """
    kinematic = leg_kinematics(poses, settings, min_confidence)
    alphabet_of(model, kinematic.legs, kinematic.fps, f"recording {poses.recording}")
    state, posterior = decode(kinematic, model, settings)
    common = (kinematic, state, list(model.states), poses.recording, poses.frame)
    step, stride, tripod = find_steps(*common), strides(*common), tripods(*common)
    tables = Tables(
        steps=step,
        swings=swings(kinematic, poses.recording, poses.frame),
        bouts=walking_bouts(*common, step, tripod),
        strides=stride,
        phases=phases(kinematic, stride, poses.recording, poses.frame),
        tripods=tripod,
    )
    notes = [kinematic.note]
    if kinematic.height and not kinematic.height.startswith("z points up, by"):
        notes.append(f"height: {kinematic.height}")
    notes.append(coarse(kinematic.fps, step, counted=model.frames > 0 and model.patterns is None))
    if not model.frames and not kinematic.note:
        notes.append(f"no gait modes: {model.note}")
    elif model.frames and not enough(model, settings.min_walking_s):
        notes.append(
            f"no gait modes: learned from {seconds_of(model):.1f} s of walking, less than the "
            f"{settings.min_walking_s:g} s of `gait.min_walking_s`; give more walking"
        )
    if (state >= 0).any() and (few := doubtful(model)):
        notes.append(f"gait modes: {few}")
    if not tripods_of(kinematic.legs):
        notes.append(
            f"no tripods: legs {', '.join(kinematic.legs)} are not left and right front, middle "
            "and hind"
        )
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
        height=kinematic.height,
        cut_steps=int((~step["whole"]).sum()),
        note="; ".join(note for note in notes if note),
    )
    return gait, tables
