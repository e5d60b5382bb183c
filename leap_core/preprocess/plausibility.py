"""Is a finished track that of an animal?  What it does is held against what a body can do.

No recipe is asked: a track is judged by its own numbers and by what was seen elsewhere in the
pictures.  Every limit is physical, in body lengths and seconds, so that it holds for any scale
and frame rate; what is seldom is a moment to look at, what is frequent says that the track is
likely wrong, and how to mend it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from leap_core.containers import Track
from leap_core.preprocess import track_meetings
from leap_core.preprocess import track_moments as moments
from leap_core.preprocess.track_moments import SURE as SURE
from leap_core.preprocess.track_moments import Animal

KINDS = (
    "floor", "elsewhere", "size", "tremble", "jump", "turn", "part", "close", "backwards", "head",
    "edge", "lost", "names", "crowded", "crop", "still", "posture",
)  # fmt: skip
NOT_A_BODY = ("floor", "size", "jump", "turn", "tremble")

_SOME = 3  # moments: fewer are an accident
_OFTEN = 0.005  # of the frames: steps and turns that no body makes; 1 in 1,000 is usual
_POSTURE = 0.03  # of the frames: sizes, which a body that rears or stretches has for a while
_MOST_OF = 0.2  # of the frames with another size: what is usual is no body's either
_TREMBLING = 0.03  # of the frames; a mouse that rears often: 0.02, flies and others below 0.003
_MISSING = 0.1  # of the frames: more than contacts and damaged frames take
_UNSURE = 0.2  # of the frames
_ROUND = 0.85  # width by length: a body that is so round has no axis
_AGAINST = 0.25  # of the frames in which it walks
_OUTSIDE = 0.1  # of the frames
_FLOOR = 0.25  # of the image, or
_FLOOR_LONG = 0.65  # of its side: with legs or tail an animal that is larger is not all in it
_CROWDED = 0.1  # of the frames show more animals than asked for: more than dirt or a reflection
_UNNAMED = 0.01  # of the frames
_ELSEWHERE = 0.35  # of the animal's area, as of another animal that is half hidden
_SEEN = 0.1  # of the sampled frames
_ON_TOP = 0.05  # of the frames
_CUT = 1.15  # of the body's length: a crop that is smaller cuts head or tail
_ROOM = 1.6  # of it: with legs
_STILL = 0.25  # body lengths, over the whole video


@dataclass(frozen=True)
class Doubt:
    """A moment, or a whole track, that is worth a look.

    Attributes:
        kind: one of ``KINDS``; animal: row of the track; first, last: frames, both included.
        severity: 0 to 1, larger = looked at earlier; text: what is seen, with numbers and units.
        other: the second animal, where two are concerned.
        warn: the track is likely wrong; key: what usually helps.
    """

    kind: str
    animal: int
    first: int
    last: int
    severity: float
    text: str
    other: int | None = None
    warn: bool = False
    key: str = ""


def doubts(track: Track, *, crop_size: int | None = None) -> list[Doubt]:
    """Everything doubtful in a track, most doubtful first.

    Args:
        crop_size: px, side of the crops that are to be cut; None = not known.
    """
    if track.recipe == "precropped" or not track.valid.size:
        return []
    animals = [Animal.of(track, k) for k in range(len(track.valid))]
    found: list[Doubt] = []
    for animal in animals:
        found += _of_body(track, animal)
        found += _of_posture(animal, track.recipe)
        found += _of_place(track, animal, crop_size)
    found += _of_pairs(animals)
    found += _of_video(track, animals)
    sound = _soundness(found, track.valid.shape)
    for animal in animals:
        found += _of_head(animal, sound[animal.number])
    return sorted(found, key=lambda d: (-d.severity, d.first, d.animal, d.kind))


def _of_body(track: Track, animal: Animal) -> Iterator[Doubt]:
    """Steps, turns and sizes that no body has."""
    last = len(animal.valid) - 1
    wrong = {
        "jump": ("takes a step that no body takes", moments.jumps(animal)),
        "turn": ("turns faster than a body can", moments.turns(animal)),
        "size": ("has another size than usual", moments.sizes(animal)),
    }
    for kind, (said, moment) in wrong.items():
        spans = moment.spans
        for first, stop in spans:
            yield Doubt(
                kind, animal.number, first, stop - 1, 0.4 + 0.5 * moment.worst(first, stop),
                moment.said(first, stop),
            )  # fmt: skip
        share = float(np.mean(moment.frames[animal.valid])) if animal.valid.any() else 0.0
        count = int(moment.frames.sum())
        if count >= _SOME and share > (_POSTURE if kind == "size" else _OFTEN):
            rare = kind == "size" and share < _MOST_OF
            yield Doubt(
                kind, animal.number, 0, last, 0.95 if rare else 1.0,
                f"{said} in {share:.1%} of the frames", warn=True, key=_recipe(track.recipe),
            )  # fmt: skip
        elif kind == "jump":
            yield from _of_leaps(animal, moment)


def _of_leaps(animal: Animal, jumped: moments.Moments) -> Iterator[Doubt]:
    for first, stop, far in moments.leaps(animal, jumped):
        back = stop - first > 1
        beside = back and bool((animal.near[first:stop] < animal.body).any())
        yield Doubt(
            "jump", animal.number, first, stop - 1, 0.95,
            f"is {far:.1f} body lengths away from one frame to the next, and "
            + (f"back after {stop - first} frames" if back else "stays there")
            + ": "
            + ("a wing or a part of another animal is followed" if beside else
               "it jumped, frames were left out, the camera moved, or another thing is followed"),
            warn=True, key="look at the video there; mend by `swap` or `drop` in `corrections`",
        )  # fmt: skip


def _of_posture(animal: Animal, recipe: str) -> Iterator[Doubt]:
    last = len(animal.valid) - 1
    moment = moments.trembles(animal)
    for first, stop in moment.spans:
        yield Doubt(
            "tremble", animal.number, first, stop - 1, 0.4 + 0.4 * moment.worst(first, stop),
            moment.said(first, stop),
        )  # fmt: skip
    if moment.share > _TREMBLING:
        yield Doubt(
            "tremble", animal.number, 0, last, 1.0,
            f"has a length that comes and goes in {moment.share:.1%} of the frames: noise, light "
            "or a limb is taken for the body", warn=True, key=_recipe(recipe),
        )  # fmt: skip
    moment = moments.postures(animal)
    for first, stop in moment.spans:
        yield Doubt(
            "posture", animal.number, first, stop - 1, 0.3 + 0.2 * moment.worst(first, stop),
            moment.said(first, stop),
        )  # fmt: skip


def _recipe(recipe: str, polarity: str = "") -> str:
    """What to try where a recipe finds no body."""
    other = {
        "mouse": "`track.recipe: mouse_below` for a mouse from below",
        "mouse_below": "`track.recipe: mouse` for a mouse from above",
        "mesh": "`track.recipe: mouse` for one with a tail, `radon` for one that hardly moves",
        "moments": "`track.recipe: mesh`",
        "radon": "`track.recipe: mesh`",
        "file": "`track_scale` and `track_corner` of the video",
    }.get(recipe, "another `track.recipe`")
    way = f"`track.polarity: {polarity}`" if polarity else "the other `track.polarity`"
    return f"try {way}, or {other}" if polarity else f"try {other}, or {way}"


def _of_head(animal: Animal, sound: np.ndarray) -> Iterator[Doubt]:
    last = len(animal.valid) - 1
    moment = moments.unsure(animal, sound)
    for first, stop in moment.spans:
        yield Doubt(
            "head", animal.number, first, stop - 1, 0.2 + 0.3 * moment.worst(first, stop),
            moment.said(first, stop),
        )  # fmt: skip
    share = float(np.mean(moment.frames[animal.valid])) if animal.valid.any() else 0.0
    thin = np.nanmedian(animal.width / animal.length) if np.isfinite(animal.width).any() else 0.0
    if thin > _ROUND:
        yield Doubt(
            "head", animal.number, 0, last, 0.9,
            f"the body is {thin:.0%} as wide as long, too round to have a heading", warn=True,
            key="lower `track.threshold` or `track.opening_px`, so that all of the body is seen",
        )  # fmt: skip
    elif share > _UNSURE:
        yield Doubt(
            "head", animal.number, 0, last, 0.8,
            f"head or tail is a guess in {share:.1%} of the frames", warn=True,
            key="look at the `alignment` figure; mend by `flip` in `corrections`",
        )  # fmt: skip
    moment = moments.backwards(animal)
    for first, stop in moment.spans:
        yield Doubt(
            "backwards", animal.number, first, stop - 1, 0.3 + 0.5 * moment.worst(first, stop),
            moment.said(first, stop),
        )  # fmt: skip
    share = moment.share
    if len(moment.spans) and share > _AGAINST:
        yield Doubt(
            "backwards", animal.number, 0, last, 0.95,
            f"walks backwards in {share:.0%} of the frames in which it walks", warn=True,
            key="mend by `flip` in `corrections`, or try another `track.recipe`",
        )  # fmt: skip


def _of_place(track: Track, animal: Animal, crop_size: int | None) -> Iterator[Doubt]:
    """Not found, at the image's border, larger than the crop or as large as the floor."""
    last = len(animal.valid) - 1
    moment = moments.lost(animal)
    for first, stop in moment.spans:
        yield Doubt(
            "lost", animal.number, first, stop - 1, 0.3 + 0.3 * moment.worst(first, stop),
            moment.said(first, stop),
        )  # fmt: skip
    share = float(np.mean(animal.valid))
    if share < 1 - _MISSING:
        yield Doubt(
            "lost", animal.number, 0, last, 0.9, f"is found in {share:.1%} of the frames only",
            warn=True,
            key="check `animals` of the video, `track.threshold`, `track.min_area_px` and "
            "`track.polarity`",
        )  # fmt: skip
    if not animal.valid.any():
        return
    moment = moments.at_border(animal, track.width, track.height)
    for first, stop in moment.spans:
        yield Doubt(
            "edge", animal.number, first, stop - 1, 0.3 + 0.3 * moment.worst(first, stop),
            moment.said(first, stop),
        )  # fmt: skip
    share = float(np.mean(moment.frames[animal.valid]))
    if share > _OUTSIDE and moment.frames.sum() >= _SOME:
        yield Doubt(
            "edge", animal.number, 0, last, 0.9,
            f"lies at the border of the image in {share:.1%} of the frames: cut off, or a rim",
            warn=True, key="set `track.min_area_px` above the rim's pieces, or crop the video",
        )  # fmt: skip
    area, image = float(np.nanmedian(animal.area)), track.width * track.height
    side = min(track.width, track.height)
    if image and (area > _FLOOR * image or animal.body > _FLOOR_LONG * side):
        yield Doubt(
            "floor", animal.number, 0, last, 1.0,
            f"fills {area / image:.0%} of the image and is {animal.body / side:.0%} as long as its "
            "side: that is the floor, or a shadow", warn=True,
            key=_recipe(track.recipe, "dark" if track.bright else "bright"),
        )  # fmt: skip
    longest = float(np.nanpercentile(animal.length, 95))
    if crop_size is not None and crop_size < _CUT * longest:
        room = -(-int(_ROOM * longest) // 32) * 32
        yield Doubt(
            "crop", animal.number, 0, last, 0.9,
            f"is {longest:.0f} px long, the crop {crop_size} px wide: it is cut", warn=True,
            key=f"set `crop.size: {room}`",
        )  # fmt: skip
    reach = animal.range
    if track.camera is None and reach < _STILL and moments.long(animal):
        yield Doubt(
            "still", animal.number, 0, last, 0.25,
            f"never leaves its place by more than {reach:.2f} body lengths",
        )  # fmt: skip


def _of_pairs(animals: list[Animal]) -> Iterator[Doubt]:
    for one in animals:
        for two in animals[: one.number]:
            yield from _of_pair(two, one)


def _of_pair(one: Animal, two: Animal) -> Iterator[Doubt]:
    last = len(one.valid) - 1
    for kind, moment, weight in (
        ("close", track_meetings.meetings(one, two), 0.1),
        ("close", track_meetings.on_top(one, two), 0.6),
        ("part", track_meetings.parts(one, two), 0.6),
    ):
        for first, stop in moment.spans:
            yield Doubt(
                kind, one.number, first, stop - 1, weight + 0.3 * moment.worst(first, stop),
                moment.said(first, stop), two.number,
            )  # fmt: skip
    there = max(int((one.valid & two.valid).sum()), 1)
    covered = track_meetings.on_top(one, two).frames
    if covered.sum() >= _SOME and covered.sum() > _ON_TOP * there:
        yield Doubt(
            "close", one.number, 0, last, 0.9,
            f"lies on animal {two.number} in {covered.sum() / there:.1%} of the frames: one body "
            "may be taken for two", two.number, True,
            "check `animals` of the video; mend by `drop` in `corrections`",
        )  # fmt: skip
    cut = track_meetings.parts(one, two).frames
    if cut.sum() >= _SOME and cut.sum() > _OFTEN * there:
        yield Doubt(
            "part", one.number, 0, last, 0.95,
            f"or animal {two.number} beside it is much smaller than alone in "
            f"{cut.sum() / there:.1%} of the frames: a wing or a part is taken for a body",
            two.number, True,
            "raise `track.opening_px` and `track.min_area_px`; mend by `drop` in `corrections`",
        )  # fmt: skip


def _of_video(track: Track, animals: list[Animal]) -> Iterator[Doubt]:
    """What concerns all animals of a video together."""
    last = track.valid.shape[1] - 1
    if track.crowded > _CROWDED:
        yield Doubt(
            "crowded", 0, 0, last, 0.9,
            f"{track.crowded:.1%} of the frames show more animals than the {len(animals)} asked "
            "for", warn=True, key="correct `animals` of the video",
        )  # fmt: skip
    if track.unnamed > _UNNAMED:
        yield Doubt(
            "names", 0, 0, last, 0.9,
            f"who is who is not sure in {track.unnamed:.1%} of the frames: nothing tells the "
            "animals apart, or there are more than 4", warn=True,
            key="look at them where they met, and mend by `corrections`",
        )  # fmt: skip
    if track.elsewhere is None or track.sampled is None or not np.isfinite(track.area).any():
        return
    large = np.nan_to_num(track.elsewhere) > _ELSEWHERE * np.nanmedian(track.area)
    frames = track.sampled[large]
    for frame, area in zip(frames, track.elsewhere[large], strict=True):
        yield Doubt(
            "elsewhere", 0, int(frame), int(frame), 0.5,
            f"something of {area:.0f} px^2 moves elsewhere in the image",
        )  # fmt: skip
    if len(frames) >= _SOME and np.mean(large) > _SEEN:
        yield Doubt(
            "elsewhere", 0, 0, last, 1.0,
            f"{np.mean(large):.0%} of the sampled frames show something as large as the animal "
            "that moves elsewhere: the animal itself, another one, or a reflection", warn=True,
            key="check `animals` of the video, `track.polarity` and `track.threshold`",
        )  # fmt: skip


def soundness(track: Track) -> np.ndarray:
    """How far the place and shape of each frame can be a body's, 0..1: (animal, frame).

    At most 0.5 in a frame with a step, a turn or a size that no body has, with an outline that may
    hold a wing, and in one in which a part is taken for a body; in all frames of an animal where
    such steps, turns and sizes are frequent.  The same where an animal stands while something as
    large moves elsewhere.
    """
    return _soundness(doubts(track), track.valid.shape)


def _soundness(found: list[Doubt], shape: tuple[int, ...]) -> np.ndarray:
    sound = np.ones(shape)
    stands = {doubt.animal for doubt in found if doubt.kind == "still"}
    for doubt in found:
        if doubt.kind in NOT_A_BODY or (doubt.kind in ("part", "posture") and not doubt.warn):
            if doubt.kind == "size" and doubt.warn and doubt.severity < 1:
                continue
            sound[doubt.animal, doubt.first : doubt.last + 1] = 0.5
            if doubt.other is not None:
                sound[doubt.other, doubt.first : doubt.last + 1] = 0.5
        elif doubt.kind == "elsewhere" and doubt.warn:
            sound[sorted(stands)] = 0.5
    return sound


def warnings_of(found: list[Doubt], track: Track) -> list[str]:
    """Lines for people, one for each kind and animal that is likely wrong; none if nothing is."""
    lines = []
    every = track.valid.shape[1] - 1
    for kind in KINDS:
        said = set()
        for doubt in (d for d in found if d.kind == kind and d.warn):
            about = (kind, doubt.animal, doubt.other)
            if about in said:  # the worst one has told the frames of all
                continue
            said.add(about)
            single = [
                (d.first, d.last) for d in found
                if (d.kind, d.animal, d.other) == about and d.last - d.first < every
            ]  # fmt: skip
            who = "" if kind in ("crowded", "names", "elsewhere") else f"animal {doubt.animal} "
            lines.append(f"{who}{doubt.text}{moments.listed(single)}; {doubt.key}")
    return lines


def to_json(found: list[Doubt], track: Track) -> dict[str, Any]:
    """What ``tracks/{video}.doubts.json`` holds."""
    return {"warnings": warnings_of(found, track), "doubts": [asdict(d) for d in found]}


def from_json(report: dict[str, Any]) -> list[Doubt]:
    """The doubts of such a file."""
    return [Doubt(**item) for item in report["doubts"]]
