"""Reading YAML that people write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from leap_core.errors import UserError
from leap_core.io import untrusted

LONGEST_BYTES = 1 << 22  # bytes
MOST_VALUES = 100_000  # values, an alias counted as what it stands for


def read(path: str | Path, kind: str, hint: str) -> Any:
    """The content of a YAML file, safely loaded.

    Args:
        kind: what the file should be, for messages ("config", "skeleton").
        hint: where to look when there is no such file.

    Raises:
        UserError: missing file, no text, broken YAML, or more than anybody writes.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LONGEST_BYTES + 1)
        if len(text) > LONGEST_BYTES:
            raise UserError(f"{path}: is too long for a {kind}; see {hint}")
        with untrusted.reading(path, "YAML file", f"see {hint}", (RecursionError, ValueError)):
            node = yaml.compose(text, yaml.SafeLoader)
            # aliases of aliases of aliases: a few lines can stand for a full memory
            if node is not None and _size(node, {}) > MOST_VALUES:
                raise UserError(f"{path}: its aliases stand for too many values; write them out")
            return yaml.safe_load(text)
    except FileNotFoundError:
        raise UserError(f"{path}: no such {kind} file; see {hint}") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML ({error})") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a readable text file ({error})") from error


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node stands for; ValueError when it contains itself."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = -1
        mapping = isinstance(node, yaml.MappingNode)
        inner = [one for pair in node.value for one in pair] if mapping else node.value
        known[id(node)] = 1 + sum(_size(one, known) for one in inner)
    elif known[id(node)] < 0:
        raise ValueError("a value contains itself")
    return known[id(node)]
