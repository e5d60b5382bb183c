"""Videos on the command line: which one of the config it is, and its track."""

from __future__ import annotations

import sys
from pathlib import Path

from leap_core import config, containers, sources
from leap_core.config.declared import alone
from leap_core.errors import UserError


def of_config(settings: config.Config, path: Path) -> config.Video:
    """The video of the config that is this file; else a new one, without rate or scale.

    A new one shows as many animals as those of the config, if they all show the same number.
    """
    for video in settings.videos:
        found = sources.find_source(video.path)
        if found and found.resolve() == path.resolve():
            return video
    numbers = {video.animals for video in settings.videos}
    return config.Video(id=path.stem, animals=numbers.pop() if len(numbers) == 1 else 1)


def files_of(settings: config.Config, video: config.Video) -> list[Path]:
    """Further files that its track is made from."""
    given = [sources.find_source(source.path) for source in video.track_sources]
    found = [sources.find_source(video.camera_track), *given]
    return [file for file in (*found, _corrections(settings, video)) if file]


def _corrections(settings: config.Config, video: config.Video) -> Path | None:
    """The corrections of a video of the config; None = there are none."""
    if video not in settings.videos:
        return None
    path = sources.corrections(settings, video)
    return path if video.corrections or path.exists() else None


def track_as_config(path: Path, settings: config.Config) -> containers.Track:
    """Track a video as a config says, whether it is one of the config's or not, and mend it.

    Raises:
        UserError: as :func:`leap_core.preprocess.track`, or no camera track where one is named.
    """
    from leap_core.io import video as films
    from leap_core.io.pixels import Depth
    from leap_core.preprocess import corrections, footage, given_track, mending, tracking

    video = of_config(settings, path)
    if video not in settings.videos:
        print(
            f"note: {path} is no video of the config: its frame rate is the file's, its scale "
            f"and camera track are unknown, animals in view: {video.animals}",
            file=sys.stderr,
        )
    camera = sources.find_source(video.camera_track)
    if video.camera_track and camera is None:
        raise UserError(
            f"{video.camera_track}: no such file, but it is the `camera_track` of video "
            f"{video.id!r}; correct it or set LEAP_DATA"
        )
    files = [_track_file(video, source) for source in video.track_sources]
    # the other files of a dataset may hold larger samples than this one
    several = video in settings.videos and not alone(config.to_dict(settings))
    info = films.settle(films.probe(path, video.dataset), Depth(settings.bits, ask=several))
    said = footage.facts(info)
    for line in footage.notes_of(said):
        print(f"note: {path}: {line}", file=sys.stderr)
    for line in footage.warnings_of(said):
        print(f"WARNING: {path}: {line}", file=sys.stderr)
    table = _corrections(settings, video)
    mend = corrections.read(table, video.animals, len(info)) if table else []
    found = tracking.track(
        path,
        settings.track,
        video.animals,
        video.fps,
        video.px_per_mm,
        camera,
        bits=info.bits,
        dataset=video.dataset,
        given=given_track.of_video(video, files),
        judged=False,
    )
    made = mending.finished(found, mend)
    for line in mending.misfits(found, mend):
        print(f"WARNING: {line}", file=sys.stderr)
    return made


def _track_file(video: config.Video, source: config.Source) -> Path:
    found = sources.find_source(source.path)
    if found is None:
        raise UserError(
            f"{source.path}: no such file, but it is the `track_file` of video {video.id!r}, or "
            "that of its next animal; correct it or set LEAP_DATA"
        )
    return found
