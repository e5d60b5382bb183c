"""How much work each frame took that was labeled in the browser (paper: Supp. Figure 4c).

All is read from the journal, line by line.  A frame counts as it was when a person said that it is
done: what was taken back until then, by undo or otherwise, is not in it, and a frame that is taken
back itself counts when it is done again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from leap_core.errors import UserError
from leap_core.io import journal
from leap_core.labels.edits import JOURNAL, Item, LabelSet

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Work:
    """The work on one animal in one frame, until it was done.

    Attributes:
        key: ``<video>.<frame>.<animal>``.
        person: who said that it is done.
        seconds: of work until then, pauses not counted.
        placed: parts that a person has placed, or said to be absent, where no estimate was shown.
        moved: parts with an estimate that a person has placed elsewhere or otherwise changed.
        accepted: parts that are labeled by their estimate, untouched.
        copied: parts that have the place they had in the frame before, untouched.
        learned_from: labeled frames from which the network had learned whose estimates were shown;
            0 without any, NaN where the journal does not tell.
        model: that network; empty without.
        seconds_later: of work since.
    """

    key: str
    person: str
    seconds: float
    placed: int
    moved: int
    accepted: int
    copied: int
    learned_from: float
    model: str
    seconds_later: float

    @property
    def moves(self) -> int:
        """Parts for which a person had to do something."""
        return self.placed + self.moved


def read(folder: str | Path) -> list[Work]:
    """The frames of a folder of labels, in the order in which they were done.

    Frames that are not done, or no longer, are left out; none where there is no journal: a snapshot
    alone does not tell who did what.

    Raises:
        UserError: the journal is damaged, or of another version.
    """
    path = Path(folder) / JOURNAL
    labels = LabelSet()
    learned: dict[str, float] = {}  # network -> labeled frames, in the order of the networks
    done: dict[str, Work] = {}
    try:
        for line, _ in journal.lines(path):
            if line.get("op") == "model":
                frames = line.get("frames")
                learned[line["model"]] = float("nan") if frames is None else float(frames)
            labels.apply(line)
            item = labels.items.get(line.get("key", ""))
            if item is None or item.done == (item.key in done):
                continue
            if item.done:
                done[item.key] = _work(item, line["by"], learned)
            else:
                del done[item.key]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"{path}: is not as this version writes it ({error!r}); restore it from a backup"
        ) from error
    return [_with_later(work, labels.items[work.key]) for work in done.values()]


def _work(item: Item, person: str, learned: dict[str, float]) -> Work:
    points = item.points.values()
    order = list(learned)
    # of several networks, as in a frame that was left and finished later, the last one
    model = max(
        {point.model for point in points} - {""},
        key=lambda name: (order.index(name) if name in order else -1, name),
        default="",
    )
    copied = sum(point.how == "copy" for point in points)
    accepted = sum(point.how == "accepted" for point in points)
    touched = [point for point in points if point.how not in ("copy", "accepted")]
    return Work(
        key=item.key,
        person=person,
        seconds=round(item.seconds, 2),
        placed=sum(not point.model for point in touched),
        moved=sum(bool(point.model) for point in touched),
        accepted=accepted,
        copied=copied,
        learned_from=learned.get(model, float("nan")) if model else 0.0,
        model=model,
        seconds_later=0.0,
    )


def _with_later(work: Work, item: Item) -> Work:
    return replace(work, seconds_later=max(round(item.seconds - work.seconds, 2), 0.0))


def table(works: list[Work]) -> pd.DataFrame:
    """A row a frame; columns are the attributes of :class:`Work`."""
    import pandas as pd

    return pd.DataFrame(
        [asdict(work) for work in works], columns=[field.name for field in fields(Work)]
    )


def read_table(path: str | Path) -> pd.DataFrame:
    """A :func:`table` that was written as CSV."""
    import pandas as pd

    # nobody's name is taken for a missing number
    return pd.read_csv(
        path,
        dtype={"person": str, "model": str, "key": str},
        keep_default_na=False,
        na_values={"learned_from": [""]},
    )


def digest(works: list[Work]) -> str:
    """Checksum of all that the table holds.

    >>> digest([])[:8]
    '4f53cda1'
    """
    return hashlib.sha256(json.dumps([asdict(work) for work in works]).encode()).hexdigest()
