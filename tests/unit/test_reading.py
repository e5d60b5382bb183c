"""One function reads every kind of file."""

import re
import subprocess
import sys

import h5py
import numpy as np
import pytest
from fixtures import samples

import leap_core
from leap_core.containers import KINDS
from leap_core.containers.base import arrays
from leap_core.errors import UserError


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_is_read_back_as_its_class(tmp_path, kind):
    path = samples.container(kind, tmp_path / "x.h5")
    back = leap_core.read(path)
    assert type(back) is kind
    for item in arrays(kind):
        same = getattr(kind.read(path), item.name)
        np.testing.assert_array_equal(getattr(back, item.name), same)


def test_paths_are_text_too(tmp_path):
    path = samples.container(KINDS[0], tmp_path / "x.h5")
    assert type(leap_core.read(str(path))) is KINDS[0]


def refusal(path):
    with pytest.raises(UserError) as error:
        leap_core.read(path)
    text = str(error.value)
    assert "\n" not in text and text.startswith(f"{path}: ")
    return text


def test_a_foreign_file_is_told_the_known_kinds(tmp_path):
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["data"] = np.zeros(3)
    text = refusal(path)
    assert all(kind.FORMAT in text for kind in KINDS)


def test_a_later_version_is_named(tmp_path):
    path = tmp_path / "later.h5"
    with h5py.File(path, "w") as file:
        file.attrs["format"] = "leap-poses/99"
    assert "format leap-poses/99 is none that can be read" in refusal(path)


def test_missing_files_folders_and_no_hdf5_are_one_line(tmp_path):
    assert "no such file" in refusal(tmp_path / "missing.h5")
    assert "no such file" in refusal(tmp_path)
    (tmp_path / "text.h5").write_text("no hdf5")
    assert "not a readable HDF5 file" in refusal(tmp_path / "text.h5")


def test_the_package_itself_loads_nothing_else(root):
    """``leap --version`` and other packages that only look at it are quick."""
    code = "import sys, leap_core; leap_core.__version__; print(*sorted(sys.modules))"
    got = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert not re.search(r"\b(numpy|h5py|keras|leap_core\.\w+)\b", got.stdout)


def test_read_is_listed_and_nothing_else_is_found():
    assert "read" in dir(leap_core)
    with pytest.raises(AttributeError):
        leap_core.no_such_name  # noqa: B018
