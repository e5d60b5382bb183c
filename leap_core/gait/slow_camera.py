"""What a slow camera cannot tell of legs."""

from __future__ import annotations

import pandas as pd

from leap_core.gait.stance import FEWEST_FPS

# Differences of places blur a swing by a frame: made ones of one and two frames come out as two and
# three.  A simulated fly's of 40 ms came out as two frames at 50, 33 and 25 frames/s alike (40, 60
# and 80 ms; 0.93, 0.88 and 0.77 of leg-frames right), as four at 100 (0.98).
_SHORTEST = 3.0


def coarse(fps: float, steps: pd.DataFrame, counted: bool = False) -> str:
    """Words on swings that are too short for the frame rate, or on a rule that it rules out.

    Args:
        fps: frames per second.
        steps: table of :func:`leap_core.gait.steps.find_steps`.
        counted: gait modes are named by the number of legs in stance, which longer swings change.
    """
    swings = steps[steps["whole"] & (steps["kind"] == "swing")]["frames"]
    frame = 1000 / fps
    if len(swings) and (typical := float(swings.median())) <= _SHORTEST:
        doubtful = f"durations, phases{', names of gait modes' * counted} and tripods are doubtful"
        return (
            f"{fps:g} frames/s: swings last {typical:g} frame{'s' * (typical != 1)} "
            f"({typical * frame:.0f} ms) in the median and are known to a frame ({frame:.0f} ms): "
            "shorter ones are missed or come out that long (a fly's last 30 to 45 ms), so that "
            f"{doubtful}; film faster, or look whether the leg tips flicker"
        )
    if fps < FEWEST_FPS:
        return (
            f"{fps:g} frames/s: below {FEWEST_FPS:g} a swing is told by movement forward past the "
            f"body alone, and durations come in steps of {frame:.0f} ms"
        )
    return ""
