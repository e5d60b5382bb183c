"""Moments of a track in which it does what no body does, or hardly any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from leap_core.containers import Track
from leap_core.timeseries import known_fps, runs

SURE = 0.95  # a better quality needs no look (as in the `alignment` figure)

_ASPECT = 2.5  # length by width of a body whose length was not measured
_NOISE = 0.25  # body lengths: a centre follows legs, wings and bends by so much
# body lengths/s: 100 mm/s for a fly of 2.5 mm, 3.5 m/s for a mouse of 9 cm: none runs so fast
_FASTEST = 40.0
# body lengths/s^2: 1.5 m/s^2 for a fly, 5 g for a mouse; to the fastest run takes 0.07 s
_PUSH = 600.0
_AWAY = 1.0  # body lengths from where it was to where it then stays
_STAYS_AWAY_S = 0.2
_TURN = np.radians(30)  # noise of the axis of a body that bends
_TURN_RATE = np.radians(2000)  # per second: twice the fastest turns of walking flies and of mice
_HELD_S = 0.5  # after a longer gap nothing is compared
_AREA = 0.45, 2.0  # of the median: a mouse that rears is half as large, a fly at a wall larger
_LENGTH = 0.4, 2.0  # of the median: a mouse that rears, or stretches with its tail in line
_SWING = 0.15  # of the logarithm of length, there and again back: a body bends one way at a time
_TREMBLES_S = 0.06  # around: neighbours of an outline that is none are doubtful, too
_WIDE = 1.3, 1.3  # width and area: trunks are stiff, so what is so much wider holds a wing
_BENT = 0.55, 1.5  # of the usual length: a body stands upright, or its tail belongs to it
_CHANGE = 0.3, 3.5  # of the logarithm of area, at once and per second: wings spread, a mouse rears
_ALONE = 1.2  # body lengths between two: nearer ones may share a blob
_WALK_S = 0.2  # over which a walk is measured
_WALKING = 1.0  # body lengths/s
_BACK = -0.7  # cosine between walk and heading
_BACKED = 0.5  # body lengths: flies and mice do step back, by less
LONG_S = 0.25  # shorter stretches of lost or unsure frames are not listed
APART_S = 0.5  # moments of one kind that are nearer are one
_STAYS_S = 2.0  # a video so short tells nothing about who stands
_AT_BORDER = 0.4  # body widths from the middle to the border: the body is cut
_LISTED = 5  # moments in a line


@dataclass(frozen=True)
class Animal:
    """One animal of a track, as numbers to judge.

    Attributes:
        number: row of the track; fps: frames/s (25 where it is unknown).
        place: (frame, xy) px in the arena, center: the same in the image; NaN = not found.
        heading, area, quality, length, width: (frame,); valid: (frame,) bool.
        body: typical length, px; wide: typical width, px.
        near: (frame,) px to the nearest other animal, infinite where there is none.
    """

    number: int
    fps: float
    place: np.ndarray
    center: np.ndarray
    heading: np.ndarray
    valid: np.ndarray
    area: np.ndarray
    quality: np.ndarray
    length: np.ndarray
    width: np.ndarray
    body: float
    wide: float
    near: np.ndarray

    @classmethod
    def of(cls, track: Track, number: int) -> Animal:
        """One animal of a track; where its length was not measured, it follows from its area."""
        valid = track.valid[number] & np.isfinite(track.centroid[number]).all(-1)

        def known(values: np.ndarray) -> np.ndarray:
            shape = valid if values.ndim == 1 else valid[:, None]
            return np.where(shape, values.astype(float), np.nan)

        center, area = known(track.centroid[number]), known(track.area[number])
        place = center if track.camera is None else center + track.camera
        length = np.sqrt(area * 4 / np.pi * _ASPECT)
        width = np.full_like(length, np.nan)
        if track.body_length is not None and track.body_width is not None:
            measured = known(track.body_length[number])
            if np.isfinite(measured).any():
                length, width = measured, known(track.body_width[number])
        body = float(np.nanmedian(length)) if np.isfinite(length).any() else np.nan
        wide = float(np.nanmedian(width)) if np.isfinite(width).any() else body / _ASPECT
        near = np.full(len(valid), np.inf)
        for other in range(len(track.valid)):
            if other != number:
                there = np.where(track.valid[other][:, None], track.centroid[other], np.nan)
                away = np.linalg.norm(center - there, axis=-1)
                near = np.fmin(near, away)
        return cls(
            number, track.fps if known_fps(track.fps) else 25.0, place, center,
            known(track.heading[number]), valid, area, known(track.quality[number]), length, width,
            body, wide, near,
        )  # fmt: skip

    @property
    def range(self) -> float:
        """How far it comes over the whole video, body lengths."""
        low, high = np.nanpercentile(self.place, [0.5, 99.5], axis=0)
        return float(np.linalg.norm(high - low)) / self.body

    def frames(self, seconds: float) -> int:
        """At least one."""
        return max(1, round(seconds * self.fps))


@dataclass(frozen=True)
class Moments:
    """Frames of one kind.

    Attributes:
        frames: (frame,) bool.
        by: (frame,) how bad, 0 to 1; spans: (first, stop) of stretches.
        said: what is seen from one frame to another.
        share: of the frames that were looked at.
    """

    frames: np.ndarray
    by: np.ndarray
    spans: list[tuple[int, int]]
    said: Callable[[int, int], str]
    share: float = 0.0

    def worst(self, first: int, stop: int) -> float:
        """Largest ``by`` of a stretch."""
        return float(np.clip(np.nan_to_num(self.by[first:stop]).max(), 0, 1))


def listed(spans: list[tuple[int, int]]) -> str:
    """Stretches (first, last) for people; those that overlap are one.

    >>> listed([(240, 240), (120, 133), (125, 140)])
    ' (frames 120-140, 240)'
    """
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    if not joined:
        return ""
    named = [f"{a}-{b}" if b > a else f"{a}" for a, b in joined[:_LISTED]]
    more = len(joined) - len(named)
    return f" (frames {', '.join(named)}{f' and {more} more' if more > 0 else ''})"


def long(animal: Animal) -> bool:
    """Whether the video is long enough to tell that an animal stays."""
    return len(animal.valid) >= _STAYS_S * animal.fps


def stretches(mask: np.ndarray, apart: int, shortest: int = 1) -> list[tuple[int, int]]:
    """Stretches of at least so many frames, those that are near one another as one."""
    found: list[tuple[int, int]] = []
    for first, stop in runs(mask):
        if found and first - found[-1][1] < apart:
            found[-1] = found[-1][0], int(stop)
        else:
            found.append((int(first), int(stop)))
    return [(a, b) for a, b in found if b - a >= shortest]


def _since(animal: Animal) -> tuple[np.ndarray, np.ndarray]:
    """Frame before each in which the animal was found, and the seconds since (NaN = too long)."""
    frames = np.arange(len(animal.valid))
    seen = np.where(animal.valid, frames, -1)
    before = np.r_[-1, np.maximum.accumulate(seen)[:-1]]
    since = np.where(animal.valid & (before >= 0), (frames - before) / animal.fps, np.nan)
    since[since > _HELD_S] = np.nan
    return np.maximum(before, 0), since


def jumps(animal: Animal) -> Moments:
    """Steps faster than a body runs, and those there and back that no legs could push."""
    before, since = _since(animal)
    with np.errstate(invalid="ignore"):
        step = np.linalg.norm(animal.place - animal.place[before], axis=-1) / animal.body
        over = step / (_NOISE + _FASTEST * since)
        push = np.zeros(len(step))
        if len(step) > 2:
            bend = animal.place[2:] - 2 * animal.place[1:-1] + animal.place[:-2]
            push[1:-1] = np.linalg.norm(bend, axis=-1) / animal.body
        pushed = push / (_NOISE + _PUSH / animal.fps**2)
        mask = (over > 1) | ((pushed > 1) & (step > _NOISE))
    by = 1 - 1 / np.fmax(np.fmax(np.nan_to_num(over), np.nan_to_num(pushed)), 1)

    def said(first: int, stop: int) -> str:
        at = first + int(np.argmax(np.nan_to_num(step[first:stop])))
        return (
            f"moves {step[at] * animal.body:.0f} px ({step[at]:.1f} body lengths) in "
            f"{since[at] * 1000:.0f} ms"
        )

    return Moments(mask, by, stretches(mask, animal.frames(APART_S)), said)


def leaps(animal: Animal, jumped: Moments) -> list[tuple[int, int, float]]:
    """Where an animal is elsewhere from one frame to the next, and does not come back at once.

    Returns:
        First frame, stop, and distance in body lengths.  Of a stretch between two leaps that is
        shorter than those around it, it is the whole stretch; of others the frame of the leap.
    """
    half, count = animal.frames(_STAYS_AWAY_S), len(animal.valid)
    found: list[tuple[int, float]] = []
    for first, stop in runs(jumped.frames):
        best = (0, _AWAY)
        for frame in range(max(int(first), 1), min(int(stop) + 1, count)):
            around = animal.place[max(frame - half, 0) : frame], animal.place[frame : frame + half]
            if all(np.isfinite(part).any() for part in around):
                before, after = (np.nanmedian(part, axis=0) for part in around)
                far = float(np.linalg.norm(after - before)) / animal.body
                best = max(best, (frame, far), key=lambda leap: leap[1])
        if best[1] > _AWAY:
            found.append(best)
    edges = [0, *(frame for frame, _ in found), count]
    length = np.diff(edges)
    out, taken = [], -1
    for k, (frame, far) in enumerate(found):
        if k + 1 < len(found) and length[k + 1] < min(length[k], length[k + 2]):
            out.append((frame, found[k + 1][0], far))
            taken = k + 1
        elif k != taken:
            out.append((frame, frame + 1, far))
    return out


def turns(animal: Animal) -> Moments:
    """Turns faster than a body can, flips of head and tail among them."""
    before, since = _since(animal)
    turn = np.abs(np.angle(np.exp(1j * (animal.heading - animal.heading[before]))))
    with np.errstate(invalid="ignore"):
        mask = turn > _TURN + _TURN_RATE * since

    def said(first: int, stop: int) -> str:
        at = first + int(np.argmax(np.nan_to_num(turn[first:stop])))
        return f"turns by {np.degrees(turn[at]):.0f} degrees in {since[at] * 1000:.0f} ms"

    return Moments(mask, turn / np.pi, stretches(mask, animal.frames(APART_S)), said)


def sizes(animal: Animal) -> Moments:
    """Outlines far from the usual one, or that change from frame to frame as no body does."""
    area = animal.area / np.nanmedian(animal.area) if animal.valid.any() else animal.area
    length = animal.length / animal.body
    before, since = _since(animal)
    alone = animal.near > _ALONE * animal.body
    with np.errstate(invalid="ignore", divide="ignore"):
        mask = (area < _AREA[0]) | (area > _AREA[1])
        mask |= (length < _LENGTH[0]) | (length > _LENGTH[1])
        change = np.abs(np.log(area / area[before]))
        mask |= (change > _CHANGE[0] + _CHANGE[1] * since) & alone & alone[before]
        by = 1 - np.fmin(np.fmin(area, 1 / area), np.fmin(length, 1 / length))

    def said(first: int, stop: int) -> str:
        at = first + int(np.argmax(np.nan_to_num(by[first:stop])))
        return f"is {area[at]:.2f} times as large and {length[at]:.2f} times as long as usual"

    return Moments(mask, by, stretches(mask, animal.frames(APART_S)), said)


def trembles(animal: Animal) -> Moments:
    """A length that comes and goes from one frame to the next, and the frames around."""
    length = animal.length
    swing = np.zeros(len(length))
    if len(length) > 2:
        there, back = np.log(length[1:-1] / length[:-2]), np.log(length[1:-1] / length[2:])
        swing[1:-1] = np.where(there * back > 0, np.fmin(np.abs(there), np.abs(back)), 0.0)
        swing[1:-1][np.isnan(there + back)] = np.nan
    with np.errstate(invalid="ignore"):
        swings = swing > _SWING
    half = animal.frames(_TREMBLES_S)
    mask = (np.convolve(swings, np.ones(2 * half + 1), "same") > 0)[: len(swings)] & animal.valid
    found = stretches(mask, animal.frames(APART_S))

    def said(first: int, stop: int) -> str:
        factor = np.exp(np.nanmax(swing[first:stop]))
        return f"its length changes by a factor of {factor:.1f} from frame to frame and back"

    by = np.where(swings, np.clip(np.nan_to_num(swing), 0, 1), 0.0)
    known = max(int(np.isfinite(swing).sum()), 1)
    return Moments(mask, by, found, said, float(swings.sum() / known))


def postures(animal: Animal) -> Moments:
    """Outlines in which the axis may be off: with a wing or limb, or with a part hidden."""
    if not animal.valid.any():
        return Moments(np.zeros_like(animal.valid), np.zeros(len(animal.valid)), [], _nothing)
    area = animal.area / np.nanmedian(animal.area)
    length, width = animal.length / animal.body, animal.width / animal.wide
    with np.errstate(invalid="ignore"):
        mask = (width > _WIDE[0]) & (area > _WIDE[1])
        mask |= (length < _BENT[0]) | (length > _BENT[1])
    mask &= ~sizes(animal).frames
    by = np.where(mask, np.clip(np.fmax(np.abs(area - 1), np.abs(length - 1)), 0, 1), 0.0)

    def said(first: int, stop: int) -> str:
        at = first + int(np.argmax(by[first:stop]))
        return (
            f"its outline is {area[at]:.2f} times as large, {length[at]:.2f} times as long and "
            f"{np.nan_to_num(width[at], nan=1):.2f} times as wide as usual: a wing or limb may "
            "belong to it"
        )

    return Moments(mask, by, stretches(mask, animal.frames(APART_S)), said)


def unsure(animal: Animal, sound: np.ndarray) -> Moments:
    """Head and tail not told apart with confidence.

    Args:
        sound: (frame,) what the body's place and shape leave of the quality: so much less says
            nothing of the head.
    """
    with np.errstate(invalid="ignore"):
        mask = animal.valid & ~(animal.quality >= np.minimum(SURE, sound))

    def said(first: int, stop: int) -> str:
        return f"head or tail is a guess (quality {np.nanmin(animal.quality[first:stop]):.2f})"

    spans = stretches(mask, animal.frames(APART_S), animal.frames(LONG_S))
    return Moments(mask, 1 - np.nan_to_num(animal.quality), spans, said)


def backwards(animal: Animal) -> Moments:
    """Walks against the heading."""
    half = max(1, round(_WALK_S * animal.fps / 2))
    moved = np.full_like(animal.place, np.nan)
    if len(moved) > 2 * half:
        moved[half:-half] = animal.place[2 * half :] - animal.place[: -2 * half]
    leaps = np.convolve(jumps(animal).frames, np.ones(2 * half + 1), "same") > 0
    moved[leaps[: len(moved)]] = np.nan  # what jumps does not walk
    moved *= animal.fps / (2 * half) / animal.body
    speed = np.linalg.norm(moved, axis=-1)
    along = moved[:, 0] * np.cos(animal.heading) + moved[:, 1] * np.sin(animal.heading)
    with np.errstate(invalid="ignore"):
        walks = speed > _WALKING
        mask = walks & (along < _BACK * speed)
    if not animal.valid.any() or animal.range < 1:
        mask[:] = False  # it stands, or the camera follows it and nobody knows where to
    back = np.where(mask, -along, 0.0) / animal.fps
    gone = np.concatenate([[0.0], np.cumsum(back)])
    spans = [
        (a, b) for a, b in stretches(mask, animal.frames(_WALK_S)) if gone[b] - gone[a] > _BACKED
    ]

    def said(first: int, stop: int) -> str:
        return (
            f"walks {gone[stop] - gone[first]:.1f} body lengths backwards in "
            f"{(stop - first) / animal.fps:.2f} s"
        )

    by = np.zeros(len(mask))
    for a, b in spans:
        by[a:b] = min(1.0, (gone[b] - gone[a]) / 4)
    share = float(mask.sum() / max(int(walks.sum()), 1))
    return Moments(mask, by, spans, said, share)


def lost(animal: Animal) -> Moments:
    """Stretches in which it is not found."""
    mask = ~animal.valid
    spans = stretches(mask, 1, animal.frames(LONG_S))
    by = np.zeros(len(mask))
    for a, b in spans:
        by[a:b] = min(1.0, (b - a) / animal.fps / 10)

    def said(first: int, stop: int) -> str:
        return f"is not found for {stop - first} frames ({(stop - first) / animal.fps:.2f} s)"

    return Moments(mask, by, spans, said)


def at_border(animal: Animal, width: int, height: int) -> Moments:
    """So near to the border of the image that the body is cut."""
    if not width or not height:
        return Moments(np.zeros_like(animal.valid), np.zeros(len(animal.valid)), [], _nothing)
    x, y = animal.center.T
    away = np.min([x, width - 1 - x, y, height - 1 - y], axis=0)
    with np.errstate(invalid="ignore"):
        mask = away < _AT_BORDER * animal.wide
    by = 1 - np.clip(away / animal.wide, 0, 1)

    def said(first: int, stop: int) -> str:
        return f"its middle is {np.nanmin(away[first:stop]):.0f} px from the border of the image"

    spans = stretches(mask, animal.frames(APART_S), animal.frames(LONG_S))
    return Moments(mask, by, spans, said)


def _nothing(first: int, stop: int) -> str:
    return ""
