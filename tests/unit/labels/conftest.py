"""The published labels of the fly."""

import pytest

from leap_core import labels

# --- report, exclusions ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def fly(data, fly32):
    """The 70 real images as they are."""
    return labels.read(data / "fly_leap/fly_annotations_000-069.h5", fly32, "auto", None, "fly")
