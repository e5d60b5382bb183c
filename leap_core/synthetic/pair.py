"""Rendering two courting flies on a mesh: a video, and the truth of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as File

import numpy as np
from tqdm import tqdm

from leap_core import config, containers, threads
from leap_core.io import video
from leap_core.skeleton import Skeleton
from leap_core.synthetic import anatomy, courtship, lit, movie, path, picture
from leap_core.synthetic.anatomy import FPS, Fly
from leap_core.synthetic.movie import Motion

PAIR_PX_PER_MM = 30.0
_ZOOM = PAIR_PX_PER_MM / anatomy.PX_PER_MM  # px of the video per px of the reference fly
_SIZES = ((1.0, 1.06), (0.80, 0.86))  # female, male, relative to the reference fly
_FOLDED = (-0.13, -0.05)  # rad: wings lie on one another
_SEDATE = 0.7  # of a single fly's pace: hers
# half widths of a trunk along it, px of the reference fly: tail, abdomen, thorax, neck, head
_TRUNK = ((-47.0, 4.0), (-38.0, 11.0), (-22.0, 15.0), (0.0, 15.0), (15.0, 17.0), (31.0, 11.0),
          (38.0, 14.0), (46.0, 8.0))  # fmt: skip
_TOUCH = 1.0  # px of the video between two trunks that touch


@dataclass(frozen=True)
class Animal:
    """One of the two.

    Attributes:
        motion: places in px of the video, ``speed`` along its heading.
        fly: its ``scale`` counts from the reference fly to px of the video.
    """

    motion: Motion
    fly: Fly
    look: lit.Look


def simulate(settings: config.Synthetic, rng: np.random.Generator) -> tuple[Animal, Animal]:
    """Let a female and a male live for some frames: the female first."""
    side = settings.size / _ZOOM
    flies = [
        replace(
            anatomy.individual(rng),
            scale=float(rng.uniform(*sizes)),
            wing_spread=tuple(rng.uniform(*_FOLDED, 2)),
        )
        for sizes in _SIZES
    ]
    her, him = replace(flies[0], pace=_SEDATE * flies[0].pace), flies[1]
    route = path.walk(settings.frames, side, path.MARGIN_PX * her.scale, her, rng)
    suit = courtship.court(route, him, side, rng)
    at = slice(path.SUBSTEPS - 1, None, path.SUBSTEPS)
    motions = [movie.embody(route, her, rng), movie.embody(suit.path, him, rng)]
    motions[1] = replace(
        motions[1], speed=suit.forward[at], wings=motions[1].wings + suit.wings[at]
    )
    animals = []
    for motion, fly, female in zip(motions, (her, him), (True, False), strict=True):
        shown = replace(fly, scale=fly.scale * _ZOOM)
        place = (motion.position + 0.5) * _ZOOM - 0.5
        look = lit.look(shown, lit.tones(female, rng))
        animals.append(Animal(replace(motion, position=place), shown, look))
    return animals[0], animals[1]


def touching(one: Animal, other: Animal) -> np.ndarray:
    """(frame,) bool: their trunks are no farther than a pixel apart, or one is on the other."""
    near = np.zeros(len(one.motion.heading), bool)
    discs = [_trunk(animal) for animal in (one, other)]
    for spots, radius in zip(*discs[0], strict=True):
        for spots2, radius2 in zip(*discs[1], strict=True):
            near |= np.linalg.norm(spots - spots2, axis=1) < radius + radius2 + _TOUCH
    return near


def _trunk(animal: Animal) -> tuple[np.ndarray, np.ndarray]:
    """Discs along a trunk: middles (disc, frame, xy) and radii (disc,), px."""
    motion, fly = animal.motion, animal.fly
    known, wide = np.array(_TRUNK).T
    along = np.linspace(known[0], known[-1], 24)
    radii = np.interp(along, known, wide) * fly.scale
    spots = []
    for x in along:
        yaw = motion.abdomen_yaw if x < 0 else motion.head_yaw if x > anatomy.NECK[0] else 0.0
        pivot = anatomy.NECK if x > anatomy.NECK[0] else (0.0, 0.0)
        still = np.zeros(len(motion.heading))
        spot = anatomy.turned(np.array([x, 0.0]), yaw + still, pivot) * fly.scale
        spots.append(anatomy.turned(spot, motion.heading) + motion.position)
    return np.array(spots), radii


def images(
    female: Animal, male: Animal, size: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """What the camera sees: images (y, x) uint8, one per frame; he is on top."""
    empty = lit.mesh(size, female.fly, rng)
    joints = [anatomy.leg_joints(animal.motion.tips) for animal in (female, male)]
    for k in range(len(female.motion.heading)):
        frame = empty.view((0, 0), size, rng)
        for animal, legs in zip((female, male), joints, strict=True):
            motion = animal.motion
            pose = picture.Pose(
                position=motion.position[k],
                heading=motion.heading[k],
                head_yaw=motion.head_yaw[k],
                abdomen_yaw=motion.abdomen_yaw[k],
                wings=motion.wings[k],
                joints=legs[k],
            )
            lit.paint(frame, animal.look, pose)
        yield frame


def truths(female: Animal, male: Animal, skeleton: Skeleton) -> list[containers.Truth]:
    """The truth of both, hers first."""
    contact = touching(female, male)
    return [
        replace(
            movie.truth(animal.motion, animal.fly, skeleton),
            contact=contact,
            behaviors=list(courtship.PAIR_BEHAVIORS),
            px_per_mm=PAIR_PX_PER_MM,
        )
        for animal in (female, male)
    ]


@threads.limited()
def render(
    video_path: str | File,
    truth_paths: Sequence[str | File],
    seed: int,
    config: config.Synthetic,
    skeleton: Skeleton,
    provenance: dict | None = None,
) -> None:
    """Write the video of a pair (H.264, grey, 100 fps, 30 px/mm) and the truth of each.

    Args:
        truth_paths: of the female and of the male.
        seed: equal seeds give equal files; different seeds give different individuals.
        skeleton: parts and legs to report, by name (those of ``config/skeletons/fly32.yaml``).

    Raises:
        UserError: the image is too small, or the skeleton has parts that flies have not.
    """
    anatomy.check(skeleton)
    config.check_size()
    size = config.size - config.size % 2
    rng = np.random.default_rng(seed)
    female, male = simulate(replace(config, size=size), rng)
    frames = images(female, male, size, rng)
    progress = tqdm(frames, total=config.frames, desc="render", unit="frame", disable=None)
    video.write_video(video_path, progress, fps=FPS, crf=18)
    for file, truth in zip(truth_paths, truths(female, male, skeleton), strict=True):
        truth.write(file, provenance)
