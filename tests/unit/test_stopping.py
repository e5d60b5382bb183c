"""SIGTERM ends a process wherever it comes, and its clean-up is left to end."""

import subprocess
import sys

import pytest

IN_A_FINALIZER = """
class Held:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
Held()
"""
DROPPED_BY_A_LIBRARY = """
try:
    os.kill(os.getpid(), signal.SIGTERM)
except BaseException:
    pass
"""
PLAIN = "os.kill(os.getpid(), signal.SIGTERM)\n"
PROGRAM = """
import os, signal, time
from leap_core.stopping import Stopped, on_sigterm
def clean_up():
    print("begun", flush=True)
    for _ in range(10):  # longer than it takes until it would be raised again
        time.sleep(0.1)
    print("cleaned", flush=True)
def work():
{comes}
    time.sleep(60)
    print("went on", flush=True)
def main():
    try:
        work()
    finally:
        clean_up()
try:
    with on_sigterm():
        main()
except Stopped:
    time.sleep(0.5)
    print("stopped", flush=True)
time.sleep(0.5)
print("end", flush=True)
"""


@pytest.mark.parametrize("comes", [PLAIN, IN_A_FINALIZER, DROPPED_BY_A_LIBRARY])
def test_a_process_ends_though_python_or_a_library_drops_the_exception(comes):
    lines = "\n".join("    " + line for line in comes.splitlines())
    command = [sys.executable, "-c", PROGRAM.format(comes=lines)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=50)
    assert ran.stdout.split("\n") == ["begun", "cleaned", "stopped", "end", ""], ran.stderr
