"""Rules between keys of a config that its schema cannot say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from leap_core.config.names import HELD_OUT_SUFFIX, MASKED, MULTIPLE_OF, RESERVED, STORED, TIMELESS
from leap_core.errors import UserError

if TYPE_CHECKING:
    from leap_core.config.footage import Synthetic, Video
    from leap_core.config.sections import Config, LabelSource, Movie


def check(config: Config, where: str, places: dict[str, str]) -> None:
    """Stop at the first rule that a config breaks.

    Args:
        where: its file, for messages.
        places: video id -> where it stands, of videos that are not in the YAML itself.

    Raises:
        UserError: names the place, the key and what to do.
    """
    if not config.videos and not config.labels.sources:
        raise UserError(
            f"{where}: no videos; list them in `videos`, or in a table named by `video_sheet`, or "
            "list `labels.sources` to train on labels alone"
        )
    recordings = [name for video in config.videos for name in video.recordings]
    _names(config, recordings, where, places)
    for source in config.labels.sources:
        _label_source(source, where)
    for video in config.videos:
        _video(video, places.get(video.id, where))
        _shown(video, config.synthetic, places.get(video.id, where))
    _corrections(config, where)
    _groups(config, where, places)
    _numbers(config, where)
    _run(config, where)
    _crops(config, where)
    for name in config.behavior.map_recordings:
        if name not in recordings:
            raise UserError(
                f"{where}: `behavior.map_recordings` names {name!r}, which is no recording; "
                f"recordings are {', '.join(recordings)}"
            )
    _movies(config.figures.movies, recordings, where)
    tracked = [video.id for video in config.videos if video.poses]
    if tracked and len(tracked) < len(config.videos):
        raise UserError(
            f"{where}: some `videos` have `poses` and some have not; make them two datasets"
        )
    _truth(config, where)
    _folder(config, where)
    _exports(config, recordings, where, places)


def _names(config: Config, recordings: list[str], where: str, places: dict[str, str]) -> None:
    for ids in (
        [v.id for v in config.videos if v.synthetic is not None]
        + [source.id for source in config.raw_sources],
        recordings,
    ):
        twice = sorted(id for id, count in Counter(ids).items() if count > 1)
        if twice:
            place = places.get(twice[0], where)
            raise UserError(f"{place}: id {twice[0]!r} is used twice; ids are unique")


def _label_source(source: LabelSource, where: str) -> None:
    if source.rows and source.rows[0] >= source.rows[1]:
        raise UserError(f"{where}: {source.id!r}: `rows` is [first, last], first below last")
    if not (source.path or source.url):
        raise UserError(f"{where}: {source.id!r} has neither `path` nor `url`; give one")


def _numbers(config: Config, where: str) -> None:
    """Keys whose values must fit each other."""
    share = config.split.train + config.split.validation + config.split.test
    if abs(share - 1) > 1e-6:
        raise UserError(f"{where}: `split` shares sum to {share:g}; make them sum to 1")
    scaled = config.crop.size * config.model.input_scale
    multiple = MULTIPLE_OF[config.model.network]
    if abs(scaled - round(scaled)) > 1e-6 or round(scaled) % multiple:
        raise UserError(
            f"{where}: `crop.size` x `model.input_scale` = {scaled:g}; make it a multiple of "
            f"{multiple} for {config.model.network}"
        )
    open_ends = {"fmin", "fmax"}.intersection(config.behavior.auto)
    if config.behavior.fmin >= config.behavior.fmax and not open_ends:
        raise UserError(f"{where}: `behavior.fmin` must be below `behavior.fmax`")
    low, high = config.behavior.clip
    if not 0 <= low < high:
        raise UserError(
            f"{where}: `behavior.clip` is [{low:g}, {high:g}]; make it [low, high] with "
            "0 <= low < high"
        )
    try:
        config.synthetic.check_size()
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def _run(config: Config, where: str) -> None:
    """A run's name says what its network learns from."""
    if config.run.endswith(HELD_OUT_SUFFIX):
        raise UserError(
            f"{where}: `run` is {config.run!r}, but names that end in {HELD_OUT_SUFFIX!r} are "
            "those of networks that learn without the labels held out; choose another"
        )
    training = config.training
    watched = bool(training.patience) or training.schedule == "plateau"
    if training.all_labels and config.split.validation and watched:
        raise UserError(
            f"{where}: `training.all_labels` leaves no label to watch a training, which "
            "`training.patience` and the schedule `plateau` (regimes `full` and `fast`) do; set "
            "`split.validation: 0`, or remove one of them"
        )


