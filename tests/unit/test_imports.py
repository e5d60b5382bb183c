"""What a process loads before it has done anything: a run starts hundreds of them."""

import importlib
import json
import subprocess
import sys
from types import ModuleType

import pytest

HEAVY = {
    *("tensorflow", "keras", "pandas", "pyarrow", "matplotlib", "sklearn", "skimage", "scipy"),
    *("sleap_io", "openTSNE", "hmmlearn", "pywt", "openvino"),
}
FACES = (
    *("behavior", "gait", "imported_poses", "labels", "preprocess", "synthetic", "validation"),
)


def _loaded(code: str) -> set[str]:
    """Packages in a fresh process after ``code``."""
    code += (
        "\nimport json, sys; print(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


def test_faces_load_nothing_heavy():
    faces = ", ".join((*FACES, "pose", "figures"))
    assert not HEAVY & _loaded(f"from leap_core import {faces}")


@pytest.mark.parametrize("module", ["cli", "job"])
def test_commands_and_jobs_start_with_nothing_heavy(module):
    assert not HEAVY & _loaded(f"import leap_core.{module}")


def test_jobs_without_images_load_nothing_that_reads_or_draws_them():
    assert not {"cv2", "av"} & _loaded("import leap_core.job, leap_core.containers")


@pytest.mark.parametrize(
    ("use", "allowed"),
    [
        ("from leap_core import preprocess; preprocess.audit, preprocess.crop", set()),
        ("from leap_core import labels; labels.import_file, labels.split", set()),
        ("from leap_core import behavior; behavior.pose_channels, behavior.assign", set()),
        ("from leap_core import synthetic; synthetic.label", set()),
        ("from leap_core.figures.paper import fig4a, fig5c", {"matplotlib"}),
        ("from leap_core.figures import tables", set()),
    ],
)
def test_small_jobs_load_little(use, allowed):
    assert HEAVY & _loaded(use) <= allowed


def test_no_figure_loads_tensorflow():
    code = """
import pkgutil
from importlib import import_module
import leap_core.figures as figures
for item in pkgutil.walk_packages(figures.__path__, "leap_core.figures."):
    import_module(item.name)
"""
    assert not {"tensorflow", "keras", "sklearn", "sleap_io"} & _loaded(code)


@pytest.mark.parametrize("name", FACES)
def test_every_name_of_a_face_is_there_and_no_module(name):
    face = importlib.import_module(f"leap_core.{name}")
    assert face.__all__ == sorted(face.__all__) and set(face.__all__) <= set(dir(face))
    for public in face.__all__:
        assert not isinstance(getattr(face, public), ModuleType), public
    with pytest.raises(AttributeError, match="no_such_name"):
        face.no_such_name  # noqa: B018
