"""The ``leap label`` command."""

from __future__ import annotations

import argparse
import asyncio
import re
from pathlib import Path

from leap_core import config
from leap_core.cli import serving
from leap_core.errors import UserError

HELP = "label frames in the browser, with the network's help"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap label``."""
    parser.add_argument("--config", type=Path, required=True, help="dataset YAML")
    parser.add_argument("--labels", type=Path, help="folder of the labels, instead of the config's")
    parser.add_argument(
        "--frames",
        nargs="+",
        default=[],
        metavar="RECORDING:FRAMES",
        help="further frames to label: fly1:10,20,100-200:10 (from 100 to 200 in steps of 10)",
    )
    serving.add_arguments(parser, "labels")
    parser.add_argument("--profile", help="train as a job of the cluster, by this profile")


def run(options: argparse.Namespace) -> None:
    """Serve the page until it is ended by Ctrl-C."""
    asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> None:
    from leap_core.web.label.routes import Page
    from leap_core.web.label.session import Session
    from leap_core.web.label.training import Trainer

    settings = config.read(options.config)
    folder = options.labels or Path(settings.labels_folder)
    chosen = [frame for text in options.frames for frame in frames_of(text)]
    session = Session(settings, options.config, folder, chosen)
    page = Page(session, serving.person(options))
    page.trainer = Trainer(folder, options.config, options.profile, page.training_changed)

    def told() -> list[str]:
        labeled = sum(item.done for item in session.items.values())
        first = f"{folder}: {len(session.order)} frames, {labeled} of them done"
        return [first, *(f"note: {note}" for note in session.notes)]

    promise = "every edit is on the disk before the page says `saved`"
    await serving.serve(options, folder, page, told, promise)


def frames_of(text: str) -> list[tuple[str, int]]:
    """The frames that ``RECORDING:10,20,100-200:10`` names.

    Raises:
        UserError: it is not written so.

    >>> frames_of("fly1:7,10-14:2")
    [('fly1', 7), ('fly1', 10), ('fly1', 12), ('fly1', 14)]
    """
    recording, _, numbers = text.partition(":")
    found: list[tuple[str, int]] = []
    for piece in numbers.split(","):
        match = re.fullmatch(r"(\d+)(?:-(\d+)(?::(\d+))?)?", piece)
        if not recording or match is None or match[3] == "0":
            raise UserError(
                f"--frames {text!r}: write RECORDING:FRAMES, such as fly1:10,20,100-200:10"
            )
        first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
        found += [(recording, frame) for frame in range(first, last + 1, step)]
    return found
