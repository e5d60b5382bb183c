"""The simulated mouse from below: how it moves, what the video shows, what the truth says."""

import numpy as np
import pytest
from fixtures import mice
from fixtures.mice import doing, places

from leap_core import config, skeleton
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.synthetic.mouse import movie
from leap_core.timeseries import runs

PAWS = {"LF": "forelegL3", "LH": "hindlegL3", "RF": "forelegR3", "RH": "hindlegR3"}


@pytest.fixture(scope="module")
def mouse16(root):
    return skeleton.read(root / "config" / "skeletons" / "mouse16.yaml")


@pytest.fixture(scope="module")
def lives(mouse16):
    """Truths of several mice, two minutes each."""
    return [mice.live(seed, mouse16) for seed in (1, 2)]


@pytest.fixture(scope="module")
def filmed(mouse16, tmp_path_factory):
    return mice.film(tmp_path_factory.mktemp("mouse"), 5, mouse16, 250)


def test_video_and_truth_have_the_announced_shape(filmed, mouse16):
    file, truth = filmed
    info = video.probe(file)
    assert (len(info), info.width, info.height, info.codec) == (250, 520, 520, "h264")
    assert info.fps == pytest.approx(50) and truth.fps == 50
    assert truth.px_per_mm == pytest.approx(1.25)
    assert truth.positions.shape == (250, 16, 2) and np.isfinite(truth.positions).all()
    assert truth.skeleton.parts == mouse16.parts and truth.legs == ["LF", "LH", "RF", "RH"]
    assert (truth.gait == -1).all() and truth.gaits == []


def test_equal_seeds_give_equal_bytes_and_others_another_mouse(tmp_path, mouse16):
    settings = config.Synthetic(animal="mouse", frames=10, size=400)
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        movie.render(tmp_path / f"{name}.mp4", tmp_path / f"{name}.h5", seed, settings, mouse16)
    for suffix in ("mp4", "h5"):
        a, b, c = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in "abc")
        assert a == b and a != c


def test_it_does_everything_and_rears_ten_times_in_two_minutes(lives):
    for truth in lives:
        share = np.bincount(truth.behavior, minlength=len(truth.behaviors)) / 6000
        assert share.min() > 0.03 and share.max() < 0.35
        assert len(runs(doing(truth, "rear"))) >= 10


def test_it_stays_inside_of_the_rim_and_goes_about(lives):
    for truth in lives:
        away = [np.linalg.norm(places(truth, part), axis=1) for part in truth.skeleton.parts]
        assert np.max(away) < 201
        assert np.ptp(places(truth, "neck"), axis=0).min() > 200
        # along walls, as mice do
        assert np.median(np.linalg.norm(places(truth, "neck"), axis=1)) > 100
        speed = truth.forward_velocity
        slow, fast = (np.median(speed[doing(truth, kind)]) for kind in ("walk_slow", "walk_fast"))
        assert 40 < slow < 90 < fast < 200
        assert np.median(np.abs(speed[doing(truth, "stand", "groom_face")])) < 5


def test_heading_and_centre_are_those_of_tail_base_and_snout(lives):
    for truth in lives:
        base, snout = places(truth, "tailbase"), places(truth, "snout")
        along = snout - base
        turn = truth.heading - np.arctan2(along[:, 1], along[:, 0])
        assert np.abs(np.angle(np.exp(1j * turn))).max() < 1e-4
        middle = (truth.centroid - 259.5) / 1.25
        np.testing.assert_allclose(middle, (base + snout) / 2, atol=1e-3)
        # left is the animal's own: from below, to the right of who looks along it
        left = places(truth, "hindlegL3") - places(truth, "hindlegR3")
        assert np.median(along[:, 0] * left[:, 1] - along[:, 1] * left[:, 0]) > 0


def test_paws_keep_their_place_in_stance_and_swing_between(lives):
    for truth in lives:
        walks = doing(truth, "walk_slow", "walk_fast")
        for leg, part in PAWS.items():
            down = truth.stance[:, truth.legs.index(leg)]
            moved = np.linalg.norm(np.diff(places(truth, part), axis=0), axis=1)
            assert moved[down[1:] & down[:-1]].max() < 1e-3
            assert moved[~down[1:] & walks[1:]].mean() > 2
            assert 0.3 < down[walks].mean() < 0.85
        assert (truth.stance[walks].sum(1) >= 2).mean() > 0.85


