"""`leap doctor`: does this machine do what the pipeline needs?  Every check really runs."""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_core import sources, threads
from leap_core.cli import cluster
from leap_core.errors import UserError
from leap_core.provenance import hashes

DRIVER = Path("/proc/driver/nvidia/gpus")  # a folder for each GPU that the driver knows
# what TensorFlow loads (its extra `and-cuda`)
CUDA = (
    "libcudart.so.12",
    "libcublas.so.12",
    "libcudnn.so.9",
    "libcufft.so.11",
    "libcusolver.so.11",
    "libcusparse.so.12",
)


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: what was checked, what was found, what to do when it failed."""

    name: str
    good: bool
    found: str
    remedy: str = ""


def versions() -> Finding:
    """Versions of Python and the packages that compute results."""
    found = ", ".join(f"{k} {v}" for k, v in hashes.versions().items())
    return Finding("versions", True, found)


def machine() -> Finding:
    """Cores, memory and free disk in the working folder."""
    free = shutil.disk_usage(".").free / 2**30
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = f"{threads.cores()} cores, {memory:.0f} GiB memory, {free:.0f} GiB free disk"
    return Finding("machine", free > 2, found, "free at least 2 GiB of disk")


def device() -> Finding:
    """Which device the network runs on, and why not on a GPU that is there."""
    from leap_core.pose import engines, runtime

    runtime.start()
    import tensorflow as tf

    names = runtime.gpus()
    precision = "bfloat16" if runtime.has_bfloat16() else "float32"
    if names:
        return Finding("device", True, f"GPU {', '.join(names)}; computes in {precision}")
    found = f"CPU (no GPU seen by TensorFlow); computes in {precision}"
    if engines.choose("auto") == "openvino":
        found += ", predicts with OpenVINO"
    driver = DRIVER.is_dir() and any(DRIVER.iterdir())
    missing = missing_cuda() if tf.test.is_built_with_cuda() else []
    return unused_gpu(found, driver, os.environ.get("CUDA_VISIBLE_DEVICES"), missing)


def unused_gpu(found: str, driver: bool, visible: str | None, missing: list[str]) -> Finding:
    """What to say where TensorFlow sees no GPU.

    Args:
        found: what it computes on instead.
        driver: whether NVIDIA's driver has found a GPU in this machine.
        visible: of the environment's CUDA_VISIBLE_DEVICES, by which GPUs can be hidden.
        missing: names of CUDA's libraries that are not installed.
    """
    if not driver:
        return Finding("device", True, f"{found}. For a GPU: install its driver, then `make gpu`")
    if visible is not None and visible.strip() in ("", "-1"):
        return Finding("device", True, f"{found}; CUDA_VISIBLE_DEVICES={visible} hides the GPU")
    if missing:
        found += f"; there is a GPU, but these libraries are missing: {', '.join(missing)}"
        return Finding("device", False, found, "make gpu (or conda with envs/leap-gpu.yaml)")
    remedy = "a driver too old for CUDA 12, or a GPU of another job: see nvidia-smi"
    return Finding("device", False, f"{found}, though there is a GPU and CUDA's libraries", remedy)


def missing_cuda(folders: list[str] | None = None) -> list[str]:
    """CUDA's libraries that are neither in Python's packages nor where the system looks.

    Args:
        folders: to look in for ``nvidia/*/lib``; None = those of Python's packages.
    """
    folders = sys.path if folders is None else folders
    missing = []
    for name in CUDA:
        if any(path.exists() for f in folders for path in Path(f).glob(f"nvidia/*/lib/{name}")):
            continue
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return missing


def convolution() -> Finding:
    """A convolution on the device against the same sum in NumPy."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    image = rng.normal(size=(1, 16, 16, 2)).astype(np.float32)
    kernel = rng.normal(size=(3, 3, 2, 4)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(image[0], (3, 3), axis=(0, 1))
    expected = np.einsum("yxcij,ijcf->yxf", windows, kernel)
    result = tf.nn.conv2d(image, kernel, 1, "VALID").numpy()[0]
    error = float(np.abs(result - expected).max())
    return Finding(
        "convolution",
        error < 1e-2,
        f"largest difference from NumPy {error:.1e}",
        "TensorFlow computes wrong numbers here: reinstall the environment, or hide the GPU "
        "with CUDA_VISIBLE_DEVICES=-1",
    )


def decoding() -> Finding:
    """Write a short video and read the same pictures back."""
    from leap_core.io import video

    frames = [np.full((32, 48), 10 * k, np.uint8) for k in range(1, 9)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.mp4"
        video.write_video(path, frames, 25)
        back = [image for _, image in video.read_frames(path) if image is not None]
    pairs = zip(frames, back, strict=False)
    error = max((abs(int(b.mean()) - int(a.mean())) for a, b in pairs), default=255)
    return Finding(
        "video",
        len(back) == len(frames) and error <= 2,
        f"{len(back)} of {len(frames)} frames decoded, grey levels within {error}",
        "reinstall the environment: PyAV's codecs are broken",
    )


def data_folder() -> Finding:
    """Whether $LEAP_DATA names folders that exist."""
    value = os.environ.get("LEAP_DATA")
    if not value:
        return Finding("LEAP_DATA", True, "not set; sources are looked up in the working folder")
    missing = [str(f) for f in sources.data_folders() if not f.is_dir()]
    return Finding(
        "LEAP_DATA",
        not missing,
        value if not missing else f"no such folder: {', '.join(missing)}",
        "set it to the folder that holds your videos and labels",
    )


def slurm() -> list[Finding]:
    """The Slurm profile's partitions against the cluster's; one finding per misfit."""
    path = cluster.PARTITIONS
    if not path.exists():
        return [Finding("slurm", True, f"no {path} in this folder: nothing to compare")]
    try:
        text = cluster.ask_sinfo()
        if text is None:
            return [Finding("slurm", True, "no sinfo here: this machine is not part of a cluster")]
        mine = cluster.read_partitions(path)
    except UserError as error:
        return [Finding("slurm", False, str(error), "see docs/slurm.md")]
    problems = cluster.compare(mine, cluster.parse_sinfo(text))
    if problems:
        return [Finding("slurm", False, found, f"{path}: {todo}") for found, todo in problems]
    return [Finding("slurm", True, f"partitions {', '.join(mine)} fit the cluster's")]


CHECKS: tuple[Callable[[], Finding | list[Finding]], ...] = (
    versions,
    machine,
    device,
    convolution,
    decoding,
    data_folder,
    slurm,
)


def examine() -> list[Finding]:
    """Run every check; one that raises is a failed check with its error as the finding."""
    findings = []
    for check in CHECKS:
        try:
            found = check()
            findings += found if isinstance(found, list) else [found]
        except Exception as error:  # the doctor's job is to report what breaks
            remedy = "reinstall the environment (rm -rf .venv, then make again)"
            findings.append(
                Finding(check.__name__, False, f"{type(error).__name__}: {error}", remedy)
            )
    return findings


HELP = "check versions, device, a real convolution and a real decode"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``leap doctor`` takes none."""


def run(options: argparse.Namespace) -> int:
    """Print what was found; returns 1 where something is not fit, else 0."""
    findings = examine()
    for finding in findings:
        print(f"{'ok  ' if finding.good else 'FAIL'}  {finding.name}: {finding.found}")
        if not finding.good:
            print(f"      -> {finding.remedy}")
    return 0 if all(f.good for f in findings) else 1
