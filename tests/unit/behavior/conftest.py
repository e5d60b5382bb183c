"""Dancers, mapped once."""

import pytest
from fixtures.dancers import SMALL, dancer

from leap_core import behavior


@pytest.fixture(scope="session")
def mapped(fly32):
    """Two dancers all the way through: poses, truths, samples, embedding, behaviors, map."""
    poses, truths = zip(*(dancer(fly32, seed=s) for s in (1, 2)), strict=True)
    samples = [behavior.sample(behavior.pose_channels(p, SMALL, 0.2), SMALL, 0, 150) for p in poses]
    embedding = behavior.embed(samples, SMALL, 0)
    found = [
        behavior.project(behavior.pose_channels(p, SMALL, 0.2), embedding, SMALL) for p in poses
    ]
    area = behavior.build_map(embedding, found, SMALL)
    found = [behavior.assign(b, area) for b in found]
    return poses, truths, samples, embedding, found, area
