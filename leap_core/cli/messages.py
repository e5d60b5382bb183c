"""Every message of the program, read off its source, for the page of troubles."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import leap_core

# rooms in the order of the pipeline; what is in none of them comes first
ROOMS = {
    "config": "The config",
    "sources": "Raw files",
    "io": "Reading and writing files",
    "containers": "Files of the pipeline",
    "preprocess": "Video, tracks and crops",
    "labels": "Labels",
    "formats": "Files of other programs",
    "imported_poses": "Poses of other programs",
    "pose": "Networks, training and prediction",
    "gait": "Gait",
    "behavior": "Behavior",
    "groups": "Groups",
    "validation": "Comparison with the truth",
    "synthetic": "Synthetic animals",
    "figures": "Figures",
    "provenance": "Records and verification",
    "cli": "The leap command",
    "web": "The pages",
}


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        room: first name of its module below ``leap_core``.
        text: what it says; a value that is filled in stands as its name in angle brackets.
        remedy: what to do, the part after the last semicolon; empty where it says none.
    """

    room: str
    text: str
    remedy: str


def errors() -> list[Message]:
    """The text of every ``UserError`` that the package raises, in the order of the source.

    A text that is a variable, put together elsewhere, is left out.
    """
    found: dict[Message, None] = {}
    root = Path(leap_core.__file__).parent
    for path in sorted(root.rglob("*.py")):
        room = path.relative_to(root).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) == "UserError" and node.args:
                text = " ".join(_text(node.args[0]).split())
                if any(c.isalpha() for c in text.partition("<")[0] + text.partition(">")[2]):
                    # a semicolon within a value is none of the sentence
                    what, _, remedy = text.rpartition("; ")
                    found[Message(room, what or remedy, remedy if what else "")] = None
    return list(found)


def page() -> str:
    """Tables of all messages by where they come from (Markdown)."""
    out: list[str] = []
    by_room: dict[str, list[Message]] = {}
    for message in errors():
        title = ROOMS.get(message.room, "Anywhere")
        by_room.setdefault(title, []).append(message)
    for title in ["Anywhere", *ROOMS.values()]:
        if title in by_room:
            out += [f"### {title}", "", "| message | what to do |", "|---|---|"]
            rows = sorted({(_cell(m.text), _cell(m.remedy)) for m in by_room[title]})
            out += [*(f"| {text} | {remedy} |" for text, remedy in rows), ""]
    return "\n".join(out)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _text(node: ast.expr) -> str:
    """A text as it is written; ``<name>`` for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value) if isinstance(node.value, ast.JoinedStr) else _filled(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    return _filled(node)


def _filled(node: ast.expr) -> str:
    """The plainest name in an expression."""
    while isinstance(node, (ast.Call, ast.Subscript)):
        if isinstance(node, ast.Subscript):
            node = node.value
        else:
            method = isinstance(node.func, ast.Attribute) and not node.args
            node = node.func.value if method else (node.args or [node.func])[0]  # type: ignore
    name = _name(node)
    return f"<{name}>" if name else "<...>"


def _cell(text: str) -> str:
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;")):
        text = text.replace(sign, entity)
    parts = text.split("`")
    if any("&lt;" in code for code in parts[1::2]):  # code shows entities as they are typed
        parts = [text.replace("`", "\\`")]
    for k in range(0, len(parts), 2):
        for sign in "*_[":
            parts[k] = parts[k].replace(sign, "\\" + sign)
    return "`".join(parts)
