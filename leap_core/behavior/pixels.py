"""Channels from pixels instead of parts: MotionMapper's compression of egocentric images.

Images are shrunk, their Radon transform is taken, the Radon pixels of highest variance are kept
and compressed to a few principal components (paper: Supplementary Figure 6; after Berman et al.
2014).  All of it but the brightness is linear.  So one covariance matrix of the shrunk pixels
holds everything that the principal components of their Radon transform need, and every mode acts
on an image as one filter: the back-projection of its weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from scipy import linalg
from tqdm import tqdm

from leap_core import config
from leap_core.behavior.radon_projection import disc, radon_matrix
from leap_core.containers import Channels, CropReader, PixelBasis, open_crops
from leap_core.errors import UserError
from leap_core.timeseries import filled, require_fps, run_lengths

BLOCK_FRAMES = 256  # frames turned to float at a time
# grey levels: with a smaller standard deviation there is no animal in the picture
LEAST_CONTRAST = 1.0
STILL_SHARE = 1e-5  # scores that move by less of the first mode's deviation are rounding
SMALLEST_SHARE = 1e-7  # modes with less than this share of the first one's variance are rounding


def shrink(images: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Small pictures of equal brightness and contrast.

    Each image is averaged over channels and over areas, and within its inscribed circle brought
    to mean 0 and standard deviation 1, so that flicker of the light is no movement.  Outside
    the circle pixels are left out.

    Args:
        images: (frame, y, x, channel) uint8.
        side: of the small pictures, px; at most that of the images.

    Returns:
        (frame, pixel) float32, the pixels of :func:`disc` row by row, and (frame,) False for
        pictures without contrast, whose pixels are 0.
    """
    inside = disc(side)
    out = np.empty((len(images), int(inside.sum())), np.float32)
    for row, image in zip(out, images, strict=True):
        image = image.astype(np.float32)
        image = image[..., 0] if image.shape[-1] == 1 else image.mean(axis=-1)
        row[:] = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)[inside]
    out -= out.mean(axis=1, keepdims=True)
    spread = out.std(axis=1, keepdims=True)
    seen = spread[:, 0] >= LEAST_CONTRAST
    out /= np.where(seen[:, None], spread, np.inf)
    return out, seen


def pixel_basis(crop_paths: Sequence[str | Path], settings: config.Pixels) -> PixelBasis:
    """Principal components of the Radon pixels with the highest variance, of all recordings.

    Of each recording ``settings.per_recording`` valid frames at even spacing count.  Memory does
    not grow with them: sums of products of shrunk pixels are all that is kept.  With R the rows
    of the Radon matrix that are kept and C the covariance of the shrunk pixels, the components
    are the eigenvectors of R C R'.

    Args:
        crop_paths: crops files, of one size.
        settings: section ``pixels``.

    Returns:
        The basis; ``note`` where there are fewer modes than wanted.

    Raises:
        UserError: no recording, no usable frame, crops of different sizes, or no movement.
    """
    if not crop_paths:
        raise UserError("pixel map: no recordings; name at least one in `videos`")
    size = _one_size(crop_paths)
    side = min(settings.side, size)
    mean, covariance, frames = _moments(crop_paths, side, settings.per_recording)
    inside = disc(side).ravel()
    radon = radon_matrix(side, settings.angles)[:, inside]

    variance = np.empty(radon.shape[0])
    for start in range(0, len(variance), side):
        part = radon[start : start + side]
        variance[start : start + side] = part.multiply(part @ covariance).sum(axis=1)
    # To so many digits that rounding cannot choose between pixels that are equal by symmetry.
    order = np.argsort(-np.round(variance / max(variance.max(), 1e-30), 9), kind="stable")
    kept = np.sort(order[: settings.keep])
    lines = radon[kept]
    products = lines @ (lines @ covariance).T
    modes = min(settings.modes, len(kept))
    values, vectors = linalg.eigh(products, subset_by_index=[len(kept) - modes, len(kept) - 1])
    values, vectors = values[::-1], vectors[:, ::-1].T
    real = values > SMALLEST_SHARE * max(values[0], 0)
    if not real.any():
        raise UserError("pixel map: no pixel of any crop changes; check the crops and the audit")
    values, vectors = values[real], vectors[real]
    # A mode has no sign of its own: its largest weight is positive.
    largest = np.abs(vectors).argmax(axis=1)
    vectors = vectors * np.sign(vectors[np.arange(len(vectors)), largest])[:, None]
    filters = (lines.T @ vectors.T).T
    note = "" if len(values) == settings.modes else f"{len(values)} of {settings.modes} modes exist"
    return PixelBasis(
        variance=variance.reshape(settings.angles, side),
        kept=kept,
        mean=lines @ mean,
        components=vectors,
        explained=values / products.trace(),
        filters=_pictures(filters, side),
        pictures=_pictures(filters @ covariance / np.sqrt(values)[:, None], side),
        size=size,
        frames=frames,
        spread=float(np.sqrt(values[0])),
        kept_variance=float(variance[kept].sum() / variance.sum()),
        note=note,
    )


