"""What config and skeleton tell together: said when a run is planned, not after a training.

Each function belongs to a step of the workflow and is asked when that step is wanted.
"""

from __future__ import annotations

from pathlib import Path

from leap_core.behavior import choice
from leap_core.config import Config
from leap_core.errors import UserError
from leap_core.skeleton import Skeleton, check_mirror

SEVERAL = ("mesh",)  # alignment recipes that follow more than one animal


def check_map(settings: Config, skeleton: Skeleton) -> None:
    """The behavior map needs a center, and frequencies that all videos can show.

    Frame rates are those that the config states; others are known once the files are read.

    Raises:
        UserError: no center, a center that is no part, or rates that do not fit.
    """
    center = settings.behavior.center
    if center and center not in skeleton.parts:
        raise UserError(
            f"config: `behavior.center` is {center!r}, which is no part of {settings.skeleton} "
            f"({', '.join(skeleton.parts)}); name one of them"
        )
    if not center and not skeleton.origin:
        raise UserError(
            f"{settings.skeleton}: no center for the behavior map; name `roles.center` there (or "
            "`roles.axis`, whose middle serves), or set `behavior.center`"
        )
    low, high = settings.behavior.fmin, settings.behavior.fmax
    if "fmax" in settings.behavior.auto:
        high = _highest(settings)
    tops = {fps: min(high, fps / 2) for fps in _rates(settings)}
    for fps, top in tops.items():
        if low >= top and "fmin" not in settings.behavior.auto:
            raise UserError(
                f"config: `behavior.fmin` is {low:g} Hz, but {_at(settings, fps)} of {fps:g} "
                f"frames/s shows only what is below {top:g} Hz; lower it"
            )
    if len(set(tops.values())) > 1:
        slow = min(tops)
        raise UserError(
            f"config: `behavior.fmax` is {high:g} Hz, but {_at(settings, slow)} of {slow:g} "
            f"frames/s shows no more than {tops[slow]:g} Hz, and all recordings of a map have the "
            f"same frequencies; set it to {tops[slow]:g} or less"
        )


def _highest(settings: Config) -> float:
    """The highest frequency that ``behavior.auto`` will choose, Hz; 0 where rates are not stated.

    It goes by the recordings that make the map.
    """
    names = settings.behavior.map_recordings or settings.recordings
    rates = [settings.video(settings.recordings[name][0]).fps for name in names]
    return min([choice.HIGHEST_HZ, *((fps or 0) / 2 for fps in rates)])


def check_gait(settings: Config, skeleton: Skeleton) -> None:
    """The gait analysis needs legs, a center, and one frame rate.

    Raises:
        UserError: one of them is missing.
    """
    off = "or set `gait.enabled: false`"
    if not skeleton.legs:
        raise UserError(
            f"{settings.skeleton}: no legs for the gait analysis; name `roles.legs` there, {off}"
        )
    if not skeleton.origin:
        raise UserError(
            f"{settings.skeleton}: no center for the gait analysis; name `roles.center` there (or "
            f"`roles.axis`, whose middle serves), {off}"
        )
    rates = _rates(settings)
    if len(rates) > 1:
        one, two = rates[:2]
        raise UserError(
            f"config: {_at(settings, one)} has {one:g} and {_at(settings, two)} {two:g} frames/s, "
            f"but gait modes are learned per frame; make them two datasets, {off}"
        )


def _rates(settings: Config) -> list[float]:
    """The frame rates that videos state."""
    return list(dict.fromkeys(video.fps for video in settings.videos if video.fps))


def _at(settings: Config, fps: float) -> str:
    return next(f"video {video.id!r}" for video in settings.videos if video.fps == fps)


def check_track(settings: Config, skeleton: Skeleton) -> None:
    """The alignment recipe, which is that of all videos, must suit each of them.

    Raises:
        UserError: it follows one animal and a video shows more, or it cannot use a camera track or
            the track of another program.
    """
    recipe = settings.track.recipe
    for video in settings.videos:
        if video.track_file and recipe == "precropped":
            raise UserError(
                f"config: `track.recipe` {recipe!r} takes boxes that were cut by other means, so "
                f"the `track_file` of video {video.id!r} tells nothing; remove it or use 'mesh'"
            )
        if video.animals > 1 and recipe not in SEVERAL and not video.track_file:
            raise UserError(
                f"config: `track.recipe` {recipe!r} follows one animal, but video {video.id!r} has "
                f"`animals: {video.animals}`; use {' or '.join(map(repr, SEVERAL))}, or set "
                "`animals: 1`"
            )
        if video.camera_track and recipe == "precropped":
            raise UserError(
                f"config: `track.recipe` {recipe!r} takes boxes that were turned by unknown "
                f"angles, so the `camera_track` of video {video.id!r} tells nothing; remove it or "
                "use 'radon'"
            )


