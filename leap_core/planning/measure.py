"""What this machine takes for small pieces of each kind of work, in seconds of the processor.

Seconds of the processor are disturbed less by other work than those of the clock.  Each network is
measured in processes of its own, which also tell its memory: `python -m
leap_core.planning.measure` with the settings as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from leap_core import config, job, skeleton, threads
from leap_core.errors import UserError
from leap_core.provenance import hashes

FRAMES, SIDE = 100, 400  # of the clip
POINTS, FEATURES = 600, 1000  # of the map
LONG_S = 4.0  # a step that takes longer is measured once
FIGURES = 2


def kinds() -> dict[str, float]:
    """Seconds of each kind of work: start, render, video, numbers, draw."""
    found = {"start": start("leap_core.job, leap_core.containers, leap_core.config.declared")}
    with tempfile.TemporaryDirectory(prefix="leap-plan-") as folder, threads.limited():
        found |= _footage(Path(folder))
        found["numbers"] = _seconds(_numbers)
        found["draw"] = _seconds(lambda: _draw(Path(folder)))
    return found


def start(modules: str) -> float:
    """A new Python that imports some modules."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"PYTHONPATH": str(hashes.CHECKOUT)}
    subprocess.run([sys.executable, "-c", f"import {modules}"], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _seconds(work: Callable[[], Any], least: float = 0.3) -> float:
    """Of the processor, for one call after a first one that loads what is needed."""
    work()
    begun, calls = time.process_time(), 0
    while calls == 0 or time.process_time() - begun < least:
        work()
        calls += 1
    return (time.process_time() - begun) / calls


def _footage(folder: Path) -> dict[str, float]:
    """Render a clip of a fly; audit, track and crop it."""
    from leap_core.preprocess import auditing, cropping, tracking
    from leap_core.synthetic import movie

    # parts of the simulated animal: any will do here
    parts = skeleton.from_dict({"parts": ["head", "thorax", "abdomen"], "roles": {}}, "clip")
    clip, crops = folder / "clip.mp4", folder / "crops.h5"
    settings = config.Synthetic(frames=FRAMES, size=SIDE)

    def preprocess() -> None:
        auditing.audit(clip)
        track = tracking.track(clip, config.Track(), px_per_mm=35.0)
        cropping.crop(clip, track, 0, config.Crop(), "clip", crops)

    def render() -> None:
        movie.render(clip, folder / "truth.h5", 1, settings, parts, {}, None)

    return {"render": _seconds(render), "video": _seconds(preprocess)}


def _numbers() -> None:
    """A small map of random rows."""
    from leap_core.behavior import tsne

    rows = np.random.default_rng(0).random((POINTS, FEATURES), np.float32)
    tsne.embed_points(rows / rows.sum(axis=1, keepdims=True), "hellinger", 20, 0)


def _draw(folder: Path) -> None:
    """A picture with some thousand points, twice saved."""
    from matplotlib.figure import Figure

    x, y = np.random.default_rng(0).random((2, 3000))
    for _ in range(FIGURES):
        drawn = Figure(figsize=(6, 4))
        for axes in drawn.subplots(2, 2).flat:
            axes.scatter(x, y, s=1, rasterized=True)
        drawn.savefig(folder / "drawn.png", dpi=200)
        drawn.savefig(folder / "drawn.pdf")


def network(settings: dict[str, Any]) -> dict[str, float | str]:
    """One training step and one predicted batch of a network, each in a process of its own.

    Args:
        settings: network, filters, joints, side (px of its input), precision, batch_size,
            predicted, the images of a batch of prediction, and the engine that predicts.

    Returns:
        For an image: `learn`, `check`, `predict` in seconds of the processor, with `_wall` of the
        clock; `start_learning` and `start`, seconds of the processor before the first image is
        learned or found; `learn_mb` and `predict_mb`, most memory; `device`.

    Raises:
        UserError: the process ended before it was done, as where memory is short.
    """
    environment = os.environ | {"PYTHONPATH": str(hashes.CHECKOUT)}
    found: dict[str, float | str] = {}
    with tempfile.TemporaryDirectory(prefix="leap-plan-") as folder:
        for task in TASKS:
            given = json.dumps(settings | {"task": task, "model": f"{folder}/best.keras"})
            command = [sys.executable, "-m", "leap_core.planning.measure", given]
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
            if done.returncode:
                said = done.stderr.strip().splitlines() or ["it was killed: too little memory?"]
                raise UserError(
                    f"network {settings['network']} with {settings['filters']} filters: cannot be "
                    f"measured on this machine ({said[-1]}); plan with `--machine` of another one"
                )
            found |= json.loads(done.stdout.splitlines()[-1])
    return found


def _learn(wanted: dict[str, Any]) -> dict[str, float | str]:
    """Of training; leaves the network for :func:`_predict`."""
    from leap_core.pose import model, networks, runtime, training_step

    runtime.start()
    gpus = runtime.gpus()
    side, batch = int(wanted["side"]), int(wanted["batch_size"])
    policy = runtime.policy(wanted["precision"])
    network = networks.build(wanted["network"], wanted["joints"], wanted["filters"], policy)
    parts = skeleton.from_dict({"parts": [f"part{k}" for k in range(wanted["joints"])]}, "plan")
    card = model.ModelCard(
        skeleton=parts, network=wanted["network"], filters=wanted["filters"], input_scale=1.0,
        image_size=side, sigma=5.0, epoch=0, loss=0.0,
    )  # fmt: skip
    model.write(network, card, wanted["model"])
    rng = np.random.default_rng(0)
    shrinks = networks.NETWORKS[wanted["network"]].shrinks
    learner = training_step.make(network, shrinks, config.Training(), 2.0)
    seen = rng.random((batch, side, side, 1), np.float32)
    points = rng.uniform(0, side, (batch, wanted["joints"], 2)).astype(np.float32)
    before = time.process_time()
    learner.learn((seen, points), 1e-4)
    first = time.process_time() - before
    found = _each("learn", lambda: learner.learn((seen, points), 1e-4), batch)
    learned = float(found["learn"]) * batch
    found["start_learning"] = before + max(0.0, first - learned)
    float(learner.check(seen, points))
    found |= _each("check", lambda: float(learner.check(seen, points)), batch)
    return found | {"learn_mb": job.peak_memory(), "device": gpus[0] if gpus else "CPU"}


def _predict(wanted: dict[str, Any]) -> dict[str, float | str]:
    """Of prediction, by the engine that the config's own will have."""
    from leap_core.pose import inference

    side = int(wanted["side"])
    how = config.Prediction(batch_size=wanted["predicted"], engine=wanted["engine"])
    predict, _ = inference.load(wanted["model"], how)
    images = np.random.default_rng(0).integers(0, 256, (how.batch_size, side, side, 1), np.uint8)
    predict(images[:1])
    begun = time.process_time()
    found = _each("predict", lambda: predict(images), len(images))
    return found | {"start": begun, "predict_mb": job.peak_memory()}


def _each(name: str, work: Callable[[], Any], images: int) -> dict[str, float | str]:
    """Seconds for an image, by processor and clock, of some calls after the first."""
    cpu, wall, calls = time.process_time(), time.perf_counter(), 0
    while calls == 0 or (calls < 5 and time.process_time() - cpu < LONG_S):
        work()
        calls += 1
    done = calls * images
    return {
        name: (time.process_time() - cpu) / done,
        f"{name}_wall": (time.perf_counter() - wall) / done,
    }


TASKS = {"learn": _learn, "predict": _predict}

if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps(TASKS[asked["task"]](asked)))
