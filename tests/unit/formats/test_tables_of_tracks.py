"""Tables of AnimalTA, FastTrack, Bonsai and EthoVision: layouts, what is lost, what is wrong."""

import re
import zipfile

import numpy as np
import pytest
from fixtures import other_tracks

from leap_core.errors import UserError
from leap_core.preprocess import given_track
from leap_core.preprocess.given_track import Given


@pytest.fixture
def pair():
    """Places (animal, frame, xy) and headings of two; the second is lost in two frames."""
    rng = np.random.default_rng(5)
    places, heading = rng.uniform(20, 200, (2, 300, 2)), rng.uniform(-3, 3, (2, 300))
    places[1, 7:9], heading[1, 7:9] = np.nan, np.nan
    return places, heading


def read(path, name=None):
    raw = given_track.read(Given((path,), name or "auto"))
    return raw


def test_both_layouts_of_animalta(pair, tmp_path):
    places, _ = pair
    for path, names in (
        (other_tracks.animalta(tmp_path / "a.csv", places), ("arena0_ind0", "arena0_ind1")),
        (
            other_tracks.animalta_rows(tmp_path / "b.csv", places, arenas=[0, 3]),
            ("arena0_ind0", "arena3_ind1"),
        ),
    ):
        raw = read(path, "animalta")
        np.testing.assert_allclose(raw.centroid, places, atol=1e-6)
        assert raw.heading is None and raw.names == names and raw.first == 0
        assert raw.rate == pytest.approx(100, rel=0.01)


@pytest.mark.parametrize("corrected", [True, False])
def test_head_and_tail_of_animalta(corrected, pair, tmp_path):
    """Corrected tables name them otherwise."""
    places, heading = pair
    raw = read(other_tracks.animalta_ends(tmp_path / "a.csv", places, heading, corrected))
    np.testing.assert_allclose(raw.centroid, places, atol=1e-6)
    np.testing.assert_allclose(raw.heading, heading, atol=1e-6)


def test_what_is_lost_in_bonsai_is_not_in_the_corner(tmp_path):
    """Older versions write 0 for the place of no component; its area tells."""
    path = tmp_path / "b.csv"
    path.write_text("Timestamp,Value.Centroid.X,Value.Centroid.Y,Value.Area\n1,5,6,9\n2,0,0,0\n")
    raw = read(path, "bonsai")
    np.testing.assert_array_equal(raw.centroid[0], [[5, 6], [np.nan, np.nan]])
    assert raw.heading is None


@pytest.mark.parametrize("mark", [",", " "])
def test_a_line_without_text_is_a_frame_of_bonsai(mark, tmp_path):
    """Its rows have no numbers: the frames behind would all be one too early."""
    path = tmp_path / "b.csv"
    path.write_text("Centroid.X,Centroid.Y\n1,2\n\n3,4\n\n\n".replace(",", mark))
    raw = read(path, "bonsai")
    np.testing.assert_array_equal(raw.centroid[0], [[1, 2], [np.nan, np.nan], [3, 4]])


def test_a_track_of_ethovision_that_begins_after_its_trial(pair, tmp_path):
    """Its recording time begins at 0 all the same."""
    places, heading = pair
    path = other_tracks.ethovision(
        tmp_path / "e.txt", places[0], heading[0], (400, 300), 20, fps=25
    )
    lines = path.read_text("utf-16").splitlines()
    for k, row in enumerate(lines[6:], 6):
        time, rest = row.split(";", 1)
        lines[k] = f"{float(time) + 1:.6f};{rest}"
    path.write_text("\n".join(lines), "utf-16")
    raw = read(path, "ethovision")
    assert raw.first == 25 and raw.rate == pytest.approx(25)


def test_commas_and_separators_of_ethovision(pair, tmp_path):
    """Cells with decimal commas, and tabulators between; a late start is a later first frame."""
    places, heading = pair
    path = other_tracks.ethovision(
        tmp_path / "e.txt", places[1], heading[1], (400, 300), 20, fps=25
    )
    whole = read(path, "ethovision")
    lost = np.isnan(places[1, :, 0])
    np.testing.assert_array_equal(np.isnan(whole.centroid[0, :, 0]), lost)
    np.testing.assert_allclose(np.sin(whole.heading[0]), np.sin(-heading[1]), atol=1e-6)
    lines = path.read_text("utf-16").splitlines()
    late = [*lines[:6], *lines[16:]]
    path.write_text("\n".join(late).replace(".", ",").replace(";", "\t"), "utf-16")
    raw = read(path)
    assert raw.first == 10 and raw.rate == pytest.approx(25)
    np.testing.assert_allclose(raw.centroid[0], whole.centroid[0, 10:])


def test_tables_that_cannot_be_read(pair, tmp_path):
    places, heading = (values[:1] for values in pair)
    frame = "Frame;Time;X_Arena0_Ind0"
    other_tracks.ethovision(tmp_path / "ok.txt", places[0], heading[0], (400, 300), 20)
    lines = (tmp_path / "ok.txt").read_text("utf-16").splitlines()
    texts = {
        "half.csv": f"{frame}\n0;0;1\n",
        "word.csv": f"{frame};Y_Arena0_Ind0\n0;0;1;gone\n",
        "twice.txt": "xBody\tyBody\ttBody\timageNumber\tid\n" + "1\t2\t3\t4\t5\n" * 2,
        "points.txt": "\n".join(lines).replace("X center", "X nose"),
        "feet.txt": "\n".join(lines).replace('"cm"', '"ft"'),
        "uneven.txt": "\n".join([*lines[:100], *lines[150:]]),
        "short.txt": "\n".join([*lines[:9], "0.1;0.1"]),
        "none.txt": "\n".join(lines[:6]),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    with zipfile.ZipFile(tmp_path / "excel.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    for name, words in (
        ("half.csv", "has `x_arena0_ind0` without `y_arena0_ind0`; name a table of the folder"),
        ("word.csv", "row 0 .*`y_arena0_ind0` is 'gone', no number"),
        ("twice.txt", "animal 5 is there twice in frame 4"),
        ("points.txt", "no samples with `X center` and `Y center`; export it again"),
        ("feet.txt", "places are in 'ft', not in cm, mm"),
        ("uneven.txt", "samples are not evenly spaced in time"),
        ("short.txt", "row 4 below its column names lacks cells"),
        ("none.txt", "no samples with `X center`"),
        ("excel.xlsx", "Excel files are not read; export it again from EthoVision: Raw Data"),
    ):
        with pytest.raises(UserError, match=f"{re.escape(name)}: .*{words}"):
            read(tmp_path / name)
