"""Killed at any moment, the workflow loses nothing: the same command goes on to the same bytes.

LEAP_KILLS says how many times the run is killed (default 6).
"""

import os
import random
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from fixtures import tiny
from fixtures.checkout import TINY, digests, snakemake, start_snakemake

from leap_core.io import atomic
from leap_core.provenance import records

KILLS = int(os.environ.get("LEAP_KILLS", "6"))
WAYS = (("engine", signal.SIGKILL), ("all", signal.SIGKILL), ("all", signal.SIGTERM))


def half_files(folder: Path, expected: dict[str, str], undisturbed: Path) -> list[str]:
    """Files under their final names that are not, byte for byte, what they should be."""
    out, right = (f / "results" / "tiny" for f in (folder, undisturbed))
    temporary = {
        Path(name).relative_to(right).as_posix(): record.sha256
        for name, record in records.read_all(right).items()
        if record.temporary
    }
    whole = expected | temporary
    return [
        name
        for name, digest in digests(out).items()
        if whole.get(name) != digest
        and not re.fullmatch(atomic.TEMPORARY, Path(name).name)
        # of this moment; looked at by what follows
        and not name.startswith(("checkpoints/", "manifest.json"))
    ]


def stop(process: subprocess.Popen, whom: str, sign: signal.Signals, folder: Path) -> None:
    """Send a signal to the workflow engine alone, so that its jobs live on, or to all of them.

    Snakemake 9.27 waits for itself where SIGTERM comes while it chooses jobs (its handler takes the
    scheduler's lock, which is then held by the same thread): its jobs end, and it is killed.
    """
    if whom == "all":
        os.killpg(process.pid, sign)
    else:
        process.send_signal(sign)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        assert sign == signal.SIGTERM and jobs_of(folder) == [process.pid]
        process.kill()
        process.wait()


def temporaries(folder: Path) -> set[Path]:
    """Files that are being written, or were when their job was killed."""
    files = (folder / "results").rglob(".*")
    return {path for path in files if re.fullmatch(atomic.TEMPORARY, path.name)}


def jobs_of(folder: Path) -> list[int]:
    """Processes that still run a script of this copy."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if path.resolve() == folder.resolve():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_killed_at_random_moments(fresh, undisturbed, expected, capsys):
    """At a random moment in every part of the run, in one of three ways, by turns.

    SIGTERM to all is what a cluster does at the end of a job's time.
    """
    folder, written = fresh, fresh / "results" / "tiny" / "provenance"
    draw = random.Random(1)
    ways = [WAYS[k % len(WAYS)] for k in range(KILLS)]
    draw.shuffle(ways)
    in_all = sum(name.startswith("provenance/") for name in expected)
    moments = [in_all * (k + draw.random()) / KILLS for k in range(KILLS)]
    outlived = 0
    while ways:
        before = temporaries(folder)
        process = start_snakemake(folder, "--cores", "2", *TINY)
        while process.poll() is None and len(list(written.rglob("*.json"))) < moments[0]:
            time.sleep(0.05)
        try:
            process.wait(draw.uniform(0, 2))  # a moment within a job
        except subprocess.TimeoutExpired:
            whom, sign = ways.pop(0)
            moments.pop(0)
            stop(process, whom, sign, folder)
            outlived += bool(jobs_of(folder))
            if sign == signal.SIGTERM:
                while jobs_of(folder):
                    time.sleep(0.1)
                assert temporaries(folder) <= before
            assert half_files(folder, expected, undisturbed) == []
            unlock = snakemake(folder, "--unlock", *TINY[1:])
            assert unlock.returncode == 0, unlock.stderr[-2000:]
        else:
            assert process.returncode == 0, (folder / "snakemake.out").read_text()[-5000:]
            shutil.rmtree(folder / "results")  # ended before its time: once more from the start
    result = snakemake(folder, "--cores", "2", *TINY)
    assert result.returncode == 0, result.stderr[-5000:]
    while jobs_of(folder):
        time.sleep(0.1)
    assert digests(folder / "results" / "tiny") == expected
    verdict = snakemake(folder, "-n", "--cores", "2", *TINY)
    assert "Nothing to be done" in verdict.stdout + verdict.stderr
    with capsys.disabled():
        print(f"\nkilled {KILLS} times, jobs lived on {outlived} times: 0 lost, 0 half files")


def train_config(folder: Path) -> str:
    """The tiny dataset with a training that is long enough to be stopped in its middle."""
    text = (folder / "config" / "tiny.yaml").read_text()
    text = text.replace("epochs: 2, batches: 5", "epochs: 8, batches: 40")
    (folder / "longer.yaml").write_text(text)
    return "longer.yaml"


TRAINED = "results/tiny/models/main/history.csv"


@pytest.fixture(scope="module")
def straight(undisturbed, tmp_path_factory) -> Path:
    """A copy in which that training ran undisturbed."""
    folder = tiny.copy_of(undisturbed, tmp_path_factory.mktemp("straight") / "copy")
    settings = ("--cores", "2", "--configfile", train_config(folder))
    result = snakemake(folder, TRAINED, *settings)
    assert result.returncode == 0, result.stderr[-3000:]
    return folder


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_training_goes_on_to_the_same_weights(sign, finished, straight):
    settings = ("--cores", "2", "--configfile", train_config(finished))
    log = finished / "results/tiny/logs/train/main.log"
    log.unlink()
    process = start_snakemake(finished, TRAINED, *settings)
    while not (log.exists() and "epoch 3:" in log.read_text()):
        assert process.poll() is None, (finished / "snakemake.out").read_text()[-3000:]
        time.sleep(0.05)
    script = [p for p in jobs_of(finished) if p != process.pid]
    script = [p for p in script if b"train.py" in Path(f"/proc/{p}/cmdline").read_bytes()]
    for pid in script:
        os.kill(pid, sign)
    assert process.wait(60) != 0
    assert not list((finished / "results/tiny/models/main").glob("[!.]*.keras"))
    if sign == signal.SIGTERM:
        assert "error: stopped by SIGTERM" in log.read_text()
        assert "Traceback" not in log.read_text()
        assert temporaries(finished) == set()
    again = snakemake(finished, TRAINED, *settings)
    assert again.returncode == 0, again.stderr[-3000:]
    assert re.search(r"training goes on after epoch [2-7] of 8", log.read_text())
    assert digests(finished / "results/tiny/models") == digests(straight / "results/tiny/models")
    assert not list((finished / "results/tiny/checkpoints").iterdir())


def test_a_second_run_in_the_same_folder_is_refused(fresh, expected):
    """The first one takes no harm."""
    settings = ("--cores", "2", "results/tiny/crops/fly1.h5", *TINY[1:])
    first = start_snakemake(fresh, *settings)
    locks = fresh / ".snakemake" / "locks"
    while not (locks.exists() and list(locks.iterdir())):
        assert first.poll() is None
        time.sleep(0.05)
    first.send_signal(signal.SIGSTOP)  # it cannot end before the second has tried
    try:
        second = snakemake(fresh, *settings)
    finally:
        first.send_signal(signal.SIGCONT)
    assert second.returncode != 0
    assert "cannot be locked" in second.stderr and "Traceback" not in second.stderr
    assert first.wait() == 0, (fresh / "snakemake.out").read_text()[-5000:]
    found = digests(fresh / "results" / "tiny")
    del found["manifest.json"]  # it lists other targets
    assert found == {name: expected[name] for name in found}
    assert "crops/fly1.h5" in found
