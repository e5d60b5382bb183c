"""The machine behind the gait modes, apart because hmmlearn takes a second to import."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from hmmlearn.hmm import CategoricalHMM


def stay_at_least(transition: np.ndarray, stay: float) -> np.ndarray:
    """``transition`` (state, next) with a diagonal of at least ``stay``, rows summing to 1."""
    out = np.array(transition, float)
    others = 1 - np.eye(len(out))
    leave = (out * others).sum(axis=1)
    for i in np.flatnonzero(out.diagonal() < stay):
        out[i] *= others[i] * (1 - stay) / leave[i]
        out[i, i] = stay
    return out


@contextmanager
def without_lines() -> Iterator[None]:
    """hmmlearn writes nothing: one line per start that data are few, or that rounding shows.

    What a user should know is said by :func:`leap_core.gait.hmm.doubtful`.
    """
    logger = logging.getLogger("hmmlearn")
    handler, passes = logging.NullHandler(), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = passes
        logger.removeHandler(handler)


class LastingHMM(CategoricalHMM):
    """A hidden Markov model whose states stay with at least probability ``stay`` per frame.

    Bounding the diagonal after each M-step is the exact M-step under that bound: the likelihood
    is concave in a row, so a diagonal that wants to be smaller sits on the bound, and the other
    probabilities keep their proportions.
    """

    stay = 0.0
    frames = 1.0  # that many say together what one independent frame would
    transmat_: np.ndarray  # of the base class

    def _compute_likelihood(self, X):  # noqa: N803
        return super()._compute_likelihood(X) ** (1 / self.frames)

    def _do_mstep(self, stats):
        super()._do_mstep(stats)
        self.transmat_ = stay_at_least(self.transmat_, self.stay)
