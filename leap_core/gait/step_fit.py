"""When a foot lifts off and lands: the step that fits its path over the ground best.

Between two rests a foot goes from one place on the ground to another, and its velocity is a
parabola in time (paper, Fig. 3c).  Velocities have to be smoothed to be compared with a level,
which blurs both ends of a swing; a step is fitted to the places themselves.
"""

from __future__ import annotations

import numpy as np

from leap_core.numerics import parabola_peak

# Everything below scales with a leg's typical movement, so that a mouse is fitted like a fly.
_FITTED_REACH = 2.0  # frames this far from the middle of a movement are fitted
_SPACING = 0.08  # of the middles and durations that are tried
_MIDDLE = 0.5  # the middle is looked for this far from that of the movement
_DURATIONS = (1 / 3, 3.0)  # shortest and longest swing
_LASTS = 0.33  # a misfit lasts this long
_EDGE = 0.5  # share of movements fitted best at the ends of the durations: the leg makes no steps
# A leg's swings resemble each other: relative spread of their durations.
_SPREAD = 0.15
# Feet are not exactly where they seem (a hidden tip is found too near to its typical place) and
# no step is an exact parabola: by this share of the step.
_MISFIT = 0.05
# Of the step's velocity, see eased.  A leg's swings have one shape; the second is taken where its
# typical misfit is less than half of that of the first, which is the published one.
_SHAPES = (1.0, 0.0)
_BETTER = 0.5
_ROUNDS = 2  # of fitting and taking the typical duration
_MOST_AT_ONCE = 2000  # movements fitted at once; bounds memory


def eased(share: np.ndarray, shape: float = 1.0) -> np.ndarray:
    """Way covered after a share of a step's time, from 0 to 1.

    Args:
        share: any; below 0 and above 1 the foot rests.
        shape: 1 = the velocity is a parabola, 3 s^2 - 2 s^3; 0 = it is constant; between, a
            mean of both.

    >>> eased(np.array([-1, 0.25, 0.5, 2])).tolist()
    [0.0, 0.15625, 0.5, 1.0]
    """
    share = np.clip(share, 0.0, 1.0)
    return share * (1 - shape + shape * share * (3 - 2 * share))


def fitted(moves: np.ndarray, path: np.ndarray, linked: np.ndarray, jitter: float) -> np.ndarray:
    """Movements of one foot with the lift-off and landing of the step that fits best.

    To the places around each movement, up to the middle of the rests before and after it, one
    place before, one after, and an eased way between them are fitted by least squares, for every
    middle and duration on a grid of a third to three times the leg's typical (median) movement.
    The velocity of that way is a parabola or, where that fits the leg's swings at least twice as
    well, constant.  The durations of a leg's swings are taken to spread by 15 % around their
    median, which decides where the places say little.

    Args:
        moves: (movement, 2) start and stop frame, in order.
        path: (frame, 2) places over the ground.
        linked: (frame - 1,) the foot is known to have gone from each place to the next.
        jitter: of the places, in their unit.

    Returns:
        (movement, 2) start and stop frame: the first frames not before lift-off and landing.
        Movements of more than three times the typical length, or without a rest on both sides,
        are as they were; so are all where half of the best fits lie at the ends of the grid.
    """
    moves = np.asarray(moves, int).reshape(-1, 2)
    low, high = _surroundings(moves, linked)
    start, stop = moves.T
    apt = (start > low) & (stop < high)
    if not apt.any():
        return moves
    typical = float(np.median((stop - start)[apt]))
    apt &= stop - start <= _DURATIONS[1] * typical
    start, stop, low, high = start[apt], stop[apt], low[apt], high[apt]
    middles, durations = _grid(typical)
    center = (start + stop - 1) // 2
    least, best = np.inf, None
    blocks = [slice(k, k + _MOST_AT_ONCE) for k in range(0, len(center), _MOST_AT_ONCE)]
    error = np.empty((len(center), len(middles)))  # of an hour's walking the largest array
    for shape in _SHAPES:
        for some in blocks:
            at = center[some], low[some], high[some]
            error[some] = _misfits(path, *at, middles, durations, shape, jitter, typical)
        chosen = error.argmin(axis=1)
        if np.isin(durations[chosen], (durations.min(), durations.max())).mean() >= _EDGE:
            continue
        for _ in range(_ROUNDS):
            likely = np.median(durations[chosen])
            odd = ((durations - likely) / (_SPREAD * likely)) ** 2
            chosen = np.concatenate([(error[some] + odd).argmin(axis=1) for some in blocks])
        misfit = np.median(error[np.arange(len(chosen)), chosen] + odd[chosen])
        if misfit < _BETTER * least:
            parts = [_between(error[some] + odd, middles, durations) for some in blocks]
            least, best = misfit, tuple(map(np.concatenate, zip(*parts, strict=True)))
    if best is None:
        return moves
    middle, duration = best
    lift = center + middle - duration / 2
    out = moves.copy()
    out[apt, 0] = np.maximum(np.ceil(lift), low)
    out[apt, 1] = np.minimum(np.ceil(lift + duration), high)
    return out


