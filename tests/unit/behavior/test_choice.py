"""Settings of the behavior map that are chosen by rule."""

import dataclasses
import json

import numpy as np
import pytest

from leap_core import config, containers, skeleton
from leap_core.behavior import choice
from leap_core.config import chosen
from leap_core.errors import UserError
from leap_core.planning import checks

FLY = {"dataset": "fly", "skeleton": "config/skeletons/fly32.yaml"}


def settings(behavior, **video):
    whole = FLY | {"videos": [{"id": "a", "path": "a.mp4"} | video], "behavior": behavior}
    return config.from_dict(whole).behavior


def values(behavior, fps, seconds, recordings=1):
    found = choice.Footage(fps, seconds, round(fps * seconds), recordings)
    return {key: one.value for key, one in choice.choose(settings(behavior), found).items()}


def test_minutes_get_what_was_found_by_hand_and_days_what_the_paper_has():
    minutes = values("auto", 100, 180, recordings=3)
    assert minutes["per_recording"] == 1500
    assert (minutes["total"], minutes["perplexity"], minutes["exaggeration"]) == (3000, 100, 4)
    assert (minutes["fmin"], minutes["fmax"], minutes["clip"][1]) == (1, 50, 1)
    days = values("auto", 100, 100 * 3600, recordings=15)
    paper = config.Behavior()
    for key in (
        "fmin",
        "fmax",
        "total",
        "per_recording",
        "perplexity",
        "exaggeration",
        "sigma",
        "clip",
    ):
        assert days[key] == getattr(paper, key), key


@pytest.mark.parametrize("fps", [5, 25, 30, 60, 100, 400])
def test_frequencies_are_octaves_below_nyquist(fps):
    found = values("auto", fps, 300)
    assert found["fmax"] == min(50, fps / 2)
    assert found["fmax"] >= 5 * found["fmin"]


@pytest.mark.parametrize("seconds", [0.1, 1, 10, 100, 1e3, 1e4, 1e5, 1e6])
@pytest.mark.parametrize("fps", [2, 30, 500])
def test_every_choice_is_one_that_a_config_may_name(fps, seconds):
    found = values("auto", fps, seconds)
    assert settings(found) == dataclasses.replace(config.Behavior(), **found)
    assert found["total"] <= max(50, fps * seconds / 2)


def test_more_time_never_means_fewer_points():
    points = [values("auto", 50, seconds)["total"] for seconds in np.geomspace(10, 1e6, 40)]
    assert points == sorted(points) and points[-1] == 35000


def test_what_is_given_stays_and_others_suit_it():
    found = values({"auto": True, "total": 6000, "sigma": 1.1}, 100, 180)
    assert not {"total", "sigma"} & set(found)
    assert found["perplexity"] == 200, "the points of 6 s"
    slower = values({"auto": True, "total": 1500, "fmin": 0.5}, 100, 180)
    assert slower["perplexity"] == 100, "of 12 s where the lowest frequency is half"
    assert values({"sigma": 1.0}, 100, 180) == values({"auto": False}, 100, 180) == {}


def test_auto_reads_the_same_when_it_was_written_out():
    whole = config.from_dict(FLY | {"videos": [{"id": "a", "path": "a.mp4"}], "behavior": "auto"})
    assert whole.behavior.max_gap_s == 0.5
    assert config.from_dict(config.to_dict(whole)) == whole
    assert settings("auto") == settings({"auto": True}) != settings({})
    assert settings({"auto": True, "max_gap_s": 0.2}).max_gap_s == 0.2


def test_another_word_is_refused():
    with pytest.raises(UserError, match="`behavior` is 'best'; write `auto`, or keys and values"):
        settings("best")


def poses(fps, frames, lost=0, name="a"):
    fly = skeleton.read("config/skeletons/fly32.yaml")
    confidence = np.ones((frames, len(fly)), np.float32)
    confidence[:lost] = 0.01
    return containers.Poses(
        positions=np.zeros((frames, len(fly), 2), np.float32),
        confidence=confidence,
        frame=np.arange(frames),
        valid=np.ones(frames, bool),
        skeleton=fly,
        recording=name,
        fps=fps,
    )


def test_time_counts_in_which_the_animal_was_found():
    found = choice.footage([poses(100, 500, lost=200), poses(50, 100, name="b")], 0.02)
    assert found == choice.Footage(fps=50, seconds=5, frames=400, recordings=2)


def test_no_animal_at_all_is_told():
    with pytest.raises(UserError, match="no frame of any recording shows a part"):
        choice.footage([poses(100, 10, lost=10)], 0.02)
    with pytest.raises(UserError, match="recording a: unknown frame rate"):
        choice.footage([poses(np.nan, 10)], 0.02)


