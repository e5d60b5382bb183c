"""The skeleton as the page's editor reads and writes it: the YAML file that configs name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from leap_core import skeleton
from leap_core.errors import UserError
from leap_core.io import atomic, yamlfile
from leap_core.skeleton import Skeleton
from leap_core.web.label.session import Refused, Session

CONFIGS = ("*.yaml", "*.yml")


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
    """The skeleton as its file has it, where that lies, and which configs share it."""
    path = session.settings.skeleton
    return {
        "skeleton": session.skeleton.to_dict(),
        "exists": Path(path).exists(),
        "path": path,
        "used_by": used_by(path, session.config_path.parent),
    }


def change(session: Session, body: dict[str, Any]) -> None:
    """Write another skeleton to the config's file; labels of renamed parts go with them.

    Labels of parts that are no longer listed stay in the journal, unseen.

    Raises:
        Refused: a name that is given twice or to a part that is there.
        UserError: it is no skeleton, or the file cannot be written.
    """
    path = session.settings.skeleton
    value, renamed = body.get("skeleton"), body.get("renamed") or {}
    made = skeleton.from_dict(value if isinstance(value, dict) else {}, path)
    if not isinstance(renamed, dict):
        raise Refused(400, "renamed parts are given as {old: new}")
    renamed = {str(old): str(new) for old, new in renamed.items() if old != new}
    for old, new in renamed.items():
        if old not in session.skeleton.parts or new not in made.parts:
            raise Refused(400, f"no part {old!r} to be renamed to {new!r}; reload the page")
    if len(set(renamed.values())) < len(renamed):
        raise Refused(400, "two parts cannot have one name")
    # a name that was another part's before would take over its labels
    hidden = {part for item in session.items.values() for part in item.points} - {*renamed}
    for new in renamed.values():
        if new in hidden:
            raise Refused(400, f"there are labels of a part {new!r} already; choose another name")
    atomic.check_writable([path])
    if renamed:
        session.rename(renamed, body)
    text = yaml.safe_dump(
        _tidy(made), sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    atomic.write_text(path, text)
    session.skeleton = skeleton.read(path)


def _tidy(made: Skeleton) -> dict[str, Any]:
    """The mapping of the file, without what says nothing."""
    value = {"name": made.name} | made.to_dict()
    value.pop("unpaired", None)
    roles = {k: v for k, v in value["roles"].items() if v}
    return {k: v for k, v in (value | {"roles": roles}).items() if v or k in ("parts", "symmetry")}


def handlers(page: Any) -> list[web.RouteDef]:
    """Those of the editor."""

    async def read(request: web.Request) -> web.Response:
        return await page.computed(facts)

    async def write(request: web.Request) -> web.Response:
        body = await page.body(request)
        await page.carry_out(change, page.session, body)
        page.tell(type="skeleton", tab=str(body.get("tab", ""))[:64])
        return await page.computed(facts)

    return [web.get("/api/skeleton", read), web.put("/api/skeleton", write)]
