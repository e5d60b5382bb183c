"""Who is who: bodies assigned to animals from frame to frame, and swaps found over whole stretches.

Neighbouring frames tie most of a video together by place alone.  Where animals touch, place can
lie; whether the names were exchanged there is decided over the whole video, from what differs
between the animals (size, brightness) on all frames without contact: hidden states are the
permutations of the names, and a change costs little in contact and much elsewhere.
"""

from __future__ import annotations

import itertools

import numpy as np

from leap_core.numerics import viterbi
from leap_core.timeseries import runs

_LOOKS_PER_S = 4.0  # independent looks at the size of an animal
_NATS_PER_LOOK = 1.0  # most that one look tells
_APART = 60.0  # nats against a swap where animals are apart
_CONTACT = 5.0  # nats against a swap in a stretch of contact
_ROUNDS = 5
_GONE = 4.0  # typical steps: how far an animal that is not in sight counts as being, at least
MOST_NAMED = 4  # animals; with more, swaps are not looked for


def assign(
    expected: np.ndarray,
    centers: np.ndarray,
    areas: np.ndarray,
    typical: np.ndarray,
    reach: float,
    fresh: np.ndarray,
) -> np.ndarray:
    """Which body is which animal, by place and, less, by area.

    Args:
        expected: (animal, xy) px where each should be, NaN = not seen yet.
        centers: (body, xy) px; areas: (body,) px^2; typical: (animal,) px^2, NaN = not known.
        reach: px, a typical step.
        fresh: (animal,) seen of late: a body goes to one of these rather than to one that is gone.

    Returns:
        (animal,) index of its body, -1 = none.
    """
    from scipy.optimize import linear_sum_assignment

    cost = np.zeros((len(expected), len(centers)))
    step = np.linalg.norm(expected[:, None] - centers[None], axis=-1) / reach
    step = np.nan_to_num(step)
    cost += np.where(fresh[:, None], step, np.maximum(step, _GONE))
    with np.errstate(invalid="ignore"):
        off = np.abs(np.log(areas[None] / typical[:, None]))
    cost += np.where(np.isfinite(off), off, 0.0)
    out = np.full(len(expected), -1)
    if len(centers):
        rows, columns = linear_sum_assignment(cost)
        out[rows] = columns
    return out


def swaps(
    looks: np.ndarray, contact: np.ndarray, fps: float
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Which permutation of the names holds in each frame.

    Args:
        looks: (animal, frame, feature) what may differ between animals; NaN = not seen, or in
            contact.
        contact: (frame,) the animals touch.

    Returns:
        names (frame, animal): row of ``looks`` that is each animal, in the first frame its own;
        certainty (frame,) 0..1, the posterior probability of that row.  With more than
        ``MOST_NAMED`` animals nothing is looked for: names are those of the rows.
    """
    animals, frames, _ = looks.shape
    states = np.array(list(itertools.permutations(range(animals))))
    if animals == 1 or animals > MOST_NAMED or frames == 0:
        return np.tile(np.arange(animals), (frames, 1)), np.ones(frames)
    step = np.full(frames - 1, _APART)
    touching = contact[1:] | contact[:-1]
    step[touching] = _CONTACT + np.log(max(fps, 1.0))
    path = _matched(looks, contact, states)
    for _ in range(_ROUNDS):
        new = viterbi(_evidence(looks, states, path, fps), step)
        if (new == path).all():
            break
        path = new
    nats = _evidence(looks, states, path, fps)
    names = states[path]
    return names[:, np.argsort(names[0])], _posterior(nats, step)[np.arange(frames), path]


def _matched(looks: np.ndarray, contact: np.ndarray, states: np.ndarray) -> np.ndarray:
    """(frame,) state of each stretch without contact whose looks are most like the longest one's.

    To begin with no exchange would never find one in the middle of a video: with it both animals
    look alike on the whole.
    """
    path = np.zeros(len(contact), int)
    known = ~contact & np.isfinite(looks).all((0, 2))
    stretches = [slice(*ends) for ends in runs(~contact) if known[slice(*ends)].any()]
    if not stretches:
        return path
    means = [looks[:, part][:, known[part]].mean(1) for part in stretches]
    scale = looks[:, known].std((0, 1)) + 1e-6
    longest = means[int(np.argmax([known[part].sum() for part in stretches]))]
    for part, mean in zip(stretches, means, strict=True):
        off = [(((mean[state] - longest) / scale) ** 2).sum() for state in states]
        path[part] = int(np.argmin(off))
    return path


def _evidence(looks, states, path, fps: float) -> np.ndarray:
    """(frame, state) nats, from each animal's features under the present names."""
    animals, frames, _ = looks.shape
    named = looks[states[path].T, np.arange(frames)]  # (animal, frame, feature)
    known = np.isfinite(named).all(-1)
    nats = np.zeros((frames, len(states)))
    if known.sum(1).min() < 3:
        return nats
    means = np.array([named[a][known[a]].mean(0) for a in range(animals)])
    rest = np.concatenate([named[a][known[a]] - means[a] for a in range(animals)])
    cov = np.atleast_2d(np.cov(rest.T)) + 1e-6 * np.eye(rest.shape[1])
    weight = np.linalg.inv(cov)
    rate = min(_LOOKS_PER_S / fps, 1.0)
    seen = np.isfinite(looks).all(-1)
    cost = np.zeros((animals, animals, frames))  # row, animal, frame
    for row, animal in itertools.product(range(animals), repeat=2):
        off = np.nan_to_num(looks[row] - means[animal])
        cost[row, animal] = np.einsum("fi,ij,fj->f", off, weight, off) / 2 * seen[row]
    for s, state in enumerate(states):
        nats[:, s] = -sum(cost[row, animal] for animal, row in enumerate(state))
    nats -= nats.mean(1, keepdims=True)
    nats[~seen.all(0)] = 0.0  # with one animal out of sight the other's look says less
    return rate * np.clip(nats, -_NATS_PER_LOOK, _NATS_PER_LOOK)


def _posterior(nats: np.ndarray, step: np.ndarray) -> np.ndarray:
    """(frame, state) probabilities in the same model."""

    def passed(log: np.ndarray, cost: float) -> np.ndarray:
        odds = np.exp(log - log.max())
        with np.errstate(divide="ignore"):
            return np.log(odds + (odds.sum() - odds) * np.exp(-cost))

    forward, backward = np.zeros_like(nats), np.zeros_like(nats)
    for k in range(1, len(nats)):
        forward[k] = passed(forward[k - 1] + nats[k - 1], step[k - 1])
    for k in range(len(nats) - 2, -1, -1):
        backward[k] = passed(backward[k + 1] + nats[k + 1], step[k])
    both = forward + nats + backward
    both -= both.max(1, keepdims=True)
    both = np.exp(both)
    return both / both.sum(1, keepdims=True)
