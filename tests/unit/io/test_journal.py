"""What a journal has taken is on the disk as a whole line; what it has refused is not there."""

import json
import os
import subprocess
import sys

import pytest
from fixtures import disks

from leap_core.errors import UserError
from leap_core.io import journal

LIMIT = 4000  # bytes that a file may have in the child: the system refuses more (EFBIG)


def values(path):
    return [value for value, _ in journal.lines(path)]


def run(program, path, **environment):
    child = subprocess.run(
        [sys.executable, "-c", program, path],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    assert child.returncode == 0, child.stderr
    return json.loads(child.stdout)


def test_lines_come_back_with_their_ends(tmp_path):
    file = journal.Journal(tmp_path / "new" / "j.jsonl")
    said = [{"name": "Žofie\n", "x": 0.1}, {}, {"a": [None, "é"]}]
    for value in said:
        file.append(value)
    file.close()
    path = tmp_path / "new" / "j.jsonl"
    found = list(journal.lines(path))
    assert [value for value, _ in found] == said
    assert found[-1][1] == file.size == path.stat().st_size
    assert [value for value, _ in journal.lines(path, found[0][1])] == said[1:]
    assert values(tmp_path / "none.jsonl") == []


def test_numbers_that_are_none_are_refused(tmp_path):
    file = journal.Journal(tmp_path / "j.jsonl")
    with pytest.raises(ValueError, match="JSON"):
        file.append({"x": float("nan")})
    file.append({"x": 1})
    assert values(tmp_path / "j.jsonl") == [{"x": 1}]


def test_a_full_disk_leaves_nothing_of_the_line(tmp_path):
    """The system takes a part of the line and refuses the rest; with room again, it goes on."""
    path = tmp_path / "j.jsonl"
    taken, size = run(
        f"""
import json, os, resource, sys
from leap_core.io.journal import Journal
file = Journal(sys.argv[1])
line = {{"text": "x" * 700}}
resource.setrlimit(resource.RLIMIT_FSIZE, ({LIMIT}, resource.RLIM_INFINITY))
taken = 0
for _ in range(2):
    try:
        while taken < 100:
            file.append(line)
            taken += 1
    except OSError as error:
        assert error.errno == 27, error
size = os.path.getsize(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
file.append({{"last": True}})
print(json.dumps([taken, size]))
""",
        path,
    )
    found = values(path)
    assert len(found) == taken + 1 and found[-1] == {"last": True} and taken == LIMIT // 712
    assert size == taken * len(json.dumps({"text": "x" * 700}, separators=(",", ":")) + "\n")
    assert path.read_bytes().count(b"\n") == taken + 1


def test_the_end_of_a_killed_writer_is_removed(tmp_path):
    path = tmp_path / "j.jsonl"
    for torn in (b'{"b":', b"\0" * 100_000, b'{"b": "' + b"x" * 200_000):
        path.write_bytes(b'{"a":1}\n' + torn)
        assert values(path) == [{"a": 1}]
        file = journal.Journal(path)
        file.append({"c": 1})
        file.close()
        assert path.read_bytes() == b'{"a":1}\n{"c":1}\n'
    path.write_bytes(b'{"only a piece')
    file = journal.Journal(path)
    assert (file.size, path.stat().st_size) == (0, 0)


def test_a_second_writer_is_refused(tmp_path):
    path = tmp_path / "j.jsonl"
    file = journal.Journal(path)
    file.append({"a": 1})
    with pytest.raises(UserError, match=r"j\.jsonl: is open in another `leap label`"):
        journal.Journal(path)
    file.append({"a": 2})
    file.close()
    again = journal.Journal(path)
    again.append({"a": 3})
    assert values(path) == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_what_another_program_wrote_is_not_removed(tmp_path):
    path = tmp_path / "j.jsonl"
    file = journal.Journal(path)
    file.append({"a": 1})
    with path.open("ab") as foreign:
        foreign.write(b'{"b":1}\n')
    with pytest.raises(OSError, match="another program has changed it"):
        file.append({"a": 2})
    assert values(path) == [{"a": 1}, {"b": 1}]


def test_nothing_is_written_into_a_file_that_was_replaced(tmp_path):
    path = tmp_path / "j.jsonl"
    file = journal.Journal(path)
    file.append({"a": 1})
    (tmp_path / "backup").write_bytes(path.read_bytes())
    (tmp_path / "backup").rename(path)
    with pytest.raises(OSError, match="another program has changed it"):
        file.append({"a": 2})
    path.unlink()
    with pytest.raises(OSError, match="another program has changed it"):
        file.append({"a": 2})


def test_a_disk_without_locks(tmp_path):
    """It can be written; of two writers the second to write is told, and no line is lost."""
    told = run(
        """
import json, sys
from leap_core.io.journal import Journal, lines
one, two = Journal(sys.argv[1]), Journal(sys.argv[1])
one.append({"a": 1})
try:
    two.append({"a": 2})
except OSError as error:
    print(json.dumps([error.strerror, [value for value, _ in lines(sys.argv[1])]]))
""",
        tmp_path / "j.jsonl",
        **disks.without(tmp_path, "locks"),
    )
    assert "another program" in told[0] and told[1] == [{"a": 1}]


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written .*`labels.folder`"):
        journal.Journal(tmp_path / "file" / "j.jsonl")


def test_a_snapshot_tells_how_far_it_goes(tmp_path):
    path = tmp_path / "s.json"
    journal.write_snapshot(path, {"items": [{"a": 1}, {"b": "é"}], "none": [], "n": 2}, 77)
    assert journal.read_snapshot(path) == (
        {"items": [{"a": 1}, {"b": "é"}], "none": [], "n": 2},
        77,
    )
    # an item a line, for version control
    assert '{"a":1},\n{"b":"é"}' in path.read_text(encoding="utf-8")
    assert journal.read_snapshot(tmp_path / "none.json") == ({}, 0)
    path.write_text(path.read_text()[:-9])
    with pytest.raises(UserError, match=r"s\.json: is damaged; remove it"):
        journal.read_snapshot(path)
