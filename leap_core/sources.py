"""Bringing raw files in: found on disk and linked, or downloaded, and checked either way."""

from __future__ import annotations

import dataclasses
import hashlib
import http.client
import urllib.request
from pathlib import Path

from tqdm import tqdm

from leap_core import config, hdf5, provenance
from leap_core.errors import UserError

BLOCK = 1 << 20


def file_name(source: config.Source) -> str:
    """Name of a source under ``results/<dataset>/raw``: its id and the suffix of its file."""
    return source.id + Path(source.path or source.url or "").suffix.lower()


def origin(source: config.Source) -> dict[str, str | None]:
    """Where a raw file comes from, without what is known about its content (rate, scale, ...).

    Correcting the scale of a video is no reason to bring it in and decode it again.
    """
    return {field.name: getattr(source, field.name) for field in dataclasses.fields(config.Source)}


def fetch(source: config.Source, out: str | Path) -> None:
    """Link ``out`` to the file at ``source.path``, or download ``source.url`` to it.

    Raises:
        UserError: found nowhere, a failed download, or another checksum than declared.
    """
    out = Path(out)
    found = config.find_source(source.path)
    accepted = [s for s in (source.sha256, source.url_sha256) if s]
    if found:
        if found.stat().st_size == 0:
            raise UserError(f"{found}: the file is empty (0 bytes); copy or download it again")
        if accepted and provenance.file_sha256(found) not in accepted:
            raise UserError(
                f"{found}: its sha256 differs from the config's for {source.id!r}; "
                "get the right file or correct `sha256`"
            )
        hdf5.link(out, found)
        return
    if not source.url:
        folders = ", ".join(str(f / source.path) for f in config.data_folders())
        raise UserError(
            f"{source.id}: not found (looked at {folders}); set LEAP_DATA to the folder that "
            "holds it, or correct `path`"
        )
    wanted = source.url_sha256 or source.sha256
    with hdf5.atomic_path(out) as temporary:
        digest = _download(source, temporary)
        if wanted and digest != wanted:
            raise UserError(
                f"{source.url}: the download's sha256 is {digest}, the config expects {wanted}; "
                "the file changed at its source: check `url`"
            )


def _download(source: config.Source, path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with urllib.request.urlopen(source.url, timeout=60) as reply, open(path, "wb") as file:
            total = int(reply.headers.get("Content-Length", 0)) or None
            received = 0
            with tqdm(total=total, unit="B", unit_scale=True, desc=source.id, disable=None) as bar:
                while block := reply.read(BLOCK):
                    digest.update(block)
                    file.write(block)
                    received += len(block)
                    bar.update(len(block))
            if total and received != total:
                raise OSError(f"{received} of {total} bytes came")
    except (OSError, ValueError, http.client.HTTPException) as error:
        where = f"{source.path!r} is not on disk and " if source.path else ""
        raise UserError(
            f"{source.id}: {where}{source.url} cannot be downloaded ({error}); "
            "download it by hand and set LEAP_DATA to its folder"
        ) from error
    return digest.hexdigest()
