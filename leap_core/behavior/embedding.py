"""The joint map of all recordings, and every frame's place on it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from tqdm import tqdm

from leap_core import config
from leap_core.behavior.importance import evenly, feature_blocks
from leap_core.behavior.lost_channels import features_of, shared, without
from leap_core.behavior.neighbors import distances, nearby, nearest, prepare
from leap_core.behavior.tsne import FEWEST_POINTS, effective_perplexity, embed_points
from leap_core.behavior.wavelets import frequency_axis, normalize_rows, support
from leap_core.containers import Behavior, BehaviorSample, Channels, Embedding
from leap_core.errors import UserError

log = logging.getLogger(__name__)

NEIGHBORS = 10
# Neighbours on the map count as one place when they lie within about this many map units.
NEIGHBOR_REACH = 1.0
# A training row in a hundred is as far from all rows of other times as a frame that is far.
REACHED = 99.0
# Training rows whose distance to rows of other times is looked up.
PROBES = 2000


def embed(samples: Sequence[BehaviorSample], settings: config.Behavior, seed: int) -> Embedding:
    """Joint t-SNE of the samples of all recordings (paper: Unsupervised embedding).

    The map is centred and scaled so that its largest coordinate is 20/1.1: the square
    -20..20 holds it with a margin.  The stored perplexity is the one used, which few points
    lower to a third of the others.

    Recordings or channels are left out until all rows have the same channels
    (:func:`leap_core.behavior.lost_channels.shared`); the note names them.

    Args:
        samples: of all recordings, gone over twice: one at a time of
            :class:`leap_core.containers.Files`, whose rows are then held once.
        settings: section ``behavior``.
        seed: of t-SNE.

    Raises:
        UserError: recordings whose channels, frequencies or wavelets differ, or that have no
            channel in common, or too few points.
    """
    # without their rows, which are large
    told = [replace(s, features=np.zeros((len(s.frame), 0))) for s in samples]
    if not told:
        raise UserError("behavior map: no recordings; name at least one in `videos`")
    first = told[0]
    for other in told[1:]:
        if list(other.channels) != list(first.channels):
            raise UserError(
                f"recordings {first.recording} and {other.recording}: their channels differ; "
                "use one skeleton and one behavior.center for all"
            )
        if not _same(other.frequencies, first.frequencies):
            raise UserError(
                f"recordings {first.recording} and {other.recording}: their frequencies differ "
                f"(up to {max(first.frequencies):g} and {max(other.frequencies):g} Hz); set "
                f"behavior.fmax to {min(max(first.frequencies), max(other.frequencies)):g} or less"
            )
        if not _same([other.omega0], [first.omega0]):
            raise UserError(
                f"recordings {first.recording} and {other.recording}: their wavelets differ "
                f"(omega0 {first.omega0:g} and {other.omega0:g}); sample them again with one "
                "behavior.omega0"
            )
    common = shared(told)
    made_of = [told[k] for k in common.recordings]
    lost = features_of(first.channels, first.frequencies, common.dropped)
    rows = _stacked(samples, common.recordings, sum(len(s.frame) for s in made_of))
    rows = without(rows, lost)
    if len(rows) < FEWEST_POINTS:
        raise UserError(
            f"behavior map: {len(rows)} usable frames in all of {len(made_of)} recordings, at "
            f"least {FEWEST_POINTS} are needed; see poses.min_confidence and behavior.max_missing"
        )
    source = np.concatenate([np.full(len(s.frame), i) for i, s in enumerate(made_of)])
    frame = np.concatenate([s.frame for s in made_of])
    time = frame / np.array([s.fps for s in made_of])[source]
    lasting = _lasting(first.frequencies, first.omega0)
    perplexity = effective_perplexity(settings.perplexity, len(rows))
    limit = reach(rows, source, time, lasting, settings.metric)

    notes = [f"{s.recording}: no usable frame" for s in told if not len(s.frame)]
    notes += common.notes
    if perplexity < settings.perplexity:
        notes.append(
            f"perplexity {perplexity:.3g} instead of {settings.perplexity:g}: {len(rows)} points"
        )
    if (rows == rows[0]).all():
        notes.append(f"all {len(rows)} rows are equal: the map is one place")
    if np.isnan(limit):
        notes.append(
            f"what is far is unknown: no two points are more than {lasting:.3g} s apart or of "
            "two recordings"
        )
    for note in notes:
        log.warning("behavior map: %s", note)
    return Embedding(
        features=rows,
        z=embed_points(rows, settings.metric, settings.perplexity, seed, settings.exaggeration),
        source=np.array([s.recording for s in made_of])[source],
        frame=frame,
        channels=list(first.channels),
        dropped=common.dropped,
        frequencies=list(first.frequencies),
        metric=settings.metric,
        perplexity=float(perplexity),
        exaggeration=settings.exaggeration,
        reach=limit,
        omega0=first.omega0,
        note="; ".join(notes),
    )


def _stacked(samples: Sequence[BehaviorSample], chosen: list[int], points: int) -> np.ndarray:
    """Rows of some samples (point, feature), below each other; one sample is read at a time."""
    rows, start = np.zeros((points, 0), np.float32), 0
    for k in chosen:
        own = samples[k].features
        if not start:
            rows = np.empty((points, own.shape[1]), np.float32)
        rows[start : start + len(own)] = own
        start += len(own)
        del own  # before the next one is read
    return rows


def reach(
    rows: np.ndarray, source: np.ndarray, time: np.ndarray, lasting: float, metric: str
) -> float:
    """The distance beyond which a frame has no good neighbour among the training rows.

    Training rows that one wavelet sees together are alike whatever the animal does; so the
    measure is the distance from a training row to the nearest one of another recording or more
    than ``lasting`` away in time: what a frame of a recording that is not in the map would find.
    Its 99th percentile over (at most 2,000, evenly spaced) training rows is the reach.

    Args:
        rows: (point, feature) training rows.
        source: (point,) recording number.
        time: (point,) s.
        lasting: half of the widest wavelet's length, s.
        metric: that chooses the nearest.

    Returns:
        Hellinger distance; NaN where no row has another one so far away.
    """
    found = []
    for probes in np.array_split(evenly(np.arange(len(rows)), PROBES), 8):
        d = distances(rows[probes], rows, metric)
        apart = np.abs(time[probes, None] - time) > lasting
        d[(source[probes, None] == source) & ~apart] = np.inf
        best = d.argmin(axis=1)
        known = np.isfinite(d[np.arange(len(best)), best])
        found.append(_hellinger(rows[probes[known]], rows[best[known]]))
    all_found = np.concatenate(found)
    return float(np.percentile(all_found, REACHED)) if len(all_found) else np.nan


def _lasting(frequencies: list, omega0: float) -> float:
    """Half of the widest wavelet's length, s."""
    return support(np.array(frequencies), 1000.0, omega0) / 1000


