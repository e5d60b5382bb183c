"""Syllables of keypoint-MoSeq: behavior_peers.py runs it in an environment of its own.

    python behavior_peers_moseq.py POSITIONS.npz ASKED.json SYLLABLES.npz

Follows the steps of its tutorial: PCA that explains 90 % of the variance, an autoregressive HMM,
then the whole model.
"""

import json
import sys
import tempfile

import jax
import keypoint_moseq as kpms
import numpy as np


def main() -> None:
    given, asked, made = sys.argv[1:]
    with open(asked, encoding="utf-8") as file:
        how = json.load(file)
    with np.load(given) as file:
        positions = {name: file[name] for name in file.files}
    found = {}
    for seed in how["seeds"]:
        for name, syllable in fit(positions, how, seed).items():
            found[f"{seed}/{name}"] = syllable
    np.savez(made, **found)


def fit(positions: dict[str, np.ndarray], how: dict, seed: int) -> dict[str, np.ndarray]:
    """Recording -> (frame,) syllable of one fit.

    Args:
        positions: recording -> (frame, part, xy) px.
    """
    with tempfile.TemporaryDirectory() as folder:
        kpms.setup_project(folder, bodyparts=how["parts"], skeleton=[], overwrite=True)
        kpms.update_config(
            folder, use_bodyparts=how["use"], anterior_bodyparts=how["front"],
            posterior_bodyparts=how["back"], fps=how["fps"], video_dir="",
        )  # fmt: skip
        config = kpms.load_config(folder)
        known = {name: np.ones(xy.shape[:2]) for name, xy in positions.items()}
        data, metadata = kpms.format_data(positions, known, **config)
        pca = kpms.fit_pca(**data, **config)
        explained = np.cumsum(pca.explained_variance_ratio_)
        config["latent_dim"] = int(np.searchsorted(explained, 0.9)) + 1
        model = kpms.init_model(data, pca=pca, **config, seed=jax.random.PRNGKey(seed))
        model = kpms.update_hypparams(model, kappa=how["kappa"])
        quiet = {"generate_progress_plots": False, "save_every_n_iters": 10_000}
        first = how["iterations"][0]
        model, name = kpms.fit_model(
            model, data, metadata, folder, f"seed{seed}", ar_only=True, num_iters=first, **quiet
        )
        model = kpms.update_hypparams(model, kappa=how["kappa"] * how["lower"])
        model, name = kpms.fit_model(
            model, data, metadata, folder, name, ar_only=False, start_iter=first,
            num_iters=sum(how["iterations"]), **quiet,
        )  # fmt: skip
        results = kpms.extract_results(model, metadata, folder, name, save_results=False)
    return {name: np.asarray(one["syllable"], int) for name, one in results.items()}


if __name__ == "__main__":
    main()
