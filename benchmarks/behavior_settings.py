"""Maps by `behavior: auto` and by settings of hand, of simulated animals whose behavior is known.

    .venv/bin/python benchmarks/behavior_settings.py [--sets 2] [--only fly ...] [--ways auto ...]

True positions in the body's frame with 0.6 px of jitter.  Told is the normalized mutual information
of region and behavior, in which frames between regions are a class of their own: the measure
``behavior_nmi`` of the validation.
"""

import argparse
import time

import numpy as np
from sklearn.metrics import normalized_mutual_info_score
from table import show

from leap_core import config, skeleton
from leap_core.behavior import channels, choice, embedding, importance, regions
from leap_core.containers import Poses, Truth
from leap_core.synthetic import anatomy, movie
from leap_core.synthetic.mouse import anatomy as mouse_anatomy
from leap_core.synthetic.mouse import movie as mouse_movie

JITTER, KEPT = 0.6, 0.5  # px; and the share that is left after a frame
# animal, how many, seconds of each, and of how many frames one is kept
CASES = {
    "fly, 3 x 60 s, 100 frames/s": ("fly", 3, 60, 1),
    "fly, 3 x 60 s, 50 frames/s": ("fly", 3, 60, 2),
    "fly, 3 x 60 s, 25 frames/s": ("fly", 3, 60, 4),
    "fly, 1 x 60 s, 100 frames/s": ("fly", 1, 60, 1),
    "fly, 3 x 600 s, 100 frames/s": ("fly", 3, 600, 1),
    "mouse, 3 x 120 s, 50 frames/s": ("mouse", 3, 120, 1),
    "mouse, 3 x 120 s, 25 frames/s": ("mouse", 3, 120, 2),
}
# of config/config.yaml and config/demo_mouse.yaml, found by hand on such animals; and the paper's
HAND = {
    "per_recording": 1500, "total": 3000, "perplexity": 100, "exaggeration": 4, "sigma": 0.8,
    "clip": [0.0005, 1.0], "omega0": 3, "max_gap_s": 0.5,
}  # fmt: skip
WAYS = {"auto": "auto", "by hand": HAND, "the paper's": {}}


def fly(seed: int, seconds: int) -> Truth:
    rng = np.random.default_rng(seed)
    one = anatomy.individual(rng)
    how = config.Synthetic(frames=round(seconds * movie.FPS))
    parts = skeleton.read("config/skeletons/fly32.yaml")
    return movie.truth(movie.simulate(how, one, rng), one, parts)


def mouse(seed: int, seconds: int) -> Truth:
    rng = np.random.default_rng(seed)
    one = mouse_anatomy.individual(rng)
    parts = skeleton.read("config/skeletons/mouse16.yaml")
    moves = mouse_movie.simulate(round(seconds * mouse_anatomy.FPS), one, rng)
    return mouse_movie.truth(moves, 520, parts)


ANIMALS = {"fly": fly, "mouse": mouse}


def poses(truth: Truth, every: int, name: str) -> Poses:
    """Its positions as a network may find them, one of so many frames."""
    cosine, sine = np.cos(truth.heading), np.sin(truth.heading)
    turn = np.moveaxis(np.array([[cosine, sine], [-sine, cosine]]), -1, 0)
    found = np.einsum("fij,fpj->fpi", turn, truth.positions - truth.centroid[:, None])
    noise = np.random.default_rng(len(found)).normal(0, JITTER, found.shape)
    for k in range(1, len(noise)):
        noise[k] = KEPT * noise[k - 1] + np.sqrt(1 - KEPT**2) * noise[k]
    found = (found + noise)[::every].astype(np.float32)
    return Poses(
        positions=found,
        confidence=np.ones(found.shape[:2], np.float32),
        frame=np.arange(len(found)),
        valid=np.ones(len(found), bool),
        skeleton=truth.skeleton,
        recording=name,
        fps=truth.fps / every,
    )


def settled(given: str | dict, animals: list[Poses]) -> config.Behavior:
    """Section ``behavior`` as a run would use it."""
    whole = {"dataset": "a", "skeleton": "a", "videos": [{"id": "a", "path": "a"}]}
    settings = config.from_dict(whole | {"behavior": given}).behavior
    return choice.settled(settings, choice.footage(animals, 0))


def mapped(
    animals: list[Poses], settings: config.Behavior, seed: int, limit: float = 0
) -> np.ndarray:
    """Region of every frame of all animals; parts below the confidence ``limit`` are missing."""
    series = [channels.pose_channels(one, settings, limit) for one in animals]
    points = settings.total // len(series)
    samples = [importance.sample(one, settings, seed, points) for one in series]
    embedded = embedding.embed(samples, settings, seed)
    placed = [embedding.project(one, embedded, settings) for one in series]
    area = regions.build_map(embedded, placed, settings)
    return np.concatenate([regions.assign(one, area).region for one in placed])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=2, help="of other animals each")
    parser.add_argument("--only", nargs="*", default=[""], help="cases that begin so")
    parser.add_argument("--ways", nargs="*", choices=list(WAYS), default=list(WAYS))
    options = parser.parse_args()
    rows = []
    for name, (animal, count, seconds, every) in CASES.items():
        if not name.startswith(tuple(options.only)):
            continue
        found: dict[str, list] = {way: [] for way in options.ways}
        for chosen in range(options.sets):
            seeds = range(500 + 10 * chosen, 500 + 10 * chosen + count)
            known = [ANIMALS[animal](seed, seconds) for seed in seeds]
            films = [poses(one, every, f"{animal}{s}") for one, s in zip(known, seeds, strict=True)]
            doing = np.concatenate([one.behavior[::every] for one in known])
            for way in options.ways:
                start = time.perf_counter()
                region = mapped(films, settled(WAYS[way], films), chosen)
                shared = normalized_mutual_info_score(doing, region)
                found[way].append((shared, region.max(), time.perf_counter() - start))
                print(name, way, *found[way][-1], flush=True)
        for way, own in found.items():
            shared = " ".join(f"{one[0]:.3f}" for one in own)
            mean, many, took = np.mean(own, axis=0)
            rows.append((name, way, shared, mean, f"{many:.0f}", f"{took:.0f}"))
    show("maps of known behavior", rows, HEAD)


HEAD = ("animals", "settings", "shared information, each set", "mean", "regions", "s")

if __name__ == "__main__":
    main()
