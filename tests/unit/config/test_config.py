import json

import pytest

from leap_core import config, sources
from leap_core.errors import UserError

MINIMAL = {"dataset": "d", "skeleton": "s.yaml", "videos": [{"id": "a", "path": "a.mp4"}]}


def test_schema_for_editors_is_the_one_in_the_code(root):
    stored = json.loads((root / "workflow" / "schemas" / "config.schema.json").read_text())
    assert stored == config.schema()


def test_every_shipped_config_validates(root, monkeypatch):
    # sheets are named from the top folder
    monkeypatch.chdir(root)
    files = sorted((root / "config").glob("*.yaml"))
    assert len(files) >= 3
    for path in files:
        assert config.read(path).dataset


def test_a_resolved_config_reads_as_itself(root, monkeypatch):
    """As it stands in a manifest: every default and every row of a sheet written out."""
    monkeypatch.chdir(root)
    for path in sorted((root / "config").glob("*.yaml")):
        resolved = config.read(path)
        assert config.from_dict(json.loads(json.dumps(config.to_dict(resolved)))) == resolved


def test_a_key_of_an_earlier_version_is_answered_with_the_new_one():
    value = MINIMAL | {"prediction": {"min_confidence": 0.3}}
    with pytest.raises(UserError) as error:
        config.from_dict(value, "mine.yaml")
    told = "mine.yaml: `prediction.min_confidence` is now `poses.min_confidence`; write it there"
    assert str(error.value) == told


def test_defaults_are_the_papers():
    defaults = config.from_dict(MINIMAL)
    assert (defaults.sampling.per_video, defaults.sampling.components) == (500, 50)
    assert (defaults.sampling.clusters, defaults.sampling.per_cluster) == (10, 150)
    assert defaults.split == config.Split(0.765, 0.135, 0.1)
    assert (defaults.model.filters, defaults.model.sigma) == (64, 5)
    assert (defaults.behavior.frequencies, defaults.behavior.omega0) == (25, 5)


