# REQUIRED INPUTS: results of every stage
# OUTPUTS: figures/, notes.html, notes.csv; all of them stand in the report

LABELING, EXPERIMENTS, POSES, GAIT, MAP = (
    "2 Labels and network",
    "2b Experiments",
    "3 Poses",
    "4 Gait",
    "5 Behavior",
)
LABELS = f"{OUT}/labels/labels.h5"
ERRORS = f"{RUN}/evaluation.csv"
METRICS = f"{RUN}/evaluation.json"
# Figure 6's second row
MASKED_RUN = f"{OUT}/models/{leap_names.MASKED}"
MASKED_ROW = {
    "table": [f"{MASKED_RUN}/evaluation.csv"] * MASKED,
    "metrics": [f"{MASKED_RUN}/evaluation.json"] * MASKED,
    "labels": [f"{OUT}/labels/masked.h5"] * MASKED,
}
MAP_FILE = f"{OUT}/behavior/map.h5"
STATISTICS = f"{OUT}/behavior/statistics.h5"
REGIONS = f"{OUT}/behavior/regions.csv"

# figure -> category in the report, inputs, sections of the config that it depends on
FIGURES = {
    "confidence": (
        POSES,
        {"poses": each_recording("poses/{recording}.h5")},
        ["poses"],
    ),
    "fig4a": (MAP, {"map": MAP_FILE}, []),
    "fig4b": (MAP, {"map": MAP_FILE}, []),
    "fig4ch": (MAP, {"map": MAP_FILE, "table": REGIONS}, []),
    "fig5ab": (MAP, {"map": MAP_FILE, "statistics": STATISTICS}, []),
    "transitions": (
        MAP,
        {"map": MAP_FILE, "dynamics": f"{OUT}/behavior/dynamics.h5"},
        [],
    ),
    "ethogram": (MAP, {"behavior": BEHAVIORS, "map": MAP_FILE, "truth": TRUTHS}, []),
}
if CFG.behavior.stability:
    FIGURES["stability"] = (
        MAP,
        {
            "halves": f"{OUT}/behavior/stability/halves.h5",
            "blocks": f"{OUT}/behavior/stability/blocks.h5",
        },
        [],
    )
if LEGGED:
    FIGURES |= {
        "fig5c": (
            MAP,
            {"map": MAP_FILE, "statistics": STATISTICS, "table": REGIONS},
            [],
        ),
    }
if CFG.gait.enabled:
    FIGURES |= {
        "fig5d": (MAP, {"statistics": STATISTICS}, []),
        "fig5e": (MAP, {"statistics": STATISTICS}, []),
        "fig5f": (MAP, {"statistics": STATISTICS}, []),
    }
