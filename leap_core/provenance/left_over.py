"""Results that the config asks for no more: of videos, animals, movies, runs taken out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from leap_core.provenance.records import Record

TWIN = re.compile("models/([^/]+-held-out)/")  # of a run that learns from all labels
# where files carry the name of a video, whatever animals it shows
OF_VIDEOS = ("raw", "audit", "tracks", "synthetic", "labels", "figures/tracking")


def find(
    known: dict[str, Record], config: dict[str, Any], inner: Callable[[str], str]
) -> tuple[set[str], list[str]]:
    """Files that are left over, and whose they are: ids of videos and label files, or animals.

    Those that were made from the raw file of one that was taken out and carry its name, and those
    of runs without the labels held out, where ``training.all_labels`` is off.

    Args:
        known: every record, by the file's path below the results folder.
        config: of the last run, from the manifest.
        inner: a path in a record -> one below the results folder.
    """
    videos = config.get("videos", [])
    here = {each["id"] for each in [*videos, *config.get("labels", {}).get("sources", [])]}
    raw = _raw_files(known, here)
    animals = {video["id"]: _animals(video) for video in videos}
    named = {name for names in animals.values() for name in names}
    left: dict[str, set[str]] = {}
    for id in sorted(raw.keys() - here):
        rests = _resting_on(raw[id], known, inner)
        own = re.compile(rf"{re.escape(id)}(_animal\d+)?(_\d+-\d+)?(\.\w+)*")
        left[id] = raw[id] | {file for file in rests if any(map(own.fullmatch, _carried(file)))}
    for id in animals:
        others = re.compile(rf"({re.escape(id)}(?:_animal\d+)?)(_\d+-\d+)?(\.\w+)*")
        for file in known:
            if not file.startswith(tuple(f"{folder}/" for folder in OF_VIDEOS)):
                for match in filter(None, map(others.fullmatch, _carried(file))):
                    if match[1] not in named and match[1] not in here - {id}:
                        left.setdefault(match[1], set()).add(file)
    shown = named | {_movie(movie) for movie in config.get("figures", {}).get("movies", [])}
    for file, record in known.items():
        name = file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        if record.rule == "figure_movie" and name not in shown:
            left.setdefault(f"movie {name}", set()).add(file)
    if not (config.get("training") or {}).get("all_labels"):
        for file in known:
            if run := TWIN.match(file):
                left.setdefault(f"run {run[1]}", set()).add(file)
    return set().union(*left.values()), sorted(left)


def _raw_files(known: dict[str, Record], here: set[str]) -> dict[str, set[str]]:
    """Id of each video and label file that was ever brought in or rendered -> its files."""
    found: dict[str, set[str]] = {}
    for file, record in known.items():
        if record.rule in ("source", "synthesize"):
            settings = record.settings or {}
            id = (settings.get("source") or settings.get("video") or {}).get("id", "")
            # where a camera was that followed the animal, and tracks of other programs, belong to
            # their video
            if id not in here:
                id = re.sub(r"\.(camera|track\d*)$", "", id)
            if id:
                found.setdefault(id, set()).add(file)
    return found


def _animals(video: dict[str, Any]) -> list[str]:
    count = video.get("animals", 1)
    return [video["id"]] if count == 1 else [f"{video['id']}_animal{k}" for k in range(count)]


def _carried(file: str) -> list[str]:
    """Names in a path that may be those of a video or animal: no folder's but that of chunks."""
    parts = file.split("/")
    return [parts[-1], *(parts[2:3] if parts[:2] == ["poses", "chunks"] else [])]


def _movie(movie: dict[str, Any]) -> str:
    return f"{movie['recording']}_{movie['start']}-{movie['stop']}"


def _resting_on(raw: set[str], known: dict[str, Record], inner: Callable[[str], str]) -> set[str]:
    """All files that were made from some, directly or not."""
    found, grown = set(raw), True
    while grown:
        more = {
            file
            for file, record in known.items()
            if file not in found and any(inner(name) in found for name in record.inputs)
        }
        grown = bool(more)
        found |= more
    return found
