"""Gait modes: a hidden Markov model of the number of legs in stance (paper: Gait analysis)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np
from hmmlearn.hmm import CategoricalHMM
from scipy.optimize import linear_sum_assignment

from leap_core import config
from leap_core.containers import GaitModel, Poses
from leap_core.errors import UserError
from leap_core.gait.kinematics import Kinematics, kinematics

# Keeps every symbol and step possible: a recording may hold a count that training never saw.
PSEUDO_COUNT = 1e-3
# Bouts are few, and missing legs cut them anywhere: one imagined bout more begins in each state.
PSEUDO_STARTS = 1.0


class LastingHMM(CategoricalHMM):
    """A hidden Markov model whose states stay with at least probability ``stay`` per frame.

    Bounding the diagonal after each M-step is the exact M-step under that bound: the likelihood
    is concave in a row, so a diagonal that wants to be smaller sits on the bound, and the other
    probabilities keep their proportions.
    """

    stay = 0.0

    def _do_mstep(self, stats):
        super()._do_mstep(stats)
        self.transmat_ = lasting(self.transmat_, self.stay)


def lasting(transition: np.ndarray, stay: float) -> np.ndarray:
    """``transition`` (state, next) with a diagonal of at least ``stay``, rows summing to 1."""
    out = np.array(transition, float)
    others = 1 - np.eye(len(out))
    leave = (out * others).sum(axis=1)
    for i in np.flatnonzero(out.diagonal() < stay):
        out[i] *= others[i] * (1 - stay) / leave[i]
        out[i, i] = stay
    return out


def hmm(model: GaitModel) -> CategoricalHMM:
    """The hmmlearn model with the parameters of ``model``."""
    out = CategoricalHMM(
        n_components=len(model.states),
        n_features=model.emission.shape[1],
        implementation="scaling",
    )
    out.startprob_, out.transmat_ = model.start, model.transition
    out.emissionprob_ = model.emission
    return out


def name_states(emission: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Name hidden states by what they emit, and the order in which to list them.

    For six legs tripod is a state that peaks at 3 legs in stance, tetrapod one that peaks at 4,
    as far as there are such; where several would do, the names are given so that the mass at 3
    of the tripod, at 4 of the tetrapod and elsewhere of the others, which are non-canonical, is
    largest in sum.  Non-canonical states are listed by mean legs in stance.  Other animals get
    numbers.

    Args:
        emission: (state, legs in stance 0..L).

    Returns:
        Order (indices into the given states) and the names in that order.
    """
    states, symbols = emission.shape
    mean = emission @ np.arange(symbols)
    if symbols != 7:
        return np.argsort(mean, kind="stable"), [f"mode {i + 1}" for i in range(states)]
    mass = emission[:, [3, 4] + [3] * (states - 2)]
    mass[:, 2:] = 1 - emission[:, 3:5].sum(axis=1, keepdims=True)
    mass[:, :2] += emission.argmax(axis=1)[:, None] == [3, 4]
    named = np.argsort(linear_sum_assignment(-mass)[1])[:2].tolist()
    rest = sorted(set(range(states)) - set(named), key=lambda i: mean[i])
    names = ["tripod", "tetrapod"]
    if len(rest) == 1:
        names.append("non-canonical")
    names += [f"non-canonical {i + 1}" for i in range(len(rest)) if len(rest) > 1]
    return np.array([*named, *rest]), names


def training_bouts(
    kinematic: Kinematics, settings: config.Gait, rng: np.random.Generator
) -> list[np.ndarray]:
    """Leg counts of walking bouts longer than ``min_bout_s``, at most ``bout_frames`` in all.

    Bouts are drawn in random order; the last is cut to fit.
    """
    bouts = kinematic.bouts()
    bouts = bouts[bouts[:, 1] - bouts[:, 0] > settings.min_bout_s * kinematic.fps]
    counts = kinematic.legs_in_stance
    chosen, left = [], settings.bout_frames
    for start, stop in rng.permutation(bouts):
        if left <= 0:
            break
        chosen.append(counts[start : min(stop, start + left)])
        left -= len(chosen[-1])
    return chosen


