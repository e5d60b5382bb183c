"""The paper's pages: every panel once, at its size, and what is missing says why."""

import re
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import Rectangle
from pypdf import PdfReader

from leap_core import config, skeleton
from leap_core.errors import UserError
from leap_core.figures import placeholder, style
from leap_core.figures.paper import contents, page
from leap_core.figures.paper.panels import HALF, MOVIES, PAGES, WIDE, WITH, by_picture, missing
from leap_core.io import montage

# the panels that the legends of the paper name
PAPER = {
    "Figure1": "abcde",
    "Figure2": "abcd",
    "Figure3": "abcdefg",
    "Figure4": "abcdefgh",
    "Figure5": "abcdef",
    "Figure6": "abc",
    "FigureS1": "ab",
    "FigureS2": "abc",
    "FigureS3": "",
    "FigureS4": "abc",
    "FigureS5": "ab",
    "FigureS6": "abc",
}


def test_every_panel_of_the_paper_has_one_place_in_its_order():
    placed = {
        name: "".join(panel.letters for row in rows for panel in row)
        for name, rows in PAGES.items()
    }
    assert placed == PAPER
    pictures = [panel.picture for rows in PAGES.values() for row in rows for panel in row]
    assert len(pictures) == len(set(pictures))
    assert list(MOVIES) == [f"Movie{k}" for k in range(1, 6)]
    assert (WIDE, HALF) == (style.DOUBLE, style.SINGLE)


def test_every_panel_has_a_rule_and_a_row_in_the_documentation(root):
    rules = (root / "workflow" / "rules" / "figures" / "paper.smk").read_text()
    written = (root / "docs" / "paper.md").read_text()
    for name, rows in PAGES.items():
        for panel in (panel for row in rows for panel in row):
            picture = WITH.get(panel.picture, panel.picture)
            assert f'"{picture}"' in rules
            assert (root / "scripts" / "figures" / f"{picture}.py").is_file()
            row = rf"^\| {re.escape(page.title(name, panel.letters))} \|.*`figure_{picture}`"
            assert re.search(row, written, re.M), f"{name} {panel.letters}"
    for name in MOVIES:
        assert f"| {page.title(name)} |" in written


SIZES = st.tuples(st.floats(30, 183), st.floats(20, 120), st.sampled_from(["", "none"]))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_panels_never_overlap_and_the_page_fits_a_journal(data):
    rows = PAGES[data.draw(st.sampled_from(list(PAGES)))]
    flat = [panel for row in rows for panel in row]
    drawn, lacked = {}, set()
    for panel in flat:
        if data.draw(st.booleans()):
            drawn[panel.picture] = page.Drawn(Path(panel.picture), *data.draw(SIZES))
        else:
            lacked.add(panel.picture)
    laid = page.lay_out(rows, drawn, lacked)
    assert [place.panel for place in laid.places] == flat
    assert laid.scale <= 1 and laid.height * laid.scale <= 247 + 1e-6
    for k, a in enumerate(laid.places):
        assert a.left >= 0 and a.top >= 0
        assert a.left + a.width <= 183 + 1e-6 and a.top + a.height <= laid.height + 1e-6
        if a.panel.picture in drawn:
            assert (a.width, a.height) == drawn[a.panel.picture][1:3]
        # in reading order, with room for the letter above
        for b in laid.places[k + 1 :]:
            below = b.top >= a.top + a.height - 1e-6
            right = b.left >= a.left + a.width - 1e-6 and b.top == a.top
            assert below or right
        bears = a.panel.lettered and a.panel.picture in drawn and not drawn[a.panel.picture].remark
        assert (a.letter == "") == (bears or not a.panel.letters)


def square(path: Path, colour: str, words: str, width: float, height: float):
    """A picture of one colour with words in its middle; pdf and png."""
    fig = style.figure(width, height)
    fig.add_artist(Rectangle((0, 0), 1, 1, color=colour))
    fig.text(0.5, 0.5, words, ha="center", va="center", fontsize=style.TEXT)
    for suffix in (".pdf", ".png"):
        style.save(fig, path.with_suffix(suffix))
    return page.Drawn(path.with_suffix(".pdf"), *montage.about(path.with_suffix(".pdf")))


@pytest.fixture
def composed(tmp_path):
    """Figure 2 of two pictures: red "first" as a and blue "fourth" as d."""
    drawn = {
        "fig2a": square(tmp_path / "fig2a", "#FF0000", "first", 80, 60),
        "fig2d": square(tmp_path / "fig2d", "#0000FF", "fourth", 100, 40),
    }
    reasons = {"fig2b": "no labeled part", "fig2c": "no training"}
    laid = page.lay_out(PAGES["Figure2"], drawn, reasons)
    sheet = page.draw(laid, "Figure2", reasons)
    style.save(sheet, tmp_path / "bare.pdf")
    for name in ("one", "two"):
        out = tmp_path / name
        montage.pdf(tmp_path / "bare.pdf", page.puts(laid, drawn, ".pdf"), f"{out}.pdf")
        pictures = page.puts(laid, drawn, ".png")
        montage.png(style.picture(sheet), pictures, style.DPI, f"{out}.png")
    return tmp_path, laid


