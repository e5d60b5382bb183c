# REQUIRED INPUTS: label files (raw/), labels made in the browser (labels/<dataset>/, no part of the results), or
#          sampled frames and truth of synthetic videos
# OUTPUTS: labels/truth/, labels/imported/, labels/browser.h5, labels/effort.csv (work per frame), labels/labels.h5 (merged, with the train/validation/test split),
#          labels/masked.h5 (the same on images without background, if crop.background is `both`),
#          labels/proposed/<regime>.json (by a network that learned from what is labeled so far)


rule import_labels:
    """Import one label file: read, exclude known defects, align, report."""
    input:
        source=provided(
            leap_planning.check_label_import,
            as_held(
                lambda w: LABEL_FILES[w.source],
                f"{OUT}/labels/imported/{{source}}.h5",
            ),
        ),
        box=lambda w: TRUTH_BOXES.get(w.source, []),
        skeleton=CFG.skeleton,
        exclusions=CFG.labels.exclusions or [],
    output:
        labels=f"{OUT}/labels/imported/{{source}}.h5",
        summary=f"{OUT}/labels/imported/{{source}}.json",
    log:
        f"{OUT}/logs/import_labels/{{source}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/import_labels/{{source}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("import_labels"),
        # where crops of videos are kept changes no label: nothing is trained again for it
        section=lambda w: of_source(w.source)
        | section(
            *("crop.size", "crop.invert", "crop.background", "crop.pad", "bits"),
            *("track.recipe", "track.opening_px"),
        ),
    script:
        "../../scripts/import_labels.py"


rule label_truth:
    """Label sampled frames of synthetic videos with their truth (the demo's stand-in for a person)."""
    input:
        sample=f"{OUT}/sampling/frames.h5",
        truth=expand(f"{OUT}/synthetic/{{recording}}.truth.h5", recording=LABELED),
        crops=expand(f"{OUT}/crops/{{recording}}.h5", recording=LABELED),
        skeleton=CFG.skeleton,
    output:
        mats=expand(f"{OUT}/labels/truth/{{recording}}.labels.mat", recording=LABELED),
        boxes=expand(f"{OUT}/labels/truth/{{recording}}.h5", recording=LABELED),
    log:
        f"{OUT}/logs/label_truth.log",
    benchmark:
        f"{OUT}/logs/benchmarks/label_truth.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("label_truth"),
        section=section("labels.truth", "labels.truth_videos"),
        recordings={name: RECORDINGS[name] for name in LABELED},
    script:
        "../../scripts/label_truth.py"


rule place_labels:
    """Put the labels that were made in the browser on the crops as they are now."""
    input:
        # the folder itself is none: its files change whenever somebody looks at the page
        crops=lambda w: expand(
            f"{OUT}/crops/{{recording}}.h5", recording=labeled_recordings()
        ),
        tracks=lambda w: expand(f"{OUT}/tracks/{{video}}.h5", video=labeled_videos()),
        skeleton=CFG.skeleton,
    output:
        labels=f"{OUT}/labels/browser.h5",
        summary=f"{OUT}/labels/browser.json",
    log:
        f"{OUT}/logs/place_labels.log",
    benchmark:
        f"{OUT}/logs/benchmarks/place_labels.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("place_labels"),
        section=lambda w: section("dataset") | {"labels": {}} | browser_state(),
        recordings=lambda w: labeled_recordings(),
    script:
        "../../scripts/place_labels.py"


if LABELED_HERE:

    rule label_effort:
        """How much work each frame took that was labeled in the browser."""
        # the journal is no input: it changes whenever somebody looks at the page
        output:
            f"{OUT}/labels/effort.csv",
        log:
            f"{OUT}/logs/label_effort.log",
        benchmark:
            f"{OUT}/logs/benchmarks/label_effort.tsv"
        conda:
            "../../envs/leap.yaml"
        params:
            code=made_by("label_effort"),
            section=lambda w: section("dataset") | {"labels": {}} | effort_state(),
        script:
            "../../scripts/label_effort.py"


rule split:
    """Join all labels and split them into training, validation and test images."""
    input:
        labels=label_files,
        # how many frames are a second
        tracks=lambda w: expand(f"{OUT}/tracks/{{video}}.h5", video=divided_videos()),
    output:
        f"{OUT}/labels/labels.h5",
    log:
        f"{OUT}/logs/split.log",
    benchmark:
        f"{OUT}/logs/benchmarks/split.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("split"),
        section=section("split", "crop.size", "seed"),
        videos=lambda w: divided_videos(),
        # animals of one video stay together
        recordings=lambda w: divided_recordings(),
    script:
        "../../scripts/split.py"


if MASKED:

    rule mask_labels:
        """Put crops without background in the place of the labeled images."""
        input:
            labels=f"{OUT}/labels/labels.h5",
            sample=f"{OUT}/sampling/frames.h5",
            crops=each_recording("crops/{recording}.h5"),
            masked=each_recording("crops/masked/{recording}.h5"),
        output:
            f"{OUT}/labels/masked.h5",
        log:
            f"{OUT}/logs/mask_labels.log",
        benchmark:
            f"{OUT}/logs/benchmarks/mask_labels.tsv"
        conda:
            "../../envs/leap.yaml"
        params:
            code=made_by("mask_labels"),
        script:
            "../../scripts/mask_labels.py"


rule propose:
    """Train on what is labeled so far in the browser and propose the rest; asked for by the page."""
    input:
        sample=f"{OUT}/sampling/frames.h5",
        skeleton=CFG.skeleton,
    output:
        f"{OUT}/labels/proposed/{{regime}}.json",
    log:
        f"{OUT}/logs/propose/{{regime}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/propose/{{regime}}.tsv"
    wildcard_constraints:
        regime="fast|config",
    # a person waits and can start it again
    retries: 0
    conda:
        "../../envs/leap-gpu.yaml"
    threads: 8
    resources:
        gpu=1,
    params:
        code=made_by("propose"),
        section=section("model", "training", "prediction", "seed"),
        labels=CFG.labels_folder,
        recordings=RECORDINGS,
    script:
        "../../scripts/propose.py"
