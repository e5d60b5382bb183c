import numpy as np
import pytest

from leap_core.containers import Channels, GaitModel
from leap_core.errors import UserError
from leap_core.figures import notes


def test_notes_of_files_stand_once_and_are_escaped(tmp_path):
    empty = {"x": np.zeros((3, 1)), "usable": np.ones(3), "frame": np.arange(3), "channels": ["a"]}
    flat = np.full((2, 2), 0.5)
    model = GaitModel(start=[0.5, 0.5], transition=flat, emission=flat, log_likelihood=[0.0])
    Channels(**empty, recording="fly<1>", note="2 of 3 frames & more").write(tmp_path / "a.h5")
    Channels(**empty, recording="fly<1>", note="2 of 3 frames & more").write(tmp_path / "b.h5")
    Channels(**empty, recording="fly2").write(tmp_path / "c.h5")
    model.write(tmp_path / "d.h5")
    table = notes.collect([tmp_path / f"{name}.h5" for name in "abcd"])
    assert table.values.tolist() == [["channels", "fly<1>", "2 of 3 frames & more"]]
    (tmp_path / "pixels").mkdir()
    Channels(**empty, recording="fly2", note="dark").write(tmp_path / "pixels" / "c.h5")
    dark = notes.collect([tmp_path / "pixels" / "c.h5"])
    assert dark.values.tolist() == [["channels of pixels", "fly2", "dark"]]
    page = notes.page(table, "demo")
    assert "<td>fly&lt;1&gt;</td><td>2 of 3 frames &amp; more</td>" in page
    assert "No stage left anything out" in notes.page(table[:0], "demo")
    (tmp_path / "broken.h5").write_text("no HDF5")
    with pytest.raises(UserError, match="broken.h5: not a readable HDF5 file"):
        notes.collect([tmp_path / "broken.h5"])
