"""A small whole file of every kind that a person may hand in, and the reader it is for."""

import json
import pickle
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import scipy.io
import sleap_io
import yaml
from test_labels import TINY, write_deepposekit, write_dlc, write_mat

from leap_core import containers
from leap_core.containers.base import arrays
from leap_core.io import atomic, video

PARTS = ["head", "tail", "legL", "legR"]
SIZES = {"animal": 1, "xy": 2, "axis": 2, "joint": 4, "channel": 1, "bin_edge": 4, "bin": 3}


def container(kind, path: Path) -> Path:
    """Any kind of our own files, its axes of a few entries."""
    values = {}
    for item in arrays(kind):
        shape = tuple(SIZES.get(axis, 3) for axis in item.metadata["dims"])
        dtype = item.metadata["dtype"]
        values[item.name] = np.full(shape, "a") if dtype is str else np.ones(shape, dtype)
    if "skeleton" in kind.__dataclass_fields__:
        values["skeleton"] = TINY
    kind(**values).write(path, {"seed": 1})
    return path


def mats(folder: Path) -> Path:
    rng = np.random.default_rng(1)
    box = rng.integers(0, 255, (3, 9, 12, 1), dtype=np.uint8)
    write_mat(folder, rng.uniform(0, 11, (3, 4, 2)), box)
    return folder


