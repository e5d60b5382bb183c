"""How many threads work may take, and one thread for work that goes frame by frame.

A product of small matrices takes longer in two threads than in one where other programs keep the
cores busy: every product waits for the slower thread.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    counted = getattr(os, "process_cpu_count", os.cpu_count)
    return counted() or 1


def count(wanted: int | None = None) -> int:
    """Threads for work that can be shared out: ``wanted``, else OMP_NUM_THREADS, else all cores.

    OMP_NUM_THREADS may be a list for nested levels ("4,2"), of which the first counts; 0 and what
    is no number count as not set.

    >>> count(3)
    3
    """
    if wanted:
        return max(1, wanted)
    asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return (int(asked) if asked.isdigit() else 0) or cores()


@contextmanager
def limited(number: int = 1) -> Iterator[None]:
    """Hold the threads of BLAS, OpenMP and OpenCV to ``number``; as a block or a decorator.

    Of the whole process, and of libraries that are loaded by then; afterwards all is as before.
    Looking for the libraries takes some milliseconds: put it around a loop, not into it.
    """
    opencv = sys.modules.get("cv2")
    before = opencv.getNumThreads() if opencv else 0
    with threadpool_limits(number):
        if opencv:
            opencv.setNumThreads(number)
        try:
            yield
        finally:
            if opencv:
                opencv.setNumThreads(before)
