"""One who knows the truth labels by clicks and keys: the journal tells how much work it was."""

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from fixtures import browser, labeling, pages, scripted_person
from fixtures.scripted_person import Person

from leap_core.labels import effort
from leap_core.web.label import estimates

BY_HAND, CORRECTED = 1, 2  # frames
FAR = ("hindlegL4", "wingR", "eyeL")  # of which the estimates are far off


@pytest.fixture
def truth(own_server):
    """Of every frame that is there to be labeled."""
    frames = [(video, frame) for video in labeling.FLIES for frame in range(labeling.FRAMES)]
    return scripted_person.truth_of(own_server.folder, labeling.NAME, frames)


def propose(server, truth):
    """Estimates of all frames: a px off, and some parts far off."""
    items = {}
    for key, real in truth.items():
        at = [np.add(xy, (6, 8) if part in FAR else (0.8, -0.6)) for part, xy in real.parts.items()]
        there = real.place.to_video(np.clip(at, 0, real.place.size - 1))
        items[key] = {p: [*map(float, xy), 0.9] for p, xy in zip(real.parts, there, strict=True)}
    facts = {"model": "fast-1", "frames": BY_HAND}
    estimates.write(server.labels, {"format": estimates.FORMAT, "items": items} | facts)
    browser.append(server.labels, {"op": "model"} | facts)


def test_a_person_places_all_parts_and_then_corrects_the_estimates(own_server, context, truth):
    server = own_server
    page = pages.opened(server, context)
    person = Person(page, truth)
    by_hand = [person.label() for _ in range(BY_HAND)]
    person.saved()
    page.close()
    server.stop()
    propose(server, truth)
    server.start()
    person = Person(pages.opened(server, context), truth)
    person.next_open()
    corrected = [person.label() for _ in range(CORRECTED)]
    person.saved()

    work = effort.read(server.labels)
    assert [w.key for w in work] == by_hand + corrected
    assert {w.person for w in work} == {scripted_person.NAME}
    assert all(w.seconds > 0 for w in work)
    for w in work[:BY_HAND]:
        assert (w.placed, w.moved, w.accepted, w.learned_from) == (len(truth[w.key].parts), 0, 0, 0)
    for w in work[BY_HAND:]:
        far = sum(part in truth[w.key].parts for part in FAR)
        near = len(truth[w.key].parts) - far
        assert (w.placed, w.moved, w.accepted, w.learned_from) == (0, far, near, BY_HAND)
    for key in by_hand + corrected:
        for part, point in server.kept().items[key].points.items():
            at = truth[key].place.to_crop([[point.x, point.y]])[0]
            off = np.hypot(*(at - truth[key].parts[part]))
            assert off == pytest.approx(1 if point.how == "accepted" else 0, abs=0.1), (key, part)
