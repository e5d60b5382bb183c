"""Every frame of a video looked at by itself, in several processes where there are cores for them.

The results come in the order of the frames and are the same for any number of processes.
"""

from __future__ import annotations

import mmap
import multiprocessing
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from leap_core import threads
from leap_core.io import video
from leap_core.preprocess.recipe import Task

_MOST = 4  # processes: one decoder gives no more of them enough to do
_LEAST_FRAMES = 300  # of fewer, the start of a process costs more than it spares
_WAITING = 3  # frames that wait for each process
_LEAVE_S = 10.0
_ENDED = "a process that tracks has ended; is there memory enough?"

Found = TypeVar("Found")
Frames = Iterator[tuple[int, np.ndarray | None]]


def looked_at(
    task: Task, look: Callable[[np.ndarray], Found | None], helpers: int | None = None
) -> Iterator[tuple[int, Found]]:
    """Number and result of every frame that decodes and has one, with progress.

    Args:
        look: a grey frame (y, x) uint8 -> what is found in it, of numbers and arrays; None =
            nothing.  It must not keep the frame, nor anything from one frame to the next.
        helpers: processes beside this one, which decodes; 0 = all is done in this one, None = as
            many as there are threads to use (:func:`leap_core.threads.count`), if more than one.
    """
    if helpers is None:
        helpers = min(threads.count(), _MOST)
        may = sys.platform.startswith("linux") and not multiprocessing.current_process().daemon
        if helpers == 1 or len(task.info) < _LEAST_FRAMES or not may:
            helpers = 0
    frames = video.read_frames(task.path, task.info)
    if helpers:
        found = _shared(frames, look, helpers, (task.info.height, task.info.width))
    else:
        found = ((k, None if image is None else look(image)) for k, image in frames)
    for k, one in tqdm(found, total=len(task.info), desc="track", unit="frame", disable=None):
        if one is not None:
            yield k, one


def _shared(
    frames: Frames,
    look: Callable[[np.ndarray], Found | None],
    helpers: int,
    shape: tuple[int, int],
) -> Iterator[tuple[int, Found | None]]:
    """Each frame goes to the next process in turn, through memory that both see."""
    crew: list[_Helper] = []
    order: deque[tuple[int, _Helper | None]] = deque()

    def first() -> tuple[int, Found | None]:
        k, helper = order.popleft()
        return k, None if helper is None else helper.answer()

    try:
        for _ in range(helpers):
            crew.append(_Helper(look, shape, crew))
        turn = 0
        for k, image in frames:
            if image is None:
                order.append((k, None))
                continue
            helper = crew[turn % helpers]
            turn += 1
            while helper.busy == _WAITING:
                yield first()
            helper.give(image)
            order.append((k, helper))
        while order:
            yield first()
    finally:
        for helper in crew:
            helper.leave()


class _Helper:
    """A process that looks at frames; it ends when its end of the line is closed.

    Attributes:
        busy: frames that were given and not answered for.
    """

    def __init__(self, look: Callable, shape: tuple[int, int], crew: list[_Helper]):
        memory = mmap.mmap(-1, _WAITING * shape[0] * shape[1])
        self._frames = np.frombuffer(memory, np.uint8).reshape(_WAITING, *shape)
        self._given = self.busy = 0
        context = multiprocessing.get_context("fork")
        self._line, far = context.Pipe()
        lines = [self._line, *(helper._line for helper in crew)]
        self._process = context.Process(
            target=_work, args=(far, lines, self._frames, look), daemon=True
        )
        with warnings.catch_warnings():  # of threads, of which none runs now
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process.start()
        far.close()

    def give(self, image: np.ndarray) -> None:
        slot = self._given % _WAITING
        self._frames[slot] = image
        try:
            self._line.send_bytes(bytes([slot]))
        except OSError:
            raise RuntimeError(_ENDED) from None
        self._given += 1
        self.busy += 1

    def answer(self):
        """What was found in the frame that was given first."""
        try:
            found, error = self._line.recv()
        except (EOFError, OSError):
            raise RuntimeError(_ENDED) from None
        self.busy -= 1
        if error is not None:
            raise error
        return found

    def leave(self) -> None:
        self._line.close()
        self._process.join(_LEAVE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _work(line: Connection, others: list[Connection], frames: np.ndarray, look: Callable) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever gives the frames ends this
    for other in others:
        other.close()  # or this process would keep them open, and others wait for ever
    while True:
        try:
            slot = line.recv_bytes()[0]
        except (EOFError, OSError):
            return
        found, wrong = None, None
        try:
            found = look(frames[slot])
        except Exception as error:  # it is raised where the frames come from
            wrong = error
        try:
            line.send((found, wrong))
        except OSError:
            return
