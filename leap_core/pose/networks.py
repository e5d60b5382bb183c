"""Networks: image (batch, y, x, 1) in 0..1 -> confidence maps (batch, y, x, joint).

Each network is one function in ``NETWORKS``; it is fully convolutional, so any image whose sides
are multiples of ``STRIDE`` fits.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers

STRIDE = 4


def leap_cnn(joints: int, filters: int, policy: str, seed: int) -> keras.Model:
    """The 15-layer network of LEAP (Pereira et al. 2018, Supplementary Fig. 5a).

    2,545,952 parameters for 32 joints at 64 filters.  The last layer computes in float32: the
    sub-pixel peak needs more digits than bfloat16 holds.
    """
    count = iter(range(1000))

    def common(dtype):
        """Name and seed by position: the same network has the same names in every process."""
        k = next(count)
        return {"name": f"layer{k:02d}", "dtype": dtype}, seed * 1000 + k

    def conv(x, width):
        shared, number = common(policy)
        glorot = keras.initializers.GlorotUniform(seed=number)
        return layers.Conv2D(
            width, 3, padding="same", activation="relu", kernel_initializer=glorot, **shared
        )(x)

    def up(x, width, activation, dtype):
        shared, number = common(dtype)
        normal = keras.initializers.GlorotNormal(seed=number)
        return layers.Conv2DTranspose(
            width,
            3,
            strides=2,
            padding="same",
            activation=activation,
            kernel_initializer=normal,
            **shared,
        )(x)

    def pool(x):
        return layers.MaxPooling2D(2, **common(policy)[0])(x)

    image = layers.Input((None, None, 1), name="image")
    x = image
    for width in (filters, 2 * filters):
        for _ in range(3):
            x = conv(x, width)
        x = pool(x)  # y/2, then y/4
    for _ in range(3):
        x = conv(x, 4 * filters)
    x = up(x, 2 * filters, "relu", policy)  # y/2
    for _ in range(2):
        x = conv(x, 2 * filters)
    maps = up(x, joints, "linear", "float32")  # y
    return keras.Model(image, maps, name="leap_cnn")


NETWORKS: dict[str, Callable[..., keras.Model]] = {"leap_cnn": leap_cnn}
# kinds of layers that they are made of: a model file with any other is refused
LAYERS = ("InputLayer", "Conv2D", "Conv2DTranspose", "MaxPooling2D")


def fewest_weights(filters: int) -> int:
    """A network of this width has more: its deepest layer alone, 3 x 3, four times as wide."""
    return 9 * (4 * filters) ** 2


def build(network: str, joints: int, filters: int, policy: str = "float32", seed: int = 0):
    """Build a network by its name in ``NETWORKS``, with seeded weights."""
    return NETWORKS[network](joints, filters, policy, seed)
