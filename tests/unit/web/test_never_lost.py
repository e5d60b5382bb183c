"""What the server has acknowledged is there, whatever happens; what it has not is not half there.

LEAP_KILLS says how many times the server is killed (default 3).
"""

import http.client
import json
import os
import resource
import subprocess
import sys
import threading
import uuid
from dataclasses import replace

import numpy as np
from fixtures import disks, labeling
from fixtures.label_server import Server, at

from leap_core import config, containers
from leap_core.labels import edits
from leap_core.web.label.session import SNAPSHOT_LINES

KILLS = int(os.environ.get("LEAP_KILLS", "3"))


def keys_of(client):
    return [item["key"] for item in client.get("/api/state")["items"]]


def work(client, keys, parts, rng, said):
    """A person who labels as fast as possible, until the server is gone.

    ``said`` gets every edit before it is sent, and whether it was acknowledged.
    """
    revisions = {key: client.get(f"/api/items/{key}")["revision"] for key in keys}
    while True:
        key = keys[rng.integers(len(keys))]
        chosen = rng.choice(parts, 4, replace=False)
        points = {part: at(*rng.integers(0, 191, 2).tolist()) for part in chosen}
        body = {"id": uuid.uuid4().hex, "revision": revisions[key], "points": points}
        said.append([key, body, False])
        try:
            status, answer = client.edit(key, **body)
        except (OSError, http.client.HTTPException):
            return
        assert status == 200, answer
        revisions[key] = answer["item"]["revision"]
        said[-1][2] = True


def check(client, said):
    """Every acknowledged edit is there, and of the last one all or nothing."""
    expected = {}
    for key, body, sure in said:
        if sure:
            expected.setdefault(key, {}).update(body["points"])
    key, body, sure = said[-1]
    if not sure:
        there = client.get(f"/api/items/{key}")["points"]
        found = [
            {k: there.get(part, {}).get(k) for k in ("x", "y", "state")} == point
            for part, point in body["points"].items()
        ]
        before = expected.get(key, {})
        same = [before.get(part) == point for part, point in body["points"].items()]
        whole = all(found)
        assert whole or all(f == s for f, s in zip(found, same, strict=True)), "half an edit"
        if whole:
            expected.setdefault(key, {}).update(body["points"])
    for key, points in expected.items():
        there = client.get(f"/api/items/{key}")["points"]
        kept = {part: {k: there[part][k] for k in ("x", "y", "state")} for part in there}
        assert kept == points, key


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(server):
    rng = np.random.default_rng(7)
    client = server.client()
    parts = client.get("/api/state")["skeleton"]["parts"]
    keys, said = keys_of(client)[:5], []
    for kill in range(KILLS):
        worker = threading.Thread(target=work, args=(client, keys, parts, rng, said))
        worker.start()
        worker.join(rng.uniform(0.02, 1.2))
        assert worker.is_alive()
        server.kill()
        worker.join(30)
        server.start()
        check(client, said)
        # the page sends again what was not acknowledged: it counts once
        key, body, _ = said[-1]
        before = client.get(f"/api/items/{key}")["revision"]
        status, answer = client.edit(key, **body)
        assert status == 200 and answer["item"]["revision"] == body["revision"] + 1
        assert before in (body["revision"], body["revision"] + 1)
        said[-1][2] = True
        check(client, said)
        assert sum(sure for *_, sure in said) > kill, "the worker worked"
    assert server.stop() == 0
    labels = edits.read(server.labels)
    (server.labels / edits.SNAPSHOT).unlink()  # the journal alone tells the same
    assert edits.read(server.labels).items == labels.items


def test_full_disk_keeps_nothing_of_an_edit_and_goes_on_when_there_is_room(server):
    client = server.client()
    key = keys_of(client)[0]
    assert client.edit(key, 0, {"head": at(1, 2)})[0] == 200
    journal = server.labels / edits.JOURNAL
    before = journal.read_bytes()
    limits = (resource.RLIMIT_FSIZE, (len(before) + 100, resource.RLIM_INFINITY))
    resource.prlimit(server.process.pid, *limits)
    body = {"id": "again", "revision": 1, "points": {"head": at(3, 4), "neck": at(5, 6)}}
    status, answer = client.edit(key, **body)
    assert status == 507 and "cannot be written" in answer["error"]
    assert journal.read_bytes() == before
    assert set(client.get(f"/api/items/{key}")["points"]) == {"head"}
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    status, answer = client.edit(key, **body)
    assert status == 200 and set(answer["item"]["points"]) == {"head", "neck"}
    server.kill()
    server.start()
    assert set(client.get(f"/api/items/{key}")["points"]) == {"head", "neck"}


