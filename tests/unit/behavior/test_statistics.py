"""Region statistics: spectra against closed forms, animals of known motion, real flies."""

import weakref
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import signal

from leap_core import behavior, config
from leap_core.behavior import region_facts, spectra
from leap_core.behavior.refits import verdict
from leap_core.behavior.statistics import part_groups
from leap_core.containers import Behavior, BehaviorMap, Gait, Poses, Refits, RegionStats
from leap_core.errors import UserError
from leap_core.skeleton import Skeleton

FPS = 100.0
SETTINGS = config.Behavior()
STATES = ["tripod", "tetrapod", "non-canonical"]
# region, leg groups that move, their rate (Hz), amplitude (px), forward speed (mm/s)
STAND, SLOW, FAST, FRONT, HIND = range(1, 6)
ACTS = {
    STAND: ((), 0.0, 0.0, 0.0),
    SLOW: (("foreleg", "midleg", "hindleg"), 5.0, 6.0, 5.0),
    FAST: (("foreleg", "midleg", "hindleg"), 11.0, 12.0, 22.0),
    FRONT: (("foreleg",), 8.6, 9.0, 0.0),
    HIND: (("hindlegL",), 4.0, 7.0, 0.0),
}


def fly(skeleton, seconds=4.0, rounds=3, seed=0, fps=FPS, noise=0.3):
    """Poses, regions and gait of an animal that goes through ACTS again and again."""
    rng = np.random.default_rng(seed)
    each = int(seconds * fps)
    region = np.tile(np.repeat(list(ACTS), each), rounds)
    frames = len(region)
    time = np.arange(frames) / fps
    home = rng.uniform(40, 150, (len(skeleton), 2))
    positions = np.repeat(home[None], frames, axis=0)
    speed = np.zeros(frames)
    for act, (movers, rate, size, forward) in ACTS.items():
        now = region == act
        speed[now] = forward + rng.normal(0, 0.5, now.sum())
        for i, part in enumerate(skeleton.parts):
            if part.startswith(tuple(movers)) and part != skeleton.center:
                wave = np.cos(2 * np.pi * rate * time + i)
                wave += 0.3 * np.cos(2 * np.pi * 2 * rate * time)  # a harmonic
                positions[now, i, 0] += size * wave[now]
    positions += rng.normal(0, noise, positions.shape)
    shape = (frames, len(skeleton))
    common = {"frame": np.arange(frames), "recording": f"fly{seed}", "fps": fps}
    poses = Poses(
        positions=positions,
        confidence=np.ones(shape),
        valid=np.ones(frames, bool),
        skeleton=skeleton,
        **common,
    )
    state = np.where(region == SLOW, 1, np.where(region == FAST, 0, -1))
    gait = Gait(
        tip_velocity=np.zeros((frames, 6)),
        swing=np.zeros((frames, 6), bool),
        valid=np.ones((frames, 6), bool),
        forward_velocity=speed,
        walking=speed > 2,
        state=state,
        posterior=np.zeros((frames, 3)),
        legs=list(skeleton.legs),
        states=STATES,
        velocity_units="mm/s",
        speed_source="body track",
        **common,
    )
    nowhere = {"z": np.zeros((frames, 2)), "error": np.zeros(frames), "far": np.zeros(frames, bool)}
    where = Behavior(region=region, **nowhere, **common)
    return poses, where, gait


def flat_map(regions):
    """A map with this many regions; the statistics use no more of it."""
    return BehaviorMap(
        density=np.zeros((4, 4)),
        labels=np.zeros((4, 4)),
        edges_x=np.arange(5.0),
        edges_y=np.arange(5.0),
        peak=np.zeros((regions, 2)),
        occupancy=np.full(regions, 1 / max(regions, 1)),
        spectrum=np.zeros((regions, 2, 3)),
        points=np.zeros(regions),
        channels=["a x", "a y"],
        frequencies=[1.0, 2.0, 4.0],
    )


def describe(made, settings=SETTINGS, gait=True, regions=5):
    poses, where, gaits = (list(column) for column in zip(*made, strict=True))
    return behavior.region_statistics(
        flat_map(regions), where, poses, gaits if gait else [], settings, 2.0, 0.2
    )


@pytest.fixture(scope="module")
def stats(fly32):
    """Two animals, described."""
    return describe([fly(fly32, seed=0), fly(fly32, seed=1)])


@pytest.fixture(scope="module")
def alone(fly32):
    """One animal, described."""
    return describe([fly(fly32, seed=0)])


