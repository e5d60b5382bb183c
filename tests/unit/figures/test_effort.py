"""Work per frame, drawn: medians, quartiles and counts are those of the table."""

import matplotlib.text
import numpy as np
import pandas as pd
import pytest

from leap_core.figures import style
from leap_core.figures.paper import figS4c
from leap_core.labels import effort


def table(*groups):
    """Rows from (labels of the network, seconds of each frame, moves of each, person)."""
    rows = []
    for labels, seconds, moves, person in groups:
        for s, m in zip(seconds, moves, strict=True):
            parts = {"placed": m, "moved": 0} if labels == 0 else {"placed": 0, "moved": m}
            named = {"key": f"a.{len(rows)}.0", "person": person, "model": ""}
            rest = {"accepted": 0, "copied": 0, "seconds_later": 0.0}
            rows.append(named | parts | rest | {"seconds": s, "learned_from": labels})
    return pd.DataFrame(rows)[list(effort.table([]).columns)]


WORK = table(
    (0.0, [90.0, 100.0, 170.0], [32, 32, 31], "ann"),
    (10.0, [20.0, 30.0, 40.0, 50.0], [5, 7, 9, 11], "ann"),
    (np.nan, [8.0], [2], "ann"),
)


def texts(ax):
    return [t.get_text() for t in ax.findobj(matplotlib.text.Text) if t.get_text()]


def heights(ax, gid):
    return [line.get_ydata().tolist() for line in ax.lines if line.get_gid() == gid]


def test_medians_quartiles_and_numbers_of_frames():
    left, right = figS4c.draw(WORK).axes
    assert heights(left, "median") == [[100, 100], [35, 35], [8, 8]]
    assert heights(right, "median") == [[32, 32], [8, 8], [2, 2]]
    assert heights(right, "quartiles")[1] == [6.5, 9.5]
    ticks = [t.get_text() for t in left.get_xticklabels()]
    assert ticks == ["0\nn = 3", "10\nn = 4", "1000\npaper", "?\nn = 1"]
    assert [t.get_text() for t in right.get_xticklabels()] == [ticks[0], ticks[1], ticks[3]]
    assert [y for (y,) in heights(left, "paper")] == [115.4, 6.1]
    points = [c.get_offsets()[:, 1].tolist() for c in left.collections]
    assert points == [[90, 100, 170], [20, 30, 40, 50], [8]]
    assert "8 frames, 1 person" in texts(right)
    assert not any("program" in text for text in texts(left))


def test_frames_that_a_program_labeled_are_said_to_be_so():
    mixed = pd.concat([WORK, table((50.0, [0.5], [1], "script2"))])
    left, right = figS4c.draw(mixed).axes
    assert any("1 frame (hollow) labeled by a program" in text for text in texts(left))
    assert "9 frames, 1 person" in texts(right)
    left, right = figS4c.draw(table((0.0, [0.0], [3], "script"))).axes
    assert any("all labeled by a program" in text for text in texts(left))
    assert "1 frame" in texts(right)


def test_without_frames_it_says_why():
    (ax,) = figS4c.draw(effort.table([])).axes
    assert "no frame was labeled in the browser" in texts(ax)


@pytest.mark.parametrize("groups", [2, 14])
def test_equal_bytes_and_all_text_inside(groups, tmp_path):
    work = table(*((10.0 * k, [5.0, 6.0], [1, 0], "script") for k in range(groups)))
    drawn = [figS4c.draw(work) for _ in range(2)]
    for k, figure in enumerate(drawn):
        style.save(figure, tmp_path / f"{k}.png")
    assert (tmp_path / "0.png").read_bytes() == (tmp_path / "1.png").read_bytes()
    edge = drawn[0].bbox
    for text in drawn[0].findobj(matplotlib.text.Text):
        if text.get_text() and text.get_visible() and text.axes is not None:
            box = text.get_window_extent()
            assert edge.x0 - 1 <= box.x0 and box.x1 <= edge.x1 + 1, text.get_text()
            assert edge.y0 - 1 <= box.y0 and box.y1 <= edge.y1 + 1, text.get_text()
