# REQUIRED INPUTS: results of every stage
# OUTPUTS: figures/<name>.png and .pdf, of the paper's figures (rules: report.smk)

FIGURES |= {
    "fig4a": (MAP, {"map": MAP_FILE}, []),
    "fig4b": (MAP, {"map": MAP_FILE}, []),
    "fig4ch": (MAP, {"map": MAP_FILE, "table": REGIONS}, []),
    "fig5ab": (MAP, {"map": MAP_FILE, "statistics": STATISTICS}, []),
}
if LEGGED:
    FIGURES["fig5c"] = (
        MAP,
        {"map": MAP_FILE, "statistics": STATISTICS, "table": REGIONS},
        [],
    )
# pictures of crops, labels and the network
if not TRACKED:
    FIGURES |= {
        "figS2": (LABELING, {"sample": f"{OUT}/sampling/frames.h5"}, []),
        "figS3": (LABELING, {"labels": LABELS}, []),
        "fig2a": (LABELING, {"table": ERRORS, "labels": LABELS}, []),
        "fig2b": (
            LABELING,
            {"table": ERRORS, "metrics": METRICS, "skeleton": CFG.skeleton},
            [],
        ),
        "fig6": (
            LABELING,
            {
                "table": [ERRORS, *MASKED_ROW["table"]],
                "metrics": [METRICS, *MASKED_ROW["metrics"]],
                "labels": [LABELS, *MASKED_ROW["labels"]],
            },
            [],
        ),
        "figS5a": (
            LABELING,
            {
                "model": f"{RUN}/best.keras",
                "card": f"{RUN}/best.json",
                "maps": f"{OUT}/poses/example.h5",
            },
            [],
        ),
        "fig1c": (POSES, {"maps": f"{OUT}/poses/example.h5"}, []),
        "fig1d": (POSES, EXAMPLE, ["poses"]),
        "fig1e": (POSES, EXAMPLE, ["poses"]),
    }
    if LABELED_HERE:
        EFFORT = f"{OUT}/labels/effort.csv"
        FIGURES["figS4c"] = (LABELING, {"work": EFFORT}, [])
        FIGURES["fig1b"] = (LABELING, {"labels": BROWSER_LABELS, "work": EFFORT}, [])
if CFG.gait.enabled:
    SMALL_PRINT = ["figures.remark", "poses"]
    PUBLISHED = [*SMALL_PRINT, "figures.published_flies"]
    FIGURES |= {
        "fig3a": (GAIT, {"gait": GAITS}, SMALL_PRINT),
        "fig3b": (
            GAIT,
            {"gait": GAITS, "steps": STEPS},
            [*PUBLISHED, "gait.min_speed_durations"],
        ),
        "fig3c": (
            GAIT,
            {"gait": GAITS, "profiles": f"{OUT}/gait/profiles.csv"},
            PUBLISHED,
        ),
        "fig3d": (
            GAIT,
            {"model": f"{OUT}/gait/model.h5", "gait": GAITS},
            SMALL_PRINT,
        ),
        "fig3e": (GAIT, {"gait": GAITS}, PUBLISHED),
        "fig3fg": (GAIT, {"gait": GAITS}, SMALL_PRINT),
        "fig5d": (MAP, {"statistics": STATISTICS}, []),
        "fig5e": (MAP, {"statistics": STATISTICS}, []),
        "fig5f": (MAP, {"statistics": STATISTICS}, []),
    }
if PIXELS:
    FIGURES["figS6"] = (
        MAP,
        {
            "pixel_map": f"{OUT}/pixels/map.h5",
            "pose_map": MAP_FILE,
            "comparison": f"{OUT}/pixels/comparison.h5",
            "basis": f"{OUT}/pixels/basis.h5",
        },
        [],
    )

# trainings under other conditions: made by `experiments`
EXPERIMENT_FIGURES = (
    {}
    if TRACKED
    else {
        "fig2c": (
            EXPERIMENTS,
            {"trials": trials("epochs")},
            ["experiments.fast_epochs", "experiments.epoch_s"],
        ),
        "fig2d": (EXPERIMENTS, {"trials": trials("labels")}, []),
        "figS4ab": (
            EXPERIMENTS,
            {"trials": trials("labels", settings=CFG.experiments.few_and_more)},
            [],
        ),
        "figS1": (
            EXPERIMENTS,
            {"trials": trials("rotations"), "labels": LABELS},
            ["experiments.rotations"],
        ),
        "figS5b": (EXPERIMENTS, {"trials": trials("networks")}, []),
    }
)

# of the paper's pages alone: it shows again what other figures do
EXAMPLE_PLACE = list(RECORDINGS.values())[-1] if RECORDINGS else ("", 0)
OVERVIEW = (
    {}
    if TRACKED or not VIDEOS
    else {
        "fig1a": (
            POSES,
            {
                "video": as_held(
                    lambda w: RAW[EXAMPLE_PLACE[0]],
                    f"{OUT}/figures/fig1a.png",
                ),
                "track": f"{OUT}/tracks/{EXAMPLE_PLACE[0]}.h5",
                "crops": EXAMPLE["crops"],
                "sample": f"{OUT}/sampling/frames.h5",
                "labels": LABELS,
                "history": f"{RUN}/history.csv",
                "maps": f"{OUT}/poses/example.h5",
                "map": MAP_FILE,
            },
            ["bits"],
        )
    }
)
