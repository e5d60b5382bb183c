"""An undisturbed run of the tiny dataset, with which every disturbed one is compared."""

import shutil
from pathlib import Path

import pytest
from checkout import TINY, digests, fresh_copy, snakemake

EXPERIMENTS = ("experiments", *TINY[1:])


@pytest.fixture(scope="session")
def undisturbed(root, tmp_path_factory) -> Path:
    """A copy of the checkout in which the tiny dataset ran to its figures; not to be changed."""
    folder = fresh_copy(root, tmp_path_factory.mktemp("undisturbed"))
    result = snakemake(folder, "--cores", "2", *TINY)
    assert result.returncode == 0, result.stderr[-5000:]
    return folder


@pytest.fixture(scope="session")
def expected(undisturbed) -> dict[str, str]:
    """Checksum of every result of the undisturbed run."""
    found = digests(undisturbed / "results" / "tiny")
    assert len(found) > 300, "results and their records"
    return found


@pytest.fixture
def fresh(undisturbed, tmp_path) -> Path:
    """A copy of the same code in which nothing has run yet."""
    folder = tmp_path / "fresh"
    without = shutil.ignore_patterns("results", ".snakemake")
    shutil.copytree(undisturbed, folder, symlinks=True, ignore=without)
    return folder


@pytest.fixture
def finished(undisturbed, tmp_path) -> Path:
    """A copy of the undisturbed run, to be disturbed."""
    folder = tmp_path / "copy"
    shutil.copytree(undisturbed, folder, symlinks=True)
    return folder


@pytest.fixture(scope="session")
def experimented(undisturbed, tmp_path_factory) -> Path:
    """A copy of the undisturbed run, the experiments run as well; not to be changed."""
    folder = tmp_path_factory.mktemp("experimented") / "copy"
    shutil.copytree(undisturbed, folder, symlinks=True)
    result = snakemake(folder, "--cores", "2", *EXPERIMENTS)
    assert result.returncode == 0, result.stderr[-5000:]
    return folder
