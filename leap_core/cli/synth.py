"""The ``leap synth`` command."""

from __future__ import annotations

import argparse
from pathlib import Path

from leap_core import config, skeleton
from leap_core.cli import checks
from leap_core.config.names import SHOWN
from leap_core.errors import UserError
from leap_core.provenance import hashes

SKELETONS = {"mouse": Path("config/skeletons/mouse16.yaml")}
FLY = Path("config/skeletons/fly32.yaml")
HELP = "render a synthetic animal: a video and its truth"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap synth``."""
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    parser.add_argument(
        "--animal", choices=list(SHOWN), default="fly", help="default fly; pair = two flies"
    )
    parser.add_argument("--seed", type=int, default=0, help="another seed, another fly (default 0)")
    parser.add_argument("--frames", type=int, help="how many, at 100 frames/s (mouse: 50)")
    parser.add_argument(
        "--camera", choices=["arena", "closed_loop"], default="arena", help="default arena"
    )
    parser.add_argument("--size", type=int, help="side of the image, px (closed_loop: 200)")
    parser.add_argument("--skeleton", type=Path, help="default fly32, of a mouse mouse16")


def run(options: argparse.Namespace) -> None:
    """Write a video, its truth and, where a camera follows, its track; UserError on bad input."""
    from leap_core.synthetic import animals

    if options.seed < 0:
        raise UserError(f"--seed: expected 0 or more, got {options.seed}; choose another")
    size = 200 if options.size is None and options.camera == "closed_loop" else options.size
    given = {"camera": options.camera, "frames": options.frames, "size": size}
    name, shown = options.animal, SHOWN[options.animal]
    skeleton_path = options.skeleton or SKELETONS.get(name, FLY)
    settings = config.from_dict(
        {
            "dataset": "synth",
            "skeleton": str(skeleton_path),
            "videos": [{"id": name, "synthetic": options.seed, "animals": shown}],
            "synthetic": {"animal": name}
            | {key: value for key, value in given.items() if value is not None},
        },
        "leap synth",
    )
    video = options.output / f"{name}.mp4"
    truths = [options.output / f"{one}.truth.h5" for one in settings.synthetic_recordings]
    follows = options.camera == "closed_loop"
    track = options.output / f"{name}.camera.csv" if follows else None
    files = [video, *truths, *([track] if track else [])]
    checks.check_targets(files, [skeleton_path])
    section = config.to_dict(settings.synthetic)
    parts = skeleton.read(skeleton_path)
    animals.render_animals(
        video,
        truths,
        options.seed,
        settings.synthetic,
        parts,
        hashes.record(section, [skeleton_path], seed=options.seed),
        track,
    )
    print(" and ".join(str(file) for file in files))