def baum_welch(
    sequences: list[np.ndarray],
    states: int,
    symbols: int,
    restarts: int,
    seed: int,
    dwell: float = 1.0,
) -> tuple[CategoricalHMM, np.ndarray]:
    """Fit by expectation-maximisation from several random starts; keep the likeliest.

    Args:
        sequences: integer arrays with values 0..symbols-1.
        states: hidden states.
        symbols: size of the alphabet.
        restarts: random starts (rows drawn uniformly from the simplex).
        seed: of the starts.
        dwell: shortest mean duration of a state, frames; 1 = no bound.

    Returns:
        The best model and the log-likelihood of every start.
    """
    data = np.concatenate(sequences).reshape(-1, 1)
    lengths = [len(s) for s in sequences]
    best, scores = None, np.empty(restarts)
    for i in range(restarts):
        rng = np.random.default_rng([seed, i])
        model = LastingHMM(
            n_components=states,
            n_features=symbols,
            implementation="scaling",
            startprob_prior=1 + PSEUDO_STARTS,
            transmat_prior=1 + PSEUDO_COUNT,
            emissionprob_prior=1 + PSEUDO_COUNT,
            init_params="",
            n_iter=500,
            tol=1e-2,
        )
        model.stay = 1 - 1 / max(dwell, 1.0)
        model.startprob_ = rng.dirichlet(np.ones(states))
        model.transmat_ = lasting(rng.dirichlet(np.ones(states), size=states), model.stay)
        model.emissionprob_ = rng.dirichlet(np.ones(symbols), size=states)
        scores[i] = model.fit(data, lengths).score(data, lengths)
        if best is None or scores[i] > scores[:i].max():
            best = model
    return best, scores


def fit_model(
    poses: Iterable[Poses], settings: config.Gait, min_confidence: float, seed: int
) -> GaitModel:
    """Learn the gait modes of all recordings together (paper: Gait analysis).

    The original ran over one concatenated sequence from one start and named the states by hand;
    here bouts stay separate, the best of ``settings.restarts`` seeded starts is kept and
    :func:`name_states` names them.  Within a step of tripod gait the leg count alternates (3 in
    stance, then all 6): so that states are gaits and not halves of a step, a state lasts at
    least ``settings.min_mode_s`` on average.

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
    sequences, notes, first, legs, fps = [], [], "", None, 0.0
    for pose in poses:
        kinematic = kinematics(pose, settings, min_confidence)
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
        sequences += found
        if not found:
            reason = kinematic.note or (
                f"no walking bout longer than {settings.min_bout_s:g} s with all legs seen"
            )
            notes.append(f"{pose.recording}: {reason}")
    symbols = len(legs or []) + 1
    if not sequences:
        return _no_model(settings.states, symbols, "; ".join(notes) or "no recordings")
    dwell = settings.min_mode_s * fps
    model, scores = baum_welch(sequences, settings.states, symbols, settings.restarts, seed, dwell)
    order, names = name_states(model.emissionprob_)
    return GaitModel(
        start=model.startprob_[order],
        transition=model.transmat_[np.ix_(order, order)],
        emission=model.emissionprob_[order],
        log_likelihood=scores,
        states=names,
        frames=sum(map(len, sequences)),
        note="; ".join(notes),
    )


def _no_model(states: int, symbols: int, note: str) -> GaitModel:
    emission = np.full((states, symbols), 1 / symbols)
    return GaitModel(
        start=np.full(states, 1 / states),
        transition=np.full((states, states), 1 / states),
        emission=emission,
        log_likelihood=np.zeros(0),
        states=name_states(emission)[1],
        frames=0,
        note=note,
    )


def decode(kinematic: Kinematics, model: GaitModel) -> tuple[np.ndarray, np.ndarray]:
    """Most likely gait mode (Viterbi) and posterior of each, bout by bout.

    Returns:
        State (frame,) int8, -1 outside walking; posterior (frame, state), NaN there.
    """
    frames = len(kinematic.walking)
    state = np.full(frames, -1, np.int8)
    posterior = np.full((frames, len(model.states)), np.nan, np.float32)
    bouts = kinematic.bouts()
    if model.frames and len(bouts):
        inside = kinematic.walking & kinematic.valid.all(axis=1)
        data = kinematic.legs_in_stance[inside].reshape(-1, 1)
        lengths = (bouts[:, 1] - bouts[:, 0]).tolist()
        machine = hmm(model)
        state[inside] = machine.decode(data, lengths, algorithm="viterbi")[1]
        posterior[inside] = machine.predict_proba(data, lengths)
    return state, posterior
