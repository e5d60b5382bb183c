"""Whether leg tips in the plane can tell the published contact of a tethered fly.

    LEAP_DATA=FOLDER .venv/bin/python benchmarks/contact.py

A forest sees how a tip moves in the plane within 6 frames.  It learns contact once from simulated
flies, whose contact is exact, once from the first part of the tethered fly's walk; both judge the
rest of that walk, and the second also the simulated flies.  Borders: the mean frames by which a
swing found begins and ends later than the contact says.
"""

import os
from pathlib import Path

import numpy as np
from gait_frame_rates import NAMES, simulate
from sklearn.ensemble import RandomForestClassifier
from table import show

from leap_core import gait
from leap_core.synthetic.path import SUBSTEPS
from leap_core.timeseries import runs

DATA = Path(os.environ.get("LEAP_DATA", "../shared/data")) / "gait"
FPS, REACH = 100.0, 6
FIRST, REST = slice(150, 290), slice(300, 449)  # of the walk; frames before are standing
LONGEST = 12  # frames of a swing
HEAD = ("rule", "learned from", "judged on", "leg-frames right", "lift-off later", "landing later")


def movements(tip: np.ndarray, walks: np.ndarray) -> np.ndarray:
    """(frame, 4 x 6) displacements around each frame of a tip (frame, 2), in its usual reach."""
    place = tip / tip[walks, 0].std()
    step = np.diff(np.pad(place, ((REACH, REACH), (0, 0)), mode="edge"), axis=0)
    return np.concatenate([step[k : k + len(tip)] for k in range(2 * REACH)], axis=1)


def seen(tips: np.ndarray, walks: np.ndarray) -> np.ndarray:
    """(frame, leg, feature), the right legs as if they were left ones."""
    side = np.where([name[0] == "R" for name in NAMES], -1, 1)[:, None] ** [0, 1]
    return np.stack([movements(tip, walks) for tip in (tips * side).swapaxes(0, 1)], axis=1)


def learned(features: np.ndarray, stance: np.ndarray) -> RandomForestClassifier:
    """A forest of (frame, leg, feature) and (frame, leg)."""
    forest = RandomForestClassifier(300, random_state=0, min_samples_leaf=3)
    return forest.fit(features.reshape(-1, features.shape[2]), stance.ravel())


def judge(forest: RandomForestClassifier, features: np.ndarray) -> np.ndarray:
    """Stance (frame, leg)."""
    return forest.predict(features.reshape(-1, features.shape[2])).reshape(features.shape[:2])


def compared(found: np.ndarray, contact: np.ndarray) -> tuple[float, float, float]:
    """Share that agrees; frames by which swings found begin and end later."""
    late = []
    for own, true in zip(found.T, contact.T, strict=True):
        swings = [s for s in runs(~own) if s[1] - s[0] < LONGEST]
        for start, stop in runs(~true):
            hits = [(a, b) for a, b in swings if a < stop and b > start]
            if len(hits) == 1 and stop - start < LONGEST:
                late.append((hits[0][0] - start, hits[0][1] - stop))
    return float(np.mean(found == contact)), *np.mean(late, axis=0).tolist()


def main() -> None:
    """Print what each rule reaches."""
    file = np.load(DATA / "nely_fly1_pose_contact_frames000-449.npz")
    tips, contact = file["xyz_mm"][:, :, 4, :2], file["contact"].astype(bool)
    real = seen(tips, np.arange(len(tips)) >= FIRST.start)
    made, stood = [], []
    for seed in (61, 62, 63, 64):
        places, stance, _, walks = (v[SUBSTEPS - 1 :: SUBSTEPS] for v in simulate(seed, 6000))
        made.append(seen(places, walks)[walks])
        stood.append(stance[walks])
    half = len(made) // 2
    exact = learned(np.concatenate(made[:half]), np.concatenate(stood[:half]))
    published = learned(real[FIRST], contact[FIRST])
    others, known = np.concatenate(made[half:]), np.concatenate(stood[half:])
    levels = gait.detect_stance(tips, FPS)
    walk, fly = contact[REST], real[REST]
    rows = [
        ("levels", "", "tethered fly", *compared(levels[REST], walk)),
        ("forest", "simulated flies", "tethered fly", *compared(judge(exact, fly), walk)),
        ("forest", "simulated flies", "others", *compared(judge(exact, others), known)),
        ("forest", "tethered fly", "its later walk", *compared(judge(published, fly), walk)),
        ("forest", "tethered fly", "simulated flies", *compared(judge(published, others), known)),
    ]
    show("contact from leg tips in the plane", rows, HEAD)


if __name__ == "__main__":
    main()
