"""Ten times the frames, the same memory: every stage works in blocks.

From 4,000 to 13,000 frames a stage may grow by 60 MB.  One that held every crop would grow by
9,000 x 192 x 192 bytes = 332 MB, one that held every behavior feature by 9,000 x 62 channels x
50 frequencies x 4 bytes = 112 MB.  Tracks and poses (0.4 kB a frame, 5 kB with all intermediate
arrays) may be held: 45 MB.  The shorter video is as long as the blocks in which stages work.
"""

from multiprocessing.pool import ThreadPool

import pytest
import yaml
from fixtures.checkout import fresh_copy, rules, snakemake

from leap_core.job import logged_memory

SHORT, LONG = 4000, 13_000
BOUND = 60  # MB
# the ends of all stages, and figures that read images; not the clips, whose memory follows the
# number of regions (at most 16 are shown), and so the behaviors that a video happens to hold
TARGETS = (
    "validation.json",
    "behavior/statistics.h5",
    "behavior/dynamics.h5",
    "behavior/stability/halves.h5",
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
