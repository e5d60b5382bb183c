"""The weights that a training begins with: random ones, or those of a network trained before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leap_core import config
from leap_core.errors import UserError
from leap_core.pose import model
from leap_core.skeleton import Skeleton

if TYPE_CHECKING:
    import keras


def check(path: str | Path, wanted: config.Model) -> model.ModelCard:
    """The card of a network that a training with these settings can begin with.

    Raises:
        UserError: no such network, or one of another architecture or width.
    """
    card = model.read_card(path)
    ours, theirs = (f"{each.network} with {each.filters} filters" for each in (wanted, card))
    if ours != theirs:
        raise UserError(
            f"training.start: {path} is a {theirs}, and `model` asks for a {ours}; make them alike "
            "or remove training.start"
        )
    return card


def begin(network: keras.Model, skeleton: Skeleton, path: str | Path, wanted: config.Model) -> str:
    """Give a fresh network the weights of one that was trained before (transfer learning).

    Weights that have one entry for each part are taken over by the parts' names: the network may
    know other parts, in another order.  Parts that it does not know begin as they are, and all
    other weights are taken over whole.

    Args:
        network: as :func:`leap_core.pose.networks.build` gives it; its weights change.
        skeleton: its parts.
        path: the other's ``.keras``, with its card beside it.
        wanted: settings that ``network`` was built with.

    Returns:
        What was done, for one line.

    Raises:
        UserError: no such network, or one of another architecture or width.
    """
    from leap_core.pose import networks

    card = check(path, wanted)
    other, _ = model.read(path)
    known = card.skeleton.parts
    both = [part for part in skeleton.parts if part in known]
    ours, theirs = ([s.parts.index(part) for part in both] for s in (skeleton, card.skeleton))
    # an axis that is longer in a network of more parts has an entry for each part
    more = networks.build(wanted.network, len(known) + wanted.filters + 1, wanted.filters)
    kept, found = network.get_weights(), other.get_weights()
    if not len(kept) == len(found) == len(more.get_weights()):
        raise UserError(
            f"training.start: {path}: a {wanted.network} of as many parts as filters is built "
            "otherwise than others; choose another model.filters in both"
        )
    for fresh, old, longer in zip(kept, found, more.get_weights(), strict=True):
        by_part = [a != b for a, b in zip(old.shape, longer.shape, strict=True)]
        fresh[_entries(fresh, by_part, ours)] = old[_entries(old, by_part, theirs)]
    network.set_weights(kept)
    new = [part for part in skeleton.parts if part not in known]
    told = f"begins with {path}, which knows {len(both)} of {len(skeleton)} parts by name"
    if new:
        told += f" (not {', '.join(new[:5])}{', ...' if len(new) > 5 else ''})"
    if card.input_scale != wanted.input_scale:
        told += f"; it saw images at {card.input_scale:g} of their size, now {wanted.input_scale:g}"
    return told


def _entries(weights: np.ndarray, by_part: list[bool], parts: list[int]) -> tuple[np.ndarray, ...]:
    """Index of the entries of some parts, along the axes that have one for each; all of others."""
    wanted = zip(by_part, weights.shape, strict=True)
    return np.ix_(*[parts if yes else range(length) for yes, length in wanted])
