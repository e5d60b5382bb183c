"""From poses to what the gait analysis needs: tip velocities, forward velocity, walking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leap_core import config
from leap_core.containers import Poses
from leap_core.errors import UserError
from leap_core.gait.body_motion import SPEED_S, Planted, planted_feet
from leap_core.gait.stance import checked, tip_velocity
from leap_core.gait.swing import feet_on_ground
from leap_core.gait.treadmill import stays_behind
from leap_core.timeseries import (
    bridged,
    difference,
    odd_window,
    require_consecutive,
    require_fps,
    runs,
    smooth,
)

TRACK, FEET = "body track", "stance legs"


@dataclass(frozen=True)
class Kinematics:
    """Movement of one recording.

    Attributes:
        tip_velocity: (frame, leg) along the body axis, smoothed; NaN where missing.
        phase: (frame, leg) int8: 1 swing, -1 stance, 0 neither or missing.
        valid: (frame, leg) the tip's velocity is known, short gaps bridged.
        forward_velocity: (frame,) of the body; NaN where unknown.
        walking: (frame,) forward faster than ``settings.min_speed``.
        units: of the velocities, "mm/s" or "px/s".
        legs: names.
        fps: frames per second.
        walking_source: what told walking from standing.
        speed_source: what the forward velocity was measured on.
        note: what is missing and why.
        height: which way the third coordinate points and how that is known; "" = not looked at.
    """

    tip_velocity: np.ndarray
    phase: np.ndarray
    valid: np.ndarray
    forward_velocity: np.ndarray
    walking: np.ndarray
    units: str
    legs: list[str]
    fps: float
    walking_source: str
    speed_source: str
    note: str
    height: str = ""

    @property
    def knows_walking(self) -> bool:
        """False when no speed or no scale says where the animal walked."""
        return not self.walking_source.startswith("none")

    def bouts(self) -> np.ndarray:
        """Stretches of walking with every leg known, as rows (start, stop)."""
        return runs(self.walking & self.valid.all(axis=1))


def forward_velocity(
    center: np.ndarray, heading: np.ndarray, fps: float, smooth_s: float = 0.05
) -> np.ndarray:
    """Speed along the heading: speed x cos(direction - heading) (paper: Gait analysis).

    The paper smooths position and heading by a moving mean; position is differenced first
    here, which is the same inside and does not slow the body down at the ends of a track.

    Args:
        center: (frame, 2) px; NaN = missing.
        heading: (frame,) rad in image axes, any branch.
        fps: frames per second.
        smooth_s: window of the moving means, seconds.

    Returns:
        (frame,) in units of ``center`` per second; NaN where missing.
    """
    window = odd_window(smooth_s, fps)
    weights = np.full(window, 1 / window)
    velocity = smooth(difference(center, fps), weights)
    angle = np.asarray(heading, float).copy()
    seen = np.isfinite(angle)
    angle[seen] = np.unwrap(angle[seen])
    angle = smooth(angle, weights)
    return velocity[:, 0] * np.cos(angle) + velocity[:, 1] * np.sin(angle)


def egocentric_tips(poses: Poses, min_confidence: float) -> np.ndarray:
    """Leg tips minus the center, (frame, leg, xy) px; NaN where either is uncertain.

    A part without one of its coordinates is missing as a whole.

    Raises:
        UserError: the skeleton names no legs or neither center nor axis.
    """
    skeleton = poses.skeleton
    if not skeleton.legs:
        raise UserError(
            f"skeleton {skeleton.name}: no legs for the gait analysis; set gait.enabled: false "
            "or name roles.legs"
        )
    if not skeleton.origin:
        raise UserError(
            f"skeleton {skeleton.name}: no center for the gait analysis; set gait.enabled: false "
            "or name roles.center (or roles.axis, whose middle serves)"
        )
    return _from_center(poses, list(skeleton.leg_tips.values()), min_confidence)


def leg_bases(poses: Poses, min_confidence: float) -> tuple[np.ndarray, str]:
    """What lies above the feet, (frame, leg, xyz) px minus the center part, and what it is.

    The first part of each leg; where the skeleton names none but the tips, the center itself.
    """
    skeleton = poses.skeleton
    legs = list(skeleton.legs.values())
    if all(len(parts) < 2 for parts in legs):
        return np.zeros((len(poses.frame), len(legs), poses.positions.shape[2])), "center"
    found = _from_center(poses, [skeleton.index(parts[0]) for parts in legs], min_confidence)
    found[:, [len(parts) < 2 for parts in legs]] = np.nan
    return found, "leg bases"


def _from_center(poses: Poses, parts: list[int], min_confidence: float) -> np.ndarray:
    """Some parts minus the origin, (frame, part, axis) px; NaN where either is missing."""
    count = len(parts)
    parts = [*parts, *(poses.skeleton.index(part) for part in poses.skeleton.origin)]
    # Written so that a confidence of NaN counts as missing.
    seen = poses.valid[:, None] & (poses.confidence[:, parts] >= min_confidence)
    positions = poses.positions[:, parts].astype(float)
    seen &= np.isfinite(positions).all(axis=2)
    positions = np.where(seen[..., None], positions, np.nan)
    return positions[:, :count] - positions[:, count:].mean(axis=1, keepdims=True)


def leg_kinematics(poses: Poses, settings: config.Gait, min_confidence: float) -> Kinematics:
    """Tip velocities, swing and walking of one recording (paper: Gait analysis).

    Args:
        poses: egocentric, head along +x.
        settings: section ``gait``.
        min_confidence: parts below it are missing.

    Raises:
        UserError: no frame rate, a scale that is none, frames left out or out of order, or a
            skeleton without legs or center.
    """
    require_fps(poses.fps, f"recording {poses.recording}")
    if poses.px_per_mm <= 0 or np.isinf(poses.px_per_mm):
        raise UserError(
            f"recording {poses.recording}: {poses.px_per_mm:g} px/mm is no scale; set "
            "`videos[].px_per_mm` to a positive number, or leave it out if unknown"
        )
    require_consecutive(
        poses.frame,
        f"recording {poses.recording}",
        "give every frame in order, those without poses with `valid` false",
    )
    tips = bridged(egocentric_tips(poses, min_confidence), round(settings.max_gap_s * poses.fps))
    scaled = bool(np.isfinite(poses.px_per_mm))
    scale = poses.px_per_mm if scaled else 1.0
    velocity = tip_velocity(tips, poses.fps, settings.smooth_s) / scale
    known = np.isfinite(velocity)
    source = speed_source(poses, settings)
    # beside a track they say whether it is that of the animal over the ground
    use_feet = bool(source) or settings.stance_rule == "levels"
    feet = planted_feet(tips, poses.fps) if use_feet else None
    forward = by_feet = np.full(len(tips), np.nan)
    if feet is not None and source:
        forward = by_feet = feet.motion(max(settings.body_smooth_s, SPEED_S))[:, 0]
    if source == TRACK:
        assert poses.center is not None and poses.heading is not None  # speed_source
        center = np.where(poses.valid[:, None], poses.center, np.nan)
        forward = forward_velocity(center, poses.heading, poses.fps, settings.body_smooth_s)
    forward = forward / scale
    units = "mm/s" if scaled else "px/s"
    walking = np.zeros(len(velocity), bool)
    walking_source, note = "none: unknown scale", ""
    if not source:
        walking_source = "none: no body track"
        note = (
            "no body track: forward velocity, walking and gait modes are unknown; "
            "set `gait.speed: auto`"
        )
    elif not scaled:
        note = (
            "unknown scale: the walking threshold in mm/s cannot apply and gait modes are "
            "unknown; set `videos[].px_per_mm`"
        )
    else:
        walking = forward > settings.min_speed
        walking_source = f"forward velocity > {settings.min_speed:g} mm/s, from the {source}"
    if source == TRACK:
        assert feet is not None  # use_feet
        # without a scale: a foot's reach per second, a fly's 2 mm/s
        least = settings.min_speed if scaled else feet.reach
        stays = stays_behind(
            by_feet / scale, forward, least,
            units=units, min_bout_s=settings.min_bout_s, fps=poses.fps,
        )  # fmt: skip
        note = "; ".join(filter(None, (note, stays)))
    bases, above = leg_bases(poses, min_confidence) if tips.shape[2] == 3 else (None, "")
    phase, height = leg_phases(tips, velocity, poses.fps, settings, feet, bases, above)
    return Kinematics(
        tip_velocity=velocity.astype(np.float32),
        phase=phase,
        valid=known,
        forward_velocity=forward.astype(np.float32),
        walking=walking,
        units=units,
        legs=list(poses.skeleton.legs),
        fps=float(poses.fps),
        walking_source=walking_source,
        speed_source=source,
        note=note,
        height=height,
    )


def speed_source(poses: Poses, settings: config.Gait) -> str:
    """What tells the forward velocity; "" where nothing does."""
    tracked = poses.tracked and poses.center is not None and poses.heading is not None
    if settings.speed == "stance" or (settings.speed == "auto" and not tracked):
        return FEET
    return TRACK if tracked else ""


def leg_phases(
    tips: np.ndarray,
    velocity: np.ndarray,
    fps: float,
    settings: config.Gait,
    feet: Planted | None,
    bases: np.ndarray | None = None,
    above: str = "",
) -> tuple[np.ndarray, str]:
    """Swing (1), stance (-1) or neither (0) of each leg by the chosen rule, (frame, leg) int8.

    By the paper's rule a velocity of exactly 0 is neither.  The words are what was made of the
    height (:func:`leap_core.gait.foot_height.upward`).
    """
    height = ""
    if settings.stance_rule == "paper":
        phase = np.sign(velocity)
    else:
        stance, height = feet_on_ground(
            checked(tips, fps), fps, settings.smooth_s,
            feet=feet, bases=bases, above=above, up=settings.z_axis,
        )  # fmt: skip
        phase = np.where(stance, -1, 1)
    return np.where(np.isfinite(velocity), phase, 0).astype(np.int8), height
