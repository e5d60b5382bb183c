"""Many files of one kind, of which one is in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, overload

from leap_core.containers.base import Container

K = TypeVar("K", bound=Container)


class Files(Sequence[K]):
    """A sequence that reads a file each time it is asked for it, and keeps none.

    What goes over all recordings needs the memory of one, however many there are; what goes over
    them twice reads them twice.

    >>> gaits = Files(Gait, paths)  # doctest: +SKIP
    >>> sum(gait.walking.sum() for gait in gaits)  # doctest: +SKIP
    """

    def __init__(self, kind: type[K], paths: Iterable[str | Path]):
        self.kind, self.paths = kind, [Path(path) for path in paths]

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, k: int) -> K: ...
    @overload
    def __getitem__(self, k: slice) -> Files[K]: ...
    def __getitem__(self, k):
        if isinstance(k, slice):
            return Files(self.kind, self.paths[k])
        return self.kind.read(self.paths[k])

    def __iter__(self) -> Iterator[K]:
        for path in self.paths:
            yield self.kind.read(path)


class Named(Mapping[str, K]):
    """Files of one kind by name; like :class:`Files` it reads one each time it is asked for it."""

    def __init__(self, kind: type[K], paths: Mapping[str, str | Path]):
        self.kind, self.paths = kind, dict(paths)

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __contains__(self, name: object) -> bool:
        return name in self.paths  # that of a mapping would read the file

    def __getitem__(self, name: str) -> K:
        return self.kind.read(self.paths[name])
