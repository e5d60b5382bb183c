"""All labels over one another, and which of them look wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from aiohttp import web

from leap_core import containers
from leap_core.errors import UserError
from leap_core.labels import placing, reporting
from leap_core.labels.placing import Place
from leap_core.web.incoming import Refused
from leap_core.web.label import view
from leap_core.web.label.session import Session

MEAN_CROPS = 100  # crops that the picture beneath the labels is the mean of, at most
GATHERED = 3  # suspects of one kind in one frame, from which on they are told in one line
SAID = {  # kind -> what is said of several parts
    "left/right": "lie where their partners belong",
    "outlier": "lie far from their usual places",
    "outside": "lie outside of the crop as it is cut now",
}


Placed = dict[str, dict[str, np.ndarray]]  # as of view.on_crops


def rows(placed: Placed) -> list[dict[str, Any]]:
    """Each labeled item with its points, px of its crop."""
    return [
        {"key": key, "points": {part: at.round(2).tolist() for part, at in points.items()}}
        for key, points in placed.items()
    ]


def suspects(session: Session, placed: Placed) -> list[dict[str, Any]]:
    """What the report of a label import suspects, each with the item that it is about.

    Keys: ``kind`` (outside, duplicate, left/right, outlier, same place), ``key``, ``part`` where
    it is about one, ``parts``, ``text``.

    Raises:
        UserError: crops are of different sizes, or damaged.
    """
    if not placed:
        return []
    labels, _ = placing.to_labels(
        session.labels, session.places, session.skeleton, session.crops_of
    )
    facts = reporting.report(labels)
    named = {
        (place.recording, session.items[key].frame): key
        for key, place in session.places.items()
        if isinstance(place, Place) and session.items[key].points
    }

    def about(kind: str, row: dict[str, Any], text: str) -> dict[str, Any]:
        part = row["part"]
        key = named[row["source"], row["row"]]
        return {"kind": kind, "key": key, "part": part, "parts": [part], "text": text}

    found = _outside(session, placed)
    found += [
        about("left/right", row, f"{row['part']} lies where {row['partner']} belongs")
        for row in facts["swapped"]
    ]
    found += [
        about(
            "outlier",
            row,
            f"{row['part']} is {row['away']:g} times as far from its usual place as is typical",
        )
        for row in facts["outliers"]
    ]
    found = _gathered(found, session.skeleton.axis)
    for same in facts["duplicates"]:
        keys = [named[row["source"], row["row"]] for row in same]
        text = f"the same picture as {', '.join(keys[1:])}"
        found.append({"kind": "duplicate", "key": keys[0], "part": None, "parts": [], "text": text})
    for pair in facts["coincident"]:
        parts = pair["parts"]
        text = f"{' and '.join(parts)} lie on one another in {pair['share']:.0%} of the frames"
        found.append(
            {"kind": "same place", "key": None, "part": parts[0], "parts": parts, "text": text}
        )
    return found


def _outside(session: Session, placed: Placed) -> list[dict[str, Any]]:
    """Labels that the crop, as it is cut now, does not hold."""
    found = []
    for key, points in placed.items():
        place = session.place(key)
        for part, (x, y) in points.items():
            if not (-0.5 <= x <= place.size - 0.5 and -0.5 <= y <= place.size - 0.5):
                text = f"{part} lies outside of the crop as it is cut now ({x:.1f}, {y:.1f})"
                row = {"kind": "outside", "key": key, "part": part, "parts": [part], "text": text}
                found.append(row)
    return found


def _gathered(found: list[dict[str, Any]], axis: tuple[str, str] | None) -> list[dict[str, Any]]:
    """One line where the same is said of many parts of a frame, as after a whole pose mirrored.

    A wrong end of the axis, from which places are measured, makes all other parts look wrong.
    """
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in found:
        groups.setdefault((row["kind"], row["key"]), []).append(row)
    told = []
    for (kind, key), group in groups.items():
        if len(group) < GATHERED:
            told += group
            continue
        parts = [row["part"] for row in group]
        text = f"{len(parts)} parts {SAID[kind]}: {', '.join(parts)}"
        if axis and kind != "outside":
            text += f"; or {' or '.join(axis)} does, from which they are measured"
        told.append({"kind": kind, "key": key, "part": parts[0], "parts": parts, "text": text})
    return told


def notes(session: Session, placed: Placed) -> list[str]:
    """What the suspects cannot tell here, and why."""
    found = []
    count = len(placed)
    if session.skeleton.axis is None:
        found.append(
            "Left and right, and parts far off, are not looked for: the skeleton names no axis "
            "(tail and head)."
        )
    elif 0 < count < reporting.ENOUGH_FOR_ODD:
        found.append(
            f"Parts far off are told from {reporting.ENOUGH_FOR_ODD} labeled frames on, left and "
            f"right from {reporting.ENOUGH_ROWS} on."
        )
    gone = sum(
        bool(item.points) and not isinstance(session.places[key], Place)
        for key, item in session.items.items()
    )
    if gone:
        found.append(f"{gone} labeled frames have no crop now and are not shown.")
    return found


def mean_crop(session: Session) -> bytes:
    """The mean of labeled crops, as PNG: what the labels lie on.

    Raises:
        Refused: nothing is labeled.
    """
    places = [session.place(key) for key in view.on_crops(session)]
    if not places:
        raise Refused(404, "no frame is labeled yet")
    chosen = [places[k] for k in range(0, len(places), -(-len(places) // MEAN_CROPS))]
    total = np.zeros((view.size(session),) * 2)
    count = 0
    for image in _images(session, chosen):
        if image.shape == total.shape:
            total += image
            count += 1
    return cv2.imencode(".png", np.round(total / max(count, 1)).astype(np.uint8))[1].tobytes()


def _images(session: Session, places: list[Place]) -> Iterable[np.ndarray]:
    for name in sorted({place.recording for place in places}):
        with containers.open_crops(session.crops_of(name)) as reader:
            for place in places:
                if place.recording == name:
                    image = np.asarray(reader.images[place.row])
                    yield image[..., 0] if image.ndim == 3 else image


def answer(session: Session) -> dict[str, Any]:
    """What the page draws."""
    session.follow()
    placed = view.on_crops(session)
    told = notes(session, placed)
    try:
        odd = suspects(session, placed)
    except UserError as error:
        odd, told = [], [f"Nothing is looked for: {error}", *told]
    return {
        "size": view.size(session),
        "parts": session.skeleton.parts,
        "rows": rows(placed),
        "suspects": odd,
        "notes": told,
    }


def handlers(page: Any) -> list[web.RouteDef]:
    """Those of this view."""

    async def check(request: web.Request) -> web.Response:
        return await page.computed(answer)

    async def mean(request: web.Request) -> web.Response:
        return await page.picture(mean_crop)

    return [web.get("/api/check", check), web.get("/api/check/mean.png", mean)]
