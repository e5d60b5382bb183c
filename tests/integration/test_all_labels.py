"""A network that learns from all labels: the one without those held out says what it is worth."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from fixtures.checkout import settings_of, snakemake

from leap_core.containers import Labels

LEAP = (sys.executable, "-m", "leap_core.cli")
ASKED = ("evaluation.json", "evaluation.csv", "calibration.json", "calibration.csv")


def ran(folder, *arguments):
    """The output of a run of tiny.yaml with `training.all_labels`."""
    (folder / "all.yaml").write_text(yaml.safe_dump({"training": {"all_labels": True}}))
    configs = ("--configfile", "config/tiny.yaml", "all.yaml")
    result = snakemake(folder, *arguments, *configs)
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout + result.stderr


@pytest.mark.slow
def test_held_out_labels_judge_a_network_that_did_not_learn_from_them(undisturbed, finished):
    models = finished / "results" / "tiny" / "models"
    before = undisturbed / "results" / "tiny" / "models" / "main"
    ran(finished, "--cores", "2", *(f"results/tiny/models/main/{name}" for name in ASKED))

    other, own = models / "main-held-out", models / "main"
    assert (other / "best.keras").read_bytes() == (before / "best.keras").read_bytes()
    for name in ("evaluation.csv", "calibration.csv"):
        pd.testing.assert_frame_equal(pd.read_csv(own / name), pd.read_csv(before / name))
    metrics, once = (json.loads((at / "evaluation.json").read_text()) for at in (own, before))
    assert (metrics.pop("held_out_run"), once.pop("held_out_run")) == (True, False)
    assert metrics == once

    assert (own / "best.keras").read_bytes() != (before / "best.keras").read_bytes()
    labels = Labels.read(finished / "results" / "tiny" / "labels" / "labels.h5")
    labeled = int(np.isfinite(labels.positions).all(axis=2).any(axis=1).sum())
    cards = [json.loads((at / "best.json").read_text()) for at in (own, other)]
    assert [card["all_labels"] for card in cards] == [True, False]
    learned = [max(part["labels"] for part in card["parts"]) for card in cards]
    assert learned == [labeled, len(labels.select("train"))]
    for name in ("slope", "intercept", "images", "labels", "error"):
        told = [json.loads((at / "calibration.json").read_text())[name] for at in (own, before)]
        assert told[0] == told[1], name

    asked = ["poses/fly2.h5", "summary.html", "figures/training.png", "figures/evaluation.png"]
    told = ran(finished, "--cores", "2", *(f"results/tiny/{name}" for name in asked))
    log = (finished / "results/tiny/logs/predict/fly2/1-of-1.log").read_text()
    assert "calibrated on" in log and "did not learn from (this one did)" in log, told
    page = (finished / "results" / "tiny" / "summary.html").read_text()
    assert "of a network that learned without them" in page

    def judge(run):
        model, labels = f"results/tiny/models/{run}/best.keras", "results/tiny/labels/labels.h5"
        return subprocess.run(
            [*LEAP, "evaluate", "--model", model, "--labels", labels],
            cwd=finished,
            env=settings_of(finished, {}),
            capture_output=True,
            text=True,
        )

    refused = judge("main")
    assert refused.returncode == 2 and "which cannot judge it" in refused.stderr, refused.stderr
    assert judge("main-held-out").returncode == 0


@pytest.mark.slow
def test_trainings_that_hold_labels_out_are_not_done_again_for_it(finished):
    plan = ran(finished, "-n", "all", "experiments")
    rules = {line.split()[1].rstrip(":") for line in plan.splitlines() if line.startswith("rule ")}
    assert {"train", "predict"} <= rules
    assert not rules & {"experiment", "split", "import_labels", "crop", "track", "sample"}
