"""The ``leap clean`` command."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from leap_core import config
from leap_core.errors import UserError
from leap_core.planning.remakeable import KINDS

HELP = "remove large results that can be made again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap clean``."""
    parser.add_argument("--config", type=Path, required=True, help="dataset YAML")
    parser.add_argument(
        "--stage", nargs="+", choices=list(KINDS), default=list(KINDS), help="default: all"
    )
    parser.add_argument(
        "--undo", action="store_true", help="make what was removed again, and nothing after it"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--target", default="figures", help="what must stay as it is (default figures)"
    )


def run(options: argparse.Namespace) -> int:
    """List, ask, remove, and say what the workflow would do then; 1 where it would do more."""
    from leap_core.planning import jobs, remakeable, report

    settings = config.read(options.config)
    root = Path("results", settings.dataset)
    if not root.is_dir():
        raise UserError(f"{root}: no such folder: nothing was made yet; run the workflow first")
    remakeable.check_idle()
    if options.undo:
        return _undo(options, root)
    before = jobs.to_run(options.config, options.target)
    found = remakeable.find(root, before, options.stage, settings.recordings)
    for one in found:
        for_now = f"; {len(one.kept)} stay, {', '.join(one.needed_by)} will read them"
        print(
            f"{one.kind}: {len(one.files)} files, {report.gigabytes(one.bytes / 1e9)}"
            + (for_now if one.kept else "")
        )
        if one.files:
            print(f"  to make them again: {KINDS[one.kind].again}")
    whole = sum(one.bytes for one in found) / 1e9
    if not any(one.files for one in found):
        print("nothing to remove")
        return 0
    if not options.yes and not _agreed(f"remove {report.gigabytes(whole)} in {root}? [y/N] "):
        print("nothing was removed")
        return 0
    remakeable.check_idle()
    freed = sum(remakeable.remove(root, one) for one in found)
    print(f"removed {report.gigabytes(freed / 1e9)}; `leap clean --undo` makes results again")
    return _after(options, before)


def _undo(options: argparse.Namespace, root: Path) -> int:
    """Make removed files again; 1 where they are not what they were."""
    from leap_core.planning import jobs, remakeable

    gone = remakeable.removed(root)
    names = [name for name in gone if remakeable.matches(name, root) in options.stage]
    missing = [name for name in names if not Path(name).exists()]
    if not names:
        print("nothing was removed")
        return 0
    if missing:
        jobs.make(options.config, missing, sorted({gone[name].rule for name in names}))
    other = remakeable.restore(root, names)
    print(f"{len(names) - len(other)} files are as they were before")
    for name in other:
        print(f"WARNING: {name}: is another one than before; `snakemake` makes all after it again")
    return 1 if other else 0


def _after(options: argparse.Namespace, before: list) -> int:
    """What the workflow would run now, beside what it would have run before."""
    from leap_core.planning import jobs

    known = {job.log for job in before}
    more = [job for job in jobs.to_run(options.config, options.target) if job.log not in known]
    planned = f"{len(before)} jobs, as before" if before else "nothing to do"
    if not more:
        print(f"`snakemake {options.target}`: {planned}")
        return 0
    rules = ", ".join(sorted({job.rule for job in more}))
    print(f"`snakemake {options.target}`: {len(more)} jobs more than before ({rules})")
    return 1


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UserError("leap clean: nobody to ask here; give --yes to remove without asking")
    return input(question).strip().lower() in ("y", "yes")
