"""The formats that can be exported.  Their modules load when they are asked for."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from leap_core.errors import UserError

CONTENTS = ("poses", "labels", "track", "behavior")  # of which a format holds some


@dataclass(frozen=True)
class Format:
    """One format of another program.

    Attributes:
        name: as typed after ``--to``.
        module: of this package; has ``write_poses``, ``write_labels``, ``write_track`` or
            ``write_behavior``, one for each of ``holds``.
        suffix: what names of its files end with.
        holds: some of ``CONTENTS``.
        folder: contents that become a folder instead of a file.
        single: a file holds the poses of one animal.
        scored: its writers take the name of a ``scorer``.
        also: other endings, by which it writes poses in another layout.
    """

    name: str
    module: str
    suffix: str
    holds: tuple[str, ...]
    folder: tuple[str, ...] = ()
    single: bool = False
    scored: bool = False
    also: tuple[str, ...] = ()

    @property
    def endings(self) -> tuple[str, ...]:
        """With one of these its files must end, however they are called.

        >>> FORMATS["analysis"].endings, FORMATS["dlc"].endings
        (('.h5',), ('.csv', '.h5'))
        """
        return "." + self.suffix.rpartition(".")[2], *self.also

    def load(self) -> ModuleType:
        """Its module."""
        return importlib.import_module(f"leap_core.export.{self.module}")

    def target(self, name: str, content: str) -> str:
        """File or folder name of something called ``name``.

        >>> FORMATS["dlc"].target("fly1", "labels"), FORMATS["dlc"].target("fly1", "poses")
        ('fly1.dlc', 'fly1.dlc.csv')
        """
        ending = self.suffix if content not in self.folder else f".{self.name}"
        return f"{name}{ending}"


# several formats end alike: their names tell them apart, side by side in one folder
FORMATS = {
    found.name: found
    for found in (
        Format("slp", "slp", ".slp", ("poses", "labels")),
        Format("analysis", "analysis", ".analysis.h5", ("poses",)),
        Format(
            "dlc", "dlc", ".dlc.csv", ("poses", "labels"),
            folder=("labels",), scored=True, also=(".h5",),
        ),
        Format("coco", "coco", ".coco.json", ("labels",), folder=("labels",)),
        Format("nwb", "nwb", ".nwb", ("poses", "behavior"), single=True),
        Format("movement", "movement", ".nc", ("poses",)),
        Format("csv", "tables", ".csv", CONTENTS[:1] + CONTENTS[2:]),
        Format("parquet", "tables", ".parquet", CONTENTS[:1] + CONTENTS[2:]),
    )
}  # fmt: skip


def format_of(name: str, content: str, path: str | Path) -> Format:
    """The format of this name, if it holds this content.

    Args:
        path: what is exported, for messages.

    Raises:
        UserError: it does not; names those that do.
    """
    found = FORMATS[name]
    if content not in found.holds:
        able = ", ".join(each.name for each in FORMATS.values() if content in each.holds)
        raise UserError(f"{path}: {name} holds no {content}; choose one of {able}")
    return found
