"""Simulated flies with their truth."""

import numpy as np
import pytest
from fixtures.stances import LEGS
from fixtures.walkers import FPS, SCALE

from leap_core import config
from leap_core.containers import Poses


@pytest.fixture(scope="session")
def flies(fly32):
    """Simulated flies with jitter of every part, the center too: truth, poses without a track."""
    from leap_core.synthetic import anatomy, movie

    made = []
    for seed in (41, 42, 43, 44):
        rng = np.random.default_rng(seed)
        fly = anatomy.individual(rng)
        settings = config.Synthetic(frames=6000, size=200, camera="closed_loop")
        truth = movie.truth(movie.simulate(settings, fly, rng), fly, fly32)
        turn = np.exp(-1j * truth.heading.astype(float))[:, None]
        places = truth.positions.astype(float) @ (1, 1j)
        body = (places - places[:, [fly32.index("thorax")]]) * turn
        jitter = rng.normal(0, 0.6, (6000, 32, 2))
        for t in range(1, 6000):  # partly correlated from frame to frame
            jitter[t] = 0.5 * jitter[t - 1] + np.sqrt(0.75) * jitter[t]
        poses = Poses(
            positions=np.stack([body.real, body.imag], axis=-1) + 95.5 + jitter,
            confidence=np.ones((6000, 32)),
            frame=np.arange(6000),
            valid=np.ones(6000, bool),
            skeleton=fly32,
            recording=f"fly{seed}",
            fps=FPS,
            px_per_mm=SCALE,
            tracked=False,
        )
        made.append((truth, poses))
    return made


@pytest.fixture(scope="session")
def true_stance(fly32):
    """Simulated flies: true stance in the order of LEGS, gait and walking, frame by frame."""
    from leap_core.synthetic import anatomy, movie

    made = []
    for seed in (51, 52):
        rng = np.random.default_rng(seed)
        fly = anatomy.individual(rng)
        settings = config.Synthetic(frames=6000, size=200, camera="closed_loop")
        truth = movie.truth(movie.simulate(settings, fly, rng), fly, fly32)
        order = [truth.legs.index(leg) for leg in LEGS]
        made.append((truth, truth.stance[:, order]))
    return made