@pytest.mark.parametrize(("regime", "epochs"), [("full", 50), ("fast", 15)])
def test_regimes_are_the_papers_and_single_keys_still_count(regime, epochs):
    """Methods, LEAP training procedure: 50 x 32 images, Adam 1e-3, rate x 0.1 on a plateau, MSE."""
    found = config.from_dict(MINIMAL | {"training": {"regime": regime, "noise": 0.1}}).training
    assert (found.epochs, found.batches, found.validation_batches) == (epochs, 50, 10)
    assert (found.batch_size, found.learning_rate, found.schedule) == (32, 1e-3, "plateau")
    assert (found.warmup, found.foreground_weight, found.averaging, found.patience) == (0, 0, 0, 0)
    assert (found.rotation_deg, found.scale, found.shift_px, found.mirror) == (15, 0, 0, True)
    assert (found.contrast, found.brightness, found.blur_px, found.specks) == (0, 0, 0, 0)
    assert found.noise == 0.1
    assert config.from_dict(MINIMAL).training == config.Training()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trainin": {}}, "unknown key `trainin`; did you mean 'training'"),
        ({"training": {"epoch": 3}}, "unknown key `training.epoch`; did you mean 'epochs'"),
        ({"training": {"epochs": "3"}}, "`training.epochs`: '3' is not of type 'integer'"),
        ({"training": {"epochs": 0}}, "`training.epochs`: 0 is less than the minimum"),
        ({"videos": [{"id": "a", "path": "x", "fsp": 1}]}, "`videos.0.fsp`; did you mean 'fps'"),
        ({"videos": [{"id": "a"}]}, "neither `path` nor `url`"),
        ({"videos": [{"id": "a", "path": "x"}] * 2}, "'a' is used twice"),
        ({"videos": [{"id": "map", "path": "x"}]}, "'map' is reserved"),
        ({"videos": [{"id": "../x", "path": "x"}]}, "does not match"),
        ({"split": {"train": 0.9}}, "sum to 1.135"),
        ({"model": {"input_scale": 0.3}}, "multiple of 4"),
        ({"model": {"network": "hourglass", "input_scale": 0.125}}, "multiple of 16"),
        (
            {"training": {"all_labels": True, "patience": 5}},
            "leaves no label to watch a training, which `training.patience` and",
        ),
        (
            {"training": {"all_labels": True, "regime": "full"}},
            "do; set `split.validation: 0`, or remove one of them",
        ),
        ({"run": "one-held-out"}, "names that end in '-held-out' are those of networks"),
        ({"labels": {"truth": 5}}, "needs `labels.truth_videos`"),
        ({"labels": {"sources": [{"id": "a", "path": "x"}]}}, "'a' is used twice"),
        ({"labels": {"sources": [{"id": "b", "path": "x", "rows": [9, 2]}]}}, "first below last"),
        ({"training": {"learning_rate": "1e-4"}}, "write the number with a dot"),
        (
            {"videos": [{"id": k, "path": f"{k}.mp4", "corrections": "c.csv"} for k in "ab"]},
            "`corrections` of videos 'a' and 'b' are both c.csv; give each video a table",
        ),
        ({"synthetic": {"size": 200}}, "synthetic.size: 200 px do not fit camera 'arena'"),
        (
            {"synthetic": {"size": 3000, "camera": "closed_loop"}},
            "synthetic.size: 3000 px do not fit camera 'closed_loop'; use 192 to 1000",
        ),
        ({"videos": [{"id": "a", "synthetic": 1, "animals": 2}]}, "is 'fly'; set `animals: 1`"),
        (
            {"videos": [{"id": "a", "synthetic": 1}], "synthetic": {"animal": "pair"}},
            "is 'pair'; set `animals: 2`",
        ),
        (
            {"synthetic": {"animal": "pair", "camera": "closed_loop"}},
            "follows one fly, no pair; set `synthetic.camera: arena`",
        ),
        ({"synthetic": {"animal": "pair", "size": 400}}, "use 640 to 2000 for a pair"),
        (
            {
                "videos": [
                    {"id": "a", "path": "x.mp4", "camera_track": "c.csv"},
                    {"id": "a.camera", "path": "y.csv"},
                ]
            },
            "'a.camera' is used twice",
        ),
        (
            {"videos": [{"id": "a", "path": "x", "animals": 2, "camera_track": "a.csv"}]},
            "a `camera_track` belongs to a box around one animal",
        ),
        (
            {"videos": [{"id": "a", "synthetic": 1, "track_file": "a.csv"}]},
            "a `track_file` belongs to a real video",
        ),
        (
            {"videos": [{"id": "a", "path": "x", "track_file": "t", "track_corner": "1"}]},
            "track_corner`: '1' does not match",
        ),
        (
            {"videos": [{"id": "a", "path": "x.mp4", "track_y": "up"}]},
            "`track_y` is about a `track_file`; name that, or remove `track_y`",
        ),
        (
            {
                "videos": [
                    {"id": "a", "path": "x.mp4", "track_file": "a.csv"},
                    {"id": "a.track", "path": "y.csv"},
                ]
            },
            "'a.track' is used twice",
        ),
        (
            {"exports": {"formats": ["csv", "slp"], "reference": "egocentric"}},
            "has slp, which shows points on the video",
        ),
        (
            {
                "videos": [{"id": "a", "path": "x.mp4"}],
                "exports": {"formats": ["csv"], "reference": "video mm"},
            },
            "video 'a' has no `px_per_mm`",
        ),
        (
            {
                "videos": [{"id": k, "path": f"{k}.mp4"} for k in ("a", "a.dlc")],
                "exports": {"formats": ["csv"]},
            },
            "exports of 'a' would be called as those of 'a.dlc'",
        ),
    ],
)
def test_mistakes_are_named(change, words):
    with pytest.raises(UserError) as error:
        config.from_dict(MINIMAL | change, "my.yaml")
    assert words in str(error.value)
    assert str(error.value).startswith("my.yaml: ")


def test_numbers_take_the_declared_type():
    value = {"behavior": {"clip": [1, 2]}, "training": {"epochs": 2.0, "learning_rate": 1}}
    read = config.from_dict(MINIMAL | value)
    assert read.behavior.clip == [1.0, 2.0] and isinstance(read.behavior.clip[0], float)
    assert isinstance(read.training.epochs, int)
    assert isinstance(read.training.learning_rate, float)


def test_missing_and_broken_files(tmp_path):
    with pytest.raises(UserError, match="no such config file"):
        config.read(tmp_path / "none.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [1,\n")
    with pytest.raises(UserError, match="not valid YAML"):
        config.read(broken)


