"""Figures of the behavior map's regions: what is drawn is what the numbers say."""

from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from leap_core.containers import (
    Behavior,
    BehaviorMap,
    Dynamics,
    Poses,
    RegionStats,
    Stability,
    Truth,
    create_crops,
)
from leap_core.figures import style
from leap_core.figures.paper import fig4ch, fig5ab, fig5c, fig5d, fig5e, fig5f
from leap_core.figures.quality import clips, ethogram, stability, transitions
from leap_core.io import video

REGIONS = 9
FREQUENCIES = np.arange(1, 49.25, 0.25)
STATES = ["tripod", "tetrapod", "non-canonical"]


def make_map(regions=REGIONS, bins=90):
    """A strip of square regions, side by side, with one bright row each."""
    edges = np.linspace(-20, 20, bins + 1)
    labels = np.zeros((bins, bins), int)
    each = bins // max(regions, 1)
    peak = np.zeros((regions, 2))
    for k in range(regions):
        labels[30:60, k * each : (k + 1) * each - 1] = k + 1
        peak[k] = edges[k * each + each // 2], 0
    channels = [f"{p} {a}" for p in ("head", "legL", "legR", "wing") for a in "xy"]
    spectrum = np.full((regions, len(channels), 25), 1e-4)
    for k in range(regions):
        spectrum[k, k % len(channels)] = 1e-3 * (k + 1)
    return BehaviorMap(
        density=(labels > 0) * 1e-3,
        labels=labels,
        edges_x=edges,
        edges_y=edges,
        peak=peak,
        occupancy=np.arange(regions, 0, -1) / max(sum(range(regions + 1)), 1),
        spectrum=spectrum,
        points=np.full(regions, 20),
        channels=channels,
        frequencies=list(50 ** (np.arange(25) / 24)),
    )


def make_stats(walking=(2, 4, 6), speeds=(14.0, 5.0, 24.0), peaks=(9.0, 5.0, 12.0)):
    """Regions (rows) that walk at these speeds and rates; the others rest."""
    map_ = make_map()
    speed, peak = np.zeros(REGIONS), np.full(REGIONS, np.nan)
    speed[list(walking)], peak[list(walking)] = speeds, peaks
    edges = np.arange(-5, 35.5, 0.5)
    middle = (edges[1:] + edges[:-1]) / 2
    density = np.exp(-((middle - speed[:, None]) ** 2) / 2) / np.sqrt(2 * np.pi)
    rate = np.nan_to_num(peak, nan=100.0)[:, None]
    power = 50 * np.exp(-((FREQUENCIES - rate) ** 2)) + 0.1
    gait = np.zeros((REGIONS, 3))
    for row, shares in zip(walking, ([0.2, 0.6, 0.1], [0, 0.9, 0.1], [0.8, 0.1, 0]), strict=False):
        gait[row] = shares
    return RegionStats(
        occupancy=map_.occupancy,
        locomotor=np.isin(np.arange(REGIONS), list(walking)),
        speed=speed,
        speed_density=density,
        speed_edges=edges,
        power=power,
        peak_frequency=peak,
        group_power=np.ones((REGIONS, 2)),
        group_peak=np.full((REGIONS, 2), 5.0),
        gait=gait,
        frequencies=FREQUENCIES.tolist(),
        groups=["legs L", "legs R"],
        states=STATES,
        speed_source="body track",
        units="mm/s",
        note="made by hand",
    )


def make_table(stats, moves=(0, 3, 7)):
    return pd.DataFrame(
        {
            "region": np.arange(REGIONS) + 1,
            "locomotor": stats.locomotor,
            "group1": ["legs L" if k in moves else "" for k in range(REGIONS)],
            "evidence": [f"legs L+R {k + 1}.0 Hz (2.0x); {k}.0 mm/s" for k in range(REGIONS)],
        }
    )


def make_behavior(region, name="a", fps=100.0, z=None):
    region = np.asarray(region)
    return Behavior(
        z=np.zeros((len(region), 2)) if z is None else z,
        error=np.zeros(len(region)),
        far=np.zeros(len(region), bool),
        region=region,
        frame=np.arange(len(region)),
        recording=name,
        fps=fps,
    )


def make_dynamics(regions=REGIONS):
    """Every region leads to the next one in 60 and to the one after it in 30 of 91 cases."""
    counts = 60 * np.roll(np.eye(regions, dtype=int), 1, axis=1)
    counts += 30 * np.roll(np.eye(regions, dtype=int), 2, axis=1)
    counts += np.roll(np.eye(regions, dtype=int), 3, axis=1)
    np.fill_diagonal(counts, 0)
    edges = 10 ** (np.arange(-8, 9) / 8)
    dwell = np.random.default_rng(0).integers(0, 20, (regions, 16))
    return Dynamics(
        whole=dwell.sum(axis=1),
        cut=np.arange(regions),
        seconds=np.full(regions, 60.0),
        median=np.linspace(0.2, 3, regions),
        mean=np.linspace(0.3, 4, regions),
        mean_whole=np.linspace(0.3, 3, regions),
        dwell=dwell,
        dwell_edges=edges,
        counts=counts,
        probability=counts / np.maximum(counts.sum(axis=1, keepdims=True), 1),
        expected=np.full((regions, regions), 10.0),
        information=1.5,
        chance=0.1,
        max_break_s=0.05,
        max_between_s=0.5,
    )


def make_stability(cut):
    """Two maps of four and three regions, of which three are the same and one was split."""
    labels = np.zeros((2, 90, 90), int)
    for k in range(4):
        labels[0, 30:60, 10 + 20 * k : 28 + 20 * k] = k + 1
        labels[1, 20:50, 10 + 20 * k : 28 + 20 * k] = [3, 1, 2, 2][k]
    own = np.array([[0.4, 0.35], [0.3, 0.3], [0.2, 0.35], [0.1, 0.0]])
    return Stability(
        density=(labels > 0) * 1e-3,
        labels=labels,
        edges=np.linspace(-20, 20, 91),
        shared=np.array([[0, 0, 40], [30, 0, 0], [0, 20, 0], [0, 10, 0]]),
        group_one=[0, 1, 2, 2],
        group_two=[1, 2, 0],
        pairs=np.array([[1, 3], [2, 1], [3, 2], [4, 0]]),
        own=own,
        same=own,
        far=[0.02, 0.11],
        joint=own + 0.01,
        grouped=np.array([[0.4, 0.35], [0.3, 0.3], [0.3, 0.35]]),
        r=0.9,
        r_joint=0.95,
        r_same=float("nan"),
        cut=cut,
        frames=1000,
    )


def make_truth(skeleton, doing, names):
    frames = len(doing)
    return Truth(
        positions=np.zeros((frames, len(skeleton), 2)),
        centroid=np.zeros((frames, 2)),
        heading=np.zeros(frames),
        forward_velocity=np.zeros(frames),
        stance=np.zeros((frames, 6)),
        gait=np.zeros(frames),
        behavior=doing,
        behaviors=names,
        skeleton=skeleton,
    )


def make_poses(skeleton, frames, name="a"):
    rng = np.random.default_rng(0)
    home = rng.uniform(20, 108, (len(skeleton), 2))
    return Poses(
        positions=home + rng.normal(0, 1, (frames, *home.shape)),
        confidence=np.ones((frames, len(skeleton))),
        frame=np.arange(frames),
        valid=np.ones(frames, bool),
        skeleton=skeleton,
        recording=name,
        fps=100.0,
    )


def by_number(poses):
    """Poses of one animal, and crops whose grey level is the frame's number."""

    def load(recording, frames):
        assert frames.max() < len(poses.frame) and frames.min() >= 0
        grey = np.broadcast_to(frames[:, None, None] % 256, (len(frames), 128, 128)).astype("u1")
        return clips.Shown(grey, poses.positions[frames], poses.confidence[frames], poses.skeleton)

    return load


def texts(fig):
    return [t.get_text() for t in fig.findobj(matplotlib.text.Text) if t.get_text()]


def everything(skeleton):
    map_, stats = make_map(), make_stats()
    table = make_table(stats)
    rng = np.random.default_rng(1)
    runs = [np.repeat(rng.integers(0, REGIONS + 1, 60), 50) for _ in "ab"]
    behaviors = [make_behavior(r, n) for r, n in zip(runs, "ab", strict=True)]
    load = by_number(make_poses(skeleton, 3000))
    names = list(style.BEHAVIOR_COLOURS)
    truths = {
        n: make_truth(skeleton, np.clip(r - 1, 0, 8), names)
        for r, n in zip(runs, "ab", strict=True)
    }
    return {
        "fig4ch": lambda: fig4ch.draw(map_, table),
        "fig5ab": lambda: fig5ab.draw(map_, stats),
        "fig5c": lambda: fig5c.draw(map_, stats, table),
        "fig5d": lambda: fig5d.draw(stats),
        "fig5e": lambda: fig5e.draw(stats),
        "fig5f": lambda: fig5f.draw(stats),
        "clips": lambda: clips.draw(map_, clips.bouts(behaviors, map_), load, table, 0.2),
        "ethogram": lambda: ethogram.draw(behaviors, map_, truths),
        "transitions": lambda: transitions.draw(map_, make_dynamics()),
        "stability": lambda: stability.draw(make_stability("halves"), make_stability("blocks")),
    }


NAMES = "fig4ch fig5ab fig5c fig5d fig5e fig5f clips ethogram transitions stability".split()


@pytest.mark.parametrize("name", NAMES)
def test_equal_bytes_journal_width_and_text_on_the_page(name, fly32, tmp_path):
    for folder in "ab":
        style.save(everything(fly32)[name](), tmp_path / f"{folder}.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    figure = everything(fly32)[name]()
    width, height = figure.get_size_inches() * 25.4
    assert 88 < width < 184 and height < 240
    figure.canvas.draw()
    for text in figure.findobj(matplotlib.text.Text):
        if text.get_text() and text.get_visible() and text.axes is not None:
            assert text.get_fontsize() >= 5
            box, page = text.get_window_extent(), figure.bbox
            inside = box.x0 > -2 and box.y0 > -2 and box.x1 < page.x1 + 2 and box.y1 < page.y1 + 2
            assert inside or box.width == 0, (name, text)


# Locomotor regions


def test_regions_go_from_slow_to_fast_in_one_set_of_colours(fly32):
    stats = make_stats()
    assert fig5ab.slow_to_fast(stats).tolist() == [4, 2, 6]
    unknown = replace(stats, speed=np.full(REGIONS, np.nan))
    assert fig5ab.slow_to_fast(unknown).tolist() == [4, 2, 6]  # by peak frequency
    colours = fig5ab.colours(stats)
    assert list(colours) == [4, 2, 6] and len(set(colours.values())) == 3
    lines = {line.get_label(): line.get_color() for line in fig5d.draw(stats).axes[0].lines}
    assert lines["5: 5.0 Hz"] == colours[4] and lines["7: 12.0 Hz"] == colours[6]
    speeds = {line.get_label(): line.get_color() for line in fig5e.draw(stats).axes[0].lines}
    assert speeds["5: 5.0 mm/s"] == colours[4]


def test_only_the_most_visited_are_shown_and_it_is_said():
    walking = tuple(range(8))
    stats = make_stats((), (), ())
    stats = replace(stats, locomotor=np.arange(REGIONS) < 8, speed=np.arange(9.0)[::-1] + 3)
    rows = fig5ab.slow_to_fast(stats)
    assert set(rows) == set(range(6)) and rows.tolist() == sorted(rows, reverse=True)
    assert "the 6 most visited of 8 locomotor regions" in texts(fig5d.draw(stats))
    numbers = texts(fig5ab.draw(make_map(), stats))
    assert {str(k + 1) for k in walking} <= set(numbers) and "9" not in numbers


def test_peaks_and_harmonics_are_marked_where_they_are():
    ax = fig5d.draw(make_stats()).axes[0]
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    ticks = [float(line.get_xdata()[0]) for line in ax.lines
             if line.get_marker() == "|" and len(line.get_xdata())]  # fmt: skip
    assert sorted(dots) == [5, 9, 12]
    assert sorted(ticks) == [10, 15, 18, 24, 27, 36]
    assert ax.get_yscale() == "log"


def test_bars_are_the_shares_and_the_rest_has_no_mode():
    stats = make_stats()
    ax = fig5f.draw(stats).axes[0]
    heights = {c.get_label(): np.array([p.get_height() for p in c]) for c in ax.containers}
    assert heights["tetrapod"] == pytest.approx(stats.gait[[4, 2, 6], 1])
    rest = 1 - stats.gait[[4, 2, 6]].sum(axis=1)
    assert heights["none"] == pytest.approx(rest, abs=1e-6)


def test_placeholders_say_why(fly32):
    nobody = make_stats((), (), ())
    for draw in (fig5d.draw, fig5e.draw, fig5f.draw):
        assert "not drawn" in texts(draw(nobody)) and "made by hand" in " ".join(
            texts(draw(nobody))
        )
    assert "not drawn" in texts(fig5c.draw(make_map(), nobody))
    assert any("no locomotor region" in t for t in texts(fig5ab.draw(make_map(), nobody)))
    stats = make_stats()
    unknown = replace(stats, speed=np.full(REGIONS, np.nan), note="no body track")
    assert "no body track" in texts(fig5e.draw(unknown))
    assert "not drawn" in texts(fig5f.draw(replace(stats, gait=np.zeros((REGIONS, 3)))))
    empty = make_map(0)
    table = pd.DataFrame({"locomotor": [], "group1": [], "evidence": []})
    for figure in (
        fig4ch.draw(empty, table),
        clips.draw(empty, clips.bouts([make_behavior([0])], empty), None, table, 0.2),
        ethogram.draw([make_behavior([0])], empty, {}),
    ):
        assert "not drawn" in texts(figure)


# Spectrograms


def test_spectrograms_show_what_moves_on_the_spot_with_its_evidence():
    table = make_table(make_stats())
    shown = [t.split(":")[0] for t in texts(fig4ch.draw(make_map(), table)) if "region" in t]
    # movers by visits, then what rests, and walking last
    assert shown == [f"region {k + 1}" for k in (0, 3, 7, 1, 5, 8)]
    said = " ".join(texts(fig4ch.draw(make_map(), table)))
    assert "legs L+R 4.0 Hz (2.0x)" in said
    plain = [t.split(":")[0] for t in texts(fig4ch.draw(make_map())) if "region" in t]
    assert plain == [f"region {k}" for k in range(1, 7)]


def test_a_table_read_from_csv_serves_as_well(tmp_path):
    table = make_table(make_stats())
    table.to_csv(tmp_path / "t.csv", index=False)
    figures = [fig4ch.draw(make_map(), t) for t in (table, pd.read_csv(tmp_path / "t.csv"))]
    assert texts(figures[0]) == texts(figures[1])


# Clips


def test_examples_are_long_visits_near_the_peak_from_each_recording_in_turn():
    map_ = make_map()
    region = np.zeros(1000, int)
    region[100:110], region[300:390], region[600:690] = 1, 1, 1
    near = np.tile(map_.peak[0], (1000, 1))
    near[600:690] += 8  # as long, but far from the peak
    other = np.where(np.arange(500) < 30, 1, 0)
    behaviors = [
        make_behavior(region, "a", z=near),
        make_behavior(other, "b", z=np.tile(map_.peak[0], (500, 1))),
    ]
    found = clips.bouts(iter(behaviors), map_)
    assert list(found) == [1]
    visits = [tuple(bout[:3]) for bout in found[1]]
    assert visits[:2] == [("a", 300, 390), ("b", 0, 30)]
    assert set(visits[2:]) == {("a", 100, 110), ("a", 600, 690)}
    assert clips.bouts(behaviors, map_, 1)[1] == found[1][:1]


def test_the_sheet_shows_the_middle_of_a_visit(fly32):
    region = np.zeros(400, int)
    region[100:201] = 1
    stats = make_stats()
    map_, load = make_map(), by_number(make_poses(fly32, 400))
    chosen = clips.bouts([make_behavior(region)], map_)
    figure = clips.draw(map_, chosen, load, make_table(stats), 0.2)
    frames = [int(ax.images[0].get_array()[0, 0]) for ax in figure.axes if ax.images]
    assert len(frames) == clips.FRAMES
    assert frames[0] >= 125 and frames[-1] <= 176 and frames[-1] - frames[0] == 49
    assert set(np.diff(frames)) == {7}


def test_visits_shorter_than_the_sheet_repeat_frames(fly32):
    region = np.zeros(50, int)
    region[20:23] = 1
    map_, load = make_map(), by_number(make_poses(fly32, 50))
    chosen = clips.bouts([make_behavior(region)], map_)
    figure = clips.draw(map_, chosen, load, make_table(make_stats()), 0.2)
    frames = [int(ax.images[0].get_array()[0, 0]) for ax in figure.axes if ax.images]
    assert set(frames) == {20, 21, 22}


def test_the_movie_has_a_tile_per_region_and_reads_crops_in_slices(fly32, tmp_path):
    frames = 400
    with create_crops(tmp_path / "c.h5", (128, 128, 1)) as crops:
        crops.set(recording="a", fps=100.0)
        number = np.arange(frames)
        images = np.broadcast_to(number[:, None, None, None] % 200, (frames, 128, 128, 1))
        crops.append(images, number, number >= 0, np.zeros((frames, 2)), np.zeros(frames))
    region = np.repeat(np.arange(10) % 6, 40)  # five regions are visited
    poses = make_poses(fly32, frames)
    deep = np.concatenate([poses.positions, np.ones((frames, len(fly32), 1))], axis=2)
    replace(poses, positions=deep).write(tmp_path / "p.h5")
    load = clips.loader({"a": tmp_path / "c.h5"}, {"a": tmp_path / "p.h5"})
    read = load("a", np.array([7, 7, 30]))
    assert read.images[:, 0, 0].tolist() == [7, 7, 30]
    np.testing.assert_array_equal(read.positions, poses.positions[[7, 7, 30]])
    assert read.skeleton.parts == fly32.parts
    chosen = clips.bouts([make_behavior(region)], make_map())
    made = clips.frames(chosen, load, 0.2, 5.0)
    first = next(made)
    assert first.shape == (2 * clips.TILE, 3 * clips.TILE, 3)
    assert (first[-clips.TILE :, -clips.TILE :] == 255).all()  # no sixth region
    count = video.write_video(tmp_path / "m.mp4", made, 5.0)
    assert count == int(clips.SECONDS * 5) - 1
    assert video.probe(tmp_path / "m.mp4").width == 3 * clips.TILE


# Ethogram


def test_regions_take_the_colour_of_the_behavior_they_coincide_with(fly32):
    names = ["stand", "walk_fast", "groom_front"]
    doing = np.repeat([0, 1, 2, 0], 100)
    region = np.repeat([3, 1, 2, 3], 100)
    region[:10] = 1  # ten frames disagree
    region[390:] = 0
    truth = {"a": make_truth(fly32, doing, names)}
    counts = ethogram.coincidence([make_behavior(region)], truth, 3)
    assert counts.tolist() == [[10, 100, 0], [0, 0, 100], [180, 0, 0]]
    figure = ethogram.draw([make_behavior(region)], make_map(3), truth)
    below, above = (image.get_array()[0] for image in figure.axes[0].images)
    colours = [to_rgb(style.BEHAVIOR_COLOURS[n]) for n in names]
    for strip, frame, colour in (
        (above, 150, colours[1]),
        (below, 150, colours[1]),
        (above, 5, colours[0]),
        (below, 5, colours[1]),
        (below, 399, (1, 1, 1)),
    ):
        assert strip[frame].tolist() == pytest.approx(list(colour))
    said = " ".join(texts(figure))
    assert "97% of the frames in regions agree" in said and "walk_fast (1)" in said


def test_a_recording_without_truth_gets_its_strip_alone(fly32):
    truth = {"a": make_truth(fly32, np.zeros(100, int), ["stand"])}
    behaviors = [make_behavior(np.ones(100, int), n) for n in "ab"]
    figure = ethogram.draw(behaviors, make_map(1), truth)
    assert [len(ax.images) for ax in figure.axes] == [2, 1]
    assert len(ethogram.draw(behaviors, make_map(1), {}).axes[0].images) == 1


def test_behaviors_have_colours_of_their_own():
    names = list(style.BEHAVIOR_COLOURS)
    assert len(set(style.behavior_colours(names))) == len(names) == 9
    assert len(set(style.behavior_colours(["a", "b", "c"]))) == 3


def test_a_page_holds_many_and_long_recordings(fly32):
    rng = np.random.default_rng(5)
    names = list(style.BEHAVIOR_COLOURS)
    region = np.repeat(rng.integers(0, 41, 900), 100)  # 15 minutes
    behaviors = [make_behavior(region, f"recording {k}") for k in range(90)]
    figure = ethogram.draw(behaviors, make_map(40), {})
    assert figure.get_size_inches()[1] * 25.4 < 240
    shown = [ax.get_ylabel() for ax in figure.axes]
    assert len(shown) == ethogram.MOST_STRIPS and shown[:2] == ["recording 0", "recording 2"]
    label = figure.axes[-1].get_xlabel()
    assert label.startswith("time (min)") and "40 of 90 recordings" in label
    assert "up to 1.5 s each" in label and figure.axes[-1].get_xlim()[1] == pytest.approx(15.0)
    few = ethogram.draw(behaviors[:6], make_map(40), {})
    assert few.get_size_inches()[1] * 25.4 < 240
    doing = make_truth(fly32, np.zeros(len(region), int), names)
    true = ethogram.draw(behaviors, make_map(40), {b.recording: doing for b in behaviors})
    assert true.get_size_inches()[1] * 25.4 < 240 and len(true.axes) == ethogram.MOST_TRUE


# Transitions


def test_arrows_are_the_likeliest_next_regions():
    dynamics = make_dynamics()
    found = transitions.arrows(dynamics)
    wanted = {(k, (k + 1) % 9, 60 / 91) for k in range(9)} | {
        (k, (k + 2) % 9, 30 / 91) for k in range(9)
    }
    assert {(a, b, round(p, 6)) for a, b, p in found} == {(a, b, round(p, 6)) for a, b, p in wanted}
    few = replace(dynamics, counts=np.where(np.arange(9)[:, None] == 0, dynamics.counts // 60, 0))
    assert transitions.arrows(few) == []
    figure = transitions.draw(make_map(), dynamics)
    arrows = [p for p in figure.axes[0].patches if p.get_zorder() == 3]
    widths = sorted({round(float(p.get_linewidth()), 3) for p in arrows})
    assert len(arrows) == 18 and len(widths) == 2 and widths[0] < widths[1]
    assert any("99% of 819 transitions" in t for t in texts(figure))


def test_dwell_times_and_ratios_are_drawn_where_they_are():
    dynamics = make_dynamics()
    figure = transitions.draw(make_map(), dynamics)
    medians = next(line for line in figure.axes[1].lines if line.get_marker() == "|")
    assert medians.get_xdata() == pytest.approx(dynamics.median)
    assert medians.get_ydata().tolist() == list(range(1, 10))
    assert f"{dynamics.whole[3]} (3)" in texts(figure)
    ratio = figure.axes[3].images[0].get_array()
    assert ratio[0, 1] == pytest.approx(np.log2(6.0)) and ratio[0, 4] == -3  # none of ten
    sure = transitions.draw(make_map(), replace(dynamics, expected=np.full((9, 9), 1.0)))
    assert sure.axes[3].images[0].get_array().mask[0, 4]


def test_without_transitions_the_figure_says_so():
    dynamics = make_dynamics()
    none = replace(dynamics, counts=np.zeros((9, 9)))
    assert "not drawn" in texts(transitions.draw(make_map(), none))
    assert "not drawn" in texts(transitions.draw(make_map(1), make_dynamics(1)))


def test_forty_regions_fit_the_page():
    figure = transitions.draw(make_map(40, 400), make_dynamics(40))
    assert figure.get_size_inches()[1] * 25.4 < 240
    assert min(t.get_fontsize() for t in figure.findobj(matplotlib.text.Text) if t.get_text()) >= 5


# Stability


def test_matched_regions_share_a_colour_and_points_are_their_shares():
    found = make_stability("halves")
    figure = stability.draw(found, make_stability("blocks"))
    one, two = (ax.images[0].get_array() for ax in figure.axes[:2])
    assert one[40, 15, :3].tolist() == two[40, 15, :3].tolist()  # region 1 and region 3
    assert one[40, 55, :3].tolist() == two[40, 55, :3].tolist() == one[40, 75, :3].tolist()
    assert one[40, 75, 3] < one[40, 55, 3]  # the piece without a partner is paler
    points = figure.axes[2].collections[0]
    assert np.asarray(points.get_offsets()) == pytest.approx(found.own)
    said = " ".join(texts(figure))
    assert "r = 0.90" in said and "map alone unknown" in said and "11% of the frames" in said


def test_no_regions_are_no_stability():
    none = replace(
        make_stability("halves"), pairs=np.zeros((0, 2)), own=np.zeros((0, 2)),
        same=np.zeros((0, 2)),
    )  # fmt: skip
    assert "not drawn" in texts(stability.draw(none, none))
