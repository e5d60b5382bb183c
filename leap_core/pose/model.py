"""A trained model on disk: ``<run>/best.keras`` (weights) beside ``<run>/best.json`` (meaning)."""

from __future__ import annotations

import json
import math
import types
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leap_core import skeleton
from leap_core.errors import UserError
from leap_core.io import atomic, untrusted
from leap_core.skeleton import Skeleton

if TYPE_CHECKING:
    import keras


MOST_SIZE = 1 << 16  # of widths and pixels: no real number comes near


@dataclass(frozen=True)
class ModelCard:
    """What the weights mean.

    Attributes:
        network, filters: architecture (see :mod:`leap_core.pose.networks`).
        input_scale: network pixels per image pixel.
        image_size: side of the training images, px.
        normalization: how grey levels become network input.
        sigma: of the confidence maps, image px.
        epoch: epoch that the weights are from (0 = before training).
        loss: validation loss there (training loss when there was no validation set).
        parts: whether each part is learned (:func:`leap_core.pose.part_status.check`); of ``best``.
        foreground_weight: of the training's loss, which makes peaks higher.
        all_labels: no label was held out, so that those it was given cannot judge it.
        began_with_all: the same of the network that it began with, or of one before that.
    """

    skeleton: Skeleton
    network: str
    filters: int
    input_scale: float
    image_size: int
    sigma: float
    epoch: int
    loss: float
    normalization: str = "grey / 255"
    parts: list[dict[str, Any]] = field(default_factory=list)
    provenance: dict[str, Any] = field(default_factory=dict)
    foreground_weight: float = 0.0
    all_labels: bool = False
    began_with_all: bool = False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"skeleton": self.skeleton.to_dict(), "format": "leap-model/1"}


def write(model: keras.Model, card: ModelCard, path: str | Path) -> None:
    """Write ``path`` (.keras) and its .json, each atomically; equal weights give equal bytes."""
    path = Path(path)
    with atomic.atomic_path(path) as temporary:
        model.save(temporary)
        _fix_dates(temporary)
    atomic.write_json(path.with_suffix(".json"), card.to_dict())


def _fix_dates(path: Path) -> None:
    """Rewrite a .keras archive without its save date and zip times."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in sorted(archive.namelist())}
    metadata = json.loads(entries["metadata.json"])
    metadata["date_saved"] = "1980-01-01@00:00:00"
    entries["metadata.json"] = json.dumps(metadata, sort_keys=True).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)


def read_card(path: str | Path) -> ModelCard:
    """Read the .json beside a .keras file.

    Raises:
        UserError: a missing or foreign file.
    """
    path = Path(path)
    for needed in (path, path.with_suffix(".json")):
        if not needed.exists():
            raise UserError(f"{needed}: no such model file; name the best.keras of a trained run")
    about = path.with_suffix(".json")
    with untrusted.reading(about, "model description", "train again"):
        value = json.loads(about.read_text(encoding="utf-8"))
        if value.pop("format") != "leap-model/1":
            raise ValueError("its format is not leap-model/1")
        value["skeleton"] = skeleton.from_dict(value["skeleton"], str(about))
        if value["loss"] is None:
            value["loss"] = float("nan")
        card = ModelCard(**value)
        _check_card(card)
    return card


def _check_card(card: ModelCard) -> None:
    """ValueError for a value that nothing could be done with."""
    kinds: dict[str, type | types.UnionType] = {
        "network": str,
        "loss": int | float,
        "provenance": dict,
        "input_scale": int | float,
        "foreground_weight": int | float,
    }
    kinds |= {"filters": int, "image_size": int, "epoch": int, "sigma": int | float}
    for name, kind in kinds.items():
        value = getattr(card, name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ValueError(f"{name} is a {type(value).__name__}")
    for name in ("filters", "image_size", "sigma", "input_scale"):
        value, most = getattr(card, name), 1 if name == "input_scale" else MOST_SIZE
        if not 0 < value <= most:
            raise ValueError(f"{name} is {value:g}")
    if not 0 <= card.foreground_weight < math.inf:
        raise ValueError(f"foreground_weight is {card.foreground_weight:g}")
    for name in ("all_labels", "began_with_all"):
        if not isinstance(getattr(card, name), bool):
            raise ValueError(f"{name} is neither true nor false")
    if card.parts and [part["part"] for part in card.parts] != list(card.skeleton.parts):
        raise ValueError("parts are not those of its skeleton")
    if not all(isinstance(part["state"], str) for part in card.parts):
        raise ValueError("a part has no state")


def read(path: str | Path, policy: str = "float32") -> tuple[keras.Model, ModelCard]:
    """Load the weights into a fresh network of the wanted precision.

    Only numbers are taken from the archive; nothing that it describes is built or imported.

    Raises:
        UserError: unreadable archive, foreign layers, or weights of another architecture.
    """
    from leap_core.pose import archive, networks, runtime

    path = Path(path)
    card = read_card(path)
    if card.network not in networks.NETWORKS:
        known = ", ".join(networks.NETWORKS)
        raise UserError(
            f"{path.with_suffix('.json')}: unknown network {card.network[:80]!r} (known: {known}); "
            "train again"
        )
    runtime.gpus()
    found, parts = archive.check(path), len(card.skeleton)
    other = UserError(
        f"{path}: its weights do not fit {card.network} with {card.filters} filters and "
        f"{parts} parts as best.json says; the files are of two runs"
    )
    # before a network of a wild width fills the memory
    if networks.fewest_weights(card.filters) > found:
        raise other
    model = networks.build(card.network, parts, card.filters, policy)
    if model.count_params() != found:
        raise other
    archive.load_weights(path, model)
    return model, card


def check_skeleton(card: ModelCard, wanted: Skeleton, model_path, other: str) -> None:
    """The model must predict exactly the parts of ``wanted``, in that order.

    Raises:
        UserError: names the first part that differs.
    """
    ours, theirs = card.skeleton.parts, wanted.parts
    if ours == theirs:
        return
    missing = [p for p in theirs if p not in ours]
    extra = [p for p in ours if p not in theirs]
    if missing or extra:
        what = f"lacks {missing[0]!r}" if missing else f"has {extra[0]!r}, which is not there"
    else:
        what = "lists the same parts in another order"
    raise UserError(
        f"{model_path}: the model's parts differ from {other}: it {what}; "
        "use the model's own skeleton or train again"
    )
