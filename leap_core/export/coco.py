"""COCO keypoints: a folder with ``labels.json`` and the images.

COCO counts pixels from 0 and calls the pixel in column 10 of row 20 (10, 20), as we do: nothing is
moved.  Boxes are made of whole pixels: one of a single point is one pixel wide.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from leap_core.export import shared
from leap_core.export.contents import HIDDEN, LabelImages
from leap_core.io.atomic import atomic_folder
from leap_core.skeleton import Skeleton

FILE = "labels.json"


def write_labels(labels: LabelImages, path: Path) -> list[str]:
    """``labels.json`` and ``images/<film>/img<frame>.png`` in a new folder.

    An animal is an annotation if one of its parts has a place.  ``v`` is 0 for parts without a
    place, 1 for covered and 2 for visible ones.  The box holds the pixels of all placed parts;
    ``area`` is that of the box, as animals have no outline.  Edges count from 1.

    Raises:
        UserError: no labels, or something is at ``path`` already.
    """
    shared.check_some(labels, path)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    names = shared.image_names(labels)
    with atomic_folder(path) as folder:
        for image, (place, file) in zip(labels.images, names, strict=True):
            pixels = image.read()
            height, width = pixels.shape[:2]
            shared.write_png(folder / "images" / place / file, pixels)
            number = len(images) + 1
            images.append(
                {
                    "id": number,
                    "file_name": f"images/{place}/{file}",
                    "width": int(width),
                    "height": int(height),
                    "film": image.name,
                    "frame": int(image.frame),
                }
            )
            for a, animal in enumerate(image.animals):
                found = _annotation(image.positions[a], image.visible[a])
                if found is not None:
                    ids = {"id": len(annotations) + 1, "image_id": number, "category_id": 1}
                    annotations.append({**ids, **found, "recording": animal})
        content = {
            "info": {"description": "labels of body parts"},
            "licenses": [],
            "images": images,
            "annotations": annotations,
            "categories": [_category(labels.skeleton)],
        }
        text = json.dumps(content, indent=1, allow_nan=False)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")
    return []


def _category(skeleton: Skeleton) -> dict[str, Any]:
    mirrored = {"flip_indices": list(skeleton.swap)} if skeleton.swap else {}
    return {
        "id": 1,
        "name": skeleton.name,
        "supercategory": "animal",
        "keypoints": list(skeleton.parts),
        "skeleton": [[a + 1, b + 1] for a, b in skeleton.edges],
        **mirrored,
    }


def _annotation(positions: np.ndarray, visible: np.ndarray) -> dict[str, Any] | None:
    """Keypoints, box and area of an animal (part, xy) and (part,); None where it has no place."""
    placed = (visible != HIDDEN) & np.isfinite(positions).all(axis=-1)
    if not placed.any():
        return None
    points = np.where(placed[:, None], positions, 0.0).astype(float)
    state = np.where(placed, visible, HIDDEN)
    low, high = positions[placed].min(axis=0), positions[placed].max(axis=0)
    x, y, width, height = map(float, (*low, *(high - low + 1)))
    flat = [item for (px, py), v in zip(points, state, strict=True) for item in (px, py, int(v))]
    return {
        "keypoints": [item if isinstance(item, int) else float(item) for item in flat],
        "num_keypoints": int(placed.sum()),
        "bbox": [x, y, width, height],
        "area": width * height,
        "iscrowd": 0,
    }