def test_two_tabs_an_old_revision_is_kept_until_a_person_chooses(server):
    ann, ben = server.client(by="ann"), server.client(by="ben")
    key = keys_of(ann)[0]
    assert ann.edit(key, 0, {"head": at(1, 1)})[0] == 200
    status, answer = ben.edit(key, 0, {"head": at(2, 2)}, id="bens")
    assert (status, answer["conflict"]) == (409, "bens")
    assert answer["item"]["points"]["head"]["x"] == 1
    server.kill()  # the choice waits as long as it takes
    server.start()
    item = ben.get(f"/api/items/{key}")
    (conflict,) = item["conflicts"]
    assert conflict["by"] == "ben" and conflict["points"]["head"]["x"] == 2
    # sent again by a page that has not heard of it: still one
    assert ben.edit(key, 0, {"head": at(2, 2)}, id="bens")[0] == 409
    assert len(ben.get(f"/api/items/{key}")["conflicts"]) == 1
    status, answer = ben.send(f"/api/items/{key}/resolve", conflict="bens", keep="mine")
    assert status == 200 and not answer["item"]["conflicts"]
    point = answer["item"]["points"]["head"]
    assert (point["x"], point["by"]) == (2, "ben")
    status, answer = ann.edit(key, 1, {"head": at(3, 3)}, id="anns")
    assert status == 409
    status, answer = ann.send(f"/api/items/{key}/resolve", conflict="anns", keep="theirs")
    assert status == 200 and answer["item"]["points"]["head"]["x"] == 2
    assert not answer["item"]["conflicts"]


def test_undo_over_frames_and_restarts_by_person(server):
    ann, ben = server.client(by="ann"), server.client(by="ben")
    first, second = keys_of(ann)[:2]
    ann.edit(first, 0, {"head": at(1, 1)})
    ann.edit(second, 0, {"head": at(2, 2), "neck": at(3, 3, "occluded")}, done=True)
    ben.edit(first, 1, {"neck": at(9, 9)})
    server.kill()
    server.start()
    status, answer = ann.send("/api/undo")
    assert (status, answer["key"]) == (200, second)
    assert answer["item"]["points"] == {} and answer["item"]["done"] is False
    status, answer = ann.send("/api/undo")
    assert (status, answer["key"]) == (200, first)
    assert set(answer["item"]["points"]) == {"neck"}  # ben's stays
    assert ann.send("/api/undo")[0] == 404
    status, answer = ann.send("/api/redo")
    assert (status, answer["key"]) == (200, first) and answer["item"]["points"]["head"]["x"] == 1
    status, answer = ann.send("/api/redo")
    points = answer["item"]["points"]
    assert (answer["key"], answer["item"]["done"]) == (second, True)
    assert (points["neck"]["x"], points["neck"]["state"]) == (3, "occluded")
    # what another person has changed since is not taken back over their head
    ben.edit(second, answer["item"]["revision"], {"head": at(7, 7)})
    status, answer = ann.send("/api/undo")
    assert status == 409 and "ben" in answer["error"]
    assert ann.get(f"/api/items/{second}")["points"]["head"]["x"] == 7


def test_what_others_say_of_a_frame_stays_when_somebody_takes_back_a_point(server):
    ann, ben = server.client(by="ann"), server.client(by="ben")
    key = keys_of(ann)[0]
    ann.edit(key, 0, {"head": at(1, 1)})
    ben.edit(key, 1, {}, done=True)
    status, answer = ann.send("/api/undo")
    assert status == 200 and answer["item"]["points"] == {} and answer["item"]["done"]


def test_undo_that_was_refused_is_remembered_as_such_after_a_restart(server):
    ann, ben = server.client(by="ann"), server.client(by="ben")
    first, second = keys_of(ann)[:2]
    ann.edit(first, 0, {"head": at(1, 1)})
    ann.edit(second, 0, {"head": at(2, 2)})
    ben.edit(second, 1, {"head": at(3, 3)})
    assert ann.send("/api/undo")[0] == 409
    assert ann.send("/api/undo")[1]["key"] == first
    server.stop()
    server.start()
    assert ann.send("/api/undo")[0] == 404
    status, answer = ann.send("/api/redo")
    assert (status, answer["key"]) == (200, first) and answer["item"]["points"]["head"]["x"] == 1


def test_edits_go_on_where_no_snapshot_can_be_written(server):
    client = server.client()
    key = keys_of(client)[0]
    snapshot = server.labels / edits.SNAPSHOT
    snapshot.unlink()
    snapshot.mkdir()
    for revision in range(SNAPSHOT_LINES + 2):
        assert client.edit(key, revision, {"head": at(revision % 99, 1)})[0] == 200
    assert "WARNING" in server.said
    server.stop()
    snapshot.rmdir()
    assert edits.read(server.labels).items[key].revision == SNAPSHOT_LINES + 2


