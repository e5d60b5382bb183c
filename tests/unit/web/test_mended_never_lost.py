"""A line that the page of tracks calls saved is on the disk, whatever happens then.

LEAP_KILLS says how many times the server is killed (default 3).
"""

import http.client
import os
import resource
import threading
import uuid

import numpy as np
from fixtures import arena
from fixtures.label_server import Server

from leap_core.preprocess import corrections

KILLS = int(os.environ.get("LEAP_KILLS", "3"))
LINES, UNDO, ACCEPT = (f"/api/videos/pair/{what}" for what in ("lines", "undo", "accept"))


def flip(number, **more):
    """A line that can be told from others."""
    first = number % (arena.FRAMES - 1)
    line = {"action": "flip", "first": first, "last": first, "animal": number % 2}
    return line | {"reason": f"number {number}"} | more


def reasons(folder):
    """What lies on the disk, read as the pipeline reads it."""
    path = arena.table_of(folder)
    found = corrections.read(path, 2, arena.FRAMES) if path.exists() else []
    return [item.reason for item in found]


def work(client, said):
    """A person who mends as fast as possible until the server is gone.

    ``said`` gets every line before it is sent, and whether it was acknowledged.
    """
    while True:
        count = len(said)
        said.append([{"id": uuid.uuid4().hex, "count": count} | flip(count), False])
        try:
            status, answer = client.send(LINES, **said[-1][0])
        except (OSError, http.client.HTTPException):
            return
        assert status == 200, answer
        said[-1][1] = True


def test_no_line_is_lost_or_made_twice_when_the_server_is_killed(mender):
    rng = np.random.default_rng(3)
    client, said = mender.client(), []
    for kill in range(KILLS):
        worker = threading.Thread(target=work, args=(client, said))
        worker.start()
        worker.join(rng.uniform(0.1, 1.2))
        assert worker.is_alive()
        mender.kill()
        worker.join(30)
        expected = [body["reason"] for body, sure in said if sure]
        last, sure = said[-1]
        there = reasons(mender.folder)
        assert there == expected or (not sure and there == [*expected, last["reason"]])
        mender.start()
        # the page sends again what was not acknowledged: it counts once
        status, answer = client.send(LINES, **last)
        assert status == 200 and len(answer["lines"]) == len(said)
        said[-1][1] = True
        assert reasons(mender.folder) == [body["reason"] for body, _ in said]
        assert len(said) > kill, "the worker worked"
    assert not list(arena.table_of(mender.folder).parent.glob("*.accepted.csv"))


def test_full_disk_keeps_nothing_of_a_line_and_goes_on_when_there_is_room(mender):
    client, long = mender.client(), "x" * 480
    for number in range(6):
        assert client.send(LINES, count=number, **flip(number, reason=long))[0] == 200
    moments = [m["id"] for m in client.get("/api/videos/pair/queue")["moments"]][-6:]
    for moment in moments[:-1]:
        assert client.send(ACCEPT, moment=moment, reason=long)[0] == 200
    table = arena.table_of(mender.folder)
    files = {path: path.read_bytes() for path in table.parent.iterdir()}
    room = min(map(len, files.values())) - 100  # more than the server says
    resource.prlimit(mender.process.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    tries = {LINES: flip(6, count=6), UNDO: {"count": 6}, ACCEPT: {"moment": moments[-1]}}
    for path, body in tries.items():
        for _ in range(2):
            status, answer = client.send(path, id=f"again {path}", **body)
            assert status == 507 and "cannot be written" in answer["error"], answer
    assert {path: path.read_bytes() for path in table.parent.iterdir()} == files
    assert len(client.get("/api/videos/pair/queue")["lines"]) == 6
    resource.prlimit(mender.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    for path in (LINES, ACCEPT):
        assert client.send(path, id=f"again {path}", **tries[path])[0] == 200
    assert len(reasons(mender.folder)) == 7


def test_two_servers_of_one_table_lose_no_line_of_one_another(ring, mender):
    with Server(ring, dataset=arena.NAME, page="proofread") as other:
        saved = {0: [], 1: []}

        def mend(side, client):
            number = 0
            while number < 12:
                count = len(client.get("/api/videos/pair/queue")["lines"])
                line = flip(number, animal=side, reason=f"{side} {number}")
                status, answer = client.send(LINES, count=count, **line)
                assert status in (200, 409), answer
                if status == 200:
                    saved[side].append(line["reason"])
                    number += 1

        sides = enumerate((mender.client(), other.client()))
        people = [threading.Thread(target=mend, args=side) for side in sides]
        for person in people:
            person.start()
        for person in people:
            person.join(60)
        assert len(saved[0]) == len(saved[1]) == 12
        assert sorted(reasons(ring)) == sorted(saved[0] + saved[1])
