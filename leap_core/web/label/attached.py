"""Run a command that ends with the process that started it, however that one ends.

``python -m leap_core.web.label.attached SIGNAL COMMAND...``: standard input is a pipe from the
starter.  When the pipe closes, as it does even when the starter is killed, or when SIGTERM comes,
the command gets SIGNAL, and is killed if it has not ended in time.  The exit status is the
command's.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

PATIENCE_S = 90.0


def main(arguments: list[str]) -> int:
    """Start the command, pass the wish to end on to it, and wait for it."""
    wanted = signal.Signals[arguments[0]]
    # what was started in the background ignores Ctrl-C, and hands that on to what it starts
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(arguments[1:], stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked = threading.Event()

    def ask(*_: object) -> None:
        if not asked.is_set():
            asked.set()
            process.send_signal(wanted)
            late = threading.Timer(PATIENCE_S, process.kill)
            late.daemon = True
            late.start()

    signal.signal(signal.SIGTERM, ask)

    def listen() -> None:
        while os.read(0, 4096):
            pass
        ask()

    threading.Thread(target=listen, daemon=True).start()
    status = process.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
