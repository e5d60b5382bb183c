"""A training that the page asks for, as a job of the cluster."""

import asyncio
import shutil
import time

from fixtures import labeling
from fixtures.checkout import fresh_copy
from fixtures.cluster import for_this_cluster

from leap_core.web.label import estimates
from leap_core.web.label.training import Trainer

RUNS = ("queued", "running", "estimating")


async def until(condition, what: str, seconds: float = 120):
    """Wait for it while the training goes on."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        await asyncio.sleep(0.1)


def test_training_as_a_job_of_the_cluster(root, slurm, tmp_path, monkeypatch):
    """To its estimates; beside another run of Snakemake; and stopped, which cancels its job."""
    folder = for_this_cluster(fresh_copy(root, tmp_path / "here", "profiles", "slurm"))
    labeling.make(tmp_path / "made", root)
    shutil.copytree(tmp_path / "made", folder, dirs_exist_ok=True)
    monkeypatch.chdir(folder)
    for name, value in slurm.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(root))
    mine, other = folder / "labels" / "lab", folder / "elsewhere"
    for labels in (mine, other):
        labeling.label(folder, labels, 3)
    config, seen = folder / "config" / "lab.yaml", []
    trainer = Trainer(mine, config, "slurm", seen.append)
    before = slurm.last_job()
    # another run goes on beside it, and is about to write this
    being_written = folder / "results" / "lab" / "crops" / ".fly1-abcd1234.h5"
    being_written.touch()

    async def whole():
        await trainer.start("fast", "ada")
        assert trainer.status["state"] == "queued"
        await until(lambda: trainer.status["state"] not in RUNS, "it ends")

    asyncio.run(whole())
    assert trainer.status["state"] == "done", trainer.status["message"]
    [(number, job)] = slurm.jobs_since(before).items()
    assert (job["Partition"], job["TresPerJob"]) == ("gpu", "gres:gpu:1")
    assert {"queued", "running", "done"} <= {status["state"] for status in seen}
    made = estimates.read(mine)
    assert len(made["items"]) == 20 and trainer.status["model"] == made["model"] == "fast-1"

    config.write_text(config.read_text().replace("epochs: 4", "epochs: 1000"))
    second = Trainer(other, config, "slurm", lambda status: None)

    async def cut():
        await trainer.start("config", "ada")
        await until(lambda: slurm.jobs_since(number), "a job is sent")
        await second.start("config", "bob")
        await until(lambda: second.status["state"] not in RUNS, "the second ends")
        assert trainer.status["state"] in RUNS
        await trainer.stop()

    asyncio.run(cut())
    assert second.status["state"] == "failed"
    assert "another run of Snakemake" in second.status["message"]
    assert trainer.status["state"] == "stopped"
    [job] = slurm.jobs_since(number).values()
    assert job["JobState"] == "CANCELLED"
    assert estimates.read(mine) == made
    assert not list(folder.glob(".snakemake/locks/*")), "the next run needs --unlock"
    assert being_written.exists()
