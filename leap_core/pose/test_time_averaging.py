"""Confidence maps of one image, averaged over several views of it: mirrored and turned."""

from __future__ import annotations

import math

import numpy as np

from leap_core import config
from leap_core.pose import augmentation
from leap_core.pose.model import ModelCard


def final_maps(network, images, card: ModelCard, settings: config.Prediction):
    """The confidence maps in which peaks are sought, on the device.

    A network's errors differ a little between views of one image, so that their mean is nearer to
    the truth than any of them.

    Args:
        images: (frame, y, x, 1) float32 at the network's resolution.

    Returns:
        (frame, map y, map x, joint): with ``prediction.turns`` the mean of the maps of each image
        and of the image turned by every angle, turned back; with ``prediction.mirror`` the mean
        of the maps of each of these and of its mirror image, where left and right are known.
    """
    import tensorflow as tf

    mirror = settings.mirror and not card.skeleton.unpaired
    maps = _maps(network, images, card, mirror)
    if not settings.turns:
        return maps
    weight = inside = tf.ones_like(maps[:1, ..., :1])
    for degrees in settings.turns:
        # what a turn takes out of the image no network can see in it: such corners do not count
        seen = turn(turn(inside, degrees), -degrees)
        found = _maps(network, turn(images, degrees, fill="NEAREST"), card, mirror)
        maps += seen * turn(found, -degrees)
        weight += seen
    return maps / weight


def _maps(network, images, card: ModelCard, mirror: bool):
    """Maps of the images, averaged with those of their mirror images if wanted."""
    import tensorflow as tf

    from leap_core.pose import networks

    maps = networks.maps_of(network, images)[-1]
    if mirror:
        twin = networks.maps_of(network, images[:, ::-1])[-1][:, ::-1]
        maps = (maps + tf.gather(twin, list(card.skeleton.swap), axis=-1)) / 2
    return maps


def turn(images, degrees: float, fill: str = "CONSTANT"):
    """Images (frame, y, x, channel) turned about their centre, x towards y, bilinear.

    Args:
        fill: "CONSTANT" has zeros, "NEAREST" the pixels of the border where the image ends.
    """
    import tensorflow as tf

    height, width = images.shape[1:3]
    # from a place in the turned image to its place in the image
    inverse = augmentation.affine(-math.radians(degrees), 1, np.zeros(2), (width, height))
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=np.append(inverse, [0, 0]).astype(np.float32)[None],
        output_shape=(height, width),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode=fill,
    )
