"""How much each job has to do: frames, pixels, images to learn from, points of a map.

A job is known by its rule and its log, whose path names the recording, the chunk or the setting;
a job that names no recording works on all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from leap_core.behavior import choice
from leap_core.config import Behavior, Config
from leap_core.planning.footage import Size
from leap_core.planning.jobs import Job

REFIT_PLACED = 5_000  # frames of all recordings that `behavior_refits` places on each refit
MOST_PLACED = 40_000  # frames of each recording that `behavior_stability` places on its maps
BOX_PX = 200 * 200  # what a recipe's seconds for a frame hold for; larger frames cost more
BLOCK_FRAMES = 64  # crops that are held until they are written
USUAL_FPS = 100.0  # where a config leaves the frame rate to the file
STILLS, STILLS_PX = 60, 100_000_000  # the most that an audit keeps of a video
# kB of a million pixels of crops, with their background and without: compressed, of simulated
# flies, pairs and mice (0.25 to 0.34, 0.11 to 0.18); noise on a floor keeps up to 1,000
STORED = {"keep": 320.0, "remove": 170.0}


@dataclass(frozen=True)
class Dataset:
    """A config and the size of everything in it.

    Attributes:
        footage: video id -> its size.
        parts: of the skeleton.
    """

    settings: Config
    footage: dict[str, Size]
    parts: int

    def length(self, recording: str) -> int:
        """Frames of a recording."""
        return self.footage[self.settings.recordings[recording][0]].frames

    @property
    def mapped(self) -> list[str]:
        """Recordings that make the behavior map."""
        return self.settings.behavior.map_recordings or list(self.settings.recordings)


def of_job(job: Job, data: Dataset) -> dict[str, float]:
    """What a job has to do, by the names that :mod:`.costs` uses.

    Numbers of frames are those of the job's own video, recording or chunk, else of all recordings;
    pixels are in millions, as are the products of points that a map compares.
    """
    names = _inner(job.log)
    found = _frames(names, data) | _map(names, data) | _network(names, data)
    found |= _images(found, data)
    return found


def _inner(log: Path) -> tuple[str, ...]:
    """The path of a log below ``results/<dataset>/logs`` without its suffix."""
    parts = log.with_name(log.name.removesuffix(".log")).parts
    inner = parts[parts.index("logs") + 1 :]
    # a file of an export has its suffix in the name of its log
    bare = inner[-1].partition(".")[0]
    return inner if bare == inner[-1] else (*inner, bare)


def _frames(names: tuple[str, ...], data: Dataset) -> dict[str, float]:
    settings, recordings = data.settings, data.settings.recordings
    own = [name for name in names if name in recordings]
    films = [name for name in names if name in data.footage]
    if own:
        scope, videos = own[:1], [recordings[own[0]][0]]
    elif films:
        videos = films[:1]
        scope = [name for name, (video, _) in recordings.items() if video in videos]
    else:
        scope, videos = list(recordings), list(data.footage)
    part = re.fullmatch(r"\d+-of-(\d+)", names[-1])
    share = 1 / int(part[1]) if part else 1.0
    shot = [data.footage[name] for name in videos]
    frames = sum(map(data.length, scope)) * share
    movies = {movie.name: movie.stop - movie.start for movie in settings.figures.movies}
    return {
        "one": 1.0,
        "recordings": len(scope),
        "frames": frames,
        "video_frames": sum(size.frames for size in shot),
        "video_pixels": sum(size.frames * size.width * size.height for size in shot) / 1e6,
        "stills_pixels": sum(map(_stills, shot)),
        "frame_pixels": max((s.width * s.height for s in shot), default=0) / 1e6,
        "animal_frames": sum(
            s.frames * settings.video(v).animals for v, s in zip(videos, shot, strict=True)
        )
        * share,
        "crop_pixels": frames * settings.crop.size**2 / 1e6,
        "longest": max(map(data.length, scope), default=0),
        "sampled": sum(min(settings.sampling.per_video, data.length(name)) for name in scope),
        "gait_frames": sum(min(settings.gait.bout_frames, data.length(name)) for name in scope)
        * settings.gait.restarts,
        "pixel_frames": sum(
            min(settings.pixels.per_recording, data.length(name)) for name in scope
        ),
        "movie_frames": movies.get(names[-1], settings.figures.movie_frames),
        "bytes_read": sum(size.bytes for size in shot) / 1e6,
    }


def _stills(size: Size) -> float:
    """Millions of pixels of the frames that an audit keeps."""
    pixels = size.width * size.height
    count = min(STILLS, size.frames, max(5, STILLS_PX // max(1, pixels)))
    return count * pixels / 1e6


def _images(found: dict[str, float], data: Dataset) -> dict[str, float]:
    """What depends on how animals are filmed, found and cut out."""
    settings = data.settings
    side = settings.crop.size**2 / 1e6
    recipe, background = settings.track.recipe, settings.crop.background
    more = max(0.0, found["video_pixels"] - found["video_frames"] * BOX_PX / 1e6)
    drawn = settings.sampling.clusters * settings.sampling.per_cluster
    kept = ("keep", "remove") if background == "both" else (background,)
    stored = settings.crop.store
    pixels = found["video_pixels"] / max(1, found["video_frames"])  # of a frame, in millions
    views = found["views"]
    return {
        f"synthetic.{settings.synthetic.animal}.frames": found["video_frames"],
        f"synthetic.{settings.synthetic.animal}.pixels": found["video_pixels"],
        f"track.{recipe}.frames": found["video_frames"],
        f"track.{recipe}.pixels": more,
        "masked_pixels": 0.0 if background == "keep" else found["crop_pixels"],
        # of a video that is decoded to store its crops, or again by all that look at all of them
        "cut_frames": found["video_frames"] if stored else 0.0,
        "cut_pixels": found["video_pixels"] if stored else 0.0,
        "again_listed": 0.0 if stored else found["video_frames"],
        "again_frames": 0.0 if stored else found["frames"],
        "again_pixels": 0.0 if stored else found["frames"] * pixels,
        "again_crops": 0.0 if stored else found["crop_pixels"],
        "packed_pixels": found["crop_pixels"] if stored else 0.0,
        "crop_block": BLOCK_FRAMES * side * len(kept) if stored else 0.0,
        "stored_pixels": found["crop_pixels"] * sum(STORED[n] for n in kept) if stored else 0.0,
        "sampled_pixels": found["sampled"] * side,
        "drawn_pixels": min(found["sampled"], drawn) * side,
        "component_pixels": settings.sampling.components * side,
        "part_frames": found["frames"] * data.parts / 1e3,
        "map_pixels": data.parts * side,
        "predicted": found["frames"] * views,
        "movie_views": found["movie_frames"] * views,
    }


def _settled(data: Dataset) -> Behavior:
    """Section ``behavior`` as it may come out, if every frame of every recording can be used."""
    settings = data.settings
    if not settings.behavior.auto:
        return settings.behavior
    videos = {name: settings.video(settings.recordings[name][0]) for name in data.mapped}
    rates = {name: video.fps or USUAL_FPS for name, video in videos.items()}
    frames = {name: data.length(name) for name in videos}
    if not sum(frames.values()):
        return settings.behavior
    seconds = sum(frames[name] / rate for name, rate in rates.items())
    found = choice.Footage(min(rates.values()), seconds, sum(frames.values()), len(frames))
    return choice.settled(settings.behavior, found)


def _map(names: tuple[str, ...], data: Dataset) -> dict[str, float]:
    """Points of the maps: of a recording's own, of the joint one, and what is placed on it."""
    behavior = _settled(data)
    pixels = names[0] == "pixels"
    channels = data.settings.pixels.modes if pixels else 2 * (data.parts - 1)
    width = channels * behavior.frequencies  # of a row of features
    mapped = data.mapped
    share = max(1, behavior.total // max(1, len(mapped)))
    own = [name for name in names if name in data.settings.recordings] or mapped
    first = [_first_map(data.length(name), share, behavior.per_recording) for name in own]
    half = [_first_map(data.length(name) // 2, share, behavior.per_recording) for name in mapped]
    joint = sum(min(share, data.length(name)) for name in mapped)
    placed = sum(min(MOST_PLACED, data.length(name)) for name in mapped)
    refits, fewer = behavior.refits, max(1, behavior.total // 2 // max(1, len(mapped)))
    again = [_first_map(data.length(n) // 2, fewer, behavior.per_recording) for n in mapped]
    again.append(sum(min(fewer, data.length(name) // 2) for name in mapped))
    return {
        "features": sum(map(data.length, own)) * width / 1e6,
        "kept_features": sum(min(share, data.length(name)) for name in own) * width / 1e6,
        "own_features": max(
            (min(max(behavior.per_recording, share), data.length(n)) for n in own), default=0
        )
        * width
        / 1e6,
        "own_maps": sum(n > 0 for n in first),
        "own_points": sum(first),
        "own_pairs": sum(n * n for n in first) * width / 1e9,
        "half_points": sum(half),
        "half_pairs": sum(n * n for n in half) * width / 1e9,
        "joint_points": joint,
        "joint_pairs": joint * joint * width / 1e9,
        "joint_features": joint * width / 1e6,
        "placed_frames": placed,
        "refits": refits,
        "refit_points": refits * sum(again),
        "refit_pairs": refits * sum(n * n for n in again) * width / 1e9,
        "refit_features": refits * sum(map(data.length, mapped)) * width / 1e6,
        "refit_placed_pairs": refits * REFIT_PLACED * again[-1] * width / 1e9,
        "placed_pairs": placed * joint * width / 1e9,
        "own_placed_pairs": sum(map(data.length, own)) * joint * width / 1e9,
        "bins": behavior.bins**2 / 1e6,
        "values": sum(map(data.length, own)) * channels / 1e6,
        "longest_values": max(map(data.length, own), default=0) * channels / 1e6,
    }


def _first_map(frames: int, share: int, points: int) -> int:
    """Points of a recording's own map; none where all frames are taken without one."""
    chosen = min(frames, max(points, share))
    return chosen if chosen > share else 0


def _network(names: tuple[str, ...], data: Dataset) -> dict[str, float]:
    """Images that a network learns from and looks at."""
    settings = data.settings
    training, views = settings.training, 1 + settings.prediction.mirror
    views *= 1 + len(settings.prediction.turns)
    epochs, looks = training.epochs, 1
    if names[0] == "experiments":
        if names[1] == "labels":
            epochs = settings.experiments.fast_epochs
        looks = epochs if names[1] == "epochs" else looks
        looks = len(settings.experiments.rotations) if names[1] == "rotations" else looks
    if names[0] == "propose":
        epochs = epochs if names[-1] == "config" else min(epochs, 10)
    labels = settings.labels.truth or 500  # of files their number is known once they are imported
    return {
        "learned": epochs * training.batches * training.batch_size,
        "checked": epochs * training.validation_batches * training.batch_size,
        "views": views,
        "judged": labels * settings.split.test * looks * views,
        "labels": labels,
        "label_pixels": labels * settings.crop.size**2 / 1e6,
        "weights": float(settings.model.filters) ** 2 / 1e3,
    }
