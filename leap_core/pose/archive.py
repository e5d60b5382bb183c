"""Weights out of a ``.keras`` archive, without building anything that the archive describes.

An archive names the classes of its network; Keras would import and build them, and some run code.
Here its description is only looked at.  In TensorFlow the network is our own, and takes nothing but
numbers; in OpenVINO convolutions and the like are put together as the description says, no others.
"""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from leap_core.errors import UserError
from leap_core.io import untrusted

if TYPE_CHECKING:
    import keras

DESCRIPTION, WEIGHTS = "config.json", "model.weights.h5"
# kinds of layers that our networks are made of: a file with any other is refused
LAYERS = ("InputLayer", "Conv2D", "Conv2DTranspose", "MaxPooling2D", "Add", "ReLU")
WEIGHTED = {"Conv2D": "conv2d", "Conv2DTranspose": "conv2d_transpose"}  # as the weights' file says
LONGEST_DESCRIPTION = 1 << 22


def check(path: Path) -> int:
    """Look an archive over: whole, no layers but the kinds in ``LAYERS``.

    Returns:
        how many weights it holds.

    Raises:
        UserError: damaged, no Keras archive, or a layer of another kind.
    """
    description = read_description(path)
    with reading(path), zipfile.ZipFile(path) as archive:
        weights = _content(path, archive, WEIGHTS, path.stat().st_size)
    with reading(path):
        _refuse_foreign(path, description)
        with h5py.File(io.BytesIO(weights)) as file:
            untrusted.check_sizes(file, path)
            return _count(file)


def read_description(path: Path) -> dict[str, Any]:
    """What an archive says of its network, as Keras wrote it; nothing of it is built.

    Raises:
        UserError: damaged, or no Keras archive.
    """
    if path.suffix != ".keras":
        raise UserError(f"{path}: is no .keras file; name the best.keras of a trained run")
    with reading(path), zipfile.ZipFile(path) as archive:
        return json.loads(_content(path, archive, DESCRIPTION, LONGEST_DESCRIPTION))


def load_weights(path: Path, network: keras.Model) -> None:
    """Put the weights of an archive that :func:`check` has accepted into a network.

    Raises:
        UserError: they are of another architecture.
    """
    try:
        with warnings.catch_warnings():
            # Keras warns of layers for which it finds nothing, and leaves them untrained
            warnings.simplefilter("error", UserWarning)
            network.load_weights(path)
    except (ValueError, KeyError, OSError, UserWarning) as error:
        # Keras' own text runs over many lines and names no file
        raise UserError(f"{path}: its weights are of another architecture; train again") from error


@dataclass(frozen=True)
class Network:
    """What an archive holds, as numbers and names.

    Attributes:
        name: of the network.
        layers: as Keras describes them, each behind those that it builds on.
        output: name of the layer that gives the maps that count.
        parts: channels of these maps.
        weights: kernel and bias of the layers that have them, by name, in Keras' order of axes.
    """

    name: str
    layers: list[dict[str, Any]]
    output: str
    parts: int
    weights: dict[str, list[np.ndarray]]


def read_network(path: Path) -> Network:
    """The network of an archive, without Keras.

    Raises:
        UserError: as :func:`check`, or weights are missing.
    """
    check(path)
    description = read_description(path)
    with reading(path), zipfile.ZipFile(path) as archive:
        inside = description["config"]
        ends = inside["output_layers"]
        output = str((ends[-1] if isinstance(ends[-1], list) else ends)[0])
        content = _content(path, archive, WEIGHTS, path.stat().st_size)
        with h5py.File(io.BytesIO(content)) as file:
            weights = _weights(file, inside["layers"])
        parts = len(list(weights.values())[-1][1])  # the last convolution gives the maps
        return Network(str(inside["name"]), inside["layers"], output, parts, weights)


def _weights(file: h5py.File, layers: list[dict[str, Any]]) -> dict[str, list[np.ndarray]]:
    """By name; Keras numbers the layers of each kind in the file as they come."""
    found: dict[str, list[np.ndarray]] = {}
    numbers: Counter[str] = Counter()
    for layer in layers:
        kind = WEIGHTED.get(layer["class_name"])
        if kind is not None:
            at = f"layers/{kind}_{numbers[kind]}/vars" if numbers[kind] else f"layers/{kind}/vars"
            numbers[kind] += 1
            found[layer["name"]] = [file[at][key][()] for key in ("0", "1")]
    return found


def reading(path: Path, errors: tuple[type[Exception], ...] = untrusted.DAMAGE):
    """As :func:`leap_core.io.untrusted.reading`, of a model file."""
    return untrusted.reading(path, "Keras model", "train again or copy it again", errors)


def _content(path: Path, archive: zipfile.ZipFile, name: str, longest: int) -> bytes:
    """One entry, its checksum tested.  Keras stores entries as they are: a packed one may be a
    bomb."""
    entry = archive.getinfo(name)
    packed = entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size
    if packed or entry.file_size > longest:
        raise UserError(f"{path}: {name} in it is packed or too long; save it with Keras")
    return archive.read(entry)


def _refuse_foreign(path: Path, description: dict) -> None:
    for layer in [description, *description["config"]["layers"]]:
        kind, module = str(layer["class_name"]), str(layer["module"])
        ours = module.partition(".")[0] == "keras" and layer.get("registered_name") in (None, kind)
        if not ours or kind not in ("Functional", *LAYERS):
            named = kind if module.partition(".")[0] == "keras" else f"{module}.{kind}"
            raise UserError(
                f"{path}: holds a layer of kind {named[:80]!r}, which could run foreign code; "
                "refused; train the model here"
            )


def _count(file: h5py.File) -> int:
    """Numbers below the layers; an optimizer's state is none of them."""
    sizes = []

    def add(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset) and not name.startswith("optimizer/"):
            sizes.append(item.size or 0)

    file.visititems(add)
    return sum(sizes)
