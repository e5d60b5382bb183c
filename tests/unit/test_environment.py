"""The lock, the conda environments and the rules that keep the project portable."""

import re

import pytest
import yaml

from leap_core.cli import doctor

PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^ \\;]+)(?: ; ([^\\]+))?", re.M)
LOCKS = {"leap": "requirements.lock", "leap-gpu": "requirements-gpu.lock"}


def lock_pins(root, lock="requirements.lock"):
    """Package -> versions in the lock (more than one where they depend on Python's version)."""
    pins = {}
    for name, version, _ in PIN.findall((root / lock).read_text()):
        pins.setdefault(name.lower(), set()).add(version)
    return pins


@pytest.mark.parametrize("name", LOCKS)
def test_conda_environments_use_the_locks_versions(root, name):
    pins = lock_pins(root, LOCKS[name])
    environment = yaml.safe_load((root / "envs" / f"{name}.yaml").read_text())
    listed = environment["dependencies"][-1]["pip"]
    assert len(listed) > 15
    for item in listed:
        package, version = item.split("==")
        assert version in pins[package.split("[")[0].lower()], item


@pytest.mark.parametrize("lock", LOCKS.values())
def test_lock_has_hashes_and_names_no_address(root, lock):
    text = (root / lock).read_text()
    assert "://" not in text
    assert text.count("--hash=sha256:") > len(lock_pins(root, lock))


def test_the_lock_for_gpus_adds_nvidias_libraries_and_changes_nothing(root):
    plain, gpu = lock_pins(root), lock_pins(root, "requirements-gpu.lock")
    added = gpu.keys() - plain.keys()
    assert {"nvidia-cudnn-cu12", "nvidia-cublas-cu12"} <= added
    assert all(name.startswith("nvidia-") for name in added)
    assert {name: gpu.get(name) for name in plain} == plain


def test_every_declared_dependency_is_locked(root):
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for requirement in (
        project["dependencies"] + extras["workflow"] + extras["dev"] + extras["docs"]
    ):
        assert re.split(r"[><=\[]", requirement)[0].lower() in lock_pins(root), requirement


def test_bounds_are_the_oldest_versions_that_were_tested(root):
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    pins = lock_pins(root)
    extras = project["optional-dependencies"]
    for requirement in project["dependencies"] + extras["workflow"] + extras["gpu"]:
        name, bound = re.fullmatch(r"([\w.-]+)(?:\[[\w-]+\])?>=([\d.]+)", requirement).groups()
        oldest = min([int(n) for n in version.split(".")[:3]] for version in pins[name.lower()])
        wanted = [int(n) for n in bound.split(".")]
        assert len(wanted) >= 2 and wanted == oldest[: len(wanted)], requirement


def test_scripts_are_thin(root):
    scripts = list((root / "scripts").rglob("*.py"))
    assert len(scripts) > 20
    for path in scripts:
        assert len(path.read_text().splitlines()) < 40, path


def test_the_doctor_finds_missing_cuda_libraries(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "CUDA", ("libleap_one.so.12", "libleap_two.so.9"))
    assert doctor.missing_cuda([tmp_path]) == ["libleap_one.so.12", "libleap_two.so.9"]
    there = tmp_path / "nvidia" / "one" / "lib"
    there.mkdir(parents=True)
    (there / "libleap_one.so.12").touch()
    assert doctor.missing_cuda([tmp_path]) == ["libleap_two.so.9"]


@pytest.mark.parametrize(
    ("driver", "visible", "missing", "good", "says"),
    [
        (False, None, ["libcudnn.so.9"], True, "make gpu"),
        (True, "-1", ["libcudnn.so.9"], True, "CUDA_VISIBLE_DEVICES=-1 hides"),
        (True, None, ["libcudnn.so.9"], False, "missing: libcudnn.so.9"),
        (True, "0", [], False, "though there is a GPU"),
    ],
)
def test_the_doctor_tells_why_a_gpu_is_not_used(driver, visible, missing, good, says):
    finding = doctor.unused_gpu("CPU", driver, visible, missing)
    assert finding.good == good
    assert says in finding.found
    assert bool(finding.remedy) == (not good)
