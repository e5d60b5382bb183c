"""Confidence maps of one image, averaged over several views of it: mirrored and turned."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from leap_core import config
from leap_core.pose import augmentation
from leap_core.pose.model import ModelCard

if TYPE_CHECKING:
    from scipy import sparse


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


Look = Callable[[np.ndarray], np.ndarray]


def of_arrays(card: ModelCard, settings: config.Prediction) -> Callable[[Look, np.ndarray], Any]:
    """The same mean of maps as :func:`final_maps`, of a network that takes and gives arrays.

    Returns:
        a function of ``look``, from one image (y, x) float32 to its maps (map y, map x, joint),
        and of an image.  Where there is but one view, what it returns is what ``look`` returned;
        what that returned before may have changed when it is called again.
    """
    mirror = settings.mirror and not card.skeleton.unpaired
    swap = np.asarray(card.skeleton.swap)
    known: dict[tuple[tuple[int, ...], ...], tuple[list[sparse.csr_array], list, np.ndarray]] = {}

    def averaged(look: Look, image: np.ndarray) -> np.ndarray:
        maps = look(image)
        if not (mirror or settings.turns):
            return maps
        sides, joints = maps.shape[:2], maps.shape[2]
        if (sides, image.shape) not in known:
            known[sides, image.shape] = _turns(settings.turns, sides, image.shape)
        forth, back, weight = known[sides, image.shape]
        total = maps.reshape(-1, joints).copy()
        twins = np.zeros_like(total)
        if mirror:
            twins += look(image[::-1])[::-1].reshape(-1, joints)
        for there, again in zip(forth, back, strict=True):
            view = (there @ image.ravel()).reshape(image.shape)
            total += again @ look(view).reshape(-1, joints)
            if mirror:
                twins += again @ look(view[::-1])[::-1].reshape(-1, joints)
        if mirror:
            total += np.take(twins, swap, axis=-1)
            total *= 0.5
        total /= weight
        return total.reshape(maps.shape)

    return averaged


def _turns(
    turns: Sequence[float], sides: tuple[int, ...], whole: tuple[int, ...]
) -> tuple[list[sparse.csr_array], list[sparse.csr_array], np.ndarray]:
    """Matrices that turn an image, and its maps back without the corners that nobody saw."""
    from scipy import sparse

    one = np.ones(sides[0] * sides[1], np.float32)
    weight, back = one[:, None].copy(), []
    for degrees in turns:
        again = turn_matrix(-degrees, sides)
        seen = again @ (turn_matrix(degrees, sides) @ one)
        back.append((sparse.diags_array(seen) @ again).tocsr())
        weight += seen[:, None]
    return [turn_matrix(degrees, whole, beyond=True) for degrees in turns], back, weight


def turn_matrix(degrees: float, sides: tuple[int, ...], beyond: bool = False) -> sparse.csr_array:
    """:func:`turn` as a matrix over the pixels y * width + x of an image.

    Args:
        sides: (height, width) of the image, px.
        beyond: with the pixels of the border where the image ends, else with zeros.
    """
    from scipy import sparse

    height, width = sides
    inverse = augmentation.affine(-math.radians(degrees), 1, np.zeros(2), (width, height))
    y, x = np.mgrid[:height, :width].reshape(2, -1).astype(float)
    source = inverse @ np.stack([x, y, np.ones_like(x)])
    low = np.floor(source).astype(int)
    part = source - low
    rows, columns, shares = [], [], []
    for step_x in (0, 1):
        for step_y in (0, 1):
            at_x, at_y = low[0] + step_x, low[1] + step_y
            share = np.abs(1 - step_x - part[0]) * np.abs(1 - step_y - part[1])
            inside = (at_x >= 0) & (at_x < width) & (at_y >= 0) & (at_y < height)
            if beyond:
                at_x, at_y = np.clip(at_x, 0, width - 1), np.clip(at_y, 0, height - 1)
                inside[:] = True
            rows.append(np.flatnonzero(inside))
            columns.append((at_y * width + at_x)[inside])
            shares.append(share[inside])
    pixels = height * width
    places = np.concatenate(rows), np.concatenate(columns)
    values = np.concatenate(shares).astype(np.float32)
    return sparse.coo_array((values, places), shape=(pixels, pixels)).tocsr()
