"""What every reader of poses returns, and the checks that all of them share."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_core.errors import UserError
from leap_core.skeleton import Skeleton

NAN = float("nan")
HIGHEST_FRAME = 2**53  # larger numbers are no longer exact


@dataclass(frozen=True)
class RawPoses:
    """Parts as the file has them.

    Attributes:
        positions: (animal, frame, part, axis), axis x, y or x, y, z; not finite = missing.
        confidence: (animal, frame, part), NaN = missing, or None where the file has none.
        frame: (frame,) consecutive frame numbers.
        parts: names in the order of the file, or None where it has none.
        fps: frames per second, NaN where the file does not say.
        notes: what was doubtful or left aside, a line each, for the log.
    """

    positions: np.ndarray
    confidence: np.ndarray | None
    frame: np.ndarray
    parts: tuple[str, ...] | None
    fps: float = NAN
    notes: tuple[str, ...] = ()


def frame_numbers(path: Path, numbers: np.ndarray) -> np.ndarray:
    """Frame numbers of the rows as int64.

    Raises:
        UserError: not whole, negative, twice the same, not ascending, or fewer than half of those
            from first to last, as of time stamps.
    """
    try:
        exact = np.asarray(numbers, dtype=float)
    except ValueError:
        exact = np.array([NAN])
    whole = np.round(exact)
    if not len(exact):
        raise UserError(f"{path}: holds no frames; export it again")
    if not (np.isfinite(exact).all() and np.array_equal(whole, exact) and whole.min() >= 0):
        raise UserError(f"{path}: its first column holds no frame numbers 0, 1, 2, ...; mend it")
    first, last = float(whole[0]), float(whole[-1])
    # times in ms would pass as a recording that is mostly missing, and one wild number fills memory
    if (np.diff(whole) > 0).all() and 2 * len(whole) < last - first + 1:
        raise UserError(
            f"{path}: {len(whole)} rows are numbered {first:.0f} to {last:.0f}, so that more than "
            "half of the frames were missing; number them by frame 0, 1, 2, ..., not by time"
        )
    if np.abs(whole).max() > HIGHEST_FRAME:
        raise UserError(f"{path}: frame number {whole.max():.0f} is too high; mend it")
    frames = whole.astype(np.int64)
    for row, step in enumerate(np.diff(frames), 1):
        if step <= 0:
            found = "is there twice" if step == 0 else f"comes after {frames[row - 1]}"
            raise UserError(f"{path}: row {row}: frame {frames[row]} {found}; sort or mend it")
    return frames


def fill(frames: np.ndarray, values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Consecutive frame numbers, and ``values`` with NaN where ``axis`` had no row for one.

    >>> fill(np.array([3, 5]), np.array([1.0, 2.0]), 0)[1].tolist()
    [1.0, nan, 2.0]
    """
    every = np.arange(frames[0], frames[-1] + 1)
    shape = list(values.shape)
    shape[axis] = len(every)
    out = np.full(shape, NAN)
    np.moveaxis(out, axis, 0)[frames - frames[0]] = np.moveaxis(values, axis, 0)
    return every, out


def part_order(path: Path, parts: tuple[str, ...] | None, count: int, skeleton: Skeleton) -> list:
    """Where each part of the skeleton stands in the file.

    Raises:
        UserError: a part is missing, unknown or there twice; without names, another number.
    """
    name = skeleton.name
    if parts is None:
        if count != len(skeleton):
            raise UserError(
                f"{path}: has {count} unnamed parts, skeleton {name} has {len(skeleton)}; "
                "list in the skeleton what the file holds, in its order"
            )
        return list(range(count))
    twice = [part for part in parts if parts.count(part) > 1]
    if twice:
        raise UserError(f"{path}: part {twice[0]!r} is there twice; export it again")
    for have, want, text in (
        (parts, skeleton.parts, "of the skeleton is not in the file"),
        (skeleton.parts, parts, "of the file is not in the skeleton"),
    ):
        odd = [part for part in want if part not in have]
        if odd:
            near = difflib.get_close_matches(odd[0], have, n=1, cutoff=0.5)
            hint = f"nearest: {near[0]!r}" if near else f"there are {', '.join(have)}"
            raise UserError(
                f"{path}: part {odd[0]!r} {text} ({hint}); "
                f"make names in skeleton {name} and file equal"
            )
    return [parts.index(part) for part in skeleton.parts]