# pictures of crops, labels and the network
if not TRACKED:
    FIGURES |= {
        "figS2": (LABELING, {"sample": f"{OUT}/sampling/frames.h5"}, []),
        "figS3": (LABELING, {"labels": LABELS}, []),
        "labels": (LABELING, {"labels": LABELS}, []),
        "training": (
            LABELING,
            {"history": f"{RUN}/history.csv", "card": f"{RUN}/best.json"},
            [],
        ),
        "fig2a": (LABELING, {"table": ERRORS, "labels": LABELS}, []),
        "fig2b": (
            LABELING,
            {
                "table": ERRORS,
                "metrics": METRICS,
                "skeleton": CFG.skeleton,
            },
            [],
        ),
        "evaluation": (LABELING, {"table": ERRORS}, []),
        "pck": (LABELING, {"metrics": METRICS, "skeleton": CFG.skeleton}, []),
        "confidence_error": (
            LABELING,
            {"table": ERRORS, "metrics": METRICS},
            [],
        ),
        "worst": (LABELING, {"table": ERRORS, "labels": LABELS}, []),
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
if CFG.gait.enabled:
    FIGURES |= {
        "fig3a": (GAIT, {"gait": GAITS}, ["figures.remark", "poses"]),
        "fig3b": (
            GAIT,
            {"gait": GAITS, "steps": STEPS},
            [
                "figures.remark",
                "figures.published_flies",
                "poses",
                "gait.min_speed_durations",
            ],
        ),
        "fig3c": (
            GAIT,
            {"gait": GAITS, "profiles": f"{OUT}/gait/profiles.csv"},
            ["figures.remark", "figures.published_flies", "poses"],
        ),
        "fig3d": (
            GAIT,
            {"model": f"{OUT}/gait/model.h5", "gait": GAITS},
            ["figures.remark", "poses"],
        ),
        "fig3e": (
            GAIT,
            {"gait": GAITS},
            ["figures.remark", "figures.published_flies", "poses"],
        ),
        "fig3fg": (GAIT, {"gait": GAITS}, ["figures.remark", "poses"]),
        "coordination": (
            GAIT,
            {
                "gait": GAITS,
                "phases": PHASES,
                "tripods": TRIPODS,
                "strength": f"{OUT}/gait/tripods.csv",
            },
            ["figures.remark", "poses"],
        ),
    }
if SYNTHETIC:
    FIGURES["validation"] = (
        "0 Against the truth",
        {
            "summary": f"{OUT}/validation.json",
            "behaviors": f"{OUT}/validation_behaviors.csv",
            "panels": f"{OUT}/validation.h5",
        },
        [],
    )


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

# files whose notes stand in the report
NOTED = [
    *([] if TRACKED else [f"{OUT}/sampling/frames.h5"]),
    *([f"{OUT}/gait/model.h5"] if GAITS else []),
    *GAITS,
    *each_recording("behavior/channels/{recording}.h5"),
    *expand(f"{OUT}/behavior/samples/{{recording}}.h5", recording=MAPPED),
    f"{OUT}/behavior/embedding.h5",
    MAP_FILE,
    *BEHAVIORS,
    STATISTICS,
    f"{OUT}/behavior/dynamics.h5",
]
if PIXELS:
    NOTED += [
        f"{OUT}/pixels/basis.h5",
        *each_recording("pixels/channels/{recording}.h5"),
        *expand(f"{OUT}/pixels/samples/{{recording}}.h5", recording=MAPPED),
        f"{OUT}/pixels/embedding.h5",
        *each_recording("pixels/{recording}.h5"),
    ]
if CFG.behavior.stability:
    NOTED += expand(f"{OUT}/behavior/stability/{{cut}}.h5", cut=["halves", "blocks"])
# movies of the bouts in fig1d and fig1e
BOUTS = ["walking", "grooming"]
# pictures with rules of their own
CROPPED = (
    []
    if TRACKED
    else [
        f"{OUT}/figures/clips.png",
        *expand(f"{OUT}/figures/tracking/{{video}}.png", video=VIDEOS),
        *each_recording("figures/alignment/{recording}.png"),
        *each_recording("figures/poses/{recording}.png"),
        *expand(f"{OUT}/figures/movie/{{movie}}.mp4", movie=[*RECORDINGS, *MOVIES]),
        *[f"{OUT}/figures/movie_masked.mp4"] * MASKED,
        *expand(f"{OUT}/figures/movie_{{bout}}.mp4", bout=BOUTS if LEGGED else []),
    ]
)


rule notes:
    input:
        files=NOTED,
        code=code("notes"),
    output:
        table=f"{OUT}/notes.csv",
        page=report(
            f"{OUT}/notes.html",
            caption="../report/notes.rst",
            category="0 Notes",
            labels={"figure": "notes"},
        ),
    log:
        f"{OUT}/logs/notes.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("dataset"),
    script:
        "../../scripts/notes.py"


if not TRACKED:

    rule experiments:
        input:
            f"{OUT}/experiments/summary.csv",
            expand(f"{OUT}/figures/{{name}}.png", name=EXPERIMENT_FIGURES),


if not TRACKED:

    # all that needs no label: what to look at before labeling
    rule alignment:
        input:
            f"{OUT}/sampling/frames.h5",
            f"{OUT}/figures/figS2.png",
            expand(f"{OUT}/figures/tracking/{{video}}.png", video=VIDEOS),
            each_recording("figures/alignment/{recording}.png"),


rule figures:
    input:
        f"{OUT}/notes.html",
        expand(f"{OUT}/figures/{{name}}.png", name=FIGURES),
        CROPPED,
        rules.experiments.input if CFG.experiments.enabled and not TRACKED else [],


for figure, (category, files, sections) in (FIGURES | EXPERIMENT_FIGURES).items():

    rule:
        name:
            f"figure_{figure}"
        input:
            **files,
            code=code(f"figures/{figure}"),
        output:
            png=report(
                f"{OUT}/figures/{figure}.png",
                caption=f"../report/{figure}.rst",
                category=category,
                labels={"figure": figure},
            ),
            pdf=f"{OUT}/figures/{figure}.pdf",
        log:
            f"{OUT}/logs/figures/{figure}.log",
        conda:
            "../../envs/leap.yaml"
        params:
            section=section(*sections),
            figure=figure,
        script:
            "../../scripts/figures/{params.figure}.py"


rule figure_tracking:
    input:
        track=f"{OUT}/tracks/{{video}}.h5",
        code=code("figures/tracking"),
    output:
        png=report(
            f"{OUT}/figures/tracking/{{video}}.png",
            caption="../report/tracking.rst",
            category="1 Preprocessing",
            labels={"figure": "track", "video": "{video}"},
        ),
        pdf=f"{OUT}/figures/tracking/{{video}}.pdf",
    log:
        f"{OUT}/logs/figures/tracking/{{video}}.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/figures/tracking.py"


rule figure_alignment:
    input:
        track=recording_track,
        crops=f"{OUT}/crops/{{recording}}.h5",
        code=code("figures/alignment"),
    output:
        png=report(
            f"{OUT}/figures/alignment/{{recording}}.png",
            caption="../report/alignment.rst",
            category="1 Preprocessing",
            labels={"figure": "alignment", "recording": "{recording}"},
        ),
        pdf=f"{OUT}/figures/alignment/{{recording}}.pdf",
    log:
        f"{OUT}/logs/figures/alignment/{{recording}}.log",
    conda:
        "../../envs/leap.yaml"
    params:
        animal=lambda w: RECORDINGS[w.recording][1],
    script:
        "../../scripts/figures/alignment.py"


rule figure_poses:
    input:
        poses=f"{OUT}/poses/{{recording}}.h5",
        crops=f"{OUT}/crops/{{recording}}.h5",
        code=code("figures/poses"),
    output:
        png=report(
            f"{OUT}/figures/poses/{{recording}}.png",
            caption="../report/poses.rst",
            category="3 Poses",
            labels={"figure": "poses", "recording": "{recording}"},
        ),
        pdf=f"{OUT}/figures/poses/{{recording}}.pdf",
    log:
        f"{OUT}/logs/figures/poses/{{recording}}.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("poses"),
    script:
        "../../scripts/figures/poses.py"


rule figure_movie:
    input:
        crops=movie_crops,
        model=f"{RUN}/best.keras",
        card=f"{RUN}/best.json",
        code=code("figures/movie"),
    output:
        report(
            f"{OUT}/figures/movie/{{movie}}.mp4",
            caption="../report/movie.rst",
            category="3 Poses",
            labels={"figure": "movie", "recording": "{movie}"},
        ),
    log:
        f"{OUT}/logs/figures/movie/{{movie}}.log",
    wildcard_constraints:
        movie="|".join(map(re.escape, [*RECORDINGS, *MOVIES])),
    conda:
        "../../envs/leap.yaml"
    threads: 4
    params:
        section=lambda w: section("prediction", "poses") | of_movie(w.movie),
    script:
        "../../scripts/figures/movie.py"


rule figure_movie_bout:
    input:
        **EXAMPLE,
        model=f"{RUN}/best.keras",
        card=f"{RUN}/best.json",
        code=code("figures/movie_bout"),
    output:
        report(
            f"{OUT}/figures/movie_{{bout}}.mp4",
            caption="../report/movie_bout.rst",
            category="3 Poses",
            labels={"figure": "movie of {bout}"},
        ),
    log:
        f"{OUT}/logs/figures/movie_{{bout}}.log",
    wildcard_constraints:
        bout="|".join(BOUTS),
    conda:
        "../../envs/leap.yaml"
    threads: 4
    params:
        section=lambda w: section("prediction", "poses") | of_movie(w.bout),
    script:
        "../../scripts/figures/movie_bout.py"


if MASKED:

    rule figure_movie_masked:
        input:
            crops=EXAMPLE["crops"],
            masked=each_recording("crops/masked/{recording}.h5")[-1],
            model=f"{RUN}/best.keras",
            card=f"{RUN}/best.json",
            masked_model=f"{MASKED_RUN}/best.keras",
            masked_card=f"{MASKED_RUN}/best.json",
            code=code("figures/movie_masked"),
        output:
            report(
                f"{OUT}/figures/movie_masked.mp4",
                caption="../report/movie_masked.rst",
                category="3 Poses",
                labels={"figure": "movie with and without background"},
            ),
        log:
            f"{OUT}/logs/figures/movie_masked.log",
        conda:
            "../../envs/leap.yaml"
        threads: 4
        params:
            section=section("prediction", "poses") | of_movie(list(RECORDINGS)[-1]),
        script:
            "../../scripts/figures/movie_masked.py"


rule figure_clips:
    input:
        map=MAP_FILE,
        table=REGIONS,
        behavior=BEHAVIORS,
        poses=each_recording("poses/{recording}.h5"),
        crops=each_recording("crops/{recording}.h5"),
        code=code("figures/clips"),
    output:
        png=report(
            f"{OUT}/figures/clips.png",
            caption="../report/clips.rst",
            category=MAP,
            labels={"figure": "clips"},
        ),
        mp4=report(
            f"{OUT}/figures/clips.mp4",
            caption="../report/clips.rst",
            category=MAP,
            labels={"figure": "clips (movie)"},
        ),
    log:
        f"{OUT}/logs/figures/clips.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("poses", "figures.movie_fps"),
    script:
        "../../scripts/figures/clips.py"
