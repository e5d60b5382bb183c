"""Networks: image (batch, y, x, 1) in 0..1 -> confidence maps (batch, y, x, joint).

Each network is one function in ``NETWORKS``.  All are fully convolutional: an image fits whose
sides are multiples of ``NETWORKS[name].multiple``; maps have 1 / ``shrinks`` of its sides.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers

from leap_core.pose import runtime


class Blocks:
    """Layers of one precision, each named and seeded by its place in the order of making.

    The same network has the same names and first weights in every process.
    """

    def __init__(self, policy: str, seed: int, initializer: str):
        self.policy, self.seed, self.initializer = policy, seed, initializer
        self.made = 0

    def _common(self, dtype: str | None = None) -> dict:
        self.made += 1
        return {"name": f"layer{self.made - 1:02d}", "dtype": dtype or self.policy}

    def _weights(self, initializer: str | None) -> dict:
        known = keras.initializers.get(initializer or self.initializer)
        if "seed" not in known.get_config():
            return {"kernel_initializer": known}
        number = self.seed * 1000 + self.made - 1
        return {"kernel_initializer": type(known)(**known.get_config() | {"seed": number})}

    def conv(self, x, width, size=3, activation="relu", initializer=None, stride=1, dtype=None):
        """Convolution of the same size, or smaller by ``stride``."""
        settings = self._common(dtype) | self._weights(initializer)
        settings |= {"strides": stride, "padding": "same", "activation": activation}
        return layers.Conv2D(width, size, **settings)(x)

    def up(self, x, width, size=3, activation="relu", initializer="glorot_normal", dtype=None):
        """Transposed convolution to twice the size."""
        settings = self._common(dtype) | self._weights(initializer)
        settings |= {"strides": 2, "padding": "same", "activation": activation}
        return layers.Conv2DTranspose(width, size, **settings)(x)

    def pool(self, x):
        """The largest of every 2 x 2 pixels."""
        return layers.MaxPooling2D(2, **self._common())(x)

    def add(self, *sources, dtype=None):
        return layers.Add(**self._common(dtype))(list(sources))

    def relu(self, x):
        return layers.ReLU(**self._common())(x)


def leap_cnn(joints: int, filters: int, policy: str, seed: int) -> keras.Model:
    """The 15-layer network of LEAP (Pereira et al. 2018, Supplementary Fig. 5a).

    2,545,952 parameters for 32 joints at 64 filters.  The last layer computes in float32: the
    sub-pixel peak needs more digits than bfloat16 holds.
    """
    b = Blocks(policy, seed, "glorot_uniform")
    image = x = layers.Input((None, None, 1), name="image")
    for width in (filters, 2 * filters):
        for _ in range(3):
            x = b.conv(x, width)
        x = b.pool(x)  # y/2, then y/4
    for _ in range(3):
        x = b.conv(x, 4 * filters)
    x = b.up(x, 2 * filters)  # y/2
    for _ in range(2):
        x = b.conv(x, 2 * filters)
    maps = b.up(x, joints, activation="linear", dtype="float32")  # y
    return keras.Model(image, maps, name="leap_cnn")


def _bottleneck(b: Blocks, x, width: int, **settings):
    """1 x 1, 3 x 3 and 1 x 1 convolution beside a skip, as in LEAP's hourglasses."""
    inner = settings.pop("inner", max(1, width // 2))
    y = b.conv(x, inner, 1, **settings)
    y = b.conv(y, inner, 3, **settings)
    y = b.conv(y, width, 1, **settings)
    if x.shape[-1] != width:
        x = b.conv(x, width, 1, **settings)
    return b.add(y, x, dtype=settings.get("dtype"))


def _one_hourglass(b: Blocks, x, filters: int):
    """Down four levels and up again, every level's features added on the way up."""
    skips: list[keras.KerasTensor] = []
    for _ in range(4):
        skips.append(_bottleneck(b, x, filters))
        x = b.pool(skips[-1])  # y/2 .. y/16
    x = _bottleneck(b, x, filters)
    for skip in reversed(skips):
        x = _bottleneck(b, b.add(skip, b.up(x, filters)), filters)  # y/8 .. y
    return x


def hourglass(joints: int, filters: int, policy: str, seed: int) -> keras.Model:
    """One hourglass of residual bottlenecks (Newell et al. 2016), with which LEAP compares."""
    b = Blocks(policy, seed, "glorot_normal")
    image = layers.Input((None, None, 1), name="image")
    x = _one_hourglass(b, image, filters)
    maps = b.conv(x, joints, activation="linear", dtype="float32")
    return keras.Model(image, maps, name="hourglass")


def stacked_hourglass(joints: int, filters: int, policy: str, seed: int) -> keras.Model:
    """Two hourglasses, with maps after each; both are trained, and the last maps count."""
    b = Blocks(policy, seed, "glorot_normal")
    image = x = layers.Input((None, None, 1), name="image")
    maps = []
    for _ in range(2):
        x = _one_hourglass(b, x, filters)
        last = {"inner": joints, "activation": "linear", "dtype": "float32"}
        maps.append(_bottleneck(b, x, joints, **last))
    return keras.Model(image, maps, name="stacked_hourglass")


def _residual(b: Blocks, x):
    """What two 3 x 3 convolutions add to ``x``: at first nothing, so that deep networks learn."""
    y = b.conv(b.relu(x), x.shape[-1])
    y = b.conv(y, x.shape[-1], activation=None, initializer="zeros")
    return b.add(y, x)  # the other way round TensorFlow's graph optimizer gives up, with a message


def unet(joints: int, filters: int, policy: str, seed: int) -> keras.Model:
    """Ours: residual blocks on four levels, down and up, with skips added (after Ronneberger 2015).

    Works at half of the image's size and below: the first layer, of stride 2, still sees every
    pixel, and the peak of a smooth map is found between its pixels.  Four levels see the whole
    animal at once, which tells its legs apart.
    """
    b = Blocks(policy, seed, "he_normal")
    image = layers.Input((None, None, 1), name="image")
    x = b.conv(image, filters, 5, None, stride=2)  # y/2
    skips: list[keras.KerasTensor] = []
    for width in (filters, filters * 3 // 2, 2 * filters, 3 * filters):  # y/2 .. y/16
        if skips:
            x = b.conv(b.relu(skips[-1]), width, 2, None, stride=2)
        skips.append(_residual(b, x))
    x = skips.pop()
    while skips:
        skip = skips.pop()
        x = b.add(skip, b.up(b.relu(x), skip.shape[-1], 2, None, initializer="he_normal"))
        x = _residual(b, x)
    maps = b.conv(b.relu(x), joints, activation=None, initializer="zeros", dtype="float32")
    return keras.Model(image, maps, name="unet")


@dataclass(frozen=True)
class Network:
    """How to build a network, and what it makes of an image.

    Attributes:
        build: (joints, filters, policy, seed) -> model.
        shrinks: pixels of the image per pixel of the maps, along each side.
    """

    build: Callable[[int, int, str, int], keras.Model]
    shrinks: int = 1


NETWORKS: dict[str, Network] = {
    "leap_cnn": Network(leap_cnn),
    "hourglass": Network(hourglass),
    "stacked_hourglass": Network(stacked_hourglass),
    "unet": Network(unet, shrinks=2),
}


@runtime.own_settings()
def build(network: str, joints: int, filters: int, policy: str = "float32", seed: int = 0):
    """Build a network by its name in ``NETWORKS``, with seeded weights."""
    return NETWORKS[network].build(joints, filters, policy, seed)


def maps_of(network: keras.Model, images, training: bool = False) -> list:
    """Every set of confidence maps that a network gives; the last one counts."""
    found = network(images, training=training)
    return found if isinstance(found, list) else [found]


def fewest_weights(filters: int) -> int:
    """Each network of this width has more: two of its layers, 3 x 3 and half as wide."""
    return 9 * filters**2 // 2


@runtime.own_settings()
def multiply_adds(network: keras.Model, height: int, width: int) -> int:
    """Multiplications (each with an addition) of all convolutions for one image."""
    sized = keras.models.clone_model(network, input_tensors=layers.Input((height, width, 1)))
    total = 0
    for layer in sized.layers:
        if isinstance(layer, (layers.Conv2D, layers.Conv2DTranspose)):
            # a transposed convolution spreads each pixel of its input
            spread = isinstance(layer, layers.Conv2DTranspose)
            pixels = (layer.input if spread else layer.output).shape[1:3]
            total += math.prod(layer.kernel.shape) * math.prod(pixels)
    return total
