"""A network for OpenVINO, from the description and the weights that Keras keeps of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from leap_core.pose.archive import Network


def build(library: Any, network: Network, sides: tuple[int, ...]):
    """An ``openvino.Model`` from an image (1, 1, y, x) to its maps (1, y, x, joint).

    OpenVINO's axes are channels first; maps come with channels last, as its processor code lays
    them out in memory anyway.

    Args:
        library: the module ``openvino``.
        sides: height and width of the image, px.

    Raises:
        KeyError, ValueError: a layer of a kind, or with settings, that none of ours has.
    """
    ops = library.opset13
    image = ops.parameter([1, 1, *sides], np.float32)
    made: dict[str, Any] = {}
    for layer in network.layers:
        name, kind, settings = layer["name"], layer["class_name"], layer["config"]
        given = [made[source] for source in _sources(layer["inbound_nodes"])]
        if kind == "InputLayer":
            made[name] = image
        elif kind == "ReLU":
            made[name] = ops.relu(*given)
        elif kind == "Add":
            made[name] = ops.add(*given)
        elif kind == "MaxPooling2D":
            size, stride = list(settings["pool_size"]), list(settings["strides"])
            made[name] = library.opset1.max_pool(*given, stride, [0, 0], [0, 0], size, "floor")
        elif kind in ("Conv2D", "Conv2DTranspose"):
            made[name] = _convolution(ops, kind, settings, *given, *network.weights[name])
        else:
            raise ValueError(f"a layer of kind {kind}")
    return library.Model([ops.transpose(made[network.output], [0, 2, 3, 1])], [image], "maps")


def _convolution(ops, kind: str, settings: Mapping[str, Any], given, kernel, bias):
    if settings["padding"] != "same" or tuple(settings["dilation_rate"]) != (1, 1):
        raise ValueError(f"a convolution with padding {settings['padding']!r}")
    strides = list(settings["strides"])
    # Keras: y, x, in, out, or out, in of a transposed one; OpenVINO: out, in, y, x, or in, out
    turned = ops.constant(np.ascontiguousarray(np.transpose(kernel, (3, 2, 0, 1)), np.float32))
    if kind == "Conv2D":
        found = ops.convolution(given, turned, strides, [0, 0], [0, 0], [1, 1], "same_upper")
    else:
        # what "same" leaves out of the image that the kernels spread to
        cut = [max(size - stride, 0) for size, stride in zip(kernel.shape, strides, strict=False)]
        begin, end = [n // 2 for n in cut], [n - n // 2 for n in cut]
        found = ops.convolution_backprop_data(
            given, turned, strides, pads_begin=begin, pads_end=end, dilations=[1, 1]
        )
    found = ops.add(found, ops.constant(np.asarray(bias, np.float32).reshape(1, -1, 1, 1)))
    activation = settings["activation"]
    if activation not in ("relu", "linear", None):
        raise ValueError(f"activation {str(activation)[:40]!r}")
    return ops.relu(found) if activation == "relu" else found


def _sources(value: Any) -> Iterator[str]:
    """Names of the layers whose outputs a description of calls names, in order."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            yield value["config"]["keras_history"][0]
        else:
            for key in ("args", "kwargs"):
                yield from _sources(value.get(key, ()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _sources(item)
