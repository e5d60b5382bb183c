"""One Slurm for all tests of this folder."""

import tempfile
from pathlib import Path

import pytest
from fixtures.cluster import Cluster, why_not


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