def test_accepting_takes_estimates_only_and_no_labels_of_persons(server):
    client = server.client()
    key = keys_of(client)[0]
    status, answer = client.edit(key, 0, accept=True)
    assert status == 200 and answer["item"]["points"] == {}  # there is nothing to take
    assert client.edit(key, 1, {"head": at(1, 2), "neck": at(None, None, "absent")})[0] == 200
    place = edits.read(server.labels).items[key].center
    proposed = {part: [*place, 0.5] for part in ("head", "neck", "thorax")}
    server.stop()
    text = {"format": "leap-estimates/1", "model": "fast-1", "frames": 1, "items": {key: proposed}}
    (server.labels / edits.ESTIMATES).write_text(json.dumps(text))
    server.start()
    item = client.get(f"/api/items/{key}")
    assert item["estimates"]["thorax"] == {"x": 95.5, "y": 95.5, "confidence": 0.5}
    status, answer = client.edit(key, item["revision"], accept=True)
    points = answer["item"]["points"]
    assert status == 200 and answer["item"]["done"]
    assert (points["head"]["x"], points["neck"]["state"]) == (1, "absent")
    assert points["thorax"]["how"] == "accepted" and points["thorax"]["model"] == "fast-1"
    assert set(points) == {"head", "neck", "thorax"}


def test_accepting_an_old_revision_waits_with_all_that_was_accepted(server):
    client = server.client()
    key = keys_of(client)[0]
    client.edit(key, 0, {"neck": at(1, 2)})
    place = edits.read(server.labels).items[key].center
    items = {key: {"head": [*place, 0.5]}}
    server.stop()
    text = {"format": "leap-estimates/1", "model": "fast-1", "frames": 1, "items": items}
    (server.labels / edits.ESTIMATES).write_text(json.dumps(text))
    server.start()
    assert client.edit(key, 0, accept=True, id="late")[0] == 409
    status, answer = client.send(f"/api/items/{key}/resolve", conflict="late", keep="mine")
    assert status == 200 and answer["item"]["done"]
    assert set(answer["item"]["points"]) == {"neck", "head"}


def test_an_edit_that_waited_while_crops_were_cut_again_stays_at_its_place_in_the_video(server):
    client = server.client()
    key = next(key for key in keys_of(client) if key.startswith("fly1"))
    crop = client.get(f"/api/items/{key}")["crop"]
    client.edit(key, 0, {"head": at(150, 90)}, crop=crop)
    server.stop()
    track = containers.Track.read(server.folder / "results/lab/tracks/fly1.h5")
    track = replace(track, heading=track.heading + np.float32(np.pi), centroid=track.centroid + 3)
    labeling.recut(server.folder, "fly1", track, config.Crop(size=160))
    server.start()
    # the page had shown the old crop when the person clicked
    status, answer = client.edit(key, 1, {"neck": at(150, 90)}, crop=crop)
    assert status == 200
    item = edits.read(server.labels).items[key]
    head, neck = (np.array([item.points[part].x, item.points[part].y]) for part in ("head", "neck"))
    assert np.abs(head - neck).max() < 0.01
    points = answer["item"]["points"]
    # turned about and moved by 3 px, on a smaller picture
    expected = 79.5 - (np.array([150, 90]) - 95.5)
    turn = crop[2] + np.pi
    expected -= [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]] @ np.array([3, 3])
    assert np.abs([points["neck"]["x"], points["neck"]["y"]] - expected).max() < 0.01
    for wrong in ([1, 2, 3], [1, 2, 3, "a"], "crop", [1, float("inf"), 0, 192]):
        assert client.edit(key, 2, {"neck": at(1, 1)}, crop=wrong)[0] == 400


def test_a_second_server_on_the_same_folder_is_refused(server):
    command = [sys.executable, "-m", "leap_core.cli", "label", "--config", "config/lab.yaml"]
    done = subprocess.run(
        [*command, "--no-browser"], cwd=server.folder, capture_output=True, text=True
    )
    assert done.returncode == 2 and "another `leap label`" in done.stderr
    assert done.stderr.count("\n") == 1


def test_disk_without_locks_is_said_aloud(lab, tmp_path, monkeypatch):
    for name, value in disks.without(tmp_path, "locks").items():
        monkeypatch.setenv(name, value)
    with Server(lab) as server:
        assert "WARNING" in server.said and "without locks" in server.said
        client = server.client()
        assert client.edit(keys_of(client)[0], 0, {"head": at(1, 2)})[0] == 200


def test_seconds_of_work_add_up(server):
    client = server.client()
    key = keys_of(client)[0]
    client.edit(key, 0, {"head": at(1, 2)}, seconds=2.5)
    client.send(f"/api/time/{key}", seconds=4, id="once")
    client.send(f"/api/time/{key}", seconds=4, id="once")
    item = client.get(f"/api/items/{key}")
    assert (item["seconds"], item["revision"]) == (6.5, 1)
