"""Groups in a config: their rules, and the comparison of flies whose habits are known."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from fixtures import maps, pictures
from fixtures.checkout import fresh_copy, plan_each, snakemake

from leap_core import config, containers, gait, geometry, skeleton
from leap_core.groups import comparison, measures
from leap_core.io import atomic
from leap_core.synthetic import anatomy, movie

FRAMES = 1500
EACH = 4
RULES = ("group_measures", "group_comparison", "figure_groups")
OWN = {
    "behavior": {"stability": False, "refits": 0},
    "groups": {"bootstrap": 1000, "min_events": 3},
}


def write_config(folder: Path, grouped: bool) -> None:
    """Eight recordings tracked elsewhere, in two groups or in none."""
    videos = []
    for k in range(2 * EACH):
        video = {"id": f"fly{k}", "path": f"fly{k}.npz", "poses": "array", "fps": 100}
        videos.append(video | ({"group": ["control", "treated"][k // EACH]} if grouped else {}))
    value = {"dataset": "g", "skeleton": "config/skeletons/fly32.yaml", "videos": videos}
    folder.mkdir(exist_ok=True)
    (folder / "groups.yaml").write_text(yaml.safe_dump(value | OWN))


def write_recordings(root: Path, out: Path) -> None:
    """True poses, gait and behaviors of simulated flies; the treated stand half as long."""
    body = skeleton.read(root / "config" / "skeletons" / "fly32.yaml")
    everyone = []
    for k in range(2 * EACH):
        rng = np.random.default_rng(k)
        fly = anatomy.individual(rng)
        truth = movie.truth(movie.simulate(config.Synthetic(frames=FRAMES), fly, rng), fly, body)
        positions = geometry.to_crop(truth.positions, truth.centroid, truth.heading, 192)
        poses = containers.Poses(
            positions=positions,
            confidence=np.ones(positions.shape[:2]),
            frame=np.arange(FRAMES),
            valid=np.ones(FRAMES, bool),
            center=truth.centroid,
            heading=truth.heading,
            skeleton=body,
            recording=f"fly{k}",
            fps=truth.fps,
            px_per_mm=truth.px_per_mm,
        )
        poses.write(out / "poses" / f"fly{k}.h5", {})
        everyone.append(poses)
        region = truth.behavior.astype(int) % 4 + 1
        region[(region == 1) & (np.arange(FRAMES) % 40 < 20 * (k >= EACH))] = 2
        containers.Behavior(
            z=np.zeros((FRAMES, 2)),
            error=np.zeros(FRAMES),
            far=np.zeros(FRAMES, bool),
            region=region,
            frame=np.arange(FRAMES),
            recording=f"fly{k}",
            fps=truth.fps,
        ).write(out / "behavior" / f"fly{k}.h5", {})
    sure, settings = 0.2, config.Gait()
    model = gait.fit_model(everyone, settings, sure, seed=0)
    for poses in everyone:
        found, tables = gait.analyse(poses, model, settings, sure)
        found.write(out / "gait" / f"{poses.recording}.h5", {})
        for name in ("steps", "phases", "tripods"):
            path = out / "gait" / f"{poses.recording}.{name}.parquet"
            atomic.write_parquet(path, getattr(tables, name))


@pytest.mark.slow
def test_groups_are_measured_compared_and_drawn(root, tmp_path):
    folder = fresh_copy(root, tmp_path)
    write_config(folder, grouped=True)
    out = folder / "results" / "g"
    write_recordings(root, out)
    maps.make_map(4).write(out / "behavior" / "map.h5", {})
    target = ("results/g/figures/groups.png", "--configfile", "groups.yaml")
    result = snakemake(folder, "--cores", "2", *target, "--allowed-rules", *RULES)
    assert result.returncode == 0, result.stderr[-3000:]
    measured = measures.read(out / "groups" / "measures.csv")
    assert set(measured["family"]) == set(measures.FAMILIES)
    assert measured["group"].value_counts().to_dict() == {
        "control": len(measured) // 2,
        "treated": len(measured) // 2,
    }
    table = comparison.read(out / "groups" / "comparison.csv")
    assert set(table["n_first"]) | set(table["n_second"]) <= set(range(EACH + 1))
    own = table[table["family"] == measures.OCCUPANCY].set_index("measure")
    assert own.loc["region 1", "difference"] < 0 < own.loc["region 2", "difference"]
    assert own.loc["region 1", "smallest_p"] == pytest.approx(2 / 70)
    pictures.assert_drawn(out / "figures" / "groups.png")


def test_rules_of_groups_are_there_where_two_are_named(root, tmp_path):
    folder = fresh_copy(root, tmp_path)
    for name in ("grouped", "plain"):
        write_config(folder / name, name == "grouped")
    plans = [["figures", "--configfile", f"{name}/groups.yaml"] for name in ("grouped", "plain")]
    result = plan_each(folder, plans)
    assert result.returncode == 0, result.stderr[-3000:]
    told = result.stdout + result.stderr
    for rule in RULES:
        assert len(re.findall(rf"^(?:local)?rule {rule}:", told, re.M)) == 1
    assert len(re.findall(r"^(?:local)?rule figure_coordination:", told, re.M)) == 2
