"""A small network trained once."""

import numpy as np
import pytest
from fixtures.blobs import QUICK, SMALL, blobs

from leap_core import containers
from leap_core.pose import (
    training,
)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A network trained on 48 blob images with a sixth held out; some labels missing."""
    folder = tmp_path_factory.mktemp("run")
    labels = blobs(60)
    labels.split[48:54] = containers.SPLITS["validation"]
    labels.split[54:] = containers.SPLITS["test"]
    labels.positions[5:15, 1] = np.nan
    history = training.train(labels, SMALL, QUICK, 0, folder, {"seed": 0})
    return folder, labels, history


@pytest.fixture
def crops(trained, tmp_path):
    """The blob images as crops, the third one unreadable."""
    _, labels, _ = trained
    path = tmp_path / "crops.h5"
    n = len(labels.images)
    valid = np.arange(n) != 2
    with containers.create_crops(path, (32, 32, 1)) as writer:
        writer.set(recording="r", fps=100.0)
        writer.append(labels.images, np.arange(n), valid, np.zeros((n, 2)), np.zeros(n))
    return path
