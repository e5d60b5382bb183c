"""The live map: what is told of frames and regions, and edits that the workflow will apply."""

import io
import subprocess
import sys
from dataclasses import replace

import av
import numpy as np
import pytest
from fixtures import dancing
from fixtures.dancers import SMALL
from fixtures.label_server import Server

from leap_core import behavior, containers
from leap_core.behavior import region_edits, region_facts


@pytest.fixture
def page(dance):
    with Server(dance, dataset=dancing.NAME, page="explore") as running:
        yield running


def results(page):
    return page.folder / "results" / dancing.NAME / "behavior"


def array(client, name, dtype):
    status, _, body = client.raw("GET", f"/api/arrays/{name}")
    assert status == 200
    return np.frombuffer(body, dtype)


def file_of(page):
    return page.labels / "region_edits.csv"


def sent(client, head, **edit):
    status, answer = client.send("/api/edits", version=head["edits"]["version"], **edit)
    assert status == 200, answer
    return answer


def test_every_frame_lies_in_its_region(page):
    client = page.client()
    head = client.get("/api/head")
    x, y = array(client, "points", "<u2").reshape(2, -1)
    bins, sub = head["map"]["bins"], head["map"]["sub"]
    labels = array(client, "labels", "<i2").reshape(bins, bins)
    assert [one["group"] for one in head["recordings"]] == ["fed", "starved"]
    for one in head["recordings"]:
        kept = containers.Behavior.read(results(page) / f"{one['name']}.h5")
        part = slice(one["offset"], one["offset"] + one["frames"])
        assert one["frames"] == len(kept.region) and one["first"] == dancing.FIRST
        known = x[part] < 65535
        assert (known == np.isfinite(kept.z[:, 0])).all() and known.any()
        row, column = y[part][known] // sub, x[part][known] // sub
        assert (labels[row, column] == kept.region[known]).all()
        place = -20 + 40 * (np.stack([x[part], y[part]], axis=1)[known] + 0.5) / sub / bins
        assert np.abs(place - kept.z[known]).max() < 40 / sub / bins
    table = containers.BehaviorMap.read(results(page) / "map.h5")
    shares = [one["occupancy"] for one in head["regions"]]
    assert shares == pytest.approx(table.occupancy.tolist())


def test_a_frame_has_the_spectrum_by_which_it_was_placed(page):
    client = page.client()
    embedding = containers.Embedding.read(results(page) / "embedding.h5")
    for row in np.flatnonzero(embedding.source == "dancer2")[:3]:
        frame = int(embedding.frame[row])
        told = client.get(f"/api/recordings/dancer2/frames/{frame}")
        expected = embedding.features[row].reshape(len(embedding.channels), -1)
        assert np.abs(np.array(told["spectrum"]) - expected).max() < 1e-5
        assert told["error"] == pytest.approx(0, abs=1e-3)
    (results(page) / "channels" / "dancer2.h5").unlink()
    assert client.get(f"/api/recordings/dancer2/frames/{frame}")["spectrum"] is None


def test_clips_show_the_frames_that_they_name(page):
    client = page.client()
    (shown, *_) = client.get("/api/regions/1/clips")
    kept = containers.Behavior.read(results(page) / f"{shown['recording']}.h5")
    rows = np.arange(shown["first"], shown["last"] + 1) - dancing.FIRST
    assert (kept.region[rows] == 1).all()
    where = f"/api/clips/{shown['recording']}/{shown['first']}-{shown['last']}.mp4"
    status, headers, body = client.raw("GET", where)
    assert status == 200 and headers["Content-Type"] == "video/mp4"
    with av.open(io.BytesIO(body)) as movie:
        pictures = [frame.to_ndarray(format="gray") for frame in movie.decode(video=0)]
    corners = [float(picture[:8, :8].mean()) for picture in pictures]
    assert corners == pytest.approx(dancing.grey(rows + dancing.FIRST).tolist(), abs=4)