def test_a_page_holds_its_pictures_as_lines_and_letters(composed):
    folder, laid = composed
    read = PdfReader(folder / "one.pdf")
    assert len(read.pages) == 1
    width, height, subject = montage.about(folder / "one.pdf")
    assert (width, subject) == (pytest.approx(183, abs=0.1), "")
    assert height == pytest.approx(laid.height, abs=0.1)
    text = read.pages[0].extract_text()
    for words in ("Figure 2b", "no labeled part", "Figure 2c", "no training", "not drawn"):
        assert words in text
    forms = read.pages[0]["/Resources"]["/XObject"]
    inside = [forms[name].get_data() for name in sorted(forms)]
    assert len(inside) == 2 and all(b"BT" in content for content in inside)
    # one size of letters: nothing is scaled, and the pictures' text is that of the style
    assert laid.scale == 1
    for content in inside:
        assert set(re.findall(rb"/F\d+ ([\d.]+) Tf", content)) == {b"7"}


def test_equal_pictures_give_equal_pages(composed):
    folder, _ = composed
    for suffix in (".pdf", ".png"):
        one, two = ((folder / f"{name}{suffix}").read_bytes() for name in ("one", "two"))
        assert one == two


def test_a_picture_lies_where_the_page_says(composed):
    folder, laid = composed
    image = cv2.imread(str(folder / "one.png"), cv2.IMREAD_COLOR_RGB)
    assert image.shape[1] == pytest.approx(183 / 25.4 * 200, abs=1)
    for picture, colour in (("fig2a", (255, 0, 0)), ("fig2d", (0, 0, 255))):
        (place,) = [p for p in laid.places if p.panel.picture == picture]
        rows, columns = np.nonzero((image == colour).all(axis=2))
        px = 200 / 25.4
        found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        right, bottom = place.left + place.width, place.top + place.height
        np.testing.assert_allclose(
            found, np.multiply((place.left, place.top, right, bottom), px), atol=1.5
        )


def test_a_page_that_is_too_tall_is_scaled_as_a_whole(tmp_path):
    tall = {f"fig1{k}": page.Drawn(Path(f"fig1{k}"), 183, 90) for k in "acde"}
    laid = page.lay_out(PAGES["Figure1"], tall, {"fig1b": ""})
    assert laid.scale == pytest.approx(247 / laid.height)
    sheet = page.draw(laid, "Figure1", {"fig1b": "nothing"})
    np.testing.assert_allclose(sheet.get_size_inches()[1] * 25.4, 247)
    (put,) = [p for p in page.puts(laid, tall, ".pdf") if p.path.stem == "fig1a"]
    assert put.width == pytest.approx(183 * laid.scale)


def test_a_placeholder_tells_its_reason_to_who_composes(tmp_path):
    style.save(placeholder.draw("Figure 1e", "the fly never grooms"), tmp_path / "fig1e.pdf")
    told = page.Drawn(tmp_path / "fig1e.pdf", *montage.about(tmp_path / "fig1e.pdf"))
    assert told.remark == "the fly never grooms"
    table = contents.table({}, dict.fromkeys(MOVIES, "m.mp4"), {"fig1e": told.remark})
    rows = table[table["missing"] == told.remark]
    assert list(zip(rows["figure"], rows["panel"], strict=True)) == [
        ("Figure 1", "e"),
        ("Movie 3", ""),
    ]


def test_what_is_no_pdf_is_told(tmp_path):
    (tmp_path / "fig1c.pdf").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"fig1c\.pdf: is no whole pdf; remove it and run again"):
        montage.about(tmp_path / "fig1c.pdf")
    put = montage.Put(tmp_path / "fig1c.pdf", 0, 0, 10, 10)
    with pytest.raises(UserError, match="is no picture; remove it and run again"):
        montage.png(np.zeros((99, 99, 3), np.uint8), [put], 200, tmp_path / "page.png")
    assert not (tmp_path / "page.png").exists()


def test_every_dataset_says_why_a_panel_is_missing(root):
    """Of all configs: a panel has a picture that a rule could draw, or a reason."""
    flies = skeleton.read(root / "config" / "skeletons" / "fly32.yaml")
    tiny = config.read(root / "config" / "tiny.yaml")
    everything = {WITH.get(name, name) for name in by_picture()}
    found = missing(tiny, flies, everything, labeled_here=False)
    trials = {"fig2c", "fig2d", "figS1", "figS4ab", "figS5b"}
    assert found.keys() == trials | {"fig1b", "figS4c", "fig6c", "Movie5"}
    assert "experiments.enabled" in found["fig2c"]
    assert "fig1b" not in missing(tiny, flies, everything, labeled_here=True)
    assert missing(tiny, flies, everything - {"fig4a"}, labeled_here=False)["fig4a"]
    mouse = config.read(root / "config" / "demo_mouse.yaml")
    parts = skeleton.read(root / mouse.skeleton)
    found = missing(mouse, parts, everything, labeled_here=False)
    assert "Movie5" not in found and "fig6c" not in found
    poses = config.read(root / "config" / "fly_grooming3d.yaml")
    parts = skeleton.read(root / poses.skeleton)
    found = missing(poses, parts, everything, labeled_here=False)
    assert {"fig1a", "fig2a", "figS2", "Movie1"} <= found.keys()
    assert not {"fig4a", "fig4b", "fig5ab"} & found.keys()


def test_the_table_lists_every_panel_and_movie(tmp_path):
    table = contents.table(
        {"fig6b": "no mask", "Movie4": "no mask"}, dict.fromkeys(MOVIES, "m"), {}
    )
    assert len(table) == sum(len(row) for rows in PAGES.values() for row in rows) + 5
    assert ((table["file"] == "") == (table["missing"] != "")).all()
    assert list(table[table["missing"] == "no mask"]["figure"]) == ["Figure 6", "Movie 4"]
    assert isinstance(table, pd.DataFrame) and table["figure"].iloc[0] == "Figure 1"