def spectrum(x, fps=FPS, fmax=50.0):
    """Mean power of one channel away from its ends, and its frequencies."""
    frequencies = spectra.linear_axis(1.0, fmax, fps)
    rows = np.concatenate([p for _, p in spectra.power_blocks(x[:, None], fps, frequencies)])
    edge = int(6 * fps)
    return rows[edge:-edge, 0].mean(axis=0), frequencies


# Spectra


@pytest.mark.parametrize("rate", [2.0, 5.25, 8.5, 11.5, 20.0])
def test_power_of_a_cosine_is_its_mean_square_at_its_frequency(rate):
    time = np.arange(4000) / FPS
    power, frequencies = spectrum(3 * np.cos(2 * np.pi * rate * time + 0.4))
    assert frequencies[power.argmax()] == rate
    assert power.max() == pytest.approx(4.5, rel=0.001)


@pytest.mark.parametrize("rate", [2.1, 3.37, 5.1, 8.6, 11.4, 19.9])
def test_the_peak_lies_between_the_frequencies_of_the_axis(rate):
    time = np.arange(4000) / FPS
    power, frequencies = spectrum(3 * np.cos(2 * np.pi * rate * time + 0.4))
    assert spectra.peak(power, frequencies) == pytest.approx(rate, abs=0.02)


@pytest.mark.parametrize("rate", [3.0, 5.1, 9.3])
def test_the_fundamental_is_found_under_harmonics_drift_and_jitter(rate):
    rng = np.random.default_rng(3)
    time = np.arange(12000) / FPS
    saw = 6 * signal.sawtooth(2 * np.pi * rate * time, 0.8)
    drift = np.cumsum(rng.normal(0, 0.4, len(time)))
    power, frequencies = spectrum(saw + drift - drift.mean() + rng.normal(0, 1.0, len(time)))
    assert spectra.peak(power, frequencies) == pytest.approx(rate, rel=0.03)


def test_drift_noise_and_silence_have_no_rhythm():
    rng = np.random.default_rng(4)
    noise = rng.normal(0, 1, 60000)
    for x in (noise, np.cumsum(noise), np.zeros(5000)):
        power, frequencies = spectrum(x, fmax=45.0)
        keep = frequencies >= 3  # below, ten minutes of drift are few independent waves
        assert np.isnan(spectra.peak(power[keep], frequencies[keep]))
    assert np.isnan(spectra.peak(np.full(50, np.nan), np.arange(50.0)))


def test_band_power_is_proportional_to_the_variance_at_any_rate():
    time = np.arange(6000) / FPS
    found = []
    for rate in (3.0, 6.0, 12.0, 20.0):
        power, frequencies = spectrum(2 * np.cos(2 * np.pi * rate * time))
        found.append(spectra.band_power(power, frequencies))
    assert np.ptp(found) < 0.03 * np.mean(found)


def test_the_axis_stays_below_nyquist():
    assert spectra.linear_axis(1, 50, 100.0)[-1] == 49.0
    assert spectra.linear_axis(1, 50, 30.0)[-1] < 15
    assert spectra.linear_axis(1, 20, 100.0)[[0, -1]].tolist() == [1.0, 20.0]


# Regions


def test_speed_rate_and_share_of_each_region(stats):
    assert stats.occupancy == pytest.approx(np.full(5, 0.2))
    wanted = [forward for *_, forward in ACTS.values()]
    assert stats.speed == pytest.approx(wanted, abs=0.1)
    assert stats.peak_frequency[SLOW - 1] == pytest.approx(5.0, rel=0.02)
    assert stats.peak_frequency[FAST - 1] == pytest.approx(11.0, rel=0.02)
    assert stats.peak_frequency[FRONT - 1] == pytest.approx(8.6, rel=0.02)
    width = np.diff(stats.speed_edges)
    inside = (stats.speed_density * width).sum(axis=1)
    assert inside.max() <= 1 + 1e-6 and inside.min() > 0.9
    middle = (stats.speed_edges[1:] + stats.speed_edges[:-1]) / 2
    assert middle[stats.speed_density[FAST - 1].argmax()] == pytest.approx(22, abs=1)


def test_leg_power_grows_with_amplitude_squared(stats):
    # the bouts are alike, so the ratio at the peaks is that of the squared amplitudes
    peaks = stats.power.max(axis=1)
    assert peaks[FAST - 1] / peaks[SLOW - 1] == pytest.approx((12 / 6) ** 2, rel=0.15)


def test_walking_regions_are_locomotor_and_grooming_is_not(stats, fly32):
    assert np.flatnonzero(stats.locomotor).tolist() == [SLOW - 1, FAST - 1]
    strict = describe([fly(fly32)], replace(SETTINGS, locomotor_power=1.0))
    assert np.flatnonzero(strict.locomotor).tolist() == [FAST - 1]


