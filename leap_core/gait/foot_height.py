"""Lift-off and landing of feet whose height is known: a foot stands while it is low and does
not rise."""

from __future__ import annotations

from typing import Literal

import numpy as np

from leap_core.timeseries import difference, moving_sum, odd_window, runs

# The width of an arc is taken at this share of its top.
_LOW = 0.3
# A foot that leaves the ground has its fastest rise right then; one that lands is down at once.
_RISE = 0.3
_STEP_S = 0.0125  # with frames further apart the rise is blurred over more than lift-off
_CLEAR = 4.0  # the top of a swing is this many times as high as a standing foot seems to be
_AROUND_S = 0.02  # lift-off and landing are looked for this far from those of the path
_SHORTEST_S = 0.015  # the height of a swing that seems shorter says nothing
_GROUND_S = 2.0  # the ground of a foot is that under its stances within this window
# Legs that must agree on which way z points: with six, two may be held up all along (grooming).
_AGREE = 2 / 3

Up = Literal["auto", "up", "down"]


def landed(swing: np.ndarray, tips: np.ndarray, fps: float) -> np.ndarray:
    """Swings with lift-off and landing from the height of the foot over its ground.

    A swing ends with the parabolic arc that has its top and its width at 0.3 of it (:func:`arc`);
    the foot is below 0.3 for the first and the last 8 % of that arc's time.  It begins with the
    arc or, going back from the top, as soon as the foot rises faster than 0.3 of its fastest
    rise.  Swings whose top does not stand out, or for less than 0.015 s, stay as they are.  The
    rise is a central difference: a swing may begin up to a frame before the foot is higher.
    Below 80 frames/s the height alone tells.

    Args:
        swing: (frame, leg) bool.
        tips: (frame, leg, 3), z up; NaN = missing.
        fps: frames per second.

    Returns:
        (frame, leg) bool.
    """
    out = swing.copy()
    around = max(round(_AROUND_S * fps), 1)
    for leg in range(swing.shape[1]):
        seen = np.isfinite(tips[:, leg, 2])
        height = over_ground_level(tips[:, leg], seen & ~swing[:, leg], fps)
        resting = height[seen & ~swing[:, leg]]
        if not np.isfinite(resting).any():
            continue
        clear = _CLEAR * 1.4826 * np.nanmedian(np.abs(resting))
        rise = difference(height, fps)
        found = runs(swing[:, leg])
        half = (found[:-1, 1] + found[1:, 0] + 1) // 2
        low = np.maximum(found[:, 0] - around, np.append(0, half))
        high = np.minimum(found[:, 1] + around, np.append(half, len(swing)))
        for first, last in zip(low, high, strict=True):
            up, speed = height[first:last], rise[first:last]
            if not np.isfinite(up).all() or up.max() <= clear:
                continue
            top = int(up.argmax())
            begin, end = arc(up, top)
            start, stop = max(int(np.ceil(begin)), 0), min(int(np.ceil(end)), len(up))
            if 1 / fps <= _STEP_S:
                leaves = (up > _LOW * up[top]) | (speed > _RISE * speed[: top + 1].max())
                start = min(start, top - int(np.append(~leaves[:top][::-1], True).argmax()))
            if stop - start < _SHORTEST_S * fps:
                continue
            out[first:last, leg] = False
            out[first + start : first + stop, leg] = True
    return out


def arc(height: np.ndarray, top: int) -> tuple[float, float]:
    """Lift-off and landing of a foot from its height, as if that were a parabola in time.

    A parabola of height h and duration T is above 0.3 h for T sqrt(0.7).

    Args:
        height: (frame,) over the ground, around one swing.
        top: frame of its highest place.

    Returns:
        Frames, not whole.  Where the height does not fall to 0.3 of its top on one side, it
        begins or ends with the heights there, and at 0.3 on the other.
    """
    level = _LOW * height[top]
    below = np.flatnonzero(height <= level)
    before, after = below[below < top], below[below > top]
    begin = end = None
    if len(before):
        k = before[-1]
        begin = k + (level - height[k]) / (height[k + 1] - height[k])
    if len(after):
        k = after[0]
        end = k - (level - height[k]) / (height[k - 1] - height[k])
    if begin is None or end is None:
        return (0 if begin is None else begin), (len(height) if end is None else end)
    cut = (1 / np.sqrt(1 - _LOW) - 1) / 2 * (end - begin)
    return begin - cut, end + cut


