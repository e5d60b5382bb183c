"""The ``leap export`` command."""

from __future__ import annotations

import argparse
from pathlib import Path

from leap_core import config
from leap_core.cli import checks
from leap_core.containers import Behavior, Gait, Labels, Poses, Track
from leap_core.errors import UserError
from leap_core.export import origins, registry
from leap_core.export.contents import REFERENCES
from leap_core.io import atomic, hdf5

HELP = "poses, labels, tracks and behavior as files of other programs"

CONTENTS = {
    Poses.FORMAT: "poses",
    Labels.FORMAT: "labels",
    Track.FORMAT: "track",
    Behavior.FORMAT: "behavior",
    Gait.FORMAT: "behavior",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap export``."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE",
        help="poses (of several animals of one video), labels, track, or behavior and gait HDF5",
    )  # fmt: skip
    parser.add_argument("--to", required=True, choices=list(registry.FORMATS), help="format")
    parser.add_argument("-o", "--output", type=Path, required=True, help="file or folder to write")
    parser.add_argument("--config", type=Path, help="dataset YAML (else what the files remember)")
    parser.add_argument(
        "--reference", choices=list(REFERENCES), default="video",
        help="coordinates: of the video's frames (default), or of the crops around the animal",
    )  # fmt: skip
    parser.add_argument(
        "--animals", nargs="+", metavar="NAME",
        help="recordings to export: names, or `all` of the video (default: those of the files)",
    )  # fmt: skip
    parser.add_argument("--scorer", help="dlc: as your project's config.yaml has it")


def run(options: argparse.Namespace) -> None:
    """Write one file or folder, and say what it cannot hold; UserError on bad input or target."""
    from leap_core.export import exporting

    files, out = options.files, options.output
    content = _content(files)
    made = registry.format_of(options.to, content, files[0])
    _check_target(made, content, out, [*files, options.config])
    settings = config.read(options.config) if options.config else None
    reference, animals = options.reference, options.animals
    scorer = options.scorer or (settings.exports.scorer if settings else None)
    if content == "poses":
        chosen = _poses(files, settings, animals)
        film = origins.film_of_all(chosen, settings)
        paths = list(chosen.values())
        told = exporting.poses(paths, film, made, out, reference, scorer=scorer)
    elif content == "labels":
        path = _only(files, content)
        named = None if animals in (None, ["all"]) else animals
        films = []
        if reference == "video":
            sources = sorted(set(Labels.read(path).source.tolist()))
            films = origins.films_of_labels(path, sources, settings)
        told = exporting.labels(path, films, made, out, reference, named, scorer=scorer)
    elif content == "track":
        path = _only(files, content)
        told = exporting.track(path, _rows(path, settings, animals), made, out, reference)
    else:
        if animals is not None:
            raise UserError(
                f"{files[0]}: {content} is of one animal; leave out --animals and export the "
                "others one by one"
            )
        behavior = next((p for p in files if hdf5.kind(p) == Behavior.FORMAT), None)
        regions = behavior.with_name("regions.csv") if behavior else None
        told = exporting.behavior(files, made, out, regions)
    print(told[0])
    for line in told[1:]:
        print(f"note: {line}")


def _content(files: list[Path]) -> str:
    """What the files hold; UserError where it is not one of those things, or two."""
    found = []
    for path in files:
        if not path.is_file():
            raise UserError(f"{path}: no such file; name an HDF5 file of the pipeline")
        kind = hdf5.kind(path)
        if kind not in CONTENTS:
            known = ", ".join(sorted({*CONTENTS.values(), "gait"}))
            raise UserError(f"{path}: format {kind[:80]} is not exported; name one of {known}")
        found.append(CONTENTS[kind])
        if found[-1] != found[0]:
            raise UserError(
                f"{path}: holds {found[-1]}, but {files[0]} {found[0]}; export them one by one"
            )
    return found[0]


def _check_target(
    made: registry.Format, content: str, out: Path, inputs: list[Path | None]
) -> None:
    if content in made.folder:
        checks.refuse_own_input([out], inputs)
        atomic.check_new_folder(out)
        return
    if out.suffix.lower() not in made.endings:
        endings = " or ".join(made.endings)
        raise UserError(f"{out}: files of {made.name} end with {endings}; change the suffix")
    checks.check_targets([out], inputs)


def _only(files: list[Path], content: str) -> Path:
    if len(files) > 1:
        raise UserError(f"{files[1]}: a second file of {content}; export them one by one")
    return files[0]


def _poses(
    files: list[Path], settings: config.Config | None, animals: list[str] | None
) -> dict[str, Path]:
    """Recording -> poses of those that are wanted.

    Raises:
        UserError: an animal that is not there.
    """
    given = {_recording(path): path for path in files}
    if len(given) < len(files):
        raise UserError(f"{files[-1]}: recordings are given twice; name each file once")
    if animals is None:
        return given
    known: dict[str, Path] = {}
    for name, path in given.items():
        for each in origins.beside(path, name):
            known.setdefault(_recording(each), each)
        if settings is not None and name in settings.recordings:
            video = settings.video(settings.recordings[name][0])
            there = {other: path.with_name(f"{other}.h5") for other in video.recordings}
            known |= {other: each for other, each in there.items() if each.is_file()}
    if animals == ["all"]:
        order = list(settings.recordings) if settings else list(known)
        return {name: known[name] for name in sorted(known, key=[*order, *known].index)}
    if missing := [name for name in animals if name not in known]:
        raise UserError(
            f"{files[0]}: no poses of {missing[0]!r} beside it; choose from {', '.join(known)}"
        )
    return {name: known[name] for name in animals}


def _recording(path: Path) -> str:
    """The recording that poses say they are of."""
    with hdf5.taken_apart(path, Poses.FORMAT) as file:
        return str(file.attrs.get("recording", "")) or path.stem


def _rows(path: Path, settings: config.Config | None, animals: list[str] | None) -> dict[str, int]:
    """Recording -> number of the animal in a track, of those that are wanted."""
    with hdf5.taken_apart(path, Track.FORMAT) as file:
        count = len(file["heading"])
    names = config.recording_names(path.stem, count)
    if settings is not None:
        names = settings.video(path.stem).recordings
    known = {name: number for number, name in enumerate(names)}
    if animals in (None, ["all"]):
        return known
    if missing := [name for name in animals or [] if name not in known]:
        raise UserError(f"{path}: no animal {missing[0]!r}; choose from {', '.join(known)}")
    return {name: known[name] for name in animals or []}
