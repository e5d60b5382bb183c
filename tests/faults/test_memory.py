"""Ten times the frames, the same memory: every stage works in blocks.

From 4,000 to 13,000 frames a stage may grow by 60 MB.  One that held every crop would grow by
9,000 x 192 x 192 bytes = 332 MB, one that held every behavior feature by 9,000 x 62 channels x
50 frequencies x 4 bytes = 112 MB.  Tracks and poses (0.4 kB a frame, 5 kB with all intermediate
arrays) may be held: 45 MB.  The shorter video is as long as the blocks in which stages work.

And six times the recordings, the same memory: one is held at a time.
"""

import tracemalloc
from multiprocessing.pool import ThreadPool

import numpy as np
import pytest
import yaml
from fixtures.checkout import fresh_copy, rules, snakemake
from fixtures.drawn import make_behavior, make_map, make_poses

from leap_core.behavior.comparison import compare
from leap_core.containers import Files, Gait
from leap_core.excerpts.steps import mode_examples, steady_steps
from leap_core.figures.paper import fig3e
from leap_core.figures.quality import confidence, ethogram
from leap_core.figures.tables import walkers
from leap_core.job import logged_memory

SHORT, LONG = 4000, 13_000
BOUND = 60  # MB
# the ends of all stages, and figures that read images; not the clips, whose memory follows the
# number of regions (at most 16 are shown), and so the behaviors that a video happens to hold
TARGETS = (
    "validation.json",
    "behavior/settings.json",
    "behavior/statistics.h5",
    "behavior/dynamics.h5",
    "behavior/stability/halves.h5",
    "behavior/refits.h5",
    "pixels/comparison.h5",
    "gait/profiles.csv",
    "gait/tripods.csv",
    "notes.html",
    "warnings.html",
    "summary.html",
    "explore.html",
    "models/main/evaluation.json",
    "poses/example.h5",
    "audit/fly1.json",
    "figures/movie/fly1.mp4",
    "figures/poses/fly1.png",
    "exports/csv/poses/fly1.csv",
    "exports/csv/tracks/fly1.csv",
    "exports/csv/behavior/fly1.csv",
)


def peaks(folder, frames: int) -> dict[str, float]:
    """Peak memory of every rule on a video of so many frames."""
    config = yaml.safe_load((folder / "benchmarks" / "memory.yaml").read_text())
    config |= {"dataset": f"memory{frames}", "synthetic": config["synthetic"] | {"frames": frames}}
    (folder / f"{frames}.yaml").write_text(yaml.safe_dump(config))
    out = f"results/memory{frames}"
    targets = [f"{out}/{target}" for target in TARGETS]
    result = snakemake(folder, "--cores", "2", *targets, "--configfile", f"{frames}.yaml")
    assert result.returncode == 0, result.stderr[-5000:]
    return logged_memory(folder / out / "logs")


@pytest.mark.slow
def test_memory_does_not_grow_with_the_video(root, tmp_path):
    folders = [fresh_copy(root, tmp_path / name) for name in ("short", "long")]
    # most stages of one recording run one after the other and leave a core idle
    with ThreadPool(2) as pool:
        short, long = pool.starmap(peaks, zip(folders, (SHORT, LONG), strict=True))
    listed = rules(folders[0], "--configfile", f"{SHORT}.yaml")
    # experiments read labeled images, not the video; nobody has labeled these in the browser
    stages = {rule for rule in listed if not rule.startswith(("figure", "experiment", "paper"))}
    stages -= {"all", "alignment", "exports", "source", "place_labels", "propose"}
    assert stages <= short.keys(), "a stage is in no target"
    assert min(short.values()) > 20, "no program with numpy fits into less"
    growth = {rule: long[rule] - short[rule] for rule in short}
    assert {rule: mb for rule, mb in growth.items() if mb > BOUND} == {}


def make_gait(name: str, frames: int = 50_000) -> Gait:
    """One step after the other, a tenth of the time in a gait mode."""
    swing = (np.arange(frames)[:, None] + 3 * np.arange(6)) % 20 < 6
    walks = np.arange(frames) % 1000 < 100
    return Gait(
        tip_velocity=np.where(swing, 20, -10),
        swing=swing,
        valid=np.ones((frames, 6), bool),
        forward_velocity=np.where(walks, 10 + np.sin(np.arange(frames)), 0),
        walking=walks,
        state=np.where(walks, 0, -1),
        posterior=np.where(walks[:, None], [0.9, 0.1], np.nan),
        frame=np.arange(frames),
        legs=["LF", "LM", "LH", "RF", "RM", "RH"],
        states=["tripod", "tetrapod"],
        recording=name,
        fps=100.0,
        velocity_units="mm/s",
    )


def traced(work) -> float:
    """Most memory, MB, of arrays and objects while ``work`` is done."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("what", ["poses", "behavior", "gait", "table"])
def test_memory_does_not_grow_with_the_recordings(what, tmp_path, fly32):
    """15 recordings more take less than one of them; what held all would take 15 times that."""
    area = make_map(fly32)
    make, work = {
        "poses": (
            lambda name: make_poses(fly32, 20_000, name),
            lambda files: confidence.draw(files, 0.2),
        ),
        "behavior": (
            lambda name: make_behavior(name, frames=200_000),
            lambda files: (ethogram.draw(files, area, {}), compare(area, area, files, files)),
        ),
        "gait": (
            make_gait,
            lambda files: (walkers(files), steady_steps(files), mode_examples(files)),
        ),
        "table": (make_gait, fig3e.draw),
    }[what]
    paths = [tmp_path / f"{k}.h5" for k in range(18)]
    for path in paths:
        first = make(path.stem)
        first.write(path)
    one = sum(value.nbytes for value in vars(first).values() if isinstance(value, np.ndarray)) / 1e6
    few, many = (traced(lambda n=n: work(Files(type(first), paths[:n]))) for n in (3, 18))
    assert many - few < one
