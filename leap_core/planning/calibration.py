"""How fast this machine is, measured once and kept in the user's cache folder.

One file a machine and version of the package.  A network is measured when a config first wants it;
another processor, number of cores or GPU makes everything anew.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leap_core import threads
from leap_core.config import Config
from leap_core.errors import UserError
from leap_core.io import atomic
from leap_core.planning import costs, measure

FORMAT = "leap-speed/1"


@dataclass(frozen=True)
class Speed:
    """One machine.

    Attributes:
        machine: its name.
        cores: processors.
        kinds: kind of work -> how many times as long it takes as where the costs were measured.
        network: what :func:`leap_core.planning.measure.network` gave for the config's.
    """

    machine: str
    cores: int
    kinds: dict[str, float]
    network: dict[str, Any]

    @property
    def gpu(self) -> str | None:
        """The GPU that networks run on."""
        device = str(self.network.get("device", "CPU"))
        return None if device == "CPU" else device


def folder() -> Path:
    """Where calibrations are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "leap" / "speed"


def speed(
    settings: Config, parts: int, version: str, *, machine: str | None = None, anew: bool = False
) -> Speed:
    """How fast a machine is, from the cache; what is missing is measured, with a line that says so.

    Args:
        parts: of the skeleton.
        version: of the package.
        machine: another one, which was measured before; None = this one.
        anew: measure again.

    Raises:
        UserError: another machine that was never measured with this network.
    """
    name = machine or platform.node() or "machine"
    path = folder() / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}-{version}.json"
    kept = {} if anew else _read(path)
    here = {"cores": threads.cores(), "processor": _processor()}
    if machine is None and kept.get("about") != here:
        kept = {}
    wanted = _network(settings, parts)
    key = json.dumps(wanted, sort_keys=True)
    if not costs.REFERENCE.keys() <= kept.get("kinds", {}).keys():
        kept = {}  # of a version that measured fewer kinds of work, or damaged
    complete = "about" in kept and key in kept.get("networks", {})
    if not complete and machine is not None:
        raise UserError(
            f"{path}: {machine} was not measured with this network and version; give `leap plan "
            "--calibrate` with this config there (on a cluster: `srun -p gpu --gpus=1 leap plan "
            "...`)"
        )
    if not complete:
        print("measuring this machine, about a minute (once) ...", flush=True)
        kept = {"format": FORMAT, "about": here, "kinds": kept.get("kinds") or measure.kinds()} | {
            "networks": kept.get("networks", {})
        }
        if key not in kept["networks"] and _uses_network(settings):
            kept["networks"][key] = measure.network(wanted)
        elif key not in kept["networks"]:
            kept["networks"][key] = {}
        _keep(path, kept)
    return Speed(
        machine=name,
        cores=int(kept["about"]["cores"]),
        kinds={k: kept["kinds"][k] / least for k, least in costs.REFERENCE.items()},
        network=kept["networks"][key],
    )


def _uses_network(settings: Config) -> bool:
    return not any(video.poses for video in settings.videos)


def _network(settings: Config, parts: int) -> dict[str, Any]:
    """What a network's speed depends on."""
    side = round(settings.crop.size * settings.model.input_scale)
    return {
        "network": settings.model.network,
        "filters": settings.model.filters,
        "joints": parts,
        "side": side,
        "precision": settings.training.precision,
        "batch_size": settings.training.batch_size,
        "predicted": settings.prediction.batch_size,
        "engine": settings.prediction.engine,
    }


def _keep(path: Path, kept: dict[str, Any]) -> None:
    """Write what was measured; a plan needs no cache, so one that refuses is only told."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_json(path, kept)
    except (OSError, UserError) as error:
        why = getattr(error, "strerror", None) or error
        print(
            f"WARNING: {path}: what was measured cannot be kept ({why}); set XDG_CACHE_HOME to a "
            "folder that can be written",
            file=sys.stderr,
        )


def _read(path: Path) -> dict[str, Any]:
    """What was measured before; nothing where the file is damaged."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        return {}
    whole = all(isinstance(value.get(part), dict) for part in ("about", "kinds", "networks"))
    return value if whole else {}


def _processor() -> str:
    """Name of the processor, so that a new one under the old machine's name is seen."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"^model name\s*: (.*)$", cpuinfo.read_text(errors="replace"), re.M)
        if found:
            return found[1]
    return platform.processor() or platform.machine()
