"""From poses to the z-scored channels that are expanded into spectrograms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leap_core import config
from leap_core.behavior.wavelets import support
from leap_core.containers import Channels, Poses
from leap_core.errors import UserError
from leap_core.skeleton import Skeleton
from leap_core.timeseries import filled, require_consecutive, require_fps, run_lengths

# What moves by less, relative to its coordinates, is the rounding of single precision.
RESOLUTION = 1e-6


def origin(skeleton: Skeleton, center: str | None) -> list[int]:
    """Parts whose mean is the origin: `behavior.center`, else the skeleton's center or axis.

    Args:
        center: `behavior.center`.

    Raises:
        UserError: there is none, or the skeleton lacks it.
    """
    names = (center,) if center else skeleton.origin
    if not names:
        raise UserError(
            f"skeleton {skeleton.name}: no center for the behavior map; name roles.center (or "
            "roles.axis, whose middle serves) there, or set behavior.center"
        )
    return [skeleton.index(name) for name in names]


def egocentric(
    poses: Poses, middle: Sequence[int], min_confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    """Positions minus the mean of some parts, (frame, joint, axis) px, and what is known of them.

    In two or three dimensions; the axes stay those of the poses.

    A part is missing where its confidence or the center's is below ``min_confidence``, its
    position is NaN or the frame invalid: the second array, (frame, joint), is False there.

    Args:
        middle: the parts that the origin is the mean of, as :func:`origin` gives them.
    """
    position = poses.positions.astype(np.float64)
    seen = poses.valid[:, None] & (poses.confidence >= min_confidence)
    seen &= np.isfinite(position).all(axis=2)
    seen &= seen[:, middle].all(axis=1, keepdims=True)
    return position - position[:, middle].mean(axis=1, keepdims=True), seen


def pose_channels(poses: Poses, settings: config.Behavior, min_confidence: float) -> Channels:
    """Positions relative to the center part, gaps bridged, z-scored per recording.

    Where the middle of the axis serves as center, the tail part gives no channels: its positions
    are those of the head part with the other sign.
    One channel for each part and axis: x, y and, where the poses have it, z.  What is missing is
    that of :func:`egocentric`.  Gaps up to ``settings.max_gap_s`` are bridged linearly (at the
    ends: held).  Longer ones are filled the same way so that the transform runs, but frames are
    not usable in which more than ``settings.max_lost`` of the kept parts are in one: a leg tip that
    hides under the body does not silence all others.  Parts missing in more than
    ``settings.max_missing`` of the frames and constant channels are set to 0 and listed: every
    recording keeps the same channels.  Mean and standard deviation come from what was seen.  A
    channel is constant where it moves by no more than single precision resolves.  The note says
    what was left out, and up to which frequency a short recording's spectrum is uncertain; where
    that is all of it, no frame is usable.

    Raises:
        UserError: no frame rate, no center part, or a gap in the frame numbers.
    """
    require_fps(poses.fps, f"recording {poses.recording}")
    require_consecutive(
        poses.frame,
        f"recording {poses.recording}",
        "wavelets need every frame: keep frames without data as rows of NaN, or make each stretch "
        "a recording",
    )
    skeleton = poses.skeleton
    middle = origin(skeleton, settings.center)
    parts = [i for i in range(len(skeleton)) if i != middle[0]]
    axes = "xyz"[: poses.positions.shape[2]]
    names = [f"{skeleton.parts[i]} {axis}" for i in parts for axis in axes]
    relative, seen = egocentric(poses, middle, min_confidence)

    frames = len(relative)
    x = np.zeros((frames, len(names)), np.float32)
    lost, kept = np.zeros(frames, int), 0
    dropped = []
    longest = settings.max_gap_s * poses.fps + 1e-6
    for order, part in enumerate(parts):
        here = seen[:, part]
        own = names[len(axes) * order : len(axes) * (order + 1)]
        if not here.any() or 1 - here.mean() > settings.max_missing:
            dropped += own
            continue
        lost += run_lengths(~here) > longest
        kept += 1
        for axis, name in enumerate(own):
            known = relative[here, part, axis]
            spread = known.std()
            largest = max(np.abs(poses.positions[here, i, axis]).max() for i in (part, *middle))
            if spread <= RESOLUTION * largest:
                dropped.append(name)
                continue
            x[:, len(axes) * order + axis] = (filled(known, here) - known.mean()) / spread
    usable = (lost <= settings.max_lost * kept + 1e-6) & (lost < kept)
    gaps = lost[usable & (lost > 0)]
    if len(dropped) == len(names) or _uncertain(frames, settings, poses.fps) >= settings.fmax:
        usable[:] = False
    return Channels(
        x=x,
        usable=usable,
        frame=poses.frame,
        channels=names,
        dropped=dropped,
        recording=poses.recording,
        fps=float(poses.fps),
        note=_note(usable, gaps, kept, names, dropped, settings, poses.fps),
    )


def _needed(settings: config.Behavior, fps: float) -> int:
    """Frames that the widest wavelet spans."""
    return 2 * support(np.array([settings.fmin]), fps, settings.omega0) + 1


def _uncertain(frames: int, settings: config.Behavior, fps: float) -> float:
    """The frequency, Hz, whose wavelet is as long as the recording; inf where all are longer."""
    if not frames:
        return 0.0
    low = settings.fmin * _needed(settings, fps) / frames
    return np.inf if low >= min(settings.fmax, fps / 2) else low


def _note(
    usable: np.ndarray,
    gaps: np.ndarray,
    kept: int,
    names: list,
    dropped: list,
    settings: config.Behavior,
    fps: float,
) -> str:
    notes = []
    needed = _needed(settings, fps)
    low = _uncertain(len(usable), settings, fps)
    left = int((~usable).sum())
    if len(dropped) == len(names):
        notes.append("no frame is usable: every part is constant or mostly missing")
    elif low >= settings.fmax:
        notes.append("no frame is usable: the recording is too short for any frequency")
    elif left:
        many = int(settings.max_lost * kept + 1e-6)
        what = f"more than {many} of {kept} parts are" if many else "a part is"
        notes.append(
            f"{left} of {len(usable)} frames left out: {what} missing for longer than "
            f"{settings.max_gap_s:g} s"
        )
    if usable.any() and len(gaps):
        notes.append(
            f"{len(gaps)} frames are placed though up to {gaps.max()} of {kept} parts are missing "
            f"for longer than {settings.max_gap_s:g} s (behavior.max_lost)"
        )
    if 0 < len(usable) < needed:
        notes.append(
            f"{len(usable)} frames are fewer than the {needed} of the wavelet at "
            f"{settings.fmin:g} Hz: amplitudes below {min(low, fps / 2):.3g} Hz are uncertain"
        )
    if dropped:
        notes.append(f"channels set to 0: {', '.join(dropped)}")
    return "; ".join(notes)
