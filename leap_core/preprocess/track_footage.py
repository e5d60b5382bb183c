"""Whether a track of another program lies on the animals of its video, and how it would do so.

A wrong convention (y up for down, centimetres for pixels, angles counted the other way) passes
every check of the file itself.  The footage knows: centers lie on animals, headings along bodies.
A reading is refused only where another one is clearly better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from scipy import optimize

from leap_core.errors import UserError
from leap_core.formats.raw_tracks import RawTrack
from leap_core.preprocess import background, bodies, given_track, segmentation
from leap_core.preprocess.given_track import Given, Reading
from leap_core.preprocess.recipe import Floor, Task

_BETTER = 0.25  # of the centers: so many more on an animal are clearly better
_MOST = 0.5  # of the centers must lie on an animal for a reading to be right
_AROUND_PX = 9  # bodies are widened by half of this
_SCALES = np.exp(np.arange(np.log(0.02), np.log(2000), 0.01))  # px a unit, looked at blindly
_WALKED = 1.0  # length of a body that an animal must come to tell a scale
_NEAR = 0.5  # of a body's length between a center and the body that it is of
_LONG = 0.3  # elongation: rounder bodies have no axis
_LEAST_ANGLES = 10  # frames that tell a corner, too
_OFF_AXIS = 15.0  # degrees in the median: worse is no axis of the body
_TIMES = 3.0  # so many times smaller is clearly better


@dataclass(frozen=True)
class Footage:
    """Sampled frames of a video, and what tells animals from the floor there.

    Attributes:
        number: (sample,) frames; images: (sample, y, x) uint8.
        one: a typical body, NaN where no animal was found.
        onto: (sample, y, x) bool, pixels on a body or beside one.
        opening, least: of the settings, px and px^2.
    """

    number: np.ndarray
    images: np.ndarray
    floor: Floor
    one: bodies.Typical
    onto: np.ndarray
    opening: int
    least: int


def look(task: Task) -> Footage:
    """Sample a video and learn its floor as the recipe of the config does."""
    images, number = segmentation.sample(task), segmentation.sampled(task)
    settings = task.settings
    # of the recipe that would do: one that stays in its place is part of any floor but the first
    alone = task.animals == 1 and settings.recipe in ("moments", "radon")
    floor = (segmentation.learn_floor if alone else background.learn)(task, images)
    signals = [bodies.evened(image, floor) for image in images]
    one = bodies.typical(
        signals, floor.threshold, settings.opening_px, settings.min_area_px, task.animals
    )
    onto = np.stack(
        [_animals(signal > floor.threshold, settings.min_area_px) for signal in signals]
    )
    return Footage(number, images, floor, one, onto, settings.opening_px, settings.min_area_px)


def _animals(above: np.ndarray, least: int) -> np.ndarray:
    _, names, stats, _ = cv2.connectedComponentsWithStats(above.view(np.uint8), connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] >= least
    large[0] = False
    return cv2.dilate(large[names].view(np.uint8), segmentation.disc(_AROUND_PX)) > 0


class _Centers:
    """Centers of the sampled frames, under any reading."""

    def __init__(self, raw: RawTrack, reading: Reading, seen: Footage):
        self.seen = seen
        self.size = (seen.onto.shape[2], seen.onto.shape[1])
        at = seen.number - (raw.first - reading.counts_from)
        inside = (at >= 0) & (at < raw.centroid.shape[1])
        self.rows = np.flatnonzero(inside)
        self.raw = replace(
            raw,
            centroid=raw.centroid[:, at[inside]],
            heading=None if raw.heading is None else raw.heading[:, at[inside]],
        )

    def places(self, reading: Reading) -> np.ndarray:
        """(animal, sample, xy) px."""
        return given_track.places(self.raw, reading, self.size)

    def share(self, reading: Reading) -> float:
        """Of the centers, that lie on an animal; NaN where there is no center."""
        points = self.places(reading)
        known = np.isfinite(points).all(-1)
        x, y = np.moveaxis(np.rint(np.where(known[..., None], points, -1)), -1, 0)
        height, width = self.seen.onto.shape[1:]
        inside = known & (x >= 0) & (y >= 0) & (x < width) & (y < height)
        animal, sample = np.nonzero(inside)
        hit = self.seen.onto[
            self.rows[sample], y[animal, sample].astype(int), x[animal, sample].astype(int)
        ]
        return float(hit.sum() / known.sum()) if known.any() else float("nan")


def settle(
    path: Path, raw: RawTrack, given: Given, seen: Footage, px_per_mm: float | None
) -> tuple[Reading, list[str]]:
    """The declared reading, if the footage does not clearly speak for another one.

    Returns:
        It, and lines that say what the footage leaves open.

    Raises:
        UserError: names the better reading's keys, and by how much it is better.
    """
    reading = given_track.declared(given, raw, px_per_mm)
    if not seen.onto.any():
        if not np.isfinite(reading.scale):
            raise UserError(f"{path}: its centers are in cm; set `track_scale` to the px of a cm")
        return reading, ["no animal was told from the floor, so that its conventions are unchecked"]
    centers = _Centers(raw, reading, seen)
    notes = _place(path, centers, reading, px_per_mm)
    if raw.heading is not None:
        notes += _angle(path, centers, reading)
    return reading, notes


def _place(path: Path, centers: _Centers, reading: Reading, px_per_mm: float | None) -> list[str]:
    own = centers.share(reading) if np.isfinite(reading.scale) else 0.0
    if np.isnan(own):
        return ["it has no center in the sampled frames, so that its conventions are unchecked"]
    others = {other: centers.share(other) for other in _others(reading, centers.raw, px_per_mm)}
    if not np.isfinite(reading.scale) or max([own, *others.values()]) < _MOST:
        for y in ("down", "up"):
            fitted = _fitted(centers, replace(reading, y=y))
            if fitted is not None:
                others[fitted] = centers.share(fitted)
        if np.isfinite(reading.scale) and (moved := _moved(centers, reading)) is not None:
            others[moved] = centers.share(moved)
    best = max(others, key=lambda other: others[other])
    frames = len(centers.rows)
    if others[best] >= _MOST and others[best] - own >= _BETTER:
        keys = []
        if best.y != reading.y:
            keys.append(f"track_y: {best.y}")
        if best.scale != reading.scale:
            keys.append(f"track_scale: {best.scale:.5g}")
        if best.corner != reading.corner:
            keys.append(f"track_corner: {best.corner[0]:.1f},{best.corner[1]:.1f}")
        named = " and ".join(f"`{key}`" for key in keys)
        told = "how many px a cm is, is not known"
        if np.isfinite(reading.scale):
            told = (
                f"read as `track_y: {reading.y}`, `track_scale: {reading.scale:.5g}`, {own:.0%} of "
                f"its centers lie on an animal in {frames} sampled frames"
            )
        raise UserError(
            f"{path}: {told}, as {named} {others[best]:.0%} do; set {named} for this video"
        )
    if not np.isfinite(reading.scale):
        raise UserError(
            f"{path}: its centers are in cm and the footage does not tell how many px that is; set "
            "`track_scale` to the px of a cm, or `px_per_mm`"
        )
    if own < _MOST:
        return [
            f"only {own:.0%} of its centers lie on an animal in {frames} sampled frames, under no "
            "other reading clearly more; is it the track of this video, and do `track.polarity` "
            "and `track.min_area_px` fit?"
        ]
    upside = replace(reading, y="down" if reading.y == "up" else "up")
    if others[upside] > own - _BETTER:
        return [
            f"note: the footage does not tell whether y goes down or up ({own:.0%} and "
            f"{others[upside]:.0%} of the centers lie on an animal); `track_y: {reading.y}` is kept"
        ]
    return []


def _others(reading: Reading, raw: RawTrack, px_per_mm: float | None) -> list[Reading]:
    """Readings that are often meant, but the declared one."""
    scales = [reading.scale, 1.0, raw.px_per_unit]
    if px_per_mm is not None:
        scales += [px_per_mm, 10 * px_per_mm]
    kept: list[float] = []
    for scale in scales:
        if np.isfinite(scale) and not np.isclose(scale, kept, rtol=0.01).any():
            kept.append(scale)
    found = [replace(reading, y=y, scale=s) for s in kept for y in ("down", "up")]
    return [other for other in found if other != reading]


def _fitted(centers: _Centers, reading: Reading) -> Reading | None:
    """The reading with the scale at which most centers lie on animals; None = it is not told.

    Found on a grid, then by least squares from the bodies that the centers come to lie on.
    """
    shares = [centers.share(replace(reading, scale=scale)) for scale in _SCALES]
    if max(shares) < _MOST:
        return None
    # one that stays in a place lies on anything at some scale
    walked = np.nanpercentile(centers.raw.centroid, [5, 95], axis=(0, 1))
    good = _SCALES[np.array(shares) >= max(shares) - 0.02]
    if not (np.diff(walked, axis=0) * np.median(good)).max() > _WALKED * centers.seen.one.length:
        return None
    # the middle of all that are as good
    rough = replace(reading, scale=float(np.median(good)))
    points, there = centers.places(rough), _bodies(centers, rough)
    pairs = [(points[at], body.center) for at, body in np.ndenumerate(there) if body is not None]
    if pairs:
        own, true = np.array(pairs).swapaxes(0, 1)
        own, true = (
            at - given_track.origin(centers.raw, rough, centers.size) for at in (own, true)
        )
        rough = replace(rough, scale=rough.scale * float((own * true).sum() / (own**2).sum()))
    return replace(reading, scale=float(f"{rough.scale:.3g}"))


def _moved(centers: _Centers, reading: Reading) -> Reading | None:
    """The reading with the corner at which centers lie on animals; None = it is not told.

    In frames that show as many bodies as there are centers their means lie the corner apart.
    """
    points, seen = centers.places(reading), centers.seen
    apart = []
    for column, row in enumerate(centers.rows):
        found = bodies.find(
            seen.images[row], seen.floor, seen.opening, seen.least, len(points), seen.one, []
        )
        if len(found) == np.isfinite(points[:, column, 0]).sum() > 0:
            middle = np.mean([body.center for body in found], axis=0)
            apart.append(middle - np.nanmean(points[:, column], axis=0))
    if len(apart) < _LEAST_ANGLES:
        return None
    corner = np.median(apart, axis=0)
    off = np.linalg.norm(np.array(apart) - corner, axis=1)
    walked = np.ptp(np.nanpercentile(points, [5, 95], axis=(0, 1)), axis=0).max()
    if np.median(off) > _NEAR * seen.one.length or walked < _WALKED * seen.one.length:
        return None
    x, y = (round(float(a + b), 1) for a, b in zip(corner, reading.corner, strict=True))
    return replace(reading, corner=(x, y))


def _angle(path: Path, centers: _Centers, reading: Reading) -> list[str]:
    """Whether headings lie along the bodies, one way round or the other."""
    axis = _axes(centers, reading)
    turned = "counterclockwise" if reading.angle == "clockwise" else "clockwise"
    own, other = (
        _off_axis(given_track.headings(centers.raw, replace(reading, angle=sense)), axis)
        for sense in (reading.angle, turned)
    )
    if min(len(own), len(other)) < _LEAST_ANGLES:
        return ["too few long bodies are seen in the sampled frames to check its headings"]
    a, b = float(np.median(own)), float(np.median(other))
    if a > _OFF_AXIS and b * _TIMES < a:
        raise UserError(
            f"{path}: read as `track_angle: {reading.angle}`, its headings are {a:.0f} degrees off "
            f"the bodies' axes in the median of {len(own)}, as {turned} {b:.0f} degrees; set "
            f"`track_angle: {turned}` for this video"
        )
    if a > _OFF_AXIS:
        return [
            f"its headings are {a:.0f} degrees off the bodies' axes in the median of {len(own)} "
            f"({b:.0f} the other way round); look at them"
        ]
    if b <= _OFF_AXIS:
        return [
            f"note: the footage does not tell which way angles grow ({a:.1f} and {b:.1f} degrees "
            f"off the bodies' axes in the median); `track_angle: {reading.angle}` is kept"
        ]
    return []


def _axes(centers: _Centers, reading: Reading) -> np.ndarray:
    """(animal, sample) rad, modulo pi: of the long body at each center, NaN where there is none."""
    there = _bodies(centers, reading)
    out = np.full(there.shape, np.nan)
    for at, body in np.ndenumerate(there):
        if body is not None and body.elongation > _LONG and not body.split:
            out[at] = body.angle
    return out


def _bodies(centers: _Centers, reading: Reading) -> np.ndarray:
    """(animal, sample) the body at each center, or None."""
    points, seen = centers.places(reading), centers.seen
    out = np.full(points.shape[:2], None, object)
    for column, row in enumerate(centers.rows):
        found = bodies.find(
            seen.images[row], seen.floor, seen.opening, seen.least, len(points), seen.one, []
        )
        out[:, column] = matched(points[:, column], found, seen.one.length)
    return out


def _off_axis(heading: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Degrees between headings and axes, 0 to 90, of those where both are known."""
    off = np.abs(np.angle(np.exp(2j * (heading - axis)))) / 2
    return np.degrees(off[np.isfinite(off)])


def matched(
    centers: np.ndarray, found: list[bodies.Body], length: float
) -> list[bodies.Body | None]:
    """The body at each center (animal, xy) px, as near as half a length at most."""
    out: list[bodies.Body | None] = [None] * len(centers)
    known = np.flatnonzero(np.isfinite(centers).all(-1))
    if not len(known) or not found:
        return out
    places = np.array([body.center for body in found])
    away = np.linalg.norm(centers[known, None] - places, axis=-1)
    for row, column in zip(*optimize.linear_sum_assignment(away), strict=True):
        if away[row, column] <= _NEAR * length:
            out[known[row]] = found[column]
    return out
