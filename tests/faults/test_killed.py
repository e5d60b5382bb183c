"""Killed at any moment, the workflow loses nothing: the same command goes on to the same bytes.

LEAP_KILLS says how many times the run is killed (default 8).
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
from checkout import TINY, digests, snakemake, start_snakemake

from leap_core.io import atomic
from leap_core.provenance import records

KILLS = int(os.environ.get("LEAP_KILLS", "8"))


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


def kill(process: subprocess.Popen, everything: bool) -> None:
    """SIGKILL to the workflow engine alone, so that its jobs live on, or to all of them."""
    if everything:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


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
    folder = fresh
    draw = random.Random(1)
    done = outlived = 0
    while done < KILLS:
        process = start_snakemake(folder, "--cores", "2", *TINY)
        wait, everything = draw.uniform(4, 16), draw.random() < 0.6
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            kill(process, everything)
            done += 1
            outlived += bool(jobs_of(folder))
            assert half_files(folder, expected, undisturbed) == []
            unlock = snakemake(folder, "--unlock", *TINY[1:])
            assert unlock.returncode == 0, unlock.stderr[-2000:]
        else:
            assert process.returncode == 0, (folder / "snakemake.out").read_text()[-5000:]
            shutil.rmtree(folder / "results")  # ended before its time: once more from the start
    result = snakemake(folder, "--cores", "2", *TINY)
    assert result.returncode == 0, result.stderr[-5000:]
    while jobs_of(folder):
        time.sleep(0.5)
    assert digests(folder / "results" / "tiny") == expected
    verdict = snakemake(folder, "-n", "--cores", "2", *TINY)
    assert "Nothing to be done" in verdict.stdout + verdict.stderr
    with capsys.disabled():
        print(f"\nkilled {done} times, jobs lived on {outlived} times: 0 lost, 0 half files")


def train_config(folder: Path) -> str:
    """The tiny dataset with a training that is long enough to be stopped in its middle."""
    text = (folder / "config" / "tiny.yaml").read_text()
    text = text.replace("epochs: 2, batches: 5", "epochs: 8, batches: 40")
    (folder / "longer.yaml").write_text(text)
    return "longer.yaml"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_training_goes_on_to_the_same_weights(sign, finished, tmp_path):
    settings = ("--cores", "2", "--configfile", train_config(finished))
    target = "results/tiny/models/main/history.csv"
    straight = tmp_path / "straight"
    shutil.copytree(finished, straight, symlinks=True)
    result = snakemake(straight, target, *settings)
    assert result.returncode == 0, result.stderr[-3000:]

    log = finished / "results/tiny/logs/train/main.log"
    log.unlink()
    process = start_snakemake(finished, target, *settings)
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
        left = [p for p in (finished / "results").rglob(".*") if re.match(atomic.TEMPORARY, p.name)]
        assert left == []
    again = snakemake(finished, target, *settings)
    assert again.returncode == 0, again.stderr[-3000:]
    assert re.search(r"training goes on after epoch [2-7] of 8", log.read_text())
    assert digests(finished / "results/tiny/models") == digests(straight / "results/tiny/models")
    assert not list((finished / "results/tiny/checkpoints").iterdir())


def test_sigterm_to_the_whole_run_leaves_nothing_half_written(fresh, undisturbed, expected):
    """What a cluster does at the end of a job's time: SIGTERM, and SIGKILL after a while."""
    folder = fresh
    process = start_snakemake(folder, "--cores", "2", *TINY)
    time.sleep(15)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(60)
    while jobs_of(folder):
        time.sleep(0.2)
    assert half_files(folder, expected, undisturbed) == []
    left = [p for p in (folder / "results").rglob(".*") if re.fullmatch(atomic.TEMPORARY, p.name)]
    assert left == []
    snakemake(folder, "--unlock", *TINY[1:])
    result = snakemake(folder, "--cores", "2", *TINY)
    assert result.returncode == 0, result.stderr[-5000:]
    assert digests(folder / "results" / "tiny") == expected


def test_a_second_run_in_the_same_folder_is_refused(fresh, expected):
    folder = fresh
    first = start_snakemake(folder, "--cores", "2", *TINY)
    locks = folder / ".snakemake" / "locks"
    while not (locks.exists() and list(locks.iterdir())):
        assert first.poll() is None
        time.sleep(0.05)
    second = snakemake(folder, "--cores", "2", *TINY)
    assert second.returncode != 0
    assert "cannot be locked" in second.stderr and "Traceback" not in second.stderr
    assert first.wait() == 0, (folder / "snakemake.out").read_text()[-5000:]
    assert digests(folder / "results" / "tiny") == expected
