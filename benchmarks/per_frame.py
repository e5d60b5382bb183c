"""What every stage takes for a frame, from the raw video to the map: beside an older version.

    .venv/bin/python benchmarks/per_frame.py [--frames 12000] [--before CHECKOUT]
    .venv/bin/python benchmarks/per_frame.py --lengths 2000 6000 12000 24000

The demo's config is run with three flies of so many frames, boxes of 200 x 200 px, by Snakemake on
all cores, in a copy of this checkout, with ``--before`` also in one of the other, with the same
packages; seconds are those of the stage's jobs, the start of their programs included.  Jobs run
beside one another, as a user's do, so that seconds of the clock are their sum and not the run's
length.  Training and what does not grow with frames is told apart.  ``--lengths`` runs this
version only, and draws docs/images/per_frame.png.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import yaml
from matplotlib.figure import Figure
from table import show

from leap_core.figures import style
from leap_core.io import video
from leap_core.pose import networks, openvino_engine, runtime

ROOT = Path(__file__).resolve().parents[1]
STAGES = {
    "audit": ("audit",),
    "track": ("track", "correct", "check_track"),
    "crop": ("crop",),
    "predict": ("predict", "gather"),
    "channels": ("behavior_channels",),
    "project": ("behavior_project",),
}
DECODED = ("audit", "track", "crop")  # cannot be faster than reading the video
ALL, LEARNING = "all that grow with frames", "train"
# into every Python that the run starts: scripts of both versions tell what they took the same way
TELLS = """
import atexit, json, os, sys, time
def tell(start=time.monotonic()):
    line = json.dumps([sys.argv[0], sum(os.times()[:4]), time.monotonic() - start]) + "\\n"
    with open(os.environ["LEAP_BENCHMARK"], "ab", buffering=0) as file:
        file.write(line.encode())
