"""Package faces: the public names of a package, each loaded when it is first used.

The names stand once, in ``__init__.pyi`` beside ``__init__.py``, where type checkers and editors
read them too.  A job then pays for the modules that it uses, not for its whole package.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import lazy_loader


class _Face(ModuleType):
    """A package in which a public name stays what the stub says.

    Python puts every loaded module into its package, under a name that a function may bear too.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        taken = isinstance(value, ModuleType) and name in self.__dict__.get("__all__", ())
        if not taken:
            super().__setattr__(name, value)


def attach(package: str, file: str, *own: str) -> tuple[Callable, Callable, list[str]]:
    """``__getattr__``, ``__dir__`` and ``__all__`` of a package, from its stub.

    Args:
        package, file: ``__name__`` and ``__file__`` of its ``__init__.py``.
        own: names that ``__init__.py`` has from elsewhere.

    Raises:
        ValueError: no stub, or one with other lines than ``from .module import name``.
    """
    get, _, names = lazy_loader.attach_stub(package, file)
    sys.modules[package].__class__ = _Face
    names = sorted([*names, *own])
    return get, names.copy, names
