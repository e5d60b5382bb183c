"""sleap-nn by its own commands, with the configuration that it proposes for the labels."""

import time
from pathlib import Path

import numpy as np
import sleap_io
import yaml
from peers_shared import Found, Peer, Task, pictures, rate


def export(task: Task, rows: np.ndarray, name: str, times: int = 1) -> Path:
    """Some labeled images as a SLEAP file, each so many times; their pictures lie beside it."""
    labels = task.labels
    parts, swap = labels.skeleton.parts, labels.skeleton.swap
    skeleton = sleap_io.Skeleton(
        nodes=list(parts),
        edges=[(parts[a], parts[b]) for a, b in labels.skeleton.edges],
        symmetries=[(parts[a], parts[b]) for a, b in enumerate(swap) if a < b],
    )
    paths = pictures(labels, rows, task.folder / "pictures")
    film = sleap_io.Video.from_filename([str(path) for path in paths] * times)
    frames = []
    for k, row in enumerate(np.tile(rows, times)):
        animal = sleap_io.Instance.from_numpy(labels.positions[row], skeleton=skeleton)
        frames.append(sleap_io.LabeledFrame(video=film, frame_idx=k, instances=[animal]))
    out = task.folder / f"{name}.slp"
    sleap_io.Labels(frames, videos=[film], skeletons=[skeleton]).save(str(out))
    return out


def learn(task: Task) -> Found:
    """Train for the time of the task and predict its test images."""
    train = export(task, np.flatnonzero(~task.held), "train")
    proposed = task.folder / "config.yaml"
    task.run(
        "config", "sleap-nn", "config", train, "--auto", "--pipeline", "single_instance",
        "-o", proposed,
    )  # fmt: skip
    settings = yaml.safe_load(proposed.read_text(encoding="utf-8"))
    run = f"run{time.strftime('%Y%m%d-%H%M%S')}"
    # as with ours, all images are trained on, and only the time ends the training
    settings["data_config"] |= {"train_labels_path": [str(train)], "use_same_data_for_val": True}
    settings["trainer_config"] |= {
        "ckpt_dir": str(task.folder),
        "run_name": run,
        "max_epochs": 100_000,
        "visualize_preds_during_training": False,
    }
    settings["trainer_config"]["early_stopping"]["stop_training_on_plateau"] = False
    proposed.write_text(yaml.safe_dump(settings), encoding="utf-8")
    task.run("train", "sleap-nn", "train", proposed, **task.clock)
    model, rows = task.folder / run, np.flatnonzero(task.held)

    def predict(times: int) -> float:
        test = export(task, rows, f"test{times}", times)
        out = task.folder / f"predicted{times}.slp"
        return task.run(
            f"predict{times}", "sleap-nn", "predict", "-i", test, "-m", model, "-o", out,
            "--peak_threshold", "0",
        )  # fmt: skip

    speed = rate(predict, len(rows))
    positions = np.full((len(rows), len(task.labels.skeleton), 2), np.nan)
    for frame in sleap_io.load_slp(str(task.folder / "predicted1.slp"), open_videos=False):
        if len(frame.instances):
            positions[frame.frame_idx] = frame.instances[0].numpy()
    epochs, parameters = task.checkpoint(model / "best.ckpt")
    return Found(PACKAGE, positions, task.minutes, epochs, parameters, speed)


PACKAGE = "sleap-nn==0.3.5"
PEERS = {"sleap-nn": Peer(PACKAGE, learn)}
