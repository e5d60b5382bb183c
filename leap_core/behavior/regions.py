"""Density over the map, its watershed regions, and the region of every frame."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from leap_core import config
from leap_core.behavior import region_edits
from leap_core.behavior.region_edits import Edit
from leap_core.behavior.tsne import HALF_SIDE
from leap_core.behavior.wavelets import support
from leap_core.containers import Behavior, BehaviorMap, Embedding
from leap_core.errors import UserError

log = logging.getLogger(__name__)

# Share of a recording's frames in regions that the others visit: of two halves of a mouse 1.0, and
# 0.0 where a part of one is tracked in another way.  A region with fewer than a hundredth of the
# others' frames is not theirs.
ALONE, VISITED = 0.1, 0.01
# A region that is visited once is a stretch of time: no second visit says that the animal does
# this again.  Where most regions are such, so is the map.
MOST_ONCE = 0.5


def bin_index(z: np.ndarray, bins: int) -> np.ndarray:
    """Column and row of map positions on the grid of -20..20, (point, 2)."""
    index = np.floor((np.asarray(z, float) + HALF_SIDE) * (bins / (2 * HALF_SIDE))).astype(np.int64)
    return np.clip(index, 0, bins - 1)


def density(z: np.ndarray, bins: int, sigma: float) -> np.ndarray:
    """Probability density of positions on the map, smoothed by a Gaussian.

    Args:
        z: (point, 2) within -20..20.
        bins: along each axis.
        sigma: of the Gaussian, map units.

    Returns:
        (y, x) per map unit squared; its integral over the map is 1.
    """
    return smoothed(visits(z, bins), sigma)


def smoothed(counts: np.ndarray, sigma: float) -> np.ndarray:
    """The :func:`density` of frames counted in each bin, (y, x)."""
    from scipy.ndimage import gaussian_filter

    width = 2 * HALF_SIDE / len(counts)
    out = gaussian_filter(counts.astype(float), sigma / width, mode="constant")
    return out / (out.sum() * width**2)


def watershed_regions(
    height: np.ndarray, low: float, high: float = np.inf, ridges: bool = True
) -> np.ndarray:
    """Regions around the maxima of a density (paper: Unsupervised embedding).

    The density is clipped to [low, high]; a flat top is one seed, so that maxima above ``high``
    merge where they touch.  8-connected.

    Args:
        height: (y, x).
        low: what lies at or below belongs to no region.
        high: upper clip.
        ridges: leave the lines between regions 0, as MATLAB does.

    Returns:
        (y, x) int labels from 1; 0 = outside, and ridges.
    """
    from scipy.ndimage import maximum_filter
    from skimage.measure import label
    from skimage.morphology import local_maxima
    from skimage.segmentation import watershed

    clipped = np.clip(height, low, high)
    inside = clipped > low
    seeds = label(local_maxima(clipped, connectivity=2) & inside, connectivity=2)
    labels = watershed(-clipped, seeds, connectivity=2, mask=inside)
    if ridges:
        # Not skimage's watershed_line: on some clipped, masked densities it did not return.
        labels[maximum_filter(labels, 3) > labels] = 0
    return labels


def build_map(
    embedding: Embedding,
    behaviors: Sequence[Behavior],
    settings: config.Behavior,
    edits: Sequence[Edit] = (),
) -> BehaviorMap:
    """Density of all projected frames, watershed regions, and what each region looks like.

    The map is the square -20..20 that :func:`embed` scaled the training points into.  Regions
    are numbered from the most to the least visited.  The note says why there are no regions, that
    most were visited once (:func:`visits_apart`), which edits were made on another map, and which
    channels the map is made without; the spectra of these are NaN.

    Args:
        behaviors: every frame's place, by recording, gone over several times: one at a time of
            :class:`leap_core.containers.Files`.
        edits: by hand; those of other maps are left out.

    Raises:
        UserError: no frame of any recording was projected, or an edit cannot be carried out.
    """
    counts, height, found = _found(behaviors, settings)
    key = region_edits.key_of(found)
    mine, others = region_edits.of_map(edits, key)
    notes = []
    if not found.any():
        notes.append(
            f"no density above behavior.clip[0] = {settings.clip[0]:g}; the highest is "
            f"{height.max():.3g}; lower it"
        )
        log.warning("behavior map: no regions: %s", notes[0])
    if others:
        notes.append(
            f"{region_edits.FILE}: edits of another map are not applied ({others}): names, merges "
            "and splits belong to the regions that were seen; look at these in `leap explore`"
        )
        log.warning("behavior map: %s", notes[-1])
    edges = np.linspace(-HALF_SIDE, HALF_SIDE, settings.bins + 1)
    # as it is stored, so that who edits a stored map gets the same
    probability = height.astype(np.float32)
    made = with_edits(found, edges, probability, counts, embedding, mine)
    notes += _doubts(made.labels, embedding, behaviors, settings)
    if embedding.dropped:
        notes.append(f"made without {', '.join(embedding.dropped)}: some recordings lack them")
    return replace(made, key=key, note="; ".join(notes))


def _found(
    behaviors: Sequence[Behavior], settings: config.Behavior
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frames in each bin, their density, and the regions before any edit, each (y, x)."""
    counts = np.zeros((settings.bins, settings.bins), np.int64)
    for behavior in behaviors:
        counts += visits(behavior.z[np.isfinite(behavior.z).all(axis=1)], settings.bins)
        del behavior  # before the next one is read
    if not counts.any():
        raise UserError(
            "behavior map: no frame of any recording was projected; see the notes in the "
            "behavior files (missing parts, confidence)"
        )
    height = smoothed(counts, settings.sigma)
    low, high = settings.clip
    return counts, height, _numbered(watershed_regions(height, low, high), counts)[0]


