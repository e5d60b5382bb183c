"""The summary's facts are counted from known files; the page is whole, escaped and no longer."""

import json

import numpy as np
import pandas as pd
import pytest
from fixtures.blobs import PAIR, blobs
from fixtures.compared import table, two
from fixtures.summarized import FULL

from leap_core import config
from leap_core.behavior import choice
from leap_core.containers import Behavior, Gait, Poses, Track
from leap_core.errors import UserError
from leap_core.figures import facts, summary
from leap_core.groups import comparison

KINDS = (
    "audits", "doubts", "tracks", "labels", "evaluation", "poses", "gait", "regions", "behavior",
    "choice", "groups", "validation", "notes",
)  # fmt: skip
AUDIT = {
    "frames": 200, "decoded": 199, "unreadable": [7], "dropped": [], "fps": 100.0, "uneven": 0,
    "turned": 0, "mirrored": False, "oblique": False, "aspect": 1.0, "interlaced": False,
    "remarks": [], "blank": [], "light": [], "jumps": [], "bits": None, "width": 200,
    "height": 200, "codec": "h264", "promised": 200, "pixel_format": "yuv420p", "brightest": 200,
}  # fmt: skip
METRICS = {
    "split": "test",
    "division": {"by": "block", "flatters": False, "note": "blocks of time"},
    "samples": 3,
    "overall": {
        "n": 12,
        "median_px": 1.25,
        "within_2.5px": 0.75,
        "interval": {"median_px": [1.0, 2.0]},
    },
}
MEASURES = {
    "frames": {"value": 0.5, "target": 0.99, "pass": False, "units": "", "what": "Of frames.",
               "better": "higher"},
    "error": {"value": 1.0, "target": 1.5, "pass": True, "units": "px", "what": "Of parts.",
              "better": "lower"},
    "tail": {"value": None, "target": 0.9, "pass": None, "units": "", "what": "Of tails.",
             "better": "higher"},
}  # fmt: skip


def collect(videos=("a",), limit=0.2, **files):
    return facts.collect(dict.fromkeys(KINDS, []) | files, videos, limit)


def put(path, value):
    path.write_text(json.dumps(value))
    return [path]


def track(path):
    frames = 200
    valid = np.arange(2 * frames).reshape(2, frames) >= 100  # 300 of 400
    at = np.zeros((2, frames))
    Track(centroid=np.zeros((2, frames, 2)), heading=at, valid=valid, area=at, quality=at).write(
        path
    )
    return [path]


def poses(path, recording="a"):
    """100 frames at 50 frames/s, 80 with a pose, of whose 4 parts one is below 0.2."""
    confidence = np.tile([0.1, 0.2, 0.5, 0.9], (100, 1))
    Poses(
        positions=np.zeros((100, 4, 2)), confidence=confidence, frame=np.arange(100),
        valid=np.arange(100) < 80, skeleton=PAIR, recording=recording, fps=50.0,
    ).write(path)  # fmt: skip
    return [path]


def gait(path, state):
    frames = len(state)
    legs = np.zeros((frames, 6))
    Gait(
        tip_velocity=legs, swing=legs, valid=legs, forward_velocity=np.zeros(frames),
        walking=np.arange(frames) < frames // 4, state=state, posterior=np.zeros((frames, 2)),
        frame=np.arange(frames), states=["tripod", "tetrapod"],
    ).write(path)  # fmt: skip
    return [path]


def behavior(path):
    region = np.repeat([1, 2, 0, -1], [50, 20, 20, 10])
    Behavior(
        z=np.zeros((100, 2)), error=np.zeros(100), far=np.zeros(100), region=region,
        frame=np.arange(100),
    ).write(path)  # fmt: skip
    return [path]


def test_every_stage_says_what_its_files_hold(tmp_path):
    labels = blobs(8)
    labels.split[:] = [0, 0, 0, 0, 1, 1, 2, -1]
    labels.write(tmp_path / "labels.h5")
    pd.DataFrame({"region": [1, 2]}).to_csv(tmp_path / "regions.csv", index=False)
    values, names = two(8, 8, 14, np.random.default_rng(0))
    values[8:, 2] += 4
    compared = comparison.compare(table(values, names), config.Groups(bootstrap=1000), 0)
    compared.to_csv(tmp_path / "groups.csv", index=False)
    found = collect(
        audits=put(tmp_path / "audit.json", AUDIT),
        doubts=put(tmp_path / "doubts.json", {"warnings": ["lost"], "doubts": []}),
        tracks=track(tmp_path / "track.h5"),
        labels=[tmp_path / "labels.h5"],
        evaluation=put(tmp_path / "evaluation.json", METRICS),
        poses=poses(tmp_path / "poses.h5"),
        gait=gait(tmp_path / "gait.h5", np.repeat([-1, 0, 1], [60, 30, 10])),
        regions=[tmp_path / "regions.csv"],
        behavior=behavior(tmp_path / "behavior.h5"),
        groups=[tmp_path / "groups.csv"],
        validation=put(tmp_path / "validation.json", MEASURES),
    )
    assert dict(found.done) == {
        "videos": "1 video, 200 frames, 2.0 s; 1 of them missing or unreadable",
        "animals": "2 recordings (one animal in one video), found in 75.0% of frames",
        "labels": "8 images: 4 train, 2 validation, 1 test, 1 in none",
        "network": "median error 1.25 px (95% interval 1.00 to 2.00), 75.0% of parts within "
        "2.5 px; 12 parts in 3 test images",
        "poses": "1 recording, 100 frames, 2.0 s, 80.0% with a pose; 75.0% of its parts with a "
        "confidence of 0.2 or more",
        "gait": "walking in 25.0% of frames; of 40 frames with a gait mode: tripod 75.0%, "
        "tetrapod 25.0%",
        "behavior map": "2 regions, 1 recording; of frames 70.0% in a region, 20.0% between "
        "regions, 10.0% without data",
        "groups": "control (n = 8), treated (n = 8): 1 of 14 measures differ",
        "against the truth": "1 of 2 targets reached",
    }
    assert found.warnings == [("a", "lost"), ("a", "1 frames cannot be decoded")]
    assert found.doubts == ["validation, frames: 0.5, target at least 0.99. Of frames."]


