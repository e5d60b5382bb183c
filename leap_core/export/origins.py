"""Which film results come from: as the config has it, else as the files themselves remember."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import h5py

from leap_core import config, sources
from leap_core.containers import Crops, Track
from leap_core.errors import UserError
from leap_core.io import hdf5
from leap_core.io.readers import footage_list

_NO_FILM = {".yaml", ".yml", ".json", ".csv", ".keras", ".py", ".mat"}  # made of it, but no film


@dataclass(frozen=True)
class Film:
    """The film behind some results.

    Attributes:
        name: its id in the config, or what stands for it.
        recordings: of its animals, in their order; empty = unknown.
        path: the film; None = unknown, or poses came without any.
        track: None = unknown.
        crops: recording -> file of crops, of those that are there.
        side: of the crops, px, as the config has it; None = unknown.
        imported: poses are those of another program; None = unknown.
        made_from: checksums of the files that imported poses say they were made from.
        bits: of a pixel, as the config has it.
        still: there is no track, but the camera did not move.
    """

    name: str
    recordings: tuple[str, ...] = ()
    path: Path | None = None
    track: Path | None = None
    crops: dict[str, Path] = field(default_factory=dict)
    side: int | None = None
    imported: bool | None = None
    made_from: frozenset[str] = frozenset()
    bits: int | None = None
    still: bool = False

    @property
    def shown(self) -> Path | None:
        """The film as another program opens it: footage that is no single file at its place."""
        return (self.path and footage_list.place_of(self.path)) or self.path


def of_config(settings: config.Config, film: config.Video) -> Film:
    """A film of the config, with the results of it that are there."""
    results = Path("results") / settings.dataset
    kept = results / "raw" / sources.file_name(film)
    track = results / "tracks" / f"{film.id}.h5"
    crops = {name: results / "crops" / f"{name}.h5" for name in film.recordings}
    imported = film.poses is not None
    path = kept if kept.is_file() else sources.video_file(settings, film)
    return Film(
        name=film.id,
        recordings=tuple(film.recordings),
        path=None if imported else path,
        track=track if track.is_file() else None,
        crops={name: path for name, path in crops.items() if path.is_file()},
        side=settings.crop.size,
        imported=imported,
        bits=settings.bits,
    )


def film_of(path: Path, recording: str, settings: config.Config | None = None) -> Film:
    """The film of poses, gait or behavior of one animal.

    Args:
        path: their file.
        recording: as it says.

    Raises:
        UserError: the config has no such recording.
    """
    if settings is not None and recording in settings.recordings:
        return of_config(settings, settings.video(settings.recordings[recording][0]))
    made_from = inputs_of(path)
    crops = _first(each for each in made_from if _kind(each) == Crops.FORMAT)
    if crops is not None and settings is None:
        return of_crops(crops, recording)
    # of `leap predict VIDEO`, which tracks and cuts in passing
    predicted = any(name.endswith(".keras") for name in _made_of(path))
    film = _film_among(made_from) if predicted else None
    if settings is not None:
        if film is None or crops is not None:
            raise UserError(
                f"{path}: is of recording {recording!r}, which the config has not "
                f"({', '.join(settings.recordings)}); name the config of its dataset"
            )
        _check_still(path, film, settings)
        bits, side = settings.bits, settings.crop.size
        return Film(recording, path=film, side=side, imported=False, bits=bits, still=True)
    if film is not None:
        return Film(recording, path=film, imported=False)
    return Film(alone(recording), made_from=frozenset(_made_of(path).values()))


def _check_still(path: Path, film: Path, settings: config.Config) -> None:
    """Poses that were predicted in passing do not tell where the camera was."""
    for video in settings.videos:
        found = sources.find_source(video.path)
        if video.camera_track and found and found.resolve() == film.resolve():
            raise UserError(
                f"{path}: its camera moved, and its track was not kept; take the poses that the "
                f"workflow makes of video {video.id!r}, or export with --reference egocentric"
            )


def film_of_all(recordings: Mapping[str, Path], settings: config.Config | None = None) -> Film:
    """The one film of several files.

    Args:
        recordings: recording -> file of its poses, gait or behavior.

    Raises:
        UserError: they are of two films, or the config has no such recording.
    """
    (name, path), *others = recordings.items()
    film = film_of(path, name, settings)
    crops = dict(film.crops)
    for other, its in others:
        found = film_of(its, other, settings)
        if (found.name, found.path, found.made_from) != (film.name, film.path, film.made_from):
            raise UserError(
                f"{its}: is of another video ({found.name}) than {path} ({film.name}); export "
                "them one by one"
            )
        crops |= found.crops
    return replace(film, crops=crops)


def of_crops(crops: Path, recording: str) -> Film:
    """The film that crops were cut from, as far as it is still there."""
    made_from = inputs_of(crops)
    track = _first(path for path in made_from if _kind(path) == Track.FORMAT)
    film = _film_among(made_from)
    name = track.stem if track else film.stem if film else alone(recording)
    return Film(name, path=film, track=track, crops={recording: crops}, imported=False)


def films_of_labels(
    path: Path, recordings: Iterable[str], settings: config.Config | None = None
) -> list[Film]:
    """The films of which labels show crops; other sources of labels have none.

    Args:
        path: file of labels.
        recordings: their sources.
    """
    if settings is not None:
        return [of_config(settings, film) for film in settings.videos if not film.poses]
    found: dict[tuple[Path | None, str], Film] = {}
    for name in recordings:
        places = (folder / "crops" / f"{name}.h5" for folder in path.resolve().parents[:4])
        crops = _first(place for place in places if _kind(place) == Crops.FORMAT)
        if crops is None:
            continue
        film = of_crops(_from_here(crops), name)
        before = found.get((film.path, film.name))
        together = {**(before.crops if before else {}), **film.crops}
        found[film.path, film.name] = Film(
            film.name, tuple(together), film.path, film.track, together, imported=False
        )
    return list(found.values())


def beside(path: Path, recording: str) -> list[Path]:
    """Files of all animals of a film, by their names: those in the folder of one of them."""
    stem = alone(recording)
    if stem == recording:
        return [path]
    found = {
        int(match[1]): each
        for each in path.parent.glob("*.h5")
        if (match := re.fullmatch(re.escape(stem) + r"_animal(\d+)", each.stem))
    }
    return [found[number] for number in sorted(found)] if path in found.values() else [path]


def alone(recording: str) -> str:
    """A recording's name without the number of its animal.

    >>> alone("fly_animal12"), alone("fly")
    ('fly', 'fly')
    """
    return re.sub(r"_animal\d+$", "", recording)


def inputs_of(path: Path) -> list[Path]:
    """Files that a file says it was made from and that are there.

    Names are looked up from the folders above the file, then from the working folder: that may
    hold another run, whose files have the same names.
    """
    found = []
    for name in _made_of(path):
        places = (folder / name for folder in (*path.resolve().parents, Path()))
        at = _first(place for place in places if place.is_file())
        if at is not None:
            found.append(_from_here(at))
    return found


def _made_of(path: Path) -> dict[str, str]:
    return dict(hdf5.provenance_of(path).get("inputs", {}))


def _from_here(path: Path) -> Path:
    """The path from the working folder, where it lies below."""
    path, here = path.absolute(), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _kind(path: Path) -> str:
    return hdf5.kind(path) if path.is_file() and h5py.is_hdf5(path) else ""


def _film_among(paths: Iterable[Path]) -> Path | None:
    found = (path for path in paths if path.suffix.lower() not in _NO_FILM)
    return _first(path for path in found if not _kind(path).startswith("leap-"))


def _first(paths: Iterable[Path]) -> Path | None:
    return next(iter(paths), None)
