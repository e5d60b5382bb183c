"""The next piece of work is prepared while the current one is computed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor


def ahead(function: Callable, items: Iterable) -> Iterator:
    """Map ``function`` over ``items`` in order, working one item ahead in a thread."""
    with ThreadPoolExecutor(1) as pool:
        waiting = None
        for item in items:
            future = pool.submit(function, item)
            if waiting is not None:
                yield waiting.result()
            waiting = future
        if waiting is not None:
            yield waiting.result()


def drawn_ahead(items: Iterator, most: int) -> Iterator:
    """The items of an iterator, the next ones made in a thread while one is used.

    The thread sleeps until half of what may wait is used: woken for each item it would take the
    interpreter from who uses them, again and again.

    Args:
        most: items that wait to be used, 1 or more.
    """
    block, used = max(1, most // 2), 0
    made: queue.SimpleQueue = queue.SimpleQueue()
    room, end = threading.Semaphore(most), threading.Event()

    def draw() -> None:
        try:
            for item in items:
                made.put((item, None))
                room.acquire()
                if end.is_set():
                    return
            made.put((None, StopIteration()))
        except BaseException as error:  # of whoever takes the items
            made.put((None, error))

    thread = threading.Thread(target=draw, daemon=True)
    thread.start()
    try:
        while True:
            item, error = made.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            used += 1
            if used % block == 0:
                room.release(block)
            yield item
    finally:
        end.set()
        room.release()
        thread.join()