def _surroundings(moves: np.ndarray, linked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and past-the-last frame that belong to each movement rather than to its neighbors."""
    start, stop = moves.T
    frames = np.arange(len(linked) + 1)
    begins = np.maximum.accumulate(np.where(np.insert(linked, 0, False), 0, frames))
    breaks = np.where(np.append(linked, False), len(frames), frames + 1)
    ends = np.minimum.accumulate(breaks[::-1])[::-1]
    half = (stop[:-1] + start[1:]) // 2
    low = np.maximum(np.insert(half, 0, 0), begins[start])
    high = np.minimum(np.append(half, len(frames)), ends[stop - 1])
    return low, high


def _grid(typical: float) -> tuple[np.ndarray, np.ndarray]:
    """Middles (from that of a movement) and durations to try, in frames."""
    reach, spacing = max(_MIDDLE * typical, 0.5), _SPACING * typical
    middles = np.arange(-reach, reach + 1 + spacing / 2, spacing)
    durations = np.arange(_DURATIONS[0] * typical, _DURATIONS[1] * typical + spacing / 2, spacing)
    both = np.meshgrid(middles, durations, indexing="ij")
    return both[0].ravel(), both[1].ravel()


def _between(
    total: np.ndarray, middles: np.ndarray, durations: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Middle and duration (movement,) of the least error (movement, grid), between grid points.

    A parabola through the best point and its two neighbors along each axis has its least there.
    """
    rows = np.arange(len(total))
    columns = len(np.unique(durations))
    error = total.reshape(len(total), -1, columns)
    at = np.unravel_index(total.argmin(axis=1), error.shape[1:])
    found = []
    for axis, grid in enumerate((middles.reshape(-1, columns)[:, 0], durations[:columns])):
        k = np.clip(at[axis], 1, len(grid) - 2)
        less = (
            -error[(rows, k + step, at[1]) if axis == 0 else (rows, at[0], k + step)]
            for step in (-1, 0, 1)
        )
        shift = np.where(at[axis] == k, np.clip(parabola_peak(*less), -0.5, 0.5), 0.0)
        found.append(grid[at[axis]] + shift * (grid[1] - grid[0]))
    return found[0], found[1]


def _misfits(
    path: np.ndarray,
    center: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    middles: np.ndarray,
    durations: np.ndarray,
    shape: float,
    jitter: float,
    typical: float,
) -> np.ndarray:
    """Squared error (movement, grid) of each step, in units of what it may be."""
    reach = max(round(_FITTED_REACH * typical), 2)
    offset = np.arange(-reach, reach + 2)
    model = eased((offset - (middles - durations / 2)[:, None]) / durations[:, None], shape)
    at = center[:, None] + offset
    weight = ((at >= low[:, None]) & (at < high[:, None])).astype(float)
    place = path[np.clip(at, 0, len(path) - 1)]
    count = weight.sum(axis=1)
    place = place - ((weight[..., None] * place).sum(axis=1) / count[:, None])[:, None]
    # sums of a straight-line fit of the place to the model, per movement and grid point
    total, square = weight @ model.T, weight @ (model**2).T
    spread = square - total**2 / count[:, None]
    gain = np.zeros_like(total)
    for axis in range(path.shape[1]):
        gain += ((weight * place[..., axis]) @ model.T) ** 2
    gain = np.divide(gain, spread, out=np.zeros_like(gain), where=spread > 1e-9)
    error = np.maximum((weight[..., None] * place**2).sum(axis=(1, 2))[:, None] - gain, 0)
    best = error.argmin(axis=1)
    rows = np.arange(len(best))
    length = gain[rows, best] / np.maximum(spread[rows, best], 1e-9)
    # unlike jitter a misfit stays from frame to frame: a faster camera does not average it out
    misfit = max(_LASTS * typical, 1) * _MISFIT**2 * length + jitter**2
    return error / np.maximum(misfit, 1e-30)[:, None]
