"""The page of tracks as its browser asks it, and every line on its way to the disk."""

import contextlib
import re
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
import yaml
from fixtures import arena
from fixtures.arena import FLIPPED, FRAMES, HEADER, LOST, SWAPPED
from fixtures.label_server import Server, copy_of

from leap_core import config, containers
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.web.proofread.session import Session

PAIR = "/api/videos/pair"


@pytest.fixture(scope="module")
def still(tracked, tmp_path_factory):
    """A server that many tests ask, and none gets to write anything."""
    folder = copy_of(tracked, tmp_path_factory.mktemp("still") / "arena")
    with Server(folder, dataset=arena.NAME, page="proofread") as running:
        yield running


def fields(line):
    """A line of the table as the page sends it."""
    action, first, last, animal, other, x, y, heading, reason = line.split(",")
    numbers = {"first": first, "last": last, "animal": animal, "other": other}
    found = {name: int(text) if text else None for name, text in numbers.items()}
    places = {"x": x, "y": y, "heading_deg": heading}
    found |= {name: float(text) if text else None for name, text in places.items()}
    return {"action": action, "reason": reason} | found


def mend(client, count, line, id="pair", **body):
    return client.send(f"/api/videos/{id}/lines", count=count, **(fields(line) | body))


def shown(client, first=0, last=FRAMES - 1, id="pair"):
    return client.get(f"/api/videos/{id}/track?first={first}&last={last}")


def agrees(answer, track):
    """Whether what is shown is a track, but for rounding."""
    part = slice(answer["first"], answer["last"] + 1)
    for k, animal in enumerate(answer["animals"]):
        told = np.array([animal["x"], animal["y"]], float).T
        assert np.allclose(told, track.centroid[k, part], atol=0.006, equal_nan=True)
        turn = np.array(animal["heading"], float) - track.heading[k, part]
        assert np.abs(np.nan_to_num(np.angle(np.exp(1j * turn)))).max() < 1e-3
        assert animal["valid"] == track.valid[k, part].tolist()
    return True


def test_what_is_shown_first(still):
    state = still.client().get("/api/state")
    assert state["dataset"] == arena.NAME and state["writable"] and state["person"]
    pair, alone = state["videos"]
    assert {k: pair[k] for k in ("id", "here", "frames", "width", "height", "fps", "animals")} == {
        "id": "pair", "here": True, "frames": FRAMES, "width": arena.SIZE, "height": arena.SIZE,
        "fps": arena.FPS, "animals": 2,
    }  # fmt: skip
    assert pair["crop_size"] == 64 and pair["corrected"] == 0
    assert pair["corrections"] == f"labels/{arena.NAME}/corrections/pair.csv"
    assert (alone["id"], alone["animals"]) == ("alone", 1)
    assert not arena.table_of(still.folder).exists()  # looking writes nothing


def test_a_track_is_shown_as_it_was_found(still):
    answer = shown(still.client())
    track = containers.Track.read(still.folder / "results/arena/tracks/uncorrected/pair.h5")
    assert agrees(answer, track)
    assert answer["animals"][0]["x"][LOST[0]] is None
    assert answer["body_length"] == pytest.approx(arena.LENGTH, rel=0.1)
    assert answer["body_width"] == pytest.approx(arena.WIDTH, rel=0.1)


@pytest.mark.parametrize(
    "asked", ["first=9&last=3", "first=-1", "first=240", "first=x", "last=%C2%B2"]
)
def test_frames_of_a_track_that_are_not_there(still, asked):
    assert still.client().raw("GET", f"{PAIR}/track?{asked}")[0] == 400


