"""Figures: what is drawn is what the data say, equal data give equal bytes, nothing crashes."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import h5py
import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.patches import Circle

from leap_core.containers import (
    Behavior,
    BehaviorMap,
    GaitModel,
    Labels,
    Poses,
    Sample,
    Track,
)
from leap_core.errors import UserError
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig2a, fig2b, fig3b, fig3d, fig4a, fig4b, fig4ch, figS2
from leap_core.figures.quality import (
    confidence,
    ethogram,
    evaluation,
    labels,
    poses,
    tracking,
    training,
)
from leap_core.skeleton import Skeleton

PLAIN = Skeleton(parts=("nose", "tail"), swap=(0, 1))  # no edges, legs or groups
FREQUENCIES = [float(f) for f in 50 ** (np.arange(25) / 24)]


def make_errors(skeleton, samples=60, seed=0):
    rng = np.random.default_rng(seed)
    scale = np.where([p.startswith(("hind", "mid", "wing")) for p in skeleton.parts], 1.6, 0.9)
    errors = rng.rayleigh(1, (samples, len(skeleton))) * scale
    errors[rng.random(errors.shape) < 0.02] *= 10
    errors[rng.random(errors.shape) < 0.05] = np.nan
    return errors


def make_steps(n=4000, seed=0):
    rng = np.random.default_rng(seed)
    kind = rng.choice(["swing", "stance"], n)
    speed = 7.2 + rng.gamma(3, 4, n)
    mean = np.where(kind == "swing", 44 - 0.3 * (speed - 7), 40 + 300 / speed)
    return pd.DataFrame(
        {
            "recording": "fly1",
            "leg": rng.choice(["LF", "LM", "LH", "RF", "RM", "RH"], n),
            "kind": kind,
            "start_frame": np.arange(n) * 10,
            "frames": np.rint(mean / 10).astype(int),
            "duration_ms": mean + rng.normal(0, 6, n),
            "mean_speed": speed,
            "peak_velocity": 2 * speed,
            "gait": "tripod",
            "whole": rng.random(n) > 0.1,
        }
    )


def make_model(states=3):
    emission = np.array(
        [
            [0.0, 0.01, 0.08, 0.76, 0.12, 0.02, 0.01],
            [0.0, 0.01, 0.03, 0.14, 0.69, 0.11, 0.02],
            [0.01, 0.02, 0.05, 0.12, 0.2, 0.38, 0.22],
        ]
    )[:states]
    return GaitModel(
        start=np.full(states, 1 / 3),
        transition=np.full((states, states), 1 / 3),
        emission=emission,
        log_likelihood=np.array([-1.0]),
        states=["tripod", "tetrapod", "non-canonical"][:states],
        frames=3000,
    )


def make_map(skeleton, regions=9, bins=201):
    """Gaussian hills on a map of +-40 by +-40, each its own region, one oscillation each."""
    rng = np.random.default_rng(4)
    edges = np.linspace(-40, 40, bins + 1)
    middle = (edges[:-1] + edges[1:]) / 2
    x, y = np.meshgrid(middle, middle)
    angle = np.arange(regions) * 2.4
    peak = np.c_[np.cos(angle), np.sin(angle)] * (9 * np.sqrt(np.arange(regions) + 0.3))[:, None]
    weight = rng.dirichlet(np.full(regions, 3.0)) if regions else np.zeros(0)
    hills = [w * np.exp(-((x - a) ** 2 + (y - b) ** 2) / 18) / (18 * np.pi)
             for w, (a, b) in zip(weight, peak, strict=True)]  # fmt: skip
    density = np.sum(hills, axis=0) if regions else np.zeros_like(x)
    names = np.argmax(hills, axis=0) + 1 if regions else np.zeros_like(x, int)
    near = np.zeros_like(names)
    near[1:-1, 1:-1] = (names[1:-1, 1:-1] != names[:-2, 1:-1]) | (
        names[1:-1, 1:-1] != names[1:-1, :-2]
    )
    parts = [p for p in skeleton.parts if p != skeleton.center]
    channels = [f"{p} {axis}" for p in parts for axis in "xy"]
    spectrum = rng.random((regions, len(channels), 25)) * 2e-4
    for k in range(regions):
        rows = [i for i, c in enumerate(channels) if c.startswith(("fore", "mid", "hind")[k % 3])]
        hump = np.exp(-((np.log2(FREQUENCIES) - 1 - 0.4 * k) ** 2))
        spectrum[k, rows] += 2e-3 * hump * rng.uniform(0.4, 1, (len(rows), 1))
    return BehaviorMap(
        density=density,
        labels=np.where((density > 2e-5) & (near == 0), names, 0),
        edges_x=edges,
        edges_y=edges,
        peak=peak,
        occupancy=weight * 0.9,
        spectrum=spectrum,
        points=np.full(regions, 50),
        channels=channels,
        frequencies=FREQUENCIES,
    )


def make_behavior(name, regions=9, frames=9000, seed=0):
    rng = np.random.default_rng(seed)
    region = np.repeat(rng.integers(0, regions + 1, frames // 60 + 1), 60)[:frames]
    region[frames // 2 : frames // 2 + frames // 12] = -1
    return Behavior(
        z=np.zeros((frames, 2)),
        error=np.zeros(frames),
        far=np.zeros(frames, bool),
        region=region,
        frame=np.arange(frames),
        recording=name,
        fps=100.0,
    )


def make_track(animals=1, frames=3000, fps=100.0, px_per_mm=25.0):
    rng = np.random.default_rng(1)
    heading = np.cumsum(rng.normal(0, 0.05, (animals, frames)), axis=1)
    pace = 3 * np.clip(np.sin(np.arange(frames) / 150), 0, None)
    step = pace[None, :, None] * np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    xy = np.cumsum(step, axis=1)
    span = max(1.0, float(np.ptp(xy, axis=1).max()))
    xy = 60 + (xy - xy.min(axis=1, keepdims=True)) * 360 / span
    valid = np.ones((animals, frames), bool)
    valid[0, frames // 3 : frames // 3 + frames // 20] = False
    quality = np.clip(rng.normal(0.9, 0.1, (animals, frames)), 0, 1)
    quality[0, frames // 2 : frames // 2 + frames // 15] = 0.1
    return Track(
        centroid=np.where(valid[..., None], xy, np.nan),
        heading=np.where(valid, np.angle(np.exp(1j * heading)), np.nan),
        valid=valid,
        area=np.full((animals, frames), 3000),
        quality=quality,
        fps=fps,
        px_per_mm=px_per_mm,
        width=480,
        height=480,
    )


def make_history(epochs=30):
    k = np.arange(1, epochs + 1)
    loss = 2e-4 + 6e-3 * np.exp(-k / 3)
    return pd.DataFrame(
        {
            "epoch": k,
            "loss": loss,
            "validation_loss": 1.15 * loss + 5e-5 * np.abs(np.sin(k)),
            "learning_rate": np.where(k < 20, 1e-3, 1e-4),
        }
    )


def make_table(skeleton, samples=20):
    errors = make_errors(skeleton, samples)
    rng = np.random.default_rng(2)
    sure = np.clip(1 - np.nan_to_num(errors) / 12 + rng.normal(0, 0.05, errors.shape), 0.02, 1.05)
    sample, part = np.indices(errors.shape)
    return pd.DataFrame(
        {
            "sample": sample.ravel(),
            "part": np.array(skeleton.parts)[part.ravel()],
            "error_px": errors.ravel(),
            "confidence": sure.ravel(),
        }
    )


def make_poses(skeleton, frames=500, name="fly1"):
    rng = np.random.default_rng(3)
    sure = np.clip(rng.beta(8, 2, (frames, len(skeleton))) - 0.02 * np.arange(len(skeleton)), 0, 1)
    return Poses(
        positions=rng.uniform(0, 191, (frames, len(skeleton), 2)),
        confidence=sure,
        frame=np.arange(frames),
        valid=np.ones(frames, bool),
        skeleton=skeleton,
        recording=name,
        fps=100.0,
    )


def make_labels(skeleton, samples=30, size=192):
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:size, :size]
    body = 200 * np.exp(-(((x - size / 2) / 40) ** 2) - ((y - size / 2) / 15) ** 2)
    images = np.repeat(body[None, ..., None].astype(np.uint8), samples, axis=0)
    positions = rng.normal(size / 2, size / 8, (samples, len(skeleton), 2))
    return Labels(
        images=images,
        positions=positions,
        status=np.ones(positions.shape[:2]),
        source=np.full(samples, "a"),
        frame=np.arange(samples),
        split=np.r_[np.zeros(samples - 8), np.ones(5), np.full(3, 2)],
        skeleton=skeleton,
    )


def make_sample(images, modes=12, clusters=10):
    """PCA of the given images with the first ones as 'centroids'."""
    flat = images.reshape(len(images), -1).astype(float)
    mean = flat.mean(axis=0)
    u, s, v = np.linalg.svd(flat - mean, full_matrices=False)
    scores = u * s
    shape = images.shape[1:3]
    return Sample(
        images=images[..., None],
        source=np.full(len(images), "a"),
        frame=np.arange(len(images)),
        cluster=np.arange(len(images)) % clusters,
        mean=mean.reshape(shape),
        components=v[:modes].reshape(-1, *shape),
        explained=(s**2 / np.sum(s**2))[:modes],
        centroids=scores[:clusters, :modes],
        sizes=np.arange(clusters, 0, -1) * 7,
    )


@pytest.fixture(scope="module")
def fly(data):
    """Real labeled fly images, turned so that the head points right: images, positions."""
    import cv2

    with h5py.File(data / "fly_leap" / "fly_annotations_000-069.h5") as file:
        images, points = file["images"][:30, ..., 0], file["annotations"][:30]
    turned = []
    for image, xy in zip(images, points, strict=True):
        axis = xy[0] - xy[5]
        turn = cv2.getRotationMatrix2D((95.5, 95.5), np.degrees(np.arctan2(axis[1], axis[0])), 1)
        turned.append((cv2.warpAffine(image, turn, (192, 192)), xy @ turn[:, :2].T + turn[:, 2]))
    return np.array([t[0] for t in turned]), np.array([t[1] for t in turned])


def everything(skeleton):
    """One call of every figure on plausible data."""
    made = make_labels(skeleton)
    image, points = made.images[0, ..., 0], made.positions[0]
    map_ = make_map(skeleton)
    sample = make_sample(np.random.default_rng(0).integers(0, 255, (20, 24, 24), np.uint8))
    shown = make_poses(skeleton, 30)
    return {
        "fig2a": lambda: fig2a.draw(image, points, make_errors(skeleton), skeleton),
        "fig2b": lambda: fig2b.draw(make_errors(skeleton), skeleton, 88.0),
        "fig3b": lambda: fig3b.draw(make_steps()),
        "fig3d": lambda: fig3d.draw(make_model()),
        "fig4a": lambda: fig4a.draw(map_),
        "fig4b": lambda: fig4b.draw(map_),
        "fig4ch": lambda: fig4ch.draw(map_),
        "figS2": lambda: figS2.draw(sample),
        "training": lambda: training.draw(make_history()),
        "tracking": lambda: tracking.draw(make_track()),
        "labels": lambda: labels.draw(made),
        "poses": lambda: poses.draw(made.images, shown.positions, shown.confidence, skeleton),
        "confidence": lambda: confidence.draw([shown], 0.2),
        "evaluation": lambda: evaluation.draw(make_table(skeleton)),
        "ethogram": lambda: ethogram.draw(
            [make_behavior("fly1"), make_behavior("fly2", seed=1)], map_
        ),
        "skipped": lambda: placeholder.draw("Gait", "there is no body track"),
    }


NAMES = """fig2a fig2b fig3b fig3d fig4a fig4b fig4ch figS2 training tracking labels poses
    confidence evaluation ethogram skipped""".split()


def texts(fig):
    """All texts of a figure."""
    return [t.get_text() for t in fig.findobj(matplotlib.text.Text) if t.get_text()]


def axes(fig, k=0):
    return fig.axes[k]


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("name", NAMES)
def test_equal_data_give_equal_bytes_without_stamps(name, fly32, tmp_path):
    files = []
    for folder in ("a", "b"):
        figure = everything(fly32)[name]()
        for suffix in ("png", "svg"):
            style.save(figure, tmp_path / folder / f"{name}.{suffix}")
            files.append((tmp_path / folder / f"{name}.{suffix}").read_bytes())
    assert files[0] == files[2] and files[1] == files[3]
    assert files[0].startswith(b"\x89PNG") and b"Software" not in files[0]
    assert b"Matplotlib v" not in files[1] and b"dc:date" not in files[1]


def test_bytes_do_not_depend_on_the_process(fly32, root, tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_figures as t\n"
        "from leap_core import skeleton\n"
        "made = t.everything(skeleton.read(sys.argv[2]))\n"
        "for n in ('fig2b', 'figS2', 'tracking'):\n"
        "    for s in ('png', 'pdf', 'svg'): t.style.save(made[n](), f'{sys.argv[3]}/{n}.{s}')\n"
    )
    for seed in ("1", "2"):
        args = [root / "tests" / "unit", root / "config/skeletons/fly32.yaml", tmp_path / seed]
        env = os.environ | {"PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "", "TZ": f"UTC{seed}"}
        env.pop("SOURCE_DATE_EPOCH")
        subprocess.run([sys.executable, "-c", code, *map(str, args)], check=True, env=env)
    one, two = (sorted((tmp_path / s).iterdir()) for s in ("1", "2"))
    assert len(one) == 9
    for a, b in zip(one, two, strict=True):
        assert a.read_bytes() == b.read_bytes(), a.name
    pdf = (tmp_path / "1" / "fig2b.pdf").read_bytes()
    assert b"CreationDate" not in pdf and b"Producer" not in pdf


def test_the_users_own_settings_neither_matter_nor_change(tmp_path):
    plain = training.draw(make_history())
    style.save(plain, tmp_path / "plain.png")
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "lines.linewidth": 9}):
        before = dict(matplotlib.rcParams)
        style.save(training.draw(make_history()), tmp_path / "odd.png")
        assert dict(matplotlib.rcParams) == before
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "odd.png").read_bytes()


def test_no_window_system_is_loaded():
    code = "import sys, pkgutil, importlib, leap_core.figures as f\n"
    code += "for m in pkgutil.iter_modules(f.__path__): importlib.import_module(f'{f.__name__}.{m.name}')\n"  # noqa: E501
    code += "assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_suffixes_are_refused_and_leave_nothing(tmp_path):
    with pytest.raises(UserError, match=r"written as \.png, \.pdf, \.svg"):
        style.save(placeholder.draw("a", "b"), tmp_path / "figure.jpg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_journal_widths_and_readable_text(name, fly32):
    figure = everything(fly32)[name]()
    width, height = figure.get_size_inches() * 25.4
    assert 88 < width < 184 and height < 240
    sizes = [t.get_fontsize() for t in figure.findobj(matplotlib.text.Text) if t.get_text()]
    assert min(sizes) >= 5 and max(sizes) <= 9


def test_text_does_not_leave_the_page(fly32):
    for name, make in everything(fly32).items():
        figure = make()
        figure.canvas.draw()
        page = figure.bbox
        for text in figure.findobj(matplotlib.text.Text):
            if text.get_text() and text.get_visible() and text.axes is not None:
                box = text.get_window_extent()
                inside = box.x0 > -2 and box.y0 > -2 and box.x1 < page.x1 + 2
                assert inside and box.y1 < page.y1 + 2 or box.width == 0, (name, text)


# ---------------------------------------------------------------- colours


def test_colours_tell_sides_groups_and_regions_apart(fly32):
    colours = style.part_colours(fly32)
    assert colours[fly32.index("forelegL4")] == style.LEG_COLOURS["LF"]
    assert all(
        colours[a] != colours[b] for a, b in enumerate(fly32.swap) if "leg" in fly32.parts[a]
    )
    assert len({style.region_colour(k) for k in range(1, 22)}) == 21
    assert len(set(style.group_colours(fly32).values())) == 6
    odd = replace(PLAIN, groups={"x": ("nose",), "y": ("tail",)})
    assert len(set(style.group_colours(odd).values())) == 2
    assert len(style.part_colours(PLAIN)) == 2


# ---------------------------------------------------------------- accuracy


def test_rings_are_the_quantiles_of_the_error():
    errors = np.c_[np.arange(1, 102), np.full(101, np.nan)]
    image, points = np.zeros((150, 200)), np.array([[120.0, 50], [40, 60]])
    figure = fig2a.draw(image, points, errors, PLAIN)
    rings = {r.get_gid(): r for r in axes(figure).patches if isinstance(r, Circle)}
    assert {k: round(r.radius, 6) for k, r in rings.items()} == {
        "nose 50%": 51,
        "nose 75%": 76,
        "nose 90%": 91,
    }
    assert all(tuple(r.center) == (120, 50) for r in rings.values())
    assert "no test label" in texts(figure)


def test_fig2a_shows_only_the_animal_and_never_more_than_the_image():
    figure = fig2a.draw(
        np.ones((100, 100)), np.array([[50.0, 60], [5, 60]]), np.ones((3, 2)), PLAIN
    )
    assert axes(figure).get_xlim() == (-0.5, 62) and axes(figure).get_ylim() == (72, 48)


def test_accuracy_curve_reads_the_share_of_labels(fly32):
    errors = np.arange(32 * 10).reshape(10, 32) / 32  # 0 .. 9.97 px, evenly
    figure = fig2b.draw(errors, fly32, body_length_px=100.0)
    lines = {line.get_label(): line for line in axes(figure).lines}
    x, y = lines["all parts"].get_data()
    for at in (1.0, 2.5, 3.0):
        drawn = y[np.searchsorted(x, at, side="right") - 1]
        assert drawn == pytest.approx(100 * (errors <= at).mean())
    assert set(fly32.groups) < set(lines)
    marks = [line.get_xdata()[0] for line in axes(figure).lines if len(line.get_xdata()) == 2]
    assert {2.5, 3.0} <= set(marks)
    assert f"{np.mean(errors < 2.5):.0%}" in texts(figure)


def test_evaluation_boxes_have_the_right_medians(fly32):
    table = make_table(fly32)
    figure = evaluation.draw(table)
    medians = table.groupby("part")["error_px"].median()
    drawn = {round(line.get_ydata().mean()): line.get_xdata()[0]
             for line in axes(figure).lines if line.get_linewidth() == 1.2}  # fmt: skip
    for row, part in enumerate(fly32.parts):
        assert drawn[row] == pytest.approx(medians[part])


# ---------------------------------------------------------------- gait


def step_rows(kind, speed, durations, whole=True):
    return pd.DataFrame(
        {"kind": kind, "mean_speed": speed, "duration_ms": durations, "whole": whole}
    )


def test_durations_are_binned_as_in_the_paper_over_whole_steps_only():
    steps = pd.concat(
        [
            step_rows("stance", 7.5, [70, 90] * 10),
            step_rows("stance", 8.21, [60.0] * 20),
            step_rows("stance", 7.5, [1000.0] * 20, whole=False),
            step_rows("stance", 7.19, [500.0] * 20),
            step_rows("swing", 7.5, [40.0] * 20),
            step_rows("swing", 8.5, [30.0] * 3),
        ]
    )
    figure = fig3b.draw(steps)
    lines = {line.get_label().split()[0]: line for line in figure.axes[1].lines}
    x, stance = lines["stance"].get_data()
    np.testing.assert_allclose(x[:2], [7.7, 8.7])
    np.testing.assert_allclose(stance[:2], [80, 60])
    swing = lines["swing"].get_ydata()
    assert swing[0] == 40 and np.isnan(swing[1])  # 3 steps are too few for a mean
    shade = figure.axes[1].collections
    heights = np.concatenate([p.vertices[:, 1] for c in shade for p in c.get_paths()])
    assert heights.min() <= 40 and heights.max() == pytest.approx(90)  # 80 + 10
    assert figure.axes[1].get_xlabel() == "forward speed (mm/s)"


def test_binned_reproduces_the_published_curve(data):
    """Steps drawn at the published bin means and deviations come back as that curve."""
    from scipy.io import loadmat

    file = loadmat(data / "fly_leap" / "gait" / "Swing_and_Stance_versus_Velocity.mat")
    edges = file["stance_edges"].ravel()
    mean, sd = (10 * file[f"stance_dur_{k}"].ravel()[:30] for k in ("mu", "std"))
    middle = (edges[:-1] + edges[1:])[:30] / 2
    y = np.concatenate([mean - sd, mean + sd] * 10)
    rows = step_rows("stance", np.tile(middle, 20), y)
    line = fig3b.draw(rows).axes[1].lines[0]
    np.testing.assert_allclose(line.get_ydata()[:30], mean, rtol=1e-6)
    np.testing.assert_allclose(line.get_xdata()[:30], middle)
    assert line.get_ydata()[0] == pytest.approx(78.7, abs=0.1)  # the paper's own number
    every = (edges[:-1] + edges[1:]) / 2
    for column, kind in ((1, "stance"), (2, "swing")):
        curve = np.interp(fig3b.PUBLISHED[:, 0], every, 10 * file[f"{kind}_dur_mu"].ravel())
        np.testing.assert_allclose(fig3b.PUBLISHED[:, column], curve, atol=0.6)
    _, _, back = fig3b.binned(rows["mean_speed"], rows["duration_ms"], edges)
    np.testing.assert_allclose(back[:30], sd, rtol=1e-6)


def test_unscaled_steps_say_pixels():
    steps = make_steps()
    steps["mean_speed"] *= 25
    figure = fig3b.draw(steps, units="px/s")
    assert figure.axes[1].get_xlabel() == "forward speed (px/s)"
    shown = [s for t in texts(figure) for s in re.findall(r"n = ([\d,]+)", t)]
    n = sum(int(s.replace(",", "")) for s in shown)
    assert 0.97 * steps["whole"].sum() < n <= steps["whole"].sum()


@pytest.mark.parametrize("units", ["mm/s", "px/s"])
def test_no_whole_steps_is_said(units):
    steps = make_steps(10).assign(whole=False)
    for table in (steps, steps.iloc[:0]):
        assert any("no whole steps" in t for t in texts(fig3b.draw(table, units)))
    fig3b.draw(make_steps(3).assign(whole=True), units)


def test_emission_bars_are_the_model():
    model = make_model()
    for ax, row, name in zip(fig3d.draw(model).axes, model.emission, model.states, strict=True):
        assert [bar.get_height() for bar in ax.patches] == list(row)
        assert ax.get_title("left") == name
    empty = replace(make_model(0), note="fewer than 10 walking frames")
    assert any("fewer than 10" in t for t in texts(fig3d.draw(empty)))


# ---------------------------------------------------------------- behavior


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
    ax = axes(figure)
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
    numbers = [t for t in axes(figure).texts if t.get_text().isdigit()]
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
    ax = axes(figure)
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
    image = axes(figure).images[0]
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


# ---------------------------------------------------------------- sampling, training, tracking


def test_centroids_with_all_modes_are_images_minus_their_mean():
    images = np.random.default_rng(0).integers(0, 255, (8, 12, 16)).astype(np.uint8)
    figure = figS2.draw(make_sample(images, modes=8, clusters=4))
    truth = images - images.astype(float).mean(axis=0)
    pictures = {
        ax.get_title("center"): ax.images[0].get_array()
        for ax in figure.findobj(matplotlib.axes.Axes)
        if ax.images
    }
    for k in range(4):
        np.testing.assert_allclose(pictures[f"{k}: n={7 * (4 - k)}"], truth[k], atol=1e-2)
    total = axes(figure).lines[0].get_ydata()
    assert total[-1] == pytest.approx(100, abs=1e-3) and (np.diff(total) >= -1e-9).all()


def test_training_marks_the_epoch_that_is_kept():
    history = make_history()
    history.loc[11, "validation_loss"] = 1e-6
    figure = training.draw(history)
    lines = {line.get_label(): line for line in axes(figure).lines}
    assert lines["training"].get_ydata().tolist() == history["loss"].tolist()
    kept = lines["kept: epoch 12"]
    assert (kept.get_xdata()[0], kept.get_ydata()[0]) == (12, 1e-6)


@pytest.mark.parametrize(
    ("fps", "scale", "units", "value"),
    [(100.0, 25.0, "mm/s", 8.0), (100.0, np.nan, "px/s", 200.0), (np.nan, np.nan, "px/frame", 2.0)],
)
def test_track_speed_is_in_the_units_it_names(fps, scale, units, value):
    xy = np.stack([10 + 2.0 * np.arange(100), np.full(100, 50.0)], axis=1)[None]
    valid = np.ones((1, 100), bool)
    valid[0, 40:50] = False
    made = replace(
        make_track(), centroid=xy, heading=np.zeros((1, 100)), valid=valid, fps=fps,
        area=np.ones((1, 100)), quality=np.where(np.arange(100) < 20, 0.1, 1.0)[None],
        px_per_mm=scale,
    )  # fmt: skip
    figure = tracking.draw(made)
    speed = next(ax for ax in figure.axes if ax.get_ylabel() == f"speed ({units})")
    drawn = speed.lines[0].get_ydata()
    np.testing.assert_allclose(drawn[np.isfinite(drawn)], value)
    assert np.isnan(drawn[40:51]).all()
    assert any("90.0% of 100 frames" in t for t in texts(figure))
    assert any(": 20 frames" in t for t in texts(figure))
    path = next(c for c in axes(figure).collections if isinstance(c, LineCollection))
    assert len(path.get_segments()) == 88
    np.testing.assert_allclose(path.get_segments()[0], xy[0, :2])


# ---------------------------------------------------------------- poses


def test_contact_sheet_shows_every_split():
    split = np.r_[np.zeros(500), np.ones(40), 2, 2]
    chosen = labels.choose(split, 24)
    assert len(chosen) == len(set(chosen)) == 24 and set(split[chosen]) == {0, 1, 2}
    assert labels.choose(np.zeros(3), 24).tolist() == [0, 1, 2]
    assert len(labels.choose(np.full(100, -1), 24)) == 24


def test_labels_are_drawn_where_they_are(fly, fly32):
    images, points = fly
    made = replace(make_labels(fly32, len(images)), images=images[..., None], positions=points)
    made.positions[0, 0] = np.nan
    figure = labels.draw(made)
    assert len([ax for ax in figure.axes if ax.images]) == 24
    assert "0: 31/32 parts" in texts(figure)
    dots = [line.get_data() for line in axes(figure).lines if line.get_marker() == "o"]
    np.testing.assert_allclose(np.squeeze(dots), points[0, 1:], atol=1e-3)


def test_poses_takes_twelve_even_frames_from_an_open_file(tmp_path, fly32):
    made = make_poses(fly32, 100)
    sure = np.ones((100, 32))
    sure[0, 5] = 0.1
    with h5py.File(tmp_path / "images.h5", "w") as file:
        images = file.create_dataset("images", data=np.zeros((100, 32, 32, 1), np.uint8))
        figure = poses.draw(images, made.positions, sure, fly32, 0.2, np.arange(100) + 1000)
    named = [t for t in texts(figure) if t.startswith("frame")]
    assert len(named) == 12 and named[0] == "frame 1000, 1 unsure" and named[-1] == "frame 1099"
    hollow = [k for k, line in enumerate(d for d in axes(figure).lines if d.get_marker() == "o")
              if line.get_markerfacecolor() == "none"]  # fmt: skip
    assert hollow == [5]


def test_confidence_names_the_share_below_the_threshold(fly32):
    made = make_poses(fly32, 100)
    made.confidence[:] = 0.9
    made.confidence[:, 3] = np.arange(100) / 100
    made.confidence[:, 4] = np.nan
    made.valid[90:] = False
    made = [made, replace(made, confidence=made.confidence.copy())]
    figure = confidence.draw(made, 0.18)
    assert "20.0%" in texts(figure)  # 18 of 90 valid frames
    assert texts(figure).count("no data") == 1 and "180 frames, 2 recordings" in texts(figure)
    bar = next(p for p in axes(figure).patches if p.get_gid() == "neck")
    quartiles = np.quantile(np.tile(np.arange(90) / 100, 2), [0.25, 0.75])
    np.testing.assert_allclose([bar.get_x(), bar.get_x() + bar.get_width()], quartiles, atol=1e-6)


# ---------------------------------------------------------------- edges of the data


def drawn(figure, path):
    style.save(figure, path / "figure.png")
    return texts(figure)


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


def test_nothing_labeled_nothing_predicted(fly32, tmp_path):
    nan = np.full((4, 32), np.nan)
    none = np.full((32, 2), np.nan)
    drawn(fig2a.draw(np.zeros((64, 64), np.uint8), none, nan, fly32), tmp_path)
    assert any("no labeled part" in t for t in drawn(fig2b.draw(nan, fly32, np.nan), tmp_path))
    drawn(fig2b.draw(np.ones((2, 2)), PLAIN), tmp_path)
    table = make_table(fly32, 2).assign(error_px=np.nan)
    assert texts(evaluation.draw(table)).count("no labels") == 32
    drawn(evaluation.draw(table), tmp_path)
    drawn(evaluation.draw(table.iloc[:0]), tmp_path)
    drawn(evaluation.draw(make_table(PLAIN, 1).assign(confidence=np.nan)), tmp_path)
    drawn(labels.draw(empty_labels(fly32)), tmp_path)
    drawn(confidence.draw([], 0.2), tmp_path)
    blank = make_poses(PLAIN, 2)
    blank.confidence[:] = np.nan
    assert drawn(confidence.draw([blank], 0.2), tmp_path).count("no data") == 2
    still = np.zeros((2, 16, 16), np.uint8)
    drawn(poses.draw(still, np.full((2, 2, 2), np.nan), blank.confidence, PLAIN), tmp_path)
    drawn(poses.draw(still[:0], np.zeros((0, 2, 2)), np.zeros((0, 2)), PLAIN), tmp_path)


def empty_labels(skeleton):
    full = make_labels(skeleton)
    names = ("images", "positions", "status", "source", "frame", "split")
    return replace(full, **{n: getattr(full, n)[:0] for n in names})


def test_labels_without_splits(tmp_path):
    made = make_labels(PLAIN, 9)
    made.split[:] = -1
    assert "none (9)" in drawn(labels.draw(made), tmp_path)


def test_two_frames_one_epoch_one_cluster(tmp_path):
    drawn(tracking.draw(make_track(1, 2)), tmp_path)
    drawn(tracking.draw(make_track(3, 50)), tmp_path)
    lost = replace(make_track(1, 60), valid=np.zeros((1, 60), bool))
    assert any(t.startswith("found in 0.0%") for t in drawn(tracking.draw(lost), tmp_path))
    drawn(training.draw(make_history(1)), tmp_path)
    drawn(training.draw(make_history(3).assign(validation_loss=np.nan)), tmp_path)
    drawn(training.draw(make_history(3).iloc[:0]), tmp_path)
    one = make_sample(np.random.default_rng(0).random((2, 8, 8)), modes=1, clusters=1)
    drawn(figS2.draw(one), tmp_path)
    flat = replace(one, components=0 * one.components, explained=np.zeros(1))
    drawn(figS2.draw(flat), tmp_path)
    drawn(ethogram.draw([make_behavior("a", 2, 2)], make_map(PLAIN, 2, 51)), tmp_path)
    drawn(fig3d.draw(make_model(1)), tmp_path)


def test_an_hour_of_video_is_thinned():
    figure = tracking.draw(make_track(1, 360_000))
    points = [len(line.get_xdata()) for ax in figure.axes for line in ax.lines]
    assert max(points) <= tracking.MOST_POINTS


# ---------------------------------------------------------------- captions


def test_every_figure_has_a_caption_that_renders(root):
    jinja2 = pytest.importorskip("jinja2")
    core = pytest.importorskip("docutils.core")
    folder = root / "workflow" / "report"
    for name in [*NAMES[:-1], "movie", "movie_bout"]:
        text = (folder / f"{name}.rst").read_text(encoding="utf-8")

        class Job:
            config = {"dataset": "demo", "prediction": {"min_confidence": 0.2}}
            wildcards = {"recording": "fly1", "video": "fly1", "movie": "fly1", "bout": "walking"}

        shown = jinja2.Template(text, undefined=jinja2.StrictUndefined).render(snakemake=Job)
        assert "demo" in shown, name
        sentences = re.findall(r"[.!](?=\s|$)", shown)
        assert 2 <= len(sentences) <= 6, (name, len(sentences))
        core.publish_string(shown, settings_overrides={"halt_level": 2, "report_level": 5})