def _one_size(crop_paths: Sequence[str | Path]) -> int:
    sizes: dict[tuple, str | Path] = {}
    for path in crop_paths:
        with open_crops(path) as crops:
            sizes.setdefault(tuple(crops.images.shape[1:3]), path)
    if len(sizes) > 1:
        (one, first), (two, second), *_ = sizes.items()
        raise UserError(
            f"pixel map: crops {first} are {one[1]} x {one[0]} px, {second} are "
            f"{two[1]} x {two[0]}; crop all videos to one `crop.size`"
        )
    (height, width) = next(iter(sizes))
    if height != width:
        raise UserError(
            f"{crop_paths[0]}: crops are {width} x {height} px; the pixel map needs square ones"
        )
    return height


def _moments(
    crop_paths: Sequence[str | Path], side: int, per_recording: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Mean (pixel,) and covariance (pixel, pixel) of shrunk pixels, and the number of frames."""
    count, origin = 0, None
    for images in _chosen(crop_paths, per_recording):
        rows, seen = shrink(images, side)
        rows = rows[seen]
        if not len(rows):
            continue
        if origin is None:
            # Products of differences from a first guess of the mean: no cancellation.
            origin = rows.mean(axis=0)
            total = np.zeros(len(origin))
            products = np.zeros((len(origin), len(origin)))
        rows -= origin
        count += len(rows)
        total += rows.sum(axis=0, dtype=np.float64)
        products += rows.T @ rows
    if origin is None:
        raise UserError(
            f"pixel map: no valid frame with an animal in {crop_paths[0]}"
            f"{' or the others' if len(crop_paths) > 1 else ''}; check its track and audit"
        )
    shift = total / count
    return origin + shift, products / count - np.outer(shift, shift), count


def _chosen(crop_paths: Sequence[str | Path], per_recording: int) -> Iterator[np.ndarray]:
    """Images of evenly spaced valid frames, in blocks."""
    for path in tqdm(crop_paths, desc="modes", unit="recording", disable=None):
        with open_crops(path) as crops:
            valid = np.flatnonzero(crops.valid)
            count = min(len(valid), per_recording)
            wanted = valid[np.arange(count) * len(valid) // max(count, 1)]
            for start in range(0, len(wanted), BLOCK_FRAMES):
                yield np.stack([crops.images[row] for row in wanted[start : start + BLOCK_FRAMES]])


def _pictures(rows: np.ndarray, side: int) -> np.ndarray:
    """Rows of the disc's pixels as (row, side, side), 0 outside."""
    out = np.zeros((len(rows), side, side))
    out[:, disc(side)] = rows
    return out


def scores(crops: CropReader, basis: PixelBasis) -> tuple[np.ndarray, np.ndarray]:
    """Projections of every frame on the modes, block by block.

    Returns:
        (frame, mode) float32, 0 where nothing is seen, and (frame,) where something is: the crop
        is valid and its picture has contrast.
    """
    modes, side = basis.filters.shape[:2]
    weights = basis.filters[:, disc(side)].T
    constant = basis.components @ basis.mean
    out = np.zeros((len(crops), modes), np.float32)
    seen = np.zeros(len(crops), bool)
    with tqdm(total=len(crops), unit="frame", disable=None) as progress:
        for block in crops.blocks(BLOCK_FRAMES):
            small, there = shrink(crops.images[block], side)
            seen[block] = there & crops.valid[block]
            out[block] = np.where(seen[block][:, None], small @ weights - constant, 0)
            progress.update(len(small))
    return out, seen


def pixel_channels(
    path: str | Path, basis: PixelBasis, settings: config.Behavior, zscore: bool = False
) -> Channels:
    """Projections of one recording's images on the modes, gaps bridged, less their means.

    The rules are those for parts (:func:`leap_core.behavior.channels.pose_channels`): gaps up to
    ``settings.max_gap_s`` are bridged linearly (at the ends: held), longer ones are filled the
    same way so that the transform runs, but their frames are not usable; modes that are constant
    here, and all of them where more than ``settings.max_missing`` of the frames are missing,
    are set to 0.  A frame is missing where the crop is invalid or its picture has no contrast.

    Args:
        path: crops file of one recording.
        basis: modes of all recordings.
        settings: section ``behavior``.
        zscore: divide each mode by its own standard deviation in this recording.  Otherwise all
            are in units of the first one's over the frames that fitted the modes, and keep their
            proportions: weak modes, which are mostly noise, weigh little.

    Raises:
        UserError: no frame rate, or crops of another size than the basis's.
    """
    with open_crops(path) as crops:
        require_fps(crops.fps, f"recording {crops.recording}")
        if crops.images.shape[1:3] != (basis.size, basis.size):
            height, width = crops.images.shape[1:3]
            raise UserError(
                f"{path}: crops are {width} x {height} px, those of the pixel modes {basis.size}; "
                "make the modes again"
            )
        x, seen = scores(crops, basis)
        frame, recording, fps = crops.frame, crops.recording, float(crops.fps)
    names = [f"mode {k + 1}" for k in range(x.shape[1])]
    missing = 1 - seen.mean() if len(seen) else 1.0
    dropped = list(names)
    usable = np.zeros(len(seen), bool)
    if seen.any() and missing <= settings.max_missing:
        dropped = []
        for mode, name in enumerate(names):
            known = x[seen, mode].astype(np.float64)
            spread = known.std()
            if spread <= STILL_SHARE * basis.spread:
                x[:, mode] = 0
                dropped.append(name)
                continue
            x[:, mode] = (filled(known, seen) - known.mean()) / (spread if zscore else basis.spread)
        if len(dropped) < len(names):
            usable = run_lengths(~seen) <= settings.max_gap_s * fps + 1e-6
    else:
        x[:] = 0
    return Channels(
        x=x,
        usable=usable,
        frame=frame,
        channels=names,
        dropped=dropped,
        recording=recording,
        fps=fps,
        note=_note(usable, names, dropped, settings),
    )


def _note(usable: np.ndarray, names: list, dropped: list, settings: config.Behavior) -> str:
    if len(dropped) == len(names):
        return "no frame is usable: the pictures are missing in most frames, or constant"
    notes = []
    if not usable.all():
        notes.append(
            f"{int((~usable).sum())} of {len(usable)} frames left out: no picture of the animal "
            f"for longer than {settings.max_gap_s:g} s"
        )
    if dropped:
        notes.append(f"channels set to 0: {', '.join(dropped)}")
    return "; ".join(notes)