def test_without_speed_only_strong_movement_of_all_legs_is_locomotor(fly32):
    bare = describe([fly(fly32)], gait=False)
    assert np.isnan(bare.speed).all() and bare.gait.shape == (5, 0)
    assert np.flatnonzero(bare.locomotor).tolist() == [FAST - 1]
    assert "no gait analysis" in bare.note and "leg power alone" in bare.note
    poses, where, gait = fly(fly32)
    pixels = replace(gait, velocity_units="px/s")
    unscaled = describe([(poses, where, pixels)])
    assert unscaled.units == "px/s" and "leg power alone" in unscaled.note


def test_gait_shares_count_all_frames_of_a_region(stats):
    assert stats.gait[FAST - 1].tolist() == [1, 0, 0]
    assert stats.gait[SLOW - 1].tolist() == [0, 1, 0]
    assert stats.gait[STAND - 1].tolist() == [0, 0, 0]


def test_groups_are_relative_to_their_mean_over_all_frames(stats):
    assert "head" in stats.groups and {"wings L", "hindlegs R"} <= set(stats.groups)
    # equal shares of time, so the mean over regions is the mean over frames
    assert stats.group_power.mean(axis=0) == pytest.approx(np.ones(len(stats.groups)), abs=1e-3)
    column = stats.groups.index("hindlegs L")
    assert stats.group_power[HIND - 1, column] > 5 * stats.group_power[STAND - 1, column]
    assert stats.group_peak[HIND - 1, column] == pytest.approx(4.0, rel=0.02)
    other = stats.groups.index("hindlegs R")
    assert stats.group_power[HIND - 1, other] < 0.1


def test_frames_between_regions_count_only_in_the_average(fly32, alone):
    poses, where, gait = fly(fly32)
    region = np.where(where.region == FAST, 0, where.region)
    some = describe([(poses, replace(where, region=region), gait)])
    assert some.occupancy.tolist() == pytest.approx([0.2, 0.2, 0, 0.2, 0.2])
    assert np.isnan(some.speed[FAST - 1])
    assert not some.locomotor[FAST - 1]
    assert some.group_power[SLOW - 1] == pytest.approx(alone.group_power[SLOW - 1], rel=1e-5)


def test_frames_without_a_place_count_in_no_share(fly32):
    poses, where, gait = fly(fly32)
    region = np.where(where.region == FAST, 0, np.where(where.region == HIND, -1, where.region))
    found = describe([(poses, replace(where, region=region), gait)])
    assert found.occupancy.tolist() == pytest.approx([0.25, 0.25, 0, 0.25, 0])


def test_missing_parts_leave_the_others_alone(fly32):
    poses, where, gait = fly(fly32)
    sure = poses.confidence.copy()
    lost = fly32.index("wingL")
    sure[:, lost] = 0
    sure[::50, fly32.index("forelegL4")] = 0  # single frames are bridged
    found = describe([(replace(poses, confidence=sure), where, gait)])
    assert np.isnan(found.group_power[:, found.groups.index("wings L")]).all()
    assert np.flatnonzero(found.locomotor).tolist() == [SLOW - 1, FAST - 1]
    assert found.peak_frequency[FAST - 1] == pytest.approx(11.0, rel=0.02)
    assert "nan" not in region_facts.text(found, FAST - 1)


