"""What any page sends, checked: nothing of it is taken on trust."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from leap_core.errors import UserError

LONGEST_ID, LONGEST_NAME = 64, 60


class Refused(Exception):
    """What is not carried out: HTTP status, what to say, and what the page should know."""

    def __init__(self, status: int, error: str, **more: Any):
        super().__init__(error)
        self.status, self.answer = status, {"error": error, **more}


async def json_object(request: web.Request) -> dict[str, Any]:
    """What was sent, a JSON object."""
    try:
        value = await request.json()
        json.dumps(value, ensure_ascii=False).encode()  # halves of characters are no text
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused(400, "expected a JSON object")
    return value


def edit_id(body: dict[str, Any]) -> str:
    """The name of an edit, by which one that is sent again counts once."""
    id = body.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= LONGEST_ID:
        raise Refused(400, "an edit without an id; reload the page")
    return id


def person(body: dict[str, Any]) -> str:
    """Who has made an edit."""
    return str(body.get("by") or "")[:LONGEST_NAME]


def cell(value: Any, digits: int, what: str) -> str:
    """A value as it will stand in a table: numbers with so many digits, None as an empty cell.

    Args:
        what: is sent, in messages.

    Raises:
        UserError: it is none that a table holds.
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.{digits}f}"
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise UserError(f"{what}: {str(value)[:40]!r} is no cell of a table; reload the page")
    return str(value)
