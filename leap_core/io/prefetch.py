"""The next piece of work is prepared while the current one is computed."""

from __future__ import annotations

import itertools
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


def drawn_ahead(items: Iterator) -> Iterator:
    """The items of an iterator, the next one made in a thread while one is used."""
    end = object()
    for item in ahead(lambda _: next(items, end), itertools.repeat(None)):
        if item is end:
            return
        yield item