def _crops(config: Config, where: str) -> None:
    """Crops without background need a recipe that learns it, and a name for their network."""
    if config.crop.background == "keep":
        return
    if not config.crop.store:
        raise UserError(
            f"{where}: `crop.store` is false and `crop.background` is {config.crop.background!r}, "
            "but images without background cannot be cut from the video alone; set "
            "`crop.store: true`, or `crop.background: keep`"
        )
    if not config.videos:
        raise UserError(
            f"{where}: `crop.background` is {config.crop.background!r}, but there are no videos to "
            "learn it from; set `crop.background: keep`"
        )
    if config.track.recipe == "precropped":
        raise UserError(
            f"{where}: `crop.background` is {config.crop.background!r}, but track.recipe "
            "'precropped' does not learn the background; set `crop.background: keep`"
        )
    if config.crop.background == "both" and config.run == MASKED:
        raise UserError(
            f"{where}: `run` is {MASKED!r}, the name of the network without background; choose "
            "another"
        )


def _truth(config: Config, where: str) -> None:
    known = {v.id for v in config.videos if v.synthetic is not None}
    for name in config.labels.truth_videos:
        if name not in known:
            raise UserError(
                f"{where}: `labels.truth_videos` names {name!r}, which is no synthetic video"
            )
    if config.labels.truth and not config.labels.truth_videos:
        raise UserError(f"{where}: `labels.truth` needs `labels.truth_videos`")


def _folder(config: Config, where: str) -> None:
    """Results may be removed and made again; labels may not."""
    if Path(config.labels_folder).resolve().is_relative_to(Path("results").resolve()):
        raise UserError(
            f"{where}: `labels.folder` is {config.labels.folder!r}, where results are removed and "
            "made again; choose a folder outside of results, such as "
            f"labels/{config.dataset}"
        )


def _movies(movies: list[Movie], recordings: list[str], where: str) -> None:
    for movie in movies:
        if movie.recording not in recordings:
            raise UserError(
                f"{where}: `figures.movies` names {movie.recording!r}, which is no recording; "
                f"recordings are {', '.join(recordings)}"
            )
        if movie.start >= movie.stop:
            raise UserError(
                f"{where}: `figures.movies`: {movie.recording!r} from {movie.start} to "
                f"{movie.stop} holds no frame; make `stop` larger than `start`"
            )
    names = Counter([*recordings, *(movie.name for movie in movies)])
    twice = [movie.name for movie in movies if names[movie.name] > 1]
    if twice:
        raise UserError(f"{where}: `figures.movies`: {twice[0]!r} is there twice; remove one")


def _corrections(config: Config, where: str) -> None:
    """A table of corrections tells frames of one video."""
    taken: dict[str, str] = {}
    for video in config.videos:
        other = taken.setdefault(video.corrections or f"none of {video.id}", video.id)
        if other != video.id:
            raise UserError(
                f"{where}: `corrections` of videos {other!r} and {video.id!r} are both "
                f"{video.corrections}; give each video a table of its own"
            )


def _groups(config: Config, where: str, places: dict[str, str]) -> None:
    """What is compared: all in blocks or none, and a unit in one group and block."""
    grouped = [video for video in config.videos if video.group]
    units: dict[str, Video] = {}
    for video in config.videos:
        place = places.get(video.id, where)
        if not video.group:
            if key := next((key for key in ("block", "unit") if getattr(video, key)), None):
                raise UserError(
                    f"{place}: video {video.id!r}: `{key}` is about groups; name its `group`, or "
                    f"remove `{key}`"
                )
            continue
        if not video.block and (other := next((v for v in grouped if v.block), None)):
            raise UserError(
                f"{place}: video {video.id!r} has a `group` and no `block`, but video "
                f"{other.id!r} has one; give every video with a `group` a block, or none"
            )
        first = units.setdefault(video.unit or video.id, video)
        for key in ("group", "block"):
            if getattr(first, key) != getattr(video, key):
                raise UserError(
                    f"{place}: videos {first.id!r} and {video.id!r} are one `unit` in two "
                    f"`{key}`s; for an animal in several groups name it as `block` and not as "
                    "`unit`"
                )


