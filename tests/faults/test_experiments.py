"""`snakemake experiments` on the tiny dataset: trainings evaluated on the same images."""

import numpy as np
import pandas as pd
import pytest
from fixtures import pictures
from fixtures.checkout import TINY, snakemake

from leap_core.containers import SPLITS, Labels, Trial

pytestmark = pytest.mark.slow

# config/tiny.yaml: 2 replicates of each setting; check: epochs or angles
CHECKS = {
    ("epochs", "all"): [1, 2],
    ("labels", "2"): [0],
    ("labels", "8"): [0],
    ("rotations", "0"): [0, 90],
    ("rotations", "90"): [0, 90],
    ("networks", "leap_cnn"): [0],
    ("networks", "unet"): [0],
}


def test_experiments_run_to_their_figures(finished):
    results = finished / "results" / "tiny"
    test = int((Labels.read(results / "labels" / "labels.h5").split == SPLITS["test"]).sum())
    table = pd.read_csv(results / "experiments" / "summary.csv", dtype={"setting": str})
    for (experiment, setting), checks in CHECKS.items():
        folder = results / "experiments" / experiment / setting
        both = [Trial.read(folder / f"{k}.h5") for k in range(2)]
        for trial in both:
            assert trial.check.tolist() == checks
            assert trial.errors.shape[1] == test
        # other first weights and views, the same labels
        assert not np.array_equal(both[0].errors, both[1].errors)
        np.testing.assert_array_equal(*(np.isfinite(trial.errors[0]) for trial in both))
        rows = table[(table["experiment"] == experiment) & (table["setting"] == setting)]
        assert rows["check"].tolist() == checks
        assert set(rows["replicates"]) == {2}
        pooled = np.concatenate([trial.errors[-1].ravel() for trial in both]).astype(float)
        rmse = np.sqrt(np.nanmean(pooled**2))
        assert rows["rmse_px"].iloc[-1] == pytest.approx(rmse, rel=1e-5)
    for figure in ("fig2c", "fig2d", "figS1", "figS4ab", "figS5b"):
        pictures.assert_drawn(results / "figures" / f"{figure}.png")
    again = snakemake(finished, "--cores", "2", "-n", "experiments", *TINY[1:])
    assert "Nothing to be done" in again.stdout + again.stderr
