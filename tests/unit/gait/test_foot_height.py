"""Poses in three dimensions: the same steps whichever way z points, or a word."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.walkers import FPS, SETTINGS, TETRAPOD, walker

from leap_core import gait


def standing_up(fly32, z=1.0, frames=400, rise=20.0, above=30.0):
    """A walker whose feet rise in swings as a parabola, under leg bases; z = 1 up, -1 down."""
    poses, stance = walker(fly32, TETRAPOD, frames=frames, stride=24)
    height = np.full((frames, len(fly32)), above)
    for i, (leg, tip) in enumerate(fly32.leg_tips.items()):
        phase, duty = TETRAPOD[leg]
        share = np.clip(((np.arange(frames) / 24 + phase) % 1 - duty) / (1 - duty), 0, 1)
        height[:, tip] = rise * 4 * share * (1 - share)
        assert (height[~stance[:, i], tip] >= 0).all()
    positions = np.concatenate([poses.positions, 500 + z * height[..., None]], axis=2)
    return replace(poses, positions=positions), stance


def analysed(poses, **changes):
    settings = replace(SETTINGS, **changes)
    model = gait.fit_model([poses], settings, 0.2, 0)
    return gait.analyse(poses, model, settings, 0.2)


@pytest.mark.parametrize("bare", [False, True])
def test_stance_is_the_same_whichever_way_z_points(fly32, bare):
    """Told by the bases of the legs, or where only tips are named by the center part above."""
    legs = {leg: parts[-1:] if bare else parts for leg, parts in fly32.legs.items()}
    found = {}
    for z in (1.0, -1.0):
        poses, truth = standing_up(replace(fly32, legs=legs), z)
        result, tables = analysed(poses)
        found[z] = result
        assert (~result.swing == truth).mean() > 0.95
        said = gait.summarize(result, tables)
        way = "up" if z > 0 else "down"
        by = "center" if bare else "leg bases"
        assert f"height: z points {way}, by {by} and swings" in said
        assert ("z points down" in result.note) == (z < 0)
    assert np.array_equal(found[1.0].swing, found[-1.0].swing)


def test_real_contact_is_met_whichever_way_z_points(data, caplog):
    """Of a tethered fly that walks: claws alone, so feet that rise in swings tell."""
    fly = np.load(data / "gait" / "nely_fly1_pose_contact_frames000-449.npz")
    tips, contact = fly["xyz_mm"][200:, :, 4].astype(float), fly["contact"][200:].astype(bool)
    up = gait.detect_stance(tips, FPS)
    assert (up == contact).mean() > 0.93 and not caplog.records
    down = gait.detect_stance(tips * (1, 1, -1), FPS)
    assert np.array_equal(up, down)
    assert "z points down, by swings; heights are turned over" in caplog.text
    bases = fly["xyz_mm"][200:, :, 0].astype(float)
    assert np.array_equal(gait.detect_stance(tips, FPS, bases=bases), up)


def test_what_contradicts_itself_is_not_used_and_asked_for(fly32):
    """Feet over their bases that rise in swings, as of an animal that hangs from a ceiling."""
    poses, _ = standing_up(fly32, above=-30.0)
    flat, _ = analysed(replace(poses, positions=poses.positions[..., :2]))
    result, tables = analysed(poses)
    assert np.array_equal(result.swing, flat.swing)
    words = "height: not used: z points down by leg bases, up by swings; set gait.z_axis"
    assert words in result.note and words in gait.summarize(result, tables)
    told, _ = analysed(poses, z_axis="up")
    assert told.height == "z points up, as gait.z_axis says, against leg bases"
    assert not np.array_equal(told.swing, flat.swing)
    right, _ = analysed(standing_up(fly32)[0])
    assert np.array_equal(told.swing, right.swing)


def test_a_height_that_tells_nothing_is_said(caplog):
    """Feet of which some rise and others sink in swings, and no bases to compare with."""
    rng = np.random.default_rng(0)
    time = np.arange(300)
    tips = np.zeros((300, 6, 3))
    tips[..., :2] = np.array([[57, -21], [-2, -58], [-57, -38], [57, 21], [-2, 58], [-57, 38]])
    for leg in range(6):
        cycle = (time / 20 + leg % 2 / 2) % 1
        swing = np.clip((cycle - 0.5) / 0.5, 0, 1)
        tips[:, leg, 0] += 40 * np.where(cycle < 0.5, 1 - 2 * cycle, swing)
        tips[:, leg, 2] = (-1) ** (leg // 3) * 20 * 4 * swing * (1 - swing)
    tips += rng.normal(0, 0.2, tips.shape)
    found = gait.detect_stance(tips, FPS)
    assert "neither leg bases nor swings tell which way z points; set gait.z_axis" in caplog.text
    assert np.array_equal(found, gait.detect_stance(tips[..., :2], FPS))


def test_an_animal_that_stands_needs_no_height(fly32):
    poses, _ = standing_up(fly32)
    still = replace(poses, positions=np.repeat(poses.positions[:1], 400, axis=0))
    result, _ = analysed(still)
    assert not result.swing.any() and result.height == "z points up, by leg bases"