def _shown(video: Video, synthetic: Synthetic, place: str) -> None:
    """A synthetic video shows as many animals as its kind has."""
    if video.synthetic is not None and video.animals != synthetic.animals:
        raise UserError(
            f"{place}: video {video.id!r} has `animals: {video.animals}`, but `synthetic.animal` "
            f"is {synthetic.animal!r}; set `animals: {synthetic.animals}`"
        )


def _video(video: Video, place: str) -> None:
    """Rules between the keys of one video, which stands at ``place``."""
    if video.id in RESERVED:
        raise UserError(f"{place}: video id {video.id!r} is reserved; choose another")
    if not (video.path or video.url or video.synthetic is not None):
        raise UserError(f"{place}: {video.id!r} has neither `path` nor `url`; give one")
    suffix = Path(urlsplit(video.url or "").path if video.path is None else video.path).suffix
    if suffix.lower() in TIMELESS and video.fps is None:
        raise UserError(
            f"{place}: video {video.id!r}: {suffix} streams have no time stamps; set its `fps`"
        )
    if suffix.lower() in STORED and video.fps is None and not video.poses:
        raise UserError(
            f"{place}: video {video.id!r}: {suffix} files have no time stamps; set its `fps`"
        )
    if video.dataset is not None and (video.synthetic is not None or video.poses):
        raise UserError(
            f"{place}: video {video.id!r}: `dataset` names the images in an HDF5 file; remove it"
        )
    if video.camera_track and (video.animals > 1 or video.synthetic is not None):
        raise UserError(
            f"{place}: video {video.id!r}: a `camera_track` belongs to a box around one animal "
            "of a real video; remove it, or `synthetic`, or set `animals: 1`"
        )
    if video.egocentric is not None and not video.poses:
        raise UserError(
            f"{place}: video {video.id!r}: `egocentric` is about `poses` of another tool; remove it"
        )
    if video.track_file and (video.synthetic is not None or video.poses):
        raise UserError(
            f"{place}: video {video.id!r}: a `track_file` belongs to a real video that is tracked "
            "by another program; remove it, or `synthetic`, or `poses`"
        )
    about = ("track_parts", "track_corner", "track_y", "track_angle", "track_scale", "track_from")
    if named := [key for key in about if getattr(video, key) is not None and not video.track_file]:
        raise UserError(
            f"{place}: video {video.id!r}: `{named[0]}` is about a `track_file`; name that, or "
            f"remove `{named[0]}`"
        )
    if video.poses and (video.synthetic is not None or video.camera_track or video.corrections):
        raise UserError(
            f"{place}: video {video.id!r} has `poses` of another tool; remove `synthetic`, "
            "`camera_track` and `corrections`"
        )


def _exports(config: Config, recordings: list[str], where: str, places: dict[str, str]) -> None:
    """What would stop a run at its end, or write one video's poses where another's belong."""
    formats, reference = config.exports.formats, config.exports.reference
    if not formats:
        return
    if "slp" in formats and reference != "video" and config.videos:
        raise UserError(
            f"{where}: `exports.formats` has slp, which shows points on the video, but "
            f"`exports.reference` is {reference!r}; set it to video, or take analysis instead"
        )
    for video in config.videos:
        if reference.endswith("mm") and video.px_per_mm is None and video.synthetic is None:
            raise UserError(
                f"{places.get(video.id, where)}: `exports.reference` is {reference!r}, but video "
                f"{video.id!r} has no `px_per_mm`; set it, or export pixels"
            )
    names = {*recordings, *(video.id for video in config.videos)}
    for name in sorted(names):
        stem, _, ending = name.rpartition(".")
        if stem in names and ending in ("analysis", "dlc"):
            raise UserError(
                f"{places.get(name, where)}: exports of {stem!r} would be called as those of "
                f"{name!r}; choose another id"
            )
