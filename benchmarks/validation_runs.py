"""How far each measure of validation spreads over new flies and over trainings.

    .venv/bin/python benchmarks/validation_runs.py [--flies SEED ...] [--trainings SEED ...]

The demo with more flies that are never labeled: each training goes through the whole workflow, from
raw video to behavior map.  Tables of runs that are done stay in results/<dataset>/runs, and an
interrupted benchmark goes on with the next.  --write puts the table into docs/validation.md.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from table import markdown, put, show

from leap_core.validation import keys

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "validation.md"
HEAD = ("measure", "target", "mean", "sd", "worst", "best", "met by", "by training")


def main() -> None:
    """Run what is not there yet, then show all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=ROOT / "config" / "config.yaml")
    parser.add_argument("--flies", type=int, nargs="+", default=list(range(1001, 1011)))
    parser.add_argument("--trainings", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--cores", default="all")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    options = parser.parse_args()
    tables = [one(options, seed) for seed in options.trainings]
    rows = spread(pd.concat(tables, ignore_index=True))
    show("validation over flies and trainings", rows, HEAD)
    if options.write:
        named = [(f"`{row[0]}`", *row[1:]) for row in rows]
        put(PAGE, "validation_runs.py", markdown(named, HEAD))


def one(options: argparse.Namespace, seed: int) -> pd.DataFrame:
    """The measures of every fly after one training; ``training`` is a column of its own."""
    whole = yaml.safe_load(options.config.read_text(encoding="utf-8"))
    whole["dataset"] += "_runs"
    whole["seed"] = seed
    new = [{"id": f"new{fly}", "synthetic": fly, "px_per_mm": 35} for fly in options.flies]
    labeled, was = whole["labels"]["truth_videos"], len(whole["videos"])
    whole["videos"] = [v for v in whole["videos"] if v["id"] in labeled] + new
    # as many frames of each fly to label as in the demo
    whole["sampling"]["per_cluster"] *= -(-len(whole["videos"]) // was)
    folder = ROOT / "results" / whole["dataset"]
    kept = folder / "runs" / f"{seed}_{'_'.join(map(str, options.flies))}.csv"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        asked = kept.with_suffix(".yaml")
        asked.write_text(yaml.safe_dump(whole), encoding="utf-8")
        made = folder / "validation.csv"
        command = [sys.executable, "-m", "snakemake", "--cores", options.cores]
        subprocess.run(
            [*command, str(made.relative_to(ROOT)), "--configfile", str(asked)],
            cwd=ROOT, check=True,
        )  # fmt: skip
        shutil.copyfile(made, kept)
    table = pd.read_csv(kept)
    return table[table["labeled"] == "no"].assign(training=seed)


def spread(table: pd.DataFrame) -> list[tuple]:
    """A row for each measure with different values: of all flies in all trainings.

    ``by training``: the means over the flies, one after the other.
    """
    rows = []
    for key in keys.of_animals():
        own = table[(table["key"] == key.name) & table["value"].notna()]
        values = own["value"].to_numpy()
        if not len(values):
            continue
        order = np.argsort(np.abs(values) if key.better != "higher" else -values)
        met = [key.verdict(v) for v in values]
        shares = " ".join(number(v) for v in own.groupby("training")["value"].mean())
        rows.append((
            key.name, "" if key.target is None else f"{key.target:g}", number(values.mean()),
            number(values.std(ddof=1)), number(values[order[-1]]), number(values[order[0]]),
            "" if key.target is None else f"{sum(map(bool, met))} of {len(met)}", shares,
        ))  # fmt: skip
    return rows


def number(value: float) -> str:
    """Three digits behind the point, fewer where they say nothing.

    >>> number(0.97), number(-0.3751), number(0)
    ('0.97', '-0.375', '0')
    """
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else "0"


if __name__ == "__main__":
    main()
