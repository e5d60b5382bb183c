"""Two animals."""

import numpy as np
import pytest
from fixtures.tracks import walk


@pytest.fixture
def pair():
    """Two animals that walk, with scores; the second is absent in the first two frames."""
    points = np.stack([walk(10, 3)[0], walk(10, 4)[0]])
    points[1, :2] = np.nan
    return points, np.random.default_rng(5).uniform(0.3, 1, (2, 10, 4))
