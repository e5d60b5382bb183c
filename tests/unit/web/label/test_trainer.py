"""The server's side of a training: it knows what runs, and keeps what there was."""

import asyncio
import fcntl
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import yaml
from fixtures import labeling

from leap_core.errors import UserError
from leap_core.web.label import estimates, progress
from leap_core.web.label.training import Trainer

LABELS = "labels/lab"
LONG = {"epochs": 1000, "batches": 4}


@pytest.fixture
def place(lab, monkeypatch):
    """The dataset in the working folder, three frames labeled."""
    monkeypatch.chdir(lab)
    labeling.label(lab, lab / LABELS, 3)
    return lab


def alter(place, **training):
    """Other keys of section `training`."""
    path = place / "config" / "lab.yaml"
    value = yaml.safe_load(path.read_text())
    value["training"] |= training
    path.write_text(yaml.safe_dump(value))


def trainer(place, on_change=lambda status: None):
    return Trainer(place / LABELS, place / "config" / "lab.yaml", None, on_change)


def run(coroutine):
    """Run it in a thread of its own: a browser of other tests keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


async def until(condition, seconds=120):
    """Wait for a state; the training goes on meanwhile."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "never happened"
        await asyncio.sleep(0.05)


def ended(state):
    return lambda: state.status["state"] not in ("queued", "running", "estimating")


def proposed(place):
    """The estimates and the network, as they lie there."""
    training = place / LABELS / "training"
    return [p.read_bytes() for p in (place / LABELS / "estimates.json", training / "best.keras")]


@contextmanager
def nobody_trains(place, seconds=180):
    """No process holds the lock of trainings, or soon none does."""
    with open(place / LABELS / "training" / "lock", "w") as file:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                assert time.monotonic() < deadline, "a training goes on"
                time.sleep(0.1)
        yield


def test_from_start_to_estimates_and_a_stop_that_leaves_them(place):
    alter(place, epochs=3, batches=2, validation_batches=1)
    seen = []
    state = trainer(place, seen.append)
    assert state.status["state"] == "idle" and state.status["network"] is None

    async def whole():
        await state.start("fast", "ada")
        assert state.status["state"] == "running" and state.status["frames"] == 3
        with pytest.raises(UserError, match="one runs already"):
            await state.start("fast", "bob")
        await until(ended(state))
        assert state.status["state"] == "done", state.status["message"]

    async def cut():
        await state.start("config", "ada")
        await until(lambda: state.status["epoch"] >= 2)
        assert state.status["seconds_left"] > 0
        await state.stop()

    run(whole())
    status = state.status
    assert len(status["loss"]) == len(status["validation"]) == len(status["error_px"]) == 3
    assert (status["model"], status["labels_then"], status["epoch"]) == ("fast-1", 3, 3)
    network = estimates.read(place / LABELS)["network"]
    assert status["network"] == network and network["error_px"] in status["error_px"]
    assert [s["state"] for s in seen if s["state"] == "done"] == ["done"], "told once"
    epochs = [s["epoch"] for s in seen]
    assert epochs == sorted(epochs) and epochs[0] == 0

    before = proposed(place)
    alter(place, **LONG)
    run(cut())
    assert state.status["state"] == "stopped" and state.status["model"] == "fast-1"
    assert proposed(place) == before
    with nobody_trains(place):
        assert not (place / LABELS / "training" / "unfinished").exists()
    again = trainer(place).status
    assert (again["state"], again["model"], again["labels_then"]) == ("stopped", "fast-1", 3)


SERVER = """
import asyncio, sys
from pathlib import Path
from leap_core.web.label.training import Trainer
async def serve():
    trainer = Trainer(Path("labels/lab"), Path("config/lab.yaml"), None, print)
    await trainer.start("config", "ada")
    print("started", flush=True)
    await asyncio.sleep(1000)
asyncio.run(serve())
"""


@pytest.mark.parametrize("moment", ["at once", "while it learns"])
def test_when_the_server_is_killed_the_training_ends_too(place, moment):
    alter(place, **LONG)
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    try:
        assert any(line == "started\n" for line in server.stdout)
        path = place / LABELS / "training" / progress.NAME
        while not path.exists() or ("epoch" not in path.read_text() and moment != "at once"):
            assert server.poll() is None
            time.sleep(0.05)
    finally:
        server.kill()
        server.wait()
    server.stdout.close()
    with nobody_trains(place):
        assert progress.read(path)[-1]["stage"] == "stopped"
    assert trainer(place).status["state"] == "stopped"
    assert not (place / LABELS / "estimates.json").exists()


def test_what_was_cut_off_without_a_word_runs_no_more(place):
    """The machine went down: the progress has no last line."""
    path = place / LABELS / "training" / progress.NAME
    path.parent.mkdir()
    path.write_text(
        '{"stage": "training", "epoch": 2, "epochs": 9, "loss": 0.1, "seconds": 3}\n{"st'
    )
    status = trainer(place).status
    assert (status["state"], status["epoch"], status["loss"]) == ("stopped", 2, [0.1])
    assert "ended with the server" in status["message"]


def test_what_is_wrong_is_told_in_one_line(place, lab):
    state = trainer(place)

    async def fails():
        await state.start("fast", "ada")
        await until(ended(state))

    with pytest.raises(UserError, match="no regime 'slow'"):
        run(state.start("slow", "ada"))
    for track in (place / "results/lab/tracks").iterdir():
        track.unlink()
    run(fails())
    assert state.status["state"] == "failed"
    assert re.search(r"tracks/fly\d.h5 is not there; make it again", state.status["message"])
    (place / LABELS / "journal.jsonl").unlink()
    with pytest.raises(UserError, match="too few labeled frames .0."):
        run(state.start("fast", "ada"))
