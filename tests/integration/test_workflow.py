"""The whole line on the tiny dataset, run as a user runs it, in fresh copies of the checkout."""

import ast
import dataclasses
import html
import json
import os
import re
import subprocess
import sys
from multiprocessing.pool import ThreadPool
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from fixtures import pictures
from fixtures.checkout import TINY, fresh_copy, plan_each, settings_of, snakemake
from pypdf import PdfReader

from leap_core import config, containers, synthetic
from leap_core.config.declared import SECTIONS
from leap_core.provenance import records


def planned_rules(folder: Path, *configs: str) -> set[str]:
    """Rules that a run to the figures would execute."""
    result = snakemake(folder, "-n", *TINY, *configs)
    text = result.stdout + result.stderr
    assert result.returncode == 0, text
    return {
        line.split()[1].rstrip(":") for line in text.splitlines() if line.startswith("rule ")
    } | {line.split()[1].rstrip(":") for line in text.splitlines() if line.startswith("localrule ")}


def test_every_config_plans_on_a_fresh_clone(root, tmp_path):
    """One as typed, all, and on Slurm one with all rules and one of poses of another tool."""
    folder = fresh_copy(root, tmp_path)
    names = sorted(p.stem for p in (folder / "config").glob("*.yaml"))
    assert {"fly_leap", "fly_grooming3d"} < set(names)
    plans = [["figures", "--configfile", f"config/{name}.yaml"] for name in names]
    fly, poses = (plans[names.index(name)] for name in ("fly_leap", "fly_grooming3d"))
    on_slurm = [[*plan, "--profile", "slurm"] for plan in (fly, poses)]
    elsewhere = {"LEAP_DATA": "", "PYTHONPROFILEIMPORTTIME": "1"}
    with ThreadPool(2) as pool:
        typed = pool.apply_async(snakemake, (folder, "-n", *fly), elsewhere)
        slurm = plan_each(folder, on_slurm, **elsewhere)
        told = [typed.get(), slurm, plan_each(folder, plans, **elsewhere)]
    for result in told:
        assert result.returncode == 0, result.stderr[-3000:]
        assert "leap_core.config" in result.stderr
        assert "tensorflow" not in result.stderr
    done = re.findall("^This was a dry-run", told[2].stdout + told[2].stderr, re.M)
    assert len(done) == len(names)


