"""The table of swings and stances."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from leap_core.gait.kinematics import Kinematics
from leap_core.timeseries import runs

COLUMNS = {
    "recording": str,
    "leg": str,
    "kind": str,
    "start_frame": np.int64,
    "frames": np.int64,
    "duration_ms": float,
    "mean_speed": float,
    "peak_velocity": float,
    "gait": str,
    "whole": bool,
    "units": str,
}


class Phase(NamedTuple):
    """A swing or a stance of one leg: rows ``start`` to ``stop`` (not included).

    ``begins`` and ``ends``: the opposite phase is seen right before and right after it.
    """

    start: int
    stop: int
    swing: bool
    begins: bool
    ends: bool

    @property
    def whole(self) -> bool:
        """Seen from its beginning to its end."""
        return self.begins and self.ends


def counted(kinematic: Kinematics, leg: int) -> np.ndarray:
    """(frame,) the tip is seen and, where walking is known, the animal walks."""
    inside = kinematic.valid[:, leg]
    return inside & kinematic.walking if kinematic.knows_walking else inside


def swings_and_stances(kinematic: Kinematics, leg: int) -> list[Phase]:
    """Swings and stances of one leg, in time order.

    Only walking frames count, where walking is known, else all frames in which the tip is
    seen.  A phase begins or ends where the opposite phase is seen beside it in the same
    stretch.  A frame that is neither swing nor stance continues the phase before it.
    """
    inside = counted(kinematic, leg)
    sign = np.where(inside, kinematic.phase[:, leg], 0)
    held = np.where((sign != 0) | ~inside, np.arange(len(sign)), 0)
    sign = sign[np.maximum.accumulate(held)]
    padded = np.concatenate([[0], sign, [0]])
    found = []
    for value in (1, -1):
        for start, stop in runs(sign == value):
            begins, ends = padded[start] == -value, padded[stop + 1] == -value
            found.append(Phase(int(start), int(stop), value == 1, bool(begins), bool(ends)))
    return sorted(found)


def main_mode(state: np.ndarray, states: list[str]) -> str:
    """The most frequent gait mode of some frames, "" when none has one."""
    counts = np.bincount(state[state >= 0], minlength=len(states))
    return states[int(counts.argmax())] if counts.any() else ""


def find_steps(
    kinematic: Kinematics, state: np.ndarray, states: list[str], recording: str, frame: np.ndarray
) -> pd.DataFrame:
    """One row per swing and stance.

    Columns: ``recording``, ``leg``, ``kind`` ("swing" or "stance"), ``start_frame`` (in the
    video), ``frames``, ``duration_ms``, ``mean_speed`` (mean forward velocity; NaN where
    unknown), ``peak_velocity`` (largest absolute tip velocity), ``gait`` (most frequent mode of
    its frames, "" when none has one), ``whole`` (False for steps cut by the end of a walking
    bout or by missing data) and ``units`` of speed and velocity ("mm/s" or "px/s").

    Args:
        kinematic: of the recording.
        state: (frame,) gait mode, -1 = none.
        states: mode names.
        recording: name.
        frame: (frame,) index in the video.
    """
    rows = []
    for leg, name in enumerate(kinematic.legs):
        for phase in swings_and_stances(kinematic, leg):
            inside = slice(phase.start, phase.stop)
            frames = phase.stop - phase.start
            rows.append(
                (
                    recording,
                    name,
                    "swing" if phase.swing else "stance",
                    int(frame[phase.start]),
                    frames,
                    1000 * frames / kinematic.fps,
                    float(np.mean(kinematic.forward_velocity[inside])),
                    float(np.abs(kinematic.tip_velocity[inside, leg]).max()),
                    main_mode(state[inside], states),
                    phase.whole,
                    kinematic.units,
                )
            )
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
