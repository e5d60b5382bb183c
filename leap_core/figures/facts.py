"""What a finished dataset says of itself in a few lines: the facts of the report's summary."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leap_core.containers import SPLITS, Behavior, Gait, Labels, Poses, Track
from leap_core.containers.base import read_attributes
from leap_core.figures import first_page
from leap_core.groups import comparison
from leap_core.io import hdf5

BLOCK = 100_000  # frames of poses read at once: 13 MB of 32 parts
NUMBER = re.compile(r"\d[\d.,]*")


@dataclass
class Facts:
    """What stands in the summary.

    Attributes:
        done: what, and its numbers in words.
        warnings: video and line, the most serious of every video first.
        judged: what could have warned, in words.
        doubts: lines on results that may look better than they are, or missed a target.
        left_out: stage, recordings and note.
    """

    done: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str, str]] = field(default_factory=list)


def collect(files: Mapping[str, Sequence[str]], videos: Sequence[str], limit: float) -> Facts:
    """The facts of a dataset, of as many stages as it has.

    Args:
        files: the results of each kind; none where the dataset lacks it. Keys ``audits`` and
            ``doubts`` (one per video), ``tracks``, ``labels``, ``evaluation``, ``poses``,
            ``gait``, ``regions``, ``behavior``, ``choice`` (of the map's settings), ``groups``,
            ``validation``, ``notes``.
        videos: names, in the order of the audits.
        limit: confidence below which a part is doubtful.

    Raises:
        UserError: a missing or unreadable HDF5 file.
    """
    audits = [_json(path) for path in files["audits"]]
    found = Facts()
    tell = found.done.append
    if audits:
        told = [_json(path)["warnings"] for path in files["doubts"]]
        found.warnings = by_rank(first_page.warnings(videos, audits, told))
        tell(("videos", of_videos(audits)))
        found.judged.append("videos and tracks")
    if files["tracks"]:
        tell(("animals", of_tracks(files["tracks"])))
    for path in files["labels"]:
        tell(("labels", of_labels(path)))
    for path in files["evaluation"]:
        metrics = _json(path)
        tell(("network", of_network(metrics)))
        found.judged.append("the split of the labels")
        found.doubts += flattered(metrics)
    if files["poses"]:
        tell(("poses", of_poses(files["poses"], limit)))
    if files["gait"]:
        tell(("gait", of_gait(files["gait"])))
    for path in files["regions"]:
        tell(("behavior map", of_behavior(len(pd.read_csv(path)), files["behavior"])))
    for path in files["choice"]:
        tell(("settings of the map", of_choice(_json(path))))
    for path in files["groups"]:
        tell(("groups", of_groups(comparison.read(path))))
    for path in files["validation"]:
        measures = _json(path)
        judged = [m for m in measures.values() if m["pass"] is not None]
        reached = sum(m["pass"] for m in judged)
        tell(("against the truth", f"{reached} of {len(judged)} targets reached"))
        found.judged.append("the targets of the validation")
        found.doubts += missed(measures)
    for path in files["notes"]:
        found.left_out = grouped(pd.read_csv(path, keep_default_na=False))
    return found


def _json(path: str | Path) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def by_rank(rows: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """The first line of every video, then the second ones: a page may end before all are said."""
    count: dict[str, int] = {}
    ranked = []
    for video, _, line in rows:
        count[video] = count.get(video, 0) + 1
        ranked.append((count[video], video, line))
    return [(video, line) for _, video, line in sorted(ranked, key=lambda row: row[0])]


def of_videos(audits: Sequence[dict[str, Any]]) -> str:
    """Number, frames and duration; frames that cannot be read."""
    frames = sum(a["frames"] for a in audits)
    lost = frames - sum(a["decoded"] for a in audits)
    text = f"{_count(len(audits), 'video')}, {_count(frames, 'frame')}"
    text += _lasting([(a["frames"], a["fps"]) for a in audits])
    return text + (f"; {lost:,} of them missing or unreadable" if lost else "")


def of_tracks(paths: Sequence[str]) -> str:
    """Animals, and the share of frames in which they are found."""
    animals = found = frames = 0
    for path in paths:
        with hdf5.taken_apart(path, Track.FORMAT) as file:
            valid = file["valid"][()]
        animals += len(valid)
        found += int(valid.sum())
        frames += valid.size
    return (
        f"{_count(animals, 'recording')} (one animal in one video), "
        f"found in {_share(found, frames)} of frames"
    )


def of_labels(path: str) -> str:
    """Labeled images, and how they are split."""
    with hdf5.taken_apart(path, Labels.FORMAT) as file:
        split = file["split"][()]
        note = read_attributes(file, Labels).get("note", "")
    parts = [f"{int((split == k).sum())} {name}" for name, k in SPLITS.items() if k >= 0]
    left = int((split < 0).sum())
    parts += [f"{left} in none"] if left else []
    return f"{_count(len(split), 'image')}: {', '.join(parts)}" + (f" ({note})" if note else "")


def of_network(metrics: dict[str, Any]) -> str:
    """Median error with its interval, and the share of parts that are close."""
    overall = metrics["overall"]
    images = f"{_count(metrics['samples'], metrics['split'] + ' image')}"
    if not overall["n"]:
        return f"no labeled part in {images}: its error is not known"
    interval = (overall.get("interval") or {}).get("median_px")
    between = f" (95% interval {interval[0]:.2f} to {interval[1]:.2f})" if interval else ""
    other = ", of a network that learned without them; the one that predicts learned from all"
    return (
        f"median error {overall['median_px']:.2f} px{between}, {overall['within_2.5px']:.1%} "
        f"of parts within 2.5 px; {overall['n']:,} parts in {images}"
        + (other if metrics.get("held_out_run") else "")
    )


def of_poses(paths: Sequence[str], limit: float) -> str:
    """Recordings, their frames, and the share of parts whose confidence reaches the limit."""
    frames = valid = kept = parts = 0
    lasting = []
    for path in paths:
        with hdf5.taken_apart(path, Poses.FORMAT) as file:
            usable = file["valid"][()].astype(bool)
            lasting.append((len(usable), float(file.attrs["fps"])))
            for start in range(0, len(usable), BLOCK):
                rows = file["confidence"][start : start + BLOCK][usable[start : start + BLOCK]]
                kept += int((rows >= limit).sum())
                parts += rows.size
        frames += len(usable)
        valid += int(usable.sum())
    return (
        f"{_count(len(paths), 'recording')}, {_count(frames, 'frame')}{_lasting(lasting)}, "
        f"{_share(valid, frames)} with a pose; {_share(kept, parts)} of its parts with a "
        f"confidence of {limit:g} or more"
    )


def of_gait(paths: Sequence[str]) -> str:
    """Share of walking, and of each gait mode where there is one."""
    walking, state = [], []
    names: list[str] = []
    for path in paths:
        with hdf5.taken_apart(path, Gait.FORMAT) as file:
            walking.append(file["walking"][()])
            state.append(file["state"][()])
            names = read_attributes(file, Gait).get("states", []) or names
    walks, modes = np.concatenate(walking).astype(bool), np.concatenate(state)
    known = int((modes >= 0).sum())
    text = f"walking in {_share(int(walks.sum()), len(walks))} of frames"
    if not known:
        return f"{text}; no frame has a gait mode"
    shares = [f"{name} {_share(int((modes == k).sum()), known)}" for k, name in enumerate(names)]
    return f"{text}; of {known:,} frames with a gait mode: {', '.join(shares)}"


def of_behavior(regions: int, paths: Sequence[str]) -> str:
    """Regions of the map, and where the frames are."""
    region, far = [], []
    for path in paths:
        with hdf5.taken_apart(path, Behavior.FORMAT) as file:
            region.append(file["region"][()])
            far.append(file["far"][()])
    at, lone = np.concatenate(region), np.concatenate(far).astype(bool)
    placed = [(at > 0, "in a region"), (at == 0, "between regions"), (at < 0, "without data")]
    placed += [(lone, "unlike any that made the map")]
    shares = [
        f"{_share(int(which.sum()), len(at))} {where}" for which, where in placed if which.any()
    ]
    return (
        f"{_count(regions, 'region')}, {_count(len(paths), 'recording')}; "
        f"of frames {', '.join(shares) or 'none'}"
    )


def of_choice(chosen: dict[str, Any]) -> str:
    """What :mod:`leap_core.behavior.choice` chose, and of what."""
    footage, values = chosen["footage"], chosen["values"]
    told = ", ".join(f"{key} {value}" for key, value in values.items())
    return f"by rule, of {footage['seconds']:,.0f} s at {footage['fps']:g} frames/s: {told}"


def of_groups(table: pd.DataFrame) -> str:
    """The groups with the units of each, and how many measures tell any two apart."""
    pairs = table[table["first"] != comparison.ALL]
    size: dict[str, int] = {}
    for row in pairs.itertuples(index=False):
        size[row.first] = max(size.get(row.first, 0), row.n_first)
        size[row.second] = max(size.get(row.second, 0), row.n_second)
    named = ", ".join(f"{name} (n = {n})" for name, n in size.items())
    verdicts = pairs.groupby(["family", "measure"])["verdict"]
    differ = int(verdicts.agg(lambda told: (told == comparison.FOUND).any()).sum())
    few = int(verdicts.agg(lambda told: (told == comparison.TOO_FEW).all()).sum())
    text = f"{named}: {differ} of {_count(verdicts.ngroups, 'measure')} differ"
    return text + (f", {few} cannot be tested with so few" if few else "")


def flattered(metrics: dict[str, Any]) -> list[str]:
    """Why the network's errors may be smaller than on new images."""
    if metrics["split"] != "test":
        return [f"the network's errors are those of {metrics['split']} images, not of a test"]
    division = metrics.get("division")
    if not division:
        return ["how test images were divided from the others is not known: errors may flatter"]
    return [f"network: {division['note']}"] if division["flatters"] else []


def missed(measures: Mapping[str, dict[str, Any]]) -> list[str]:
    """Targets of the validation that were not reached."""
    lines = []
    for name, m in measures.items():
        if m["pass"] is False:
            least = "at least" if m["better"] == "higher" else "at most"
            units = f" {m['units']}" if m["units"] else ""
            value = "unknown" if m["value"] is None else f"{m['value']:.3g}{units}"
            lines.append(
                f"validation, {name}: {value}, target {least} {m['target']:g}{units}. {m['what']}"
            )
    return lines


def grouped(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Notes that differ only in numbers become one: stage, recordings, the first one's note.

    That of the labels is left out: it says how they were split, which stands with them.
    """
    rows: dict[tuple[bool, str], tuple[str, str, list[str]]] = {}
    for row in table[table["stage"] != "labels"].itertuples(index=False):
        note = str(row.note)
        # "1 frame" and "2 frames" are the same
        alike = re.sub(r"# (\w+?)s\b", r"# \1", NUMBER.sub("#", note))
        key = (str(row.stage).endswith("of pixels"), alike)
        rows.setdefault(key, (str(row.stage), note, []))[2].append(str(row.recording))
    return [(stage, _named(names), note) for stage, note, names in rows.values()]


def _named(recordings: list[str]) -> str:
    more = len(recordings) - 1
    return recordings[0] + (f" (and similar in {more} more)" if more else "")


def _lasting(parts: Iterable[tuple[int, float | None]]) -> str:
    """ ", 3.0 min"; of what has no known rate, nothing."""
    seconds = 0.0
    for frames, fps in parts:
        if not fps or not math.isfinite(fps):
            return ""
        seconds += frames / fps
    if seconds < 120:
        return f", {seconds:.1f} s"
    return f", {seconds / 60:.1f} min" if seconds < 7200 else f", {seconds / 3600:.1f} h"


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}" + ("" if number == 1 else "s")


def _share(part: int, whole: int) -> str:
    """A percentage that never rounds to all or none where it is neither."""
    if not whole:
        return "none"
    percent = 100 * part / whole
    if 0 < part < whole:
        percent = min(max(percent, 0.1), 99.9)
    return f"{percent:.1f}%"
