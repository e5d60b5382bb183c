"""Which animals can be rendered (``synthetic.animal``), and by what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leap_core import config
from leap_core.skeleton import Skeleton
from leap_core.synthetic import movie, pair
from leap_core.synthetic.mouse import movie as mouse_movie


def _fly(video, truths, seed, settings, skeleton, provenance, camera) -> None:
    movie.render(video, truths[0], seed, settings, skeleton, provenance, camera)


def _pair(video, truths, seed, settings, skeleton, provenance, camera) -> None:
    pair.render(video, truths, seed, settings, skeleton, provenance)


def _mouse(video, truths, seed, settings, skeleton, provenance, camera) -> None:
    mouse_movie.render(video, truths[0], seed, settings, skeleton, provenance, camera)


# animal -> a function of the arguments of `render_animals`
ANIMALS = {"fly": _fly, "pair": _pair, "mouse": _mouse}


def render_animals(
    video_path: str | Path,
    truth_paths: Sequence[str | Path],
    seed: int,
    config: config.Synthetic,
    skeleton: Skeleton,
    provenance: dict | None = None,
    camera_path: str | Path | None = None,
) -> None:
    """Write a synthetic video, and the truth of each animal in it.

    Args:
        truth_paths: one file an animal, in the order of the recordings.
        seed: equal seeds give equal files; different seeds give different individuals.
        camera_path: CSV (frame, x, y) of the box's corner, for a camera that follows a fly.

    Raises:
        UserError: what the animal's module says.
    """
    draw = ANIMALS[config.animal]
    draw(video_path, truth_paths, seed, config, skeleton, provenance, camera_path)
