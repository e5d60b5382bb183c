"""A job's settings: what its rule declares, and an error for all else."""

import pytest

from leap_core import config
from leap_core.config.declared import Declared, alone, changed, efforts

BEHAVIOR = {"bins": 51, "clip": [0.1, 1]}
WHOLE = {"prediction": {"batch_size": 4, "refine": "none"}, "behavior": {"sigma": 2}}


def declared(**section):
    return Declared("paint", section, WHOLE)


def test_a_whole_section_is_the_configs_own_class():
    settings = declared(crop=config.to_dict(config.Crop(size=64)))
    assert settings.crop == config.Crop(size=64)


def test_some_keys_of_a_section_are_typed_as_in_a_config():
    settings = declared(behavior=BEHAVIOR)
    assert isinstance(settings.behavior, config.Behavior)
    assert settings.behavior.bins == 51
    assert settings.behavior.clip == [0.1, 1.0] and isinstance(settings.behavior.clip[1], float)


def test_what_is_not_declared_cannot_be_read():
    settings = declared(behavior=BEHAVIOR)
    # given in the config, and with a default in its class: both would be read unseen
    with pytest.raises(LookupError, match="rule paint: behavior: reads `sigma`"):
        _ = settings.behavior.sigma
    with pytest.raises(LookupError, match="rule paint: reads `gait`"):
        _ = settings.gait
    with pytest.raises(LookupError, match="reads `seed`"):
        _ = settings.seed


def test_another_value_of_a_key_leaves_the_rest_as_declared():
    settings = declared(behavior=BEHAVIOR).behavior
    other = changed(settings, bins=101)
    assert (other.bins, settings.bins) == (101, 51) and other.clip == settings.clip
    with pytest.raises(LookupError, match="rule paint: behavior: reads `sigma`"):
        _ = other.sigma
    with pytest.raises(LookupError, match="rule paint: behavior: reads `sigma`"):
        changed(settings, sigma=1.0)


def test_keys_that_change_no_result_come_from_the_config_as_given():
    assert [name for name, _ in efforts(config.Prediction)] == ["chunks", "batch_size"]
    settings = declared(
        prediction={"refine": "smooth", "mirror": False, "turns": [], "engine": "auto"}
    )
    assert settings.prediction == config.Prediction(batch_size=4)
    assert settings.prediction.chunks == config.Prediction().chunks


def test_values_and_parts_of_the_config_that_are_no_section():
    settings = declared(
        seed=3,
        video={"id": "a", "synthetic": 5},
        figures={"movies": [{"recording": "a", "start": 1, "stop": 2, "playback": 1}]},
    )
    assert settings.seed == 3
    assert settings.video.synthetic == 5
    with pytest.raises(LookupError, match="video: reads `fps`"):
        _ = settings.video.fps
    assert settings.figures.movies[0].name == "a_1-2"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, True),
        ({"videos": [{"id": "a", "path": "a.mp4"}, {"id": "s", "synthetic": 1}]}, True),
        ({"videos": [{"id": "a", "path": "a.mp4"}, {"id": "b", "path": "b.mp4"}]}, False),
        ({"labels": {"sources": [{"id": "l", "path": "l.csv"}]}}, False),
        ({"video_sheet": "more.tsv"}, False),
    ],
)
def test_a_dataset_of_one_raw_file(more, expected):
    assert alone({"videos": [{"id": "a", "path": "a.mp4"}]} | more) is expected
