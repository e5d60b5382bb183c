"""What the peers of peers.py have in common: environments, commands, pictures, stop-watches."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from leap_core.containers import Labels

AGAIN = 30  # times that the test images are predicted once more to see how long one takes
# what a checkpoint of PyTorch Lightning holds: epochs, learned numbers
CHECKPOINT = """
import json, sys, torch
found = torch.load(sys.argv[1], map_location="cpu", weights_only=False)
kept = ("running_mean", "running_var", "num_batches_tracked")
sizes = [v.numel() for k, v in found["state_dict"].items() if not k.endswith(kept)]
print(json.dumps([found["epoch"] + 1, sum(sizes)]))
"""
NEEDS = """
import importlib.metadata, sys
for need in importlib.metadata.requires(sys.argv[1]) or []:
    if "extra ==" not in need and not need.startswith(tuple(sys.argv[2:])):
        print(need)
"""


class Failed(Exception):
    """One line that says why a peer has no result."""


@dataclass(frozen=True)
class Task:
    """Labeled images, those held out (image,), how long to learn the others, and where."""

    labels: Labels
    held: np.ndarray
    minutes: float
    folder: Path
    tools: Path

    def run(self, name: str, *arguments: object, **extra: str) -> float:
        """A command of the environment, its output in a file of the folder; seconds it took."""
        path = self.folder / f"{name}.log"
        start = time.perf_counter()
        with open(path, "w", encoding="utf-8") as log:
            command = [str(self.tools / arguments[0]), *map(str, arguments[1:])]
            done = subprocess.run(
                command, env=os.environ | extra, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        if done.returncode:
            raise Failed(f"{arguments[0]} {arguments[1]} failed: {last_line(path)} (see {path})")
        return time.perf_counter() - start

    @property
    def clock(self) -> dict[str, str]:
        """The time of training as PyTorch Lightning takes it: days, hours, minutes, seconds."""
        seconds = round(60 * self.minutes)
        hours, rest = seconds // 3600, seconds % 3600
        told = f"{hours // 24:02d}:{hours % 24:02d}:{rest // 60:02d}:{rest % 60:02d}"
        return {"PL_TRAINER_MAX_TIME": told}

    def checkpoint(self, path: Path) -> tuple[int, int]:
        """Epochs, and learned numbers, of the weights that a training kept."""
        self.run("checkpoint", "python", "-c", CHECKPOINT, path)
        epochs, parameters = json.loads(last_line(self.folder / "checkpoint.log"))
        return epochs, parameters


@dataclass(frozen=True)
class Found:
    """What a network predicts, and what it cost.

    Attributes:
        network: for the table.
        positions: (test image, joint, xy) px; NaN = not found.
        minutes: of training; None: unknown.
        frames_per_s: predicted on the same cores, start-up not counted; None: not measurable.
    """

    network: str
    positions: np.ndarray
    minutes: float | None
    epochs: int
    parameters: int
    frames_per_s: float | None


@dataclass(frozen=True)
class Peer:
    """A package, pinned, and the function that makes it learn a task.

    Attributes:
        without: what the package asks for and does not need here, by the start of its name.
    """

    package: str
    learn: Callable[[Task], Found]
    without: tuple[str, ...] = ()


def last_line(path: Path) -> str:
    """The last line with anything in it, of a log with progress bars too."""
    text = path.read_text(encoding="utf-8", errors="replace").replace("\r", "\n")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def environment(folder: Path, peer: Peer, torch: list[str]) -> Path:
    """The bin folder of a virtual environment with the package of a peer.

    One that is there and was made from the same requirements is used as it is.
    """
    name = peer.package.partition("==")[0]
    home = (folder / "environments" / name).absolute()
    wanted = " ".join([*torch, peer.package, *(f"-{needless}" for needless in peer.without)])
    ready = home / "ready"
    if ready.exists() and ready.read_text(encoding="utf-8") == wanted:
        return home / "bin"
    print(f"installing {peer.package} into {home} ...", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    except subprocess.CalledProcessError as error:
        raise Failed(f"{sys.executable} cannot make an environment in {home}") from error

    def pip(*arguments: str) -> None:
        log = home / "pip.log"
        with open(log, "w", encoding="utf-8") as out:
            command = [str(home / "bin" / "pip"), "install", "--progress-bar=off", *arguments]
            done = subprocess.run(command, stdout=out, stderr=out)
        if done.returncode:
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            told = [line for line in lines if line.startswith("ERROR: ")] or [last_line(log)]
            raise Failed(f"pip cannot install {peer.package}: {told[0]} (see {log})")

    if peer.without:
        pip("--no-deps", peer.package)
        command = [str(home / "bin" / "python"), "-c", NEEDS, name, *peer.without]
        needs = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        pip(*torch, *needs.splitlines())
    else:
        pip(*torch, peer.package)
    listed = subprocess.run([str(home / "bin" / "pip"), "freeze"], capture_output=True, text=True)
    (home / "freeze.txt").write_text(listed.stdout, encoding="utf-8")
    ready.write_text(wanted, encoding="utf-8")
    return home / "bin"


def pictures(labels: Labels, rows: np.ndarray, folder: Path) -> list[Path]:
    """Labeled images as lossless pictures, named by their rows."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{row:04d}.png" for row in rows]
    for path, row in zip(paths, rows, strict=True):
        cv2.imwrite(str(path), labels.images[row, ..., 0])
    return paths


def rate(seconds: Callable[[int], float], images: int) -> float | None:
    """Frames per second of a command that takes some seconds to start.

    Args:
        seconds: predicts all images so many times and says how long that took.
    """
    short = min(seconds(1), seconds(1))
    longer = seconds(1 + AGAIN) - short
    return AGAIN * images / longer if longer > 0 else None
