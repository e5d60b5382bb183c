"""What a job of each rule costs: the table of models.

A cost is a sum over what a job has to do (:mod:`.amounts`): seconds of the processor, MB of memory,
kB on the disk.  Seconds are those of the machine on which they were measured, and are scaled to
this one kind by kind (:mod:`.calibration`); seconds of a network's images are measured here.
A rule without a line in :data:`COSTS` costs what a figure costs if it draws one; any other is an
error of whoever adds a rule, and a test's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Seconds of `measure.kinds` where the table was measured: two cores with AVX-512, much other work.
REFERENCE = {"start": 0.29, "render": 0.56, "video": 0.98, "numbers": 1.0, "draw": 0.55}
# Memory is to be enough, whatever a page of a library more: a job gets this much above its model.
SPARE_MEMORY = 1.15
START_S = 0.22  # of the processor: Python, NumPy, h5py and the containers
PLAIN_MB = 62.0  # Python, NumPy and h5py
# on top of what the process of a measured network holds: labels, crops of a block, matplotlib
NETWORK_MB = 60.0
RECORD_KB = 9.0  # an output's record, its line in the manifest, its share of log and benchmark
Amounts = Mapping[str, float]


@dataclass(frozen=True)
class Cost:
    """The model of one rule.

    Attributes:
        stage: under which it is listed.
        kind: of work, by which its seconds are scaled: a key of :data:`REFERENCE`.
        cpu: amount -> seconds, beside the start of a program.
        memory: amount -> MB, beside :data:`PLAIN_MB`.
        disk: amount -> kB of its results.
        images: amount -> what a network does with so many images: learn, check or predict.
        measured: on what the numbers were measured.
    """

    stage: str
    kind: str
    cpu: Amounts = field(default_factory=dict)
    memory: Amounts = field(default_factory=dict)
    disk: Amounts = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    measured: str = "config/tiny.yaml and the same with 3,000 frames"


NETWORK = "this machine, this network"
SHORT, LONG = "config/tiny.yaml", "config/tiny.yaml and the same with 3,000 frames"
DEMOS = "config/tiny.yaml, config/demo_pair.yaml and config/demo_mouse.yaml"
MAPS = "1,000 to 6,000 random rows of 1,550 features; config/demo_pair.yaml"
# one way to find animals -> seconds a frame of 200 x 200 px, seconds a million pixels more
TRACKED = {
    "moments": (1.5e-3, 9.6e-3),
    "radon": (3.1e-3, 9.6e-3),
    "mesh": (2.5e-3, 6.2e-3),
    "mouse": (1.4e-3, 6e-3),
    "mouse_below": (3.9e-3, 15.6e-3),
    "precropped": (0.1e-3, 0.1e-3),
}
ALIGNED = "docs/alignment.md, on boxes of 200 x 200 px and whole arenas; demo_pair, demo_mouse"
# one animal -> seconds a frame, seconds a million pixels
RENDERED = {"fly": (2.4e-3, 16e-3), "pair": (9e-3, 15e-3), "mouse": (5e-3, 20e-3)}


# crops that are not stored: a job that takes all of them lists, decodes and cuts the video again.
# Of benchmarks/crop_codecs.py, between what two machines gave: such jobs are scaled by "numbers"
AGAIN = {
    "again_listed": 12e-6, "again_frames": 0.1e-3, "again_pixels": 1.6e-3, "again_crops": 3e-3,
}  # fmt: skip
AGAIN_MB = {"again_listed": 0.27e-3}


def by_name(table: Mapping[str, tuple[float, float]], prefix: str) -> dict[str, float]:
    """Amounts `<prefix>.<name>.frames` and `.pixels` of a table that depends on the config."""
    found: dict[str, float] = {}
    for name, (frame, pixels) in table.items():
        found |= {f"{prefix}.{name}.frames": frame, f"{prefix}.{name}.pixels": pixels}
    return found


def draws(
    seconds: float = 1.0, mb: float = 155, kb: float = 120, held: float = 0.0, **more: float
) -> Cost:
    """The cost of a figure; held: MB for each frame of all recordings that it holds at once."""
    cpu = {"one": seconds} | more
    return Cost(
        "figures",
        "draw",
        cpu,
        {"one": mb, "longest": 1.2e-3, "frames": held},
        {"one": kb},
        measured=DEMOS,
    )


FIGURE = draws()
# MB of a frame whose place and region are held, and of the rows of tables that it leaves behind
BEHAVIOR_MB, ROWS_MB = 0.04e-3, 0.01e-3
GAIT_FIGURE = draws(held=ROWS_MB)
FIGURES = {
    **dict.fromkeys([f"figure_fig3{k}" for k in ("a", "b", "c", "d", "e", "fg")], GAIT_FIGURE),
    "figure_coordination": GAIT_FIGURE,
    "figure_tracking": draws(1.0, 90, 150),
    "figure_alignment": draws(1.25, 85, 440),
    "figure_poses": draws(1.7, 95, 600),
    "figure_labels": draws(0.8, 110, 650, labels=7e-3),
    "figure_clips": draws(8.0, 430, 2600),
    "explore": draws(6.0, 150, 1600),
    "figure_stability": draws(1.7, 140, 300),
    "figure_refits": draws(1.7, 160, 250),
    "figure_validation": draws(1.9, 165, 420, frames=0.02e-3),
    "figure_fig4ch": draws(1.8, 230, 300),
    "figure_fig5c": draws(1.8, 215, 280),
    "figure_fig6": draws(1.8, 170, 540),
    "figure_figS3": draws(1.4, 140, 250),
    "figure_figS6": draws(2.6, 185, 360),
    "figure_training": draws(1.5, 155, 140),
    "figure_worst": draws(1.6, 175, 400),
    "figure_transitions": draws(1.9, 140, 250),
    "figure_ethogram": draws(1.0, 155, 100),
}
# movies are predicted and drawn frame by frame
MOVIE = Cost(
    "figures", "draw", {"one": 0.3, "movie_frames": 0.020}, {"one": 90},
    {"one": 15, "movie_frames": 5.0}, {"movie_views": "predict"}, DEMOS,
)  # fmt: skip


def of_map(stage: str) -> dict[str, Cost]:
    """The rules of one map of behavior."""
    row = 3400.0  # kB of a million features, compressed a little
    return {
        "behavior_channels": Cost(
            stage, "numbers", {"one": 0.1, "values": 0.5}, {"one": 15, "longest_values": 25},
            {"one": 12, "values": 3900}, measured=LONG,
        ),
        "behavior_sample": Cost(
            stage, "numbers",
            {"one": 0.2, "own_maps": 0.95, "own_points": 2.0e-3, "own_pairs": 0.04,
             "features": 0.03},
            {"one": 150, "own_features": 16, "longest_values": 12},
            {"one": 20, "kept_features": row}, measured=MAPS,
        ),
        "behavior_embed": Cost(
            stage, "numbers", {"one": 1.1, "joint_points": 2.0e-3, "joint_pairs": 0.04},
            {"one": 205, "joint_features": 14}, {"one": 20, "joint_features": 0.85 * row},
            measured=MAPS,
        ),
        "behavior_project": Cost(
            stage, "numbers", {"one": 0.3, "features": 0.12, "own_placed_pairs": 0.6e-3},
            {"one": 125, "joint_features": 10, "longest_values": 5}, {"one": 15, "frames": 0.022},
            measured="config/demo_pair.yaml; 35,000 rows in docs/behavior.md",
        ),
        "behavior_map": Cost(
            stage, "numbers", {"one": 0.3, "bins": 0.6, "frames": 0.5e-6},
            {"one": 45, "bins": 120, "longest": 0.1e-3, "joint_features": 4.2},
            {"one": 20, "bins": 2100}, measured=DEMOS,
        ),
        "behavior_regions": Cost(
            stage, "numbers", {"one": 0.1, "frames": 2e-6}, {"one": 10, "frames": 0.2e-3},
            {"one": 15, "frames": 0.022}, measured=DEMOS,
        ),
    }  # fmt: skip


BEHAVIOR = of_map("behavior") | {
    "behavior_settings": Cost(
        "behavior", "numbers", {"one": 0.1, "frames": 1e-6}, {"one": 10, "longest": 0.6e-3},
        {"one": 2}, measured="config/fly_grooming3d.yaml, and the size of poses",
    ),
    "behavior_statistics": Cost(
        "behavior", "numbers", {"one": 1.6, "features": 0.1},
        {"one": 215, "longest": 1.5e-3}, {"one": 60}, measured=DEMOS,
    ),
    "behavior_dynamics": Cost(
        "behavior", "numbers", {"one": 0.5, "frames": 4e-6},
        {"one": 85, "longest": 0.2e-3, "frames": 0.01e-3}, {"one": 60, "frames": 0.002},
        measured=DEMOS,
    ),
    "behavior_stability": Cost(
        "behavior", "numbers",
        {"one": 1.1, "half_points": 4e-3, "half_pairs": 0.08, "joint_points": 4e-3,
         "joint_pairs": 0.08, "features": 0.15, "placed_pairs": 1.2e-3},
        {"one": 155, "joint_features": 40, "own_features": 16, "longest_values": 30},
        {"one": 30, "bins": 3200}, measured="config/demo_pair.yaml",
    ),
    "behavior_refits": Cost(
        "behavior", "numbers",
        {"one": 1.1, "refit_points": 2e-3, "refit_pairs": 0.04, "refit_features": 0.075,
         "refit_placed_pairs": 1.2e-3},
        {"one": 155, "joint_features": 25, "own_features": 16, "longest_values": 30},
        {"one": 90, "refits": 8}, measured="config/config.yaml and the costs of its steps",
    ),
}  # fmt: skip

UNMEASURED = "estimate, from the size of what is read and written"
EXPORTS = {
    "export_poses": Cost(
        "exports", "numbers", {"one": 0.6, "frames": 0.4e-3}, {"one": 150, "frames": 8e-3},
        {"one": 20, "part_frames": 30}, measured=UNMEASURED,
    ),
    "export_labels": Cost(
        "exports", "video", {"one": 0.6, "labels": 20e-3}, {"one": 130, "label_pixels": 12},
        {"one": 60, "label_pixels": 700}, measured=UNMEASURED,
    ),
    "export_track": Cost(
        "exports", "numbers", {"one": 0.4, "animal_frames": 0.02e-3},
        {"one": 110, "animal_frames": 1e-3}, {"one": 15, "animal_frames": 0.1},
        measured=UNMEASURED,
    ),
    "export_behavior": Cost(
        "exports", "numbers", {"one": 0.4, "frames": 0.03e-3}, {"one": 110, "frames": 1e-3},
        {"one": 15, "frames": 0.2}, measured=UNMEASURED,
    ),
}  # fmt: skip

GROUPS = {
    "group_measures": Cost(
        "groups", "numbers", {"one": 1.5, "frames": 20e-6}, {"one": 200, "longest": 0.4e-3},
        {"one": 30, "recordings": 15}, measured=UNMEASURED,
    ),
    "group_comparison": Cost(
        "groups", "numbers", {"one": 4.0, "recordings": 0.05}, {"one": 220}, {"one": 80},
        measured=UNMEASURED,
    ),
}  # fmt: skip
PAPER = {
    "paper_pages": Cost(
        "figures", "draw", {"one": 8.0}, {"one": 300}, {"one": 6000}, measured=UNMEASURED
    ),
    "paper_movies": Cost(
        "figures", "draw", {"one": 0.3}, {"one": 40}, {"one": 20, "movie_frames": 25},
        measured=UNMEASURED,
    ),
}  # fmt: skip

COSTS: dict[str, Cost] = {
    "source": Cost("videos", "video", {"one": 0.1, "bytes_read": 1 / 900}, {"one": 15}, {"one": 1}),
    "synthesize": Cost(
        "videos", "render", {"one": 0.65} | by_name(RENDERED, "synthetic"),
        {"one": 120, "video_frames": 0.008, "frame_pixels": 60},
        {"one": 10, "video_frames": 0.5, "video_pixels": 5.5}, measured=DEMOS,
    ),
    "audit": Cost(
        "videos", "video",
        {"one": 0.02, "video_frames": 0.3e-3, "video_pixels": 2.3e-3, "stills_pixels": 19e-3},
        {"one": 45, "frame_pixels": 35, "stills_pixels": 1.1}, {"one": 10, "stills_pixels": 250},
        measured=DEMOS,
    ),
    "track": Cost(
        "tracks", "video", {"one": 0.8, "stills_pixels": 11e-3} | by_name(TRACKED, "track"),
        {"one": 128, "frame_pixels": 210, "animal_frames": 5e-3},
        {"one": 12, "animal_frames": 0.06}, measured=ALIGNED,
    ),
    "correct": Cost(
        "tracks", "video", {"one": 0.02, "animal_frames": 4e-6}, {"one": 10, "animal_frames": 1e-3},
        {"one": 12, "animal_frames": 0.06},
    ),
    "check_track": Cost(
        "tracks", "video", {"one": 0.02, "animal_frames": 4e-6}, {"one": 10, "animal_frames": 1e-3},
        {"one": 4},
    ),
    "crop": Cost(
        "crops", "video",
        {"one": 0.1, "cut_frames": 0.3e-3, "cut_pixels": 2.3e-3, "packed_pixels": 5e-3,
         "masked_pixels": 0.18, "again_listed": 20e-6},
        {"one": 60, "frame_pixels": 25, "crop_block": 4.0},
        {"one": 15, "stored_pixels": 1.0, "again_frames": 0.025},
        measured=DEMOS,
    ),
    "sample": Cost(
        "labels", "numbers", {"one": 1.0, "sampled_pixels": 68e-3},
        {"one": 170, "sampled_pixels": 1.2, "component_pixels": 60},
        {"one": 40, "drawn_pixels": 310, "component_pixels": 3900}, measured=DEMOS,
    ),
    "import_labels": Cost(
        "labels", "video", {"one": 0.5, "labels": 3e-3}, {"one": 110, "label_pixels": 12},
        {"one": 20, "label_pixels": 330},
    ),
    "label_truth": Cost(
        "labels", "video", {"one": 0.2, "labels": 2e-3}, {"one": 40, "label_pixels": 6},
        {"one": 25, "label_pixels": 340},
    ),
    "place_labels": Cost(
        "labels", "video", {"one": 0.3, "labels": 3e-3}, {"one": 60, "label_pixels": 6},
        {"one": 20, "label_pixels": 330},
    ),
    "label_effort": Cost("labels", "video", {"one": 0.1}, {"one": 20}, {"one": 10}),
    "split": Cost(
        "labels", "video", {"one": 0.02, "labels": 0.5e-3}, {"one": 10, "label_pixels": 6},
        {"one": 20, "label_pixels": 330},
    ),
    "mask_labels": Cost(
        "labels", "video", {"one": 0.1, "labels": 1e-3}, {"one": 20, "label_pixels": 8},
        {"one": 15, "label_pixels": 200},
    ),
    "train": Cost(
        "training", "numbers", {"one": 0.6}, {"one": 20, "label_pixels": 10},
        {"one": 260, "weights": 7600}, {"learned": "learn", "checked": "check"},
        NETWORK,
    ),
    "propose": Cost(
        "training", "numbers", {"one": 1.0}, {"one": 60, "label_pixels": 10}, {"one": 200},
        {"learned": "learn", "checked": "check", "sampled": "predict"}, NETWORK,
    ),
    "calibrate": Cost(
        "training", "numbers", {"one": 0.6}, {"one": 20, "label_pixels": 6}, {"one": 60},
        {"judged": "predict"}, NETWORK,
    ),
    "evaluate": Cost(
        "training", "numbers", {"one": 0.6}, {"one": 20, "label_pixels": 6}, {"one": 60},
        {"judged": "predict"}, NETWORK,
    ),
    "experiment": Cost(
        "experiments", "numbers", {"one": 1.0}, {"one": 40, "label_pixels": 10}, {"one": 30},
        {"learned": "learn", "checked": "check", "judged": "predict"},
        "this machine, this network (also where another one is compared)",
    ),
    "experiment_table": Cost("experiments", "numbers", {"one": 0.4}, {"one": 95}, {"one": 10}),
    "predict": Cost(
        "prediction", "numbers", {"one": 0.3, "frames": 0.15e-3} | AGAIN,
        {"one": 20, "frames": 1.5e-3} | AGAIN_MB, {}, {"predicted": "predict"}, NETWORK,
    ),
    "gather": Cost(
        "prediction", "video", {"one": 0.05, "frames": 10e-6}, {"one": 20, "frames": 2e-3},
        {"one": 15, "part_frames": 10.5},
    ),
    "confidence_maps": Cost(
        "prediction", "numbers", {"one": 0.8, "longest": 5e-6}, {"one": 40, "longest": 1e-3},
        {"one": 30, "map_pixels": 120}, {"views": "predict"}, NETWORK,
    ),
    "import_poses": Cost(
        "prediction", "numbers", {"one": 0.4, "frames": 0.2e-3}, {"one": 90, "frames": 6e-3},
        {"one": 15, "part_frames": 10.5}, measured="estimate: as much as reading and writing poses",
    ),
    "gait_model": Cost(
        "gait", "numbers", {"one": 1.4, "frames": 30e-6, "gait_frames": 25e-6},
        {"one": 175, "longest": 1.6e-3, "gait_frames": 0.02e-3}, {"one": 30}, measured=LONG,
    ),
    "gait": Cost(
        "gait", "numbers", {"one": 0.7, "frames": 0.3e-3}, {"one": 185, "frames": 1.7e-3},
        {"one": 70, "frames": 0.09}, measured=LONG,
    ),
    "gait_profiles": Cost(
        "gait", "numbers", {"one": 0.6, "frames": 2e-6}, {"one": 170, "frames": 0.04e-3},
        {"one": 12},
    ),
    "gait_coordination": Cost(
        "gait",
        "numbers",
        {"one": 0.5, "frames": 2e-6},
        {"one": 150, "frames": 0.05e-3},
        {"one": 12},
    ),
    "pixel_basis": Cost(
        "pixels", "numbers", {"one": 1.6, "pixel_frames": 0.12e-3},
        {"one": 170, "pixel_frames": 0.03}, {"one": 1500}, measured=LONG,
    ),
    "pixel_channels": Cost(
        "pixels", "numbers", {"one": 0.22, "frames": 0.12e-3} | AGAIN,
        {"one": 55, "frames": 1e-3} | AGAIN_MB,
        {"one": 12, "values": 3900}, measured=LONG,
    ),
    "map_comparison": Cost(
        "pixels", "numbers", {"one": 0.4, "frames": 5e-6}, {"one": 60, "longest": 4 * BEHAVIOR_MB},
        {"one": 40},
    ),
    "validate": Cost(
        "validation", "numbers", {"one": 0.9, "frames": 0.05e-3},
        {"one": 160, "longest": 1.3e-3, "frames": 0.05e-3},
        {"one": 90, "recordings": 15}, measured=DEMOS,
    ),
    "first_page": Cost("figures", "draw", {"one": 0.1}, {"one": 40}, {"one": 8}, measured=SHORT),
    "summary": Cost(
        "figures", "draw", {"one": 0.8, "frames": 1e-6}, {"one": 170, "longest": 0.15e-3},
        {"one": 10}, measured=SHORT,
    ),
    "notes": Cost(
        "figures", "draw", {"one": 0.1, "recordings": 0.05}, {"one": 75}, {"one": 8}, measured=SHORT
    ),
    **BEHAVIOR,
    **EXPORTS,
    **GROUPS,
    **PAPER,
    **FIGURES,
    "figure_movie": MOVIE,
    "figure_movie_bout": MOVIE,
    "figure_movie_masked": MOVIE,
}  # fmt: skip

# the order in which stages are told, and run
STAGES = (
    "videos", "tracks", "crops", "labels", "training", "experiments", "prediction", "gait",
    "behavior", "pixels", "groups", "validation", "exports", "figures",
)  # fmt: skip
# rules that only name others
TARGETS = {"all", "figures", "alignment", "experiments", "exports", "paper_figures"}


def of_rule(rule: str) -> Cost | None:
    """The model of a rule, None where there is none."""
    return COSTS.get(rule) or (FIGURE if rule.startswith("figure_") else None)
