"""Many files of one kind as a sequence, and many tables as one."""

import numpy as np
import pandas as pd
import pytest

from leap_core.containers import Behavior, Files, Named
from leap_core.errors import UserError
from leap_core.io import atomic, parquet


@pytest.fixture
def paths(tmp_path):
    found = []
    for k, name in enumerate("abc"):
        found.append(tmp_path / f"{name}.h5")
        Behavior(
            z=np.full((4, 2), k),
            error=np.zeros(4),
            far=np.zeros(4, bool),
            region=np.full(4, k),
            frame=np.arange(4),
            recording=name,
        ).write(found[-1])
    return found


def test_files_are_read_when_they_are_asked_for(paths):
    files = Files(Behavior, paths)
    assert len(files) == 3 and [b.recording for b in files] == ["a", "b", "c"]
    assert files[-1].region.tolist() == [2] * 4
    assert [b.recording for b in files[1:]] == ["b", "c"]
    assert [b.recording for b in reversed(files)] == ["c", "b", "a"]
    paths[1].unlink()
    assert files[2].recording == "c"
    with pytest.raises(UserError, match=r"b\.h5: no such file"):
        list(files)


def test_a_name_is_known_without_its_file(paths):
    named = Named(Behavior, dict(zip("abc", paths, strict=True)))
    paths[0].unlink()
    assert "a" in named and "d" not in named and list(named) == ["a", "b", "c"]
    assert named["b"].recording == "b"
    with pytest.raises(KeyError):
        named["d"]


def test_rows_of_many_tables_are_those_of_all_of_them(tmp_path):
    rng = np.random.default_rng(1)
    tables = [
        pd.DataFrame({"leg": rng.choice(legs, 50), "n": np.arange(50), "left": rng.random(50)})
        for legs in (["b", "c"], ["c", "a"], ["a"])
    ]
    paths = [tmp_path / f"{k}.parquet" for k in range(3)]
    for path, table in zip(paths, tables, strict=True):
        atomic.write_parquet(path, table)
    whole = pd.concat(tables, ignore_index=True)[["n", "leg"]]
    found = parquet.rows(paths, ["n", "leg"])
    pd.testing.assert_frame_equal(found.astype({"leg": whole["leg"].dtype}), whole)
    assert found["leg"].cat.categories.tolist() == ["a", "b", "c"]
    some = parquet.rows(paths, ["leg", "n"], lambda table: table["n"] > 40)
    assert some["n"].tolist() == 3 * list(range(41, 50))
    assert parquet.rows(paths, ["n"], lambda table: table["n"] > 60).empty
