"""Decode a whole video once and say what is in it, before anything is built on it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from tqdm import tqdm

from leap_core import video


def audit(path: str | Path) -> dict[str, Any]:
    """Decode and count every frame.

    Returns:
        ``frames`` in the file, ``decoded``, ``unreadable`` (their indices), ``fps``, ``width``,
        ``height``, ``codec``, ``pixel_format``, ``promised`` (frames that the container's index
        names; 0 = none) and ``content_sha256`` of the decoded grey pixels in order.

    Raises:
        UserError: as :func:`leap_core.video.probe`, or no frame can be decoded.
    """
    info = video.probe(path)
    digest = hashlib.sha256()
    unreadable = []
    frames = video.read_frames(path, info)
    for k, image in tqdm(frames, total=len(info), desc="audit", unit="frame", disable=None):
        if image is None:
            unreadable.append(k)
        else:
            digest.update(image.tobytes())
    return {
        "frames": len(info),
        "decoded": len(info) - len(unreadable),
        "unreadable": unreadable,
        "fps": info.fps,
        "width": info.width,
        "height": info.height,
        "codec": info.codec,
        "pixel_format": info.pixel_format,
        "promised": info.promised,
        "content_sha256": digest.hexdigest(),
    }