@pytest.mark.slow
def test_a_video_is_predicted_without_a_file_of_crops(undisturbed, tmp_path):
    """``leap predict`` cuts crops as it needs them, and has what the workflow made from a file."""
    made = "results/tiny/models/main/best.keras"
    asked = ("results/tiny/synthetic/fly2.mp4", "--model", made, "--config", TINY[-1])
    result = subprocess.run(
        [sys.executable, "-m", "leap_core.cli", "predict", *asked, "-o", tmp_path / "poses.h5"],
        cwd=undisturbed,
        env=settings_of(undisturbed, {}),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["poses.h5"]
    found = containers.Poses.read(tmp_path / "poses.h5")
    expected = containers.Poses.read(undisturbed / "results/tiny/poses/fly2.h5")
    for name in ("positions", "confidence", "valid", "center", "heading"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.mark.slow
def test_a_second_network_learns_from_the_same_frames_without_background(undisturbed):
    out = undisturbed / "results" / "tiny"
    plain, masked = (
        containers.Labels.read(out / "labels" / f"{name}.h5") for name in ("labels", "masked")
    )
    assert (plain.division, plain.note) == (masked.division, masked.note)
    for name in ("positions", "status", "source", "frame", "split", "video"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(masked, name))
    kept = masked.images == plain.images
    assert (masked.images[~kept] == 0).all() and 0.2 < (~kept).mean() < 0.95
    metrics = [
        json.loads((out / "models" / run / "evaluation.json").read_text())
        for run in ("main", "masked")
    ]
    assert metrics[0]["overall"]["n"] == metrics[1]["overall"]["n"]
    assert metrics[0]["overall"]["mean_px"] != metrics[1]["overall"]["mean_px"]
    record = json.loads((out / "models" / "masked" / "best.json").read_text())["provenance"]
    assert "results/tiny/labels/masked.h5" in record["inputs"]


@pytest.mark.slow
def test_every_stage_leaves_its_file(root, undisturbed):
    out = undisturbed / "results" / "tiny"
    frames = config.read(root / "config" / "tiny.yaml").synthetic.frames
    poses = containers.Poses.read(out / "poses" / "fly1.h5")
    assert poses.positions.shape == (frames, 32, 2)
    np.testing.assert_array_equal(poses.frame, np.arange(frames))
    labels = containers.Labels.read(out / "labels" / "labels.h5")
    assert {(labels.split == s).any() for s in (0, 1, 2)} == {True}
    # few labels in 1.2 s: no gap of a second, and that is said
    assert set(labels.video) == {"fly1"}
    train, test = (labels.frame[labels.select(name)] for name in ("train", "test"))
    gap = labels.division["gap_s"]
    assert 0 < gap < 1 and np.abs(train[:, None] - test).min() >= round(100 * gap)
    assert "WARNING: split: blocks of time" in (out / "logs" / "split.log").read_text()
    behavior = containers.Behavior.read(out / "behavior" / "fly2.h5")
    assert behavior.region.max() >= 1
    assert containers.Gait.read(out / "gait" / "fly1.h5").swing.shape == (frames, 6)
    assert json.loads((out / "audit" / "fly1.json").read_text())["frames"] == frames
    metrics = json.loads((out / "models" / "main" / "evaluation.json").read_text())
    assert metrics["overall"]["n"] > 0
    assert metrics["division"] == labels.division | {"note": labels.note}
    assert "errors may flatter" in (out / "notes.csv").read_text()
    with h5py.File(out / "poses" / "fly1.h5") as file:
        record = json.loads(file.attrs["provenance"])
    assert "results/tiny/crops/fly1.h5" in record["inputs"]
    validation = json.loads((out / "validation.json").read_text())
    assert {"pose_median_px", "heading_flips", "stance_accuracy", "behavior_nmi"} <= set(validation)
    assert all({"value", "target", "pass"} <= set(entry) for entry in validation.values())
    # fly1 is labeled: only fly2 counts
    table = pd.read_csv(out / "validation.csv")
    assert set(table["recording"]) == {"fly1", "fly2"}
    mine = table[(table["recording"] == "fly2") & (table["key"] == "pose_median_px")]
    assert mine["value"].item() == pytest.approx(validation["pose_median_px"]["value"], rel=1e-6)
    assert labels.source.tolist() == ["fly1"] * len(labels.source)
    exports = out / "exports"
    table = pd.read_csv(exports / "csv" / "poses" / "fly2.csv")
    assert len(table) == frames * 32 and "x_video_px" in table
    with h5py.File(exports / "analysis" / "poses" / "fly2.analysis.h5") as file:
        tracks = file["tracks"][0].transpose(2, 1, 0)  # (frame, part, xy)
    np.testing.assert_allclose(
        table[["x_video_px", "y_video_px"]].to_numpy().reshape(tracks.shape), tracks, atol=1e-3
    )
    places = pd.read_csv(exports / "csv" / "tracks" / "fly2.csv")
    track = containers.Track.read(out / "tracks" / "fly2.h5")
    np.testing.assert_allclose(places["x_video_px"], track.centroid[0, :, 0], rtol=1e-5)
    doing = pd.read_csv(exports / "csv" / "behavior" / "fly2.csv")
    assert len(doing) == frames and {"region", "gait_mode", "stance_LF"} <= set(doing)
    assert not list(out.rglob(".*-*")), "temporary files were left"


# two epochs teach no network to see a fly groom or step well: these figures say so instead, or show
# what such a network took for it
# only where frames were labeled in the browser (test_browser_labels.py)
IN_BROWSER = {"fig1b", "figS4c"}
# only where recordings are in groups (test_groups.py)
IN_GROUPS = {"groups"}
UNSEEN = {"fig1d", "fig1e", "fig3fg"}
# movies, and pictures that are one per recording or video
EACH = {"alignment", "movie", "movie_bout", "movie_masked", "poses", "tracking"}


@pytest.mark.slow
def test_the_papers_figures_are_pages_of_a_journal(undisturbed):
    paper = undisturbed / "results" / "tiny" / "paper"
    numbers = [f"Figure{prefix}{k}" for prefix in ("", "S") for k in range(1, 7)]
    for number in numbers:
        (page,) = PdfReader(paper / f"{number}.pdf").pages
        width, height = (float(v) / 72 * 25.4 for v in (page.mediabox.width, page.mediabox.height))
        assert 150 < width < 183.1 and height < 247.1
        pictures.assert_drawn_or_says_why(paper / f"{number}.png")
    table = pd.read_csv(paper / "panels.csv", keep_default_na=False)
    assert list(table["figure"].drop_duplicates()) == [
        *(f"Figure {number.removeprefix('Figure')}" for number in numbers),
        *(f"Movie {k}" for k in range(1, 6)),
    ]
    named = table["file"] != ""
    assert (named | (table["missing"] != "")).all()
    for file in table["file"][named]:
        assert (undisturbed / "results" / "tiny" / file).is_file()
    # what only a mouse, a person or further trainings would show
    without = set((table["figure"] + table["panel"])[~named])
    trials = {"Figure 2c", "Figure 2d", "Figure S1a, b", "Figure S4a, b", "Figure S5b"}
    assert without == trials | {"Figure 1b", "Figure S4c", "Figure 6c", "Movie 5"}
    for k in range(1, 5):
        assert (paper / f"Movie{k}.mp4").stat().st_size > 1000
    assert not (paper / "Movie5.mp4").exists()


@pytest.mark.slow
def test_the_summary_tells_what_the_run_has(undisturbed):
    out = undisturbed / "results" / "tiny"
    page = (out / "summary.html").read_text()
    frames = sum(len(containers.Poses.read(path).frame) for path in (out / "poses").glob("fly*.h5"))
    assert f"<td>2 recordings, {frames:,} frames" in page
    labels = containers.Labels.read(out / "labels" / "labels.h5")
    assert f"<td>{len(labels.split)} images: {(labels.split == 0).sum()} train" in page
    metrics = json.loads((out / "models" / "main" / "evaluation.json").read_text())
    assert f"median error {metrics['overall']['median_px']:.2f} px" in page
    measures = json.loads((out / "validation.json").read_text()).values()
    judged = [measure["pass"] for measure in measures if measure["pass"] is not None]
    assert f"{sum(judged)} of {len(judged)} targets reached" in page
    notes = pd.read_csv(out / "notes.csv")
    assert html.escape(notes["note"][notes["stage"] == "gait-model"].item()[:150]) in page


@pytest.mark.slow
def test_every_figure_and_movie_shows_something(root, undisturbed):
    figures = undisturbed / "results" / "tiny" / "figures"
    captions = {p.stem for p in (undisturbed / "workflow" / "report").glob("*.rst")}
    single = captions - EACH - {"workflow", "notes", "summary"} - IN_BROWSER - IN_GROUPS
    assert single > UNSEEN
    for figure in single - UNSEEN:
        pictures.assert_drawn(figures / f"{figure}.png")
    for figure in UNSEEN:
        pictures.assert_drawn_or_says_why(figures / f"{figure}.png")
    for name in ("fly1", "fly2"):
        for kind in ("alignment", "poses", "tracking"):
            pictures.assert_drawn(figures / kind / f"{name}.png")
    frames = config.read(root / "config" / "tiny.yaml").figures.movie_frames
    for movie in ("movie/fly1", "movie/fly2", "movie_masked"):
        pictures.assert_moves(figures / f"{movie}.mp4", frames)
    for movie in ("movie_walking", "movie_grooming", "clips"):
        pictures.assert_moves(figures / f"{movie}.mp4")


def test_boxes_with_a_camera_track_become_crops_in_the_arena(root, tmp_path, fly32):
    """A real video of closed-loop boxes: radon recipe, camera track by path, 200 -> 192 px."""
    folder = fresh_copy(root, tmp_path)
    settings = config.Synthetic(frames=60, size=200, camera="closed_loop")
    synthetic.render(
        folder / "box.mp4", folder / "truth.h5", 5, settings, fly32, None, folder / "box.csv"
    )
    value = {
        "dataset": "boxes",
        "skeleton": "config/skeletons/fly32.yaml",
        "videos": [{"id": "box", "path": "box.mp4", "camera_track": "box.csv", "px_per_mm": 35}],
        "track": {"recipe": "radon"},
    }
    (folder / "boxes.yaml").write_text(yaml.safe_dump(value))
    target = "results/boxes/crops/box.h5"
    result = snakemake(folder, "--cores", "2", target, "--configfile", "boxes.yaml")
    assert result.returncode == 0, result.stderr[-3000:]
    crops = containers.Crops.read(folder / target)
    truth = containers.Truth.read(folder / "truth.h5")
    assert crops.images.shape == (60, 192, 192, 1)
    assert np.linalg.norm(crops.center - truth.centroid, axis=1).max() < 15
    assert np.abs(np.angle(np.exp(1j * (crops.heading - truth.heading)))).max() < 0.1
    # the same out of the video, where images are not stored; only that is made again
    (folder / "boxes.yaml").write_text(yaml.safe_dump(value | {"crop": {"store": False}}))
    stored = (folder / target).stat().st_size
    result = snakemake(folder, "--cores", "2", target, "--configfile", "boxes.yaml")
    assert result.returncode == 0, result.stderr[-3000:]
    assert "rule crop:" in result.stderr and "rule track:" not in result.stderr
    assert (folder / target).stat().st_size < stored / 20
    again = containers.Crops.read(folder / target)
    for name in ("images", "frame", "valid", "center", "heading"):
        np.testing.assert_array_equal(getattr(again, name), getattr(crops, name))
    with h5py.File(folder / target) as file:
        inputs = json.loads(file.attrs["provenance"])["inputs"]
    assert "results/boxes/audit/box.json" in inputs


@pytest.mark.slow
def test_an_edited_sheet_reruns_only_what_concerns_the_changed_video(root, tmp_path, fly32):
    folder = fresh_copy(root, tmp_path)
    settings = config.Synthetic(frames=40, size=320)
    for k, name in enumerate("abc"):
        synthetic.render(folder / f"{name}.mp4", folder / f"{name}.h5", k, settings, fly32)
    value = {
        "dataset": "sheet",
        "skeleton": "config/skeletons/fly32.yaml",
        "video_sheet": "videos.tsv",
    }
    (folder / "sheet.yaml").write_text(yaml.safe_dump(value))

    def snake(names, *arguments):
        targets = [f"results/sheet/tracks/{name}.h5" for name in names]
        return snakemake(folder, *arguments, *targets, "--configfile", "sheet.yaml")

    def write(*rows):
        lines = ["id\tpath\tpx_per_mm", *("\t".join(row) for row in rows)]
        (folder / "videos.tsv").write_text("\n".join(lines) + "\n")

    def made(names):
        """Files of sheet's results that a dry run would make."""
        result = snake(names, "-n")
        assert result.returncode == 0, result.stderr[-3000:]
        listed = re.findall(r"^ +output: (.*)$", result.stdout, re.MULTILINE)
        return {path.removeprefix("results/sheet/") for line in listed for path in line.split(", ")}

    a, b, c = ((name, f"{name}.mp4", "35") for name in "abc")
    write(a, b)
    result = snake("ab", "--cores", "2")
    assert result.returncode == 0, result.stderr[-3000:]
    assert made("ab") == set()
    write(("# the same videos in another order",), b, a)
    assert made("ab") == set()
    write(a, ("b", "b.mp4", "28.5"))
    assert made("ab") == {"tracks/uncorrected/b.h5", "tracks/b.h5"}
    write(a, c, b)
    track = {"tracks/uncorrected/c.h5", "tracks/c.h5"}
    assert made("abc") == {"raw/c.mp4", "audit/c.json", "audit/c.h5", *track}
    write(a, ("b", "c.mp4", "28.5"))
    track = {"tracks/uncorrected/b.h5", "tracks/b.h5"}
    assert made("ab") == {"raw/b.mp4", "audit/b.json", "audit/b.h5", *track}
    result = snake("ab", "--cores", "2")
    assert result.returncode == 0, result.stderr[-3000:]
    scale = {
        n: containers.Track.read(folder / f"results/sheet/tracks/{n}.h5").px_per_mm for n in "ab"
    }
    assert scale == {"a": 35, "b": 28.5}
    write(a, ("b", "b.mp4", "28,5"))
    result = snake("ab", "-n")
    assert result.returncode == 2
    assert "error: videos.tsv: line 3, column 'px_per_mm': '28,5'; write a number" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_a_second_run_has_nothing_to_do(finished):
    result = snakemake(finished, "--cores", "2", *TINY)
    assert result.returncode == 0, result.stderr[-5000:]
    assert "Nothing to be done" in result.stdout + result.stderr


@pytest.mark.slow
def test_a_key_remakes_only_what_it_changes(finished):
    def planned(section, **keys):
        (finished / "changed.yaml").write_text(yaml.safe_dump({section: keys}))
        return planned_rules(finished, "changed.yaml")

    assert planned("behavior", map_recordings=["fly1", "fly2"]) == set()
    dwell = planned("behavior", max_between_s=0.4)
    assert "behavior_dynamics" in dwell
    assert not dwell & {"behavior_channels", "behavior_embed", "behavior_project", "behavior_map"}
    cut = planned("behavior", clip=[0.0001, 1.0])
    assert "behavior_map" in cut and not cut & {"behavior_sample", "behavior_embed"}
    fewer = planned("behavior", map_recordings=["fly1"])
    assert {"behavior_sample", "behavior_embed"} <= fewer and "behavior_channels" not in fewer
    by_rule = planned("behavior", auto=True)
    assert {"behavior_settings", "behavior_channels", "behavior_map"} <= by_rule
    assert not by_rule & {"predict", "gather", "gait", "pixel_basis"}
    # how much at a time is no reason to predict again
    assert planned("prediction", batch_size=16, chunks=4) == set()
    # nor is what counts as seen: what follows reads the same poses another way
    limit = planned("poses", min_confidence=0.3)
    assert {"gait", "behavior_channels", "figure_confidence"} <= limit
    assert not limit & {"predict", "gather", "train", "evaluate", "experiment", "crop", "track"}
    told = planned("figures", remark="a word below the pictures")
    assert told and all(rule.startswith("figure") for rule in told)


@pytest.mark.slow
def test_settings_that_are_left_to_the_recordings_reach_the_map(finished):
    """Two recordings of 120 frames at 100 frames/s; what config/tiny.yaml gives stays."""
    (finished / "auto.yaml").write_text(yaml.safe_dump({"behavior": {"auto": True}}))
    made = "results/tiny/behavior/embedding.h5"
    result = snakemake(finished, "--cores", "2", made, *TINY[1:], "auto.yaml")
    assert result.returncode == 0, result.stderr[-5000:]
    found = containers.Embedding.read(finished / made)
    assert (found.omega0, found.frequencies[0], found.frequencies[-1]) == (3, 1, 50)
    assert len(found.frequencies) == 8 and len(found.z) == 200 and found.perplexity == 10
    log = (finished / "results/tiny/logs/behavior/settings.log").read_text()
    assert "of 2 s at 100 frames/s" in log and "omega0: 3.0 (" in log and "total" not in log
    record = records.of_file(finished / made)
    assert any(path.endswith("behavior/settings.json") for path in record.inputs)


@pytest.mark.slow
def test_edits_of_regions_are_applied_and_those_of_another_map_said(finished):
    out = finished / "results" / "tiny" / "behavior"
    found = containers.BehaviorMap.read(out / "map.h5")
    key, regions = found.key, len(found.occupancy)
    edits = finished / "labels" / "tiny" / "region_edits.csv"
    edits.parent.mkdir(parents=True, exist_ok=True)
    edits.write_text(
        f"map,action,region,other,x1,y1,x2,y2,name,by\n{key},name,{regions},,,,,,resting,\n"
        f"{key},merge,{regions},1,,,,,,\n000000000000,name,1,,,,,,another,\n"
    )
    planned = planned_rules(finished)
    assert {"behavior_map", "behavior_dynamics", "figure_ethogram", "explore"} <= planned
    again = {"behavior_embed", "behavior_project", "behavior_stability", "behavior_refits"}
    assert not planned & (again | {"gait"})
    table, exported = out / "regions.csv", "exports/csv/behavior/fly1.csv"
    targets = [f"results/tiny/{name}" for name in ("behavior/regions.csv", exported)]
    result = snakemake(finished, "--cores", "2", *targets, *TINY[1:])
    assert result.returncode == 0, result.stderr[-5000:]
    made = containers.BehaviorMap.read(out / "map.h5")
    assert len(made.occupancy) == regions - 1 and (made.found == found.labels).all()
    assert "edits of another map are not applied (1)" in made.note
    rows = pd.read_csv(table)
    assert rows["made_of"].iloc[0] == f"1+{regions}" and rows["name"].iloc[0] == "resting"
    names = pd.read_csv(finished / "results" / "tiny" / exported)["region_name"].dropna().unique()
    assert names.tolist() == ["resting"]


def read_by(script: Path) -> set[tuple[str, ...]]:
    """Sections and keys of the config that a script reads by name: `job.config.gait.min_speed`."""
    found = set()
    for node in ast.walk(ast.parse(script.read_text())):
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        if isinstance(node, ast.Name) and node.id == "job" and names[:1] in (["config"], ["seed"]):
            found.add(tuple(names[1:3]) if names[0] == "config" else ("seed",))
    return {names for names in found if names}


@pytest.mark.slow
def test_a_script_reads_only_what_its_rule_declares(undisturbed):
    """Reading anything else is an error when it happens; this finds branches that no run took."""
    rules = {}
    for path in (undisturbed / "results" / "tiny" / "provenance").rglob("*.json"):
        record = json.loads(path.read_text())
        [script] = [name for name in record["code"] if name.startswith("scripts/")]
        rules[record["rule"]] = (script, record["settings"])
    assert len(rules) > 80
    for rule, (script, settings) in rules.items():
        for section, *keys in read_by(undisturbed / script):
            assert section in settings, f"{rule} reads {section}"
            declared = settings[section]
            for key in keys:
                of_class = hasattr(SECTIONS.get(section), key) and key not in _fields(section)
                assert of_class or key in declared, f"{rule} reads {section}.{key}"


def _fields(section: str) -> set[str]:
    return {field.name for field in dataclasses.fields(SECTIONS[section])}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fly_grooming3d", "mouse_bsoid", "mouse_oft"])
def test_poses_of_other_tools_become_a_map_and_figures(name, root, tmp_path, data):
    """Three real data sets: a fly in three dimensions, a mouse of 6 parts, two of 17."""
    folder = fresh_copy(root, tmp_path)
    small = {"behavior": {"total": 600, "per_recording": 600, "stability": False, "refits": 0}}
    (folder / "small.yaml").write_text(yaml.safe_dump(small))
    settings = ("--configfile", f"config/{name}.yaml", "small.yaml")
    result = snakemake(folder, "--cores", "2", "figures", *settings, LEAP_DATA=str(data))
    assert result.returncode == 0, result.stderr[-5000:]
    out = folder / "results" / name
    recordings = [video.id for video in config.read(root / "config" / f"{name}.yaml").videos]
    for recording in recordings:
        poses = containers.Poses.read(out / "poses" / f"{recording}.h5")
        behavior = containers.Behavior.read(out / "behavior" / f"{recording}.h5")
        assert len(behavior.region) == len(poses.frame) >= 3000
        assert poses.positions.shape[2] == (3 if name == "fly_grooming3d" else 2)
        assert (behavior.region > 0).mean() > 0.5
    stats = containers.RegionStats.read(out / "behavior" / "statistics.h5")
    assert len(stats.occupancy) >= 3 and stats.occupancy.max() < 0.9
    pictures.assert_drawn(out / "figures" / "transitions.png")
    assert f"Notes of {name}" in (out / "notes.html").read_text()
    page = (out / "summary.html").read_text()
    assert "Nothing of this dataset is judged" in page, "other programs made tracks and poses"
    assert f"<th>poses</th><td>{len(recordings)} recording" in page


@pytest.mark.slow
def test_an_edited_figure_reruns_alone_and_a_touched_script_reruns_nothing(finished):
    script = finished / "scripts" / "train.py"
    os.utime(script)
    assert planned_rules(finished) == set()
    module = finished / "leap_core" / "figures" / "paper" / "fig2b.py"
    module.write_text(module.read_text() + "\n# a change\n")
    # Figure 6 is drawn with the functions of 2b
    assert planned_rules(finished) == {"figure_fig2b", "figure_fig6", "figures"}


@pytest.mark.slow
def test_chunks_are_predicted_apart_and_joined(finished):
    """Six jobs for two recordings are three for each, and give the poses of a single one."""
    target = "results/tiny/poses/fly1.h5"
    whole = containers.Poses.read(finished / target)
    (finished / target).unlink()
    value = yaml.safe_load((finished / "config" / "tiny.yaml").read_text())
    value["prediction"] |= {"chunks": 6}
    (finished / "three.yaml").write_text(yaml.safe_dump(value))
    result = snakemake(finished, "--cores", "2", target, "--configfile", "three.yaml")
    text = result.stdout + result.stderr
    assert result.returncode == 0, text[-5000:]
    assert "3-of-3" in text and "fly2" not in text
    joined = containers.Poses.read(finished / target)
    np.testing.assert_array_equal(joined.frame, whole.frame)
    np.testing.assert_allclose(joined.positions, whole.positions, atol=0.02)


@pytest.mark.slow
def test_the_report_is_one_file_with_every_figure(finished):
    result = snakemake(finished, *TINY, "--report", "report.html")
    assert result.returncode == 0, result.stderr[-3000:]
    text = (finished / "report.html").read_text()
    for name in ("fig2a", "fig4b", "figS2"):
        assert name in text


def test_config_typo_is_one_line_and_status_2(root, tmp_path):
    folder = fresh_copy(root, tmp_path)
    value = yaml.safe_load((folder / "config" / "tiny.yaml").read_text())
    (folder / "typo.yaml").write_text(yaml.safe_dump(value | {"trainnig": {}}))
    result = snakemake(folder, "-n", "figures", "--configfile", "typo.yaml")
    assert result.returncode == 2
    assert "unknown key `trainnig`; did you mean 'training'?" in result.stderr
    assert "Traceback" not in result.stderr


def test_exports_are_planned_by_content_and_format(root, tmp_path):
    """Labels where there are some, no track of poses of another tool, one animal a file of NWB."""
    folder = fresh_copy(root, tmp_path)
    every = {"formats": ["slp", "coco", "nwb", "parquet"]}
    (folder / "every.yaml").write_text(yaml.safe_dump({"exports": every}))
    (folder / "none.yaml").write_text(yaml.safe_dump({"exports": {"formats": []}}))
    names = ("demo_pair", "fly_grooming3d")
    plans = [["exports", "--configfile", f"config/{name}.yaml", "every.yaml"] for name in names]
    result = plan_each(folder, plans, LEAP_DATA="")
    assert result.returncode == 0, result.stderr[-3000:]
    pair, poses = re.split("^This was a dry-run", result.stdout + result.stderr, flags=re.M)[:2]
    made = "results/demo_pair/exports/"
    for name in ("slp/poses/pair1.slp", "nwb/poses/pair1_animal1.nwb", "slp/labels", "coco/labels"):
        assert f"output: {made}{name}\n" in pair
    for name in ("poses/pair2", "tracks/pair2", "behavior/pair2_animal0"):
        assert f"output: {made}parquet/{name}.parquet\n" in pair
    assert f"{made}coco/poses" not in pair and f"{made}nwb/poses/pair1.nwb" not in pair
    assert "/exports/parquet/poses/" in poses and "/exports/parquet/behavior/" in poses
    assert "/labels" not in poses and "/exports/parquet/tracks/" not in poses
    empty = ("config/demo_pair.yaml", "none.yaml")
    refused = snakemake(folder, "-n", "exports", "--configfile", *empty)
    assert refused.returncode == 2 and "error: config: `exports.formats` is empty" in refused.stderr


def test_missing_source_is_named_when_its_rule_runs(root, tmp_path):
    folder = fresh_copy(root, tmp_path)
    value = yaml.safe_load((folder / "config" / "tiny.yaml").read_text())
    value |= {"videos": [{"id": "lost", "path": "no/such/video.mp4"}], "labels": {"sources": []}}
    (folder / "lost.yaml").write_text(yaml.safe_dump(value))
    target = "results/tiny/audit/lost.json"
    result = snakemake(
        folder, "--cores", "1", target, "--configfile", "lost.yaml", LEAP_DATA=str(tmp_path)
    )
    assert result.returncode != 0
    assert "error: lost: not found (looked at" in result.stderr
    assert not (folder / target).exists()
    assert not list((folder / "results").rglob("lost.mp4"))


def test_a_skeleton_without_center_stops_the_map_alone_when_planning(root, tmp_path):
    """The shipped mice name an axis, whose middle serves; without it one line names the key."""
    folder = fresh_copy(root, tmp_path)
    parts = {"parts": ["snout", "leftear", "rightear", "tailbase"]}
    (folder / "bare.yaml").write_text(yaml.safe_dump(parts))
    (folder / "bare_arena.yaml").write_text(yaml.safe_dump({"skeleton": "bare.yaml"}))

    def plan(target):
        configs = ("config/mouse_arena.yaml", "bare_arena.yaml")
        return snakemake(folder, "-n", target, "--configfile", *configs, LEAP_DATA="")

    refused = plan("figures")
    assert refused.returncode == 2
    assert "error: bare.yaml: no center for the behavior map; name `roles.center`" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert plan("results/mouse_arena/crops/mouse.h5").returncode == 0
