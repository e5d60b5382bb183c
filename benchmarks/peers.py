"""Accuracy beside SLEAP's network (sleap-nn): same images, same time, same machine.

    .venv/bin/python benchmarks/peers.py [--epochs N] [--fold K]

Both learn the labels of config/fly_leap.yaml but for one fold, which then tests them: image k is
held out if k % folds == fold, as in benchmarks/accuracy.py.  Ours trains first, as the config
says (or did, with --saved);
sleap-nn, with the configuration that it proposes for these labels, then trains for as long on the
same cores.  Its starting is not counted.  It is installed by pip into an environment of its own in
--folder, and runs by its own commands.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import accuracy
import cv2
import numpy as np
import sleap_io
import trained
import yaml
from table import show

from leap_core import config, sources
from leap_core.containers import Labels
from leap_core.pose import evaluation

PEER = "sleap-nn==0.3.5"


def environment(folder: Path, requirements: list[str]) -> Path:
    """The bin folder of a virtual environment with these requirements."""
    home = folder / "venv"
    if not (home / "ready").exists():
        print(f"installing {' '.join(requirements)} into {home} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        pip = [str(home / "bin" / "pip"), "install", "--quiet", *requirements]
        subprocess.run(pip, check=True)
        (home / "ready").touch()
    return home.absolute() / "bin"


def export(labels: Labels, rows: np.ndarray, name: str, folder: Path) -> Path:
    """Some labeled images as a SLEAP file, in lossless pictures beside it."""
    parts, swap = labels.skeleton.parts, labels.skeleton.swap
    skeleton = sleap_io.Skeleton(
        nodes=list(parts),
        edges=[(parts[a], parts[b]) for a, b in labels.skeleton.edges],
        symmetries=[(parts[a], parts[b]) for a, b in enumerate(swap) if a < b],
    )
    pictures = folder / name
    pictures.mkdir(parents=True, exist_ok=True)
    paths = [str(pictures / f"{row:04d}.png") for row in rows]
    for path, row in zip(paths, rows, strict=True):
        cv2.imwrite(path, labels.images[row, ..., 0])
    film = sleap_io.Video.from_filename(paths)
    frames = []
    for k, row in enumerate(rows):
        animal = sleap_io.Instance.from_numpy(labels.positions[row], skeleton=skeleton)
        frames.append(sleap_io.LabeledFrame(video=film, frame_idx=k, instances=[animal]))
    out = folder / f"{name}.slp"
    sleap_io.Labels(frames, videos=[film], skeletons=[skeleton]).save(str(out))
    return out


def clock(minutes: float) -> str:
    """Days, hours, minutes and seconds, as Lightning wants them."""
    seconds = round(60 * minutes)
    hours, rest = seconds // 3600, seconds % 3600
    return f"{hours // 24:02d}:{hours % 24:02d}:{rest // 60:02d}:{rest % 60:02d}"


def theirs(
    labels: Labels, held: np.ndarray, minutes: float, tools: Path, folder: Path
) -> np.ndarray:
    """Positions (test image, joint, xy) px of sleap-nn after so long a training."""
    train = export(labels, np.flatnonzero(~held), "train", folder)
    test = export(labels, np.flatnonzero(held), "test", folder)
    run = f"run{time.strftime('%Y%m%d-%H%M%S')}"

    def sleap(*arguments: object, **extra: str) -> None:
        command = [str(tools / "sleap-nn"), *map(str, arguments)]
        with open(folder / f"{arguments[0]}.log", "w", encoding="utf-8") as log:
            done = subprocess.run(command, env=os.environ | extra, stdout=log, stderr=log)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed: see {log.name}")

    proposed = folder / "config.yaml"
    sleap("config", train, "--auto", "--pipeline", "single_instance", "-o", proposed)
    settings = yaml.safe_load(proposed.read_text(encoding="utf-8"))
    # as with ours, all images are trained on, and only the time ends the training
    settings["data_config"] |= {"train_labels_path": [str(train)], "use_same_data_for_val": True}
    settings["trainer_config"] |= {
        "ckpt_dir": str(folder),
        "run_name": run,
        "max_epochs": 100_000,
        "visualize_preds_during_training": False,
    }
    settings["trainer_config"]["early_stopping"]["stop_training_on_plateau"] = False
    proposed.write_text(yaml.safe_dump(settings), encoding="utf-8")
    sleap("train", proposed, PL_TRAINER_MAX_TIME=clock(minutes))
    out = folder / "predicted.slp"
    sleap("predict", "-i", test, "-m", folder / run, "-o", out, "--peak_threshold", "0")
    positions = np.full((held.sum(), len(labels.skeleton), 2), np.nan)
    for frame in sleap_io.load_slp(str(out), open_videos=False):
        if len(frame.instances):
            positions[frame.frame_idx] = frame.instances[0].numpy()
    return positions


def line(name: str, errors: np.ndarray, labeled: np.ndarray, minutes: float) -> tuple:
    """A row of the table; a labeled part that is not found is infinitely far."""
    far = np.where(np.isfinite(errors), errors, np.inf)[labeled]
    shares = [f"{np.mean(far < limit):.1%}" for limit in (2.5, 5)]
    return name, len(far), f"{np.median(far):.2f}", *shares, f"{minutes:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--epochs", type=int, help="of ours; default: the config's")
    parser.add_argument("--folder", type=Path, default=Path("results/benchmarks/peers"))
    parser.add_argument(
        "--saved",
        type=Path,
        help="ours from this folder of `accuracy.py --save`, not trained again",
    )
    parser.add_argument("--torch", nargs="+", default=["torch"], help="pip's words for PyTorch")
    options = parser.parse_args()
    whole = config.read(trained.REAL)
    if sources.find_source(whole.labels.sources[0].path) is None:
        parser.exit(2, f"{trained.REAL}: its labels are not there; set LEAP_DATA to their folder\n")
    if options.epochs:
        whole = replace(whole, training=replace(whole.training, epochs=options.epochs))
    labels = trained.labels()
    held = np.arange(len(labels.images)) % options.folds == options.fold
    tools = environment(options.folder, [*options.torch, PEER])
    if options.saved:
        kept = dict(np.load(options.saved / f"{options.fold}.npz"))
        minutes, found = float(kept.pop("minutes")), kept
    else:
        found, minutes = accuracy.one(labels, whole, options.fold, options.folds, None)
    positions = theirs(labels, held, minutes, tools, options.folder.absolute())
    labeled = np.isfinite(labels.positions[held]).all(axis=-1)
    net = f"{whole.model.network} {whole.model.filters}"
    rows = [line(f"{net}, {how}", errors, labeled, minutes) for how, errors in found.items()]
    errors = evaluation.distances(positions, labels.positions[held])
    rows.append(line(PEER, errors, labeled, minutes))
    show(
        f"Fold {options.fold} of {options.folds}: {held.sum()} test images, {trained.device()}",
        rows,
        ("network", "labels", "median px", "< 2.5 px", "< 5 px", "training, min"),
    )


if __name__ == "__main__":
    main()
