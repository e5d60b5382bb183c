"""Whether another program counts the frames of a video as this one does."""

from __future__ import annotations

from leap_core.io.video import VideoInfo


def doubt(info: VideoInfo) -> str:
    """Why the frame numbers of other readers may be others; empty where they are the same.

    OpenCV, by which SLEAP and DeepLabCut read, seeks by time at the mean rate: where a camera
    dropped frames it shows another frame than the number says, by up to as many as were lost.
    """
    if not info.even:
        return "has frames at uneven times"
    lost = len(info.dropped)
    return f"lacks {lost} frame{'s' if lost > 1 else ''} that the camera dropped" if lost else ""


def counts(info: VideoInfo) -> set[int]:
    """Numbers of frames that readers may find in it: all, those there, those of its index."""
    found = {len(info), len(info) - len(info.dropped)}
    return found | {info.promised} if info.promised else found