atexit.register(tell)
"""


class Run:
    """One run of the line.

    Attributes:
        cpu, wall: script -> seconds of all of its jobs.
        measures: of its validation.json, name -> value.
        video: one of its videos.
    """

    def __init__(self, checkout: Path, frames: int, folder: Path):
        copy = folder / "copy"
        with tempfile.TemporaryDirectory() as beside:
            tree = Path(beside) / "tree.tar"
            subprocess.run(["git", "archive", "-o", str(tree), "HEAD"], cwd=checkout, check=True)
            copy.mkdir(parents=True)
            subprocess.run(["tar", "-xf", str(tree)], cwd=copy, check=True)
        (copy / "sitecustomize.py").write_text(TELLS, encoding="utf-8")
        config = yaml.safe_load((copy / "config" / "config.yaml").read_text(encoding="utf-8"))
        config["synthetic"]["frames"] = frames
        config["dataset"] = "per_frame"
        path = folder / "per_frame.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        told = folder / "told.jsonl"
        out = Path("results", "per_frame")
        command = [sys.executable, "-m", "snakemake", "--cores", "all", "--quiet", "all"]
        begun = time.monotonic()
        subprocess.run(
            [*command, "--configfile", str(path), "--", str(out / "validation.json")],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(copy), "LEAP_BENCHMARK": str(told)},
            check=True,
        )
        self.length = time.monotonic() - begun
        self.cpu: dict[str, float] = defaultdict(float)
        self.wall: dict[str, float] = defaultdict(float)
        for line in told.read_text(encoding="utf-8").splitlines():
            program, cpu, wall = json.loads(line)
            if found := re.search(r"\.(\w+)\.py$", program):
                self.cpu[found[1]] += cpu
                self.wall[found[1]] += wall
        text = (copy / out / "validation.json").read_text(encoding="utf-8")
        self.measures = {name: each["value"] for name, each in json.loads(text).items()}
        self.video = copy / out / "synthetic" / "fly1.mp4"

    def seconds(self, stage: str, kind: str = "cpu") -> float:
        """Of the processor, or with ``wall`` of the clock."""
        if stage == ALL:
            return sum(self.seconds(each, kind) for each in STAGES)
        return sum(getattr(self, kind)[script] for script in STAGES.get(stage, (stage,)))


def decoding(path: Path) -> float:
    """Milliseconds of the processor that a frame of a video takes to be read."""
    begun, frames = time.process_time(), 0
    for _ in video.read_frames(path):
        frames += 1
    return 1000 * (time.process_time() - begun) / frames


def multiplying(side: int = 96) -> float:
    """Milliseconds of the processor for the multiplications of the demo's network.

    At the rate of a product of large matrices in one thread, in the precision of the prediction:
    what no convolution that multiplies everything is faster than.
    """
    openvino = openvino_engine.library()
    work = networks.multiply_adds(networks.build("leap_cnn", 32, 16), side, side)
    ops, number = openvino.opset13, np.random.default_rng(0).random((2048, 2048), np.float32)
    given = ops.parameter(number.shape, np.float32)
    product = openvino.Model([ops.matmul(given, ops.constant(number), False, False)], [given], "m")
    precision = "bf16" if runtime.processor_has_bfloat16() else "f32"
    how = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": 1}
    request = openvino.Core().compile_model(product, "CPU", how).create_infer_request()
    request.infer([number])
    begun = time.process_time()
    for _ in range(8):
        request.infer([number])
    return 1000 * work * (time.process_time() - begun) / (8 * 2048**3)


def rows(now: Run, before: Run | None, frames: int) -> list[tuple]:
    """Lines of the table, milliseconds a frame."""
    limits = dict.fromkeys(DECODED, decoding(now.video)) | {"predict": multiplying()}
    lines = []
    for stage in (*STAGES, ALL, LEARNING):
        line: list = [stage]
        for run in (before, now):
            for kind in ("cpu", "wall"):
                line.append(1000 * run.seconds(stage, kind) / frames if run else None)
        _, cpu_before, wall_before, cpu, wall = line
        ratios = [a / b if a and b else None for a, b in ((cpu_before, cpu), (wall_before, wall))]
        limit = limits.get(stage)
        lines.append((*line, *ratios, limit, f"{limit / cpu:.0%}" if limit and cpu else None))
    return lines


@style.styled
def draw(runs: dict[int, Run]) -> Figure:
    """Processor seconds of every stage over frames; dotted, what the most frames took for each."""
    fig = style.figure(style.SINGLE, 75)
    ax = fig.subplots()
    counts = np.array(sorted(runs))
    taken = {stage: [runs[n].seconds(stage) for n in counts] for stage in (ALL, *STAGES)}
    for color, stage in zip(style.CYCLE, sorted(taken, key=lambda s: -taken[s][-1]), strict=False):
        ax.plot(counts, taken[stage], "o-", ms=3, lw=1, color=color, label=stage)
        ax.plot([0, counts[-1]], [0, taken[stage][-1]], ":", lw=0.8, color=color)
    ax.set_xticks(counts, [f"{count:,}" for count in counts], rotation=45, ha="right")
    ax.set(xlim=(0, 1.03 * counts[-1]), ylim=(0, None))
    ax.set(xlabel="frames", ylabel="processor time (s)")
    ax.legend(loc="upper left", fontsize=style.SMALL)
    return fig


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=12000, help="of each of the three flies")
    parser.add_argument("--before", type=Path, help="checkout of an older version")
    parser.add_argument("--lengths", type=int, nargs="+", help="frames of each fly, and a figure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.lengths:
            runs = {3 * n: Run(ROOT, n, Path(folder) / str(n)) for n in options.lengths}
            draw(runs).savefig(ROOT / "docs" / "images" / "per_frame.png", dpi=200)
            lines = [
                (count, *(1000 * run.seconds(stage) / count for stage in (*STAGES, ALL)))
                for count, run in runs.items()
            ]
            show("Processor time, ms a frame", lines, ("frames", *STAGES, ALL))
            return
        before = options.before and Run(options.before, options.frames, Path(folder) / "before")
        now = Run(ROOT, options.frames, Path(folder) / "now")
        names = ("cpu before", "clock before", "cpu", "clock", "ratio cpu", "ratio clock")
        show(
            f"{3 * options.frames:,} frames, ms a frame",
            rows(now, before, 3 * options.frames),
            ("stage", *names, "limit (cpu)", "reached"),
        )
        for run, name in ((before, "before"), (now, "now")):
            if run:
                print(f"{name}: {run.length:.0f} s, {run.measures}")


if __name__ == "__main__":
    cv2.setNumThreads(1)
    main()
