"""Figures of accuracy and of the network: what they draw is what the data say."""

import matplotlib
import numpy as np
import pytest
from fixtures.drawn import PLAIN, texts
from matplotlib.patches import Circle, Rectangle

from leap_core.containers import Labels
from leap_core.figures import style
from leap_core.figures.paper import fig2b, fig6, figS4ab, figS5a
from leap_core.figures.quality import confidence_error, pck, reliability, worst
from leap_core.pose import diagram, evaluation, precision


def named(ax, gid):
    """What is drawn under a name."""
    return [a for a in [*ax.lines, *ax.patches] if a.get_gid() == gid]


def labels(skeleton, samples=20, size=64):
    rng = np.random.default_rng(0)
    positions = rng.uniform(8, size - 8, (samples, len(skeleton), 2))
    return Labels(
        images=rng.integers(0, 255, (samples, size, size, 1)),
        positions=positions,
        status=np.ones(positions.shape[:2]),
        source=np.full(samples, "a"),
        frame=np.arange(samples) + 100,
        split=np.full(samples, 2),
        skeleton=skeleton,
    )


def evaluated(skeleton, scale=1.0):
    """Labels, error table and metrics of predictions that are off by a normal of 1 px."""
    made = labels(skeleton)
    rng = np.random.default_rng(1)
    predicted = made.positions + rng.normal(0, scale, made.positions.shape)
    errors = evaluation.distances(predicted, made.positions)
    sure = np.exp(-errors / 3)
    rows = np.arange(len(errors))
    table = evaluation.table(predicted, made.positions, sure, rows, skeleton)
    metrics = evaluation.metrics(errors, skeleton, 80.0, draws=100)
    metrics["confidence"] = precision.report(errors, sure, [0.5, 0.9], 2.5)
    return made, errors, table, metrics


def said(table):
    """The same labels as `calibration.csv` has them."""
    return table.rename(columns={"confidence": "probability"})


def calls(skeleton):
    """One call of every figure of this file."""
    made, errors, table, metrics = evaluated(skeleton)
    row = fig6.Row("raw", made.images[0], made.positions[0], errors, 80.0, (1.0, 1.5))
    blocks = [
        diagram.Block("input", 1, 1.0),
        diagram.Block("conv", 8, 1.0, (0,), kernel=3),
        diagram.Block("pool", 8, 0.5, (1,), kernel=2),
        diagram.Block("up", 4, 1.0, (2,), kernel=2),
        diagram.Block("concat", 12, 1.0, (1, 3), output=True),
    ]
    maps = np.random.default_rng(2).random((16, 16, 4))
    return {
        "pck": lambda: pck.draw(metrics, skeleton),
        "confidence_error": lambda: confidence_error.draw(table, metrics["confidence"]),
        "reliability": lambda: reliability.draw(said(table), 0.6),
        "worst": lambda: worst.draw(made, table),
        "fig6": lambda: fig6.draw([row, row._replace(name="masked")], skeleton),
        "figS5a": lambda: figS5a.draw(blocks, 64, "net", made.images[0, ..., 0], maps),
        "figS4ab": lambda: figS4ab.draw({"10 labels": 3 * errors, "250 labels": errors}, skeleton),
    }


NAMES = ["pck", "confidence_error", "reliability", "worst", "fig6", "figS5a", "figS4ab"]


@pytest.mark.parametrize("name", NAMES)
def test_equal_bytes_at_a_journal_width_with_readable_text(name, fly32, tmp_path):
    drawn = [calls(fly32)[name]() for _ in range(2)]
    for k, figure in enumerate(drawn):
        style.save(figure, tmp_path / f"{k}.png")
    assert (tmp_path / "0.png").read_bytes() == (tmp_path / "1.png").read_bytes()
    assert drawn[0].get_figwidth() * 25.4 == pytest.approx(style.DOUBLE)
    written = [t for t in drawn[0].findobj(matplotlib.text.Text) if t.get_text()]
    assert min(t.get_fontsize() for t in written) >= style.TINY
    edge = drawn[0].bbox
    for text in written:
        if text.get_visible() and text.axes is not None:
            box = text.get_window_extent()
            assert edge.x0 - 1 <= box.x0 and box.x1 <= edge.x1 + 1, text.get_text()
            assert edge.y0 - 1 <= box.y0 and box.y1 <= edge.y1 + 1, text.get_text()


