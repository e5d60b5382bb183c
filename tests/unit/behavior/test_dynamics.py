"""Dwell times, transitions and stability: closed forms, chains and animals of known habits."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text

from leap_core import config
from leap_core.behavior.dynamics import (
    bouts,
    dwell_table,
    information,
    kaplan_meier,
    quasi_independent,
    region_dynamics,
    transition_table,
)
from leap_core.behavior.stability import agreement, common, correlation, map_stability, match
from leap_core.containers import Behavior, Channels, Dynamics, Stability
from leap_core.errors import UserError
from leap_core.figures.quality import stability as figure

FPS = 100.0
SETTINGS = config.Behavior()


def recording(region, name="a", fps=FPS, frame=None):
    region = np.asarray(region)
    return Behavior(
        z=np.zeros((len(region), 2)),
        error=np.zeros(len(region)),
        far=np.zeros(len(region), bool),
        region=region,
        frame=np.arange(len(region)) if frame is None else frame,
        recording=name,
        fps=fps,
    )


def sequence(*pairs):
    """Region numbers from (region, frames) pairs."""
    return np.concatenate([np.full(frames, region) for region, frames in pairs])


def rows(region, break_s=0.05, **kwargs):
    table = bouts(recording(region, **kwargs), break_s)
    keys = ["region", "start_frame", "frames", "start_seen", "end_seen"]
    return [tuple(int(v) for v in row) for row in table[keys].to_numpy()]


# Bouts


def test_short_stays_between_regions_continue_a_bout_and_long_ones_end_it():
    region = sequence((0, 9), (1, 20), (0, 5), (1, 10), (0, 6), (1, 8), (0, 2), (2, 7), (0, 9))
    assert rows(region) == [(1, 9, 35, 1, 1), (1, 50, 8, 1, 1), (2, 60, 7, 1, 1)]
    assert rows(region, 0.0)[:2] == [(1, 9, 20, 1, 1), (1, 34, 10, 1, 1)]
    # five frames at 50 per second are longer than 0.05 s
    assert rows(region, fps=50.0)[:2] == [(1, 9, 20, 1, 1), (1, 34, 10, 1, 1)]


def test_missing_data_gaps_and_ends_cut_bouts():
    assert rows(sequence((1, 10), (2, 5), (1, 10))) == [
        (1, 0, 10, 0, 1),
        (2, 10, 5, 1, 1),
        (1, 15, 10, 1, 0),
    ]
    broken = sequence((0, 9), (1, 10), (-1, 1), (1, 10), (0, 9))
    assert rows(broken) == [(1, 9, 10, 1, 0), (1, 20, 10, 0, 1)]
    jump = np.r_[np.arange(19), np.arange(40, 59)]
    assert rows(sequence((0, 9), (1, 20), (0, 9)), frame=jump) == [
        (1, 9, 10, 1, 0),
        (1, 40, 10, 0, 1),
    ]
    # what lies beyond three frames between regions and the cut may be the same bout
    assert rows(sequence((0, 3), (1, 10), (0, 9))) == [(1, 3, 10, 0, 1)]
    assert rows(sequence((0, 9), (1, 10), (0, 3), (-1, 2))) == [(1, 9, 10, 1, 0)]
    assert rows(sequence((0, 5), (-1, 5))) == [] and rows(np.zeros(0, int)) == []


def test_bouts_count_every_frame_of_a_region_once():
    rng = np.random.default_rng(0)
    region = np.repeat(rng.integers(-1, 5, 400), rng.integers(1, 30, 400))
    table = bouts(recording(region), 0.0)
    for k in range(1, 5):
        assert table["frames"][table["region"] == k].sum() == (region == k).sum()
    rebuilt = np.zeros_like(region)
    for _, row in table.iterrows():
        rebuilt[row["start_frame"] : row["start_frame"] + row["frames"]] = row["region"]
    assert np.array_equal(rebuilt[region > 0], region[region > 0])
    assert table["seconds"].to_numpy() == pytest.approx(table["frames"] / FPS)


# Transitions


def counts(region, regions=3, **changes):
    settings = replace(SETTINGS, **changes)
    return region_dynamics([recording(region)], regions, settings)[0].counts.tolist()


def test_transitions_are_counted_by_hand():
    region = sequence((1, 9), (2, 9), (0, 30), (1, 9), (0, 51), (3, 9), (1, 9), (0, 20), (1, 9))
    assert counts(region) == [[0, 1, 0], [1, 0, 0], [1, 0, 0]]
    assert counts(region, max_between_s=1.0) == [[0, 1, 1], [1, 0, 0], [1, 0, 0]]
    assert counts(region, max_between_s=0.0) == [[0, 1, 0], [0, 0, 0], [1, 0, 0]]


def test_no_data_breaks_the_chain_however_short():
    region = sequence((1, 9), (0, 9), (-1, 1), (0, 9), (2, 9), (-1, 1), (3, 9), (1, 9))
    assert counts(region) == [[0, 0, 0], [0, 0, 0], [1, 0, 0]]


def test_recordings_are_not_joined():
    pair = [recording(sequence((1, 9)), "a"), recording(sequence((2, 9)), "b")]
    found, table = region_dynamics(iter(pair), 2, SETTINGS)
    assert not found.counts.any() and found.recordings == ["a", "b"]
    assert table["recording"].tolist() == ["a", "b"] and np.isnan(found.probability).all()
    assert np.isnan(found.information)


# Censoring


def test_kaplan_meier_without_censoring_is_the_empirical_curve_and_with_it_the_textbook_one():
    times, lasting = kaplan_meier(np.array([3.0, 1.0, 2.0, 2.0]), np.ones(4, bool))
    assert times.tolist() == [1, 2, 3] and lasting == pytest.approx([0.75, 0.25, 0])
    # remission times of 21 leukaemia patients, 12 of them censored (Freireich et al. 1963)
    weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    ended = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    times, lasting = kaplan_meier(np.array(weeks), np.array(ended, bool))
    assert times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    published = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert lasting == pytest.approx(published, abs=6e-4)


def test_cut_bouts_do_not_shorten_dwell_times():
    # exponential bouts of 2 s, no data for a frame every 5 s: half of the long ones are cut
    rng = np.random.default_rng(1)
    pieces = []
    for _ in range(2500):
        lengths = np.maximum(rng.exponential(2.0, 40) * FPS, 1).astype(int)
        region = np.repeat(1 + np.arange(40) % 2, lengths)
        first = rng.integers(2000)
        pieces += [region[first : first + 500], [-1]]
    found, _ = region_dynamics([recording(np.concatenate(pieces))], 2, SETTINGS)
    # whole bouts of length d have density (5 - d) exp(-d / 2): their mean is far below 2
    d = np.linspace(0, 5, 100001)
    weight = (5 - d) * np.exp(-d / 2)
    assert found.mean_whole == pytest.approx([(d * weight).sum() / weight.sum()] * 2, rel=0.08)
    # about 3,000 bouts each: four standard errors, 1 / (2 density sqrt(3000)) for the median
    assert found.median == pytest.approx([2 * np.log(2)] * 2, rel=0.1)
    # the curve ends at 5 s: 2 (1 - exp(-5 / 2))
    assert found.mean == pytest.approx([2 * (1 - np.exp(-2.5))] * 2, rel=0.08)


def test_a_median_that_was_never_reached_is_unknown():
    region = sequence((2, 1), (1, 20), (-1, 1), (2, 1), (1, 30), (-1, 1), (2, 1), (1, 5), (2, 1))
    found, _ = region_dynamics([recording(region)], 2, SETTINGS)
    assert found.cut.tolist() == [2, 4] and found.whole.tolist() == [1, 0]
    assert np.isnan(found.median[0]) and found.mean[0] == pytest.approx(0.05 + 0.25 * 2 / 3)
    assert found.mean_whole[0] == pytest.approx(0.05) and np.isnan(found.mean_whole[1])


# Chance


def test_a_chain_without_memory_is_at_chance_and_a_cycle_tells_all():
    rng = np.random.default_rng(2)
    weight = np.array([0.4, 0.3, 0.2, 0.1])
    state, visits = 0, []
    for _ in range(20000):
        p = np.where(np.arange(4) == state, 0, weight)
        state = rng.choice(4, p=p / p.sum())
        visits.append(state + 1)
    found, _ = region_dynamics([recording(np.repeat(visits, 2))], 4, SETTINGS)
    off = ~np.eye(4, dtype=bool)
    assert found.counts[off] / found.expected[off] == pytest.approx(np.ones(12), abs=0.06)
    assert found.information < 4 * found.chance < 0.002
    # five free cells: 12 off the diagonal less 4 + 4 - 1
    assert found.chance == pytest.approx(5 / (2 * found.counts.sum() * np.log(2)), rel=0.13)
    cycle, _ = region_dynamics([recording(np.repeat(np.arange(300) % 3 + 1, 4))], 3, SETTINGS)
    assert cycle.information == pytest.approx(1.0, abs=0.01)  # the next of two is known: one bit


def test_chance_is_what_short_sequences_without_memory_give():
    """30 regions and 300 transitions: a third of a transition for each cell."""
    rng = np.random.default_rng(5)
    weight = rng.gamma(2, size=30)
    bits, chance = [], []
    for _ in range(8):
        counts, state = np.zeros((30, 30), int), 0
        for _ in range(300):
            p = np.where(np.arange(30) == state, 0, weight)
            following = rng.choice(30, p=p / p.sum())
            counts[state, following] += 1
            state = following
        one, other = information(counts, quasi_independent(counts))
        bits.append(one)
        chance.append(other)
    print(f"{np.mean(bits):.3f} bits without memory, {np.mean(chance):.3f} said")
    # degrees of freedom / 2 N ln 2 would say 1.9
    assert np.mean(chance) == pytest.approx(np.mean(bits), rel=0.12)
    assert information(counts, quasi_independent(counts)) == (one, other)
    single = np.array([[0, 1, 0], [0, 0, 0], [0, 0, 0]])
    assert information(single, quasi_independent(single)) == (0, 0)


def test_expected_counts_keep_the_sums_and_come_from_weights():
    rng = np.random.default_rng(3)
    counts = rng.integers(0, 50, (6, 6)) * (1 - np.eye(6, dtype=int))
    counts[4] = counts[:, 4] = 0  # a region that was never visited
    expected = quasi_independent(counts)
    assert expected.sum(axis=1) == pytest.approx(counts.sum(axis=1), abs=1e-5)
    assert expected.sum(axis=0) == pytest.approx(counts.sum(axis=0), abs=1e-5)
    a, b = rng.uniform(1, 5, (2, 5))
    product = np.outer(a, b) * (1 - np.eye(5))
    assert quasi_independent(product) == pytest.approx(product, rel=1e-6)
    assert not quasi_independent(np.zeros((3, 3))).any()


# A whole chain


@pytest.fixture(scope="module")
def chain():
    """A semi-Markov chain of five regions with known dwell times and transitions."""
    rng = np.random.default_rng(4)
    matrix = np.array(
        [
            [0.0, 0.7, 0.1, 0.1, 0.1],
            [0.2, 0.0, 0.6, 0.1, 0.1],
            [0.3, 0.3, 0.0, 0.2, 0.2],
            [0.9, 0.0, 0.05, 0.0, 0.05],
            [0.25, 0.25, 0.25, 0.25, 0.0],
        ]
    )
    shape, mean = 3.0, np.array([0.2, 0.5, 1.0, 2.0, 0.3])
    made = []
    for k in range(4):
        state, pieces = 0, []
        for _ in range(2500):
            frames = max(int(round(rng.gamma(shape, mean[state] / shape) * FPS)), 1)
            stay = np.full(frames, state + 1)
            if frames > 20:
                stay[10 : 10 + rng.integers(1, 6)] = 0  # a short excursion
            pieces += [stay, np.zeros(rng.integers(0, 30), int)]
            state = rng.choice(5, p=matrix[state])
        region = np.concatenate(pieces)
        region[rng.integers(0, len(region), 20)] = -1
        made.append(recording(region, f"fly{k}"))
    return made, matrix, mean


def test_dwell_times_and_transitions_of_a_known_chain_are_recovered(chain):
    made, matrix, mean = chain
    found, table = region_dynamics(iter(made), 5, SETTINGS)
    off = ~np.eye(5, dtype=bool)
    error = np.sqrt(matrix * (1 - matrix) / found.counts.sum(axis=1, keepdims=True))
    assert (np.abs(found.probability - matrix)[off] <= 4 * error[off] + 0.003).all()
    spread = mean / np.sqrt(3) / np.sqrt(found.whole)
    assert (np.abs(found.mean - mean) < 4 * spread + 0.5 / FPS).all()
    median = 2.674 / 3 * mean  # of a gamma distribution with shape 3
    assert found.median == pytest.approx(median, rel=0.08)
    assert found.probability.sum(axis=1) == pytest.approx(np.ones(5))
    assert (found.dwell.sum(axis=1) == found.whole).all()
    assert len(table) == found.whole.sum() + found.cut.sum()
    assert found.seconds.sum() == pytest.approx(table["seconds"].sum())


def test_numbers_and_tables_are_the_same_and_repeat_exactly(chain, tmp_path):
    made, *_ = chain
    for name in "ab":
        found, _ = region_dynamics(made, 5, SETTINGS)
        found.write(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    read = Dynamics.read(tmp_path / "a")
    table = transition_table(read)
    assert len(table) == 20 and table["count"].sum() == found.counts.sum()
    row = table[(table["from"] == 4) & (table["to"] == 1)].iloc[0]
    assert row["ratio"] == pytest.approx(found.counts[3, 0] / found.expected[3, 0])
    assert dwell_table(read)["whole_bouts"].tolist() == found.whole.tolist()


def test_what_cannot_be_measured_is_refused(tmp_path):
    with pytest.raises(UserError, match="unknown frame rate"):
        bouts(recording([1, 1], fps=float("nan")), 0.05)
    with pytest.raises(UserError, match="region 4 of a map with 3"):
        region_dynamics([recording([1, 4])], 3, SETTINGS)
    with pytest.raises(UserError, match="no recordings"):
        region_dynamics([], 3, SETTINGS)
    empty, table = region_dynamics([recording([0, 0, -1])], 0, SETTINGS)
    empty.write(tmp_path / "d.h5")
    assert len(table) == 0 and len(transition_table(empty)) == 0


# Stability


def test_partners_share_most_frames_and_pieces_join_their_pair():
    # region 1 is 3, 2 is 1; 3 was split in 2 and 4; 4 is nowhere
    shared = np.array([[0, 1, 50, 0], [40, 0, 2, 0], [0, 30, 0, 20], [0, 0, 0, 0]])
    pairs, one, two = match(shared)
    assert pairs.tolist() == [[1, 3], [2, 1], [3, 2], [4, 0], [0, 4]]
    assert one.tolist() == [0, 1, 2, 3] and two.tolist() == [1, 2, 0, 2]
    rng = np.random.default_rng(0)
    order = rng.permutation(12)
    noise = rng.integers(0, 5, (12, 12))
    noise[np.arange(12), order] += 100
    pairs, one, two = match(noise)
    assert {tuple(p) for p in pairs} == {(k + 1, order[k] + 1) for k in range(12)}
    assert two[order].tolist() == one.tolist()
    assert match(np.zeros((0, 2)))[0].tolist() == [[0, 1], [0, 2]]


def test_a_correlation_needs_three_regions_and_shares_in_common_need_none():
    shares = np.array([[0.5, 0.4], [0.3, 0.3], [0.2, 0.3]])
    assert correlation(shares) == pytest.approx(np.corrcoef(shares.T)[0, 1])
    assert np.isnan(correlation(shares[:2]))
    assert np.isnan(correlation(np.array([[1, 2], [1, 3], [1, 4]]) / 9))
    assert common(shares) == pytest.approx(0.9)


def test_nothing_to_compare_is_no_agreement():
    assert np.isnan(agreement([], [])) and np.isnan(agreement([1, 1, 1], [2, 2, 2]))
    assert agreement([1, 1, 2, 2], [5, 5, 3, 3]) == 1
    assert agreement([1, 1, 1, 1], [1, 2, 1, 2]) == 0
    assert np.isnan(common(np.zeros((0, 2)))) and np.isnan(common(np.array([[1.0, 1.0]])))
    assert np.isnan(common(np.array([[0.5, 0.0], [0.5, 0.0]])))
    assert common(np.array([[1.0, 0.0], [0.0, 1.0]])) == 0


HABITS = np.array([0.34, 0.26, 0.18, 0.13, 0.09])


def animal(name, seed, habits, seconds=120.0, fps=50.0):
    """Channels of an animal with five movements, told apart by channel and rate, and which one."""
    rng = np.random.default_rng(seed)
    frames = int(seconds * fps)
    doing, at = np.zeros(frames, int), 0
    while at < frames:
        share = habits[int(at >= frames // 2)]
        for k in rng.permutation(5):
            length = int(20 * share[k] * fps)
            doing[at : at + length] = k
            at += length
    time = np.arange(frames) / fps
    x = rng.normal(0, 0.1, (frames, 6))
    for k, rate in enumerate((2.5, 4.0, 6.5, 10.0, 15.0)):
        now = doing == k
        x[now, k] += 1.5 * np.sin(2 * np.pi * rate * time[now])
        x[now, 5] += 1.0 * np.cos(2 * np.pi * rate * time[now])
    made = Channels(
        x=x,
        usable=np.ones(frames, bool),
        frame=np.arange(frames),
        channels=[f"part{k} x" for k in range(6)],
        dropped=[],
        recording=name,
        fps=fps,
    )
    return made, recording(doing + 1, name, fps)


MAP = replace(
    SETTINGS, fmax=20.0, frequencies=10, per_recording=400, total=800, perplexity=40.0,
    exaggeration=4.0, sigma=1.2, clip=[0.0005, 1.0], bins=101,
)  # fmt: skip


def compared(habits, cut="halves"):
    made = [animal(f"a{k}", k, habits) for k in range(2)]
    found = map_stability(lambda: (c for c, _ in made), (b for _, b in made), MAP, seed=1, cut=cut)
    return found, made


@pytest.mark.slow
def test_an_animal_of_fixed_habits_gives_the_same_map_twice(tmp_path):
    found, made = compared([HABITS, HABITS])
    # the truth stands for the joint map here: what the animal did is known
    parts = [b.region[s] for _, b in made for s in (slice(None, 3000), slice(3000, None))]
    shares = [np.bincount(np.concatenate(parts[k::2]), minlength=6)[1:] / 6000 for k in range(2)]
    assert found.joint == pytest.approx(np.stack(shares, axis=1))
    assert found.r_joint == pytest.approx(np.corrcoef(shares)[0, 1])
    assert found.r_joint > 0.99 and found.common_joint > 0.97
    assert len(found.group_one) == len(found.group_two) == 5 and found.pairs.all()
    assert found.r > 0.95 and found.r_same > 0.99 and found.information > 0.9
    assert found.own.sum(axis=0) == pytest.approx([1, 1])
    found.write(tmp_path / "s.h5")
    assert Stability.read(tmp_path / "s.h5").r == found.r


@pytest.mark.slow
def test_an_animal_that_changes_is_told_from_a_map_that_changes():
    found, _ = compared([HABITS, HABITS[::-1]])
    assert found.r_joint < 0 and found.r == pytest.approx(found.r_joint, abs=0.1)
    assert found.common == pytest.approx(found.common_joint, abs=0.05)
    assert found.r_same > 0.99 and found.information > 0.9
    blocks, _ = compared([HABITS, HABITS[::-1]], "blocks")
    assert blocks.common_joint > 0.8 and blocks.cut == "blocks"
    assert blocks.common == pytest.approx(blocks.common_joint, abs=0.05)


def texts(drawn):
    return " ".join(t.get_text() for t in drawn.findobj(Text))


def test_an_unusable_half_is_said_and_the_rest_is_still_there(tmp_path):
    made, where = animal("a", 0, [HABITS, HABITS], seconds=20.0)
    blind = replace(made, usable=np.arange(1000) < 505)
    found = map_stability(lambda: [blind], [where], MAP, 1)
    assert found.note.startswith("second halves of the recordings: 5 usable frames, at least 10")
    for name in ("r", "r_same", "r_grouped", "common", "common_same", "information"):
        assert np.isnan(getattr(found, name)), name
    assert np.isnan(found.far).all() and not found.labels.any() and len(found.pairs) == 0
    shares = [np.bincount(where.region[h], minlength=6)[1:] / 500
              for h in (slice(500), slice(500, None))]  # fmt: skip
    assert found.joint == pytest.approx(np.stack(shares, axis=1))
    assert found.common_joint == pytest.approx(np.minimum(*shares).sum())
    found.write(tmp_path / "s.h5")
    read = Stability.read(tmp_path / "s.h5")
    assert read.note == found.note and np.isnan(read.density).all()
    drawn = " ".join(texts(figure.draw(read, read)).split())
    assert "not drawn" in drawn and "second halves of the recordings: 5 usable" in drawn


def test_unknown_far_and_maps_without_regions_are_no_agreement():
    made, where = animal("a", 0, [HABITS, HABITS], seconds=8.0)
    few = replace(MAP, total=100, per_recording=100)
    found = map_stability(lambda: [made], [where], few, 1)
    assert np.isnan(found.far).all()  # no two frames of a half are 4.9 s apart
    assert found.note.count("far: unknown (the map has no reach)") == 2
    assert len(found.pairs) and "unknown how many frames" in texts(figure.draw(found, found))
    bare = map_stability(lambda: [made], [where], replace(few, clip=[1.0, 2.0]), 1)
    assert np.isnan([bare.information, bare.common, bare.common_same, bare.r]).all()
    assert "map of the first halves: no regions: no density above behavior.clip[0]" in bare.note
    drawn = " ".join(texts(figure.draw(bare, found)).split())
    assert "halves, own maps: not drawn" in drawn and "no density above" in drawn


def test_stability_refuses_what_does_not_belong_together():
    made, where = animal("a", 0, [HABITS, HABITS], seconds=4.0)
    with pytest.raises(UserError, match="unknown cut 'thirds'"):
        map_stability(lambda: [made], [where], MAP, 1, "thirds")
    with pytest.raises(UserError, match="behavior files of b for channels of a"):
        map_stability(lambda: [made], [replace(where, recording="b")], MAP, 1)
    with pytest.raises(UserError, match="no recordings"):
        map_stability(list, [], MAP, 1)


def test_what_counting_alone_would_give_may_stay_unknown():
    """It takes most of the time; nothing else depends on it."""
    chain = recording(np.tile(np.repeat([1, 2, 1, 3, 2, 3], 20), 6))
    [drawn, bare] = [region_dynamics([chain], 3, SETTINGS, draws=n)[0] for n in (10, 0)]
    assert np.isfinite(drawn.chance) and np.isnan(bare.chance)
    assert bare.information == drawn.information > 0
    np.testing.assert_array_equal(bare.mean, drawn.mean)