def training_set(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        for place, count in ((file, 4), (file.create_group("testing"), 2)):
            place["box"] = np.zeros((count, 1, 8, 8), np.uint8)
            place["joints"] = np.ones((count, 2, 4), np.float32)
            place["labeledIdx"] = np.arange(count)[None] + 1
            place["shuffleIdx"] = np.arange(count)[None] + 1
        skeleton = file.create_group("skeleton")
        skeleton.attrs["jointNames"] = "\n".join(PARTS)
        skeleton["edges"] = np.array([[1, 2], [1, 3]], np.uint8).T
    return path


def pandas_fixed(path: Path, rows) -> Path:
    """A table of one scorer, laid out as pandas' ``to_hdf(format="fixed")``."""
    axes = ["x", "y"] if isinstance(rows[0], str) else ["x", "y", "likelihood"]
    table = pd.MultiIndex.from_product([["me"], PARTS, axes])
    with h5py.File(path, "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs["pandas_type"] = np.bytes_("frame")
        for axis in ("axis0", "block0_items"):
            for k, (values, codes) in enumerate(zip(table.levels, table.codes, strict=True)):
                group[f"{axis}_level{k}"] = np.array(list(values), dtype="S")
                group[f"{axis}_label{k}"] = np.array(codes, np.int8)
        group["axis1"] = np.array(rows, dtype="S" if isinstance(rows[0], str) else np.int64)
        group["block0_values"] = np.full((len(rows), len(table)), 0.5)
    return path


def pandas_table(path: Path, rows) -> Path:
    """The same as pandas' ``to_hdf(format="table")``: rows in one compound dataset."""
    axes = ["x", "y"] if isinstance(rows[0], str) else ["x", "y", "likelihood"]
    columns = [("me", part, axis) for part in PARTS for axis in axes]
    kind = "S20" if isinstance(rows[0], str) else "i8"
    with h5py.File(path, "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs["pandas_type"] = np.bytes_("frame_table")
        stored = pickle.dumps([(1, columns)], protocol=0)
        group.attrs["non_index_axes"] = np.bytes_(stored)
        table = np.zeros(len(rows), [("index", kind), ("values_block_0", "f8", (len(columns),))])
        table["index"], table["values_block_0"] = rows, 0.5
        group["table"] = table
    return path


def sleap(folder: Path) -> dict[str, Path]:
    rng = np.random.default_rng(0)
    clip = folder / "clip.mp4"
    video.write_video(clip, rng.integers(0, 255, (4, 16, 16), dtype=np.uint8), 10)
    film = sleap_io.load_video(str(clip))
    skeleton = sleap_io.Skeleton(list(PARTS), edges=[("head", "tail")])
    track = sleap_io.Track("one")

    def project(make, **more):
        found = [
            sleap_io.LabeledFrame(
                video=film,
                frame_idx=k,
                instances=[make(rng.uniform(0, 16, (4, 2)), skeleton=skeleton, **more)],
            )
            for k in range(3)
        ]
        return sleap_io.Labels(found)

    labeled = project(sleap_io.Instance.from_numpy)
    predicted = project(
        sleap_io.PredictedInstance.from_numpy, point_scores=np.full(4, 0.5), score=0.5, track=track
    )
    labeled.save(str(folder / "l.slp"), verbose=False)
    labeled.save(str(folder / "l.pkg.slp"), embed="user", verbose=False)
    predicted.save(str(folder / "p.slp"), verbose=False)
    with h5py.File(folder / "p.analysis.h5", "w") as file:
        file["tracks"] = rng.uniform(0, 16, (1, 2, 4, 3))
        file["point_scores"] = np.full((1, 4, 3), 0.5)
        file["node_names"] = np.array(PARTS, "S")
        file["track_names"] = np.array(["one"], "S")
    return {"clip": clip, "labels": folder / "l.slp", "package": folder / "l.pkg.slp"} | {
        "predictions": folder / "p.slp",
        "analysis": folder / "p.analysis.h5",
    }


def make(folder: Path) -> dict[str, tuple[str, Path]]:
    """Write all of them into ``folder``; name -> (reader of ``broken.py``, path)."""
    place = iter(range(100))

    def new() -> Path:
        path = folder / f"s{next(place)}"
        path.mkdir()
        return path

    found: dict[str, tuple[str, Path]] = {}
    for kind in containers.KINDS:
        path = container(kind, new() / f"{kind.__name__}-file.h5")
        found[kind.__name__] = ("container", path)
    found["crops in slices"] = ("crops", found["Crops"][1])
    found["own labels"] = ("labels", found["Labels"][1])

    mat = mats(new())
    found["mat v5"] = ("labels", mat / "v5" / "x.labels.mat")
    found["mat v7.3"] = ("labels", mat / "v73" / "x.labels.mat")
    found["box"] = ("images", mat / "v5" / "session.h5")
    found["training set"] = ("labels", training_set(new() / "train.h5"))
    path = new() / "skeleton.mat"
    content = {"nodes": np.array(PARTS, dtype=object), "edges": np.array([[1, 2]], np.uint8)}
    scipy.io.savemat(path, content)
    found["mat skeleton"] = ("label skeleton", path)

    made = sleap(new())
    found["sleap labels"] = ("labels", made["labels"])
    found["sleap package"] = ("labels", made["package"])
    found["sleap predictions"] = ("sleap", made["predictions"])
    found["sleap analysis"] = ("sleap", made["analysis"])
    found["mp4"] = ("video", made["clip"])
    for suffix in ("avi", "mkv"):
        clip = new() / f"clip.{suffix}"
        rng = np.random.default_rng(3)
        video.write_video(clip, rng.integers(0, 255, (6, 16, 16), dtype=np.uint8), 10)
        found[suffix] = ("video", clip)

    table = write_dlc(new())
    found["dlc labels csv"] = ("labels", table)
    images = ["img0.png", "img1.png"]
    found["dlc labels fixed"] = ("labels", pandas_fixed(table.parent / "fixed.h5", images))
    found["dlc labels table"] = ("labels", pandas_table(table.parent / "table.h5", images))
    path = new()
    found["dlc fixed"] = ("dlc", pandas_fixed(path / "fixed.h5", [0, 1, 2]))
    found["dlc table"] = ("dlc", pandas_table(path / "table.h5", [0, 1, 2]))
    lines = [["scorer"] + ["me"] * 12, ["bodyparts"] + np.repeat(PARTS, 3).tolist()]
    lines += [["coords"] + ["x", "y", "likelihood"] * 4]
    lines += [[str(row)] + ["1.5", "2.5", "0.9"] * 4 for row in range(4)]
    (path / "p.csv").write_text("\n".join(map(",".join, lines)) + "\n")
    found["dlc csv"] = ("dlc", path / "p.csv")

    path = new() / "dpk.h5"
    write_deepposekit(path, np.full((3, 4, 2), 2.0), np.ones((3, 4), bool))
    found["deepposekit"] = ("labels", path)
    (path.parent / "table.csv").write_text("name,parent,swap\nhead,,\ntail,head,\nlegL,head,legR\n")
    found["deepposekit skeleton"] = ("label skeleton", path.parent / "table.csv")

    path = new()
    write_dlc(path)
    coco = {
        "images": [{"id": 1, "file_name": "labeled-data/clip/img0.png"}],
        "annotations": [
            {"id": 5, "image_id": 1, "category_id": 2, "keypoints": [1, 2, 2, 3, 4, 2, 0, 0, 0]}
        ],
        "categories": [{"id": 2, "keypoints": ["a", "b", "c"], "skeleton": [[1, 2], [2, 3]]}],
    }
    (path / "coco.json").write_text(json.dumps(coco))
    found["coco"] = ("labels", path / "coco.json")

    path = new()
    rng = np.random.default_rng(2)
    np.save(path / "a.npy", rng.normal(size=(5, 4, 2)))
    np.savez(path / "a.npz", one=rng.normal(size=(5, 2, 2)), two=rng.normal(size=(1, 2, 2)), fps=9)
    np.savez_compressed(path / "b.npz", one=rng.normal(size=(5, 2, 2)))
    for name in ("a.npy", "a.npz", "b.npz"):
        found[name] = ("array", path / name)

    path = new()
    camera = pd.DataFrame({"frame": range(6), "x": 1.5, "y": 2.5})
    camera.to_csv(path / "camera.csv", index=False)
    with h5py.File(path / "camera.h5", "w") as file:
        for name in camera:
            file[name] = camera[name].to_numpy()
    found["camera csv"] = ("camera", path / "camera.csv")
    found["camera h5"] = ("camera", path / "camera.h5")
    container(containers.Labels, path / "own.h5")
    (path / "exclusions.csv").write_text("file,row,part,reason\na,1,head,bad\n*,*,tail,worse\n")
    found["exclusions"] = ("exclusions", path / "exclusions.csv")

    path = new()
    (path / "skeleton.yaml").write_text(yaml.safe_dump(TINY.to_dict()))
    found["skeleton"] = ("skeleton", path / "skeleton.yaml")
    config = {"dataset": "d", "skeleton": "s.yaml", "videos": [{"id": "v", "path": "v.mp4"}]}
    config |= {"behavior": {"clip": [0.001, 1.0], "fmin": 1.5}, "labels": {"sources": []}}
    atomic.write_text(path / "config.yaml", yaml.safe_dump(config))
    found["config"] = ("config", path / "config.yaml")
    return found