@pytest.mark.parametrize("name", NAMES)
def test_an_animal_without_legs_and_groups_is_drawn(name, tmp_path):
    style.save(calls(PLAIN)[name](), tmp_path / "figure.png")


def test_pck_draws_the_shares_and_their_band(fly32):
    _, errors, _, metrics = evaluated(fly32)
    figure = pck.draw(metrics, fly32)
    px, body = figure.axes
    lines = {line.get_label(): line for line in px.lines}
    assert set(fly32.part_sets) < set(lines)
    tips = errors[:, list(fly32.leg_tips.values())]
    x, y = lines["leg tips"].get_data()
    assert y[x == 1.5] == pytest.approx(100 * np.mean(tips < 1.5), abs=0.01)
    x, y = body.lines[0].get_data()
    assert y[x == 2.0] == pytest.approx(100 * np.mean(errors < 1.6), abs=0.01)  # of 80 px
    band = px.collections[0].get_paths()[0].vertices
    at = band[band[:, 0] == 1.5, 1]
    assert at.min() < 100 * np.mean(errors < 1.5) < at.max()
    del metrics["pck"]["pct_body"]
    assert any("no body axis" in t for t in texts(pck.draw(metrics, fly32)))


def test_thresholds_are_marked_and_those_not_reached_are_said(fly32):
    _, _, table, metrics = evaluated(fly32, scale=2.5)
    trust = metrics["confidence"]
    trust["wanted"].append(
        {"wanted": 0.99, "threshold": None, "precision": None, "kept": None, "n": None}
    )
    figure = confidence_error.draw(table, trust)
    found = trust["wanted"][1]
    (mark,) = named(figure.axes[1], "wanted 0.9")
    assert mark.get_xdata()[0] == found["threshold"]
    kept = table[table["confidence"] >= found["threshold"] - 1e-6]
    assert mark.get_ydata()[0] == pytest.approx(100 * np.mean(kept["error_px"] < 2.5), abs=0.2)
    assert any("99 % within 2.5 px: not reached" in t for t in texts(figure))
    assert any("no labeled part" in t for t in texts(confidence_error.draw(table[:0], trust)))


def test_what_is_said_stands_against_what_is_near_and_what_a_limit_is_below(fly32):
    _, _, table, _ = evaluated(fly32, scale=2.5)
    figure = reliability.draw(said(table), 0.6)
    sure, error = table["confidence"].to_numpy(float), table["error_px"].to_numpy(float)
    (dots,) = named(figure.axes[0], "shares")
    inside = (sure >= 0.5) & (sure < 0.6)
    at = np.argmin(np.abs(dots.get_xdata() - sure[inside].mean()))
    assert dots.get_xdata()[at] == pytest.approx(sure[inside].mean())
    assert dots.get_ydata()[at] == pytest.approx(100 * np.mean(error[inside] <= 2.5))
    (near,) = named(figure.axes[1], "within 2.5 px")
    assert near.get_ydata()[0] == pytest.approx(100 * np.mean(sure[error <= 2.5] < 0.6))
    assert any("no label was kept" in t for t in texts(reliability.draw(said(table)[:0], 0.6)))


def test_the_worst_images_come_first_with_lines_from_label_to_prediction():
    made = labels(PLAIN)
    predicted = made.positions.copy()
    predicted[7, 1] += (30, 40)  # 50 px
    predicted[3, 0] += (0, 9)
    predicted[3, 1] += (0, 1)  # close: no line
    samples = np.arange(20)
    table = evaluation.table(predicted, made.positions, np.ones((20, 2)), samples, PLAIN)
    assert worst.choose(table, 2).tolist() == [7, 3]
    figure = worst.draw(made, table)
    first, second = figure.axes[:2]
    assert len(figure.axes) == 12
    assert [ax.get_title(loc="left") for ax in (first, second)] == ["a 107", "a 103"]
    lines = [line for line in first.lines if line.get_linestyle() == "-"]
    ends = np.transpose(lines[0].get_data())
    np.testing.assert_allclose(ends, [made.positions[7, 1], predicted[7, 1]], atol=1e-4)
    assert "tail 50.0 px" in texts(figure) and "nose 9.0 px" in texts(figure)
    assert len(named(second, "far")[0].get_xdata()) == 1
    assert any("no labeled part" in t for t in texts(worst.draw(made, table[:0])))


