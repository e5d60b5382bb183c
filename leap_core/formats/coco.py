"""COCO keypoints (JSON and image files)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from leap_core.errors import UserError
from leap_core.formats.raw_labels import Head, RawLabels, find_beside, read_image, row_slice, stack
from leap_core.io.pixels import Depth, Picture


def recognizes(head: Head) -> bool:
    """A JSON mapping; SLEAP's JSON skeletons are told apart before."""
    return head.start.lstrip().startswith(b"{")


def read_labels(path: Path, rows: Sequence[int] | None, depth: Depth) -> RawLabels:
    """Read keypoints; each annotation is one sample, ``v = 0`` means unlabeled.

    COCO keypoints count from 0; the edges of its skeletons count from 1.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path}: not valid JSON ({error}); copy or download it again") from error
    for key in ("images", "annotations", "categories"):
        if not isinstance(content.get(key), list):
            raise UserError(f"{path}: no list {key!r}, so not COCO keypoints; name another file")
    categories = {c["id"]: c for c in content["categories"] if c.get("keypoints")}
    if len(categories) != 1:
        raise UserError(
            f"{path}: {len(categories)} categories with keypoints, expected 1; export one category"
        )
    (number, category), *_ = categories.items()
    parts = tuple(category["keypoints"])
    files = {image["id"]: image["file_name"] for image in content["images"]}
    order = {image["id"]: k for k, image in enumerate(content["images"])}
    found = [a for a in content["annotations"] if a.get("category_id") == number]
    found = [a for a in found if a.get("keypoints")]
    for annotation in found:
        if annotation.get("image_id") not in files:
            raise UserError(
                f"{path}: annotation {annotation.get('id')} names image "
                f"{annotation.get('image_id')}, which is not listed; export again"
            )
    found.sort(key=lambda a: order[a["image_id"]])
    found = found[row_slice(path, rows, len(found))]
    images: dict[int, Picture] = {}
    for annotation in found:
        image = annotation["image_id"]
        if image not in images:
            place = find_beside(path, files[image], levels=1)
            place = place or find_beside(path, f"images/{files[image]}", levels=1)
            owner = f"{path} image {image}"
            images[image] = read_image(place or path.parent / files[image], owner)
    return RawLabels(
        positions=np.array([_points(path, a, len(parts)) for a in found]).reshape(
            -1, len(parts), 2
        ),
        images=stack((images[a["image_id"]] for a in found), path, depth),
        frame=np.array([order[a["image_id"]] for a in found], dtype=int),
        parts=parts,
        edges=tuple((a - 1, b - 1) for a, b in category.get("skeleton", [])),
    )


def _points(path: Path, annotation: dict[str, Any], count: int) -> np.ndarray:
    flat = annotation["keypoints"]
    if len(flat) != 3 * count:
        raise UserError(
            f"{path}: annotation {annotation.get('id')} has {len(flat)} keypoint numbers, "
            f"expected {3 * count} for {count} parts; export again"
        )
    points = np.asarray(flat, dtype=np.float64).reshape(count, 3)
    points[points[:, 2] == 0] = np.nan
    return points[:, :2]
