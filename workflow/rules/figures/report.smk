# REQUIRED INPUTS: the tables of paper.smk and quality.smk
# OUTPUTS: figures/<name>.png and .pdf, summary.html, notes.html, notes.csv, which stand in the report, and
# warnings.html, whose lines stand in the summary

# labels without any video: what they and the network show, and no more
if not VIDEOS:
    FIGURES = {
        name: row
        for name, row in FIGURES.items()
        if all(
            str(file).startswith((f"{OUT}/labels/", f"{OUT}/models/", CFG.skeleton))
            for files in row[1].values()
            for file in ([files] if isinstance(files, str) else files)
        )
        and any(row[1].values())
    }

# files whose notes stand in the report
NOTED = [
    *([] if TRACKED else [f"{OUT}/sampling/frames.h5", LABELS]),
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
        f"{OUT}/pixels/map.h5",
        *each_recording("pixels/{recording}.h5"),
    ]
if CFG.behavior.stability:
    NOTED += expand(f"{OUT}/behavior/stability/{{cut}}.h5", cut=["halves", "blocks"])
NOTED += REFITS
# pictures with rules of their own
CROPPED = (
    []
    if TRACKED or not VIDEOS
    else [
        f"{OUT}/warnings.html",
        f"{OUT}/figures/clips.png",
        *expand(f"{OUT}/figures/tracking/{{video}}.png", video=VIDEOS),
        *each_recording("figures/alignment/{recording}.png"),
        *each_recording("figures/poses/{recording}.png"),
        *expand(f"{OUT}/figures/movie/{{movie}}.mp4", movie=[*RECORDINGS, *MOVIES]),
        *[f"{OUT}/figures/movie_masked.mp4"] * MASKED,
        *expand(f"{OUT}/figures/movie_{{bout}}.mp4", bout=BOUTS if LEGGED else []),
    ]
)


for figure, (category, files, sections) in (
    FIGURES | EXPERIMENT_FIGURES | OVERVIEW
).items():

    rule:
        """Draw one figure (`scripts/figures/<name>.py` says what it shows)."""
        name:
            f"figure_{figure}"
        input:
            **files,
        output:
            png=report(
                f"{OUT}/figures/{figure}.png",
                caption=f"../../report/{figure}.rst",
                category=category,
                labels={"figure": figure},
            ),
            pdf=f"{OUT}/figures/{figure}.pdf",
        log:
            f"{OUT}/logs/figures/{figure}.log",
        benchmark:
            f"{OUT}/logs/benchmarks/figures/{figure}.tsv"
        conda:
            "../../../envs/leap.yaml"
        params:
            **({"animal": EXAMPLE_PLACE[1]} if figure in OVERVIEW else {}),
            code=made_by(f"figures/{figure}"),
            section=section(*sections),
            figure=figure,
            # of the pictures of a video alone: to others it would be a changed parameter
        script:
            "../../../scripts/figures/{params.figure}.py"


rule notes:
    """What every stage left out or could not know, in one page."""
    input:
        files=NOTED,
    output:
        table=f"{OUT}/notes.csv",
        page=report(
            f"{OUT}/notes.html",
            caption="../../report/notes.rst",
            category="0 Notes",
            labels={"figure": "notes"},
        ),
    log:
        f"{OUT}/logs/notes.log",
    benchmark:
        f"{OUT}/logs/benchmarks/notes.tsv"
    conda:
        "../../../envs/leap.yaml"
    params:
        code=made_by("notes"),
        section=section("dataset"),
    script:
        "../../../scripts/notes.py"


if not TRACKED:

    rule first_page:
        """What is likely wrong with the videos and their tracks, in one page before labeling."""
        input:
            audits=expand(f"{OUT}/audit/{{video}}.json", video=VIDEOS),
            doubts=expand(f"{OUT}/tracks/{{video}}.doubts.json", video=VIDEOS),
        output:
            f"{OUT}/warnings.html",
        log:
            f"{OUT}/logs/first_page.log",
        benchmark:
            f"{OUT}/logs/benchmarks/first_page.tsv"
        conda:
            "../../../envs/leap.yaml"
        params:
            code=made_by("first_page"),
            section=section("dataset"),
            videos=VIDEOS,
        script:
            "../../../scripts/first_page.py"


# kind -> files of which the summary tells something; no file where the dataset lacks the kind
TOLD = {
    "audits": [] if TRACKED else expand(f"{OUT}/audit/{{video}}.json", video=VIDEOS),
    "doubts": (
        [] if TRACKED else expand(f"{OUT}/tracks/{{video}}.doubts.json", video=VIDEOS)
    ),
    "tracks": [] if TRACKED else expand(f"{OUT}/tracks/{{video}}.h5", video=VIDEOS),
    "labels": [] if TRACKED else [LABELS],
    "evaluation": [] if TRACKED else [METRICS],
    "poses": each_recording("poses/{recording}.h5"),
    "gait": GAITS,
    "regions": [REGIONS] if VIDEOS else [],
    "behavior": BEHAVIORS,
    # not `settings`, by which a script would read its own
    "choice": [SETTINGS] if SETTINGS and VIDEOS else [],
    "groups": [COMPARISON_TABLE] if COMPARED else [],
    "validation": [f"{OUT}/validation.json"] if KNOWN else [],
    "notes": [f"{OUT}/notes.csv"] if VIDEOS else [],
}


rule summary:
    """What was done, what to look at first and what was left out, in one page."""
    input:
        **TOLD,
    output:
        report(
            f"{OUT}/summary.html",
            caption="../../report/summary.rst",
            # the first of all
            category="! Summary",
            labels={"figure": "summary"},
        ),
    log:
        f"{OUT}/logs/summary.log",
    benchmark:
        f"{OUT}/logs/benchmarks/summary.tsv"
    conda:
        "../../../envs/leap.yaml"
    params:
        code=made_by("summary"),
        section=section("dataset", "poses.doubtful"),
        videos=VIDEOS,
        kinds=list(TOLD),
        figures=[*FIGURES, *(["tracking", "alignment", "poses"] if CROPPED else [])],
    script:
        "../../../scripts/summary.py"


if not TRACKED:

    rule experiments:
        """Train under other conditions and draw what accuracy depends on."""
        input:
            f"{OUT}/experiments/summary.csv",
            expand(f"{OUT}/figures/{{name}}.png", name=EXPERIMENT_FIGURES),


if not TRACKED:

    # all that needs no label: what to look at before labeling
    rule alignment:
        """All that needs no label: what to look at before labeling."""
        input:
            f"{OUT}/warnings.html",
            f"{OUT}/sampling/frames.h5",
            f"{OUT}/figures/figS2.png",
            expand(f"{OUT}/figures/tracking/{{video}}.png", video=VIDEOS),
            each_recording("figures/alignment/{recording}.png"),


rule figures:
    """Every figure, movie and note of the dataset."""
    input:
        f"{OUT}/summary.html",
        f"{OUT}/notes.html" if VIDEOS else [],
        expand(f"{OUT}/figures/{{name}}.png", name=FIGURES),
        CROPPED,
        f"{OUT}/explore.html" if VIDEOS else [],
        rules.experiments.input if CFG.experiments.enabled and not TRACKED else [],
