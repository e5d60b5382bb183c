"""Bringing raw files in: found on disk and linked, or downloaded, and checked either way."""

from __future__ import annotations

import dataclasses
import hashlib
import http.client
import os
import re
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tqdm import tqdm

from leap_core import config
from leap_core.errors import UserError
from leap_core.io import atomic, pictures
from leap_core.io.readers import footage_list, numbered
from leap_core.provenance import hashes, raw_files, records

BLOCK_BYTES = 1 << 20


def data_folders() -> list[Path]:
    """Folders in which relative source paths are looked up: $LEAP_DATA, then the working folder."""
    folders = [Path(p) for p in os.environ.get("LEAP_DATA", "").split(os.pathsep) if p]
    return [*folders, Path()]


def find_source(path: str | None) -> Path | None:
    """The file or folder that a source's ``path`` names, or None when it is nowhere on disk."""
    if not path:
        return None
    for folder in data_folders():
        candidate = folder / Path(path).expanduser()
        if candidate.is_file() or candidate.is_dir():
            return candidate
    return None


def corrections(settings: config.Config, video: config.Video) -> Path:
    """Where the corrections of a video's track are kept, or would be: as the config names it, else
    in the folder of the labels.

    >>> sources_of = config.Config(dataset="flies", skeleton="fly.yaml")
    >>> corrections(sources_of, config.Video(id="fly1")).as_posix()
    'labels/flies/corrections/fly1.csv'
    """
    if video.corrections:
        return Path(video.corrections)
    return Path(settings.labels_folder) / "corrections" / f"{video.id}.csv"


def region_edits(settings: config.Config) -> Path:
    """Where the names, merges and splits of the map's regions are kept, or would be.

    >>> region_edits(config.Config(dataset="flies", skeleton="fly.yaml")).as_posix()
    'labels/flies/region_edits.csv'
    """
    return Path(settings.labels_folder) / "region_edits.csv"


def video_file(settings: config.Config, video: config.Video) -> Path | None:
    """The file of a video: in its place, or where the workflow has linked, rendered or put it."""
    results = Path("results") / settings.dataset
    if video.synthetic is not None:
        made = results / "synthetic" / f"{video.id}.mp4"
    else:
        made = results / "raw" / file_name(video)
    kept = made if made.is_file() else None
    if video.dataset is not None and kept:
        return kept  # which names the array
    return find_source(video.path) or kept


def behind(path: str | None, kept: str | Path) -> Path | None:
    """What a raw source stands for now, a file or folder: as found, else as linked before.

    Args:
        kept: its place in the results folder.
    """
    found = find_source(path)
    if found is None and Path(kept).is_symlink() and Path(kept).is_file():
        return Path(kept).resolve()
    return found or footage_list.place_of(kept)


def reads_the_same(source: config.Source, kept: str | Path) -> bool:
    """Whether what was brought in is the array that the config names now.

    Args:
        kept: its place in the results folder.
    """
    array = footage_list.read(kept)[1] if footage_list.is_list(kept) else None
    return array == getattr(source, "dataset", None)


def file_name(source: config.Source) -> str:
    """Name of a source under ``results/<dataset>/raw``: its id and the suffix of its file.

    A suffix of other characters than a-z and 0-9 is left out: the name goes into rules and logs.
    """
    path = source.path or urllib.parse.urlsplit(source.url or "").path
    suffix = Path(path).suffix.lower()
    return source.id + (suffix if re.fullmatch(r"\.[a-z0-9]{1,16}", suffix) else "")