@pytest.mark.parametrize(
    "path",
    [
        "/api/regions/99/clips",
        "/api/clips/dancer1/0-10.mp4",
        "/api/clips/dancer1/50-1540.mp4",
        "/api/clips/nobody/50-60.mp4",
        "/api/recordings/dancer1/frames/39",
        "/api/arrays/secret",
    ],
)
def test_what_is_not_there_is_refused(page, path):
    status, _, body = page.client().raw("GET", path)
    assert status == 404 and b"error" in body


def test_edits_stand_in_the_file_and_in_the_map_that_is_made_next(page):
    client = page.client()
    head = client.get("/api/head")
    regions = len(head["regions"])
    head = sent(client, head, action="name", region=1, name="  walks,   fast ")
    head = sent(client, head, action="merge", region=regions, other=2)
    big = head["regions"][0]
    line = [big["x"] - 30, big["y"], big["x"] + 30, big["y"] + 0.5]
    head = sent(client, head, action="split", region=big["id"], line=line)
    assert head["edits"]["count"] == 3 and len(head["regions"]) == regions
    assert "walks, fast" in [one["name"] for one in head["regions"]]

    edits = region_edits.read(file_of(page))
    assert [edit.action for edit in edits] == ["name", "merge", "split"]
    assert {edit.map for edit in edits} == {head["map"]["key"]}
    assert {edit.by for edit in edits} == {"ann"}
    embedding = containers.Embedding.read(results(page) / "embedding.h5")
    placed = [containers.Behavior.read(results(page) / f"{n}.h5") for n in dancing.RECORDINGS]
    made = behavior.build_map(embedding, placed, SMALL, edits)
    bins = head["map"]["bins"]
    assert (array(client, "labels", "<i2").reshape(bins, bins) == made.labels).all()
    assert [one["id"] for one in head["regions"]] == made.ids.tolist()
    assert [one["name"] for one in head["regions"]] == made.names
    # regions that are as they were have their numbers, the others wait for the next run
    told = {one["id"]: one["evidence"] for one in head["regions"]}
    touched = {big["id"], 2, max(told)}
    assert all(bool(text) != (id in touched) for id, text in told.items())

    status, head = client.send("/api/undo", version=head["edits"]["version"])
    assert status == 200 and head["edits"]["last"] == f"merge {regions} into 2"
    assert len(region_edits.read(file_of(page))) == 2
    page.kill()
    assert page.start().client().get("/api/head")["edits"]["count"] == 2


def test_statistics_of_the_map_before_say_nothing_of_the_one_made_since(page):
    client = page.client()
    head = client.get("/api/head")
    assert all(one["evidence"] for one in head["regions"])
    regions = len(head["regions"])
    key, big = head["map"]["key"], head["regions"][0]
    edits = [
        region_edits.Edit(key, "merge", regions, 2),
        region_edits.Edit(
            key, "split", big["id"], None, (big["x"] - 30, big["y"], big["x"] + 30, big["y"] + 0.5)
        ),
    ]
    # as the workflow does, one file after the other
    embedding = containers.Embedding.read(results(page) / "embedding.h5")
    placed = [containers.Behavior.read(results(page) / f"{n}.h5") for n in dancing.RECORDINGS]
    made = behavior.build_map(embedding, placed, SMALL, edits)
    assert len(made.occupancy) == regions
    made.write(results(page) / "map.h5")
    before = head["edits"]["made"]
    head = client.get("/api/head")
    assert head["edits"]["made"] != before
    assert not any(one["evidence"] for one in head["regions"])
    assert np.isnan(array(client, "speeds", "<f4")).all()
    placed = [behavior.assign(one, made) for one in placed]
    poses = [
        containers.Poses.read(page.folder / "results" / dancing.NAME / "poses" / f"{n}.h5")
        for n in dancing.RECORDINGS
    ]
    stats = behavior.region_statistics(made, placed, poses, [], SMALL, 2.0, 0.2)
    stats.write(results(page) / "statistics.h5")
    file_of(page).parent.mkdir(parents=True)
    text = ""
    for edit in edits:
        text = region_edits.added(text, edit)
    file_of(page).write_text(text)
    told = [one["evidence"] for one in client.get("/api/head")["regions"]]
    assert told == [region_facts.text(stats, k) for k in range(regions)]


