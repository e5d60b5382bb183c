"""The ``leap`` command.  Bad input ends in one line on stderr and exit status 2."""

from leap_core.cli.entry import main

__all__ = ["main"]
