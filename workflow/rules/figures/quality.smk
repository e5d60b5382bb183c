# REQUIRED INPUTS: results of every stage
# OUTPUTS: figures that show how far to trust a result: figures/<name>.png and .pdf (rules:
# report.smk), figures/{tracking,alignment,poses}/, figures/clips.png and .mp4

FIGURES |= {
    "confidence": (
        POSES,
        {"poses": each_recording("poses/{recording}.h5")},
        ["poses"],
    ),
    "transitions": (
        MAP,
        {"map": MAP_FILE, "dynamics": f"{OUT}/behavior/dynamics.h5"},
        [],
    ),
    "ethogram": (
        MAP,
        {"behavior": BEHAVIORS, "map": MAP_FILE, "truth": TRUTHS_BY_NAME},
        [],
    ),
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
if REFITS:
    FIGURES["refits"] = (MAP, {"map": MAP_FILE, "refits": REFITS[0]}, [])
if not TRACKED:
    FIGURES |= {
        "labels": (LABELING, {"labels": LABELS}, []),
        "training": (
            LABELING,
            {"history": f"{RUN}/history.csv", "card": f"{RUN}/best.json"},
            [],
        ),
        "evaluation": (LABELING, {"table": ERRORS, "metrics": METRICS}, []),
        "pck": (LABELING, {"metrics": METRICS, "skeleton": CFG.skeleton}, []),
        "confidence_error": (LABELING, {"table": ERRORS, "metrics": METRICS}, []),
        "reliability": (
            LABELING,
            {"table": f"{RUN}/calibration.csv"},
            ["poses.doubtful"],
        ),
        "worst": (LABELING, {"table": ERRORS, "labels": LABELS}, []),
    }
if CFG.gait.enabled:
    FIGURES["coordination"] = (
        GAIT,
        {
            "gait": GAITS,
            "phases": PHASES,
            "tripods": TRIPODS,
            "strength": f"{OUT}/gait/tripods.csv",
        },
        ["figures.remark", "poses"],
    )
if COMPARED:
    FIGURES["groups"] = (
        "6 Groups",
        {"measures": MEASURES, "comparison": COMPARISON_TABLE},
        ["groups.level"],
    )
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


rule figure_tracking:
    """Quality of the track of one video."""
    input:
        track=f"{OUT}/tracks/{{video}}.h5",
    output:
        png=report(
            f"{OUT}/figures/tracking/{{video}}.png",
            caption="../../report/tracking.rst",
            category="1 Preprocessing",
            labels={"figure": "track", "video": "{video}"},
        ),
        pdf=f"{OUT}/figures/tracking/{{video}}.pdf",
    log:
        f"{OUT}/logs/figures/tracking/{{video}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/figures/tracking/{{video}}.tsv"
    conda:
        "../../../envs/leap.yaml"
    params:
        code=made_by("figures/tracking"),
    script:
        "../../../scripts/figures/tracking.py"


rule figure_alignment:
    """Contact sheet of the crops of one recording that are most worth a look."""
    input:
        track=recording_track,
        doubts=recording_doubts,
        crops=f"{OUT}/crops/{{recording}}.h5",
    output:
        png=report(
            f"{OUT}/figures/alignment/{{recording}}.png",
            caption="../../report/alignment.rst",
            category="1 Preprocessing",
            labels={"figure": "alignment", "recording": "{recording}"},
        ),
        pdf=f"{OUT}/figures/alignment/{{recording}}.pdf",
    log:
        f"{OUT}/logs/figures/alignment/{{recording}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/figures/alignment/{{recording}}.tsv"
    conda:
        "../../../envs/leap.yaml"
    params:
        code=made_by("figures/alignment"),
        animal=lambda w: RECORDINGS[w.recording][1],
    script:
        "../../../scripts/figures/alignment.py"


rule figure_poses:
    """Contact sheet of predicted poses of one recording."""
    input:
        poses=f"{OUT}/poses/{{recording}}.h5",
        crops=f"{OUT}/crops/{{recording}}.h5",
    output:
        png=report(
            f"{OUT}/figures/poses/{{recording}}.png",
            caption="../../report/poses.rst",
            category="3 Poses",
            labels={"figure": "poses", "recording": "{recording}"},
        ),
        pdf=f"{OUT}/figures/poses/{{recording}}.pdf",
    log:
        f"{OUT}/logs/figures/poses/{{recording}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/figures/poses/{{recording}}.tsv"
    conda:
        "../../../envs/leap.yaml"
    params:
        code=made_by("figures/poses"),
        section=section("poses"),
    script:
        "../../../scripts/figures/poses.py"


rule figure_clips:
    """Example bouts of every region: a sheet (png, pdf) and a movie (mp4)."""
    input:
        map=MAP_FILE,
        table=REGIONS,
        behavior=BEHAVIORS,
        poses=each_recording("poses/{recording}.h5"),
        crops=each_recording("crops/{recording}.h5"),
    output:
        png=report(
            f"{OUT}/figures/clips.png",
            caption="../../report/clips.rst",
            category=MAP,
            labels={"figure": "clips"},
        ),
        mp4=report(
            f"{OUT}/figures/clips.mp4",
            caption="../../report/clips.rst",
            category=MAP,
            labels={"figure": "clips (movie)"},
        ),
    log:
        f"{OUT}/logs/figures/clips.log",
    benchmark:
        f"{OUT}/logs/benchmarks/figures/clips.tsv"
    conda:
        "../../../envs/leap.yaml"
    params:
        code=made_by("figures/clips"),
        section=section("poses", "figures.movie_fps"),
    script:
        "../../../scripts/figures/clips.py"
