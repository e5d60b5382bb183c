"""What a training on the labeling page works on, and how much of the config it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from leap_core import config, skeleton
from leap_core.errors import UserError
from leap_core.web.label import progress

REGIMES = ("fast", "config")
LEAST_FRAMES = 2  # one to learn from, one to watch
# of the paper's fast training; few frames are labeled yet, and none may be lost in gaps
SPLIT = config.Split(train=0.9, validation=0.1, test=0, by="frame")
# what a training that a person waits for takes at most: the paper's 15 epochs ...
FAST = {"epochs": 15, "batches": 50, "batch_size": 32, "validation_batches": 4}
# ... and, without a GPU, a network that gets through them in about a minute
FAST_SIDE, FAST_FILTERS = 96, 16
# A network that begins with a trained one has that one's width, and less to learn.
FAST_EPOCHS_ON = 5


@dataclass(frozen=True)
class Dataset:
    """Where everything lies.

    Attributes:
        labels: folder of the labels made in the browser.
        results: results/<dataset>.
        recordings: name -> (video, animal).
    """

    labels: Path
    results: Path
    recordings: dict[str, tuple[str, int]]
    skeleton: skeleton.Skeleton

    def crops(self, recording: str) -> Path:
        """Where the crops of a recording lie."""
        return self.results / "crops" / f"{recording}.h5"

    def track(self, video: str) -> Path:
        """Where the track of a video lies."""
        return self.results / "tracks" / f"{video}.h5"

    @property
    def training(self) -> Path:
        """The folder of the network, its log and its progress."""
        return self.labels / progress.FOLDER


@dataclass(frozen=True)
class Settings:
    """The sections of the config that count here."""

    model: config.Model
    training: config.Training
    prediction: config.Prediction
    seed: int


def dataset(whole: config.Config, folder: str | Path) -> Dataset:
    """The dataset of a config, below the working folder."""
    return Dataset(
        labels=Path(folder),
        results=Path("results", whole.dataset),
        recordings=whole.recordings,
        skeleton=skeleton.read(whole.skeleton),
    )


def settings(whole: config.Config) -> Settings:
    """The sections of a config that count here."""
    return Settings(whole.model, whole.training, whole.prediction, whole.seed)


def bounded(regime: str, given: Settings, size: int, gpu: bool = False) -> Settings:
    """What a regime makes of the config's settings.

    ``config`` takes them as they are.  ``fast`` bounds the training (:data:`FAST`), and where
    there is no GPU the network too: :data:`FAST_FILTERS` filters, images of :data:`FAST_SIDE` px.
    One that begins with a trained network (``training.start``) is as wide as that, and learns for
    :data:`FAST_EPOCHS_ON` epochs.

    Args:
        size: side of the crops, px.

    Raises:
        UserError: no such regime.
    """
    if regime not in REGIMES:
        raise UserError(f"training: no regime {regime!r}; choose one of {', '.join(REGIMES)}")
    if regime == "config":
        return given
    least = {key: min(most, getattr(given.training, key)) for key, most in FAST.items()}
    net = given.model
    if given.training.start:
        least["epochs"] = min(FAST_EPOCHS_ON, least["epochs"])
    elif not gpu:
        multiple = config.MULTIPLE_OF[net.network]
        side = FAST_SIDE // multiple * multiple
        scale = side / size if size * net.input_scale > side else net.input_scale
        net = replace(net, filters=min(net.filters, FAST_FILTERS), input_scale=scale)
    return replace(given, model=net, training=replace(given.training, **least))
