"""Sections of the config on networks: what they are, learn, give, and how they are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leap_core.config.declare import option
from leap_core.config.names import NETWORKS, Network


@dataclass(frozen=True)
class Split:
    """Train / validation / test; split first, mirror later, so no twin of a test image trains."""

    train: float = option(0.765, "share for training", minimum=0, maximum=1)
    validation: float = option(0.135, "share for the learning-rate schedule", minimum=0, maximum=1)
    test: float = option(0.10, "share never trained on", minimum=0, maximum=1)
    by: Literal["auto", "block", "recording", "frame"] = option(
        "auto",
        "what stays together: blocks of time; whole recordings; frame: nothing, frames at random "
        "as in the paper; auto: blocks, recordings where ten or more carry labels, frames where "
        "labels have no frame numbers",
    )
    gap: float = option(
        1.0, "blocks: at least so long between frames of different splits, s", minimum=0
    )


@dataclass(frozen=True)
class Model:
    """The network."""

    network: Network = option("leap_cnn", "architecture")
    filters: int = option(64, "channels of the first block", minimum=1)
    input_scale: float = option(
        1.0, "images are resized by this factor before the network", minimum=0.05, maximum=1
    )
    sigma: float = option(
        5.0, "standard deviation of the confidence map, px of the crop", minimum=0.1
    )


# The paper's training, in both lengths (LEAP training procedure), for `training.regime`.
# The keys of `best`, ours, are the defaults of Training.
_PAPER = {
    "batches": 50,
    "validation_batches": 10,
    "batch_size": 32,
    "learning_rate": 1e-3,
    "schedule": "plateau",
    "warmup": 0.0,
    "foreground_weight": 0.0,
    "averaging": 0.0,
    "rotation_deg": 15.0,
    "scale": 0.0,
    "shift_px": 0.0,
    "mirror": True,
    "contrast": 0.0,
    "brightness": 0.0,
    "noise": 0.0,
    "blur_px": 0.0,
    "specks": 0,
    "patience": 0,
}


REGIMES = {"best": {}, "full": {"epochs": 50} | _PAPER, "fast": {"epochs": 15} | _PAPER}


@dataclass(frozen=True)
class Training:
    """Optimization (paper: LEAP training procedure) and augmentation."""

    regime: Literal["best", "full", "fast"] = option(
        "best",
        "what the keys below are when they are absent: best = their defaults; full and fast = the "
        "paper's training, 50 or 15 epochs",
    )
    start: str | None = option(
        None,
        "network to begin with: the .keras of a training of the same network and filters, of these "
        "animals or others; parts are matched by name; absent = random weights",
    )
    all_labels: bool = option(
        False,
        "the network that predicts learns from all labels, those held out too; a second training "
        "without them is what labels judge and calibrate",
        effort=True,  # the workflow says which labels each training learns from
    )
    epochs: int = option(60, "epochs", minimum=1)
    batches: int = option(50, "batches per epoch", minimum=1)
    validation_batches: int = option(10, "augmented validation batches per epoch", minimum=1)
    batch_size: int = option(16, "images per batch; paper: 32", minimum=1)
    learning_rate: float = option(1e-3, "Adam", exclusiveMinimum=0)
    schedule: Literal["plateau", "cosine"] = option(
        "cosine",
        "cosine: to zero at the end; plateau, as in the paper: x 0.1 after 3 epochs without 1e-5 "
        "better",
    )
    warmup: float = option(
        0.1,
        "share of the training in which the rate rises from zero; paper: 0",
        minimum=0,
        maximum=1,
    )
    patience: int = option(
        0, "stop after this many epochs without better validation loss; 0 = never", minimum=0
    )
    averaging: float = option(
        0.0,
        "the weights that count are a running mean, of which each step keeps this share; 0 = the "
        "last weights",
        minimum=0,
        exclusiveMaximum=1,
    )
    foreground_weight: float = option(
        3.0, "squared errors count 1 + this x target in training; paper: 0", minimum=0
    )
    rotation_deg: float = option(15.0, "rotation drawn from +- this", minimum=0, maximum=180)
    scale: float = option(0.05, "size drawn from 1 +- this; paper: 0", minimum=0, maximum=0.5)
    shift_px: float = option(3.0, "shift drawn from +- this, px of the crop; paper: 0", minimum=0)
    mirror: bool = option(
        True,
        "mirror half of the images across the body axis, left/right swapped; off where a part may "
        "have a side and no partner",
    )
    contrast: float = option(
        0.15, "grey levels times 1 +- this; paper: 0", minimum=0, exclusiveMaximum=1
    )
    brightness: float = option(
        0.05, "grey levels +- this, as a share of white; paper: 0", minimum=0, maximum=1
    )
    noise: float = option(
        0.02, "noise of up to this standard deviation, as a share of white; paper: 0", minimum=0
    )
    blur_px: float = option(0.5, "blur of up to this sigma, px of the crop; paper: 0", minimum=0)
    specks: int = option(0, "up to this many specks of dirt; paper: 0", minimum=0)
    mask: list[float] | None = option(
        None,
        "imitate a background mask: grey levels below a threshold drawn from [low, high] -> 0",
        minItems=2,
        maxItems=2,
    )
    mask_share: float = option(0.5, "share of images that are masked", minimum=0, maximum=1)
    precision: Literal["auto", "float32", "bfloat16"] = option(
        "auto", "auto: bfloat16 where the hardware has it"
    )


@dataclass(frozen=True)
class Experiments:
    """What accuracy depends on (paper: Fig. 2c, d; Supplementary Figs. 1, 4, 5): many trainings."""

    enabled: bool = option(
        False, "`figures` makes them too; without it only `experiments` does, which takes long"
    )
    replicates: int = option(5, "trainings of every setting", minimum=1)
    fast_epochs: int = option(15, "epochs of the trainings with few labels", minimum=1)
    labels: list[int] = option(
        [10, 50, 100, 250, 500, 1000],
        "images to train with, a tenth of them for validation",
        minItems=1,
    )
    rotations: list[int] = option(
        [0, 15, 30, 60, 90, 120, 150, 180],
        "ranges of rotation (deg, +-) to train with, and angles to turn the test images by",
        minItems=1,
    )
    networks: list[Network] = option(
        list(NETWORKS),
        "architectures to compare",
        minItems=1,
    )
    epoch_s: list[float] = option(
        [60, 90],
        "how long an epoch takes, [least, most], for the axes in minutes; paper: 60 to 90 s on a "
        "GPU",
        minItems=2,
        maxItems=2,
    )

    def settings(self, experiment: str) -> list[str]:
        """The settings of an experiment, as they stand in file names."""
        if experiment == "epochs":
            return ["all"]
        return [str(value) for value in getattr(self, experiment)]

    @property
    def few_and_more(self) -> list[int]:
        """The fewest labels, and the most up to 250 (paper: Supplementary Figure 4a and b)."""
        ordered = sorted(self.labels)
        return sorted({ordered[0], max(n for n in ordered if n <= max(250, ordered[0]))})


@dataclass(frozen=True)
class Prediction:
    """From crops to poses."""

    chunks: int = option(
        2,
        "jobs in all, at least: each recording is cut into as many as that takes; poses that are "
        "there keep the number they were made with",
        effort=True,
        minimum=1,
    )
    batch_size: int = option(8, "images per step", effort=True, minimum=1)
    refine: Literal["smooth", "quadratic", "none"] = option(
        "smooth",
        "sub-pixel peak: of a parabola, or of the smoothed map and then a parabola; paper: none",
    )
    mirror: bool = option(
        False, "average the maps of every image and of its mirror image; takes twice as long"
    )
    turns: list[float] = option(
        [],
        "average the maps of every image and of the image turned by these angles, degrees; each "
        "takes as long again",
        items={"type": "number", "minimum": -45, "maximum": 45},
    )

    engine: Literal["auto", "openvino", "tensorflow"] = option(
        "auto",
        "what computes confidence maps; `auto`: OpenVINO where it is installed and no GPU is "
        "there, else TensorFlow; their positions agree to 0.02 px",
    )

    def chunks_each(self, recordings: int) -> int:
        """Into how many chunks each of so many recordings is cut.

        >>> [Prediction(chunks=12).chunks_each(number) for number in (1, 5, 12, 59)]
        [12, 3, 1, 1]
        """
        return -(-self.chunks // max(1, recordings))


@dataclass(frozen=True)
class PoseLimits:
    """Which predicted parts count, in everything that follows prediction.

    Confidence of one's own predictions is a probability.  A part that is not certain is better
    known from its estimate than from none, so only what is hardly anywhere counts as missing
    (docs/confidence.md has what either limit drops, and what that does to gait and map).
    """

    min_confidence: float | None = option(
        None,
        "parts below are treated as missing downstream; null: 0.02 where positions are predicted "
        "here, 0.2 where another tool made them",
        minimum=0,
    )
    doubtful: float | None = option(
        None,
        "parts below are marked in pictures and counted in figures, and used downstream; null: 0.6 "
        "where positions are predicted here, `min_confidence` where another tool made them",
        minimum=0,
    )

    def resolved(self, calibrated: bool) -> PoseLimits:
        """With numbers for null.

        Args:
            calibrated: confidence is a probability.

        >>> PoseLimits(doubtful=0.5).resolved(calibrated=True)
        PoseLimits(min_confidence=0.02, doubtful=0.5)
        >>> PoseLimits(0.1).resolved(calibrated=False)
        PoseLimits(min_confidence=0.1, doubtful=0.1)
        """
        least, doubt = self.min_confidence, self.doubtful
        if least is None:
            least = 0.02 if calibrated else 0.2
        if doubt is None:
            doubt = max(least, 0.6) if calibrated else least
        return PoseLimits(least, doubt)

    @property
    def limit(self) -> float:
        """``min_confidence``, which is a number in a config that was read."""
        return self.min_confidence or 0.0

    @property
    def doubt(self) -> float:
        """``doubtful``, which is a number in a config that was read."""
        return self.doubtful or 0.0


@dataclass(frozen=True)
class Evaluation:
    """How a network is judged on labels that it never saw."""

    precision: list[float] = option(
        [0.8, 0.9, 0.95, 0.99],
        "shares of kept labels within 2.5 px for which the lowest confidence is looked up",
        items={"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    )
    draws: int = option(2000, "resamplings of the images behind the intervals", minimum=100)
