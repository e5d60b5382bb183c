"""A training that is killed goes on, and ends with the weights of an undisturbed one."""

import hashlib
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leap_core import config, containers, skeleton
from leap_core.pose import training

pytestmark = pytest.mark.slow

MODEL = config.Model(filters=4, sigma=2.0)
FILES = ("initial.keras", "initial.json", "best.keras", "best.json", "last.keras", "history.csv")
# three patient epochs without improvement: the rate falls within the training
SETTINGS = {
    "plateau": config.Training(
        epochs=7, batches=4, batch_size=4, learning_rate=0.02, schedule="plateau", averaging=0.9
    ),
    "cosine": config.Training(epochs=5, batches=4, batch_size=4, schedule="cosine"),
}


def labels(validation: int = 6) -> containers.Labels:
    """24 noisy images with one bright spot each."""
    rng = np.random.default_rng(1)
    points = rng.uniform(6, 26, (24, 1, 2)).astype(np.float32)
    y, x = np.mgrid[:32, :32]
    distance = (x - points[..., :1, None]) ** 2 + (y - points[..., 1:, None]) ** 2
    images = 200 * np.exp(-distance[:, 0] / 8) + rng.uniform(0, 40, (24, 32, 32))
    split = np.zeros(24, np.int8)
    split[24 - validation :] = containers.SPLITS["validation"]
    return containers.Labels(
        images=images[..., None].astype(np.uint8),
        positions=points,
        status=np.full((24, 1), 1),
        source=np.array(["a"] * 24),
        frame=np.arange(24),
        split=split,
        skeleton=skeleton.from_dict({"parts": ["spot"]}, "test"),
    )


def digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def train_and_die(
    folder: Path, schedule: str, validation: int, epochs: int, in_all: int | None = None
) -> None:
    """Train in a process that is killed (SIGKILL) when the epoch after ``epochs`` is printed.

    That epoch's checkpoint comes after the line, so that it may or may not be there.
    """
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from test_checkpoint import *\n"
        f"settings = SETTINGS[{schedule!r}]\n"
        f"settings = replace(settings, epochs={in_all} or settings.epochs)\n"
        f"training.train(labels({validation}), MODEL, settings, 0, "
        f"{str(folder)!r}, {{'code': {{}}}}, {str(folder / 'checkpoint.h5')!r})\n"
    )
    command = [sys.executable, "-u", "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.startswith(f"epoch {epochs + 1}:"):
                process.kill()
                break
        else:
            pytest.fail("the training ended before it could be killed")


@pytest.mark.parametrize(
    ("schedule", "validation", "killed"), [("plateau", 6, (2, 4)), ("cosine", 0, (1,))]
)
def test_a_killed_training_ends_with_the_same_weights(
    schedule, validation, killed, tmp_path, capsys
):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    given = (labels(validation), MODEL, SETTINGS[schedule], 0)
    training.train(*given, whole, {"code": {}})
    for epochs in killed:
        train_and_die(broken, schedule, validation, epochs)
        for name in FILES:  # as the workflow does before a rule runs again
            (broken / name).unlink(missing_ok=True)
    capsys.readouterr()
    history = training.train(*given, broken, {"code": {}}, broken / "checkpoint.h5")
    out = capsys.readouterr().out
    assert re.search(f"goes on after epoch [{killed[-1]}{killed[-1] + 1}] of", out), out
    assert digests(broken) == digests(whole)
    assert history["epoch"].tolist() == list(range(1, SETTINGS[schedule].epochs + 1))
    if schedule == "plateau":
        assert history["learning_rate"].iloc[-1] < 0.01, "the schedule was not at work"
    assert not list(broken.glob("checkpoint*"))


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory) -> Path:
    """The checkpoint of a training of three epochs that was killed in its second; not to change."""
    folder = tmp_path_factory.mktemp("interrupted")
    train_and_die(folder, "cosine", 6, 1, in_all=3)
    return folder / "checkpoint.h5"


@pytest.mark.parametrize("change", ["labels", "settings", "model", "seed", "code"])
def test_another_training_does_not_go_on_from_it(change, interrupted, tmp_path, capsys):
    settings = replace(SETTINGS["cosine"], epochs=3)
    given = {"labels": labels(), "settings": settings, "model": MODEL, "seed": 0, "code": {}}
    path = tmp_path / "checkpoint.h5"

    def run(folder, **changed):
        now = given | changed
        training.train(
            now["labels"],
            now["model"],
            now["settings"],
            now["seed"],
            folder,
            {"code": now["code"]},
            path,
        )
        return digests(folder)

    shutil.copy(interrupted, path)
    moved = labels()
    moved.positions[0] += 1
    other = {
        "labels": moved,
        "settings": replace(settings, rotation_deg=5),
        "model": replace(MODEL, filters=5),
        "seed": 1,
        "code": {"training.py": "abc"},
    }[change]
    after = run(tmp_path / "after", **{change: other})
    out = capsys.readouterr().out
    assert "training starts anew" in out and f"other {change}\n" in out
    assert after == run(tmp_path / "clean", **{change: other})


def test_a_damaged_checkpoint_is_told_and_not_used(tmp_path, capsys):
    path = tmp_path / "checkpoint.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    settings = replace(SETTINGS["cosine"], epochs=1)
    training.train(labels(), MODEL, settings, 0, tmp_path / "run", None, path)
    assert "training starts anew" in capsys.readouterr().out
