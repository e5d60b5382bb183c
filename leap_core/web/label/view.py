"""What the page sees of a session: points in px of the crop that is shown."""

from __future__ import annotations

import hashlib
import socket
from dataclasses import asdict
from typing import Any

import numpy as np

from leap_core import geometry
from leap_core.labels import edits
from leap_core.labels.placing import Place
from leap_core.web.label.session import Session


def state(session: Session) -> dict[str, Any]:
    """All that the page needs to open."""
    session.follow()
    skeleton = session.skeleton
    folder = hashlib.sha256(f"{socket.gethostname()}:{session.folder.resolve()}".encode())
    return {
        # names what waits in a browser: never to be sent into another folder
        "space": f"{session.settings.dataset}.{folder.hexdigest()[:12]}",
        "dataset": session.settings.dataset,
        "skeleton": {
            "name": skeleton.name,
            "parts": skeleton.parts,
            "edges": skeleton.edges,
            "swap": skeleton.swap,
            "groups": skeleton.groups,
            "legs": skeleton.legs,
            "axis": skeleton.axis,
            "center": skeleton.center,
            "path": session.settings.skeleton,
        },
        "size": size(session),
        "recordings": list(session.recordings),
        "typical": typical(session),
        "items": [summary(session, key) for key in session.order],
        "model": session.model,
        "notes": session.notes,
    }


def size(session: Session) -> int:
    """Side of the crops, px."""
    sizes = [place.size for place in session.places.values() if isinstance(place, Place)]
    return max(sizes, default=session.settings.crop.size)


def summary(session: Session, key: str) -> dict[str, Any]:
    """The line of an item in the list."""
    item, place = session.items[key], session.places[key]
    parts = session.skeleton.parts
    open_parts = [
        point[2]
        for part, point in session.estimates.get(key, {}).items()
        if part not in item.points and part in parts
    ]
    states = [point.state for part, point in item.points.items() if part in parts]
    here = isinstance(place, Place)
    return {
        "key": key,
        "video": item.video,
        "recording": place.recording if isinstance(place, Place) else "",
        "frame": item.frame,
        "animal": place.animal if isinstance(place, Place) else item.animal,
        "cluster": session.clusters.get(key),
        "here": here,
        "why": "" if here else place,
        "revision": item.revision,
        "done": item.done,
        **{state: states.count(state) for state in edits.STATES},
        "estimated": len(open_parts),
        "confidence": round(min(open_parts), 4) if open_parts else None,
        "seconds": round(item.seconds, 1),
        "conflicts": len(item.conflicts),
    }


def item(session: Session, key: str) -> dict[str, Any]:
    """All of an item.

    Raises:
        Refused: no such item, or it has no crop now.
    """
    place, found = session.place(key), session.items[key]
    estimates = session.estimates.get(key, {})
    known = [
        part
        for part in estimates
        if part in session.skeleton.parts and session.seen(key, part, place)
    ]
    at = place.to_crop([estimates[part][:2] for part in known]) if known else np.zeros((0, 2))
    return {
        "key": key,
        "revision": found.revision,
        "done": found.done,
        "size": place.size,
        "model": session.model,
        "crop": [*place.center, place.heading, place.size],
        "points": _on_crop({k: asdict(p) for k, p in found.points.items()}, place),
        "estimates": {
            part: {"x": _round(x), "y": _round(y), "confidence": estimates[part][2]}
            for part, (x, y) in zip(known, at, strict=True)
        },
        "conflicts": [c | {"points": _on_crop(c["points"], place)} for c in found.conflicts],
        "seconds": round(found.seconds, 1),
    }


def on_crops(session: Session) -> dict[str, dict[str, np.ndarray]]:
    """Key -> part -> (x, y) px of the crop, of all that is placed."""
    parts = set(session.skeleton.parts)
    by_size: dict[int, list[tuple[str, str, Any, Any, Place]]] = {}
    for key, labeled in session.items.items():
        place = session.places[key]
        if isinstance(place, Place):
            by_size.setdefault(place.size, []).extend(
                (key, part, point.x, point.y, place)
                for part, point in labeled.points.items()
                if point.x is not None and part in parts
            )
    found: dict[str, dict[str, np.ndarray]] = {}
    for side, rows in by_size.items():
        points = np.array([(x, y) for _, _, x, y, _ in rows], float).reshape(-1, 2)
        center = np.array([place.center for *_, place in rows], float).reshape(-1, 2)
        heading = np.array([place.heading for *_, place in rows], float)
        at = geometry.to_crop(points, center, heading, side)
        for (key, part, *_), xy in zip(rows, at, strict=True):
            found.setdefault(key, {})[part] = xy
    return found


def typical(session: Session) -> dict[str, list[float]]:
    """Where unset parts are shown at first, px of the crop: the median of the labels.

    Of parts without a label, the default pose of the skeleton.
    """
    middle = (size(session) - 1) / 2
    pose = {part: [middle + x, middle + y] for part, (x, y) in session.skeleton.pose.items()}
    found: dict[str, list[np.ndarray]] = {}
    for points in on_crops(session).values():
        for part, at in points.items():
            found.setdefault(part, []).append(at)
    medians = {part: np.median(at, axis=0).round(2).tolist() for part, at in found.items()}
    return pose | medians


def _on_crop(points: dict[str, Any], place: Place) -> dict[str, Any]:
    """Stored points with x and y in px of a crop."""
    found = {}
    for part, point in points.items():
        if point is not None and point["x"] is not None:
            x, y = place.to_crop([[point["x"], point["y"]]])[0]
            point = point | {"x": _round(x), "y": _round(y)}
        found[part] = point
    return found


def _round(value: float) -> float:
    return round(float(value), 4)
