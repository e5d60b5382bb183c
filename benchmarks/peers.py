"""Accuracy beside other networks: same images, same time, same machine.

    .venv/bin/python benchmarks/peers.py [--peers NAME ...] [--fold K] [--minutes M]

All learn the labels of config/fly_leap.yaml but for one fold, which then tests them: image k is
held out if k % folds == fold, as in benchmarks/accuracy.py.  Ours trains first, as the config says
(or did, with --saved); each peer then trains for as long on the same cores, by its own commands
and with the configuration that it proposes itself.  Its starting is not counted.  pip installs each
into an environment of its own in --folder.  Results stay there: what was measured by the same
rules on the same labels is not measured again.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import accuracy
import numpy as np
import peers_lightning_pose
import peers_sleap_nn
import trained
from peers_shared import AGAIN, Failed, Found, Task, environment
from table import show

from leap_core import config, sources
from leap_core.containers import Labels
from leap_core.io import atomic
from leap_core.pose import bootstrap, evaluation, inference, model

PEERS = peers_sleap_nn.PEERS | peers_lightning_pose.PEERS
DRAWS = 2000


def known(whole: config.Config) -> Labels | None:
    """The labels of the config, from their source or as a run of the workflow read them."""
    if sources.find_source(whole.labels.sources[0].path):
        return trained.labels()
    path = Path(f"results/{whole.dataset}/labels/labels.h5")
    return Labels.read(path) if path.exists() else None


def digest(content: bytes) -> str:
    """Short name of a content."""
    return hashlib.sha256(content).hexdigest()[:16]


def kept(path: Path, asked: dict, again: bool) -> list[Found] | None:
    """Results of an earlier run that was asked for the same; else None."""
    if again or not path.exists():
        return None
    whole = json.loads(path.read_text(encoding="utf-8"))
    if whole["asked"] != asked:
        return None
    print(f"{path}: measured before", flush=True)
    return [Found(**f | {"positions": np.array(f["positions"], float)}) for f in whole["found"]]


def keep(path: Path, asked: dict, found: list[Found]) -> None:
    """Write what :func:`kept` reads."""
    atomic.write_json(path, {"asked": asked, "found": [asdict(one) for one in found]})


def ours(
    labels: Labels, whole: config.Config, options: argparse.Namespace, folder: Path
) -> list[Found]:
    """Ours by one view, with the mirror image where it learned that, and as the config predicts.

    Args:
        folder: with the network, or to be filled by training it.
    """
    if not options.saved:
        accuracy.one(labels, whole, accuracy.ways_of(whole), options.fold, options.folds, folder)
    path, minutes = folder / f"{options.fold}.keras", None
    if path.with_suffix(".npz").exists():
        with np.load(path.with_suffix(".npz")) as found:
            minutes = float(found["minutes"])
    network, card = model.read(path)
    parameters = sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)
    held = np.arange(len(labels.images)) % options.folds == options.fold
    images, rows = labels.images[held], []
    views = {"one view": (False, [])}
    if whole.training.mirror:
        views["and mirror image"] = (True, [])
    views["as configured"] = (whole.prediction.mirror, whole.prediction.turns)
    for name, (mirror, turns) in views.items():
        how = replace(whole.prediction, mirror=mirror, turns=turns)
        predict, _ = inference.load(path, how)
        positions, _ = predict(images)
        start = time.perf_counter()
        predict(np.concatenate([images] * AGAIN))
        speed = AGAIN * len(images) / (time.perf_counter() - start)
        named = f"ours ({card.network}, {card.filters} filters), {name}"
        rows.append(Found(named, positions, minutes, card.epoch, parameters, speed))
    return rows


def distances(found: Found, truth: np.ndarray, side: int) -> np.ndarray:
    """Errors (image, joint) px; NaN: no label; a labeled part not found is a whole image away."""
    errors = evaluation.distances(found.positions, truth)
    labeled = np.isfinite(truth).all(axis=-1)
    return np.where(labeled & ~np.isfinite(errors), side, errors)


def line(found: Found, errors: np.ndarray) -> tuple:
    """A row of the table of networks."""
    known = errors[np.isfinite(errors)]
    shares = [f"{np.mean(known < limit):.1%}" for limit in (2.5, 5)]
    minutes = None if found.minutes is None else f"{found.minutes:.1f}"
    return (
        found.network, len(known), f"{np.median(known):.2f}", *shares, minutes, str(found.epochs),
        f"{found.parameters / 1e6:.2f} M", found.frames_per_s,
    )  # fmt: skip


HEAD = ("network", "labels", "median px", "< 2.5 px", "< 5 px", "training, min", "epochs",
        "parameters", "frames/s")  # fmt: skip


def groups(labels: Labels) -> dict[str, list[int]]:
    """Tips of legs, their other joints, and everything else, by index."""
    skeleton = labels.skeleton
    tips = sorted(skeleton.leg_tips.values())
    legs = {skeleton.index(part) for parts in skeleton.legs.values() for part in parts}
    joints = sorted(legs - set(tips))
    body = [k for k in range(len(skeleton)) if k not in legs]
    return {"leg tips": tips, "leg joints": joints, "body and wings": body}


def beside(name: str, mine: np.ndarray, theirs: np.ndarray, peer: str) -> tuple:
    """A row of the table of groups: who is better if the interval leaves no doubt.

    Whole images are drawn again, the same ones for both.
    """
    counts = bootstrap.draw(len(mine), DRAWS, 0)
    low, high = bootstrap.limits(
        bootstrap.medians(theirs, counts) - bootstrap.medians(mine, counts)
    )
    better = "ours" if low > 0 else peer if high < 0 else "neither"
    medians = [f"{np.nanmedian(errors):.2f}" for errors in (mine, theirs)]
    count = int(np.isfinite(mine).sum())
    return name, peer, str(count), *medians, f"{low:+.2f} to {high:+.2f}", better


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--epochs", type=int, help="of ours; default: the config's")
    parser.add_argument("--minutes", type=float, help="that a peer trains; default: as ours took")
    parser.add_argument("--folder", type=Path, default=Path("results/benchmarks/peers"))
    parser.add_argument(
        "--saved",
        type=Path,
        help="ours from this folder of `accuracy.py --save`, not trained again",
    )
    parser.add_argument("--torch", nargs="+", default=["torch"], help="pip's words for PyTorch")
    parser.add_argument(
        "--again", nargs="+", choices=["ours", *PEERS], default=[], help="measured before or not"
    )
    options = parser.parse_args()
    network = options.saved and options.saved / f"{options.fold}.keras"
    timed = network is None or network.with_suffix(".npz").exists()
    if network and not network.exists():
        parser.exit(2, f"{network}: no such network; see accuracy.py --save\n")
    if options.peers and options.minutes is None and not timed:
        parser.exit(2, f"{network}: no .npz says how long it took; give --minutes\n")
    return options


def main() -> None:
    options = read_options()
    whole = config.read(trained.REAL)
    if options.epochs:
        whole = replace(whole, training=replace(whole.training, epochs=options.epochs))
    labels = known(whole)
    if labels is None:
        sys.exit(f"{trained.REAL}: its labels are not there; set LEAP_DATA to their folder")
    held = np.arange(len(labels.images)) % options.folds == options.fold
    folder = (options.folder / f"fold{options.fold}_of_{options.folds}").absolute()
    content = labels.images.tobytes() + labels.positions.tobytes()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    same = {"labels": digest(content), "cores": cores}
    asked = same | {"training": repr((whole.model, whole.training, whole.prediction))}
    # a network that was trained is kept with what it was asked for, if predicting was cut short
    networks = options.saved or folder / f"ours_{digest(json.dumps(asked).encode())}"
    if options.saved:
        network = options.saved / f"{options.fold}.keras"
        asked |= {"network": digest(network.read_bytes())}
    results = kept(folder / "ours.json", asked, "ours" in options.again)
    if results is None:
        if "ours" in options.again and not options.saved:
            shutil.rmtree(networks, ignore_errors=True)
        results = ours(labels, whole, options, networks)
        keep(folder / "ours.json", asked, results)
    mine, peers, failed = results[-1], {}, []
    minutes = mine.minutes if options.minutes is None else options.minutes
    for name in options.peers:
        peer, path = PEERS[name], folder / f"{name}_{minutes:.1f}min.json"
        asked = same | {"package": peer.package, "minutes": round(minutes, 2)}
        found = kept(path, asked, name in options.again)
        if found is None:
            try:
                tools = environment(options.folder, peer, options.torch)
                home = path.with_suffix("")
                shutil.rmtree(home, ignore_errors=True)
                home.mkdir(parents=True)
                print(f"{name} trains for {minutes:.1f} minutes ...", flush=True)
                found = [peer.learn(Task(labels, held, minutes, home, tools))]
            except Failed as error:
                print(f"{name}: {error}", file=sys.stderr, flush=True)
                failed.append(name)
                continue
            keep(path, asked, found)
        peers[name] = found[0]
    truth, side = labels.positions[held], labels.images.shape[1]
    title = f"Fold {options.fold} of {options.folds}: {held.sum()} test images, {trained.device()}"
    rows = [line(one, distances(one, truth, side)) for one in [*results, *peers.values()]]
    show(title, rows, HEAD)
    rows = []
    for part, joints in groups(labels).items():
        own = distances(mine, truth, side)[:, joints]
        for name, found in peers.items():
            rows.append(beside(part, own, distances(found, truth, side)[:, joints], name))
    head = ("parts", "peer", "labels", "ours, px", "peer, px", "95 % of difference, px", "better")
    if rows:
        print()
        show("Ours as configured beside each peer: median errors", rows, head)
    if failed:
        sys.exit(f"no result of {', '.join(failed)}")


if __name__ == "__main__":
    main()
