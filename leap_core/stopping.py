"""SIGTERM ends a process as an exception does: files that are being written are cleaned up."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AGAIN_S = 0.2


class Stopped(BaseException):
    """The process was asked to end (SIGTERM)."""


@contextmanager
def on_sigterm() -> Iterator[None]:
    """Within it SIGTERM raises :class:`Stopped` in the main thread, once it can be heard.

    Python drops what is raised in a finalizer, and libraries drop it while they are imported; so
    it is raised again until it is on its way.  Clean-up on that way is left alone.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _stop(signum: int, frame: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, _again)
    signal.setitimer(signal.ITIMER_REAL, AGAIN_S, AGAIN_S)
    raise Stopped


def _again(signum: int, frame: Any) -> None:
    error = sys.exc_info()[1]  # what the code that was interrupted is handling
    while error is not None and not isinstance(error, Stopped):
        error = error.__context__
    if error is None:
        raise Stopped
