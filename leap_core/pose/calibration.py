"""From the height of a confidence map's peak to the probability that the part is there.

A peak's height is no probability: the loss weighs the foreground, so that uncertain maps are too
high, and parts differ.  Labels that the network did not learn from tell what a height is worth.
With heights h, the share of part j that lies within :data:`leap_core.numerics.CLOSE_PX` of its
label is

    logit p = slope logit h + intercept_j,    intercept_j = common + own_j,

a logistic regression with normal priors (Platt scaling with random intercepts).  Weighing the
foreground by 1 + w only shifts logit h by log(1 + w): the best map of a part that is at a place
with probability q has the height h = q (1 + w) / (1 + w q) there, so that logit h = logit q +
log(1 + w).  The common intercept takes that up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from leap_core import config
from leap_core.io import atomic, untrusted
from leap_core.numerics import CLOSE_PX
from leap_core.pose.model import ModelCard
from leap_core.provenance import hashes

NAME, FORMAT = "calibration.json", "leap-calibration/1"
LOWEST = 1e-3  # heights beyond this, and beyond 1 less this, count as these
# mean and standard deviation: what networks had whose errors are known on all frames
PRIOR = {"slope": (2.0, 1.0), "common": (2.0, 1.0), "own": (0.0, 1.0)}
GROUPS = 10  # of images, each judged by what the others tell


@dataclass(frozen=True)
class Calibration:
    """What heights of peaks are worth.

    Attributes:
        slope, intercept: of the formula above; an intercept per part.
        images, labels: what it was fitted to: labels of images that the network did not learn from.
        splits: images by their split.
        views: the settings of prediction under which heights mean this.
        error: expected calibration error of probabilities that the other images' labels gave.
        within_px: px of the crop.
        network: SHA-256 of the network's file.
        held_out_run: the labels are of images that this network did learn from; the heights are
            those of another one, which had the same training without them.
    """

    parts: list[str]
    slope: float
    intercept: list[float]
    images: int = 0
    labels: int = 0
    splits: dict[str, int] = field(default_factory=dict)
    views: dict[str, Any] = field(default_factory=dict)
    error: float | None = None
    within_px: float = CLOSE_PX
    network: str = ""
    held_out_run: bool = False

    def probability(self, heights: np.ndarray) -> np.ndarray:
        """Of heights (..., joint); NaN stays NaN.

        >>> flat = Calibration(["a"], slope=1.0, intercept=[0.0])
        >>> flat.probability(np.array([[0.25], [0.5]])).ravel().round(6).tolist()
        [0.25, 0.5]
        """
        return expit(self.slope * logit(heights) + np.asarray(self.intercept))

    def to_dict(self) -> dict[str, Any]:
        """As poses carry it."""
        return asdict(self)

    @property
    def told(self) -> str:
        """What it rests on, in a line."""
        if not self.labels:
            return (
                "confidence is calibrated on no label of this animal: its scale is that of other "
                "networks; keep labels for testing (split.test) to have it measured"
            )
        told = (
            f"confidence is the probability to lie within {self.within_px:g} px of the label, "
            f"calibrated on {self.labels} labels of {self.images} images that "
        )
        if self.held_out_run:
            return told + "a network of the same training did not learn from (this one did)"
        return told + "the network did not learn from"


def logit(heights: np.ndarray) -> np.ndarray:
    """log(h / (1 - h)) of heights, which are clipped to the open interval 0 to 1."""
    inside = np.clip(np.asarray(heights, float), LOWEST, 1 - LOWEST)
    return np.log(inside / (1 - inside))


def expit(value: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-value))."""
    from scipy import special

    return special.expit(value)


