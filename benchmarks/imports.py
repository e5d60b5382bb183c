"""Processor time that the imports of each workflow script take, beside those of another commit.

    .venv/bin/python benchmarks/imports.py COMMIT [--rounds 3] [SCRIPT ...]

Both trees take turns, each script's import lines and the names that it takes from the modules in a
fresh process; the least of some rounds counts, user and system time together.  A job's own work is
not in it, nor what its functions import when they run.
"""

import argparse
import ast
import compileall
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from table import show

HEADER = ("script", "now, s", "then, s", "ratio")


def tree(commit: str, folder: Path) -> Path:
    """The package and scripts of a commit, unpacked."""
    packed = subprocess.run(
        ["git", "archive", commit, "leap_core", "scripts"], check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    compileall.compile_dir(folder, quiet=1)
    return folder


def import_lines(script: Path) -> str:
    """The imports at the top of a script, and the names that it takes from them, as code."""
    whole = ast.parse(script.read_text(encoding="utf-8"))
    lines = [ast.unparse(s) for s in whole.body if isinstance(s, ast.Import | ast.ImportFrom)]
    uses = [n for n in ast.walk(whole) if isinstance(n, ast.Attribute)]
    known = {a.asname or a.name for s in whole.body for a in getattr(s, "names", [])}
    taken = {ast.unparse(n) for n in uses if isinstance(n.value, ast.Name) and n.value.id in known}
    return "\n".join([*lines, *sorted(taken)])


def seconds(root: Path, code: str) -> float:
    """User and system time of a process that runs ``code`` with the package of ``root``."""
    environment = os.environ | {"PYTHONPATH": str(root), "TF_CPP_MIN_LOG_LEVEL": "3"}
    arguments = [sys.executable, "-P", "-c", code]
    process = os.posix_spawn(arguments[0], arguments, environment)
    _, status, used = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{root}: fails:\n{code}")
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="to compare with")
    parser.add_argument("scripts", nargs="*", type=Path, help="paths from the checkout (all)")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_intermixed_args()
    scripts = options.scripts or sorted(Path("scripts").rglob("*.py"))
    with tempfile.TemporaryDirectory() as folder:
        roots = [Path.cwd(), tree(options.commit, Path(folder))]
        scripts = [s for s in scripts if (roots[1] / s).exists()]
        codes = {s: [import_lines(root / s) for root in roots] for s in scripts}
        # scripts with the same lines are measured once
        least = {code: [float("inf")] * 2 for pair in codes.values() for code in pair}
        for _ in range(options.rounds):
            for pair in {tuple(pair): pair for pair in codes.values()}.values():
                for k, (root, code) in enumerate(zip(roots, pair, strict=True)):
                    least[code][k] = min(least[code][k], seconds(root, code))
    rows = []
    for script, (now, then) in codes.items():
        a, b = least[now][0], least[then][1]
        rows.append((str(script), a, b, a / b))
    sums = [sum(row[k] for row in rows) for k in (1, 2)]
    show("imports", [*rows, ("all", *sums, sums[0] / sums[1])], HEADER)


if __name__ == "__main__":
    main()
