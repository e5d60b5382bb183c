"""Which files of code a script's result depends on, read off its imports."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from leap_core.provenance import hashes

# What every job uses, whatever is computed.  These modules stand in every record, but an edit of
# them runs nothing again: else a word in an error would remake all.
GROUND = (
    *("io", "config", "containers", "provenance", "cli", "errors", "job", "skeleton"),
    *("threads", "environment"),
)
# decoded pixels, and which frame each picture is, are part of a result
BUT = (
    *("io/video", "io/frame_list", "io/frame_times", "io/losses", "io/chains", "io/packets"),
    *("io/h264", "io/images", "io/pixels", "io/shown", "io/films", "io/decoding"),
    *("io/readers/opening", "io/readers/shared", "io/readers/folder", "io/readers/numbered"),
    *("io/readers/tiff", "io/readers/tiff_pages", "io/readers/arrays", "io/readers/npy"),
    *("io/readers/hdf5_stack", "io/readers/fmf", "io/readers/ufmf", "io/readers/ufmf_index"),
    *("io/readers/listed", "io/readers/footage_list", "io/readers/avi16", "io/readers/stacks"),
)
DATA = (".csv", ".json")


def behind(script: str | Path, package: str | Path = "leap_core") -> list[str]:
    """A script and the modules of the package that it imports, directly or not.

    Modules of the ground floor (:data:`GROUND`) are left out, with what they import in turn.
    Imports inside functions count; those for type checkers only do, too.  So does a table that a
    module names and that lies beside it.

    Args:
        script: a Python file.
        package: the folder ``leap_core``, as the paths in the answer should name it.

    Returns:
        Sorted paths.

    Raises:
        ValueError: the script takes a name from a package's face (``from leap_core.gait import
            analyse``), which does not tell the module behind it.
    """
    package = Path(package)
    found, waiting = {Path(script)}, [Path(script)]
    while waiting:
        path = waiting.pop()
        names, data = _used(path, path.stat().st_mtime_ns)
        found.update(path.with_name(name) for name in data)
        for name in names:
            module = _module(name, package)
            if module is None:
                raise ValueError(f"{path}: imports {name} from a package's face; name its module")
            inner = module.relative_to(package).with_suffix("")
            ground = inner.parts[0] in GROUND and inner.as_posix() not in BUT
            if not ground and module.name != "__init__.py" and module not in found:
                found.add(module)
                waiting.append(module)
    return sorted(path.as_posix() for path in found)


def stated(roots: Iterable[str], checkout: str | Path = ".") -> dict[str, Any]:
    """Which code a result depends on, in a few words that change when the code does.

    Args:
        roots: Python files, as seen from the checkout.
        checkout: the folder that holds ``leap_core`` and ``scripts``.

    Returns:
        ``roots``, and ``sha256`` of the names and the content of these files and all behind them.
    """
    statement: dict[str, Any] = {"roots": list(roots)}
    found = {Path(file) for file in files(statement, checkout)}
    told = {f.relative_to(checkout).as_posix(): hashes.file_sha256(f) for f in found}
    return statement | {"sha256": hashes.value_sha256(told)}


def files(statement: dict[str, Any], checkout: str | Path = ".") -> list[str]:
    """The files of a statement (:func:`stated`), as they are behind its roots now."""
    folder = Path(checkout)
    named = [behind(folder / root, folder / "leap_core") for root in statement["roots"]]
    return sorted({path for paths in named for path in paths})


def _module(name: str, package: Path) -> Path | None:
    """The file of an imported name: a module, or the one that defines a symbol."""
    parts = name.split(".")[1:]
    for depth in (len(parts), len(parts) - 1):
        inner = package.joinpath(*parts[:depth])
        if inner.with_suffix(".py").is_file() and depth:
            return inner.with_suffix(".py")
        # a package itself, or a name of a ground package's face
        if (inner / "__init__.py").is_file() and (depth == len(parts) or parts[0] in GROUND):
            return inner / "__init__.py"
    return None


@functools.cache
def _used(path: Path, changed_ns: int) -> tuple[list[str], list[str]]:
    """Dotted names that a file takes from the package, and the data files beside it that it names.

    Remembered until the file changes: many rules of a workflow share modules.
    """
    names: list[str] = []
    data: list[str] = []
    beside = {p.name for p in path.parent.iterdir() if p.suffix in DATA}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "leap_core":
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and node.value in beside:
            data.append(node.value)
    return names, data