def fit(
    heights: np.ndarray, errors: np.ndarray, parts: Sequence[str], weight: float = 0.0, **facts: Any
) -> Calibration:
    """The most probable calibration; without labels that of the prior.

    Args:
        heights: (image, joint) peaks of the maps.
        errors: (image, joint) px to the label; NaN = unlabeled.
        weight: ``training.foreground_weight`` of the network.
        facts: further attributes of the calibration.
    """
    from scipy import optimize, sparse

    known = np.isfinite(errors) & np.isfinite(heights)
    part = np.nonzero(known)[1]
    close = errors[known] <= CLOSE_PX
    count, joints = len(part), len(parts)
    own = sparse.csr_array((np.ones(count), (np.arange(count), part)), (count, joints))
    # heights as the unweighted loss would have them
    given = np.column_stack([logit(heights[known]) - np.log1p(weight), np.ones(count)])
    design = sparse.hstack([sparse.csr_array(given), own]).tocsr()
    mean, spread = (
        np.array([PRIOR["slope"][k], PRIOR["common"][k], *[PRIOR["own"][k]] * joints])
        for k in (0, 1)
    )

    def loss(value: np.ndarray) -> tuple[float, np.ndarray]:
        along = design @ value
        away = (value - mean) / spread
        total = np.sum(np.logaddexp(0, along) - close * along) + away @ away / 2
        return float(total), design.T @ (expit(along) - close) + away / spread

    bounds = [(0, None), *[(None, None)] * (joints + 1)]  # a higher peak is never a worse one
    best = optimize.minimize(loss, mean, jac=True, bounds=bounds, method="L-BFGS-B")
    slope, common, *rest = best.x
    labeled = known.any(axis=1)
    return Calibration(
        parts=list(parts),
        slope=float(slope),
        intercept=[float(common + k - slope * np.log1p(weight)) for k in rest],
        images=int(labeled.sum()),
        labels=count,
        **facts,
    )


def crossed(
    heights: np.ndarray, errors: np.ndarray, parts: Sequence[str], weight: float = 0.0
) -> np.ndarray:
    """Probabilities (image, joint) of every image by the labels of the others.

    Images are held out in :data:`GROUPS` runs of neighbors, which are alike.
    """
    found = np.full(heights.shape, np.nan)
    for held in np.array_split(np.arange(len(heights)), max(1, min(GROUPS, len(heights)))):
        rest = np.setdiff1d(np.arange(len(heights)), held)
        found[held] = fit(heights[rest], errors[rest], parts, weight).probability(heights[held])
    return found


def views(settings: config.Prediction) -> dict[str, Any]:
    """The settings of prediction that heights depend on."""
    return {name: getattr(settings, name) for name in ("mirror", "turns", "refine")}


def write(path: str | Path, found: Calibration) -> None:
    """Write :data:`NAME`, which belongs beside its model."""
    atomic.write_json(path, found.to_dict() | {"format": FORMAT})


def of_model(path: str | Path, card: ModelCard, settings: config.Prediction) -> Calibration:
    """The calibration beside a model; that of the prior where there is none of it and these views.

    Raises:
        UserError: a damaged file, or one of other parts.
    """
    file = Path(path).with_name(NAME)
    none = np.zeros((0, len(card.skeleton)))
    prior = fit(none, none, card.skeleton.parts, card.foreground_weight, views=views(settings))
    if not file.exists():
        return prior
    with untrusted.reading(file, "calibration", "remove it, or make it again"):
        value = json.loads(file.read_text(encoding="utf-8"))
        if value.pop("format") != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        found = Calibration(**value)
        _check(found, card)
    other = ""
    if found.network != hashes.file_sha256(path):
        other = "of another network than the one beside it"
    elif found.views != views(settings):
        other = "of other views (prediction.mirror, turns, refine) than those wanted"
    if other:
        print(f"{file}: is {other}, so it is not used")
    return prior if other else found


def _check(found: Calibration, card: ModelCard) -> None:
    """ValueError for what belongs to another network or is no number."""
    if list(found.parts) != list(card.skeleton.parts) or len(found.intercept) != len(found.parts):
        raise ValueError("parts are not those of its model")
    if not isinstance(found.views, Mapping):
        raise ValueError("views are no mapping")
    if not np.isfinite([found.slope, *found.intercept, found.within_px]).all() or found.slope < 0:
        raise ValueError("slope and intercepts are not finite, or the slope is below 0")
