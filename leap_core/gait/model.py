"""Fitting the gait model to the walking of all recordings, and decoding with it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np

from leap_core import config
from leap_core.containers import GaitModel, Poses
from leap_core.errors import UserError
from leap_core.gait.decoding import decode_stances
from leap_core.gait.hmm import alphabet_of, enough, fit_stances
from leap_core.gait.kinematics import Kinematics, leg_kinematics
from leap_core.timeseries import runs

OFTEN = 0.1  # share of a recording's frames; a leg that is missing in more is named


def training_bouts(
    kinematic: Kinematics, settings: config.Gait, rng: np.random.Generator
) -> list[np.ndarray]:
    """Legs in stance, (frame, leg) bool, of each walking bout longer than ``min_bout_s``.

    They have at most ``bout_frames`` frames in all.  Bouts are drawn in random order; the last is
    cut to fit.
    """
    bouts = kinematic.bouts()
    bouts = bouts[bouts[:, 1] - bouts[:, 0] > settings.min_bout_s * kinematic.fps]
    seen = kinematic.phase < 0
    chosen, left = [], settings.bout_frames
    for start, stop in rng.permutation(bouts):
        if left <= 0:
            break
        chosen.append(seen[start : min(stop, start + left)])
        left -= len(chosen[-1])
    return chosen


def fit_model(
    poses: Iterable[Poses], settings: config.Gait, min_confidence: float, seed: int
) -> GaitModel:
    """Learn the gait modes of all recordings together (paper: Gait analysis).

    The original ran over one concatenated sequence from one start and named the states by hand;
    here bouts stay separate, the best of ``settings.restarts`` seeded starts is kept and
    :func:`leap_core.gait.hmm.name_states` names them.  By ``settings.symbols`` a frame is known by
    which legs stand or, as in the paper, by how many.  Within a step of tripod gait the legs on
    the ground alternate (3, then all 6): so that states are gaits and not halves of a step, a
    state lasts at least ``settings.min_mode_s`` on average.

    Args:
        poses: of all recordings; taken one at a time, so a generator saves memory.
        settings: section ``gait``.
        min_confidence: parts below it are missing.
        seed: of the bouts and the starts.

    Returns:
        The model; with no walking at all a uniform one with 0 training frames whose ``note``
        says why.

    Raises:
        UserError: no frame rate, no legs, or recordings whose legs or frame rates differ.
    """
    stances, notes, first, legs, fps = [], [], "", None, 0.0
    for pose in poses:
        kinematic = leg_kinematics(pose, settings, min_confidence)
        if legs is None:
            first, legs, fps = pose.recording, kinematic.legs, kinematic.fps
        if kinematic.legs != legs:
            raise UserError(
                f"recording {pose.recording}: its legs {kinematic.legs} differ from {legs} of "
                f"{first}; use one skeleton for all"
            )
        # transitions are per frame; rates read from video files differ in the last digits
        if not np.isclose(kinematic.fps, fps, rtol=0.01):
            raise UserError(
                f"recording {pose.recording}: {kinematic.fps:g} frames/s, but {first} has {fps:g}, "
                "and gait modes are learned per frame; analyse them as separate datasets"
            )
        rng = np.random.default_rng([seed, zlib.crc32(pose.recording.encode())])
        found = training_bouts(kinematic, settings, rng)
        stances += found
        if not found:
            notes.append(f"{pose.recording}: {_why_not(kinematic, settings, min_confidence)}")
    note = "; ".join(notes)
    if not stances and not note:
        note = "no recordings"
    legs = legs or []
    return fit_stances(stances, legs, fps, settings, seed, note)


def _why_not(kinematic: Kinematics, settings: config.Gait, min_confidence: float) -> str:
    """Why a recording has no bout to learn from; a leg that is often missing is named."""
    if kinematic.note:
        return kinematic.note
    told = f"no walking bout longer than {settings.min_bout_s:g} s with all legs seen"
    lost = 1 - kinematic.valid.mean(axis=0)
    worst = int(lost.argmax())
    if lost[worst] < OFTEN:
        return told
    return (
        f"{told}: {kinematic.legs[worst]} is missing in {lost[worst]:.0%} of the frames "
        f"(`poses.min_confidence` is {min_confidence:g}); lower it, or label more of that leg"
    )


def decode(
    kinematic: Kinematics, model: GaitModel, settings: config.Gait
) -> tuple[np.ndarray, np.ndarray]:
    """Gait mode and posterior of each frame (:func:`leap_core.gait.decoding.decode_stances`).

    Returns:
        State (frame,) int8, -1 outside walking, where more than a third of the legs is missing,
        and where the model has seen less walking than ``settings.min_walking_s``; posterior
        (frame, state), NaN there.
    """
    frames = len(kinematic.walking)
    state = np.full(frames, -1, np.int8)
    posterior = np.full((frames, len(model.states)), np.nan, np.float32)
    symbols = alphabet_of(model, kinematic.legs, kinematic.fps, "gait modes")
    inside = kinematic.walking & symbols.enough(kinematic.valid)
    if enough(model, settings.min_walking_s) and inside.any():
        lengths = np.diff(runs(inside), axis=1).ravel().tolist()
        stance, known = (kinematic.phase < 0)[inside], kinematic.valid[inside]
        state[inside], posterior[inside] = decode_stances(
            stance, known, lengths, model, symbols, settings.decoding
        )
    return state, posterior
