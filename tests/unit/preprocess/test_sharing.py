"""Frames shared out to processes give what one process gives, in order, errors too."""

import os
import signal
import sys

import numpy as np
import pytest

from leap_core import config
from leap_core.io import video
from leap_core.preprocess import sharing
from leap_core.preprocess.recipe import Task

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes by fork")


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    path = tmp_path_factory.mktemp("shared") / "film.mp4"
    noise = np.random.default_rng(0).integers(0, 256, (40, 48, 64), dtype=np.uint8)
    video.write_video(path, noise, 25.0)
    return Task(path, video.settle(video.probe(path)), config.Track(), 1, 25.0)


@pytest.mark.parametrize("helpers", [1, 2, 5])
def test_results_do_not_depend_on_the_processes(task, helpers):
    def look(image):
        return None if image[0, 0] % 3 == 0 else (image.sum(), image[3].copy())

    alone, shared = (list(sharing.looked_at(task, look, n)) for n in (0, helpers))
    assert 0 < len(alone) < 40
    assert [k for k, _ in shared] == [k for k, _ in alone]
    for (_, (one, row)), (_, (other, same)) in zip(alone, shared, strict=True):
        assert one == other and (row == same).all()


@pytest.mark.parametrize("helpers", [0, 2])
def test_an_error_comes_out_where_the_frames_are_asked_for(task, helpers):
    def look(image):
        raise ZeroDivisionError("of frame")

    with pytest.raises(ZeroDivisionError, match="of frame"):
        list(sharing.looked_at(task, look, helpers))


def test_a_process_that_dies_is_told(task):
    def look(image):
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(RuntimeError, match="has ended"):
        list(sharing.looked_at(task, look, 2))


def test_who_stops_early_leaves_no_process(task):
    frames = sharing.looked_at(task, lambda image: os.getpid(), 2)
    first, second = next(frames)[1], next(frames)[1]
    assert len({first, second, os.getpid()}) == 3
    frames.close()
    for process in (first, second):
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