def test_it_steps_hind_paw_first_then_the_forepaw_of_the_same_side(lives):
    """A lateral sequence: of the forepaws, the next to lift after a hind paw is its neighbour."""
    same, other = 0, 0
    for truth in lives:
        lifts = ~truth.stance[1:] & truth.stance[:-1]
        for start, stop in runs(doing(truth, "walk_slow")):
            at = {leg: np.flatnonzero(lifts[start:stop, truth.legs.index(leg)]) for leg in PAWS}
            for hind, near, far in (("LH", "LF", "RF"), ("RH", "RF", "LF")):
                for k in at[hind]:
                    gap = [
                        min((x - k for x in at[leg] if x > k), default=99) for leg in (near, far)
                    ]
                    same, other = same + (gap[0] < gap[1]), other + (gap[1] < gap[0])
    assert same > 3 * other > 0 or (same > 50 and other == 0)


def test_it_is_short_and_off_its_forepaws_while_it_rears(lives):
    for truth in lives:
        length = np.linalg.norm(places(truth, "snout") - places(truth, "tailbase"), axis=1)
        upright = np.zeros(6000, bool)
        for start, stop in runs(doing(truth, "rear")):
            upright[start + 25 : stop] = True
        assert np.median(length[upright]) < 0.75 * np.median(length[doing(truth, "walk_slow")])
        fore = [truth.legs.index(leg) for leg in ("LF", "RF")]
        hind = [truth.legs.index(leg) for leg in ("LH", "RH")]
        assert not truth.stance[upright][:, fore].any()
        assert truth.stance[upright][:, hind].mean() > 0.95


def test_the_tail_hangs_together_and_follows(lives):
    for truth in lives:
        reach = np.linalg.norm(places(truth, "tailtip") - places(truth, "tailbase"), axis=1)
        assert 60 < reach.max() < 81 and np.percentile(reach, 5) > 25
        along = places(truth, "snout") - places(truth, "tailbase")
        tail = places(truth, "tailtip") - places(truth, "tailbase")
        walks = doing(truth, "walk_fast")
        assert ((along * tail).sum(1)[walks] < 0).mean() > 0.85


def test_the_picture_shows_the_truth(filmed):
    """Paws on the glass, nose and tail are bright, the belly is dim, the floor dimmer."""
    file, truth = filmed
    middle = (truth.skeleton.index("neck"), truth.skeleton.index("tailbase"))
    seen = {"paw": [], "belly": [], "floor": [], "tail": []}
    for k, image in video.read_frames(file):
        if k % 10:
            continue

        def at(place, image=image, reach=2):
            x, y = np.rint(place).astype(int)
            return image[y - reach : y + reach + 1, x - reach : x + reach + 1]

        for leg, part in PAWS.items():
            if truth.stance[k, truth.legs.index(leg)]:
                seen["paw"].append(at(truth.positions[k, truth.skeleton.index(part)]).max())
        spine = truth.positions[k, list(middle)]
        seen["belly"].append(np.median(at(0.35 * spine[0] + 0.65 * spine[1])))
        aside = spine[0] - spine[1]
        aside = np.array([-aside[1], aside[0]]) / np.linalg.norm(aside)
        seen["floor"].append(np.median(at(spine.mean(0) + 45 * aside)))
        seen["tail"].append(at(truth.positions[k, truth.skeleton.index("tailtip")]).max())
    levels = {name: np.median(values) for name, values in seen.items()}
    assert levels["paw"] > 80 and 2 < levels["belly"] - levels["floor"] < 30
    assert levels["tail"] > 25 and levels["floor"] < 15


@pytest.mark.parametrize(
    ("parts", "legs", "said"),
    [
        ("[snout, tailbase, wingL]", "{}", "no part 'wingL'; use config/skeletons/mouse16.yaml"),
        ("[snout, tailbase, a, b]", "{MID: [a, b]}", "no part 'a'"),
    ],
)
def test_a_skeleton_that_it_has_not_is_named(parts, legs, said, tmp_path):
    (tmp_path / "s.yaml").write_text(
        f"name: s\nparts: {parts}\nedges: []\nroles: {{legs: {legs}}}\n"
    )
    settings = config.Synthetic(animal="mouse", frames=10, size=400)
    with pytest.raises(UserError, match=said):
        movie.render(
            tmp_path / "v.mp4", tmp_path / "t.h5", 0, settings, skeleton.read(tmp_path / "s.yaml")
        )
    assert not (tmp_path / "v.mp4").exists()


def test_its_camera_stands_still(tmp_path, mouse16):
    settings = config.Synthetic(animal="mouse", frames=10, size=400)
    with pytest.raises(UserError, match="its camera stands still"):
        movie.render(tmp_path / "v", tmp_path / "t", 0, settings, mouse16, None, tmp_path / "c.csv")
