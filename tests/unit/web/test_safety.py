"""127.0.0.1 is shared by everybody on a login node: only the owner of the link gets in."""

import os
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from fixtures.label_server import at
from fixtures.surfaces import EDIT


@pytest.fixture
def open_folder():
    """A folder that every user can enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def key_of(client):
    return client.get("/api/state")["items"][0]["key"]


def lines(server):
    return [line for line in server.said.splitlines() if line.startswith("refused")]


def test_strangers_are_refused_in_one_line_of_the_log(served):
    page, server, owner = served
    body = page.body
    tries = {
        "no token": ("GET", page.state, None, {"Cookie": None}, 401),
        "no token, the page": ("GET", "/", None, {"Cookie": None}, 401),
        "no token, a shared file": ("GET", "/shared/api.js", None, {"Cookie": None}, 401),
        "no token, a picture": ("GET", page.picture, None, {"Cookie": None}, 401),
        "no token, events": ("GET", "/api/events", None, {"Cookie": None}, 401),
        "a wrong token": ("GET", "/?token=" + "a" * 43, None, {"Cookie": None}, 403),
        "another cookie": ("GET", page.state, None, {"Cookie": owner.cookie[:-1] + "!"}, 401),
        "foreign Host": ("GET", page.state, None, {"Host": "evil.example:80"}, 403),
        "a Host that begins alike": ("GET", "/", None, {"Host": "localhost.evil.example"}, 403),
        "a Host that is none": ("GET", page.state, None, {"Host": "[", "Cookie": None}, 403),
        "no Host": ("GET", page.state, None, {"Host": ""}, 403),
        "foreign Origin": ("POST", page.write, body, {"Origin": "http://evil.example"}, 403),
        "another port's Origin": ("POST", page.write, body, {"Origin": "http://localhost:1"}, 403),
        "no Origin": ("POST", page.write, body, {"Origin": None}, 403),
        "a DELETE of others": ("DELETE", page.write, None, {"Origin": "http://evil.example"}, 403),
        "a file with ..": ("GET", "/page/..%2F..%2Fauth.py", None, {}, 404),
        "a file above": ("GET", "/page/../../auth.py", None, {}, 404),
        "an absolute file": ("GET", "/page//etc/passwd", None, {}, 404),
        "a shared file with ..": ("GET", "/shared/..%2Fauth.py", None, {}, 404),
        "an id with ..": ("GET", f"{page.below}/..%2F..%2Fx/image.png", None, {}, 404),
        "an oversized body": ("POST", page.write, b"[" + b" " * (2 << 20) + b"]", {}, 413),
    }
    for what, (method, path, sent, headers, expected) in tries.items():
        before = len(lines(server))
        status, answered, text = owner.raw(method, path, sent, **headers)
        assert status == expected, (what, text)
        assert len(lines(server)) == before + 1, (what, server.said)
        assert "Set-Cookie" not in answered, what
    assert page.untouched
    # nor does the log tell strangers who read it the way in
    assert server.link.partition("token=")[2] not in "".join(lines(server))
    assert owner.raw("POST", page.write, body)[0] == 200  # the owner, from the page
    assert not page.untouched


def test_the_link_names_this_machine_by_number(served):
    """Where ``localhost`` leads to ``::1`` first, another user may listen there."""
    _, server, _ = served
    assert server.link.startswith(f"http://127.0.0.1:{server.port}/?token=")
    assert f"ssh -L {server.port}:127.0.0.1:{server.port} " in server.said


def test_pages_may_load_nothing_from_elsewhere(served):
    page, _, owner = served
    for path in ("/", page.state, page.picture):
        status, headers, _ = owner.raw("GET", path)
        assert status == 200
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in headers


def test_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(served):
    _, server, client = served
    status, headers, _ = client.raw("GET", "/?" + server.link.partition("/?")[2])
    assert (status, headers["Location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=Strict"} <= set(headers["Set-Cookie"].split("; "))


def test_token_outlives_a_restart_and_is_the_owners_alone(served):
    page, server, client = served
    server.kill()
    server.start()
    assert client.get(page.state)["dataset"] == page.dataset  # an open page goes on
    (kept,) = (server.folder / "state" / "leap").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    link = server.link
    kept.chmod(0o644)  # others may have read it
    server.kill()
    assert server.start().link != link


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_socket_lets_no_other_user_in(surface, open_folder):
    place = open_folder / "mine" / "page"
    with surface.server("--socket", str(place)) as server:
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
        assert f":{place} " in server.said  # what to give to ssh -L
        knock = f"import socket; socket.socket(socket.AF_UNIX).connect({str(place)!r})"
        assert subprocess.run([sys.executable, "-c", knock]).returncode == 0
        become = (
            f"import os, socket; os.chdir('/'); os.setuid(65534); os.listdir({str(open_folder)!r})"
        )
        command = [sys.executable, "-c", f"{become}; {knock}"]
        stranger = subprocess.run(command, capture_output=True, text=True)
        assert "PermissionError" in stranger.stderr
        assert server.stop() == 0
    assert not place.exists()


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_socket_is_not_put_where_others_can_go(surface, tmp_path, mode):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(mode)
    config = f"config/{surface.dataset}.yaml"
    command = [sys.executable, "-m", "leap_core.cli", surface.page, "--config", config]
    command += ["--no-browser", "--socket", str(shared / "page")]
    done = subprocess.run(command, cwd=surface.folder, capture_output=True, text=True)
    assert done.returncode == 2 and "others can enter" in done.stderr
    assert not list(shared.iterdir())


def test_nobody_beside_this_machine_can_connect(served):
    page, server, owner = served
    address = socket.gethostbyname(socket.gethostname())
    if address.startswith("127."):
        pytest.skip("this machine has no other address")
    with socket.socket() as knock, pytest.raises(OSError):
        knock.settimeout(2)
        knock.connect((address, server.port))
    assert owner.get(page.state)


def test_bad_edits_are_refused_with_a_line_and_nothing_is_kept(server):
    owner = server.client()
    key = key_of(owner)
    bad = {
        "no object": b"[1]",
        "no JSON": b"{",
        "half a character": b'{"id": "h", "revision": 0, "points": {}, "by": "\\ud800"}',
        "no id": b'{"revision": 0, "points": {}}',
        "no part": b'{"id": "a", "revision": 0, "points": {"tail fin": null}}',
        "no place": b'{"id": "b", "revision": 0, "points": {"head": {"state": "placed"}}}',
        "NaN": b'{"id": "c", "revision": 0, "points": {"head": {"x": NaN, "y": 1}}}',
        "no state": b'{"id": "d", "revision": 0, "points": {"head": {"state": "gone"}}}',
        "points in a list": b'{"id": "e", "revision": 0, "points": [1]}',
        "negative time": b'{"id": "f", "revision": 0, "points": {}, "seconds": -5}',
    }
    for what, body in bad.items():
        status, _, text = owner.raw("POST", f"/api/items/{key}/edits", body)
        assert status == 400 and text.count(b"\n") == 0, (what, text)
    assert owner.raw("POST", "/api/items/nobody.1.0/edits", EDIT)[0] == 404
    assert owner.get(f"/api/items/{key}")["revision"] == 0
    assert not (server.labels / "journal.jsonl").read_bytes()


def test_a_point_outside_is_clamped_to_the_picture(server):
    owner = server.client()
    key = key_of(owner)
    status, answer = owner.edit(key, 0, {"head": at(-40, 500), "neck": at(1e9, 3)})
    assert status == 200
    points = answer["item"]["points"]
    assert (points["head"]["x"], points["head"]["y"]) == (-0.5, 191.5)
    assert (points["neck"]["x"], points["neck"]["y"]) == (191.5, 3.0)
