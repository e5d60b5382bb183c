"""The numbers of Pereira et al. 2018 (bioRxiv 331181) in the three configs of its datasets."""

import pytest

from leap_core import config, skeleton

DATASETS = ["paper_fly59", "paper_pair42", "paper_mouse29"]


@pytest.fixture
def read(root, monkeypatch):
    """A config of the repository by its name; sheets are named from its top folder."""
    monkeypatch.chdir(root)
    return lambda name: config.read(f"config/{name}.yaml")


@pytest.mark.parametrize(
    ("name", "count", "fps", "px_per_mm", "parts"),
    [
        ("paper_fly59", 59, 100, 35, 32),
        ("paper_pair42", 42, 100, 25, 32),
        ("paper_mouse29", 29, 170, 1.95, 16),
    ],
)
def test_each_dataset_has_its_videos_and_parts(read, name, count, fps, px_per_mm, parts):
    found = read(name)
    assert found.dataset == name
    assert len(found.videos) == len({video.path for video in found.videos}) == count
    assert {(video.fps, video.px_per_mm) for video in found.videos} == {(fps, px_per_mm)}
    assert {video.animals for video in found.videos} == {1}
    animal = skeleton.read(found.skeleton)
    assert len(animal) == parts
    animal.index(found.behavior.center)


@pytest.mark.parametrize("name", DATASETS)
def test_sampling_network_and_training_are_the_papers(read, name):
    found = read(name)
    assert found.crop.size == 192
    assert found.sampling.per_video == 500
    assert found.sampling.components == 50
    assert found.sampling.clusters == 10
    assert found.sampling.per_cluster == 150
    assert found.model == config.Model("leap_cnn", filters=64, input_scale=1.0, sigma=5.0)
    assert found.split == config.Split(0.765, 0.135, 0.1, by="frame")
    training = found.training
    assert training.regime == "full"
    assert (training.epochs, training.batches, training.batch_size) == (50, 50, 32)
    assert training.validation_batches == 10
    assert training.learning_rate == 1e-3
    assert training.schedule == "plateau"
    assert training.warmup == 0
    assert training.foreground_weight == 0
    assert (training.rotation_deg, training.scale, training.shift_px) == (15, 0, 0)
    assert training.mirror and training.mask is None
    assert found.prediction.chunks == 12
    assert (found.prediction.refine, found.poses.min_confidence) == ("none", 0)


@pytest.mark.parametrize("name", DATASETS)
def test_millions_of_crops_are_not_stored(read, name):
    crop = read(name).crop
    assert (crop.size, crop.background, crop.store) == (192, "keep", False)


@pytest.mark.parametrize("name", DATASETS)
def test_spectrograms_and_map_are_the_papers(read, name):
    behavior = read(name).behavior
    assert (behavior.fmin, behavior.fmax, behavior.frequencies) == (1, 50, 25)
    assert behavior.omega0 == 5
    assert behavior.metric == "kl"
    assert (behavior.per_recording, behavior.total) == (10_000, 35_000)
    assert (behavior.sample_perplexity, behavior.perplexity) == (20, 32)
    assert behavior.sigma == 0.65
    assert behavior.clip == [0.5e-3, 2.75e-3]
    assert behavior.map_recordings == []


def test_the_gait_of_the_59_flies_is_read_as_in_the_paper(read):
    found = read("paper_fly59")
    assert found.track.recipe == "radon"
    assert all(video.camera_track for video in found.videos)
    gait = found.gait
    assert gait.enabled
    # five frames at 100 frames/s
    assert (gait.smooth_s, gait.body_smooth_s) == (0.05, 0.05)
    assert (gait.stance_rule, gait.symbols, gait.states) == ("paper", "count", 3)
    assert (gait.min_speed, gait.min_speed_durations) == (2, 7.2)
    assert (gait.min_bout_s, gait.bout_frames, gait.min_mode_s) == (0.5, 3000, 0)
    assert found.pixels.enabled and found.pixels.modes == 50


def test_the_mouse_has_three_points_on_each_leg_and_mirrors_them(read):
    mouse = skeleton.read(read("paper_mouse29").skeleton)
    assert {len(parts) for parts in mouse.legs.values()} == {3}
    assert set(mouse.legs) == {"LF", "LH", "RF", "RH"}
    midline = {part for i, part in enumerate(mouse.parts) if mouse.swap[i] == i}
    assert midline == {"snout", "neck", "tailbase", "tailtip"}
    assert mouse.parts[mouse.swap[mouse.index("hindlegL3")]] == "hindlegR3"