def test_fig6_has_a_row_for_each_kind_of_images(fly32):
    made, errors, *_ = evaluated(fly32)
    row = fig6.Row("raw", made.images[0], made.positions[0], errors)
    masked = row._replace(name="masked", errors=3 * errors, interval=(3.0, 4.0))
    figure = fig6.draw([row, masked], fly32)
    rings = [
        {p.get_gid(): p.radius for p in figure.axes[k].patches if isinstance(p, Circle)}
        for k in (2, 5)
    ]
    assert rings[0]["head 50%"] == pytest.approx(np.median(errors[:, 0]))
    assert rings[1]["head 90%"] == pytest.approx(3 * np.quantile(errors[:, 0], 0.9))
    assert not named(figure.axes[1], "interval")
    assert named(figure.axes[4], "interval")[0].get_xdata().tolist() == [3, 4]
    assert f"median {3 * np.median(errors):.2f} px (95 %: 3.00 to 4.00)" in texts(figure)
    assert {"a1", "a2", "a3", "b1", "b2", "b3"} < set(texts(figure))
    blank = row._replace(errors=np.full_like(errors, np.nan))
    assert "no labeled part in the test set" in texts(fig6.draw([blank], fly32))


def test_fig2b_marks_the_interval_and_names_leg_segments(fly32):
    errors = np.ones((5, 32))
    errors[:, list(fly32.leg_tips.values())] = 3
    figure = fig2b.draw(errors, fly32, 90.0, (0.8, 1.2))
    boxes = figure.axes[1]
    assert named(boxes, "interval")[0].get_xdata().tolist() == [0.8, 1.2]
    names = [t.get_text() for t in boxes.get_yticklabels()]
    assert names == ["all parts", *fly32.part_sets]
    shares = [t.get_text() for t in boxes.texts if t.get_text().endswith("%")]
    assert shares[names.index("leg tips")] == "0%" and shares[names.index("leg bases")] == "100%"


def test_every_part_has_its_distribution_in_each_column():
    errors = {"few": np.array([[0.2, 99], [0.7, 2.2]]), "many": np.array([[0.1, np.nan]] * 2)}
    few, many = figS4ab.by_part(errors["few"]), figS4ab.by_part(errors["many"])
    assert few[0, :3].tolist() == [50, 50, 0]
    assert few[1, [4, -1]].tolist() == [50, 50]
    assert many[0, 0] == 100 and np.isnan(many[1]).all()
    figure = figS4ab.draw(errors, PLAIN)
    assert [figure.axes[k].get_title(loc="left") for k in (0, 1)] == ["few", "many"]
    medians = [line.get_xdata()[0] for line in named(figure.axes[0], "median")]
    assert medians == pytest.approx([0.45, 15.0])
    assert "no labels" in texts(figure) and "50%" in texts(figure)


# ---------------------------------------------------------------- the network


def test_blocks_of_the_papers_network():
    """Supplementary Figure 5a: channels and sizes of the 15 layers."""
    from leap_core.pose import networks

    found = diagram.blocks(networks.build("leap_cnn", 32, 64).get_config())
    kinds = "input conv conv conv pool conv conv conv pool conv conv conv up conv conv up"
    assert [b.kind for b in found] == kinds.split()
    assert [b.channels for b in found] == (
        [1] + [64] * 4 + [128] * 4 + [256] * 3 + [128] * 3 + [32]
    )
    assert [b.scale for b in found] == [1] * 4 + [0.5] * 4 + [0.25] * 4 + [0.5] * 3 + [1]
    assert [k for k, b in enumerate(found) if b.output] == [15]
    assert all(b.inputs == (k - 1,) for k, b in enumerate(found) if k)
    assert figS5a.detours(found, figS5a.main_path(found)) == []
    assert diagram.modules(found) == found


