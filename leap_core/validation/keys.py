"""What is measured against the truth, in which units, and what counts as good enough."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Key:
    """One measure.

    Attributes:
        name: key in ``validation.json`` and ``validation.csv``.
        what: one short sentence.
        units: "" for shares and counts without unit.
        target: bound, None = reported only.
        better: "lower", "higher", or "zero" (the absolute value is held against the target).
    """

    name: str
    what: str
    units: str = ""
    target: float | None = None
    better: str = "lower"

    def verdict(self, value: float) -> bool | None:
        """Whether the target is met; None without target or without anything to compare (NaN).

        >>> Key("x", "", "px", 1.5).verdict(1.6), Key("x", "").verdict(1.6)
        (False, None)
        """
        if self.target is None or np.isnan(value):
            return None
        if self.better == "higher":
            return bool(value >= self.target)
        return bool((abs(value) if self.better == "zero" else value) <= self.target)

    def entry(self, value: float) -> dict:
        """The key's entry in ``validation.json``."""
        return {
            "value": float(value),
            "target": self.target,
            "pass": self.verdict(float(value)),
            "units": self.units,
            "what": self.what,
            "better": self.better,
        }


KEYS = (
    Key(
        "frames_with_pose",
        "Share of frames tracked and decoded, contact left out.",
        "",
        0.99,
        "higher",
    ),
    Key("contact_with_pose", "Share of frames in contact tracked and decoded.", better="higher"),
    Key("pose_median_px", "Median distance of a part from its true place.", "px", 1.5),
    Key("pose_within_5px", "Share of parts within 5 px of their true place.", "", 0.90, "higher"),
    Key("pose_within_2_5px", "Share of parts within 2.5 px of their true place.", better="higher"),
    Key(
        "confidence_error",
        "Mean gap between a part's confidence and the share of such parts within 2.5 px.",
        "",
        0.03,
    ),
    Key(
        "far_doubted",
        "Share of parts off by more than 5 px that are called doubtful.",
        "",
        0.8,
        "higher",
    ),
    Key("near_doubted", "Share of parts within 2.5 px that are called doubtful.", "", 0.03),
    Key(
        "tail_base_within_5px",
        "Share of frames with the base of the tail within 5 px of its true place.",
        "",
        0.95,
        "higher",
    ),
    Key("heading_median_deg", "Median angle between measured and true heading.", "deg", 2.0),
    Key("heading_flips", "Frames with the heading off by more than 90 degrees.", "frames", 0),
    Key("swaps_apart", "Exchanges of names with no contact in between.", "", 0),
    Key("swaps_contact_per_min", "Exchanges of names for each minute of contact.", "/min", 1.0),
    Key(
        "speed_error_mm_s",
        "Median absolute error of forward velocity while walking.",
        "mm/s",
        1.0,
    ),
    Key(
        "stance_accuracy",
        "Share of leg-frames while walking with the true swing or stance.",
        "",
        0.96,
        "higher",
    ),
    Key(
        "stance_accuracy_turn",
        "Share of leg-frames in turns with the true swing or stance.",
        better="higher",
    ),
    Key("walking_false", "Share of truly still frames that are called walking.", "", 0.02),
    Key(
        "swing_duration_bias_frames",
        "Mean duration of whole swings minus the true mean, worst kind of walk.",
        "frames",
        1.0,
        "zero",
    ),
    Key(
        "stance_duration_bias_frames",
        "Mean duration of whole stances minus the true mean, worst kind of walk.",
        "frames",
        1.0,
        "zero",
    ),
    Key(
        "leg_frequency_error_hz",
        "Median absolute error of a leg's steps per second, by walking bout.",
        "Hz",
        0.3,
    ),
    Key(
        "gait_accuracy",
        "Share of walking frames with the true gait mode.",
        "",
        0.95,
        "higher",
    ),
    Key("gait_missing", "Share of walking frames without a gait mode."),
    Key(
        "behavior_nmi",
        "Normalised mutual information of behavior and map region.",
        "",
        0.85,
        "higher",
    ),
    Key("behavior_no_data", "Share of frames without a place on the map.", "", 0.05),
    Key("behavior_between", "Share of frames on the map between its regions."),
    Key(
        "behavior_own_region",
        "Share of behaviors (of those above 2 % of the time) with a region of their own.",
        "",
        1,
        "higher",
    ),
    Key(
        "left_right_wing_apart",
        "1 if left and right wing grooming have regions of their own.",
        "",
        1,
        "higher",
    ),
)

# what differs where a video shows several animals.  Chasing is walking to a map of one animal's
# poses, and where one covers the other there is nothing to map
SEVERAL = {
    "heading_median_deg": 3.0,
    "behavior_nmi": None,
    "behavior_no_data": None,
    "behavior_own_region": None,
    "left_right_wing_apart": None,
}

# what differs where an animal has a tail: a mouse turns its head without its trunk
TAILED = {"heading_median_deg": 3.0}


def of_animals(
    several: bool = False, tailed: bool = False, min_speed: float = 2.0
) -> tuple[Key, ...]:
    """The keys with their targets for videos of one animal, of several, or of one with a tail.

    Args:
        min_speed: mm/s, from which it walks; its speed may be off by half of that.
    """
    other: dict[str, float | None] = {"speed_error_mm_s": min_speed / 2}
    other |= (SEVERAL if several else {}) | (TAILED if tailed else {})
    return tuple(replace(key, target=other.get(key.name, key.target)) for key in KEYS)
