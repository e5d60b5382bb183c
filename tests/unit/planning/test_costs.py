"""Every rule has a cost, and costs follow what a job has to do."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from leap_core import config
from leap_core.io.video_info import VideoInfo
from leap_core.planning import amounts, costs, estimate
from leap_core.planning.amounts import Dataset
from leap_core.planning.calibration import Speed
from leap_core.planning.done import Took
from leap_core.planning.footage import Size
from leap_core.planning.jobs import Job
from leap_core.preprocess import stills

NETWORK = {use: 0.01 for use in ("learn", "check", "predict")}
NETWORK |= {f"{use}_wall": 0.001 for use in ("learn", "check", "predict")}
NETWORK |= {"start": 5.0, "start_learning": 6.0, "learn_mb": 900.0, "predict_mb": 800.0}
SPEED = Speed("here", 2, dict.fromkeys(costs.REFERENCE, 1.0), NETWORK | {"device": "CPU"})


def data(frames=3000, side=400, **keys):
    videos = [{"id": "a", "path": "a.mp4"}, {"id": "pair", "path": "p.mp4", "animals": 2}]
    value = {"dataset": "d", "skeleton": "animal.yaml", "videos": videos}
    value |= {"track": {"recipe": "mesh"}} | keys
    size = Size(frames, side, side, "file")
    return Dataset(config.from_dict(value), {"a": size, "pair": size}, 32)


def job(rule, name, gpu=False):
    return Job(rule, Path(f"results/d/logs/{name}.log"), gpu=gpu)


def cost(rule, name, about, speed=SPEED):
    return estimate.of_job(job(rule, name), about, speed)


def test_every_rule_of_the_workflow_has_a_cost_and_no_other(root):
    rules = set()
    for path in (root / "workflow" / "rules").rglob("*.smk"):
        rules |= set(re.findall(r"^\s*rule (\w+):", path.read_text(encoding="utf-8"), re.M))
    assert len(rules) > 45
    without = {rule for rule in rules - costs.TARGETS if costs.of_rule(rule) is None}
    assert not without, f"add a line to leap_core/planning/costs.py: {without}"
    # figures that are drawn by one rule a name have no `rule NAME:` of their own
    assert {rule for rule in costs.COSTS if not rule.startswith("figure_")} <= rules
    assert {about.stage for about in costs.COSTS.values()} | {"pixels"} == set(costs.STAGES)
    assert {about.kind for about in costs.COSTS.values()} <= set(costs.REFERENCE)


def test_every_amount_that_a_cost_names_is_known():
    known = set()
    for animal in costs.RENDERED:
        for recipe in costs.TRACKED:
            about = data(synthetic={"animal": animal, "size": 640}, track={"recipe": recipe})
            known |= set(amounts.of_job(job("x", "x/a"), about)) if recipe == "mesh" else set()
            known |= {f"track.{recipe}.frames", f"track.{recipe}.pixels"}
    for rule, about in costs.COSTS.items():
        for named in (about.cpu, about.memory, about.disk, about.images):
            assert set(named) <= known, rule


def test_a_recipe_that_may_be_named_has_a_cost():
    from leap_core.preprocess.tracking import RECIPES

    assert set(costs.TRACKED) == set(RECIPES)


def test_a_job_knows_its_recording_its_chunk_and_its_video():
    about = data()
    assert amounts.of_job(job("track", "track/pair"), about)["animal_frames"] == 6000
    assert amounts.of_job(job("crop", "crop/pair_animal1"), about)["frames"] == 3000
    assert amounts.of_job(job("predict", "predict/a/2-of-4"), about)["frames"] == 750
    assert amounts.of_job(job("export_poses", "exports/csv/poses/a.csv"), about)["frames"] == 3000
    assert amounts.of_job(job("gait_model", "gait_model"), about)["frames"] == 9000
    assert amounts.of_job(job("audit", "audit/a"), about)["video_pixels"] == 3000 * 0.16


@pytest.mark.parametrize("frames, side", [(20, 200), (3000, 400), (3000, 1600), (3000, 5000)])
def test_an_audit_keeps_no_more_stills_than_planned(frames, side):
    info = VideoInfo(Path("a.mp4"), side, side, 100.0, tuple(range(frames)), frames, "", "")
    kept = len(range(0, frames, stills.stride(info))) * side**2 / 1e6
    planned = amounts.of_job(job("audit", "audit/a"), data(frames, side))["stills_pixels"]
    assert 0.8 * planned < kept <= planned
    both = amounts.of_job(job("sample", "sample"), data(frames, side))["stills_pixels"]
    assert both == 2 * planned


def test_more_frames_cost_more_time_and_disk_but_no_memory_of_images():
    short, long = data(3000), data(30000)
    for rule, name in (("track", "track/a"), ("crop", "crop/a"), ("predict", "predict/a/1-of-1")):
        one, ten = cost(rule, name, short), cost(rule, name, long)
        assert 3 < ten.cpu / one.cpu < 10
        # ten times the crops would be hundreds of MB
        assert ten.memory - one.memory < 0.02 * 27000
    assert 8 < cost("crop", "crop/a", long).disk / cost("crop", "crop/a", short).disk < 10


def test_crops_that_are_not_stored_take_no_disk_and_are_decoded_again():
    stored, cut = data(), data(crop={"store": False})
    one, other = cost("crop", "crop/a", stored), cost("crop", "crop/a", cut)
    assert other.disk < one.disk / 100 and other.cpu < one.cpu / 5
    whole = cost("predict", "predict/a/1-of-1", cut)
    more = whole.cpu - cost("predict", "predict/a/1-of-1", stored).cpu
    # a video of 3,000 frames of 400 x 400 px, which the audit decodes and looks at in this time
    decoded = cost("audit", "audit/a", stored).cpu - costs.START_S
    assert 0.5 < more / decoded < 1.5
    half = cost("predict", "predict/a/1-of-2", cut).cpu
    assert half < 0.7 * whole.cpu


def test_views_and_filters_of_a_network_count():
    plain = cost("predict", "predict/a/1-of-1", data())
    twice = cost("predict", "predict/a/1-of-1", data(prediction={"mirror": True}))
    assert abs(twice.cpu - plain.cpu - 3000 * NETWORK["predict"]) < 1e-6
    longer = data(training={"epochs": 30, "batches": 50, "batch_size": 32})
    learned = 30 * 50 * 32 * NETWORK["learn"]
    assert cost("train", "train/main", longer).cpu > learned


def test_a_gpu_takes_the_time_of_its_clock_and_a_processor_shares_it_out():
    whole = data()
    on_gpu = replace(SPEED, network=NETWORK | {"device": "some GPU"})
    here = cost("predict", "predict/a/1-of-1", whole)
    there = cost("predict", "predict/a/1-of-1", whole, on_gpu)
    assert abs(here.wall - there.wall - 3000 * (0.01 / 2 - 0.001)) < 1e-6
    found = [estimate.of_job(job("train", "train/main", gpu=True), whole, on_gpu)]
    (stage,) = estimate.stages(found, [], on_gpu)
    assert stage.gpu is not None and stage.gpu > 0
    assert estimate.stages(found, [], SPEED)[0].gpu is None


def test_the_map_of_pixels_is_a_stage_of_its_own():
    found = [cost("behavior_embed", "behavior/embed", data())]
    found += [cost("behavior_embed", "pixels/embed", data())]
    assert [one.stage for one in found] == ["behavior", "pixels"]
    assert [s.name for s in estimate.stages(found, [], SPEED)] == ["behavior", "pixels"]


def test_jobs_that_have_run_correct_the_model_of_their_rule():
    about = data()
    model = cost("crop", "crop/a", about)
    log = model.job.log
    exact = Took("crop", log, 2 * model.cpu, 99.0, 2 * model.memory)
    factor = estimate.factors([exact], about, SPEED)["crop"]
    corrected = estimate.apply(cost("crop", "crop/pair_animal0", about), factor)
    assert corrected.cpu == 2 * cost("crop", "crop/pair_animal0", about).cpu
    assert corrected.memory > 2 * model.memory
    # a sample from outside misses the end of a job, and starts of programs alone tell nothing
    assert not estimate.factors([replace(exact, exact=False)], about, SPEED)
    assert not estimate.factors([Took("correct", log, 0.3, 0.3, 60.0)], about, SPEED)


def test_what_is_done_is_told_and_not_planned():
    took = [Took("track", Path("results/d/logs/track/a.log"), 7200.0, 9000.0, 200.0)]
    (stage,) = estimate.stages([], took, SPEED)
    assert (stage.name, stage.jobs, stage.done, stage.done_cpu) == ("tracks", 0, 1, 2.0)


def test_memory_is_enough_for_what_the_demo_took(root, monkeypatch):
    monkeypatch.chdir(root)
    settings = config.read(Path("config/config.yaml"))
    film = settings.synthetic
    size = Size(film.frames, film.size, film.size, "config")
    about = Dataset(settings, {video.id: size for video in settings.videos}, 32)
    # MB in the logs of a run with two cores
    took = {"synthesize/fly1": 262, "track/fly1": 256, "gait_coordination": 190}
    for name, mb in took.items():
        assert mb < cost(name.partition("/")[0], name, about).memory < 1.3 * mb
