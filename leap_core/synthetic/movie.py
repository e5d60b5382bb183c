"""Rendering one simulated fly: a video and the truth beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as File

import cv2
import numpy as np
from tqdm import tqdm

from leap_core import config, containers, video
from leap_core.errors import UserError
from leap_core.skeleton import Skeleton
from leap_core.synthetic import anatomy, legs, path, picture
from leap_core.synthetic.anatomy import BEHAVIORS, FPS, LEGS, PX_PER_MM, Fly

SMALLEST = 288  # px; in smaller arenas the fly, which has to turn, sticks out of the image
_NOISE = 1.2  # grey levels


@dataclass(frozen=True)
class Motion:
    """Everything that moves, per frame.

    Attributes:
        behavior: (frame,); position: (frame, xy) px; heading: (frame,) rad of the thorax.
        speed: (frame,) mm/s; tips: (frame, leg, xy) body frame; stance: (frame, leg).
        head_yaw, abdomen_yaw: (frame,) rad; wings: (frame, 2) rad.
    """

    behavior: np.ndarray
    position: np.ndarray
    heading: np.ndarray
    speed: np.ndarray
    tips: np.ndarray
    stance: np.ndarray
    head_yaw: np.ndarray
    abdomen_yaw: np.ndarray
    wings: np.ndarray


def simulate(frames: int, size: int, fly: Fly, rng: np.random.Generator) -> Motion:
    """Let the fly live for some frames in an arena of ``size`` px."""
    route = path.walk(frames, size, fly, rng)
    groom = BEHAVIORS.index("groom_front")
    tips, stance = legs.walk_feet(route, fly, rng, groom)
    at = slice(path.SUBSTEPS - 1, None, path.SUBSTEPS)
    turning = route.turning[at]

    def sway(sd: float, tau: float) -> np.ndarray:
        return path.wander(frames, sd, tau, 1 / FPS, rng)

    return Motion(
        behavior=route.behavior[at],
        position=route.position[at],
        heading=route.heading[at],
        speed=route.speed[at],
        tips=tips,
        stance=stance,
        # head and abdomen follow a turn: the head leads into it, the abdomen trails
        head_yaw=0.012 * turning + sway(0.02, 0.3),
        abdomen_yaw=-0.004 * turning + sway(0.008, 0.5),
        wings=np.stack([sway(0.015, 0.8), sway(0.015, 0.8)], -1),
    )


def truth(motion: Motion, fly: Fly, skeleton: Skeleton) -> containers.Truth:
    """The motion as a truth file: positions in video px, heading from abdomen to head."""
    parts = anatomy.body_parts(fly, motion.tips, motion.head_yaw, motion.abdomen_yaw, motion.wings)
    body = np.stack([parts[name] for name in skeleton.parts], 1) * fly.scale
    positions = anatomy.turned(body, motion.heading[:, None]) + motion.position[:, None]
    x, y = (parts["head"] - parts["abdomen"]).T
    bend = np.arctan2(y, x)
    columns = [LEGS.index(leg) for leg in skeleton.legs]
    return containers.Truth(
        positions=positions,
        centroid=motion.position,
        heading=motion.heading + bend,
        forward_velocity=motion.speed * np.cos(bend),
        stance=motion.stance[:, columns],
        behavior=motion.behavior,
        behaviors=list(BEHAVIORS),
        legs=list(skeleton.legs),
        skeleton=skeleton,
        fps=FPS,
        px_per_mm=PX_PER_MM,
    )


def floor(size: int, fly: Fly, rng: np.random.Generator) -> np.ndarray:
    """The empty arena (y, x) float32: uneven light, dust, and hairs."""
    coarse = rng.normal(0, 1.0, (6, 6)).astype(np.float32)
    image = fly.floor + cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    dust = np.zeros((size, size), np.uint8)
    for _ in range(int(size * size / 6000)):
        x, y = rng.uniform(0, size, 2)
        reach = rng.uniform(0, 5) if rng.random() < 0.85 else 14.0
        turn = rng.uniform(0, np.pi)
        steps = [np.array([x, y])]
        for _ in range(3):
            turn += rng.normal(0, 0.6)
            steps.append(steps[-1] + reach / 3 * np.array([np.cos(turn), np.sin(turn)]))
        line = np.rint(np.array(steps) * 16).astype(np.int32)
        cv2.polylines(dust, [line], False, int(rng.uniform(15, 55)), 1, cv2.LINE_AA, 4)
    return image + cv2.GaussianBlur(dust.astype(np.float32), (0, 0), 0.8)


def images(motion: Motion, size: int, fly: Fly, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Arena images (y, x) uint8, one per frame."""
    drawn = picture.layers(fly)
    empty = floor(size, fly, rng).astype(np.float32)
    slack = 61
    # one field of sensor noise, shifted at random from frame to frame
    noise = rng.normal(0, _NOISE, (size + slack, size + slack)).astype(np.float32)
    joints = anatomy.leg_joints(motion.tips)
    for k in range(len(motion.position)):
        pose = picture.Pose(
            position=motion.position[k],
            heading=motion.heading[k],
            head_yaw=motion.head_yaw[k],
            abdomen_yaw=motion.abdomen_yaw[k],
            wings=motion.wings[k],
            joints=joints[k],
        )
        dx, dy = rng.integers(0, slack, 2)
        frame = empty + noise[dy : dy + size, dx : dx + size]
        frame = cv2.convertScaleAbs(cv2.max(frame, 0.0))
        picture.paint(frame, fly, drawn, pose)
        yield frame


def render(
    video_path: str | File,
    truth_path: str | File,
    seed: int,
    config: config.Synthetic,
    skeleton: Skeleton,
    provenance: dict | None = None,
) -> None:
    """Write the video of one synthetic fly (H.264, grey, 100 fps, 35 px/mm) and its truth.

    Args:
        seed: equal seeds give equal files; different seeds give different individuals.
        config: number of frames and side of the arena.
        skeleton: parts and legs to report, by name (those of ``config/skeletons/fly32.yaml``).

    Raises:
        UserError: the arena is too small, or the skeleton has parts that this fly has not.
    """
    anatomy.check(skeleton)
    size = config.size - config.size % 2
    if size < SMALLEST:
        raise UserError(
            f"synthetic.size: {config.size} px cannot hold the fly; use at least {SMALLEST}"
        )
    rng = np.random.default_rng(seed)
    fly = anatomy.individual(rng)
    motion = simulate(config.frames, size, fly, rng)
    frames = images(motion, size, fly, rng)
    progress = tqdm(frames, total=config.frames, desc="render", unit="frame", disable=None)
    video.write_video(video_path, progress, fps=FPS, crf=18)
    truth(motion, fly, skeleton).write(truth_path, provenance)