def over_ground_level(tip: np.ndarray, stands: np.ndarray, fps: float) -> np.ndarray:
    """Height (frame,) of one foot over the plane on which it stands in the surroundings.

    The plane (the ground may slope, or be a ball) is fitted to the foot's places in stance
    within a window of 2 s; where it stood nowhere near, the height is NaN.

    Args:
        tip: (frame, 3); stands: (frame,) bool.
    """
    typical = np.median(tip[stands], axis=0) if stands.any() else np.zeros(3)
    at = np.where(np.isfinite(tip), tip - typical, 0.0)
    basis = np.stack([np.ones(len(at)), at[:, 0], at[:, 1]], axis=1)
    products = np.concatenate(
        [basis[:, :, None] * basis[:, None], (basis * at[:, 2:])[:, :, None]], axis=2
    )
    sums = moving_sum(np.where(stands[:, None, None], products, 0.0), odd_window(_GROUND_S, fps))
    # a foot that did not move tells no slope: level ground
    spread = sums[:, [1, 2], [1, 2]].sum(axis=1)
    ridge = np.eye(3) * np.array([1e-9, 1, 1])
    ridge = ridge * (0.01 * spread.max(initial=0.0) / max(len(at), 1) + 1e-12)
    plane = np.linalg.solve(sums[:, :, :3] + ridge, sums[:, :, 3:])[..., 0]
    level = (basis * plane).sum(axis=1)
    return np.where((sums[:, 0, 0] > 0) & np.isfinite(tip[:, 2]), at[:, 2] - level, np.nan)


def upward(
    swing: np.ndarray,
    tips: np.ndarray,
    fps: float,
    *,
    bases: np.ndarray | None = None,
    above: str = "leg bases",
    up: Up = "auto",
) -> tuple[int, str]:
    """Which way z points, and the words for it.

    Feet hang below the bases of their legs, and rise in swings: each leg has a vote by the median
    over frames, and two thirds of the legs must agree.  Where the two disagree, or neither tells,
    the height is not used.

    Args:
        swing: (frame, leg) bool, told without the height.
        tips: (frame, leg, 3); NaN = missing.
        fps: frames per second.
        bases: (frame, leg, 3) places above the feet, in the coordinates of ``tips``.
        above: what these are, for the words.
        up: "up" or "down" where it is known.

    Returns:
        1 up, -1 down, 0 not to be used; the words, "" where there is nothing to say.
    """
    votes = {above: 0 if bases is None else _agreed(_middles(bases[..., 2] - tips[..., 2]))}
    votes["swings"] = _agreed(_rises(swing, tips, fps))
    said = {name: sign for name, sign in votes.items() if sign}
    names = {1: "up", -1: "down"}
    if up != "auto":
        sign = 1 if up == "up" else -1
        against = " and ".join(name for name, vote in said.items() if vote != sign)
        words = f"z points {up}, as gait.z_axis says" + (f", against {against}" if against else "")
        return sign, words
    if not said:
        if not swing.any():
            return 0, ""
        return 0, f"not used: neither {above} nor swings tell which way z points; set gait.z_axis"
    if len(set(said.values())) > 1:
        return 0, (
            f"not used: z points {names[votes[above]]} by {above}, {names[votes['swings']]} by "
            "swings; set gait.z_axis"
        )
    sign = next(iter(said.values()))
    turned = "; heights are turned over" if sign < 0 else ""
    return sign, f"z points {names[sign]}, by {' and '.join(said)}{turned}"


def _rises(swing: np.ndarray, tips: np.ndarray, fps: float) -> np.ndarray:
    """(leg,) median z of each foot's swings over the plane of its stances; NaN without swings."""
    out = np.full(swing.shape[1], np.nan)
    for leg, own in enumerate(swing.T):
        stands = np.isfinite(tips[:, leg, 2]) & ~own
        height = over_ground_level(tips[:, leg], stands, fps)[own]
        if np.isfinite(height).any():
            out[leg] = np.nanmedian(height)
    return out


def _middles(height: np.ndarray) -> np.ndarray:
    """(leg,) median over frames of (frame, leg), NaN where a leg is never seen."""
    seen = np.isfinite(height).any(axis=0)
    out = np.full(height.shape[1], np.nan)
    if seen.any():
        out[seen] = np.nanmedian(height[:, seen], axis=0)
    return out


def _agreed(height: np.ndarray) -> int:
    """The sign on which two thirds of the legs (those known) agree, else 0."""
    votes = np.sign(height[np.isfinite(height)])
    for sign in (1, -1):
        if len(votes) and (votes == sign).mean() >= _AGREE:
            return sign
    return 0
