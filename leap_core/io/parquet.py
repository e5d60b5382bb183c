"""Rows of many tables at once, as small as they can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def rows(
    paths: Iterable[str | Path],
    columns: Sequence[str],
    keep: Callable[[pd.DataFrame], pd.Series] | None = None,
) -> pd.DataFrame:
    """Some columns of the tables one after the other; texts become categories, sorted by name.

    A text takes a byte so, and no table is held whole: of an hour's steps less than a tenth is
    left where a figure needs three of their numbers.

    Args:
        paths: at least one.
        columns: names.
        keep: which rows of a table, (row,) bool; None = all.
    """
    import pandas as pd
    from pandas.api.types import is_string_dtype

    parts = []
    for path in paths:
        part = pd.read_parquet(path, columns=list(columns))
        if keep is not None:
            part = part[keep(part)]
        texts = [name for name in columns if is_string_dtype(part[name])]
        parts.append(part.astype(dict.fromkeys(texts, "category")))
    for name in texts:
        known = sorted({value for part in parts for value in part[name].cat.categories})
        for part in parts:
            part[name] = part[name].cat.set_categories(known)
    return pd.concat(parts, ignore_index=True)
