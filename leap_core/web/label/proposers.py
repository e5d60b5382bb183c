"""Networks that propose poses: one that has learned the labels, or one of another training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leap_core import config, containers
from leap_core.errors import UserError
from leap_core.labels import placing, splitting
from leap_core.labels.edits import LabelSet
from leap_core.provenance import hashes
from leap_core.web.label import estimates
from leap_core.web.label.progress import Progress
from leap_core.web.label.regimes import LEAST_FRAMES, SPLIT, Dataset, Settings, bounded

if TYPE_CHECKING:
    from leap_core.pose.calibration import Calibration
    from leap_core.pose.model import ModelCard


@dataclass(frozen=True)
class Proposer:
    """A network that proposes.

    Attributes:
        predict: images -> positions (frame, joint, xy) px of the crop, heights of peaks.
        known: what the heights are worth.
        parts: in the order of the positions; ``taught``: those that it has learned.
        size: of its images, px.
        about: what the estimates say of it.
    """

    predict: Callable
    known: Calibration
    parts: list[str]
    taught: set[str]
    size: int
    about: dict[str, Any]


def untrained(data: Dataset, given: Settings, found: LabelSet, folder: Path) -> Proposer:
    """The network that a training would begin with, as it is: there is nothing to learn from yet.

    Raises:
        UserError: no such network, or one that knows none of the parts.
    """
    from leap_core.pose import calibration, inference, model, runtime

    path = Path(str(given.training.start))
    network, card = model.read(path, runtime.policy(given.training.precision))
    taught = set(card.skeleton.parts) & set(data.skeleton.parts)
    if not taught:
        raise UserError(
            f"training.start: {path} knows no part of {data.skeleton.name} by name; label at least "
            f"{LEAST_FRAMES} frames"
        )
    folder.mkdir(parents=True)
    model.write(network, card, folder / "best.keras")
    about = {"model": estimates.next_name(data.labels, "start"), "regime": "start", "frames": 0}
    about |= {"labels": found.digest(), "settings": _digest(given), "error_px": None}
    print(f"{about['model']}: {path}, not trained: too few frames are labeled")
    return Proposer(
        inference.predictor(network, card, given.prediction),
        calibration.of_model(path, card, given.prediction),
        list(card.skeleton.parts),
        taught,
        card.image_size,
        about,
    )


def trained(
    data: Dataset, given: Settings, regime: str, found: LabelSet, places, folder: Path,
    how_far: Progress,
) -> Proposer:  # fmt: skip
    """A network that has learned what is labeled."""
    from leap_core.pose import inference, model, runtime, training

    labels, lost = placing.to_labels(found, places, data.skeleton, data.crops)
    for line in lost:
        print(line)
    labels = splitting.split(labels, SPLIT, given.seed)
    size = labels.images.shape[1]
    how = bounded(regime, given, size, gpu=bool(runtime.gpus()))
    frames = int(np.sum(labels.split != containers.SPLITS["none"]))
    about: dict[str, Any] = {"model": estimates.next_name(data.labels, regime), "regime": regime}
    about |= {"frames": frames, "labels": found.digest(), "settings": _digest(how)}
    print(f"{about['model']}: {frames} labeled frames, {how}")
    how_far.tell("training", **about, epoch=0, epochs=how.training.epochs)
    watcher = _Watcher(labels, how, how_far)
    training.train(labels, how.model, how.training, how.seed, folder, about, watch=watcher)
    network, card = model.read(folder / "best.keras", runtime.policy(how.training.precision))
    predict = inference.predictor(network, card, how.prediction)
    about["error_px"] = watcher.errors.get(card.epoch)
    taught = {part["part"] for part in card.parts if part["labels"]}
    known = watcher.calibration(predict, card)
    return Proposer(predict, known, list(card.skeleton.parts), taught, size, about)


class _Watcher:
    """After every epoch: how far the network is off in the frames that it does not learn from."""

    def __init__(self, labels: containers.Labels, how: Settings, how_far: Progress):
        rows = labels.select("validation")
        self._images, self._truth = labels.images[rows], labels.positions[rows]
        self._once = replace(how.prediction, mirror=False, turns=[])  # it is only watched
        self._how_far, self._epochs = how_far, how.training.epochs
        self._predict: Callable | None = None
        self.errors: dict[int, float | None] = {}  # epoch -> median distance, px

    def __call__(self, network, card, loss: float) -> None:
        from leap_core.pose import evaluation, inference

        if self._predict is None:  # one compiled graph serves all epochs
            self._predict = inference.predictor(network, card, self._once)
        off = evaluation.distances(self._predict(self._images)[0], self._truth)
        known = off[np.isfinite(off)]
        self.errors[card.epoch] = round(float(np.median(known)), 3) if len(known) else None
        self._how_far.tell(
            "training",
            epoch=card.epoch,
            epochs=self._epochs,
            loss=loss,
            validation=card.loss,
            error_px=self.errors[card.epoch],
        )

    def calibration(self, predict: Callable, card: ModelCard) -> Calibration:
        """What peaks are worth by the frames that it does not learn from, few as they are."""
        from leap_core.pose import calibration, evaluation

        positions, heights = predict(self._images)
        errors = evaluation.distances(positions, self._truth)
        return calibration.fit(heights, errors, card.skeleton.parts, card.foreground_weight)


def _digest(how: Settings) -> str:
    sections = (how.model, how.training, how.prediction, how.seed)
    return hashes.value_sha256([config.to_dict(section) for section in sections])
