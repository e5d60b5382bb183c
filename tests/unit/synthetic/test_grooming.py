"""Grooming strokes at the rates and places of real flies."""

import numpy as np
import pytest
from fixtures.flies import body_frame, bouts_of

from leap_core.synthetic import anatomy, grooming


def _spectrum(values):
    """Frequencies (Hz) and power of a signal at 100 Hz."""
    values = np.asarray(values, float) - np.mean(values)
    return np.fft.rfftfreq(2000, 0.01), np.abs(
        np.fft.rfft(values * np.hanning(len(values)), 2000)
    ) ** 2


def _share(values, low, high):
    """Share of the power between two frequencies."""
    frequency, power = _spectrum(values)
    return power[(frequency >= low) & (frequency <= high)].sum() / power.sum()


def test_front_legs_groom_at_nine_hertz(lives):
    peaks = []
    for truth in lives:
        ego = body_frame(truth)
        for bout in bouts_of(truth, "groom_front", 100):
            inside = slice(bout.start + 40, bout.stop)
            frequency, power = _spectrum(ego[inside, truth.skeleton.index("forelegL4"), 0])
            above = frequency > 3
            peaks.append(frequency[above][np.argmax(power[above])])
            assert not truth.stance[inside, [0, 3]].any()
            assert truth.stance[inside][:, [1, 2, 4, 5]].all()
    assert len(peaks) > 10 and np.median(peaks) == pytest.approx(9.0, abs=0.4)
    assert np.mean((np.array(peaks) > 8) & (np.array(peaks) < 10)) > 0.9
    assert np.std(peaks) > 0.05


def test_hind_legs_groom_the_abdomen_over_a_broad_band(lives):
    shares, centers = [], []
    for truth in lives:
        ego = body_frame(truth)
        for bout in bouts_of(truth, "groom_abdomen", 100):
            inside = slice(bout.start + 35, bout.stop)
            x = ego[inside, truth.skeleton.index("hindlegR4"), 0]
            frequency, power = _spectrum(x)
            shares.append(_share(x, 1.5, 8.5))
            centers.append((frequency * power).sum() / power.sum())
            assert not truth.stance[inside, [2, 5]].any()
            assert truth.stance[inside][:, [0, 1, 3, 4]].all()
            assert np.median(x) < -40
            assert np.abs(ego[inside, truth.skeleton.index("hindlegR4"), 1]).max() < 30
    assert np.median(shares) > 0.7 and 3 < np.median(centers) < 7
    assert np.std(centers) > 0.3


@pytest.mark.parametrize(("name", "leg", "other"), [("left", 2, 5), ("right", 5, 2)])
def test_one_hind_leg_grooms_its_wing(lives, name, leg, other):
    """The leg strokes at 1 to 8 Hz, its wing folds at about 1.5 Hz, the other side is still."""
    strokes, folds = [], []
    side = name[0].upper()
    still = "R" if side == "L" else "L"
    for truth in lives:
        ego = body_frame(truth)
        for bout in bouts_of(truth, f"groom_wing_{name}", 100):
            inside = slice(bout.start + 35, bout.stop)
            assert not truth.stance[inside, leg].any()
            planted = [k for k in range(6) if k != leg]
            assert truth.stance[inside][:, planted].all()
            strokes.append(_share(ego[inside, truth.skeleton.index(f"hindleg{side}4"), 0], 0.5, 9))
            moving = ego[bout, truth.skeleton.index(f"wing{side}"), 1]
            resting = ego[bout, truth.skeleton.index(f"wing{still}"), 1]
            assert np.ptp(moving) > 2 * np.ptp(resting)
            assert 3 < np.degrees(np.ptp(moving) / anatomy.WING_LENGTH) < 20
            folds.append(_share(moving, 0.7, 2.3))
    assert len(strokes) > 5 and np.median(strokes) > 0.8 and np.median(folds) > 0.6


def test_left_and_right_wing_grooming_are_mirror_images():
    """The same draws, once for each side."""
    out = []
    for name in ("groom_wing_left", "groom_wing_right"):
        behavior = np.full(400, anatomy.BEHAVIORS.index(name))
        out.append(grooming.strokes(behavior, np.random.default_rng(5)))
    left, right = out
    np.testing.assert_array_equal(left.tips[:, 2], right.tips[:, 5].conj())
    np.testing.assert_array_equal(left.wings, right.wings[:, ::-1])
    assert right.wings[:, 1].max() > 0.05 and (right.wings[:, 0] == 0).all()
    assert np.isnan(right.tips[:, 2]).all() and np.isnan(left.tips[:, 5]).all()


def test_knees_of_grooming_legs_bend_outward():
    tips = anatomy.HOMES.copy()
    tips[[0, 3]] = [[56, -3], [56, 3]]
    tips[[2, 5]] = [[-50, -4], [-50, 4]]
    joints = anatomy.leg_joints(tips[None])[0]
    for leg in (0, 2, 3, 5):
        side = np.sign(anatomy.HOMES[leg, 1])
        coxa, knee, ankle, tip = joints[leg] * (1, side)
        for k, joint in ((0.34, knee), (0.56, ankle)):
            assert joint[1] > coxa[1] + k * (tip[1] - coxa[1]) + 3
    np.testing.assert_allclose(joints[:3], joints[3:] * (1, -1), atol=1e-9)
