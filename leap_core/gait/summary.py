"""A few lines on the gait of one recording, for the terminal."""

from __future__ import annotations

import numpy as np

from leap_core.containers import Gait
from leap_core.gait.stage import Tables


def summarize(gait: Gait, tables: Tables) -> str:
    """Walking share, speed, whole swings and stances, gait modes and tripods, in plain lines."""
    frames = len(gait.frame)
    name = gait.recording or "recording"
    lines = [f"{name}: {frames:,} frames at {gait.fps:g} frames/s, {len(gait.legs)} legs"]
    if gait.walking.any():
        speed, bouts = np.median(gait.forward_velocity[gait.walking]), len(tables.bouts)
        lines.append(
            f"walking: {gait.walking.mean():.1%} of frames in {bouts:,} bout{'s' * (bouts != 1)}, "
            f"median speed {speed:.1f} {gait.velocity_units}, from the {gait.speed_source}"
        )
    else:
        lines.append(f"walking: no frame ({gait.walking_source})")
    if gait.height:
        lines.append(f"height: {gait.height}")
    whole = tables.steps[tables.steps["whole"]]
    for kind in ("swing", "stance"):
        times = whole["duration_ms"][whole["kind"] == kind]
        typical = f", median {times.median():.0f} ms, mean {times.mean():.1f} ms"
        lines.append(f"whole {kind}s: {len(times):,}{typical if len(times) else ''}")
    lines.append(f"cut steps, in no duration: {gait.cut_steps:,}")
    moded = gait.state[gait.state >= 0]
    if len(moded):
        shares = np.bincount(moded, minlength=len(gait.states)) / len(moded)
        named = (f"{n} {s:.1%}" for n, s in zip(gait.states, shares, strict=True))
        doubt = f"{gait.uncertain.sum() / len(moded):.1%} uncertain"
        lines.append(f"gait modes: {', '.join(named)} of {len(moded):,} frames, {doubt}")
    strength = tables.tripods["strength"]
    if len(strength):
        lines.append(
            f"tripod coordination strength: mean {strength.mean():.2f} of {len(strength):,} steps"
        )
    if gait.note:
        lines.append(f"note: {gait.note}")
    return "\n".join(lines)
