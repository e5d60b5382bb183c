"""Gait modes: a hidden Markov model of the legs in stance (paper: Gait analysis).

Everything here takes plain arrays; :mod:`leap_core.gait.model` fits the model to poses.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from leap_core import config
from leap_core.containers import GaitModel
from leap_core.errors import UserError
from leap_core.gait.decoding import decode_stances
from leap_core.gait.symbols import Alphabet, alphabet, canonical

if TYPE_CHECKING:
    from hmmlearn.hmm import CategoricalHMM

log = logging.getLogger(__name__)

# Keeps every symbol and step possible: a recording may hold a count that training never saw.
PSEUDO_COUNT = 1e-3
# Bouts are few, and missing legs cut them anywhere: one imagined bout more begins in each state.
PSEUDO_STARTS = 1.0
# Independent frames that a swing counts for while modes are learned, at most: as many as it has at
# 100 frames/s.  At 200 and 400 all its frames give 0.95 and 0.54 of frames the right mode.
LEARNED = 4.0
ROUNDS = 500  # of expectation-maximisation at most
# Of walking that a model needs.  Of simulated flies (100 frames/s, bouts drawn eight times), the
# least share of frames with the right mode was 0.95 with 12 s, 0.61 with 8 s and 0.31 with 3 s.
FEWEST_S = 12.0


def name_states(
    emission: np.ndarray, share: np.ndarray | None = None, own: np.ndarray | None = None
) -> tuple[np.ndarray, list[str]]:
    """Name hidden states by what they emit, and the order in which to list them.

    For six legs one state is called tripod, one tetrapod, and the others non-canonical: so that
    what speaks for the names is largest in sum over frames (a state that hardly occurs does not
    take another's name).  Where it is known which legs stand, that is the mass of the gaits' own
    patterns (:func:`leap_core.gait.symbols.canonical`), for the others that of all else: however
    long swings seem, those of two gaits stay different ones.  Else a tripod is a state that peaks
    at 3 legs in stance, a tetrapod one that peaks at 4, as far as there are such, and the masses
    at 3, 4 and elsewhere decide.  Non-canonical states are listed by mean legs in stance.  Other
    animals get numbers.

    Args:
        emission: (state, legs in stance 0..L).
        share: (state,) of the frames; None = equal.
        own: (state, 2) mass of the patterns of tripod and tetrapod; None = unknown.

    Returns:
        Order (indices into the given states) and the names in that order.
    """
    from scipy.optimize import linear_sum_assignment

    states, symbols = emission.shape
    mean = emission @ np.arange(symbols)
    if symbols != 7:
        return np.argsort(mean, kind="stable"), [f"mode {i + 1}" for i in range(states)]
    mine = emission[:, [3, 4]] if own is None else own
    mass = np.repeat(1 - mine.sum(axis=1, keepdims=True), states, axis=1)
    mass[:, :2] = mine
    if own is None:
        mass[:, :2] += emission.argmax(axis=1)[:, None] == [3, 4]
    if share is not None:
        mass *= np.asarray(share)[:, None]
    named = np.argsort(linear_sum_assignment(-mass)[1])[:2].tolist()
    rest = sorted(set(range(states)) - set(named), key=lambda i: mean[i])
    names = ["tripod", "tetrapod"]
    if len(rest) == 1:
        names.append("non-canonical")
    names += [f"non-canonical {i + 1}" for i in range(len(rest)) if len(rest) > 1]
    return np.array([*named, *rest]), names


def baum_welch(
    sequences: list[np.ndarray],
    states: int,
    symbols: int,
    restarts: int,
    seed: int,
    dwell: float = 1.0,
    frames: float = 1.0,
) -> tuple[CategoricalHMM, np.ndarray]:
    """Fit by expectation-maximisation from several random starts; keep the likeliest.

    Args:
        sequences: integer arrays with values 0..symbols-1.
        states: hidden states.
        symbols: size of the alphabet.
        restarts: random starts (rows drawn uniformly from the simplex).
        seed: of the starts.
        dwell: shortest mean duration of a state, frames; 1 = no bound.
        frames: that many successive symbols say together what one independent one would.

    Returns:
        The best model and the log-likelihood of every start.
    """
    from leap_core.gait.lasting import LastingHMM, stay_at_least, without_lines

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
            n_iter=ROUNDS,
            tol=1e-2,
        )
        model.stay = 1 - 1 / max(dwell, 1.0)
        model.frames = frames
        model.startprob_ = rng.dirichlet(np.ones(states))
        model.transmat_ = stay_at_least(rng.dirichlet(np.ones(states), size=states), model.stay)
        model.emissionprob_ = rng.dirichlet(np.ones(symbols), size=states)
        with without_lines():
            scores[i] = model.fit(data, lengths).score(data, lengths)
        if best is None or scores[i] > scores[:i].max():
            best = model
    return best, scores


def fit_stances(
    stances: list[np.ndarray],
    names: list[str],
    fps: float,
    settings: config.Gait,
    seed: int,
    note: str = "",
) -> GaitModel:
    """Learn gait modes from the legs in stance alone (paper: Gait analysis).

    The best of ``settings.restarts`` seeded starts is kept and :func:`name_states` names its
    states, each of which lasts at least ``settings.min_mode_s`` on average.

    Args:
        stances: one (frame, leg) bool per walking bout, True = on the ground.
        names: of the legs.
        fps: frames per second.
        settings: section ``gait``.
        seed: of the starts.
        note: goes into the model.

    Returns:
        The model; without any sequence a uniform one with 0 training frames.  Its note says where
        there was too little to learn from, or where no start settled.
    """
    symbols = alphabet(len(names), names, settings.symbols)
    if not stances:
        return _no_model(settings.states, symbols.legs + 1, note)
    sequences = [symbols.read(stance) for stance in stances]
    dwell = settings.min_mode_s * fps
    model, scores = baum_welch(
        sequences,
        settings.states,
        len(symbols),
        settings.restarts,
        seed,
        dwell,
        max(swing_frames(stances) / LEARNED, 1.0),
    )
    emission = symbols.by_count(model.emissionprob_)
    frames = np.concatenate(sequences).reshape(-1, 1)
    share = model.predict_proba(frames, [len(s) for s in sequences]).mean(axis=0)
    own = canonical(symbols, names)
    order, states = name_states(emission, share, None if own is None else model.emissionprob_ @ own)
    patterns = model.emissionprob_[order] if symbols.kind == "patterns" else None
    made = GaitModel(
        start=model.startprob_[order],
        transition=model.transmat_[np.ix_(order, order)],
        emission=emission[order],
        log_likelihood=scores,
        patterns=patterns,
        states=states,
        legs=list(names) if patterns is not None else [],
        fps=float(fps),
        frames=len(frames),
        swing_frames=swing_frames(stances),
        note=note,
    )
    notes = [doubtful(made)]
    if model.monitor_.iter >= ROUNDS:
        notes.append(f"the best of {len(scores)} starts was still changing after {ROUNDS} rounds")
    return replace(made, note="; ".join(filter(None, [*notes, note])))


def swing_frames(stances: list[np.ndarray]) -> float:
    """Mean duration in frames of the swings in some bouts of (frame, leg) bool, cut ones too.

    At least 1, also where no leg swings.

    >>> swing_frames([np.array([[1, 0], [0, 1], [0, 1]], bool)])
    1.5
    """
    swings = [~np.asarray(stance, bool) for stance in stances]
    begun = sum(np.count_nonzero(s[0]) + np.count_nonzero(s[1:] & ~s[:-1]) for s in swings)
    return float(max(sum(np.count_nonzero(s) for s in swings) / max(begun, 1), 1.0))


def seconds_of(model: GaitModel) -> float:
    """Walking that a model has seen, s; one without a frame rate counts as 100 frames/s."""
    return model.frames / (model.fps if np.isfinite(model.fps) else 100.0)


def enough(model: GaitModel, least_s: float) -> bool:
    """Whether a model has seen any walking, and at least ``least_s`` seconds of it."""
    return model.frames > 0 and seconds_of(model) >= least_s


def doubtful(model: GaitModel) -> str:
    """Words on a model that was learned from little walking; "" where it was enough or none."""
    if not model.frames or enough(model, FEWEST_S):
        return ""
    states, symbols = (model.emission if model.patterns is None else model.patterns).shape
    free = states * (symbols - 1) + states * (states - 1) + states - 1
    return (
        f"learned from {model.frames} frames ({seconds_of(model):.1f} s) of walking, for {free} "
        f"free numbers: below {FEWEST_S:g} s they depend on which bouts there happen to be, and "
        "may be wrong in most frames; give more walking"
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


def modes(
    stance: np.ndarray,
    lengths: list[int] | None = None,
    settings: config.Gait | None = None,
    seed: int = 0,
    fps: float = 100.0,
    model: GaitModel | None = None,
    legs: list[str] | None = None,
) -> tuple[GaitModel, np.ndarray, np.ndarray]:
    """Gait modes of plain arrays, without poses: fit a model unless given, then decode.

    Args:
        stance: (frame, leg) bool, True = on the ground; walking bouts one after the other.
        lengths: frames of each bout; None = one bout.
        settings: section ``gait`` (states, restarts, min_mode_s, symbols, decoding); None = the
            defaults.
        seed: of the random starts.
        fps: frames per second.
        model: of an earlier call or of ``gait/model.h5``; None = fit one to ``stance``.
        legs: names such as "LF", in the order of ``stance``; without them, or where they do not
            pair left with right, the model is of the number of legs in stance.

    Returns:
        The model; state (frame,) int8, indices into ``model.states``, and posterior (frame,
        state) float32 by :func:`leap_core.gait.decoding.decode_stances`, also where the model
        has seen little.

    Raises:
        UserError: lengths that do not sum to the frames, no frames, or a model of other legs.
    """
    stance = np.asarray(stance)
    if stance.ndim != 2 or not stance.size or not np.isin(stance, (0, 1)).all():
        raise UserError(
            f"stance: expected (frame, leg) of 0 and 1, got shape {stance.shape} of "
            f"{stance.dtype}; leave out frames with a missing leg"
        )
    frames = len(stance)
    names = [f"leg {k + 1}" for k in range(stance.shape[1])] if legs is None else list(legs)
    if len(names) != stance.shape[1]:
        raise UserError(f"legs: {len(names)} names for {stance.shape[1]} legs; name each")
    lengths = [frames] if lengths is None else [int(n) for n in lengths]
    if sum(lengths) != frames or min(lengths) < 1:
        raise UserError(
            f"lengths: {len(lengths)} bouts of {sum(lengths)} frames in all, but stance has "
            f"{frames}; give the frames of each bout"
        )
    settings = settings or config.Gait()
    if model is None:
        bouts = np.split(stance, np.cumsum(lengths)[:-1])
        model = fit_stances(bouts, names, fps, settings, seed)
        if model.note:
            log.warning("gait modes: %s", model.note)
    symbols = alphabet_of(model, names, fps, "stance")
    known = np.ones(stance.shape, bool)
    return model, *decode_stances(stance, known, lengths, model, symbols, settings.decoding)


def alphabet_of(model: GaitModel, legs: list[str], fps: float, where: str) -> Alphabet:
    """The alphabet of a model for an animal with these legs.

    Raises:
        UserError: the model is of another number of legs, of another frame rate or, where it
            knows which legs stand, of other legs.
    """
    if model.emission.shape[1] != len(legs) + 1:
        raise UserError(
            f"{where}: {len(legs)} legs, but the gait model has {model.emission.shape[1] - 1}; "
            "fit it again on this dataset"
        )
    # rates read from video files differ in the last digits
    if model.frames and np.isfinite(model.fps) and not np.isclose(model.fps, fps, rtol=0.01):
        raise UserError(
            f"{where}: {fps:g} frames/s, but the gait model has {model.fps:g}, and gait modes are "
            "learned per frame; fit it again on this dataset"
        )
    if model.patterns is None:
        return alphabet(len(legs))
    if list(model.legs) != list(legs):
        raise UserError(
            f"{where}: legs {', '.join(legs)}, but the gait model has {', '.join(model.legs)}; "
            "fit it again on this dataset"
        )
    return alphabet(len(legs), legs, "patterns")
