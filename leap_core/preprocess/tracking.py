"""Where the animal is and where its head points, by the recipe that the config names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from leap_core import config, containers, video
from leap_core.errors import UserError
from leap_core.preprocess import moments, precropped
from leap_core.preprocess.recipe import Found, Task

RECIPES: dict[str, Callable[[Task], Found]] = {
    "moments": moments.find,
    "precropped": precropped.find,
}


def track(
    path: str | Path,
    settings: config.Track,
    animals: int = 1,
    fps: float | None = None,
    px_per_mm: float | None = None,
) -> containers.Track:
    """Track the animals of one video; memory does not hold its images.

    A frame that cannot be decoded, or in which no animal is found, is invalid (NaN) and leaves
    all others in place.

    Args:
        fps: frames per second; the file's own when None.
        px_per_mm: scale, if known.

    Raises:
        UserError: unreadable video, unknown recipe, or more animals than the recipe can follow.
    """
    if settings.recipe not in RECIPES:
        raise UserError(
            f"track.recipe: no recipe {settings.recipe!r}; there are {', '.join(sorted(RECIPES))}"
        )
    info = video.probe(path)
    rate = info.fps if fps is None else float(fps)
    found = RECIPES[settings.recipe](Task(Path(path), info, settings, animals, rate))
    return containers.Track(
        centroid=found.centroid,
        heading=found.heading,
        valid=found.valid,
        area=found.area,
        quality=found.quality,
        fps=rate,
        px_per_mm=float("nan") if px_per_mm is None else float(px_per_mm),
        recipe=settings.recipe,
        width=info.width,
        height=info.height,
    )
