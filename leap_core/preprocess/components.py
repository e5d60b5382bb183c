"""Connected parts of large and nearly empty masks.

Labeling a whole image to find one animal costs more than all else that is done with it.  Here a
mask is first looked at in cells of 8 x 8 px, 64 bytes read at once; labels are given only where
something is.  The answers are those of labeling the whole image.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

_CELL = 8  # px: the bytes of a word
_SMALL = 4096  # px: smaller masks are labeled at once
_SHORT = 1 << 17  # px: smaller masks have no more components than 16 bits can count
_MANY = 12  # components: so many are counted all at once, fewer one by one

Part = tuple[np.ndarray, tuple[int, int]]
"""A mask (y, x) bool of a box, and the box's corner (x, y) px in the image."""


def pieces(mask: np.ndarray, least: int = 1) -> Iterator[tuple[np.ndarray, tuple[int, int], int]]:
    """8-connected components of at least so many px.

    Args:
        mask: (y, x) bool, or uint8 of 0 and 1.

    Yields:
        (y, x) bool of the component's box, the box's corner (x, y), and the area, px^2.
    """
    for part in groups(mask, least):
        yield from _labeled(part, least)


def largest(mask: np.ndarray) -> tuple[np.ndarray, tuple[int, int], int]:
    """The largest 8-connected component, as in :func:`pieces`; of an empty mask area 0."""
    best: tuple[np.ndarray, tuple[int, int], int] = (np.zeros((0, 0), bool), (0, 0), 0)
    parts = groups(mask)
    sizes = [cv2.countNonZero(part.view(np.uint8)) for part, _ in parts]
    for k in np.argsort(sizes)[::-1]:
        if sizes[k] <= best[2]:
            break
        for found in _labeled(parts[k], best[2] + 1):
            if found[2] > best[2]:
                best = found
    return best


def labeled(mask: np.ndarray) -> tuple[int, np.ndarray]:
    """Number of labels, that of the rest included, and the labels (y, x) of a small mask.

    Args:
        mask: (y, x) uint8, 0 or 1.
    """
    kind = cv2.CV_16U if mask.size < _SHORT else cv2.CV_32S
    count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=kind)
    return int(count), labels


def groups(mask: np.ndarray, least: int = 1) -> list[Part]:
    """Parts of a mask that share no component, those that may have one of so many px.

    Args:
        mask: (y, x) bool, or uint8 of 0 and 1.
    """
    if mask.size <= _SMALL:
        return [(np.ascontiguousarray(mask).view(bool), (0, 0))]
    cells = _cells(mask)
    labels, count, boxes = _boxes(cells, -(-least // _CELL**2))
    found = []
    for k, x, y, width, height, size in boxes:
        box = slice(y, y + height), slice(x, x + width)
        x, y = x * _CELL, y * _CELL
        part = mask[y : y + height * _CELL, x : x + width * _CELL].view(bool)
        if count > 1 and size < cv2.countNonZero(cells[box]):  # others reach into its box
            own = (labels[box] == k).repeat(_CELL, 0).repeat(_CELL, 1)
            part = part & own[: part.shape[0], : part.shape[1]]
        found.append((np.ascontiguousarray(part), (x, y)))
    return found


def _cells(mask: np.ndarray) -> np.ndarray:
    """uint8 of 0 and 1: whether any px of a cell is set."""
    height, width = mask.shape
    down, right = -height % _CELL, -width % _CELL
    whole: np.ndarray = mask.view(np.uint8)
    if down or right:
        whole = cv2.copyMakeBorder(whole, 0, down, 0, right, cv2.BORDER_CONSTANT)
    words = np.ascontiguousarray(whole).view(np.uint64)
    words = words.reshape((height + down) // _CELL, _CELL, (width + right) // _CELL)
    return (np.bitwise_or.reduce(words, axis=1) != 0).view(np.uint8)


def _boxes(cells: np.ndarray, least: int) -> tuple[np.ndarray, int, list[tuple[int, ...]]]:
    """Labels of cells, the number of components, and what those of so many cells are.

    Returns:
        For each of these its label, x, y, width, height and number of cells.
    """
    count, labels = cv2.connectedComponents(cells, connectivity=8, ltype=cv2.CV_16U)
    boxes: list[tuple[int, ...]] = []
    if count == 2:
        boxes = [(1, *cv2.boundingRect(cells), cv2.countNonZero(cells))]
    elif count > _MANY:  # statistics of all cost as much as looking at so many one by one
        stats = cv2.connectedComponentsWithStats(cells, connectivity=8, ltype=cv2.CV_16U)[2]
        large = np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= least) + 1
        return labels, count - 1, [(int(k), *stats[k].tolist()) for k in large]
    else:
        for k in range(1, count):
            own = cv2.inRange(labels, k, k)
            boxes.append((k, *cv2.boundingRect(own), cv2.countNonZero(own)))
    return labels, count - 1, [box for box in boxes if box[-1] >= least]


def _labeled(part: Part, least: int) -> Iterator[tuple[np.ndarray, tuple[int, int], int]]:
    """Components of a small mask, as :func:`pieces`."""
    mask, (left, top) = part[0].view(np.uint8), part[1]
    if cv2.countNonZero(mask) < least:
        return
    count, labels = labeled(mask)
    areas = np.bincount(labels.ravel()) if count > _MANY else None
    for k in range(1, count):
        if areas is not None and areas[k] < least:
            continue
        own = mask if count == 2 else (labels == k).view(np.uint8)
        area = cv2.countNonZero(own) if areas is None else int(areas[k])
        if area >= least:
            x, y, width, height = cv2.boundingRect(own)
            yield own[y : y + height, x : x + width].view(bool), (left + x, top + y), area