def check_paths(settings: config.Config, checkout: str | Path = "") -> None:
    """Refuse names that Snakemake would take for patterns; all other characters are fine.

    Looks at the skeleton, the exclusions and corrections, and raw files where they are on disk: a
    folder in $LEAP_DATA may have such a name too.

    Args:
        checkout: the folder of this workflow, in which only braces are in the way.

    Raises:
        UserError: a path holds braces or a line break, or is a folder where a file is needed.
    """
    if re.search("[{}]", str(checkout)):
        raise UserError(
            f"{str(checkout)!r}: Snakemake cannot bear braces in the name of this folder; rename it"
        )
    found = []
    for source in settings.raw_sources:
        place = find_source(source.path)
        if place is not None and place.is_dir() and not _may_be_folder(source):
            raise UserError(f"{place}: {source.id!r} is a folder; name a file")
        found.append(str(place or source.path or ""))
    corrections = [video.corrections or "" for video in settings.videos]
    for path in (settings.skeleton, settings.labels.exclusions or "", *corrections, *found):
        if re.search(r"[{}\x00-\x1f\x7f]", path):
            raise UserError(
                f"{path!r}: Snakemake cannot bear braces or line breaks in the name of a file or "
                "folder; rename it"
            )


def _may_be_folder(source: config.Source) -> bool:
    return isinstance(source, config.Video) and not source.poses


def check_working_folder(checkout: str | Path) -> None:
    """Refuse to start where Snakemake cannot keep its notes, as in a checkout for all to read.

    Args:
        checkout: the folder of this workflow.

    Raises:
        UserError: names the folder and another way to start.
    """
    try:
        atomic.check_writable([Path(".snakemake", "place")])
    except UserError as error:
        raise UserError(
            f"{Path.cwd()}: nothing can be written here ({error.__cause__ or error}); start in a "
            f"folder of your own with -s {Path(checkout).absolute()}/workflow/Snakefile, or name "
            "one with --directory"
        ) from error


def check_owner(settings: config.Config, root: str | Path) -> None:
    """Refuse to put results in the place of those of another dataset with the same name.

    A config may be changed as one likes while it keeps one of its videos or label files.

    Args:
        root: ``results/<dataset>``.

    Raises:
        UserError: results are there, and no raw file that they were made from is in the config.
    """
    root = Path(root)
    if not (root / records.MANIFEST).exists():
        return
    made = records.read_manifest(root).get("config", {})
    before = [*made.get("videos", []), *made.get("labels", {}).get("sources", [])]
    here = [*settings.videos, *settings.labels.sources]
    if before and here and not any(_same_source(old, new, root) for old in before for new in here):
        names = ", ".join(old["id"] for old in before[:5]) + (", ..." if len(before) > 5 else "")
        raise UserError(
            f"{root}: holds results of another config, made from other files ({names}); choose "
            "another `dataset`, or move that folder away"
        )


def _same_source(old: dict[str, Any], new: config.Source, root: Path) -> bool:
    """Whether an entry of an earlier config names the file of one of this config."""
    seed = getattr(new, "synthetic", None)
    if seed is not None or old.get("synthetic") is not None:
        return old.get("synthetic") == seed
    for key in ("path", "url", "sha256", "url_sha256"):
        if old.get(key) is not None and old[key] == getattr(new, key):
            return True
    # renamed or moved, and the same still
    kept, found = root / "raw" / file_name(new), find_source(new.path)
    return old["id"] == new.id and found is not None and raw_files.held(found, kept) is not None


def origin(source: config.Source) -> dict[str, str | None]:
    """Where a raw file comes from, without what is known about its content (rate, scale, ...).

    Correcting the scale of a video is no reason to bring it in and decode it again.
    """
    known = {field.name: getattr(source, field.name) for field in dataclasses.fields(config.Source)}
    return known | {"dataset": getattr(source, "dataset", None)}


