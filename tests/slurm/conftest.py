"""One Slurm for all tests of this folder, and the results that runs on it must equal."""

import tempfile
from pathlib import Path

import pytest
from checkout import fresh_copy, snakemake
from cluster import Cluster, why_not

# the whole line from raw video to poses; every rule with gpu=1
TARGETS = (
    "results/tiny/poses/fly1.h5",
    "results/tiny/poses/fly2.h5",
    "results/tiny/poses/example.h5",
    "results/tiny/models/main/evaluation.json",
)


@pytest.fixture(scope="session")
def slurm():
    """A running Slurm of one node; stopped, with all its jobs, at the end."""
    if reason := why_not():
        pytest.skip(reason)
    # a short path: the name of munge's socket has at most 108 characters
    with tempfile.TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        cluster = Cluster(folder)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture(scope="session")
def local(root, tmp_path_factory):
    """A copy in which the targets were made without Slurm."""
    folder = fresh_copy(root, tmp_path_factory.mktemp("local"))
    result = snakemake(folder, "--cores", "2", *TARGETS, "--configfile", "config/tiny.yaml")
    assert result.returncode == 0, result.stderr[-5000:]
    return folder
