"""The same measurement on synthetic animals of several seeds, in processes of their own."""

import argparse
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


def measured_seeds(
    doc: str | None, measured: Callable[[int, int, Path], dict]
) -> tuple[argparse.Namespace, list[dict]]:
    """Options of the command line, and what ``measured(seed, frames, folder)`` gives of each."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    parser.add_argument("--frames", type=int, default=6000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, ProcessPoolExecutor(options.jobs) as pool:
        folder = options.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        jobs = [pool.submit(measured, seed, options.frames, folder) for seed in options.seeds]
        return options, [job.result() for job in jobs]
