"""Two courting flies: their video, their truth, and both through recipe `mesh`."""

import numpy as np
import pytest
from fixtures import pairs
from fixtures.scenes import degrees

from leap_core import config, containers, skeleton, synthetic, validation
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.preprocess import tracking
from leap_core.synthetic import courtship
from leap_core.timeseries import runs


@pytest.fixture(scope="module")
def filmed(tmp_path_factory, fly32):
    return pairs.film(tmp_path_factory.mktemp("pair"), fly32)


def part(truth, name):
    return truth.positions[:, truth.skeleton.index(name)]


def doing(truth, *names):
    return np.isin(truth.behavior, [truth.behaviors.index(name) for name in names])


def test_video_and_truths_have_the_announced_shape(filmed):
    file, (female, male) = filmed
    info = video.probe(file)
    assert (len(info), info.width, info.height, info.codec) == (700, 640, 640, "h264")
    for truth in (female, male):
        assert truth.positions.shape == (700, 32, 2) and truth.px_per_mm == 30
        assert truth.positions.min() > 0 and truth.positions.max() < 639
        assert truth.behaviors == list(courtship.PAIR_BEHAVIORS)
    long = [np.linalg.norm(part(t, "head") - part(t, "abdomen"), axis=1) for t in (female, male)]
    assert 80 < np.median(long[0]) < 90 and 62 < np.median(long[1]) < 72
    np.testing.assert_array_equal(female.contact, male.contact)
    assert not doing(female, *courtship.COURTSHIP).any()
    assert doing(male, "chase").any() and doing(male, "mount").any()


def test_equal_seeds_give_equal_bytes_and_others_another_pair(tmp_path, fly32):
    settings = config.Synthetic(animal="pair", frames=10, size=640)
    made = {}
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        (tmp_path / name).mkdir()
        pairs.film(tmp_path / name, fly32, settings, seed)
        made[name] = {f.name: f.read_bytes() for f in (tmp_path / name).iterdir()}
    assert len(made["a"]) == 3 and made["a"] == made["b"]
    assert all(made["a"][name] != made["c"][name] for name in made["a"])


def test_picture_shows_both(filmed):
    """Heads are brighter than abdomens, and those than the floor between the flies."""
    file, truths = filmed
    apart = ~np.asarray(truths[0].contact)
    seen = 0
    for k, image in video.read_frames(file):
        if k % 25 or not apart[k]:
            continue
        seen += 1
        for truth in truths:
            x, y = truth.positions[k].T.round().astype(int)
            level = {name: image[y[j], x[j]] for j, name in enumerate(truth.skeleton.parts)}
            assert level["thorax"] > 120 and level["neck"] > 120
            behind = (0.75 * part(truth, "abdomen") + 0.25 * part(truth, "thorax"))[k]
            x, y = behind.round().astype(int)
            assert 60 < image[y, x] < 170
        assert np.median(image) < 20
    assert seen > 10


def test_contact_is_where_trunks_meet(filmed):
    _, (female, male) = filmed
    contact = np.asarray(female.contact)
    names = ("head", "neck", "thorax", "abdomen")
    lines = [
        np.concatenate([
            part(t, a)[None] + (part(t, b) - part(t, a)) * np.linspace(0, 1, 15)[:, None, None]
            for a, b in zip(names, names[1:], strict=False)
        ])
        for t in (female, male)
    ]  # fmt: skip
    gap = np.linalg.norm(lines[0][:, None] - lines[1][None], axis=-1).min((0, 1))
    # trunks are 8 to 31 px wide
    assert gap[contact].max() < 28 and gap[~contact].min() > 6
    assert 1 <= len(runs(contact)) and 0.05 < contact.mean() < 0.6
    for start, stop in runs(doing(male, "mount")):
        assert contact[start + 60 : stop].all()
        turn = degrees(male.heading - female.heading)[start + 80 : stop]
        assert not len(turn) or np.median(turn) < 30


def test_he_sings_with_one_wing(filmed):
    _, (female, male) = filmed
    heading = np.stack([np.cos(male.heading), np.sin(male.heading)], -1)
    opening = {}
    for side in "LR":
        wing = part(male, f"wing{side}") - part(male, "thorax")
        along = -(wing * heading).sum(1)
        across = wing[:, 1] * heading[:, 0] - wing[:, 0] * heading[:, 1]
        opening[side] = np.degrees(np.arctan2(across * (1 if side == "R" else -1), along))
    shown = 0
    for side, other, name in (("L", "R", "sing_left"), ("R", "L", "sing_right")):
        for start, stop in runs(doing(male, name)):
            song = slice(start + 25, stop)
            assert 0.5 <= (stop - start) / 100 <= 1.9 or stop == len(male.heading)
            assert (opening[side][song] > 40).all() and (opening[other][song] < 20).all()
            shown += 1
    assert shown


def test_standing_feet_keep_their_place(filmed):
    for truth in filmed[1]:
        tips = [truth.skeleton.leg_tips[leg] for leg in truth.legs]
        moved = np.linalg.norm(np.diff(truth.positions[:, tips], axis=0), axis=-1)
        planted = truth.stance[1:] & truth.stance[:-1]
        # his hind feet reach no farther than a leg is long while he is carried
        assert np.quantile(moved[planted], 0.99) < 0.05


def test_the_recipe_tells_them_apart(filmed):
    file, truths = filmed
    track = tracking.track(file, config.Track(recipe="mesh"), 2)
    names = validation.names_of(track, truths)
    assert (names.apart, names.contact) == (0, 0) and names.minutes > 0.005
    errors = [
        degrees(track.heading[k] - truths[of].heading)[track.valid[k]]
        for k, of in enumerate(names.order)
    ]
    assert np.median(np.concatenate(errors)) < 3


def test_the_animal_in_the_middle_is_labeled(filmed, fly32):
    """Crops of a track that has exchanged the names."""
    _, truths = filmed
    crops = containers.Crops(
        images=np.zeros((700, 64, 64, 1)),
        frame=np.arange(700),
        valid=np.ones(700),
        center=truths[1].centroid,
        heading=truths[1].heading,
    )
    sample = containers.Sample(
        images=np.zeros((1, 64, 64, 1)),
        source=np.array(["pair_animal0"]),
        frame=np.array([50]),
        cluster=np.zeros(1),
        mean=np.zeros((64, 64)),
        components=np.zeros((1, 64, 64)),
        explained=np.zeros(1),
        centroids=np.zeros((1, 1)),
        sizes=np.zeros(1),
    )
    known = {"pair_animal0": truths}
    labels = synthetic.label(sample, known, {"pair_animal0": crops}, 1, fly32)
    np.testing.assert_allclose(labels.positions[0, fly32.index("thorax")], 31.5, atol=1e-3)


def test_errors_name_part_and_size(tmp_path, fly32):
    whale = skeleton.from_dict({"parts": ["head", "fin"]})
    with pytest.raises(UserError, match="'fin'"):
        pairs.film(tmp_path, whale)
    with pytest.raises(UserError, match="use 640 to 2000 for a pair"):
        pairs.film(tmp_path, fly32, config.Synthetic(animal="pair", frames=10, size=600))
    assert not list(tmp_path.iterdir())
