"""Rendering one simulated mouse: a video and the truth beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as File

import numpy as np
from tqdm import tqdm

from leap_core import config, containers, threads
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.skeleton import Skeleton
from leap_core.synthetic.mouse import anatomy, glass, paws, picture, route, tail
from leap_core.synthetic.mouse.anatomy import BEHAVIORS, CHEST, FPS, HIP, LEGS, VIEW_MM, Mouse
from leap_core.synthetic.mouse.route import SUBSTEPS


@dataclass(frozen=True)
class Motion:
    """Everything that moves, per frame; places are mm from the middle of the arena.

    Attributes:
        behavior: (frame,) index into BEHAVIORS.
        spine: (frame, point, xyz); yaw: (frame, point) rad.
        tail: (frame, point, xy).
        joints: (frame, leg, 3, xy); feet: (frame, leg) rad, where paws point.
        lifted: (frame, leg) mm; stance: (frame, leg) bool.
    """

    behavior: np.ndarray
    spine: np.ndarray
    yaw: np.ndarray
    tail: np.ndarray
    joints: np.ndarray
    feet: np.ndarray
    lifted: np.ndarray
    stance: np.ndarray


def simulate(frames: int, mouse: Mouse, rng: np.random.Generator) -> Motion:
    """Let the mouse live for some frames."""
    way = route.live(frames, mouse, rng)
    spine, yaw = anatomy.spines(way.posture, mouse)
    spine[..., :2] += way.hips[:, None]
    bearing = [CHEST if leg[1] == "F" else HIP for leg in LEGS]
    girdles, directions = spine[:, bearing, :2], yaw[:, bearing]
    steps = paws.walk(way, girdles, directions, mouse, rng)
    at = slice(SUBSTEPS - 1, None, SUBSTEPS)
    spine, yaw, girdles, directions = spine[at], yaw[at], girdles[at], directions[at]
    return Motion(
        behavior=way.behavior[at],
        spine=spine,
        yaw=yaw,
        tail=tail.follow(spine[:, 0, :2], yaw[:, 0] + np.pi, mouse, rng),
        joints=anatomy.legs(girdles, directions, steps.place, mouse),
        feet=anatomy.foot_direction(directions),
        lifted=steps.height,
        stance=steps.stance,
    )


def truth(motion: Motion, size: int, skeleton: Skeleton) -> containers.Truth:
    """The motion as a truth file: px of the video, heading from the tail's base to the snout."""
    scale = size / VIEW_MM
    known = anatomy.parts(motion.spine[..., :2], motion.tail, motion.joints)
    positions = np.stack([known[name] for name in skeleton.parts], 1)
    along = known["snout"] - known["tailbase"]
    heading = np.unwrap(np.arctan2(along[:, 1], along[:, 0]))
    middle = (known["snout"] + known["tailbase"]) / 2
    moves = np.gradient(motion.spine[:, CHEST, :2], 1 / FPS, axis=0)
    forward = moves[:, 0] * np.cos(heading) + moves[:, 1] * np.sin(heading)
    columns = [LEGS.index(leg) for leg in skeleton.legs]
    return containers.Truth(
        positions=positions * scale + (size - 1) / 2,
        centroid=middle * scale + (size - 1) / 2,
        heading=heading,
        forward_velocity=forward,
        stance=motion.stance[:, columns],
        gait=np.full(len(heading), -1, np.int8),
        behavior=motion.behavior,
        behaviors=list(BEHAVIORS),
        legs=list(skeleton.legs),
        skeleton=skeleton,
        fps=FPS,
        px_per_mm=scale,
    )


def images(
    motion: Motion, size: int, mouse: Mouse, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """What the camera sees: images (y, x) uint8, one per frame."""
    look, arena = picture.groom(mouse, rng), glass.build(size, rng)
    for k in range(len(motion.spine)):
        pose = picture.Pose(
            spine=motion.spine[k],
            yaw=motion.yaw[k],
            tail=motion.tail[k],
            joints=motion.joints[k],
            lifted=motion.lifted[k],
            feet=motion.feet[k],
        )
        frame = arena.floor.copy()
        picture.paint(frame, pose, look, arena)
        yield arena.shaken(frame, rng)


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
    """Write the video of one synthetic mouse (H.264, grey, 50 fps) and its truth.

    Args:
        seed: equal seeds give equal files; different seeds give different individuals.
        config: number of frames, and side of the image, which shows 416 mm.
        skeleton: parts and legs to report, by name (those of ``config/skeletons/mouse16.yaml``).
        camera_path: none; the camera stands still.

    Raises:
        UserError: the image is too small, the skeleton has parts that this mouse has not, or a
            camera track is asked for.
    """
    anatomy.check(skeleton)
    config.check_size()
    if camera_path is not None:
        raise UserError(
            "synthetic.animal mouse: its camera stands still; give no path for a camera track"
        )
    size = config.size - config.size % 2
    rng = np.random.default_rng(seed)
    mouse = anatomy.individual(rng)
    motion = simulate(config.frames, mouse, rng)
    frames = images(motion, size, mouse, rng)
    progress = tqdm(frames, total=config.frames, desc="render", unit="frame", disable=None)
    video.write_video(video_path, progress, fps=FPS, crf=18)
    truth(motion, size, skeleton).write(truth_path, provenance)
