"""Which panels the paper's figures have, where each stands on its page, and what it needs."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from leap_core.config import Config
from leap_core.skeleton import Skeleton

WIDE, HALF = 183.0, 89.0  # mm: style.DOUBLE and SINGLE, without loading what draws


class Panel(NamedTuple):
    """One panel of the paper, or several that are one picture.

    Attributes:
        letters: in the paper: "c", "fg"; "" = the figure is one panel without a letter.
        picture: its name in ``figures/``.
        shows: in words.
        lettered: the picture bears the letters itself.
        needs: keys of :data:`REASONS`: without, a dataset has no such picture.
        width: mm of the place that is kept for it where it is missing.
    """

    letters: str
    picture: str
    shows: str
    lettered: bool = False
    needs: tuple[str, ...] = ()
    width: float = WIDE


class Movie(NamedTuple):
    """A movie of the paper; ``told_by``: the picture whose placeholder tells that it is empty."""

    shows: str
    needs: tuple[str, ...]
    told_by: str = ""


# figure -> rows of its page, from left to right
PAGES: dict[str, tuple[tuple[Panel, ...], ...]] = {
    "Figure1": (
        (Panel("a", "fig1a", "overview of the workflow", needs=("images",)),),
        (
            Panel("b", "fig1b", "the labeling page", needs=("images", "browser"), width=62),
            Panel("c", "fig1c", "image, confidence maps, skeleton", needs=("images",), width=118),
        ),
        (Panel("d", "fig1d", "leg tips while walking", needs=("images",)),),
        (Panel("e", "fig1e", "leg tips while head grooming", needs=("images",)),),
    ),
    "Figure2": (
        (
            Panel("a", "fig2a", "error of each part on the animal", needs=("network",), width=HALF),
            Panel("b", "fig2b", "accuracy on the test set", needs=("network",), width=HALF),
        ),
        (
            Panel("c", "fig2c", "error against time of training", needs=("trials",), width=66),
            Panel("d", "fig2d", "error against labeled images", needs=("trials",), width=116),
        ),
    ),
    "Figure3": (
        (
            Panel("a", "fig3a", "swing and stance", needs=("gait",), width=HALF),
            Panel("b", "fig3b", "their duration against speed", needs=("gait",), width=HALF),
        ),
        (Panel("c", "fig3c", "swing velocity by speed", needs=("gait",)),),
        (
            Panel("d", "fig3d", "legs in stance in each mode", needs=("gait",), width=HALF),
            Panel("e", "fig3e", "speed in each mode", needs=("gait",), width=HALF),
        ),
        (Panel("fg", "fig3fg", "tripod and tetrapod bouts", lettered=True, needs=("gait",)),),
    ),
    "Figure4": (
        (
            Panel("a", "fig4a", "density of the behavior map", needs=("videos",), width=HALF),
            Panel("b", "fig4b", "its regions", needs=("videos",), width=HALF),
        ),
        (Panel("cdefgh", "fig4ch", "average spectrograms", lettered=True, needs=("videos",)),),
    ),
    "Figure5": (
        (Panel("ab", "fig5ab", "locomotor regions", lettered=True, needs=("videos",)),),
        (Panel("c", "fig5c", "their average spectrograms", needs=("videos", "legs")),),
        (
            Panel("d", "fig5d", "their leg power spectra", needs=("gait",), width=60),
            Panel("e", "fig5e", "their forward speeds", needs=("gait",), width=60),
            Panel("f", "fig5f", "their gait modes", needs=("gait",), width=60),
        ),
    ),
    "Figure6": (
        (Panel("a", "fig6", "accuracy on this dataset's images", True, ("network",)),),
        (Panel("b", "fig6b", "the same without the background", True, ("network", "both")),),
        (Panel("c", "fig6c", "another animal", True, ("network", "mouse")),),
    ),
    "FigureS1": ((Panel("ab", "figS1", "rotations in training", True, ("trials",)),),),
    "FigureS2": ((Panel("abc", "figS2", "cluster sampling", True, ("images",)),),),
    "FigureS3": ((Panel("", "figS3", "the skeleton", needs=("network",)),),),
    "FigureS4": (
        (Panel("ab", "figS4ab", "errors with few and more labels", True, ("trials",)),),
        (Panel("c", "figS4c", "work per labeled frame", needs=("images", "browser")),),
    ),
    "FigureS5": (
        (Panel("a", "figS5a", "the network", needs=("images",)),),
        (Panel("b", "figS5b", "other networks", needs=("trials",)),),
    ),
    "FigureS6": ((Panel("abc", "figS6", "the map of pixels", True, ("images", "pixels")),),),
}
# rows of one picture that the paper letters as panels of their own: drawn with this picture
WITH = {"fig6b": "fig6", "fig6c": "fig6"}

MOVIES = {
    "Movie1": Movie("one recording, raw, confidence maps, tracked", ("images",)),
    "Movie2": Movie("the walking bout of Figure 1d", ("images", "legs"), "fig1d"),
    "Movie3": Movie("the head grooming bout of Figure 1e", ("images", "legs"), "fig1e"),
    "Movie4": Movie("with and without background", ("images", "both")),
    "Movie5": Movie("another animal", ("images", "mouse")),
}

REASONS = {
    "videos": "the config names no videos",
    "images": "needs images and a network: the config names no videos, or takes their poses from "
    "another program",
    "network": "needs labels and a network: the poses come from another program",
    "trials": "needs further trainings: set experiments.enabled, or run `snakemake experiments` "
    "for the picture alone",
    "gait": "needs steps of legs: gait.enabled is off",
    "legs": "the skeleton has no legs",
    "pixels": "pixels.enabled is off",
    "browser": "no frame was labeled to its end on the labeling page",
    "both": "needs crops with and without background: set crop.background to both",
    "mouse": "shows another animal than a fly: see the figures of that animal's dataset",
}


def by_picture() -> dict[str, Panel]:
    """Every panel by the name of its picture."""
    return {panel.picture: panel for rows in PAGES.values() for row in rows for panel in row}


def unmet(config: Config, skeleton: Skeleton, labeled_here: bool) -> set[str]:
    """The keys of :data:`REASONS` that a dataset does not meet.

    Args:
        labeled_here: a frame was labeled to its end on the page.
    """
    given = any(video.poses for video in config.videos)
    videos = bool(config.videos)
    met = {
        "videos": videos,
        "images": videos and not given,
        "network": not given,
        "trials": config.experiments.enabled and not given,
        "gait": config.gait.enabled and videos,
        "legs": bool(skeleton.legs),
        "pixels": config.pixels.enabled,
        "browser": labeled_here,
        "both": config.crop.background == "both",
        "mouse": len(skeleton.legs) != 6,
    }
    return {need for need, is_met in met.items() if not is_met}


def missing(
    config: Config, skeleton: Skeleton, drawn: Collection[str], *, labeled_here: bool
) -> dict[str, str]:
    """Panels (by picture) and movies (by name) that this dataset has not, and why.

    Args:
        drawn: names of the pictures that the dataset's rules draw.
        labeled_here: as for :func:`unmet`.
    """
    lacks = unmet(config, skeleton, labeled_here)
    found = {}
    for name, thing in (by_picture() | MOVIES).items():
        reasons = [REASONS[need] for need in thing.needs if need in lacks]
        if reasons:
            found[name] = reasons[0]
        elif name in by_picture() and WITH.get(name, name) not in drawn:
            found[name] = "this dataset's rules draw no such picture"
    return found
