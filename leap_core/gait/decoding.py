"""The gait mode of each frame by a model that has been learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from leap_core.containers import GaitModel
from leap_core.gait.symbols import Alphabet

if TYPE_CHECKING:
    from hmmlearn.hmm import CategoricalHMM


def machine_of(
    model: GaitModel, emission: np.ndarray | None = None, frames: float = 1.0
) -> CategoricalHMM:
    """The hmmlearn model with the chain of ``model``.

    Args:
        model: with training frames.
        emission: (state, thing seen) probabilities, whose rows need not sum to 1; None = those of
            the model's own symbols.
        frames: that many successive frames say what one of independent ones would: a probability
            counts to the power 1 / ``frames``.
    """
    from hmmlearn.hmm import CategoricalHMM

    if emission is None:
        emission = model.emission if model.patterns is None else model.patterns
    emission = emission ** (1 / frames)
    # rows must sum to 1 and keep their proportions: a symbol that never comes has the rest
    emission = emission / emission.sum(axis=1).max()
    emission = np.column_stack([emission, np.maximum(1 - emission.sum(axis=1), 0)])
    out = CategoricalHMM(
        n_components=len(model.states),
        n_features=emission.shape[1],
        implementation="scaling",
    )
    out.startprob_, out.transmat_ = model.start, model.transition
    out.emissionprob_ = emission
    return out


def decode_stances(
    stance: np.ndarray,
    known: np.ndarray,
    lengths: list[int],
    model: GaitModel,
    symbols: Alphabet,
    decoding: Literal["posterior", "viterbi"] = "posterior",
) -> tuple[np.ndarray, np.ndarray]:
    """Gait mode of each frame and the posterior of all, bout by bout.

    ``posterior``: the likeliest mode of each frame, where the frames of one swing together say
    what one independent frame would (``model.swing_frames``).  The symbols of a step follow from
    one another, which the chain does not know: counting each in full, it is surer than it is
    right.  ``viterbi``: the likeliest path, each frame in full (paper).

    A leg that is not known may stand or swing: what the others do counts.

    Args:
        stance: (frame, leg) bool, all bouts one after the other.
        known: (frame, leg) bool.
        lengths: frames of each bout.
        model: with training frames.
        symbols: its alphabet.
        decoding: how.

    Returns:
        State (frame,) int8; posterior (frame, state) float32.
    """
    emission = model.emission if model.patterns is None else model.patterns
    seen, index = symbols.seen(emission, stance, known)
    data = index.reshape(-1, 1)
    if decoding == "viterbi":
        machine = machine_of(model, seen)
        state = machine.decode(data, lengths, algorithm="viterbi")[1]
        return state.astype(np.int8), machine.predict_proba(data, lengths).astype(np.float32)
    posterior = machine_of(model, seen, model.swing_frames).predict_proba(data, lengths)
    return posterior.argmax(axis=1).astype(np.int8), posterior.astype(np.float32)
