"""A network in OpenVINO: a processor needs less time for it than in TensorFlow, and to begin."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from leap_core import config, threads
from leap_core.errors import UserError
from leap_core.io import untrusted
from leap_core.pose import (
    archive,
    augmentation,
    map_peaks,
    openvino_network,
    runtime,
    test_time_averaging,
)
from leap_core.pose.engines import Engine
from leap_core.pose.model import ModelCard


def read(
    path: str | Path, card: ModelCard, settings: config.Prediction, precision: str = "auto"
) -> Engine:
    """The engine of a model file.

    Args:
        precision: "float32", "bfloat16", or "auto": bfloat16 where the processor computes in it.

    Raises:
        UserError: a damaged file, or one that holds another network than its card tells.
    """
    path = Path(path)
    description = archive.read_network(path)
    if not _fits(description, card):
        raise UserError(
            f"{path}: its weights do not fit {card.network} with {card.filters} filters and "
            f"{len(card.skeleton)} parts as best.json says; the files are of two runs"
        )
    openvino = library()
    if precision == "auto":
        precision = "bfloat16" if runtime.processor_has_bfloat16() else "float32"
    workers = threads.count()
    core = openvino.Core()
    # a thread for every image: whole images keep threads busier than shares of one do, above all
    # beside other work, and what an image gives depends on neither their number nor its neighbours
    how = {
        "INFERENCE_PRECISION_HINT": {"bfloat16": "bf16", "float32": "f32"}[precision],
        "INFERENCE_NUM_THREADS": workers,
        "NUM_STREAMS": workers,
    }
    lock = threading.Lock()
    made: dict[tuple[int, ...], SimpleQueue] = {}  # idle requests, by the images' size

    def idle(sides: tuple[int, ...]) -> SimpleQueue:
        with lock:
            if sides not in made:
                network = openvino_network.build(openvino, description, sides)
                compiled = core.compile_model(network, "CPU", how)
                made[sides] = SimpleQueue()
                for _ in range(workers):
                    made[sides].put(compiled.create_infer_request())
        return made[sides]

    with archive.reading(path, (*untrusted.DAMAGE, RuntimeError)):  # of OpenVINO
        idle((round(card.image_size * card.input_scale),) * 2)

    averaged = test_time_averaging.of_arrays(card, settings)

    def each(images: np.ndarray, use: Callable[[int, np.ndarray], None]) -> None:
        """Call ``use`` with the row and the maps (1, map y, map x, joint) of every image."""
        requests = idle(images.shape[1:3])
        request = requests.get()

        def look(image: np.ndarray) -> np.ndarray:  # into the request's own memory
            given = np.ascontiguousarray(image)[None, None]
            return request.infer([given], share_inputs=True, share_outputs=True)[0][0]

        try:
            for row, image in enumerate(np.asarray(images[..., 0], np.float32)):
                use(row, averaged(look, image)[None])
        finally:
            requests.put(request)

    def maps(images: np.ndarray) -> np.ndarray:
        found: list[np.ndarray] = []
        each(images, lambda _, those: found.append(those.copy()))
        return np.concatenate(found)

    def peaks(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        positions = np.empty((len(images), len(card.skeleton), 2), np.float32)
        heights = np.empty(positions.shape[:2], np.float32)

        def find(row: int, those: np.ndarray) -> None:
            scale = those.shape[2] / images.shape[2]
            sigma = card.sigma * card.input_scale * scale
            xy, heights[row] = map_peaks.find(those, settings.refine, sigma)
            positions[row] = augmentation.grow_points(xy[0], scale)

        each(images, find)
        return positions, heights

    version = openvino.get_version().partition("-")[0]
    return Engine(f"OpenVINO {version}, {precision}", peaks, maps, workers, batched=False)


def _fits(description: archive.Network, card: ModelCard) -> bool:
    """Whether the weights are those of the network that the card tells."""
    first = len(next(iter(description.weights.values()))[1])
    narrow = card.network.endswith("hourglass")  # begins with half of its width
    told = max(1, card.filters // 2) if narrow else card.filters
    found = description.name, description.parts, first
    return found == (card.network, len(card.skeleton), told)


def library():
    """The module; importing it plainly would tell its makers so over the network."""
    if "openvino" not in sys.modules and "openvino_telemetry" not in sys.modules:
        # without the module that sends, OpenVINO takes a stand-in of its own that does nothing
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
        try:
            import openvino
        finally:
            del sys.modules["openvino_telemetry"]
    import openvino  # noqa: F811

    return openvino
