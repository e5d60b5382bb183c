"""What a network is made of, read from its graph: for drawing it.

Works on the description of any functional Keras model (``model.get_config()``, or that in a
``.keras`` archive), so nothing has to be built or imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leap_core.io import untrusted
from leap_core.pose import archive

# what a layer does to the size of its input -> the setting that says how much
SHRINKS = {"Conv2D": "strides", "SeparableConv2D": "strides", "DepthwiseConv2D": "strides"}
SHRINKS |= {"MaxPooling2D": "strides", "AveragePooling2D": "strides"}
GROWS = {"Conv2DTranspose": "strides", "UpSampling2D": "size"}
KINDS = {"InputLayer": "input", "Conv2D": "conv", "SeparableConv2D": "conv"}
KINDS |= {"DepthwiseConv2D": "conv", "MaxPooling2D": "pool", "AveragePooling2D": "pool"}
KINDS |= {"Conv2DTranspose": "up", "UpSampling2D": "up", "Add": "add", "Concatenate": "concat"}


@dataclass(frozen=True)
class Block:
    """One feature map: what a layer gives.

    Attributes:
        kind: of the layer: "input", "conv", "pool", "up" (transposed convolution or upsampling),
            "add", "concat", "other" (leaves size and channels alone), or "residual" of
            :func:`modules`.
        channels: depth of the feature map.
        scale: its side over the side of the network's input.
        inputs: indices of the blocks that the layer takes.
        output: the network gives it out.
        kernel: side of the layer's kernel or window, px; 0 = none.
    """

    kind: str
    channels: int
    scale: float
    inputs: tuple[int, ...] = ()
    output: bool = False
    kernel: int = 0


def blocks(config: dict[str, Any]) -> list[Block]:
    """Every layer of a functional model, each after those that it takes.

    Layers that change neither size nor channels (activation, normalization, dropout) are left
    out: what takes them takes their input.

    Raises:
        ValueError: no functional model, or a graph with a loop.
    """
    calls = _calls(config)
    outputs = set(_histories(config["output_layers"]))
    found: list[Block] = []
    place: dict[tuple[str, int], int] = {}  # call of a layer -> its block
    waiting = list(calls)
    while waiting:
        ready = [c for c in waiting if all(source in place for source in calls[c][1])]
        if not ready:
            raise ValueError("its layers do not form a graph without loops")
        for call in ready:
            layer, sources = calls[call]
            inputs = tuple(place[source] for source in sources)
            block = _block(layer, [found[k] for k in inputs], inputs)
            if block.kind == "other" and len(inputs) == 1:
                place[call] = inputs[0]
            else:
                place[call] = len(found)
                found.append(block)
            if call in outputs:
                found[place[call]] = replace(found[place[call]], output=True)
        waiting = [c for c in waiting if c not in place]
    return found


def read(path: str | Path) -> list[Block]:
    """The blocks of the network in a ``.keras`` archive.

    Raises:
        UserError: damaged, no Keras archive, or no functional model.
    """
    path = Path(path)
    description = archive.read_description(path)
    with untrusted.reading(path, "Keras model", "train again or copy it again"):
        return blocks(description["config"])


def modules(blocks: list[Block]) -> list[Block]:
    """The same graph with each residual module as one block.

    That is an addition of two, each the same block or convolutions of it at its own size, that
    nothing else takes.
    """
    takers = [0] * len(blocks)
    for block in blocks:
        for taken in block.inputs:
            takers[taken] += 1

    def back(k: int) -> list[int]:
        """Convolutions before an addition, then what they are of."""
        way = [k]
        while (
            blocks[way[-1]].kind == "conv"
            and takers[way[-1]] == 1
            and not blocks[way[-1]].output
            and blocks[blocks[way[-1]].inputs[0]].scale == blocks[way[-1]].scale
        ):
            way.append(blocks[way[-1]].inputs[0])
        return way

    inner: set[int] = set()
    source: dict[int, int] = {}  # addition -> what its module takes
    for k, block in enumerate(blocks):
        if block.kind == "add" and len(block.inputs) == 2:
            one, two = map(back, block.inputs)
            shared = [b for b in one if b in two]
            if shared:
                source[k] = shared[0]
                inner |= {*one[: one.index(shared[0])], *two[: two.index(shared[0])]}
    kept = [k for k in range(len(blocks)) if k not in inner]
    found = []
    for k in kept:
        block = blocks[k]
        if k in source:
            block = replace(block, kind="residual", inputs=(source[k],))
        found.append(replace(block, inputs=tuple(map(kept.index, block.inputs))))
    return found


def _calls(config: dict[str, Any]) -> dict[tuple[str, int], tuple[dict, list[tuple[str, int]]]]:
    """(layer, how often it was called before) -> the layer and the calls whose tensors it takes."""
    if not {"layers", "output_layers"} <= set(config):
        raise ValueError("it is no functional model")
    calls = {}
    for layer in config["layers"]:
        for k, node in enumerate(layer["inbound_nodes"] or [{}]):
            sources = [
                (tensor[0], tensor[1])
                for tensor in _tensors([node.get("args"), node.get("kwargs")])
            ]
            calls[layer["name"], k] = (layer, sources)
    return calls


def _tensors(value: Any) -> Iterator[list]:
    """Histories (layer, call, number) of all tensors in the arguments of a call."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        yield value["config"]["keras_history"]
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _tensors(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _tensors(inner)


def _histories(value: Any) -> Iterator[tuple[str, int]]:
    """Calls behind the outputs: one [layer, call, number], or lists or mappings of them."""
    if isinstance(value, dict):
        value = list(value.values())
    if value and isinstance(value[0], str):
        yield value[0], value[1]
    else:
        for inner in value:
            yield from _histories(inner)


def _block(layer: dict[str, Any], inputs: list[Block], numbers: tuple[int, ...]) -> Block:
    name, settings = layer["class_name"], layer["config"]
    kind = KINDS.get(name, "other")
    if not inputs:
        shape = settings.get("batch_shape") or settings["batch_input_shape"]
        return Block(kind, int(shape[-1]), 1.0)
    channels, scale = inputs[0].channels, inputs[0].scale
    if kind == "concat":
        channels = sum(block.channels for block in inputs)
    if name == "DepthwiseConv2D":
        channels *= int(settings["depth_multiplier"])
    if name in SHRINKS:
        scale /= _side(settings[SHRINKS[name]])
    if name in GROWS:
        scale *= _side(settings[GROWS[name]])
    kernel = _side(settings.get("kernel_size") or settings.get("pool_size") or 0)
    return Block(kind, int(settings.get("filters", channels)), scale, numbers, kernel=kernel)


def _side(value: Any) -> int:
    return int(value[0] if isinstance(value, list | tuple) else value)
