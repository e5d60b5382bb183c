"""The same labels on images without background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from leap_core.containers import CropReader, Labels, Sample
from leap_core.errors import UserError


def masked(
    labels: Labels, sample: Sample, crops: Mapping[str, CropReader], source: Any = "labels"
) -> Labels:
    """Labels whose images are replaced by crops without background.

    Which frame a labeled image shows is known from its pixels: those of a sampled frame.

    Args:
        sample: the frames that were chosen for labeling, with their background.
        crops: of each recording those without background.
        source: name of the labels for messages.

    Raises:
        UserError: an image that is none of the sampled frames; names its file and row.
    """
    known = {image.tobytes(): k for k, image in enumerate(sample.images)}
    images = np.empty_like(labels.images)
    for row, image in enumerate(labels.images):
        found = known.get(image.tobytes())
        if found is None:
            raise UserError(
                f"{source}: image {labels.frame[row]} of {labels.source[row]} is none of the "
                "sampled frames, so that its background is not known; set `crop.background: keep` "
                "or label frames that were exported from this dataset"
            )
        reader = crops[str(sample.source[found])]
        at = int(np.searchsorted(reader.frame, sample.frame[found]))
        images[row] = reader.images[at]
    return replace(labels, images=images)