def test_recordings_add_up_and_repeat_exactly(fly32, stats, alone, tmp_path):
    one, two = fly(fly32, seed=0), fly(fly32, seed=1)
    mean = (alone.power + describe([two]).power) / 2
    assert stats.power == pytest.approx(mean, rel=1e-4)
    stats.write(tmp_path / "a")
    describe([one, two]).write(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def in_pixels(made):
    """The same animal at 40 px/mm, its scale unknown."""
    poses, where, gait = made
    return poses, where, replace(
        gait, forward_velocity=gait.forward_velocity * 40, velocity_units="px/s"
    )  # fmt: skip


@pytest.mark.parametrize("order", [1, -1])
def test_pixels_are_not_pooled_with_millimetres(fly32, alone, order):
    made = [fly(fly32, seed=0), in_pixels(fly(fly32, seed=1))][::order]
    found = describe(made)
    assert found.units == "mm/s" and "left out: fly1" in found.note
    assert found.speed.tolist() == alone.speed.tolist()
    np.testing.assert_array_equal(found.speed_density, alone.speed_density)
    assert np.flatnonzero(found.locomotor).tolist() == [SLOW - 1, FAST - 1]


def test_pixels_are_pooled_with_pixels(fly32):
    pixels = describe([in_pixels(fly(fly32, seed=s)) for s in (0, 1)])
    assert pixels.units == "px/s" and "left out" not in pixels.note
    assert pixels.speed[FAST - 1] == pytest.approx(22 * 40, rel=0.02)


def test_recordings_are_read_one_at_a_time(fly32, stats):
    made = [fly(fly32, seed=0), fly(fly32, seed=1)]
    held = []

    def supply(kind):
        for recording in made:
            copy = replace(recording[kind])
            held.append(weakref.ref(copy))
            own = held[-1]
            yield copy
            del copy
            assert own() is None  # let go before the next one is asked for

    poses, where, gaits = (supply(kind) for kind in range(3))
    found = behavior.region_statistics(flat_map(5), where, poses, gaits, SETTINGS, 2.0, 0.2)
    np.testing.assert_array_equal(found.group_power, stats.group_power)
    np.testing.assert_array_equal(found.speed_density, stats.speed_density)
    assert len(held) == 6
    brief = [fly(fly32, seconds=1.0, rounds=1, seed=seed) for seed in (0, 1)]
    for short in range(3):
        columns = [[row[kind] for row in brief[: 1 if kind == short else 2]] for kind in range(3)]
        with pytest.raises(UserError, match="differ between the poses"):
            behavior.region_statistics(
                flat_map(5), columns[1], columns[0], columns[2], SETTINGS, 2.0, 0.2
            )


def test_median_speeds_are_right_to_a_hundredth(fly32):
    made = [fly(fly32, seed=seed) for seed in (0, 1, 2)]
    found = describe(made)
    region = np.concatenate([where.region for _, where, _ in made])
    speed = np.concatenate([gait.forward_velocity for *_, gait in made])
    for k in range(5):
        mine = speed[region == k + 1]
        assert found.speed[k] == pytest.approx(np.median(mine), abs=0.01)
        width = np.diff(found.speed_edges)
        expected = np.histogram(mine, found.speed_edges)[0] / (len(mine) * width)
        # a few speeds lie within rounding of an edge
        assert np.abs(found.speed_density[k] - expected).sum() * width[0] < 0.01


def test_speeds_far_off_and_below_zero_are_counted(fly32):
    poses, where, gait = fly(fly32)
    speed = gait.forward_velocity.copy()
    speed[where.region == STAND] = -30.0
    speed[where.region == HIND] = 1e6
    found = describe([(poses, where, replace(gait, forward_velocity=speed))])
    assert found.speed[STAND - 1] == pytest.approx(-30.0, abs=0.01)
    assert found.speed[HIND - 1] == pytest.approx(400.0, abs=0.01)  # the last narrow bin
    assert found.speed[FAST - 1] == pytest.approx(22.0, abs=0.1)


def test_poses_in_three_dimensions_count_all_axes(fly32, alone):
    poses, where, gait = fly(fly32)
    deep = np.zeros((*poses.positions.shape[:2], 3))
    deep[..., [0, 2]] = poses.positions
    # y of the flat animal is now its z
    found = describe([(replace(poses, positions=deep), where, gait)])
    assert found.group_power == pytest.approx(alone.group_power, rel=1e-4)
    assert found.power == pytest.approx(alone.power, rel=1e-4)
    assert found.locomotor.tolist() == alone.locomotor.tolist()
    with pytest.raises(UserError, match="axes differ"):
        other = fly(fly32, seed=1)
        describe([(replace(poses, positions=deep), where, gait), other])


@pytest.mark.parametrize("order", [1, -1])
def test_recordings_of_two_frame_rates_share_the_lower_ones_frequencies(fly32, order):
    made = [fly(fly32, seed=0), fly(fly32, seed=1, fps=60.0)][::order]
    found = describe(made)
    assert found.frequencies == spectra.linear_axis(1.0, 50.0, 60.0).tolist()
    assert found.peak_frequency[FAST - 1] == pytest.approx(11.0, rel=0.02)


def test_a_skeleton_without_legs_or_groups_has_no_locomotion(fly32):
    bare = Skeleton(parts=("nose", "earL", "earR", "tail"), swap=(0, 2, 1, 3), center="tail")
    poses, where, _ = fly(bare)
    found = describe([(poses, where, None)], gait=False)
    assert not found.locomotor.any() and np.isnan(found.power).all()
    assert "names no legs" in found.note
    assert found.groups == ["nose", "earL", "earR"]


def test_sides_are_told_apart_only_where_all_parts_have_one(fly32):
    groups = part_groups(fly32, "thorax")
    assert groups["body"] == [fly32.index("abdomen")]
    assert set(groups["midlegs R"]) == {fly32.index(f"midlegR{k}") for k in (1, 2, 3, 4)}
    assert len(groups["head"]) == 4
    mouse = Skeleton(
        parts=("leftear", "rightear", "tail"),
        swap=(1, 0, 2),
        groups={"ears": ("leftear", "rightear")},
    )
    assert part_groups(mouse, "tail") == {"ears L": [0], "ears R": [1]}


def test_what_does_not_belong_together_is_refused(fly32):
    poses, where, gait = fly(fly32)
    with pytest.raises(UserError, match="differ between the poses"):
        describe([(poses, replace(where, recording="other"), gait)])
    with pytest.raises(UserError, match="no recordings"):
        behavior.region_statistics(flat_map(1), [], [], [], SETTINGS, 2.0, 0.2)


# Evidence


def test_the_strongest_facts_name_what_was_made(stats):
    name, hertz, times = region_facts.facts(stats, FRONT - 1)[0]
    assert name == "forelegs L+R" and hertz == pytest.approx(8.6, rel=0.03) and times > 1
    assert region_facts.facts(stats, HIND - 1)[0][0] == "hindlegs L"
    assert region_facts.facts(stats, FAST - 1)[0][0] == "all legs"
    assert region_facts.facts(stats, STAND - 1) == []
    assert region_facts.text(stats, STAND - 1).startswith("little moves")
    assert region_facts.text(stats, FAST - 1).startswith("all legs 11.")
    assert region_facts.text(stats, FAST - 1).endswith("22.0 mm/s")


def test_a_group_without_a_peak_leaves_the_others_their_frequency(stats):
    peaks = stats.group_peak.copy()
    peaks[FAST - 1, stats.groups.index("midlegs L")] = np.nan
    name, hertz, _ = region_facts.facts(replace(stats, group_peak=peaks), FAST - 1)[0]
    assert name == "all legs" and hertz == pytest.approx(11.0, rel=0.03)
    for side in "LR":
        peaks = stats.group_peak.copy()
        peaks[FRONT - 1, stats.groups.index(f"forelegs {side}")] = np.nan
        name, hertz, _ = region_facts.facts(replace(stats, group_peak=peaks), FRONT - 1)[0]
        assert name == "forelegs L+R" and hertz == pytest.approx(8.6, rel=0.03)
    none = replace(stats, group_peak=np.full_like(stats.group_peak, np.nan))
    assert region_facts.text(none, FAST - 1).startswith("all legs (")


def test_the_table_has_one_row_per_region_and_survives_csv(stats, tmp_path):
    table = behavior.region_table(stats)
    table.to_csv(tmp_path / "regions.csv", index=False)
    read = pd.read_csv(tmp_path / "regions.csv")
    assert read["region"].tolist() == [1, 2, 3, 4, 5]
    assert read["locomotor"].tolist() == stats.locomotor.tolist()
    assert read["evidence"].tolist() == [region_facts.text(stats, k) for k in range(5)]
    assert read["gait_tripod"].to_numpy() == pytest.approx(stats.gait[:, 0])
    assert read[["found", "merge_group"]].isna().all(axis=None)  # the map was not made again


def test_the_table_tells_what_came_back(stats, tmp_path):
    joint, refit = np.repeat([1, 2, 3, 4, 5], 20), np.repeat([1, 2, 3, 3, 5], 20)
    two = np.stack([refit, refit * (joint != 5)], axis=1)  # region 5 is nowhere on the second
    found = Refits(
        z=np.zeros((100, 2)),
        source=np.full(100, "a"),
        frame=np.arange(100),
        refitted=two,
        perplexity=[30, 42],
        **verdict(joint, two, stats.occupancy),
    )
    table = behavior.region_table(stats, refits=found)
    table.to_csv(tmp_path / "regions.csv", index=False)
    read = pd.read_csv(tmp_path / "regions.csv")
    assert read["found"].tolist() == [1, 1, 1, 1, 0.5]
    assert read["merge_group"].nunique() == 4 and read["merge_group"][2] == read["merge_group"][3]
    none = replace(
        found, refitted=two[:, :0], perplexity=[], **verdict(joint, two[:, :0], stats.occupancy)
    )
    assert behavior.region_table(stats, refits=none)["found"].isna().all()


def test_no_regions_give_empty_files(fly32, tmp_path):
    poses, where, gait = fly(fly32, rounds=1)
    none = replace(where, region=np.zeros(len(where.region)))
    found = describe([(poses, none, gait)], regions=0)
    found.write(tmp_path / "s.h5")
    assert RegionStats.read(tmp_path / "s.h5").power.shape[0] == 0
    assert len(behavior.region_table(found)) == 0
