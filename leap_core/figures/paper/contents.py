"""The list of the paper's panels and movies: which a dataset has, which not, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leap_core.figures.paper.page import span, title
from leap_core.figures.paper.panels import MOVIES, PAGES, WITH

if TYPE_CHECKING:
    import pandas as pd


def table(
    missing: Mapping[str, str], movies: Mapping[str, str], remarks: Mapping[str, str]
) -> pd.DataFrame:
    """A row a panel and movie, in the paper's order: figure, panel, shows, file, missing.

    Args:
        missing: picture, or movie's name -> why the dataset has none.
        movies: movie's name -> its file in the results.
        remarks: picture -> what its placeholder says; "" = it is none.
    """
    import pandas as pd

    rows = []
    for name, panels in PAGES.items():
        for panel in (panel for row in panels for panel in row):
            picture = WITH.get(panel.picture, panel.picture)
            why = missing.get(panel.picture, "")
            file = "" if why else f"figures/{picture}.pdf"
            why = why or remarks.get(picture, "")
            rows.append((title(name), span(panel.letters), panel.shows, file, why))
    for name, movie in MOVIES.items():
        why = missing.get(name, "")
        file = "" if why else movies[name]
        why = why or remarks.get(movie.told_by, "")
        rows.append((title(name), "", movie.shows, file, why))
    return pd.DataFrame(rows, columns=["figure", "panel", "shows", "file", "missing"])