def fetch(source: config.Source, out: str | Path) -> Path | None:
    """Link ``out`` to the file at ``source.path``, or download ``source.url`` to it.

    Where a disk has no links, it is copied.  For a folder of images, and for one array of a file,
    a list of what is read stands there (:mod:`leap_core.io.readers.footage_list`).

    Returns:
        The file that was found; None = it was downloaded, or is a folder.

    Raises:
        UserError: found nowhere, a failed download, another checksum than declared, or written to
            meanwhile.
    """
    out = Path(out)
    found = find_source(source.path)
    accepted = [s for s in (source.sha256, source.url_sha256) if s]
    array = getattr(source, "dataset", None)
    if found and found.is_dir():
        _list_images(source, found, out, accepted)
        return None
    if found:
        if found.stat().st_size == 0:
            raise UserError(f"{found}: the file is empty (0 bytes); copy or download it again")
        before = raw_files.size_and_date(found)
        try:
            digest = hashes.file_sha256(found)
        except OSError as error:
            raise UserError(
                f"{found}: cannot be read ({error.strerror or error}); correct its rights or copy "
                "it again"
            ) from error
        if accepted and digest not in accepted:
            raise UserError(
                f"{found}: its sha256 differs from the config's for {source.id!r}; "
                "get the right file or correct `sha256`"
            )
        if array is not None:
            footage_list.write(out, found, {found.name: digest}, array)
            digest = hashes.file_sha256(out)
        elif not atomic.link(out, found):
            print(f"{out}: is a copy of {found}, since this disk has no links")
        raw_files.remember(out, found, digest, before)
        return found
    if not source.url:
        for place in (folder / str(source.path) for folder in data_folders()):
            if wrong := pictures.pattern(place):
                raise wrong
        assert source.path, "a config's source has a path or an url"
        folders = ", ".join(str(f / source.path) for f in data_folders())
        raise UserError(
            f"{source.id}: not found (looked at {folders}); set LEAP_DATA to the folder that "
            "holds it, or correct `path`"
        )
    if array is not None:
        raise UserError(
            f"{source.id}: `dataset` needs the file on disk; download {source.url} and give its "
            "`path`"
        )
    wanted = source.url_sha256 or source.sha256
    with atomic.atomic_path(out) as temporary:
        digest = _download(source, source.url, temporary)
        if wanted and digest != wanted:
            raise UserError(
                f"{source.url}: the download's sha256 is {digest}, the config expects {wanted}; "
                "the file changed at its source: check `url`"
            )
    raw_files.remember(out, out, digest)
    return None


def _list_images(source: config.Source, folder: Path, out: Path, accepted: list[str]) -> None:
    """Write the list of the numbered images in a folder, read once for their checksums."""
    if getattr(source, "dataset", None) is not None:
        raise UserError(f"{folder}: a folder of images holds no datasets; leave `dataset` out")
    before = raw_files.size_and_date(folder)
    names = numbered.in_folder(folder).present
    files = {}
    for name in tqdm(names, desc=source.id, unit="image", disable=None):
        try:
            files[name] = hashes.content_sha256(folder / name)
        except OSError as error:
            raise UserError(
                f"{folder / name}: cannot be read ({error.strerror or error}); correct its rights "
                "or copy it again"
            ) from error
    footage_list.write(out, folder, files)
    digest = hashes.file_sha256(out)
    if accepted and digest not in accepted:
        raise UserError(
            f"{folder}: the sha256 of the list of its images ({out}) is {digest}, not the config's "
            f"for {source.id!r}; get the right images or correct `sha256`"
        )
    raw_files.remember(out, folder, digest, before)


def _download(source: config.Source, url: str, path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with urllib.request.urlopen(url, timeout=60) as reply, open(path, "wb") as file:
            total = int(reply.headers.get("Content-Length", 0)) or None
            received = 0
            with tqdm(total=total, unit="B", unit_scale=True, desc=source.id, disable=None) as bar:
                while block := reply.read(BLOCK_BYTES):
                    digest.update(block)
                    file.write(block)
                    received += len(block)
                    bar.update(len(block))
            if total and received != total:
                raise OSError(f"{received} of {total} bytes came")
    except (OSError, ValueError, http.client.HTTPException) as error:
        where = f"{source.path!r} is not on disk and " if source.path else ""
        raise UserError(
            f"{source.id}: {where}{url} cannot be downloaded ({error}); "
            "download it by hand and set LEAP_DATA to its folder"
        ) from error
    return digest.hexdigest()
