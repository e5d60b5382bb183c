"""What is left over of videos that were taken out, and what belongs to those that stay."""

from dataclasses import replace

from leap_core.provenance import left_over
from leap_core.provenance.records import Record


def brought_in(id, suffix):
    """The record of a raw file, as rule ``source`` leaves it."""
    file = f"raw/{id}{suffix}"
    return file, Record(
        file=file, sha256="0" * 64, rule="source", settings={"source": {"id": id}}, inputs={},
        code={}, seed=None, versions={}, temporary=False,
    )  # fmt: skip


def test_tracks_and_cameras_stay_and_go_with_their_video():
    known = dict(
        [
            brought_in("a", ".mp4"),
            brought_in("a.camera", ".csv"),
            brought_in("a.track", ".mat"),
            brought_in("b", ".mp4"),
            brought_in("b.track0", ".npz"),
            brought_in("b.track1", ".npz"),
            brought_in("c.track", ".mp4"),
        ]
    )
    videos = [{"id": "a"}, {"id": "b", "animals": 2}, {"id": "c.track"}]
    assert left_over.find(known, {"videos": videos}, str) == (set(), [])
    files, whose = left_over.find(known, {"videos": [videos[0], videos[2]]}, str)
    assert files == {"raw/b.mp4", "raw/b.track0.npz", "raw/b.track1.npz"} and whose == ["b"]


def test_networks_without_the_labels_held_out_are_left_over_where_there_is_one_training():
    files = {f"models/{run}/best.keras" for run in ("main", "main-held-out")}
    known = {name: replace(brought_in("a", "")[1], file=name, rule="train") for name in files}
    asked = {"training": {"all_labels": True}}
    assert left_over.find(known, asked, str) == (set(), [])
    told = left_over.find(known, {"training": {"all_labels": False}}, str)
    assert told == ({"models/main-held-out/best.keras"}, ["run main-held-out"])
