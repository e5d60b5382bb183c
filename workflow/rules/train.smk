# REQUIRED INPUTS: labels/labels.h5 (labels/masked.h5 for the run `masked`)
# OUTPUTS: models/<run>/{initial,best,last}.keras with .json, history.csv, calibration, evaluation;
#          the same of models/<run>-held-out, where `training.all_labels` is set


rule train:
    """Train the network on the labels."""
    input:
        labels=provided(leap_planning.check_training, run_labels),
        start=START,
    output:
        initial=multiext(f"{OUT}/models/{{run}}/initial", ".keras", ".json"),
        best=multiext(f"{OUT}/models/{{run}}/best", ".keras", ".json"),
        last=multiext(f"{OUT}/models/{{run}}/last", ".keras", ".json"),
        history=f"{OUT}/models/{{run}}/history.csv",
    log:
        f"{OUT}/logs/train/{{run}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/train/{{run}}.tsv"
    conda:
        "../../envs/leap-gpu.yaml"
    threads: 8
    resources:
        gpu=1,
    params:
        code=made_by("train"),
        section=section("model", "training", "seed"),
        all_labels=of_two,
    script:
        "../../scripts/train.py"


rule calibrate:
    """Find what the heights of confidence maps' peaks are worth, by labels that were held out."""
    input:
        of=f"{OUT}/models/{{run}}/best.keras",
        model=judged("best.keras"),
        card=judged("best.json"),
        labels=run_labels,
    output:
        calibration=f"{OUT}/models/{{run}}/calibration.json",
        table=f"{OUT}/models/{{run}}/calibration.csv",
    log:
        f"{OUT}/logs/calibrate/{{run}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/calibrate/{{run}}.tsv"
    conda:
        "../../envs/leap-gpu.yaml"
    resources:
        gpu=1,
    params:
        code=made_by("calibrate"),
        section=section("prediction"),
    script:
        "../../scripts/calibrate.py"


rule evaluate:
    """Compare the network with the labels that it never saw."""
    input:
        model=judged("best.keras"),
        card=judged("best.json"),
        calibration=judged("calibration.json"),
        labels=provided(leap_planning.check_judgment, run_labels),
    output:
        metrics=f"{OUT}/models/{{run}}/evaluation.json",
        table=f"{OUT}/models/{{run}}/evaluation.csv",
    log:
        f"{OUT}/logs/evaluate/{{run}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/evaluate/{{run}}.tsv"
    conda:
        "../../envs/leap-gpu.yaml"
    resources:
        gpu=1,
    params:
        code=made_by("evaluate"),
        section=section("prediction", "evaluation", "seed"),
        held_out_run=of_two,
    script:
        "../../scripts/evaluate.py"
