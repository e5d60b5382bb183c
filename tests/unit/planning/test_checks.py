"""What config and skeleton tell together is refused before anything runs, naming file and key."""

from pathlib import Path

import pytest

from leap_core import config, skeleton
from leap_core.errors import UserError
from leap_core.planning import checks
from leap_core.preprocess import tracking
from leap_core.preprocess.recipe import Task

PARTS = ["nose", "ear", "tail", "paw"]
AXIS = {"axis": ["tail", "nose"]}
LEGS = {"legs": {"L": ["paw"]}}


def settings(**keys):
    videos = [{"id": "a", "path": "a.mp4"}]
    value = {"dataset": "d", "skeleton": "animal.yaml", "videos": videos}
    return config.from_dict(value | keys)


def animal(**roles):
    return skeleton.from_dict({"parts": PARTS, "roles": roles})


def films(*rates, **keys):
    """Videos with their frame rates; None = that of the file."""
    films = [{"id": f"v{k}", "path": f"{k}.mp4", "fps": fps} for k, fps in enumerate(rates)]
    return [{k: v for k, v in (film | keys).items() if v is not None} for film in films]


def test_a_map_needs_a_center():
    checks.check_map(settings(), animal(center="tail"))
    checks.check_map(settings(), animal(**AXIS))
    checks.check_map(settings(behavior={"center": "ear"}), animal())
    with pytest.raises(UserError, match="^animal.yaml: no center .*`roles.center`.*`roles.axis`"):
        checks.check_map(settings(), animal())
    with pytest.raises(UserError, match="`behavior.center` is 'back', .*nose, ear, tail, paw"):
        checks.check_map(settings(behavior={"center": "back"}), animal(**AXIS))


def test_every_shipped_skeleton_has_a_center(root):
    paths = sorted((root / "config" / "skeletons").glob("*.yaml"))
    assert len(paths) >= 7
    for path in paths:
        checks.check_map(settings(), skeleton.read(path))


def test_frequencies_are_those_that_all_videos_can_show():
    """Nyquist: 50 frames/s show what is below 25 Hz."""
    body = animal(center="tail")
    for rates in ((50, 50, None), (200, 100), (None, 30)):
        checks.check_map(settings(videos=films(*rates)), body)
    checks.check_map(settings(videos=films(200, 50), behavior={"fmax": 25}), body)
    with pytest.raises(UserError, match="video 'v1' of 50 frames/s shows no more than 25 Hz"):
        checks.check_map(settings(videos=films(200, 50)), body)
    with pytest.raises(UserError, match="`behavior.fmin` is 30 Hz, but video 'v0' of 60"):
        checks.check_map(settings(videos=films(60), behavior={"fmin": 30}), body)


def test_a_gait_needs_legs_a_center_and_one_rate():
    walker = animal(**AXIS, **LEGS)
    checks.check_gait(settings(videos=films(100, None, 100)), walker)
    for body, told in ((animal(**AXIS), "no legs"), (animal(**LEGS), "no center")):
        with pytest.raises(UserError, match=f"^animal.yaml: {told} .*`gait.enabled: false`"):
            checks.check_gait(settings(), body)
    with pytest.raises(UserError, match="video 'v0' has 100 and video 'v2' 50 frames/s"):
        checks.check_gait(settings(videos=films(100, 100, 50)), walker)


def test_what_is_turned_needs_an_axis(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    aligned = settings(labels={"align": True})
    checks.check_label_import(aligned, animal(**AXIS))
    checks.check_label_import(settings(), animal())
    with pytest.raises(UserError, match="^animal.yaml: no axis .*`labels.align`"):
        checks.check_label_import(aligned, animal())
    poses = [settings(videos=films(None, poses="dlc", egocentric=given)) for given in (None, True)]
    for kept in poses:
        checks.check_pose_import(kept, animal())
    fixed = settings(videos=films(None, poses="dlc", egocentric=False))
    checks.check_pose_import(fixed, animal(**AXIS))
    with pytest.raises(UserError, match="^animal.yaml: no axis .*video 'v0' has `egocentric"):
        checks.check_pose_import(fixed, animal())


def test_tables_that_the_config_names_are_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named = settings(labels={"exclusions": "none.csv"})
    with pytest.raises(UserError, match="^none.csv: no such file .*`labels.exclusions`"):
        checks.check_label_import(named, animal())
    (tmp_path / "none.csv").touch()
    checks.check_label_import(named, animal())
    checks.check_file(None, "corrections")


def test_corrections_of_no_video_are_told(tmp_path, monkeypatch):
    """A video that was renamed leaves its table behind, and one that is named hides the page's."""
    monkeypatch.chdir(tmp_path)
    videos = [{"id": "a", "path": "a.mp4"}, {"id": "b", "path": "b.mp4", "corrections": "b.csv"}]
    folder = tmp_path / "labels" / "d" / "corrections"
    folder.mkdir(parents=True)
    for name in ("a", "b", "old", "a.accepted"):
        (folder / f"{name}.csv").touch()
    hidden, left = checks.unused_corrections(settings(videos=videos))
    assert hidden.startswith("labels/d/corrections/b.csv: is not read") and "b.csv; rem" in hidden
    assert left.startswith("labels/d/corrections/old.csv: no video has the id 'old'; rename it")


def test_training_and_judgment_need_a_share_of_the_labels():
    def shares(train, test):
        return settings(
            split={"train": train, "validation": round(1 - train - test, 6), "test": test}
        )

    for check in (checks.check_training, checks.check_judgment):
        check(shares(0.8, 0.2), animal())
    checks.check_training(shares(1, 0), animal())
    with pytest.raises(UserError, match="`split.test` is 0"):
        checks.check_judgment(shares(1, 0), animal())
    with pytest.raises(UserError, match="`split.train` is 0"):
        checks.check_training(shares(0, 1), animal())


def test_the_network_to_begin_with_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"^best.keras: no such file .*`training.start`"):
        checks.check_training(settings(training={"start": "best.keras"}), animal())


