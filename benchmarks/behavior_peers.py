"""Regions of the behavior map beside syllables of keypoint-MoSeq, of two shared mice.

    .venv/bin/python benchmarks/behavior_peers.py [--seeds 0 1] [--iterations 50 50] [--config ...]

Needs poses of the config: `snakemake --cores 2 results/mouse_oft/poses/{OFT_F_5,OFT_F_8}.h5
--configfile config/mouse_oft.yaml`.  pip installs the peer into an environment of its own in
--folder, where its syllables stay: they are not fitted again.  Told of each method, fitted once
with every seed: how many classes hold nine tenths of the frames, how long bouts are, how far two
fits agree (adjusted mutual information; 0 = by chance, 1 = the same), and how alike the animals'
shares of time in the classes are (Pearson's r); then how far the methods agree with one another.
"""

import argparse
import hashlib
import itertools
import json
import subprocess
from pathlib import Path

import numpy as np
from behavior_settings import mapped
from peers_shared import Peer, environment
from sklearn.metrics import adjusted_mutual_info_score
from table import show

from leap_core import config
from leap_core.behavior import choice
from leap_core.containers import Poses
from leap_core.timeseries import runs

PEER = Peer("keypoint-moseq==0.8.1", learn=None)
WORKER = Path(__file__).with_name("behavior_peers_moseq.py")
KAPPA, LOWER = 1e4, 0.1  # its own for the autoregressive fit, and the part that the tutorial leaves


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config/mouse_oft.yaml")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--iterations", type=int, nargs=2, default=[50, 50])
    parser.add_argument("--folder", type=Path, default=Path("results/benchmarks/behavior_peers"))
    options = parser.parse_args()
    whole = config.read(options.config)
    animals = [Poses.read(f"results/{whole.dataset}/poses/{name}.h5") for name in whole.recordings]
    ours = [regions(animals, whole, seed) for seed in options.seeds]
    theirs = syllables(animals, options)
    begins = np.cumsum([0, *(len(one.frame) for one in animals)])
    rows = [
        ("regions", *told(ours, begins, animals[0].fps)),
        ("syllables", *told(theirs, begins, animals[0].fps)),
    ]
    show("two mice, ten minutes", rows, HEAD)
    both = [agreement(a, b) for a, b in itertools.product(ours, theirs)]
    print(f"regions and syllables: adjusted mutual information {np.mean(both):.2f}")


HEAD = (
    *("method", "classes", "of 90 % of frames", "bouts, median s", "mean s", "two fits agree"),
    "animals alike, r",
)


def regions(animals: list[Poses], whole: config.Config, seed: int) -> np.ndarray:
    """(frame,) of all animals on one map; 0 and below: in none."""
    found = choice.footage(animals, whole.poses.limit)
    settings = choice.settled(whole.behavior, found)
    return mapped(animals, settings, seed, whole.poses.limit)


def syllables(animals: list[Poses], options: argparse.Namespace) -> list[np.ndarray]:
    """The same of the peer, a fit for each seed; its numbers begin at 1 here."""
    folder = options.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    positions, asked = folder / "positions.npz", folder / "asked.json"
    np.savez(positions, **{one.recording: one.positions.astype(float) for one in animals})
    parts = animals[0].skeleton.parts
    how = {
        "parts": list(parts), "front": [parts[0]], "back": ["tailbase"], "fps": animals[0].fps,
        # as its authors advise of rodents, without the tail
        "use": [part for part in parts if part == "tailbase" or not part.startswith("tail")],
        "kappa": KAPPA, "lower": LOWER, "iterations": options.iterations,
    }  # fmt: skip
    found = []
    for seed in options.seeds:
        asked_for = json.dumps(how | {"seeds": [seed]}).encode() + positions.read_bytes()
        made = folder / f"{hashlib.sha256(asked_for).hexdigest()[:16]}.npz"
        if not made.exists():
            tools = environment(folder, PEER, [])
            asked.write_text(json.dumps(how | {"seeds": [seed]}), encoding="utf-8")
            command = [str(tools / "python"), str(WORKER), *map(str, (positions, asked, made))]
            with open(made.with_suffix(".log"), "w", encoding="utf-8") as log:
                subprocess.run(command, check=True, stdout=log, stderr=log)
        with np.load(made) as file:
            found.append(np.concatenate([file[f"{seed}/{a.recording}"] for a in animals]) + 1)
    return found


def told(fits: list[np.ndarray], begins: np.ndarray, fps: float) -> tuple:
    """The row of a method."""
    lengths, counts, held, alike = [], [], [], []
    for classes in fits:
        many = int(classes.max()) + 1
        share = np.bincount(classes[classes > 0], minlength=many)[1:] / (classes > 0).sum()
        held.append(int(np.searchsorted(np.cumsum(np.sort(share)[::-1]), 0.9)) + 1)
        counts.append(int((share > 0).sum()))
        own = [classes[a:b] for a, b in itertools.pairwise(begins)]
        for one in own:
            for label in np.unique(one[one > 0]):
                found = runs(one == label)
                lengths += (found[:, 1] - found[:, 0]).tolist()
        times = [np.bincount(one[one > 0], minlength=many)[1:] for one in own]
        used = np.sum(times, axis=0) > 0
        alike.append(np.corrcoef([one[used] for one in times])[0, 1])
    pairs = [agreement(a, b) for a, b in itertools.combinations(fits, 2)]
    return (
        " ".join(map(str, counts)), " ".join(map(str, held)), f"{np.median(lengths) / fps:.2f}",
        f"{np.mean(lengths) / fps:.2f}", f"{np.mean(pairs):.2f}" if pairs else "-",
        " ".join(f"{r:.2f}" for r in alike),
    )  # fmt: skip


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Adjusted mutual information of the frames that both have in a class."""
    both = (one > 0) & (other > 0)
    return float(adjusted_mutual_info_score(one[both], other[both]))


if __name__ == "__main__":
    main()