def test_a_map_is_used_with_what_it_was_made_with(tmp_path):
    given = settings("auto")
    found = choice.Footage(30, 600, 18000, 2)
    with pytest.raises(UserError, match=r"settings.json: no such file, and `behavior.auto` leaves"):
        chosen.of_map(given, tmp_path)
    made = choice.choose(given, found)
    (tmp_path / chosen.NAME).write_text(json.dumps(choice.to_dict(made, found)))
    used = chosen.of_map(given, tmp_path)
    assert (used.fmax, used.omega0) == (15, 3)
    assert used == dataclasses.replace(given, **{key: one.value for key, one in made.items()})
    assert "fmax: 15.0 (" in choice.told(made, found)
    more = settings({"auto": True, "fmax": 12})
    (tmp_path / chosen.NAME).write_text(json.dumps({"values": {"fmin": 1.0}}))
    with pytest.raises(UserError, match="says nothing of omega0, .* use the config that the map"):
        chosen.of_map(more, tmp_path)
    (tmp_path / chosen.NAME).write_text("{")
    with pytest.raises(UserError, match="not a readable choice of settings"):
        chosen.of_map(given, tmp_path)
    by_hand = settings({"sigma": 1.0})
    assert chosen.of_map(by_hand, tmp_path / "nowhere") == by_hand


def test_more_frames_are_looked_at_than_drawn():
    """Else rare behaviors had no more than their share of the points."""
    for recordings in (1, 2, 5, 59):
        for seconds in (30, 60, 600, 3600):
            found = values("auto", 100, seconds * recordings, recordings)
            assert found["per_recording"] * recordings >= 1.49 * found["total"]
    given = values({"auto": True, "total": 6000}, 100, 180, recordings=3)
    assert given["per_recording"] == 3000


def test_frequencies_that_are_given_are_seen_by_the_others():
    assert values({"auto": True, "fmax": 2}, 100, 180)["fmin"] == 0.4
    with pytest.raises(UserError, match="lowest frequency 20 Hz is not below 15 Hz"):
        values({"auto": True, "fmin": 20}, 30, 180)
    with pytest.raises(UserError, match="`behavior.fmin` must be below"):
        settings({"fmin": 60})


def test_a_key_is_given_or_left_never_both():
    with pytest.raises(UserError, match="`behavior.sigma` is given and left to `behavior.auto`"):
        settings({"auto": ["sigma"], "sigma": 1.1})
    everything = dataclasses.asdict(config.Behavior()) | {"auto": True}
    with pytest.raises(UserError, match="every key is given that it would choose"):
        settings(everything)


def test_a_placed_recording_that_is_too_slow_is_told_before_anything_runs():
    two = [{"id": "a", "path": "a.mp4", "fps": 60}, {"id": "b", "path": "b.mp4", "fps": 30}]
    fly = skeleton.read("config/skeletons/fly32.yaml")

    def check(*makes):
        behavior = {"auto": True, "map_recordings": list(makes)}
        checks.check_map(config.from_dict(FLY | {"videos": two, "behavior": behavior}), fly)

    with pytest.raises(UserError, match="is 30 Hz, but video 'b' of 30 frames/s shows no more"):
        check("a")
    check("b")
    check("a", "b")


def test_the_manifest_tells_what_was_used(tmp_path):
    whole = config.from_dict(FLY | {"videos": [{"id": "a", "path": "a.mp4"}], "behavior": "auto"})
    assert chosen.as_made(whole, tmp_path) == config.to_dict(whole)
    (tmp_path / "behavior").mkdir()
    found = choice.Footage(30, 600, 18000, 2)
    text = json.dumps(choice.to_dict(choice.choose(whole.behavior, found), found))
    (tmp_path / "behavior" / chosen.NAME).write_text(text)
    used = config.from_dict(chosen.as_made(whole, tmp_path)).behavior
    assert used == dataclasses.replace(
        chosen.of_map(whole.behavior, tmp_path / "behavior"), auto=[]
    )
    assert used.fmax == 15


def test_recordings_of_two_frame_rates_fit_one_map():
    two = [{"id": "a", "path": "a.mp4", "fps": 60}, {"id": "b", "path": "b.mp4", "fps": 30}]
    fly = skeleton.read("config/skeletons/fly32.yaml")
    with pytest.raises(UserError, match="set it to 15 or less"):
        checks.check_map(config.from_dict(FLY | {"videos": two}), fly)
    checks.check_map(config.from_dict(FLY | {"videos": two, "behavior": "auto"}), fly)
