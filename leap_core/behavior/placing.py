"""One more recording on a behavior map that is there already."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leap_core import config
from leap_core.behavior.channels import pose_channels
from leap_core.behavior.embedding import project
from leap_core.behavior.regions import assign
from leap_core.containers import Behavior, BehaviorMap, Embedding, Poses
from leap_core.errors import UserError


def map_files(path: Path) -> tuple[Path, Path]:
    """The embedding and the map behind ``path``: their folder, or the map itself.

    Raises:
        UserError: one of them is not there.
    """
    area = path if path.suffix else path / "map.h5"
    found = area.with_name("embedding.h5"), area
    for file in found:
        if not file.is_file():
            raise UserError(
                f"{file}: no such file; name the folder that holds a dataset's embedding.h5 and "
                "map.h5, e.g. results/demo/behavior"
            )
    return found


def add(
    poses: Poses,
    embedding: Embedding,
    area: BehaviorMap,
    settings: config.Behavior,
    min_confidence: float,
) -> Behavior:
    """Place one recording on a map; neither the map nor any other recording changes.

    The answer is the one that the workflow gives to a recording that did not make the map.

    Raises:
        UserError: embedding and map are of different data, or the recording's channels,
            frequencies or frame rate do not fit them.
    """
    parts = (list(embedding.channels), list(embedding.frequencies))
    if parts != (list(area.channels), list(area.frequencies)):
        raise UserError(
            f"recording {poses.recording}: embedding and map have different channels or "
            "frequencies; name files of one dataset"
        )
    found = pose_channels(poses, settings, min_confidence)
    return assign(project(found, embedding, settings), area)


def summary(behavior: Behavior, top: int = 5) -> str:
    """Shares of the frames in regions, between them, without data and far, and the top regions."""
    region = behavior.region
    frames = max(len(region), 1)
    visits = np.bincount(region[region > 0])
    order = [i for i in np.argsort(-visits, kind="stable") if visits[i]]
    shares = {
        "in regions": (region > 0).sum(),
        "between regions": (region == 0).sum(),
        "no data": (region < 0).sum(),
    }
    lines = [f"{behavior.recording}: {len(region)} frames"]
    lines += [f"  {name:17s} {100 * n / frames:5.1f} %" for name, n in shares.items()]
    if np.isnan(behavior.reach):
        lines.append("  far: unknown (the map has no reach)")
    else:
        lines.append(f"  {'far from the map':17s} {100 * behavior.far.sum() / frames:5.1f} %")
    lines.append(f"most visited of {len(order)} regions:")
    lines += [f"  region {i:<10d} {100 * visits[i] / frames:5.1f} %" for i in order[:top]]
    if behavior.note:
        lines.append(f"note: {behavior.note}")
    return "\n".join(lines)