def _kept(found: Channels, embedding: Embedding) -> np.ndarray | None:
    """(feature,) those that a recording and the training rows have; None: all."""
    lost = features_of(
        embedding.channels, embedding.frequencies, [*found.dropped, *embedding.dropped]
    )
    more = set(embedding.dropped) - set(found.dropped)
    return ~lost if more or embedding.features[:, lost].any() else None


def _without(embedding: Embedding, kept: np.ndarray, found: Channels, omega0: float) -> Embedding:
    """The training rows in the ``kept`` features alone, with sum 1, and their reach."""
    if not embedding.features[:, ~kept].any():
        return replace(embedding, features=embedding.features[:, kept])
    rows = embedding.features[:, kept]
    some = rows.any(axis=1)
    rows = normalize_rows(rows[some])
    source, frame = embedding.source[some], embedding.frame[some]
    limit = np.nan
    if not np.isnan(embedding.reach):
        number = np.unique(source, return_inverse=True)[1]
        lasting = _lasting(embedding.frequencies, omega0)
        limit = reach(rows, number, frame / found.fps, lasting, embedding.metric)
    return replace(
        embedding, features=rows, z=embedding.z[some], source=source, frame=frame, reach=limit
    )


def _hellinger(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Hellinger distance of each row of ``one`` to the same row of ``other``."""
    away = np.sqrt(one) - np.sqrt(other)
    return np.sqrt(0.5 * np.einsum("ij,ij->i", away, away))


def _same(one: Sequence[float] | np.ndarray, other: Sequence[float]) -> bool:
    return len(one) == len(other) and bool(np.allclose(one, other, rtol=1e-6, equal_nan=True))


def place(z: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Map position of a row from its nearest training rows.

    Inverse-distance (Shepard) weights interpolate: a row that is a training row lands on it.
    t-SNE may put close rows on different islands, where a plain mean would fall into the sea
    between; so the neighbour with most weight around it is found first and the mean is taken
    around that one.

    Args:
        z: (row, k + 1, 2) map positions of the nearest training rows, nearest first.
        distance: (row, k + 1) to them; the last only sets where the weight ends.

    Returns:
        (row, 2).
    """
    inverse = 1 / np.maximum(distance.astype(np.float64), 1e-6)
    weight = (inverse[:, :-1] - inverse[:, -1:]) ** 2
    # All at one distance: equal weights.
    weight += 1e-12 * np.maximum(weight.max(axis=1, keepdims=True), 1)
    z = z[:, :-1]
    apart = ((z[:, :, None] - z[:, None]) ** 2).sum(axis=-1)
    kernel = np.exp(-apart / (2 * NEIGHBOR_REACH**2))
    best = np.einsum("nij,nj->ni", kernel, weight).argmax(axis=1)
    weight = weight * kernel[np.arange(len(z)), best]
    return np.einsum("nk,nkd->nd", weight, z) / weight.sum(axis=1, keepdims=True)


def project(found: Channels, embedding: Embedding, settings: config.Behavior) -> Behavior:
    """Place every usable frame on the map, in blocks.

    A recording whose ``dropped`` channels are in the training rows is compared with these
    without the dropped channels, each divided by its new sum; the reach is that of such rows.
    Otherwise the zeros would make every frame far.  Times of the training rows are then those at
    this recording's frame rate.  Channels that the map is made without are left out of this
    recording, too.

    Args:
        found: channels of one recording.
        embedding: the joint map.
        settings: section ``behavior``.

    Returns:
        ``z`` (NaN where a part is missing for too long), ``error`` (Hellinger distance to the
        nearest training row), ``far`` (it is above ``reach``; False everywhere where that is
        NaN, which the note says) and ``region`` -1 everywhere until :func:`assign`.

    Raises:
        UserError: channels, frequencies or wavelets other than the map's.
    """
    frequencies = matching(found, embedding, settings)
    frames = len(found.frame)
    z = np.full((frames, 2), np.nan, np.float32)
    error = np.full(frames, np.nan, np.float32)
    wanted, notes = found.usable, [found.note]
    kept = _kept(found, embedding) if wanted.any() else None
    if kept is not None and not embedding.features[:, kept].any():
        wanted, kept = np.zeros(frames, bool), None
        notes.append("no frame is placed: it has none of the map's channels")
    if kept is not None:
        lost = embedding.features.any(axis=0) & ~kept
        if count := int(lost.reshape(len(embedding.channels), -1).any(axis=1).sum()):
            notes.append(f"compared without the {count} channels set to 0")
        embedding = _without(embedding, kept, found, settings.omega0)
    k = min(NEIGHBORS + 1, len(embedding.features))
    train = prepare(embedding.features, embedding.metric) if settings.search == "fast" else None
    blocks = feature_blocks(found, wanted, frequencies, settings)
    with tqdm(total=int(wanted.sum()), unit="frame", disable=None) as progress:
        for at, rows in blocks:
            if kept is not None:
                rows = normalize_rows(rows[:, kept])
            if train:
                index, distance = nearby(rows, train, k)
            else:
                index, distance = nearest(rows, embedding.features, k, embedding.metric)
            z[at] = place(embedding.z[index], distance)
            error[at] = _hellinger(rows, embedding.features[index[:, 0]])
            progress.update(len(at))
    unknown = np.isnan(embedding.reach)
    far = np.zeros(frames, bool) if unknown else error > embedding.reach
    if unknown and wanted.any():
        notes.append("far: unknown (the map has no reach)")
    elif far.any():
        notes.append(_far_note(far, wanted))
    return Behavior(
        z=z,
        error=error,
        region=np.full(frames, -1, np.int16),
        far=far,
        reach=embedding.reach,
        frame=found.frame,
        recording=found.recording,
        fps=found.fps,
        note="; ".join(filter(None, notes)),
    )


def _far_note(far: np.ndarray, usable: np.ndarray) -> str:
    count, placed = int(far.sum()), int(usable.sum())
    share = f"{100 * count / placed:.1f} %"
    return f"{count} of {placed} frames on the map ({share}) are far from every training row"


def matching(found: Channels, embedding: Embedding, settings: config.Behavior) -> np.ndarray:
    """The map's frequencies, Hz, when a recording's spectrograms are those of the map.

    Raises:
        UserError: its channels, its frequencies or the wavelets are others.
    """
    name, mine, theirs = found.recording, list(found.channels), list(embedding.channels)
    if mine != theirs:
        odd = next((c for c in mine if c not in theirs), None)
        what = f"channel {odd!r} is none of the map's" if odd else "the map has other channels"
        raise UserError(
            f"recording {name}: {what} ({len(mine)} and {len(theirs)}); use the skeleton and "
            "behavior.center of the map"
        )
    frequencies = frequency_axis(settings.fmin, settings.fmax, settings.frequencies, found.fps)
    if not _same(frequencies, embedding.frequencies):
        one, other = (
            f"{len(f)} from {min(f):g} to {max(f):g} Hz"
            for f in (frequencies, embedding.frequencies)
        )
        raise UserError(
            f"recording {name}: its frequencies ({one}) are not those of the map ({other}); set "
            "behavior.fmin, fmax and frequencies to the map's, or make the map again"
        )
    if not np.isnan(embedding.omega0) and not _same([settings.omega0], [embedding.omega0]):
        raise UserError(
            f"recording {name}: behavior.omega0 is {settings.omega0:g}, the map's is "
            f"{embedding.omega0:g}; use the map's"
        )
    return frequencies
