"""Peak memory of every stage at 1 x and 10 x video length: a table, and docs/images/memory.png.

    .venv/bin/python benchmarks/memory.py [frames]

Runs the small line of benchmarks/memory.yaml twice in results/memory_*, with ``frames`` (default
1000) and ten times as many.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from matplotlib.figure import Figure

from leap_core.figures import style
from leap_core.job import logged_memory

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ("figure_movie", "figure_poses")  # the figures that read images


def measure(frames: int) -> dict[str, float]:
    """Peak memory in MB of every rule, in the order in which they ran."""
    config = yaml.safe_load((ROOT / "benchmarks" / "memory.yaml").read_text(encoding="utf-8"))
    config["dataset"] = f"memory_{frames}"
    config["synthetic"]["frames"] = frames
    out = ROOT / "results" / config["dataset"]
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        command = [sys.executable, "-m", "snakemake", "figures", "--cores", "all"]
        subprocess.run([*command, "--configfile", str(path)], cwd=ROOT, check=True)
    return logged_memory(out / "logs")


@style.styled
def draw(short: dict[str, float], long: dict[str, float], frames: int) -> Figure:
    """Both lengths of every stage on one line, in the order in which they ran; then pictures."""
    rules = [r for r in short if not r.startswith("figure")]
    rules += [r for r in PICTURES if r in short]
    fig = style.figure(style.SINGLE, 16 + 3.4 * len(rules))
    ax = fig.subplots()
    for row, rule in enumerate(rules):
        ax.plot([short[rule], long[rule]], [row] * 2, color=style.GREY, lw=0.8, zorder=1)
    rows = range(len(rules))
    ax.scatter([short[r] for r in rules], rows, s=20, fc="white", ec=style.BLUE, lw=1.0,
               label=f"{frames:,} frames", zorder=3)  # fmt: skip
    ax.scatter([long[r] for r in rules], rows, s=8, color=style.VERMILLION, lw=0,
               label=f"{10 * frames:,} frames", zorder=4)  # fmt: skip
    ax.set_yticks(rows, [r.replace("_", " ") for r in rules], fontsize=style.SMALL)
    ax.set(ylim=(len(rules) - 0.4, -0.6), xlabel="peak memory (MB)")
    ax.set_xlim(0, 1.08 * max(*short.values(), *long.values()))
    ax.grid(axis="x", color=style.LIGHT, lw=0.4)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    fig.legend(loc="outside upper center", ncols=2)
    return fig


def main() -> None:
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    short, long = measure(frames), measure(10 * frames)
    print(f"{'peak memory, MB':28s}{frames:>8d}{10 * frames:>8d}  kB per frame more")
    for rule, peak in short.items():
        slope = 1000 * (long[rule] - peak) / (9 * frames)
        print(f"{rule:28s}{peak:8.0f}{long[rule]:8.0f}{slope:8.1f}")
    style.save(draw(short, long, frames), ROOT / "docs" / "images" / "memory.png")


if __name__ == "__main__":
    main()
