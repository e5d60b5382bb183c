"""All labels over one another, and which of them look wrong."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from leap_core.errors import UserError
from leap_core.labels import placing, reporting
from leap_core.web.label import view
from leap_core.web.label.session import Session


def rows(session: Session) -> list[dict[str, Any]]:
    """Each labeled item with its points, px of its crop."""
    return [
        {"key": key, "points": {part: at.round(2).tolist() for part, at in points.items()}}
        for key, points in view.on_crops(session).items()
    ]


def suspects(session: Session) -> list[dict[str, Any]]:
    """What the report of a label import suspects, each with the item that it is about.

    Keys: ``kind`` (outside, duplicate, left/right, outlier, same place), ``key``, ``part`` where
    it is about one, ``text``.
    """
    try:
        labels, _ = placing.to_labels(
            session.labels, session.places, session.skeleton, session.crops_of
        )
    except UserError:
        return []  # nothing is labeled yet
    facts = reporting.report(labels)
    named = {
        (place.recording, session.items[key].frame): key
        for key, place in session.places.items()
        if isinstance(place, placing.Place)
    }

    def about(kind: str, row: dict[str, Any], text: str, part: str | None = None):
        return {"kind": kind, "key": named[row["source"], row["row"]], "part": part, "text": text}

    found = [
        about("left/right", row, f"{row['part']} lies where {row['partner']} belongs", row["part"])
        for row in facts["swapped"]
    ]
    found += [
        about(
            "outlier",
            row,
            f"{row['part']} is {row['away']:g} times as far from its usual place as is typical",
            row["part"],
        )
        for row in facts["outliers"]
    ]
    for same in facts["duplicates"]:
        keys = [named[row["source"], row["row"]] for row in same]
        text = f"the same picture as {', '.join(keys[1:])}"
        found.append({"kind": "duplicate", "key": keys[0], "part": None, "text": text})
    found += _outside(session)
    return found + [
        {"kind": "same place", "key": None, "part": pair["parts"][0], "text": text}
        for pair in facts["coincident"]
        if (text := f"{' and '.join(pair['parts'])} lie on one another in {pair['share']:.0%}")
    ]


def _outside(session: Session) -> list[dict[str, Any]]:
    """Labels that the crop, as it is cut now, does not hold."""
    found = []
    for key, points in view.on_crops(session).items():
        place = session.place(key)
        for part, (x, y) in points.items():
            if not (-0.5 <= x <= place.size - 0.5 and -0.5 <= y <= place.size - 0.5):
                text = f"{part} lies outside of the crop as it is cut now ({x:.1f}, {y:.1f})"
                found.append({"kind": "outside", "key": key, "part": part, "text": text})
    return found


def answer(session: Session) -> dict[str, Any]:
    """What the page draws."""
    return {
        "size": view.size(session),
        "parts": session.skeleton.parts,
        "rows": rows(session),
        "suspects": suspects(session),
    }


def handlers(page: Any) -> list[web.RouteDef]:
    """Those of this view."""

    async def check(request: web.Request) -> web.Response:
        return await page.computed(answer)

    return [web.get("/api/check", check)]
