"""Which frames are to be labeled, in which order, and where each is shown now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from leap_core.containers import labels as containers
from leap_core.labels import placing
from leap_core.labels.edits import Item, LabelSet, key_of
from leap_core.labels.placing import Place


@dataclass
class Order:
    """The frames of a dataset that are to be labeled.

    Attributes:
        items: by key, those that nobody has seen yet included.
        places: key -> crop, or why there is none.
        keys: in the order in which to label them.
        clusters: key -> cluster of the sample, for those that are sampled.
    """

    items: dict[str, Item]
    places: dict[str, Place | str]
    keys: list[str]
    clusters: dict[str, int]


def arrange(
    found: LabelSet,
    sample: Path,
    recordings: Mapping[str, tuple[str, int]],
    crops_of: Callable[[str], Path],
    track_of: Callable[[str], Path],
) -> Order:
    """Frames that are no longer sampled come first, then the others as they are sampled.

    Args:
        sample: file of the sampled frames; it need not be there.
        recordings: name -> (video, animal).
        crops_of, track_of: files of a recording's crops and of a video's track.
    """

    def locate(items) -> dict[str, Place | str]:
        return placing.locate(items, recordings, crops_of, track_of)

    places = locate(found.items.values())
    order = Order(dict(found.items), places, [], {})
    shown = in_crops(order)
    fresh: dict[tuple[str, int, int], Item] = {}
    sampled = containers.sampled(sample) if sample.exists() else ([], [], [])
    chosen = [
        ((*recordings[name], frame), cluster)
        for name, frame, cluster in zip(*sampled, strict=True)
        if name in recordings
    ]
    for (video, animal, frame), _ in chosen:
        if (video, frame, animal) not in shown:
            fresh[video, frame, animal] = unseen(video, animal, frame)
    there = locate(fresh.values())
    for where, item in fresh.items():
        key = item.key
        if key in found.items:
            if isinstance(there[key], str):
                continue  # neither has a crop: it is the same frame
            item.key = free_key(key, order.items)  # the name went with another animal's labels
        order.items[item.key], places[item.key] = item, there[key]
        shown[where] = item.key
    keys = [
        shown.get((video, frame, animal), key_of(video, frame, animal))
        for (video, animal, frame), _ in chosen
    ]
    order.clusters = {key: cluster for key, (_, cluster) in zip(keys, chosen, strict=True)}
    order.keys = [key for key in found.items if key not in order.clusters]
    order.keys += list(dict.fromkeys(keys))
    return order


def in_crops(order: Order) -> dict[tuple[str, int, int], str]:
    """(video, frame, animal) -> the item that its crop shows."""
    return {
        (order.items[key].video, order.items[key].frame, place.animal): key
        for key, place in order.places.items()
        if isinstance(place, Place)
    }


def unseen(video: str, animal: int, frame: int) -> Item:
    """An item that nobody has opened: it is where its animal's crop is."""
    nowhere = (float("nan"), float("nan"))
    return Item(key_of(video, frame, animal), video, frame, animal, nowhere, float("nan"), 0)


def free_key(key: str, taken) -> str:
    """A key that no other item has.

    >>> free_key("fly1.20.0", {"fly1.20.0"})
    'fly1.20.0b'
    """
    while key in taken:
        key += "b"
    return key