def test_frames_that_are_not_on_this_map_are_not_shown_on_it(page):
    client = page.client()
    path = results(page) / "dancer1.h5"
    kept = containers.Behavior.read(path)
    replace(kept, z=-kept.z).write(path)
    for where in ("/api/head", "/api/arrays/points"):
        status, _, body = client.raw("GET", where)
        assert status == 400 and b"being made again" in body
    path.unlink()
    assert b"dancer1.h5: no such file" in client.raw("GET", "/api/head")[2]
    kept.write(path)
    assert client.get("/api/head")["total"] == 2 * dancing.FRAMES


def test_an_edit_sent_again_counts_once_and_one_unseen_is_refused(page):
    client = page.client()
    version = client.get("/api/head")["edits"]["version"]
    body = {"id": "one", "version": version, "action": "name", "region": 1, "name": "a"}
    for _ in range(2):
        status, head = client.send("/api/edits", **body)
        assert status == 200 and head["edits"]["count"] == 1
    status, told = client.send("/api/edits", **body | {"id": "two", "name": "b"})
    assert status == 409 and told["edits"]["count"] == 1 and "meanwhile" in told["error"]


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        ({"action": "merge", "region": 1, "other": 1}, "itself"),
        ({"action": "merge", "region": 1, "other": 77}, "no region 77"),
        ({"action": "split", "region": 1, "line": [90, 90, 91, 90]}, "does not cross"),
        ({"action": "split", "region": 1, "line": [1, 2]}, "a number for x1"),
        ({"action": "name", "region": 1, "name": "x" * 61}, "too long"),
        ({"action": "name", "region": {"a": 1}, "name": "x"}, "no cell"),
        ({"action": "paint", "region": 1}, "no action"),
    ],
)
def test_what_is_no_edit_is_refused_with_a_line_and_nothing_is_kept(page, edit, why):
    client = page.client()
    version = client.get("/api/head")["edits"]["version"]
    status, told = client.send("/api/edits", version=version, **edit)
    assert status == 400 and why in told["error"]
    assert not file_of(page).exists()


def test_lines_by_hand_are_seen_and_wrong_ones_said(page):
    client = page.client()
    head = client.get("/api/head")
    key, top = head["map"]["key"], ",".join(region_edits.HEADER)
    file_of(page).parent.mkdir(parents=True)
    file_of(page).write_text(f"{top}\n{key},name,2,,,,,,grooming,\n0123,name,1,,,,,,other,\n")
    head = client.get("/api/head")
    assert [one["name"] for one in head["regions"] if one["id"] == 2] == ["grooming"]
    assert head["edits"]["other"] == 1 and head["edits"]["problem"] == ""
    file_of(page).write_text(f"{top}\n{key},merge,2,2,,,,,,\n")
    head = client.get("/api/head")
    assert "region_edits.csv line 2" in head["edits"]["problem"]
    version = head["edits"]["version"]
    status, told = client.send(
        "/api/edits", version=version, action="name", region=1, name="not over it"
    )
    assert status == 409 and "line 2" in told["error"]
    assert file_of(page).read_text().endswith("merge,2,2,,,,,,\n")


def test_without_a_map_it_says_what_to_run(dance):
    (dance / "results" / dancing.NAME / "behavior" / "map.h5").unlink()
    command = [sys.executable, "-m", "leap_core.cli", "explore", "--no-browser"]
    command += ["--config", f"config/{dancing.NAME}.yaml"]
    done = subprocess.run(command, cwd=dance, capture_output=True, text=True)
    assert done.returncode == 2
    assert "map.h5: no such file; make the map with `snakemake" in done.stderr
