"""Figure 4 and the ethogram: peaks, regions and spectra lie where the map has them."""

import re
from dataclasses import replace

import numpy as np
import pytest
from fixtures.drawn import PLAIN, drawn, make_behavior, make_map, texts
from matplotlib.collections import QuadMesh

from leap_core.figures import style
from leap_core.figures.paper import fig4a, fig4b, fig4ch
from leap_core.figures.quality import ethogram


def test_a_peak_is_drawn_at_its_map_position():
    edges_x, edges_y = np.linspace(-30, 50, 161), np.linspace(-20, 20, 101)
    x, y = np.meshgrid((edges_x[:-1] + edges_x[1:]) / 2, (edges_y[:-1] + edges_y[1:]) / 2)
    density = np.exp(-((x - 25) ** 2 + (y + 10) ** 2) / 8)
    made = replace(
        make_map(PLAIN, 1), density=density, edges_x=edges_x, edges_y=edges_y,
        labels=(density > 0.1).astype(int),
    )  # fmt: skip
    figure = fig4a.draw(made)
    figure.canvas.draw()
    ax = figure.axes[0]
    box = ax.get_window_extent()
    pixels = np.asarray(figure.canvas.buffer_rgba())[::-1, :, :3].sum(axis=2).astype(float)
    inside = pixels[int(box.y0) + 8 : int(box.y1) - 2, int(box.x0) + 8 : int(box.x1) - 2]
    rows, columns = np.nonzero(inside == inside.min())
    place = (columns.mean() + int(box.x0) + 8.5, rows.mean() + int(box.y0) + 8.5)
    np.testing.assert_allclose(ax.transData.inverted().transform(place), (25, -10), atol=0.5)
    assert ax.get_aspect() == 1


def test_region_numbers_stand_inside_their_regions(fly32):
    made = make_map(fly32, 9)
    figure = fig4b.draw(made)
    numbers = [t for t in figure.axes[0].texts if t.get_text().isdigit()]
    assert sorted(int(t.get_text()) for t in numbers) == list(range(1, 10))
    for text in numbers:
        column = np.searchsorted(made.edges_x, text.get_position()[0]) - 1
        row = np.searchsorted(made.edges_y, text.get_position()[1]) - 1
        assert made.labels[row, column] == int(text.get_text())


def test_spectrograms_show_the_largest_regions_at_their_part_and_frequency(fly32):
    made = make_map(fly32, 9)
    spectrum = np.full_like(made.spectrum, 1e-4)
    channel = made.channels.index("wingL y")
    spectrum[:, channel, 12] = 1e-2
    made = replace(made, spectrum=spectrum)
    figure = fig4ch.draw(made, top=4)
    meshes = [c for ax in figure.axes for c in ax.collections if isinstance(c, QuadMesh)]
    largest = np.argsort(-made.occupancy)[:4] + 1
    titles = [t for t in texts(figure) if t.startswith("region")]
    assert [int(re.search(r"\d+", t)[0]) for t in titles] == list(largest)
    assert f"{made.occupancy.max():.1%}" in titles[0]
    mesh = [m for m in meshes if m.get_array().shape == (62, 25)][0]
    row, column = np.unravel_index(np.argmax(mesh.get_array()), (62, 25))
    corners = mesh.get_coordinates()[row : row + 2, column : column + 2]
    low, high = corners[0, 0, 0], corners[0, 1, 0]
    assert low < made.frequencies[12] < high
    assert low * high == pytest.approx(made.frequencies[12] ** 2)  # half-way on a log axis
    ax = figure.axes[0]
    names = dict(zip([t.get_text() for t in ax.get_yticklabels()], ax.get_yticks(), strict=True))
    assert abs(names["wingL"] - (row + 0.5)) == 0.5 and ax.get_xscale() == "log"


def test_spectrogram_rows_join_the_axes_of_a_part_however_channels_are_ordered():
    order, parts = fig4ch.rows_by_part(["a x", "left leg x", "a y", "left leg y"])
    assert order == [0, 2, 1, 3] and parts == {"a": 2, "left leg": 2}


def test_ethogram_draws_each_region_when_it_happened(fly32):
    region = np.repeat([1, 0, 3, -1], 50)
    made = replace(make_behavior("fly1", frames=200), region=region)
    share, missing = ethogram.shares(region, 3)
    assert share.shape == (3, 200)
    assert share[0].tolist() == (region == 1).astype(float).tolist()
    assert share[1].sum() == 0 and missing.sum() == 50
    figure = ethogram.draw([made], make_map(fly32, 3))
    image = figure.axes[0].images[0]
    assert tuple(image.get_extent()[:2]) == (0, 2.0)  # seconds
    picture = image.get_array()
    np.testing.assert_allclose(picture[0, 10], style.region_colour(1), atol=1e-6)
    np.testing.assert_allclose(picture[2, 120], style.region_colour(3), atol=1e-6)
    np.testing.assert_allclose(picture[:, 60], 1)
    assert "fly1: 25% between regions, 25% no data" in texts(figure)


def test_long_recordings_keep_their_shares():
    region = np.tile([1, 2, 2, 0], 25_000)
    share, missing = ethogram.shares(region, 2)
    assert share.shape == (2, 600) and not missing.any()
    np.testing.assert_allclose(share.mean(axis=1), [0.25, 0.5], atol=1e-3)


def test_maps_without_and_with_one_region(fly32, tmp_path):
    none, one = make_map(fly32, 0), make_map(fly32, 1)
    assert any("no region" in t for t in drawn(fig4b.draw(none), tmp_path))
    assert any("no regions" in t for t in drawn(fig4ch.draw(none), tmp_path))
    assert any(
        "no regions" in t for t in drawn(ethogram.draw([make_behavior("a")], none), tmp_path)
    )
    drawn(fig4a.draw(none), tmp_path)
    assert "1 region" in drawn(fig4b.draw(one), tmp_path)
    drawn(fig4a.draw(one), tmp_path)
    drawn(fig4ch.draw(one), tmp_path)
    many = [make_behavior(f"fly{k}", 1, seed=k) for k in range(9)]
    assert "fly8" in drawn(ethogram.draw(many, one), tmp_path)
    empty = replace(one, points=np.zeros(1), spectrum=np.full_like(one.spectrum, np.nan))
    assert "no training points" in drawn(fig4ch.draw(empty), tmp_path)