def as_found(behaviors: Sequence[Behavior], settings: config.Behavior) -> Iterator[Behavior]:
    """The recordings that make a map with its regions before any edit, whatever a person did since.

    Args:
        behaviors: every frame's place, by recording, gone over twice.

    Raises:
        UserError: no frame of any recording was projected.
    """
    labels = _found(behaviors, settings)[2]
    for behavior in behaviors:
        yield _placed(behavior, labels)
        del behavior  # before the next one is read


def with_edits(
    found: np.ndarray,
    edges: np.ndarray,
    probability: np.ndarray,
    counts: np.ndarray,
    embedding: Embedding,
    edits: Sequence[Edit],
) -> BehaviorMap:
    """A map with its regions edited by hand, numbered anew from the most to the least visited.

    Args:
        found: (y, x) regions before any edit.
        edges: of the bins of either axis, map units.
        probability: (y, x) density.
        counts: (y, x) frames in each bin, of :func:`visits`.
        edits: of this map.

    Raises:
        UserError: an edit cannot be carried out.
    """
    edited = region_edits.apply(found, edges, probability, edits)
    labels, order = _numbered(edited.labels, counts)
    rows = np.searchsorted(edited.ids, order)
    regions = len(order)
    middle = (edges[1:] + edges[:-1]) / 2
    peak = np.empty((regions, 2), np.float32)
    shape = (len(embedding.channels), len(embedding.frequencies))
    spectrum = np.full((regions, *shape), np.nan, np.float32)
    points = np.zeros(regions, np.int64)
    training = region_at(labels, embedding.z)
    for i in range(regions):
        row, column = np.unravel_index(
            np.where(labels == i + 1, probability, -1).argmax(), labels.shape
        )
        peak[i] = middle[column], middle[row]
        mine = training == i + 1
        points[i] = mine.sum()
        if mine.any():
            spectrum[i] = embedding.features[mine].mean(axis=0).reshape(shape)
    spectrum[:, np.isin(embedding.channels, embedding.dropped)] = np.nan
    inside = np.bincount(labels.ravel(), weights=counts.ravel(), minlength=regions + 1)[1:]
    return BehaviorMap(
        density=probability,
        labels=labels,
        edges_x=edges,
        edges_y=edges,
        peak=peak,
        occupancy=inside / counts.sum(),
        spectrum=spectrum,
        points=points,
        found=found,
        ids=order,
        channels=list(embedding.channels),
        frequencies=list(embedding.frequencies),
        names=[edited.names[k] for k in rows],
        origins=[edited.origins[k] for k in rows],
    )


def visits(z: np.ndarray, bins: int) -> np.ndarray:
    """(y, x) how many places (point, 2) lie in each bin of the map."""
    column, row = bin_index(z, bins).T
    return np.bincount(row * bins + column, minlength=bins * bins).reshape(bins, bins)


