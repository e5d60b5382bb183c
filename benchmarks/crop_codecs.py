"""What crops take on the disk, and how fast they are read: stored in several ways, or not at all.

    .venv/bin/python benchmarks/crop_codecs.py

Crops of 192 x 192 px of a synthetic fly, from a box of 200 x 200 px that follows it and from an
arena of 1024 x 1024 px.  Rows of Blosc2 and Zstandard are left out without `hdf5plugin`, which the
pipeline does not need (`uv run --with hdf5plugin`).  Every way must give the same pixels.

"In order" is the best of three, through blocks as the prediction takes them; random images are read
from a file that is open.
"""

import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import av
import h5py
import numpy as np
from spectrogram import best
from table import show

from leap_core import config, containers, skeleton, synthetic, threads
from leap_core.io.frame_cache import Cache
from leap_core.io.seeking import Frames
from leap_core.preprocess import cropping

try:
    import hdf5plugin
except ImportError:
    hdf5plugin = None

ROOT = Path(__file__).resolve().parents[1]
FOOTAGE = {  # name -> frames, and how they are filmed
    "box 200 px": (4000, {"size": 200, "camera": "closed_loop"}),
    "arena 1024 px": (1500, {"size": 1024}),
}
SIDE, BLOCK, RANDOM = 192, 256, 60
HEADER = (
    *("crops", "bytes a frame", "of gzip 1", "frames/s in order", "ms of a core in order"),
    *("ms a random one", "frames/s written"),
)


def codecs() -> dict[str, dict]:
    """HDF5 filters by name; the first is what crops are stored with."""
    found: dict[str, dict] = {"gzip 1": {"compression": "gzip", "compression_opts": 1}}
    found["lzf"] = {"compression": "lzf"}
    if hdf5plugin:
        found["Blosc2 zstd 5"] = hdf5plugin.Blosc2(cname="zstd", clevel=5)
        found["bitshuffle zstd 3"] = hdf5plugin.Bitshuffle(cname="zstd", clevel=3)
    return found


def footage(folder: Path, frames: int, how: dict) -> tuple[Path, containers.Track]:
    """A video, and the track that is its truth."""
    settings = config.Synthetic(frames=frames, **how)
    bones = skeleton.read(ROOT / "config/skeletons/fly32.yaml")
    path = folder / "fly.mp4"
    camera = folder / "camera.csv" if settings.camera == "closed_loop" else None
    synthetic.render(path, folder / "truth.h5", 1, settings, bones, camera_path=camera)
    truth = containers.Truth.read(folder / "truth.h5")
    place = truth.centroid if truth.camera is None else truth.centroid - truth.camera
    one = np.ones((1, frames))
    return path, containers.Track(
        centroid=place[None],
        heading=truth.heading[None],
        valid=one > 0,
        area=one,
        quality=one,
        fps=truth.fps,
        recipe="truth",
    )


def measure(opened, images: np.ndarray) -> tuple[float, float, float]:
    """Of what ``opened()`` gives: frames/s and ms of a core in order, and ms of a random one."""

    def through() -> None:
        with opened() as reader:
            for start in range(0, len(images), BLOCK):
                reader[start : start + BLOCK]

    seconds, used = best(through)
    with opened() as reader:
        rows = np.random.default_rng(0).integers(0, len(images), RANDOM)
        start = time.perf_counter()
        read = [reader[int(row)] for row in rows]
        each = (time.perf_counter() - start) / RANDOM
    for row, image in zip(rows, read, strict=True):
        assert np.array_equal(np.squeeze(image), images[row, ..., 0])
    return len(images) / seconds, 1000 * used / len(images), 1000 * each


def in_hdf5(path: Path, images: np.ndarray, options: dict) -> tuple:
    start = time.perf_counter()
    with h5py.File(path, "w") as file:
        data = file.create_dataset(
            "i", images.shape, "u1", chunks=(1, *images.shape[1:]), **options
        )
        for row in range(0, len(images), BLOCK):
            data[row : row + BLOCK] = images[row : row + BLOCK]
        held = data.id.get_storage_size()
    written = len(images) / (time.perf_counter() - start)

    @contextmanager
    def opened():
        with h5py.File(path) as file:
            yield file["i"]

    return held / len(images), *measure(opened, images), written


class _Film:
    """A video as an array of frames."""

    def __init__(self, path: Path):
        self.frames = Frames(path, cache=Cache(0), ahead=False)

    def __getitem__(self, key):
        if isinstance(key, int):
            return self.frames.read(key)
        return np.stack([self.frames.read(k) for k in range(*key.indices(len(self.frames.info)))])


def in_h264(path: Path, images: np.ndarray, every: int) -> tuple:
    """Lossless H.264 with so many frames from one key frame to the next."""
    start = time.perf_counter()
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=100)
        stream.height, stream.width = images.shape[1:3]
        stream.pix_fmt = "gray"
        stream.codec_context.color_range = av.video.reformatter.ColorRange.JPEG  # black is 0
        stream.options = {"qp": "0", "preset": "veryfast", "g": str(every), "bf": "0"}
        for image in images[..., 0]:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="gray")))
        container.mux(stream.encode())
    written = len(images) / (time.perf_counter() - start)

    @contextmanager
    def opened():
        film = _Film(path)
        yield film
        film.frames.close()

    return path.stat().st_size / len(images), *measure(opened, images), written


def unstored(folder: Path, path: Path, track: containers.Track, images: np.ndarray) -> tuple:
    file = folder / "unstored.h5"
    start = time.perf_counter()
    settings = config.Crop(SIDE, store=False)
    cropping.crop(path, track, 0, settings, "fly", file, undecodable=[])
    written = len(images) / (time.perf_counter() - start)
    with h5py.File(file) as held:
        size = sum(each.id.get_storage_size() for each in held.values())

    @contextmanager
    def opened():
        with containers.open_crops(file) as reader:
            yield reader.images

    return size / len(images), *measure(opened, images), written


def main() -> None:
    for name, (frames, how) in FOOTAGE.items():
        with tempfile.TemporaryDirectory() as scratch, threads.limited():
            folder = Path(scratch)
            path, track = footage(folder, frames, how)
            cropping.crop(path, track, 0, config.Crop(SIDE), "fly", folder / "crops.h5")
            images = containers.Crops.read(folder / "crops.h5").images
            rows = {
                codec: in_hdf5(folder / "codec.h5", images, dict(options))
                for codec, options in codecs().items()
            }
            for every in (25, 250):
                film = folder / f"every{every}.mp4"
                rows[f"H.264, key frame every {every}"] = in_h264(film, images, every)
            rows["cut from the video"] = unstored(folder, path, track, images)
            first = rows["gzip 1"][0]
            video = path.stat().st_size / frames
            show(
                f"{name}, {frames} frames, {video:.0f} bytes a frame of the video",
                [(key, row[0], row[0] / first, *row[1:]) for key, row in rows.items()],
                HEADER,
            )
            print()


if __name__ == "__main__":
    sys.exit(main())
