"""Thread counts, and one thread around work that goes frame by frame."""

import os

import cv2
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from leap_core import threads


@pytest.mark.parametrize(("text", "expected"), [("3", 3), ("4,2", 4), (" 2 ", 2)])
def test_the_variable_says_how_many(monkeypatch, text, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    assert threads.count() == expected
    assert threads.count(5) == 5


@pytest.mark.parametrize("text", ["", "0", "many", "-1"])
def test_a_variable_without_a_number_is_not_set(monkeypatch, text):
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    assert threads.count() == threads.cores() >= 1


def test_cores_are_counted_where_there_is_no_affinity(monkeypatch):
    """As on macOS."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "process_cpu_count", lambda: 6, raising=False)
    assert threads.cores() == 6
    monkeypatch.delattr(os, "process_cpu_count")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert threads.cores() == 1


def _pools() -> list[int]:
    np.ones((2, 2)) @ np.ones((2, 2))
    return [library["num_threads"] for library in threadpool_info()]


def test_all_libraries_have_one_thread_inside_and_their_own_after():
    cv2.setNumThreads(2)
    before = _pools()
    with threads.limited():
        assert set(_pools()) == {1} and cv2.getNumThreads() == 1
        with threads.limited(2):
            assert cv2.getNumThreads() == 2
        assert cv2.getNumThreads() == 1
    assert _pools() == before and cv2.getNumThreads() == 2


def test_the_threads_come_back_after_an_error():
    cv2.setNumThreads(2)
    before = _pools()

    @threads.limited()
    def fails():
        raise RuntimeError("told")

    with pytest.raises(RuntimeError, match="told"):
        fails()
    assert _pools() == before and cv2.getNumThreads() == 2
