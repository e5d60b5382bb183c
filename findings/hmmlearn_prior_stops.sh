#!/bin/bash
# hmmlearn 0.3.3: a fit with a prior stops where the likelihood first falls, far from its optimum,
# and calls itself converged; lines of warning come with verbose=False, for rounding, too.
#
# Expected: with transmat_prior (documented as the Dirichlet prior of each row, the usual way to
# make states last) expectation maximization raises likelihood times prior to its maximum, whatever
# the start. And the class ConvergenceMonitor documents that a model whose values do not strictly
# increase did not converge, so that `converged` would be False after a fall.
#
# Seen: the monitor looks at the likelihood without the prior. It rises first and falls then, as it
# must, while the posterior goes on rising; a fall is less than `tol`, so the fit ends there after a
# few of 500 iterations with `converged` True, and the result depends on the start. The only sign is
# a line through logging, "Model is not converging". That line also comes where a fit has converged
# and 200,000 frames leave rounding of more than 1.5e-8, a limit that does not grow with the data.
#
# What the pipeline does: states last by a bound on the diagonal, an exact step under that bound
# (leap_core/gait/lasting.py), and priors are pseudo-counts of 0.001 (1 for starts) that hardly
# count against the data. These lines are kept out of the log.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet hmmlearn==0.3.3 numpy==2.4.6

cat > case.py <<'PYTHON'
import importlib.metadata
import logging
import sys

import numpy as np
from hmmlearn import hmm

LINES = []


class Keep(logging.Handler):
    def emit(self, record):
        LINES.append(record.getMessage())


logging.getLogger("hmmlearn").addHandler(Keep())
print("hmmlearn", importlib.metadata.version("hmmlearn"))


def symbols(frames, stay, right, rng):
    """What a machine of two states shows that stay with ``stay`` per frame."""
    state = np.cumsum(rng.random(frames) > stay) % 2
    return np.where(rng.random(frames) < right, state, 1 - state)[:, None]


def fit(x, prior, start, **settings):
    model = hmm.CategoricalHMM(2, transmat_prior=prior, init_params="", verbose=False, **settings)
    model.startprob_ = np.array([0.5, 0.5])
    model.transmat_ = np.array([[start, 1 - start], [1 - start, start]])
    model.emissionprob_ = np.array([[0.7, 0.3], [0.3, 0.7]])
    return model.fit(x)


def told(model, x, prior):
    posterior = model.score(x) + ((prior - 1) * np.log(model.transmat_)).sum()
    return (
        f"{model.monitor_.iter:3d} iterations, converged {model.monitor_.converged}, "
        f"staying {model.transmat_[0, 0]:.4f}, log posterior {posterior:.1f}"
    )


x = symbols(5000, 0.9, 0.8, np.random.default_rng(0))
prior = np.array([[2001.0, 1.0], [1.0, 2001.0]])
print("expected: the same result from both starts")
short = []
for start in (0.7, 0.9):
    LINES.clear()
    short.append(fit(x, prior, start, n_iter=500, tol=1e-2))
    print(f"start {start}: {told(short[-1], x, prior)}")
    print(f"  likelihoods: {[round(float(value), 1) for value in short[-1].monitor_.history]}")
    print(f"  logged: {LINES}")
    whole = fit(x, prior, start, n_iter=200, tol=-np.inf)
    print(f"  no stop:   {told(whole, x, prior)}")

LINES.clear()
x = symbols(200_000, 0.98, 0.9, np.random.default_rng(1))
long = fit(x, 1.0, 0.9, n_iter=500, tol=0)
step = np.diff(long.monitor_.history)[-1]
print(f"without a prior, tol=0: {len(LINES)} line(s), last step {step:.1e}")

falls = [m.monitor_.history[-1] < m.monitor_.history[-2] for m in short]
early = all(m.monitor_.iter < 50 and m.monitor_.converged for m in short)
if not (early and all(falls) and abs(np.subtract(*[m.transmat_[0, 0] for m in short])) > 0.001):
    print("CHANGED: fits with a prior no longer stop at the first fall of the likelihood")
    sys.exit(1)
print("as described: stopped by a fall, called converged, the result depends on the start")
PYTHON
env/bin/python case.py
