"""Who is who in the track of several animals, beside their truth."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leap_core.containers import Track, Truth
from leap_core.errors import UserError


@dataclass(frozen=True)
class Names:
    """Which truth each animal of a track is.

    Attributes:
        order: (animal,) index of its truth, that of most frames in which none touch.
        apart: how often names are exchanged with no contact since they were last right.
        contact: how often they come out of a contact exchanged.
        minutes: of contact.
    """

    order: tuple[int, ...]
    apart: int
    contact: int
    minutes: float


def names_of(track: Track, truths: Sequence[Truth]) -> Names:
    """Compare the names of a track with the truth of all animals in its video.

    Names are read where all animals were found and none touch: in contact, centers are too near
    to one another to tell who is meant.

    Args:
        truths: of every animal, of the same frames as the track.

    Raises:
        UserError: another number of animals or frames, or a truth that tells no contact.
    """
    animals, frames = track.valid.shape
    if len(truths) != animals or any(len(truth.heading) != frames for truth in truths):
        known = f"{len(truths)} animals in {len(truths[0].heading)} frames"
        raise UserError(
            f"validation: the track has {animals} animals in {frames} frames, the truth {known}; "
            "make both from the same video"
        )
    contacts = [truth.contact for truth in truths if truth.contact is not None]
    if len(contacts) < len(truths):
        raise UserError("validation: the truth tells no contact; render the video again")
    contact = np.any(contacts, axis=0)
    minutes = float(contact.sum() / truths[0].fps / 60)
    orders = list(itertools.permutations(range(animals)))
    places = np.stack([truth.centroid for truth in truths])
    off = np.linalg.norm(track.centroid[:, None] - places[None], axis=-1)  # track, truth, frame
    cost = np.array([sum(off[k, t] for k, t in enumerate(order)) for order in orders])
    (told,) = np.nonzero(~contact & np.isfinite(cost).all(0))
    if not len(told):
        return Names(orders[0], 0, 0, minutes)
    state = cost[:, told].argmin(0)
    changed = np.flatnonzero(np.diff(state))
    # contacts before each frame, so that a difference tells one in between
    before = np.cumsum(contact)
    between = before[told[changed + 1]] > before[told[changed]]
    common = int(np.bincount(state, minlength=len(orders)).argmax())
    return Names(
        order=orders[common],
        apart=int((~between).sum()),
        contact=int(between.sum()),
        minutes=minutes,
    )
