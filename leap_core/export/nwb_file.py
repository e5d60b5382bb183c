"""NWB files: what is in all of them, and how equal content becomes equal bytes.

pynwb puts in three things that would differ from one writing to the next: dates, which are given
here; an id of each object, which is made from the content instead; and the definitions of *all*
extensions that the process has loaded, of which only those are written that files here use.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from leap_core.io import atomic, full_disk

if TYPE_CHECKING:
    from hdmf.build import GroupBuilder
    from hdmf.spec import NamespaceCatalog
    from pynwb import NWBFile

UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)  # the format demands a date; nobody takes this for one
NO_DATE = (
    f"the date of the recording is not known: {UNKNOWN:%Y-%m-%d} stands for it, because NWB "
    "demands one"
)
NAMESPACES = ("hdmf-common", "hdmf-experimental", "core")  # whose types every file uses


def digest(about: object, arrays: Iterable[np.ndarray]) -> str:
    """32 hexadecimal digits that tell this content from any other.

    Args:
        about: words and numbers, by what ``repr`` gives of them.
    """
    found = hashlib.sha256(repr(about).encode())
    for array in arrays:
        found.update(repr((array.shape, array.dtype.str)).encode())
        found.update(array.tobytes())
    return found.hexdigest()[:32]


def new_file(recording: str, what: str, number: str) -> NWBFile:
    """A file about the animal of a recording, still empty.

    A recording does not tell which individual it shows, nor species, sex or age.  Of these NWB has
    words for unknown sex and age ("at least 0 days"); the species is left out.

    Args:
        what: is in it, a sentence.
        number: of its content, by :func:`digest`.
    """
    import pynwb

    return pynwb.NWBFile(
        session_description=f"{what} The date is not known.",
        identifier=f"{recording}-{number}",
        session_start_time=UNKNOWN,
        file_create_date=UNKNOWN,
        keywords=["pose estimation", "behavior"],
        subject=pynwb.file.Subject(
            subject_id=recording,
            sex="U",
            age="P0D/",
            description=(
                f"the animal of recording {recording}; which individual, its species, sex and age "
                "are not known"
            ),
        ),
    )


def write(file: NWBFile, path: Path, number: str, extensions: tuple[str, ...] = ()) -> None:
    """Write a file, atomically.

    Args:
        number: of its content, by :func:`digest`: ids of its objects follow from it.
        extensions: beside NWB itself, whose types it uses.

    Raises:
        UserError: it cannot be written.
    """
    import pynwb

    manager = pynwb.get_manager()
    builder = manager.build(file, source=path.name, root=True)
    _number(builder, uuid.UUID(number))
    with (
        atomic.atomic_path(path) as temporary,
        full_disk.NewFile(temporary) as new,
        pynwb.NWBHDF5IO(file=new, mode="w", manager=manager) as writer,
    ):
        writer.write_builder(builder)
        _write_definitions(new, manager.namespace_catalog, (*NAMESPACES, *extensions))


def _number(builder: GroupBuilder, seed: uuid.UUID) -> None:
    """Ids from the content and the place of each object, instead of random ones."""
    for place, each in _objects(builder, ""):
        if "object_id" in each.attributes:
            each.attributes["object_id"] = str(uuid.uuid5(seed, place))


def _objects(builder: GroupBuilder, place: str) -> Iterator[tuple[str, Any]]:
    yield place, builder
    for name, each in builder.groups.items():
        yield from _objects(each, f"{place}/{name}")
    for name, each in builder.datasets.items():
        yield f"{place}/{name}", each


def _write_definitions(
    file: h5py.File, catalog: NamespaceCatalog, namespaces: tuple[str, ...]
) -> None:
    """The definitions of the types that the file uses, for readers that lack the extension."""
    from hdmf.backends.hdf5.h5_utils import H5SpecWriter
    from hdmf.backends.utils import NamespaceToBuilderHelper

    folder = file.create_group("specifications")
    file.attrs[".specloc"] = folder.ref
    for name in namespaces:
        group = folder.create_group(f"{name}/{catalog.get_namespace(name).version}")
        made = NamespaceToBuilderHelper.convert_namespace(catalog, name)
        made.export("namespace", writer=H5SpecWriter(group=group))
