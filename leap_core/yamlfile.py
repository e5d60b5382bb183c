"""Reading YAML that people write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from leap_core.errors import UserError


def read(path: str | Path, kind: str, hint: str) -> Any:
    """The content of a YAML file, safely loaded.

    Args:
        kind: what the file should be, for messages ("config", "skeleton").
        hint: where to look when there is no such file.

    Raises:
        UserError: missing file, no text, or broken YAML.
    """
    path = Path(path)
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such {kind} file; see {hint}") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML ({error})") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a readable text file ({error})") from error