def check_label_import(settings: Config, skeleton: Skeleton) -> None:
    """Labels that are turned by the body axis need one; listed exclusions need their file.

    Raises:
        UserError: one of them is missing.
    """
    if settings.labels.align and skeleton.axis is None:
        raise UserError(
            f"{settings.skeleton}: no axis to turn label images by, as `labels.align` asks for; "
            "name `roles.axis` (tail part, head part) there, or set `labels.align: false`"
        )
    check_file(settings.labels.exclusions, "labels.exclusions")


def check_pose_import(settings: Config, skeleton: Skeleton) -> None:
    """Poses of a fixed camera are turned by the body axis.

    Raises:
        UserError: the skeleton has none.
    """
    fixed = [video.id for video in settings.videos if video.poses and video.egocentric is False]
    if fixed and skeleton.axis is None:
        raise UserError(
            f"{settings.skeleton}: no axis to turn poses by, but video {fixed[0]!r} has "
            "`egocentric: false`; name `roles.axis` there, or remove that"
        )


def check_training(settings: Config, skeleton: Skeleton) -> None:
    """Training needs a share of the labels, and mirrored images both sides of the animal.

    Raises:
        UserError: it gets none, a part has one side and no partner, or the network to begin with
            is not there or of another kind.
    """
    if not settings.split.train:
        raise UserError("config: `split.train` is 0: no label to train on; give it a share")
    unmirrored(settings, skeleton)
    check_start(settings, skeleton)


def check_start(settings: Config, skeleton: Skeleton) -> None:
    """A training can begin with the network that the config names for that.

    Raises:
        UserError: it is not there, or of another kind.
    """
    from leap_core.pose import starting

    if settings.training.start:
        check_file(settings.training.start, "training.start")
        starting.check(settings.training.start, settings.model)


def unmirrored(settings: Config, skeleton: Skeleton) -> str | None:
    """What to say where images are not mirrored although the config asks for it; else None.

    Raises:
        UserError: a part has one side and no partner.
    """
    told = [
        check_mirror(skeleton, settings.skeleton, f"{name}.mirror")
        for name in ("training", "prediction")
        if getattr(settings, name).mirror
    ]
    return next((line.removeprefix("WARNING: ") for line in told if line), None)


def check_judgment(settings: Config, skeleton: Skeleton) -> None:
    """A network is judged on labels that it never saw.

    Raises:
        UserError: none are kept for that.
    """
    if not settings.split.test:
        raise UserError(
            "config: `split.test` is 0: no label to judge the network on, as the figures do; give "
            "it a share, or ask for the files of results/ that you want by their names"
        )


def check_exports(settings: Config, skeleton: Skeleton) -> None:
    """Exports need a format.

    Raises:
        UserError: the config names none.
    """
    if not settings.exports.formats:
        raise UserError(
            "config: `exports.formats` is empty, so there is nothing to export; name some, such as "
            "[slp, csv]"
        )


def check_file(path: str | None, key: str) -> None:
    """A small table that the config names is there.

    Raises:
        UserError: it is not.
    """
    if path and not Path(path).is_file():
        raise UserError(f"{path}: no such file (looked from {Path.cwd()}); correct `{key}`")


def missing_labels(settings: Config, browser: bool = False, config: str = "...") -> str | None:
    """What to say where networks are wanted and there is no label; None where there are some.

    Args:
        browser: some were made in the browser.
        config: the dataset's YAML, for the message.
    """
    if settings.labels.sources or settings.labels.truth or browser:
        return None
    return (
        f"`labels.sources` is empty and {settings.labels_folder} holds no labels, so training will "
        "stop at rule split; ask for `alignment` to look at the animals and sample frames, then "
        f"label some with `leap label --config {config}`"
    )


def unused_labels(settings: Config, labeled: int) -> str | None:
    """What to say of labels made in the browser that no network learns from; None where all serve.

    Args:
        labeled: labeled frames of animals in the folder.
    """
    if labeled and any(video.poses for video in settings.videos):
        return (
            f"{settings.labels_folder}: its {labeled} labeled frames serve nothing here: poses of "
            "another tool come without images and network"
        )
    return None


def unused_corrections(settings: Config) -> list[str]:
    """What to say of tables of corrections that are of no video: one was renamed or taken out."""
    videos = {video.id: video for video in settings.videos}
    lines = []
    for path in sorted((Path(settings.labels_folder) / "corrections").glob("*.csv")):
        name = path.name.removesuffix(".csv")
        if name.endswith(".accepted"):
            continue
        if name not in videos:
            lines.append(f"{path}: no video has the id {name!r}; rename it after one, or remove it")
        elif videos[name].corrections:
            lines.append(
                f"{path}: is not read, as `corrections` of video {name!r} names "
                f"{videos[name].corrections}; remove one of them"
            )
    return lines