def test_leap_data_is_searched_first(tmp_path, monkeypatch):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        (folder / "v.mp4").write_text("x")
    monkeypatch.chdir(here)
    monkeypatch.setenv("LEAP_DATA", str(there))
    assert sources.find_source("v.mp4") == there / "v.mp4"
    monkeypatch.delenv("LEAP_DATA")
    assert sources.find_source("v.mp4").resolve() == here / "v.mp4"
    assert sources.find_source("absent.mp4") is None


def test_a_box_may_be_smaller_than_an_arena():
    settings = {"synthetic": {"size": 200, "camera": "closed_loop"}}
    assert config.from_dict(MINIMAL | settings).synthetic.size == 200


def test_label_sources_include_the_files_of_labeled_synthetic_videos():
    value = MINIMAL | {
        "videos": [{"id": "fly1", "synthetic": 1}],
        "labels": {
            "sources": [{"id": "mine", "path": "x.slp", "format": "sleap"}],
            "truth": 5,
            "truth_videos": ["fly1"],
        },
    }
    labels = config.from_dict(value).labels
    assert labels.source("mine").format == "sleap"
    assert labels.source("fly1") == config.LabelSource(id="fly1", format="leap-mat")
    with pytest.raises(UserError, match="no source 'fly2'"):
        labels.source("fly2")


def test_a_camera_track_is_a_raw_source_of_its_own():
    video = config.Video(id="box1", path="box1.mp4", camera_track="tracks/box1.h5")
    assert video.camera_source == config.Source(id="box1.camera", path="tracks/box1.h5")
    assert config.Video(id="box1", path="box1.mp4").camera_source is None


def test_a_given_track_is_one_raw_source_or_one_for_each_animal():
    film = config.Video(id="a", path="a.mp4", animals=2, track_file="t/trx.mat")
    assert film.track_sources == [config.Source(id="a.track", path="t/trx.mat")]
    assert config.Video(id="a", path="a.mp4").track_sources == []
    for name, second in (("t/v_fish9.npz", "t/v_fish10.npz"), ("v_id0.npz", "v_id1.npz")):
        film = config.Video(id="a", path="a.mp4", animals=2, track_file=name)
        assert film.track_sources == [
            config.Source(id="a.track0", path=name),
            config.Source(id="a.track1", path=second),
        ]


@pytest.mark.parametrize("name", ["pi.h264", "PI.MJPEG", "cam.hevc", "x.m2v"])
def test_streams_without_time_stamps_need_their_rate(name):
    value = MINIMAL | {"videos": [{"id": "a", "path": name}]}
    with pytest.raises(
        UserError, match=r"video 'a': \.\w+ streams have no time stamps; set its `f"
    ):
        config.from_dict(value, "mine.yaml")
    value["videos"][0]["fps"] = 90
    assert config.from_dict(value).videos[0].fps == 90


def test_labels_do_not_lie_among_results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def folder(name):
        return config.from_dict(MINIMAL | {"labels": {"folder": name}}, "mine.yaml").labels_folder

    assert config.from_dict(MINIMAL).labels_folder == "labels/d"
    for fine in ("mine", "../elsewhere", "resultsnot/labels", "results_of_me", "/data/labels"):
        assert folder(fine) == fine
    (tmp_path / "link").symlink_to("results")
    for bad in ("results", "results/d/labels", "labels/../results/x", "link/mine"):
        with pytest.raises(UserError, match="^mine.yaml: `labels.folder` is .*such as labels/d$"):
            folder(bad)


def test_limits_of_confidence_are_those_of_what_it_is():
    """A probability of one's own network, or another tool's score."""
    assert config.from_dict(MINIMAL).poses == config.PoseLimits(0.02, 0.6)
    given = MINIMAL | {"poses": {"min_confidence": 0.7}}
    assert config.from_dict(given).poses == config.PoseLimits(0.7, 0.7)
    film = {"id": "a", "path": "a.h5", "poses": "sleap", "fps": 50}
    foreign = MINIMAL | {"videos": [film]}
    assert config.from_dict(foreign).poses == config.PoseLimits(0.2, 0.2)
    strict = foreign | {"poses": {"min_confidence": 0.5}}
    assert config.from_dict(strict).poses == config.PoseLimits(0.5, 0.5)
