"""Who is who: names that were exchanged at known frames."""

from dataclasses import replace

import numpy as np
import pytest

from leap_core import validation
from leap_core.containers import Track, Truth
from leap_core.errors import UserError

FRAMES = 600
CONTACT = slice(200, 260)


@pytest.fixture
def truths(fly32):
    """Two animals that walk beside one another and meet once."""
    x = np.arange(FRAMES) / 2.0
    gap = np.full(FRAMES, 120.0)
    gap[CONTACT] = 10.0
    contact = gap < 20
    shared = {
        "heading": np.zeros(FRAMES),
        "forward_velocity": np.zeros(FRAMES),
        "stance": np.ones((FRAMES, 6)),
        "gait": np.full(FRAMES, -1),
        "behavior": np.zeros(FRAMES),
        "contact": contact,
        "behaviors": ["stand"],
        "legs": list(fly32.legs),
        "skeleton": fly32,
        "fps": 100.0,
        "px_per_mm": 30.0,
    }
    places = [np.stack([x, np.full(FRAMES, 50.0)], -1), np.stack([x, 50.0 + gap], -1)]
    return [
        Truth(positions=np.repeat(place[:, None], 32, axis=1), centroid=place, **shared)
        for place in places
    ]


def track_of(truths, *exchanged):
    """The truth as a track, the names exchanged from each of these frames on."""
    centroid = np.stack([truth.centroid for truth in truths])
    for frame in exchanged:
        centroid[:, frame:] = centroid[::-1, frame:].copy()
    shape = centroid.shape[:2]
    return Track(
        centroid=centroid,
        heading=np.zeros(shape),
        valid=np.ones(shape, bool),
        area=np.ones(shape),
        quality=np.ones(shape),
        fps=100.0,
    )


@pytest.mark.parametrize(
    ("exchanged", "order", "apart", "contact"),
    [
        ((), (0, 1), 0, 0),
        ((0,), (1, 0), 0, 0),
        ((230,), (1, 0), 0, 1),
        ((400,), (0, 1), 1, 0),
        ((230, 400), (0, 1), 1, 1),
        ((100, 110, 230), (1, 0), 2, 1),
        # what happens within a contact and is over with it is no matter
        ((210, 240), (0, 1), 0, 0),
    ],
)
def test_exchanges_are_counted_where_they_happen(truths, exchanged, order, apart, contact):
    found = validation.names_of(track_of(truths, *exchanged), truths)
    assert (found.order, found.apart, found.contact) == (order, apart, contact)
    assert found.minutes == pytest.approx(60 / 100 / 60)


def test_an_exchange_while_one_is_not_seen_counts_where_they_were(truths):
    track = track_of(truths, 420)
    track.centroid[0, 410:430] = np.nan
    assert validation.names_of(track, truths).apart == 1
    track = track_of(truths, 270)
    track.centroid[0, 190:280] = np.nan
    assert validation.names_of(track, truths).contact == 1


def test_nothing_to_tell_names_by(truths):
    track = track_of(truths)
    track.centroid[1] = np.nan
    found = validation.names_of(track, truths)
    assert (found.order, found.apart, found.contact) == ((0, 1), 0, 0)


def test_truths_of_another_video_are_refused(truths):
    track = track_of(truths)
    with pytest.raises(UserError, match="the track has 2 animals in 600 frames, the truth 1"):
        validation.names_of(track, truths[:1])
    with pytest.raises(UserError, match="no contact"):
        validation.names_of(track, [replace(truth, contact=None) for truth in truths])


def test_targets_of_several_animals():
    one, several = ({key.name: key for key in validation.of_animals(k)} for k in (False, True))
    assert list(one) == list(several)
    assert (one["heading_median_deg"].target, several["heading_median_deg"].target) == (2.0, 3.0)
    assert several["behavior_nmi"].target is None and one["behavior_nmi"].target == 0.85
    assert several["swaps_apart"].verdict(0.0) and not several["swaps_apart"].verdict(1.0)