def test_frames_come_as_the_reader_gives_them_in_any_order(still):
    client = still.client()
    frames = dict(video.read_frames(still.folder / "videos" / "pair.mp4"))
    for number in (200, 0, 17, 199, 18, FRAMES - 1):
        status, headers, body = client.raw("GET", f"{PAIR}/frames/{number}.jpg")
        assert (status, headers["Content-Type"]) == (200, "image/jpeg")
        image = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_UNCHANGED)
        expected = cv2.imencode(".jpg", frames[number], [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
        assert np.array_equal(image, cv2.imdecode(expected, cv2.IMREAD_UNCHANGED)), number
    for name in (f"{FRAMES}.jpg", "3.png", "3"):
        assert client.raw("GET", f"{PAIR}/frames/{name}")[0] == 404
    assert client.raw("GET", f"{PAIR}/frames/-1.jpg")[0] == 400
    assert client.raw("GET", "/api/videos/nobody/frames/3.jpg")[0] == 404


def test_the_queue_leads_to_every_fault_and_is_empty_of_them_once_mended(mender):
    client = mender.client()

    def faults():
        moments = client.get(f"{PAIR}/queue")["moments"]
        severities = [moment["severity"] for moment in moments]
        assert severities == sorted(severities, reverse=True)
        assert len({moment["id"] for moment in moments}) == len(moments)
        return [
            [m for m in moments if m["first"] <= frame <= m["last"] < m["first"] + FRAMES - 1]
            for frame in (FLIPPED[0], arena.JUMP, LOST[0] + 3, SWAPPED)
        ]

    assert all(faults()[k] for k in (0, 1, 3))
    for count, line in enumerate(arena.MENDED):
        assert mend(client, count, line)[0] == 200
    kinds = {moment["kind"] for found in faults() for moment in found}
    assert kinds <= {"close"}  # animals that meet are always worth a look
    close = [m for m in client.get(f"{PAIR}/queue")["moments"] if m["kind"] == "close"]
    apart = np.linalg.norm(np.diff(arena.truth().centroid, axis=0)[0], axis=-1)
    for moment in close:
        near = apart[moment["first"] : moment["last"] + 1]
        assert near.min() < 1.1 * arena.LENGTH and moment["other"] is not None


def test_lines_mend_the_track_and_the_pipeline_reads_the_same(mender):
    client = mender.client()
    changed = []
    for count, line in enumerate(arena.MENDED):
        status, answer = mend(client, count, line)
        assert status == 200 and len(answer["lines"]) == count + 1
        changed.append(answer["changed"])
    assert changed == [[*FLIPPED], [arena.JUMP] * 2, [*LOST], [SWAPPED, FRAMES - 1]]
    assert arena.table_of(mender.folder).read_text() == "\n".join([HEADER, *arena.MENDED, ""])
    assert agrees(shown(client), arena.mended(mender.folder))
    truth = arena.truth()
    answer = shown(client)
    for k, animal in enumerate(answer["animals"]):
        away = np.array([animal["x"], animal["y"]], float).T - truth.centroid[k]
        assert np.abs(away).max() < 1  # the bridges are straight
        assert np.abs(np.angle(np.exp(1j * (animal["heading"] - truth.heading[k])))).max() < 0.1
    last = answer["animals"], client.get(f"{PAIR}/queue")["lines"][-1]
    assert last[1]["to_end"] and last[1]["last"] == FRAMES - 1
    assert client.get("/api/state")["videos"][0]["corrected"] == 4


def test_a_placed_animal_stands_where_it_was_put(mender):
    client = mender.client()
    line = 'place,130,130,0,,81.12349,60,-90,by eye; "sure", he said'
    status, answer = mend(client, 0, "drop,1,1,0,,,,,")
    status, answer = client.send(
        f"{PAIR}/lines", count=1, action="place", first=130, last=130, animal=0, x=81.12349, y=60,
        heading_deg=-90, reason=' by eye;\n"sure", he said',
    )  # fmt: skip
    assert status == 200 and answer["changed"] == [130, 130], line
    told = answer["lines"][1]
    assert (told["x"], told["y"], told["heading_deg"]) == (81.123, 60, 270)
    assert told["reason"] == 'by eye; "sure", he said'
    seen = shown(client, 130, 130)["animals"][0]
    assert (seen["x"], seen["y"], seen["valid"], seen["quality"]) == ([81.12], [60], [True], [1])
    assert agrees(shown(client), arena.mended(mender.folder))


def test_bad_lines_are_refused_with_a_line_and_nothing_is_kept(still):
    client = still.client()
    good = fields(arena.MENDED[0])
    bad = {
        "no action": {"action": "turn"},
        "no frame": {"first": FRAMES},
        "half a frame": {"first": 1.5},
        "frames exchanged": {"first": 9, "last": 3},
        "no animal": {"animal": 2},
        "a list": {"animal": [0]},
        "truth": {"animal": True},
        "an animal too many": {"other": 1},
        "itself": {"action": "swap", "other": 0},
        "no place": {"action": "place", "x": 3},
        "NaN": {"action": "place", "x": float("nan"), "y": 1, "heading_deg": 1},
        "no pier": {"action": "bridge", "first": 0, "last": 5},
    }
    for what, wrong in bad.items():
        status, answer = client.send(f"{PAIR}/lines", count=0, **(good | wrong))
        assert status == 400 and "\n" not in answer["error"], (what, answer)
    for body in (b"[1]", b"{", b'{"count": 0}', b'{"id": "\\ud800", "count": 0}'):
        assert client.raw("POST", f"{PAIR}/lines", body)[0] == 400
    assert client.send("/api/videos/nobody/lines", count=0, **good)[0] == 404
    assert client.raw("DELETE", f"{PAIR}/lines/x?count=0")[0] == 400
    assert client.send(f"{PAIR}/lines/0?count=0", method="DELETE")[0] == 404
    assert not arena.table_of(still.folder).exists()


def test_undo_and_redo_and_any_line_taken_back(mender):
    client = mender.client()
    for count, line in enumerate(arena.MENDED):
        mend(client, count, line)
    kept = arena.lines_of(mender.folder)
    for left in (3, 2):
        status, answer = client.send(f"{PAIR}/undo", count=left + 1)
        assert (status, len(answer["lines"]), answer["redo"]) == (200, left, 4 - left)
    assert arena.lines_of(mender.folder) == kept[:2]
    assert client.send(f"{PAIR}/redo", count=2)[1]["changed"] == [*LOST]
    status, answer = client.send(f"{PAIR}/lines/0?count=3", method="DELETE")
    assert (status, answer["changed"]) == (200, [*FLIPPED])
    assert arena.lines_of(mender.folder) == kept[1:3]
    # what was taken back last comes back first, at its place
    assert client.send(f"{PAIR}/redo", count=2)[1]["changed"] == [*FLIPPED]
    assert client.send(f"{PAIR}/redo", count=3)[1]["changed"] == [SWAPPED, FRAMES - 1]
    assert arena.lines_of(mender.folder) == kept
    assert client.send(f"{PAIR}/redo", count=4)[0] == 404
    for count in range(4, 0, -1):
        assert client.send(f"{PAIR}/undo", count=count)[0] == 200
    assert client.send(f"{PAIR}/undo", count=0)[0] == 404
    assert arena.lines_of(mender.folder) == []
    assert mend(client, 0, arena.MENDED[1])[1]["redo"] == 0  # what came after is another story


def test_a_line_that_others_rest_on_stays(mender):
    client = mender.client()
    assert mend(client, 0, "place,139,139,0,,70,70,0,")[0] == 200
    assert mend(client, 1, "bridge,130,138,0,,,,,")[0] == 200
    status, answer = client.send(f"{PAIR}/lines/0?count=2", method="DELETE")
    assert status == 400 and "bridge would rest" in answer["error"]
    assert len(arena.lines_of(mender.folder)) == 2


def test_two_tabs_the_second_is_told_what_the_first_has_done(mender):
    ann, ben = mender.client(by="ann"), mender.client(by="ben")
    known = ben.get(f"{PAIR}/queue")
    assert mend(ann, 0, arena.MENDED[0])[0] == 200
    status, answer = mend(ben, 0, arena.MENDED[1])
    assert status == 409 and [line["action"] for line in answer["lines"]] == ["flip"]
    for call in ("undo", "redo"):
        assert ben.send(f"{PAIR}/{call}", count=0)[0] == 409
    assert ben.send(f"{PAIR}/lines/0?count=0", method="DELETE")[0] == 409
    assert len(arena.lines_of(mender.folder)) == 1
    assert mend(ben, 1, arena.MENDED[1])[0] == 200
    # as many lines as it knows, and others: a page that tells what it has seen is refused too
    status, answer = ann.send(f"{PAIR}/undo", count=2, version=known["version"])
    assert status == 409 and len(answer["lines"]) == 2


def test_what_is_sent_twice_counts_once(mender):
    client = mender.client()
    line = fields(arena.MENDED[0])
    first = client.send(f"{PAIR}/lines", id="once", count=0, **line)
    assert client.send(f"{PAIR}/lines", id="once", count=0, **line) == first
    assert client.send(f"{PAIR}/undo", id="twice", count=1)[0] == 200
    assert client.send(f"{PAIR}/undo", id="twice", count=1)[0] == 200
    assert arena.lines_of(mender.folder) == []


def test_an_accepted_moment_is_never_asked_again(mender):
    client = mender.client()

    def asked():
        return {m["id"]: m["accepted"] for m in client.get(f"{PAIR}/queue")["moments"]}

    assert set(asked().values()) == {False}
    moment = next(m for m in client.get(f"{PAIR}/queue")["moments"] if m["kind"] == "close")
    body = {"moment": moment["id"], "reason": 'they pass, "side by side"'}
    status, answer = client.send(f"{PAIR}/accept", **body)
    assert (status, answer["accepted"]) == (200, True)
    left = client.get("/api/state")["videos"][0]["left"]
    assert left == len(asked()) - 1 == answer["left"]
    kept = arena.table_of(mender.folder).with_name("pair.accepted.csv")
    text = kept.read_text()
    assert text.splitlines()[0] == "kind,first,last,animal,other,reason"
    assert client.send(f"{PAIR}/accept", **body)[0] == 200 and kept.read_text() == text
    assert not arena.table_of(mender.folder).exists()  # it makes no track again
    mender.kill()
    mender.start()
    assert asked()[moment["id"]]
    # nor when the two are exchanged before: the same frames, with the names of now
    assert mend(client, 0, "swap,0,,0,1,,,,")[0] == 200
    again = [m for m in client.get(f"{PAIR}/queue")["moments"] if m["kind"] == "close"]
    assert all(m["accepted"] for m in again if m["first"] == moment["first"])
    assert client.send(f"{PAIR}/undo", count=1)[0] == 200
    assert client.send(f"{PAIR}/accept", moment=moment["id"], accepted=False)[1] == {
        "accepted": False, "left": left + 1,
    }  # fmt: skip
    assert client.send(f"{PAIR}/accept", moment="close.0.1.1.2")[0] == 404
    assert set(asked().values()) == {False}


def test_what_is_said_of_a_whole_track_accepts_none_of_its_moments(mender):
    client = mender.client()
    moments = client.get(f"{PAIR}/queue")["moments"]
    whole = {m["kind"]: m for m in moments if (m["first"], m["last"]) == (0, FRAMES - 1)}
    single = {m["kind"] for m in moments if m["id"] not in {one["id"] for one in whole.values()}}
    chosen = whole[min(whole.keys() & single)]
    client.send(f"{PAIR}/accept", moment=chosen["id"])
    accepted = [m["id"] for m in client.get(f"{PAIR}/queue")["moments"] if m["accepted"]]
    assert accepted == [chosen["id"]]


def test_the_overview_tells_where_animals_are_lost_and_doubted(still):
    overview = still.client().get(f"{PAIR}/overview")
    assert overview["bins"] == FRAMES and len(overview["animals"]) == 2
    lost = np.array([animal["lost"] for animal in overview["animals"]])
    expected = np.zeros((2, FRAMES))
    expected[0, LOST[0] : LOST[1] + 1] = 1
    assert np.array_equal(lost, expected)
    doubt = np.array([animal["doubt"] for animal in overview["animals"]])
    assert doubt.shape == (2, FRAMES) and doubt[:, SWAPPED].min() > 0 and doubt.max() <= 1


def test_a_table_that_a_person_edits_meanwhile_is_read_again_and_never_overwritten(mender):
    client = mender.client()
    mend(client, 0, arena.MENDED[0])
    path = arena.table_of(mender.folder)
    mine = f"# by hand\n{path.read_text()}# below\ndrop,3,4,1,,,,,mine\n"
    path.write_text(mine)
    status, answer = mend(client, 1, arena.MENDED[1])
    assert status == 409 and [line["action"] for line in answer["lines"]] == ["flip", "drop"]
    assert path.read_text() == mine
    assert not any(shown(client, 3, 4)["animals"][1]["valid"])
    assert mend(client, 2, arena.MENDED[1])[0] == 200
    assert path.read_text() == f"{mine}{arena.MENDED[1]}\n"
    assert client.send(f"{PAIR}/lines/0?count=3", method="DELETE")[0] == 200
    text = path.read_text()
    assert text.startswith(f"# by hand\n{HEADER}\n# below\ndrop,3,4") and "flip" not in text


def test_a_table_that_was_damaged_by_hand_is_told_and_left_alone(mender):
    client = mender.client()
    mend(client, 0, arena.MENDED[0])
    path = arena.table_of(mender.folder)
    for wrong in ("flap,1,2,0,,,,,\n", "bridge,0,5,0,,,,,\n", "\0\0\n"):
        path.write_text(f"{HEADER}\n{wrong}")
        told = client.get(f"{PAIR}/queue")["problem"]
        assert "pair.csv" in told and "\n" not in told
        assert mend(client, 1, arena.MENDED[1])[0] == 409
        assert client.send(f"{PAIR}/undo", count=1)[0] == 409
        assert path.read_text() == f"{HEADER}\n{wrong}"
    path.write_text(f"{HEADER}\n{arena.MENDED[3]}\n")
    assert client.get(f"{PAIR}/queue")["problem"] == ""
    assert agrees(shown(client), arena.mended(mender.folder))


def test_tables_with_the_older_header_grow_and_links_stay_links(ring):
    path = ring / "config" / "arena.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["videos"][0]["corrections"] = "mine.csv"
    path.unlink()  # it is linked to that of all tests
    path.write_text(yaml.safe_dump(settings))
    real = ring / "elsewhere.csv"
    real.write_text("# old\naction,first,last,animal,other,reason\nflip,40,49,0,,why\n")
    (ring / "mine.csv").symlink_to(real)
    with Server(ring, dataset=arena.NAME, page="proofread") as server:
        client = server.client()
        assert client.get("/api/state")["videos"][0]["corrections"] == "mine.csv"
        assert mend(client, 1, arena.MENDED[1])[0] == 200
    assert (ring / "mine.csv").is_symlink()
    assert real.read_text().splitlines() == [
        "# old",
        HEADER,
        "flip,40,49,0,,,,,why",
        arena.MENDED[1],
    ]


def test_events_tell_of_lines_of_other_tabs_and_of_editors(mender):
    client = mender.client()
    events = client.events()
    client.get("/api/state")
    lefts = {event["video"]: event["left"] for event in (next(events), next(events))}
    assert lefts.keys() == {"pair", "alone"} and lefts["pair"] > 5
    mend(client, 0, arena.MENDED[0])
    event = next(events)
    assert (event["type"], event["video"], event["count"]) == ("lines", "pair", 1)
    arena.table_of(mender.folder).write_text(f"{HEADER}\n")
    event = next(events)
    assert (event["type"], event["video"]) == ("lines", "pair")
    events.close()


def test_a_track_that_is_made_again_meanwhile_is_shown(mender):
    client = mender.client()
    assert shown(client, FLIPPED[0], FLIPPED[0])["animals"][0]["heading"][0] > 2
    arena.truth().write(mender.folder / "results/arena/tracks/uncorrected/pair.h5")
    assert agrees(shown(client), arena.truth())


def test_without_tracks_it_says_what_makes_them(ring):
    command = [sys.executable, "-m", "leap_core.cli", "proofread", "--config", "config/arena.yaml"]
    for id in ("pair", "alone"):
        (ring / f"results/arena/tracks/uncorrected/{id}.h5").unlink()
    done = subprocess.run([*command, "--no-browser"], cwd=ring, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    make = "snakemake --cores all alignment --configfile config/arena.yaml"
    assert "no track yet" in done.stderr and f"`{make}`" in done.stderr
    done = subprocess.run([*command, "--video", "nobody"], cwd=ring, capture_output=True, text=True)
    assert done.returncode == 2 and "nobody" in done.stderr


def test_videos_that_are_not_here_are_shown_as_such(ring):
    (ring / "videos" / "pair.mp4").unlink()
    track = ring / "results/arena/tracks/uncorrected/alone.h5"
    track.unlink()
    track.write_bytes(b"no track")
    with Server(ring, dataset=arena.NAME, page="proofread") as server:
        client = server.client()
        pair, alone = client.get("/api/state")["videos"]
        assert not pair["here"] and "not on this disk" in pair["why"] and pair["frames"] == FRAMES
        assert not alone["here"] and "alone.h5" in alone["why"]
        assert client.raw("GET", f"{PAIR}/frames/3.jpg")[0] == 404
        assert agrees(shown(client), arena.mended(ring))  # its track can be looked at
        assert client.raw("GET", "/api/videos/alone/queue")[0] == 404


def test_a_video_of_another_length_is_told(ring):
    frames = (image for _, image in video.read_frames(ring / "videos" / "alone.mp4"))
    short = [next(frames) for _ in range(30)]
    (ring / "videos" / "alone.mp4").unlink()
    video.write_video(ring / "videos" / "alone.mp4", short, arena.FPS)
    with Server(ring, dataset=arena.NAME, page="proofread") as server:
        status, _, body = server.client().raw("GET", "/api/videos/alone/frames/3.jpg")
        assert status == 400 and b"30 frames, its track 240" in body


def test_two_videos_never_share_a_table(ring):
    path = ring / "config" / "arena.yaml"
    settings = yaml.safe_load(path.read_text())
    for other in ("mine.csv", "mine.accepted.csv"):
        for row, table in zip(settings["videos"], ("mine.csv", other), strict=True):
            row["corrections"] = table
            (ring / table).write_text(f"{HEADER}\n")
        path.unlink(missing_ok=True)  # it is linked to that of all tests
        path.write_text(yaml.safe_dump(settings))
        with contextlib.chdir(ring), pytest.raises(UserError, match="'pair' and 'alone'"):
            Session(config.read(path), path)


def test_the_page_can_be_tried_without_changing_a_result(ring):
    with Server(ring, "--labels", "play", dataset=arena.NAME, page="proofread") as server:
        assert mend(server.client(), 0, arena.MENDED[0])[0] == 200
        assert server.stop() == 0
        assert "go on with" not in server.said
    assert (ring / "play" / "corrections" / "pair.csv").exists()
    assert not arena.table_of(ring).exists()


def test_some_videos_of_a_config_and_what_to_do_after(ring):
    options = ("--video", "alone", "--name", "ann")
    with Server(ring, *options, dataset=arena.NAME, page="proofread") as server:
        state = server.client().get("/api/state")
        assert [one["id"] for one in state["videos"]] == ["alone"] and state["person"] == "ann"
        assert server.stop() == 0
        until = time.monotonic() + 5
        while "go on with" not in server.said and time.monotonic() < until:
            time.sleep(0.05)
        assert re.search(r"go on with `snakemake .* --configfile config/arena.yaml`", server.said)
