"""Rendering one simulated fly: a video and the truth beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path as File

import numpy as np
from tqdm import tqdm

from leap_core import config, containers, threads
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.skeleton import Skeleton
from leap_core.synthetic import anatomy, camera, coordination, grooming, legs, path, picture, scene
from leap_core.synthetic.anatomy import BEHAVIORS, FPS, LEGS, PX_PER_MM, Fly

_SLOWEST_WALK = 2.0  # mm/s (paper, Methods: Gait analysis)


@dataclass(frozen=True)
class Motion:
    """Everything that moves, per frame.

    Attributes:
        behavior: (frame,); position: (frame, xy) px of the arena; heading: (frame,) rad of the
            thorax; speed: (frame,) mm/s.
        tips: (frame, leg, xy) body frame, px of the reference fly; stance: (frame, leg).
        gait: (frame,) index into GAITS, -1 = not walking.
        head_yaw, abdomen_yaw: (frame,) rad; wings: (frame, 2) rad.
        camera: (frame, xy) int px, corner of the image in the arena; None = it stands still.
    """

    behavior: np.ndarray
    position: np.ndarray
    heading: np.ndarray
    speed: np.ndarray
    tips: np.ndarray
    stance: np.ndarray
    gait: np.ndarray
    head_yaw: np.ndarray
    abdomen_yaw: np.ndarray
    wings: np.ndarray
    camera: np.ndarray | None


def simulate(settings: config.Synthetic, fly: Fly, rng: np.random.Generator) -> Motion:
    """Let the fly live for some frames, before the camera that the settings name."""
    closed_loop = settings.camera == "closed_loop"
    if closed_loop:  # the box, too, stays in the arena
        side, margin = camera.ARENA_SIDE, settings.size / 2 + 12
    else:
        side, margin = settings.size, path.MARGIN_PX * fly.scale
    route = path.walk(settings.frames, side, margin, fly, rng)
    motion = embody(route, fly, rng)
    if closed_loop:
        motion = replace(motion, camera=camera.follow(motion.position, settings.size, rng))
    return motion


def embody(route: path.Path, fly: Fly, rng: np.random.Generator) -> Motion:
    """Legs, wings, head and abdomen of a fly that goes along a path, before a fixed camera."""
    phase = coordination.phases(route, rng)
    strokes = grooming.strokes(route.behavior, rng)
    lifts = coordination.lifts(phase, route)
    tips, stance = legs.feet(route, lifts, strokes.tips, fly, rng)
    at = slice(path.SUBSTEPS - 1, None, path.SUBSTEPS)
    behavior, speed, turning = route.behavior[at], route.speed[at], route.turning[at]
    moves = np.isin(behavior, [k for k, b in enumerate(BEHAVIORS) if b[:4] in ("walk", "turn")])
    walking = moves & (speed > _SLOWEST_WALK)

    def sway(sd: float, tau: float) -> np.ndarray:
        return path.wander(len(behavior), sd, tau, 1 / FPS, rng)

    # head and abdomen follow a turn: the head leads into it, the abdomen trails
    return Motion(
        behavior=behavior,
        position=route.position[at],
        heading=route.heading[at],
        speed=speed,
        tips=tips,
        stance=stance,
        gait=np.where(walking, coordination.gait(phase), -1).astype(np.int8),
        head_yaw=0.012 * turning + sway(0.02, 0.3) + strokes.head[at],
        abdomen_yaw=-0.008 * turning + sway(0.008, 0.5) + strokes.abdomen[at],
        wings=np.stack([sway(0.015, 0.8), sway(0.015, 0.8)], -1) + strokes.wings[at],
        camera=None,
    )


def truth(motion: Motion, fly: Fly, skeleton: Skeleton) -> containers.Truth:
    """The motion as a truth file: positions in arena px, heading from abdomen to head."""
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
        gait=motion.gait,
        behavior=motion.behavior,
        camera=motion.camera,
        gaits=list(coordination.GAITS),
        behaviors=list(BEHAVIORS),
        legs=list(skeleton.legs),
        skeleton=skeleton,
        fps=FPS,
        px_per_mm=PX_PER_MM,
    )


def images(motion: Motion, size: int, fly: Fly, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """What the camera sees: images (y, x) uint8, one per frame."""
    drawn, empty = picture.layers(fly), scene.build(fly, rng)
    joints = anatomy.leg_joints(motion.tips)
    for k in range(len(motion.position)):
        corner = (0, 0) if motion.camera is None else motion.camera[k]
        pose = picture.Pose(
            position=motion.position[k] - corner,
            heading=motion.heading[k],
            head_yaw=motion.head_yaw[k],
            abdomen_yaw=motion.abdomen_yaw[k],
            wings=motion.wings[k],
            joints=joints[k],
        )
        frame = empty.view(corner, size, rng)
        picture.paint(frame, fly, drawn, pose)
        yield frame


@threads.limited()
def render(
    video_path: str | File,
    truth_path: str | File,
    seed: int,
    config: config.Synthetic,
    skeleton: Skeleton,
    provenance: dict | None = None,
    camera_path: str | File | None = None,
) -> None:
    """Write the video of one synthetic fly (H.264, grey, 100 fps, 35 px/mm) and its truth.

    Args:
        seed: equal seeds give equal files; different seeds give different individuals.
        config: number of frames, camera, and side of the image.
        skeleton: parts and legs to report, by name (those of ``config/skeletons/fly32.yaml``).
        camera_path: CSV (frame, x, y) of the box's corner, for a camera that follows the fly.

    Raises:
        UserError: the image is too small, the skeleton has parts that this fly has not, or a
            camera track is asked of a camera that stands still, or missing for one that moves.
    """
    anatomy.check(skeleton)
    config.check_size()
    size = config.size - config.size % 2
    if (camera_path is not None) != (config.camera == "closed_loop"):
        raise UserError(
            f"synthetic.camera {config.camera}: a camera track goes with closed_loop, and only "
            "with it; give or leave out its path"
        )
    rng = np.random.default_rng(seed)
    fly = anatomy.individual(rng)
    settings = replace(config, size=size)
    motion = simulate(settings, fly, rng)
    frames = images(motion, size, fly, rng)
    progress = tqdm(frames, total=settings.frames, desc="render", unit="frame", disable=None)
    video.write_video(video_path, progress, fps=FPS, crf=18)
    truth(motion, fly, skeleton).write(truth_path, provenance)
    if camera_path is not None:
        assert motion.camera is not None  # closed_loop, as checked above
        camera.write(camera_path, motion.camera)
