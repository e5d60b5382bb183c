"""Crops and tracks that change while a page is open: nothing lands on another place or animal."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fixtures import labeling
from fixtures.label_server import at

from leap_core import config, containers
from leap_core.labels import edits


def key_of(client, video="fly1", number=0):
    keys = [item["key"] for item in client.get("/api/state")["items"]]
    return [key for key in keys if key.startswith(video)][number]


def track_of(server, video="fly1"):
    return containers.Track.read(server.folder / f"results/lab/tracks/{video}.h5")


def turn_about(server, video="fly1"):
    """The workflow cuts the crops of a video again, the head to the other side."""
    track = track_of(server, video)
    track = replace(track, heading=track.heading + np.float32(np.pi))
    labeling.recut(server.folder, video, track, config.Crop())


def where(server, key, part):
    point = edits.read(server.labels).items[key].points[part]
    return np.array([point.x, point.y])


def picture(client, key, crop):
    address = ",".join(json.dumps(value) for value in crop)
    return client.raw("GET", f"/api/items/{key}/image.png?v={address}")


def test_crops_cut_again_under_an_open_page(server):
    client = server.client()
    key = key_of(client)
    before = client.get(f"/api/items/{key}")
    assert client.edit(key, 0, {"head": at(150, 90)}, crop=before["crop"])[0] == 200
    old = picture(client, key, before["crop"])
    assert old[0] == 200
    turn_about(server)
    # the picture that the page has is not that of the file any more
    assert picture(client, key, before["crop"])[0] == 409
    # what was done on it stays at its place in the video
    assert client.edit(key, 1, {"neck": at(150, 90)}, crop=before["crop"])[0] == 200
    assert np.abs(where(server, key, "head") - where(server, key, "neck")).max() < 0.01
    after = client.get(f"/api/items/{key}")
    assert picture(client, key, after["crop"])[2] != old[2]
    for part in ("head", "neck"):
        point = after["points"][part]
        assert np.abs([point["x"] - 41, point["y"] - 101]).max() < 0.01


def test_an_edit_of_a_frame_that_has_lost_its_crop_is_kept(server):
    client = server.client()
    key = key_of(client)
    crop = client.get(f"/api/items/{key}")["crop"]
    (server.folder / "results/lab/crops/fly1.h5").unlink()
    status, answer = client.edit(key, 0, {"head": at(10, 20)}, crop=crop)
    assert status == 200 and answer["item"] is None
    assert not answer["summary"]["here"] and "make it again" in answer["summary"]["why"]
    assert set(edits.read(server.labels).items[key].points) == {"head"}
    assert client.raw("GET", f"/api/items/{key}")[0] == 404
    assert client.send("/api/undo")[0] == 200  # also without a crop
    assert not edits.read(server.labels).items[key].points


def test_a_frame_that_is_no_longer_sampled_takes_what_was_waiting(server):
    client = server.client()
    key = key_of(client)
    crop = client.get(f"/api/items/{key}")["crop"]
    server.stop()
    path = server.folder / "results/lab/sampling/frames.h5"
    sample = containers.Sample.read(path)
    keep = np.array([f"{s}.{f}.0" != key for s, f in zip(sample.source, sample.frame, strict=True)])
    assert keep.sum() == len(keep) - 1
    columns = {k: getattr(sample, k)[keep] for k in ("images", "source", "frame", "cluster")}
    replace(sample, **columns).write(path)
    server.start()
    status, answer = client.edit(key, 0, {"head": at(10, 20)}, crop=crop)
    assert status == 200 and answer["item"]["points"]["head"]["x"] == 10
    assert client.edit("fly9.1.0", 0, {"head": at(1, 2)}, crop=crop)[0] == 404


def test_labels_of_an_animal_that_is_gone_do_not_mix_with_those_of_another(server):
    client = server.client()
    key = key_of(client)
    frame = int(key.split(".")[1])
    crop = client.get(f"/api/items/{key}")["crop"]
    assert client.edit(key, 0, {"head": at(10, 20), "neck": at(30, 40)}, crop=crop)[0] == 200
    there = where(server, key, "head")
    server.stop()
    track = track_of(server)
    centroid = track.centroid.copy()
    centroid[0, frame] = 270 - centroid[0, frame] + [0, 200]
    labeling.recut(server.folder, "fly1", replace(track, centroid=centroid), config.Crop())
    server.start()
    state = {item["key"]: item for item in client.get("/api/state")["items"]}
    assert not state[key]["here"] and "no animal is tracked near it" in state[key]["why"]
    status, answer = client.send("/api/items", recording="fly1", frame=frame)
    other = answer["key"]
    assert status == 200 and other != key and answer["item"]["points"] == {}
    crop = answer["item"]["crop"]
    assert client.edit(other, 0, {"head": at(50, 60)}, crop=crop)[0] == 200
    items = edits.read(server.labels).items
    assert set(items[key].points) == {"head", "neck"} and set(items[other].points) == {"head"}
    assert np.array_equal(where(server, key, "head"), there)
    server.stop()
    server.start()  # both are there again, each for itself
    state = {item["key"]: item["placed"] for item in client.get("/api/state")["items"]}
    assert (state[key], state[other]) == (2, 1)


@pytest.fixture
def proposing(server):
    """A server whose estimates are of the crop's middle, the head outside of the crop."""
    client = server.client()
    key = key_of(client)
    x, y, *_ = client.get(f"/api/items/{key}")["crop"]
    items = {key: {"neck": [x, y, 0.5], "head": [x + 300, y, 0.5]}}
    centers = {key: [x, y]}

    def propose(model, **more):
        server.stop()
        text = {"format": "leap-estimates/1", "model": model, "frames": 1, "items": items}
        text |= {"centers": centers} | more
        (server.labels / edits.ESTIMATES).write_text(json.dumps(text))
        server.start()

    propose("fast-1")
    return client, key, propose


def test_estimates_outside_of_the_crop_are_neither_shown_nor_accepted(proposing):
    client, key, _ = proposing
    item = client.get(f"/api/items/{key}")
    assert set(item["estimates"]) == {"neck"}
    status, answer = client.edit(key, 0, accept=True, crop=item["crop"], model=item["model"])
    assert status == 200 and set(answer["item"]["points"]) == {"neck"}


def test_estimates_of_another_crop_are_not_shown(proposing):
    client, key, propose = proposing
    x, y, *_ = client.get(f"/api/items/{key}")["crop"]
    propose("fast-1", centers={key: [x + 40, y]})
    assert client.get(f"/api/items/{key}")["estimates"] == {}


def test_estimates_that_nobody_has_seen_are_not_accepted(proposing):
    client, key, propose = proposing
    item = client.get(f"/api/items/{key}")
    propose("fast-2")
    status, answer = client.edit(key, 0, accept=True, crop=item["crop"], model=item["model"])
    assert status == 409 and "another network" in answer["error"] and "conflict" not in answer
    assert client.get(f"/api/items/{key}")["points"] == {}


def test_a_network_that_was_not_told_is_told_at_the_next_start(server, proposing):
    _, _, propose = proposing
    propose("fast-7", network={"model": "fast-7", "regime": "fast", "frames": 9})
    lines = [json.loads(t) for t in (server.labels / edits.JOURNAL).read_text().splitlines()]
    assert [line["model"] for line in lines if line["op"] == "model"] == ["fast-7"]
    server.stop()
    server.start()
    assert (server.labels / edits.JOURNAL).read_text().count('"op":"model"') == 1
