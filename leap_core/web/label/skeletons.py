"""The skeleton as the page's editor reads and writes it: the YAML file that configs name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from aiohttp import web

from leap_core import containers, sides, skeleton, sources
from leap_core.errors import UserError
from leap_core.io import atomic, video, yamlfile
from leap_core.io.readers import footage_list
from leap_core.labels.placing import Place
from leap_core.skeleton import Skeleton
from leap_core.web.incoming import Refused, json_object
from leap_core.web.label import estimates, view
from leap_core.web.label.session import Session

CONFIGS = ("*.yaml", "*.yml")
LONGEST_NAME = 60
MOST_PARTS = 300
BUSY = ("queued", "running", "estimating")  # states of a training


def used_by(path: str, configs: Path) -> list[str]:
    """Names of the config files in a folder whose datasets have this skeleton."""
    found = []
    for pattern in CONFIGS:
        for config in sorted(configs.glob(pattern)):
            try:
                value = yamlfile.read(config, "config", "config/")
            except UserError:
                continue
            named = value.get("skeleton") if isinstance(value, dict) else None
            if isinstance(named, str) and Path(named).resolve() == Path(path).resolve():
                found.append(config.name)
    return found


def facts(session: Session) -> dict[str, Any]:
    """The skeleton as its file has it now, where that lies, and which configs share it.

    Keys: ``skeleton`` (mapping as in the YAML), ``exists``, ``path``, ``config``, ``used_by``,
    ``digest`` (of the file, to be sent back with a change), ``labels`` (part -> frames that label
    it, of hidden parts too), ``size`` (side of the crops, px), ``picture`` (kind ``crop`` or
    ``frame``), ``next`` (the command that makes frames to label; empty where there are some), and
    what :func:`preview` tells.

    Raises:
        UserError: the file is damaged.
    """
    path = session.settings.skeleton
    now = _now(session)
    crop = any(isinstance(place, Place) for place in session.places.values())
    command = f"snakemake --cores all alignment --configfile {session.config_path}"
    return _told(now) | {
        "skeleton": skeleton.to_tidy(now),
        "exists": Path(path).exists(),
        "path": path,
        "config": session.config_path.name,
        "used_by": used_by(path, session.config_path.parent),
        "digest": _digest(path),
        "labels": _counts(session),
        "size": view.size(session),
        "picture": {"kind": "crop" if crop else "frame"},
        "next": "" if session.order else command,
        "again": "" if session.order else f"leap label --config {session.config_path}",
    }


def preview(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """What a skeleton amounts to, without writing it.

    Keys: ``yaml`` (the text of the file), ``pairs`` (mirror partners), ``unpaired`` (parts that
    may have a side and have no partner), ``certain`` (those whose name says so).

    Raises:
        UserError: it is no skeleton.
    """
    return _told(_made(session, body))


def change(session: Session, body: dict[str, Any]) -> None:
    """Write another skeleton to the config's file; labels of renamed parts go with them.

    Labels of parts that are no longer listed stay in the journal, unseen.

    Raises:
        Refused: a name that is given twice or to a part that is there; the file has changed.
        UserError: it is no skeleton, or the file cannot be written.
    """
    path = session.settings.skeleton
    made, renamed = _made(session, body), body.get("renamed") or {}
    if not isinstance(renamed, dict):
        raise Refused(400, "renamed parts are given as {old: new}")
    if "digest" in body and body["digest"] != _digest(path):
        raise Refused(409, f"{path} was changed meanwhile; reload the page and make it again")
    renamed = {str(old): str(new) for old, new in renamed.items() if old != new}
    there = _now(session).parts
    for old, new in renamed.items():
        if old not in there or new not in made.parts:
            raise Refused(400, f"no part {old!r} to be renamed to {new!r}; reload the page")
    if len(set(renamed.values())) < len(renamed):
        raise Refused(400, "two parts cannot have one name")
    # a name that was another part's before would take over its labels
    hidden = _counts(session).keys() - renamed.keys()
    for new in renamed.values():
        if new in hidden:
            raise Refused(400, f"there are labels of a part {new!r} already; choose another name")
    # the journal first: a file that is not written leaves the labels with their old names
    with atomic.atomic_path(path) as temporary:
        temporary.write_text(skeleton.to_yaml(made), encoding="utf-8")
        if renamed:
            session.rename(renamed, body)
    session.skeleton = skeleton.read(path)
    _rename_estimates(session, renamed)


def _rename_estimates(session: Session, renamed: dict[str, str]) -> None:
    """Estimates go with their parts too; a next training replaces them."""
    if not renamed:
        return

    def new(items: dict[str, Any]) -> dict[str, Any]:
        return {
            key: {renamed.get(part, part): at for part, at in points.items()}
            for key, points in items.items()
        }

    session.estimates = new(session.estimates)
    with suppress(UserError):  # a full disk, or a file of another version
        if stored := estimates.read(session.folder):
            estimates.write(session.folder, stored | {"items": new(stored["items"])})


def picture(session: Session) -> bytes:
    """A picture to make a skeleton on, as PNG: the first crop, else a frame of a video.

    Raises:
        UserError: no video is on the disk, or none can be decoded.
    """
    for place in session.places.values():
        if isinstance(place, Place):
            with containers.open_crops(session.crops_of(place.recording)) as reader:
                return _png(np.asarray(reader.images[place.row]))
    first: UserError | None = None
    for settings in session.settings.videos:
        try:
            found = sources.video_file(session.settings, settings)
            for _, image in _frames(found, settings) if found else ():
                if image is not None:
                    return _png(image)
        except UserError as error:
            first = first or error
    if first:
        raise first
    raise UserError(
        f"{session.config_path}: none of its videos is on this disk; set LEAP_DATA to the folder "
        "that holds them"
    )


def _frames(found: Path, settings: Any) -> Iterator[tuple[int, np.ndarray | None]]:
    # a list names the array itself
    array = None if footage_list.is_list(found) else settings.dataset
    return video.read_frames(found, video.probe(found, array))


def _png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def _now(session: Session) -> Skeleton:
    """The skeleton of the file; one without parts where there is none."""
    path = Path(session.settings.skeleton)
    return skeleton.read(path) if path.exists() else Skeleton((), name=path.stem, unpaired=())


def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if Path(path).exists() else ""


def _made(session: Session, body: dict[str, Any]) -> Skeleton:
    path, value = session.settings.skeleton, body.get("skeleton")
    made = skeleton.from_dict(value if isinstance(value, dict) else {}, path)
    if len(made) > MOST_PARTS:
        raise UserError(f"{path}: {len(made)} parts are more than {MOST_PARTS}; leave some out")
    for name in (*made.parts, *made.legs, *made.groups, made.name):
        if not isinstance(name, str) or not name.strip() == name or not name.isprintable():
            raise UserError(f"{path}: {name!r} is no name; use letters without blanks around")
        if not 0 < len(name) <= LONGEST_NAME:
            raise UserError(f"{path}: {name[:20]!r} has no or more than {LONGEST_NAME} letters")
    return made


def _counts(session: Session) -> dict[str, int]:
    """Part -> frames that label it, of parts that are not in the skeleton too."""
    found: dict[str, int] = {}
    for item in session.items.values():
        for part in item.points:
            found[part] = found.get(part, 0) + 1
    return found


def _told(made: Skeleton) -> dict[str, Any]:
    return {
        "yaml": skeleton.to_yaml(made) if made.parts else "",
        "pairs": made.pairs,
        "unpaired": made.unpaired or (),
        "certain": sides.read(made.parts).certain if made.unpaired else (),
    }


def handlers(page: Any) -> list[web.RouteDef]:
    """Those of the editor."""

    async def read(request: web.Request) -> web.Response:
        return await page.computed(facts)

    async def look(request: web.Request) -> web.Response:
        body = await json_object(request)
        return await page.computed(lambda session: preview(session, body))

    async def write(request: web.Request) -> web.Response:
        body = await json_object(request)
        if page.trainer is not None and page.trainer.status.get("state") in BUSY:
            raise Refused(409, "a training runs with the parts as they are; stop it, or wait")
        await page.carry_out(change, page.session, body)
        page.tell(type="skeleton", tab=str(body.get("tab", ""))[:64])
        return await page.computed(facts)

    async def shown(request: web.Request) -> web.Response:
        return await page.picture(picture)

    return [
        web.get("/api/skeleton", read),
        web.post("/api/skeleton/preview", look),
        web.put("/api/skeleton", write),
        web.get("/api/skeleton/picture.png", shown),
    ]
