"""Lightning Pose by its own commands, with the configuration that it recommends for the labels.

It recommends a vision transformer whose starting weights it downloads.  Without a network there is
its own ResNet-18 from random weights, trained by the recommendation but for what differs for such
networks: the rate that it gives them, and layers that all learn from the first epoch.
"""

import csv
import functools
from pathlib import Path

import numpy as np
import yaml
from peers_shared import Failed, Found, Peer, Task, pictures, rate

# rate of learning of ResNets by its own table of recommendations
SCRATCH = {
    "model": {"backbone": "resnet18", "backbone_pretrained": False},
    "training": {
        "optimizer": "Adam",
        "optimizer_params": {"learning_rate": 1e-3},
        "unfreezing_epoch": 0,
    },
}


def export(task: Task, rows: np.ndarray, name: str, *, blank: bool = False, times: int = 1) -> Path:
    """Some images as its table of labels (blank: without the labels), each so many times."""
    skeleton = task.labels.skeleton
    positions = task.labels.positions[rows].astype(float)
    paths = pictures(task.labels, rows, task.folder / "pictures")
    lines = [
        ["scorer", *["labels"] * 2 * len(skeleton)],
        ["bodyparts", *[part for part in skeleton.parts for _ in "xy"]],
        ["coords", *["x", "y"] * len(skeleton)],
    ]
    for path, places in zip(paths * times, np.tile(positions, (times, 1, 1)), strict=True):
        known = ["" if blank or not np.isfinite(v) else repr(float(v)) for v in places.ravel()]
        lines.append([str(path.relative_to(task.folder)), *known])
    out = task.folder / f"{name}.csv"
    with open(out, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    return out


def configure(task: Task, table: Path, scratch: bool) -> tuple[Path, str]:
    """Its recommendation for the labels, until the time is over, and the name of its network."""
    proposed = task.folder / "config.yaml"
    task.run("recommend", "litpose", "recommend", table, "--output", proposed)
    settings = yaml.safe_load(proposed.read_text(encoding="utf-8"))
    # it wants the folder of unlabeled videos to be there, without any video too
    (task.folder / "videos").mkdir(exist_ok=True)
    settings["data"]["video_dir"] = str(task.folder / "videos")
    # only the time ends the training, so the best weights are looked for after every epoch
    settings["training"] |= {"min_epochs": 0, "max_epochs": 100_000, "check_val_every_n_epoch": 1}
    settings["eval"]["predict_vids_after_training"] = False
    for section, values in SCRATCH.items() if scratch else ():
        settings[section] |= values
    proposed.write_text(yaml.safe_dump(settings), encoding="utf-8")
    start = "random weights" if scratch else "downloaded weights"
    return proposed, f"{settings['model']['backbone']} from {start}"


def learn(task: Task, *, scratch: bool) -> Found:
    """Train for the time of the task and predict its test images."""
    table = export(task, np.flatnonzero(~task.held), "CollectedData")
    proposed, network = configure(task, table, scratch)
    model = task.folder / "model"
    try:
        task.run("train", "litpose", "train", proposed, "--output_dir", model, **task.clock)
    except Failed as error:
        log = (task.folder / "train.log").read_text(encoding="utf-8", errors="replace")
        if "couldn't connect" in log or "URLError" in log:
            raise Failed(
                f"the starting weights of {settings_of(proposed)} cannot be downloaded; connect, "
                "or compare with lightning-pose-scratch"
            ) from error
        raise
    rows = np.flatnonzero(task.held)

    def predict(times: int) -> float:
        test = export(task, rows, f"test{times}", blank=True, times=times)
        # else what the run before predicted is taken as it is
        how = ("--skip_viz", "--overwrite")
        return task.run(f"predict{times}", "litpose", "predict", model, test, *how)

    speed = rate(predict, len(rows))
    with open(model / "image_preds" / "test1.csv" / "predictions.csv", encoding="utf-8") as file:
        _, parts, axes, *lines = csv.reader(file)
    positions = np.full((len(rows), len(task.labels.skeleton), 2), np.nan)
    for k, line in enumerate(lines):
        if Path(line[0]).stem != f"{rows[k]:04d}":
            raise Failed(f"{model}: its predictions are not in the order of the images")
        for part, axis, value in zip(parts[1:], axes[1:], line[1:], strict=True):
            if axis in "xy" and part in task.labels.skeleton.parts:
                positions[k, task.labels.skeleton.index(part), "xy".index(axis)] = float(value)
    kept = sorted(
        model.glob("tb_logs/*/*/checkpoints/*-best.ckpt"), key=lambda p: p.stat().st_mtime
    )
    epochs, parameters = task.checkpoint(kept[-1])
    return Found(f"{PACKAGE}, {network}", positions, task.minutes, epochs, parameters, speed)


def settings_of(path: Path) -> str:
    """The network that a configuration names."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))["model"]["backbone"]


PACKAGE = "lightning-pose==2.4.3"
# its reader of videos on a GPU comes from another place than the rest, and reads no pictures
WITHOUT = ("nvidia-dali",)
PEERS = {
    "lightning-pose": Peer(PACKAGE, functools.partial(learn, scratch=False), WITHOUT),
    "lightning-pose-scratch": Peer(PACKAGE, functools.partial(learn, scratch=True), WITHOUT),
}
