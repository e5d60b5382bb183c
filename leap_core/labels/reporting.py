"""What is in the labels, and what looks wrong: for people to read before they train."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np

from leap_core import skeleton
from leap_core.containers import SPLITS, Labels

MIRROR_MARGIN = 0.1  # of the body length: how much nearer to the mirrored place makes a suspect
COINCIDENT_PX = 2.0  # parts closer than this in nearly every row are probably one label
COINCIDENT_SHARE = 0.9
ENOUGH_ROWS = 5  # fewer give no typical place
# A part this many times as far from its median place as is typical (the median distance) is odd:
# of a normal distribution 2 in a million are.
ODD, ENOUGH_FOR_ODD = 6.0, 10
# And so many times as far as 95 % of the others stay: where a fly spreads its wings in 6 of 70
# frames, all labels right, the farthest lies 3 times as far.
BEYOND, NEARLY_ALL = 3.5, 0.95


def report(labels: Labels) -> dict[str, Any]:
    """Counts and suspicions, as plain builtins (for JSON).

    Keys: ``samples``, ``complete`` (no part unlabeled), ``partial``, ``empty``; ``excluded``
    labels; ``occluded`` ones (None = unknown) and parts said to be ``absent``; ``image_size``
    (width, height; None without images); ``sources``, ``splits``,
    ``parts`` (labeled, excluded and absent counts); ``outside`` (points out of the image);
    ``duplicates`` (rows with byte-identical images); ``repeated`` (an animal labeled in one frame
    more than once with the same points); ``swapped`` (left/right suspects);
    ``outliers`` (points far from their part's usual place);
    ``coincident`` (parts that lie on one another in nearly every row); ``index_base`` (a
    sentence, or empty); ``axis_deg`` (angle of tail to head against +x: median and largest);
    ``beside`` (parts without mirror partner that lie off the midline: median distance in body
    lengths); ``mirror`` (which parts change places in a mirror image, in words); ``unpaired``
    (parts that may have a side and have no partner).
    """
    labeled = labels.status == 1
    count = labeled.sum(axis=1)
    complete = (labels.status != 0).all(axis=1) & (count > 0)
    empty = count == 0
    height, width = labels.images.shape[1:3]
    sources, per_source = np.unique(labels.source, return_counts=True)
    parts = labels.skeleton.parts
    return {
        "samples": len(labels.positions),
        "complete": int(complete.sum()),
        "partial": int((~complete & ~empty).sum()),
        "empty": int(empty.sum()),
        "excluded": int((labels.status == 2).sum()),
        "occluded": None if labels.occluded is None else int((labeled & labels.occluded).sum()),
        "absent": int((labels.status == 3).sum()),
        "image_size": [width, height] if height else None,
        "sources": {str(s): int(n) for s, n in zip(sources, per_source, strict=True)},
        "splits": {n: int((labels.split == v).sum()) for n, v in SPLITS.items()},
        "parts": {
            part: {
                "labeled": int(labeled[:, k].sum()),
                "excluded": int((labels.status[:, k] == 2).sum()),
                "absent": int((labels.status[:, k] == 3).sum()),
            }
            for k, part in enumerate(parts)
        },
        "outside": _outside(labels),
        "duplicates": _duplicates(labels),
        "repeated": _repeated(labels),
        "swapped": _swapped(labels),
        "outliers": _outliers(labels),
        "coincident": _coincident(labels),
        "index_base": _index_base(labels),
        "axis_deg": _axis(labels),
        "beside": _beside(labels),
        "mirror": skeleton.pairs_text(labels.skeleton),
        "unpaired": list(labels.skeleton.unpaired or ()),
    }


def _row(labels: Labels, sample: int) -> dict[str, Any]:
    return {"source": str(labels.source[sample]), "row": int(labels.frame[sample])}


def _outside(labels: Labels) -> list[dict[str, Any]]:
    height, width = labels.images.shape[1:3]
    if not height:
        return []
    x, y = labels.positions[..., 0], labels.positions[..., 1]
    with np.errstate(invalid="ignore"):
        out = (x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)
    return [
        {
            **_row(labels, i),
            "part": labels.skeleton.parts[j],
            "x": round(float(x[i, j]), 1),
            "y": round(float(y[i, j]), 1),
        }
        for i, j in np.argwhere(out)
    ]


def _duplicates(labels: Labels) -> list[list[dict[str, Any]]]:
    """Different rows with one image; several animals in one frame are no duplicates."""
    if not labels.images[:1].size:
        return []
    same: dict[bytes, dict[tuple[str, int], int]] = {}
    for k, image in enumerate(labels.images):
        rows = same.setdefault(sha256(image.tobytes()).digest(), {})
        rows.setdefault((str(labels.source[k]), int(labels.frame[k])), k)
    return [[_row(labels, k) for k in rows.values()] for rows in same.values() if len(rows) > 1]


def _repeated(labels: Labels) -> list[dict[str, Any]]:
    times: dict[tuple, list[int]] = {}
    for k in np.flatnonzero((labels.status == 1).any(axis=1)):
        key = (str(labels.source[k]), int(labels.frame[k]), labels.positions[k].tobytes())
        times.setdefault(key, []).append(int(k))
    return [{**_row(labels, k[0]), "times": len(k)} for k in times.values() if len(k) > 1]


def egocentric(labels: Labels) -> np.ndarray | None:
    """Positions in body lengths, +x from tail to head, origin in the middle; None without axis."""
    if labels.skeleton.axis is None:
        return None
    tail, head = (labels.positions[:, labels.skeleton.index(p)] for p in labels.skeleton.axis)
    axis = (head - tail).astype(float)
    length = np.hypot(*axis.T)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = axis / length[:, None]
        moved = (labels.positions - ((head + tail) / 2)[:, None]) / length[:, None, None]
    x = np.einsum("njk,nk->nj", moved, unit)
    y = np.einsum("njk,nk->nj", moved, np.stack([-unit[:, 1], unit[:, 0]], axis=1))
    return np.stack([x, y], axis=-1)


def _swapped(labels: Labels) -> list[dict[str, Any]]:
    """Points nearer to the typical place of their mirror partner than to their own.

    The typical place is the median over all rows of a part and its mirrored partner, relative to
    the body, so it takes the labels of half the rows to be right.
    """
    ego = egocentric(labels)
    if ego is None or np.isfinite(ego[..., 0]).any(axis=1).sum() < ENOUGH_ROWS:
        return []
    mirrored = np.array([1.0, -1.0])
    found = []
    for i, j in enumerate(labels.skeleton.swap):
        if i == j:
            continue
        both = np.concatenate([ego[:, i], ego[:, j] * mirrored])
        both = both[np.isfinite(both[:, 0])]
        if len(both) < ENOUGH_ROWS:
            continue
        typical = np.median(both, axis=0)
        own = np.hypot(*(ego[:, i] - typical).T)
        other = np.hypot(*(ego[:, i] - typical * mirrored).T)
        with np.errstate(invalid="ignore"):
            found += [(int(k), i, j) for k in np.flatnonzero(own - other > MIRROR_MARGIN)]
    parts = labels.skeleton.parts
    return [{**_row(labels, k), "part": parts[i], "partner": parts[j]} for k, i, j in sorted(found)]


def _outliers(labels: Labels) -> list[dict[str, Any]]:
    """Points much farther from their part's median place, relative to the body, than is typical.

    What few frames show, such as a wing that is spread, is no outlier: a point must also lie far
    beyond nearly all others, those of the mirrored partner counted in.
    """
    ego = egocentric(labels)
    found: list[tuple[int, str, float]] = []
    if ego is None:
        return []
    mirrored = np.array([1.0, -1.0])
    for k, (part, partner) in enumerate(
        zip(labels.skeleton.parts, labels.skeleton.swap, strict=True)
    ):
        rows = np.flatnonzero(np.isfinite(ego[:, k, 0]))
        if len(rows) < ENOUGH_FOR_ODD:
            continue
        other = ego[:, partner] * mirrored if partner != k else ego[:0, k]
        both = np.concatenate([ego[rows, k], other[np.isfinite(other[:, 0])]])
        away = np.hypot(*(both - np.median(both, axis=0)).T)
        times = away / max(float(np.median(away)), 1e-6)
        for i in np.flatnonzero(times[: len(rows)] > ODD):
            if away[i] > BEYOND * np.quantile(np.delete(away, i), NEARLY_ALL):
                found.append((int(rows[i]), part, float(times[i])))
    return [
        {**_row(labels, row), "part": part, "away": round(times, 1)}
        for row, part, times in sorted(found)
    ]


def _beside(labels: Labels) -> dict[str, float]:
    """Parts without partner whose usual place is off the body's axis, which mirroring moves."""
    ego = egocentric(labels)
    found: dict[str, float] = {}
    if ego is None:
        return found
    for k, partner in enumerate(labels.skeleton.swap):
        away = ego[:, k, 1][np.isfinite(ego[:, k, 1])]
        if k == partner and len(away) >= ENOUGH_ROWS and abs(np.median(away)) > MIRROR_MARGIN:
            found[labels.skeleton.parts[k]] = round(float(abs(np.median(away))), 2)
    return found


def _coincident(labels: Labels) -> list[dict[str, Any]]:
    found = []
    for a, first in enumerate(labels.skeleton.parts):
        for b in range(a + 1, len(labels.skeleton)):
            distance = np.hypot(*(labels.positions[:, a] - labels.positions[:, b]).T)
            distance = distance[np.isfinite(distance)]
            if len(distance) < ENOUGH_ROWS:
                continue
            near = float(np.mean(distance < COINCIDENT_PX))
            if near >= COINCIDENT_SHARE:
                found.append(
                    {
                        "parts": [first, labels.skeleton.parts[b]],
                        "share": round(near, 3),
                        "median_px": round(float(np.median(distance)), 2),
                    }
                )
    return found


def _index_base(labels: Labels) -> str:
    """Points that would fit the image if they were counted from 1."""
    height, width = labels.images.shape[1:3]
    points = labels.positions[np.isfinite(labels.positions[..., 0])]
    if not height or not len(points):
        return ""
    far = np.array([width, height]) - 0.5
    beyond = ((points > far) & (points <= far + 1)).any()
    if beyond and points.min() >= 0.5 and not (points > far + 1).any():
        return "no point lies below 1 and some lie on the image's size: counted from 1?"
    if ((points < -0.5) & (points >= -1.5)).any() and (points <= far - 1).all():
        return "some points lie at -1 and none on the last pixel: 1 subtracted twice?"
    return ""


def _axis(labels: Labels) -> dict[str, float] | None:
    if labels.skeleton.axis is None:
        return None
    tail, head = (labels.positions[:, labels.skeleton.index(p)] for p in labels.skeleton.axis)
    angle = np.degrees(np.arctan2(*(head - tail).T[::-1]))
    angle = np.abs(angle[np.isfinite(angle)])
    if not len(angle):
        return None
    return {
        "median": round(float(np.median(angle)), 1),
        "largest": round(float(angle.max()), 1),
    }


def format_report(report: dict[str, Any]) -> str:
    """The report as text for people."""
    size, before = report["image_size"], report.get("padded_from")
    padded = f", {before[0]} x {before[1]} px with black around" if before else ""
    lines = [
        f"{report['samples']} samples: {report['complete']} complete, {report['partial']} "
        f"partial, {report['empty']} empty; {report['excluded']} labels excluded",
        "images: " + (f"{size[0]} x {size[1]} px" if size else "none") + padded,
        "sources: " + ", ".join(f"{k} ({n})" for k, n in report["sources"].items()),
    ]
    lines += [f"images: {note}" for note in report.get("depth", ())]
    if report["occluded"] or report["absent"]:
        lines.append(
            f"parts: {report['occluded'] or 0} labeled though covered, {report['absent']} absent"
        )
    used = {name: n for name, n in report["splits"].items() if n}
    if set(used) - {"none"}:
        lines.append("splits: " + ", ".join(f"{k} {n}" for k, n in used.items()))
    most = max((p["labeled"] for p in report["parts"].values()), default=0)
    for part, n in report["parts"].items():
        if n["labeled"] < most or n["excluded"]:
            absent = f", {n['absent']} absent" if n["absent"] else ""
            lines.append(f"part {part}: {n['labeled']} labeled, {n['excluded']} excluded{absent}")
    for item in report["outside"]:
        at = f"({item['x']}, {item['y']})"
        lines.append(f"outside the image: {item['source']} row {item['row']}, {item['part']} {at}")
    for rows in report["duplicates"]:
        lines.append("same image: " + ", ".join(f"{r['source']} row {r['row']}" for r in rows))
    for item in report["repeated"]:
        lines.append(f"same labels {item['times']} times: {item['source']} row {item['row']}")
    for item in report["swapped"]:
        lines.append(
            f"left/right? {item['source']} row {item['row']}: {item['part']} lies where "
            f"{item['partner']} belongs"
        )
    for item in report["outliers"]:
        lines.append(
            f"far off? {item['source']} row {item['row']}: {item['part']}, {item['away']:g} times "
            "as far from its usual place as is typical"
        )
    for item in report["coincident"]:
        lines.append(
            f"one label for two parts? {' and '.join(item['parts'])} lie within "
            f"{COINCIDENT_PX:g} px in {item['share']:.0%} of rows"
        )
    if report["index_base"]:
        lines.append(f"index base: {report['index_base']}")
    if report["axis_deg"] is not None:
        axis = report["axis_deg"]
        lines.append(
            f"tail to head against +x: median {axis['median']} deg, largest {axis['largest']} deg"
        )
    lines.append(f"in a mirror image {report['mirror']}")
    if report["beside"]:
        parts = ", ".join(f"{part} ({away:g})" for part, away in report["beside"].items())
        lines.append(
            f"off the midline without mirror partner (body lengths): {parts}; list pairs in "
            "`symmetry` of the skeleton, or set `training.mirror: false`"
        )
    if report["unpaired"]:
        lines.append(f"left or right without a partner? {', '.join(report['unpaired'])}")
    lines += [f"left out: {line}" for line in report.get("left_out", ())]
    return "\n".join(lines) + "\n"
