"""How long and how large every video is, before it is decoded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from leap_core import sources
from leap_core.config import Config, Video
from leap_core.errors import UserError
from leap_core.io import video as footage


@dataclass(frozen=True)
class Size:
    """One video.

    Attributes:
        frames, width, height: of what the file holds, px.
        known: where from: "config", "audit", "file", or "assumed".
        bytes: of the file; 0 where there is none.
    """

    frames: int
    width: int
    height: int
    known: str
    bytes: int = 0


def sizes(
    settings: Config, assumed: tuple[int, int, int] | None = None
) -> tuple[dict[str, Size], list[str]]:
    """Video id -> its size, and a line for each video whose size is only assumed.

    Rendered videos are as the config says, audited ones as the audit counted them, others as
    their file tells without being decoded.

    Args:
        assumed: frames, width and height of videos that are not on disk; None = the means of the
            others.

    Raises:
        UserError: a file that is no footage; or nothing is known of any video.
    """
    known, missing = {}, []
    for video in settings.videos:
        if size := _size(settings, video):
            known[video.id] = size
        else:
            missing.append(video.id)
    if not missing:
        return known, []
    if assumed is None:
        assumed = _mean(list(known.values()), missing)
        where = ", the mean of the others"
    else:
        where = ""
    frames, width, height = assumed
    lines = [
        f"{name}: not on disk; taken for {frames:,} frames of {width} x {height} px{where}"
        for name in missing
    ]
    known |= {name: Size(frames, width, height, "assumed") for name in missing}
    return known, lines


def _mean(known: list[Size], missing: list[str]) -> tuple[int, int, int]:
    if not known:
        raise UserError(
            f"config: none of the {len(missing)} videos is on disk (the first: {missing[0]!r}), so "
            "nothing tells how long they are; set LEAP_DATA to their folder, or give --assume"
        )
    frames, width, height = (
        round(sum(values) / len(known))
        for values in zip(*((s.frames, s.width, s.height) for s in known), strict=True)
    )
    return frames, width, height


def _size(settings: Config, video: Video) -> Size | None:
    synthetic = settings.synthetic
    if video.synthetic is not None:
        return Size(synthetic.frames, synthetic.size, synthetic.size, "config")
    path = sources.video_file(settings, video)
    held = path.stat().st_size if path and path.is_file() else 0
    audit = Path("results", settings.dataset, "audit", f"{video.id}.json")
    if audit.is_file():
        try:
            told = json.loads(audit.read_text(encoding="utf-8"))
            return Size(told["frames"], told["width"], told["height"], "audit", held)
        except (OSError, ValueError, KeyError):
            pass  # a damaged one is made again by the run
    if path is None:
        return None
    if video.poses:
        return _of_poses(settings, video, path, held)
    info = footage.probe(path, video.dataset)
    return Size(len(info), info.width, info.height, "file", held)


def _of_poses(settings: Config, video: Video, path: Path, held: int) -> Size:
    from leap_core.imported_poses import stage

    assert video.poses
    raw = stage.read(path, video.poses, video.animals)
    side = settings.crop.size
    return Size(len(raw.frame), side, side, "file", held)