def _numbered(labels: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Regions numbered from 1, the most visited first, and the number that each had before."""
    numbers = np.unique(labels[labels > 0])
    frames = np.bincount(labels.ravel(), weights=counts.ravel())[numbers]
    order = numbers[np.argsort(-frames, kind="stable")]
    rank = np.zeros(int(labels.max(initial=0)) + 1, np.int16)
    rank[order] = np.arange(1, len(order) + 1)
    return rank[labels], order


def _doubts(
    labels: np.ndarray,
    embedding: Embedding,
    behaviors: Sequence[Behavior],
    settings: config.Behavior,
) -> list[str]:
    """What the regions cannot tell, each said aloud."""
    notes = []
    regions = int(labels.max(initial=0))
    apart = support(np.array(embedding.frequencies), 1000.0, settings.omega0) / 1000
    once = int((visits_apart(labels, behaviors, apart) == 1).sum())
    if regions > 1 and once > MOST_ONCE * regions:
        seconds = sum(float(np.isfinite(b.z[:, 0]).sum()) / b.fps for b in behaviors)
        notes.append(
            f"{once} of {regions} regions were visited once in {seconds:.0f} s of footage (returns "
            f"within {apart:.3g} s count as one visit): they are stretches of time rather than "
            "behaviors that come back; for fewer and larger regions raise behavior.perplexity, "
            "exaggeration or sigma, or give more footage"
        )
    among = among_others(labels, behaviors)
    alone = [f"{name} ({share:.0%})" for name, share in among.items() if share < ALONE]
    if alone:
        notes.append(
            f"hardly a frame in regions of other recordings: {', '.join(alone)}; unlike animals, "
            "or parts that are tracked in another way"
        )
    for note in notes:
        log.warning("behavior map: %s", note)
    return notes


def visits_apart(labels: np.ndarray, behaviors: Sequence[Behavior], apart: float) -> np.ndarray:
    """How often each region was visited, (region,): stretches more than ``apart`` from each other.

    With half of the widest wavelet's length two frames of one visit may share data, those of two
    visits do not: a return after less tells nothing new, and places flicker between regions.

    Args:
        labels: (y, x), regions from 1.
        behaviors: every frame's place, by recording.
        apart: s.
    """
    found = np.zeros(int(labels.max(initial=0)) + 1, np.int64)
    for behavior in behaviors:
        known = np.isfinite(behavior.z).all(axis=1)
        region = region_at(labels, behavior.z[known])
        time = behavior.frame[known] / behavior.fps
        order = np.lexsort([time, region])
        region, time = region[order], time[order]
        begins = np.ones(len(region), bool)
        begins[1:] = (np.diff(region) != 0) | (np.diff(time) > apart)
        found += np.bincount(region[begins], minlength=len(found))
    return found[1:]


def among_others(labels: np.ndarray, behaviors: Sequence[Behavior]) -> dict[str, float]:
    """Share of each recording's frames (those in regions) in regions that the others visit.

    With at least a hundredth of their frames in regions, all others together.  A recording without
    a frame in a region, or alone in the map, is left out.
    """
    counts = {}
    for behavior in behaviors:
        known = np.isfinite(behavior.z).all(axis=1)
        region = region_at(labels, behavior.z[known])
        counts[behavior.recording] = np.bincount(region, minlength=int(labels.max()) + 1)[1:]
    total = np.sum(list(counts.values()), axis=0)
    out = {}
    for name, own in counts.items():
        others = total - own
        if own.any() and others.any():
            out[name] = float(own[others >= VISITED * others.sum()].sum() / own.sum())
    return out


def region_at(labels: np.ndarray, z: np.ndarray) -> np.ndarray:
    column, row = bin_index(z, len(labels)).T
    return labels[row, column]


def assign(behavior: Behavior, map: BehaviorMap) -> Behavior:
    """The same recording with the region of every frame: 0 between regions, -1 no data."""
    return _placed(behavior, map.labels)


def _placed(behavior: Behavior, labels: np.ndarray) -> Behavior:
    known = np.isfinite(behavior.z).all(axis=1)
    region = np.full(len(known), -1, np.int16)
    region[known] = region_at(labels, behavior.z[known])
    return replace(behavior, region=region)