def test_a_word_where_no_label_is_named():
    told = checks.missing_labels(settings(), False, "config/mine.yaml")
    assert "`labels.sources` is empty and labels/d holds no labels" in told
    assert told.endswith("`leap label --config config/mine.yaml`")
    assert checks.missing_labels(settings(), True) is None
    assert checks.missing_labels(settings(labels={"sources": [{"id": "l", "path": "l"}]})) is None
    video = {"id": "s", "synthetic": 1}
    truth = {"truth": 5, "truth_videos": ["s"]}
    assert checks.missing_labels(settings(videos=[video], labels=truth)) is None


@pytest.mark.parametrize("recipe", ["moments", "radon", "mouse", "precropped"])
def test_recipes_for_one_animal_are_not_asked_for_more(recipe):
    track = {"recipe": recipe}
    checks.check_track(settings(videos=films(None), track=track), animal())
    pair = films(None, animals=2)
    with pytest.raises(
        UserError, match=f"'{recipe}' follows one animal, .*animals: 2`; use 'mesh'"
    ):
        checks.check_track(settings(videos=pair, track=track), animal())
    checks.check_track(settings(videos=pair, track={"recipe": "mesh"}), animal())


def test_the_other_recipes_refuse_a_second_animal_themselves():
    single = set(tracking.RECIPES) - set(checks.SEVERAL)
    assert single and set(checks.SEVERAL) < set(tracking.RECIPES)
    for name in single:
        task = Task(Path("pair.mp4"), None, config.Track(recipe=name), 2, 50.0)
        with pytest.raises(UserError, match="follows one animal"):
            tracking.RECIPES[name](task)


def test_a_given_track_stands_for_any_recipe_but_that_of_boxes():
    pair = films(None, animals=2, track_file="pair.csv")
    checks.check_track(settings(videos=pair, track={"recipe": "moments"}), animal())
    with pytest.raises(UserError, match="'precropped' takes .* `track_file` of video 'v0'"):
        checks.check_track(settings(videos=pair, track={"recipe": "precropped"}), animal())


def test_turned_boxes_have_no_place_in_an_arena():
    boxes = films(None, camera_track="boxes.csv")
    checks.check_track(settings(videos=boxes, track={"recipe": "radon"}), animal())
    with pytest.raises(UserError, match="'precropped' takes .* `camera_track` of video 'v0'"):
        checks.check_track(settings(videos=boxes, track={"recipe": "precropped"}), animal())


def test_mirrored_images_need_both_sides_of_the_animal():
    both = skeleton.from_dict({"parts": ["nose", "left_ear", "right_ear"]})
    one = skeleton.from_dict({"parts": ["nose", "left_ear"]})
    maybe = skeleton.from_dict({"parts": ["nose", "tailL"]})
    for part in ("training", "prediction"):
        asked = settings(**({"training": {"mirror": False}} | {part: {"mirror": True}}))
        checks.check_training(asked, both)
        assert checks.unmirrored(asked, both) is None
        with pytest.raises(UserError, match=f"^animal.yaml: part 'left_ear' .*`{part}.mirror: f"):
            checks.check_training(asked, one)
        checks.check_training(asked, maybe)
        assert "tailL" in checks.unmirrored(asked, maybe)
    checks.check_training(settings(training={"mirror": False}), one)


def test_a_word_on_labels_without_images():
    poses = settings(videos=[{"id": "a", "path": "a.csv", "poses": "dlc"}])
    assert "labels/d: its 3 labeled frames serve nothing" in checks.unused_labels(poses, 3)
    assert checks.unused_labels(poses, 0) is None
    assert checks.unused_labels(settings(), 3) is None
