"""The server's side of a training: start it, watch it, stop it.

The training is a process of its own, here (:mod:`leap_core.web.label.fit`) or, with a profile of
Snakemake, as a job of a cluster (rule ``propose``).  It belongs to the server that started it: when
the server ends, be it by ``kill -9``, the training ends too, and its job is cancelled.  So nothing
runs that no page shows; labels and the last estimates are never touched by that.
"""

from __future__ import annotations

import asyncio
import collections
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from leap_core import config
from leap_core.errors import UserError
from leap_core.labels import edits
from leap_core.web.label import estimates, fit, progress, regimes

LOOK_S = 0.3
# after this long a training that was told to end is killed; Snakemake cancels its job first
PATIENCE_S = {"here": 15.0, "cluster": 60.0}
RUNS = ("queued", "running", "estimating")
LOCKED = ("LockException", "cannot be locked")  # as Snakemake says it


class Trainer:
    """One training at a time of the labels of a folder.

    Args:
        folder: of the labels.
        config_path: of the dataset; the working folder is that of the process.
        profile: of Snakemake; None trains on this machine.
        on_change: called with :attr:`status` whenever that changes.
    """

    def __init__(
        self,
        folder: Path,
        config_path: Path,
        profile: str | None,
        on_change: Callable[[dict[str, Any]], None],
    ):
        self._folder, self._config, self._profile = Path(folder), Path(config_path), profile
        self._on_change = on_change
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task | None = None
        self._stopping = False
        self._said: collections.deque[str] = collections.deque(maxlen=200)
        self._status = _fresh("idle") | self._last_network()
        if lines := progress.read(self._progress):  # of a training of an earlier server
            self._status |= _curves(lines)
            if lines[-1]["stage"] in progress.LAST:
                self._status["state"] = lines[-1]["stage"]
                self._status["message"] = lines[-1].get("message", "")
            else:
                self._status["state"] = "stopped"
                self._status["message"] = "the training ended with the server that had started it"

    @property
    def status(self) -> dict[str, Any]:
        """The state of the training, as the page gets it.

        ``frames``: labeled frames of the training at hand, ``labels_then``: those of the last
        network that was finished, whose name is ``model``, ``network``: what the journal says of
        it (model, regime, frames, labels, settings, error_px); None before the first.
        """
        return dict(self._status)

    @property
    def _progress(self) -> Path:
        return self._folder / progress.FOLDER / progress.NAME

    async def start(self, regime: str, by: str) -> None:
        """Start a training.

        Raises:
            UserError: one runs, too few frames are labeled, no such regime, or no process can be
                started.
        """
        if self._status["state"] in RUNS:
            raise UserError("training: one runs already; wait for its end or stop it")
        if regime not in regimes.REGIMES:
            raise UserError(
                f"training: no regime {regime!r}; choose one of {', '.join(regimes.REGIMES)}"
            )
        start = config.read(self._config).training.start
        frames = fit.countable(edits.read(self._folder), start)
        command = self._command(regime)
        with suppress(OSError):
            self._progress.unlink()
        self._said.clear()
        self._stopping = False
        state = "queued" if self._profile else "running"
        # before the first await: a second start finds that one runs
        self._set(_fresh(state) | self._last_network() | {"frames": frames, "by": by})
        asked = "SIGINT" if self._profile else "SIGTERM"
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "leap_core.web.label.attached", asked, *command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            message = f"training: no process can be started ({error.strerror}); try again"
            self._set(self._status | {"state": "failed", "message": message})
            raise UserError(message) from error
        self._watching = asyncio.create_task(self._watch(self._process))

    def _command(self, regime: str) -> list[str]:
        if self._profile is None:
            what = ("--config", str(self._config), "--labels", str(self._folder))
            return [sys.executable, "-m", "leap_core.web.label.fit", *what, "--regime", regime]
        checkout = Path(fit.__file__).parents[3]
        snakefile = checkout / "workflow" / "Snakefile"
        if not snakefile.exists():
            raise UserError(f"{snakefile}: is not there; take `leap` from a checkout")
        own = checkout / "profiles" / self._profile
        profile = own if own.exists() and not Path(self._profile).exists() else self._profile
        whole = config.read(self._config)
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile)]
        command += ["--profile", str(profile), "--configfile", str(self._config)]
        # always anew, and on the crops that the page shows: nothing else is made again
        command += ["--allowed-rules", "propose", "--forcerun", "propose"]
        if self._folder != Path(whole.labels_folder):
            command += ["--config", f"labels={{folder: {str(self._folder)!r}}}"]
        if find_spec("snakemake_executor_plugin_slurm"):
            # a person waits for this one job; the profile's pace is that for thousands
            command += ["--slurm-init-seconds-before-status-checks", "5"]
            command += ["--seconds-between-status-checks", "5"]
        return [*command, "--", f"results/{whole.dataset}/labels/proposed/{regime}.json"]

    async def stop(self) -> None:
        """End the training, if one runs; returns when it has ended."""
        process, watching = self._process, self._watching
        if process is None or watching is None or watching.done():
            return
        self._stopping = True
        with suppress(ProcessLookupError):
            process.terminate()
        patience = PATIENCE_S["cluster" if self._profile else "here"]
        done, _ = await asyncio.wait([watching], timeout=patience)
        if not done:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.wait([watching])

    async def close(self) -> None:
        """The server ends, and the training with it."""
        await self.stop()

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        listening = asyncio.create_task(self._listen(process))
        ended = asyncio.create_task(process.wait())
        while not ended.done():
            await asyncio.wait([ended], timeout=LOOK_S)
            self._look()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # what an outer process that was killed left
        await listening
        self._finish(ended.result())

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while block := await process.stdout.read(1 << 14):
            self._said.extend(block.decode(errors="replace").splitlines())

    def _look(self) -> None:
        """Take over what the progress file tells."""
        if lines := progress.read(self._progress):
            stage = lines[-1]["stage"]
            state = "estimating" if stage in ("estimating", "done") else "running"
            self._set(self._status | _curves(lines) | {"state": state})

    def _finish(self, code: int) -> None:
        lines = progress.read(self._progress)
        last = lines[-1] if lines else {"stage": "none"}
        state, message = str(last["stage"]), str(last.get("message", ""))
        if state not in progress.LAST:
            state = "stopped" if self._stopping else "failed"
            message = "" if self._stopping else self._why(code)
        now = self._status | _curves(lines) | self._last_network()
        self._set(now | {"state": state, "message": message, "seconds_left": None})

    def _why(self, code: int) -> str:
        """In a line why a process ended that has not told so itself."""
        text = list(self._said)
        if any(word in line for line in text for word in LOCKED):
            return (
                "another run of Snakemake makes the sample anew or trains on labels too; wait for "
                "its end and train again (if none runs, one was killed: `snakemake --unlock`)"
            )
        for line in reversed(text):
            if line.startswith("error: "):
                return line.removeprefix("error: ")
        if code in (-signal.SIGKILL, 128 + signal.SIGKILL):
            return "the training was killed, perhaps for want of memory; lower training.batch_size"
        end = next((line.strip() for line in reversed(text) if line.strip()), f"status {code}")
        log = self._folder / progress.FOLDER / progress.LOG
        return f"the training failed ({end}); see {log}"

    def _last_network(self) -> dict[str, Any]:
        """What is told of the network whose estimates lie there."""
        try:
            found = estimates.read(self._folder)
        except UserError as error:
            return {"model": "", "labels_then": 0, "network": None, "message": str(error)}
        if found is None:
            return {"model": "", "labels_then": 0, "network": None}
        facts = {"model": found["model"], "labels_then": found["frames"]}
        return facts | {"network": found.get("network")}

    def _set(self, status: dict[str, Any]) -> None:
        if status != self._status:
            self._status = status
            self._on_change(self.status)


def _fresh(state: str) -> dict[str, Any]:
    curves: dict[str, Any] = {"loss": [], "validation": [], "error_px": []}
    numbers = {"epoch": 0, "epochs": 0, "seconds_left": None, "frames": 0}
    return {"state": state, **numbers, **curves, "message": "", "by": ""}


def _curves(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """What the lines of a training tell of its course."""
    found: dict[str, Any] = {}
    epochs = [line for line in lines if line["stage"] == "training" and line.get("epoch")]
    for line in lines:
        found |= {key: line[key] for key in ("epochs", "frames") if key in line}
    for key in ("loss", "validation", "error_px"):
        found[key] = [line.get(key) for line in epochs]
    found["epoch"] = epochs[-1]["epoch"] if epochs else 0
    if len(epochs) > 1:  # the first one compiles too
        first, last = epochs[0], epochs[-1]
        each = (last["seconds"] - first["seconds"]) / (len(epochs) - 1)
        found["seconds_left"] = round(each * (found["epochs"] - last["epoch"]), 1)
    return found