def test_settings_that_were_chosen_are_named(tmp_path):
    found = choice.Footage(fps=30, seconds=1200, frames=36_000, recordings=2)
    chosen = choice.choose(config.Behavior(auto=["fmax", "omega0"]), found)
    path = put(tmp_path / "settings.json", choice.to_dict(chosen, found))
    told = dict(collect(choice=path).done)
    assert told == {
        "settings of the map": "by rule, of 1,200 s at 30 frames/s: fmax 15.0, omega0 3.0"
    }


def test_confidence_is_counted_in_every_block_of_frames(tmp_path, monkeypatch):
    monkeypatch.setattr(facts, "BLOCK", 7)
    found = collect(poses=poses(tmp_path / "poses.h5"))
    assert "80.0% with a pose; 75.0% of its parts" in dict(found.done)["poses"]


def test_a_share_is_never_rounded_to_all_or_none(tmp_path):
    state = np.zeros(10_000, int)
    state[0] = 1
    told = dict(collect(gait=gait(tmp_path / "gait.h5", state)).done)["gait"]
    assert told.endswith("tripod 99.9%, tetrapod 0.1%")
    none = gait(tmp_path / "none.h5", np.full(8, -1))
    assert dict(collect(gait=none).done)["gait"].endswith("; no frame has a gait mode")


@pytest.mark.parametrize(
    ("changed", "doubt"),
    [
        ({"division": {"by": "frame", "flatters": True, "note": "errors may flatter"}}, "flatter"),
        ({"division": None}, "is not known"),
        ({"split": "all", "division": None}, "those of all images"),
        ({}, ""),
    ],
)
def test_errors_that_may_flatter_are_said(changed, doubt, tmp_path):
    found = collect(evaluation=put(tmp_path / "evaluation.json", METRICS | changed))
    assert [doubt in line for line in found.doubts] == [True] * bool(doubt)
    page = summary.draw(found, "flies", [])
    assert ("Nothing warns. Looked at were the split of the labels." in page) is not bool(doubt)


def test_the_worst_of_every_video_comes_before_the_second_of_any():
    rows = [("a", "track", "1"), ("a", "video", "2"), ("b", "track", "3")]
    assert facts.by_rank(rows) == [("a", "1"), ("b", "3"), ("a", "2")]


def test_notes_that_differ_in_numbers_stand_once():
    rows = [
        ("labels", "all", "blocks of time"),
        ("channels", "a", "1 frame of 1,000 left out"),
        ("channels", "b", "20 frames of 3.5 left out"),
        ("channels of pixels", "b", "2 frames of 3 left out"),
        ("gait", "b", "no legs"),
    ]
    made = pd.DataFrame(rows, columns=["stage", "recording", "note"])
    assert facts.grouped(made) == [
        ("channels", "a (and similar in 1 more)", "1 frame of 1,000 left out"),
        ("channels of pixels", "b", "2 frames of 3 left out"),
        ("gait", "b", "no legs"),
    ]


def test_the_page_is_whole_escaped_and_the_same_again():
    page = summary.draw(FULL, "a<b", ["worst", "no such"])
    assert page == summary.draw(FULL, "a<b", ["no such", "worst"])
    assert "Summary of a&lt;b" in page and "<script" not in page and "&lt;script&gt;" in page
    assert "http" not in page and "src=" not in page and "no such" not in page
    titles = ["What was done", "What to look at first", "What was left out"]
    assert sorted(titles, key=page.index) == titles
    assert f"{len(FULL.warnings) - summary.MOST_WARNINGS} more in warnings.html" in page
    assert f"{len(FULL.doubts) - summary.MOST_DOUBTS} more in validation.json" in page
    assert f"{len(FULL.left_out) - summary.LEFT_OUT_WITH_WARNINGS} more in Notes" in page


def test_poses_of_another_program_are_not_said_to_be_without_doubt(tmp_path):
    """Nothing of them was judged: the page says that, and not that nothing warns."""
    found = collect(poses=poses(tmp_path / "poses.h5"))
    page = summary.draw(found, "flies", [])
    assert "Nothing of this dataset is judged" in page and "Nothing warns" not in page
    assert [name for name, _ in found.done] == ["poses"]
    assert "No stage left anything out" in page


def test_a_file_that_is_no_result_is_named(tmp_path):
    (tmp_path / "poses.h5").write_text("no HDF5")
    with pytest.raises(UserError, match="poses.h5: not a readable HDF5 file"):
        collect(poses=[tmp_path / "poses.h5"])
