"""What was measured is kept and found again; another machine's numbers are never invented."""

import json

import pytest

from leap_core import config
from leap_core.errors import UserError
from leap_core.planning import calibration, costs

SETTINGS = config.from_dict(
    {"dataset": "d", "skeleton": "animal.yaml", "videos": [{"id": "a", "path": "a.mp4"}]}
)
NETWORK = {"network": "leap_cnn", "filters": 64, "joints": 32, "side": 192}
NETWORK |= {"precision": "auto", "batch_size": 32, "predicted": 8, "engine": "auto"}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "leap" / "speed"


def keep(cache, device, settings=SETTINGS):
    wanted = NETWORK | {"batch_size": settings.training.batch_size}
    wanted |= {"predicted": settings.prediction.batch_size}
    value = {"format": "leap-speed/1", "about": {"cores": 16, "processor": "some"}}
    value |= {"kinds": {kind: 2 * least for kind, least in costs.REFERENCE.items()}}
    value |= {"networks": {json.dumps(wanted, sort_keys=True): {"device": device}}}
    cache.mkdir(parents=True)
    (cache / "node_7-1.0.json").write_text(json.dumps(value))


def test_another_machine_is_found_by_its_name(cache):
    keep(cache, "H200")
    speed = calibration.speed(SETTINGS, 32, "1.0", machine="node 7")
    assert (speed.cores, speed.gpu) == (16, "H200")
    assert set(speed.kinds.values()) == {2.0}


@pytest.mark.parametrize(
    ("machine", "parts", "version"),
    [("node 8", 32, "1.0"), ("node 7", 16, "1.0"), ("node 7", 32, "2")],
)
def test_a_machine_that_was_not_measured_with_this_network_is_refused(
    cache, machine, parts, version
):
    keep(cache, "CPU")
    with pytest.raises(UserError, match="was not measured with this network and version"):
        calibration.speed(SETTINGS, parts, version, machine=machine)


def test_a_damaged_file_is_as_none(cache):
    cache.mkdir(parents=True)
    (cache / "node_7-1.0.json").write_text("{")
    with pytest.raises(UserError, match="was not measured"):
        calibration.speed(SETTINGS, 32, "1.0", machine="node 7")


def test_a_machine_measured_with_fewer_kinds_of_work_is_not_known(cache):
    keep(cache, "H200")
    path = cache / "node_7-1.0.json"
    value = json.loads(path.read_text())
    del value["kinds"]["draw"]
    path.write_text(json.dumps(value))
    with pytest.raises(UserError, match="was not measured"):
        calibration.speed(SETTINGS, 32, "1.0", machine="node 7")


def test_a_cache_that_refuses_is_told_and_the_plan_goes_on(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    posed = {"id": "a", "path": "a.csv", "poses": "dlc"}
    settings = config.from_dict({"dataset": "d", "skeleton": "animal.yaml", "videos": [posed]})
    speed = calibration.speed(settings, 4, "1.0")
    assert speed.kinds.keys() == costs.REFERENCE.keys() and min(speed.kinds.values()) > 0
    assert "cannot be kept (Not a directory); set XDG_CACHE_HOME" in capsys.readouterr().err
