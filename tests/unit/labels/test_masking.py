"""Labels on images without background: found by their pixels among a dataset's own crops."""

from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
from fixtures.labels import TINY

from leap_core import containers
from leap_core.containers import Crops, Labels, Sample, open_crops
from leap_core.errors import UserError
from leap_core.labels import masking

FRAMES, SIDE = 12, 8


def crops(name, seed, first=0):
    """Crops of one recording with background, frames counted from ``first``."""
    rng = np.random.default_rng(seed)
    return Crops(
        images=rng.integers(1, 255, (FRAMES, SIDE, SIDE, 1), dtype=np.uint8),
        frame=np.arange(first, first + FRAMES),
        valid=np.ones(FRAMES, bool),
        center=np.zeros((FRAMES, 2)),
        heading=np.zeros(FRAMES),
        recording=name,
    )


def sample_of(*chosen):
    """A sample of (crops, row) pairs."""
    images = np.stack([one.images[row] for one, row in chosen])
    return Sample(
        images=images,
        source=np.array([one.recording for one, _ in chosen], dtype=str),
        frame=np.array([one.frame[row] for one, row in chosen]),
        cluster=np.zeros(len(chosen), int),
        mean=np.zeros((SIDE, SIDE)),
        components=np.zeros((1, SIDE, SIDE)),
        explained=np.zeros(1),
        centroids=np.zeros((1, 1)),
        sizes=np.array([len(chosen)]),
    )


def labels_of(images, frame):
    count = len(images)
    return Labels(
        images=np.stack(images),
        positions=np.ones((count, 4, 2), np.float32),
        status=np.ones((count, 4), np.int8),
        source=np.array(["mine"] * count, dtype=str),
        frame=np.asarray(frame),
        split=np.full(count, containers.SPLITS["none"]),
        skeleton=TINY,
    )


def masked(folder, labels, sample, recordings):
    """As the job does it: crops on disk, those without background half as bright."""
    with ExitStack() as stack:
        opened = []
        for kind, each in (("plain", recordings), ("masked", [dimmed(one) for one in recordings])):
            readers = {}
            for one in each:
                path = folder / f"{kind}_{one.recording}.h5"
                one.write(path)
                readers[one.recording] = stack.enter_context(open_crops(path))
            opened.append(readers)
        return masking.masked(labels, sample, *opened, "labels.h5")


def dimmed(one):
    return replace(one, images=one.images // 2)


def test_labels_outlive_another_sample(tmp_path):
    """A third video draws other frames; rows of a label file number no frames of a video."""
    a, b, c = crops("a", 1), crops("b", 2, first=100), crops("c", 3)
    chosen = [(a, 2), (b, 7), (b, 3), (a, 9)]
    mine = labels_of([one.images[row] for one, row in chosen], range(4))
    before = masked(tmp_path, mine, sample_of(*chosen), [a, b])
    after = masked(tmp_path, mine, sample_of((c, 1), (a, 2), (c, 5)), [a, b, c])
    expected = np.stack([one.images[row] // 2 for one, row in chosen])
    np.testing.assert_array_equal(before.images, expected)
    np.testing.assert_array_equal(after.images, expected)
    np.testing.assert_array_equal(after.positions, mine.positions)


def test_labels_that_keep_the_frame_of_their_video(tmp_path):
    a, b = crops("a", 1), crops("b", 2, first=100)
    mine = labels_of([b.images[4], a.images[4]], [104, 4])
    made = masked(tmp_path, mine, sample_of((a, 0)), [a, b])
    np.testing.assert_array_equal(made.images, np.stack([b.images[4], a.images[4]]) // 2)


def test_an_image_of_another_dataset_is_named(tmp_path):
    a, other = crops("a", 1), crops("x", 9)
    mine = labels_of([a.images[1], other.images[3]], [0, 3])
    with pytest.raises(UserError, match=r"labels.h5: image 3 of mine is no crop of .* \(a\)"):
        masked(tmp_path, mine, sample_of((a, 1), (other, 3)), [a])
    bigger = labels_of([np.ones((SIDE + 2, SIDE + 2, 1), np.uint8)], [5])
    with pytest.raises(UserError, match="image 5 of mine"):
        masked(tmp_path, bigger, sample_of((a, 1)), [a])
