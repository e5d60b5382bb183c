"""Videos on the command line: which one of the config it is, and ``leap track``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from leap_core import checks, config, containers, provenance
from leap_core.errors import UserError


def of_config(settings: config.Config, path: Path) -> config.Video:
    """The video of the config that is this file; else a new one, without rate or scale.

    A new one shows as many animals as those of the config, if they all show the same number.
    """
    for video in settings.videos:
        found = config.find_source(video.path)
        if found and found.resolve() == path.resolve():
            return video
    numbers = {video.animals for video in settings.videos}
    return config.Video(id=path.stem, animals=numbers.pop() if len(numbers) == 1 else 1)


def files_of(video: config.Video) -> list[Path]:
    """Further files that its track is made from."""
    found = [config.find_source(video.camera_track)]
    return [file for file in (*found, video.corrections and Path(video.corrections)) if file]


def track(path: Path, settings: config.Config) -> containers.Track:
    """Track a video as a config says, whether it is one of the config's or not.

    Raises:
        UserError: as :func:`leap_core.preprocess.track`, or no camera track where one is named.
    """
    from leap_core import preprocess

    video = of_config(settings, path)
    if video not in settings.videos:
        print(
            f"note: {path} is no video of the config: its frame rate is the file's, its scale "
            f"and camera track are unknown, animals in view: {video.animals}",
            file=sys.stderr,
        )
    camera = config.find_source(video.camera_track)
    if video.camera_track and camera is None:
        raise UserError(
            f"{video.camera_track}: no such file, but it is the `camera_track` of video "
            f"{video.id!r}; correct it or set LEAP_DATA"
        )
    return preprocess.track(
        path, settings.track, video.animals, video.fps, video.px_per_mm, camera, video.corrections
    )


def run_track(options: argparse.Namespace) -> None:
    """Write the track of a video, and its picture if wanted."""
    from leap_core import preprocess

    settings = config.read(options.config)
    made_from = [options.video, *files_of(of_config(settings, options.video))]
    checks.check_targets([options.output, options.picture], [*made_from, options.config])
    found = track(options.video, settings)
    found.write(options.output, provenance.record(config.to_dict(settings.track), made_from))
    for animal, valid in enumerate(found.valid):
        sure = found.quality[animal] >= 0.5
        print(f"animal {animal}: found in {valid.mean():.1%} of {len(valid)} frames, "
              f"head sure in {(valid & sure).mean():.1%}")  # fmt: skip
    for line in preprocess.doubts(found):
        print(f"WARNING: {line}")
    if options.picture:
        from leap_core.figures import style, tracking

        style.save(tracking.draw(found), options.picture)
