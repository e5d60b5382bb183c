"""COCO keypoints (JSON and image files)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from leap_core.errors import UserError
from leap_core.formats import coco_flips, exif
from leap_core.formats.raw_labels import Head, RawLabels, find_beside, read_image, row_slice, stack
from leap_core.io.pixels import Depth, Picture

TOLD = 3  # missing images that are named
COVERED = 1  # v of a part that is labeled, but not visible


def recognizes(head: Head) -> bool:
    """A JSON mapping; SLEAP's JSON skeletons are told apart before."""
    return head.start.lstrip().startswith(b"{")


def read_labels(path: Path, rows: Sequence[int] | None, depth: Depth) -> RawLabels:
    """Read keypoints; each annotation is one sample.

    ``v = 0`` means unlabeled, whatever place stands there, and 1 labeled though covered.

    COCO keypoints count from 0; the edges of its skeletons count from 1 (of some programs from 0,
    which a 0 among them shows).  Annotations whose image
    is missing are left out and noted.  A photo that its EXIF tag turns is taken turned or as it is
    stored, whichever has the size that the file says.

    Raises:
        UserError: no COCO keypoints, no image at all, or an image of another size than the labels.
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
    listed = {image["id"]: image for image in content["images"]}
    order = {image["id"]: k for k, image in enumerate(content["images"])}
    found = [a for a in content["annotations"] if a.get("category_id") == number]
    found = [a for a in found if a.get("keypoints")]
    for annotation in found:
        if annotation.get("image_id") not in listed:
            raise UserError(
                f"{path}: annotation {annotation.get('id')} names image "
                f"{annotation.get('image_id')}, which is not listed; export again"
            )
    found.sort(key=lambda a: order[a["image_id"]])
    found = found[row_slice(path, rows, len(found))]
    every = [str(image["file_name"]) for image in content["images"]]
    images, notes = _images(path, {a["image_id"]: listed[a["image_id"]] for a in found}, every)
    found = [a for a in found if a["image_id"] in images]
    stacked, told = stack((images[a["image_id"]] for a in found), path, depth)
    pairs, doubts = coco_flips.pairs(path, content, category, parts)
    points = np.array([_points(path, a, len(parts)) for a in found]).reshape(-1, len(parts), 3)
    covered = points[..., 2] == COVERED
    return RawLabels(
        positions=points[..., :2],
        images=stacked,
        frame=np.array([order[a["image_id"]] for a in found], dtype=int),
        parts=parts,
        edges=_edges(category),
        pairs=pairs,
        notes=(*notes, *told, *doubts),
        # many programs write 2 for all that is labeled: then nothing tells
        occluded=covered if covered.any() else None,
    )


def _edges(category: dict[str, Any]) -> tuple[tuple[int, int], ...]:
    """Pairs of part indices.  COCO counts from 1; a part 0 shows a program that does not."""
    edges = category.get("skeleton") or []
    first = 0 if any(0 in edge for edge in edges) else 1
    return tuple((a - first, b - first) for a, b in edges)


def _images(
    path: Path, listed: dict[Any, dict[str, Any]], every: Sequence[str]
) -> tuple[dict[Any, Picture], list[str]]:
    """Images by id, without those that are missing, and what to say of them."""
    found, missing, turned = {}, [], []
    for number, entry in listed.items():
        name = entry["file_name"]
        place = _place(path, name, every)
        if place is None:
            missing.append(name)
            continue
        image = read_image(place, f"{path} image {number}")
        size = (entry.get("height"), entry.get("width"))
        known = all(isinstance(side, (int, float)) and side > 0 for side in size)
        tag = exif.orientation(place)
        if tag > 1:
            stored = replace(image, samples=exif.as_stored(image.samples, tag))
            if known and image.shape != size and stored.shape == size:
                image = stored
            elif not known or stored.shape == image.shape:
                turned.append(name)
        if known and image.shape != size:
            raise UserError(
                f"{path}: image {name} has {image.shape[1]} x {image.shape[0]} px, but was "
                f"labeled at {size[1]} x {size[0]} px; put the image there that was labeled, or "
                "export the labels of this one"
            )
        found[number] = image
    if missing and not found:
        raise UserError(
            f"{path}: image {missing[0]} is missing, and so are all others; keep the images "
            "beside the labels or in a folder `images` there"
        )
    notes = []
    if missing:
        some = ", ".join(missing[:TOLD]) + (", ..." if len(missing) > TOLD else "")
        notes.append(
            f"WARNING: {path}: labels of {len(missing)} of {len(listed)} images are left out, "
            f"because these are missing: {some}; put them beside the labels"
        )
    if turned:
        notes.append(
            f"WARNING: {path}: {len(turned)} images are turned by their EXIF tag, and their size "
            f"does not tell whether they were labeled so ({turned[0]}, ...): they are taken as "
            "viewers show them; look whether points lie on the animal"
        )
    return found, notes


def _place(path: Path, name: str, every: Sequence[str]) -> Path | None:
    """The image file: beside the labels or above, there in a folder ``images``.

    Folders count where several images of the file have this name.
    """
    names = Counter(PurePosixPath(other.replace("\\", "/")).name for other in set(every))
    parts = [p for p in name.replace("\\", "/").split("/") if p not in ("", ".")]
    least = min(2, len(parts)) if names[parts[-1]] > 1 else 1
    for recorded in (name, f"images/{name}"):
        least = least + 1 if recorded != name and least > 1 else least
        if place := find_beside(path, recorded, levels=1, least=least):
            return place
    return None


def _points(path: Path, annotation: dict[str, Any], count: int) -> np.ndarray:
    """x, y and v of each part (part, 3); x and y are NaN where it is not labeled."""
    flat = annotation["keypoints"]
    if len(flat) != 3 * count:
        raise UserError(
            f"{path}: annotation {annotation.get('id')} has {len(flat)} keypoint numbers, "
            f"expected {3 * count} for {count} parts; export again"
        )
    points = np.asarray(flat, dtype=np.float64).reshape(count, 3)
    points[points[:, 2] == 0, :2] = np.nan
    return points
