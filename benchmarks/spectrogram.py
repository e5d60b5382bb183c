"""Speed and memory of the spectrograms: 62 channels x 25 frequencies at 100 Hz, one table.

    .venv/bin/python benchmarks/spectrogram.py

Two lengths, each in its own process that reads its channels from an HDF5 file block by block.
Times are the best of three; PyWavelets runs on two channels, times 31, as it is called by
default: on double precision numbers and with its own choice of method.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
import pywt
from table import show

from leap_core import job
from leap_core.behavior.wavelets import amplitude_blocks, frequency_axis, scales

SHORT, LONG, DATASET = 60_000, 360_000, 21_000_000
CHANNELS, FPS = 62, 100.0
FREQUENCIES = frequency_axis(1, 50, 25, FPS)
BLOCK = 1024


def noise(frames: int, channels: int) -> np.ndarray:
    return np.random.default_rng(frames).standard_normal((frames, channels), np.float32)


def best(run, times: int = 3) -> tuple[float, float]:
    """Wall and processor seconds, each the least of several runs."""
    found = []
    for _ in range(times):
        start, used = time.perf_counter(), time.process_time()
        run()
        found.append((time.perf_counter() - start, time.process_time() - used))
    return tuple(map(min, zip(*found, strict=True)))


def ours(frames: int) -> dict[str, float]:
    """Transform a recording on disk; called in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        with h5py.File(Path(folder) / "x.h5", "w") as file:
            x = file.create_dataset("x", (frames, CHANNELS), "f4", chunks=(BLOCK, CHANNELS))
            for start in range(0, frames, 10_000):
                x[start : start + 10_000] = noise(min(10_000, frames - start), CHANNELS)

            def run() -> None:
                for _ in amplitude_blocks(x, FPS, FREQUENCIES, block=BLOCK):
                    pass

            wall, used = best(run)
    return {"wall": wall, "used": used, "memory": job.peak_memory()}


def apart(frames: int) -> dict[str, float]:
    """:func:`ours` in a fresh process, so that its peak memory is its own."""
    command = [sys.executable, __file__, str(frames)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def write(frames: int) -> None:
    """One copy into a fresh array of the output's size, block by block."""
    block = np.ones((BLOCK, CHANNELS * len(FREQUENCIES)), np.float32)
    out = np.empty((frames, block.shape[1]), np.float32)
    for start in range(0, frames, BLOCK):
        np.copyto(out[start : start + BLOCK], block[: frames - start])


def pywavelets(frames: int, kind: type = np.float64, **options) -> tuple[float, float]:
    """Wall and processor seconds for all channels, from two."""
    x, scale = noise(frames, 2).astype(kind), scales(FREQUENCIES) * FPS

    def run() -> None:
        np.abs(pywt.cwt(x, scale, "cmor2.0-0.795775", 1 / FPS, axis=0, **options)[0])

    return tuple(t * CHANNELS / 2 for t in best(run))


def main() -> None:
    short, long = apart(SHORT), apart(LONG)
    copy, _ = best(lambda: write(LONG))
    theirs, their_work = pywavelets(LONG)
    single, _ = pywavelets(LONG, np.float32)
    fastest, _ = pywavelets(LONG, np.float32, method="fft")
    rate, slope = short["used"] / SHORT, long["used"] / LONG
    hours = DATASET * slope / 3600
    wall, size = long["wall"], f"{LONG:,} frames"
    rows = [
        (f"{size}, pywt.cwt", f"{wall:.2f} s", f"{theirs:.1f} s", theirs / wall, ">= 20",
         theirs / wall >= 20),
        ("  in processor time", f"{long['used']:.2f} s", f"{their_work:.1f} s",
         their_work / long["used"], None, None),
        ("  on single precision", f"{wall:.2f} s", f"{single:.1f} s", single / wall, None, None),
        ("  and method='fft'", f"{wall:.2f} s", f"{fastest:.1f} s", fastest / wall, None, None),
        (f"{size}, one write of the output", f"{wall:.2f} s", f"{copy:.2f} s", wall / copy, "<= 20",
         wall / copy <= 20),
        (f"processor time a frame, {SHORT:,} frames", f"{1e6 * slope:.1f} us",
         f"{1e6 * rate:.1f} us", slope / rate, "0.8 to 1.2", 0.8 <= slope / rate <= 1.2),
        (f"peak memory, {SHORT:,} frames", f"{long['memory']:.0f} MB", f"{short['memory']:.0f} MB",
         long["memory"] / short["memory"], "<= 2000 MB", long["memory"] <= 2000),
        (f"{DATASET:,} frames, by the slope", f"{hours:.2g} core-hours", None, None, None, None),
    ]  # fmt: skip
    title = f"Spectrograms, {CHANNELS} channels x {len(FREQUENCIES)} frequencies, "
    show(f"{title}{len(os.sched_getaffinity(0))} cores", rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(ours(int(sys.argv[1]))))
    else:
        main()