def branched():
    """Residual module, U-shape with a long skip, normalization, two outputs."""
    import keras
    from keras import layers

    image = layers.Input((None, None, 1))
    x = layers.Conv2D(16, 3, padding="same")(image)
    y = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(8, 1)(x)))
    y = layers.Conv2D(16, 3, padding="same")(y)
    x = layers.Add()([layers.Conv2D(16, 1)(x), y])  # both sides of a module may be convolutions
    low = layers.AveragePooling2D(2)(x)
    low = layers.Conv2D(32, 3, strides=2, padding="same")(low)
    early = layers.Conv2D(4, 1)(low)
    high = layers.UpSampling2D(4)(low)
    x = layers.Concatenate()([x, high])
    return keras.Model(image, [early, layers.Conv2D(4, 1)(x)])


def test_skips_and_several_outputs_are_read_from_the_graph():
    found = diagram.blocks(branched().get_config())
    concat = next(b for b in found if b.kind == "concat")
    assert concat.channels == 16 + 32
    assert {found[k].kind for k in concat.inputs} == {"add", "up"}
    assert sorted(b.scale for b in found if b.output) == [0.25, 1.0]
    assert not any(b.kind == "other" for b in found)  # normalization and activation

    short = diagram.modules(found)
    kinds = [b.kind for b in short]
    assert sorted(kinds) == sorted("input conv residual pool conv conv up concat conv".split())
    module = kinds.index("residual")
    assert short[module].channels == 16 and short[module].inputs == (1,)
    main = figS5a.main_path(short)
    assert [kinds[k] for k in main] == "input conv residual pool conv up concat conv".split()
    ways = figS5a.detours(short, main)
    # every connection is drawn once
    lines = [pair for way in [main, *ways] for pair in zip(way, way[1:], strict=False)]
    assert sorted(lines) == sorted((i, k) for k, b in enumerate(short) for i in b.inputs)
    assert [kinds[k] for k in max(ways, key=lambda w: w[-1])] == ["residual", "concat"]


def test_bars_are_as_high_as_the_maps_and_stand_in_order():
    blocks = diagram.modules(diagram.blocks(branched().get_config()))
    figure = figS5a.draw(blocks, 96)
    ax = figure.axes[0]
    bars = [named(ax, f"block {k}")[0] for k in range(len(blocks))]
    assert all(isinstance(bar, Rectangle) for bar in bars)
    for bar, block in zip(bars, blocks, strict=True):
        assert bar.get_height() == pytest.approx(figS5a.FULL * block.scale)
        assert all(bars[k].get_x() + bars[k].get_width() < bar.get_x() for k in block.inputs)
    assert {"16", "48", "96 px", "24 px"} < set(texts(figure))
    boxes = [(b.get_x(), b.get_y(), b.get_width(), b.get_height()) for b in bars]
    for k, (x, y, w, h) in enumerate(boxes):
        for x2, y2, w2, h2 in boxes[:k]:
            assert x >= x2 + w2 or x2 >= x + w or y >= y2 + h2 or y2 >= y + h


def test_an_archive_is_read_without_building_it(tmp_path):
    from leap_core.errors import UserError

    network = branched()
    network.save(tmp_path / "best.keras")
    assert diagram.read(tmp_path / "best.keras") == diagram.blocks(network.get_config())
    (tmp_path / "bad.keras").write_bytes(b"no archive")
    with pytest.raises(UserError, match=r"bad\.keras"):
        diagram.read(tmp_path / "bad.keras")


def test_captions_name_the_dataset_and_render(root):
    jinja2 = pytest.importorskip("jinja2")
    core = pytest.importorskip("docutils.core")

    class Job:
        config = {"dataset": "demo"}

    for name in set(NAMES) - {"figS4ab"}:
        text = (root / "workflow" / "report" / f"{name}.rst").read_text(encoding="utf-8")
        shown = jinja2.Template(text, undefined=jinja2.StrictUndefined).render(snakemake=Job)
        assert "demo" in shown, name
        core.publish_string(shown, settings_overrides={"halt_level": 2, "report_level": 5})
