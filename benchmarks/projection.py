"""Speed and exactness of the projection onto a behavior map, beside openTSNE's `transform`.

    .venv/bin/python benchmarks/projection.py [points] [frames]

The map has ``points`` (default 35,000) rows of 1,550 features of simulated flies, 5,000 of each;
``frames`` (default 16,384) of another fly are placed on it.  Their rows are computed beforehand.
Comparing every row is slow: it is timed on 2,048 of them.  openTSNE gets all frames in one call,
which suits it best.  Runs for several minutes, most of them in the t-SNE.
"""

import sys
import time

import numpy as np
import openTSNE
import table
from openTSNE.affinity import PerplexityBasedNN

from leap_core import config, geometry, skeleton, threads
from leap_core.behavior import neighbors, regions, wavelets
from leap_core.behavior.channels import pose_channels
from leap_core.behavior.embedding import NEIGHBORS, place
from leap_core.behavior.importance import evenly, rows_at
from leap_core.behavior.tsne import HALF_SIDE, MARGIN_FACTOR
from leap_core.containers import GaitModel, Poses
from leap_core.gait import decoding
from leap_core.synthetic import anatomy, movie

SETTINGS = config.Behavior()
PARTS = "config/skeletons/fly32.yaml"
LENGTH = 30000  # frames of each simulated fly
EACH = 5000  # training rows of each
PAPER = 21_000_000  # frames of the paper's 59 flies
VITERBI = 2_600_000  # of them in walking bouts
JITTER = 0.6  # px, of the measured positions
COMPARED = 2048  # frames whose nearest rows are sought among all rows


def channels(seed, frames):
    """Channels of a simulated fly whose parts were measured with some jitter."""
    rng = np.random.default_rng(seed)
    fly, parts = anatomy.individual(rng), skeleton.read(PARTS)
    scene = config.Synthetic(frames=frames, camera="closed_loop", size=200)
    truth = movie.truth(movie.simulate(scene, fly, rng), fly, parts)
    positions = geometry.to_crop(truth.positions, truth.centroid, truth.heading, 192)
    poses = Poses(
        positions=positions + rng.normal(0, JITTER, positions.shape),
        confidence=np.ones(positions.shape[:2]),
        frame=np.arange(frames),
        valid=np.ones(frames, bool),
        skeleton=parts,
        recording=f"fly{seed}",
        fps=truth.fps,
    )
    return pose_channels(poses, SETTINGS, 0.2)


def timed(action, count):
    """What an action gives, its seconds of wall time and of CPU time per ``count``."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = action()
    return result, (time.perf_counter() - wall) / count, (time.process_time() - cpu) / count


def viterbi():
    """CPU seconds per frame of the gait model's Viterbi path."""
    model = decoding.machine_of(
        GaitModel(
            start=np.full(3, 1 / 3),
            transition=np.full((3, 3), 0.02) + 0.94 * np.eye(3),
            emission=np.random.default_rng(0).dirichlet(np.ones(7), 3),
            log_likelihood=np.zeros(1),
            states=["tripod", "tetrapod", "non-canonical"],
        )
    )
    symbols = np.random.default_rng(1).integers(0, 7, (VITERBI, 1))
    return timed(lambda: model.predict(symbols), VITERBI)[2]


def main(points=35000, frames=16384):
    flies = -(-points // EACH)
    frequencies = wavelets.frequency_axis(1, 50, 25, 100.0)
    rows = []
    for seed in range(1, flies + 1):
        found = channels(seed, LENGTH)
        rows.append(rows_at(found, evenly(np.arange(LENGTH), EACH), frequencies, SETTINGS))
    rows = np.concatenate(rows)[:points]
    found = channels(flies + 1, frames)
    query, _, spectrum = timed(
        lambda: rows_at(found, np.arange(frames), frequencies, SETTINGS), frames
    )

    roots, jobs = np.sqrt(rows), threads.count()
    known = {
        name: PerplexityBasedNN(roots, 32, method=method, n_jobs=jobs, random_state=0)
        for name, method in (("its default", "auto"), ("exact", "exact"))
    }
    start = openTSNE.initialization.pca(roots, random_state=0)
    machine = openTSNE.TSNE(n_jobs=jobs, random_state=0)
    fitted = machine.fit(affinities=known["exact"], initialization=start)
    middle = (fitted.max(axis=0) + fitted.min(axis=0)) / 2
    scale = HALF_SIDE / MARGIN_FACTOR / np.abs(fitted - middle).max()

    def scaled(z):
        return (np.asarray(z) - middle) * scale

    train = neighbors.prepare(rows, "hellinger")
    z, k = scaled(fitted), NEIGHBORS + 1

    def put(search, of):
        index, distance = search(of)
        return place(z[index], distance)

    few = evenly(np.arange(frames), COMPARED)
    exact = timed(
        lambda: put(lambda q: neighbors.nearest(q, rows, k, "hellinger"), query[few]), len(few)
    )
    ours = timed(lambda: put(lambda q: neighbors.nearby(q, train, k), query), frames)
    theirs = {}
    for name, affinities in known.items():
        on = openTSNE.TSNEEmbedding(np.array(fitted), affinities, n_jobs=jobs, random_state=0)
        theirs[name] = timed(lambda on=on: scaled(on.transform(np.sqrt(query))), frames)

    area = regions.watershed_regions(
        regions.density(z, SETTINGS.bins, SETTINGS.sigma), *SETTINGS.clip
    )
    truth = regions.region_at(area, exact[0])

    def same(way):
        return np.mean(regions.region_at(area, way[0][few]) == truth)

    def rate(way):
        return f"{1 / way[1]:,.0f} frames/s"

    lines = [
        (f"than openTSNE, {name} neighbours", rate(ours), rate(way), way[1] / ours[1], ">= 2",
         bool(way[1] >= 2 * ours[1]))
        for name, way in theirs.items()
    ]  # fmt: skip
    lines.append(
        ("than every row compared", rate(ours), rate(exact), exact[1] / ours[1], None, None)
    )
    share = same(ours)
    lines.append(("same region", f"{share:.2%}", "100 %", None, ">= 97 %", bool(share >= 0.97)))
    lines += [
        (f"same region, openTSNE, {name}", f"{same(way):.2%}", "100 %", None, None, None)
        for name, way in theirs.items()
    ]
    title = f"Placing {frames:,} frames on {len(rows):,} points x {rows.shape[1]:,}, {jobs} threads"
    table.show(title, lines)
    decoding, placing = viterbi(), ours[2]
    total = spectrum + placing + decoding
    print(
        f"CPU time per frame: spectrogram {1e6 * spectrum:.0f}, projection {1e6 * placing:.0f}, "
        f"Viterbi {1e6 * decoding:.2f} us"
    )
    print(
        f"Viterbi of {VITERBI:,} frames: {decoding * VITERBI:.2f} s, {decoding / total:.2%} of the "
        "three"
    )
    print(f"{PAPER:,} frames: {PAPER * (spectrum + placing) / 3600:.2f} core-hours")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
